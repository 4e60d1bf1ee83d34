//! Schema definitions as SQL text: `CREATE TABLE` and all that belongs to it, for each dialect. No I/O.
//!
//! What a model means is the same on every database: text compares exactly, a column holds no value that its Rust type
//! cannot, keys are not used twice. Where a database's own type does not see to that, a named check does.

mod checks;
mod defaults;
mod facts;
mod indexes;
mod keys;
mod literal;
mod names;
mod order;
mod place;
mod schema;
mod table;
#[cfg(test)]
mod tests;
mod text;
mod types;
mod violations;

pub use types::column_type;

use crate::error::Result;
use crate::model::TableDef;
use crate::sql::Dialect;
use names::Names;

/// How tables are created.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Options {
    /// Passes by what exists: `CREATE TABLE IF NOT EXISTS`, and the same for indexes, types and keys.
    pub if_not_exists: bool,
}

impl Options {
    /// Passes by what exists. What exists is not compared with the model: that is what migrations are for.
    #[must_use]
    pub const fn if_not_exists(mut self, pass: bool) -> Self {
        self.if_not_exists = pass;
        self
    }
}

/// The statements that make one table, in the order in which they run.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TableDdl {
    /// Types and collations that must be there first. Tables may share them.
    pub types: Vec<String>,
    /// `CREATE TABLE`.
    pub table: String,
    /// `CREATE INDEX`. Empty on MySQL and MariaDB, where indexes are part of `CREATE TABLE`: nothing can be undone there,
    /// so a table comes with all of its indexes or not at all.
    pub indexes: Vec<String>,
    /// Foreign keys that are added when the tables to which they lead are there.
    pub deferred_keys: Vec<String>,
}

impl TableDdl {
    /// All of them, in order.
    #[must_use]
    pub fn statements(self) -> Vec<String> {
        let mut statements = self.types;
        statements.push(self.table);
        statements.extend(self.indexes);
        statements.extend(self.deferred_keys);
        statements
    }
}

/// The statements that make one table. The tables to which it refers are taken as being there.
///
/// # Errors
/// `Unsupported` for what the database lacks, `Invalid` for what the model says wrongly. The text names the model, the
/// field or index, and what to change.
pub fn create_table(dialect: Dialect, table: &'static TableDef) -> Result<TableDdl> {
    create_table_with(dialect, table, Options::default())
}

/// As [`create_table`], with options.
///
/// # Errors
/// As [`create_table`].
pub fn create_table_with(dialect: Dialect, table: &'static TableDef, options: Options) -> Result<TableDdl> {
    table::table(dialect, table, options, &mut Names::new(dialect), &|_| false)
}

/// The statements that make all these tables: types first, each table after those to which it refers.
///
/// Tables that refer to each other get these keys by `ALTER TABLE` afterwards (on SQLite within `CREATE TABLE`, which takes
/// a key to a table that is not there yet). A table that is not listed is taken as being there; one that is listed twice
/// is made once. An empty list gives no statements.
///
/// # Errors
/// As [`create_table`]; `Invalid` when two things would have one name, or two models describe one table.
pub fn create_all(dialect: Dialect, tables: &[&'static TableDef]) -> Result<Vec<String>> {
    create_all_with(dialect, tables, Options::default())
}

/// As [`create_all`], with options.
///
/// # Errors
/// As [`create_all`]; `Unsupported` on MySQL for tables that refer to each other with `if_not_exists`, as a key cannot be
/// added conditionally there.
pub fn create_all_with(
    dialect: Dialect,
    tables: &[&'static TableDef],
    options: Options,
) -> Result<Vec<String>> {
    schema::create(dialect, tables, options)
}

/// The statements that drop these tables, those that refer to others first, and the enum types that they used. What is not
/// there is passed by. The shared collation of case-insensitive text stays.
///
/// On SQLite, tables that refer to each other can be dropped only within a transaction, while the check of keys is put
/// off: run the statements in one.
///
/// # Errors
/// `Invalid` when two models describe one table, or for a name that no database takes.
pub fn drop_all(dialect: Dialect, tables: &[&'static TableDef]) -> Result<Vec<String>> {
    schema::drop(dialect, tables)
}
