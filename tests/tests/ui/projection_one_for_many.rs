//! One row where the relation leads to many.
//~ error: this relation gives a `Vec<Line>`, and the projection's field is a `Line`
//~ label: make the field a `Vec<Line>`
//~ error: this relation gives a `Vec<Line>`, and the projection's field is a `Line`
//~ label: make the field a `Vec<Line>`
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
    pub reviews: Line,
}
