//! A relation to a model that has no key to this one.
//~ error: no function or associated item named `author_id` found for struct `Book` in the current scope
//~ label: function or associated item not found in `Book`

use orm_core::prelude::*;

#[derive(Model)]
#[orm(has_many(books: Book))]
pub struct Author {
    pub id: Id<Author>,
}

#[derive(Model)]
pub struct Book {
    pub id: Id<Book>,
    pub title: String,
}
