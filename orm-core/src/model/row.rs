//! The trait that the derive implements, and a row on its way into an INSERT.

use super::{Embedded, Id, Keyed, TableDef};
use crate::error::Result;
use crate::value::{DataType, Field, RowReader, Slot, Value, json_text};

/// A struct that is a table: implemented by `#[derive(Model)]`.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a model",
    label = "not a model",
    note = "add `#[derive(Model)]` to it"
)]
pub trait Table: Keyed + Send + Sync {
    /// The description of the table.
    fn table() -> &'static TableDef;

    /// Reads a row whose columns are the table's, in order, from the reader's position on.
    ///
    /// # Errors
    /// `Decode` when a cell does not fit; it names the column.
    fn read(row: &mut RowReader<'_>) -> Result<Self>;

    /// Writes every column, in order.
    fn write(&self, row: &mut RowWriter);

    /// The row's key.
    fn id(&self) -> Id<Self>;
}

/// The description of a model's table, as a function that constants can hold.
#[must_use]
pub fn table_of<M: Table>() -> &'static TableDef {
    M::table()
}

/// Rows on their way into the database: a slot for each column, in order, row after row.
#[derive(Debug, Default)]
pub struct RowWriter {
    slots: Vec<Slot>,
}

impl RowWriter {
    /// An empty row with room for so many columns.
    #[must_use]
    pub fn with_capacity(columns: usize) -> Self {
        RowWriter {
            slots: Vec::with_capacity(columns),
        }
    }

    /// The next column.
    pub fn field<F: Field>(&mut self, field: &F) {
        self.push(field.slot());
    }

    /// The next column, as it goes into an INSERT.
    pub fn push(&mut self, slot: Slot) {
        self.slots.push(slot);
    }

    /// The next column, of any serde type (`#[orm(json)]`).
    pub fn json<T: serde::Serialize>(&mut self, value: &T) {
        self.slots.push(Slot::Value(Value::Json(json_text(value))));
    }

    /// The next column, of any serde type or NULL.
    pub fn json_option<T: serde::Serialize>(&mut self, value: &Option<T>) {
        self.slots.push(Slot::Value(match value {
            Some(value) => Value::Json(json_text(value)),
            None => Value::Null(DataType::Json),
        }));
    }

    /// The next columns, of an embedded struct.
    pub fn embed<E: Embedded>(&mut self, embedded: &E) {
        embedded.write(self);
    }

    /// The columns written so far.
    #[must_use]
    pub fn slots(&self) -> &[Slot] {
        &self.slots
    }

    /// The columns written from this one on, to be changed.
    pub(crate) fn slots_from(&mut self, start: usize) -> &mut [Slot] {
        self.slots.get_mut(start..).unwrap_or_default()
    }

    /// The columns written.
    #[must_use]
    pub fn into_slots(self) -> Vec<Slot> {
        self.slots
    }
}
