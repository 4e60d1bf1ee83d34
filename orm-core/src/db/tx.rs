//! A transaction: its one connection, what it has been through, and what it refuses because of that.

use std::any::Any;
use std::borrow::Cow;
use std::fmt;
use std::panic::Location;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use tokio::time::timeout;

use super::options::TxOptions;
use super::produce::produce;
use super::seat::Seat;
use super::several::Several;
use super::shape::Shape;
use super::shared::{Shared, refuse_transaction_words, shape_of};
use crate::driver::{Lane, State};
use crate::error::{Class, Error, ErrorKind, Result};
use crate::exec::{Access, BatchStream, Context, Done, Executor, RowSink, SnapshotWork, Stmt, StmtIter};
use crate::pool::{Holder, Pooled, Purpose, lock};
use crate::sql::Dialect;

/// How long the answer to something that was dropped may take, before the transaction is given up.
pub(super) const DRAIN: Duration = Duration::from_secs(1);

/// What runs after the commit.
pub(super) type Hook = Box<dyn FnOnce() + Send>;

/// A transaction. Every query's last call takes it in place of `&db`.
///
/// Dropped without [`commit`](Tx::commit), it is rolled back. After an error by which the database ended it (on
/// PostgreSQL: after any error of a statement), it refuses every further statement without sending it.
pub struct Tx {
    pub(super) shared: Arc<Shared>,
    context: Context,
    lane: Lane,
    /// All its statements see one moment.
    one_moment: bool,
    holder: Holder,
    pub(super) seat: Seat,
    pub(super) log: Mutex<Log>,
}

/// What the transaction has been through.
pub(super) struct Log {
    /// What is still to be sent before the first statement.
    begin: Vec<Cow<'static, str>>,
    pub(super) begun: bool,
    pub(super) failed: Option<Failed>,
    /// The last thing that happened was an error which another run of the whole may not have.
    pub(super) retry: bool,
    /// A statement is being sent; still set when the next one comes, it was dropped before its answer.
    pub(super) under_way: Option<UnderWay>,
    pub(super) points: Vec<Point>,
    pub(super) points_made: u32,
    /// A savepoint that was left without being released: it is rolled back before anything else is sent.
    pub(super) undo_to: Option<usize>,
    pub(super) hooks: Vec<Hook>,
    pub(super) schema_changed: bool,
}

/// Why nothing more is sent.
pub(super) struct Failed {
    pub(super) first: String,
    /// The database has ended the transaction: not even a savepoint can bring it back.
    pub(super) ended: bool,
}

/// What kind of statement is under way.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum UnderWay {
    Read,
    Write,
}

/// An open savepoint.
pub(super) struct Point {
    pub(super) name: String,
    /// How many hooks there were before it.
    pub(super) hooks: usize,
}

impl Tx {
    pub(super) async fn begin(
        shared: Arc<Shared>,
        context: Context,
        options: TxOptions,
        at: &'static Location<'static>,
    ) -> Result<Tx> {
        let lane = if options.read_only {
            Lane::Reader
        } else {
            Lane::Main
        };
        let holder = Holder::new(Purpose::Transaction, Some(at));
        let conn = shared.pool.acquire(lane, holder).await?;
        let tx = Tx {
            log: Mutex::new(Log {
                begin: options.begin(shared.dialect),
                begun: false,
                failed: None,
                retry: false,
                under_way: None,
                points: Vec::new(),
                points_made: 0,
                undo_to: None,
                hooks: Vec::new(),
                schema_changed: false,
            }),
            one_moment: options.is_one_moment(shared.dialect),
            shared,
            context,
            lane,
            holder,
            seat: Seat::new(conn),
        };
        if tx.shared.dialect.transactions().begin_at_once {
            let mut seated = tx.seat.take().await?;
            tx.ready(seated.get()?).await?;
        }
        Ok(tx)
    }

    /// Runs something after the commit: not after a rollback, and not when the savepoint around the call is rolled back.
    /// It must be short; a panic in it is not passed on.
    pub fn on_commit(&self, hook: impl FnOnce() + Send + 'static) {
        lock(&self.log).hooks.push(Box::new(hook));
    }

    /// Whether a statement may be sent as things are.
    fn is_ready(&self) -> Result<bool> {
        let log = lock(&self.log);
        if log.undo_to.is_some() || log.under_way.is_some() {
            return Ok(false);
        }
        match &log.failed {
            Some(failed) => Err(failed.error()),
            None => Ok(log.begun),
        }
    }

