//! A projection that contains itself.
//~ error: a projection cannot contain itself, as nothing would say where it ends: write a struct for each level
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
