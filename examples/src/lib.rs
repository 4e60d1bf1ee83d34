//! What the example programs share: the library's models and the import of its data, the catalogue, the shop and its
//! reports, and tables on the terminal.

pub mod catalogue;
pub mod import;
pub mod models;
pub mod questions;
pub mod reports;
pub mod shop;
pub mod show;
