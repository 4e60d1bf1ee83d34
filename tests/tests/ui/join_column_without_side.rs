//! A column that was not taken through its side.
//~ error: `Expr<Product, bool>` is not a condition on `(Inner<Product>, Left<Promotion>)`
//~ label: expected a condition on `(Inner<Product>, Left<Promotion>)`, such as `column.eq(value)`

#[path = "../../src/book/models.rs"]
mod models;

use models::*;
use orm_core::prelude::*;

pub fn f() -> impl Sized {
    Product::query()
        .left_join::<Promotion>(|p, promo| promo.get(Promotion::category).eq(p.get(Product::category)))
        .filter(|_, _| Product::price.gt(1.0))
}
