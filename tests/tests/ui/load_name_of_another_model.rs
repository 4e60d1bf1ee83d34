//! A row named by another model's relation.
//~ error: `reviews` is not a relation of `Author`
//~ label: expected a relation of `Author`
//~ error: `reviews` cannot be loaded into `AuthorWith`
//~ label: already loaded here, or a relation of another model
//~ error: `reviews` is not a relation of `Author`
//~ label: expected a relation of `Author`
//~ error: `reviews` cannot be loaded into `AuthorWith`
//~ label: already loaded here, or a relation of another model
#[path = "../../src/book/models.rs"]
mod models;

use models::*;
use orm_core::prelude::*;

pub fn f(author: &With<Author, (book_rel::reviews,)>) -> &str {
    &author.name
}
