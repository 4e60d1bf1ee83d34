//! A column of another model in an update.
//~ error: mismatched types
//~ label: expected `Column<Product, _>`, found `Column<Sale, i32>`

#[path = "../../src/book/models.rs"]
mod models;

use models::*;
use orm_core::prelude::*;

pub fn f() -> impl Sized {
    Product::update().set(Sale::quantity, 1)
}
