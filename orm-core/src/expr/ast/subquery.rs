//! Queries that stand inside another statement.

use super::{Node, Select};

/// Which rows a query sees.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Scopes {
    /// Which rows of a model with soft delete.
    pub deleted: Deleted,
    /// Rows of every tenant.
    pub all_tenants: bool,
}

/// Which rows of a model with soft delete.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Deleted {
    /// Those that are not deleted.
    #[default]
    Hidden,
    /// All.
    Shown,
    /// Those that are deleted.
    Only,
}

/// A query that stands inside another statement. Its default scopes are filled in with those of the statement.
#[derive(Clone, Debug)]
pub struct Inner {
    /// The query.
    pub select: Select,
    /// Which rows it sees.
    pub scopes: Scopes,
    /// What is wrong with it; told before anything is sent.
    pub fault: Option<String>,
}

impl Inner {
    /// This query, without a fault.
    #[must_use]
    pub const fn new(select: Select, scopes: Scopes) -> Self {
        Inner {
            select,
            scopes,
            fault: None,
        }
    }
}

/// What is asked of a query that stands in an expression.
#[derive(Clone, Debug)]
pub enum Question {
    /// Whether a value is among those of its single output: `a IN (SELECT ..)`
    In {
        /// What is looked for, rooted in the row of the statement around it.
        node: Node,
        /// `NOT IN`.
        negated: bool,
    },
    /// Whether it has a row.
    Exists {
        /// `NOT EXISTS`.
        negated: bool,
    },
    /// The single output of its single row.
    Value,
}

/// A question about the rows of a query.
#[derive(Clone, Debug)]
pub struct Subquery {
    /// What is asked.
    pub ask: Question,
    /// Of which query.
    pub query: Inner,
    /// It speaks of the row of the statement around it, and so cannot stand in a derived table.
    pub correlated: bool,
}

impl Subquery {
    /// A question about a query that knows nothing of the statement around it.
    #[must_use]
    pub const fn new(ask: Question, query: Inner) -> Self {
        Subquery {
            ask,
            query,
            correlated: false,
        }
    }

    /// The single output, if there is one.
    pub(crate) fn output(&self) -> Option<&Node> {
        self.query.select.outputs().first().map(|(node, _)| node)
    }
}
