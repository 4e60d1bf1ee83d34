//! A load filtered by another model's column.
//~ error: `Expr<Author, bool>` is not a condition on `Book`
//~ label: expected a condition on `Book`, such as `column.eq(value)`
#[path = "../../src/book/models.rs"]
mod models;

use models::*;
use orm_core::prelude::*;

pub async fn f(db: &Db) -> Result<()> {
    Author::query().with(Author::books.filter(Author::name.eq("x"))).all(db).await?;
    Ok(())
}
