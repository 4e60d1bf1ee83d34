//! What the texts of MySQL's errors tell beside their number: the names in them, and never the values.

/// Names taken from an error's text.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Facts {
    pub(super) table: Option<String>,
    pub(super) constraint: Option<String>,
    pub(super) columns: Vec<String>,
}

/// Reads the names out of the text of an error with this number.
pub(super) fn read(number: u16, text: &str) -> Facts {
    match number {
        1022 | 1062 | 1169 | 1586 | 1859 => unique(text),
        1216 | 1217 | 1451 | 1452 => foreign_key(text),
        // Column 'x' cannot be null. Field 'x' doesn't have a default value.
        1048 | 1364 => column(quoted(text, '\'').map(str::to_owned)),
        // Check constraint 'c' is violated.
        3819 => Facts {
            constraint: quoted(text, '\'').map(str::to_owned),
            ..Facts::default()
        },
        // CONSTRAINT `c` failed for `db`.`t`
        4025 => Facts {
            constraint: quoted(text, '`').map(str::to_owned),
            table: text
                .rsplit_once('.')
                .and_then(|(_, t)| quoted(t, '`'))
                .map(str::to_owned),
            columns: Vec::new(),
        },
        // Out of range value for column 'x' at row 1, and its kin. The value stands before.
        1264 | 1265 | 1366 | 1406 => column(
            text.rsplit_once("for column ")
                .and_then(|(_, rest)| rest.rsplit_once(" at row "))
                .map(|(names, _)| last_name(names)),
        ),
        _ => Facts::default(),
    }
}

fn column(name: Option<String>) -> Facts {
    Facts {
        columns: name.into_iter().collect(),
        ..Facts::default()
    }
}

/// Duplicate entry 'value' for key 't.k'. The value may hold anything: the name is read from the end.
fn unique(text: &str) -> Facts {
    let Some((_, rest)) = text.rsplit_once("for key '") else {
        return Facts::default();
    };
    let name = rest.trim_end().trim_end_matches('\'');
    match name.split_once('.') {
        Some((table, key)) => Facts {
            table: Some(table.to_owned()),
            constraint: Some(key.to_owned()),
            columns: Vec::new(),
        },
        None => Facts {
            constraint: Some(name.to_owned()),
            ..Facts::default()
        },
    }
}

/// .. fails (`db`.`child`, CONSTRAINT `fk` FOREIGN KEY (`a`, `b`) REFERENCES `parent` (`id`))
fn foreign_key(text: &str) -> Facts {
    let table = text
        .split_once("(`")
        .and_then(|(_, rest)| rest.split_once(", CONSTRAINT "))
        .map(|(names, _)| last_name(names));
    let after = |word: &str| text.split_once(word).map(|(_, rest)| rest);
    Facts {
        table,
        constraint: after("CONSTRAINT ")
            .and_then(|rest| quoted(rest, '`'))
            .map(str::to_owned),
        columns: after("FOREIGN KEY (")
            .and_then(|rest| rest.split_once(')'))
            .map(|(names, _)| names.split(", ").map(last_name).collect())
            .unwrap_or_default(),
    }
}

/// The first quoted name.
fn quoted(text: &str, quote: char) -> Option<&str> {
    let (_, rest) = text.split_once(quote)?;
    rest.split_once(quote).map(|(name, _)| name)
}

/// `c` of `db`.`t`.`c`.
fn last_name(names: &str) -> String {
    let last = names.rsplit_once("`.`").map_or(names, |(_, last)| last);
    last.trim_matches(['`', '\'']).to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn facts(table: &str, constraint: &str, columns: &[&str]) -> Facts {
        let some = |s: &str| (!s.is_empty()).then(|| s.to_owned());
        Facts {
            table: some(table),
            constraint: some(constraint),
            columns: columns.iter().map(|c| (*c).to_owned()).collect(),
        }
    }

    #[test]
    fn names_are_read_and_values_are_not() {
        for (number, text, want) in [
            (
                1062,
                "Duplicate entry 'a@b' for key 'users.email'",
                facts("users", "email", &[]),
            ),
            (
                1062,
                "Duplicate entry 'x' for key 'y' for key 'k'",
                facts("", "k", &[]),
            ),
            (
                1452,
                "Cannot add or update a child row: a foreign key constraint fails (`db`.`child`, CONSTRAINT `fk` \
                 FOREIGN KEY (`a`, `b`) REFERENCES `parent` (`x`, `y`) ON DELETE CASCADE)",
                facts("child", "fk", &["a", "b"]),
            ),
            (1048, "Column 'name' cannot be null", facts("", "", &["name"])),
            (
                1364,
                "Field 'name' doesn't have a default value",
                facts("", "", &["name"]),
            ),
            (
                3819,
                "Check constraint 'positive' is violated.",
                facts("", "positive", &[]),
            ),
            (
                4025,
                "CONSTRAINT `positive` failed for `db`.`t`",
                facts("t", "positive", &[]),
            ),
            (
                1264,
                "Out of range value for column 'n' at row 1",
                facts("", "", &["n"]),
            ),
            (
                1366,
                "Incorrect integer value: 'secret for column x' for column `db`.`t`.`n` at row 1",
                facts("", "", &["n"]),
            ),
            (1062, "", facts("", "", &[])),
            (1452, "(`", facts("", "", &[])),
        ] {
            assert_eq!(read(number, text), want, "{text}");
        }
    }
}
