//! A comparison with a column of another model.
//~ error: `Column<Book, String>` does not fit beside an expression of type `String` on `Author`
//~ label: expected `String`, or a column or expression of `Author` of that type

#[path = "../../src/book/models.rs"]
mod models;

use models::*;
use orm_core::prelude::*;

pub fn f() -> impl Sized {
    Author::query().filter(Author::name.eq(Book::title))
}
