//! A limit for each parent where there is one row.
//~ error: `author` leads to one row
//~ label: this needs a relation to many rows
#[path = "../../src/book/models.rs"]
mod models;

use models::*;
use orm_core::prelude::*;

pub async fn f(db: &Db) -> Result<()> {
    Book::query().with(Book::author.limit_per_parent(3)).all(db).await?;
    Ok(())
}
