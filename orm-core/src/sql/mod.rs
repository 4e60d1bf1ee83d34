//! From statements as data to SQL text with its parameters, for each dialect. No I/O.

pub mod dialect;

pub use dialect::{Dialect, Features};
