//! Stopping a statement: the progress handler that is installed once for each connection, and what it looks at.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use tokio::sync::Notify;

/// The handler is asked once in so many instructions of SQLite's virtual machine; a read by key never gets there.
const INSTRUCTIONS: i32 = 1000;

const NEVER: u64 = u64::MAX;

/// What the handler of one connection looks at.
#[derive(Debug)]
pub(super) struct Control {
    base: Instant,
    /// When the running statement has to end, in nanoseconds after `base`.
    limit: AtomicU64,
    /// Nobody waits for the running statement any more.
    stop: AtomicBool,
    /// Whether the running statement may be interrupted at all: a write inside a transaction would take all of the
    /// transaction with it.
    may_stop: AtomicBool,
    stopped: Notify,
}

/// While it lives, the running statement has a limit.
pub(super) struct Armed<'a>(&'a Control);

impl Control {
    /// Nothing runs, nothing is to be stopped.
    pub(super) fn new() -> Arc<Self> {
        Arc::new(Control {
            base: Instant::now(),
            limit: AtomicU64::new(NEVER),
            stop: AtomicBool::new(false),
            may_stop: AtomicBool::new(false),
            stopped: Notify::new(),
        })
    }

    /// Installs the handler.
    pub(super) fn install(self: &Arc<Self>, conn: &rusqlite::Connection) -> rusqlite::Result<()> {
        let control = Arc::clone(self);
        conn.progress_handler(INSTRUCTIONS, Some(move || control.interrupts()))
    }

    fn interrupts(&self) -> bool {
        if self.is_stopped() && self.may_stop.load(Ordering::Relaxed) {
            return true;
        }
        let limit = self.limit.load(Ordering::Relaxed);
        limit != NEVER && self.now() >= limit
    }

    fn now(&self) -> u64 {
        nanos(self.base.elapsed())
    }

    /// Gives the statement that starts now an end, and says whether it may be stopped before.
    pub(super) fn arm(&self, end: Option<Instant>, may_stop: bool) -> Armed<'_> {
        let end = end.map_or(NEVER, |end| nanos(end.saturating_duration_since(self.base)));
        self.limit.store(end, Ordering::Relaxed);
        self.may_stop.store(may_stop, Ordering::Relaxed);
        Armed(self)
    }

    /// A statement is about to be handed to a thread, and somebody waits for it.
    pub(super) fn begin(&self) {
        self.stop.store(false, Ordering::Relaxed);
    }

    /// Nobody waits any more.
    pub(super) fn stop(&self) {
        self.stop.store(true, Ordering::Relaxed);
        self.stopped.notify_one();
    }

    /// Whether nobody waits any more.
    pub(super) fn is_stopped(&self) -> bool {
        self.stop.load(Ordering::Relaxed)
    }

    /// Comes back when nobody waits any more.
    pub(super) async fn until_stopped(&self) {
        while !self.is_stopped() {
            self.stopped.notified().await;
        }
    }
}

impl Drop for Armed<'_> {
    fn drop(&mut self) {
        self.0.limit.store(NEVER, Ordering::Relaxed);
        self.0.may_stop.store(false, Ordering::Relaxed);
    }
}

/// Raises the stop flag when the future that waits for a thread is dropped.
pub(super) struct StopOnDrop(Option<Arc<Control>>);

impl StopOnDrop {
    /// Somebody waits from now on.
    pub(super) fn new(control: &Arc<Control>) -> Self {
        control.begin();
        StopOnDrop(Some(Arc::clone(control)))
    }

    /// The answer has come.
    pub(super) fn disarm(mut self) {
        self.0 = None;
    }
}

impl Drop for StopOnDrop {
    fn drop(&mut self) {
        if let Some(control) = &self.0 {
            control.stop();
        }
    }
}

fn nanos(time: Duration) -> u64 {
    u64::try_from(time.as_nanos()).unwrap_or(NEVER - 1)
}
