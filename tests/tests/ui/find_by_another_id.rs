//! A row looked for by the id of another model.
//~ error: `Id<Book>` is not a key of `Author`
//~ label: expected `Id<Author>` or its raw key

#[path = "../../src/book/models.rs"]
mod models;

use models::*;
use orm_core::prelude::*;

pub fn f(book: Id<Book>) -> impl Sized {
    Author::find(book)
}
