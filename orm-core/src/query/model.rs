//! Where queries begin: the methods of every model.

use super::exists::exists;
use super::get_or_insert::{get_or_insert, only_unique};
use super::{
    ConflictTarget, Delete, FilledBy, Insert, InsertFrom, IntoRows, Params, Query, RawQuery, Selected,
    SetColumns, Update, UpdateMany,
};
use crate::error::{Error, Result};
use crate::exec::Executor;
use crate::expr::ast::Node;
use crate::expr::{Expr, Inner, IntoExpr, Operand, Side};
use crate::model::{Column, IntoId, Table};
use crate::value::Sql;

/// What every `#[derive(Model)]` can do. It is in the prelude.
///
/// These are methods of a trait and not of the struct, so that a column called `query` or `update` shadows one of them
/// instead of colliding.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a model",
    label = "not a model",
    note = "add `#[derive(Model)]` to it"
)]
pub trait Model: Table {
    /// A query over all rows that the model's scopes show.
    fn query() -> Query<Self> {
        Query::new()
    }

    /// The rows of a query that something else gives, such as one row's collection: `Book::query_of(Author::books.of(id))`. It
    /// says at the place which model the rows are of.
    fn query_of(rows: Query<Self>) -> Query<Self> {
        rows
    }

    /// The row with this key: `Account::find(1).one(&db)`. For a composite key give a tuple.
    ///
    /// A new id has no key: the query's last call says so before anything is sent.
    fn find(id: impl IntoId<Self>) -> Query<Self> {
        let id = id.into_id();
        let mut query = Query::new();
        match id.to_values() {
            Ok(values) => {
                let table = Self::table();
                let keys = table.primary_key.iter().zip(values);
                query.select.filter = keys
                    .map(|(index, value)| Node::equal(table, &table.columns[*index], value))
                    .collect();
            }
            Err(e) => query.fail(&Error::invalid(e.to_string())),
        }
        query
    }

    /// The row with this value in a unique column: `User::find_by(User::email, "a@b.c")`.
    fn find_by<T: Sql, V: IntoExpr<Self, T>>(column: Column<Self, T>, value: V) -> Query<Self> {
        Query::new().filter(column.eq(value))
    }

    /// Inserts a row, or any number of them.
    fn insert(rows: impl IntoRows<Self>) -> Insert<Self> {
        Insert::new(rows)
    }

