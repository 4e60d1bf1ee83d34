//! A column of one side, taken from the other.
//~ error: `Column<Product, f64>` is not a column or expression of `Promotion`
//~ label: expected a column or expression of `Promotion`

#[path = "../../src/book/models.rs"]
mod models;

use models::*;
use orm_core::prelude::*;

pub fn f() -> impl Sized {
    Product::query()
        .left_join::<Promotion>(|p, promo| promo.get(Promotion::category).eq(p.get(Product::category)))
        .select(|p, promo| (p.get(Product::name), promo.get(Product::price)))
}
