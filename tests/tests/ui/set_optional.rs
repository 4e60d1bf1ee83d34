//! A column that is never NULL set to a value that may be missing.
//~ error: `Option<i32>` cannot be assigned to a column of type `i32` on `Product`
//~ label: expected `i32`, or a column or expression of `Product` of that type

#[path = "../../src/book/models.rs"]
mod models;

use models::*;
use orm_core::prelude::*;

pub fn f(stock: Option<i32>) -> impl Sized {
    Product::update().set(Product::stock, stock)
}