    /// Inserts the rows of a query: these columns take its outputs, in their order. The types are checked when it is
    /// compiled.
    ///
    /// ```
    /// # use orm_core::prelude::*;
    /// # #[derive(Model)] #[orm(table = "products")]
    /// # struct Product { id: Id<Product>, name: String, price: f64, stock: i32 }
    /// # #[derive(Model)] #[orm(table = "sold_out")]
    /// # struct SoldOut { id: Id<SoldOut>, name: String, price: Option<f64> }
    /// # async fn f(db: Db) -> Result<()> {
    /// let gone = Product::query().filter(Product::stock.eq(0)).select((Product::name, Product::price * 2.0));
    /// SoldOut::insert_from((SoldOut::name, SoldOut::price), gone).exec(&db).await?;
    /// # Ok(()) }
    /// ```
    fn insert_from<S, R: Send + 'static>(
        columns: impl FilledBy<Self, R>,
        query: Selected<S, R>,
    ) -> InsertFrom<Self, S, R> {
        InsertFrom::new(columns, query)
    }

    /// The row with the same values in the model's unique constraint (without one, with the same key), or this one,
    /// inserted; and whether it was. Safe when several do so at once: each gets the one row.
    ///
    /// An INSERT that does nothing where the row is there (on MySQL and MariaDB one that is refused), then a SELECT: one
    /// statement for a new row, two for one that is there.
    ///
    /// ```
    /// # use orm_core::prelude::*;
    /// # #[derive(Model)] #[orm(table = "tags")]
    /// # struct Tag { id: Id<Tag>, #[orm(unique, length = 40)] label: String }
    /// # async fn f(db: Db) -> Result<()> {
    /// let (tag, created) = Tag::get_or_insert(Tag::draft("classic"), &db).await?;
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    /// `Invalid`, before anything is sent, for a model with several unique constraints
    /// ([`get_or_insert_by`](Model::get_or_insert_by) says which), and where another tenant's row could be met; `Unique`
    /// when the row meets one by another constraint, or one that is soft-deleted.
    fn get_or_insert(
        row: Self,
        db: &dyn Executor,
    ) -> impl std::future::Future<Output = Result<(Self, bool)>> + Send {
        get_or_insert(row, only_unique(Self::table()), db)
    }

    /// Like [`get_or_insert`](Model::get_or_insert), by this unique constraint: a column, or a tuple of them.
    ///
    /// # Errors
    /// As [`get_or_insert`](Model::get_or_insert); `Invalid` also for columns that are no unique constraint.
    fn get_or_insert_by(
        unique: impl ConflictTarget<Self>,
        row: Self,
        db: &dyn Executor,
    ) -> impl std::future::Future<Output = Result<(Self, bool)>> + Send {
        get_or_insert(row, Ok(unique.positions()), db)
    }

    /// Updates these columns of many rows, each to its own values: one statement for many of them.
    ///
    /// ```
    /// # use orm_core::prelude::*;
    /// # #[derive(Model)] #[orm(table = "products")]
    /// # struct Product { id: Id<Product>, price: f64, stock: i32 }
    /// # async fn f(db: Db, products: Vec<Product>) -> Result<()> {
    /// Product::update_many(&products, (Product::price, Product::stock)).exec(&db).await?;
    /// # Ok(()) }
    /// ```
    fn update_many(rows: impl IntoRows<Self>, columns: impl SetColumns<Self>) -> UpdateMany<Self> {
        UpdateMany::new(rows, columns)
    }

    /// Updates rows by conditions.
    fn update() -> Update<Self> {
        Update::new()
    }

    /// Deletes rows by conditions. A model with soft delete is marked.
    fn delete() -> Delete<Self> {
        Delete::new()
    }

    /// Brings soft-deleted rows back, by conditions.
    fn restore() -> Update<Self> {
        Update::restoring()
    }

    /// Whether `B` has a row for which the condition holds, as a condition on this model, in filters of queries, updates
    /// and deletes: `EXISTS (SELECT 1 FROM .. WHERE ..)`. A row comes once, however many there are. Along a relation,
    /// [`any`](crate::expr::RelationPath::any) says it without a condition.
    ///
    /// Rows of `B` that are soft-deleted or another tenant's do not count. MySQL (not MariaDB) cannot read the table that it
    /// changes: an update or a delete with such a condition is an error there, before anything is sent.
    ///
    /// ```
    /// # use orm_core::prelude::*;
    /// # #[derive(Model)] #[orm(table = "products")]
    /// # struct Product { id: Id<Product>, name: String, category: String }
    /// # #[derive(Model)] #[orm(table = "promotions")]
    /// # struct Promotion { id: Id<Promotion>, category: String, percent: i64 }
    /// let reduced = Product::exists::<Promotion>(|p, promo| promo.get(Promotion::category).eq(p.get(Product::category)));
    /// let names = Product::query().filter(reduced).select(Product::name);
    /// assert_eq!(
    ///     names.to_sql(Dialect::Postgres).to_string(),
    ///     "SELECT \"products\".\"name\" FROM \"products\" WHERE EXISTS (\
    ///      SELECT 1 FROM \"promotions\" WHERE \"promotions\".\"category\" = \"products\".\"category\")"
    /// );
    /// ```
    fn exists<B: Table>(
        on: impl FnOnce(
            Side<(Inner<Self>, Inner<B>), Self>,
            Side<(Inner<Self>, Inner<B>), B>,
        ) -> Expr<(Inner<Self>, Inner<B>), bool>,
    ) -> Expr<Self, bool> {
        exists(on, false)
    }

    /// Whether `B` has no row for which the condition holds: `NOT EXISTS (..)`. See [`exists`](Model::exists).
    fn not_exists<B: Table>(
        on: impl FnOnce(
            Side<(Inner<Self>, Inner<B>), Self>,
            Side<(Inner<Self>, Inner<B>), B>,
        ) -> Expr<(Inner<Self>, Inner<B>), bool>,
    ) -> Expr<Self, bool> {
        exists(on, true)
    }

    /// SQL of your own that gives rows of this model; columns are matched by name, in any order.
    ///
    /// `{name}` stands for a parameter: `Product::sql("SELECT * FROM products WHERE price > {min}", params! { min: 10.0 })`.
    /// The default scopes are not applied.
    fn sql(text: &str, params: Params) -> RawQuery<Self> {
        RawQuery::new(text, params)
    }
}

impl<M: Table> Model for M {}
