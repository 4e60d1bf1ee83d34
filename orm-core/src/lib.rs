//! Models, checked queries and a self-healing pool for SQLite, PostgreSQL and MySQL/MariaDB.

pub mod driver;
pub mod error;
pub mod exec;
pub mod expr;
pub mod model;
pub mod sql;
pub mod value;

pub use error::{Error, ErrorKind, Result};
pub use exec::Executor;
pub use model::Id;
pub use orm_derive::{DbEnum, DbType, Embed, FromRow, Model};
pub use sql::Dialect;
pub use value::Auto;
