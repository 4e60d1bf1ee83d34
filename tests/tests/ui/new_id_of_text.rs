//! A new id of a key that nobody can make.
//~ error: `Id::new()` cannot make a key of type `String`
//~ label: this key is chosen by you

use orm_core::prelude::*;

#[derive(Model)]
#[orm(key = String)]
pub struct Country {
    pub id: Id<Country>,
}

pub fn f() -> Id<Country> {
    Id::new()
}
