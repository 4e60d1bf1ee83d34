//! The pool: connections lent and taken back. It is our own, for what the others cannot keep: one deadline for
//! everything, connections that are never lent in doubt, connects that outlive whoever caused them.

mod backoff;
mod connect;
#[cfg(test)]
pub(crate) mod fake;
mod lane;
mod lent;
mod options;
#[cfg(test)]
mod race;
mod report;
mod tasks;
#[cfg(test)]
mod tests;

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::time::Duration;

use tokio::runtime::Handle;
use tokio::sync::oneshot::error::RecvError;
use tokio::time::error::Elapsed;
use tokio::time::{Instant, timeout, timeout_at};

pub use backoff::Backoff;
#[cfg(feature = "testing")]
pub(crate) use backoff::part_of;
pub use options::PoolOptions;
pub use report::{Leak, PoolStats, Purpose};

pub(crate) use lent::Pooled;
pub(crate) use report::{Holder, seconds};
pub(crate) use tasks::Tasks;

use crate::driver::{Connection, Connector, Lane};
use crate::error::{Error, ErrorKind, Result};
use connect::Opening;
use lane::{Found, LanePool};

/// The longest time that the check of an idle connection may take.
const CHECK: Duration = Duration::from_millis(250);

/// After so long a debug build tells whoever waits for the only connection who holds it.
const TOLD_AFTER: Duration = Duration::from_secs(1);

/// How many connections there are when nothing is said.
const SIZE: usize = 10;
/// How many read, where only one may write.
const READERS: usize = 4;

/// Locks a mutex. What is under our locks is whole after a panic too.
pub(crate) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// All connections to one database.
pub(crate) struct Pool {
    main: Arc<LanePool>,
    readers: Option<Arc<LanePool>>,
    tasks: Tasks,
    schema: Arc<AtomicU64>,
    acquire_timeout: Duration,
}

impl Pool {
    /// A pool without a connection.
    ///
    /// # Errors
    /// `Invalid` outside of a tokio runtime.
    pub(crate) fn new(connector: Arc<dyn Connector>, options: &PoolOptions) -> Result<Self> {
        let handle = Handle::try_current()
            .map_err(|_| Error::invalid("a pool needs a tokio runtime: call this within one"))?;
        let tasks = Tasks::new(handle);
        let schema = Arc::new(AtomicU64::new(0));
        let lane = |lane, connector, size| {
            LanePool::new(
                lane,
                connector,
                options.clone(),
                size,
                tasks.clone(),
                Arc::clone(&schema),
            )
        };
        let one_main = connector.has_readers() || connector.is_single();
        let main = match one_main {
            true => (1, 0),
            false => (options.size.unwrap_or(SIZE), options.overflow),
        };
        let readers = (connector.has_readers() && !connector.is_single()).then(|| {
            lane(
                Lane::Reader,
                Arc::clone(&connector),
                (options.size.unwrap_or(READERS), options.overflow),
            )
        });
        let main = lane(Lane::Main, connector, main);
        let pool = Pool {
            main,
            readers,
            tasks,
            schema,
            acquire_timeout: options.acquire_timeout,
        };
        pool.start_upkeep(options);
        Ok(pool)
    }

    /// Takes in a connection that was opened outside.
    pub(crate) fn seed(&self, conn: Box<dyn Connection>) {
        let place = {
            let mut s = self.main.state();
            let place = s.free.pop();
            if place.is_some() {
                s.total += 1;
                s.connecting += 1;
            }
            place
        };
        if let Some(place) = place {
            Opening::new(Arc::clone(&self.main), place).done(conn);
        }
    }

    /// Whether reads have a lane of their own.
    pub(crate) fn has_readers(&self) -> bool {
        self.readers.is_some()
    }

    /// Where unfinished work goes on.
    pub(crate) fn tasks(&self) -> &Tasks {
        &self.tasks
    }

    fn lane(&self, lane: Lane) -> &Arc<LanePool> {
        match (lane, &self.readers) {
            (Lane::Reader, Some(readers)) => readers,
            _ => &self.main,
        }
    }

    /// A connection, within the acquire timeout.
    ///
    /// # Errors
    /// `PoolTimeout` with the reason, `Closed`, or `Connect` when the server says no.
    pub(crate) async fn acquire(&self, lane: Lane, by: Holder) -> Result<Pooled> {
        let pool = self.lane(lane);
        let now = Instant::now();
        match pool.find(by, now)? {
            Found::Ready(conn) if conn.is_current() => Ok(conn),
            // Boxed, as every future that may wait for a connection would be as large as this one.
            found => Box::pin(self.acquire_slowly(pool, found, by, now)).await,
        }
    }

    async fn acquire_slowly(
        &self,
        pool: &Arc<LanePool>,
        mut found: Found,
        by: Holder,
        since: Instant,
    ) -> Result<Pooled> {
        let deadline = since + self.acquire_timeout;
        loop {
            let (mut conn, unchecked) = match found {
                Found::Ready(conn) => (conn, false),
                Found::Unchecked(conn) => (conn, true),
                Found::Waiting(mut place) => match handed(pool, &mut place, since, deadline).await {
                    Ok(Ok(handed)) => (handed?, false),
                    Ok(Err(_)) => return Err(lane::closed()),
                    Err(_) => {
                        drop(place);
                        return Err(pool.shortage(since.elapsed()));
                    }
                },
            };
            if Self::make_ready(pool, &mut conn, unchecked, deadline).await {
                return Ok(conn);
            }
            conn.discard();
            let now = Instant::now();
            if now >= deadline {
                return Err(pool.shortage(since.elapsed()));
            }
            found = pool.find(by, now)?;
        }
    }

