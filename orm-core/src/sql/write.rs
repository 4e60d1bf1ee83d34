//! INSERT, UPDATE and DELETE as text.

use std::sync::Arc;

use super::decimal::{column_scale, stored};
use super::dialect::{BulkInsert, Upsert};
use super::{Dialect, SqlText, Writer};
use crate::error::{Error, Result};
use crate::expr::ast::{Conflict, Delete, Insert, Node, Returning, Update, Write};
use crate::model::TableDef;
use crate::value::{DataType, Value};

impl Insert {
    /// The statement's text and parameters. The rows are used up.
    ///
    /// # Errors
    /// When a value does not fit its column or the database lacks what is asked. Nothing was sent then.
    pub fn into_sql(self, dialect: Dialect) -> Result<SqlText> {
        let mut w = Writer::new(dialect);
        w.root(self.into);
        w.push("INSERT INTO ");
        w.table(self.into)?;
        let many = self.rows > 1;
        let arrays = self
            .columns
            .iter()
            .any(|c| matches!(self.into.columns[*c].data_type, DataType::Array(_)));
        if many && !arrays && !self.columns.is_empty() && w.features.bulk_insert == BulkInsert::Unnest {
            w.insert_unnest(self.into, &self.columns, self.values)?;
        } else {
            w.insert_values(self.into, &self.columns, self.rows, self.values)?;
        }
        if let Some(conflict) = &self.conflict {
            w.conflict(self.into, conflict)?;
        }
        let scales = w.returning(self.into, &self.returning, dialect.features().insert_returning)?;
        w.finish(scales)
    }
}

impl Update {
    /// The statement's text and parameters.
    ///
    /// # Errors
    /// When a value does not fit its column or the database lacks what is asked. Nothing was sent then.
    pub fn to_sql(&self, dialect: Dialect) -> Result<SqlText> {
        let mut w = Writer::new(dialect);
        w.update(self)?;
        let scales = w.returning(self.table, &self.returning, dialect.features().update_returning)?;
        w.reads_no_target(self.table)?;
        w.finish(scales)
    }
}

impl Delete {
    /// The statement's text and parameters.
    ///
    /// # Errors
    /// When the database lacks what is asked. Nothing was sent then.
    pub fn to_sql(&self, dialect: Dialect) -> Result<SqlText> {
        let mut w = Writer::new(dialect);
        w.delete(self)?;
        let scales = w.returning(self.from, &self.returning, dialect.features().delete_returning)?;
        w.reads_no_target(self.from)?;
        w.finish(scales)
    }
}

impl Write {
    /// The statement's text and parameters.
    ///
    /// # Errors
    /// When a value does not fit its column or the database lacks what is asked. Nothing was sent then.
    pub fn to_sql(&self, dialect: Dialect) -> Result<SqlText> {
        match self {
            Write::Update(update) => update.to_sql(dialect),
            Write::Delete(delete) => delete.to_sql(dialect),
        }
    }
}

/// Whether an expression of one row reads others of its table.
fn reads_others(node: &Node, table: &'static TableDef) -> bool {
    let leads_there = match node {
        Node::Via(via) => (via.relation.target)().is(table),
        Node::Related(related) => (related.relation.target)().is(table),
        Node::Subquery(subquery) => subquery.correlated && subquery.query.select.from.is(table),
        _ => false,
    };
    leads_there || node.parts().into_iter().any(|part| reads_others(part, table))
}

impl Writer {
    /// Adds an UPDATE without what it gives back.
    pub(super) fn update(&mut self, update: &Update) -> Result<()> {
        self.root(update.table);
        self.paths.target = Some(update.table);
        self.push("UPDATE ");
        self.table(update.table)?;
        self.push(" SET ");
        self.assignments(update.table, &update.set)?;
        // What is set is computed row by row, of rows that may have been set already.
        if self.dialect == Dialect::Sqlite
            && update
                .set
                .iter()
                .any(|(_, node)| reads_others(node, update.table))
        {
            return Err(Error::unsupported(format!(
                "SQLite would compute `{}` from other rows of the same table, some of which have been changed already: read \
                 them first, and use `update_many`",
                update.table.name
            )));
        }
        self.filter(&update.filter)
    }

