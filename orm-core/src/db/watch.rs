//! Statements under the eyes of the observers.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Instant;

use crate::error::Result;
use crate::exec::{Done, Observer, Outcome, StatementEvent, Stmt};

type List = Arc<[Arc<dyn Observer>]>;

/// Who wants to see the statements.
pub(super) struct Observers {
    list: RwLock<List>,
    any: AtomicBool,
}

impl Observers {
    pub(super) fn new(list: Vec<Arc<dyn Observer>>) -> Self {
        Observers {
            any: AtomicBool::new(!list.is_empty()),
            list: RwLock::new(list.into()),
        }
    }

    pub(super) fn add(&self, observer: Arc<dyn Observer>) {
        self.change(|list| list.push(observer));
    }

    #[cfg_attr(
        not(feature = "testing"),
        allow(dead_code, reason = "only captures go away again")
    )]
    pub(super) fn remove(&self, observer: &Arc<dyn Observer>) {
        self.change(|list| list.retain(|o| !Arc::ptr_eq(o, observer)));
    }

    fn change(&self, change: impl FnOnce(&mut Vec<Arc<dyn Observer>>)) {
        let mut list = self.list.write().unwrap_or_else(PoisonError::into_inner);
        let mut changed = list.to_vec();
        change(&mut changed);
        self.any.store(!changed.is_empty(), Ordering::Release);
        *list = changed.into();
    }

    fn list(&self) -> Option<List> {
        if !self.any.load(Ordering::Acquire) {
            return None;
        }
        Some(Arc::clone(
            &self.list.read().unwrap_or_else(PoisonError::into_inner),
        ))
    }

    /// A statement is about to be sent. Without observers, not even the clock is read.
    pub(super) fn watch<'a>(&self, stmt: &'a Stmt, in_transaction: bool) -> Watch<'a> {
        let event = StatementEvent::new(stmt, in_transaction);
        let seen_by = self.list().map(|list| {
            for observer in &*list {
                observer.before(&event);
            }
            (list, Instant::now())
        });
        Watch { seen_by, event }
    }
}

/// A statement under way. Dropped, it counts as cancelled.
pub(super) struct Watch<'a> {
    seen_by: Option<(List, Instant)>,
    event: StatementEvent<'a>,
}

impl Watch<'_> {
    /// The answer has come.
    pub(super) fn answered<T>(mut self, result: &Result<T>, done: impl FnOnce(&T) -> Done) {
        if self.seen_by.is_some() {
            let outcome = match result {
                Ok(value) => Outcome::Done {
                    rows: done(value).rows,
                },
                Err(error) => Outcome::Failed(error),
            };
            self.tell(&outcome);
        }
    }

    fn tell(&mut self, outcome: &Outcome<'_>) {
        if let Some((list, since)) = self.seen_by.take() {
            let elapsed = since.elapsed();
            for observer in &*list {
                observer.after(&self.event, outcome, elapsed);
            }
        }
    }
}

impl Drop for Watch<'_> {
    fn drop(&mut self) {
        if self.seen_by.is_some() && !std::thread::panicking() {
            self.tell(&Outcome::Cancelled);
        }
    }
}