    /// Checks a connection that was idle for long, and drops statements of an older schema.
    async fn make_ready(pool: &Arc<LanePool>, conn: &mut Pooled, unchecked: bool, deadline: Instant) -> bool {
        let limit = CHECK.min(deadline.saturating_duration_since(Instant::now()));
        let prepare = async {
            if unchecked {
                conn.conn()?.ping().await?;
            }
            conn.follow_schema().await
        };
        match timeout(limit, prepare).await {
            Ok(ready) => ready.is_ok(),
            Err(_) if limit < CHECK => false,
            Err(_) => {
                // A peer that is silent is silent on every connection: asking each would take too long.
                pool.retire_all();
                false
            }
        }
    }

    /// Every connection forgets its cached statements before its next use.
    pub(crate) fn schema_changed(&self) {
        self.schema.fetch_add(1, Ordering::AcqRel);
    }

    /// No connection that is open now is lent again.
    pub(crate) fn drop_connections(&self) {
        self.lanes().for_each(LanePool::retire_all);
    }

    /// The figures of all lanes together.
    pub(crate) fn stats(&self) -> PoolStats {
        self.lanes()
            .fold(PoolStats::default(), |all, lane| all.plus(lane.stats()))
    }

    fn lanes(&self) -> impl Iterator<Item = &Arc<LanePool>> {
        self.readers.iter().chain([&self.main])
    }

    /// Lends nothing any more, waits for what is lent, and closes.
    ///
    /// # Errors
    /// `Timeout` when something was still lent at the end of the time; it says where it was taken.
    pub(crate) async fn close(&self, limit: Duration) -> Result<()> {
        let deadline = Instant::now() + limit;
        self.lanes().for_each(LanePool::shut);
        loop {
            let changed = self.tasks.changed().notified();
            tokio::pin!(changed);
            changed.as_mut().enable();
            let outside: usize = self.lanes().map(|lane| lane.outside().0).sum();
            let running = self.tasks.running();
            if outside == 0 && running == 0 {
                return Ok(());
            }
            if timeout_at(deadline, changed).await.is_err() {
                let holder = self.lanes().find_map(|lane| lane.outside().1);
                let holder = holder.map_or_else(String::new, |by| format!(", one by {by}"));
                let what = match outside {
                    0 => format!("{running} of its tasks had not ended"),
                    _ => format!("{outside} connections had not come back"),
                };
                let limit = seconds(limit);
                return Err(Error::new(
                    ErrorKind::Timeout,
                    format!("the pool is closed, but {what} within {limit}{holder}"),
                ));
            }
        }
    }

    /// Looks after idle, old and forgotten connections for as long as the pool lives.
    fn start_upkeep(&self, options: &PoolOptions) {
        let mut every = Duration::from_secs(10);
        if let Some(time) = options.idle_timeout {
            every = every.min(time / 4);
        }
        if let Some(age) = options.recycle_after {
            // An eighth of the time over which the ages are spread.
            every = every.min(age / 40);
        }
        if options.on_leak.is_some() {
            every = every.min(options.leak_after / 4);
        }
        if options.min_idle > 0 {
            every = every.min(Duration::from_secs(1));
        }
        let least = Duration::from_millis(10);
        let every = every.max(least);
        let lanes: Vec<Weak<LanePool>> = self.lanes().map(Arc::downgrade).collect();
        self.tasks.spawn_uncounted(async move {
            loop {
                let now = Instant::now();
                let living = lanes
                    .iter()
                    .filter_map(Weak::upgrade)
                    .filter(|l| !l.state().closed);
                let Some(next) = living.map(|lane| lane.tidy(now)).reduce(earlier) else {
                    return;
                };
                let wait = next.map_or(every, |at| at.saturating_duration_since(now));
                tokio::time::sleep(wait.clamp(least, every)).await;
            }
        });
    }
}

/// What is handed to somebody in line, up to the deadline.
async fn handed(
    pool: &LanePool,
    place: &mut lane::InLine,
    since: Instant,
    deadline: Instant,
) -> Result<Result<Result<Pooled>, RecvError>, Elapsed> {
    let told = since + TOLD_AFTER;
    if cfg!(debug_assertions) && told < deadline {
        if let Ok(handed) = timeout_at(told, &mut place.hand).await {
            return Ok(handed);
        }
        pool.tell_of_wait(since.elapsed());
    }
    timeout_at(deadline, &mut place.hand).await
}

/// The earlier of two moments that there may be.
fn earlier(a: Option<Instant>, b: Option<Instant>) -> Option<Instant> {
    a.into_iter().chain(b).min()
}

impl Drop for Pool {
    fn drop(&mut self) {
        self.lanes().for_each(LanePool::shut);
    }
}
