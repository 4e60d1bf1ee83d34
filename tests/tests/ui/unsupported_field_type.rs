//! A field whose type is no column type.
//~ error: `Money` cannot be stored in a column
//~ label: not a column type
//~ error: `Money` cannot be stored in a column
//~ label: not a column type

use orm_core::prelude::*;

pub struct Money(i64);

#[derive(Model)]
pub struct Author {
    pub id: Id<Author>,
    pub fee: Money,
}
