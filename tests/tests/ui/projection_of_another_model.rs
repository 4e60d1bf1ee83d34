//! A projection of another model than the relation leads to.
//~ error: `Line` is not a projection of `Author`
//~ label: expected a struct with `#[derive(Projection)] #[orm(of = Author)]`, or `Author` itself
//~ error: `Line` is not a projection of `Author`
//~ label: expected a struct with `#[derive(Projection)] #[orm(of = Author)]`, or `Author` itself
#[path = "../../src/book/models.rs"]
mod models;

use models::*;
use orm_core::prelude::*;

#[derive(Projection)]
#[orm(of = Review)]
pub struct Line {
    pub reviewer_name: String,
}

#[derive(Projection)]
#[orm(of = Book)]
pub struct Card {
    pub title: String,
    pub author: Line,
}
