//! A column at its place in a table and a dialect, and how error texts speak of it.

use super::facts::{Facts, facts};
use crate::error::{Error, Result};
use crate::model::{ColumnDef, TableDef};
use crate::sql::{Dialect, quote_into};

/// A column at its place.
#[derive(Clone, Copy)]
pub(super) struct Place {
    pub(super) dialect: Dialect,
    pub(super) facts: &'static Facts,
    pub(super) table: &'static TableDef,
    pub(super) index: usize,
    pub(super) column: &'static ColumnDef,
}

impl Place {
    /// The column at a position.
    ///
    /// # Errors
    /// `Invalid` when there is none.
    pub(super) fn new(dialect: Dialect, table: &'static TableDef, index: usize) -> Result<Self> {
        Ok(Place {
            dialect,
            facts: facts(dialect),
            table,
            index,
            column: column(table, index)?,
        })
    }

    /// The column's name in quotes.
    ///
    /// # Errors
    /// `Invalid` for a name that no database takes.
    pub(super) fn quoted(&self) -> Result<String> {
        let mut out = String::new();
        quote_into(&mut out, self.dialect, &[self.column.prefix, self.column.name])?;
        Ok(out)
    }

    /// Something that a model says wrongly about this column. `problem` goes on after the field's name.
    pub(super) fn invalid(&self, problem: impl std::fmt::Display) -> Error {
        Error::invalid(format!("`{}.{}` {problem}", self.table.model, self.column.field))
            .with_table(self.table.name)
            .with_columns(vec![self.column.full_name()])
    }

    /// Something that this database lacks.
    pub(super) fn unsupported(&self, problem: impl std::fmt::Display) -> Error {
        Error::unsupported(format!("`{}.{}` {problem}", self.table.model, self.column.field))
            .with_table(self.table.name)
            .with_columns(vec![self.column.full_name()])
    }
}

/// The column at a position.
///
/// # Errors
/// `Invalid` when there is none.
pub(super) fn column(table: &'static TableDef, index: usize) -> Result<&'static ColumnDef> {
    table.columns.get(index).ok_or_else(|| {
        Error::invalid(format!(
            "{} has no column at position {index}, which a key or an index of it names",
            describe(table)
        ))
        .with_table(table.name)
    })
}

/// `Book` (of `shop::models`): how error texts name a model.
pub(super) fn describe(table: &TableDef) -> String {
    format!("`{}` (of `{}`)", table.model, table.module)
}
