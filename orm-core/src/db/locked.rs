//! Queries that lock their rows: their last calls take a `Tx`, so that a lock outside a transaction does not compile.

use super::Tx;
use crate::error::Result;
use crate::expr::ast::{Held, Lock};
use crate::model::Table;
use crate::query::{Query, Rows, Statement};
use crate::sql::Dialect;

/// A query whose rows stay locked until the transaction ends.
///
/// On SQLite the writing transaction holds the whole database already: nothing more is sent, and no row is ever held by
/// somebody else, so that there is nothing to skip and nothing to fail at.
#[must_use = "a query does nothing until its last call"]
pub struct Locked<M> {
    query: Query<M>,
    lock: Lock,
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
        self.locked(false)
    }

    /// `FOR SHARE`: nobody else changes these rows before the transaction ends.
    pub fn for_share(self) -> Locked<M> {
        self.locked(true)
    }

    fn locked(self, share: bool) -> Locked<M> {
        let lock = Lock {
            share,
            held: Held::Wait,
        };
        Locked {
            query: self.lock(lock),
            lock,
        }
    }
}

impl<M: Table> Locked<M> {
    /// `SKIP LOCKED`: leaves out rows that somebody else holds. So several workers each take their own jobs.
    pub fn skip_locked(self) -> Self {
        self.held(Held::Skip)
    }

    /// `NOWAIT`: an error (`LockTimeout`) at once where somebody else holds a row. On PostgreSQL the transaction, or the
    /// savepoint around it, has to be rolled back then.
    pub fn no_wait(self) -> Self {
        self.held(Held::Fail)
    }

    fn held(self, held: Held) -> Self {
        let lock = Lock { held, ..self.lock };
        Locked {
            query: self.query.lock(lock),
            lock,
        }
    }

    /// The statement that [`all`](Locked::all) would send. Nothing is sent.
    pub fn to_sql(&self, dialect: Dialect) -> Statement {
        self.query.to_sql(dialect)
    }

    /// The rows one by one, in constant memory.
    pub fn stream(self, tx: &Tx) -> Rows<'_, M> {
        self.query.stream(tx)
    }

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
