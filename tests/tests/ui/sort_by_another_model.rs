//! A sort list of one model used on another.
//~ error: `Order<Book>` is not an order of `Product`
//~ label: expected an order of `Product`: `column.asc()`, or an output by its name: `output("total")`

#[path = "../../src/book/models.rs"]
mod models;

use models::*;
use orm_core::prelude::*;

pub fn f(text: &str) -> Result<impl Sized> {
    Ok(Product::query().order_by(Sort::allow([("title", Book::title)]).parse(text)?))
}
