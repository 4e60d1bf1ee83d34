//! Aggregates over the rows of a query or of a group.

use super::ast::{Aggregate, AggregateFunction};
use super::{Expr, Node, Number, Operand};
use crate::value::{DataType, Scalar, Sql};

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
}

impl<O: Operand> AggregateOperand for O {}

/// How many rows there are: `COUNT(*)`.
pub fn count_all<S>() -> Expr<S, i64> {
    aggregate(AggregateFunction::Count, None, false, DataType::I64)
}
