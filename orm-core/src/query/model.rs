//! Where queries begin: the methods of every model.

use super::{Delete, Insert, IntoRows, Params, Query, RawQuery, Update};
use crate::error::Error;
use crate::expr::ast::Node;
use crate::expr::{IntoExpr, Operand};
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

    /// SQL of your own that gives rows of this model; columns are matched by name, in any order.
    ///
    /// `{name}` stands for a parameter: `Product::sql("SELECT * FROM products WHERE price > {min}", params! { min: 10.0 })`.
    /// The default scopes are not applied.
    fn sql(text: &str, params: Params) -> RawQuery<Self> {
        RawQuery::new(text, params)
    }
}

impl<M: Table> Model for M {}
