//! More models than a query joins, with a condition.
//~ error: a query joins four models at most
//~ label: this is one too many: join it in a query of its own

#[path = "../../src/book/models.rs"]
mod models;

use models::*;
use orm_core::prelude::*;

pub fn f() -> impl Sized {
    Category::query()
        .cross_join::<Category>()
        .cross_join::<Category>()
        .cross_join::<Category>()
        .left_join::<Category>(|a, _, _, _, e| e.get(Category::id).eq(a.get(Category::parent_id)))
}
