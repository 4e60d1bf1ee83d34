//! A required type where a left-joined side gives an optional one.
//~ error: mismatched types
//~ label: expected `Result<Vec<(String, i64)>, Error>`, found `Result<Vec<(String, Option<i64>)>, ...>`

#[path = "../../src/book/models.rs"]
mod models;

use models::*;
use orm_core::prelude::*;

pub async fn f(db: Db) -> Result<Vec<(String, i64)>> {
    Product::query()
        .left_join::<Promotion>(|p, promo| promo.get(Promotion::category).eq(p.get(Product::category)))
        .select(|p, promo| (p.get(Product::name), promo.get(Promotion::percent)))
        .all(&db)
        .await
}
