//! Whether another model has a row for this one, by a condition that follows no relation.

use crate::expr::ast::{self, Node, Question, Scopes, Select, Subquery};
use crate::expr::{Expr, Inner, Side};
use crate::model::Table;

/// The condition, on the row of the statement around it and on the other one.
type On<A, B> = Expr<(Inner<A>, Inner<B>), bool>;

/// `EXISTS (SELECT 1 FROM b WHERE ..)`
pub(super) fn exists<A: Table, B: Table>(
    on: impl FnOnce(Side<(Inner<A>, Inner<B>), A>, Side<(Inner<A>, Inner<B>), B>) -> On<A, B>,
    negated: bool,
) -> Expr<A, bool> {
    let select = Select {
        filter: vec![on(Side::at(0), Side::at(1)).into_node()],
        ..Select::new(B::table())
    };
    Expr::new(Node::Subquery(Box::new(Subquery {
        ask: Question::Exists { negated },
        query: ast::Inner::new(select, Scopes::default()),
        correlated: true,
    })))
}
