//! A relation along a column that is the key to another model.
//~ error: `Id<Publisher>` is not a key to `Author`
//~ label: the column named here must be an `Id<Author>` (or an `Option` of it)

use orm_core::prelude::*;

#[derive(Model)]
#[orm(has_many(books: Book.publisher_id))]
pub struct Author {
    pub id: Id<Author>,
}

#[derive(Model)]
pub struct Publisher {
    pub id: Id<Publisher>,
}

#[derive(Model)]
pub struct Book {
    pub id: Id<Book>,
    pub publisher_id: Id<Publisher>,
}
