//! A column that may be NULL beside a value of another type.
//~ error: `Option<&str>` does not fit beside an expression of type `Option<i32>` on `Book`
//~ label: expected `Option<i32>`, or a column or expression of `Book` of that type

#[path = "../../src/book/models.rs"]
mod models;

use models::*;
use orm_core::prelude::*;

pub fn f() -> impl Sized {
    Book::query().filter(Book::published_year.eq(Some("1815")))
}
