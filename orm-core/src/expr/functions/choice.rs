//! One of several values: CASE, NULLIF, the greatest and the least.

use std::marker::PhantomData;

use crate::expr::ast::Function;
use crate::expr::{Expr, IntoFilter, Node, Operand};
use crate::model::{Column, Id, Keyed, Table};
use crate::value::{Literal, Scalar, Sql, Value};

/// What can be one of several values of type `B` on model `S`: a value, or a column or expression that may be NULL.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot stand for a value of type `{B}` on `{S}`",
    label = "expected `{B}`, or a column or expression of `{S}` of that type"
)]
pub trait Choice<S, B> {
    /// Its type, which says whether it may be NULL.
    type Type: Sql<Base = B>;

    /// The tree.
    fn into_node(self) -> Node;
}

impl<S, T: Literal> Choice<S, T> for T {
    type Type = T;

    fn into_node(self) -> Node {
        Node::Value(self.into_value(), T::TYPE)
    }
}

impl<S, T: Literal> Choice<S, T> for &T {
    type Type = T;

    fn into_node(self) -> Node {
        Node::Value(self.to_value(), T::TYPE)
    }
}

impl<S, T: Literal> Choice<S, T> for Option<T> {
    type Type = Option<T>;

    fn into_node(self) -> Node {
        let value = self.map_or(Value::Null(T::TYPE), Scalar::into_value);
        Node::Value(value, T::TYPE)
    }
}

impl<S> Choice<S, String> for &str {
    type Type = String;

    fn into_node(self) -> Node {
        Choice::<S, String>::into_node(self.to_owned())
    }
}

impl<S, M: Keyed> Choice<S, Id<M>> for Id<M>
where
    Id<M>: Scalar,
{
    type Type = Id<M>;

    fn into_node(self) -> Node {
        crate::expr::IntoExpr::<S, Id<M>>::into_node(self)
    }
}

impl<S: Table, U: Sql> Choice<S, U::Base> for Column<S, U> {
    type Type = U;

    fn into_node(self) -> Node {
        Operand::into_node(self)
    }
}

impl<S, U: Sql> Choice<S, U::Base> for Expr<S, U> {
    type Type = U;

    fn into_node(self) -> Node {
        self.node
    }
}

/// A value chosen by conditions: `case().when(cond, a).when(other, b).otherwise(c)`.
///
/// ```
/// # use orm_core::prelude::*;
/// #[derive(Model)]
/// #[orm(table = "products")]
/// pub struct Product {
///     pub id: Id<Product>,
///     pub price: f64,
/// }
///
/// let band: Expr<Product, String> = case()
///     .when(Product::price.lt(10.0), "cheap")
///     .when(Product::price.lt(100.0), "fair")
///     .otherwise("dear");
/// let sql = Product::query().select(band).to_sql(Dialect::Postgres).to_string();
/// assert!(sql.starts_with("SELECT CASE WHEN \"products\".\"price\" < $1 THEN $2 WHEN"), "{sql}");
/// ```
pub const fn case() -> CaseStart {
    CaseStart
}

/// A `case()` without a condition yet.
#[derive(Clone, Copy, Debug)]
#[must_use]
pub struct CaseStart;

impl CaseStart {
    /// The value where the condition holds. A condition that is `None` leaves the value out.
    pub fn when<S, F, B, V>(self, condition: F, value: V) -> Case<S, V::Type>
    where
        F: IntoFilter<S>,
        V: Choice<S, B>,
    {
        Case::<S, V::Type>::new(Vec::new()).and_when(condition, value.into_node())
    }
}

/// A `case()` with at least one condition: [`otherwise`](Case::otherwise) or [`end`](Case::end) makes it an expression.
#[must_use]
pub struct Case<S, T> {
    args: Vec<Node>,
    marker: PhantomData<fn() -> (S, T)>,
}

impl<S, T> std::fmt::Debug for Case<S, T> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.args.fmt(f)
    }
}

impl<S, T: Sql> Case<S, T> {
    const fn new(args: Vec<Node>) -> Self {
        Case {
            args,
            marker: PhantomData,
        }
    }

    fn and_when<F: IntoFilter<S>>(mut self, condition: F, value: Node) -> Self {
        if let Some(condition) = condition.into_filter() {
            self.args.extend([condition, value]);
        }
        self
    }

    /// The value where this condition holds and none before it. A condition that is `None` leaves the value out.
    pub fn when<F, V>(self, condition: F, value: V) -> Case<S, <V::Type as Sql>::Or<T>>
    where
        F: IntoFilter<S>,
        V: Choice<S, T::Base>,
    {
        Case::new(self.args).and_when(condition, value.into_node())
    }

    /// The value where no condition holds.
    pub fn otherwise<V: Choice<S, T::Base>>(mut self, value: V) -> Expr<S, <V::Type as Sql>::Or<T>> {
        self.args.push(value.into_node());
        super::call(Function::Case, self.args)
    }

    /// NULL where no condition holds.
    pub fn end(self) -> Expr<S, T::Nullable> {
        if self.args.is_empty() {
            let data_type = T::Base::TYPE;
            return Expr::new(Node::Value(Value::Null(data_type), data_type));
        }
        super::call(Function::Case, self.args)
    }
}

/// Types of which databases agree what is greater: numbers, dates and times.
#[diagnostic::on_unimplemented(
    message = "`greatest` and `least` do not take expressions of type `{Self}`",
    label = "they are for numbers, dates and times: what databases order differently has none"
)]
pub trait Ordered: Scalar {}

macro_rules! ordered {
    ($($t:ty),*) => {$(impl Ordered for $t {})*};
}

ordered!(i8, i16, i32, i64, u8, u16, u32, u64, f32, f64);
ordered!(
    chrono::NaiveDate,
    chrono::NaiveTime,
    chrono::NaiveDateTime,
    chrono::DateTime<chrono::Utc>
);
#[cfg(feature = "decimal")]
ordered!(rust_decimal::Decimal);

/// The operators that choose between values; in the prelude beside [`Operand`].
pub trait ChoiceOperand: Operand {
    /// NULL where it equals the value: `NULLIF(a, b)`.
    fn nullif<V>(self, value: V) -> Expr<Self::Scope, <Self::Type as Sql>::Nullable>
    where
        V: Choice<Self::Scope, <Self::Type as Sql>::Base>,
    {
        super::call(Function::Nullif, vec![self.into_node(), value.into_node()])
    }

    /// The greater of the two; NULL if either is, on every database.
    fn greatest<V>(self, other: V) -> Expr<Self::Scope, <V::Type as Sql>::Or<Self::Type>>
    where
        V: Choice<Self::Scope, <Self::Type as Sql>::Base>,
        <Self::Type as Sql>::Base: Ordered,
    {
        super::call(Function::Greatest, vec![self.into_node(), other.into_node()])
    }

    /// The lesser of the two; NULL if either is, on every database.
    fn least<V>(self, other: V) -> Expr<Self::Scope, <V::Type as Sql>::Or<Self::Type>>
    where
        V: Choice<Self::Scope, <Self::Type as Sql>::Base>,
        <Self::Type as Sql>::Base: Ordered,
    {
        super::call(Function::Least, vec![self.into_node(), other.into_node()])
    }
}

impl<O: Operand> ChoiceOperand for O {}
