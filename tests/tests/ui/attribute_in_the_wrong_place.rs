//! An attribute of a field on the struct, and the other way round.
//~ error: `table` belongs on the struct, not on a field
//~ error: `length` belongs on a field, not on the struct

use orm_core::prelude::*;

#[derive(Model)]
#[orm(length = 100)]
pub struct Author {
    pub id: Id<Author>,
    #[orm(table = "authors")]
    pub name: String,
}
