//! The remainder of a division of floats.
//~ error: a division of type `f64` leaves no remainder in the database
//~ label: `%` is for whole numbers

#[path = "../../src/book/models.rs"]
mod models;

use models::*;
use orm_core::prelude::*;

pub fn f() -> impl Sized {
    Product::query().filter((Product::price % 2.0).gt(1.0))
}
