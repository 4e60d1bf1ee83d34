//! Window functions: a value for each row, computed over the rows beside it.

use std::marker::PhantomData;

use super::ast::{Frame, FrameUnit, Node, OrderTerm, Over, WindowFunction};
use super::functions::Choice;
use super::{Expr, IntoOrder, Operand};
use crate::model::{Column, Table};
use crate::value::Sql;

pub use super::ast::FrameBound;

/// What rows of model `S` can be parted by: a column, an expression, or a tuple of up to four.
#[diagnostic::on_unimplemented(
    message = "rows of `{S}` cannot be parted by `{Self}`",
    label = "expected a column or expression of `{S}`, or a tuple of these"
)]
pub trait Partition<S> {
    /// Adds its expressions.
    fn add_to(self, nodes: &mut Vec<Node>);
}

impl<S: Table, T: Sql> Partition<S> for Column<S, T> {
    fn add_to(self, nodes: &mut Vec<Node>) {
        nodes.push(Operand::into_node(self));
    }
}

impl<S, T: Sql> Partition<S> for Expr<S, T> {
    fn add_to(self, nodes: &mut Vec<Node>) {
        nodes.push(self.node);
    }
}

macro_rules! tuples {
    ($($p:ident $n:tt),*) => {
        impl<S, $($p: Partition<S>),*> Partition<S> for ($($p,)*) {
            fn add_to(self, nodes: &mut Vec<Node>) {
                $(self.$n.add_to(nodes);)*
            }
        }
    };
}

tuples!(A 0, B 1);
tuples!(A 0, B 1, C 2);
tuples!(A 0, B 1, C 2, D 3);

/// The rows over which a window function computes: all of them, until they are parted, ordered or framed.
///
/// ```
/// # use orm_core::prelude::*;
/// #[derive(Model)]
/// #[orm(table = "sales")]
/// pub struct Sale {
///     pub id: Id<Sale>,
///     pub shop: String,
///     pub price: f64,
/// }
///
/// let running = window()
///     .partition_by(Sale::shop)
///     .order_by(Sale::id)
///     .rows(FrameBound::Start, FrameBound::Current);
/// let sql = Sale::query().select(Sale::price.sum().over(running)).to_sql(Dialect::Postgres).to_string();
/// assert_eq!(
///     sql,
///     "SELECT SUM(\"sales\".\"price\") OVER (PARTITION BY \"sales\".\"shop\" ORDER BY \"sales\".\"id\" \
///      ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW) FROM \"sales\""
/// );
/// ```
pub const fn window<S>() -> Window<S> {
    Window {
        partition_by: Vec::new(),
        order_by: Vec::new(),
        frame: None,
        marker: PhantomData,
    }
}

/// See [`window`].
#[must_use]
pub struct Window<S> {
    partition_by: Vec<Node>,
    order_by: Vec<OrderTerm>,
    frame: Option<Frame>,
    marker: PhantomData<fn() -> S>,
}

impl<S> Clone for Window<S> {
    fn clone(&self) -> Self {
        Window {
            partition_by: self.partition_by.clone(),
            order_by: self.order_by.clone(),
            frame: self.frame,
            marker: PhantomData,
        }
    }
}

impl<S> std::fmt::Debug for Window<S> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Window")
            .field("partition_by", &self.partition_by)
            .field("order_by", &self.order_by)
            .field("frame", &self.frame)
            .finish()
    }
}

impl<S> Window<S> {
    /// Only over rows with the same values here.
    pub fn partition_by<P: Partition<S>>(mut self, by: P) -> Self {
        by.add_to(&mut self.partition_by);
        self
    }

    /// In that order. Aggregates then go up to the current row and its equals, unless a frame says otherwise.
    pub fn order_by<O: IntoOrder<S>>(mut self, order: O) -> Self {
        order.add_to(&mut self.order_by);
        self
    }

    /// From one row to another, counted in rows.
    pub const fn rows(mut self, from: FrameBound, to: FrameBound) -> Self {
        self.frame = Some(Frame {
            unit: FrameUnit::Rows,
            from,
            to,
        });
        self
    }

    /// From one bound to another, where rows that are equal in the order stand together. Its bounds are `Start`,
    /// `Current` and `End`: of distances each database takes other types, and a query with one is an error.
    pub const fn range(mut self, from: FrameBound, to: FrameBound) -> Self {
        self.frame = Some(Frame {
            unit: FrameUnit::Range,
            from,
            to,
        });
        self
    }

