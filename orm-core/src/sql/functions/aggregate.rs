//! Aggregates: over all rows, some of them, or a window.

use crate::error::{Error, Result};
use crate::expr::ast::{Aggregate, AggregateFunction, Node, OrderTerm, Over};
use crate::sql::{Dialect, Writer};
use crate::value::{DataType, Value};

/// What stands around an aggregate's arguments.
#[derive(Clone, Copy)]
struct Around<'a> {
    /// The rows that are taken.
    only: Option<&'a Node>,
    over: Option<&'a Over>,
}

impl Writer {
    /// Adds an aggregate of the rows that satisfy a condition, if there is one.
    pub(in crate::sql) fn aggregate(
        &mut self,
        aggregate: &Aggregate,
        only: Option<&Node>,
        over: Option<&Over>,
    ) -> Result<()> {
        if self.single_rows && over.is_none() {
            return Err(Error::invalid(
                "an aggregate stands where each row is looked at by itself (`filter`, `group_by`, `set`): a condition on \
                 groups goes into `.having(..)`",
            ));
        }
        let around = Around { only, over };
        let many = matches!(
            aggregate.function,
            AggregateFunction::Texts(_) | AggregateFunction::Array
        );
        if over.is_some() && (many || aggregate.distinct) {
            return Err(Error::invalid(
                "aggregates of distinct values, of texts and of arrays have no window: no database computes them",
            ));
        }
        match (&aggregate.function, &aggregate.node) {
            (AggregateFunction::Texts(separator), Some(node)) => {
                self.texts(separator, node, &aggregate.order_by, only)
            }
            (AggregateFunction::Array, Some(node)) => {
                self.array(node, aggregate.result, &aggregate.order_by, only)
            }
            (_, Some(node)) => self.plain_aggregate(aggregate, node, around),
            (_, None) => {
                match only {
                    Some(condition) if !self.features.aggregate_filters => {
                        self.push("COUNT(CASE WHEN ");
                        self.node(condition)?;
                        self.push(" THEN 1 END)");
                    }
                    _ => self.push("COUNT(*)"),
                }
                self.behind(around)
            }
        }
    }

    fn plain_aggregate(&mut self, aggregate: &Aggregate, node: &Node, around: Around<'_>) -> Result<()> {
        if matches!(
            aggregate.function,
            AggregateFunction::Sum | AggregateFunction::Avg
        ) && self.scaled(node).is_some_and(|scaled| scaled.wide)
        {
            return Err(Error::unsupported(format!(
                "{} computes no sum and no mean of decimals of more than 18 digits: give the column fewer, or add them up \
                 yourself",
                self.features.name
            )));
        }
        let truth = self.features.truth_aggregates;
        self.push(match aggregate.function {
            AggregateFunction::Count => "COUNT(",
            AggregateFunction::Sum => "SUM(",
            AggregateFunction::Avg => "AVG(",
            AggregateFunction::All if truth => "BOOL_AND(",
            AggregateFunction::Any if truth => "BOOL_OR(",
            AggregateFunction::Min | AggregateFunction::All => "MIN(",
            _ => "MAX(",
        });
        if aggregate.distinct {
            self.push("DISTINCT ");
        }
        self.taken(around.only, |w| w.node(node))?;
        let mean = aggregate.function == AggregateFunction::Avg;
        // A mean of decimals or whole numbers has as many digits as the database likes; a float's are the same.
        if mean && matches!(self.dialect, Dialect::MySql | Dialect::MariaDb) {
            self.push(" + 0e0");
        }
        self.push(")");
        self.behind(around)?;
        match self.dialect {
            Dialect::Postgres if mean => self.push("::float8"),
            Dialect::Sqlite if mean => {
                if let Some(scaled) = self.scaled(node) {
                    self.push(" / 1e");
                    self.push_number(scaled.scale);
                }
            }
            _ => {}
        }
        Ok(())
    }

