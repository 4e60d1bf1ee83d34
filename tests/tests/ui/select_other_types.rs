//! A tuple of other types than were selected.
//~ error: mismatched types
//~ label: expected `Result<Vec<(String, i64)>, Error>`, found `Result<Vec<(String, f64)>, Error>`

#[path = "../../src/book/models.rs"]
mod models;

use models::*;
use orm_core::prelude::*;

pub async fn f(db: &Db) -> Result<Vec<(String, i64)>> {
    Product::query().select((Product::name, Product::price)).all(db).await
}
