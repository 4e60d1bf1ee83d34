//! From statements as data to SQL text with its parameters, for each dialect. No I/O.

mod beside;
mod compound;
pub mod ddl;
mod decimal;
pub mod dialect;
mod expression;
mod functions;
mod insert_select;
mod joins;
mod matching;
mod one_trip;
mod operand;
mod path;
mod quote;
mod select;
mod subquery;
mod update_many;
mod write;
mod writer;

pub use dialect::{Dialect, Features};
pub(crate) use expression::order_text;
pub(crate) use functions::type_of;
pub(crate) use matching::is_json_scalar;
pub use quote::quote_into;
pub use writer::{SqlText, Writer};
