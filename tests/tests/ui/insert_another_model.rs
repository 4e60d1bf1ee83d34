//! A row of another model inserted.
//~ error: `Author` cannot be inserted as rows of `Book`
//~ label: expected a `Book`, or a `Vec` or slice of them

#[path = "../../src/book/models.rs"]
mod models;

use models::*;
use orm_core::prelude::*;

pub fn f(author: Author) -> impl Sized {
    Book::insert(author)
}
