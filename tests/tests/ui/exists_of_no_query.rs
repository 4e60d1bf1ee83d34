//! A condition where a query belongs.
//~ error: `Expr<Book, bool>` is not a query
//~ label: expected a query without its last call: `Book::query().filter(..)`

#[path = "../../src/book/models.rs"]
mod models;

use models::*;
use orm_core::prelude::*;

pub fn f() -> impl Sized {
    Author::query().filter(exists(Book::title.eq("Emma")))
}
