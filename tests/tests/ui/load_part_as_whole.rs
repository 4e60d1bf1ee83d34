//! A filtered load where the whole is asked for.
//~ error: mismatched types
//~ label: expected `&AuthorWith<Vec<Book>>`, found `&AuthorWith<Part<Vec<Book>>>`
#[path = "../../src/book/models.rs"]
mod models;

use models::*;
use orm_core::prelude::*;

fn count(author: &With<Author, (author_rel::books,)>) -> usize {
    author.books.len()
}

pub async fn f(db: &Db) -> Result<usize> {
    let author = Author::find(1).with(Author::books.filter(Book::title.eq("Emma"))).one(db).await?;
    Ok(count(&author))
}
