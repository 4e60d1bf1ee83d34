//! A relation of another model.
//~ error: `reviews` is not a relation of `Author`
//~ label: expected a relation of `Author`
//~ error: `reviews` cannot be loaded into `AuthorWith`
//~ label: already loaded here, or a relation of another model
//~ error: the method `all` exists for struct `Shaped<Author, ((), Load<reviews>)>`, but its trait bounds were not satisfied
//~ label: method cannot be called on `Shaped<Author, ((), Load<reviews>)>` due to unsatisfied trait bounds
#[path = "../../src/book/models.rs"]
mod models;

use models::*;
use orm_core::prelude::*;

pub async fn f(db: &Db) -> Result<()> {
    Author::query().with(Book::reviews).all(db).await?;
    Ok(())
}
