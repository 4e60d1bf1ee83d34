//! `&&` in place of `and`.
//~ error: mismatched types
//~ label: expected `bool`, found `Expr<Product, bool>`
//~ error: mismatched types
//~ label: expected `bool`, found `Expr<Product, bool>`
//~ error: `bool` is not a condition on `Product`
//~ label: expected a condition on `Product`, such as `column.eq(value)`

#[path = "../../src/book/models.rs"]
mod models;

use models::*;
use orm_core::prelude::*;

pub fn f() -> impl Sized {
    Product::query().filter(Product::stock.eq(4) && Product::price.gt(1.0))
}
