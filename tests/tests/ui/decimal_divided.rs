//! A decimal divided in the database.
//~ error: an expression of type `Decimal` is not divided in the database
//~ label: databases disagree about the digits of a decimal's quotient: divide in Rust, or use floats

use orm_core::prelude::*;

#[derive(Model)]
pub struct Invoice {
    pub id: Id<Invoice>,
    #[orm(precision = 10, scale = 2)]
    pub total: Decimal,
}

pub fn f() -> impl Sized {
    Invoice::query().select(Invoice::total / Decimal::TWO)
}
