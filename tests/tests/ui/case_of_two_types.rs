//! A CASE whose values are of two types.
//~ error: `{float}` cannot stand for a value of type `String` on `Product`
//~ label: expected `String`, or a column or expression of `Product` of that type

#[path = "../../src/book/models.rs"]
mod models;

use models::*;
use orm_core::prelude::*;

pub fn f() -> impl Sized {
    Product::query().select(case().when(Product::stock.gt(0), "some").otherwise(1.5))
}
