//! Opening connections: each in a task of its own that outlives whoever caused it; after a failure one task tries for
//! all, waiting longer each time.

use std::sync::Arc;
use std::time::Duration;

use tokio::time::{Instant, sleep_until, timeout};

use super::backoff::Backoff;
use super::lane::LanePool;
use super::report::seconds;
use crate::driver::Connection;
use crate::error::{Class, Error, ErrorKind};

/// From 10 ms doubling to half a second, by a random part of it. A server that is back is found within that time, however
/// long it was away; four connects in a second for a whole pool are no burden to anybody.
const BACKOFF: Backoff = Backoff::exponential(Duration::from_millis(10))
    .cap(Duration::from_millis(500))
    .max_attempts(u32::MAX);

/// For how long a server's plain no (wrong password, unknown database) is passed on without asking again.
const REFUSED: Duration = Duration::from_millis(250);

/// That opening a connection failed, and what follows from it.
pub(super) struct Failure {
    pub(super) text: Arc<str>,
    failures: u32,
    not_before: Instant,
    /// Trying again changes nothing.
    fatal: bool,
}

impl Failure {
    /// Whether trying again changes nothing.
    pub(super) fn is_final(&self) -> bool {
        self.fatal
    }

    /// The error for whoever comes while the server's no is fresh.
    pub(super) fn refuses(&self) -> Option<Error> {
        (self.fatal && Instant::now() < self.not_before).then(|| refusal(&self.text))
    }
}

fn refusal(text: &str) -> Error {
    Error::new(ErrorKind::Connect, text.to_owned()).with_class(Class::Fail)
}

/// A place in the pool for a connection that is being opened. Dropped, the place is free again.
pub(super) struct Opening {
    pool: Arc<LanePool>,
    place: Option<usize>,
}

impl Drop for Opening {
    fn drop(&mut self) {
        if let Some(place) = self.place.take() {
            self.pool.state().connecting -= 1;
            self.pool.gone(place);
        }
    }
}

impl Opening {
    pub(super) fn new(pool: Arc<LanePool>, place: usize) -> Self {
        Opening {
            pool,
            place: Some(place),
        }
    }

    pub(super) fn start_all(openings: Vec<Opening>) {
        for opening in openings {
            let tasks = opening.pool.tasks.clone();
            tasks.spawn_uncounted(opening.run());
        }
    }

    async fn run(self) {
        loop {
            let wait = self.pool.state().failure.as_ref().map(|f| f.not_before);
            if let Some(until) = wait {
                sleep_until(until).await;
            }
            if !self.pool.wants_more(&self.pool.state()) {
                return;
            }
            let limit = self.pool.options.connect_timeout;
            match timeout(limit, self.pool.connector.connect(self.pool.lane)).await {
                Ok(Ok(conn)) => return self.done(conn),
                Ok(Err(error)) => {
                    if !self.failed(error) {
                        return;
                    }
                }
                Err(_) => {
                    let text = format!(
                        "{} did not answer within {}",
                        self.pool.connector.describe(),
                        seconds(limit)
                    );
                    if !self.failed(Error::new(ErrorKind::Connect, text).with_class(Class::Wait)) {
                        return;
                    }
                }
            }
        }
    }

    /// Gives the new connection to the first in line.
    pub(super) fn done(mut self, conn: Box<dyn Connection>) {
        let Some(place) = self.place.take() else { return };
        let entry = self.pool.entry(conn, place);
        let mut s = self.pool.state();
        s.connecting -= 1;
        s.counters.connects += 1;
        s.failure = None;
        // Those that held back while there was a failure.
        let openings = self.pool.openings(&mut s);
        drop(s);
        self.pool.put(entry);
        Opening::start_all(openings);
    }

    /// Notes a failure; whether this task is the one that goes on.
    fn failed(&self, error: Error) -> bool {
        let text: Arc<str> = error.to_string().into();
        let fatal = error.kind() == ErrorKind::Connect && error.class() == Class::Fail;
        let mut s = self.pool.state();
        s.counters.connect_failures += 1;
        let failures = s.failure.as_ref().map_or(0, |f| f.failures).saturating_add(1);
        let wait = match fatal {
            true => REFUSED,
            false => BACKOFF.wait(failures).unwrap_or_default(),
        };
        s.failure = Some(Failure {
            text: Arc::clone(&text),
            failures,
            not_before: Instant::now() + wait,
            fatal,
        });
        let goes_on = !fatal && s.connecting == 1;
        drop(s);
        if fatal {
            self.pool.refuse_waiters(error, || refusal(&text));
        }
        goes_on
    }
}
