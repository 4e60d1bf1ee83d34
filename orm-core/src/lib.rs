//! Models, checked queries and a self-healing pool for SQLite, PostgreSQL and MySQL/MariaDB.

pub mod error;
pub mod model;
pub mod value;

pub use error::{Error, ErrorKind, Result};
pub use model::Id;
pub use value::Auto;
