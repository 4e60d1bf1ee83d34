//! A value, looked for among whole models.
//~ error: mismatched types
//~ label: expected `Selected<_, _>`, found `Query<Book>`

#[path = "../../src/book/models.rs"]
mod models;

use models::*;
use orm_core::prelude::*;

pub fn f() -> impl Sized {
    Author::id.in_subquery(Book::query())
}
