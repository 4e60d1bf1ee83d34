//! PostgreSQL: sqlx's connection for the wire, our own parameters, cells and errors.

mod binary;
mod cells;
mod connect;
mod errors;
mod numeric;
mod oids;
mod params;
mod placeholders;
mod signatures;
#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
mod tests;
mod text;

use std::sync::Arc;

use async_trait::async_trait;
use futures_core::stream::BoxStream;
use sqlx::postgres::{PgArguments, PgConnection, PgQueryResult, PgRow};
use sqlx::{AssertSqlSafe, Connection as _, Executor, query_with, raw_sql};

pub(crate) use connect::PgConnector;

use crate::driver::wire::{self, Fault, Target, Tracker, guarded};
use crate::driver::{Batches, Connection, State, limits};
use crate::error::{Class, Error, Result};
use crate::exec::{Access, Done, RowSink, Stmt};
use crate::sql::Dialect;

/// Back to what the session started with. `DISCARD ALL` would also drop the prepared statements, of which sqlx keeps
/// its own list.
const RESET: &str = "SET SESSION AUTHORIZATION DEFAULT; RESET ALL; CLOSE ALL; UNLISTEN *; \
    SELECT pg_advisory_unlock_all(); DISCARD TEMP; DISCARD SEQUENCES";

/// How often the errors of statements that nobody waits for are taken off the wire before a connection counts as lost.
const LATE_ERRORS: usize = 3;

/// What all connections of a connector share.
struct Settings {
    statement_cache: usize,
    max_parameter_bytes: usize,
    /// Behind a pooler no session is ours: the statement timeout is set in each transaction, in milliseconds.
    local_timeout: Option<String>,
    pooler: bool,
}

/// One connection to PostgreSQL.
struct PgConn {
    conn: PgConnection,
    settings: Arc<Settings>,
    backend: Option<u64>,
    /// What a session is told after its start, and again after a reset.
    after_start: Vec<String>,
    state: State,
    tracker: Tracker,
    plan: cells::Plan,
    signatures: signatures::Signatures,
    /// Raw SQL may have prepared a statement by a name of its own.
    prepared: bool,
}

impl PgConn {
    fn new(
        conn: PgConnection,
        settings: Arc<Settings>,
        backend: Option<u64>,
        after_start: Vec<String>,
    ) -> Self {
        PgConn {
            conn,
            backend,
            after_start,
            state: State::Ready,
            tracker: Tracker::default(),
            plan: cells::Plan::default(),
            signatures: signatures::Signatures::new(settings.statement_cache),
            prepared: false,
            settings,
        }
    }

    /// Runs a statement; once more when it was prepared for a schema that has changed since. Such an error comes before
    /// anything is done.
    async fn execute(&mut self, stmt: &Stmt, target: &mut Target) -> Result<Done> {
        let first = self.attempt(stmt, target).await;
        match first {
            Err(e) if e.class() == Class::Prepared => {
                self.forget().await?;
                if self.tracker.is_open() || target.has_sent() {
                    return Err(e);
                }
                target.restart();
                self.attempt(stmt, target).await
            }
            other => other,
        }
    }

    async fn attempt(&mut self, stmt: &Stmt, target: &mut Target) -> Result<Done> {
        let arguments = params::encode(&stmt.params)?;
        if self.signatures.is_full() {
            self.forget().await?;
        }
        let raw = stmt.access == Access::Unknown;
        if raw {
            self.tracker.before(&stmt.sql);
            self.prepared |= prepares(&stmt.sql);
        }
        self.state = State::InDoubt;
        let mut rows = cells::Rows::new(&mut self.plan, stmt.scales.as_deref());
        let stream = send(
            &mut self.conn,
            &mut self.signatures,
            &self.settings,
            stmt,
            arguments,
        );
        let end = wire::pump(stream, &mut rows, target).await;
        let affected = rows.affected;
        self.settle(end, raw.then_some(&*stmt.sql))?;
        Ok(Done::rows(affected.max(target.rows())))
    }

    /// What the end of a statement leaves the connection in.
    fn settle(&mut self, end: std::result::Result<(), Fault>, tracked: Option<&str>) -> Result<()> {
        self.state = State::Ready;
        let ok = !matches!(end, Err(Fault::Wire(_)));
        let before = self.tracker;
        if let Some(sql) = tracked {
            self.tracker.after(sql, ok);
        } else if !ok {
            self.tracker.fail();
        }
        match end {
            Ok(()) => Ok(()),
            Err(Fault::Gone) => {
                self.state = State::Broken;
                Ok(())
            }
            Err(Fault::RefusedEarly(e)) => {
                self.state = State::Broken;
                Err(e)
            }
            Err(Fault::Refused(e)) => {
                if e.retires() {
                    self.state = State::Broken;
                }
                Err(e)
            }
            Err(Fault::Wire(e)) => {
                let e = errors::convert(e, before);
                if e.retires() {
                    self.state = State::Broken;
                }
                Err(e)
            }
        }
    }

    /// Sends text whose rows are dropped.
    async fn text(&mut self, sql: &str) -> Result<()> {
        self.state = State::InDoubt;
        let answer = guarded(connect::execute(&mut self.conn, sql)).await;
        self.settle(answer.map_err(Fault::Wire), Some(sql))
    }

    /// Drops the cached statements, ours and the wire library's.
    async fn forget(&mut self) -> Result<()> {
        self.signatures.clear();
        self.state = State::InDoubt;
        let answer = guarded(self.conn.clear_cached_statements()).await;
        // Nothing that could fail the transaction.
        let tracker = self.tracker;
        let result = self.settle(answer.map_err(Fault::Wire), None);
        self.tracker = tracker;
        result
    }

