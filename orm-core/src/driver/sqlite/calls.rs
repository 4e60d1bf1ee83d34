//! The calls of a connection: where each statement runs, and running it until nothing stands in its way.

use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio::runtime::Handle;
use tokio::task::spawn_blocking;

use super::connection::SqliteConnection;
use super::control::{Control, StopOnDrop};
use super::errors;
use super::history::SHORT;
use super::keyword;
use super::run::{Halt, Limit, Outlet};
use super::shared::Shared;
use super::wait::Wait;
use crate::driver::Batches;
use crate::error::{Error, Result};
use crate::exec::{Access, Done, RowSink, Run, Stmt};

/// A read on the caller's own thread is stopped after this.
const BUDGET: Duration = Duration::from_millis(1);

/// How long a task may run on the caller's thread for one of the some hundred parts after which it lets others run.
const PART: Duration = Duration::from_micros(25);

/// How many parts a commit counts as, which writes to the log: its time depends on the file system.
const COMMIT_PARTS: usize = 10;

/// What a thread gives back: the sink that it was given, and how the work ended.
pub(super) type Outcome = (Option<Box<dyn RowSink>>, Result<Done, Halt>);

/// Where a statement runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Place {
    /// On the caller's thread, known to be short.
    Here,
    /// On the caller's thread, for as long as the budget lasts.
    HereFor(Duration),
    /// On a blocking thread.
    Thread,
}

