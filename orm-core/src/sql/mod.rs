//! From statements as data to SQL text with its parameters, for each dialect. No I/O.

pub mod ddl;
mod decimal;
pub mod dialect;
mod expression;
mod functions;
mod matching;
mod quote;
mod select;
mod write;
mod writer;

pub use dialect::{Dialect, Features};
pub use quote::quote_into;
pub use writer::{SqlText, Writer};
