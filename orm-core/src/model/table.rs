//! The description of a table: `'static` data that the derive writes and everything else reads.

use std::sync::{Arc, OnceLock};

use super::column_def::is_plain;
use super::{CheckDef, ColumnDef, ForeignKeyDef, IndexDef};
use crate::value::DataType;

/// A table, as its model describes it. The only description there is.
#[derive(Debug)]
#[non_exhaustive]
pub struct TableDef {
    /// The model's Rust name.
    pub model: &'static str,
    /// The module in which the model stands, from its crate's name on.
    pub module: &'static str,
    /// The schema (PostgreSQL) or database (MySQL), if it is not the connection's own.
    pub schema: Option<&'static str>,
    /// The table's name.
    pub name: &'static str,
    /// The columns, in field order.
    pub columns: &'static [ColumnDef],
    /// The primary key's columns, as positions in `columns`.
    pub primary_key: &'static [usize],
    /// Whether the database makes the key of a new row.
    pub generated_key: bool,
    /// The foreign keys.
    pub foreign_keys: &'static [ForeignKeyDef],
    /// Indexes and unique constraints, those of single columns included.
    pub indexes: &'static [IndexDef],
    /// Check constraints.
    pub checks: &'static [CheckDef],
    /// Relations in either direction.
    pub relations: &'static [RelationDefRef],
    /// The table's former name.
    pub renamed_from: Option<&'static str>,
    /// The column that hides a row when it is not NULL.
    pub soft_delete: Option<usize>,
    /// The column that says whose row it is.
    pub tenant: Option<usize>,
    /// The column that counts the row's writes.
    pub version: Option<usize>,
    /// Other tables that a write to this one changes (triggers).
    pub also_writes: &'static [fn() -> &'static TableDef],
    /// Whether migrations make and change the table.
    pub managed: bool,
    /// The name can be put in quotes as it is.
    pub(crate) plain: bool,
    /// Whether a column is set to the present moment by each write.
    pub(crate) touches: bool,
    /// Whether a column's values are kept out of logs.
    pub(crate) redacts: bool,
    /// What is written of the table again and again.
    pub(crate) texts: TableTexts,
}

/// Text that is the same in every statement of one dialect, made at first use.
#[derive(Debug)]
pub(crate) struct TableTexts {
    /// The list of all columns, for each dialect.
    pub(crate) columns: [OnceLock<Box<str>>; 4],
    /// The SELECT of a row by its key, for each dialect.
    pub(crate) by_key: [OnceLock<(Arc<str>, Scales)>; 4],
}

/// At which positions of a result row whole numbers stand for decimals, and at what scale.
type Scales = Option<Arc<[Option<u32>]>>;

type RelationDefRef = super::RelationDef;

impl TableDef {
    /// An empty table. The derive fills the fields in.
    #[must_use]
    pub const fn new(model: &'static str, module: &'static str, name: &'static str) -> Self {
        TableDef {
            model,
            module,
            schema: None,
            name,
            columns: &[],
            primary_key: &[],
            generated_key: false,
            foreign_keys: &[],
            indexes: &[],
            checks: &[],
            relations: &[],
            renamed_from: None,
            soft_delete: None,
            tenant: None,
            version: None,
            also_writes: &[],
            managed: true,
            plain: is_plain(name) && !name.is_empty(),
            touches: false,
            redacts: false,
            texts: TableTexts {
                columns: [const { OnceLock::new() }; 4],
                by_key: [const { OnceLock::new() }; 4],
            },
        }
    }

    /// In that schema.
    #[must_use]
    pub const fn schema(mut self, schema: &'static str) -> Self {
        self.schema = Some(schema);
        self
    }

    /// With these columns, of which those at `key` are the primary key.
    ///
    /// # Panics
    /// While compiling, when a decimal column does not say how many digits it has.
    #[must_use]
    pub const fn columns(mut self, columns: &'static [ColumnDef], key: &'static [usize]) -> Self {
        let mut i = 0;
        while i < columns.len() {
            assert!(
                !matches!(columns[i].data_type, DataType::Decimal)
                    || columns[i].precision.is_some()
                    || columns[i].sql_type.is_some(),
                "a decimal column needs its digits: `#[orm(precision = 10, scale = 2)]`"
            );
            self.touches |= columns[i].touch;
            self.redacts |= columns[i].redact;
            i += 1;
        }
        self.columns = columns;
        self.primary_key = key;
        self
    }

    /// The database makes the key of a new row.
    #[must_use]
    pub const fn generated_key(mut self, generated: bool) -> Self {
        self.generated_key = generated;
        self
    }

    /// With these foreign keys.
    #[must_use]
    pub const fn foreign_keys(mut self, keys: &'static [ForeignKeyDef]) -> Self {
        self.foreign_keys = keys;
        self
    }

    /// With these indexes and unique constraints.
    #[must_use]
    pub const fn indexes(mut self, indexes: &'static [IndexDef]) -> Self {
        self.indexes = indexes;
        self
    }

    /// With these checks.
    #[must_use]
    pub const fn checks(mut self, checks: &'static [CheckDef]) -> Self {
        self.checks = checks;
        self
    }

    /// With these relations.
    #[must_use]
    pub const fn relations(mut self, relations: &'static [super::RelationDef]) -> Self {
        self.relations = relations;
        self
    }

    /// Formerly of that name.
    #[must_use]
    pub const fn renamed_from(mut self, name: &'static str) -> Self {
        self.renamed_from = Some(name);
        self
    }

    /// Rows whose column at this position is not NULL are hidden.
    #[must_use]
    pub const fn soft_delete(mut self, column: usize) -> Self {
        self.soft_delete = Some(column);
        self
    }

    /// The column at this position says whose row it is.
    #[must_use]
    pub const fn tenant(mut self, column: usize) -> Self {
        self.tenant = Some(column);
        self
    }

    /// The column at this position counts the row's writes.
    ///
    /// # Panics
    /// While compiling, when the column is no integer.
    #[must_use]
    pub const fn version(mut self, column: usize) -> Self {
        assert!(
            self.columns[column].data_type.is_integer() && !self.columns[column].nullable,
            "`#[orm(version)]` needs an integer field"
        );
        self.version = Some(column);
        self
    }

    /// A write to this table changes these, too.
    #[must_use]
    pub const fn also_writes(mut self, tables: &'static [fn() -> &'static TableDef]) -> Self {
        self.also_writes = tables;
        self
    }

    /// Migrations leave the table alone.
    #[must_use]
    pub const fn unmanaged(mut self) -> Self {
        self.managed = false;
        self
    }

    /// Whether the column at this position is part of the primary key.
    #[must_use]
    pub fn is_key(&self, column: usize) -> bool {
        self.primary_key.contains(&column)
    }

    /// The position of the column with this name in the database.
    #[must_use]
    pub fn position(&self, name: &str) -> Option<usize> {
        self.columns.iter().position(|c| c.is_named(name))
    }

    /// Whether the two are one table. Compared by name, as a `static` may have several addresses.
    #[must_use]
    pub fn is(&self, other: &TableDef) -> bool {
        std::ptr::eq(self, other) || (self.name == other.name && self.schema == other.schema)
    }
}
