//! A condition on groups with a column of another model.
//~ error: `Expr<Book, bool>` is not a condition on `Author`
//~ label: expected a condition on `Author`, such as `column.eq(value)`

#[path = "../../src/book/models.rs"]
mod models;

use models::*;
use orm_core::prelude::*;

pub fn f() -> impl Sized {
    Author::query().group_by(Author::name).having(Book::id.count().gt(1))
}
