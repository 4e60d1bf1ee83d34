//! `<` in place of `lt`.
//~ error: binary operation `<` cannot be applied to type `Column<Product, i32>`
//~ label: Column<Product, i32>

#[path = "../../src/book/models.rs"]
mod models;

use models::*;
use orm_core::prelude::*;

pub fn f() -> impl Sized {
    Product::query().filter(Product::stock < 4)
}
