//! Writes that give back the rows they wrote.

use super::rows::{Read, at_most_one, collect, exactly_one};
use super::{Selectable, SetColumns};
use crate::error::Result;
use crate::exec::{Executor, Stmt};
use crate::expr::ast;
use crate::model::Table;

/// Makes the statement that gives back these columns, once the database is known.
type Make = Box<dyn FnOnce(&dyn Executor, ast::Returning) -> Result<Stmt> + Send>;

/// An UPDATE or DELETE of model `M` that gives back a `T` for each row: `RETURNING`.
#[must_use = "a statement does nothing until its last call: `all`, `one`, `optional`"]
pub struct Returning<M, T = M> {
    make: Make,
    columns: Vec<usize>,
    read: Read<T>,
    marker: std::marker::PhantomData<fn() -> M>,
}

impl<M: Table> Returning<M> {
    pub(super) fn new(
        make: impl FnOnce(&dyn Executor, ast::Returning) -> Result<Stmt> + Send + 'static,
    ) -> Self {
        Returning {
            make: Box::new(make),
            columns: (0..M::table().columns.len()).collect(),
            read: M::read,
            marker: std::marker::PhantomData,
        }
    }

    /// Gives back these columns in place of the model: one of them, or a tuple.
    ///
    /// ```
    /// # use orm_core::prelude::*;
    /// # #[derive(Debug, Clone, Model)] #[orm(table = "products")]
    /// # struct Product { id: Id<Product>, name: String, stock: i32 }
    /// # async fn f(db: Db) -> Result<()> {
    /// let gone: Vec<(Id<Product>, String)> = Product::delete()
    ///     .filter(Product::stock.eq(0))
    ///     .returning()
    ///     .select((Product::id, Product::name))
    ///     .all(&db)
    ///     .await?;
    /// # Ok(()) }
    /// ```
    pub fn select<O: SetColumns<M> + Selectable<M>>(self, outputs: O) -> Returning<M, O::Row> {
        Returning {
            make: self.make,
            columns: outputs.positions(),
            read: O::read,
            marker: std::marker::PhantomData,
        }
    }
}

impl<M: Table, T: Send + 'static> Returning<M, T> {
    /// All rows written.
    ///
    /// # Errors
    /// `Unsupported` before anything is sent where the database has no RETURNING for this statement.
    pub async fn all(self, db: &dyn Executor) -> Result<Vec<T>> {
        let stmt = (self.make)(db, ast::Returning::Columns(self.columns))?;
        collect(db, stmt, self.read).await
    }

    /// The one row written.
    ///
    /// # Errors
    /// `NotFound` when none was, `MoreThanOne` when several were: they are written then, unless a transaction around
    /// it is rolled back.
    pub async fn one(self, db: &dyn Executor) -> Result<T> {
        exactly_one(self.all(db).await?, M::table(), None)
    }

    /// The row written, or none.
    ///
    /// # Errors
    /// `MoreThanOne` when several were written.
    pub async fn optional(self, db: &dyn Executor) -> Result<Option<T>> {
        at_most_one(self.all(db).await?, M::table())
    }
}
