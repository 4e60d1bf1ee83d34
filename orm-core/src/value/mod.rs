//! Values on their way in ([`Value`]) and on their way out ([`Cell`]), and the Rust types that stand for them.
//!
//! A Rust type becomes a `Value`, and is made from a `Cell`; a driver turns values into its wire's parameters and its
//! native cells into `Cell`s. So N types and 3 drivers need N + 3 pieces of code, and no type knows a driver.

mod array;
pub(crate) mod case;
mod cell;
mod data_type;
mod decimal;
mod field;
mod holds;
mod reader;
mod scalar;
mod text;
mod types;
mod wrappers;

use std::num::NonZeroU64;

use chrono::{DateTime, NaiveDate, NaiveDateTime, NaiveTime, Utc};

pub use array::ArrayElement;
pub use cell::{ArrayCell, Cell, DecodeError};
pub use data_type::{DataType, EnumDef, EnumStorage};
pub use decimal::DecimalParts;
pub use field::{Auto, Field, FieldInfo, Slot};
pub use holds::{Holds, Part};
pub(crate) use reader::ValueRow;
pub use reader::{CellSource, FromRow, ReadType, RowReader};
pub use scalar::{Literal, Scalar, Sql};
pub use text::{date_from_text, datetime_from_text, datetime_to_text, time_from_text, time_to_text};
pub use wrappers::Json;
pub(crate) use wrappers::json_text;

/// A parameter of a statement. It is bound, never written into SQL text.
///
/// `Debug` prints the kind and not the value, so that no log shows one by accident.
#[derive(Clone, PartialEq)]
#[non_exhaustive]
pub enum Value {
    /// NULL, of a type.
    Null(DataType),
    /// A truth value.
    Bool(bool),
    /// An integer of 16 bits.
    I16(i16),
    /// An integer of 32 bits.
    I32(i32),
    /// An integer of 64 bits.
    I64(i64),
    /// An unsigned integer of 64 bits: refused above `i64::MAX` where the database has none.
    U64(u64),
    /// A float of 32 bits.
    F32(f32),
    /// A float of 64 bits.
    F64(f64),
    /// Text.
    Text(String),
    /// Bytes.
    Bytes(Vec<u8>),
    /// A day.
    Date(NaiveDate),
    /// A time of day.
    Time(NaiveTime),
    /// A day and time without a zone.
    DateTime(NaiveDateTime),
    /// A moment.
    Timestamp(DateTime<Utc>),
    /// A UUID's bytes.
    Uuid([u8; 16]),
    /// A decimal number.
    Decimal(DecimalParts),
    /// JSON text.
    Json(String),
    /// Values of one type: an array on PostgreSQL, JSON text elsewhere.
    Array(DataType, Vec<Value>),
    /// The temporary number of an `Id::new()`: it has no place in a statement, and the writer says so.
    NewId(NonZeroU64),
}

impl Value {
    /// Whether this is NULL.
    #[must_use]
    pub const fn is_null(&self) -> bool {
        matches!(self, Value::Null(_))
    }

    /// The type of the value, as a parameter has it.
    #[must_use]
    pub fn data_type(&self) -> DataType {
        match self {
            Value::Null(t) => *t,
            Value::Bool(_) => DataType::Bool,
            Value::I16(_) => DataType::I16,
            Value::I32(_) => DataType::I32,
            Value::I64(_) | Value::NewId(_) => DataType::I64,
            Value::U64(_) => DataType::U64,
            Value::F32(_) => DataType::F32,
            Value::F64(_) => DataType::F64,
            Value::Text(_) => DataType::Text,
            Value::Bytes(_) => DataType::Bytes,
            Value::Date(_) => DataType::Date,
            Value::Time(_) => DataType::Time,
            Value::DateTime(_) => DataType::DateTime,
            Value::Timestamp(_) => DataType::Timestamp,
            Value::Uuid(_) => DataType::Uuid,
            Value::Decimal(_) => DataType::Decimal,
            Value::Json(_) => DataType::Json,
            Value::Array(element, _) => element.array(),
        }
    }

    /// The same value for a column of this type: whole numbers change their width where they fit, and nothing else
    /// changes its type.
    #[must_use]
    pub fn converted(self, to: DataType) -> Option<Value> {
        let number = match &self {
            Value::I16(n) => i128::from(*n),
            Value::I32(n) => i128::from(*n),
            Value::I64(n) => i128::from(*n),
            Value::U64(n) => i128::from(*n),
            other => {
                let same =
                    other.data_type() == to || matches!((other, to), (Value::Text(_), DataType::Enum(_)));
                return same.then_some(self);
            }
        };
        match to {
            DataType::I8 | DataType::U8 | DataType::I16 => i16::try_from(number).ok().map(Value::I16),
            DataType::I32 | DataType::U16 => i32::try_from(number).ok().map(Value::I32),
            DataType::I64 | DataType::U32 => i64::try_from(number).ok().map(Value::I64),
            DataType::U64 => u64::try_from(number).ok().map(Value::U64),
            DataType::Enum(_) => Some(self),
            _ => None,
        }
    }

    /// Roughly how many bytes the value takes on the wire.
    #[must_use]
    pub fn size(&self) -> usize {
        match self {
            Value::Text(s) | Value::Json(s) => s.len(),
            Value::Bytes(b) => b.len(),
            Value::Array(_, items) => items.iter().map(Value::size).sum(),
            _ => 8,
        }
    }

    /// The value as a person reads it, for `to_sql` and for error texts about keys. Never used to make SQL.
    #[must_use]
    pub fn display(&self) -> String {
        match self {
            Value::Null(_) => "NULL".to_owned(),
            Value::Bool(b) => b.to_string(),
            Value::I16(n) => n.to_string(),
            Value::I32(n) => n.to_string(),
            Value::I64(n) => n.to_string(),
            Value::U64(n) => n.to_string(),
            Value::F32(n) => format!("{n:?}"),
            Value::F64(n) => format!("{n:?}"),
            Value::Text(s) => format!("{s:?}"),
            Value::Bytes(b) => format!("{} bytes", b.len()),
            Value::Date(d) => d.to_string(),
            Value::Time(t) => t.to_string(),
            Value::DateTime(t) => t.to_string(),
            Value::Timestamp(t) => t.to_rfc3339(),
            Value::Uuid(bytes) => text::uuid_to_text(bytes),
            Value::Decimal(d) => d.to_string(),
            Value::Json(s) => s.clone(),
            Value::Array(_, items) => {
                let items: Vec<String> = items.iter().map(Value::display).collect();
                format!("[{}]", items.join(", "))
            }
            Value::NewId(n) => format!("new #{n}"),
        }
    }
}

impl std::fmt::Debug for Value {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Value::Null(t) => write!(f, "Null({t:?})"),
            other => write!(f, "{:?}(..)", other.data_type()),
        }
    }
}
