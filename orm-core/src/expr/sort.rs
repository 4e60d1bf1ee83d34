//! Orders that a request may choose from: names beside the columns and expressions that they stand for.

use super::ast::OrderTerm;
use super::{IntoOrder, Order};
use crate::error::{Error, Result};

/// The most of an unknown name that an error shows.
const SHOWN: usize = 40;

/// An allow-list of orders, each under a name: what a request may sort by.
///
/// It is a value that is made where it is used. [`parse`](Sort::parse) reads names, never SQL: a text of a request chooses
/// from the list and gets nowhere else.
///
/// ```
/// # use orm_core::prelude::*;
/// # #[derive(Model)] #[orm(table = "products")]
/// # struct Product { id: Id<Product>, name: String, price: f64, added_on: Option<NaiveDate> }
/// # fn f(requested: &str) -> Result<()> {
/// let sort = Sort::allow((
///     ("price", Product::price),
///     ("name", Product::name.lower().asc()),
///     ("newest", Product::added_on.desc().nulls_last()),
/// ));
/// let query = Product::query().order_by(sort.parse(requested)?);    // "-price,name"
/// # Ok(()) }
/// # f("-price, name").unwrap();
/// # assert!(f("cost").unwrap_err().to_string().contains("price, name, newest"));
/// ```
pub struct Sort<S> {
    names: Vec<(&'static str, Vec<Order<S>>)>,
}

impl<S> Sort<S> {
    /// These orders under these names: an array of pairs, or a tuple of pairs where their types differ.
    pub fn allow(orders: impl SortNames<S>) -> Self {
        let mut sort = Sort { names: Vec::new() };
        orders.add_to(&mut |name, terms| {
            let terms = terms.into_iter().map(Order::of).collect();
            sort.names.push((name, terms));
        });
        sort
    }

    /// Reads names with commas between them. `-` in front of a name turns its order around; NULL stays where the list has
    /// it. No name at all is no order.
    ///
    /// # Errors
    /// `Invalid` for a name that is not in the list or comes twice; it says which names there are.
    pub fn parse(&self, text: &str) -> Result<Vec<Order<S>>> {
        let mut used = Vec::new();
        let mut orders = Vec::new();
        if text.trim().is_empty() {
            return Ok(orders);
        }
        for part in text.split(',').map(str::trim) {
            let (descending, name) = match part.strip_prefix('-') {
                Some(name) => (true, name),
                None => (false, part),
            };
            let Some((name, terms)) = self.names.iter().find(|(known, _)| *known == name) else {
                return Err(self.refused("cannot be sorted by", name));
            };
            if used.contains(name) {
                return Err(self.refused("sorts twice by", name));
            }
            used.push(*name);
            orders.extend(
                terms
                    .iter()
                    .cloned()
                    .map(|order| if descending { order.reversed() } else { order }),
            );
        }
        Ok(orders)
    }

    fn refused(&self, what: &str, name: &str) -> Error {
        let names: Vec<&str> = self.names.iter().map(|(name, _)| *name).collect();
        let shown: String = name.chars().take(SHOWN).collect();
        Error::invalid(format!("this {what} {shown:?}: use {}", names.join(", ")))
    }
}

impl<S> Clone for Sort<S> {
    fn clone(&self) -> Self {
        Sort {
            names: self.names.clone(),
        }
    }
}

impl<S> std::fmt::Debug for Sort<S> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_set()
            .entries(self.names.iter().map(|(name, _)| name))
            .finish()
    }
}

/// Pairs of a name and an order of model `S`: an array, a `Vec`, or a tuple of up to 12.
#[diagnostic::on_unimplemented(
    message = "`{Self}` are not names of orders of `{S}`",
    label = "expected pairs such as `(\"price\", {S}::price)`: an array, or a tuple where their types differ"
)]
pub trait SortNames<S> {
    /// Gives each name with its terms.
    fn add_to(self, f: &mut dyn FnMut(&'static str, Vec<OrderTerm>));
}

fn terms<S>(order: impl IntoOrder<S>) -> Vec<OrderTerm> {
    let mut terms = Vec::new();
    order.add_to(&mut terms);
    terms
}

impl<S, O: IntoOrder<S>, const N: usize> SortNames<S> for [(&'static str, O); N] {
    fn add_to(self, f: &mut dyn FnMut(&'static str, Vec<OrderTerm>)) {
        self.into_iter().for_each(|(name, order)| f(name, terms(order)));
    }
}

impl<S, O: IntoOrder<S>> SortNames<S> for Vec<(&'static str, O)> {
    fn add_to(self, f: &mut dyn FnMut(&'static str, Vec<OrderTerm>)) {
        self.into_iter().for_each(|(name, order)| f(name, terms(order)));
    }
}

macro_rules! tuples {
    ($($o:ident $n:tt),*) => {
        impl<S, $($o: IntoOrder<S>),*> SortNames<S> for ($((&'static str, $o),)*) {
            fn add_to(self, f: &mut dyn FnMut(&'static str, Vec<OrderTerm>)) {
                $(f(self.$n.0, terms(self.$n.1));)*
            }
        }
    };
}

tuples!(A 0);
tuples!(A 0, B 1);
tuples!(A 0, B 1, C 2);
tuples!(A 0, B 1, C 2, D 3);
tuples!(A 0, B 1, C 2, D 3, E 4);
tuples!(A 0, B 1, C 2, D 3, E 4, F 5);
tuples!(A 0, B 1, C 2, D 3, E 4, F 5, G 6);
tuples!(A 0, B 1, C 2, D 3, E 4, F 5, G 6, H 7);
tuples!(A 0, B 1, C 2, D 3, E 4, F 5, G 6, H 7, I 8);
tuples!(A 0, B 1, C 2, D 3, E 4, F 5, G 6, H 7, I 8, J 9);
tuples!(A 0, B 1, C 2, D 3, E 4, F 5, G 6, H 7, I 8, J 9, K 10);
tuples!(A 0, B 1, C 2, D 3, E 4, F 5, G 6, H 7, I 8, J 9, K 10, L 11);