    /// An argument, and NULL in rows that are not taken where the database has no words for that.
    fn taken(&mut self, only: Option<&Node>, argument: impl FnOnce(&mut Self) -> Result<()>) -> Result<()> {
        match only {
            Some(condition) if !self.features.aggregate_filters => {
                self.push("CASE WHEN ");
                self.node(condition)?;
                self.push(" THEN ");
                argument(self)?;
                self.push(" END");
                Ok(())
            }
            _ => argument(self),
        }
    }

    fn behind(&mut self, around: Around<'_>) -> Result<()> {
        if let Some(condition) = around.only
            && self.features.aggregate_filters
        {
            self.push(" FILTER (WHERE ");
            self.node(condition)?;
            self.push(")");
        }
        match around.over {
            Some(over) => self.over_clause(over),
            None => Ok(()),
        }
    }

    fn texts(
        &mut self,
        separator: &Value,
        node: &Node,
        order: &[OrderTerm],
        only: Option<&Node>,
    ) -> Result<()> {
        let around = Around { only, over: None };
        if matches!(self.dialect, Dialect::Postgres | Dialect::Sqlite) {
            let postgres = self.dialect == Dialect::Postgres;
            self.push(if postgres { "STRING_AGG(" } else { "group_concat(" });
            self.node(node)?;
            self.push(", ");
            self.param(separator.clone(), DataType::Text)?;
            self.order_by(order)?;
            self.push(")");
            return self.behind(around);
        }
        // Its separator is no parameter: it is put before each text instead, and the first one is cut off.
        let length = match separator {
            Value::Text(text) => text.chars().count(),
            _ => 0,
        };
        self.push("SUBSTRING(GROUP_CONCAT(");
        self.taken(only, |w| {
            w.push("CONCAT(");
            w.param(separator.clone(), DataType::Text)?;
            w.push(", ");
            w.node(node)?;
            w.push(")");
            Ok(())
        })?;
        self.order_by(order)?;
        self.push(" SEPARATOR ''), ");
        let begin = i32::try_from(length).unwrap_or(i32::MAX).saturating_add(1);
        self.param(Value::I32(begin), DataType::I32)?;
        self.push(")");
        Ok(())
    }

    /// The values in an array, NULL left out; an empty one over no rows.
    fn array(
        &mut self,
        node: &Node,
        array: DataType,
        order: &[OrderTerm],
        only: Option<&Node>,
    ) -> Result<()> {
        let element = match array {
            DataType::Array(element) => *element,
            other => other,
        };
        match self.dialect {
            Dialect::Postgres | Dialect::Sqlite => {
                let postgres = self.dialect == Dialect::Postgres;
                self.push(if postgres {
                    "COALESCE(ARRAY_AGG("
                } else {
                    "json_group_array("
                });
                // Its JSON has fewer digits than a float.
                let digits = !postgres && element == DataType::F64;
                self.push(if digits { "json(orm_float_text(" } else { "" });
                self.node(node)?;
                self.push(if digits { "))" } else { "" });
                self.order_by(order)?;
                self.push(") FILTER (WHERE ");
                self.node(node)?;
                self.push(" IS NOT NULL");
                if let Some(condition) = only {
                    self.push(" AND ");
                    self.node(condition)?;
                }
                self.push(if postgres { "), '{}')" } else { ")" });
            }
            Dialect::MySql | Dialect::MariaDb => {
                // Its own JSON aggregate takes neither order nor condition.
                let (before, after) = match element {
                    DataType::Text => ("JSON_QUOTE(", ")"),
                    DataType::Date | DataType::DateTime | DataType::Timestamp => ("CONCAT('\"', ", ", '\"')"),
                    _ => ("", ""),
                };
                self.push("CONCAT('[', COALESCE(GROUP_CONCAT(");
                self.taken(only, |w| {
                    w.push(before);
                    w.node(node)?;
                    w.push(after);
                    Ok(())
                })?;
                self.order_by(order)?;
                self.push(" SEPARATOR ',')");
                self.push(self.features.json_collation);
                self.push(", ''), ']')");
            }
        }
        Ok(())
    }
}
