//! A connection that is lent, and how it comes back: clean ones at once, doubtful ones through a task that brings them
//! back or closes them, broken ones not at all.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use tokio::time::timeout;

use super::lane::{Entry, LanePool};
use super::tasks::Tasks;
use crate::driver::{Connection, State};
use crate::error::{Class, Error, ErrorKind, Result};

/// How long a connection in doubt may take to come back before it is closed.
const RECOVER: Duration = Duration::from_millis(50);
/// The same where the connection is the database itself.
const RECOVER_THE_ONLY_ONE: Duration = Duration::from_secs(30);
/// How long undoing a borrower's settings may take.
const RESET: Duration = Duration::from_millis(250);
/// How long stopping a statement from the side may take.
const CANCEL: Duration = Duration::from_secs(1);

/// What a connection was used for, as far as it matters for its return.
#[derive(Clone, Copy, Debug, Default)]
struct Used {
    in_transaction: bool,
    raw: bool,
    long: bool,
}

/// A connection on loan. Dropped, it goes back.
pub(crate) struct Pooled {
    /// `None` only once it has gone back.
    entry: Option<Entry>,
    pool: Arc<LanePool>,
    used: Used,
}

impl Pooled {
    pub(super) fn new(entry: Entry, pool: Arc<LanePool>) -> Self {
        Pooled {
            entry: Some(entry),
            pool,
            used: Used::default(),
        }
    }

    /// The connection.
    pub(crate) fn conn(&mut self) -> Result<&mut dyn Connection> {
        match &mut self.entry {
            Some(entry) => Ok(&mut *entry.conn),
            None => {
                Err(Error::new(ErrorKind::ConnectionLost, "the connection is gone")
                    .with_class(Class::Reconnect))
            }
        }
    }

    pub(crate) fn state(&self) -> State {
        self.entry.as_ref().map_or(State::Broken, |e| e.conn.state())
    }

    /// Whether a transaction is open on it: then it is rolled back before anybody else gets it.
    pub(crate) fn set_in_transaction(&mut self, open: bool) {
        self.used.in_transaction = open;
    }

    /// It was used in ways that we do not know: settings are undone before anybody else gets it.
    pub(crate) fn mark_raw(&mut self) {
        self.used.raw = true;
    }

    /// What runs on it may take long: it is stopped from the side when nobody waits for it any more.
    pub(crate) fn mark_long(&mut self, long: bool) {
        self.used.long = long;
    }

    /// Where unfinished work goes on.
    pub(crate) fn tasks(&self) -> &Tasks {
        &self.pool.tasks
    }

    /// Forgets cached statements if the schema has changed since.
    pub(crate) async fn follow_schema(&mut self) -> Result<()> {
        let schema = self.pool.schema.load(Ordering::Acquire);
        if let Some(entry) = self.entry.as_mut().filter(|e| e.schema != schema) {
            entry.conn.forget_statements().await?;
            entry.schema = schema;
        }
        Ok(())
    }

    pub(super) fn is_current(&self) -> bool {
        self.entry
            .as_ref()
            .is_some_and(|e| e.schema == self.pool.schema.load(Ordering::Relaxed))
    }

    /// Closes it; it does not go back.
    pub(crate) fn discard(mut self) {
        self.give_up();
    }

    /// Closes it in its place, so that another can be had for it.
    pub(crate) fn give_up(&mut self) {
        if let Some(entry) = self.entry.take() {
            self.pool.note_broken();
            drop(Taken::new(entry, Arc::clone(&self.pool)));
        }
    }

    pub(super) fn into_entry(mut self) -> Option<Entry> {
        self.entry.take()
    }
}

impl Drop for Pooled {
    fn drop(&mut self) {
        let Some(entry) = self.entry.take() else { return };
        let state = entry.conn.state();
        let Used {
            in_transaction, raw, ..
        } = self.used;
        match state {
            State::Broken => {
                self.pool.note_broken();
                drop(Taken::new(entry, Arc::clone(&self.pool)));
            }
            State::Ready if !in_transaction && !raw => self.pool.put(entry),
            State::Ready | State::InDoubt => {
                let taken = Taken::new(entry, Arc::clone(&self.pool));
                self.pool.tasks.spawn(bring_back(taken, self.used));
            }
        }
    }
}

/// A connection on its way back. Dropped, it is closed and its place is free.
pub(super) struct Taken {
    conn: Option<Entry>,
    place: usize,
    pool: Arc<LanePool>,
}

impl Taken {
    pub(super) fn new(entry: Entry, pool: Arc<LanePool>) -> Self {
        Taken {
            place: entry.place,
            conn: Some(entry),
            pool,
        }
    }

    /// The connection alone; its place stays taken.
    pub(super) fn take_connection(&mut self) -> Option<Box<dyn Connection>> {
        self.conn.take().map(|e| e.conn)
    }

    fn put_back(mut self) {
        if let Some(entry) = self.conn.take() {
            // Its place goes with it.
            self.place = usize::MAX;
            self.pool.put(entry);
        }
    }
}

impl Drop for Taken {
    fn drop(&mut self) {
        drop(self.conn.take());
        if self.place != usize::MAX {
            self.pool.gone(self.place);
        }
    }
}

/// Brings a doubtful connection back, or closes it.
async fn bring_back(mut taken: Taken, used: Used) {
    let pool = Arc::clone(&taken.pool);
    let Some(entry) = &mut taken.conn else { return };
    let backend = entry.conn.backend_id();
    let doubtful = entry.conn.state() == State::InDoubt;
    if let (true, true, Some(backend)) = (used.long, doubtful, backend) {
        // Whether it could be stopped shows below.
        let _ = timeout(CANCEL, pool.connector.cancel(backend)).await;
    }
    let limit = if pool.keep { RECOVER_THE_ONLY_ONE } else { RECOVER };
    let conn = &mut entry.conn;
    let mut clean = match doubtful || used.in_transaction {
        true => matches!(timeout(limit, conn.recover()).await, Ok(Ok(()))),
        false => true,
    };
    if clean && used.raw {
        clean = matches!(timeout(RESET, conn.reset()).await, Ok(Ok(())));
    }
    if clean && conn.state() == State::Ready {
        return taken.put_back();
    }
    pool.note_broken();
    drop(taken);
    if let (true, Some(backend)) = (doubtful, backend) {
        // The server may still be at it, and hold its locks.
        let _ = timeout(CANCEL, pool.connector.cancel(backend)).await;
    }
}
