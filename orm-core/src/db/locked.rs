//! Queries that lock their rows: their last calls take a `Tx`, so that a lock outside a transaction does not compile.

use super::Tx;
use crate::error::Result;
use crate::expr::ast::Lock;
use crate::model::Table;
use crate::query::Query;

/// A query whose rows stay locked until the transaction ends.
///
/// On SQLite the writing transaction holds the whole database already, and nothing more is sent.
#[must_use = "a query does nothing until its last call"]
pub struct Locked<M> {
    query: Query<M>,
}

impl<M: Table> Query<M> {
    /// `FOR UPDATE`: nobody else changes or locks these rows before the transaction ends.
    ///
    /// ```compile_fail
    /// # use orm_core::{Db, Result, model::Table, query::Query};
    /// # async fn f<M: Table>(query: Query<M>, db: Db) -> Result<()> {
    /// query.for_update().one(&db).await?;    // a `&Tx` is wanted
    /// # Ok(()) }
    /// ```
    pub fn for_update(self) -> Locked<M> {
        Locked {
            query: self.lock(Lock::Update),
        }
    }

    /// `FOR SHARE`: nobody else changes these rows before the transaction ends.
    pub fn for_share(self) -> Locked<M> {
        Locked {
            query: self.lock(Lock::Share),
        }
    }
}

impl<M: Table> Locked<M> {
    /// All rows.
    ///
    /// # Errors
    /// As [`Query::all`]; also when a lock is not to be had.
    pub async fn all(self, tx: &Tx) -> Result<Vec<M>> {
        self.query.all(tx).await
    }

    /// Exactly one row.
    ///
    /// # Errors
    /// As [`Query::one`]; also when a lock is not to be had.
    pub async fn one(self, tx: &Tx) -> Result<M> {
        self.query.one(tx).await
    }

    /// One row or none.
    ///
    /// # Errors
    /// As [`Query::optional`]; also when a lock is not to be had.
    pub async fn optional(self, tx: &Tx) -> Result<Option<M>> {
        self.query.optional(tx).await
    }

    /// The first row in the query's order, or none.
    ///
    /// # Errors
    /// As [`Query::first`]; also when a lock is not to be had.
    pub async fn first(self, tx: &Tx) -> Result<Option<M>> {
        self.query.first(tx).await
    }
}
