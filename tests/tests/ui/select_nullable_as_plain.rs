//! A column that may be NULL, taken for one that is not.
//~ error: mismatched types
//~ label: expected `Result<Vec<i32>, Error>`, found `Result<Vec<Option<i32>>, Error>`

#[path = "../../src/book/models.rs"]
mod models;

use models::*;
use orm_core::prelude::*;

pub async fn f(db: &Db) -> Result<Vec<i32>> {
    Book::query().select(Book::published_year).all(db).await
}
