//! How long each text has lately taken: what decides whether a read runs on the caller's own thread.

use std::num::NonZeroUsize;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use lru::LruCache;

/// A run below this is short.
pub(super) const SHORT: Duration = Duration::from_micros(200);

/// For how many runs a text counts as long after it was stopped.
const LONG_RUNS: u8 = 64;

/// How many texts are remembered.
const TEXTS: NonZeroUsize = match NonZeroUsize::new(256) {
    Some(n) => n,
    None => NonZeroUsize::MIN,
};

#[derive(Clone, Copy, Debug, Default)]
struct Record {
    short: bool,
    long_runs: u8,
}

/// The history of a pool's texts, shared by its connections.
#[derive(Debug)]
pub(super) struct History(Mutex<LruCache<Arc<str>, Record>>);

impl History {
    /// An empty history.
    pub(super) fn new() -> Self {
        History(Mutex::new(LruCache::new(TEXTS)))
    }

    /// Whether the next run of a text may begin on the caller's thread.
    pub(super) fn is_short(&self, sql: &str) -> bool {
        self.texts().get(sql).is_some_and(|record| record.short)
    }

    /// A run took so long.
    pub(super) fn ran(&self, sql: &Arc<str>, time: Duration) {
        let short = time < SHORT;
        let mut texts = self.texts();
        match texts.get_mut(sql) {
            Some(record) => {
                record.long_runs = record.long_runs.saturating_sub(1);
                record.short = short && record.long_runs == 0;
            }
            None => {
                texts.put(Arc::clone(sql), Record { short, long_runs: 0 });
            }
        }
    }

    /// A run was stopped at the end of its budget.
    pub(super) fn stopped(&self, sql: &Arc<str>) {
        self.texts().put(
            Arc::clone(sql),
            Record {
                short: false,
                long_runs: LONG_RUNS,
            },
        );
    }

    /// A panic between two field stores leaves nothing that could be wrong.
    fn texts(&self) -> MutexGuard<'_, LruCache<Arc<str>, Record>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_is_short_when_its_last_run_was() {
        let history = History::new();
        let sql: Arc<str> = "SELECT 1".into();
        assert!(!history.is_short(&sql), "a first run goes to a thread");
        history.ran(&sql, Duration::from_micros(20));
        assert!(history.is_short(&sql));
        history.ran(&sql, Duration::from_micros(900));
        assert!(!history.is_short(&sql));
    }

    #[test]
    fn a_stopped_text_is_long_for_a_while() {
        let history = History::new();
        let sql: Arc<str> = "SELECT 1".into();
        history.stopped(&sql);
        for _ in 0..LONG_RUNS {
            assert!(!history.is_short(&sql));
            history.ran(&sql, Duration::from_micros(20));
        }
        assert!(history.is_short(&sql));
    }

    #[test]
    fn the_number_of_texts_is_bounded() {
        let history = History::new();
        for i in 0..1000 {
            history.ran(&format!("SELECT {i}").into(), Duration::ZERO);
        }
        assert_eq!(history.texts().len(), TEXTS.get());
        assert!(!history.is_short("SELECT 0"));
        assert!(history.is_short("SELECT 999"));
    }
}
