//! The remainder of a float.
//~ error: an expression of type `f64` has no remainder
//~ label: `%` is for whole numbers: databases disagree about it for floats

#[path = "../../src/book/models.rs"]
mod models;

use models::*;
use orm_core::prelude::*;

pub fn f() -> impl Sized {
    Product::query().select(Product::price % 2.0)
}
