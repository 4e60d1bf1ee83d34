//! One connection: where each statement runs, what a dropped future leaves behind, and how that is put right.

use std::sync::{Arc, Mutex, PoisonError, TryLockError};
use std::time::{Duration, Instant};

use async_trait::async_trait;
use tokio::runtime::Handle;
use tokio::task::{JoinHandle, spawn_blocking};

use super::bind::check;
use super::checkpoint::Checkpoints;
use super::control::{Control, StopOnDrop};
use super::errors;
use super::history::History;
use super::keyword;
use super::open::Snapshot;
use super::run::{Halt, Limit, Outlet, Sqlite};
use super::shared::Shared;
use super::wait::Wait;
use crate::driver::{Batches, Connection, State};
use crate::error::{Error, Result};
use crate::exec::{Access, Done, RowSink, Run, Stmt};
use crate::sql::Dialect;

/// A read on the caller's own thread is stopped after this.
const BUDGET: Duration = Duration::from_millis(1);

/// What a thread gives back: the sink that it was given, and how the work ended.
type Outcome = (Option<Box<dyn RowSink>>, Result<Done, Halt>);

/// Where a statement runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Place {
    Here(Limit),
    Thread,
}

/// A connection to SQLite.
pub(super) struct SqliteConnection {
    shared: Arc<Shared>,
    control: Arc<Control>,
    history: Arc<History>,
    checkpoints: Option<Arc<Checkpoints>>,
    snapshot: Snapshot,
    commits_sync: bool,
    busy_timeout: Duration,
    statement_timeout: Option<Duration>,
    /// A call has begun and has not ended: its future runs, or was dropped.
    under_way: bool,
    /// The thread that works for a call.
    thread: Option<JoinHandle<Outcome>>,
    broken: bool,
}

impl SqliteConnection {
    /// Around an open connection.
    pub(super) fn new(
        sqlite: Sqlite,
        snapshot: Snapshot,
        history: Arc<History>,
        busy_timeout: Duration,
        statement_timeout: Option<Duration>,
    ) -> Self {
        SqliteConnection {
            control: Arc::clone(&sqlite.control),
            checkpoints: sqlite.checkpoints.clone(),
            commits_sync: sqlite.commits_sync,
            shared: Arc::new(Shared {
                sqlite: Mutex::new(Some(sqlite)),
            }),
            history,
            snapshot,
            busy_timeout,
            statement_timeout,
            under_way: false,
            thread: None,
            broken: false,
        }
    }

    /// A call begins.
    fn begin(&mut self) -> Result<()> {
        match self.state() {
            State::Ready => {
                self.under_way = true;
                Ok(())
            }
            State::InDoubt => Err(errors::not_ready("in doubt after a dropped call")),
            State::Broken => Err(errors::not_ready("broken")),
        }
    }

    /// The call has its answer.
    fn end<T>(&mut self, answer: Result<T>) -> Result<T> {
        self.under_way = false;
        answer
    }

    /// Where a statement runs, decided before its first step.
    fn place(&self, stmt: &Stmt) -> Result<Place> {
        Ok(match (stmt.run, stmt.access) {
            (Run::Short, Access::Read) => Place::Here(Limit::None),
            // Outside a transaction a write is its own commit.
            (Run::Short, Access::Write) => {
                if self.commits_sync && self.shared.now(|sqlite| sqlite.conn.is_autocommit())? {
                    Place::Thread
                } else {
                    Place::Here(Limit::None)
                }
            }
            (Run::Budget, Access::Read | Access::Unknown) if self.history.is_short(&stmt.sql) => {
                Place::Here(Limit::Budget(BUDGET))
            }
            _ => Place::Thread,
        })
    }

    /// Hands work to a blocking thread and waits for it. Dropped meanwhile, it asks the thread to stop.
    async fn on_thread(
        &mut self,
        work: impl FnOnce(&Shared, &Arc<Control>) -> Outcome + Send + 'static,
    ) -> Result<Outcome> {
        let stop = StopOnDrop::new(&self.control);
        let (shared, control) = (Arc::clone(&self.shared), Arc::clone(&self.control));
        let thread = self.thread.insert(spawn_blocking(move || {
            if control.is_stopped() {
                return (None, Err(Halt::Failed(errors::timeout(None))));
            }
            work(&shared, &control)
        }));
        let joined = thread.await;
        stop.disarm();
        self.thread = None;
        joined.map_err(|e| {
            self.broken = true;
            if e.is_panic() {
                errors::panicked()
            } else {
                errors::shut_down()
            }
        })
    }

