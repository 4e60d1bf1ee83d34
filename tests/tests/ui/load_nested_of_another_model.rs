//! A relation of another model, beneath a load.
//~ error: `books` is not a relation of `Book`
//~ label: expected a relation of `Book`
//~ error: `books` cannot be loaded into `BookWith`
//~ label: already loaded here, or a relation of another model
//~ error: `Load<books, ((), Load<books>)>` is not a relation of `Author`
//~ label: expected a relation of `Author`
#[path = "../../src/book/models.rs"]
mod models;

use models::*;
use orm_core::prelude::*;

pub async fn f(db: &Db) -> Result<()> {
    Author::query().with(Author::books.with(Author::books)).all(db).await?;
    Ok(())
}
