//! A text, looked for among numbers.
//~ error: an expression of type `i32` cannot be compared with one of type `String`
//~ label: the types differ

#[path = "../../src/book/models.rs"]
mod models;

use models::*;
use orm_core::prelude::*;

pub fn f() -> impl Sized {
    Author::name.in_subquery(Book::query().select(Book::version))
}
