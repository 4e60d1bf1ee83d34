//! The untyped tree of an expression, and of the statements that hold expressions.

mod beside;
mod compound;
mod join;
mod one_trip;
mod statement;
mod subquery;
mod window;

use std::sync::Arc;

pub use beside::{Beside, InKeys, Within};
pub use compound::{Body, Compound, Cte, SetOperation, Write, Written};
pub use join::{JoinKind, JoinedTable, Lateral};
pub use one_trip::{InStage, OneTrip, Stage};
pub use statement::{
    Conflict, Delete, Held, Insert, InsertSelect, Lock, Output, Returning, Select, Update, UpdateMany,
};
pub use subquery::{Deleted, Inner, Question, Scopes, Subquery};
pub use window::{Frame, FrameBound, FrameUnit, Over, WindowFunction};

use super::functions::{Call, JsonFunction, NumberFunction, TextFunction, TimeFunction};
use crate::model::{ColumnDef, RelationDef, TableDef};
use crate::value::{DataType, Value};

/// An expression.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum Node {
    /// A column of a table.
    Column(&'static TableDef, &'static ColumnDef),
    /// The value that an upsert would have inserted into a column.
    Excluded(&'static ColumnDef),
    /// A parameter, with the type of the column or expression it stands beside.
    Value(Value, DataType),
    /// A truth value known in advance.
    Bool(bool),
    /// `a op b`
    Binary(BinaryOp, Box<[Node; 2]>),
    /// `-a`
    Negate(Box<Node>),
    /// All of them hold; true when there are none.
    And(Vec<Node>),
    /// Any of them holds; false when there are none.
    Or(Vec<Node>),
    /// It does not hold.
    Not(Box<Node>),
    /// `a IS NULL`, `a IS NOT NULL`
    IsNull {
        /// What is tested.
        node: Box<Node>,
        /// `IS NOT NULL`.
        negated: bool,
    },
    /// `a IN (..)`
    In {
        /// What is looked for.
        node: Box<Node>,
        /// The list.
        list: Vec<Value>,
        /// The type of the list's values.
        data_type: DataType,
        /// `NOT IN`.
        negated: bool,
    },
    /// `(a, b) IN (..)`
    InKeys(Box<InKeys>),
    /// `(a, b) IN (SELECT .. FROM ..)`, of the rows of an earlier query of a [`OneTrip`].
    InStage(Box<InStage>),
    /// `a BETWEEN b AND c`
    Between(Box<[Node; 3]>),
    /// A text pattern.
    Like {
        /// What is matched.
        node: Box<Node>,
        /// How.
        pattern: Pattern,
        /// Without regard to case.
        insensitive: bool,
        /// It does not match.
        negated: bool,
    },
    /// A function of its arguments.
    Function(Function, Vec<Node>),
    /// An aggregate over rows.
    Aggregate(Box<Aggregate>),
    /// An aggregate, and the condition on the rows that it takes.
    Only(Box<[Node; 2]>),
    /// A window function of its arguments; it stands in an `Over`.
    Window(WindowFunction, Vec<Node>),
    /// An aggregate or a window function over a window.
    Over(Box<Over>),
    /// SQL of the user's own, with expressions in it.
    Fragment(Vec<FragmentPart>),
    /// An output of the same query, by name.
    Output(Arc<str>),
    /// A condition does not hold or is unknown: `a IS NOT TRUE`
    IsNotTrue(Box<Node>),
    /// An expression of the row to which a relation leads.
    Via(Box<Via>),
    /// A question about the rows to which a relation leads.
    Related(Box<Related>),
    /// An expression of one of the tables that a query joins, counted from 0.
    Side(usize, Box<Node>),
    /// A question about the rows of a query.
    Subquery(Box<Subquery>),
}

/// An expression of the row to which a relation to one row leads.
#[derive(Clone, Debug)]
pub struct Via {
    /// The relation, from the model in which the whole is rooted.
    pub relation: &'static RelationDef,
    /// The expression, rooted in the model at the other end.
    pub node: Node,
    /// The default scopes of that model, filled in before the statement is written.
    pub scope: Vec<Node>,
}

/// A question about the rows to which a relation leads.
#[derive(Clone, Debug)]
pub struct Related {
    /// The relation, from the model in which the whole is rooted.
    pub relation: &'static RelationDef,
    /// What is asked.
    pub ask: Ask,
    /// Only of rows that satisfy these, rooted in the model at the other end.
    pub filter: Vec<Node>,
    /// The default scopes of that model, filled in before the statement is written.
    pub scope: Vec<Node>,
    /// Those of the join table of a many-to-many relation.
    pub through_scope: Vec<Node>,
}

