//! Functions of numbers.

use crate::expr::ast::Function;
use crate::expr::{Expr, Number, Operand};
use crate::value::{Scalar, Sql};

/// A function of a number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum NumberFunction {
    /// The magnitude.
    Abs,
    /// The nearest number with so many digits behind the point, halves away from zero.
    Round(u32),
    /// The nearest whole number that is not greater.
    Floor,
    /// The nearest whole number that is not less.
    Ceil,
}

/// Number types with digits behind the point.
#[diagnostic::on_unimplemented(
    message = "an expression of type `{Self}` is not rounded",
    label = "`round`, `floor` and `ceil` are for `f64` and `Decimal` columns",
    note = "an `f32` is rounded after `.cast::<f64>()`"
)]
pub trait Rounds: Number {}

impl Rounds for f64 {}

#[cfg(feature = "decimal")]
impl Rounds for rust_decimal::Decimal {}

/// The most digits behind the point that are rounded to: powers of ten above are no exact floats.
const MOST_DIGITS: u32 = 22;

/// The functions of numbers; in the prelude beside [`Operand`].
pub trait NumberOperand: Operand {
    /// The magnitude: `ABS(a)`.
    fn abs(self) -> Expr<Self::Scope, Self::Type>
    where
        <Self::Type as Sql>::Base: Number,
    {
        number(NumberFunction::Abs, self)
    }

    /// With so many digits behind the point, halves away from zero: of a decimal its digits, of a float what
    /// `(x * 100.0).round() / 100.0` is in Rust for `round(2)`. At most 22 digits.
    fn round(self, digits: u32) -> Expr<Self::Scope, Self::Type>
    where
        <Self::Type as Sql>::Base: Rounds,
    {
        number(NumberFunction::Round(digits.min(MOST_DIGITS)), self)
    }

    /// The nearest whole number that is not greater.
    fn floor(self) -> Expr<Self::Scope, Self::Type>
    where
        <Self::Type as Sql>::Base: Rounds,
    {
        number(NumberFunction::Floor, self)
    }

    /// The nearest whole number that is not less.
    fn ceil(self) -> Expr<Self::Scope, Self::Type>
    where
        <Self::Type as Sql>::Base: Rounds,
    {
        number(NumberFunction::Ceil, self)
    }
}

impl<O: Operand> NumberOperand for O {}

fn number<O: Operand>(function: NumberFunction, a: O) -> Expr<O::Scope, O::Type> {
    let data_type = <<O::Type as Sql>::Base as Scalar>::TYPE;
    super::call(Function::Number(function, data_type), vec![a.into_node()])
}
