//! The answer is a condition on the model that asks.
//~ error: `Expr<Author, bool>` is not a condition on `Book`
//~ label: expected a condition on `Book`, such as `column.eq(value)`

#[path = "../../src/book/models.rs"]
mod models;

use models::*;
use orm_core::prelude::*;

pub fn f() -> impl Sized {
    Book::query().filter(Author::exists::<Book>(|author, book| book.get(Book::author_id).eq(author.get(Author::id))))
}
