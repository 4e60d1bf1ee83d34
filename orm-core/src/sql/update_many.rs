//! An UPDATE with values of its own for each row, as text: one for any number of rows on PostgreSQL, one for each power
//! of two elsewhere.

use super::dialect::BulkInsert;
use super::{Dialect, SqlText, Writer};
use crate::error::Result;
use crate::expr::ast::UpdateMany;
use crate::model::TableDef;
use crate::value::{DataType, Value};

/// The most rows of a statement with CASE, which compares each row with each key.
const CASE_ROWS: usize = 128;

/// The most rows of one UNNEST: bounds the memory of a statement.
const UNNEST_ROWS: usize = 20_000;

impl UpdateMany {
    /// The most rows that one statement takes.
    pub(crate) fn most_rows(table: &TableDef, set: &[usize], key: &[usize], dialect: Dialect) -> usize {
        if unnests(table, set, key, dialect) {
            return UNNEST_ROWS;
        }
        let keys = table.primary_key.len();
        let versions = key.len() - keys;
        let params = (set.len() + versions) * (keys + 1) + 2 * keys;
        let fits = (dialect.features().max_params / 2 / params.max(1)).clamp(1, CASE_ROWS);
        // A power of two, as the list is padded to one.
        1 << fits.ilog2()
    }

    /// The statement's text and parameters. The rows are used up.
    ///
    /// # Errors
    /// When a value does not fit its column. Nothing was sent then.
    pub fn into_sql(mut self, dialect: Dialect) -> Result<SqlText> {
        let mut w = Writer::new(dialect);
        w.root(self.table);
        let columns: Vec<usize> = self.set.iter().chain(&self.key).copied().collect();
        let values = std::mem::take(&mut self.values);
        w.push("UPDATE ");
        w.table(self.table)?;
        w.push(" SET ");
        if unnests(self.table, &self.set, &self.key, dialect) {
            w.update_unnest(&self, &columns, values)?;
        } else {
            let fitted = columns.iter().cycle().zip(values);
            let fitted = fitted
                .map(|(index, value)| w.fit(self.table, *index, value))
                .collect::<Result<Vec<Value>>>()?;
            w.update_case(&self, &fitted)?;
        }
        w.finish(None)
    }
}

/// Whether the rows go as one array for each column.
fn unnests(table: &TableDef, set: &[usize], key: &[usize], dialect: Dialect) -> bool {
    let arrays = set
        .iter()
        .chain(key)
        .any(|c| matches!(table.columns[*c].data_type, DataType::Array(_)));
    dialect.features().bulk_insert == BulkInsert::Unnest && !arrays
}

impl Writer {
    fn update_unnest(&mut self, update: &UpdateMany, columns: &[usize], values: Vec<Value>) -> Result<()> {
        let table = update.table;
        for (i, index) in update.set.iter().enumerate() {
            if i > 0 {
                self.push(", ");
            }
            self.bare_column(&table.columns[*index])?;
            self.push(" = ");
            self.unnested(table, *index, i)?;
        }
        self.also(update)?;
        self.push(" FROM ");
        self.unnest(table, columns, values)?;
        for (i, index) in update.key.iter().enumerate() {
            self.push(if i == 0 { " WHERE " } else { " AND " });
            self.column(table, &table.columns[*index])?;
            self.push(" = ");
            self.unnested(table, *index, update.set.len() + i)?;
        }
        self.further(&update.filter)
    }

    fn also(&mut self, update: &UpdateMany) -> Result<()> {
        if !update.also.is_empty() {
            self.push(", ");
        }
        self.assignments(update.table, &update.also)
    }

    fn update_case(&mut self, update: &UpdateMany, values: &[Value]) -> Result<()> {
        let (table, width) = (update.table, update.set.len() + update.key.len());
        let rows: Vec<&[Value]> = values.chunks_exact(width).collect();
        // The last row again and again: the text is the same for many numbers of rows.
        let padded: Vec<&[Value]> = rows
            .iter()
            .chain(std::iter::repeat_n(rows.last(), rows.len().next_power_of_two() - rows.len()).flatten())
            .copied()
            .collect();
        let keys = &update.key[..table.primary_key.len()];
        for (i, index) in update.set.iter().enumerate() {
            if i > 0 {
                self.push(", ");
            }
            self.bare_column(&table.columns[*index])?;
            self.push(" = ");
            self.value_by_key(update, &padded, keys, (*index, i))?;
        }
        self.also(update)?;
        self.push(" WHERE ");
        self.keys(update, &padded, keys)?;
        for (i, index) in update.key.iter().enumerate().skip(keys.len()) {
            self.push(" AND ");
            self.column(table, &table.columns[*index])?;
            self.push(" = ");
            self.value_by_key(update, &padded, keys, (*index, update.set.len() + i))?;
        }
        self.further(&update.filter)
    }

    /// The value of a column, by the row's key: `CASE key WHEN .. THEN .. END`.
    fn value_by_key(
        &mut self,
        update: &UpdateMany,
        rows: &[&[Value]],
        keys: &[usize],
        (column, at): (usize, usize),
    ) -> Result<()> {
        let table = update.table;
        self.push("CASE");
        if let [key] = keys {
            self.push(" ");
            self.column(table, &table.columns[*key])?;
        }
        for row in rows {
            self.push(" WHEN ");
            for (i, key) in keys.iter().enumerate() {
                if keys.len() > 1 {
                    self.push(if i == 0 { "" } else { " AND " });
                    self.column(table, &table.columns[*key])?;
                    self.push(" = ");
                }
                self.value(table, *key, row[update.set.len() + i].clone())?;
            }
            self.push(" THEN ");
            self.value(table, column, row[at].clone())?;
        }
        self.push(" END");
        Ok(())
    }

    /// The rows with these keys.
    fn keys(&mut self, update: &UpdateMany, rows: &[&[Value]], keys: &[usize]) -> Result<()> {
        let table = update.table;
        let first = update.set.len();
        // Not every database looks up pairs in an index, but each does so with the first column.
        for (i, key) in keys.iter().take(1).enumerate() {
            self.column(table, &table.columns[*key])?;
            for (n, row) in rows.iter().enumerate() {
                self.push(if n == 0 { " IN (" } else { ", " });
                self.value(table, *key, row[first + i].clone())?;
            }
            self.push(")");
        }
        if keys.len() < 2 {
            return Ok(());
        }
        for (i, key) in keys.iter().enumerate() {
            self.push(if i == 0 { " AND (" } else { ", " });
            self.column(table, &table.columns[*key])?;
        }
        self.push(if self.features.row_lists {
            ") IN ("
        } else {
            ") IN (VALUES "
        });
        for (n, row) in rows.iter().enumerate() {
            self.push(if n == 0 { "(" } else { "), (" });
            for (i, key) in keys.iter().enumerate() {
                if i > 0 {
                    self.push(", ");
                }
                self.value(table, *key, row[first + i].clone())?;
            }
        }
        self.push("))");
        Ok(())
    }

    fn value(&mut self, table: &TableDef, column: usize, value: Value) -> Result<()> {
        self.placeholder(value);
        self.enum_cast(table.columns[column].data_type, false)
    }
}
