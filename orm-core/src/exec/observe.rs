//! Seeing what is sent: called before and after each statement.

use std::time::Duration;

use super::Stmt;
use crate::error::Error;

/// A statement that is about to be sent or has been answered.
#[derive(Debug)]
#[non_exhaustive]
pub struct StatementEvent<'a> {
    /// The statement.
    pub stmt: &'a Stmt,
    /// Whether it runs inside a transaction.
    pub in_transaction: bool,
}

impl<'a> StatementEvent<'a> {
    /// About this statement.
    #[must_use]
    pub const fn new(stmt: &'a Stmt, in_transaction: bool) -> Self {
        StatementEvent { stmt, in_transaction }
    }
}

/// How a statement ended.
#[derive(Debug)]
#[non_exhaustive]
pub enum Outcome<'a> {
    /// It succeeded.
    Done {
        /// Rows given or changed.
        rows: u64,
    },
    /// It failed.
    Failed(&'a Error),
    /// Its future was dropped before the answer came.
    Cancelled,
}

/// Called before and after each statement, BEGIN, COMMIT, ROLLBACK and savepoints included.
///
/// The calls are made on the task that runs the statement: they must be short and must not block. A panic in one is
/// the panic of that task.
pub trait Observer: Send + Sync + 'static {
    /// A statement is about to be sent.
    fn before(&self, _event: &StatementEvent<'_>) {}

    /// A statement has ended.
    fn after(&self, _event: &StatementEvent<'_>, _outcome: &Outcome<'_>, _elapsed: Duration) {}
}
