//! rusqlite's errors into ours: the code's class, the facts of a constraint, and never a value.

use std::time::Duration;

use rusqlite::ffi;

use crate::error::{Class, Error, ErrorKind};
use crate::sql::dialect::sqlite_codes::{WAIT, classify};

/// When an error came up: while SQLite read the text, in which case its message speaks of the text only, or while the
/// statement ran, when it may quote values.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Phase {
    Prepare,
    Step,
}

/// Texts that SQLite writes while a statement runs and that hold no value.
const HARMLESS: &[&str] = &[
    "no such table: ",
    "no such column: ",
    "integer overflow",
    "malformed JSON",
    "bad JSON path",
    "too many levels of trigger recursion",
    "cannot commit",
    "cannot rollback",
    "cannot release",
    "cannot start a transaction",
    "cannot VACUUM",
    "no such savepoint",
    "database is already attached",
    "LIKE or GLOB pattern too complex",
];

/// The extended result code of an error that SQLite itself gave.
pub(super) fn code(e: &rusqlite::Error) -> Option<i32> {
    match e {
        rusqlite::Error::SqliteFailure(e, _) => Some(e.extended_code),
        rusqlite::Error::SqlInputError { error, .. } => Some(error.extended_code),
        _ => None,
    }
}

/// Whether an error ends by waiting.
pub(super) fn is_busy(e: &rusqlite::Error) -> bool {
    code(e).is_some_and(|code| WAIT.contains(&code))
}

/// Whether a statement was interrupted by the progress handler.
pub(super) fn is_interrupt(e: &rusqlite::Error) -> bool {
    code(e) == Some(ffi::SQLITE_INTERRUPT)
}

/// One of rusqlite's errors as ours.
#[cold]
pub(super) fn translate(e: rusqlite::Error, phase: Phase) -> Error {
    match e {
        rusqlite::Error::SqliteFailure(e, text) => from_code(e.extended_code, text, phase),
        rusqlite::Error::SqlInputError { error, msg, .. } => from_code(error.extended_code, Some(msg), phase),
        rusqlite::Error::MultipleStatement => Error::invalid(
            "the SQL text holds more than one statement: send them one at a time, in a transaction where they belong together",
        ),
        rusqlite::Error::NulError(_) => Error::invalid("the SQL text contains a NUL character"),
        _ => Error::new(
            ErrorKind::Database,
            "SQLite gave an answer that does not fit the call",
        ),
    }
}

fn from_code(code: i32, text: Option<String>, phase: Phase) -> Error {
    let row = classify(code);
    let error = match &text {
        Some(text) if code & 0xff == ffi::SQLITE_ERROR && speaks_of_the_text(text, phase) => {
            Error::new(row.is.kind, format!("SQLite refused the statement: {text}"))
        }
        _ => Error::new(row.is.kind, row.words),
    };
    let error = error
        .with_class(row.is.class)
        .with_poison(row.is.poison)
        .with_retire(row.is.retire)
        .with_code(code.to_string());
    match text {
        Some(text) => with_facts(error, &text).with_detail(text),
        None => error,
    }
}

fn speaks_of_the_text(text: &str, phase: Phase) -> bool {
    phase == Phase::Prepare || HARMLESS.iter().any(|start| text.starts_with(start))
}

/// What a constraint's text names: SQLite has no fields for it.
fn with_facts(error: Error, text: &str) -> Error {
    if let Some(rest) = text.strip_prefix("UNIQUE constraint failed: ") {
        return match rest.strip_prefix("index '").and_then(|r| r.strip_suffix('\'')) {
            Some(index) => error.with_constraint(index),
            None => with_columns(error, rest),
        };
    }
    if let Some(rest) = text.strip_prefix("NOT NULL constraint failed: ") {
        return with_columns(error, rest);
    }
    if let Some(rest) = text.strip_prefix("CHECK constraint failed: ") {
        return error.with_constraint(rest);
    }
    if text.starts_with("cannot store ")
        && let Some((_, column)) = text.rsplit_once(" column ")
    {
        return with_columns(error, column);
    }
    error
}

