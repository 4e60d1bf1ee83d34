//! The traits of types that a column can hold.

use super::{Cell, DataType, DecodeError, Holds, Value};

/// A Rust type that one column can hold, without NULL. Implemented for the built-in types, for `Id<M>`, and by
/// `#[derive(DbEnum)]` and `#[derive(DbType)]`.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be stored in a column",
    label = "not a column type",
    note = "use a built-in type, an `Option` or `Auto` of one, derive `DbType` (newtypes) or `DbEnum` (enums), or mark the field `#[orm(json)]`, `#[orm(embed(prefix))]` or `#[orm(skip)]`"
)]
pub trait Scalar: Sized + Send + Sync + 'static {
    /// The type of a column that holds it.
    const TYPE: DataType;

    /// The parameter that carries it.
    fn to_value(&self) -> Value;

    /// Like [`to_value`](Scalar::to_value), without a copy where the value can be moved.
    fn into_value(self) -> Value {
        self.to_value()
    }

    /// Makes it from what the database sent.
    ///
    /// # Errors
    /// When the cell is of another type or does not fit; never by rounding or cutting.
    fn from_cell(cell: Cell<'_>) -> Result<Self, DecodeError>;
}

/// A scalar whose values stand for themselves in expressions: every scalar but `Id<M>`, which also takes raw keys.
pub trait Literal: Scalar {}

/// The type of an SQL expression: a scalar, or an `Option` of one where it may be NULL.
#[diagnostic::on_unimplemented(message = "`{Self}` is not the type of an SQL expression")]
pub trait Sql: Sized + Send + 'static {
    /// The type without NULL.
    type Base: Scalar;
    /// The same type when it may be NULL.
    type Nullable: Sql<Base = Self::Base>;
    /// `R`, with NULL where this type has it.
    type Map<R: Scalar>: Sql<Base = R>;
    /// `X`, with NULL where this type or `X` has it.
    type Or<X: Sql>: Sql<Base = X::Base>;
    /// `R`, or an `Option` of it where this type has NULL: what a key of this type leads to.
    type Held<R: Send + 'static>: Holds<R>;
    /// `&R`, or an `Option` of it where this type has NULL.
    type Lent<'a, R: 'a>: 'a;
    /// Whether it may be NULL.
    const NULLABLE: bool;

    /// Makes it from what the database sent.
    ///
    /// # Errors
    /// When the cell is of another type or does not fit.
    fn decode(cell: Cell<'_>) -> Result<Self, DecodeError>;
}

impl<T: Scalar> Sql for T {
    type Base = T;
    type Nullable = Option<T>;
    type Map<R: Scalar> = R;
    type Or<X: Sql> = X;
    type Held<R: Send + 'static> = R;
    type Lent<'a, R: 'a> = &'a R;
    const NULLABLE: bool = false;

    fn decode(cell: Cell<'_>) -> Result<Self, DecodeError> {
        T::from_cell(cell)
    }
}

impl<T: Scalar> Sql for Option<T> {
    type Base = T;
    type Nullable = Option<T>;
    type Map<R: Scalar> = Option<R>;
    type Or<X: Sql> = X::Nullable;
    type Held<R: Send + 'static> = Option<R>;
    type Lent<'a, R: 'a> = Option<&'a R>;
    const NULLABLE: bool = true;

    fn decode(cell: Cell<'_>) -> Result<Self, DecodeError> {
        match cell {
            Cell::Null => Ok(None),
            cell => T::from_cell(cell).map(Some),
        }
    }
}
