//! The connections of one lane: who waits, what is idle, what is lent. Everything here is under one lock and never
//! waits; a connection goes straight from whoever returns it to whoever has waited longest.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use tokio::sync::oneshot;
use tokio::time::Instant;

use super::backoff::Spread;
use super::connect::{Failure, Opening};
use super::lent::{Pooled, Taken};
use super::lock;
use super::options::PoolOptions;
use super::report::{Held, Holder, Leak, PoolStats, Shortage};
use super::tasks::Tasks;
use crate::driver::{Connection, Connector, Lane};
use crate::error::{Error, ErrorKind, Result};

/// The longest time that closing one connection politely may take.
const FAREWELL: Duration = Duration::from_millis(250);

/// A connection, and what the pool knows of it.
pub(crate) struct Entry {
    pub(super) conn: Box<dyn Connection>,
    /// Which of the lane's places it takes.
    pub(super) place: usize,
    generation: u64,
    expires: Option<Instant>,
    /// The schema that its cached statements are for.
    pub(super) schema: u64,
}

struct Idle {
    entry: Entry,
    since: Instant,
}

struct Waiter {
    number: u64,
    by: Holder,
    hand: oneshot::Sender<Result<Pooled>>,
}

/// What is under the lock. Every connection, also one being opened, lent or returned, counts in `total`.
pub(super) struct State {
    idle: Vec<Idle>,
    waiters: VecDeque<Waiter>,
    next_waiter: u64,
    pub(super) total: usize,
    pub(super) connecting: usize,
    held: Vec<Option<Held>>,
    pub(super) free: Vec<usize>,
    generation: u64,
    /// A connection that became idle before this moment may be as dead as the one that broke then.
    suspect: Option<Instant>,
    pub(super) failure: Option<Failure>,
    pub(super) closed: bool,
    pub(super) counters: PoolStats,
}

/// The connections of one lane.
pub(crate) struct LanePool {
    pub(super) lane: Lane,
    pub(super) connector: Arc<dyn Connector>,
    pub(super) options: PoolOptions,
    pub(super) size: usize,
    pub(super) max: usize,
    /// The one connection is the database itself: it is never given up.
    pub(super) keep: bool,
    pub(super) tasks: Tasks,
    pub(super) schema: Arc<AtomicU64>,
    /// Keeps the ages apart at which connections are replaced.
    ages: Spread,
    state: Mutex<State>,
}

/// What there was when somebody came for a connection.
pub(super) enum Found {
    /// One that can be used.
    Ready(Pooled),
    /// One that was idle for long.
    Unchecked(Pooled),
    /// None: in line for the next.
    Waiting(InLine),
}

/// A place in the line. Dropped, it is given up.
pub(super) struct InLine {
    pool: Arc<LanePool>,
    number: u64,
    pub(super) hand: oneshot::Receiver<Result<Pooled>>,
}

impl Drop for InLine {
    fn drop(&mut self) {
        let mut s = lock(&self.pool.state);
        if let Ok(at) = s.waiters.binary_search_by_key(&self.number, |w| w.number) {
            s.waiters.remove(at);
        }
        // A connection that is in the hand already goes back when the hand is dropped.
    }
}

impl LanePool {
    pub(super) fn new(
        lane: Lane,
        connector: Arc<dyn Connector>,
        options: PoolOptions,
        (size, overflow): (usize, usize),
        tasks: Tasks,
        schema: Arc<AtomicU64>,
    ) -> Arc<Self> {
        let max = size + overflow;
        Arc::new(LanePool {
            lane,
            keep: connector.is_single(),
            connector,
            options,
            size,
            max,
            tasks,
            schema,
            ages: Spread::new(),
            state: Mutex::new(State {
                idle: Vec::new(),
                waiters: VecDeque::new(),
                next_waiter: 0,
                total: 0,
                connecting: 0,
                held: vec![None; max],
                free: (0..max).rev().collect(),
                generation: 0,
                suspect: None,
                failure: None,
                closed: false,
                counters: PoolStats {
                    max,
                    ..PoolStats::default()
                },
            }),
        })
    }

