//! Groups by a column of another model.
//~ error: `Column<Book, String>` cannot be selected from `Author`
//~ label: expected a column or expression of `Author`, or a tuple of these

#[path = "../../src/book/models.rs"]
mod models;

use models::*;
use orm_core::prelude::*;

pub fn f() -> impl Sized {
    Author::query().group_by(Book::title)
}
