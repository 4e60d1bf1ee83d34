//! `==` in place of `eq`, on an expression.
//~ error: binary operation `==` cannot be applied to type `Expr<Product, i32>`
//~ label: Expr<Product, i32>

#[path = "../../src/book/models.rs"]
mod models;

use models::*;
use orm_core::prelude::*;

pub fn f() -> impl Sized {
    Product::query().filter(Product::stock + 1 == 4)
}
