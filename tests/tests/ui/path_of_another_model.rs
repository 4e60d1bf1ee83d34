//! A path leads to another model than the column is of.
//~ error: `Column<Book, String>` is not a column or expression of `Author`
//~ label: expected a column or expression of `Author`

#[path = "../../src/book/models.rs"]
mod models;

use models::*;
use orm_core::prelude::*;

pub fn f() -> impl Sized {
    Book::query().filter(Book::author.get(Book::title).eq("x"))
}
