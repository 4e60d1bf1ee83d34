//! A foreign key compared with the id of another model.
//~ error: `Id<Book>` does not fit beside an expression of type `Id<Author>` on `Book`
//~ label: expected `Id<Author>`, or a column or expression of `Book` of that type

#[path = "../../src/book/models.rs"]
mod models;

use models::*;
use orm_core::prelude::*;

pub fn f(book: Id<Book>) -> impl Sized {
    Book::query().filter(Book::author_id.eq(book))
}
