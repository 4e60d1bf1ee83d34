//! Waiting for a lock that another process holds, without blocking a thread.

use std::hash::{BuildHasher, Hasher, RandomState};
use std::time::{Duration, Instant};

const FIRST: Duration = Duration::from_millis(1);
const LONGEST: Duration = Duration::from_millis(25);

/// The pauses between attempts, up to a deadline.
#[derive(Debug)]
pub(super) struct Wait {
    began: Option<Instant>,
    limit: Duration,
    step: Duration,
}

impl Wait {
    /// At most so long in all, counted from the first pause.
    pub(super) const fn new(limit: Duration) -> Self {
        Wait {
            began: None,
            limit,
            step: FIRST,
        }
    }

    /// The next pause, or `None` when the time is over.
    pub(super) fn next(&mut self) -> Option<Duration> {
        let waited = self.began.get_or_insert_with(Instant::now).elapsed();
        let left = self.limit.checked_sub(waited).filter(|left| !left.is_zero())?;
        let pause = jitter(self.step).min(left);
        self.step = (self.step * 2).min(LONGEST);
        Some(pause)
    }
}

/// Between half of it and all of it, so that those who wait do not come at once.
fn jitter(step: Duration) -> Duration {
    let half = step / 2;
    let random = RandomState::new().build_hasher().finish();
    let spread = u64::try_from(half.as_micros()).unwrap_or(0);
    half + Duration::from_micros(random.checked_rem(spread + 1).unwrap_or(0))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_grow_and_end() {
        assert_eq!(Wait::new(Duration::ZERO).next(), None);
        let mut wait = Wait::new(Duration::from_secs(3600));
        let pauses: Vec<Duration> = std::iter::from_fn(|| wait.next()).take(12).collect();
        assert!(pauses.iter().all(|p| *p <= LONGEST && *p >= FIRST / 2));
        assert!(pauses.last() > pauses.first());
    }
}
