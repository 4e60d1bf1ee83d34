//! An attribute with a slip of the pen.
//~ error: unknown attribute `uniqe`: did you mean `unique`?

use orm_core::prelude::*;

#[derive(Model)]
pub struct Author {
    pub id: Id<Author>,
    #[orm(uniqe, length = 100)]
    pub name: String,
}
