//! Typed columns: a constant for each field.

use std::marker::PhantomData;

use super::{ColumnDef, Table};
use crate::value::Field;

/// A column of model `M` with values of type `T`: `Book::title`.
///
/// It is a position in the model's table; its operators are those of every expression.
pub struct Column<M, T> {
    index: usize,
    marker: PhantomData<fn() -> (M, T)>,
}

impl<M, T> Column<M, T> {
    /// The column at a position of the table. The derive calls this.
    #[must_use]
    pub const fn at(index: usize) -> Self {
        Column {
            index,
            marker: PhantomData,
        }
    }

    /// The column's position in its table.
    #[must_use]
    pub const fn index(&self) -> usize {
        self.index
    }
}

impl<M: Table, T> Column<M, T> {
    /// The column's description.
    #[must_use]
    pub fn def(&self) -> &'static ColumnDef {
        &M::table().columns[self.index]
    }
}

impl<M, T> Clone for Column<M, T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<M, T> Copy for Column<M, T> {}

impl<M: Table, T> std::fmt::Debug for Column<M, T> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}::{}", M::table().model, self.def().field)
    }
}

/// The constant of a field of type `F` in model `M`.
pub type ColumnOf<M, F> = Column<M, <F as Field>::Sql>;

/// A struct whose fields are columns of the table it is embedded in (`#[derive(Embed)]`).
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be embedded",
    label = "not an embedded struct",
    note = "add `#[derive(Embed)]` to it"
)]
pub trait Embedded: Sized {
    /// Its columns, without a prefix.
    const COLUMNS: &'static [ColumnDef];

    /// Reads its fields.
    ///
    /// # Errors
    /// `Decode` when a cell does not fit.
    fn read(row: &mut crate::value::RowReader<'_>) -> crate::error::Result<Self>;

    /// Writes its fields.
    fn write(&self, row: &mut super::RowWriter);
}

/// The place of an embedded struct in a table: `Customer::address.get(Address::city)`.
pub struct EmbedColumn<M, E> {
    offset: usize,
    marker: PhantomData<fn() -> (M, E)>,
}

impl<M, E> EmbedColumn<M, E> {
    /// The embedded struct whose columns begin at a position. The derive calls this.
    #[must_use]
    pub const fn at(offset: usize) -> Self {
        EmbedColumn {
            offset,
            marker: PhantomData,
        }
    }

    /// A column of the embedded struct, as a column of the table.
    #[must_use]
    pub const fn get<T>(&self, column: Column<E, T>) -> Column<M, T> {
        Column::at(self.offset + column.index)
    }
}

impl<M: Table, E: Embedded> EmbedColumn<M, E> {
    /// The columns' descriptions.
    pub(crate) fn columns(&self) -> &'static [ColumnDef] {
        let table = M::table();
        table
            .columns
            .get(self.offset..self.offset + E::COLUMNS.len())
            .unwrap_or_default()
    }
}

impl<M, E> Clone for EmbedColumn<M, E> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<M, E> Copy for EmbedColumn<M, E> {}
