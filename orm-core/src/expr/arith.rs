//! Arithmetic: a value takes the column's type, two expressions meet by a fixed table, NULL in either makes NULL.

use std::ops::{Add, Div, Mul, Neg, Rem, Sub};

use super::ast::BinaryOp;
use super::{Expr, Node, Operand};
use crate::model::{Column, Table};
use crate::value::{Literal, Scalar, Sql};

/// A type that can be computed with.
#[diagnostic::on_unimplemented(
    message = "an expression of type `{Self}` is not a number",
    label = "arithmetic is for number columns"
)]
pub trait Number: Literal {}

/// The type of a computation of two number types.
#[diagnostic::on_unimplemented(
    message = "`{Self}` and `{B}` cannot be computed with each other",
    label = "no common number type",
    note = "a decimal and a float have none; compute in one of the two"
)]
pub trait Promote<B> {
    /// The common type.
    type Out: Number;
}

macro_rules! numbers {
    ($($t:ty),*) => {$(
        impl Number for $t {}

        impl Additive for $t {}

        impl Promote<$t> for $t {
            type Out = $t;
        }
    )*};
}

numbers!(i8, i16, i32, i64, u8, u16, u32, u64, f32, f64);

macro_rules! promote {
    ($($a:ty, $b:ty => $out:ty;)*) => {$(
        impl Promote<$b> for $a {
            type Out = $out;
        }

        impl Promote<$a> for $b {
            type Out = $out;
        }
    )*};
}

promote! {
    i8, i16 => i16; i8, i32 => i32; i8, i64 => i64; i16, i32 => i32; i16, i64 => i64; i32, i64 => i64;
    u8, u16 => u16; u8, u32 => u32; u8, u64 => u64; u16, u32 => u32; u16, u64 => u64; u32, u64 => u64;
    u8, i16 => i16; u8, i32 => i32; u8, i64 => i64; u16, i32 => i32; u16, i64 => i64; u32, i64 => i64;
    f32, f64 => f64;
    i8, f64 => f64; i16, f64 => f64; i32, f64 => f64; i64, f64 => f64;
    u8, f64 => f64; u16, f64 => f64; u32, f64 => f64; u64, f64 => f64;
}

#[cfg(feature = "decimal")]
mod decimal {
    use rust_decimal::Decimal;

    use super::{Additive, Number, Promote};

    numbers!(Decimal);
    promote! {
        i8, Decimal => Decimal; i16, Decimal => Decimal; i32, Decimal => Decimal; i64, Decimal => Decimal;
        u8, Decimal => Decimal; u16, Decimal => Decimal; u32, Decimal => Decimal;
    }
}

/// What can stand at the right of an arithmetic operator whose left side is of type `T` on model `S`.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be computed with an expression of type `{T}` on `{S}`",
    label = "expected a number of that type, or a number column of `{S}`"
)]
pub trait Arith<S, T> {
    /// The type of the result.
    type Out: Sql;

    /// The tree of the computation, whose operator depends on whether it is one of whole numbers.
    fn join(self, op: impl FnOnce(bool) -> BinaryOp, left: Node) -> Node;
}

/// A computation of two numbers, the result of which has this type.
fn joined<T: Sql>(op: impl FnOnce(bool) -> BinaryOp, left: Node, right: Node) -> Node {
    Node::binary(op(T::Base::TYPE.is_integer()), left, right)
}

/// What `+` and `-` take at their left: numbers, and the moments of which there is one later and one earlier.
#[diagnostic::on_unimplemented(
    message = "an expression of type `{Self}` is neither a number nor a moment",
    label = "`+` and `-` are for numbers, `NaiveDateTime` and `DateTime<Utc>`; a date has `add_days`, text has `concat`"
)]
pub trait Additive: Scalar {}

impl Additive for chrono::NaiveDateTime {}
impl Additive for chrono::DateTime<chrono::Utc> {}

impl<S, T: Number> Arith<S, T> for T {
    type Out = T;

    fn join(self, op: impl FnOnce(bool) -> BinaryOp, left: Node) -> Node {
        joined::<T>(op, left, Node::Value(self.into_value(), T::TYPE))
    }
}

impl<S, T: Number> Arith<S, Option<T>> for T {
    type Out = Option<T>;

    fn join(self, op: impl FnOnce(bool) -> BinaryOp, left: Node) -> Node {
        joined::<T>(op, left, Node::Value(self.into_value(), T::TYPE))
    }
}

/// The result type of `T` op `U`.
type Joined<T, U> = <U as Sql>::Or<<T as Sql>::Map<<<T as Sql>::Base as Promote<<U as Sql>::Base>>::Out>>;

