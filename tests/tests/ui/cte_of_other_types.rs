//! A query whose outputs do not fit the columns of its name.
//~ error: a column of type `i64` cannot be filled with values of type `String`
//~ label: the query gives `String`, and the column takes `i64`

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
    cte((Total::category, Total::stock), Product::query().select((Product::category, Product::name)))
}
