//! A condition of one model, where the sides' handles are needed.
//~ error: expected a `FnOnce(Side<(Inner<Product>, Left<Promotion>), Product>, Side<(Inner<Product>, Left<Promotion>), Promotion, Maybe>)` closure, found `Expr<Product, bool>`
//~ label: expected an `FnOnce(Side<(Inner<Product>, Left<Promotion>), Product>, Side<(Inner<Product>, Left<Promotion>), Promotion, Maybe>)` closure, found `Expr<Product, bool>`

#[path = "../../src/book/models.rs"]
mod models;

use models::*;
use orm_core::prelude::*;

pub fn f() -> impl Sized {
    Product::query()
        .left_join::<Promotion>(|p, promo| promo.get(Promotion::category).eq(p.get(Product::category)))
        .filter(Product::price.gt(1.0))
}
