//! An id of one model, looked for among ids of another.
//~ error: an expression of type `Id<Author>` cannot be compared with one of type `Id<Product>`
//~ label: the types differ

#[path = "../../src/book/models.rs"]
mod models;

use models::*;
use orm_core::prelude::*;

pub fn f() -> impl Sized {
    Product::id.in_subquery(Book::query().select(Book::author_id))
}
