//! Queries: select, insert, update, delete, and SQL of the user's own.

mod batch;
mod cursor;
mod delete;
mod get_or_insert;
mod insert;
mod keyset;
mod limit;
mod model;
mod page;
mod preview;
mod raw;
mod returning;
mod rows;
mod scope;
mod select;
mod selected;
mod stream;
mod update;
mod update_many;
mod upsert;

pub use cursor::Cursor;
pub use delete::Delete;
pub use insert::{Insert, InsertReturning, IntoRows};
pub use keyset::KeysetPage;
pub use limit::IntoLimit;
pub use model::Model;
pub use page::Page;
pub use preview::Statement;
pub use raw::{IntoParam, Params, RawQuery, RawSql, params, sql};
pub use returning::Returning;
pub use select::Query;
pub use selected::{Named, NamedOperand, Outputs, Selectable, Selected};
pub use stream::Rows;
pub use update::Update;
pub use update_many::UpdateMany;
pub use upsert::{ConflictTarget, OnConflict, SetColumns, Upsert, excluded};
