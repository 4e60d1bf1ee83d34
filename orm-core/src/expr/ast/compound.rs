//! Rows of several queries together, and queries that have a name in a statement.

use super::{Delete, Inner, Node, Output, Scopes, Select, Update};
use crate::model::TableDef;

/// How the rows of a query meet those before it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SetOperation {
    /// The rows of both, without doubles.
    Union,
    /// The rows of both.
    UnionAll,
    /// The rows that both have, without doubles.
    Intersect,
    /// The rows that both have, as often as both have them.
    IntersectAll,
    /// The rows of the first that the second has not, without doubles.
    Except,
    /// The rows of the first, each as often as it has it more than the second.
    ExceptAll,
}

/// The rows of several queries, taken together from the first to the last.
#[derive(Clone, Debug)]
pub struct Compound {
    /// The first query.
    pub first: Inner,
    /// The others, and how each meets what is before it.
    pub rest: Vec<(SetOperation, Inner)>,
}

impl Compound {
    /// The queries.
    pub(crate) fn queries(&self) -> impl Iterator<Item = &Inner> + Clone {
        std::iter::once(&self.first).chain(self.rest.iter().map(|(_, query)| query))
    }

    /// The same, to be changed.
    pub(crate) fn queries_mut(&mut self) -> impl Iterator<Item = &mut Inner> {
        std::iter::once(&mut self.first).chain(self.rest.iter_mut().map(|(_, query)| query))
    }
}

/// A query that has a name for the statement: `WITH name (..) AS (..)`.
#[derive(Clone, Debug)]
pub struct Cte {
    /// The table as which it is read.
    pub table: &'static TableDef,
    /// The columns that its outputs fill, as positions in the table.
    pub columns: Vec<usize>,
    /// Its rows.
    pub body: Body,
    /// The later queries read what the ones before have found.
    pub recursive: bool,
}

/// The rows of a query that has a name.
#[derive(Clone, Debug)]
pub enum Body {
    /// Those of one query or several.
    Rows(Box<Compound>),
    /// Those that a statement writes.
    Written(Box<Written>),
}

/// An UPDATE or DELETE whose rows are read by a query. Its default scopes are filled in with those of the statement.
#[derive(Clone, Debug)]
pub struct Written {
    /// The statement.
    pub write: Write,
    /// Which rows it sees.
    pub scopes: Scopes,
    /// The columns that are read, as positions in its table.
    pub outputs: Vec<usize>,
}

/// A statement that writes rows that are there.
#[derive(Clone, Debug)]
pub enum Write {
    /// UPDATE
    Update(Update),
    /// DELETE
    Delete(Delete),
}

impl Write {
    /// The table.
    #[must_use]
    pub const fn table(&self) -> &'static TableDef {
        match self {
            Write::Update(update) => update.table,
            Write::Delete(delete) => delete.from,
        }
    }

    /// The conditions.
    pub(crate) fn filter(&self) -> &[Node] {
        match self {
            Write::Update(update) => &update.filter,
            Write::Delete(delete) => &delete.filter,
        }
    }
}

impl Cte {
    /// The table that it writes.
    pub(crate) fn writes(&self) -> Option<&'static TableDef> {
        match &self.body {
            Body::Rows(_) => None,
            Body::Written(written) => Some(written.write.table()),
        }
    }
}

impl Select {
    /// Whether it is nothing but the rows of its compound, to which others can be added.
    pub(crate) fn is_compound_alone(&self) -> bool {
        self.source.is_some()
            && matches!(self.output, Output::Model | Output::Whole)
            && self.joins.is_empty()
            && !self.distinct
            && self.filter.is_empty()
            && self.group_by.is_empty()
            && self.having.is_empty()
            && self.order_by.is_empty()
            && self.limit.is_none()
            && self.offset.is_none()
    }

    /// The outputs of a query that gives columns, those of its first one where it is a compound.
    pub(crate) fn outputs(&self) -> &[(Node, Option<std::sync::Arc<str>>)] {
        match (&self.output, &self.source) {
            (Output::Nodes(outputs), _) => outputs,
            (Output::Whole, Some(compound)) => compound.first.select.outputs(),
            _ => &[],
        }
    }
}
