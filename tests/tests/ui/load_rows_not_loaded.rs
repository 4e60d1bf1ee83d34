//! A collection that the query did not load.
//~ error: no method named `len` found for struct `NotLoaded<R>` in the current scope
//~ label: method not found in `NotLoaded<reviews>`
#[path = "../../src/book/models.rs"]
mod models;

use models::*;
use orm_core::prelude::*;

pub async fn f(db: &Db) -> Result<usize> {
    let book = Book::find(1).with(Book::author).one(db).await?;
    Ok(book.reviews.len())
}
