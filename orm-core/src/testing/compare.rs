//! Comparing the statements that were sent with those expected, and showing the difference.

use crate::sql::Dialect;

/// The statements expected of a database, by its name in small letters.
pub type Expected<'a> = (&'a str, &'a [&'a str]);

/// Compares what was sent with what was expected.
///
/// # Panics
/// When they differ, with the difference line by line.
#[track_caller]
pub fn compare(sent: &[String], expected: &[&str]) {
    if let Some(difference) = difference(sent, expected) {
        panic!("these statements were sent (+) in place of those expected (-):\n{difference}");
    }
}

/// Compares what was sent with what was expected of this database.
///
/// # Panics
/// When they differ, with the difference line by line, or when nothing is said about this database.
#[track_caller]
pub fn compare_for(dialect: Dialect, sent: &[String], expected: &[Expected<'_>]) {
    let names: &[&str] = match dialect {
        Dialect::Sqlite => &["sqlite"],
        Dialect::Postgres => &["postgres"],
        Dialect::MySql => &["mysql"],
        Dialect::MariaDb => &["mariadb", "mysql"],
    };
    let found = names
        .iter()
        .find_map(|name| expected.iter().find(|(of, _)| of == name));
    let Some((_, expected)) = found else {
        panic!(
            "nothing is said about what is expected on {dialect}; sent was:\n{}",
            sent.join("\n")
        );
    };
    if let Some(difference) = difference(sent, expected) {
        panic!("on {dialect}, these statements were sent (+) in place of those expected (-):\n{difference}");
    }
}

/// Compares how many statements were sent.
///
/// # Panics
/// When it were more or fewer, with those that were sent.
#[track_caller]
pub fn compare_count(sent: &[String], expected: usize) {
    if sent.len() != expected {
        panic!(
            "{} statements were sent in place of {expected}:\n{}",
            sent.len(),
            sent.join("\n")
        );
    }
}

/// The difference line by line, with as many lines in common as there can be; `None` when there is none.
fn difference(sent: &[String], expected: &[&str]) -> Option<String> {
    if sent.iter().eq(expected.iter()) {
        return None;
    }
    // `common[e][s]`: how many lines the rests from `e` and `s` on have in common.
    let mut common = vec![vec![0_usize; sent.len() + 1]; expected.len() + 1];
    for e in (0..expected.len()).rev() {
        for s in (0..sent.len()).rev() {
            common[e][s] = match sent[s] == expected[e] {
                true => common[e + 1][s + 1] + 1,
                false => common[e + 1][s].max(common[e][s + 1]),
            };
        }
    }
    let (mut e, mut s) = (0, 0);
    let mut lines = Vec::new();
    while e < expected.len() || s < sent.len() {
        if e < expected.len() && s < sent.len() && sent[s] == expected[e] {
            lines.push(format!("    {}", sent[s]));
            (e, s) = (e + 1, s + 1);
        } else if e < expected.len() && (s == sent.len() || common[e + 1][s] >= common[e][s + 1]) {
            lines.push(format!("  - {}", expected[e]));
            e += 1;
        } else {
            lines.push(format!("  + {}", sent[s]));
            s += 1;
        }
    }
    Some(lines.join("\n"))
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test that fails panics")]
mod tests {
    use super::*;

    #[test]
    fn the_difference_keeps_what_is_common() {
        let sent = ["BEGIN", "b", "c", "COMMIT"].map(String::from);
        assert_eq!(
            difference(&sent, &["BEGIN", "a", "c", "COMMIT"]).unwrap(),
            "    BEGIN\n  - a\n  + b\n    c\n    COMMIT"
        );
        assert_eq!(difference(&sent, &[]).unwrap().lines().count(), 4);
        assert_eq!(difference(&[], &["a"]).unwrap(), "  - a");
        assert_eq!(difference(&sent, &["BEGIN", "b", "c", "COMMIT"]), None);
    }

    #[test]
    fn mariadb_takes_the_words_of_mysql() {
        compare_for(Dialect::MariaDb, &["a".to_owned()], &[("mysql", &["a"])]);
        compare_for(
            Dialect::MariaDb,
            &["a".to_owned()],
            &[("mysql", &["b"]), ("mariadb", &["a"])],
        );
    }

    #[test]
    #[should_panic(expected = "nothing is said about what is expected on PostgreSQL")]
    fn a_database_that_was_forgotten() {
        compare_for(Dialect::Postgres, &[], &[("sqlite", &[])]);
    }
}
