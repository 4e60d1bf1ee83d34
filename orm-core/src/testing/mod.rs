//! For tests: the statements that were sent, a fresh database for each test, a network that misbehaves and servers that
//! are played by a script (feature `testing`).
//!
//! ```no_run
//! use orm_core::testing::{TestDb, on_all};
//!
//! async fn it_works(db: TestDb) {
//!     let _ = db.pool_stats();
//! }
//!
//! # async fn f() {
//! // In a `#[tokio::test]`: on every database that the environment names.
//! assert!(on_all(it_works).await > 0);
//! # }
//! ```
#![allow(clippy::panic, reason = "a test that fails panics")]

mod capture;
mod compare;
mod database;
pub mod fake_server;
pub mod proxy;

use std::any::Any;
use std::fmt::Debug;
use std::future::Future;
use std::panic::AssertUnwindSafe;

use futures_util::FutureExt;

pub use capture::Capture;
pub use compare::{Expected, compare, compare_count, compare_for};
pub use database::{Target, TestDb, databases};
pub use fake_server::FakeServer;
pub use proxy::{Fault, FaultProxy, Way};

/// What a test's body gives: nothing, or a result.
pub trait Verdict {
    /// Why the test failed, if it did.
    fn failure(self) -> Option<String>;
}

impl Verdict for () {
    fn failure(self) -> Option<String> {
        None
    }
}

impl<E: Debug> Verdict for Result<(), E> {
    fn failure(self) -> Option<String> {
        self.err().map(|e| format!("{e:?}"))
    }
}

/// Runs a test on every database that there is ([`databases`]), each time on a fresh one, one after the other; says on
/// how many.
///
/// # Panics
/// When the test failed on any of them, with the databases' names; when a fresh database could not be made; and when
/// `CI` is set and a database is missing.
pub async fn on_all<F, Fut>(body: F) -> usize
where
    F: Fn(TestDb) -> Fut,
    Fut: Future,
    Fut::Output: Verdict,
{
    let targets = databases();
    let mut failures = Vec::new();
    for target in &targets {
        let db = match TestDb::fresh(target).await {
            Ok(db) => db,
            Err(error) => panic!("no fresh database on {target}: {error}"),
        };
        let keeper = db.keeper();
        let failure = match AssertUnwindSafe(body(db)).catch_unwind().await {
            Ok(verdict) => verdict.failure(),
            Err(panic) => Some(message(&*panic)),
        };
        failures.extend(failure.map(|text| format!("on {target}: {text}")));
        failures.extend(keeper.check().err().map(|e| format!("on {target}: {e}")));
        if let Err(error) = keeper.remove().await {
            failures.push(format!("on {target}: the database could not be removed: {error}"));
        }
    }
    if !failures.is_empty() {
        panic!("{}", failures.join("\n"));
    }
    targets.len()
}

fn message(panic: &(dyn Any + Send)) -> String {
    let text = panic.downcast_ref::<&str>().map(|s| (*s).to_owned());
    text.or_else(|| panic.downcast_ref::<String>().cloned())
        .unwrap_or_else(|| "a panic without a text".to_owned())
}

/// Runs a block and compares the statements that it sent, all of them and in order; gives the block's value.
///
/// ```no_run
/// # use orm_core::{Db, Result, assert_statements};
/// # async fn f(db: Db) -> Result<()> {
/// // The same on all databases, or each its own. `mysql` stands for MariaDB too, unless `mariadb` is there.
/// assert_statements!(db, { db.transaction(async |_tx| Ok(())).await? }, []);
/// assert_statements!(db, { db.read_transaction(async |_tx| Ok(())).await? },
///     sqlite: ["BEGIN", "COMMIT"],
///     postgres: [],
///     mysql: [],
/// );
/// // Only how many.
/// let answer = assert_statements!(db, { 42 }, count: 0);
/// # Ok(()) }
/// ```
///
/// # Panics
/// When the statements are others; the panic shows the difference.
#[macro_export]
macro_rules! assert_statements {
    ($db:expr, $body:block, [$($sql:expr),* $(,)?] $(,)?) => {{
        let capture = $crate::testing::Capture::attach(&$db);
        let value = $body;
        $crate::testing::compare(&capture.take(), &[$($sql),*] as &[&str]);
        value
    }};
    ($db:expr, $body:block, count: $count:expr $(,)?) => {{
        let capture = $crate::testing::Capture::attach(&$db);
        let value = $body;
        $crate::testing::compare_count(&capture.take(), $count);
        value
    }};
    ($db:expr, $body:block, $($dialect:ident : [$($sql:expr),* $(,)?]),+ $(,)?) => {{
        let capture = $crate::testing::Capture::attach(&$db);
        let value = $body;
        $crate::testing::compare_for(
            capture.dialect(),
            &capture.take(),
            &[$((stringify!($dialect), &[$($sql),*] as &[&str])),+],
        );
        value
    }};
}

#[cfg(test)]
mod tests;
