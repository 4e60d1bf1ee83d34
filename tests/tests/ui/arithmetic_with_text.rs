//! A number computed with a text.
//~ error: `&str` cannot be computed with an expression of type `f64` on `Product`
//~ label: expected a number of that type, or a number column of `Product`

#[path = "../../src/book/models.rs"]
mod models;

use models::*;
use orm_core::prelude::*;

pub fn f() -> impl Sized {
    Product::query().select(Product::price * "2")
}