    /// Makes the connection ready for a statement: whatever was dropped is undone or drained, and BEGIN is sent.
    pub(super) async fn ready(&self, conn: &mut Pooled) -> Result<()> {
        self.settle(conn).await?;
        let begin = {
            let mut log = lock(&self.log);
            if let Some(failed) = &log.failed {
                return Err(failed.error());
            }
            if log.begun {
                return Ok(());
            }
            // Dropped on the way, nobody knows how far it came.
            log.under_way = Some(UnderWay::Write);
            std::mem::take(&mut log.begin)
        };
        let mut result = self.send_begin(conn, &begin).await;
        if let Err(error) = &result
            && is_lost(error)
        {
            // Nothing has been said yet that a new connection would not know.
            conn.give_up();
            *conn = self.shared.pool.acquire(self.lane, self.holder).await?;
            result = self.send_begin(conn, &begin).await;
        }
        let mut log = lock(&self.log);
        log.under_way = None;
        match result {
            Ok(()) => {
                log.begun = true;
                Ok(())
            }
            Err(error) => {
                log.retry = may_run_again(&error);
                log.failed = Some(Failed::new(&error, true));
                Err(error)
            }
        }
    }

    async fn send_begin(&self, conn: &mut Pooled, begin: &[Cow<'static, str>]) -> Result<()> {
        conn.set_in_transaction(true);
        for sql in begin {
            self.shared.command(conn, &**sql).await?;
        }
        Ok(())
    }

    /// Deals with what was dropped: a savepoint is rolled back, a read is drained, a write ends the transaction.
    pub(super) async fn settle(&self, conn: &mut Pooled) -> Result<()> {
        let (undo, dropped) = {
            let log = lock(&self.log);
            (log.undo_to, log.under_way)
        };
        if let Some(level) = undo {
            return self.undo(conn, level).await;
        }
        match dropped {
            None => Ok(()),
            Some(UnderWay::Read) if self.drain(conn).await => Ok(()),
            Some(_) => {
                let mut log = lock(&self.log);
                log.under_way = None;
                let failed = log.failed.get_or_insert_with(|| Failed {
                    first: "a statement was dropped before its answer came, so that nobody knows whether it was done"
                        .to_owned(),
                    ended: conn.state() != State::Ready,
                });
                Err(failed.error())
            }
        }
    }

    /// Waits for the answer to what was dropped. Nothing may be sent before it.
    pub(super) async fn drain(&self, conn: &mut Pooled) -> bool {
        if conn.state() == State::InDoubt {
            let Ok(inner) = conn.conn() else { return false };
            let answered = timeout(DRAIN, inner.ping()).await;
            if !matches!(answered, Ok(Ok(()))) || inner.state() != State::Ready {
                return false;
            }
        }
        lock(&self.log).under_way = None;
        conn.state() == State::Ready
    }

    /// Runs a statement on the connection, and remembers how it went.
    pub(super) async fn send(
        &self,
        conn: &mut Pooled,
        stmt: &Stmt,
        sink: Box<dyn RowSink>,
    ) -> Result<(Box<dyn RowSink>, Done)> {
        let shape = self.check(conn, stmt)?;
        // What is rare is boxed: every statement's future would have room for it.
        if !self.is_ready()? {
            Box::pin(self.ready(conn)).await?;
        }
        self.starts(conn, stmt, shape);
        self.context.counters.count(stmt);
        let result = self.shared.run_on(conn, stmt, sink, true).await;
        self.ended(conn, &result);
        if shape == Shape::Schema {
            lock(&self.log).schema_changed = true;
            Box::pin(self.shared.forget_statements(conn)).await;
        }
        result
    }

    /// Refuses what has no place inside a transaction, and what cannot be sent at all.
    fn check(&self, conn: &mut Pooled, stmt: &Stmt) -> Result<Shape> {
        conn.conn()?.check(stmt)?;
        // An in-memory database would let it pass.
        if self.lane == Lane::Reader && stmt.access == Access::Write && lock(&self.log).failed.is_none() {
            return Err(Error::invalid(
                "this transaction only reads, and the statement writes: use `db.transaction(..)` or `db.begin()`",
            ));
        }
        let shape = shape_of(stmt);
        let features = self.shared.dialect.features();
        match shape {
            Shape::Schema | Shape::Lock if !features.transactional_ddl => Err(Error::unsupported(format!(
                "{} commits a transaction at each change of schema: run it through `db`, outside of the transaction",
                features.name
            ))),
            Shape::Transaction => Err(Error::invalid(
                "a transaction is not begun or ended by raw SQL: use `commit`, `rollback` or `savepoint` on it",
            )),
            _ => refuse_transaction_words(shape).map(|()| shape),
        }
    }

    fn starts(&self, conn: &mut Pooled, stmt: &Stmt, shape: Shape) {
        if shape.leaves_traces() {
            conn.mark_raw();
        }
        lock(&self.log).under_way = Some(match stmt.access {
            Access::Read => UnderWay::Read,
            Access::Write | Access::Schema | Access::Unknown => UnderWay::Write,
        });
    }

    pub(super) fn ended<T>(&self, conn: &Pooled, result: &Result<T>) {
        let mut log = lock(&self.log);
        log.under_way = None;
        let Err(error) = result else {
            log.retry = false;
            return;
        };
        log.retry = may_run_again(error);
        // Rows that cannot be read are no reason for the database, but the rest of them may be under way.
        let ours = is_ours(error.kind());
        if ours && conn.state() == State::InDoubt {
            log.under_way = Some(UnderWay::Read);
            return;
        }
        // Where every error aborts the transaction, a savepoint brings it back for as long as the session lives.
        let aborts = self.shared.dialect.transactions().aborts_on_error;
        let ended = (error.poisons() && !aborts) || error.retires() || conn.state() != State::Ready;
        if (ended || (aborts && !ours)) && log.failed.is_none() {
            log.failed = Some(Failed::new(error, ended));
        }
    }

    /// Runs statements one after the other, up to the first error.
    pub(super) async fn run_each(
        &self,
        stmts: impl Iterator<Item = Result<Stmt>> + Send,
        sink: Box<dyn RowSink>,
    ) -> Result<(Box<dyn RowSink>, Done)> {
        let mut seated = self.seat.take().await?;
        self.send_each(seated.get()?, stmts, sink).await
    }

    async fn send_each(
        &self,
        conn: &mut Pooled,
        stmts: impl Iterator<Item = Result<Stmt>> + Send,
        mut sink: Box<dyn RowSink>,
    ) -> Result<(Box<dyn RowSink>, Done)> {
        let mut all = Done::default();
        for stmt in stmts {
            let stmt = stmt?;
            let (back, done) = self.send(conn, &stmt, sink).await?;
            stmt.judge(done)?;
            sink = back;
            all = all.and(done);
        }
        Ok((sink, all))
    }
}

impl Failed {
    pub(super) fn new(error: &Error, ended: bool) -> Self {
        Failed {
            first: error.summary(),
            ended,
        }
    }

