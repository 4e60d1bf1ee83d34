//! From statements to rows: what the last calls of all queries share.

use crate::error::{Error, ErrorKind, Result};
use crate::exec::{Collect, Discard, Executor, Run, Stmt, Tables};
use crate::expr::ast::{Cte, Select};
use crate::model::{Action, TableDef};
use crate::sql::SqlText;
use crate::value::RowReader;

/// How a row is read.
pub(crate) type Read<T> = fn(&mut RowReader<'_>) -> Result<T>;

/// A read of one table.
pub(crate) fn read_stmt(sql: SqlText, table: &'static TableDef, run: Run) -> Stmt {
    let run = run_with(run, &sql, Run::Budget);
    let mut stmt = Stmt::read(sql.text, sql.params);
    stmt.built = !sql.foreign;
    stmt.run = run;
    stmt.reads = Tables::One(table.name);
    sql.reads.into_iter().for_each(|name| stmt.reads.add(name));
    stmt.scales = sql.scales;
    stmt.redact = table.redacts;
    stmt
}

/// A read, or where a query with a name writes, a write.
pub(crate) fn query_stmt(sql: SqlText, select: &Select, run: Run) -> Stmt {
    let Some(written) = select.with.iter().find_map(Cte::writes) else {
        return read_stmt(sql, select.from, run);
    };
    let mut stmt = write_stmt(sql, written, Run::Thread, true);
    for table in select.with.iter().filter_map(Cte::writes) {
        also_written(table, &mut stmt);
    }
    stmt.redact |= select.from.redacts;
    stmt
}

/// A table whose rows a query with a name writes.
pub(crate) fn also_written(table: &'static TableDef, stmt: &mut Stmt) {
    stmt.writes.add(table.name);
    reach(table, true, &mut stmt.writes);
}

/// How long a statement may run. A row by its key is no short work where a query inside the statement, rows along a
/// relation or SQL of the user's own is asked, too.
fn run_with(run: Run, sql: &SqlText, otherwise: Run) -> Run {
    match run {
        Run::Short if sql.foreign || !sql.reads.is_empty() => otherwise,
        run => run,
    }
}

/// A write to one table and to those that it reaches.
pub(crate) fn write_stmt(sql: SqlText, table: &'static TableDef, run: Run, deletes: bool) -> Stmt {
    let run = run_with(run, &sql, Run::Thread);
    let mut stmt = Stmt::write(sql.text, sql.params);
    stmt.built = !sql.foreign;
    sql.reads.into_iter().for_each(|name| stmt.reads.add(name));
    stmt.writes = Tables::One(table.name);
    reach(table, deletes, &mut stmt.writes);
    // A cascade may be long, whatever the statement looks like.
    stmt.run = if stmt.writes == Tables::One(table.name) {
        run
    } else {
        Run::Thread
    };
    stmt.scales = sql.scales;
    stmt.redact = table.redacts;
    stmt
}

/// Adds the tables that a write changes through triggers and cascades, as far as the models tell.
fn reach(table: &'static TableDef, deletes: bool, writes: &mut Tables) {
    for other in table.also_writes {
        writes.add(other().name);
    }
    for relation in table.relations {
        let target = match relation.through {
            Some(through) => (through.table)(),
            None => (relation.target)(),
        };
        let cascades = target.foreign_keys.iter().any(|key| {
            let action = if deletes { key.on_delete } else { key.on_update };
            (key.target)().is(table)
                && matches!(action, Action::Cascade | Action::SetNull | Action::SetDefault)
        });
        if deletes && cascades && !target.is(table) && !writes.iter().any(|name| name == target.name) {
            writes.add(target.name);
            reach(target, deletes, writes);
        }
    }
}

/// Runs a write that gives nothing back, and tells how many rows it changed.
pub(crate) async fn write(db: &dyn Executor, stmt: Stmt) -> Result<u64> {
    let (_, done) = db.run(stmt, Box::new(Discard::default())).await?;
    Ok(done.rows)
}

/// Runs a read and collects its rows.
pub(crate) async fn collect<T: Send + 'static>(
    db: &dyn Executor,
    stmt: Stmt,
    read: Read<T>,
) -> Result<Vec<T>> {
    let (sink, _) = db.run(stmt, Box::new(Collect::new(read))).await?;
    Collect::<T>::rows(sink)
}

/// Runs a read of a single value.
pub(crate) async fn scalar<T: crate::value::Sql>(db: &dyn Executor, stmt: Stmt) -> Result<T> {
    let rows = collect(db, stmt, |row| row.read::<T>()).await?;
    rows.into_iter().next().ok_or_else(|| {
        Error::new(
            ErrorKind::NotFound,
            "the database gave no row where it always gives one",
        )
    })
}

/// The error of a row that was asked for and is not there.
pub(crate) fn not_found(table: &'static TableDef, key: Option<&str>) -> Error {
    let e = Error::new(ErrorKind::NotFound, format!("no `{}` found", table.model)).with_table(table.name);
    match key {
        Some(key) => e.with_key(key),
        None => e,
    }
}

/// Exactly one row, or why not.
pub(crate) fn exactly_one<T>(rows: Vec<T>, table: &'static TableDef, key: Option<&str>) -> Result<T> {
    at_most_one(rows, table)?.ok_or_else(|| not_found(table, key))
}

/// At most one row, or why not.
pub(crate) fn at_most_one<T>(rows: Vec<T>, table: &'static TableDef) -> Result<Option<T>> {
    let mut rows = rows.into_iter();
    let first = rows.next();
    if rows.next().is_some() {
        return Err(Error::new(
            ErrorKind::MoreThanOne,
            format!(
                "more than one `{}` found where one was asked for: filter by a unique column, or use `first`",
                table.model
            ),
        )
        .with_table(table.name));
    }
    Ok(first)
}
