//! The one error type of the library: opaque, with predicates, and silent about values.

mod class;
mod display;

use std::borrow::Cow;
use std::error::Error as StdError;
use std::fmt;

pub use class::{Class, Classified};

pub(crate) use display::clean;

use display::Details;

/// What every fallible call of this library returns.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// What went wrong, in one word. [`Error`]'s predicates ask the usual questions.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ErrorKind {
    /// Exactly one row was asked for and none was there.
    NotFound,
    /// At most one row was asked for and there were more.
    MoreThanOne,
    /// The row was changed or removed by somebody else since it was read.
    Stale,
    /// A unique constraint or primary key refused the row.
    Unique,
    /// A foreign key refused the row.
    ForeignKey,
    /// A column that must have a value got none.
    NotNull,
    /// A check constraint refused the row.
    Check,
    /// An exclusion constraint refused the row (PostgreSQL).
    Exclusion,
    /// A value of the database does not fit the Rust type that was to receive it.
    Decode,
    /// A Rust value cannot be stored by this database.
    Encode,
    /// The call itself is wrong; nothing was sent.
    Invalid,
    /// This database lacks the feature; nothing was sent.
    Unsupported,
    /// No connection could be made.
    Connect,
    /// No connection became free before the deadline.
    PoolTimeout,
    /// The pool is closed.
    Closed,
    /// The connection broke.
    ConnectionLost,
    /// COMMIT was sent and its answer never came: the outcome is unknown.
    CommitUnknown,
    /// The transaction has failed before and takes no further statement.
    TransactionAborted,
    /// Two transactions could not be put in an order; the whole transaction may be run again.
    Serialization,
    /// The database broke a deadlock by ending this transaction.
    Deadlock,
    /// A lock was not to be had in time (or at once, where that was asked for).
    LockTimeout,
    /// The statement ran longer than its deadline, or was cancelled.
    Timeout,
    /// A stream on the same transaction is still open.
    StreamOpen,
    /// The statement is wrong, or the database refused it for a reason without a kind of its own.
    Database,
    /// An error of the user's own.
    Custom,
}

/// An error of this library.
///
/// `Display` prints what happened, where, and the causes in one chain; it never prints a parameter's value or a
/// password. Ask with the predicates ([`is_not_found`](Error::is_not_found), ..), not by comparing texts.
pub struct Error(Box<Details>);

impl Error {
    /// A new error of a kind, with what happened in plain words.
    pub(crate) fn new(kind: ErrorKind, message: impl Into<Cow<'static, str>>) -> Self {
        Error(Box::new(Details::new(kind, message.into())))
    }

    /// The call is wrong: nothing was sent. The message names what to change.
    pub(crate) fn invalid(message: impl Into<Cow<'static, str>>) -> Self {
        Self::new(ErrorKind::Invalid, message)
    }

    /// The database lacks a feature: nothing was sent.
    pub(crate) fn unsupported(message: impl Into<Cow<'static, str>>) -> Self {
        Self::new(ErrorKind::Unsupported, message)
    }

    /// An error of the user's own, from text or from another error. It enters a transaction's closure through `?` and
    /// leaves by [`downcast`](Error::downcast).
    ///
    /// ```
    /// # use orm_core::Error;
    /// let e = Error::custom("insufficient funds");
    /// assert_eq!(e.to_string(), "insufficient funds");
    /// ```
    pub fn custom(error: impl Into<Box<dyn StdError + Send + Sync>>) -> Self {
        let mut e = Self::new(ErrorKind::Custom, "");
        e.0.source = Some(error.into());
        e
    }

    /// Like [`custom`](Error::custom), and asks the transaction that it leaves to be run again.
    pub fn transient(error: impl Into<Box<dyn StdError + Send + Sync>>) -> Self {
        let mut e = Self::custom(error);
        e.0.class = Class::Transaction;
        e
    }

    /// What went wrong.
    #[must_use]
    pub fn kind(&self) -> ErrorKind {
        self.0.kind
    }

    /// How this error is to be treated by whoever might try again.
    #[must_use]
    pub fn class(&self) -> Class {
        self.0.class
    }

    /// The table concerned, where it is known.
    #[must_use]
    pub fn table(&self) -> Option<&str> {
        self.0.table.as_deref()
    }

    /// The columns concerned, where they are known.
    #[must_use]
    pub fn columns(&self) -> &[String] {
        &self.0.columns
    }

    /// The key of the row concerned, printed, where it is known.
    #[must_use]
    pub fn key(&self) -> Option<&str> {
        self.0.key.as_deref()
    }

    /// The constraint that refused the write, where the database names it.
    #[must_use]
    pub fn constraint(&self) -> Option<&str> {
        self.0.constraint.as_deref()
    }

    /// The database's own code: SQLSTATE on PostgreSQL, the error number on MySQL and MariaDB, the extended result
    /// code on SQLite.
    #[must_use]
    pub fn code(&self) -> Option<&str> {
        self.0.code.as_deref()
    }