impl SqliteConnection {
    /// Where a statement runs, decided before its first step.
    fn place(&self, stmt: &Stmt) -> Result<Place> {
        Ok(match (stmt.run, stmt.access) {
            (Run::Short, Access::Read) => Place::Here,
            // Outside a transaction a write is its own commit.
            (Run::Short, Access::Write) => {
                if self.commits_sync && self.shared.now(|sqlite| sqlite.conn.is_autocommit())? {
                    Place::Thread
                } else {
                    Place::Here
                }
            }
            (Run::Budget, Access::Read | Access::Unknown) if self.history.is_short(&stmt.sql) => {
                Place::HereFor(BUDGET)
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

    /// Runs a statement on the caller's thread, if that is its place and nothing stands in its way.
    pub(super) fn try_now(&mut self, stmt: &Stmt, sink: &mut dyn RowSink) -> Option<Result<Done>> {
        let ran = self.place(stmt).and_then(|place| {
            if stmt.access != Access::Read && self.has_to_stand_back()? {
                return Ok(None);
            }
            self.run_here(place, stmt, sink)
        });
        match ran {
            Err(e) => Some(Err(e)),
            Ok(None) => None,
            Ok(Some(Ok(done))) => Some(Ok(done)),
            Ok(Some(Err(Halt::Failed(e)))) => Some(Err(e)),
            Ok(Some(Err(halt))) => {
                // Spent: the next look at its history sends it to a thread.
                if matches!(halt, Halt::Spent) {
                    self.history.stopped(&stmt.sql);
                }
                sink.restart();
                None
            }
        }
    }

    /// Sends BEGIN and the like on the caller's thread, if it is short and nothing stands in its way.
    pub(super) fn try_command_now(&mut self, sql: &str) -> Option<Result<()>> {
        let control = keyword::control(sql);
        let ran = match control {
            Some(keyword::Control::Begin) => self.has_to_stand_back(),
            _ => Ok(false),
        }
        .and_then(|wait| match wait {
            true => Ok(None),
            false => self.command_here(sql, control),
        });
        match ran {
            Err(e) => Some(Err(e)),
            Ok(None | Some(Err(Halt::Busy(_)))) => None,
            Ok(Some(done)) => Some(done.map_err(failure)),
        }
    }

    /// Runs a statement on the caller's thread; `None` when that is not its place.
    fn run_here(
        &mut self,
        place: Place,
        stmt: &Stmt,
        sink: &mut dyn RowSink,
    ) -> Result<Option<Result<Done, Halt>>> {
        match place {
            Place::Here => {
                let (result, commits) = self.shared.now(|sqlite| {
                    let result = sqlite.run(stmt, sink, None, Limit::None);
                    (result, stmt.access != Access::Read && sqlite.conn.is_autocommit())
                })?;
                if commits {
                    self.debt = COMMIT_PARTS;
                }
                Ok(Some(result))
            }
            Place::HereFor(budget) => self.run_here_for(budget, stmt, sink).map(Some),
            Place::Thread => Ok(None),
        }
    }

    fn command_here(
        &mut self,
        sql: &str,
        control: Option<keyword::Control>,
    ) -> Result<Option<Result<(), Halt>>> {
        if control == Some(keyword::Control::Commit) {
            self.debt = COMMIT_PARTS;
        }
        self.shared
            .now(|sqlite| (!sqlite.is_long(control)).then(|| sqlite.command(sql, control)))
    }

    fn run_here_for(
        &mut self,
        budget: Duration,
        stmt: &Stmt,
        sink: &mut dyn RowSink,
    ) -> Result<Result<Done, Halt>> {
        let began = Instant::now();
        let limit = Limit::Budget(began + budget);
        let result = self.shared.now(|sqlite| sqlite.run(stmt, sink, None, limit))?;
        let time = began.elapsed();
        self.debt = usize::try_from(time.as_micros().div_ceil(PART.as_micros())).unwrap_or(0);
        if result.is_ok() {
            // The text is known as short already.
            if time >= SHORT {
                self.history.ran(&stmt.sql, time);
            }
        }
        Ok(result)
    }

    pub(super) async fn run_to_end(
        &mut self,
        stmt: &Stmt,
        mut sink: Box<dyn RowSink>,
    ) -> Result<(Box<dyn RowSink>, Done)> {
        if stmt.access != Access::Read {
            self.stand_back().await?;
        }
        let mut wait = Wait::new(self.busy_timeout);
        let mut place = self.place(stmt)?;
        loop {
            let result = match self.run_here(place, stmt, &mut *sink)? {
                Some(result) => result,
                None => {
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
            && self.has_to_stand_back()?
        {
            checkpoints.until_ended().await;
        }
        Ok(())
    }

    fn has_to_stand_back(&self) -> Result<bool> {
        match &self.checkpoints {
            Some(checkpoints) if checkpoints.is_large() => {
                self.shared.now(|sqlite| sqlite.conn.is_autocommit())
            }
            _ => Ok(false),
        }
    }

    /// Waits a little for another process, or fails when it has waited enough.
    pub(super) async fn pause(&self, wait: &mut Wait, e: Error) -> Result<()> {
        match wait.next() {
            Some(pause) => {
                tokio::time::sleep(pause).await;
                Ok(())
            }
            None => Err(errors::lock_timeout(e, self.busy_timeout)),
        }
    }

    pub(super) async fn stream_to_end(
        &mut self,
        stmt: &Stmt,
        sink: Box<dyn RowSink>,
        out: Batches,
    ) -> Result<Done> {
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

    pub(super) async fn command_to_end(&mut self, sql: &str) -> Result<()> {
        let control = keyword::control(sql);
        if control == Some(keyword::Control::Begin) {
            self.stand_back().await?;
        }
        let mut wait = Wait::new(self.busy_timeout);
        loop {
            let result = match self.command_here(sql, control)? {
                Some(result) => result,
                None => {
                    let sql = sql.to_owned();
                    let (_, result) = self
                        .on_thread(move |shared, _| {
                            let result = shared.on_thread(|sqlite| sqlite.command(&sql, control));
                            (None, result.map(|()| Done::default()))
                        })
                        .await?;
                    result.map(|_| ())
                }
            };
            match result {
                Ok(()) => return Ok(()),
                Err(Halt::Busy(e)) => self.pause(&mut wait, e).await?,
                Err(halt) => return Err(failure(halt)),
            }
        }
    }

    /// Waits for the thread of a dropped call, and rolls back.
    pub(super) async fn settle(&mut self) -> Result<()> {
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

    /// Waits for the thread of a dropped call.
    pub(super) async fn join(&mut self) {
        if let Some(thread) = self.thread.as_mut() {
            let joined = thread.await;
            self.thread = None;
            if let Err(e) = joined {
                self.broken |= e.is_panic();
            }
        }
    }

    pub(super) async fn reset_to_end(&mut self) -> Result<()> {
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
pub(super) fn failure(halt: Halt) -> Error {
    match halt {
        Halt::Failed(e) | Halt::Busy(e) => e,
        Halt::Spent | Halt::NotARead => errors::timeout(None),
    }
}
