//! Running one statement on one connection, on whichever thread: bind, step, rows into a sink, and what an error means.

use std::sync::Arc;
use std::time::{Duration, Instant};

use rusqlite::{Connection, Statement};
use tokio::runtime::Handle;

use super::bind::bind;
use super::checkpoint::{self, Checkpoints};
use super::control::Control;
use super::errors::{self, Phase};
use super::keyword;
use super::rows::{Cells, Names};
use crate::driver::limits::check_text;
use crate::driver::{BATCH, Batches};
use crate::error::{Error, ErrorKind, Result};
use crate::exec::{Access, Done, RowSink, Stmt};
use crate::value::RowReader;

/// A batch of a stream ends when it has roughly so many bytes.
const BATCH_BYTES: usize = 64 << 10;

/// A transaction that changed more rows than this commits and rolls back on a thread.
const SMALL: u64 = 1000;

/// How long a statement may run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Limit {
    /// It is known to be short.
    None,
    /// It is a read, and is run again on a thread when it has not ended by then.
    Budget(Instant),
    /// It fails after this.
    Timeout(Option<Duration>),
}

impl Limit {
    /// When a statement that starts now has to end.
    fn end(self) -> Option<Instant> {
        match self {
            Limit::None => None,
            Limit::Budget(end) => Some(end),
            Limit::Timeout(time) => Instant::now().checked_add(time?),
        }
    }
}

/// Why a statement came to no end.
pub(super) enum Halt {
    /// Its budget was spent; nothing has happened.
    Spent,
    /// It is not a read, and has no place under a budget; nothing has happened.
    NotARead,
    /// Another process holds the lock; nothing has happened.
    Busy(Error),
    /// It failed.
    Failed(Error),
}

/// Where an error comes from.
pub(super) enum Fault {
    Prepare(rusqlite::Error),
    Step(rusqlite::Error),
    Ours(Error),
    NotARead,
}

impl From<Error> for Fault {
    fn from(e: Error) -> Self {
        Fault::Ours(e)
    }
}

/// The way of a stream's batches out of the thread.
pub(super) struct Outlet {
    out: Batches,
    control: Arc<Control>,
    runtime: Handle,
    sent: bool,
}

impl Outlet {
    /// Into this channel, until nobody waits any more.
    pub(super) fn new(out: Batches, control: &Arc<Control>, runtime: Handle) -> Self {
        Outlet {
            out,
            control: Arc::clone(control),
            runtime,
            sent: false,
        }
    }

    /// Sends a batch. `false` when nobody takes it.
    fn send(&mut self, batch: Box<dyn RowSink>) -> bool {
        self.sent = true;
        let (out, control) = (&self.out, &self.control);
        self.runtime.block_on(async {
            tokio::select! {
                biased;
                () = control.until_stopped() => false,
                sent = out.send(Ok(batch)) => sent.is_ok(),
            }
        })
    }
}

/// One connection of SQLite with what is needed to run statements on it.
pub(super) struct Sqlite {
    pub(super) conn: Connection,
    pub(super) control: Arc<Control>,
    /// The log's checkpoints, where this connection writes one.
    pub(super) checkpoints: Option<Arc<Checkpoints>>,
    /// Closing the connection would lose the database.
    pub(super) in_memory: bool,
    /// Each commit waits for the disk.
    pub(super) commits_sync: bool,
    /// How many rows had been changed when the transaction began.
    begun_at: u64,
}

impl Sqlite {
    /// Around an open connection.
    pub(super) fn new(
        conn: Connection,
        control: Arc<Control>,
        checkpoints: Option<Arc<Checkpoints>>,
        in_memory: bool,
        commits_sync: bool,
    ) -> Self {
        Sqlite {
            conn,
            control,
            checkpoints,
            in_memory,
            commits_sync,
            begun_at: 0,
        }
    }

    /// Runs a statement; rows go into the sink, or through it into the outlet.
    pub(super) fn run(
        &self,
        stmt: &Stmt,
        sink: &mut dyn RowSink,
        mut outlet: Option<&mut Outlet>,
        limit: Limit,
    ) -> Result<Done, Halt> {
        let in_transaction = !self.conn.is_autocommit();
        let result = if stmt.access == Access::Schema && stmt.params.is_empty() {
            self.script(&stmt.sql, limit, in_transaction)
        } else {
            self.statement(stmt, sink, outlet.as_deref_mut(), limit, in_transaction)
        };
        self.note_pages();
        match result {
            Ok(done) => Ok(done),
            Err(fault) => {
                let started = outlet.is_some_and(|outlet| outlet.sent);
                Err(match self.halt(fault, in_transaction, limit) {
                    Halt::Busy(e) if started => Halt::Failed(e),
                    halt => halt,
                })
            }
        }
    }

