//! How many connections there are, how long they live and how long anybody waits for one.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use super::report::Leak;

/// What is told of a connection that is held for too long.
type OnLeak = Arc<dyn Fn(&Leak) + Send + Sync>;

/// How a pool behaves.
///
/// ```
/// # use orm_core::PoolOptions;
/// # use std::time::Duration;
/// let options = PoolOptions::new()
///     .size(5)
///     .overflow(10)
///     .acquire_timeout(Duration::from_secs(30))
///     .recycle_after(Duration::from_secs(1800));
/// ```
#[derive(Clone)]
pub struct PoolOptions {
    pub(crate) size: Option<usize>,
    pub(crate) overflow: usize,
    pub(crate) min_idle: usize,
    pub(crate) acquire_timeout: Duration,
    pub(crate) connect_timeout: Duration,
    pub(crate) check_idle_after: Duration,
    pub(crate) recycle_after: Option<Duration>,
    pub(crate) idle_timeout: Option<Duration>,
    pub(crate) leak_after: Duration,
    pub(crate) on_leak: Option<OnLeak>,
}

impl PoolOptions {
    /// Ten connections (SQLite: one that writes and four that read), ten seconds of waiting for one, a check of those
    /// that were idle for a second, a new one after thirty minutes, and none kept idle for more than ten.
    #[must_use]
    pub fn new() -> Self {
        PoolOptions {
            size: None,
            overflow: 0,
            min_idle: 0,
            acquire_timeout: Duration::from_secs(10),
            connect_timeout: Duration::from_secs(10),
            check_idle_after: Duration::from_secs(1),
            recycle_after: Some(Duration::from_secs(30 * 60)),
            idle_timeout: Some(Duration::from_secs(10 * 60)),
            leak_after: Duration::from_secs(30),
            on_leak: None,
        }
    }

    /// How many connections are kept. On SQLite: how many read; one more writes. At least one.
    #[must_use]
    pub fn size(mut self, size: usize) -> Self {
        self.size = Some(size.max(1));
        self
    }

    /// How many more there may be for a while: they are closed when they come back and nobody waits for them.
    #[must_use]
    pub fn overflow(mut self, overflow: usize) -> Self {
        self.overflow = overflow;
        self
    }

    /// How many connections are kept open although nobody uses them.
    #[must_use]
    pub fn min_idle(mut self, min_idle: usize) -> Self {
        self.min_idle = min_idle;
        self
    }

    /// How long a statement or transaction waits for a connection, everything included: waiting in line, connecting,
    /// checking.
    #[must_use]
    pub fn acquire_timeout(mut self, limit: Duration) -> Self {
        self.acquire_timeout = limit;
        self
    }

    /// A connection that was idle for longer is checked with one round trip before it is used again.
    #[must_use]
    pub fn check_idle_after(mut self, idle: Duration) -> Self {
        self.check_idle_after = idle;
        self
    }

    /// A connection is replaced by a new one at this age, or up to a fifth earlier, so that not all go at once.
    #[must_use]
    pub fn recycle_after(mut self, age: Duration) -> Self {
        self.recycle_after = Some(age);
        self
    }

    /// A connection that was idle for longer is closed.
    #[must_use]
    pub fn idle_timeout(mut self, idle: Duration) -> Self {
        self.idle_timeout = Some(idle);
        self
    }

    /// A connection that is held for longer is reported to [`on_leak`](PoolOptions::on_leak).
    #[must_use]
    pub fn leak_after(mut self, held: Duration) -> Self {
        self.leak_after = held;
        self
    }

    /// Called once when a connection has been held for too long, and once when it came back after all. The call is
    /// made by the pool: it must be short.
    ///
    /// In a debug build also when somebody has waited for a second where there is only one connection (SQLite's one
    /// that writes, or a database in memory): a task that holds it in a transaction and passes `db` waits for itself.
    /// Without this callback, that is written to standard error.
    #[must_use]
    pub fn on_leak(mut self, report: impl Fn(&Leak) + Send + Sync + 'static) -> Self {
        self.on_leak = Some(Arc::new(report));
        self
    }
}

impl Default for PoolOptions {
    fn default() -> Self {
        Self::new()
    }
}

impl fmt::Debug for PoolOptions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PoolOptions")
            .field("size", &self.size)
            .field("overflow", &self.overflow)
            .field("min_idle", &self.min_idle)
            .field("acquire_timeout", &self.acquire_timeout)
            .field("check_idle_after", &self.check_idle_after)
            .field("recycle_after", &self.recycle_after)
            .field("idle_timeout", &self.idle_timeout)
            .field("leak_after", &self.leak_after)
            .finish_non_exhaustive()
    }
}
