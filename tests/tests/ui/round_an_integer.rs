//! A whole number rounded.
//~ error: an expression of type `i32` is not rounded
//~ label: `round`, `floor` and `ceil` are for `f64` and `Decimal` columns

#[path = "../../src/book/models.rs"]
mod models;

use models::*;
use orm_core::prelude::*;

pub fn f() -> impl Sized {
    Product::query().select(Product::stock.round(2))
}
