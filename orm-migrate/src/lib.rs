//! Schema migrations for `orm-core` models.
//!
//! So far: the statements that make the tables of models ([`create_script`]), which are the ones that
//! `Db::create_all` runs, and the files of a migrations folder in the format of `sqlx migrate` ([`files`]). Comparing models
//! with the last snapshot, writing the files and applying them come next.

pub mod files;

use orm_core::model::Models;
use orm_core::sql::{Dialect, ddl};
use orm_core::{Error, Result};

/// The SQL that makes the tables of these models on an empty database, as one script.
///
/// ```
/// use orm_core::prelude::*;
///
/// #[derive(Model)]
/// #[orm(table = "tags")]
/// struct Tag { id: Id<Tag>, #[orm(length = 40, unique)] label: String }
///
/// let script = orm_migrate::create_script::<Tag>(Dialect::Postgres)?;
/// assert!(script.starts_with("CREATE TABLE \"tags\""));
/// # Ok::<(), Error>(())
/// ```
///
/// # Errors
/// `Invalid` for an empty set of models; `Unsupported` or `Invalid` for what the database lacks or a model says wrongly.
pub fn create_script<M: Models>(dialect: Dialect) -> Result<String> {
    let tables = M::tables();
    if tables.is_empty() {
        return Err(Error::custom(
            "there are no models: an empty set is an error, never a script",
        ));
    }
    let mut script = String::new();
    for statement in ddl::create_all(dialect, &tables)? {
        script.push_str(&statement);
        script.push_str(";\n");
    }
    Ok(script)
}
