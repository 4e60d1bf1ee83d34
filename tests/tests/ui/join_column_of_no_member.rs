//! A column of a model that is not joined.
//~ error: `Column<Sale, i32>` is not a column or expression of `Product`
//~ label: expected a column or expression of `Product`

#[path = "../../src/book/models.rs"]
mod models;

use models::*;
use orm_core::prelude::*;

pub fn f() -> impl Sized {
    Product::query()
        .left_join::<Promotion>(|p, promo| promo.get(Promotion::category).eq(p.get(Product::category)))
        .filter(|p, _| p.get(Sale::quantity).gt(1))
}
