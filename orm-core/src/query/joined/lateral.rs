//! Lateral joins: some rows of a model for each row before them.

use crate::error::Result;
use crate::expr::ast::{self, Node};
use crate::expr::{IntoFilter, IntoOrder};
use crate::query::IntoLimit;

/// Which rows of the last model of `S` a lateral join takes for each row before them: see [`lateral`].
#[must_use = "a lateral join takes it"]
pub struct Lateral<S> {
    pub(super) on: Vec<Node>,
    pub(super) lateral: ast::Lateral,
    pub(super) fault: Option<crate::error::Error>,
    marker: std::marker::PhantomData<fn() -> S>,
}

/// The rows for which the condition holds, for [`join_lateral`](crate::query::Query::join_lateral) and
/// [`left_join_lateral`](crate::query::Query::left_join_lateral): all of them until a limit is set, in no order until one
/// is given.
pub fn lateral<S, F: IntoFilter<S>>(condition: F) -> Lateral<S> {
    Lateral {
        on: condition.into_filter().into_iter().collect(),
        lateral: ast::Lateral {
            order_by: Vec::new(),
            limit: None,
            offset: None,
        },
        fault: None,
        marker: std::marker::PhantomData,
    }
}

impl<S> Lateral<S> {
    /// In that order; further terms come after those that are there.
    pub fn order_by<O: IntoOrder<S>>(mut self, order: O) -> Self {
        order.add_to(&mut self.lateral.order_by);
        self
    }

    /// At most so many rows for each row before them.
    pub fn limit(mut self, limit: impl IntoLimit) -> Self {
        let limit = limit.into_limit();
        self.lateral.limit = self.kept(limit);
        self
    }

    /// Leaves out so many rows at the beginning.
    pub fn offset(mut self, offset: impl IntoLimit) -> Self {
        let offset = offset.into_limit();
        self.lateral.offset = self.kept(offset);
        self
    }

    /// Keeps the first mistake; the query's last call reports it.
    fn kept(&mut self, rows: Result<Option<u64>>) -> Option<u64> {
        match rows {
            Ok(rows) => rows,
            Err(e) => {
                self.fault.get_or_insert(e);
                None
            }
        }
    }
}
