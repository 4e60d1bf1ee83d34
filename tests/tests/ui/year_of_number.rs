//! The year of a number.
//~ error: an expression of type `i32` has no day
//~ label: `date`, `year`, `month` and `day` are for date and time columns

#[path = "../../src/book/models.rs"]
mod models;

use models::*;
use orm_core::prelude::*;

pub fn f() -> impl Sized {
    Product::query().filter(Product::stock.year().eq(2026))
}
