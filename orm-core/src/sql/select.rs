//! SELECT as text.

use std::sync::Arc;

use super::decimal::{Scaled, column_scale};
use super::{Dialect, SqlText, Writer};
use crate::error::{Error, Result};
use crate::expr::ast::{BinaryOp, Held, Node, Output, Select};
use crate::model::{ColumnDef, TableDef};
use crate::value::Value;

impl Select {
    /// The statement's text and parameters.
    ///
    /// # Errors
    /// When the database lacks what it needs, or a value has no place in it. Nothing was sent then.
    pub fn to_sql(&self, dialect: Dialect) -> Result<SqlText> {
        if self.is_by_key() {
            return self.by_key(dialect);
        }
        self.written(dialect)
    }

    fn written(&self, dialect: Dialect) -> Result<SqlText> {
        let mut w = Writer::new(dialect);
        // An expression reads the same in the outputs and in the order or the groups.
        w.share_params = self.distinct || !self.group_by.is_empty();
        w.plain_enums = self.distinct && !self.order_by.is_empty();
        w.with(&self.with)?;
        w.root(self.from);
        w.plan(self)?;
        let scales = w.select(self)?;
        w.finish(scales)
    }

    /// Whether this is the whole row by its whole key, and nothing else.
    fn is_by_key(&self) -> bool {
        let table = self.from;
        matches!(self.output, Output::Model)
            && !self.filter.is_empty()
            && self.filter.len() == table.primary_key.len()
            && self.filter.iter().zip(table.primary_key).all(|(node, key)| {
                matches!(equality(node), Some((column, value))
                    if std::ptr::eq(column, &raw const table.columns[*key]) && !value.is_null())
            })
            && self.joins.is_empty()
            && self.with.is_empty()
            && self.source.is_none()
            && self.within.is_none()
            && self.beside.is_empty()
            && self.also.is_empty()
            && self.limit.is_none()
            && self.offset.is_none()
            && self.lock.is_none()
            && !self.distinct
            && self.order_by.is_empty()
            && self.group_by.is_empty()
            && self.having.is_empty()
    }

    /// The text is the same for every key: it is written once.
    fn by_key(&self, dialect: Dialect) -> Result<SqlText> {
        let made = &self.from.texts.by_key[dialect as usize];
        let Some((text, scales)) = made.get() else {
            let sql = self.written(dialect)?;
            made.get_or_init(|| (Arc::clone(&sql.text), sql.scales.clone()));
            return Ok(sql);
        };
        let checks = Writer::new(dialect);
        let mut params = Vec::with_capacity(self.filter.len());
        for (_, value) in self.filter.iter().filter_map(equality) {
            checks.fits(value)?;
            params.push(value.clone());
        }
        Ok(SqlText {
            text: Arc::clone(text),
            params,
            scales: scales.clone(),
            reads: Vec::new(),
            foreign: false,
            redact: self.from.redacts,
        })
    }
}

/// The column and the value of `column = value`.
fn equality(node: &Node) -> Option<(&'static ColumnDef, &Value)> {
    match node {
        Node::Binary(BinaryOp::Eq, sides) => match &**sides {
            [Node::Column(_, column), Node::Value(value, _)] => Some((column, value)),
            _ => None,
        },
        _ => None,
    }
}

