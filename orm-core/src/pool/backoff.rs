//! Waiting longer after each failure, by a random part of the time, so that many do not come back at once.

use std::collections::hash_map::RandomState;
use std::hash::{BuildHasher, Hasher};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use tokio::time::Instant;

/// How often and how fast something is tried again.
///
/// The wait before the attempt `n + 1` is drawn from zero to `base * 2^(n - 1)`, and never above the cap.
///
/// ```
/// # use orm_core::Backoff;
/// # use std::time::Duration;
/// let backoff = Backoff::exponential(Duration::from_millis(100)).max_attempts(5).no_jitter();
/// assert_eq!(backoff.wait(1), Some(Duration::from_millis(100)));
/// assert_eq!(backoff.wait(3), Some(Duration::from_millis(400)));
/// assert_eq!(backoff.wait(5), None);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Backoff {
    base: Duration,
    cap: Duration,
    attempts: u32,
    jitter: bool,
}

impl Backoff {
    /// Doubles the wait after each failure, from `base` on; 3 attempts, at most 30 seconds between two, with jitter.
    #[must_use]
    pub const fn exponential(base: Duration) -> Self {
        Backoff {
            base,
            cap: Duration::from_secs(30),
            attempts: 3,
            jitter: true,
        }
    }

    /// One attempt, and no other after it.
    #[must_use]
    pub const fn none() -> Self {
        Backoff::exponential(Duration::ZERO).max_attempts(1)
    }

    /// How many attempts there are, the first included.
    #[must_use]
    pub const fn max_attempts(mut self, attempts: u32) -> Self {
        self.attempts = attempts;
        self
    }

    /// Waits a random part of the time, from nothing to all of it ("full jitter"). This is how it is from the start.
    #[must_use]
    pub const fn jitter(mut self) -> Self {
        self.jitter = true;
        self
    }

    /// Waits the whole time.
    #[must_use]
    pub const fn no_jitter(mut self) -> Self {
        self.jitter = false;
        self
    }

    /// The longest wait between two attempts.
    #[must_use]
    pub const fn cap(mut self, cap: Duration) -> Self {
        self.cap = cap;
        self
    }

    /// How long to wait after so many failures; `None` when there is no further attempt.
    #[must_use]
    pub fn wait(&self, failures: u32) -> Option<Duration> {
        if failures >= self.attempts {
            return None;
        }
        let doublings = failures.saturating_sub(1).min(31);
        let longest = self.base.saturating_mul(1 << doublings).min(self.cap);
        Some(if self.jitter { part_of(longest) } else { longest })
    }
}

/// A random part of a time, from nothing to all of it.
pub(crate) fn part_of(longest: Duration) -> Duration {
    scale(longest, random())
}

/// So many parts of a time that is cut into 2^64.
fn scale(longest: Duration, parts: u64) -> Duration {
    let nanos = u64::try_from(longest.as_nanos()).unwrap_or(u64::MAX);
    let part = (u128::from(nanos) * u128::from(parts)) >> 64;
    Duration::from_nanos(u64::try_from(part).unwrap_or(nanos))
}

/// Moments that keep apart from each other, which random ones do not: in a time that repeats for ever, each next one
/// lies the golden section further on than the one before it, and so in one of the widest gaps. They begin at a random
/// place.
pub(super) struct Spread {
    since: Instant,
    next: AtomicU64,
}

impl Spread {
    pub(super) fn new() -> Self {
        Spread {
            since: Instant::now(),
            next: AtomicU64::new(random()),
        }
    }

    /// The next moment, within this time from the earliest one on.
    pub(super) fn next(&self, earliest: Instant, within: Duration) -> Instant {
        let wanted = scale(within, self.next.fetch_add(GAMMA, Ordering::Relaxed)).as_nanos();
        let gone = earliest.saturating_duration_since(self.since).as_nanos();
        let all = within.as_nanos().max(1);
        let wait = (wanted + all - gone % all) % all;
        let wait = Duration::from_nanos(u64::try_from(wait).unwrap_or_default());
        earliest.checked_add(wait).unwrap_or(earliest)
    }
}

/// The golden section of 2^64.
const GAMMA: u64 = 0x9e37_79b9_7f4a_7c15;

/// A number that is not the same in two processes; good enough to keep them apart, and for nothing else.
fn random() -> u64 {
    static SEED: OnceLock<AtomicU64> = OnceLock::new();
    let seed = SEED.get_or_init(|| AtomicU64::new(RandomState::new().build_hasher().finish()));
    let mut z = seed.fetch_add(GAMMA, Ordering::Relaxed).wrapping_add(GAMMA);
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_are_spread_over_the_whole_time() {
        let backoff = Backoff::exponential(Duration::from_millis(10))
            .max_attempts(100)
            .cap(Duration::from_millis(80));
        for (failures, longest) in [(1, 10), (2, 20), (4, 80), (50, 80)] {
            let draws: Vec<Duration> = (0..4000).filter_map(|_| backoff.wait(failures)).collect();
            let longest = Duration::from_millis(longest);
            assert!(draws.iter().all(|d| *d <= longest));
            let mean = draws.iter().sum::<Duration>() / 4000;
            assert!(
                mean > longest.mul_f64(0.46) && mean < longest.mul_f64(0.54),
                "{mean:?}"
            );
        }
    }

    #[test]
    fn spread_moments_do_not_crowd() {
        const SECOND: Duration = Duration::from_secs(1);
        for count in [5, 20, 100] {
            let spread = Spread::new();
            let begin = Instant::now();
            // Whenever each of them is made.
            let earliest = (0..count).map(|n| begin + Duration::from_millis(n * n % 300));
            let moments: Vec<Instant> = earliest
                .map(|earliest| {
                    let moment = spread.next(earliest, SECOND);
                    assert!(moment >= earliest && moment < earliest + SECOND);
                    moment
                })
                .collect();
            for first in &moments {
                let quarter = *first..*first + Duration::from_millis(250);
                let crowd = moments.iter().filter(|m| quarter.contains(m)).count();
                assert!(crowd * 10 <= moments.len() * 3 + 10, "{crowd} of {count}");
            }
        }
        let now = Instant::now();
        assert_eq!(Spread::new().next(now, Duration::ZERO), now);
    }

    #[test]
    fn none_is_one_attempt() {
        assert_eq!(Backoff::none().wait(1), None);
    }
}
