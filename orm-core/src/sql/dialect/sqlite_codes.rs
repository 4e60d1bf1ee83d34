//! SQLite's result codes, sorted into kinds and classes. The driver asks `is_autocommit` besides: a code alone does not
//! tell whether the transaction is gone.

use crate::error::{Class, Classified, ErrorKind};

/// One result code: what it is, and what it says in plain words.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Code {
    /// The extended result code, or a primary one for all its extended codes without a row of their own.
    pub(crate) code: i32,
    /// What went wrong and what may be done.
    pub(crate) is: Classified,
    /// The same in words.
    pub(crate) words: &'static str,
}

const fn row(code: i32, kind: ErrorKind, class: Class, words: &'static str) -> Code {
    Code {
        code,
        is: Classified::new(kind, class),
        words,
    }
}

/// The code may have rolled the transaction back, and the connection is not to be trusted any more.
const fn fatal(code: i32, words: &'static str) -> Code {
    Code {
        code,
        is: Classified::new(ErrorKind::Database, Class::Fail)
            .poison()
            .retire(),
        words,
    }
}

/// The connection must not be used again.
const fn last(code: i32, kind: ErrorKind, class: Class, words: &'static str) -> Code {
    Code {
        code,
        is: Classified::new(kind, class).retire(),
        words,
    }
}

const LOCKED: &str = "another connection or process holds the database's lock";
const EXISTS: &str = "a row with this key exists already";
const REFUSED: &str = "a constraint refused the row";
const LOCKED_HERE: &str = "a table is locked by another statement of this process";

/// All codes that are treated in a way of their own, in ascending order.
pub(crate) const CODES: &[Code] = &[
    row(
        1,
        ErrorKind::Database,
        Class::Fail,
        "the statement is wrong, or failed while it ran",
    ),
    row(2, ErrorKind::Database, Class::Fail, "an internal fault of SQLite"),
    row(
        3,
        ErrorKind::Database,
        Class::Fail,
        "access to the database was refused",
    ),
    fatal(4, "the statement was aborted"),
    row(5, ErrorKind::LockTimeout, Class::Transaction, LOCKED),
    row(6, ErrorKind::LockTimeout, Class::OptIn, LOCKED_HERE),
    fatal(7, "SQLite ran out of memory"),
    row(8, ErrorKind::Database, Class::Fail, "the database is read-only"),
    // Whether the transaction is gone depends on what was interrupted: a read leaves it open, a write ends it.
    row(
        9,
        ErrorKind::Timeout,
        Class::Fail,
        "the statement was interrupted",
    ),
    fatal(10, "reading or writing the database's file failed"),
    last(
        11,
        ErrorKind::Database,
        Class::Fail,
        "the database's file is damaged: stop writing to it and check it with `PRAGMA integrity_check`",
    ),
    fatal(13, "the disk or the database is full"),
    row(
        14,
        ErrorKind::Database,
        Class::Fail,
        "a file of the database cannot be opened",
    ),
    row(
        15,
        ErrorKind::LockTimeout,
        Class::Statement,
        "the database's lock was contended for too long",
    ),
    row(
        17,
        ErrorKind::Database,
        Class::Prepared,
        "the schema has changed since the statement was prepared",
    ),
    row(
        18,
        ErrorKind::Database,
        Class::Fail,
        "a text, a blob or the statement is larger than SQLite's limit",
    ),
    row(19, ErrorKind::Database, Class::Constraint, REFUSED),
    row(
        20,
        ErrorKind::Database,
        Class::Fail,
        "a value is of another type than its column or key",
    ),
    row(
        21,
        ErrorKind::Database,
        Class::Fail,
        "SQLite was called in a wrong way",
    ),
    row(
        23,
        ErrorKind::Database,
        Class::Fail,
        "an authorizer refused the statement",
    ),
    row(
        25,
        ErrorKind::Database,
        Class::Fail,
        "a parameter's number is out of range",
    ),
    last(
        26,
        ErrorKind::Database,
        Class::Fail,
        "the file is not an SQLite database, or is encrypted",
    ),
    row(
        261,
        ErrorKind::LockTimeout,
        Class::Statement,
        "another process is recovering the database",
    ),
    row(262, ErrorKind::LockTimeout, Class::OptIn, LOCKED_HERE),
    row(
        275,
        ErrorKind::Check,
        Class::Constraint,
        "a check constraint refused the row",
    ),
    row(
        513,
        ErrorKind::Database,
        Class::Statement,
        "SQLite asks for the statement to be run again",
    ),
    fatal(516, "the transaction was rolled back while the statement ran"),
    row(
        517,
        ErrorKind::Serialization,
        Class::Transaction,
        "the database was changed since this transaction began to read: it cannot write any more",
    ),
    row(518, ErrorKind::LockTimeout, Class::OptIn, LOCKED_HERE),
    row(
        531,
        ErrorKind::Database,
        Class::Constraint,
        "a commit hook refused the commit",
    ),
    row(
        769,
        ErrorKind::Serialization,
        Class::Transaction,
        "the snapshot is no longer there",
    ),
    row(773, ErrorKind::LockTimeout, Class::Transaction, LOCKED),
    row(
        787,
        ErrorKind::ForeignKey,
        Class::Constraint,
        "a foreign key refused the write: the row that it points to is missing, or rows still point to this one",
    ),
    last(
        1032,
        ErrorKind::ConnectionLost,
        Class::Reconnect,
        "the database's file was moved or replaced",
    ),
    row(
        1043,
        ErrorKind::Database,
        Class::Constraint,
        "an SQL function refused the row",
    ),
    row(
        1299,
        ErrorKind::NotNull,
        Class::Constraint,
        "a column that must have a value got none",
    ),
    row(1555, ErrorKind::Unique, Class::Constraint, EXISTS),
    row(
        1811,
        ErrorKind::Database,
        Class::Constraint,
        "a trigger refused the row; its text is in `Error::detail`",
    ),
    row(2067, ErrorKind::Unique, Class::Constraint, EXISTS),
    row(2323, ErrorKind::Database, Class::Constraint, REFUSED),
    row(2579, ErrorKind::Unique, Class::Constraint, EXISTS),
    row(
        2835,
        ErrorKind::Database,
        Class::Constraint,
        "the row is pinned by an update of another statement",
    ),
    row(
        3091,
        ErrorKind::Database,
        Class::Constraint,
        "a value is of another type than its column in a STRICT table",
    ),
];

/// The codes that end by waiting: somebody else holds the lock for the moment.
pub(crate) const WAIT: [i32; 3] = [5, 261, 773];

const OTHER: Code = row(
    0,
    ErrorKind::Database,
    Class::Fail,
    "SQLite refused the statement",
);

/// The row of an extended result code: its own, else that of its primary code.
pub(crate) fn classify(code: i32) -> &'static Code {
    let find = |wanted: i32| {
        CODES
            .binary_search_by_key(&wanted, |row| row.code)
            .ok()
            .and_then(|i| CODES.get(i))
    };
    find(code).or_else(|| find(code & 0xff)).unwrap_or(&OTHER)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_is_sorted_and_extended_codes_fall_back() {
        assert!(CODES.windows(2).all(|w| w[0].code < w[1].code));
        assert_eq!(classify(10 | (12 << 8)).code, 10);
        assert_eq!(classify(8 | (3 << 8)).code, 8);
        assert_eq!(classify(1032).is.class, Class::Reconnect);
        assert_eq!(classify(99).is.kind, ErrorKind::Database);
        for code in WAIT {
            assert_eq!(classify(code).is.kind, ErrorKind::LockTimeout);
        }
    }
}
