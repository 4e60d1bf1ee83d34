//! Rows locked outside a transaction.
//~ error: mismatched types
//~ label: expected `&Tx`, found `&Db`

#[path = "../../src/book/models.rs"]
mod models;

use models::*;
use orm_core::prelude::*;

pub async fn f(db: &Db) -> Result<Account> {
    Account::find(1).for_update().one(db).await
}
