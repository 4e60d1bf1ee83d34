//! What can be said about a load.

use std::fmt;

use crate::expr::Node;
use crate::expr::ast::OrderTerm;

/// How related rows come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Strategy {
    /// With the rows that have them, by a join: no further statement.
    Joined,
    /// By one further statement for all rows that have them.
    Selectin,
    /// With all other levels, by one statement for the whole.
    OneTrip,
}

impl fmt::Display for Strategy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Strategy::Joined => "joined",
            Strategy::Selectin => "selectin",
            Strategy::OneTrip => "in one trip",
        })
    }
}

/// What was said about a load.
#[derive(Clone, Debug, Default)]
pub(crate) struct Options {
    pub(crate) filter: Vec<Node>,
    pub(crate) order_by: Vec<OrderTerm>,
    pub(crate) limit: Option<u64>,
    pub(crate) offset: u64,
    pub(crate) strategy: Option<Strategy>,
    /// Soft-deleted rows: as the relation has it, or whether they are shown.
    pub(crate) deleted: Option<bool>,
    /// What is wrong with it; told before anything is sent.
    pub(crate) fault: Option<String>,
}

impl Options {
    /// Whether the filter or the order follows relations.
    pub(crate) fn has_paths(&self) -> bool {
        fn has_path(node: &Node) -> bool {
            matches!(node, Node::Via(_)) || node.parts().into_iter().any(has_path)
        }
        self.filter.iter().any(has_path) || self.order_by.iter().any(|term| has_path(&term.node))
    }
}
