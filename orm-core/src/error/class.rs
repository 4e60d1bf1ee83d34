//! How an error is to be treated: the classes of the retry tables.

use super::ErrorKind;

/// What may be done after an error. The codes of each database are sorted into these by its dialect's table.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Class {
    /// Run the statement again, outside a transaction.
    Statement,
    /// Roll back and run the whole transaction again.
    Transaction,
    /// The connection is dead: take another. A transaction may run again if its COMMIT had not been sent.
    Reconnect,
    /// The server is not ready: wait and connect again.
    Wait,
    /// The outcome is unknown: never run again without a token.
    Unknown,
    /// A prepared statement is out of date: drop the cached ones and run again.
    Prepared,
    /// A constraint refused the row: running again changes nothing.
    Constraint,
    /// Run again only where the caller asked for it.
    OptIn,
    /// Running again changes nothing.
    Fail,
}

impl Class {
    /// Whether running the same work again, from its start, may succeed.
    #[must_use]
    pub const fn is_retryable(self) -> bool {
        matches!(
            self,
            Class::Statement | Class::Transaction | Class::Reconnect | Class::Wait | Class::Prepared
        )
    }
}

/// One row of a dialect's table of error codes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Classified {
    /// What went wrong.
    pub kind: ErrorKind,
    /// What may be done.
    pub class: Class,
    /// The server has ended the transaction: every further statement must be refused.
    pub poison: bool,
    /// The connection must not be used again.
    pub retire: bool,
}

impl Classified {
    /// A row that neither ends the transaction nor the connection.
    #[must_use]
    pub const fn new(kind: ErrorKind, class: Class) -> Self {
        Classified {
            kind,
            class,
            poison: false,
            retire: false,
        }
    }

    /// The server has ended the transaction.
    #[must_use]
    pub const fn poison(mut self) -> Self {
        self.poison = true;
        self
    }

    /// The connection must not be used again.
    #[must_use]
    pub const fn retire(mut self) -> Self {
        self.retire = true;
        self
    }
}