    pub(super) fn error(&self) -> Error {
        Error::new(
            ErrorKind::TransactionAborted,
            "the transaction has failed before and takes no further statement; the first error was",
        )
        .with_source(self.first.as_str())
    }
}

/// Whether an error came up on our side, so that the database goes on with the transaction.
const fn is_ours(kind: ErrorKind) -> bool {
    matches!(
        kind,
        ErrorKind::Decode
            | ErrorKind::Encode
            | ErrorKind::Invalid
            | ErrorKind::Unsupported
            | ErrorKind::Custom
            | ErrorKind::NotFound
            | ErrorKind::MoreThanOne
            | ErrorKind::Stale
    )
}

/// Whether an error says that the connection is dead.
pub(super) fn is_lost(error: &Error) -> bool {
    error.class() == Class::Reconnect || error.kind() == ErrorKind::ConnectionLost
}

/// Whether another run of the whole transaction may succeed, as long as its COMMIT was not sent.
pub(super) const fn is_rerun(class: Class) -> bool {
    matches!(
        class,
        Class::Statement | Class::Transaction | Class::Reconnect | Class::Prepared
    )
}

fn may_run_again(error: &Error) -> bool {
    is_rerun(error.class()) || is_lost(error)
}

#[async_trait]
impl Executor for Tx {
    fn dialect(&self) -> Dialect {
        self.shared.dialect
    }

    fn context(&self) -> &Context {
        &self.context
    }

    async fn run(&self, stmt: Stmt, sink: Box<dyn RowSink>) -> Result<(Box<dyn RowSink>, Done)> {
        let mut seated = self.seat.take().await?;
        self.send(seated.get()?, &stmt, sink).await
    }

    async fn run_all(&self, stmts: StmtIter, sink: Box<dyn RowSink>) -> Result<(Box<dyn RowSink>, Done)> {
        let stmts = match Several::of(stmts)? {
            Several::None => return Ok((sink, Done::default())),
            Several::One(stmt) => return self.run(stmt, sink).await,
            Several::More(stmts) => stmts,
        };
        let mut seated = self.seat.take().await?;
        let conn = seated.get()?;
        let point = self.open(conn).await?;
        let ran = self.send_each(conn, stmts, sink).await;
        point.close(conn, ran).await
    }

    fn stream(&self, stmt: Stmt, sink: Box<dyn RowSink>) -> BatchStream<'_> {
        let mark = self.seat.mark();
        let number = mark.number();
        produce(Some(mark), move |batches| async move {
            let mut seated = self.seat.take_for_stream(number, &stmt.sql).await?;
            let conn = seated.get()?;
            let shape = self.check(conn, &stmt)?;
            self.ready(conn).await?;
            self.starts(conn, &stmt, shape);
            self.context.counters.count(&stmt);
            let watch = self.shared.observers.watch(&stmt, true);
            let result = conn.conn()?.stream(&stmt, sink, batches).await;
            watch.answered(&result, |done| *done);
            self.ended(conn, &result);
            result.map(drop)
        })
    }

    async fn in_snapshot(&self, work: SnapshotWork) -> Result<Box<dyn Any + Send>> {
        if !self.one_moment {
            return Err(Error::invalid(
                "each statement of this transaction sees what was committed before it, and these reads must see one \
                 moment: begin the transaction with `TxOptions::repeatable_read()`",
            ));
        }
        work(self).await
    }
}

impl fmt::Debug for Tx {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Tx({}, {})", self.shared.place, self.holder)
    }
}
