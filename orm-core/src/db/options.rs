//! How a transaction runs: isolation, reading only, and how often it is tried.

use std::borrow::Cow;
use std::time::Duration;

use crate::pool::Backoff;
use crate::sql::Dialect;
use crate::sql::dialect::IsolationStyle;

/// What a transaction may see of others.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Isolation {
    /// Each statement sees what was committed before it began.
    ReadCommitted,
    /// All statements see one moment.
    RepeatableRead,
    /// As if transactions ran one after the other.
    Serializable,
}

impl Isolation {
    const fn sql(self) -> &'static str {
        match self {
            Isolation::ReadCommitted => "READ COMMITTED",
            Isolation::RepeatableRead => "REPEATABLE READ",
            Isolation::Serializable => "SERIALIZABLE",
        }
    }
}

/// How a transaction runs.
///
/// ```
/// # use orm_core::{Backoff, TxOptions};
/// # use std::time::Duration;
/// let careful = TxOptions::serializable().retry(Backoff::exponential(Duration::from_millis(50)).max_attempts(5));
/// let report = TxOptions::read_only();
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[must_use]
pub struct TxOptions {
    pub(super) isolation: Option<Isolation>,
    pub(super) read_only: bool,
    pub(super) snapshot: bool,
    pub(super) retry: Backoff,
    pub(super) within: Duration,
}

impl TxOptions {
    /// The database's own isolation level, reads and writes, at most three attempts within five seconds.
    pub const fn new() -> Self {
        TxOptions {
            isolation: None,
            read_only: false,
            snapshot: false,
            retry: Backoff::exponential(Duration::from_millis(5))
                .cap(Duration::from_millis(500))
                .max_attempts(3),
            within: Duration::from_secs(5),
        }
    }

    /// Runs as if all transactions came one after the other.
    pub const fn serializable() -> Self {
        Self::new().isolation(Isolation::Serializable)
    }

    /// All statements see one moment.
    pub const fn repeatable_read() -> Self {
        Self::new().isolation(Isolation::RepeatableRead)
    }

    /// Each statement sees what was committed before it began.
    pub const fn read_committed() -> Self {
        Self::new().isolation(Isolation::ReadCommitted)
    }

    /// Writes nothing. On SQLite it runs beside the one that writes.
    pub const fn read_only() -> Self {
        Self::new().reading_only()
    }

    /// Writes nothing, and sees one moment throughout.
    pub(super) const fn snapshot() -> Self {
        let mut options = Self::read_only();
        options.snapshot = true;
        options
    }

    /// Sets the isolation level. SQLite's transactions are serializable whatever is said here.
    pub const fn isolation(mut self, isolation: Isolation) -> Self {
        self.isolation = Some(isolation);
        self
    }

    /// Writes nothing.
    pub const fn reading_only(mut self) -> Self {
        self.read_only = true;
        self
    }

    /// How often and how fast the transaction is run again after a failure that another run may not have. The waits
    /// are random parts of those given, whatever is said here.
    pub const fn retry(mut self, backoff: Backoff) -> Self {
        self.retry = backoff.jitter();
        self
    }

    /// Never runs it again.
    pub const fn no_retry(self) -> Self {
        self.retry(Backoff::none())
    }

    /// No further attempt begins after this time.
    pub const fn retry_within(mut self, limit: Duration) -> Self {
        self.within = limit;
        self
    }

    /// What is sent to begin such a transaction.
    pub(super) fn begin(&self, dialect: Dialect) -> Vec<Cow<'static, str>> {
        let words = dialect.transactions();
        if self.snapshot && self.isolation.is_none() {
            return words.begin_snapshot.iter().map(|sql| (*sql).into()).collect();
        }
        let begin = if self.read_only {
            words.begin_read
        } else {
            words.begin
        };
        let Some(level) = self.isolation.map(Isolation::sql) else {
            return vec![begin.into()];
        };
        match words.isolation {
            IsolationStyle::Always => vec![begin.into()],
            IsolationStyle::InBegin => {
                let mut text = format!("{} ISOLATION LEVEL {level}", words.begin);
                if self.read_only {
                    text.push_str(", READ ONLY");
                }
                vec![text.into()]
            }
            IsolationStyle::Before => {
                vec![
                    format!("SET TRANSACTION ISOLATION LEVEL {level}").into(),
                    begin.into(),
                ]
            }
        }
    }

    /// Whether all statements of such a transaction see one moment.
    pub(super) fn is_one_moment(&self, dialect: Dialect) -> bool {
        let words = dialect.transactions();
        match self.isolation {
            _ if words.isolation == IsolationStyle::Always => true,
            Some(Isolation::ReadCommitted) => false,
            Some(Isolation::RepeatableRead | Isolation::Serializable) => true,
            None => self.snapshot || words.default_is_one_moment,
        }
    }
}

impl Default for TxOptions {
    fn default() -> Self {
        Self::new()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn begin(options: TxOptions) -> [String; 3] {
        [Dialect::Sqlite, Dialect::Postgres, Dialect::MySql].map(|d| options.begin(d).join("; "))
    }

    #[test]
    fn each_database_is_told_in_its_own_words() {
        assert_eq!(begin(TxOptions::new()), ["BEGIN IMMEDIATE", "BEGIN", "BEGIN"]);
        assert_eq!(
            begin(TxOptions::serializable()),
            [
                "BEGIN IMMEDIATE",
                "BEGIN ISOLATION LEVEL SERIALIZABLE",
                "SET TRANSACTION ISOLATION LEVEL SERIALIZABLE; BEGIN"
            ]
        );
        assert_eq!(
            begin(TxOptions::repeatable_read().reading_only()),
            [
                "BEGIN",
                "BEGIN ISOLATION LEVEL REPEATABLE READ, READ ONLY",
                "SET TRANSACTION ISOLATION LEVEL REPEATABLE READ; START TRANSACTION READ ONLY"
            ]
        );
        assert_eq!(
            begin(TxOptions::snapshot()),
            [
                "BEGIN",
                "BEGIN ISOLATION LEVEL REPEATABLE READ, READ ONLY",
                "SET TRANSACTION ISOLATION LEVEL REPEATABLE READ; START TRANSACTION WITH CONSISTENT SNAPSHOT, READ ONLY"
            ]
        );
    }

    #[test]
    fn whether_all_statements_see_one_moment() {
        for (options, expected) in [
            (TxOptions::new(), [true, false, true, true]),
            (TxOptions::read_only(), [true, false, true, true]),
            (TxOptions::read_committed(), [true, false, false, false]),
            (TxOptions::repeatable_read(), [true; 4]),
            (TxOptions::serializable().reading_only(), [true; 4]),
            (TxOptions::snapshot(), [true; 4]),
        ] {
            let found = Dialect::ALL.map(|dialect| options.is_one_moment(dialect));
            assert_eq!(found, expected, "{options:?}");
        }
    }
}
