//! Projections that contain each other.
//~ error: overflow evaluating the requirement `impl Shape<Author, Value = Shelf> == _`
//~ label: 
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

pub async fn f(db: &Db) -> Result<Vec<Shelf>> {
    Author::query().project::<Shelf>().all(db).await
}
