//! Reads that are sent again and again where one would do: counted by their text, within a scope.

use std::collections::HashMap;
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::call_site::call_site;
use super::{Access, Stmt};
use crate::error::{Error, Result};

/// Counts how often each read is sent, and keeps those that were sent more than so many times: the mark of a loop that
/// reads row by row what could be read together (N+1).
///
/// It counts what is sent through handles that were made with [`Db::watched_by`](crate::Db::watched_by), their clones,
/// and the transactions and connections taken from them. Clones of the counter share one count.
///
/// Two reads are the same when their text is: values and the lengths of lists are not part of it. SQL of one's own counts
/// when it begins with `SELECT` or `WITH`. Writes do not count: what a loop of them costs has other remedies
/// ([`insert`](crate::query::Model::insert) of many rows, `update_many`). Neither do reads that hold a lock, reads that
/// belong to a write, and the several statements that one call of this library may send.
///
/// ```
/// # use orm_core::prelude::*; use orm_core::exec::NPlusOne;
/// # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<()> {
/// # let db = Db::connect("sqlite::memory:").await?;
/// let watch = NPlusOne::more_than(2);
/// let watched = db.watched_by(&watch);
/// for n in 0..5 {
///     sql("SELECT {n}").params(params! { n: n }).all_as::<(i64,)>(&watched).await?;
/// }
/// let found = watch.found();
/// assert_eq!((found.len(), found[0].times), (1, 5));
/// assert!(watch.check().is_err());
/// # Ok(()) }
/// ```
#[derive(Clone)]
pub struct NPlusOne {
    most: usize,
    reads: Arc<Mutex<HashMap<Arc<str>, Sent>>>,
}

/// How often a read was sent.
#[derive(Default)]
struct Sent {
    times: usize,
    at: Option<String>,
}

/// A read that was sent more often than it should.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct RepeatedStatement {
    /// Its text, without values.
    pub sql: Arc<str>,
    /// How often it was sent.
    pub times: usize,
    /// Which line of the program waited for it when it was first sent too often: `file:line`, or the name of a function
    /// where the program was built without line tables; `None` where it was stripped of both.
    pub at: Option<String>,
}

impl NPlusOne {
    /// Keeps the reads that are sent more than so many times.
    #[must_use]
    pub fn more_than(most: usize) -> NPlusOne {
        NPlusOne {
            most,
            reads: Arc::default(),
        }
    }

    /// The reads that were sent more often so far, the most frequent first.
    #[must_use]
    pub fn found(&self) -> Vec<RepeatedStatement> {
        let mut found: Vec<_> = self
            .reads()
            .iter()
            .filter(|(_, sent)| sent.times > self.most)
            .map(|(sql, sent)| RepeatedStatement {
                sql: Arc::clone(sql),
                times: sent.times,
                at: sent.at.clone(),
            })
            .collect();
        found.sort_by(|a, b| b.times.cmp(&a.times).then_with(|| a.sql.cmp(&b.sql)));
        found
    }

    /// An error where there are such reads: for tests.
    ///
    /// # Errors
    /// `Custom`, with each of them: how often it was sent, from where, and its text.
    pub fn check(&self) -> Result<()> {
        let found: Vec<String> = self.found().iter().map(ToString::to_string).collect();
        if found.is_empty() {
            return Ok(());
        }
        Err(Error::custom(format!(
            "N+1: at most {} times may a read be sent here; {}",
            self.most,
            found.join("; ")
        )))
    }

    /// Warns of each.
    pub(crate) fn warn(&self) {
        for found in self.found() {
            tracing::warn!(
                sql = &*found.sql,
                times = found.times,
                at = found.place(),
                "N+1: the same read was sent {} times, from {}",
                found.times,
                found.place(),
            );
        }
    }

    /// A statement is about to be sent.
    fn count(&self, stmt: &Stmt) {
        let is_too_often = {
            let mut reads = self.reads();
            // Looked up first, so that only a new text is cloned.
            let times = match reads.get_mut(&stmt.sql) {
                Some(sent) => {
                    sent.times += 1;
                    sent.times
                }
                None => {
                    reads.insert(Arc::clone(&stmt.sql), Sent { times: 1, at: None });
                    1
                }
            };
            times - 1 == self.most
        };
        // Looking for the place takes its time: others may count meanwhile.
        if is_too_often
            && let Some(at) = call_site()
            && let Some(sent) = self.reads().get_mut(&stmt.sql)
        {
            sent.at = Some(at);
        }
    }

