//! What a primary key can be made of.

use std::fmt::Debug;
use std::hash::Hash;
use std::num::NonZeroU64;

use crate::error::Result;
use crate::value::{RowReader, Scalar, Value};

/// A type with a primary key: every model.
pub trait Keyed: Sized + 'static {
    /// The key's own type: that of the id or natural key, a tuple for a composite key.
    type Raw: RawKey;
}

/// The raw form of a key: a scalar, or a tuple of scalars.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be a primary key",
    label = "not a key type",
    note = "keys are integers, String, Uuid, dates and newtypes of these (`#[derive(DbType)]`), and tuples of keys"
)]
pub trait RawKey: Clone + Eq + Hash + Debug + Send + Sync + 'static {
    /// Whether the database makes a key of this type when the model's key is its `id`.
    const FROM_DATABASE: bool = false;

    /// The parameters that carry it, one for each column.
    fn to_values(&self, out: &mut Vec<Value>);

    /// Reads it from the reader's position on.
    ///
    /// # Errors
    /// `Decode` when a cell does not fit.
    fn read(row: &mut RowReader<'_>) -> Result<Self>;

    /// The key as a person reads it.
    fn display(&self) -> String {
        let mut values = Vec::new();
        self.to_values(&mut values);
        match values.as_slice() {
            [one] => one.display(),
            many => {
                let parts: Vec<String> = many.iter().map(Value::display).collect();
                format!("({})", parts.join(", "))
            }
        }
    }
}

/// A type that can be one column of a primary key, and its raw form: itself, or the raw key behind an `Id`.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be part of a primary key",
    label = "not a key type",
    note = "keys are integers, String, Uuid, dates, `Id<..>`, and newtypes (`#[derive(DbType)]`)"
)]
pub trait KeyPart {
    /// The raw form.
    type Raw: RawKey + Scalar;

    /// The raw key; `None` for the id of a row that is not stored yet.
    fn raw(&self) -> Option<Self::Raw>;

    /// The temporary number of such an id.
    fn new_number(&self) -> Option<NonZeroU64> {
        None
    }
}

/// A value that stands for a key without being an `Id`: `1`, `"de"`, a `Uuid`.
pub trait KeyLiteral {}

/// A key that can be made for a new row: integers (the database makes them), Uuid (made at once).
#[diagnostic::on_unimplemented(
    message = "`Id::new()` cannot make a key of type `{Self}`",
    label = "this key is chosen by you",
    note = "build the id from its value: `Id::from(key)`"
)]
pub trait Generated: Sized {
    /// A key that is final at once, or `None` where the database makes it.
    fn generate() -> Option<Self>;
}

macro_rules! keys {
    ($($t:ty $(, $from_database:literal)?);*) => {$(
        impl RawKey for $t {
            $(const FROM_DATABASE: bool = $from_database;)?

            fn to_values(&self, out: &mut Vec<Value>) {
                out.push(self.to_value());
            }

            fn read(row: &mut RowReader<'_>) -> Result<Self> {
                row.read()
            }
        }

        impl KeyPart for $t {
            type Raw = $t;

            fn raw(&self) -> Option<$t> {
                Some(self.clone())
            }
        }

        impl KeyLiteral for $t {}
    )*};
}

keys! {
    i16, true; i32, true; i64, true; u16, true; u32, true; u64, true;
    i8; u8; bool; String; Vec<u8>; chrono::NaiveDate; chrono::DateTime<chrono::Utc>
}

impl KeyLiteral for &str {}
impl KeyLiteral for &String {}

macro_rules! generated {
    ($($t:ty),*) => {$(
        impl Generated for $t {
            fn generate() -> Option<Self> {
                None
            }
        }
    )*};
}

generated!(i16, i32, i64, u16, u32, u64);

#[cfg(feature = "uuid")]
mod uuid {
    use ::uuid::Uuid;

    use super::{Generated, KeyLiteral, KeyPart, RawKey, Result, RowReader, Scalar, Value};

    keys!(Uuid);

    impl Generated for Uuid {
        fn generate() -> Option<Self> {
            Some(Uuid::now_v7())
        }
    }
}

macro_rules! tuples {
    ($($t:ident $n:tt),*) => {
        impl<$($t: RawKey),*> RawKey for ($($t,)*) {
            fn to_values(&self, out: &mut Vec<Value>) {
                $(self.$n.to_values(out);)*
            }

            fn read(row: &mut RowReader<'_>) -> Result<Self> {
                Ok(($($t::read(row)?,)*))
            }
        }
    };
}

tuples!(A 0, B 1);
tuples!(A 0, B 1, C 2);
tuples!(A 0, B 1, C 2, D 3);
