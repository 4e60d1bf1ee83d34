//! A model without the derive.
//~ error: `Author` is not a model
//~ label: not a model

use orm_core::prelude::*;

pub struct Author {
    pub id: i64,
}

pub fn f() -> impl Sized {
    Author::query()
}
