//! How each database begins, isolates and fails transactions, as data.

use super::Dialect;

/// Where an isolation level is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum IsolationStyle {
    /// Nowhere: every transaction is serializable.
    Always,
    /// In BEGIN: `BEGIN ISOLATION LEVEL SERIALIZABLE, READ ONLY`.
    InBegin,
    /// Before BEGIN: `SET TRANSACTION ISOLATION LEVEL SERIALIZABLE`.
    Before,
}

/// How a database handles transactions.
#[derive(Debug)]
pub struct Transactions {
    /// BEGIN goes at once, as it is where writers queue; else it goes before the first statement.
    pub begin_at_once: bool,
    /// Begins a transaction that writes.
    pub begin: &'static str,
    /// Begins a transaction that only reads.
    pub begin_read: &'static str,
    /// Begins a transaction that only reads and sees one moment throughout, whatever the session's own level is.
    pub begin_snapshot: &'static [&'static str],
    /// Where an isolation level is written.
    pub isolation: IsolationStyle,
    /// Where no level is asked for, all statements of a transaction see one moment, unless the server is told otherwise.
    pub default_is_one_moment: bool,
    /// Any error of a statement makes the transaction refuse all further ones, up to a rollback.
    pub aborts_on_error: bool,
}

const SQLITE: Transactions = Transactions {
    begin_at_once: true,
    begin: "BEGIN IMMEDIATE",
    begin_read: "BEGIN",
    begin_snapshot: &["BEGIN"],
    isolation: IsolationStyle::Always,
    default_is_one_moment: true,
    aborts_on_error: false,
};

const POSTGRES: Transactions = Transactions {
    begin_at_once: false,
    begin: "BEGIN",
    begin_read: "BEGIN READ ONLY",
    begin_snapshot: &["BEGIN ISOLATION LEVEL REPEATABLE READ, READ ONLY"],
    isolation: IsolationStyle::InBegin,
    default_is_one_moment: false,
    aborts_on_error: true,
};

const MYSQL: Transactions = Transactions {
    begin_at_once: false,
    begin: "BEGIN",
    begin_read: "START TRANSACTION READ ONLY",
    // At a lower level, which a server may have for its default, the snapshot is silently none.
    begin_snapshot: &[
        "SET TRANSACTION ISOLATION LEVEL REPEATABLE READ",
        "START TRANSACTION WITH CONSISTENT SNAPSHOT, READ ONLY",
    ],
    isolation: IsolationStyle::Before,
    default_is_one_moment: true,
    aborts_on_error: false,
};

impl Dialect {
    /// How this database handles transactions.
    #[must_use]
    pub const fn transactions(self) -> &'static Transactions {
        match self {
            Dialect::Sqlite => &SQLITE,
            Dialect::Postgres => &POSTGRES,
            Dialect::MySql | Dialect::MariaDb => &MYSQL,
        }
    }
}
