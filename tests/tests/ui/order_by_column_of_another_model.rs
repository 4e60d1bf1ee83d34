//! An order by a column of another model, without a direction.
//~ error: `Column<Book, String>` is not an order of `Author`
//~ label: expected `Author::column.asc()` or `.desc()`

#[path = "../../src/book/models.rs"]
mod models;

use models::*;
use orm_core::prelude::*;

pub fn f() -> impl Sized {
    Author::query().order_by(Book::title)
}
