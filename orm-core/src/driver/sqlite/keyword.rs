//! What kind of statement a text is, by its first word, for what SQLite's own answer does not tell.

/// The first word of a statement, in capitals; empty for a text without any.
pub(super) fn first(sql: &str) -> String {
    word(skip(sql)).0.to_ascii_uppercase()
}

/// Whether a text is an INSERT or a REPLACE.
pub(super) fn inserts(sql: &str) -> bool {
    // Our own texts begin with their verbs.
    match sql.as_bytes() {
        [b'I', b'N', b'S', b'E', b'R', b'T', b' ', ..] => true,
        [b'U', b'P', b'D', b'A', b'T', b'E', b' ', ..] => false,
        _ => {
            let (verb, _) = word(skip(sql));
            verb.eq_ignore_ascii_case("INSERT") || verb.eq_ignore_ascii_case("REPLACE")
        }
    }
}

/// What a text does with a transaction.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Control {
    /// `BEGIN`
    Begin,
    /// `COMMIT`, `END`
    Commit,
    /// `ROLLBACK` of everything.
    Rollback,
    /// `SAVEPOINT`, `RELEASE`, `ROLLBACK TO`
    Savepoint,
}

/// What a text does with a transaction, if anything.
pub(super) fn control(sql: &str) -> Option<Control> {
    let (verb, rest) = word(skip(sql));
    let is = |keyword: &str| verb.eq_ignore_ascii_case(keyword);
    if is("BEGIN") {
        Some(Control::Begin)
    } else if is("COMMIT") || is("END") {
        Some(Control::Commit)
    } else if is("SAVEPOINT") || is("RELEASE") {
        Some(Control::Savepoint)
    } else if is("ROLLBACK") {
        let (mut next, rest) = word(skip(rest));
        if next.eq_ignore_ascii_case("TRANSACTION") {
            next = word(skip(rest)).0;
        }
        Some(if next.eq_ignore_ascii_case("TO") {
            Control::Savepoint
        } else {
            Control::Rollback
        })
    } else {
        None
    }
}

/// Whether a text that SQLite prepared changes nothing at all: neither rows, nor the transaction, nor settings.
pub(super) fn only_reads(sql: &str, sqlite_says: bool) -> bool {
    let (verb, rest) = word(skip(sql));
    match verb.to_ascii_uppercase().as_str() {
        // Only the plan is shown; SQLite says the same of it as of the statement inside.
        "EXPLAIN" => true,
        "SELECT" | "VALUES" | "WITH" => sqlite_says,
        "PRAGMA" => sqlite_says && pragma_only_reads(rest),
        _ => false,
    }
}

/// Whether a statement that wrote can have changed the schema.
pub(super) fn may_change_schema(sql: &str) -> bool {
    !matches!(
        first(sql).as_str(),
        "SELECT"
            | "VALUES"
            | "WITH"
            | "INSERT"
            | "UPDATE"
            | "DELETE"
            | "REPLACE"
            | "EXPLAIN"
            | "BEGIN"
            | "COMMIT"
            | "END"
            | "SAVEPOINT"
            | "RELEASE"
    )
}

/// The pragmas that take an argument and only tell something about it.
const ASKING: &[&str] = &[
    "TABLE_INFO",
    "TABLE_XINFO",
    "TABLE_LIST",
    "INDEX_LIST",
    "INDEX_INFO",
    "INDEX_XINFO",
    "FOREIGN_KEY_LIST",
    "FOREIGN_KEY_CHECK",
    "INTEGRITY_CHECK",
    "QUICK_CHECK",
];

/// The pragmas that do something without an argument.
const ACTING: &[&str] = &[
    "OPTIMIZE",
    "INCREMENTAL_VACUUM",
    "SHRINK_MEMORY",
    "WAL_CHECKPOINT",
];

fn pragma_only_reads(rest: &str) -> bool {
    let (mut name, mut rest) = word(skip(rest));
    rest = skip(rest);
    if let Some(after) = rest.strip_prefix('.') {
        let (second, after) = word(skip(after));
        name = second;
        rest = skip(after);
    }
    let name = name.to_ascii_uppercase();
    match rest.bytes().next() {
        None | Some(b';') => !name.is_empty() && !ACTING.contains(&name.as_str()),
        Some(_) => ASKING.contains(&name.as_str()),
    }
}

/// The text after blanks and comments.
fn skip(mut sql: &str) -> &str {
    loop {
        sql = sql.trim_start_matches([' ', '\t', '\n', '\r', '\x0c', '\u{feff}']);
        if let Some(rest) = sql.strip_prefix("--") {
            sql = rest.split_once('\n').map_or("", |(_, rest)| rest);
        } else if let Some(rest) = sql.strip_prefix("/*") {
            sql = rest.split_once("*/").map_or("", |(_, rest)| rest);
        } else {
            return sql;
        }
    }
}

/// The word at the start of a text, and what follows it.
fn word(sql: &str) -> (&str, &str) {
    let end = sql
        .find(|c: char| !c.is_ascii_alphanumeric() && c != '_')
        .unwrap_or(sql.len());
    sql.split_at(end)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_stand_behind_blanks_and_comments() {
        assert_eq!(first(" \n-- a;b\n/* c\n*/ sElect 1"), "SELECT");
        assert_eq!(first("-- nothing"), "");
        assert_eq!(first("/* open"), "");
        assert_eq!(first("\u{feff}insert into t values (1)"), "INSERT");
        assert_eq!(first("select(1)"), "SELECT");
        assert_eq!(first("selection"), "SELECTION");
        for sql in [
            "INSERT INTO t",
            "insert into t",
            "/* x */ Replace into t",
            "INSERT\nINTO t",
        ] {
            assert!(inserts(sql), "{sql}");
        }
        for sql in [
            "UPDATE t",
            "update t",
            "INSERTED",
            "WITH a AS (SELECT 1) INSERT INTO t",
        ] {
            assert!(!inserts(sql), "{sql}");
        }
    }

    #[test]
    fn transaction_control_is_recognised() {
        assert_eq!(control("begin immediate"), Some(Control::Begin));
        assert_eq!(control("END"), Some(Control::Commit));
        assert_eq!(control("rollback"), Some(Control::Rollback));
        assert_eq!(control("ROLLBACK TRANSACTION"), Some(Control::Rollback));
        assert_eq!(
            control("ROLLBACK /* x */ TO SAVEPOINT a"),
            Some(Control::Savepoint)
        );
        assert_eq!(control("rollback transaction to a"), Some(Control::Savepoint));
        assert_eq!(control("RELEASE a"), Some(Control::Savepoint));
        assert_eq!(control("SELECT 1"), None);
    }

    #[test]
    fn pragmas_read_or_act() {
        for sql in [
            "PRAGMA table_info(t)",
            "pragma main.index_list('t')",
            "PRAGMA user_version",
            "PRAGMA user_version;",
        ] {
            assert!(only_reads(sql, true), "{sql}");
        }
        for sql in [
            "PRAGMA user_version = 3",
            "PRAGMA foreign_keys(0)",
            "PRAGMA wal_checkpoint",
            "PRAGMA main.optimize",
            "PRAGMA /* = */ cache_size=3",
            "BEGIN",
            "COMMIT",
            "SAVEPOINT a",
            "ATTACH 'x' AS y",
            "DETACH y",
            "VACUUM",
            "",
        ] {
            assert!(!only_reads(sql, true), "{sql}");
        }
        assert!(only_reads("EXPLAIN DELETE FROM t", false));
        assert!(!only_reads("WITH a AS (SELECT 1) DELETE FROM t", false));
    }
}
