//! An order by a column of another model, without a direction.
//~ error: `Column<Book, String>` is not an order of `Author`
//~ label: expected an order of `Author`: `column.asc()`, or an output by its name: `output("total")`

#[path = "../../src/book/models.rs"]
mod models;

use models::*;
use orm_core::prelude::*;

pub fn f() -> impl Sized {
    Author::query().order_by(Book::title)
}
