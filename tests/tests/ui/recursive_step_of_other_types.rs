//! A step whose rows are not those of the first part.
//~ error: mismatched types
//~ label: expected `Selected<_, (String, i64)>`, found `Selected<Total, (i64, String)>`

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
    cte((Total::category, Total::stock), Product::query().select((Product::category, literal(1_i64))))
        .recursive(Total::query().select((Total::stock, Total::category)))
}
