//! One statement for the rows of several tables, each of which is reached from one before it.

use super::{Node, Select};
use crate::value::DataType;

/// The rows of several queries, as one result: each row has the number of its query, its place among that query's rows, and
/// the columns of all of them, which are NULL but for its own.
#[derive(Clone, Debug)]
pub struct OneTrip {
    /// The queries, each behind those of whose rows it speaks.
    pub stages: Vec<Stage>,
}

/// One of the queries.
#[derive(Clone, Debug)]
pub struct Stage {
    /// Which rows, and in which order they come; its output are columns of the table or expressions.
    pub select: Select,
    /// The number of its first column, counted over all queries.
    pub first: usize,
    /// How many columns it has.
    pub width: usize,
}

/// A test whether columns have together the values of columns in a row of an earlier query.
#[derive(Clone, Debug)]
pub struct InStage {
    /// The columns.
    pub nodes: Vec<Node>,
    /// Their types.
    pub types: Vec<DataType>,
    /// The number of the query.
    pub stage: usize,
    /// The numbers of its columns, counted over all queries.
    pub columns: Vec<usize>,
}
