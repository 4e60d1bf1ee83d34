//! A value, looked for among rows of two columns.
//~ error: an expression of type `(Id<Author>, String)` cannot be compared with one of type `Id<Author>`
//~ label: the types differ
//~ error: `(Id<Author>, String)` cannot be stored in a column
//~ label: not a column type

#[path = "../../src/book/models.rs"]
mod models;

use models::*;
use orm_core::prelude::*;

pub fn f() -> impl Sized {
    Author::id.in_subquery(Book::query().select((Book::author_id, Book::title)))
}
