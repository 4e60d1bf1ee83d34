//! A relation that was loaded already.
//~ error: `author` cannot be loaded into `BookWith<Author>`
//~ label: already loaded here, or a relation of another model
//~ error: the method `all` exists for struct `Shaped<Book, (((), Load<author>), Load<author>)>`, but its trait bounds were not satisfied
//~ label: method cannot be called due to unsatisfied trait bounds
#[path = "../../src/book/models.rs"]
mod models;

use models::*;
use orm_core::prelude::*;

pub async fn f(db: &Db) -> Result<()> {
    Book::query().with(Book::author).with(Book::author).all(db).await?;
    Ok(())
}
