//! Rows of raw SQL as a model, which has a call of its own.
//~ error: `Product` cannot be made from a result row
//~ label: not a row type

#[path = "../../src/book/models.rs"]
mod models;

use models::*;
use orm_core::prelude::*;

pub async fn f(db: &Db) -> Result<Vec<Product>> {
    sql("SELECT name, price FROM products").all_as(db).await
}
