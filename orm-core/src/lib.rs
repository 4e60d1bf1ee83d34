//! Models, checked queries and a self-healing pool for SQLite, PostgreSQL and MySQL/MariaDB.

pub mod db;
pub mod driver;
pub mod error;
pub mod exec;
pub mod expr;
pub mod model;
pub mod pool;
pub mod prelude;
pub mod query;
pub mod sql;
#[cfg(feature = "testing")]
pub mod testing;
pub mod value;

pub use orm_derive::{DbEnum, DbType, Embed, FromRow, Model};

pub use db::{Connection, Db, DbBuilder, Isolation, Tx, TxOptions};
pub use error::{Error, ErrorKind, Result};
pub use exec::Executor;
pub use model::Id;
pub use pool::{Backoff, PoolOptions, PoolStats};
pub use sql::Dialect;
pub use value::Auto;
