//! Queries inside a statement, as text.

use super::compound::output_scale;
use super::decimal::Scaled;
use super::{Dialect, Writer};
use crate::error::{Error, Result};
use crate::expr::ast::{Node, Output, Question, Subquery};

/// What a query inside a statement is asked for.
#[derive(Clone, Copy)]
enum Wanted {
    /// Its single output, at this scale.
    Value(Option<Scaled>),
    /// Whether it has a row.
    Row,
}

impl Writer {
    /// Adds a question about the rows of a query.
    pub(super) fn subquery(&mut self, subquery: &Subquery) -> Result<()> {
        let select = &subquery.query.select;
        match &subquery.ask {
            Question::In { node, negated } => {
                let sides = [self.scaled(node), self.output_scale(subquery)];
                let common = sides.into_iter().flatten().reduce(Scaled::with);
                match common {
                    Some(_) => self.at_common(node, common)?,
                    None => self.operand(node)?,
                }
                self.push(if *negated { " NOT IN (" } else { " IN (" });
                // MySQL and MariaDB take no LIMIT here.
                let apart = select.limit.is_some() || select.offset.is_some();
                self.derived(subquery, apart, |w| w.inner(subquery, Wanted::Value(common)))?;
            }
            Question::Exists { negated } => {
                self.push(if *negated { "NOT EXISTS (" } else { "EXISTS (" });
                self.derived(subquery, false, |w| w.inner(subquery, Wanted::Row))?;
            }
            Question::Value => {
                self.push("(");
                let scale = self.output_scale(subquery);
                self.derived(subquery, false, |w| w.inner(subquery, Wanted::Value(scale)))?;
            }
        }
        self.push(")");
        Ok(())
    }

    fn output_scale(&self, subquery: &Subquery) -> Option<Scaled> {
        if self.features.decimals {
            return None;
        }
        output_scale(&subquery.query.select, 0)
    }

    /// Puts a query into a derived table where MySQL and MariaDB would refuse it as it is: with LIMIT after IN, and where
    /// it reads the table that the statement changes (their error 1093).
    fn derived(
        &mut self,
        subquery: &Subquery,
        apart: bool,
        write: impl FnOnce(&mut Self) -> Result<()>,
    ) -> Result<()> {
        if !matches!(self.dialect, Dialect::MySql | Dialect::MariaDb) || subquery.correlated {
            return write(self);
        }
        let start = self.text.len();
        let clash = std::mem::take(&mut self.paths.reads_target);
        write(self)?;
        let reads = std::mem::replace(&mut self.paths.reads_target, clash);
        if apart || reads {
            self.text.insert_str(start, "SELECT * FROM (");
            // Without a limit it could be merged into the statement again.
            let select = &subquery.query.select;
            if select.limit.is_none() && select.offset.is_none() {
                self.push(" LIMIT 18446744073709551615");
            }
            self.push(") AS ");
            let alias = self.next_alias();
            self.push_alias(alias);
        }
        Ok(())
    }

    fn inner(&mut self, subquery: &Subquery, wanted: Wanted) -> Result<()> {
        let select = &subquery.query.select;
        let around = subquery.correlated.then(|| self.row()).transpose()?;
        let shared = self.share_params;
        self.share_params |= select.distinct || !select.group_by.is_empty();
        let done = self.nested(select.from, |w| {
            w.with_inside(&select.with)?;
            if let Some(around) = around {
                w.correlate(around)?;
            }
            w.plan(select)?;
            w.push(if select.distinct {
                "SELECT DISTINCT "
            } else {
                "SELECT "
            });
            match (wanted, &select.output) {
                (Wanted::Value(scale), Output::Nodes(outputs)) => match outputs.as_slice() {
                    [(node, _)] => w.at_common(node, scale)?,
                    _ => return Err(one_output()),
                },
                (Wanted::Value(scale), Output::Whole) if select.outputs().len() == 1 => {
                    w.all_of(select, |_| scale)?;
                }
                (Wanted::Value(_), _) => return Err(one_output()),
                // They say what a row is: an aggregate alone makes one of no rows.
                (Wanted::Row, Output::Nodes(outputs)) => w.numbered(outputs.iter().map(|(node, _)| node))?,
                (Wanted::Row, Output::Whole) => w.push("*"),
                (Wanted::Row, _) if select.distinct && !select.joins.is_empty() => {
                    w.numbered_columns(select)?;
                }
                (Wanted::Row, _) if select.distinct => {
                    w.columns(select.from, 0..select.from.columns.len(), true)?;
                }
                (Wanted::Row, _) => w.push("1"),
            }
            // The order says nothing unless it chooses the rows.
            w.from(select, select.limit.is_some() || select.offset.is_some())
        });
        self.share_params = shared;
        done
    }

    /// Adds outputs under names that nobody reads: those of a derived table must differ.
    fn numbered<'a>(&mut self, nodes: impl Iterator<Item = &'a Node>) -> Result<()> {
        for (i, node) in nodes.enumerate() {
            self.push(if i == 0 { "" } else { ", " });
            self.node(node)?;
            if i > 0 {
                self.push(" AS c");
                self.push_number(i + 1);
            }
        }
        Ok(())
    }
}

fn one_output() -> Error {
    Error::invalid("a query beside an operator gives one column: select one")
}
