//! All right: what the other cases vary.

#[path = "../../src/book/models.rs"]
mod models;

use models::*;
use orm_core::prelude::*;

pub fn f(author: Id<Author>) -> impl Sized {
    Book::query()
        .filter(Book::author_id.eq(author))
        .filter(Book::title.contains("E").and(Book::published_year.eq(None)))
        .order_by(Book::title.desc())
        .select((Book::title, Book::published_year))
}
