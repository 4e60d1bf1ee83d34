//! One value of a result row, borrowed from the driver, and why it did not become a Rust value.

use std::borrow::Cow;
use std::fmt;

use chrono::{DateTime, NaiveDate, NaiveDateTime, NaiveTime, Utc};

use super::DecimalParts;

/// One value of a result row, borrowed from the wire or the statement.
#[derive(Clone, Copy)]
#[non_exhaustive]
pub enum Cell<'a> {
    /// NULL
    Null,
    /// A truth value, where the database has such a type.
    Bool(bool),
    /// A whole number.
    Int(i64),
    /// A whole number above `i64::MAX`.
    UInt(u64),
    /// A float of 32 bits.
    F32(f32),
    /// A float of 64 bits.
    F64(f64),
    /// Text.
    Text(&'a str),
    /// Bytes.
    Bytes(&'a [u8]),
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
    Json(&'a str),
    /// An array, still in the driver's form.
    Array(ArrayCell<'a>),
}

impl Cell<'_> {
    /// What this is, for error texts.
    #[must_use]
    pub const fn describe(&self) -> &'static str {
        match self {
            Cell::Null => "NULL",
            Cell::Bool(_) => "a boolean",
            Cell::Int(_) | Cell::UInt(_) => "an integer",
            Cell::F32(_) | Cell::F64(_) => "a float",
            Cell::Text(_) => "text",
            Cell::Bytes(_) => "bytes",
            Cell::Date(_) => "a date",
            Cell::Time(_) => "a time",
            Cell::DateTime(_) => "a date-time",
            Cell::Timestamp(_) => "a timestamp",
            Cell::Uuid(_) => "a UUID",
            Cell::Decimal(_) => "a decimal",
            Cell::Json(_) => "JSON",
            Cell::Array(_) => "an array",
        }
    }
}

/// An array in the driver's form: bytes, and the function that takes the next element off them.
#[derive(Clone, Copy)]
pub struct ArrayCell<'a> {
    /// How many elements are left.
    pub len: usize,
    /// The elements' bytes.
    pub bytes: &'a [u8],
    /// What the driver knows of the element's type (an OID).
    pub tag: u32,
    /// Takes one element off the bytes.
    pub next: for<'b> fn(tag: u32, &mut &'b [u8]) -> Result<Cell<'b>, DecodeError>,
}

impl<'a> Iterator for ArrayCell<'a> {
    type Item = Result<Cell<'a>, DecodeError>;

    fn next(&mut self) -> Option<Self::Item> {
        self.len = self.len.checked_sub(1)?;
        Some((self.next)(self.tag, &mut self.bytes))
    }
}

/// Why a cell did not become a Rust value. It never holds the value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DecodeError(Cow<'static, str>);

impl DecodeError {
    /// With what is wrong, in plain words and without the value.
    pub fn new(message: impl Into<Cow<'static, str>>) -> Self {
        DecodeError(message.into())
    }

    /// `expected` a type and the cell is something else.
    #[must_use]
    pub fn mismatch(expected: &str, cell: &Cell<'_>) -> Self {
        if matches!(cell, Cell::Null) {
            return DecodeError(Cow::Owned(format!(
                "NULL where {expected} is expected: use `Option`"
            )));
        }
        DecodeError(Cow::Owned(format!(
            "{} where {expected} is expected",
            cell.describe()
        )))
    }
}

impl fmt::Display for DecodeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for DecodeError {}
