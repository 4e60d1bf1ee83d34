//! A limit that is no number.
//~ error: `&str` is not a number of rows
//~ label: expected an integer, or an `Option` of one

#[path = "../../src/book/models.rs"]
mod models;

use models::*;
use orm_core::prelude::*;

pub fn f() -> impl Sized {
    Product::query().limit("10")
}
