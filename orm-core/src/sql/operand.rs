//! Expressions beside operators: where a condition is compared with another, parentheses keep it together.

use super::Writer;
use super::expression::type_of;
use crate::error::Result;
use crate::expr::ast::Node;
use crate::value::DataType;

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
}

/// Whether an operator beside it would take a part of it: of `NOT (a)` beside `IS NULL`, the `(a)`. Databases rank these
/// operators differently.
fn is_open(node: &Node) -> bool {
    match node {
        Node::Binary(op, _) => op.is_comparison(),
        Node::Not(_) | Node::IsNull { .. } | Node::In { .. } | Node::Like { .. } => true,
        Node::And(nodes) | Node::Or(nodes) => matches!(nodes.as_slice(), [one] if is_open(one)),
        _ => false,
    }
}
