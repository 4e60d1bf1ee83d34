//! Order: terms, and what can be given as one.

use std::marker::PhantomData;
use std::sync::Arc;

use super::ast::OrderTerm;
use super::{Expr, Node, Operand};
use crate::model::{Column, Table};
use crate::value::Sql;

/// One term of an order over model `S`.
#[must_use]
pub struct Order<S> {
    term: OrderTerm,
    marker: PhantomData<fn() -> S>,
}

impl<S> Order<S> {
    pub(super) const fn new(node: Node, descending: bool) -> Self {
        Order::of(OrderTerm {
            node,
            descending,
            nulls_first: None,
        })
    }

    pub(super) const fn of(term: OrderTerm) -> Self {
        Order {
            term,
            marker: PhantomData,
        }
    }

    /// The other way around; NULL stays where it was put.
    pub(super) const fn reversed(mut self) -> Self {
        self.term.descending = !self.term.descending;
        self
    }

    /// NULL before all values. Written out on MySQL and MariaDB, which have no words for it.
    pub const fn nulls_first(mut self) -> Self {
        self.term.nulls_first = Some(true);
        self
    }

    /// NULL after all values.
    pub const fn nulls_last(mut self) -> Self {
        self.term.nulls_first = Some(false);
        self
    }
}

impl<S> Clone for Order<S> {
    fn clone(&self) -> Self {
        Order {
            term: self.term.clone(),
            marker: PhantomData,
        }
    }
}

impl<S> std::fmt::Debug for Order<S> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.term.fmt(f)
    }
}

/// An output of the same query, by the name that `named` gave it.
pub fn output(name: &str) -> OutputRef {
    OutputRef(Arc::from(name))
}

/// An output of the same query, by name.
#[derive(Clone, Debug)]
pub struct OutputRef(Arc<str>);

impl OutputRef {
    /// From the least to the greatest.
    pub fn asc<S>(self) -> Order<S> {
        Order::new(Node::Output(self.0), false)
    }

    /// From the greatest to the least.
    pub fn desc<S>(self) -> Order<S> {
        Order::new(Node::Output(self.0), true)
    }
}

/// What can be given as an order of model `S`: a term, a column, expression or output (ascending), a tuple, a `Vec`, an
/// `Option`.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not an order of `{S}`",
    label = "expected an order of `{S}`: `column.asc()`, or an output by its name: `output(\"total\")`"
)]
pub trait IntoOrder<S> {
    /// Adds its terms.
    fn add_to(self, terms: &mut Vec<OrderTerm>);
}

impl<S> IntoOrder<S> for Order<S> {
    fn add_to(self, terms: &mut Vec<OrderTerm>) {
        terms.push(self.term);
    }
}

impl<S: Table, T: Sql> IntoOrder<S> for Column<S, T> {
    fn add_to(self, terms: &mut Vec<OrderTerm>) {
        terms.push(self.asc().term);
    }
}

impl<S, T: Sql> IntoOrder<S> for Expr<S, T> {
    fn add_to(self, terms: &mut Vec<OrderTerm>) {
        terms.push(self.asc().term);
    }
}

impl<S> IntoOrder<S> for OutputRef {
    fn add_to(self, terms: &mut Vec<OrderTerm>) {
        terms.push(self.asc::<S>().term);
    }
}

impl<S, O: IntoOrder<S>> IntoOrder<S> for Option<O> {
    fn add_to(self, terms: &mut Vec<OrderTerm>) {
        if let Some(order) = self {
            order.add_to(terms);
        }
    }
}

impl<S, O: IntoOrder<S>> IntoOrder<S> for Vec<O> {
    fn add_to(self, terms: &mut Vec<OrderTerm>) {
        for order in self {
            order.add_to(terms);
        }
    }
}

macro_rules! tuples {
    ($($o:ident $n:tt),*) => {
        impl<S, $($o: IntoOrder<S>),*> IntoOrder<S> for ($($o,)*) {
            fn add_to(self, terms: &mut Vec<OrderTerm>) {
                $(self.$n.add_to(terms);)*
            }
        }
    };
}

tuples!(A 0, B 1);
tuples!(A 0, B 1, C 2);
tuples!(A 0, B 1, C 2, D 3);
tuples!(A 0, B 1, C 2, D 3, E 4);
tuples!(A 0, B 1, C 2, D 3, E 4, F 5);