    /// Runs a statement on a thread. The sink comes back where the statement may be run again.
    async fn run_on_thread(
        &mut self,
        stmt: Stmt,
        mut sink: Box<dyn RowSink>,
    ) -> Result<(Box<dyn RowSink>, Result<Done, Halt>)> {
        let limit = Limit::Timeout(self.statement_timeout);
        let history = (stmt.run == Run::Budget).then(|| Arc::clone(&self.history));
        let (sink, result) = self
            .on_thread(move |shared, _| {
                let began = Instant::now();
                let result = shared.on_thread(|sqlite| sqlite.run(&stmt, &mut *sink, None, limit));
                if let (Some(history), Ok(_)) = (history, &result) {
                    history.ran(&stmt.sql, began.elapsed());
                }
                (Some(sink), result)
            })
            .await?;
        match (sink, result) {
            (Some(sink), result) => Ok((sink, result)),
            (None, Err(Halt::Failed(e))) => Err(e),
            (None, _) => Err(errors::shut_down()),
        }
    }

    fn run_here(&self, stmt: &Stmt, sink: &mut dyn RowSink, limit: Limit) -> Result<Result<Done, Halt>> {
        let began = matches!(limit, Limit::Budget(_)).then(Instant::now);
        let result = self.shared.now(|sqlite| sqlite.run(stmt, sink, None, limit))?;
        if let (Some(began), Ok(_)) = (began, &result) {
            self.history.ran(&stmt.sql, began.elapsed());
        }
        Ok(result)
    }

    async fn run_to_end(
        &mut self,
        stmt: &Stmt,
        mut sink: Box<dyn RowSink>,
    ) -> Result<(Box<dyn RowSink>, Done)> {
        check(stmt)?;
        if stmt.access != Access::Read {
            self.stand_back().await?;
        }
        let mut wait = Wait::new(self.busy_timeout);
        let mut place = self.place(stmt)?;
        loop {
            let result = match place {
                Place::Here(limit) => self.run_here(stmt, &mut *sink, limit)?,
                Place::Thread => {
                    let (back, result) = self.run_on_thread(stmt.clone(), sink).await?;
                    sink = back;
                    result
                }
            };
            match result {
                Ok(done) => return Ok((sink, done)),
                Err(Halt::Failed(e)) => return Err(e),
                Err(Halt::Spent) => {
                    self.history.stopped(&stmt.sql);
                    place = Place::Thread;
                }
                Err(Halt::NotARead) => place = Place::Thread,
                Err(Halt::Busy(e)) => self.pause(&mut wait, e).await?,
            }
            sink.restart();
        }
    }

    /// Before a write or a transaction begins: stands back while a large checkpoint is made.
    async fn stand_back(&self) -> Result<()> {
        if let Some(checkpoints) = &self.checkpoints
            && checkpoints.is_large()
            && self.shared.now(|sqlite| sqlite.conn.is_autocommit())?
        {
            checkpoints.until_ended().await;
        }
        Ok(())
    }

    /// Waits a little for another process, or fails when it has waited enough.
    async fn pause(&self, wait: &mut Wait, e: Error) -> Result<()> {
        match wait.next() {
            Some(pause) => {
                tokio::time::sleep(pause).await;
                Ok(())
            }
            None => Err(errors::lock_timeout(e, self.busy_timeout)),
        }
    }

    async fn stream_to_end(&mut self, stmt: &Stmt, sink: Box<dyn RowSink>, out: Batches) -> Result<Done> {
        check(stmt)?;
        let mut wait = Wait::new(self.busy_timeout);
        let mut sink = sink;
        loop {
            let (stmt, out, runtime) = (stmt.clone(), out.clone(), Handle::current());
            let (back, result) = self
                .on_thread(move |shared, control| {
                    let mut outlet = Outlet::new(out, control, runtime);
                    // A stream takes as long as its reader: only being dropped ends it.
                    let limit = Limit::Timeout(None);
                    let result =
                        shared.on_thread(|sqlite| sqlite.run(&stmt, &mut *sink, Some(&mut outlet), limit));
                    (Some(sink), result)
                })
                .await?;
            match (back, result) {
                (_, Ok(done)) => return Ok(done),
                (Some(back), Err(Halt::Busy(e))) => {
                    sink = back;
                    sink.restart();
                    self.pause(&mut wait, e).await?;
                }
                (_, Err(halt)) => return Err(failure(halt)),
            }
        }
    }

    async fn command_to_end(&mut self, sql: &str) -> Result<()> {
        let control = keyword::control(sql);
        if control == Some(keyword::Control::Begin) {
            self.stand_back().await?;
        }
        let mut wait = Wait::new(self.busy_timeout);
        loop {
            let long = self.shared.now(|sqlite| sqlite.is_long(control))?;
            let result = if long {
                let sql = sql.to_owned();
                let (_, result) = self
                    .on_thread(move |shared, _| {
                        let result = shared.on_thread(|sqlite| sqlite.command(&sql));
                        (None, result.map(|()| Done::default()))
                    })
                    .await?;
                result.map(|_| ())
            } else {
                self.shared.now(|sqlite| sqlite.command(sql))?
            };
            match result {
                Ok(()) => return Ok(()),
                Err(Halt::Busy(e)) => self.pause(&mut wait, e).await?,
                Err(halt) => return Err(failure(halt)),
            }
        }
    }

