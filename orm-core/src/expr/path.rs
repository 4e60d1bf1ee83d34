//! Columns of other models, along relations: `Book::author.get(Author::name)`, `Author::books.any(..)`.

use super::aggregate::{AggregateOperand, SumOf, Summed};
use super::ast::{Ask, Related, Via};
use super::{Expr, IntoFilter, Node, Number, Operand, count_all};
use crate::model::{Column, Relation, Table, ToMany, ToOne};
use crate::value::Sql;

/// A column or expression of model `M`.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a column or expression of `{M}`",
    label = "expected a column or expression of `{M}`"
)]
pub trait RootedIn<M>: Operand {}

// For each type by itself: of a blanket impl the compiler would say which associated types differ.
impl<M: Table, T: Sql> RootedIn<M> for Column<M, T> {}
impl<M, T: Sql> RootedIn<M> for Expr<M, T> {}

/// The type of what stands at the other end of relation `R`: with NULL where there may be no row.
pub type At<R, O> = <<R as Relation>::Key as Sql>::Or<<O as Operand>::Type>;

/// What can be done with a relation in an expression.
///
/// A question about many rows is a subquery over the rows at the other end, which their default scopes (soft delete,
/// tenant) apply to; it never changes the number of this query's rows.
pub trait RelationPath: Relation {
    /// A column or expression of the row at the other end, as one of this model. Paths nest:
    /// `Sale::product.get(Product::category.get(Category::name))`.
    ///
    /// In a query the row is joined, once however often it is used; in an update or delete it is a subquery. Where there
    /// may be no row (a key that may be NULL, `has_one`), the value may be NULL.
    fn get<O: RootedIn<Self::To>>(self, operand: O) -> Expr<Self::From, At<Self, O>>
    where
        Self: ToOne,
    {
        Expr::new(Node::Via(Box::new(Via {
            relation: Self::def(),
            node: operand.into_node(),
            scope: Vec::new(),
        })))
    }

    /// Whether there is a row.
    fn exists(self) -> Expr<Self::From, bool> {
        related::<Self>(Ask::Exists, None)
    }

    /// Whether there is a row that satisfies the condition.
    fn any<F: IntoFilter<Self::To>>(self, filter: F) -> Expr<Self::From, bool>
    where
        Self: ToMany,
    {
        related::<Self>(Ask::Exists, filter.into_filter())
    }

    /// Whether every row satisfies the condition; true when there are no rows. A row for which the condition is unknown
    /// does not satisfy it.
    fn every<F: IntoFilter<Self::To>>(self, filter: F) -> Expr<Self::From, bool>
    where
        Self: ToMany,
    {
        let not = match filter.into_filter() {
            Some(node) => Node::IsNotTrue(Box::new(node)),
            None => Node::Bool(false),
        };
        related::<Self>(Ask::None, Some(not))
    }

    /// Whether no row satisfies the condition.
    fn none<F: IntoFilter<Self::To>>(self, filter: F) -> Expr<Self::From, bool>
    where
        Self: ToMany,
    {
        related::<Self>(Ask::None, filter.into_filter())
    }

    /// How many rows there are.
    fn count(self) -> Expr<Self::From, i64>
    where
        Self: ToMany,
    {
        value::<Self, i64>(count_all::<Self::To>().into_node(), None)
    }

    /// How many rows satisfy the condition.
    fn count_where<F: IntoFilter<Self::To>>(self, filter: F) -> Expr<Self::From, i64>
    where
        Self: ToMany,
    {
        value::<Self, i64>(count_all::<Self::To>().into_node(), filter.into_filter())
    }

    /// The sum over the rows, NULL when there are none.
    fn sum<O: RootedIn<Self::To>>(self, operand: O) -> Expr<Self::From, Option<SumOf<O::Type>>>
    where
        Self: ToMany,
        <O::Type as Sql>::Base: Summed,
    {
        value::<Self, _>(AggregateOperand::sum(operand).into_node(), None)
    }

    /// The mean over the rows, NULL when there are none.
    fn avg<O: RootedIn<Self::To>>(self, operand: O) -> Expr<Self::From, Option<f64>>
    where
        Self: ToMany,
        <O::Type as Sql>::Base: Number,
    {
        value::<Self, _>(AggregateOperand::avg(operand).into_node(), None)
    }

    /// The least value of the rows, NULL when there are none.
    fn min<O: RootedIn<Self::To>>(self, operand: O) -> Expr<Self::From, <O::Type as Sql>::Nullable>
    where
        Self: ToMany,
    {
        value::<Self, _>(AggregateOperand::min(operand).into_node(), None)
    }

    /// The greatest value of the rows, NULL when there are none.
    fn max<O: RootedIn<Self::To>>(self, operand: O) -> Expr<Self::From, <O::Type as Sql>::Nullable>
    where
        Self: ToMany,
    {
        value::<Self, _>(AggregateOperand::max(operand).into_node(), None)
    }
}

impl<R: Relation> RelationPath for R {}

fn related<R: Relation>(ask: Ask, filter: Option<Node>) -> Expr<R::From, bool> {
    Expr::new(node::<R>(ask, filter))
}

fn value<R: Relation, T>(aggregate: Node, filter: Option<Node>) -> Expr<R::From, T> {
    Expr::new(node::<R>(Ask::Value(aggregate), filter))
}

fn node<R: Relation>(ask: Ask, filter: Option<Node>) -> Node {
    Node::Related(Box::new(Related {
        relation: R::def(),
        ask,
        filter: filter.into_iter().collect(),
        scope: Vec::new(),
        through_scope: Vec::new(),
    }))
}
