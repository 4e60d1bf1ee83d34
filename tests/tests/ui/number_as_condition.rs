//! A number where a condition is wanted.
//~ error: `Column<Product, i32>` is not a condition on `Product`
//~ label: expected a condition on `Product`, such as `column.eq(value)`

#[path = "../../src/book/models.rs"]
mod models;

use models::*;
use orm_core::prelude::*;

pub fn f() -> impl Sized {
    Product::query().filter(Product::stock)
}
