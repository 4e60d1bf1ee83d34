//! Rows of two models together.
//~ error: mismatched types
//~ label: expected `Query<Author>`, found `Query<Book>`

#[path = "../../src/book/models.rs"]
mod models;

use models::*;
use orm_core::prelude::*;

pub fn f() -> impl Sized {
    Author::query().union(Book::query())
}