impl<S: Table, T: Sql, U: Sql> Arith<S, T> for Column<S, U>
where
    T::Base: Promote<U::Base>,
{
    type Out = Joined<T, U>;

    fn join(self, op: impl FnOnce(bool) -> BinaryOp, left: Node) -> Node {
        joined::<Joined<T, U>>(op, left, Operand::into_node(self))
    }
}

impl<S, T: Sql, U: Sql> Arith<S, T> for Expr<S, U>
where
    T::Base: Promote<U::Base>,
{
    type Out = Joined<T, U>;

    fn join(self, op: impl FnOnce(bool) -> BinaryOp, left: Node) -> Node {
        joined::<Joined<T, U>>(op, left, self.node)
    }
}

fn binary<S, T>(op: BinaryOp, a: Node, b: Node) -> Expr<S, T> {
    Expr::new(Node::binary(op, a, b))
}

/// A type that can be divided: databases disagree about the digits of a decimal's quotient, so that there is none.
#[diagnostic::on_unimplemented(
    message = "an expression of type `{Self}` is not divided in the database",
    label = "databases disagree about the digits of a decimal's quotient: divide in Rust, or use floats"
)]
pub trait Divides: Number {}

macro_rules! divides {
    ($($t:ty),*) => {$(impl Divides for $t {})*};
}

divides!(i8, i16, i32, i64, u8, u16, u32, u64, f32, f64);

/// A type whose division leaves a remainder: PostgreSQL has none of floats, SQLite cuts them first.
#[diagnostic::on_unimplemented(
    message = "a division of type `{Self}` leaves no remainder in the database",
    label = "`%` is for whole numbers"
)]
pub trait Whole: Divides {}

macro_rules! whole {
    ($($t:ty),*) => {$(impl Whole for $t {})*};
}

whole!(i8, i16, i32, i64, u8, u16, u32, u64);

macro_rules! operators {
    ($($trait:ident $method:ident $left:ident $bound:ident $op:expr;)*) => {$(
        impl<S: Table, T: Sql, R: Arith<S, T>> $trait<R> for Column<S, T>
        where
            T::Base: $left,
            <R::Out as Sql>::Base: $bound,
        {
            type Output = Expr<S, R::Out>;

            fn $method(self, right: R) -> Self::Output {
                Expr::new(right.join($op, Operand::into_node(self)))
            }
        }

        impl<S, T: Sql, R: Arith<S, T>> $trait<R> for Expr<S, T>
        where
            T::Base: $left,
            <R::Out as Sql>::Base: $bound,
        {
            type Output = Expr<S, R::Out>;

            fn $method(self, right: R) -> Self::Output {
                Expr::new(right.join($op, self.node))
            }
        }
    )*};
}

operators! {
    Add add Additive Scalar |_| BinaryOp::Add;
    Sub sub Additive Scalar |_| BinaryOp::Sub;
    Mul mul Number Scalar |_| BinaryOp::Mul;
    Div div Number Divides |integer: bool| if integer { BinaryOp::IntDiv } else { BinaryOp::Div };
    Rem rem Number Whole |_| BinaryOp::Rem;
}

impl<S: Table, T: Sql> Neg for Column<S, T>
where
    T::Base: Number,
{
    type Output = Expr<S, T>;

    fn neg(self) -> Self::Output {
        Expr::new(Node::Negate(Box::new(Operand::into_node(self))))
    }
}

impl<S, T: Sql> Neg for Expr<S, T>
where
    T::Base: Number,
{
    type Output = Expr<S, T>;

    fn neg(self) -> Self::Output {
        Expr::new(Node::Negate(Box::new(self.node)))
    }
}

macro_rules! left_values {
    ($($t:ty),*) => {$(
        left_values!(@ $t, Add add BinaryOp::Add);
        left_values!(@ $t, Sub sub BinaryOp::Sub);
        left_values!(@ $t, Mul mul BinaryOp::Mul);
    )*};
    (@ $t:ty, $trait:ident $method:ident $op:expr) => {
        impl<S: Table, U: Sql<Base = $t>> $trait<Column<S, U>> for $t {
            type Output = Expr<S, U>;

            fn $method(self, right: Column<S, U>) -> Self::Output {
                binary($op, Node::Value(self.into_value(), <$t>::TYPE), Operand::into_node(right))
            }
        }

        impl<S, U: Sql<Base = $t>> $trait<Expr<S, U>> for $t {
            type Output = Expr<S, U>;

            fn $method(self, right: Expr<S, U>) -> Self::Output {
                binary($op, Node::Value(self.into_value(), <$t>::TYPE), right.node)
            }
        }
    };
}

left_values!(i16, i32, i64, u16, u32, u64, f32, f64);
#[cfg(feature = "decimal")]
left_values!(rust_decimal::Decimal);
