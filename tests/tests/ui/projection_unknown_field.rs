//! A field of which the model has nothing.
//~ error: no function or associated item named `heading` found for struct `Book` in the current scope
//~ label: function or associated item not found in `Book`
#[path = "../../src/book/models.rs"]
mod models;

use models::*;
use orm_core::prelude::*;

#[derive(Projection)]
#[orm(of = Book)]
pub struct Card {
    pub heading: String,
}
