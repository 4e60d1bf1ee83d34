//! One connection: its state, what a dropped future leaves behind, and how that is put right.

use std::sync::{Arc, Mutex, PoisonError, TryLockError};
use std::time::Duration;

use async_trait::async_trait;
use tokio::runtime::Handle;
use tokio::task::{JoinHandle, spawn_blocking};

use super::calls::{Outcome, failure};
use super::checkpoint::Checkpoints;
use super::control::Control;
use super::errors;
use super::history::History;
use super::open::{Settings, Snapshot};
use super::run::{Halt, Sqlite};
use super::shared::Shared;
use super::wait::Wait;
use crate::driver::{Batches, Connection, State, limits};
use crate::error::Result;
use crate::exec::{Done, RowSink, Stmt};
use crate::sql::Dialect;

/// A connection to SQLite.
pub(super) struct SqliteConnection {
    pub(super) shared: Arc<Shared>,
    pub(super) control: Arc<Control>,
    pub(super) history: Arc<History>,
    pub(super) checkpoints: Option<Arc<Checkpoints>>,
    pub(super) snapshot: Snapshot,
    pub(super) commits_sync: bool,
    pub(super) busy_timeout: Duration,
    pub(super) statement_timeout: Option<Duration>,
    max_parameter_bytes: usize,
    /// How much more the runtime is owed for what ran on its thread.
    pub(super) debt: usize,
    /// A call has begun and has not ended: its future runs, or was dropped.
    under_way: bool,
    /// The thread that works for a call.
    pub(super) thread: Option<JoinHandle<Outcome>>,
    pub(super) broken: bool,
}

impl SqliteConnection {
    /// Around an open connection.
    pub(super) fn new(
        sqlite: Sqlite,
        snapshot: Snapshot,
        history: Arc<History>,
        settings: &Settings,
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
            busy_timeout: settings.busy_timeout,
            statement_timeout: settings.statement_timeout,
            max_parameter_bytes: settings.max_parameter_bytes,
            debt: 0,
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

    fn check(&self, stmt: &Stmt) -> Result<()> {
        limits::check(stmt, Dialect::Sqlite, self.max_parameter_bytes)
    }

    fn parts(&mut self, params: usize) -> usize {
        // Rows to write take their time, and are known by their parameters.
        std::mem::take(&mut self.debt).saturating_add(2 + params / 16)
    }

    fn run_now(&mut self, stmt: &Stmt, sink: &mut dyn RowSink) -> Option<Result<Done>> {
        (self.state() == State::Ready)
            .then(|| self.try_now(stmt, sink))
            .flatten()
    }

    fn command_now(&mut self, sql: &str) -> Option<Result<()>> {
        (self.state() == State::Ready)
            .then(|| self.try_command_now(sql))
            .flatten()
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
        // Reading the schema may need a lock, too.
        let mut wait = Wait::new(self.busy_timeout);
        loop {
            match self.shared.now(|sqlite| sqlite.only_reads(sql))? {
                Ok(only_reads) => return Ok(only_reads),
                Err(Halt::Busy(e)) => self.pause(&mut wait, e).await?,
                Err(halt) => return Err(failure(halt)),
            }
        }
    }

    async fn ping(&mut self) -> Result<()> {
        // Also after a dropped read: the transaction around it goes on.
        self.join().await;
        self.control.begin();
        self.shared
            .now(|sqlite| sqlite.command("SELECT 1", None))?
            .map_err(failure)?;
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
