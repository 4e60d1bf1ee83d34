//! Queries that stand in expressions: after IN, as a value, as a condition.

use super::scope::names_one_row;
use super::{Joined, Query, Selected};
use crate::expr::ast::{Inner, Node, Question, Select, Subquery};
use crate::expr::{CompareWith, Expr, Operand};
use crate::value::Sql;

/// A query that can stand in an expression: of a model, of several, or of columns.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a query",
    label = "expected a query without its last call: `Book::query().filter(..)`"
)]
pub trait IntoSubquery {
    /// The query.
    fn into_inner(self) -> Inner;
}

impl<M> IntoSubquery for Query<M> {
    fn into_inner(self) -> Inner {
        Inner::of(self)
    }
}

impl<S> IntoSubquery for Joined<S> {
    fn into_inner(self) -> Inner {
        Inner::of(self.into_query())
    }
}

impl<S, T> IntoSubquery for Selected<S, T> {
    fn into_inner(self) -> Inner {
        Inner::of(self.query)
    }
}

/// Whether a query has a row, whatever the row in whose statement it stands: `EXISTS (..)`. A condition that speaks of
/// that row is `Author::exists::<Book>(|author, book| ..)`, and along a relation `Author::books.any(..)`.
///
/// ```
/// # use orm_core::prelude::*;
/// # #[derive(Model)] #[orm(table = "products")] struct Product { id: Id<Product>, price: f64 }
/// # #[derive(Model)] #[orm(table = "sales")] struct Sale { id: Id<Sale>, day: i32 }
/// let sold = Product::query().filter(exists(Sale::query().filter(Sale::day.eq(7))));
/// assert!(sold.to_sql(Dialect::Postgres).to_string().contains("WHERE EXISTS (SELECT 1 FROM \"sales\" WHERE"));
/// ```
pub fn exists<S>(query: impl IntoSubquery) -> Expr<S, bool> {
    let ask = Question::Exists { negated: false };
    Expr::new(Node::Subquery(Box::new(Subquery::new(ask, query.into_inner()))))
}

/// Operators beside a query; in the prelude beside [`Operand`].
pub trait SubqueryOperand: Operand {
    /// Whether the value is among those of a query of one column: `a IN (SELECT ..)`. The default scopes of the query's
    /// model hold in it.
    ///
    /// ```
    /// # use orm_core::prelude::*;
    /// # #[derive(Model)] #[orm(table = "authors")] struct Author { id: Id<Author>, name: String }
    /// # #[derive(Model)] #[orm(table = "books")] struct Book { id: Id<Book>, author_id: Id<Author>, year: i32 }
    /// let recent = Book::query().filter(Book::year.gt(2000)).select(Book::author_id);
    /// let authors = Author::query().filter(Author::id.in_subquery(recent)).select(Author::name);
    /// assert_eq!(
    ///     authors.to_sql(Dialect::Postgres).to_string(),
    ///     "SELECT \"authors\".\"name\" FROM \"authors\" WHERE \"authors\".\"id\" IN (\
    ///      SELECT \"books\".\"author_id\" FROM \"books\" WHERE \"books\".\"year\" > $1)    [2000]"
    /// );
    /// ```
    fn in_subquery<S, T: Sql>(self, query: Selected<S, T>) -> Expr<Self::Scope, bool>
    where
        T::Base: CompareWith<<Self::Type as Sql>::Base>,
    {
        among(self, query, false)
    }

    /// Whether the value is not among those of a query of one column: `a NOT IN (SELECT ..)`. As SQL has it, that is
    /// unknown, and no row is found, as soon as the query gives a NULL, and for a value that is NULL itself unless the query
    /// has no rows: leave NULL out, or use `exists` with `!`.
    fn not_in_subquery<S, T: Sql>(self, query: Selected<S, T>) -> Expr<Self::Scope, bool>
    where
        T::Base: CompareWith<<Self::Type as Sql>::Base>,
    {
        among(self, query, true)
    }
}

impl<O: Operand> SubqueryOperand for O {}

fn among<O: Operand, S, T>(operand: O, query: Selected<S, T>, negated: bool) -> Expr<O::Scope, bool> {
    let node = operand.into_node();
    let ask = Question::In { node, negated };
    Expr::new(Node::Subquery(Box::new(Subquery::new(ask, query.into_inner()))))
}

impl<S, T: Sql> Selected<S, T> {
    /// The query's value in an expression, of whichever model: `(SELECT ..)`; NULL where the query has no row.
    ///
    /// It gives one row at most: an aggregate without groups, the row of a whole key, or the first of an order with
    /// `limit(1)`. Another query is an error of the statement's last call, before anything is sent, as databases differ
    /// about what they do with several rows.
    ///
    /// ```
    /// # use orm_core::prelude::*;
    /// # #[derive(Model)] #[orm(table = "products")]
    /// # struct Product { id: Id<Product>, name: String, price: f64 }
    /// let mean = Product::query().select(Product::price.avg()).scalar();
    /// let dear = Product::query().filter(Product::price.gt(mean)).select(Product::name);
    /// assert_eq!(
    ///     dear.to_sql(Dialect::Postgres).to_string(),
    ///     "SELECT \"products\".\"name\" FROM \"products\" WHERE \"products\".\"price\" > (\
    ///      SELECT AVG(t1.\"price\")::float8 FROM \"products\" AS t1)"
    /// );
    /// ```
    pub fn scalar<R>(self) -> Expr<R, T::Nullable> {
        let mut inner = self.into_inner();
        if !gives_one_row(&inner.select) {
            let table = inner.select.from;
            inner.fault.get_or_insert_with(|| {
                format!(
                    "a query of `{}` stands as a value and may have several rows: say `.limit(1)` with an order, or select an \
                     aggregate",
                    table.model
                )
            });
        }
        Expr::new(Node::Subquery(Box::new(Subquery::new(Question::Value, inner))))
    }
}

fn gives_one_row(select: &Select) -> bool {
    let aggregate = || {
        let mut outputs = select.outputs().iter();
        select.source.is_none() && select.group_by.is_empty() && outputs.all(|(node, _)| node.has_aggregate())
    };
    let by_key =
        || select.joins.is_empty() && select.source.is_none() && names_one_row(select.from, &select.filter);
    matches!(select.limit, Some(0 | 1)) || aggregate() || by_key()
}
