//! Models, checked queries and a self-healing pool for SQLite, PostgreSQL and MySQL/MariaDB.
//!
//! A struct with `#[derive(Model)]` is a table; its fields are typed columns; a field of type `Id<Author>` is a foreign key.
//!
//! ```
//! use orm_core::prelude::*;
//!
//! #[derive(Debug, Clone, Model)]
//! #[orm(table = "authors", has_many(books: Book))]
//! pub struct Author {
//!     pub id: Id<Author>,
//!     #[orm(length = 100, unique)]
//!     pub name: String,
//! }
//!
//! #[derive(Debug, Clone, Model)]
//! #[orm(table = "books")]
//! pub struct Book {
//!     pub id: Id<Book>,
//!     pub title: String,
//!     pub published_year: Option<i32>,
//!     pub author_id: Id<Author>,
//! }
//!
//! # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<()> {
//! let db = Db::connect("sqlite::memory:").await?;
//! db.create_all::<(Author, Book)>().await?;
//! let austen = Author::insert(Author::draft("Jane Austen")).one(&db).await?;
//! Book::insert(Book { published_year: Some(1815), ..Book::draft("Emma", austen.id) }).exec(&db).await?;
//! let early = Book::query().filter(Book::published_year.lt(1900)).order_by(Book::title).all(&db).await?;
//! assert_eq!(early[0].title, "Emma");
//! # Ok(()) }
//! ```
//!
//! | you want | begin at |
//! | --- | --- |
//! | to connect | [`Db`], [`PoolOptions`] |
//! | to describe tables | [`derive@Model`], [`DbEnum`], [`DbType`], [`Embed`] |
//! | to query | [`query::Model`], [`query::Query`], [`query::Joined`], [`expr::Operand`], [`sql!`] |
//! | to write | [`query::Insert`], [`query::Update`], [`query::Delete`], [`query::Upsert`] |
//! | a transaction | [`Db::transaction`], [`Tx`] |
//! | to know what went wrong | [`Error`] |
//! | to see what is sent | [`exec::Observer`], [`query::Query::to_sql`], [`Db::watch_n_plus_one`] |
//!
//! Features: `sqlite` (default), `sqlite-unbundled`, `postgres`, `mysql`, `uuid`, `decimal`, `testing`. They only add.

// What the derives emit names the crate from outside.
#[cfg(test)]
extern crate self as orm_core;

#[doc(hidden)]
pub use serde as __serde;

pub mod db;
pub mod driver;
pub mod error;
pub mod exec;
pub mod expr;
pub mod load;
pub mod model;
pub mod pool;
pub mod prelude;
pub mod query;
pub mod sql;
#[cfg(feature = "testing")]
pub mod testing;
pub mod value;

pub use orm_derive::{Cte, DbEnum, DbType, Embed, FromRow, Model, Projection};

pub use db::{Connection, Db, DbBuilder, Isolation, Tx, TxOptions};
pub use error::{Error, ErrorKind, Result};
pub use exec::Executor;
pub use model::Id;
pub use pool::{Backoff, PoolOptions, PoolStats};
pub use sql::Dialect;
pub use value::Auto;