    fn reads(&self) -> MutexGuard<'_, HashMap<Arc<str>, Sent>> {
        self.reads.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl RepeatedStatement {
    fn place(&self) -> &str {
        self.at.as_deref().unwrap_or("an unknown place")
    }
}

impl fmt::Display for RepeatedStatement {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} times, from {}: {}", self.times, self.place(), self.sql)
    }
}

impl fmt::Debug for NPlusOne {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "NPlusOne(more than {}, {:?})", self.most, self.found())
    }
}

/// Who counts the statements of an executor: nobody, or the scopes around it.
#[derive(Clone, Debug, Default)]
pub(crate) struct Counters(Option<Arc<[NPlusOne]>>);

impl Counters {
    /// One more.
    pub(crate) fn and(&self, counter: &NPlusOne) -> Counters {
        let outer = self.0.iter().flat_map(|counters| counters.iter());
        Counters(Some(outer.chain([counter]).cloned().collect()))
    }

    /// A statement is about to be sent.
    pub(crate) fn count(&self, stmt: &Stmt) {
        if let Some(counters) = &self.0
            && counts(stmt)
        {
            counters.iter().for_each(|counter| counter.count(stmt));
        }
    }
}

/// Whether a statement is a read that could have been sent together with others.
fn counts(stmt: &Stmt) -> bool {
    match stmt.access {
        _ if stmt.part => false,
        Access::Read => true,
        Access::Write | Access::Schema => false,
        Access::Unknown => {
            let text = stmt
                .sql
                .trim_start_matches(|c: char| c.is_whitespace() || c == '(');
            ["SELECT", "WITH"].iter().any(|word| {
                let (first, rest) = text.split_at_checked(word.len()).unwrap_or_default();
                first.eq_ignore_ascii_case(word)
                    && !rest.starts_with(|c: char| c.is_alphanumeric() || c == '_')
            })
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_counts() {
        for (stmt, expected) in [
            (Stmt::read("SELECT 1", Vec::new()), true),
            (Stmt::write("UPDATE t SET a = 1", Vec::new()), false),
            (Stmt::ddl("CREATE TABLE t (a INTEGER)"), false),
            (Stmt::raw(" (select 1)", Vec::new()), true),
            (
                Stmt::raw("WITH a AS (SELECT 1) SELECT * FROM a", Vec::new()),
                true,
            ),
            (Stmt::raw("SELECTED", Vec::new()), false),
            (Stmt::raw("SAVEPOINT a", Vec::new()), false),
            (Stmt::raw("ü", Vec::new()), false),
        ] {
            assert_eq!(counts(&stmt), expected, "{}", stmt.sql);
            assert!(!counts(&Stmt { part: true, ..stmt }));
        }
    }

    #[test]
    fn each_scope_counts_for_itself() {
        let (outer, inner) = (NPlusOne::more_than(2), NPlusOne::more_than(0));
        let around = Counters::default().and(&outer);
        let within = around.and(&inner);
        let read = Stmt::read("SELECT 1", Vec::new());
        around.count(&read);
        within.count(&read);
        assert_eq!((outer.found(), inner.found()[0].times), (Vec::new(), 1));
        within.count(&read);
        within.count(&Stmt::read("SELECT 2", Vec::new()));
        assert_eq!((outer.found()[0].times, outer.found().len()), (3, 1));
        let texts: Vec<_> = inner
            .found()
            .iter()
            .map(|f| (f.times, f.sql.to_string()))
            .collect();
        assert_eq!(texts, [(2, "SELECT 1".to_owned()), (1, "SELECT 2".to_owned())]);
        assert!(outer.check().is_err_and(|e| e.to_string().contains("SELECT 1")));
        Counters::default().count(&read);
        assert_eq!(outer.found()[0].times, 3);
    }
}