/// What is asked of related rows.
#[derive(Clone, Debug)]
pub enum Ask {
    /// Whether there is one.
    Exists,
    /// Whether there is none.
    None,
    /// An aggregate over them, rooted in the model at the other end.
    Value(Node),
}

impl Node {
    /// `a op b`
    #[must_use]
    pub fn binary(op: BinaryOp, a: Node, b: Node) -> Node {
        Node::Binary(op, Box::new([a, b]))
    }

    /// `column = value`
    #[must_use]
    pub fn equal(table: &'static TableDef, column: &'static ColumnDef, value: Value) -> Node {
        let value = Node::Value(value, column.data_type);
        Node::binary(BinaryOp::Eq, Node::Column(table, column), value)
    }

    /// The nodes of which this one is made.
    pub(crate) fn parts(&self) -> Vec<&Node> {
        match self {
            // Related rows are in no group of this query's.
            Node::Column(..)
            | Node::Excluded(_)
            | Node::Value(..)
            | Node::Bool(_)
            | Node::Output(_)
            | Node::Related(_) => Vec::new(),
            Node::Via(via) => vec![&via.node],
            Node::Side(_, node) => vec![node],
            // The rows of another query are in no group of this one's.
            Node::Subquery(subquery) => match &subquery.ask {
                Question::In { node, .. } => vec![node],
                Question::Exists { .. } | Question::Value => Vec::new(),
            },
            Node::Binary(_, sides) | Node::Only(sides) => sides.iter().collect(),
            Node::Negate(node) | Node::Not(node) | Node::IsNotTrue(node) => vec![node],
            Node::And(nodes) | Node::Or(nodes) | Node::Function(_, nodes) | Node::Window(_, nodes) => {
                nodes.iter().collect()
            }
            Node::Over(over) => over.parts(),
            Node::IsNull { node, .. } | Node::In { node, .. } | Node::Like { node, .. } => vec![node],
            Node::InKeys(keys) => keys.nodes.iter().collect(),
            Node::InStage(rows) => rows.nodes.iter().collect(),
            Node::Between(parts) => parts.iter().collect(),
            Node::Aggregate(aggregate) => {
                let order = aggregate.order_by.iter().map(|term| &term.node);
                aggregate.node.iter().chain(order).collect()
            }
            Node::Fragment(parts) => parts
                .iter()
                .filter_map(|part| match part {
                    FragmentPart::Text(_) => None,
                    FragmentPart::Node(node) => Some(node),
                })
                .collect(),
        }
    }

    /// The nodes of which this one is made, to be changed.
    pub(crate) fn parts_mut(&mut self) -> Vec<&mut Node> {
        match self {
            Node::Column(..)
            | Node::Excluded(_)
            | Node::Value(..)
            | Node::Bool(_)
            | Node::Output(_)
            | Node::Related(_) => Vec::new(),
            Node::Via(via) => vec![&mut via.node],
            Node::Side(_, node) => vec![node],
            Node::Subquery(subquery) => match &mut subquery.ask {
                Question::In { node, .. } => vec![node],
                Question::Exists { .. } | Question::Value => Vec::new(),
            },
            Node::Binary(_, sides) | Node::Only(sides) => sides.iter_mut().collect(),
            Node::Negate(node) | Node::Not(node) | Node::IsNotTrue(node) => vec![node],
            Node::And(nodes) | Node::Or(nodes) | Node::Function(_, nodes) | Node::Window(_, nodes) => {
                nodes.iter_mut().collect()
            }
            Node::Over(over) => over.parts_mut(),
            Node::IsNull { node, .. } | Node::In { node, .. } | Node::Like { node, .. } => vec![node],
            Node::InKeys(keys) => keys.nodes.iter_mut().collect(),
            Node::InStage(rows) => rows.nodes.iter_mut().collect(),
            Node::Between(parts) => parts.iter_mut().collect(),
            Node::Aggregate(aggregate) => {
                let order = aggregate.order_by.iter_mut().map(|term| &mut term.node);
                aggregate.node.iter_mut().chain(order).collect()
            }
            Node::Fragment(parts) => parts
                .iter_mut()
                .filter_map(|part| match part {
                    FragmentPart::Text(_) => None,
                    FragmentPart::Node(node) => Some(node),
                })
                .collect(),
        }
    }

