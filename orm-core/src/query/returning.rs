//! Writes that give back the rows they wrote.

use super::rows::{at_most_one, collect, exactly_one};
use crate::error::Result;
use crate::exec::{Executor, Stmt};
use crate::model::Table;

/// Makes the statement, once the database is known.
type Make = Box<dyn FnOnce(&dyn Executor) -> Result<Stmt> + Send>;

/// An UPDATE or DELETE that gives back its rows: `RETURNING`.
#[must_use = "a statement does nothing until its last call: `all`, `one`, `optional`"]
pub struct Returning<M> {
    make: Make,
    marker: std::marker::PhantomData<fn() -> M>,
}

impl<M: Table> Returning<M> {
    pub(super) fn new(make: impl FnOnce(&dyn Executor) -> Result<Stmt> + Send + 'static) -> Self {
        Returning {
            make: Box::new(make),
            marker: std::marker::PhantomData,
        }
    }

    /// All rows written.
    ///
    /// # Errors
    /// `Unsupported` before anything is sent where the database has no RETURNING for this statement.
    pub async fn all(self, db: &dyn Executor) -> Result<Vec<M>> {
        let stmt = (self.make)(db)?;
        collect(db, stmt, M::read).await
    }

    /// The one row written.
    ///
    /// # Errors
    /// `NotFound` when none was, `MoreThanOne` when several were: they are written then, unless a transaction around
    /// it is rolled back.
    pub async fn one(self, db: &dyn Executor) -> Result<M> {
        exactly_one(self.all(db).await?, M::table(), None)
    }

    /// The row written, or none.
    ///
    /// # Errors
    /// `MoreThanOne` when several were written.
    pub async fn optional(self, db: &dyn Executor) -> Result<Option<M>> {
        at_most_one(self.all(db).await?, M::table())
    }
}
