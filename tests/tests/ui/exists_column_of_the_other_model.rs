//! A column of one model, taken from the handle of the other.
//~ error: `Column<Book, Id<Author>>` is not a column or expression of `Author`
//~ label: expected a column or expression of `Author`

#[path = "../../src/book/models.rs"]
mod models;

use models::*;
use orm_core::prelude::*;

pub fn f() -> impl Sized {
    Author::exists::<Book>(|author, book| book.get(Book::author_id).eq(author.get(Book::author_id)))
}
