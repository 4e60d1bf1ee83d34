//! MySQL's and MariaDB's error numbers: what each means and how it is to be treated.

use crate::error::{Class, Classified, ErrorKind};

/// What a number means, and our own words where the server's text repeats a value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Code {
    /// How it is to be treated.
    pub(crate) row: Classified,
    /// What is said in place of the server's text.
    pub(crate) words: Option<&'static str>,
}

/// Many numbers with one meaning.
struct Row {
    numbers: &'static [u16],
    row: Classified,
    words: Option<&'static str>,
}

const fn row(numbers: &'static [u16], kind: ErrorKind, class: Class) -> Row {
    Row {
        numbers,
        row: Classified::new(kind, class),
        words: None,
    }
}

impl Row {
    const fn poison(mut self) -> Self {
        self.row = self.row.poison();
        self
    }

    const fn retire(mut self) -> Self {
        self.row = self.row.poison().retire();
        self
    }

    const fn says(mut self, words: &'static str) -> Self {
        self.words = Some(words);
        self
    }
}

const ROWS: &[Row] = {
    use Class::{Constraint, Fail, OptIn, Prepared, Reconnect, Transaction, Unknown, Wait};
    use ErrorKind::{
        Check, CommitUnknown, Connect, ConnectionLost, Database, Deadlock, ForeignKey, LockTimeout, NotNull,
        Serialization, Timeout, Unique,
    };
    &[
        // The server has rolled the whole transaction back, and the session would go on without one.
        row(&[1213], Deadlock, Transaction).poison(),
        row(&[1020, 1402, 1613, 1614, 3101], Serialization, Transaction).poison(),
        // Only the statement is undone, unless the server is told otherwise: the transaction is rolled back by us.
        row(&[1205], LockTimeout, Transaction),
        row(&[3572], LockTimeout, OptIn),
        row(&[1037, 1038, 1041, 1206, 1412, 1689], Database, Transaction),
        row(
            &[1053, 1152, 1158, 1159, 1160, 1161, 1184, 1927, 4031],
            ConnectionLost,
            Reconnect,
        )
        .retire(),
        row(&[2006, 2013, 2014, 2045, 2055], ConnectionLost, Reconnect).retire(),
        // A server that may not write now: another one of the cluster may.
        row(&[1047, 1290, 1836], Database, Reconnect).retire(),
        row(&[1040, 1203, 1226], Connect, Wait).retire(),
        row(&[1180], CommitUnknown, Unknown).poison(),
        row(&[1461, 1615], Database, Prepared),
        row(&[1022, 1062, 1169, 1586, 1859], Unique, Constraint)
            .says("a row with the same unique key exists already"),
        row(&[1216, 1217, 1451, 1452], ForeignKey, Constraint).says("a foreign key refused the change"),
        row(&[1048, 1364], NotNull, Constraint).says("a column that must have a value got none"),
        row(&[3819, 4025], Check, Constraint).says("a check constraint refused the row"),
        row(&[1153], Database, Fail)
            .retire()
            .says("the statement is larger than the server's `max_allowed_packet`"),
        row(&[1390, 1835], Database, Fail).retire(),
        row(&[1317, 1969, 3024], Timeout, Fail),
        row(&[1044, 1045, 1049, 1129, 1130, 1251, 1698], Connect, Fail),
        row(&[1264, 1690], Database, Fail).says("a number is out of the range of its type"),
        row(&[1366, 1411, 1525], Database, Fail).says("a value does not have the form of its column's type"),
        row(&[1292], Database, Fail)
            .says("a text does not have the form of the date, time or number that it stands for"),
        row(&[1265, 1406], Database, Fail)
            .says("a value is too long for its column, or not one of its labels"),
        row(&[1365], Database, Fail).says("division by zero"),
        row(&[3140, 3141], Database, Fail).says("a text is not JSON"),
        row(&[1300, 1977, 3854], Database, Fail).says("a text has characters that the database cannot store"),
        // The caller's own texts and names.
        row(
            &[1021, 1030, 1114, 1054, 1064, 1142, 1146, 1227, 1644, 1792],
            Database,
            Fail,
        ),
    ]
};

/// What this number means. MariaDB's 4025 is another thing on MySQL: only SQLSTATE 23000 is a check constraint.
#[must_use]
pub(crate) fn classify(number: u16, sqlstate: &str) -> Code {
    let (class, words) = match sqlstate.get(..2) {
        Some("22") => (Class::Fail, Some("the database does not accept a value")),
        Some("23") => (Class::Constraint, Some("a constraint refused the row")),
        _ => (Class::Fail, None),
    };
    let other = Code {
        row: Classified::new(ErrorKind::Database, class),
        words,
    };
    if number == 4025 && sqlstate != "23000" {
        return other;
    }
    ROWS.iter()
        .find(|row| row.numbers.contains(&number))
        .map_or(other, |row| Code {
            row: row.row,
            words: row.words,
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_have_their_class() {
        assert!(classify(1213, "40001").row.poison);
        assert_eq!(classify(1205, "HY000").row.kind, ErrorKind::LockTimeout);
        assert_eq!(classify(4025, "23000").row.kind, ErrorKind::Check);
        assert_eq!(classify(4025, "HY000").row.kind, ErrorKind::Database);
        assert!(classify(1927, "70100").row.retire);
        assert_eq!(classify(9999, "HY000").row.class, Class::Fail);
        assert!(classify(9999, "22003").words.is_some());
    }

    #[test]
    fn each_number_stands_once() {
        let mut all: Vec<u16> = ROWS.iter().flat_map(|r| r.numbers).copied().collect();
        let count = all.len();
        all.sort_unstable();
        all.dedup();
        assert_eq!(all.len(), count);
    }
}