    /// Adds a DELETE without what it gives back.
    pub(super) fn delete(&mut self, delete: &Delete) -> Result<()> {
        self.root(delete.from);
        self.paths.target = Some(delete.from);
        self.push("DELETE FROM ");
        self.table(delete.from)?;
        self.filter(&delete.filter)
    }

    /// MySQL does not read the table that it changes (its error 1093).
    fn reads_no_target(&self, table: &TableDef) -> Result<()> {
        if self.dialect == Dialect::MySql && self.paths.reads_target {
            return Err(Error::unsupported(format!(
                "MySQL does not read `{}` in a statement that changes it: read the keys first, and name them",
                table.name
            )));
        }
        Ok(())
    }

    pub(super) fn column_list(&mut self, table: &TableDef, columns: &[usize]) -> Result<()> {
        self.push(" (");
        for (i, index) in columns.iter().enumerate() {
            if i > 0 {
                self.push(", ");
            }
            self.bare_column(&table.columns[*index])?;
        }
        self.push(")");
        Ok(())
    }

    /// A value on its way into a column: exact, or an error that names the column.
    pub(super) fn fit(&self, table: &TableDef, index: usize, value: Value) -> Result<Value> {
        let column = &table.columns[index];
        let named = |e: Error| e.with_table(table.name).with_columns(vec![column.full_name()]);
        self.check(&value).map_err(named)?;
        stored(value, column, self.features.decimals).map_err(named)
    }

    fn insert_values(
        &mut self,
        table: &TableDef,
        columns: &[usize],
        rows: usize,
        values: Vec<Value>,
    ) -> Result<()> {
        if columns.is_empty() {
            self.push(match self.dialect {
                Dialect::MySql | Dialect::MariaDb => " () VALUES ",
                _ => " DEFAULT VALUES",
            });
            if matches!(self.dialect, Dialect::MySql | Dialect::MariaDb) {
                for i in 0..rows {
                    self.push(if i == 0 { "()" } else { ", ()" });
                }
            }
            return Ok(());
        }
        self.column_list(table, columns)?;
        self.push(" VALUES ");
        self.reserve(values.len());
        for (i, (index, value)) in columns.iter().cycle().zip(values).enumerate() {
            self.push(match (i, i % columns.len()) {
                (0, _) => "(",
                (_, 0) => "), (",
                _ => ", ",
            });
            let value = self.fit(table, *index, value)?;
            self.placeholder(value);
            self.enum_cast(table.columns[*index].data_type, false)?;
        }
        self.push(")");
        Ok(())
    }

    /// One array for each column: one text for any number of rows.
    fn insert_unnest(&mut self, table: &TableDef, columns: &[usize], values: Vec<Value>) -> Result<()> {
        self.column_list(table, columns)?;
        self.push(" SELECT ");
        for (i, index) in columns.iter().enumerate() {
            if i > 0 {
                self.push(", ");
            }
            self.unnested(table, *index, i)?;
        }
        self.push(" FROM ");
        self.unnest(table, columns, values)
    }

    /// A column of the rows that are made of arrays.
    pub(super) fn unnested(&mut self, table: &TableDef, index: usize, position: usize) -> Result<()> {
        self.push("u.c");
        self.push_number(position);
        self.enum_cast(table.columns[index].data_type, false)
    }