    fn over(self, function: Node) -> Node {
        Node::Over(Box::new(Over {
            function,
            partition_by: self.partition_by,
            order_by: self.order_by,
            frame: self.frame,
        }))
    }
}

impl<S, T> Expr<S, T> {
    /// This aggregate over a window, for each row. An expression that is no aggregate has no window, and a window
    /// stands in `select` and `order_by` only: else the query is an error before anything is sent.
    pub fn over(self, window: Window<S>) -> Expr<S, T> {
        Expr::new(window.over(self.node))
    }
}

/// A window function without its window: [`over`](Windowed::over) makes it an expression.
#[must_use = "a window function needs its window: `.over(window())`"]
pub struct Windowed<S, T> {
    node: Node,
    marker: PhantomData<fn() -> (S, T)>,
}

impl<S, T> std::fmt::Debug for Windowed<S, T> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.node.fmt(f)
    }
}

impl<S, T> Windowed<S, T> {
    const fn new(function: WindowFunction, args: Vec<Node>) -> Self {
        Windowed {
            node: Node::Window(function, args),
            marker: PhantomData,
        }
    }

    /// Over these rows.
    pub fn over(self, window: Window<S>) -> Expr<S, T> {
        Expr::new(window.over(self.node))
    }
}

/// The row's number in its window, from 1.
pub const fn row_number<S>() -> Windowed<S, i64> {
    Windowed::new(WindowFunction::RowNumber, Vec::new())
}

/// The row's rank: equal rows have one, and as many ranks are left out behind them.
pub const fn rank<S>() -> Windowed<S, i64> {
    Windowed::new(WindowFunction::Rank, Vec::new())
}

/// The row's rank: equal rows have one, and none is left out.
pub const fn dense_rank<S>() -> Windowed<S, i64> {
    Windowed::new(WindowFunction::DenseRank, Vec::new())
}

/// In which of so many equal parts the row lies, from 1. Of none there is one.
pub fn ntile<S>(parts: u32) -> Windowed<S, i64> {
    Windowed::new(WindowFunction::Ntile(parts.max(1)), Vec::new())
}

/// The functions of other rows of a window; in the prelude beside [`Operand`].
pub trait WindowOperand: Operand {
    /// The value so many rows before; NULL where there is no such row.
    fn lag(self, rows: u32) -> Windowed<Self::Scope, <Self::Type as Sql>::Nullable> {
        other_row(WindowFunction::Lag(rows), self)
    }

    /// The value so many rows later; NULL where there is no such row.
    fn lead(self, rows: u32) -> Windowed<Self::Scope, <Self::Type as Sql>::Nullable> {
        other_row(WindowFunction::Lead(rows), self)
    }

    /// The value so many rows before, and this one where there is no such row.
    fn lag_or<V>(self, rows: u32, or: V) -> Windowed<Self::Scope, <V::Type as Sql>::Or<Self::Type>>
    where
        V: Choice<Self::Scope, <Self::Type as Sql>::Base>,
    {
        Windowed::new(WindowFunction::Lag(rows), vec![self.into_node(), or.into_node()])
    }

    /// The value so many rows later, and this one where there is no such row.
    fn lead_or<V>(self, rows: u32, or: V) -> Windowed<Self::Scope, <V::Type as Sql>::Or<Self::Type>>
    where
        V: Choice<Self::Scope, <Self::Type as Sql>::Base>,
    {
        Windowed::new(WindowFunction::Lead(rows), vec![self.into_node(), or.into_node()])
    }

    /// The value in the first row of the frame; NULL in a frame without rows.
    fn first_value(self) -> Windowed<Self::Scope, <Self::Type as Sql>::Nullable> {
        other_row(WindowFunction::FirstValue, self)
    }

    /// The value in the last row of the frame, which ends at the current row if nothing else is said.
    fn last_value(self) -> Windowed<Self::Scope, <Self::Type as Sql>::Nullable> {
        other_row(WindowFunction::LastValue, self)
    }
}

impl<O: Operand> WindowOperand for O {}

fn other_row<O: Operand, T>(function: WindowFunction, a: O) -> Windowed<O::Scope, T> {
    Windowed::new(function, vec![a.into_node()])
}
