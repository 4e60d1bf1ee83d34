//! Rows of MySQL as a `CellSource`: how each column is read is decided on the first row of a result.

use std::borrow::Cow;

use sqlx::mysql::{MySql, MySqlColumn, MySqlQueryResult, MySqlRow};
use sqlx::{Column, Decode, Row, Type, TypeInfo};

use super::decode::{self, Kind};
use crate::driver::wire::{RowDecoder, Target};
use crate::error::Result;
use crate::value::{Cell, CellSource, DecodeError, RowReader};

/// How the values of a column are read. Types are compared by class, as MariaDB calls JSON and UUID by other names.
fn kind(column: &MySqlColumn) -> Kind {
    let t = column.type_info();
    // Text or bytes: the collation decides, and this question is the public way to it.
    let text_or_bytes = || match <str as Type<MySql>>::compatible(t) {
        true => Kind::Text,
        false => Kind::Bytes,
    };
    match t.name() {
        // `TINYINT(1)` of either sign has this name.
        "BOOLEAN" if *t == <u8 as Type<MySql>>::type_info() => Kind::Unsigned,
        "BOOLEAN" | "TINYINT" | "SMALLINT" | "MEDIUMINT" | "INT" | "BIGINT" => Kind::Signed,
        "TINYINT UNSIGNED" | "SMALLINT UNSIGNED" | "MEDIUMINT UNSIGNED" | "INT UNSIGNED"
        | "BIGINT UNSIGNED" | "YEAR" => Kind::Unsigned,
        "FLOAT" => Kind::Float,
        "DOUBLE" => Kind::Double,
        "DECIMAL" => Kind::Decimal,
        "DATE" => Kind::Date,
        "TIME" => Kind::Time,
        "DATETIME" => Kind::DateTime,
        "TIMESTAMP" => Kind::Timestamp,
        "BIT" => Kind::Bit,
        "JSON" => Kind::Json,
        "ENUM" | "SET" => Kind::Text,
        "NULL" => Kind::Null,
        _ => text_or_bytes(),
    }
}

/// The bytes of a value of any type; `None` for NULL. `is_null` would also be true for zero dates.
#[inline]
pub(super) fn bytes_of(row: &MySqlRow, index: usize) -> Option<&[u8]> {
    row.try_get_raw(index)
        .ok()
        .and_then(|value| <&[u8] as Decode<MySql>>::decode(value).ok())
}

/// One row, read by position.
struct MySqlSource<'a> {
    row: &'a MySqlRow,
    columns: &'a [Kind],
    binary: bool,
}

impl CellSource for MySqlSource<'_> {
    fn width(&self) -> usize {
        self.columns.len()
    }

    #[inline]
    fn cell(&mut self, index: usize) -> std::result::Result<Cell<'_>, DecodeError> {
        let Some(kind) = self.columns.get(index) else {
            return Err(DecodeError::new("the result has no such column"));
        };
        match bytes_of(self.row, index) {
            None => Ok(Cell::Null),
            Some(bytes) if self.binary => decode::binary(*kind, bytes),
            Some(bytes) => decode::text(*kind, bytes),
        }
    }

    fn name(&self, index: usize) -> Cow<'_, str> {
        match self.row.columns().get(index) {
            Some(column) => Cow::Borrowed(column.name()),
            None => Cow::Owned(format!("#{index}")),
        }
    }
}

/// Gives rows to a sink.
pub(super) struct Rows<'a> {
    columns: &'a mut Vec<Kind>,
    scales: Option<&'a [Option<u32>]>,
    binary: bool,
    /// The next row is the first of its result.
    first: bool,
    /// What the server counted.
    pub(super) affected: u64,
    /// The first key that the server made.
    pub(super) last_insert_id: Option<i64>,
}

impl<'a> Rows<'a> {
    /// The columns' room is kept from one statement to the next, for its memory.
    pub(super) fn new(columns: &'a mut Vec<Kind>, scales: Option<&'a [Option<u32>]>, binary: bool) -> Self {
        Rows {
            columns,
            scales,
            binary,
            first: true,
            affected: 0,
            last_insert_id: None,
        }
    }
}

impl RowDecoder for Rows<'_> {
    type Row = MySqlRow;
    type Report = MySqlQueryResult;

    fn row(&mut self, row: &MySqlRow, target: &mut Target) -> Result<()> {
        if std::mem::replace(&mut self.first, false) {
            self.columns.clear();
            self.columns.extend(row.columns().iter().map(kind));
        }
        let mut source = MySqlSource {
            row,
            columns: self.columns,
            binary: self.binary,
        };
        let (sink, named) = target.next_row();
        if !named {
            sink.columns(&RowReader::new(&mut source))?;
        }
        sink.row(&mut RowReader::new(&mut source).with_scales(self.scales))
    }

    fn report(&mut self, report: MySqlQueryResult) {
        self.affected = self.affected.saturating_add(report.rows_affected());
        self.first = true;
        if self.last_insert_id.is_none() && report.last_insert_id() != 0 {
            self.last_insert_id = i64::try_from(report.last_insert_id()).ok();
        }
    }
}
