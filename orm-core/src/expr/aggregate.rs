//! Aggregates over the rows of a query or of a group.

use super::ast::{Aggregate, AggregateFunction, OrderTerm};
use super::operand::TextLike;
use super::{Expr, IntoFilter, IntoOrder, Node, Number, Operand};
use crate::value::{ArrayElement, DataType, Scalar, Sql, Value};

/// The type of a sum: whole numbers become `i64`, floats `f64`, decimals stay decimal.
#[diagnostic::on_unimplemented(
    message = "an expression of type `{Self}` cannot be summed",
    label = "`sum` is for number columns"
)]
pub trait Summed: Number {
    /// The sum's type, without NULL.
    type Sum: Scalar;
}

macro_rules! summed {
    ($($t:ty => $sum:ty),*) => {$(
        impl Summed for $t {
            type Sum = $sum;
        }
    )*};
}

summed!(i8 => i64, i16 => i64, i32 => i64, i64 => i64, u8 => i64, u16 => i64, u32 => i64, u64 => i64, f32 => f64, f64 => f64);
#[cfg(feature = "decimal")]
summed!(rust_decimal::Decimal => rust_decimal::Decimal);

/// The type of a sum of `T`, without NULL.
pub type SumOf<T> = <<T as Sql>::Base as Summed>::Sum;

fn aggregate<S, T>(
    function: AggregateFunction,
    node: Option<Node>,
    distinct: bool,
    result: DataType,
) -> Expr<S, T> {
    Expr::new(Node::Aggregate(Box::new(Aggregate {
        function,
        node,
        distinct,
        order_by: Vec::new(),
        result,
    })))
}

/// The operators that make aggregates; in the prelude beside [`Operand`].
pub trait AggregateOperand: Operand {
    /// How many rows have a value here: `COUNT(a)`.
    fn count(self) -> Expr<Self::Scope, i64> {
        aggregate(
            AggregateFunction::Count,
            Some(self.into_node()),
            false,
            DataType::I64,
        )
    }

    /// How many different values there are: `COUNT(DISTINCT a)`.
    fn count_distinct(self) -> Expr<Self::Scope, i64> {
        aggregate(
            AggregateFunction::Count,
            Some(self.into_node()),
            true,
            DataType::I64,
        )
    }

    /// The sum, NULL over no rows. Whole numbers sum to `i64` on every database; one that does not fit is an error.
    fn sum(self) -> Expr<Self::Scope, Option<SumOf<Self::Type>>>
    where
        <Self::Type as Sql>::Base: Summed,
    {
        let result = <SumOf<Self::Type> as Scalar>::TYPE;
        aggregate(AggregateFunction::Sum, Some(self.into_node()), false, result)
    }

    /// The mean as a float, NULL over no rows.
    fn avg(self) -> Expr<Self::Scope, Option<f64>>
    where
        <Self::Type as Sql>::Base: Number,
    {
        aggregate(
            AggregateFunction::Avg,
            Some(self.into_node()),
            false,
            DataType::F64,
        )
    }

    /// The least value, NULL over no rows.
    fn min(self) -> Expr<Self::Scope, <Self::Type as Sql>::Nullable> {
        let result = <<Self::Type as Sql>::Base as Scalar>::TYPE;
        aggregate(AggregateFunction::Min, Some(self.into_node()), false, result)
    }

    /// The greatest value, NULL over no rows.
    fn max(self) -> Expr<Self::Scope, <Self::Type as Sql>::Nullable> {
        let result = <<Self::Type as Sql>::Base as Scalar>::TYPE;
        aggregate(AggregateFunction::Max, Some(self.into_node()), false, result)
    }

    /// Whether all values are true, NULL over none.
    fn bool_and(self) -> Expr<Self::Scope, Option<bool>>
    where
        Self: Operand<Type: Sql<Base = bool>>,
    {
        aggregate(
            AggregateFunction::All,
            Some(self.into_node()),
            false,
            DataType::Bool,
        )
    }

    /// Whether any value is true, NULL over none.
    fn bool_or(self) -> Expr<Self::Scope, Option<bool>>
    where
        Self: Operand<Type: Sql<Base = bool>>,
    {
        aggregate(
            AggregateFunction::Any,
            Some(self.into_node()),
            false,
            DataType::Bool,
        )
    }

    /// The texts in that order, with the separator between them. NULL is left out; NULL over no texts.
    fn string_agg<O: IntoOrder<Self::Scope>>(
        self,
        separator: impl Into<String>,
        order: O,
    ) -> Expr<Self::Scope, Option<String>>
    where
        Self::Type: TextLike,
    {
        let function = AggregateFunction::Texts(Value::Text(separator.into()));
        ordered(function, self.into_node(), order, DataType::Text)
    }

    /// The values in that order. NULL is left out; empty over no values.
    fn array_agg<O: IntoOrder<Self::Scope>>(
        self,
        order: O,
    ) -> Expr<Self::Scope, Vec<<Self::Type as Sql>::Base>>
    where
        <Self::Type as Sql>::Base: Collected,
    {
        let result = <<Self::Type as Sql>::Base as Scalar>::TYPE.array();
        ordered(AggregateFunction::Array, self.into_node(), order, result)
    }
}

impl<O: Operand> AggregateOperand for O {}

/// Types that are collected in an array.
#[diagnostic::on_unimplemented(
    message = "expressions of type `{Self}` are not collected in an array",
    label = "`array_agg` is for `bool`, whole numbers, `f64`, `String`, dates and times"
)]
pub trait Collected: ArrayElement {}

macro_rules! collected {
    ($($t:ty),*) => {$(impl Collected for $t {})*};
}

collected!(bool, i16, i32, i64, f64, String);
collected!(
    chrono::NaiveDate,
    chrono::NaiveDateTime,
    chrono::DateTime<chrono::Utc>
);

fn ordered<S, T, O: IntoOrder<S>>(
    function: AggregateFunction,
    node: Node,
    order: O,
    result: DataType,
) -> Expr<S, T> {
    let mut order_by: Vec<OrderTerm> = Vec::new();
    order.add_to(&mut order_by);
    Expr::new(Node::Aggregate(Box::new(Aggregate {
        function,
        node: Some(node),
        distinct: false,
        order_by,
        result,
    })))
}

impl<S, T> Expr<S, T> {
    /// This aggregate over the rows that satisfy the condition: `Sale::price.sum().filter(Sale::quantity.gt(1))`. On an
    /// expression that is no aggregate, the query is an error before anything is sent.
    pub fn filter<F: IntoFilter<S>>(self, condition: F) -> Expr<S, T> {
        let Some(condition) = condition.into_filter() else {
            return self;
        };
        Expr::new(match self.node {
            Node::Only(sides) => {
                let [aggregate, first] = *sides;
                Node::Only(Box::new([aggregate, Node::And(vec![first, condition])]))
            }
            aggregate => Node::Only(Box::new([aggregate, condition])),
        })
    }
}

/// How many rows there are: `COUNT(*)`.
pub fn count_all<S>() -> Expr<S, i64> {
    aggregate(AggregateFunction::Count, None, false, DataType::I64)
}
