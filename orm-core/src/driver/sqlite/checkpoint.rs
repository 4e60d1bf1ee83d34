//! Checkpoints of the write-ahead log, off the commit path: one at a time, on a blocking thread, by a connection kept
//! for it. That connection also keeps the log's files in place for the readers.

use std::cell::Cell;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use rusqlite::Connection;
use rusqlite::hooks::Wal;
use tokio::runtime::Handle;
use tokio::sync::Notify;

use crate::error::Result;

/// From so many pages on the log is copied back.
const PAGES: u64 = 1000;

/// From so many bytes on writers stand back until all of the log is copied, so that the next one begins it anew: a
/// checkpoint beside a writer that never rests does not catch up with it.
const LARGE: u64 = 64 << 20;

/// From so many bytes on writers stand back for any checkpoint that is under way: on a slow disk they would write faster
/// than it copies, for as long as it takes.
const TOO_LARGE: u64 = 2 * LARGE;

/// How long such a checkpoint waits for an open transaction and for readers.
const PATIENCE: Duration = Duration::from_millis(50);

thread_local! {
    /// SQLite calls the hook on the thread that commits, and the hook carries no data of its own.
    static WRITTEN: Cell<Option<u64>> = const { Cell::new(None) };
}

/// Installs the hook that notes how long the log is.
pub(super) fn install(conn: &Connection) {
    conn.wal_hook(Some(note));
}

fn note(_: &Wal, pages: std::ffi::c_int) -> rusqlite::Result<()> {
    WRITTEN.set(u64::try_from(pages).ok());
    Ok(())
}

/// How long the log is, if the statement that this thread has just run was a commit.
pub(super) fn pages_written() -> Option<u64> {
    WRITTEN.take()
}

/// Opens the connection that is kept for checkpoints.
type Open = Box<dyn Fn() -> Result<Connection> + Send + Sync>;

/// The checkpoints of one database.
pub(super) struct Checkpoints {
    open: Open,
    keeper: Mutex<Option<Connection>>,
    running: AtomicBool,
    /// Writers stand back.
    large: AtomicBool,
    ended: Notify,
    /// The log's length from which on the next checkpoint is due.
    due: AtomicU64,
    /// The log's length after the last commit.
    length: AtomicU64,
    page_size: AtomicU64,
    made: AtomicU64,
}

impl Checkpoints {
    /// By a connection that is opened so.
    pub(super) fn new(open: Open) -> Self {
        Checkpoints {
            open,
            keeper: Mutex::new(None),
            running: AtomicBool::new(false),
            large: AtomicBool::new(false),
            ended: Notify::new(),
            due: AtomicU64::new(PAGES),
            length: AtomicU64::new(0),
            page_size: AtomicU64::new(4096),
            made: AtomicU64::new(0),
        }
    }

    /// Opens the kept connection if it is not open. Blocks.
    pub(super) fn keep(&self) -> Result<()> {
        let mut keeper = self.keeper.lock().unwrap_or_else(PoisonError::into_inner);
        if keeper.is_none() {
            let conn = (self.open)()?;
            if let Ok(size) = conn.query_row("PRAGMA page_size", [], |row| row.get::<_, i64>(0)) {
                self.page_size
                    .store(u64::try_from(size).unwrap_or(4096), Ordering::Relaxed);
            }
            let _ = conn.busy_timeout(PATIENCE);
            *keeper = Some(conn);
        }
        Ok(())
    }

    /// The log has so many pages: starts a checkpoint when one is due and none is running.
    pub(super) fn grown(self: &Arc<Self>, pages: u64) {
        if pages < self.length.swap(pages, Ordering::Relaxed) {
            // The log was begun anew.
            self.due.store(PAGES, Ordering::Relaxed);
        }
        let bytes = pages.saturating_mul(self.page_size.load(Ordering::Relaxed));
        let due = self.due.load(Ordering::Relaxed);
        if pages < due || self.running.swap(true, Ordering::SeqCst) {
            if bytes > TOO_LARGE {
                self.hold_writers();
            }
            return;
        }
        let running = Running(Arc::clone(self));
        let large = bytes > LARGE;
        if let Ok(runtime) = Handle::try_current() {
            self.large.store(large, Ordering::Release);
            runtime.spawn_blocking(move || running.0.run(large));
        }
    }

    /// Lets writers stand back for a checkpoint that is under way.
    fn hold_writers(&self) {
        if self.running.load(Ordering::SeqCst) {
            self.large.store(true, Ordering::SeqCst);
            if !self.running.load(Ordering::SeqCst) {
                // It has ended meanwhile, and nobody else would let them go on.
                self.release_writers();
            }
        }
    }

    fn release_writers(&self) {
        self.large.store(false, Ordering::SeqCst);
        self.ended.notify_waiters();
    }

    /// Keeps every checkpoint from its work, as a slow disk would.
    #[cfg(test)]
    pub(super) fn hinder(&self) -> std::sync::MutexGuard<'_, Option<Connection>> {
        self.keeper.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whether a new writer has to stand back for a moment.
    pub(super) fn is_large(&self) -> bool {
        self.large.load(Ordering::Acquire)
    }

    /// Comes back when a writer may begin.
    pub(super) async fn until_ended(&self) {
        loop {
            let ended = self.ended.notified();
            if !self.is_large() {
                return;
            }
            ended.await;
        }
    }

    /// Makes a checkpoint, and says when the next one is due.
    fn run(&self, large: bool) {
        let due = match self.copy(large) {
            // A reader or a transaction keeps the log from being begun anew: asking again soon would be in vain.
            Some((true, length)) => length.saturating_add(length / 2),
            Some((false, length)) => length.saturating_add(PAGES),
            None => PAGES,
        };
        self.due.store(due, Ordering::Relaxed);
        self.made.fetch_add(1, Ordering::Relaxed);
    }

    /// Copies the log back. Says whether it was hindered, and how many pages the log has.
    fn copy(&self, large: bool) -> Option<(bool, u64)> {
        self.keep().ok()?;
        let mut keeper = self.keeper.lock().unwrap_or_else(PoisonError::into_inner);
        let conn = keeper.as_ref()?;
        let mode = if large { "RESTART" } else { "PASSIVE" };
        let copied = conn.query_row(&format!("PRAGMA wal_checkpoint({mode})"), [], |row| {
            Ok((row.get::<_, bool>(0)?, row.get::<_, i64>(1)?))
        });
        match copied {
            Ok((hindered, length)) => Some((hindered, u64::try_from(length).unwrap_or(0))),
            Err(_) => {
                // Opened again the next time: the file may have been replaced.
                *keeper = None;
                None
            }
        }
    }

    /// How many checkpoints were made.
    #[cfg(test)]
    pub(super) fn made(&self) -> u64 {
        self.made.load(Ordering::Relaxed)
    }
}

/// A checkpoint that is under way, or has ended in whatever way.
struct Running(Arc<Checkpoints>);

impl Drop for Running {
    fn drop(&mut self) {
        // In this order, so that whoever holds writers for it sees that it has ended, or is seen here.
        self.0.running.store(false, Ordering::SeqCst);
        self.0.release_writers();
    }
}

impl Drop for Checkpoints {
    /// Closing the last connection of a database copies the log back: not on the runtime's thread.
    fn drop(&mut self) {
        let keeper = self
            .keeper
            .get_mut()
            .unwrap_or_else(PoisonError::into_inner)
            .take();
        if let (Some(conn), Ok(runtime)) = (keeper, Handle::try_current()) {
            runtime.spawn_blocking(move || drop(conn));
        }
    }
}
