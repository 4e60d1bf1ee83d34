//! The rows of several queries as one result, as text.

use super::decimal::Scaled;
use super::{Dialect, SqlText, Writer};
use crate::error::Result;
use crate::expr::ast::{InStage, OneTrip, Stage};

impl OneTrip {
    /// The statement's text and parameters. The first column of the result is the number of the row's query, the second its
    /// place among that query's rows; the columns of the queries follow.
    ///
    /// # Errors
    /// When the database lacks what it needs, or a value has no place in it. Nothing was sent then.
    pub fn to_sql(&self, dialect: Dialect) -> Result<SqlText> {
        let mut w = Writer::new(dialect);
        let mut scales = w.listed([None, None]);
        for (number, stage) in self.stages.iter().enumerate() {
            w.push(if number == 0 { "WITH " } else { ", " });
            w.stage(number, stage, &mut scales)?;
        }
        w.all_stages(&self.stages);
        let scales = w.output_scales(scales.into_iter());
        w.finish(scales)
    }
}

impl Writer {
    /// Adds one of the queries under a name of its own, with a name for each column that no other query has: `c0`.. for what
    /// is read, `n0`.. for a row's place.
    fn stage(&mut self, number: usize, stage: &Stage, scales: &mut Vec<Option<Scaled>>) -> Result<()> {
        let select = &stage.select;
        self.push_stage(number);
        self.push(" (");
        self.stage_columns(stage);
        self.push(", n");
        self.push_number(number);
        self.push(") AS (");
        self.apart(|w| {
            w.nested(select.from, |w| {
                w.plan(select)?;
                w.push("SELECT ");
                w.read_columns(select, scales)?;
                w.push(", ROW_NUMBER() OVER (");
                w.order_terms("ORDER BY ", &select.order_by)?;
                w.push(")");
                // The order says nothing here unless it chooses the rows.
                w.from(select, select.limit.is_some() || select.offset.is_some())
            })
        })?;
        self.push(")");
        Ok(())
    }

    /// Adds the rows of all queries. The first part has the columns of the others beside its own, in a join that finds
    /// nothing: so the columns of the result have their types, and the NULLs of the further parts take them.
    fn all_stages(&mut self, stages: &[Stage]) {
        for part in 0..stages.len() {
            self.push(if part == 0 {
                " SELECT "
            } else {
                " UNION ALL SELECT "
            });
            self.push_number(part);
            self.push(", n");
            self.push_number(part);
            for (number, stage) in stages.iter().enumerate() {
                self.push(", ");
                if part == 0 || part == number {
                    self.stage_columns(stage);
                } else {
                    for i in 0..stage.width {
                        self.push(if i == 0 { "NULL" } else { ", NULL" });
                    }
                }
            }
            self.push(" FROM ");
            self.push_stage(part);
            for number in 1..stages.len() {
                if part == 0 {
                    self.push(" LEFT JOIN ");
                    self.push_stage(number);
                    self.push(" ON FALSE");
                }
            }
        }
        self.push(" ORDER BY 1, 2");
    }

    /// Adds a test whether columns have together the values of columns in a row of an earlier query.
    pub(super) fn in_stage(&mut self, rows: &InStage) -> Result<()> {
        let many = rows.nodes.len() > 1;
        self.push(if many { "(" } else { "" });
        for (i, node) in rows.nodes.iter().enumerate() {
            self.push(if i == 0 { "" } else { ", " });
            self.operand(node)?;
        }
        self.push(if many { ") IN (SELECT " } else { " IN (SELECT " });
        for (i, (column, data_type)) in rows.columns.iter().zip(&rows.types).enumerate() {
            self.push(if i == 0 { "c" } else { ", c" });
            self.push_number(column);
            // An enum is text there, as it is read.
            self.enum_cast(*data_type, false)?;
        }
        self.push(" FROM ");
        self.push_stage(rows.stage);
        self.push(")");
        Ok(())
    }

    fn push_stage(&mut self, number: usize) {
        self.push("orm_");
        self.push_number(number);
    }

    fn stage_columns(&mut self, stage: &Stage) {
        for i in 0..stage.width {
            self.push(if i == 0 { "c" } else { ", c" });
            self.push_number(stage.first + i);
        }
    }
}
