//! What the example programs share: the library's models and the import of its data, the shop and its reports, and tables
//! on the terminal.

pub mod import;
pub mod models;
pub mod questions;
pub mod reports;
pub mod shop;
pub mod show;
