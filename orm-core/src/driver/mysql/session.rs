//! What a session is set to, and whether raw SQL has left something in it that cannot be undone.

use std::time::Duration;

/// Strings concatenate with `||`, and what does not fit is an error rather than a warning. The server's own mode is
/// not kept: texts of ours must mean the same everywhere.
const MODES: &str = "PIPES_AS_CONCAT,NO_ENGINE_SUBSTITUTION,STRICT_ALL_TABLES,STRICT_TRANS_TABLES,\
    ERROR_FOR_DIVISION_BY_ZERO,NO_ZERO_DATE,NO_ZERO_IN_DATE";

/// What is computed compares as exactly as the columns that the DDL makes; on MySQL, whose JSON goes with nothing else, blanks
/// at the end aside.
const EXACT: &str = " /*M!100200 COLLATE utf8mb4_nopad_bin */ /*!80000 COLLATE utf8mb4_bin */";

/// The settings of a session as one statement. Aggregated texts are not cut in silence. Each server takes the comments that are meant for it.
pub(super) fn settings(collation: Option<&str>, limit: Option<Duration>) -> String {
    let limits = limit.map_or_else(String::new, |limit| {
        let millis = limit.as_millis().clamp(1, 4_294_967_295);
        format!(
            " /*M!100100 , max_statement_time={}.{:03} */ /*!80000 , max_execution_time={millis} */",
            millis / 1000,
            millis % 1000
        )
    });
    let collate = collation
        .filter(|name| name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_'))
        .map_or_else(|| EXACT.to_owned(), |name| format!(" COLLATE {name}"));
    format!(
        "SET sql_mode=CONCAT('{MODES}', IF(LOCATE('MariaDB', VERSION()), '', ',ONLY_FULL_GROUP_BY')), \
         time_zone='+00:00', group_concat_max_len=1073741824, autocommit=1{limits}, NAMES utf8mb4{collate}"
    )
}

/// Whether a text of the user's own may leave something in the session that no statement undoes: variables, temporary
/// tables, the current database. What is not known to leave nothing may.
pub(super) fn leaves_traces(sql: &str) -> bool {
    let mut words = sql
        .split(|c: char| !c.is_ascii_alphanumeric() && c != '_')
        .filter(|w| !w.is_empty());
    let first = words.next().unwrap_or_default().to_ascii_uppercase();
    let known = match first.as_str() {
        "SELECT" | "INSERT" | "UPDATE" | "DELETE" | "REPLACE" | "WITH" | "VALUES" | "TABLE" | "SHOW"
        | "EXPLAIN" | "DESCRIBE" | "DESC" | "ANALYZE" | "ALTER" | "TRUNCATE" | "RENAME" | "GRANT"
        | "REVOKE" | "OPTIMIZE" | "BEGIN" | "START" | "COMMIT" | "ROLLBACK" | "SAVEPOINT" | "RELEASE"
        | "UNLOCK" | "KILL" => true,
        "CREATE" | "DROP" => !sql.to_ascii_uppercase().contains("TEMPORARY"),
        _ => false,
    };
    !known || sets_variable(sql)
}

/// A `@` that is not `@@`.
fn sets_variable(sql: &str) -> bool {
    sql.replace("@@", "").contains('@')
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
mod tests {
    use super::*;

    #[test]
    fn traces() {
        for sql in [
            "SET sql_mode = ''",
            "CREATE TEMPORARY TABLE t (a int)",
            "create or replace temporary table t (a int)",
            "SELECT @a := 1",
            "USE other",
            "CALL p()",
            "/* SELECT */ SET @a = 1",
            "",
        ] {
            assert!(leaves_traces(sql), "{sql}");
        }
        for sql in ["SELECT @@version", "create table t (a int)", "(SELECT 1)"] {
            assert!(!leaves_traces(sql), "{sql}");
        }
    }

    #[test]
    fn a_limit_is_never_none_and_a_name_is_a_name() {
        let text = settings(Some("x; DROP"), Some(Duration::from_nanos(1)));
        assert!(text.contains("max_statement_time=0.001") && text.contains("max_execution_time=1 "));
        assert!(!text.contains("DROP"));
    }
}
