//! PostgreSQL's error codes (SQLSTATE): what each means and how it is to be treated.

use crate::error::{Class, Classified, ErrorKind};

/// What a code means, and our own words where the server's text may repeat a value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Code {
    /// How it is to be treated.
    pub(crate) row: Classified,
    /// What is said in place of the server's text.
    pub(crate) words: Option<&'static str>,
}

const fn code(kind: ErrorKind, class: Class) -> Code {
    Code {
        row: Classified::new(kind, class),
        words: None,
    }
}

const fn said(kind: ErrorKind, class: Class, words: &'static str) -> Code {
    Code {
        row: Classified::new(kind, class),
        words: Some(words),
    }
}

const fn lost() -> Code {
    Code {
        row: Classified::new(ErrorKind::ConnectionLost, Class::Reconnect)
            .poison()
            .retire(),
        words: None,
    }
}

const fn retired(kind: ErrorKind, class: Class) -> Code {
    Code {
        row: Classified::new(kind, class).poison().retire(),
        words: None,
    }
}

/// By whole code.
const CODES: &[(&str, Code)] = {
    use Class::{Constraint, Fail, OptIn, Prepared, Reconnect, Transaction, Unknown, Wait};
    use ErrorKind::{
        Check, CommitUnknown, Connect, ConnectionLost, Database, Deadlock, Exclusion, ForeignKey,
        LockTimeout, NotNull, Serialization, Timeout, TransactionAborted, Unique,
    };
    &[
        ("40001", code(Serialization, Transaction)),
        ("40P01", code(Deadlock, Transaction)),
        ("40000", code(Serialization, Transaction)),
        ("40002", code(Serialization, Transaction)),
        ("40003", code(CommitUnknown, Unknown)),
        ("53000", code(Database, Transaction)),
        ("53200", code(Database, Transaction)),
        ("55P03", code(LockTimeout, OptIn)),
        ("57014", code(Timeout, Fail)),
        ("25P02", code(TransactionAborted, Fail)),
        ("25P03", lost()),
        ("25P04", lost()),
        ("25006", retired(Database, Reconnect)),
        ("57P01", lost()),
        ("57P02", lost()),
        ("57P04", retired(ConnectionLost, Fail)),
        ("57P05", lost()),
        ("08000", lost()),
        ("08001", lost()),
        ("08003", lost()),
        ("08004", lost()),
        ("08006", lost()),
        ("08007", retired(CommitUnknown, Unknown)),
        ("08P01", retired(Database, Fail)),
        ("57P03", retired(Connect, Wait)),
        ("53300", retired(Connect, Wait)),
        ("26000", code(Database, Prepared)),
        ("42P05", code(Database, Prepared)),
        (
            "23505",
            said(
                Unique,
                Constraint,
                "a row with the same unique key exists already",
            ),
        ),
        (
            "23503",
            said(ForeignKey, Constraint, "a foreign key refused the change"),
        ),
        (
            "23001",
            said(ForeignKey, Constraint, "a foreign key refused the change"),
        ),
        (
            "23502",
            said(NotNull, Constraint, "a column that must have a value got none"),
        ),
        (
            "23514",
            said(Check, Constraint, "a check constraint refused the row"),
        ),
        (
            "23P01",
            said(Exclusion, Constraint, "an exclusion constraint refused the row"),
        ),
        ("3D000", code(Connect, Fail)),
        ("XX000", retired(Database, Fail)),
        ("XX001", retired(Database, Fail)),
        ("XX002", retired(Database, Fail)),
        ("58000", retired(Database, Fail)),
        ("58030", retired(Database, Fail)),
        (
            "22001",
            said(Database, Fail, "a text is too long for its column or type"),
        ),
        (
            "22003",
            said(Database, Fail, "a number is out of the range of its type"),
        ),
        ("22004", said(Database, Fail, "NULL is not allowed here")),
        ("22007", said(Database, Fail, "a text is not a date or time")),
        ("22008", said(Database, Fail, "a date or time is out of range")),
        ("22012", said(Database, Fail, "division by zero")),
        (
            "22021",
            said(
                Database,
                Fail,
                "a text has characters that the database cannot store",
            ),
        ),
        (
            "22P02",
            said(Database, Fail, "a text does not have the form of its type"),
        ),
        (
            "22P03",
            said(
                Database,
                Fail,
                "a parameter has another type than its place in the statement: write a cast, as in `$1::int8`",
            ),
        ),
        (
            "22P05",
            said(
                Database,
                Fail,
                "JSON has a character that the database cannot store",
            ),
        ),
    ]
};

/// By the first two characters, for codes that do not stand alone.
const CLASSES: &[(&str, Code)] = &[
    (
        "22",
        said(
            ErrorKind::Database,
            Class::Fail,
            "the database does not accept a value",
        ),
    ),
    (
        "23",
        said(
            ErrorKind::Check,
            Class::Constraint,
            "a constraint refused the row",
        ),
    ),
    ("28", code(ErrorKind::Connect, Class::Fail)),
];

/// What this code means.
#[must_use]
pub(crate) fn classify(code: &str) -> Code {
    let find = |table: &[(&str, Code)], key: &str| table.iter().find(|(k, _)| *k == key).map(|(_, c)| *c);
    find(CODES, code)
        .or_else(|| find(CLASSES, code.get(..2)?))
        .unwrap_or(self::code(ErrorKind::Database, Class::Fail))
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_found_whole_before_their_class() {
        assert_eq!(classify("23505").row.kind, ErrorKind::Unique);
        assert_eq!(classify("23999").row.kind, ErrorKind::Check);
        assert_eq!(classify("28P01").row.kind, ErrorKind::Connect);
        assert_eq!(classify("42601").row.kind, ErrorKind::Database);
        assert_eq!(classify("").row.class, Class::Fail);
        // A savepoint may still save the transaction: only the end of the session ends it.
        assert!(!classify("40001").row.poison && classify("57P01").row.poison);
        assert!(classify("57P01").row.retire);
    }

    #[test]
    fn each_code_stands_once_and_values_are_hidden() {
        for (i, (key, code)) in CODES.iter().enumerate() {
            assert!(CODES[..i].iter().all(|(k, _)| k != key), "{key} twice");
            if key.starts_with("22") || key.starts_with("23") {
                assert!(code.words.is_some(), "{key} would print the server's text");
            }
        }
    }
}
