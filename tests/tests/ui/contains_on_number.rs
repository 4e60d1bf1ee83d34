//! A search for text in a number.
//~ error: an expression of type `i32` is not text
//~ label: `contains`, `starts_with`, `lower`.. are for `String` columns

#[path = "../../src/book/models.rs"]
mod models;

use models::*;
use orm_core::prelude::*;

pub fn f() -> impl Sized {
    Product::query().filter(Product::stock.contains("4"))
}
