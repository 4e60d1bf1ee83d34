//! Joined queries that lock the rows of their own model.

use super::Tx;
use crate::error::Result;
use crate::expr::Scope;
use crate::expr::ast::{Held, Lock};
use crate::query::{Joined, Rows, Statement};
use crate::sql::Dialect;

/// A joined query whose rows of its first model stay locked until the transaction ends. MySQL and MariaDB lock those of
/// the other models, too.
///
/// On SQLite the writing transaction holds the whole database already: nothing more is sent.
#[must_use = "a query does nothing until its last call"]
pub struct LockedJoin<S> {
    joined: Joined<S>,
    lock: Lock,
}

impl<S: Scope> Joined<S> {
    /// `FOR UPDATE`: nobody else changes or locks the rows of the first model before the transaction ends. A query with
    /// a full join has no such lock: its last call is an error before anything is sent.
    ///
    /// ```
    /// # use orm_core::prelude::*;
    /// # #[derive(Model)] #[orm(table = "queues")] struct Queue { id: Id<Queue>, name: String, paused: bool }
    /// # #[derive(Model)] #[orm(table = "jobs")] struct Job { id: Id<Job>, queue: String }
    /// let next = Job::query()
    ///     .join::<Queue>(|job, queue| queue.get(Queue::name).eq(job.get(Job::queue)))
    ///     .filter(|_, queue| !queue.get(Queue::paused))
    ///     .for_update()
    ///     .skip_locked();
    /// assert!(next.to_sql(Dialect::Postgres).to_string().ends_with("FOR UPDATE OF \"jobs\" SKIP LOCKED"));
    /// ```
    pub fn for_update(self) -> LockedJoin<S> {
        self.locked(false)
    }

    /// `FOR SHARE`: nobody else changes the rows of the first model before the transaction ends.
    pub fn for_share(self) -> LockedJoin<S> {
        self.locked(true)
    }

    fn locked(self, share: bool) -> LockedJoin<S> {
        let lock = Lock {
            share,
            held: Held::Wait,
        };
        LockedJoin {
            joined: self.lock(lock),
            lock,
        }
    }
}

impl<S: Scope> LockedJoin<S> {
    /// `SKIP LOCKED`: leaves out rows that somebody else holds. See [`Locked::skip_locked`](super::Locked::skip_locked).
    pub fn skip_locked(self) -> Self {
        self.held(Held::Skip)
    }

    /// `NOWAIT`: an error (`LockTimeout`) at once where somebody else holds a row. See
    /// [`Locked::no_wait`](super::Locked::no_wait).
    pub fn no_wait(self) -> Self {
        self.held(Held::Fail)
    }

    fn held(self, held: Held) -> Self {
        let lock = Lock { held, ..self.lock };
        LockedJoin {
            joined: self.joined.lock(lock),
            lock,
        }
    }

    /// The statement that [`all`](LockedJoin::all) would send. Nothing is sent.
    pub fn to_sql(&self, dialect: Dialect) -> Statement {
        self.joined.to_sql(dialect)
    }

    /// The rows one by one, in constant memory.
    pub fn stream(self, tx: &Tx) -> Rows<'_, S::Row> {
        self.joined.stream(tx)
    }

    /// All rows.
    ///
    /// # Errors
    /// As [`Joined::all`]; also when a lock is not to be had.
    pub async fn all(self, tx: &Tx) -> Result<Vec<S::Row>> {
        self.joined.all(tx).await
    }

    /// Exactly one row.
    ///
    /// # Errors
    /// As [`Joined::one`]; also when a lock is not to be had.
    pub async fn one(self, tx: &Tx) -> Result<S::Row> {
        self.joined.one(tx).await
    }

    /// One row or none.
    ///
    /// # Errors
    /// As [`Joined::optional`]; also when a lock is not to be had.
    pub async fn optional(self, tx: &Tx) -> Result<Option<S::Row>> {
        self.joined.optional(tx).await
    }

    /// The first row in the query's order, or none.
    ///
    /// # Errors
    /// As [`Joined::first`]; also when a lock is not to be had.
    pub async fn first(self, tx: &Tx) -> Result<Option<S::Row>> {
        self.joined.first(tx).await
    }
}
