//! `&` in place of `and`.
//~ error: no implementation for `Expr<Product, bool> & Expr<Product, bool>`
//~ label: Expr<Product, bool>

#[path = "../../src/book/models.rs"]
mod models;

use models::*;
use orm_core::prelude::*;

pub fn f() -> impl Sized {
    Product::query().filter(Product::stock.eq(4) & Product::price.gt(1.0))
}
