//! MySQL and MariaDB: sqlx's connection for the wire, our own parameters, cells and errors.

mod cells;
mod connect;
mod decode;
mod errors;
mod facts;
mod params;
mod placeholders;
mod session;
#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
mod tests;

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use async_trait::async_trait;
use futures_core::stream::BoxStream;
use sqlx::mysql::{MySqlConnection, MySqlQueryResult, MySqlRow};
use sqlx::{AssertSqlSafe, Connection as _, Executor, query_with, raw_sql};

pub(crate) use connect::MySqlConnector;

use crate::driver::wire::{self, Fault, Target, Tracker, guarded, nonsense};
use crate::driver::{Batches, Connection, State, limits};
use crate::error::{Class, Error, ErrorKind, Result};
use crate::exec::{Access, Done, RowSink, Stmt};
use crate::sql::Dialect;

/// How often the errors of statements that nobody waits for are taken off the wire before a connection counts as lost.
const LATE_ERRORS: usize = 3;

/// The server's code for a statement that it cannot prepare.
const NOT_PREPARABLE: &str = "1295";

/// What all connections of a connector share.
struct Settings {
    session: String,
    on_connect: Vec<String>,
    statement_cache: usize,
    max_parameter_bytes: usize,
}

/// How a statement is sent.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Protocol {
    Prepared,
    Text,
}

/// One connection to MySQL or MariaDB.
struct MySqlConn {
    conn: MySqlConnection,
    settings: Arc<Settings>,
    dialect: Dialect,
    backend: Option<u64>,
    types: params::Types,
    /// `max_allowed_packet`: to more, the server answers by closing the connection, mostly without a word.
    max_packet: usize,
    state: State,
    tracker: Tracker,
    columns: Vec<decode::Kind>,
    /// Raw SQL has left something in the session that no statement undoes.
    marked: bool,
}

impl MySqlConn {
    fn new(
        conn: MySqlConnection,
        settings: Arc<Settings>,
        dialect: Dialect,
        backend: Option<u64>,
        types: params::Types,
        max_packet: usize,
    ) -> Self {
        MySqlConn {
            conn,
            settings,
            dialect,
            backend,
            types,
            max_packet,
            state: State::Ready,
            tracker: Tracker::default(),
            columns: Vec::new(),
            marked: false,
        }
    }

    /// Runs a statement; once more after errors that come before anything is done: the server has dropped its prepared
    /// form, or cannot prepare it.
    async fn execute(&mut self, stmt: &Stmt, target: &mut Target) -> Result<Done> {
        if is_script(stmt) {
            return self.attempt(stmt, target, Protocol::Text).await;
        }
        match self.attempt(stmt, target, Protocol::Prepared).await {
            Err(e) if e.class() == Class::Prepared && !target.has_sent() => {
                self.forget().await?;
                target.restart();
                self.attempt(stmt, target, Protocol::Prepared).await
            }
            Err(e) if e.code() == Some(NOT_PREPARABLE) && stmt.params.is_empty() && !target.has_sent() => {
                target.restart();
                self.attempt(stmt, target, Protocol::Text).await
            }
            other => other,
        }
    }

    async fn attempt(&mut self, stmt: &Stmt, target: &mut Target, protocol: Protocol) -> Result<Done> {
        let arguments = params::encode(&stmt.params, &self.types)?;
        let raw = matches!(stmt.access, Access::Unknown | Access::Schema);
        if raw {
            self.tracker.before(&stmt.sql);
            self.marked |= session::leaves_traces(&stmt.sql);
        }
        self.state = State::InDoubt;
        let binary = protocol == Protocol::Prepared;
        let mut rows = cells::Rows::new(&mut self.columns, stmt.scales.as_deref(), binary);
        let sql = AssertSqlSafe(Arc::clone(&stmt.sql));
        let stream: Answers<'_> = match protocol {
            Protocol::Prepared => {
                let keep = self.settings.statement_cache > 0;
                self.conn.fetch_many(query_with(sql, arguments).persistent(keep))
            }
            Protocol::Text => self.conn.fetch_many(raw_sql(sql)),
        };
        let end = wire::pump(stream, &mut rows, target).await;
        let (affected, last_insert_id) = (rows.affected, rows.last_insert_id);
        self.settle(end, raw.then_some(&*stmt.sql))
            .map_err(|e| of_table(e, stmt))?;
        let mut done = Done::rows(affected.max(target.rows()));
        done.last_insert_id = last_insert_id;
        Ok(done)
    }

    /// What the end of a statement leaves the connection in.
    fn settle(&mut self, end: std::result::Result<(), Fault>, tracked: Option<&str>) -> Result<()> {
        self.state = State::Ready;
        let (answer, broken) = match end {
            Ok(()) => (Ok(()), false),
            Err(Fault::Gone) => (Ok(()), true),
            Err(Fault::RefusedEarly(e)) => (Err(e), true),
            Err(Fault::Refused(e)) => (Err(e), false),
            Err(Fault::Wire(e)) => {
                let e = errors::convert(e);
                if let Some(sql) = tracked {
                    self.tracker.after(sql, true);
                }
                // Most errors undo their own statement only.
                if e.poisons() {
                    self.tracker.fail();
                }
                let retires = e.retires();
                (Err(e), retires)
            }
        };
        if let (Some(sql), true) = (tracked, answer.is_ok()) {
            self.tracker.after(sql, true);
        }
        if broken {
            self.state = State::Broken;
        }
        answer
    }

    /// Sends text whose rows are dropped, but for the last.
    async fn text(&mut self, sql: &str) -> Result<Option<MySqlRow>> {
        self.state = State::InDoubt;
        match guarded(connect::last_row(&mut self.conn, sql)).await {
            Ok(row) => {
                self.settle(Ok(()), Some(sql))?;
                Ok(row)
            }
            Err(e) => {
                self.settle(Err(Fault::Wire(e)), Some(sql))?;
                Ok(None)
            }
        }
    }

    /// Drops the cached statements.
    async fn forget(&mut self) -> Result<()> {
        self.state = State::InDoubt;
        let answer = guarded(self.conn.clear_cached_statements()).await;
        self.settle(answer.map_err(Fault::Wire), None)
    }

    /// Waits until nothing is outstanding. Nothing but a ping may be sent before that: a future that was dropped while
    /// its statement was being prepared leaves the wire library out of step, which a ping shows and text hangs on.
    async fn drain(&mut self) -> Result<()> {
        let mut late = 0;
        loop {
            match guarded(self.conn.ping()).await {
                Ok(()) => break,
                // The error of the statement that was given up.
                Err(sqlx::Error::Database(e)) if late < LATE_ERRORS => {
                    let e = errors::convert(sqlx::Error::Database(e));
                    if e.retires() {
                        return Err(e);
                    }
                    late += 1;
                }
                Err(e) => return Err(errors::convert(e)),
            }
        }
        Ok(())
    }

    /// Rolls back, and makes sure that the answer is the answer: a future that was dropped between the two parts of a
    /// packet may have left bytes behind that look like one.
    async fn roll_back(&mut self) -> Result<()> {
        static MARK: AtomicU64 = AtomicU64::new(4_711_000);
        let mark = MARK.fetch_add(1, Ordering::Relaxed).to_string();
        let row = self.text(&format!("ROLLBACK; SELECT {mark}")).await?;
        if row
            .and_then(|row| connect::word(&row, 0))
            .is_some_and(|word| word == mark)
        {
            Ok(())
        } else {
            Err(errors::convert(nonsense()))
        }
    }
}