    pub(super) fn state(&self) -> std::sync::MutexGuard<'_, State> {
        lock(&self.state)
    }

    /// An entry for a connection that was just opened.
    pub(super) fn entry(&self, conn: Box<dyn Connection>, place: usize) -> Entry {
        let expires = match self.options.recycle_after {
            Some(age) if !self.keep => Instant::now()
                .checked_add(age - age / 5)
                .map(|earliest| self.ages.next(earliest, age / 5)),
            _ => None,
        };
        Entry {
            conn,
            place,
            generation: self.state().generation,
            expires,
            schema: self.schema.load(Ordering::Acquire),
        }
    }

    /// Takes the connection that was used last, or a place in the line.
    pub(super) fn find(self: &Arc<Self>, by: Holder, now: Instant) -> Result<Found> {
        let mut old = Vec::new();
        let mut s = self.state();
        if s.closed {
            return Err(closed());
        }
        let found = loop {
            let Some(Idle { entry, since }) = s.idle.pop() else {
                break self.line_up(&mut s, by).map(Found::Waiting);
            };
            if self.is_old(&s, &entry, now) {
                s.counters.retired += 1;
                old.push(entry);
                continue;
            }
            s.hold(&entry, by, now);
            let unchecked = now.saturating_duration_since(since) > self.options.check_idle_after
                || s.suspect.is_some_and(|at| since < at);
            let conn = Pooled::new(entry, Arc::clone(self));
            break Ok(match unchecked && !self.keep {
                true => Found::Unchecked(conn),
                false => Found::Ready(conn),
            });
        };
        let openings = match &found {
            Ok(Found::Waiting(_)) => self.openings(&mut s),
            _ => Vec::new(),
        };
        drop(s);
        old.into_iter().for_each(|entry| self.farewell(entry));
        Opening::start_all(openings);
        found
    }

    fn line_up(self: &Arc<Self>, s: &mut State, by: Holder) -> Result<InLine> {
        if let Some(error) = s.failure.as_ref().and_then(Failure::refuses) {
            return Err(error);
        }
        let (hand, receive) = oneshot::channel();
        let number = s.next_waiter;
        s.next_waiter += 1;
        s.waiters.push_back(Waiter { number, by, hand });
        Ok(InLine {
            pool: Arc::clone(self),
            number,
            hand: receive,
        })
    }

    /// Claims places for as many connections as should be opened now.
    pub(super) fn openings(self: &Arc<Self>, s: &mut State) -> Vec<Opening> {
        if s.closed {
            return Vec::new();
        }
        // A server that said no is asked again only for somebody's sake.
        let kept = match s.failure.as_ref().is_some_and(Failure::is_final) {
            true => 0,
            false => self.options.min_idle.min(self.size),
        };
        let wanted = s.waiters.len().max(
            kept.saturating_sub(s.idle.len())
                .min(self.size.saturating_sub(s.total)),
        );
        // After a failure one tries for all, until it succeeds.
        let at_once = if s.failure.is_some() {
            1
        } else {
            (self.size / 4).max(2)
        };
        let count = wanted
            .min(at_once)
            .saturating_sub(s.connecting)
            .min(self.max.saturating_sub(s.total));
        let mut openings = Vec::with_capacity(count);
        for _ in 0..count {
            let Some(place) = s.free.pop() else { break };
            s.total += 1;
            s.connecting += 1;
            openings.push(Opening::new(Arc::clone(self), place));
        }
        openings
    }

    /// Whether anybody waits, or too few are idle.
    pub(super) fn wants_more(&self, s: &State) -> bool {
        !s.closed && (!s.waiters.is_empty() || s.idle.len() < self.options.min_idle.min(self.size))
    }

    /// Takes a clean connection back: the first in line gets it.
    pub(super) fn put(self: &Arc<Self>, mut entry: Entry) {
        let now = Instant::now();
        let mut leak = None;
        loop {
            let mut s = self.state();
            if let Some(held) = s.held.get_mut(entry.place).and_then(Option::take) {
                leak = held.reported.then(|| Leak::new(&held, now, true));
            }
            let surplus = s.total > self.size && s.waiters.is_empty();
            if surplus || s.closed || self.is_old(&s, &entry, now) {
                s.counters.retired += 1;
                drop(s);
                self.farewell(entry);
                break;
            }
            let Some(first) = s.waiters.pop_front() else {
                s.idle.push(Idle { entry, since: now });
                break;
            };
            s.hold(&entry, first.by, now);
            drop(s);
            match first.hand.send(Ok(Pooled::new(entry, Arc::clone(self)))) {
                Ok(()) => break,
                // It has gone: the next in line.
                Err(Ok(back)) => match back.into_entry() {
                    Some(again) => entry = again,
                    None => break,
                },
                Err(Err(_)) => break,
            }
        }
        self.report(leak);
    }

    /// The place of a connection that is closed becomes free.
    pub(super) fn gone(self: &Arc<Self>, place: usize) {
        let mut s = self.state();
        let now = Instant::now();
        let leak = s
            .held
            .get_mut(place)
            .and_then(Option::take)
            .filter(|h| h.reported)
            .map(|h| Leak::new(&h, now, true));
        s.free.push(place);
        s.total -= 1;
        let openings = self.openings(&mut s);
        drop(s);
        self.report(leak);
        Opening::start_all(openings);
        self.tasks.changed().notify_waiters();
    }

    /// A connection broke: all that were idle at the time are checked before they are used.
    pub(super) fn note_broken(&self) {
        let mut s = self.state();
        s.counters.broken += 1;
        s.suspect = Some(Instant::now());
    }

    /// Says good-bye to the server and frees the place, in a task of its own.
    pub(super) fn farewell(self: &Arc<Self>, entry: Entry) {
        let mut taken = Taken::new(entry, Arc::clone(self));
        self.tasks.spawn(async move {
            if let Some(conn) = taken.take_connection() {
                // An error, or none in time, is the end of the connection as well.
                let _ = tokio::time::timeout(FAREWELL, conn.close()).await;
            }
            drop(taken);
        });
    }

    /// No connection that is open now is lent again.
    pub(super) fn retire_all(self: &Arc<Self>) {
        if self.keep {
            return;
        }
        let mut s = self.state();
        s.generation += 1;
        let idle = std::mem::take(&mut s.idle);
        s.counters.retired += u64::try_from(idle.len()).unwrap_or(u64::MAX);
        drop(s);
        idle.into_iter().for_each(|i| self.farewell(i.entry));
    }

    /// Lends nothing any more, and sends whoever waits away.
    pub(super) fn shut(self: &Arc<Self>) {
        let mut s = self.state();
        s.closed = true;
        let idle = std::mem::take(&mut s.idle);
        let waiters = std::mem::take(&mut s.waiters);
        drop(s);
        for waiter in waiters {
            let _ = waiter.hand.send(Err(closed()));
        }
        idle.into_iter().for_each(|i| self.farewell(i.entry));
    }

    /// Tells everybody in line what is wrong: `first` to the first, its copies to the others.
    pub(super) fn refuse_waiters(&self, first: Error, copy: impl Fn() -> Error) {
        let waiters = std::mem::take(&mut self.state().waiters);
        let mut first = Some(first);
        for waiter in waiters {
            let _ = waiter.hand.send(Err(first.take().unwrap_or_else(&copy)));
        }
    }

    /// Removes what has been idle for too long or is too old, and finds who holds a connection for too long. Says when
    /// the next one that is idle now will be too old: were they removed together at a later look, all would be replaced
    /// at once.
    pub(super) fn tidy(self: &Arc<Self>, now: Instant) -> Option<Instant> {
        let mut s = self.state();
        let kept = self.options.min_idle.min(self.size);
        let mut gone = Vec::new();
        // The first in the list is the one that was used longest ago.
        let mut i = 0;
        while i < s.idle.len() && !self.keep {
            let idle = now.saturating_duration_since(s.idle[i].since);
            let unused = s.total - gone.len() > kept && self.options.idle_timeout.is_some_and(|t| idle > t);
            if unused || self.is_old(&s, &s.idle[i].entry, now) {
                gone.push(s.idle.remove(i).entry);
            } else {
                i += 1;
            }
        }
        s.counters.retired += u64::try_from(gone.len()).unwrap_or(u64::MAX);
        let mut leaks = Vec::new();
        if self.options.on_leak.is_some() {
            for held in s.held.iter_mut().flatten() {
                if !held.reported && now.saturating_duration_since(held.since) > self.options.leak_after {
                    held.reported = true;
                    leaks.push(Leak::new(held, now, false));
                }
            }
        }
        let next = s.idle.iter().filter_map(|idle| idle.entry.expires).min();
        let openings = self.openings(&mut s);
        drop(s);
        gone.into_iter().for_each(|entry| self.farewell(entry));
        leaks.into_iter().for_each(|leak| self.report(Some(leak)));
        Opening::start_all(openings);
        next
    }

    fn report(&self, leak: Option<Leak>) {
        if let (Some(leak), Some(report)) = (leak, &self.options.on_leak) {
            report(&leak);
        }
    }

    /// Somebody has waited for so long. Where there is only one connection, it may be held by the same task, which would
    /// then wait for itself: said once for each holder, to standard error where nobody listens.
    pub(super) fn tell_of_wait(&self, waited: Duration) {
        let told = {
            let mut s = self.state();
            let only = s.held.iter_mut().flatten().next();
            let only = only.filter(|held| self.max == 1 && held.may_be_waiting() && !held.waited_for);
            only.map(|held| {
                held.waited_for = true;
                let mut leak = Leak::new(held, Instant::now(), false);
                leak.waited = Some(waited);
                leak
            })
        };
        match (&told, &self.options.on_leak) {
            (Some(leak), None) => eprintln!("{leak}"),
            _ => self.report(told),
        }
    }

    fn is_old(&self, s: &State, entry: &Entry, now: Instant) -> bool {
        !self.keep && (entry.generation < s.generation || entry.expires.is_some_and(|at| now >= at))
    }

    /// The error of whoever got none in time.
    pub(super) fn shortage(&self, waited: Duration) -> Error {
        let mut s = self.state();
        s.counters.timeouts += 1;
        let shortage = Shortage {
            waited,
            stats: s.stats(),
            longest: s.held.iter().flatten().min_by_key(|h| h.since).copied(),
            now: Instant::now(),
            only_one: self.max == 1,
            last_error: s.failure.as_ref().map(|f| &*f.text),
        };
        shortage.into_error()
    }

    pub(super) fn stats(&self) -> PoolStats {
        self.state().stats()
    }

    /// How many connections are somewhere outside, and who has had one longest.
    pub(super) fn outside(&self) -> (usize, Option<Holder>) {
        let s = self.state();
        let longest = s.held.iter().flatten().min_by_key(|h| h.since).map(|h| h.by);
        (s.total - s.connecting, longest)
    }
}

impl State {
    fn hold(&mut self, entry: &Entry, by: Holder, now: Instant) {
        if let Some(place) = self.held.get_mut(entry.place) {
            *place = Some(Held {
                by,
                since: now,
                reported: false,
                waited_for: false,
            });
        }
    }

    fn stats(&self) -> PoolStats {
        PoolStats {
            size: self.total,
            in_use: self.total - self.idle.len() - self.connecting,
            idle: self.idle.len(),
            connecting: self.connecting,
            waiting: self.waiters.len(),
            ..self.counters
        }
    }
}

/// The pool is closed.
pub(super) fn closed() -> Error {
    Error::new(ErrorKind::Closed, "the pool is closed")
}
