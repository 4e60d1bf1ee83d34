//! A function that needs a relation, and a row without it.
//~ error: `author` is not loaded in `BookWith<NotLoaded<author>, Vec<Review>>`
//~ label: say `.with(..)` of it in the query
#[path = "../../src/book/models.rs"]
mod models;

use models::*;
use orm_core::prelude::*;

fn card(book: &impl Has<book_rel::author>) -> &str {
    &book.related(Book::author).name
}

pub async fn f(db: &Db) -> Result<usize> {
    let book = Book::find(1).with(Book::reviews).one(db).await?;
    Ok(card(&book).len())
}
