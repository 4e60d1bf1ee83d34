//! Rows that are read along relations, as text: their joins and their columns.

use std::sync::Arc;

use super::Writer;
use super::decimal::{Scaled, column_scale};
use super::path::Row;
use crate::error::Result;
use crate::expr::ast::{Beside, InKeys, Node, Output, Select, Within};
use crate::value::Value;

impl Writer {
    /// Plans the joins of what is read beside the current row.
    pub(super) fn plan_beside(&mut self, beside: &[Beside]) -> Result<()> {
        for one in beside {
            let row = self.join_beside(one)?;
            self.paths.beside.push(row);
            self.at(row, |w| {
                if let Output::Nodes(outputs) = &one.output {
                    w.plan_joins(outputs.iter().map(|(node, _)| node))?;
                }
                w.plan_beside(&one.beside)
            })?;
        }
        Ok(())
    }

    /// Adds the columns of what is read beside the rows, and tells their scales.
    pub(super) fn beside_columns(&mut self, select: &Select, scales: &mut Vec<Option<Scaled>>) -> Result<()> {
        let mut rows = self.paths.beside.clone().into_iter();
        self.columns_beside(&select.beside, &mut rows, scales)
    }

    fn columns_beside(
        &mut self,
        beside: &[Beside],
        rows: &mut impl Iterator<Item = Row>,
        scales: &mut Vec<Option<Scaled>>,
    ) -> Result<()> {
        for one in beside {
            let Some(row) = rows.next() else { continue };
            let table = row.table;
            self.push(", ");
            self.at(row, |w| match &one.output {
                Output::Nodes(outputs) => w.output_list(outputs, scales),
                _ => {
                    scales.extend(w.listed(table.columns.iter().map(column_scale)));
                    w.columns(table, 0..table.columns.len(), true)
                }
            })?;
            self.columns_beside(&one.beside, rows, scales)?;
        }
        Ok(())
    }

    /// Adds expressions, with names where they have them, and tells their scales.
    pub(super) fn output_list(
        &mut self,
        outputs: &[(Node, Option<Arc<str>>)],
        scales: &mut Vec<Option<Scaled>>,
    ) -> Result<()> {
        for (i, (node, name)) in outputs.iter().enumerate() {
            self.push(if i == 0 { "" } else { ", " });
            self.output_node(node)?;
            if let Some(name) = name {
                self.push(" AS ");
                self.name(name)?;
            }
            scales.extend(self.listed([self.scaled(node)]));
        }
        Ok(())
    }

    /// Adds rows that a query of their own chooses, in the place of the table's.
    pub(super) fn rows_within(&mut self, within: &Within, row: Row) -> Result<()> {
        let select = &within.select;
        self.push("(");
        self.apart(|w| {
            w.nested(select.from, |w| {
                w.plan(select)?;
                let (partition, order) = match &within.number {
                    Some((partition, order)) => (partition.as_slice(), order.as_slice()),
                    None => (&[][..], &[][..]),
                };
                w.plan_joins(order.iter().map(|term| &term.node))?;
                w.push("SELECT ");
                w.name(select.from.name)?;
                w.push(".*");
                for (i, key) in within.keys.iter().enumerate() {
                    w.push(", ");
                    w.node(key)?;
                    w.push(" AS orm_key_");
                    w.push_number(i);
                }
                if within.number.is_some() {
                    w.push(", ROW_NUMBER() OVER (PARTITION BY ");
                    for (i, node) in partition.iter().enumerate() {
                        w.push(if i == 0 { "" } else { ", " });
                        w.node(node)?;
                    }
                    w.order_by(order)?;
                    w.push(") AS orm_row");
                }
                w.from(select, true)
            })
        })?;
        self.named_as(row)
    }

    /// Adds a test whether several columns have together the values of a row in a list.
    pub(super) fn in_keys(&mut self, keys: &InKeys) -> Result<()> {
        let width = keys.nodes.len().max(1);
        for (i, node) in keys.nodes.iter().enumerate() {
            self.push(if i == 0 { "(" } else { ", " });
            self.node(node)?;
        }
        self.push(") IN (");
        for value in &keys.values {
            self.check(value)?;
        }
        if matches!(self.features.lists, super::dialect::ListStyle::Array) {
            self.push("SELECT ");
            for (i, data_type) in keys.types.iter().enumerate() {
                self.push(if i == 0 { "c" } else { ", c" });
                self.push_number(i);
                self.enum_cast(*data_type, false)?;
            }
            self.push(" FROM UNNEST(");
            for (i, data_type) in keys.types.iter().enumerate() {
                self.push(if i == 0 { "" } else { ", " });
                let column: Vec<Value> = keys.values.iter().skip(i).step_by(width).cloned().collect();
                let element = column.first().map_or(*data_type, Value::data_type);
                self.placeholder(Value::Array(element, column));
            }
            self.push(") AS u(");
            for i in 0..width {
                self.push(if i == 0 { "c" } else { ", c" });
                self.push_number(i);
            }
            self.push("))");
            return Ok(());
        }
        if !self.features.row_lists {
            self.push("VALUES ");
        }
        let rows: Vec<&[Value]> = keys.values.chunks(width).collect();
        let padding = super::matching::padded(rows.len(), self.features.max_params / width) - rows.len();
        let padded = rows
            .iter()
            .chain(std::iter::repeat_n(rows.last(), padding).flatten());
        for (n, row) in padded.enumerate() {
            self.push(if n == 0 { "(" } else { "), (" });
            for (i, value) in row.iter().enumerate() {
                self.push(if i == 0 { "" } else { ", " });
                self.placeholder(value.clone());
            }
        }
        self.push("))");
        Ok(())
    }
}
