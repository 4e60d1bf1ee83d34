//! What a query with a name has not: a key and relations.
//~ error: `primary_key` belongs in a model: a query with a name has no table, no keys and no relations
//~ error: `has_many` belongs in a model: a query with a name has no table, no keys and no relations
//~ error: `unique` belongs in a model: a query with a name has no keys, indexes or relations

#[path = "../../src/book/models.rs"]
mod models;

use models::*;
use orm_core::prelude::*;

#[derive(Debug, Clone, Cte)]
#[orm(table = "totals", primary_key(category), has_many(sales: Sale))]
struct Total {
    category: String,
    #[orm(unique)]
    stock: i64,
}
