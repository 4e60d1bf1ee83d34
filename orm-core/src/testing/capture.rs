//! Keeping the statements that are sent.

use std::fmt;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};

use crate::db::Db;
use crate::exec::{Observer, StatementEvent};
use crate::pool::lock;
use crate::sql::Dialect;

/// Keeps the text of every statement that a [`Db`], its clones and their transactions send, for as long as it lives.
///
/// ```no_run
/// # use orm_core::{Db, testing::Capture};
/// # async fn f(db: Db) {
/// let log = Capture::attach(&db).without_transactions();
/// // ..
/// assert_eq!(log.take(), ["SELECT 1"]);
/// # }
/// ```
pub struct Capture {
    db: Db,
    log: Arc<Log>,
    observer: Arc<dyn Observer>,
}

#[derive(Default)]
struct Log {
    sent: Mutex<Vec<String>>,
    without_transactions: AtomicBool,
}

impl Observer for Log {
    fn before(&self, event: &StatementEvent<'_>) {
        let sql = &event.stmt.sql;
        if !(self.without_transactions.load(Ordering::Relaxed) && is_transaction(sql)) {
            lock(&self.sent).push(sql.to_string());
        }
    }
}

impl Capture {
    /// Keeps what is sent from now on.
    #[must_use]
    pub fn attach(db: &Db) -> Capture {
        let log = Arc::new(Log::default());
        let observer: Arc<dyn Observer> = Arc::<Log>::clone(&log);
        db.observe_for_now(Arc::clone(&observer));
        Capture {
            db: db.clone(),
            log,
            observer,
        }
    }

    /// Leaves out BEGIN, COMMIT, ROLLBACK and savepoints.
    #[must_use]
    pub fn without_transactions(self) -> Self {
        self.log.without_transactions.store(true, Ordering::Relaxed);
        lock(&self.log.sent).retain(|sql| !is_transaction(sql));
        self
    }

    /// What was sent since the last call, in order.
    #[must_use]
    pub fn take(&self) -> Vec<String> {
        std::mem::take(&mut *lock(&self.log.sent))
    }

    /// How much was sent since the last [`take`](Capture::take).
    #[must_use]
    pub fn count(&self) -> usize {
        lock(&self.log.sent).len()
    }

    /// The SQL that is captured.
    #[must_use]
    pub fn dialect(&self) -> Dialect {
        self.db.dialect()
    }
}

fn is_transaction(sql: &str) -> bool {
    [
        "BEGIN",
        "START TRANSACTION",
        "SET TRANSACTION",
        "COMMIT",
        "ROLLBACK",
        "SAVEPOINT",
        "RELEASE",
    ]
    .iter()
    .any(|begin| sql.starts_with(begin))
}

impl Drop for Capture {
    fn drop(&mut self) {
        self.db.stop_observing(&self.observer);
    }
}

impl fmt::Debug for Capture {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(lock(&self.log.sent).iter()).finish()
    }
}
