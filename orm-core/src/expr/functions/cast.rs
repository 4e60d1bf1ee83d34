//! Casts: only those that are exact and mean the same on every database.

use crate::expr::ast::Function;
use crate::expr::{Expr, Operand};
use crate::value::{Scalar, Sql};

/// A type whose expressions can be cast to `T`.
#[diagnostic::on_unimplemented(
    message = "an expression of type `{Self}` is not cast to `{T}`",
    label = "no cast that is the same on every database",
    note = "whole numbers are cast to wider ones, `f64`, `Decimal` and `String`, decimals to `f64`, `bool` to `i32`; `sql!` takes a cast of your own"
)]
pub trait CastTo<T>: Scalar {}

macro_rules! casts {
    ($($from:ty => $($to:ty),+;)*) => {$($(
        impl CastTo<$to> for $from {}
    )+)*};
}

casts! {
    i8 => i16, i32, i64, f64, String;
    i16 => i32, i64, f64, String;
    i32 => i64, f64, String;
    i64 => f64, String;
    u8 => u16, u32, u64, i16, i32, i64, f64, String;
    u16 => u32, u64, i32, i64, f64, String;
    u32 => u64, i64, f64, String;
    f32 => f64;
    bool => i32;
}

#[cfg(feature = "decimal")]
mod decimal {
    use rust_decimal::Decimal;

    use super::CastTo;

    casts! {
        i8 => Decimal; i16 => Decimal; i32 => Decimal; i64 => Decimal;
        u8 => Decimal; u16 => Decimal; u32 => Decimal;
        Decimal => f64;
    }
}

/// The casts; in the prelude beside [`Operand`].
pub trait CastOperand: Operand {
    /// The same value as another type: `Sale::quantity.cast::<f64>()`.
    ///
    /// | from | to |
    /// | --- | --- |
    /// | whole numbers | wider whole numbers, `Decimal`, `String` (its digits), `f64` (the nearest, from 2^53 on) |
    /// | `f32` | `f64` |
    /// | `Decimal` | `f64` (the nearest) |
    /// | `bool` | `i32` (0 and 1) |
    ///
    /// All else does not compile: databases round and cut in ways of their own.
    fn cast<T: Scalar>(self) -> Expr<Self::Scope, <Self::Type as Sql>::Map<T>>
    where
        <Self::Type as Sql>::Base: CastTo<T>,
    {
        super::call(Function::Cast(T::TYPE), vec![self.into_node()])
    }
}

impl<O: Operand> CastOperand for O {}