    /// Rows that are made of an array for each column.
    pub(super) fn unnest(&mut self, table: &TableDef, columns: &[usize], values: Vec<Value>) -> Result<()> {
        let rows = values.len() / columns.len().max(1);
        let mut arrays: Vec<Vec<Value>> = columns.iter().map(|_| Vec::with_capacity(rows)).collect();
        for (i, value) in values.into_iter().enumerate() {
            let column = i % columns.len();
            arrays[column].push(self.fit(table, columns[column], value)?);
        }
        self.push("UNNEST(");
        for (i, (array, index)) in arrays.into_iter().zip(columns).enumerate() {
            if i > 0 {
                self.push(", ");
            }
            let element = array
                .iter()
                .find(|v| !v.is_null())
                .map_or(table.columns[*index].data_type, Value::data_type);
            self.placeholder(Value::Array(element, array));
        }
        self.push(") AS u(");
        for i in 0..columns.len() {
            self.push(if i == 0 { "c" } else { ", c" });
            self.push_number(i);
        }
        self.push(")");
        Ok(())
    }

    pub(super) fn assignments(&mut self, table: &TableDef, set: &[(usize, Node)]) -> Result<()> {
        for (i, (index, node)) in set.iter().enumerate() {
            if i > 0 {
                self.push(", ");
            }
            let column = &table.columns[*index];
            self.bare_column(column)?;
            self.push(" = ");
            let outer = (self.single_rows, self.in_condition);
            (self.single_rows, self.in_condition) = (true, true);
            self.assigned(table, *index, node)?;
            (self.single_rows, self.in_condition) = outer;
        }
        Ok(())
    }

    /// An expression on its way into a column.
    pub(super) fn assigned(&mut self, table: &TableDef, index: usize, node: &Node) -> Result<()> {
        let column = &table.columns[index];
        match node {
            Node::Value(value, _) => {
                let value = self.fit(table, index, value.clone())?;
                self.placeholder(value);
                self.enum_cast(column.data_type, false)
            }
            node if !self.features.decimals && column_scale(column).is_some() => {
                self.decimal_assignment(column, node)
            }
            node => self.node(node),
        }
    }

    fn conflict(&mut self, table: &TableDef, conflict: &Conflict) -> Result<()> {
        match self.features.upsert {
            Upsert::OnConflict => {
                self.push(" ON CONFLICT");
                self.column_list(table, &conflict.target)?;
                if conflict.set.is_empty() {
                    self.push(" DO NOTHING");
                    return Ok(());
                }
                self.push(" DO UPDATE SET ");
                self.assignments(table, &conflict.set)?;
                self.filter(&conflict.filter)
            }
            Upsert::DuplicateKeyAlias | Upsert::DuplicateKeyValues => {
                if !conflict.filter.is_empty() {
                    return Err(Error::unsupported(format!(
                        "{} has no condition on an upsert: leave out `only_if`, or update in a transaction",
                        self.features.name
                    )));
                }
                if self.features.upsert == Upsert::DuplicateKeyAlias && !conflict.set.is_empty() {
                    self.push(" AS new");
                }
                self.push(" ON DUPLICATE KEY UPDATE ");
                if conflict.set.is_empty() {
                    // A key set to itself changes nothing; INSERT IGNORE would hide other errors, too.
                    let key = conflict.target.first().copied().unwrap_or(0);
                    let column = &table.columns[key];
                    self.bare_column(column)?;
                    self.push(" = ");
                    return self.column(table, column);
                }
                self.assignments(table, &conflict.set)
            }
        }
    }

    fn returning(
        &mut self,
        table: &TableDef,
        returning: &Returning,
        possible: bool,
    ) -> Result<Option<Arc<[Option<u32>]>>> {
        let Returning::Columns(columns) = returning else {
            return Ok(None);
        };
        if !possible {
            return Err(Error::unsupported(format!(
                "{} has no RETURNING for this statement: read the rows in the same transaction",
                self.features.name
            )));
        }
        self.push(" RETURNING ");
        self.columns(table, columns.iter().copied(), false)?;
        Ok(self.output_scales(columns.iter().map(|c| column_scale(&table.columns[*c]))))
    }
}
