//! What a pool says of itself: figures, who holds a connection, why none became free.

use std::fmt;
use std::panic::Location;
use std::time::Duration;

use tokio::time::Instant;

use crate::error::{Error, ErrorKind};

/// A pool's figures at one moment.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct PoolStats {
    /// Connections that are open or being opened.
    pub size: usize,
    /// The most connections there may be, overflow included.
    pub max: usize,
    /// Connections lent.
    pub in_use: usize,
    /// Connections that nobody uses.
    pub idle: usize,
    /// Connections being opened.
    pub connecting: usize,
    /// Tasks that wait for a connection.
    pub waiting: usize,
    /// How often a task got none in time.
    pub timeouts: u64,
    /// How many connections were opened.
    pub connects: u64,
    /// How often opening one failed.
    pub connect_failures: u64,
    /// How many were closed for their age, for being idle or for being too many.
    pub retired: u64,
    /// How many were found broken, or could not be brought back.
    pub broken: u64,
}

impl PoolStats {
    /// The figures of two halves of a pool together.
    pub(crate) fn plus(self, other: PoolStats) -> PoolStats {
        PoolStats {
            size: self.size + other.size,
            max: self.max + other.max,
            in_use: self.in_use + other.in_use,
            idle: self.idle + other.idle,
            connecting: self.connecting + other.connecting,
            waiting: self.waiting + other.waiting,
            timeouts: self.timeouts + other.timeouts,
            connects: self.connects + other.connects,
            connect_failures: self.connect_failures + other.connect_failures,
            retired: self.retired + other.retired,
            broken: self.broken + other.broken,
        }
    }
}

impl fmt::Display for PoolStats {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{} of {} connections: {} in use, {} idle, {} connecting; {} waiting; {} timeouts, {} connects ({} failed), \
             {} retired, {} broken",
            self.size,
            self.max,
            self.in_use,
            self.idle,
            self.connecting,
            self.waiting,
            self.timeouts,
            self.connects,
            self.connect_failures,
            self.retired,
            self.broken
        )
    }
}

/// What a connection was taken for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Purpose {
    /// One statement.
    Statement,
    /// A stream of rows.
    Stream,
    /// A transaction.
    Transaction,
    /// A connection borrowed as such.
    Connection,
}

/// Who holds a connection.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Holder {
    pub(crate) purpose: Purpose,
    /// Where it was taken, for those that take it by a call of their own.
    pub(crate) at: Option<&'static Location<'static>>,
}

impl Holder {
    pub(crate) const fn new(purpose: Purpose, at: Option<&'static Location<'static>>) -> Self {
        Holder { purpose, at }
    }

    pub(crate) const STATEMENT: Holder = Holder::new(Purpose::Statement, None);
    pub(crate) const STREAM: Holder = Holder::new(Purpose::Stream, None);
}

impl fmt::Display for Holder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (what, verb) = match self.purpose {
            Purpose::Statement => ("a statement", "sent"),
            Purpose::Stream => ("a stream of rows", "opened"),
            Purpose::Transaction => ("the transaction", "begun"),
            Purpose::Connection => ("the connection", "borrowed"),
        };
        match self.at {
            Some(at) => write!(f, "{what} {verb} at {}:{}", at.file(), at.line()),
            None => f.write_str(what),
        }
    }
}

/// A connection that is lent.
#[derive(Clone, Copy, Debug)]
pub(super) struct Held {
    pub(super) by: Holder,
    pub(super) since: Instant,
    pub(super) reported: bool,
    /// It was told that somebody waits for it.
    pub(super) waited_for: bool,
}

impl Held {
    /// Whether the holder is code of the user's, which may be waiting for a second connection. A statement waits for
    /// the database alone.
    pub(super) fn may_be_waiting(&self) -> bool {
        self.by.purpose != Purpose::Statement
    }

    /// What to write in the place of the call that waits.
    fn advice(by: Holder) -> &'static str {
        match by.purpose {
            Purpose::Transaction => "; pass `tx`, not `db`, inside a transaction",
            _ => "",
        }
    }
}

/// A connection that was held for longer than [`leak_after`](super::PoolOptions::leak_after), or one that is the only
/// one and is waited for.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct Leak {
    /// What it was taken for.
    pub purpose: Purpose,
    /// Where it was taken.
    pub at: Option<&'static Location<'static>>,
    /// For how long it has been held.
    pub held: Duration,
    /// Whether it has come back meanwhile.
    pub returned: bool,
    /// For how long somebody has been waiting, where this is the only connection: perhaps the holder itself.
    pub waited: Option<Duration>,
}

impl Leak {
    pub(super) fn new(held: &Held, now: Instant, returned: bool) -> Self {
        Leak {
            purpose: held.by.purpose,
            at: held.by.at,
            held: now.saturating_duration_since(held.since),
            returned,
            waited: None,
        }
    }
}

impl fmt::Display for Leak {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let holder = Holder::new(self.purpose, self.at);
        let held = seconds(self.held);
        match (self.waited, self.returned) {
            (Some(waited), _) => write!(
                f,
                "somebody has waited {} for the only connection, which has been held for {held} by {holder}{}",
                seconds(waited),
                Held::advice(holder)
            ),
            (None, true) => write!(f, "a connection came back after {held}: it was held by {holder}"),
            (None, false) => write!(f, "a connection has been held for {held} by {holder}"),
        }
    }
}

/// Why no connection became free.
pub(super) struct Shortage<'a> {
    pub(super) waited: Duration,
    pub(super) stats: PoolStats,
    pub(super) longest: Option<Held>,
    pub(super) now: Instant,
    /// There is only one connection: whoever waits may be waiting for itself.
    pub(super) only_one: bool,
    pub(super) last_error: Option<&'a str>,
}

impl Shortage<'_> {
    pub(super) fn into_error(self) -> Error {
        let s = self.stats;
        let mut text = format!(
            "no connection became free within {}: {} of {} in use, {} idle, {} connecting, {} more waiting",
            seconds(self.waited),
            s.in_use,
            s.max,
            s.idle,
            s.connecting,
            s.waiting
        );
        if let Some(held) = self.longest {
            let age = seconds(self.now.saturating_duration_since(held.since));
            let which = if self.only_one {
                "the only one"
            } else {
                "the longest"
            };
            text.push_str(&format!("; {which} has been held for {age} by {}", held.by));
            if self.only_one {
                text.push_str(Held::advice(held.by));
            }
        }
        match self.last_error {
            Some(last) => {
                text.push_str("; the last attempt to connect failed");
                Error::new(ErrorKind::PoolTimeout, text).with_source(last)
            }
            None => Error::new(ErrorKind::PoolTimeout, text),
        }
    }
}

/// A time as a person reads it.
pub(crate) fn seconds(time: Duration) -> String {
    match time.as_millis() {
        0 => format!("{} us", time.as_micros()),
        ms @ 1..1000 => format!("{ms} ms"),
        ms => format!("{}.{} s", ms / 1000, ms % 1000 / 100),
    }
}
