//! Projections that contain each other.
#[path = "../../src/book/models.rs"]
mod models;

use models::*;
use orm_core::prelude::*;

#[derive(Projection)]
#[orm(of = Author)]
pub struct Shelf {
    pub books: Vec<Line>,
}

#[derive(Projection)]
#[orm(of = Book)]
pub struct Line {
    pub author: Shelf,
}
