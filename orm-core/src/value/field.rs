//! What a model's field can be: a scalar, an `Option` of one, or a value that the database makes.

use std::num::NonZeroU64;
use std::ops::{Deref, DerefMut};

use super::{Cell, DataType, DecodeError, Scalar, Sql, Value};

/// What a field gives to an INSERT.
#[derive(Clone, Debug, PartialEq)]
pub enum Slot {
    /// A value.
    Value(Value),
    /// Nothing: the column is left out and the database fills it.
    Unset,
}

/// What a field's type says of its column.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FieldInfo {
    /// The type in the database.
    pub data_type: DataType,
    /// Whether it may be NULL.
    pub nullable: bool,
    /// Whether the database makes the value.
    pub auto: bool,
}

/// A type that a model's field can have. Its message is that of `Scalar`, letter by letter, so that rustc tells a wrong
/// field once.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be stored in a column",
    label = "not a column type",
    note = "use a built-in type, an `Option` or `Auto` of one, derive `DbType` (newtypes) or `DbEnum` (enums), or mark the field `#[orm(json)]`, `#[orm(embed(prefix))]` or `#[orm(skip)]`"
)]
pub trait Field: Sized {
    /// The type of the column in expressions.
    type Sql: Sql;
    /// The type of the column in the database.
    const TYPE: DataType = <<Self::Sql as Sql>::Base as Scalar>::TYPE;
    /// Whether the column may be NULL.
    const NULLABLE: bool = <Self::Sql as Sql>::NULLABLE;
    /// Whether the database makes the value.
    const AUTO: bool = false;
    /// The three facts above.
    const INFO: FieldInfo = FieldInfo {
        data_type: Self::TYPE,
        nullable: Self::NULLABLE,
        auto: Self::AUTO,
    };

    /// What goes into an INSERT.
    fn slot(&self) -> Slot;

    /// Makes the field from what the database sent.
    ///
    /// # Errors
    /// When the cell is of another type or does not fit.
    fn read(cell: Cell<'_>) -> Result<Self, DecodeError>;
}

#[diagnostic::do_not_recommend]
impl<T: Scalar> Field for T {
    type Sql = T;

    fn slot(&self) -> Slot {
        Slot::Value(self.to_value())
    }

    fn read(cell: Cell<'_>) -> Result<Self, DecodeError> {
        T::from_cell(cell)
    }
}

#[diagnostic::do_not_recommend]
impl<T: Scalar> Field for Option<T> {
    type Sql = Option<T>;

    fn slot(&self) -> Slot {
        Slot::Value(match self {
            Some(v) => v.to_value(),
            None => Value::Null(T::TYPE),
        })
    }

    fn read(cell: Cell<'_>) -> Result<Self, DecodeError> {
        <Option<T> as Sql>::decode(cell)
    }
}

/// A value that the database makes: unset until the row was stored, then it derefs to `T`.
///
/// ```
/// # use orm_core::Auto;
/// let created: Auto<i32> = Auto::unset();
/// assert_eq!(created.get(), None);
/// assert_eq!(*Auto::set(3), 3);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Auto<T>(Option<T>);

impl<T> Auto<T> {
    /// Left out of the INSERT: the database makes the value.
    #[must_use]
    pub const fn unset() -> Self {
        Auto(None)
    }

    /// A value that was chosen by hand.
    pub const fn set(value: T) -> Self {
        Auto(Some(value))
    }

    /// The value, if it is there.
    pub const fn get(&self) -> Option<&T> {
        self.0.as_ref()
    }

    /// The value, if it is there.
    pub fn into_inner(self) -> Option<T> {
        self.0
    }
}

impl<T> Default for Auto<T> {
    fn default() -> Self {
        Auto::unset()
    }
}

impl<T> Deref for Auto<T> {
    type Target = T;

    /// # Panics
    /// When the value is unset: the row was not stored yet. [`Auto::get`] does not panic.
    #[allow(clippy::panic)]
    fn deref(&self) -> &T {
        match &self.0 {
            Some(v) => v,
            None => {
                panic!("this `Auto` is unset: the database makes its value when the row is stored")
            }
        }
    }
}

impl<T> DerefMut for Auto<T> {
    /// # Panics
    /// When the value is unset.
    #[allow(clippy::panic)]
    fn deref_mut(&mut self) -> &mut T {
        match &mut self.0 {
            Some(v) => v,
            None => panic!("this `Auto` is unset: use `Auto::set(value)` to choose a value"),
        }
    }
}

impl<F: Field> Field for Auto<F> {
    type Sql = F::Sql;
    const AUTO: bool = true;

    fn slot(&self) -> Slot {
        match &self.0 {
            Some(v) => v.slot(),
            None => Slot::Unset,
        }
    }

    fn read(cell: Cell<'_>) -> Result<Self, DecodeError> {
        F::read(cell).map(Auto::set)
    }
}

impl Slot {
    /// The temporary number of a new id, if this is one.
    #[must_use]
    pub const fn new_id(&self) -> Option<NonZeroU64> {
        match self {
            Slot::Value(Value::NewId(n)) => Some(*n),
            _ => None,
        }
    }
}
