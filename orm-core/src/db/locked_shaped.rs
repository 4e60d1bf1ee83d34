//! Queries that lock their rows and load related ones.

use super::Tx;
use crate::error::Result;
use crate::expr::ast::{Held, Lock};
use crate::load::{Shape, Shaped};
use crate::model::Table;
use crate::query::Statement;
use crate::sql::Dialect;

/// A query with loads whose own rows stay locked until the transaction ends. Related rows are not locked: each relation is
/// loaded by a statement of its own.
#[must_use = "a query does nothing until its last call"]
pub struct LockedShaped<M, S> {
    query: Shaped<M, S>,
    lock: Lock,
}

impl<M: Table, S: Shape<M>> Shaped<M, S> {
    /// `FOR UPDATE`: nobody else changes or locks the query's own rows before the transaction ends. See
    /// [`Query::for_update`](crate::query::Query::for_update).
    pub fn for_update(self) -> LockedShaped<M, S> {
        self.locked(false)
    }

    /// `FOR SHARE`: nobody else changes the query's own rows before the transaction ends.
    pub fn for_share(self) -> LockedShaped<M, S> {
        self.locked(true)
    }

    fn locked(self, share: bool) -> LockedShaped<M, S> {
        let lock = Lock {
            share,
            held: Held::Wait,
        };
        LockedShaped {
            query: self.lock(lock),
            lock,
        }
    }
}

impl<M: Table, S: Shape<M>> LockedShaped<M, S> {
    /// `SKIP LOCKED`: leaves out rows that somebody else holds.
    pub fn skip_locked(self) -> Self {
        self.held(Held::Skip)
    }

    /// `NOWAIT`: an error (`LockTimeout`) at once where somebody else holds a row.
    pub fn no_wait(self) -> Self {
        self.held(Held::Fail)
    }

    fn held(self, held: Held) -> Self {
        let lock = Lock { held, ..self.lock };
        LockedShaped {
            query: self.query.lock(lock),
            lock,
        }
    }

    /// The query's own statement. Nothing is sent.
    pub fn to_sql(&self, dialect: Dialect) -> Statement {
        self.query.to_sql(dialect)
    }

    /// All rows.
    ///
    /// # Errors
    /// As [`Shaped::all`]; also when a lock is not to be had.
    pub async fn all(self, tx: &Tx) -> Result<Vec<S::Value>> {
        self.query.all(tx).await
    }

    /// Exactly one row.
    ///
    /// # Errors
    /// As [`Shaped::one`]; also when a lock is not to be had.
    pub async fn one(self, tx: &Tx) -> Result<S::Value> {
        self.query.one(tx).await
    }

    /// One row or none.
    ///
    /// # Errors
    /// As [`Shaped::optional`]; also when a lock is not to be had.
    pub async fn optional(self, tx: &Tx) -> Result<Option<S::Value>> {
        self.query.optional(tx).await
    }

    /// The first row in the query's order, or none.
    ///
    /// # Errors
    /// As [`Shaped::first`]; also when a lock is not to be had.
    pub async fn first(self, tx: &Tx) -> Result<Option<S::Value>> {
        self.query.first(tx).await
    }
}
