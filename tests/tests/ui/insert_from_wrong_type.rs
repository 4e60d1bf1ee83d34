//! A column filled with values of another type.
//~ error: a column of type `f64` cannot be filled with values of type `String`
//~ label: the query gives `String`, and the column takes `f64`

#[path = "../../src/book/models.rs"]
mod models;

use models::*;
use orm_core::prelude::*;

pub fn f() -> impl Sized {
    Product::insert_from((Product::name, Product::price), Product::query().select((Product::name, Product::category)))
}
