//! The mean of a text column.
//~ error: an expression of type `String` is not a number
//~ label: arithmetic is for number columns

#[path = "../../src/book/models.rs"]
mod models;

use models::*;
use orm_core::prelude::*;

pub fn f() -> impl Sized {
    Product::query().select(Product::category.avg())
}
