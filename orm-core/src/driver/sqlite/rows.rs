//! Rows of a statement as cells, borrowed from SQLite for the time of one call.

use std::borrow::Cow;

use rusqlite::types::ValueRef;
use rusqlite::{Row, Statement};

use crate::value::{Cell, CellSource, DecodeError};

/// The current row of a statement.
pub(super) struct Cells<'a, 'stmt> {
    row: &'a Row<'stmt>,
    width: usize,
    /// Roughly how many bytes were read from the row.
    pub(super) bytes: usize,
}

impl<'a, 'stmt> Cells<'a, 'stmt> {
    /// A row of so many columns.
    pub(super) const fn new(row: &'a Row<'stmt>, width: usize) -> Self {
        Cells { row, width, bytes: 0 }
    }
}

impl CellSource for Cells<'_, '_> {
    fn width(&self) -> usize {
        self.width
    }

    #[inline]
    fn cell(&mut self, index: usize) -> Result<Cell<'_>, DecodeError> {
        let value = self
            .row
            .get_ref(index)
            .map_err(|_| no_column(index, self.width))?;
        Ok(match value {
            ValueRef::Null => Cell::Null,
            ValueRef::Integer(n) => Cell::Int(n),
            ValueRef::Real(n) => Cell::F64(n),
            ValueRef::Text(bytes) => {
                self.bytes += bytes.len();
                match std::str::from_utf8(bytes) {
                    Ok(text) => Cell::Text(text),
                    Err(_) => return Err(DecodeError::new("text that is not UTF-8")),
                }
            }
            ValueRef::Blob(bytes) => {
                self.bytes += bytes.len();
                Cell::Bytes(bytes)
            }
        })
    }

    fn name(&self, index: usize) -> Cow<'_, str> {
        name(self.row.as_ref(), index)
    }
}

/// The columns of a statement that gave no row.
pub(super) struct Names<'a, 'stmt>(pub(super) &'a Statement<'stmt>);

impl CellSource for Names<'_, '_> {
    fn width(&self) -> usize {
        self.0.column_count()
    }

    fn cell(&mut self, _: usize) -> Result<Cell<'_>, DecodeError> {
        Err(DecodeError::new("no row where one is expected"))
    }

    fn name(&self, index: usize) -> Cow<'_, str> {
        name(self.0, index)
    }
}

fn name<'a>(statement: &'a Statement<'_>, index: usize) -> Cow<'a, str> {
    match statement.column_name(index) {
        Ok(name) => Cow::Borrowed(name),
        Err(_) => Cow::Owned(format!("column {}", index.saturating_add(1))),
    }
}

#[cold]
fn no_column(index: usize, width: usize) -> DecodeError {
    DecodeError::new(format!(
        "no column at position {}: the row has {width}",
        index.saturating_add(1)
    ))
}
