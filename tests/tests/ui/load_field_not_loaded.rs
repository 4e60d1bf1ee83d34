//! A relation that the query did not load.
//~ error: no field `name` on type `NotLoaded<author>`
//~ label: unknown field
#[path = "../../src/book/models.rs"]
mod models;

use models::*;
use orm_core::prelude::*;

pub async fn f(db: &Db) -> Result<String> {
    let book = Book::find(1).with(Book::reviews).one(db).await?;
    Ok(book.author.name.clone())
}
