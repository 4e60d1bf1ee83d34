//! PostgreSQL's errors as ours.

use sqlx::postgres::PgDatabaseError;

use crate::driver::wire::{Tracker, nonsense, wire_error};
use crate::error::{Class, Error, ErrorKind};
use crate::sql::dialect::postgres_codes::{Code, classify};

/// What an error means, given the transaction in which it came up.
pub(super) fn convert(e: sqlx::Error, tracker: Tracker) -> Error {
    let e = match e {
        sqlx::Error::Database(e) => e,
        other => return wire_error(other),
    };
    match e.try_downcast_ref::<PgDatabaseError>() {
        // Every error has a code: what has none is no answer.
        Some(pg) if pg.code().is_empty() => wire_error(nonsense()),
        Some(pg) => from_server(pg, tracker),
        None => Error::new(ErrorKind::Database, "the database refused the statement"),
    }
}

fn from_server(e: &PgDatabaseError, tracker: Tracker) -> Error {
    let Code { mut row, words } = classify(e.code());
    match e.code() {
        "0A000" if e.routine() == Some("RevalidateCachedQuery") => row.class = Class::Prepared,
        // The wrong number of parameters: nothing is wrong with the connection.
        "08P01" if e.routine() == Some("exec_bind_message") => row.retire = false,
        // The transaction's own promise, not the server's state.
        "25006" if tracker.is_read_only() => {
            row.class = Class::Fail;
            row.retire = false;
        }
        _ => {}
    }
    let message = match words {
        Some(words) => words.into(),
        None => e.message().to_owned().into(),
    };
    let message: std::borrow::Cow<'static, str> = message;
    let mut error = Error::new(row.kind, message)
        .with_class(row.class)
        // An ordinary error stops the transaction up to the next savepoint; the server does not end it.
        .with_poison(row.poison)
        .with_retire(row.retire)
        .with_code(e.code().to_owned());
    if let Some(table) = e.table() {
        error = error.with_table(table.to_owned());
    }
    if let Some(column) = e.column() {
        error = error.with_columns(vec![column.to_owned()]);
    }
    if let Some(constraint) = e.constraint() {
        error = error.with_constraint(constraint);
    }
    match (e.detail(), words) {
        (Some(detail), _) => error.with_detail(detail),
        // What the server said may hold values: it is kept where nothing prints it.
        (None, Some(_)) => error.with_detail(e.message()),
        (None, None) => error,
    }
}
