//! One column of many rows.
//~ error: `books` leads to many rows
//~ label: this needs a relation to one row: of many, ask `any`, `every`, `none`, `count`, `max`..

#[path = "../../src/book/models.rs"]
mod models;

use models::*;
use orm_core::prelude::*;

pub fn f() -> impl Sized {
    Author::query().filter(Author::books.get(Book::title).eq("x"))
}
