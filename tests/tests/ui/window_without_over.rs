//! A window function without its window.
//~ error: `Windowed<Product, i64>` cannot be selected from `Product`
//~ label: expected a column or expression of `Product`, or a tuple of these

#[path = "../../src/book/models.rs"]
mod models;

use models::*;
use orm_core::prelude::*;

pub fn f() -> impl Sized {
    Product::query().select(row_number::<Product>())
}