/// `books.author, books.title`
fn with_columns(error: Error, list: &str) -> Error {
    let mut table = None;
    let mut columns = Vec::new();
    for item in list.split(", ") {
        match item.rsplit_once('.') {
            Some((t, column)) => {
                table = Some(t.to_owned());
                columns.push(column.to_owned());
            }
            None => columns.push(item.to_owned()),
        }
    }
    let error = error.with_columns(columns);
    match table {
        Some(table) => error.with_table(table),
        None => error,
    }
}

/// The lock was not to be had before the deadline.
#[cold]
pub(super) fn lock_timeout(e: Error, waited: Duration) -> Error {
    let code = e.code().unwrap_or("5").to_owned();
    Error::new(
        ErrorKind::LockTimeout,
        format!(
            "another connection or process held the database's lock for {:.1} s, the busy timeout",
            waited.as_secs_f64()
        ),
    )
    .with_class(e.class())
    .with_poison(e.poisons())
    .with_code(code)
}

/// The statement was stopped at its deadline.
#[cold]
pub(super) fn timeout(limit: Option<Duration>) -> Error {
    let limit = limit.map_or_else(String::new, |limit| {
        format!(" {:.1} s, its statement timeout", limit.as_secs_f64())
    });
    Error::new(
        ErrorKind::Timeout,
        format!("the statement was stopped after{limit}"),
    )
    .with_code("9")
}

/// The connection could not be made.
#[cold]
pub(super) fn connect(e: &Error, what: impl std::fmt::Display) -> Error {
    let hint = match e.code() {
        Some("14") => {
            ": the file or its folder is missing, or may not be opened; with `mode=rwc` a missing file is made"
        }
        _ => "",
    };
    let made = Error::new(
        ErrorKind::Connect,
        format!("cannot open the SQLite database {what}: {e}{hint}"),
    );
    let made = match e.kind() {
        ErrorKind::LockTimeout => made.with_class(Class::Wait),
        _ => made.with_class(Class::Fail),
    };
    match e.code() {
        Some(code) => made.with_code(code.to_owned()),
        None => made,
    }
}

/// A panic has left the connection in an unknown state.
#[cold]
pub(super) fn panicked() -> Error {
    Error::new(
        ErrorKind::ConnectionLost,
        "a panic while rows were read has left this connection unusable; it is closed",
    )
    .with_poison(true)
    .with_retire(true)
}

/// The runtime ended before the statement did.
#[cold]
pub(super) fn shut_down() -> Error {
    Error::new(
        ErrorKind::ConnectionLost,
        "the async runtime was shut down before the statement ran",
    )
    .with_poison(true)
    .with_retire(true)
}

/// Something is still under way, or the connection is closed.
#[cold]
pub(super) fn not_ready(state: &str) -> Error {
    Error::new(
        ErrorKind::ConnectionLost,
        format!("the connection is {state} and takes no statement"),
    )
    .with_retire(true)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn made(code: i32, text: &str) -> Error {
        from_code(code, Some(text.to_owned()), Phase::Step)
    }

    #[test]
    fn constraints_tell_their_facts() {
        let e = made(2067, "UNIQUE constraint failed: books.author, books.title");
        assert!(e.is_unique_violation());
        assert_eq!(e.table(), Some("books"));
        assert_eq!(e.columns(), ["author", "title"]);
        let e = made(2067, "UNIQUE constraint failed: index 'by_lower_name'");
        assert_eq!(e.constraint(), Some("by_lower_name"));
        let e = made(1299, "NOT NULL constraint failed: books.title");
        assert_eq!((e.kind(), e.table()), (ErrorKind::NotNull, Some("books")));
        let e = made(275, "CHECK constraint failed: pages_positive");
        assert_eq!(e.constraint(), Some("pages_positive"));
        let e = made(3091, "cannot store TEXT value in INTEGER column books.pages");
        assert_eq!(
            (e.class(), e.columns()),
            (Class::Constraint, &["pages".to_owned()][..])
        );
    }

    #[test]
    fn what_may_quote_a_value_is_only_in_the_detail() {
        let e = made(1, "fts5: syntax error near \"hunter2\"");
        assert!(!e.to_string().contains("hunter2"), "{e}");
        assert!(!format!("{e:?}").contains("hunter2"), "{e}");
        assert!(e.detail().is_some_and(|d| d.contains("hunter2")));
        let e = made(1811, "balance of hunter2 is too low");
        assert!(!e.to_string().contains("hunter2"), "{e}");
    }
}
