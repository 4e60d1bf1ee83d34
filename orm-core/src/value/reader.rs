//! Reading a row by position.

use std::borrow::Cow;

use super::{Cell, DataType, DecimalParts, DecodeError, Field, Scalar, Sql};
use crate::error::{Error, ErrorKind, Result};

/// A row in a driver's form, borrowed for the time of one call.
pub trait CellSource {
    /// How many columns the row has.
    fn width(&self) -> usize;

    /// The cell at a position, borrowed from the row.
    ///
    /// # Errors
    /// When there is no such position, or the bytes are not what their type says.
    fn cell(&mut self, index: usize) -> Result<Cell<'_>, DecodeError>;

    /// The column's name, for error texts and for raw SQL.
    fn name(&self, index: usize) -> Cow<'_, str>;
}

/// A row, read from left to right.
pub struct RowReader<'a> {
    source: &'a mut dyn CellSource,
    next: usize,
    scales: Option<&'a [Option<u32>]>,
    map: Option<&'a [usize]>,
}

/// The type as which a value is read, and whether it may be NULL.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ReadType {
    /// The type without NULL.
    pub data_type: DataType,
    /// It may be NULL.
    pub nullable: bool,
}

impl ReadType {
    /// That of a Rust type.
    #[must_use]
    pub const fn of<T: Sql>() -> ReadType {
        ReadType {
            data_type: <T::Base as Scalar>::TYPE,
            nullable: T::NULLABLE,
        }
    }

    /// Whether every value of a column of that type can be read so, numbers that are too large aside.
    pub(crate) fn reads(self, data_type: DataType, nullable: bool) -> bool {
        use DataType::{Enum, F32, F64, I8, I16, I32, I64, Text, U8, U16, U32, U64};
        let whole = |of| matches!(of, I8 | I16 | I32 | I64 | U8 | U16 | U32 | U64);
        let float = |of| matches!(of, F32 | F64);
        let (from, to) = (data_type, self.data_type);
        let fits = from == to || whole(from) && whole(to) || float(from) && float(to);
        (!nullable || self.nullable) && (fits || matches!((from, to), (Enum(_), Text)))
    }
}

/// A struct or tuple made from a result row of any shape (`#[derive(FromRow)]`).
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be made from a result row",
    label = "not a row type",
    note = "use a tuple of column types, or a struct with `#[derive(FromRow)]`"
)]
pub trait FromRow: Sized + Send + 'static {
    /// The names of the columns it wants, in the order in which it reads them; `None` when it reads by position.
    const FIELDS: Option<&'static [&'static str]>;
    /// The types as which it reads them, in the same order, where it tells.
    const TYPES: &'static [ReadType] = &[];
    /// How many columns the result must have; `None` for those that are found by name, beside which others may stand.
    const WIDTH: Option<usize> = None;

    /// Reads its columns, in order.
    ///
    /// # Errors
    /// `Decode` when a cell does not fit; it names the column.
    fn from_row(row: &mut RowReader<'_>) -> Result<Self>;
}

impl<'a> RowReader<'a> {
    /// A reader at the first column.
    pub fn new(source: &'a mut dyn CellSource) -> Self {
        RowReader {
            source,
            next: 0,
            scales: None,
            map: None,
        }
    }

    /// Says at which positions whole numbers stand for decimals, and at what scale (databases without a decimal type).
    #[must_use]
    pub fn with_scales(mut self, scales: Option<&'a [Option<u32>]>) -> Self {
        self.scales = scales;
        self
    }

    /// Reads one thing through a map, from its first position on.
    ///
    /// # Errors
    /// What `read` says.
    #[inline]
    pub fn mapped<T>(&mut self, map: &[usize], read: fn(&mut RowReader<'_>) -> Result<T>) -> Result<T> {
        read(&mut RowReader {
            source: &mut *self.source,
            next: 0,
            scales: self.scales,
            map: Some(map),
        })
    }

    /// How many columns the row has.
    #[must_use]
    pub fn width(&self) -> usize {
        self.source.width()
    }

    /// The name of a column.
    #[must_use]
    pub fn name(&self, index: usize) -> Cow<'_, str> {
        self.source.name(index)
    }

    /// Where [`read`](RowReader::read) goes on.
    #[must_use]
    pub const fn position(&self) -> usize {
        self.next
    }

    /// Goes on at another column.
    pub const fn seek(&mut self, index: usize) {
        self.next = index;
    }

    /// The next column, as an expression's type.
    ///
    /// # Errors
    /// `Decode` when the cell does not fit; it names the column.
    #[inline]
    pub fn read<T: Sql>(&mut self) -> Result<T> {
        let index = self.next;
        self.next += 1;
        self.convert(index, T::decode)
    }

    /// The next column, as a model's field.
    ///
    /// # Errors
    /// `Decode` when the cell does not fit; it names the column.
    #[inline]
    pub fn field<F: Field>(&mut self) -> Result<F> {
        self.read_by(F::read)
    }

