//! Typed expressions over an untyped tree.
//!
//! An expression is rooted in one model: `Expr<Book, bool>` is a condition on books and fits nowhere else. The types
//! carry the model and the value's type, and nothing more; what is computed stands in a plain tree ([`Node`]).

mod aggregate;
mod arith;
pub mod ast;
mod fragment;
mod functions;
mod into;
mod operand;
mod order;
mod path;
mod side;
mod sort;
mod window;

use std::marker::PhantomData;

use crate::model::{Column, Table};
use crate::value::Sql;

pub use aggregate::{AggregateOperand, Collected, SumOf, Summed, count_all};
pub use arith::{Arith, Number, Promote};
pub use ast::Node;
pub use fragment::{Fragment, FragmentArg, fragment, sql};
pub(crate) use fragment::{Part as FragmentText, split as split_fragment};
pub use functions::{
    Call, Case, CaseStart, CastOperand, CastTo, Choice, ChoiceOperand, Document, HasHour, JsonFunction,
    JsonOperand, JsonPath, JsonStep, Moment, NumberFunction, NumberOperand, Ordered, Rounds, TextFunction,
    TextOperand, TimeFunction, TimeOperand, TimePart, TimeUnit, call_function, case, now, sql_function,
};
pub use into::{CompareWith, Filter, IntoExpr, IntoFilter, IntoSet, LiteralValue, literal};
pub use operand::{Operand, TextLike, TimeLike};
pub use order::{IntoOrder, Order, output};
pub use path::{At, RelationPath, RootedIn};
pub use side::{Inner, Left, Maybe, Member, Presence, Present, Scope, Side, SideOf};
pub use sort::{Sort, SortNames};
pub use window::{
    FrameBound, Partition, Window, WindowOperand, Windowed, dense_rank, ntile, rank, row_number, window,
};

/// An expression of SQL type `T`, rooted in model `S`.
#[must_use = "an expression does nothing until a query uses it"]
pub struct Expr<S, T> {
    node: Node,
    marker: PhantomData<fn() -> (S, T)>,
}

impl<S, T> Expr<S, T> {
    /// Gives a tree its type. The tree must compute a value of that type.
    pub(crate) const fn new(node: Node) -> Self {
        Expr {
            node,
            marker: PhantomData,
        }
    }

    /// The tree.
    pub fn into_node(self) -> Node {
        self.node
    }
}

/// A column as an expression, where both are wanted under one type.
///
/// ```
/// # use orm_core::prelude::*;
/// # #[derive(Model)]
/// # #[orm(table = "products")]
/// # struct Product { id: Id<Product>, price: f64 }
/// fn price_of(with_tax: bool) -> Expr<Product, f64> {
///     if with_tax { Product::price * 1.2 } else { Product::price.into() }
/// }
/// # let _ = price_of(true);
/// ```
impl<S: Table, T: Sql> From<Column<S, T>> for Expr<S, T> {
    fn from(column: Column<S, T>) -> Self {
        Expr::new(Operand::into_node(column))
    }
}

impl<S, T> Clone for Expr<S, T> {
    fn clone(&self) -> Self {
        Expr::new(self.node.clone())
    }
}

impl<S, T> std::fmt::Debug for Expr<S, T> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.node.fmt(f)
    }
}