    fn statement(
        &self,
        stmt: &Stmt,
        sink: &mut dyn RowSink,
        outlet: Option<&mut Outlet>,
        limit: Limit,
        in_transaction: bool,
    ) -> Result<Done, Fault> {
        let mut statement = self.conn.prepare_cached(&stmt.sql).map_err(Fault::Prepare)?;
        let reads = statement.readonly();
        if stmt.access == Access::Unknown {
            if keyword::first(&stmt.sql).is_empty() {
                return Err(Error::invalid("the SQL text holds no statement").into());
            }
            if matches!(limit, Limit::Budget(_)) && !keyword::only_reads(&stmt.sql, reads) {
                return Err(Fault::NotARead);
            }
        }
        if matches!(limit, Limit::Budget(_)) && !reads {
            return Err(Fault::NotARead);
        }
        bind(&mut statement, &stmt.params)?;
        let before = if reads { (0, 0) } else { self.counters() };
        let given = {
            let _armed = self.control.arm(limit.end(), reads || !in_transaction);
            match outlet {
                Some(outlet) => stream(&mut statement, stmt, sink, outlet)?,
                None => collect(&mut statement, stmt, sink)?,
            }
        };
        drop(statement);
        if reads {
            return Ok(Done::rows(given));
        }
        if matches!(stmt.access, Access::Schema | Access::Unknown) && keyword::may_change_schema(&stmt.sql) {
            self.conn.flush_prepared_statement_cache();
        }
        Ok(self.done(before, &stmt.sql))
    }

    /// Schema definition: several statements may stand in one text.
    fn script(&self, sql: &str, limit: Limit, in_transaction: bool) -> Result<Done, Fault> {
        let result = {
            let _armed = self.control.arm(limit.end(), !in_transaction);
            self.conn.execute_batch(sql)
        };
        self.conn.flush_prepared_statement_cache();
        match result {
            Ok(()) => Ok(Done::default()),
            Err(e) if matches!(e, rusqlite::Error::SqlInputError { .. }) => Err(Fault::Prepare(e)),
            Err(e) => Err(Fault::Step(e)),
        }
    }

    /// Runs BEGIN, COMMIT and the like, which give no rows.
    pub(super) fn command(&mut self, sql: &str, control: Option<keyword::Control>) -> Result<(), Halt> {
        let in_transaction = !self.conn.is_autocommit();
        match control {
            // SQLite has rolled back by itself: that is what was asked for.
            Some(keyword::Control::Rollback) if !in_transaction => return Ok(()),
            Some(keyword::Control::Commit) if !in_transaction => {
                return Err(Halt::Failed(
                    Error::new(
                        ErrorKind::TransactionAborted,
                        "SQLite has rolled this transaction back: there is nothing to commit",
                    )
                    .with_poison(true),
                ));
            }
            _ => {}
        }
        let result = self.exec(sql);
        self.note_pages();
        result.map_err(|fault| self.halt(fault, in_transaction, Limit::None))?;
        if control == Some(keyword::Control::Begin) {
            self.begun_at = self.conn.total_changes();
        }
        Ok(())
    }

    fn exec(&self, sql: &str) -> Result<(), Fault> {
        check_text(sql)?;
        let mut statement = self.conn.prepare_cached(sql).map_err(Fault::Prepare)?;
        let mut rows = statement.raw_query();
        while rows.next().map_err(Fault::Step)?.is_some() {}
        Ok(())
    }

    /// Whether a command may take long, so that it belongs on a thread.
    pub(super) fn is_long(&self, command: Option<keyword::Control>) -> bool {
        use keyword::Control::{Begin, Commit, Rollback, Savepoint};
        match command {
            Some(Begin | Savepoint) => false,
            Some(Commit) => self.commits_sync || self.changed() > SMALL,
            Some(Rollback) => self.changed() > SMALL,
            None => true,
        }
    }

    fn changed(&self) -> u64 {
        self.conn.total_changes().saturating_sub(self.begun_at)
    }

    /// Whether raw SQL only reads.
    pub(super) fn only_reads(&self, sql: &str) -> Result<bool, Halt> {
        let only_reads = || {
            check_text(sql)?;
            let statement = self.conn.prepare_cached(sql).map_err(Fault::Prepare)?;
            Ok(keyword::only_reads(sql, statement.readonly()))
        };
        only_reads().map_err(|fault| self.halt(fault, !self.conn.is_autocommit(), Limit::None))
    }

