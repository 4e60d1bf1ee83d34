//! What a SELECT reads along relations beside its own rows.

use super::{Node, OrderTerm, Output, Select};
use crate::model::RelationDef;
use crate::value::{DataType, Value};

/// Rows at the other end of a relation that are joined, and read with each row.
#[derive(Clone, Debug)]
pub struct Beside {
    /// The relation, from the row that has them.
    pub relation: &'static RelationDef,
    /// What is read of them, rooted in the table at the other end.
    pub output: Output,
    /// Only those that satisfy these, rooted there, too.
    pub filter: Vec<Node>,
    /// The default scopes of the model at the other end, filled in before the statement is written.
    pub scope: Vec<Node>,
    /// Those of the join table of a many-to-many relation.
    pub through_scope: Vec<Node>,
    /// Rows that are soft-deleted: those that the relation itself would show, none, or all.
    pub deleted: Option<bool>,
    /// What is read with them in turn.
    pub beside: Vec<Beside>,
}

/// Rows of the table that are chosen by a query of their own, in the place of all of them.
#[derive(Clone, Debug)]
pub struct Within {
    /// Which rows; its outputs are the table's columns.
    pub select: Select,
    /// Further values of each row, read as `orm_key_0`..
    pub keys: Vec<Node>,
    /// The number of each row among those with the same values, in an order, read as `orm_row`.
    pub number: Option<(Vec<Node>, Vec<OrderTerm>)>,
}

/// A test whether several columns have together the values of a row in a list.
#[derive(Clone, Debug)]
pub struct InKeys {
    /// The columns.
    pub nodes: Vec<Node>,
    /// Their types.
    pub types: Vec<DataType>,
    /// The list, row after row.
    pub values: Vec<Value>,
}

impl Beside {
    /// All that a relation leads to, with the columns of the table there.
    #[must_use]
    pub const fn new(relation: &'static RelationDef) -> Self {
        Beside {
            relation,
            output: Output::Own,
            filter: Vec::new(),
            scope: Vec::new(),
            through_scope: Vec::new(),
            deleted: None,
            beside: Vec::new(),
        }
    }
}
