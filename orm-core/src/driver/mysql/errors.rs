//! MySQL's and MariaDB's errors as ours.

use sqlx::mysql::MySqlDatabaseError;

use super::facts;
use crate::driver::wire::wire_error;
use crate::error::{Error, ErrorKind};
use crate::sql::dialect::mysql_codes::{Code, classify};

/// The number of a server's error.
pub(super) fn number(e: &sqlx::Error) -> Option<u16> {
    match e {
        sqlx::Error::Database(e) => e.try_downcast_ref::<MySqlDatabaseError>().map(|e| e.number()),
        _ => None,
    }
}

/// What an error means.
pub(super) fn convert(e: sqlx::Error) -> Error {
    let e = match e {
        sqlx::Error::Database(e) => e,
        other => return wire_error(other),
    };
    match e.try_downcast_ref::<MySqlDatabaseError>() {
        Some(mysql) => from_server(mysql.number(), mysql.code().unwrap_or_default(), mysql.message()),
        None => Error::new(ErrorKind::Database, "the database refused the statement"),
    }
}

fn from_server(number: u16, sqlstate: &str, text: &str) -> Error {
    let Code { row, words } = classify(number, sqlstate);
    let found = facts::read(number, text);
    let error = match words {
        // What the server said may hold values: it is kept where nothing prints it.
        Some(words) => Error::new(row.kind, words).with_detail(text),
        None => Error::new(row.kind, text.to_owned()),
    };
    let mut error = error
        .with_class(row.class)
        .with_poison(row.poison)
        .with_retire(row.retire)
        .with_code(number.to_string())
        .with_columns(found.columns);
    if let Some(table) = found.table {
        error = error.with_table(table);
    }
    if let Some(constraint) = found.constraint {
        error = error.with_constraint(constraint);
    }
    error
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_stay_out_of_the_text() {
        let e = from_server(1062, "23000", "Duplicate entry 'geheim' for key 'users.email'");
        assert!(e.is_unique_violation());
        assert_eq!((e.table(), e.constraint()), (Some("users"), Some("email")));
        assert!(!format!("{e} {e:?}").contains("geheim"), "{e}");
        assert!(e.detail().is_some_and(|d| d.contains("geheim")));
        let e = from_server(1064, "42000", "You have an error in your SQL syntax near 'SELEC'");
        assert!(e.to_string().contains("SELEC"));
    }
}
