//! A relation with the name of a field.
//~ error: the relation `books` has the name of a field: choose another
//~ error: the relation along `author_id` would be called `author`, like a field: name it: `#[orm(relation = ..)]`

use orm_core::prelude::*;

#[derive(Model)]
#[orm(has_many(books: Book))]
pub struct Author {
    pub id: Id<Author>,
    pub books: i32,
}

#[derive(Model)]
pub struct Book {
    pub id: Id<Book>,
    pub author: String,
    pub author_id: Id<Author>,
}
