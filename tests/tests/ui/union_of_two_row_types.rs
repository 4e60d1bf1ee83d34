//! Numbers and texts together.
//~ error: mismatched types
//~ label: expected `Selected<_, String>`, found `Selected<Book, i32>`

#[path = "../../src/book/models.rs"]
mod models;

use models::*;
use orm_core::prelude::*;

pub fn f() -> impl Sized {
    Author::query().select(Author::name).union(Book::query().select(Book::version))
}