    /// Waits for the thread of a dropped call.
    async fn join(&mut self) {
        if let Some(thread) = self.thread.as_mut() {
            let joined = thread.await;
            self.thread = None;
            if let Err(e) = joined {
                self.broken |= e.is_panic();
            }
        }
    }

    /// Waits for the thread of a dropped call, and rolls back.
    async fn settle(&mut self) -> Result<()> {
        self.join().await;
        self.control.begin();
        let (_, result) = self
            .on_thread(|shared, _| {
                let result = shared.on_thread(|sqlite| sqlite.roll_back());
                (None, result.map(|()| Done::default()))
            })
            .await?;
        result.map(|_| ()).map_err(failure)
    }

    async fn reset_to_end(&mut self) -> Result<()> {
        let snapshot = self.snapshot.clone();
        let (_, result) = self
            .on_thread(move |shared, _| {
                let result = shared.on_thread(|sqlite| {
                    sqlite.roll_back()?;
                    snapshot.restore(&sqlite.conn).map_err(Halt::Failed)
                });
                (None, result.map(|()| Done::default()))
            })
            .await?;
        result.map(|_| ()).map_err(failure)
    }
}

/// A halt where running again makes no sense.
fn failure(halt: Halt) -> Error {
    match halt {
        Halt::Failed(e) | Halt::Busy(e) => e,
        Halt::Spent | Halt::NotARead => errors::timeout(None),
    }
}

#[async_trait]
impl Connection for SqliteConnection {
    fn dialect(&self) -> Dialect {
        Dialect::Sqlite
    }

    fn state(&self) -> State {
        if self.broken || self.shared.sqlite.is_poisoned() {
            State::Broken
        } else if self.under_way || self.thread.is_some() {
            State::InDoubt
        } else {
            State::Ready
        }
    }

    async fn run(&mut self, stmt: &Stmt, sink: Box<dyn RowSink>) -> Result<(Box<dyn RowSink>, Done)> {
        self.begin()?;
        let answer = self.run_to_end(stmt, sink).await;
        self.end(answer)
    }

    async fn stream(&mut self, stmt: &Stmt, sink: Box<dyn RowSink>, out: Batches) -> Result<Done> {
        self.begin()?;
        let answer = self.stream_to_end(stmt, sink, out).await;
        self.end(answer)
    }

    async fn command(&mut self, sql: &str) -> Result<()> {
        self.begin()?;
        let answer = self.command_to_end(sql).await;
        self.end(answer)
    }

    async fn is_read_only(&mut self, sql: &str) -> Result<bool> {
        self.shared.now(|sqlite| sqlite.only_reads(sql))?
    }

    async fn ping(&mut self) -> Result<()> {
        self.join().await;
        self.control.begin();
        self.command_here("SELECT 1")?;
        self.under_way = false;
        Ok(())
    }

    async fn recover(&mut self) -> Result<()> {
        if self.broken {
            return Err(errors::not_ready("broken"));
        }
        // Dropped itself, it can be called again.
        self.under_way = true;
        let answer = self.settle().await;
        if answer.is_ok() {
            self.under_way = false;
        } else {
            self.broken = true;
        }
        answer
    }

    async fn reset(&mut self) -> Result<()> {
        self.begin()?;
        let answer = self.reset_to_end().await;
        self.end(answer)
    }

    async fn forget_statements(&mut self) -> Result<()> {
        self.shared
            .now(|sqlite| sqlite.conn.flush_prepared_statement_cache())
    }

    async fn close(mut self: Box<Self>) -> Result<()> {
        self.control.stop();
        if let Some(thread) = self.thread.take() {
            let _ = thread.await;
        }
        let shared = Arc::clone(&self.shared);
        spawn_blocking(move || {
            let closed = shared
                .sqlite
                .lock()
                .unwrap_or_else(PoisonError::into_inner)
                .take();
            drop(closed);
        })
        .await
        .map_err(|_| errors::shut_down())
    }
}

impl SqliteConnection {
    fn command_here(&self, sql: &str) -> Result<()> {
        self.shared.now(|sqlite| sqlite.command(sql))?.map_err(failure)
    }
}

impl Drop for SqliteConnection {
    /// Closing may copy the log back: not on the runtime's thread. While a thread works, it closes the connection.
    fn drop(&mut self) {
        let Ok(runtime) = Handle::try_current() else {
            return;
        };
        let sqlite = match self.shared.sqlite.try_lock() {
            Ok(mut guard) => guard.take(),
            Err(TryLockError::Poisoned(guard)) => guard.into_inner().take(),
            Err(TryLockError::WouldBlock) => None,
        };
        if let Some(sqlite) = sqlite {
            runtime.spawn_blocking(move || drop(sqlite));
        }
    }
}
