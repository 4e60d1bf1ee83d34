//! What InnoDB shows of its transactions.

use std::time::{Duration, Instant};

use tokio::sync::Mutex;

/// It shows a copy, which it renews only when nobody has looked for a tenth of a second: tests that look all the time
/// would all see the same old one.
const RENEWED_AFTER: Duration = Duration::from_millis(150);
static LAST_LOOK: Mutex<Option<Instant>> = Mutex::const_new(None);

/// Runs a query of `INNODB_TRX` when its answer is about now.
pub(crate) async fn looked_at<T>(query: impl Future<Output = T>) -> T {
    let mut last = LAST_LOOK.lock().await;
    if let Some(last) = *last {
        tokio::time::sleep(RENEWED_AFTER.saturating_sub(last.elapsed())).await;
    }
    let answer = query.await;
    *last = Some(Instant::now());
    answer
}
