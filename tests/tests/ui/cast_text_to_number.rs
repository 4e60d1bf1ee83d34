//! A text cast to a number.
//~ error: an expression of type `String` is not cast to `i64`
//~ label: no cast that is the same on every database

#[path = "../../src/book/models.rs"]
mod models;

use models::*;
use orm_core::prelude::*;

pub fn f() -> impl Sized {
    Product::query().select(Product::name.cast::<i64>())
}