    /// The database's own detail, which may contain values of rows: it is never part of `Display` or `Debug`.
    #[must_use]
    pub fn detail(&self) -> Option<&str> {
        self.0.detail.as_deref()
    }

    /// No row where exactly one was asked for.
    #[must_use]
    pub fn is_not_found(&self) -> bool {
        self.0.kind == ErrorKind::NotFound
    }

    /// The row was changed or removed since it was read.
    #[must_use]
    pub fn is_stale(&self) -> bool {
        self.0.kind == ErrorKind::Stale
    }

    /// A unique constraint or primary key refused the row.
    #[must_use]
    pub fn is_unique_violation(&self) -> bool {
        self.0.kind == ErrorKind::Unique
    }

    /// A foreign key refused the row.
    #[must_use]
    pub fn is_foreign_key_violation(&self) -> bool {
        self.0.kind == ErrorKind::ForeignKey
    }

    /// Any constraint refused the row.
    #[must_use]
    pub fn is_constraint_violation(&self) -> bool {
        use ErrorKind::{Check, Exclusion, ForeignKey, NotNull, Unique};
        matches!(self.0.kind, Unique | ForeignKey | NotNull | Check | Exclusion)
    }

    /// The same work may succeed when it is run again from its start.
    #[must_use]
    pub fn is_retryable(&self) -> bool {
        self.0.class.is_retryable()
    }

    /// The outcome of a COMMIT is unknown.
    #[must_use]
    pub fn is_commit_unknown(&self) -> bool {
        self.0.kind == ErrorKind::CommitUnknown
    }

    /// The user's own error inside, if it is an `E`.
    #[must_use]
    pub fn downcast_ref<E: StdError + 'static>(&self) -> Option<&E> {
        self.0.source.as_deref()?.downcast_ref::<E>()
    }

    /// The user's own error inside, if it is an `E`.
    ///
    /// # Errors
    /// Gives this error back when there is no `E` inside.
    pub fn downcast<E: StdError + Send + Sync + 'static>(mut self) -> Result<E, Error> {
        match self.0.source.take().map(|s| s.downcast::<E>()) {
            Some(Ok(inner)) => Ok(*inner),
            Some(Err(other)) => {
                self.0.source = Some(other);
                Err(self)
            }
            None => Err(self),
        }
    }

    /// Names the table.
    pub(crate) fn with_table(mut self, table: impl Into<Cow<'static, str>>) -> Self {
        self.0.table = Some(clean(table.into()));
        self
    }

    /// Names the columns.
    pub(crate) fn with_columns(mut self, columns: Vec<String>) -> Self {
        self.0.columns = columns
            .into_iter()
            .map(|c| clean(c.into()).into_owned())
            .collect();
        self
    }

    /// Names the key.
    pub(crate) fn with_key(mut self, key: impl Into<String>) -> Self {
        self.0.key = Some(key.into());
        self
    }

    /// Names the constraint.
    pub(crate) fn with_constraint(mut self, constraint: impl Into<String>) -> Self {
        self.0.constraint = Some(clean(constraint.into().into()).into_owned());
        self
    }

    /// Carries the database's code.
    pub(crate) fn with_code(mut self, code: impl Into<Cow<'static, str>>) -> Self {
        self.0.code = Some(clean(code.into()));
        self
    }

    /// Carries the database's detail, which is never printed.
    pub(crate) fn with_detail(mut self, detail: impl Into<String>) -> Self {
        self.0.detail = Some(detail.into());
        self
    }

    /// Sets how the error is to be treated.
    pub(crate) fn with_class(mut self, class: Class) -> Self {
        self.0.class = class;
        self
    }

    /// Keeps the cause. Its text must be free of values and passwords.
    pub(crate) fn with_source(mut self, source: impl Into<Box<dyn StdError + Send + Sync>>) -> Self {
        self.0.source = Some(source.into());
        self
    }

    /// Whether the server has ended the transaction in which this error came up.
    pub(crate) fn poisons(&self) -> bool {
        self.0.poison
    }

    /// Says that the server has ended the transaction.
    pub(crate) fn with_poison(mut self, poison: bool) -> Self {
        self.0.poison = poison;
        self
    }

    /// Whether the connection must not be used again.
    pub(crate) fn retires(&self) -> bool {
        self.0.retire
    }

    /// Says that the connection must not be used again.
    pub(crate) fn with_retire(mut self, retire: bool) -> Self {
        self.0.retire = retire;
        self
    }

    /// The same facts once more, for a transaction that refuses everything after its first error.
    pub(crate) fn summary(&self) -> String {
        self.to_string()
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Error({:?}: {})", self.0.kind, self)
    }
}

impl StdError for Error {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        match self.0.kind {
            // `Display` prints the custom error as ours: the chain goes on below it.
            ErrorKind::Custom => self.0.source.as_deref().and_then(StdError::source),
            _ => self.0.source.as_deref().map(|s| s as &(dyn StdError + 'static)),
        }
    }
}