impl Writer {
    fn select(&mut self, select: &Select) -> Result<Option<Arc<[Option<u32>]>>> {
        match &select.output {
            Output::Exists => {
                self.push("SELECT EXISTS(");
                if select.limit.is_some() || select.offset.is_some() {
                    self.counted(select)?;
                } else {
                    self.push("SELECT 1");
                    self.from(select, false)?;
                }
                self.push(")");
                Ok(None)
            }
            Output::Count
                if select.distinct
                    || select.limit.is_some()
                    || select.offset.is_some()
                    || !select.group_by.is_empty()
                    || !select.having.is_empty() =>
            {
                self.push("SELECT COUNT(*) FROM (");
                self.counted(select)?;
                self.push(") AS ");
                self.name("counted")?;
                Ok(None)
            }
            Output::Count => {
                self.push("SELECT COUNT(*)");
                self.from(select, false)?;
                Ok(None)
            }
            Output::Model => {
                self.push(if select.distinct {
                    "SELECT DISTINCT "
                } else {
                    "SELECT "
                });
                self.all_columns(select.from)?;
                self.joined_columns(select)?;
                let joined = select.joins.iter().flat_map(|join| join.table.columns);
                let own = select.from.columns.iter().chain(joined).map(column_scale);
                let scales = self.listed(own);
                self.and_behind(select, scales)
            }
            Output::Own => {
                self.push("SELECT ");
                let mut scales = Vec::new();
                self.own_columns(select, &mut scales)?;
                self.and_behind(select, scales)
            }
            Output::Whole => self.whole(select),
            Output::Nodes(outputs) => {
                self.push(if select.distinct {
                    "SELECT DISTINCT "
                } else {
                    "SELECT "
                });
                let mut scales = Vec::new();
                self.output_list(outputs, &mut scales)?;
                self.and_behind(select, scales)
            }
        }
    }

    /// Adds what is read behind the outputs, and the rest of the statement.
    fn and_behind(
        &mut self,
        select: &Select,
        mut scales: Vec<Option<Scaled>>,
    ) -> Result<Option<Arc<[Option<u32>]>>> {
        self.columns_behind(select, &mut scales)?;
        self.from(select, true)?;
        Ok(self.output_scales(scales.into_iter()))
    }

    /// Adds what is read behind the outputs, and tells its scales.
    fn columns_behind(&mut self, select: &Select, scales: &mut Vec<Option<Scaled>>) -> Result<()> {
        self.beside_columns(select, scales)?;
        for node in &select.also {
            self.push(", ");
            self.output_node(node)?;
            scales.extend(self.listed([self.scaled(node)]));
        }
        Ok(())
    }

    /// Adds all columns of a query that gives the table's own ones or expressions, and tells their scales.
    pub(super) fn read_columns(&mut self, select: &Select, scales: &mut Vec<Option<Scaled>>) -> Result<()> {
        match &select.output {
            Output::Nodes(outputs) => self.output_list(outputs, scales)?,
            _ => self.own_columns(select, scales)?,
        }
        self.columns_behind(select, scales)
    }

    fn own_columns(&mut self, select: &Select, scales: &mut Vec<Option<Scaled>>) -> Result<()> {
        self.all_columns(select.from)?;
        scales.extend(self.listed(select.from.columns.iter().map(column_scale)));
        Ok(())
    }

    /// All columns of a table: written once for each dialect, and copied from then on.
    fn all_columns(&mut self, table: &TableDef) -> Result<()> {
        if self.alias().is_some() || self.plain_enums {
            return self.columns(table, 0..table.columns.len(), true);
        }
        let made = &table.texts.columns[self.dialect as usize];
        if let Some(text) = made.get() {
            self.push(text);
            return Ok(());
        }
        let start = self.text.len();
        self.columns(table, 0..table.columns.len(), true)?;
        made.get_or_init(|| self.text[start..].into());
        Ok(())
    }

    /// Columns of a table, in the form in which results are read.
    pub(super) fn columns(
        &mut self,
        table: &TableDef,
        columns: impl IntoIterator<Item = usize>,
        qualified: bool,
    ) -> Result<()> {
        for (i, index) in columns.into_iter().enumerate() {
            if i > 0 {
                self.push(", ");
            }
            let column = &table.columns[index];
            if qualified {
                self.column(table, column)?;
            } else {
                self.bare_column(column)?;
            }
            self.enum_as_text(column.data_type);
        }
        Ok(())
    }

    /// Adds the rows that are counted, without what is in them.
    fn counted(&mut self, select: &Select) -> Result<()> {
        if matches!(select.output, Output::Whole) && select.distinct {
            self.push("SELECT DISTINCT *");
        } else if select.distinct && !select.joins.is_empty() {
            self.push("SELECT DISTINCT ");
            self.numbered_columns(select)?;
        } else if select.distinct {
            self.push("SELECT DISTINCT ");
            self.columns(select.from, 0..select.from.columns.len(), true)?;
        } else {
            self.push("SELECT 1");
        }
        self.from(select, true)
    }

