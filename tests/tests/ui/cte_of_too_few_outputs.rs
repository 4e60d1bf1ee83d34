//! A query with fewer outputs than the columns of its name.
//~ error: mismatched types
//~ label: expected `Selected<_, (_, _)>`, found `Selected<Product, String>`

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
    cte((Total::category, Total::stock), Product::query().select(Product::category))
}
