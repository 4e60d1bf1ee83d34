//! A closure with fewer handles than there are models.
//~ error: closure is expected to take 3 arguments, but it takes 2 arguments
//~ label: expected closure that takes 3 arguments

#[path = "../../src/book/models.rs"]
mod models;

use models::*;
use orm_core::prelude::*;

pub fn f() -> impl Sized {
    Product::query().cross_join::<Promotion>().cross_join::<Sale>().filter(|p, _| p.get(Product::price).gt(1.0))
}