    /// Waits until nothing is outstanding.
    async fn drain(&mut self) -> Result<()> {
        let mut late = 0;
        loop {
            match guarded(self.conn.ping()).await {
                Ok(()) => return Ok(()),
                // The error of the statement that was given up: what follows it is still to come.
                Err(sqlx::Error::Database(e)) if late < LATE_ERRORS => {
                    let e = errors::convert(sqlx::Error::Database(e), self.tracker);
                    if e.retires() {
                        return Err(e);
                    }
                    late += 1;
                }
                Err(e) => return Err(errors::convert(e, self.tracker)),
            }
        }
    }
}

/// Whether a text may hold a PREPARE.
fn prepares(sql: &str) -> bool {
    const WORD: &[u8] = b"PREPARE";
    sql.as_bytes()
        .windows(WORD.len())
        .any(|w| w.eq_ignore_ascii_case(WORD))
}

type Answers<'a> = BoxStream<'a, std::result::Result<sqlx::Either<PgQueryResult, PgRow>, sqlx::Error>>;

/// Schema definition goes as text: it may be several statements, and none is worth keeping. All else is prepared.
fn send<'a>(
    conn: &'a mut PgConnection,
    signatures: &mut signatures::Signatures,
    settings: &Settings,
    stmt: &Stmt,
    arguments: PgArguments,
) -> Answers<'a> {
    if is_script(stmt) {
        return conn.fetch_many(raw_sql(AssertSqlSafe(Arc::clone(&stmt.sql))));
    }
    // Without a cache, each text is prepared anew and under no name.
    let (sql, persistent) = match settings.statement_cache {
        0 => (Arc::clone(&stmt.sql), false),
        _ => (signatures.text(&stmt.sql, &stmt.params), true),
    };
    conn.fetch_many(query_with(AssertSqlSafe(sql), arguments).persistent(persistent))
}

/// Schema definition may be several statements, which the server takes as text only.
fn is_script(stmt: &Stmt) -> bool {
    stmt.access == Access::Schema && stmt.params.is_empty()
}

#[async_trait]
impl Connection for PgConn {
    fn dialect(&self) -> Dialect {
        Dialect::Postgres
    }

    fn state(&self) -> State {
        self.state
    }

    fn check(&self, stmt: &Stmt) -> Result<()> {
        limits::check(stmt, Dialect::Postgres, self.settings.max_parameter_bytes)?;
        if stmt.built {
            return Ok(());
        }
        let wanted = placeholders::highest(&stmt.sql);
        if wanted == stmt.params.len() || is_script(stmt) {
            return Ok(());
        }
        Err(Error::invalid(format!(
            "the statement has places for {wanted} parameters (`$1`, ..) and was given {}",
            stmt.params.len()
        )))
    }

    async fn run(&mut self, stmt: &Stmt, sink: Box<dyn RowSink>) -> Result<(Box<dyn RowSink>, Done)> {
        let mut target = Target::whole(sink);
        let done = self.execute(stmt, &mut target).await?;
        Ok((target.into_sink(), done))
    }

    async fn stream(&mut self, stmt: &Stmt, sink: Box<dyn RowSink>, out: Batches) -> Result<Done> {
        let mut target = Target::batches(sink, out);
        self.execute(stmt, &mut target).await
    }

    async fn command(&mut self, sql: &str) -> Result<()> {
        limits::check_text(sql)?;
        // The server answers COMMIT of a failed transaction with a rollback and no error.
        let undone = self.tracker.has_failed() && Tracker::commits(sql);
        let outside = !self.tracker.is_open();
        self.tracker.before(sql);
        self.prepared |= prepares(sql);
        match &self.settings.local_timeout {
            Some(limit) if outside && self.tracker.is_open() => {
                self.text(&format!("{sql}; SET LOCAL statement_timeout = {limit}"))
                    .await?;
            }
            _ => self.text(sql).await?,
        }
        if undone {
            return Err(wire::commit_of_failed());
        }
        Ok(())
    }

    async fn ping(&mut self) -> Result<()> {
        self.state = State::InDoubt;
        let answer = guarded(self.conn.ping()).await;
        self.settle(answer.map_err(Fault::Wire), None)
    }

    async fn recover(&mut self) -> Result<()> {
        if self.state == State::Broken {
            return Err(wire::broken());
        }
        self.state = State::InDoubt;
        let drained = self.drain().await;
        if let Err(e) = drained {
            self.state = State::Broken;
            return Err(e);
        }
        let rolled_back = self.text("ROLLBACK").await;
        self.tracker.clear();
        if rolled_back.is_err() {
            self.state = State::Broken;
        }
        rolled_back
    }

    /// Settings come back to those of the start, and `on_connect` runs again.
    async fn reset(&mut self) -> Result<()> {
        if self.settings.pooler {
            return Ok(());
        }
        if self.prepared {
            // With them go those that the wire library keeps a list of.
            self.forget().await?;
            self.text("DEALLOCATE ALL").await?;
            self.prepared = false;
        }
        self.text(RESET).await?;
        for sql in self.after_start.clone() {
            self.text(&sql).await?;
        }
        Ok(())
    }

    async fn forget_statements(&mut self) -> Result<()> {
        self.forget().await
    }

    fn backend_id(&self) -> Option<u64> {
        self.backend
    }

    async fn close(self: Box<Self>) -> Result<()> {
        let tracker = self.tracker;
        guarded(self.conn.close())
            .await
            .map_err(|e| errors::convert(e, tracker))
    }
}
