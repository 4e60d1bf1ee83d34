//! A condition on a column of another model.
//~ error: `Expr<Book, bool>` is not a condition on `Author`
//~ label: expected a condition on `Author`, such as `column.eq(value)`

#[path = "../../src/book/models.rs"]
mod models;

use models::*;
use orm_core::prelude::*;

pub fn f() -> impl Sized {
    Author::query().filter(Book::title.eq("Emma"))
}
