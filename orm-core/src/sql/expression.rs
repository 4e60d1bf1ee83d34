//! Expressions as text.

use super::functions::type_of;
use super::{SqlText, Writer};
use crate::error::{Error, Result};
use crate::expr::ast::{BinaryOp, FragmentPart, Function, Node, OrderTerm};
use crate::model::TableDef;
use crate::sql::Dialect;
use crate::sql::dialect::Upsert;
use crate::value::{DataType, Value};

impl Writer {
    /// Adds an expression.
    ///
    /// # Errors
    /// When the database lacks what it needs, or a value has no place in it.
    pub fn node(&mut self, node: &Node) -> Result<()> {
        match node {
            Node::Column(table, column) => self.column(table, column),
            Node::Excluded(column) => self.excluded(column),
            Node::Value(value, data_type) => self.param(value.clone(), *data_type),
            Node::Bool(b) => {
                self.push(if *b { "TRUE" } else { "FALSE" });
                Ok(())
            }
            Node::Binary(op, sides) => self.binary(*op, &sides[0], &sides[1]),
            Node::Negate(inner) => {
                self.push("(-");
                self.node(inner)?;
                self.push(")");
                Ok(())
            }
            Node::And(nodes) => self.joined(nodes, " AND ", "TRUE"),
            Node::Or(nodes) => self.joined(nodes, " OR ", "FALSE"),
            Node::Not(inner) => {
                self.push("NOT (");
                self.node(inner)?;
                self.push(")");
                Ok(())
            }
            Node::IsNull { node, negated } => {
                self.operand(node)?;
                self.push(if *negated { " IS NOT NULL" } else { " IS NULL" });
                Ok(())
            }
            Node::InKeys(keys) => self.in_keys(keys),
            Node::InStage(rows) => self.in_stage(rows),
            Node::In {
                node,
                list,
                data_type,
                negated,
            } => self.list(node, list, *data_type, *negated),
            Node::Between(parts) => self.between(parts),
            Node::Like {
                node,
                pattern,
                insensitive,
                negated,
            } => self.like(node, pattern, *insensitive, *negated),
            Node::Function(function, args) => self.function(*function, args),
            Node::Aggregate(aggregate) => self.aggregate(aggregate, None, None),
            Node::Only(sides) => self.only(&sides[0], &sides[1]),
            Node::Over(over) => self.over(over),
            Node::Window(..) => Err(Error::invalid("a window function has no window")),
            Node::Fragment(parts) => self.fragment(parts),
            Node::Output(name) => self.name(name),
            Node::IsNotTrue(inner) => {
                self.push("(");
                self.node(inner)?;
                self.push(") IS NOT TRUE");
                Ok(())
            }
            Node::Via(via) => self.via(via),
            Node::Related(related) => self.related(related),
            Node::Side(slot, node) => self.side(*slot, node),
            Node::Subquery(subquery) => self.subquery(subquery),
        }
    }

    fn joined(&mut self, nodes: &[Node], between: &str, empty: &str) -> Result<()> {
        match nodes {
            [] => self.push(empty),
            [one] => return self.node(one),
            many => {
                self.push("(");
                for (i, node) in many.iter().enumerate() {
                    if i > 0 {
                        self.push(between);
                    }
                    self.node(node)?;
                }
                self.push(")");
            }
        }
        Ok(())
    }

    fn binary(&mut self, op: BinaryOp, a: &Node, b: &Node) -> Result<()> {
        // `eq(None)` means IS NULL: a comparison with NULL itself would never hold.
        if let (BinaryOp::Eq | BinaryOp::Ne, Node::Value(Value::Null(_), _)) = (op, b) {
            self.operand(a)?;
            self.push(if op == BinaryOp::Eq {
                " IS NULL"
            } else {
                " IS NOT NULL"
            });
            return Ok(());
        }
        if self.scaled(a).is_some() || self.scaled(b).is_some() {
            return self.decimal_binary(op, a, b);
        }
        match op {
            BinaryOp::DistinctFrom if !self.features.nulls_order => {
                self.push("NOT (");
                self.operand(a)?;
                self.push(" <=> ");
                self.operand(b)?;
                self.push(")");
            }
            _ if op.is_comparison() => {
                self.operand(a)?;
                self.binary_operator(op);
                self.operand(b)?;
            }
            _ => {
                self.push("(");
                self.number(a)?;
                self.binary_operator(op);
                self.number(b)?;
                self.push(")");
            }
        }
        Ok(())
    }

    pub(super) fn binary_operator(&mut self, op: BinaryOp) {
        self.push(match (op, self.dialect) {
            (BinaryOp::Eq, _) => " = ",
            (BinaryOp::Ne, _) => " <> ",
            (BinaryOp::Lt, _) => " < ",
            (BinaryOp::Le, _) => " <= ",
            (BinaryOp::Gt, _) => " > ",
            (BinaryOp::Ge, _) => " >= ",
            (BinaryOp::DistinctFrom, Dialect::Sqlite) => " IS NOT ",
            (BinaryOp::DistinctFrom, _) => " IS DISTINCT FROM ",
            (BinaryOp::NotDistinctFrom, Dialect::Sqlite) => " IS ",
            (BinaryOp::NotDistinctFrom, Dialect::Postgres) => " IS NOT DISTINCT FROM ",
            (BinaryOp::NotDistinctFrom, Dialect::MySql | Dialect::MariaDb) => " <=> ",
            (BinaryOp::Add, _) => " + ",
            (BinaryOp::Sub, _) => " - ",
            (BinaryOp::Mul, _) => " * ",
            (BinaryOp::IntDiv, Dialect::MySql | Dialect::MariaDb) => " DIV ",
            (BinaryOp::Div | BinaryOp::IntDiv, _) => " / ",
            (BinaryOp::Rem, _) => " % ",
        });
    }

