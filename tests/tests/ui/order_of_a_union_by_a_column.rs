//! Rows of two queries have no columns but their outputs.
//~ error: `Column<Product, String>` is not an order of `Combined`
//~ label: expected an order of `Combined`: `column.asc()`, or an output by its name: `output("total")`

#[path = "../../src/book/models.rs"]
mod models;

use models::*;
use orm_core::prelude::*;

pub fn f() -> impl Sized {
    Product::query().select(Product::name).union(Author::query().select(Author::name)).order_by(Product::name)
}
