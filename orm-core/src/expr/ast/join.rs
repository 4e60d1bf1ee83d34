//! Further tables of a SELECT, joined by conditions of the user's own.

use super::Node;
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
