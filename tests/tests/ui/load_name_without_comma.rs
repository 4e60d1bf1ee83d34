//! A row named by one relation without a comma.
//~ error: `books` is not a tuple of relations
//~ label: write `(author, reviews)`; one alone needs a comma: `(author,)`
//~ error: `books` is not a tuple of relations
//~ label: write `(author, reviews)`; one alone needs a comma: `(author,)`
#[path = "../../src/book/models.rs"]
mod models;

use models::*;
use orm_core::prelude::*;

pub fn f(author: &With<Author, (author_rel::books)>) -> &str {
    &author.name
}
