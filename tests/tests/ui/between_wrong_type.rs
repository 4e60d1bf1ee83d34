//! A range of another type.
//~ error: `&str` does not fit beside an expression of type `f64` on `Product`
//~ label: expected `f64`, or a column or expression of `Product` of that type

#[path = "../../src/book/models.rs"]
mod models;

use models::*;
use orm_core::prelude::*;

pub fn f() -> impl Sized {
    Product::query().filter(Product::price.between(1.0, "9"))
}
