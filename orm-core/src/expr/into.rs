//! What can be given where an expression, a new value or a condition is wanted.

use super::{Expr, Node, Operand};
use crate::model::{Column, Id, IntoId, KeyLiteral, Keyed, Table};
use crate::value::{Literal, Scalar, Sql, Value};

/// What can stand beside an expression of type `T` on model `S`: a value, a reference to one, an `Option` where NULL is
/// possible, a column or expression of the same model.
#[diagnostic::on_unimplemented(
    message = "`{Self}` does not fit beside an expression of type `{T}` on `{S}`",
    label = "expected `{T}`, or a column or expression of `{S}` of that type"
)]
pub trait IntoExpr<S, T> {
    /// The tree.
    fn into_node(self) -> Node;
}

/// What can be assigned to a column of type `T` on model `S`.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be assigned to a column of type `{T}` on `{S}`",
    label = "expected `{T}`, or a column or expression of `{S}` of that type"
)]
pub trait IntoSet<S, T>: IntoExpr<S, T> {}

/// A value as an expression of its own, where nothing beside it says a model or a type:
/// `.select((Category::id, literal(0)))`. Beside an operator a plain value does.
pub fn literal<S, V: LiteralValue>(given: V) -> Expr<S, V::Type> {
    Expr::new(value(given.into_scalar()))
}

/// A value that can stand alone: every scalar type, and `&str`.
pub trait LiteralValue {
    /// Its type in the database.
    type Type: Scalar;

    /// The value.
    fn into_scalar(self) -> Self::Type;
}

impl<T: Scalar> LiteralValue for T {
    type Type = T;

    fn into_scalar(self) -> T {
        self
    }
}

impl LiteralValue for &str {
    type Type = String;

    fn into_scalar(self) -> String {
        self.to_owned()
    }
}

fn value<T: Scalar>(given: T) -> Node {
    Node::Value(given.into_value(), T::TYPE)
}

fn optional<T: Scalar>(given: Option<T>) -> Node {
    match given {
        Some(given) => value(given),
        None => Node::Value(Value::Null(T::TYPE), T::TYPE),
    }
}

