//! What the session is in: a transaction, a failed one, or none. Told from what was sent, as sqlx does not show the
//! server's own word.

/// Follows BEGIN, COMMIT, ROLLBACK and savepoints.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Tracker {
    open: bool,
    failed: bool,
    read_only: bool,
}

/// What a piece of SQL does to the transaction.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Step {
    Begin { read_only: bool },
    Commit,
    Rollback,
    RollbackTo,
    Other,
}

impl Tracker {
    /// Whether a transaction is open.
    pub(crate) const fn is_open(self) -> bool {
        self.open
    }

    /// Whether a statement of the open transaction has failed.
    pub(crate) const fn has_failed(self) -> bool {
        self.open && self.failed
    }

    /// Whether the open transaction was begun READ ONLY.
    pub(crate) const fn is_read_only(self) -> bool {
        self.open && self.read_only
    }

    /// A statement of the open transaction has failed.
    pub(crate) const fn fail(&mut self) {
        self.failed = self.open;
    }

    /// No transaction is open.
    pub(crate) fn clear(&mut self) {
        *self = Tracker::default();
    }

    /// This text is about to be sent: from now on its transaction counts as open, whether its answer comes or not.
    pub(crate) fn before(&mut self, sql: &str) {
        for step in steps(sql) {
            if let Step::Begin { read_only } = step {
                if !self.open {
                    *self = Tracker {
                        open: true,
                        failed: false,
                        read_only,
                    };
                }
            }
        }
    }

    /// This text was answered, well or not.
    pub(crate) fn after(&mut self, sql: &str, ok: bool) {
        let mut last = None;
        for step in steps(sql) {
            match step {
                Step::Commit | Step::Rollback => self.clear(),
                Step::RollbackTo if ok => self.failed = false,
                Step::RollbackTo | Step::Begin { .. } | Step::Other => {}
            }
            last = Some(step);
        }
        if !ok {
            match last {
                Some(Step::Begin { .. }) => self.clear(),
                Some(_) => self.fail(),
                None => {}
            }
        }
    }

    /// Whether this text commits.
    pub(crate) fn commits(sql: &str) -> bool {
        steps(sql).any(|s| s == Step::Commit)
    }
}

/// The steps of a text. Only texts of our own and raw ones that begin with such a word are looked at, so that a `;`
/// inside a literal does no harm worth a parser.
fn steps(sql: &str) -> impl Iterator<Item = Step> {
    sql.split(';').map(step)
}

fn step(sql: &str) -> Step {
    let mut words = sql
        .split(|c: char| !c.is_ascii_alphanumeric() && c != '_')
        .filter(|w| !w.is_empty());
    let Some(first) = words.next() else {
        return Step::Other;
    };
    let is = |word: &str, name: &str| word.eq_ignore_ascii_case(name);
    if is(first, "BEGIN") || (is(first, "START") && words.next().is_some_and(|w| is(w, "TRANSACTION"))) {
        let rest: Vec<&str> = words.collect();
        let read_only = rest
            .windows(2)
            .any(|pair| matches!(pair, [a, b] if is(a, "READ") && is(b, "ONLY")));
        Step::Begin { read_only }
    } else if is(first, "COMMIT") || is(first, "END") {
        Step::Commit
    } else if is(first, "ABORT") {
        Step::Rollback
    } else if is(first, "ROLLBACK") {
        match words.find(|w| !is(w, "WORK") && !is(w, "TRANSACTION")) {
            Some(w) if is(w, "TO") => Step::RollbackTo,
            _ => Step::Rollback,
        }
    } else {
        Step::Other
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn transactions_are_followed() {
        let mut t = Tracker::default();
        t.before("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY");
        t.after("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY", true);
        assert!(t.is_open() && t.is_read_only());
        t.after("SAVEPOINT s1", true);
        t.fail();
        assert!(t.has_failed());
        t.after("ROLLBACK TO SAVEPOINT s1", true);
        assert!(t.is_open() && !t.has_failed());
        t.after("COMMIT", false);
        assert!(!t.is_open());

        t.before("start transaction; set local x = 1");
        assert!(t.is_open());
        t.after("start transaction", true);
        t.after("ROLLBACK WORK TO a", true);
        assert!(t.is_open());
        t.after("ROLLBACK", true);
        assert_eq!(t, Tracker::default());
        t.before("BEGIN");
        t.after("BEGIN", false);
        assert!(!t.is_open());
        t.fail();
        assert!(!t.has_failed());
    }

    #[test]
    fn only_commits_commit() {
        assert!(Tracker::commits("COMMIT"));
        assert!(Tracker::commits("insert into t values (1); commit work"));
        assert!(!Tracker::commits("ROLLBACK TO commit_point"));
    }
}
