//! A comparison with NULL of a column that is never NULL.
//~ error: `Option<_>` does not fit beside an expression of type `String` on `Book`
//~ label: expected `String`, or a column or expression of `Book` of that type

#[path = "../../src/book/models.rs"]
mod models;

use models::*;
use orm_core::prelude::*;

pub fn f() -> impl Sized {
    Book::query().filter(Book::title.eq(None))
}
