//! The sum of a text column.
//~ error: an expression of type `String` cannot be summed
//~ label: `sum` is for number columns

#[path = "../../src/book/models.rs"]
mod models;

use models::*;
use orm_core::prelude::*;

pub fn f() -> impl Sized {
    Product::query().select(Product::name.sum())
}
