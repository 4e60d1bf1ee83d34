//! A tuple of more values than were selected.
//~ error: mismatched types
//~ label: expected a tuple with 3 elements, found one with 2 elements

#[path = "../../src/book/models.rs"]
mod models;

use models::*;
use orm_core::prelude::*;

pub async fn f(db: &Db) -> Result<(String, f64, i32)> {
    Product::query().select((Product::name, Product::price)).one(db).await
}
