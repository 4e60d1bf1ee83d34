//! A projection's field that is not of the column's type.
//~ error: a projection field of type `i32` cannot be filled from `Column<Book, String>`
//~ label: expected a column, expression or relation of `Book` that gives `i32`
//~ error: a projection field of type `i32` cannot be filled from `Column<Book, String>`
//~ label: expected a column, expression or relation of `Book` that gives `i32`
#[path = "../../src/book/models.rs"]
mod models;

use models::*;
use orm_core::prelude::*;

#[derive(Projection)]
#[orm(of = Book)]
pub struct Card {
    pub title: i32,
}
