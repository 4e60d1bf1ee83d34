//! What raw SQL does to a connection, as far as its first words tell.

/// What a statement of the user's own does beyond reading and writing rows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Shape {
    /// Nothing.
    Plain,
    /// It changes the schema, or commits implicitly where DDL does.
    Schema,
    /// It begins or ends a transaction.
    Transaction,
    /// It makes or ends a savepoint.
    Savepoint,
    /// It may leave settings, locks or temporary tables behind.
    Session,
    /// It commits implicitly, as DDL does, and leaves locks behind.
    Lock,
}

impl Shape {
    /// Whether the session must be reset before anybody else gets it.
    pub(super) const fn leaves_traces(self) -> bool {
        matches!(self, Shape::Session | Shape::Lock)
    }
}

/// Calls that leave something behind in the session, in statements that are plain otherwise.
const SESSION_CALLS: [&str; 3] = ["advisory_lock", "set_config", "get_lock"];

/// Looks at the first words.
pub(super) fn shape(sql: &str) -> Shape {
    let mut words = Words(sql);
    let first = words.next().unwrap_or_default().to_ascii_uppercase();
    let mut second = || words.next().unwrap_or_default().to_ascii_uppercase();
    match first.as_str() {
        "SELECT" | "INSERT" | "UPDATE" | "DELETE" | "WITH" | "VALUES" | "REPLACE" | "MERGE" | "TABLE"
        | "EXPLAIN" | "SHOW" | "DESCRIBE" | "DESC" | "VACUUM" | "COPY" | "NOTIFY" | "KILL" => {
            match SESSION_CALLS.iter().any(|call| contains(sql, call)) || assigns(sql) {
                true => Shape::Session,
                false => Shape::Plain,
            }
        }
        "CREATE" => loop {
            match second().as_str() {
                "OR" | "REPLACE" | "LOCAL" | "GLOBAL" => {}
                "TEMP" | "TEMPORARY" => return Shape::Session,
                _ => return Shape::Schema,
            }
        },
        "DROP" => match second().as_str() {
            "TEMPORARY" => Shape::Session,
            _ => Shape::Schema,
        },
        "ALTER" | "RENAME" | "TRUNCATE" | "COMMENT" | "REINDEX" | "GRANT" | "REVOKE" | "OPTIMIZE"
        | "REPAIR" | "ANALYZE" => Shape::Schema,
        "FLUSH" => Shape::Lock,
        "LOCK" => match second().as_str() {
            "TABLES" => Shape::Lock,
            "INSTANCE" => Shape::Session,
            _ => Shape::Plain,
        },
        // `BEGIN NOT ATOMIC .. END` is a block of statements on MariaDB.
        "BEGIN" if second() == "NOT" => Shape::Session,
        "BEGIN" | "COMMIT" | "END" | "ABORT" | "START" | "XA" => Shape::Transaction,
        "ROLLBACK" => match second().as_str() {
            "TO" => Shape::Savepoint,
            "TRANSACTION" | "WORK" if second() == "TO" => Shape::Savepoint,
            _ => Shape::Transaction,
        },
        "SAVEPOINT" | "RELEASE" => Shape::Savepoint,
        _ => Shape::Session,
    }
}

/// Whether a query may put its result in a variable or a temporary table.
fn assigns(sql: &str) -> bool {
    let kept = |after: &str| {
        let word = Words(after).next().unwrap_or_default();
        after.trim_start().starts_with('@')
            || word.eq_ignore_ascii_case("temp")
            || word.eq_ignore_ascii_case("temporary")
    };
    sql.contains(":=")
        || sql
            .char_indices()
            .any(|(at, c)| matches!(c, 'i' | 'I') && after_into(&sql[at..]).is_some_and(kept))
}

fn after_into(text: &str) -> Option<&str> {
    let (word, after) = text.split_at_checked(4)?;
    (word.eq_ignore_ascii_case("into") && after.starts_with(char::is_whitespace)).then_some(after)
}

/// Whether a text contains another in small letters, whatever its own case.
fn contains(text: &str, small: &str) -> bool {
    text.as_bytes()
        .windows(small.len())
        .any(|w| w.eq_ignore_ascii_case(small.as_bytes()))
}

/// The words of a text, without what stands between them: blanks, comments, opening parentheses.
struct Words<'a>(&'a str);

impl<'a> Iterator for Words<'a> {
    type Item = &'a str;

    fn next(&mut self) -> Option<&'a str> {
        loop {
            let rest = self
                .0
                .trim_start_matches(|c: char| c.is_whitespace() || c == '(' || c == ';');
            self.0 = if let Some(comment) = rest.strip_prefix("--") {
                comment.split_once('\n').map_or("", |(_, after)| after)
            } else if let Some(comment) = rest.strip_prefix("/*") {
                comment.split_once("*/").map_or("", |(_, after)| after)
            } else {
                let end = rest
                    .find(|c: char| !(c.is_alphanumeric() || c == '_'))
                    .unwrap_or(rest.len());
                let (word, after) = rest.split_at(end);
                self.0 = after;
                return (!word.is_empty()).then_some(word);
            };
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn first_words_tell() {
        for (sql, expected) in [
            ("select 1", Shape::Plain),
            ("  -- what\n /* and */ ((SELECT 1)", Shape::Plain),
            ("WITH x AS (SELECT 1) SELECT * FROM x", Shape::Plain),
            ("select pg_advisory_lock(1)", Shape::Session),
            ("SELECT Set_Config('a', 'b', false)", Shape::Session),
            ("CREATE TABLE t (a int)", Shape::Schema),
            ("create temp table t (a int)", Shape::Session),
            ("ALTER TABLE t ADD b int", Shape::Schema),
            ("BEGIN", Shape::Transaction),
            ("begin immediate", Shape::Transaction),
            ("BEGIN NOT ATOMIC SELECT 1; END", Shape::Session),
            ("START TRANSACTION", Shape::Transaction),
            ("COMMIT;", Shape::Transaction),
            ("ROLLBACK", Shape::Transaction),
            ("ROLLBACK TO SAVEPOINT a", Shape::Savepoint),
            ("rollback work to a", Shape::Savepoint),
            ("SAVEPOINT a", Shape::Savepoint),
            ("SET search_path = x", Shape::Session),
            ("PRAGMA foreign_keys = 0", Shape::Session),
            ("SELECT @a := 1", Shape::Session),
            ("SELECT 1 into\n @a", Shape::Session),
            ("SELECT 1 AS a INTO TEMP x FROM y", Shape::Session),
            ("select 1 into temporary table x", Shape::Session),
            ("INSERT INTO temperatures VALUES ('a@b', 'ınto')", Shape::Plain),
            ("create or replace temporary table t (a int)", Shape::Session),
            ("CREATE OR REPLACE VIEW temp AS SELECT 1", Shape::Schema),
            ("CREATE TABLE temp (a int)", Shape::Schema),
            ("LOCK TABLES t WRITE", Shape::Lock),
            ("FLUSH TABLES WITH READ LOCK", Shape::Lock),
            ("LOCK TABLE t", Shape::Plain),
            ("", Shape::Session),
            ("--", Shape::Session),
        ] {
            assert_eq!(shape(sql), expected, "{sql}");
        }
    }
}