macro_rules! values {
    ($($(#[$hint:meta])? [$($g:tt)*] $from:ty => $to:ty, |$v:ident| $made:expr;)*) => {$(
        $(#[$hint])?
        impl<$($g)*> IntoExpr<S, $to> for $from {
            fn into_node(self) -> Node {
                let $v = self;
                $made
            }
        }

        $(#[$hint])?
        impl<$($g)*> IntoSet<S, $to> for $from {}
    )*};
}

values! {
    [S, T: Literal] T => T, |v| value(v);
    [S, T: Literal] T => Option<T>, |v| value(v);
    [S, T: Literal] &T => T, |v| Node::Value(v.to_value(), T::TYPE);
    [S, T: Literal] &T => Option<T>, |v| Node::Value(v.to_value(), T::TYPE);
    [S, T: Literal] Option<T> => Option<T>, |v| optional(v);
    [S, T: Literal] &Option<T> => Option<T>, |v| match v {
        Some(v) => Node::Value(v.to_value(), T::TYPE),
        None => optional::<T>(None),
    };
    [S] &str => String, |v| value(v.to_owned());
    [S] &str => Option<String>, |v| value(v.to_owned());
    [S, M: Keyed] Id<M> => Id<M>, |v| key::<M>(v);
    [S, M: Keyed] Id<M> => Option<Id<M>>, |v| key::<M>(v);
    [S, M: Keyed] &Id<M> => Id<M>, |v| key::<M>(v.clone());
    [S, M: Keyed] &Id<M> => Option<Id<M>>, |v| key::<M>(v.clone());
    [S, M: Keyed] Option<Id<M>> => Option<Id<M>>, |v| optional_key::<M>(v);
    #[diagnostic::do_not_recommend]
    [S, M: Keyed, K: KeyLiteral + IntoId<M>] K => Id<M>, |v| key::<M>(v.into_id());
    #[diagnostic::do_not_recommend]
    [S, M: Keyed, K: KeyLiteral + IntoId<M>] K => Option<Id<M>>, |v| key::<M>(v.into_id());
}

/// A key as a value. A composite key is no column, so its type never gets here.
fn key<M: Keyed>(id: Id<M>) -> Node {
    let value = match id.to_values() {
        Ok(mut values) => values.pop(),
        Err(_) => id.new_number().map(Value::NewId),
    };
    let value = value.unwrap_or(Value::Null(crate::value::DataType::I64));
    let data_type = value.data_type();
    Node::Value(value, data_type)
}

fn optional_key<M: Keyed>(id: Option<Id<M>>) -> Node {
    match id {
        Some(id) => key(id),
        None => Node::Value(
            Value::Null(crate::value::DataType::I64),
            crate::value::DataType::I64,
        ),
    }
}

/// Base types whose columns can be compared with each other.
#[diagnostic::on_unimplemented(
    message = "an expression of type `{Self}` cannot be compared with one of type `{T}`",
    label = "the types differ"
)]
pub trait CompareWith<T> {}

impl<T: Scalar> CompareWith<T> for T {}

macro_rules! compare {
    ($($a:ty => $($b:ty),+;)*) => {$($(
        impl CompareWith<$b> for $a {}
    )+)*};
}

compare! {
    i8 => i16, i32, i64; i16 => i8, i32, i64; i32 => i8, i16, i64; i64 => i8, i16, i32;
    u8 => u16, u32, u64, i16, i32, i64; u16 => u8, u32, u64, i32, i64; u32 => u8, u16, u64, i64;
    f32 => f64; f64 => f32;
}

impl<S: Table, T: Sql, U: Sql> IntoExpr<S, T> for Column<S, U>
where
    U::Base: CompareWith<T::Base>,
{
    fn into_node(self) -> Node {
        Operand::into_node(self)
    }
}

impl<S, T: Sql, U: Sql> IntoExpr<S, T> for Expr<S, U>
where
    U::Base: CompareWith<T::Base>,
{
    fn into_node(self) -> Node {
        self.node
    }
}

impl<S: Table, T: Scalar> IntoSet<S, T> for Column<S, T> {}
impl<S: Table, T: Sql> IntoSet<S, Option<T::Base>> for Column<S, T> {}
impl<S, T: Scalar> IntoSet<S, T> for Expr<S, T> {}
impl<S, T: Sql> IntoSet<S, Option<T::Base>> for Expr<S, T> {}

/// What can be given as a condition on model `M`: an expression, a bool column, or an `Option` of one, whose `None`
/// adds nothing.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a condition on `{M}`",
    label = "expected a condition on `{M}`, such as `column.eq(value)`"
)]
pub trait IntoFilter<M> {
    /// The tree; `None` adds nothing.
    fn into_filter(self) -> Option<Node>;
}

impl<M> IntoFilter<M> for Expr<M, bool> {
    fn into_filter(self) -> Option<Node> {
        Some(self.node)
    }
}

impl<M> IntoFilter<M> for Expr<M, Option<bool>> {
    fn into_filter(self) -> Option<Node> {
        Some(self.node)
    }
}

impl<M: Table> IntoFilter<M> for Column<M, bool> {
    fn into_filter(self) -> Option<Node> {
        Some(Operand::into_node(self))
    }
}

impl<M: Table> IntoFilter<M> for Column<M, Option<bool>> {
    fn into_filter(self) -> Option<Node> {
        Some(Operand::into_node(self))
    }
}

impl<M, F: IntoFilter<M>> IntoFilter<M> for Option<F> {
    fn into_filter(self) -> Option<Node> {
        self.and_then(IntoFilter::into_filter)
    }
}

/// Conditions of which there are any number.
#[derive(Debug)]
pub struct Filter;

impl Filter {
    /// All of them hold; true when there are none.
    pub fn all<M, F: IntoFilter<M>>(filters: impl IntoIterator<Item = F>) -> Expr<M, bool> {
        Expr::new(Node::And(
            filters.into_iter().filter_map(IntoFilter::into_filter).collect(),
        ))
    }

    /// Any of them holds; false when there are none.
    pub fn any<M, F: IntoFilter<M>>(filters: impl IntoIterator<Item = F>) -> Expr<M, bool> {
        Expr::new(Node::Or(
            filters.into_iter().filter_map(IntoFilter::into_filter).collect(),
        ))
    }
}
