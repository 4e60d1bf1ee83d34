//! A new row without one of its columns.
//~ error: this function takes 2 arguments but 1 argument was supplied
//~ label: argument #2 is missing

#[path = "../../src/book/models.rs"]
mod models;

use models::*;
use orm_core::prelude::*;

pub fn f() -> Book {
    Book::draft("Emma")
}
