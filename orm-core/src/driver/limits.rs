//! What is refused before a statement is sent, on every database.

use crate::error::{Error, ErrorKind, Result};
use crate::exec::Stmt;
use crate::sql::Dialect;

/// Refuses a statement that no server of this kind can take, or whose parameters are larger than allowed.
pub(super) fn check(stmt: &Stmt, dialect: Dialect, most_bytes: usize) -> Result<()> {
    if !stmt.built {
        check_text(&stmt.sql)?;
    }
    let features = dialect.features();
    if stmt.params.len() > features.max_params {
        return Err(Error::invalid(format!(
            "the statement has {} parameters and {} takes {} at most: send it in parts",
            stmt.params.len(),
            features.name,
            features.max_params
        )));
    }
    let bytes = stmt
        .params
        .iter()
        .fold(0usize, |sum, value| sum.saturating_add(value.size()));
    if bytes > most_bytes {
        return Err(Error::new(
            ErrorKind::Encode,
            format!(
                "the parameters of the statement take {bytes} bytes, more than the {most_bytes} of `max_parameter_bytes`: \
                 write fewer rows at once, or keep large files outside the database"
            ),
        ));
    }
    Ok(())
}

/// A NUL ends the text on some servers and hides the rest from others: it is never part of SQL.
pub(super) fn check_text(sql: &str) -> Result<()> {
    if sql.as_bytes().contains(&0) {
        return Err(Error::invalid("the SQL text contains a NUL character"));
    }
    Ok(())
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
mod tests {
    use super::*;
    use crate::value::Value;

    #[test]
    fn what_no_server_takes_is_refused() {
        let refused = |stmt: Stmt, dialect| check(&stmt, dialect, 64 << 20).unwrap_err();
        let nul = Stmt::read("SELECT '\0'", Vec::new());
        assert_eq!(refused(nul, Dialect::Postgres).kind(), ErrorKind::Invalid);
        for (dialect, most) in [
            (Dialect::Postgres, 65_535),
            (Dialect::MariaDb, 65_535),
            (Dialect::Sqlite, 32_766),
        ] {
            let many = |n| Stmt::read("SELECT 1", vec![Value::Bool(true); n]);
            assert!(check(&many(most), dialect, 64 << 20).is_ok());
            let e = refused(many(most + 1), dialect);
            assert!(e.to_string().contains(&most.to_string()), "{e}");
        }
        let large = |n| Stmt::read("SELECT $1", vec![Value::Bytes(vec![0; n])]);
        assert!(check(&large(100), Dialect::Sqlite, 100).is_ok());
        let e = check(&large(101), Dialect::Sqlite, 100).unwrap_err();
        assert_eq!(e.kind(), ErrorKind::Encode);
        assert!(e.to_string().contains("101 bytes"), "{e}");
    }
}