    /// The next column, made by a function: `row.read_by(<i32 as Field>::read)`.
    ///
    /// # Errors
    /// `Decode` when the cell does not fit; it names the column.
    #[inline]
    pub fn read_by<T>(&mut self, make: impl FnOnce(Cell<'_>) -> Result<T, DecodeError>) -> Result<T> {
        let index = self.next;
        self.next += 1;
        self.convert(index, make)
    }

    /// A column by position, as an expression's type.
    ///
    /// # Errors
    /// `Decode` when the cell does not fit; it names the column.
    #[inline]
    pub fn get<T: Sql>(&mut self, index: usize) -> Result<T> {
        self.convert(index, T::decode)
    }

    /// The column at a position as text, if it is text or a number; for plans and other output for people.
    pub fn text(&mut self, index: usize) -> Option<String> {
        match self.source.cell(index).ok()? {
            Cell::Text(s) | Cell::Json(s) => Some(s.to_owned()),
            Cell::Bytes(b) => std::str::from_utf8(b).ok().map(str::to_owned),
            Cell::Int(n) => Some(n.to_string()),
            Cell::UInt(n) => Some(n.to_string()),
            Cell::F64(n) => Some(n.to_string()),
            _ => None,
        }
    }

    /// Whether the column at a position is NULL.
    ///
    /// # Errors
    /// `Decode` when there is no such column.
    pub fn is_null(&mut self, index: usize) -> Result<bool> {
        self.convert(index, |cell| Ok(matches!(cell, Cell::Null)))
    }

    #[inline]
    fn convert<T>(
        &mut self,
        index: usize,
        make: impl FnOnce(Cell<'_>) -> Result<T, DecodeError>,
    ) -> Result<T> {
        let index = match self.map {
            Some(map) => map.get(index).copied().unwrap_or(usize::MAX),
            None => index,
        };
        let scale = self.scales.and_then(|s| s.get(index).copied().flatten());
        let made = match self.source.cell(index) {
            Ok(cell) => make(match scale {
                Some(scale) => unscale(cell, scale),
                None => cell,
            }),
            Err(e) => Err(e),
        };
        made.map_err(|e| self.failed(index, e))
    }

    #[cold]
    fn failed(&self, index: usize, e: DecodeError) -> Error {
        let name = self.source.name(index).into_owned();
        Error::new(
            ErrorKind::Decode,
            "a value of the database does not fit its Rust type",
        )
        .with_columns(vec![name])
        .with_source(e)
    }
}

/// A whole number that stands for a decimal; wide ones are 16 bytes, ordered like the numbers.
fn unscale(cell: Cell<'_>, scale: u32) -> Cell<'_> {
    match cell {
        Cell::Int(n) => Cell::Decimal(DecimalParts {
            mantissa: i128::from(n),
            scale,
        }),
        Cell::Bytes(bytes) => match <[u8; 16]>::try_from(bytes) {
            Ok(b) => Cell::Decimal(DecimalParts {
                mantissa: i128::from_be_bytes(b) ^ i128::MIN,
                scale,
            }),
            Err(_) => cell,
        },
        other => other,
    }
}

/// Parameters read as a row: for keys that are known before they are stored.
pub(crate) struct ValueRow<'a>(&'a [super::Value]);

impl<'a> ValueRow<'a> {
    pub(crate) const fn new(values: &'a [super::Value]) -> Self {
        ValueRow(values)
    }
}

impl CellSource for ValueRow<'_> {
    fn width(&self) -> usize {
        self.0.len()
    }

    fn cell(&mut self, index: usize) -> Result<Cell<'_>, DecodeError> {
        use super::Value;
        Ok(match self.0.get(index) {
            None => return Err(DecodeError::new("there is no such column")),
            Some(Value::Null(_)) => Cell::Null,
            Some(Value::Bool(b)) => Cell::Bool(*b),
            Some(Value::I16(n)) => Cell::Int(i64::from(*n)),
            Some(Value::I32(n)) => Cell::Int(i64::from(*n)),
            Some(Value::I64(n)) => Cell::Int(*n),
            Some(Value::U64(n)) => Cell::UInt(*n),
            Some(Value::F32(n)) => Cell::F32(*n),
            Some(Value::F64(n)) => Cell::F64(*n),
            Some(Value::Text(s)) => Cell::Text(s),
            Some(Value::Bytes(b)) => Cell::Bytes(b),
            Some(Value::Date(d)) => Cell::Date(*d),
            Some(Value::Time(t)) => Cell::Time(*t),
            Some(Value::DateTime(t)) => Cell::DateTime(*t),
            Some(Value::Timestamp(t)) => Cell::Timestamp(*t),
            Some(Value::Uuid(b)) => Cell::Uuid(*b),
            Some(Value::Decimal(d)) => Cell::Decimal(*d),
            Some(Value::Json(s)) => Cell::Json(s),
            Some(Value::Array(..) | Value::NewId(_)) => return Err(DecodeError::new("no key")),
        })
    }

    fn name(&self, index: usize) -> Cow<'_, str> {
        Cow::Owned(format!("key column {index}"))
    }
}

macro_rules! tuples {
    ($($t:ident),*) => {
        impl<$($t: Sql),*> FromRow for ($($t,)*) {
            const FIELDS: Option<&'static [&'static str]> = None;
            const WIDTH: Option<usize> = Some([$(stringify!($t)),*].len());

            fn from_row(row: &mut RowReader<'_>) -> Result<Self> {
                Ok(($(row.read::<$t>()?,)*))
            }
        }
    };
}

tuples!(A);
tuples!(A, B);
tuples!(A, B, C);
tuples!(A, B, C, D);
tuples!(A, B, C, D, E);
tuples!(A, B, C, D, E, F);
tuples!(A, B, C, D, E, F, G);
tuples!(A, B, C, D, E, F, G, H);
tuples!(A, B, C, D, E, F, G, H, I);
tuples!(A, B, C, D, E, F, G, H, I, J);
tuples!(A, B, C, D, E, F, G, H, I, J, K);
tuples!(A, B, C, D, E, F, G, H, I, J, K, L);
tuples!(A, B, C, D, E, F, G, H, I, J, K, L, M);
tuples!(A, B, C, D, E, F, G, H, I, J, K, L, M, N);
tuples!(A, B, C, D, E, F, G, H, I, J, K, L, M, N, O);
tuples!(A, B, C, D, E, F, G, H, I, J, K, L, M, N, O, P);
