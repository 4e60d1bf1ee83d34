//! The statements that hold expressions.

use std::sync::Arc;

use super::{Beside, Compound, Cte, JoinKind, JoinedTable, Node, OrderTerm, Within};
use crate::model::TableDef;
use crate::value::Value;

/// A SELECT over one table.
#[derive(Clone, Debug)]
pub struct Select {
    /// The queries that have a name in it.
    pub with: Vec<Cte>,
    /// The table.
    pub from: &'static TableDef,
    /// Rows that stand in the place of the table's.
    pub source: Option<Box<Compound>>,
    /// Rows of the table that are chosen beforehand, in the place of all.
    pub within: Option<Box<Within>>,
    /// The tables that are joined to it.
    pub joins: Vec<JoinedTable>,
    /// What is read along relations with each row, behind the output.
    pub beside: Vec<Beside>,
    /// Further outputs behind that.
    pub also: Vec<Node>,
    /// Which of the table's rows are joined at all; filled in where a condition after the joins would come too late.
    pub scope: Vec<Node>,
    /// What is selected.
    pub output: Output,
    /// Without doubles.
    pub distinct: bool,
    /// The conditions, all of which must hold.
    pub filter: Vec<Node>,
    /// What rows are grouped by.
    pub group_by: Vec<Node>,
    /// The conditions on groups.
    pub having: Vec<Node>,
    /// The order.
    pub order_by: Vec<OrderTerm>,
    /// The most rows.
    pub limit: Option<u64>,
    /// How many rows are left out at the beginning.
    pub offset: Option<u64>,
    /// A lock on the rows.
    pub lock: Option<Lock>,
}

/// A lock on the rows that a SELECT gives.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Lock {
    /// `FOR SHARE` in place of `FOR UPDATE`.
    pub share: bool,
    /// What happens where somebody else holds a row.
    pub held: Held,
}

/// What a lock does about rows that somebody else holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Held {
    /// It waits for them.
    Wait,
    /// `SKIP LOCKED`
    Skip,
    /// `NOWAIT`
    Fail,
}

impl Select {
    /// All rows of a table, with all columns.
    #[must_use]
    pub const fn new(from: &'static TableDef) -> Self {
        Select {
            with: Vec::new(),
            from,
            source: None,
            within: None,
            beside: Vec::new(),
            also: Vec::new(),
            joins: Vec::new(),
            scope: Vec::new(),
            output: Output::Model,
            distinct: false,
            filter: Vec::new(),
            group_by: Vec::new(),
            having: Vec::new(),
            order_by: Vec::new(),
            limit: None,
            offset: None,
            lock: None,
        }
    }
}

impl Select {
    /// The expressions in it, except the fixed columns of its tables and the conditions of its joins.
    pub(crate) fn nodes(&self) -> impl Iterator<Item = &Node> {
        let outputs = match &self.output {
            Output::Nodes(outputs) => outputs.as_slice(),
            _ => &[],
        };
        outputs
            .iter()
            .map(|(node, _)| node)
            .chain(&self.also)
            .chain(&self.filter)
            .chain(&self.group_by)
            .chain(&self.having)
            .chain(self.order_by.iter().map(|term| &term.node))
    }

    /// Whether rows stay that have no row of its own table beside them.
    pub(crate) fn has_full_join(&self) -> bool {
        self.joins.iter().any(|join| join.kind == JoinKind::Full)
    }

    /// The same, to be changed.
    pub(crate) fn nodes_mut(&mut self) -> impl Iterator<Item = &mut Node> {
        let outputs = match &mut self.output {
            Output::Nodes(outputs) => outputs.as_mut_slice(),
            _ => &mut [],
        };
        outputs
            .iter_mut()
            .map(|(node, _)| node)
            .chain(&mut self.also)
            .chain(&mut self.filter)
            .chain(&mut self.group_by)
            .chain(&mut self.having)
            .chain(self.order_by.iter_mut().map(|term| &mut term.node))
    }
}

/// What a SELECT gives.
#[derive(Clone, Debug)]
pub enum Output {
    /// The columns of the table and of those that are joined to it, in order.
    Model,
    /// The columns of the table alone.
    Own,
    /// These expressions, with names where they have them.
    Nodes(Vec<(Node, Option<Arc<str>>)>),
    /// The outputs of the rows that stand in the table's place.
    Whole,
    /// How many rows there are.
    Count,
    /// Whether there is a row.
    Exists,
}

/// What a write gives back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Returning {
    /// Nothing but a count.
    Nothing,
    /// These columns, as positions in the table.
    Columns(Vec<usize>),
}

/// An INSERT of rows that fill the same columns.
#[derive(Clone, Debug)]
pub struct Insert {
    /// The table.
    pub into: &'static TableDef,
    /// The columns that are filled, as positions in the table.
    pub columns: Vec<usize>,
    /// How many rows there are.
    pub rows: usize,
    /// The rows' values, row after row: a value for each of `columns`.
    pub values: Vec<Value>,
    /// What happens to a row that is there already.
    pub conflict: Option<Conflict>,
    /// What comes back.
    pub returning: Returning,
}

/// An INSERT of the rows of a SELECT.
#[derive(Clone, Debug)]
pub struct InsertSelect {
    /// The table.
    pub into: &'static TableDef,
    /// The columns that the outputs of the SELECT fill, as positions.
    pub columns: Vec<usize>,
    /// Where the rows come from.
    pub select: Select,
    /// What further columns are filled with, alike in all rows.
    pub also: Vec<(usize, Node)>,
}

/// What an INSERT does with a row whose unique values are there already.
#[derive(Clone, Debug)]
pub struct Conflict {
    /// The columns of the unique constraint, as positions.
    pub target: Vec<usize>,
    /// What is set in the row that is there; empty leaves it as it is.
    pub set: Vec<(usize, Node)>,
    /// Only if the row that is there satisfies these.
    pub filter: Vec<Node>,
    /// Any unique constraint may be met, where the target cannot be named.
    pub any: bool,
}

/// An UPDATE of one table.
#[derive(Clone, Debug)]
pub struct Update {
    /// The table.
    pub table: &'static TableDef,
    /// The columns set, as positions, and to what.
    pub set: Vec<(usize, Node)>,
    /// The conditions, all of which must hold.
    pub filter: Vec<Node>,
    /// What comes back.
    pub returning: Returning,
}

/// An UPDATE of rows that are named by their keys, with values of their own for each.
#[derive(Clone, Debug)]
pub struct UpdateMany {
    /// The table.
    pub table: &'static TableDef,
    /// The columns that are set, as positions.
    pub set: Vec<usize>,
    /// The columns that must have a row's values: the primary key, and the version where it is looked at.
    pub key: Vec<usize>,
    /// How many rows there are.
    pub rows: usize,
    /// The rows' values, row after row: a value for each of `set`, then one for each of `key`.
    pub values: Vec<Value>,
    /// What is set in all rows alike.
    pub also: Vec<(usize, Node)>,
    /// Further conditions, all of which must hold.
    pub filter: Vec<Node>,
}

/// A DELETE from one table.
#[derive(Clone, Debug)]
pub struct Delete {
    /// The table.
    pub from: &'static TableDef,
    /// The conditions, all of which must hold.
    pub filter: Vec<Node>,
    /// What comes back.
    pub returning: Returning,
}
