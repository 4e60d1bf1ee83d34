//! Expressions beside operators: where a condition is compared with another, parentheses keep it together.

use super::functions::type_of;
use super::{Dialect, Writer};
use crate::error::Result;
use crate::expr::ast::{Ask, Node, Question};
use crate::value::{DataType, EnumStorage};

impl Writer {
    /// Adds an expression beside an operator.
    pub(super) fn operand(&mut self, node: &Node) -> Result<()> {
        if !is_open(node) {
            return self.node(node);
        }
        self.push("(");
        self.node(node)?;
        self.push(")");
        Ok(())
    }

    /// Adds a number that is computed with. Where there are unsigned columns, one would make the result unsigned, and a
    /// negative result an error; those of 64 bits alone have no signed type to go to.
    pub(super) fn number(&mut self, node: &Node) -> Result<()> {
        let narrow = matches!(type_of(node), Some(DataType::U8 | DataType::U16 | DataType::U32));
        if !self.features.unsigned || !narrow || matches!(node, Node::Value(..)) {
            return self.operand(node);
        }
        self.push("CAST(");
        self.node(node)?;
        self.push(" AS SIGNED)");
        Ok(())
    }

    /// Adds an expression that can become the result of a function as it is. MariaDB gives a parameter there the length
    /// of nothing when it prepares, so that DISTINCT and GROUP BY would take all values for one: the type is said.
    pub(super) fn argument(&mut self, node: &Node) -> Result<()> {
        let Node::Value(_, data_type) = node else {
            return self.node(node);
        };
        let cast = match data_type {
            _ if !matches!(self.dialect, Dialect::MySql | Dialect::MariaDb) => None,
            DataType::Text => Some(" AS CHAR)"),
            DataType::Enum(def) if def.storage != EnumStorage::Integer => Some(" AS CHAR)"),
            DataType::Bytes | DataType::Uuid => Some(" AS BINARY)"),
            DataType::Date => Some(" AS DATE)"),
            DataType::Time => Some(" AS TIME(6))"),
            DataType::DateTime | DataType::Timestamp => Some(" AS DATETIME(6))"),
            _ => None,
        };
        let Some(cast) = cast else {
            return self.node(node);
        };
        self.push("CAST(");
        self.node(node)?;
        self.push(cast);
        Ok(())
    }
}

/// Whether an operator beside it would take a part of it: of `NOT (a)` beside `IS NULL`, the `(a)`. Databases rank these
/// operators differently.
fn is_open(node: &Node) -> bool {
    match node {
        Node::Binary(op, _) => op.is_comparison(),
        Node::Not(_)
        | Node::IsNull { .. }
        | Node::IsNotTrue(_)
        | Node::In { .. }
        | Node::InKeys(_)
        | Node::InStage(_)
        | Node::Like { .. } => true,
        Node::Related(related) => matches!(related.ask, Ask::None),
        Node::Via(via) => is_open(&via.node),
        Node::Side(_, node) => is_open(node),
        Node::Subquery(subquery) => match subquery.ask {
            Question::In { .. } => true,
            Question::Exists { negated } => negated,
            Question::Value => false,
        },
        Node::And(nodes) | Node::Or(nodes) => matches!(nodes.as_slice(), [one] if is_open(one)),
        _ => false,
    }
}
