//! A database of which somebody counts the reads.

use super::Db;
use crate::exec::NPlusOne;

/// Tells what was counted, also when the scope ends by being dropped.
struct Scope(NPlusOne);

impl Drop for Scope {
    fn drop(&mut self) {
        self.0.warn();
    }
}

impl Db {
    /// The same database, whose reads are counted: those of this handle and its clones, and of the transactions and
    /// connections that are taken from them. Those who count already go on counting.
    #[must_use]
    pub fn watched_by(&self, counter: &NPlusOne) -> Db {
        let mut db = self.clone();
        db.context.counters = db.context.counters.and(counter);
        db
    }

    /// Runs the closure with a handle of the same database, and warns of each read that was sent through it more than
    /// `n` times: a loop that reads row by row what could be read together (N+1). What counts is told at [`NPlusOne`].
    ///
    /// At the end, also when the future is dropped, there is one `tracing` warning for each such read, with its text and
    /// no values, how often it was sent, and from where. Nothing else is changed, and nothing more is sent. The handle
    /// costs one look-up a read; the place is looked for once for each read that is sent too often, which takes
    /// milliseconds.
    ///
    /// ```
    /// # use orm_core::prelude::*;
    /// # #[derive(Debug, Clone, Model)] #[orm(table = "authors")] struct Author { id: Id<Author>, name: String }
    /// # async fn list(_db: &Db) -> Result<Vec<Author>> { Ok(Vec::new()) }
    /// # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<()> {
    /// # let db = Db::connect("sqlite::memory:").await?;
    /// let authors = db.watch_n_plus_one(10, async |db| list(db).await).await?;
    /// # assert!(authors.is_empty());
    /// # Ok(()) }
    /// ```
    pub async fn watch_n_plus_one<T>(&self, n: usize, work: impl AsyncFnOnce(&Db) -> T) -> T {
        let scope = Scope(NPlusOne::more_than(n));
        let watched = self.watched_by(&scope.0);
        work(&watched).await
    }
}