    pub(super) fn output_node(&mut self, node: &Node) -> Result<()> {
        self.node(node)?;
        if let Some(data_type) = super::functions::type_of(node) {
            self.enum_as_text(data_type);
        }
        Ok(())
    }

    /// A native enum is read as text: otherwise each fresh connection looks its type up, in several trips.
    pub(super) fn enum_as_text(&mut self, data_type: crate::value::DataType) {
        use crate::value::{DataType, EnumStorage};
        if let DataType::Enum(def) = data_type
            && self.features.enum_casts
            && !self.plain_enums
            && def.storage == EnumStorage::Native
        {
            self.push("::text");
        }
    }

    pub(super) fn from(&mut self, select: &Select, ordered: bool) -> Result<()> {
        self.push(" FROM ");
        self.tables(select)?;
        self.filter(&select.filter)?;
        for (i, node) in select.group_by.iter().enumerate() {
            self.push(if i == 0 { " GROUP BY " } else { ", " });
            self.of_single_rows(node)?;
        }
        let outer = std::mem::replace(&mut self.in_condition, true);
        for (i, node) in select.having.iter().enumerate() {
            self.push(if i == 0 { " HAVING " } else { " AND " });
            self.node(node)?;
        }
        self.in_condition = outer;
        if ordered {
            self.order_by(&select.order_by)?;
            self.limit(select.limit, select.offset);
        }
        match select.lock {
            Some(_) if self.features.row_locks && select.source.is_some() => {
                return Err(Error::unsupported(
                    "rows of several queries together cannot be locked: lock those of each by itself",
                ));
            }
            Some(_) if self.features.row_locks && select.has_full_join() => {
                return Err(Error::unsupported(
                    "rows of a full join may be missing and cannot be locked: lock them by a query of their own",
                ));
            }
            Some(lock) if self.features.row_locks => {
                self.push(if lock.share {
                    self.features.share_lock
                } else {
                    " FOR UPDATE"
                });
                // Rows that may be missing cannot be locked there, and others are none of the caller's.
                if self.has_joins() && self.dialect == Dialect::Postgres {
                    self.push(" OF ");
                    self.name(select.from.name)?;
                }
                self.push(match lock.held {
                    Held::Wait => "",
                    Held::Skip => " SKIP LOCKED",
                    Held::Fail => " NOWAIT",
                });
            }
            // The whole database is locked by the writing transaction.
            Some(_) | None => {}
        }
        Ok(())
    }

    /// Adds the conditions on rows.
    pub(super) fn filter(&mut self, nodes: &[Node]) -> Result<()> {
        for (i, node) in nodes.iter().enumerate() {
            self.push(if i == 0 { " WHERE " } else { " AND " });
            self.of_single_rows(node)?;
        }
        Ok(())
    }

    /// Adds further conditions on rows.
    pub(super) fn further(&mut self, nodes: &[Node]) -> Result<()> {
        for node in nodes {
            self.push(" AND ");
            self.of_single_rows(node)?;
        }
        Ok(())
    }

    /// Adds an expression over one row at a time.
    pub(super) fn of_single_rows(&mut self, node: &Node) -> Result<()> {
        let outer = (self.single_rows, self.in_condition);
        (self.single_rows, self.in_condition) = (true, true);
        self.node(node)?;
        (self.single_rows, self.in_condition) = outer;
        Ok(())
    }

    pub(super) fn limit(&mut self, limit: Option<u64>, offset: Option<u64>) {
        // Limits are written, not bound: a bound one makes SQLite prepare anew each time, and few are in use.
        match (limit, offset.filter(|n| *n > 0)) {
            (None, None) => {}
            (Some(limit), offset) => {
                self.push(" LIMIT ");
                self.push_number(limit);
                if let Some(offset) = offset {
                    self.push(" OFFSET ");
                    self.push_number(offset);
                }
            }
            (None, Some(offset)) => {
                self.push(match self.dialect {
                    Dialect::Sqlite => " LIMIT -1 OFFSET ",
                    Dialect::Postgres => " OFFSET ",
                    Dialect::MySql | Dialect::MariaDb => " LIMIT 18446744073709551615 OFFSET ",
                });
                self.push_number(offset);
            }
        }
    }
}
