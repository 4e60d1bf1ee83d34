//! Rows locked, if nobody holds them, outside a transaction.
//~ error: mismatched types
//~ label: expected `&Tx`, found `&Db`

#[path = "../../src/book/models.rs"]
mod models;

use models::*;
use orm_core::prelude::*;

pub async fn f(db: &Db) -> Result<Vec<Account>> {
    Account::query().for_update().skip_locked().all(db).await
}
