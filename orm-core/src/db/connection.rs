//! One connection, borrowed from the pool: for settings, locks and whatever else belongs to a session.

use std::any::Any;
use std::fmt;
use std::future::Future;
use std::panic::Location;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use async_trait::async_trait;
use tokio::time::timeout;

use super::Db;
use super::produce::produce;
use super::seat::Seat;
use super::several::Several;
use super::shape::Shape;
use super::shared::{Shared, shape_of};
use super::tx::DRAIN;
use crate::driver::{Lane, State};
use crate::error::{Error, Result};
use crate::exec::{BatchStream, Context, Done, Executor, RowSink, SnapshotWork, Stmt, StmtIter};
use crate::pool::{Holder, Pooled, Purpose};
use crate::sql::Dialect;

/// One connection, with whatever it is told: raw SQL may begin transactions, take locks and change settings on it. All
/// of that is undone when it goes back to the pool.
pub struct Connection {
    shared: Arc<Shared>,
    context: Context,
    holder: Holder,
    seat: Seat,
    replaced: AtomicBool,
}

impl Db {
    /// Lends one connection to the closure.
    ///
    /// When it turns out to be broken, the next statement gets another one, once; what was sent is never sent again.
    ///
    /// # Errors
    /// The closure's; `PoolTimeout` when no connection became free.
    #[track_caller]
    pub fn with_connection<T>(
        &self,
        work: impl AsyncFnOnce(&mut Connection) -> Result<T>,
    ) -> impl Future<Output = Result<T>> {
        let holder = Holder::new(Purpose::Connection, Some(Location::caller()));
        async move {
            let mut conn = self.shared.pool.acquire(Lane::Main, holder).await?;
            conn.mark_raw();
            let mut conn = Connection {
                shared: Arc::clone(&self.shared),
                context: self.context.clone(),
                holder,
                seat: Seat::new(conn),
                replaced: AtomicBool::new(false),
            };
            work(&mut conn).await
        }
    }
}

impl Connection {
    /// Waits for the answer to what was dropped, and takes another connection in the place of a broken one, once.
    async fn revive(&self, conn: &mut Pooled) -> Result<()> {
        if conn.state() == State::InDoubt {
            let answered = timeout(DRAIN, conn.conn()?.ping()).await;
            if !matches!(answered, Ok(Ok(()))) || conn.state() != State::Ready {
                conn.give_up();
            }
        }
        if conn.state() == State::Broken && !self.replaced.load(Ordering::Relaxed) {
            conn.give_up();
            *conn = self.shared.pool.acquire(Lane::Main, self.holder).await?;
            conn.mark_raw();
            self.replaced.store(true, Ordering::Relaxed);
        }
        Ok(())
    }

    async fn send(
        &self,
        conn: &mut Pooled,
        stmt: &Stmt,
        sink: Box<dyn RowSink>,
    ) -> Result<(Box<dyn RowSink>, Done)> {
        self.revive(conn).await?;
        conn.conn()?.check(stmt)?;
        let result = match shape_of(stmt) {
            Shape::Transaction | Shape::Savepoint => {
                // A transaction of the borrower's own: whatever is left of it is rolled back at the end.
                conn.set_in_transaction(true);
                self.shared.command(conn, Arc::clone(&stmt.sql)).await?;
                return Ok((sink, Done::default()));
            }
            _ => {
                self.context.counters.count(stmt);
                self.shared.run_on(conn, stmt, sink, false).await
            }
        };
        if shape_of(stmt) == Shape::Schema {
            self.shared.forget_statements(conn).await;
        }
        result
    }

    async fn send_all(
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

#[async_trait]
impl Executor for Connection {
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
        self.revive(conn).await?;
        conn.set_in_transaction(true);
        let begin = self.shared.dialect.transactions().begin;
        self.shared.command(conn, begin).await?;
        let ran = self.send_all(conn, stmts, sink).await;
        let end = if ran.is_ok() { "COMMIT" } else { "ROLLBACK" };
        let ended = self.shared.command(conn, end).await;
        let ran = ran?;
        ended?;
        Ok(ran)
    }

    fn stream(&self, stmt: Stmt, sink: Box<dyn RowSink>) -> BatchStream<'_> {
        let mark = self.seat.mark();
        let number = mark.number();
        produce(Some(mark), move |batches| async move {
            let mut seated = self.seat.take_for_stream(number, &stmt.sql).await?;
            let conn = seated.get()?;
            self.revive(conn).await?;
            conn.conn()?.check(&stmt)?;
            self.context.counters.count(&stmt);
            let watch = self.shared.observers.watch(&stmt, false);
            let result = conn.conn()?.stream(&stmt, sink, batches).await;
            watch.answered(&result, |done| *done);
            result.map(drop)
        })
    }

    async fn in_snapshot(&self, _work: SnapshotWork) -> Result<Box<dyn Any + Send>> {
        Err(Error::invalid(
            "reads that must see one moment cannot be run on a borrowed connection, as a transaction of the borrower's own \
             may be open on it: run them on `db`, or on a transaction begun with `TxOptions::repeatable_read()`",
        ))
    }
}

impl fmt::Debug for Connection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Connection({}, {})", self.shared.place, self.holder)
    }
}
