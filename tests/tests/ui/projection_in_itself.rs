//! A projection that contains itself.
//~ error: overflow evaluating the requirement `impl Shape<Category, Value = Node> == _`
//~ label: 
#[path = "../../src/book/models.rs"]
mod models;

use models::*;
use orm_core::prelude::*;

#[derive(Projection)]
#[orm(of = Category)]
pub struct Node {
    pub name: String,
    pub children: Vec<Node>,
}

pub async fn f(db: &Db) -> Result<Vec<Node>> {
    Category::query().project::<Node>().all(db).await
}
