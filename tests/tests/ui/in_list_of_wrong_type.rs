//! A list of another type.
//~ error: `&str` does not fit beside an expression of type `i32` on `Product`
//~ label: expected `i32`, or a column or expression of `Product` of that type

#[path = "../../src/book/models.rs"]
mod models;

use models::*;
use orm_core::prelude::*;

pub fn f() -> impl Sized {
    Product::query().filter(Product::stock.is_in(["1", "2"]))
}
