//! The types that a column can have, in the library's own words.

use super::{Cell, DecodeError, Value};

/// The type of a column or parameter. Each dialect says what it is called there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum DataType {
    /// `bool`
    Bool,
    /// `i8`
    I8,
    /// `i16`
    I16,
    /// `i32`
    I32,
    /// `i64`
    I64,
    /// `u8`
    U8,
    /// `u16`
    U16,
    /// `u32`
    U32,
    /// `u64`
    U64,
    /// `f32`
    F32,
    /// `f64`
    F64,
    /// `String`
    Text,
    /// `Vec<u8>`
    Bytes,
    /// `NaiveDate`
    Date,
    /// `NaiveTime`
    Time,
    /// `NaiveDateTime`
    DateTime,
    /// `DateTime<Utc>`
    Timestamp,
    /// `Uuid`
    Uuid,
    /// `Decimal`
    Decimal,
    /// `serde_json::Value`, `Json<T>`
    Json,
    /// `Vec<T>` of a scalar
    Array(&'static DataType),
    /// A `#[derive(DbEnum)]`
    Enum(&'static EnumDef),
}

impl DataType {
    /// The array of this scalar type.
    #[must_use]
    pub const fn array(self) -> DataType {
        match self {
            DataType::Bool => DataType::Array(&DataType::Bool),
            DataType::I8 => DataType::Array(&DataType::I8),
            DataType::I16 => DataType::Array(&DataType::I16),
            DataType::I32 => DataType::Array(&DataType::I32),
            DataType::I64 => DataType::Array(&DataType::I64),
            DataType::U8 => DataType::Array(&DataType::U8),
            DataType::U16 => DataType::Array(&DataType::U16),
            DataType::U32 => DataType::Array(&DataType::U32),
            DataType::U64 => DataType::Array(&DataType::U64),
            DataType::F32 => DataType::Array(&DataType::F32),
            DataType::F64 => DataType::Array(&DataType::F64),
            DataType::Bytes => DataType::Array(&DataType::Bytes),
            DataType::Date => DataType::Array(&DataType::Date),
            DataType::Time => DataType::Array(&DataType::Time),
            DataType::DateTime => DataType::Array(&DataType::DateTime),
            DataType::Timestamp => DataType::Array(&DataType::Timestamp),
            DataType::Uuid => DataType::Array(&DataType::Uuid),
            DataType::Decimal => DataType::Array(&DataType::Decimal),
            DataType::Json => DataType::Array(&DataType::Json),
            // An enum travels as text and is cast by the writer; an array of arrays does not occur.
            DataType::Text | DataType::Enum(_) | DataType::Array(_) => DataType::Array(&DataType::Text),
        }
    }

    /// Whether values are whole numbers.
    #[must_use]
    pub const fn is_integer(self) -> bool {
        use DataType::{I8, I16, I32, I64, U8, U16, U32, U64};
        matches!(self, I8 | I16 | I32 | I64 | U8 | U16 | U32 | U64)
    }
}

/// A `#[derive(DbEnum)]`: its name, its labels and how it is stored.
#[derive(Debug, PartialEq, Eq)]
pub struct EnumDef {
    /// The name of the native type (PostgreSQL), in snake case unless told otherwise.
    pub name: &'static str,
    /// The labels, in declaration order.
    pub labels: &'static [&'static str],
    /// The numbers, in declaration order, when it is stored as integer.
    pub numbers: &'static [i64],
    /// How it is stored.
    pub storage: EnumStorage,
}

impl EnumDef {
    /// Whether its numbers need 64 bits; with fewer they travel and are stored as 32.
    #[must_use]
    pub const fn is_wide(&self) -> bool {
        let mut i = 0;
        while i < self.numbers.len() {
            if self.numbers[i] > i32::MAX as i64 || self.numbers[i] < i32::MIN as i64 {
                return true;
            }
            i += 1;
        }
        false
    }

    /// The parameter that carries a variant, by its place in the declaration.
    #[must_use]
    pub fn value(&self, variant: usize) -> Value {
        match self.storage {
            EnumStorage::Text | EnumStorage::Native => Value::Text(self.labels[variant].to_owned()),
            EnumStorage::Integer => {
                let number = self.numbers[variant];
                match i32::try_from(number) {
                    Ok(narrow) if !self.is_wide() => Value::I32(narrow),
                    _ => Value::I64(number),
                }
            }
        }
    }

    /// The place of the variant that a cell holds. `rust_name` is for the error.
    ///
    /// # Errors
    /// When no variant has this label or number.
    pub fn variant(&self, cell: Cell<'_>, rust_name: &str) -> Result<usize, DecodeError> {
        let (place, what) = match (self.storage, cell) {
            (EnumStorage::Text | EnumStorage::Native, Cell::Text(label)) => {
                (self.labels.iter().position(|l| *l == label), "a label")
            }
            (EnumStorage::Integer, Cell::Int(number)) => {
                (self.numbers.iter().position(|n| *n == number), "a number")
            }
            (EnumStorage::Integer, other) => {
                return Err(DecodeError::mismatch(
                    &format!("a number of the enum `{rust_name}`"),
                    &other,
                ));
            }
            (_, other) => {
                return Err(DecodeError::mismatch(
                    &format!("a label of the enum `{rust_name}`"),
                    &other,
                ));
            }
        };
        place.ok_or_else(|| DecodeError::new(format!("{what} that the enum `{rust_name}` does not have")))
    }
}

/// How an enum is stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EnumStorage {
    /// As its label, with a check of the labels.
    Text,
    /// As its number, with a check of the numbers.
    Integer,
    /// As the database's own enum type where it has one (PostgreSQL, MySQL), else as text with a check.
    Native,
}
