//! Rows of PostgreSQL as a `CellSource`: how each column is read is decided on the first row of a result.

use std::borrow::Cow;
use std::panic::AssertUnwindSafe;

use sqlx::postgres::types::Oid;
use sqlx::postgres::{PgQueryResult, PgRow, PgTypeInfo, PgTypeKind, PgValueFormat};
use sqlx::{Column, Row, TypeInfo, ValueRef};

use super::{binary, oids, text};
use crate::driver::wire::{RowDecoder, Target};
use crate::error::{Error, ErrorKind, Result};
use crate::value::{Cell, CellSource, DecodeError, RowReader};

/// How the values of one column are read.
#[derive(Clone, Copy)]
enum Codec {
    Binary(binary::Read),
    BinaryArray(u32),
    Text(u32),
    TextArray(u32),
    /// Binary values of a type that we do not know.
    Unknown,
}

/// How the columns of the current result are read, and room for values that must be unescaped. Kept from one
/// statement to the next, for its memory.
#[derive(Default)]
pub(super) struct Plan {
    columns: Vec<Codec>,
    scratch: Vec<u8>,
}

impl Plan {
    fn make(&mut self, row: &PgRow) {
        self.columns.clear();
        let binary = row
            .try_get_raw(0)
            .is_ok_and(|v| v.format() == PgValueFormat::Binary);
        let columns = row.columns().iter();
        self.columns.extend(columns.map(|column| {
            if binary {
                binary_codec(column.type_info())
            } else {
                text_codec(column.type_info())
            }
        }));
    }
}

/// A type that the wire library could not look up: asking it for more would panic.
fn is_unresolved(t: &PgTypeInfo) -> bool {
    t.name() == "?"
}

/// The built-in type as which a scalar is read: enums as their label, domains as what they stand for.
fn scalar_oid(t: &PgTypeInfo) -> Option<u32> {
    if let Some(Oid(oid)) = t.oid()
        && binary::reader(oid).is_some()
    {
        return Some(oid);
    }
    if is_unresolved(t) {
        return None;
    }
    match t.kind() {
        PgTypeKind::Enum(_) => Some(oids::TEXT),
        PgTypeKind::Domain(base) => scalar_oid(base),
        _ if t.name().eq_ignore_ascii_case("citext") => Some(oids::TEXT),
        _ => None,
    }
}

/// The built-in type as which the elements of an array are read.
fn element_oid(t: &PgTypeInfo) -> Option<u32> {
    if let Some(element) = t.oid().and_then(|Oid(oid)| oids::element_of(oid)) {
        return Some(element);
    }
    if is_unresolved(t) {
        return None;
    }
    match t.kind() {
        PgTypeKind::Array(element) => scalar_oid(element),
        PgTypeKind::Domain(base) => element_oid(base),
        _ => None,
    }
}

fn binary_codec(t: &PgTypeInfo) -> Codec {
    match scalar_oid(t).and_then(binary::reader) {
        Some(read) => Codec::Binary(read),
        None => element_oid(t).map_or(Codec::Unknown, Codec::BinaryArray),
    }
}

fn text_codec(t: &PgTypeInfo) -> Codec {
    let oid = t.oid().map_or(oids::UNKNOWN, |Oid(oid)| oid);
    oids::element_of(oid).map_or(Codec::Text(oid), Codec::TextArray)
}

/// One row, read by position.
struct PgSource<'a> {
    row: &'a PgRow,
    columns: &'a [Codec],
    scratch: &'a mut Vec<u8>,
}

impl CellSource for PgSource<'_> {
    fn width(&self) -> usize {
        self.columns.len()
    }

    #[inline]
    fn cell(&mut self, index: usize) -> std::result::Result<Cell<'_>, DecodeError> {
        let (Some(codec), Ok(value)) = (self.columns.get(index), self.row.try_get_raw(index)) else {
            return Err(DecodeError::new("the result has no such column"));
        };
        if value.is_null() {
            return Ok(Cell::Null);
        }
        let bytes = value.as_bytes().unwrap_or_default();
        match *codec {
            Codec::Binary(read) => read(bytes),
            Codec::BinaryArray(element) => binary::array(element, bytes),
            Codec::Text(oid) => text::cell(oid, None, bytes, self.scratch),
            Codec::TextArray(element) => text::cell(0, Some(element), bytes, self.scratch),
            Codec::Unknown => Err(unknown(self.row, index)),
        }
    }

    fn name(&self, index: usize) -> Cow<'_, str> {
        match self.row.columns().get(index) {
            Some(column) => Cow::Borrowed(column.name()),
            None => Cow::Owned(format!("#{index}")),
        }
    }
}

#[cold]
fn unknown(row: &PgRow, index: usize) -> DecodeError {
    let name = match row.columns().get(index).map(|c| c.type_info()) {
        Some(t) if is_unresolved(t) => format!("number {}", t.oid().map_or(0, |o| o.0)),
        Some(t) => format!("`{}`", t.name()),
        None => "unknown".to_owned(),
    };
    DecodeError::new(format!(
        "a value of the PostgreSQL type {name}, which has no Rust type here: select it as text (`::text`)"
    ))
}

/// Gives rows to a sink.
pub(super) struct Rows<'a> {
    plan: &'a mut Plan,
    scales: Option<&'a [Option<u32>]>,
    /// The next row is the first of its result.
    first: bool,
    /// What the server counted.
    pub(super) affected: u64,
}

impl<'a> Rows<'a> {
    pub(super) fn new(plan: &'a mut Plan, scales: Option<&'a [Option<u32>]>) -> Self {
        Rows {
            plan,
            scales,
            first: true,
            affected: 0,
        }
    }
}

impl RowDecoder for Rows<'_> {
    type Row = PgRow;
    type Report = PgQueryResult;

    fn row(&mut self, row: &PgRow, target: &mut Target) -> Result<()> {
        if !is_whole(row) {
            return Err(Error::new(
                ErrorKind::Database,
                "the server sent a row that is shorter than it said",
            )
            .with_poison(true)
            .with_retire(true));
        }
        if std::mem::replace(&mut self.first, false) {
            self.plan.make(row);
        }
        let mut source = PgSource {
            row,
            columns: &self.plan.columns,
            scratch: &mut self.plan.scratch,
        };
        let (sink, named) = target.next_row();
        if !named {
            sink.columns(&RowReader::new(&mut source))?;
        }
        sink.row(&mut RowReader::new(&mut source).with_scales(self.scales))
    }

    fn report(&mut self, report: PgQueryResult) {
        self.affected = self.affected.saturating_add(report.rows_affected());
        self.first = true;
    }
}

/// The wire library takes the server's word for the number of values and for the length of the last: a row that is
/// shorter makes it panic, which the last value shows for all of them.
fn is_whole(row: &PgRow) -> bool {
    let Some(last) = row.columns().len().checked_sub(1) else {
        return true;
    };
    std::panic::catch_unwind(AssertUnwindSafe(|| row.try_get_raw(last).is_ok())).unwrap_or(false)
}
