//! Rows of a query with a name have no key.
//~ error: `{integer}` is not a key of `Total`
//~ label: expected `Id<Total>` or its raw key

#[path = "../../src/book/models.rs"]
mod models;

use models::*;
use orm_core::prelude::*;

#[derive(Debug, Clone, Cte)]
struct Total {
    category: String,
    stock: i64,
}

pub fn f() -> impl Sized {
    Total::find(3)
}