    fn between(&mut self, parts: &[Node; 3]) -> Result<()> {
        let [node, low, high] = parts;
        if self.scaled(node).is_some() {
            self.push("(");
            self.decimal_binary(BinaryOp::Ge, node, low)?;
            self.push(" AND ");
            self.decimal_binary(BinaryOp::Le, node, high)?;
            self.push(")");
            return Ok(());
        }
        self.push("(");
        self.operand(node)?;
        self.push(" BETWEEN ");
        self.operand(low)?;
        self.push(" AND ");
        self.operand(high)?;
        self.push(")");
        Ok(())
    }

    pub(super) fn day_part(&mut self, function: Function, arg: &Node) -> Result<()> {
        match self.dialect {
            Dialect::Sqlite => {
                let (before, after) = match function {
                    Function::Year => ("CAST(strftime('%Y', ", ") AS INTEGER)"),
                    Function::Month => ("CAST(strftime('%m', ", ") AS INTEGER)"),
                    Function::Day => ("CAST(strftime('%d', ", ") AS INTEGER)"),
                    _ => ("date(", ")"),
                };
                self.push(before);
                self.node(arg)?;
                self.push(after);
            }
            Dialect::Postgres => {
                let (before, after) = match function {
                    Function::Year => ("EXTRACT(YEAR FROM ", ")::int4"),
                    Function::Month => ("EXTRACT(MONTH FROM ", ")::int4"),
                    Function::Day => ("EXTRACT(DAY FROM ", ")::int4"),
                    _ => ("(", ")::date"),
                };
                self.push(before);
                self.node(arg)?;
                if type_of(arg) == Some(DataType::Timestamp) {
                    self.push(" AT TIME ZONE 'UTC'");
                }
                self.push(after);
            }
            Dialect::MySql | Dialect::MariaDb => {
                self.push(match function {
                    Function::Year => "YEAR(",
                    Function::Month => "MONTH(",
                    Function::Day => "DAYOFMONTH(",
                    _ => "DATE(",
                });
                self.node(arg)?;
                self.push(")");
            }
        }
        Ok(())
    }

    fn excluded(&mut self, column: &crate::model::ColumnDef) -> Result<()> {
        match self.features.upsert {
            Upsert::OnConflict => self.push("excluded."),
            Upsert::DuplicateKeyAlias => self.push("new."),
            Upsert::DuplicateKeyValues => {
                self.push("VALUES(");
                self.bare_column(column)?;
                self.push(")");
                return Ok(());
            }
        }
        self.bare_column(column)
    }

    fn fragment(&mut self, parts: &[FragmentPart]) -> Result<()> {
        self.push("(");
        for part in parts {
            match part {
                FragmentPart::Text(text) => {
                    if text.contains('\0') {
                        return Err(Error::invalid("SQL text holds U+0000"));
                    }
                    self.raw(text);
                }
                FragmentPart::Node(node) if self.scaled(node).is_some() => return Err(self.unscaled()),
                FragmentPart::Node(node) => self.node(node)?,
            }
        }
        self.push(")");
        Ok(())
    }

    /// Adds an ORDER BY, if there is an order.
    pub(super) fn order_by(&mut self, terms: &[OrderTerm]) -> Result<()> {
        self.order_terms(" ORDER BY ", terms)
    }

    /// Adds the terms of an order, behind this keyword if there are any.
    pub(super) fn order_terms(&mut self, first: &str, terms: &[OrderTerm]) -> Result<()> {
        let mut keyword = first;
        for term in terms {
            let start = self.text.len();
            self.push(keyword);
            // Written out only where the database would do otherwise.
            let natural = self.features.nulls_first != term.descending;
            let nulls = term.nulls_first.filter(|first| *first != natural);
            if let (Some(first), false) = (nulls, self.features.nulls_order) {
                self.operand(&term.node)?;
                self.push(if first { " IS NULL DESC, " } else { " IS NULL, " });
            }
            let at = self.text.len();
            self.node(&term.node)?;
            // A constant orders nothing, and some databases refuse one.
            if matches!(&self.text[at..], "TRUE" | "FALSE") {
                self.text.truncate(start);
                continue;
            }
            keyword = ", ";
            if term.descending {
                self.push(" DESC");
            }
            if let (Some(first), true) = (nulls, self.features.nulls_order) {
                self.push(if first { " NULLS FIRST" } else { " NULLS LAST" });
            }
        }
        Ok(())
    }
}

/// An order alone, as text and parameters: what tells it from others.
pub(crate) fn order_text(table: &'static TableDef, terms: &[OrderTerm], dialect: Dialect) -> Result<SqlText> {
    let mut w = Writer::new(dialect);
    w.root(table);
    w.order_by(terms)?;
    w.finish(None)
}