type Answers<'a> = BoxStream<'a, std::result::Result<sqlx::Either<MySqlQueryResult, MySqlRow>, sqlx::Error>>;

/// Most of the server's texts do not name the table: a refused row is of the one that the statement writes first.
fn of_table(e: Error, stmt: &Stmt) -> Error {
    match stmt.writes.iter().next() {
        Some(table) if e.is_constraint_violation() && e.table().is_none() => e.with_table(table.to_owned()),
        _ => e,
    }
}

/// Schema definition may be several statements, and none is worth keeping.
fn is_script(stmt: &Stmt) -> bool {
    stmt.access == Access::Schema && stmt.params.is_empty()
}

/// The text and the parameters go in a packet each; a parameter comes with its type and its length.
fn check_packet(stmt: &Stmt, most: usize) -> Result<()> {
    const FOR_EACH: usize = 12;
    let values = stmt
        .params
        .iter()
        .map(|value| value.size().saturating_add(FOR_EACH));
    let largest = values.fold(0, usize::saturating_add).max(stmt.sql.len());
    if largest < most {
        return Ok(());
    }
    Err(Error::new(
        ErrorKind::Encode,
        format!("the statement takes {largest} bytes, and the server's `max_allowed_packet` is {most}"),
    ))
}

/// After a wrong number of parameters the wire library waits for an answer that never comes.
fn check_count(stmt: &Stmt) -> Result<()> {
    let wanted = placeholders::count(&stmt.sql);
    if wanted == stmt.params.len() {
        return Ok(());
    }
    Err(Error::invalid(format!(
        "the statement has {wanted} placeholders (`?`) and {} parameters",
        stmt.params.len()
    )))
}

#[async_trait]
impl Connection for MySqlConn {
    fn dialect(&self) -> Dialect {
        self.dialect
    }

    fn state(&self) -> State {
        self.state
    }

    fn check(&self, stmt: &Stmt) -> Result<()> {
        limits::check(stmt, self.dialect, self.settings.max_parameter_bytes)?;
        check_packet(stmt, self.max_packet)?;
        if stmt.built || is_script(stmt) {
            Ok(())
        } else {
            check_count(stmt)
        }
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
        // After a deadlock the server has no transaction any more, and commits nothing without a word.
        let undone = self.tracker.has_failed() && Tracker::commits(sql);
        self.tracker.before(sql);
        self.text(sql).await?;
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
        let mut answer = self.drain().await;
        if answer.is_ok() {
            answer = self.roll_back().await;
        }
        self.tracker.clear();
        self.state = match answer {
            Ok(()) => State::Ready,
            Err(_) => State::Broken,
        };
        answer
    }

    /// The settings are made again and locks are given back. Variables, temporary tables and the current database
    /// cannot be undone without a new session: a connection that may have any counts as broken from here on.
    async fn reset(&mut self) -> Result<()> {
        if self.marked {
            self.state = State::Broken;
            return Ok(());
        }
        let settings = Arc::clone(&self.settings);
        let text = format!("UNLOCK TABLES; DO RELEASE_ALL_LOCKS(); {}", settings.session);
        self.text(&text).await?;
        for sql in &settings.on_connect {
            self.text(sql).await?;
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
        guarded(self.conn.close()).await.map_err(errors::convert)
    }
}
