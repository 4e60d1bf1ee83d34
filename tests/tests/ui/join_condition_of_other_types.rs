//! A condition that compares two sides of different types.
//~ error: an expression of type `String` cannot be compared with one of type `i64`
//~ label: the types differ

#[path = "../../src/book/models.rs"]
mod models;

use models::*;
use orm_core::prelude::*;

pub fn f() -> impl Sized {
    Product::query().join::<Promotion>(|p, promo| promo.get(Promotion::percent).eq(p.get(Product::category)))
}