    /// The column that it is, of whatever row.
    pub(crate) fn column(&self) -> Option<&'static ColumnDef> {
        match self {
            Node::Column(_, column) => Some(column),
            Node::Via(via) => via.node.column(),
            Node::Side(_, node) => node.column(),
            _ => None,
        }
    }

    /// Whether an aggregate is in it.
    pub(crate) fn has_aggregate(&self) -> bool {
        matches!(self, Node::Aggregate(_)) || self.parts().into_iter().any(Node::has_aggregate)
    }

    /// The first column in it that is in no aggregate. SQL of the user's own may hold aggregates that nobody sees: its
    /// columns do not count.
    pub(crate) fn bare_column(&self) -> Option<(&'static TableDef, &'static ColumnDef)> {
        match self {
            Node::Column(table, column) => Some((table, column)),
            Node::Aggregate(_) | Node::Only(_) | Node::Fragment(_) => None,
            other => other.parts().into_iter().find_map(Node::bare_column),
        }
    }
}

/// A part of the user's own SQL.
#[derive(Clone, Debug)]
pub enum FragmentPart {
    /// Text, passed on as it is.
    Text(Arc<str>),
    /// An expression or a parameter.
    Node(Node),
}

/// An operator between two expressions.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum BinaryOp {
    /// `=`
    Eq,
    /// `<>`
    Ne,
    /// `<`
    Lt,
    /// `<=`
    Le,
    /// `>`
    Gt,
    /// `>=`
    Ge,
    /// `IS DISTINCT FROM`
    DistinctFrom,
    /// `IS NOT DISTINCT FROM`
    NotDistinctFrom,
    /// `+`
    Add,
    /// `-`
    Sub,
    /// `*`
    Mul,
    /// Division of floats.
    Div,
    /// Division of whole numbers, cut towards zero.
    IntDiv,
    /// The remainder of a division of whole numbers.
    Rem,
}

impl BinaryOp {
    /// Whether the result is a truth value.
    #[must_use]
    pub const fn is_comparison(self) -> bool {
        use BinaryOp::{DistinctFrom, Eq, Ge, Gt, Le, Lt, Ne, NotDistinctFrom};
        matches!(self, Eq | Ne | Lt | Le | Gt | Ge | DistinctFrom | NotDistinctFrom)
    }
}

/// What a text is matched with. The texts are taken literally, but for [`Pattern::Like`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Pattern {
    /// The text stands somewhere in it.
    Contains(String),
    /// It begins with the text.
    StartsWith(String),
    /// It ends with the text.
    EndsWith(String),
    /// `%` stands for any text, `_` for one character, `!` takes the next character literally.
    Like(String),
}

/// A function that is written differently by the databases, or the same by all.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Function {
    /// Lower case.
    Lower,
    /// Upper case.
    Upper,
    /// Length in characters.
    Length,
    /// Without blanks at both ends.
    Trim,
    /// A function of a number of this type.
    Number(NumberFunction, DataType),
    /// Another function of text.
    Text(TextFunction),
    /// A function of a JSON document or an array.
    Json(JsonFunction),
    /// A function that the user has declared.
    Call(Call),
    /// Another function of a date or time of this type.
    Time(TimeFunction, DataType),
    /// The first argument that is not NULL.
    Coalesce,
    /// Conditions and their values in turn; a last argument alone is the value where none holds.
    Case,
    /// NULL where its two arguments are equal, else the first.
    Nullif,
    /// The greatest argument, NULL if any is.
    Greatest,
    /// The least argument, NULL if any is.
    Least,
    /// The same value as another type.
    Cast(DataType),
    /// The day of a moment, in UTC.
    Date,
    /// The year of a date or moment.
    Year,
    /// The month of a date or moment, from 1.
    Month,
    /// The day of the month of a date or moment, from 1.
    Day,
}

/// An aggregate over rows.
#[derive(Clone, Debug)]
pub struct Aggregate {
    /// Which.
    pub function: AggregateFunction,
    /// Of what; `None` counts rows.
    pub node: Option<Node>,
    /// Of distinct values.
    pub distinct: bool,
    /// In that order, where it matters.
    pub order_by: Vec<OrderTerm>,
    /// The type of the result.
    pub result: DataType,
}

/// An aggregate.
#[derive(Clone, Debug, PartialEq)]
pub enum AggregateFunction {
    /// How many.
    Count,
    /// The sum.
    Sum,
    /// The mean, as a float.
    Avg,
    /// The least.
    Min,
    /// The greatest.
    Max,
    /// Whether all are true.
    All,
    /// Whether any is true.
    Any,
    /// The texts with this one between them.
    Texts(Value),
    /// The values in an array.
    Array,
}

/// One term of an ORDER BY.
#[derive(Clone, Debug)]
pub struct OrderTerm {
    /// What is ordered by.
    pub node: Node,
    /// From the greatest to the least.
    pub descending: bool,
    /// Where NULL goes; `None` leaves it to the database.
    pub nulls_first: Option<bool>,
}
