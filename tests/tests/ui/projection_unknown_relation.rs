//! A path along a relation that the model does not have.
//~ error: no function or associated item named `writer` found for struct `Book` in the current scope
//~ label: function or associated item not found in `Book`
//~ error: `Book` has no relation of this name
//~ label: not a relation of `Book`
//~ error: no function or associated item named `name` found for type `_` in the current scope
//~ label: function or associated item not found in `_`
#[path = "../../src/book/models.rs"]
mod models;

use models::*;
use orm_core::prelude::*;

#[derive(Projection)]
#[orm(of = Book)]
pub struct Card {
    #[orm(path = writer.name)]
    pub by: String,
}
