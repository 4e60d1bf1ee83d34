//! A column set to a value of another type.
//~ error: `{float}` cannot be assigned to a column of type `i32` on `Product`
//~ label: expected `i32`, or a column or expression of `Product` of that type

#[path = "../../src/book/models.rs"]
mod models;

use models::*;
use orm_core::prelude::*;

pub fn f() -> impl Sized {
    Product::update().set(Product::stock, 1.5)
}