    /// Rolls back what is open.
    pub(super) fn roll_back(&mut self) -> Result<(), Halt> {
        self.command("ROLLBACK", Some(keyword::Control::Rollback))
    }

    fn counters(&self) -> (u64, i64) {
        (self.conn.total_changes(), self.conn.last_insert_rowid())
    }

    fn done(&self, (changes, rowid): (u64, i64), sql: &str) -> Done {
        // `sqlite3_changes` keeps the number of an earlier statement when this one wrote no rows.
        let rows = if self.conn.total_changes() == changes {
            0
        } else {
            self.conn.changes()
        };
        let mut done = Done::rows(rows);
        if rows == 1 && keyword::inserts(sql) {
            let made = self.conn.last_insert_rowid();
            // An upsert that updated leaves the rowid of an earlier insert.
            if made != rowid || !sql.to_ascii_uppercase().contains("DO UPDATE") {
                done.last_insert_id = Some(made);
            }
        }
        done
    }

    /// What an error means for the statement, its transaction and its connection.
    #[cold]
    fn halt(&self, fault: Fault, in_transaction: bool, limit: Limit) -> Halt {
        let gone = in_transaction && self.conn.is_autocommit();
        let error = match fault {
            Fault::NotARead => return Halt::NotARead,
            Fault::Ours(e) => e,
            Fault::Step(e) if errors::is_interrupt(&e) => match limit {
                Limit::Budget(_) if !self.control.is_stopped() => return Halt::Spent,
                Limit::Timeout(time) => errors::timeout(time),
                Limit::None | Limit::Budget(_) => errors::timeout(None),
            },
            Fault::Prepare(e) if errors::is_busy(&e) => {
                return Halt::Busy(errors::translate(e, Phase::Prepare));
            }
            Fault::Step(e) if errors::is_busy(&e) && !gone => {
                return Halt::Busy(errors::translate(e, Phase::Step));
            }
            Fault::Prepare(e) => errors::translate(e, Phase::Prepare),
            Fault::Step(e) => errors::translate(e, Phase::Step),
        };
        let poison = gone || (in_transaction && error.poisons());
        let retire = error.retires() && !self.in_memory;
        Halt::Failed(error.with_poison(poison).with_retire(retire))
    }

    /// Asks for a checkpoint when the last commit has left a long log.
    fn note_pages(&self) {
        if let Some(checkpoints) = &self.checkpoints
            && let Some(pages) = checkpoint::pages_written()
        {
            checkpoints.grown(pages);
        }
    }
}

fn collect(statement: &mut Statement<'_>, stmt: &Stmt, sink: &mut dyn RowSink) -> Result<u64, Fault> {
    each(statement, stmt, sink, |_, _| true)
}

fn stream(
    statement: &mut Statement<'_>,
    stmt: &Stmt,
    sink: &mut dyn RowSink,
    outlet: &mut Outlet,
) -> Result<u64, Fault> {
    let mut bytes = 0;
    let mut taken = true;
    let given = each(statement, stmt, sink, |sink, size| {
        bytes += size;
        if sink.len() >= BATCH || bytes >= BATCH_BYTES {
            bytes = 0;
            taken = outlet.send(sink.take());
        }
        taken
    })?;
    if taken && !sink.is_empty() {
        outlet.send(sink.take());
    }
    Ok(given)
}

/// Steps through a statement, until its end or until `more` is false.
fn each(
    statement: &mut Statement<'_>,
    stmt: &Stmt,
    sink: &mut dyn RowSink,
    mut more: impl FnMut(&mut dyn RowSink, usize) -> bool,
) -> Result<u64, Fault> {
    let scales = stmt.scales.as_deref();
    let mut given = 0;
    let mut width = 0;
    let mut rows = statement.raw_query();
    while let Some(row) = rows.next().map_err(Fault::Step)? {
        if given == 0 {
            // Only now: the first step may have prepared the text again for another schema.
            width = row.as_ref().column_count();
            sink.columns(&RowReader::new(&mut Cells::new(row, width)))?;
        }
        given += 1;
        let mut cells = Cells::new(row, width);
        sink.row(&mut RowReader::new(&mut cells).with_scales(scales))?;
        if !more(sink, cells.bytes + width * 8) {
            return Ok(given);
        }
    }
    drop(rows);
    if given == 0 && statement.column_count() > 0 {
        sink.columns(&RowReader::new(&mut Names(statement)))?;
    }
    Ok(given)
}
