//! Further tables of a SELECT, joined by conditions of the user's own.

use super::{Node, OrderTerm};
use crate::model::TableDef;

/// A table that is joined to those before it.
#[derive(Clone, Debug)]
pub struct JoinedTable {
    /// The table.
    pub table: &'static TableDef,
    /// Which rows stay that have no other.
    pub kind: JoinKind,
    /// The conditions, all of which must hold.
    pub on: Vec<Node>,
    /// The default scopes of its model, filled in before the statement is written.
    pub scope: Vec<Node>,
    /// Rows that are soft-deleted, too.
    pub with_deleted: bool,
    /// Only some of the rows for which the conditions hold, for each row before them.
    pub lateral: Option<Lateral>,
}

/// Which rows a lateral join takes.
#[derive(Clone, Debug)]
pub struct Lateral {
    /// Their order.
    pub order_by: Vec<OrderTerm>,
    /// The most of them.
    pub limit: Option<u64>,
    /// How many are left out at the beginning.
    pub offset: Option<u64>,
}

impl JoinedTable {
    /// The expressions of its conditions and its order, to be changed.
    pub(crate) fn nodes_mut(&mut self) -> impl Iterator<Item = &mut Node> {
        let order = self.lateral.iter_mut().flat_map(|lateral| &mut lateral.order_by);
        self.on.iter_mut().chain(order.map(|term| &mut term.node))
    }
}

/// Which rows of a join stay that have no other beside them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum JoinKind {
    /// None.
    Inner,
    /// Those of the tables before it.
    Left,
    /// Those of either side.
    Full,
    /// Each row goes with each.
    Cross,
}
