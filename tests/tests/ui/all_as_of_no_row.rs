//! Rows of raw SQL as something that is no row.
//~ error: `Product` cannot be stored in a column
//~ label: not a column type

#[path = "../../src/book/models.rs"]
mod models;

use models::*;
use orm_core::prelude::*;

pub async fn f(db: &Db) -> Result<Vec<(String, Product)>> {
    sql("SELECT name, price FROM products").all_as(db).await
}
