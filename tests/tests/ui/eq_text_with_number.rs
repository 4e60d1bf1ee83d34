//! A text column compared with a number.
//~ error: `{integer}` does not fit beside an expression of type `String` on `Product`
//~ label: expected `String`, or a column or expression of `Product` of that type

#[path = "../../src/book/models.rs"]
mod models;

use models::*;
use orm_core::prelude::*;

pub fn f() -> impl Sized {
    Product::query().filter(Product::name.eq(4))
}
