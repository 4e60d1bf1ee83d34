//! What the example programs share: the library's models, the import of its data, and tables on the terminal.

pub mod import;
pub mod models;
pub mod show;
