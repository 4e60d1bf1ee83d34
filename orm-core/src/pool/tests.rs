//! The pool's promises, against the fake driver.
#![allow(clippy::unwrap_used, reason = "a test that fails panics")]

use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Instant as Clock;

use super::fake::{self, Fake};
use super::*;
use crate::driver::State;

fn millis(n: u64) -> Duration {
    Duration::from_millis(n)
}

fn pool_of(fake: &Arc<Fake>, options: PoolOptions) -> Pool {
    Pool::new(Arc::new(fake::Handle(Arc::clone(fake))), &options).unwrap()
}

async fn take(pool: &Pool) -> Result<Pooled> {
    pool.acquire(Lane::Main, Holder::STATEMENT).await
}

/// Waits until something holds, for at most two seconds.
async fn until(what: impl Fn() -> bool) {
    let start = Clock::now();
    while !what() {
        assert!(start.elapsed() < millis(2000), "it never came about");
        tokio::time::sleep(millis(1)).await;
    }
}

#[tokio::test]
async fn the_last_used_is_lent_first_and_nothing_is_sent() {
    let fake = Fake::postgres();
    let pool = pool_of(&fake, PoolOptions::new().size(3));
    let (a, b) = (take(&pool).await.unwrap(), take(&pool).await.unwrap());
    drop(a);
    drop(b);
    assert_eq!(pool.stats().idle, 2);
    for _ in 0..5 {
        drop(take(&pool).await.unwrap());
    }
    assert_eq!(fake.made(), 2);
    assert!(fake.log().is_empty(), "{:?}", fake.log());
}

#[tokio::test]
async fn never_more_than_the_maximum_and_first_come_first_served() {
    let fake = Fake::postgres();
    let pool = Arc::new(pool_of(&fake, PoolOptions::new().size(2).overflow(1)));
    let order = Arc::new(Mutex::new(Vec::new()));
    let held = [take(&pool).await, take(&pool).await, take(&pool).await];
    let mut tasks = Vec::new();
    for n in 0..20 {
        let (pool, order) = (Arc::clone(&pool), Arc::clone(&order));
        tasks.push(tokio::spawn(async move {
            let _conn = take(&pool).await.unwrap();
            lock(&order).push(n);
            tokio::task::yield_now().await;
        }));
        tokio::task::yield_now().await;
    }
    assert_eq!(pool.stats().waiting, 20);
    drop(held);
    for task in tasks {
        task.await.unwrap();
    }
    assert_eq!(*lock(&order), (0..20).collect::<Vec<_>>());
    assert_eq!(fake.most_open.load(Ordering::SeqCst), 3);
    // The one too many has gone.
    until(|| pool.stats().size == 2).await;
}

#[tokio::test]
async fn a_cold_pool_warms_although_every_caller_gives_up() {
    let fake = Fake::postgres();
    fake.connects_take(millis(20));
    let pool = pool_of(&fake, PoolOptions::new().size(4));
    for _ in 0..20 {
        let tries = (0..8).map(|_| tokio::time::timeout(millis(2), take(&pool)));
        futures_util::future::join_all(tries).await;
    }
    until(|| pool.stats().idle > 0).await;
    assert!(tokio::time::timeout(millis(2), take(&pool)).await.is_ok());
}

#[tokio::test]
async fn the_timeout_names_the_cause() {
    let fake = Fake::postgres();
    let pool = pool_of(&fake, PoolOptions::new().size(1).acquire_timeout(millis(30)));
    let at = std::panic::Location::caller();
    let held = pool
        .acquire(Lane::Main, Holder::new(Purpose::Transaction, Some(at)))
        .await
        .unwrap();
    let error = take(&pool).await.map(drop).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::PoolTimeout);
    let text = error.to_string();
    for part in [
        "1 of 1 in use",
        "the transaction begun at",
        "tests.rs",
        "pass `tx`, not `db`",
    ] {
        assert!(text.contains(part), "{text}");
    }
    drop(held);
    take(&pool).await.unwrap();

    let fake = Fake::postgres();
    fake.connects_fail(Some(fake::refused));
    let pool = pool_of(&fake, PoolOptions::new().acquire_timeout(millis(60)));
    let start = Clock::now();
    let text = take(&pool).await.map(drop).unwrap_err().to_string();
    assert!(start.elapsed() >= millis(60) && start.elapsed() < millis(500));
    assert!(
        text.contains("the last attempt to connect failed: connection refused"),
        "{text}"
    );
    assert_eq!(pool.stats().timeouts, 1);
    assert_eq!(pool.stats().waiting, 0);
    // The server is back: so is the pool.
    fake.connects_fail(None);
    let start = Clock::now();
    while take(&pool).await.is_err() {
        assert!(start.elapsed() < millis(2000));
    }
}

#[tokio::test]
async fn a_wrong_password_fails_everybody_at_once() {
    let fake = Fake::postgres();
    fake.connects_fail(Some(fake::wrong_password));
    let pool = pool_of(&fake, PoolOptions::new().size(4));
    let start = Clock::now();
    let results = futures_util::future::join_all((0..20).map(|_| take(&pool))).await;
    assert!(start.elapsed() < millis(300));
    for result in results {
        let error = result.map(drop).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Connect, "{error}");
        assert!(error.to_string().contains("password authentication failed"));
    }
    // Asked again within the same moment, nobody knocks at the server.
    let failures = pool.stats().connect_failures;
    assert!(take(&pool).await.is_err());
    assert_eq!(pool.stats().connect_failures, failures);
    fake.connects_fail(None);
    tokio::time::sleep(millis(260)).await;
    take(&pool).await.unwrap();
}

#[tokio::test]
async fn after_failures_one_connects_for_all() {
    let fake = Fake::postgres();
    fake.connects_fail(Some(fake::refused));
    let pool = pool_of(&fake, PoolOptions::new().size(40).acquire_timeout(millis(300)));
    let results = futures_util::future::join_all((0..40).map(|_| take(&pool))).await;
    assert!(results.iter().all(Result::is_err));
    // Ten at once, then one after the other, 10 ms doubling, each a random part.
    assert!(pool.stats().connect_failures < 40, "{}", pool.stats());
    assert_eq!(pool.stats().in_use, 0, "{}", pool.stats());
}

#[tokio::test]
async fn dead_idle_connections_reach_nobody() {
    let fake = Fake::postgres();
    let pool = pool_of(&fake, PoolOptions::new().size(3).check_idle_after(millis(5)));
    drop(futures_util::future::join_all((0..3).map(|_| take(&pool))).await);
    fake.kill_all();
    tokio::time::sleep(millis(10)).await;
    let mut conn = take(&pool).await.unwrap();
    conn.conn().unwrap().command("SELECT 1").await.unwrap();
    assert!(pool.stats().broken > 0);
}

#[tokio::test]
async fn one_that_broke_makes_the_others_suspect() {
    let fake = Fake::postgres();
    let pool = pool_of(&fake, PoolOptions::new().size(3));
    drop(futures_util::future::join_all((0..3).map(|_| take(&pool))).await);
    fake.kill_all();
    let mut conn = take(&pool).await.unwrap();
    assert!(conn.conn().unwrap().command("SELECT 1").await.is_err());
    drop(conn);
    // One error for the one borrowed, none for those that were idle.
    let mut conn = take(&pool).await.unwrap();
    conn.conn().unwrap().command("SELECT 1").await.unwrap();
}

#[tokio::test]
async fn a_silent_peer_costs_one_check() {
    let fake = Fake::postgres();
    let pool = pool_of(&fake, PoolOptions::new().size(8).check_idle_after(millis(1)));
    drop(futures_util::future::join_all((0..8).map(|_| take(&pool))).await);
    fake.silence_all();
    tokio::time::sleep(millis(5)).await;
    let start = Clock::now();
    take(&pool).await.unwrap();
    assert!(start.elapsed() < millis(450), "{:?}", start.elapsed());
}

#[tokio::test]
async fn one_in_doubt_comes_back_or_frees_its_place() {
    let fake = Fake::postgres();
    fake.on("slow", fake::Act::Hang);
    let pool = pool_of(&fake, PoolOptions::new().size(1));
    let mut conn = take(&pool).await.unwrap();
    assert!(
        fake::poll_times(conn.conn().unwrap().command("slow"), 5)
            .await
            .is_none()
    );
    assert_eq!(conn.state(), State::InDoubt);
    drop(conn);
    drop(take(&pool).await.unwrap());
    assert_eq!(fake.made(), 1);
    assert!(fake.log().contains(&"0: (recover)".to_owned()));
    // One that never answers is given up.
    let mut conn = take(&pool).await.unwrap();
    fake::poll_times(conn.conn().unwrap().command("slow"), 5).await;
    fake.silence_all();
    drop(conn);
    let start = Clock::now();
    drop(take(&pool).await.unwrap());
    assert!(start.elapsed() < millis(300));
    assert_eq!(fake.made(), 2);
    until(|| fake.log().contains(&"0: (cancel)".to_owned())).await;
}

#[tokio::test]
async fn one_inside_a_transaction_is_rolled_back_and_a_raw_one_is_reset() {
    let fake = Fake::postgres();
    let pool = pool_of(&fake, PoolOptions::new().size(1));
    let mut conn = take(&pool).await.unwrap();
    conn.set_in_transaction(true);
    conn.conn().unwrap().command("BEGIN").await.unwrap();
    conn.mark_raw();
    drop(conn);
    drop(take(&pool).await.unwrap());
    assert_eq!(fake.in_transaction(), 0);
    assert_eq!(fake.take_log(), ["BEGIN", "(recover)", "(reset)"]);
}

#[tokio::test]
async fn all_are_replaced_after_drop_connections_and_at_their_age() {
    let fake = Fake::postgres();
    let pool = pool_of(&fake, PoolOptions::new().size(2).recycle_after(millis(100)));
    let held = take(&pool).await.unwrap();
    drop(take(&pool).await.unwrap());
    pool.drop_connections();
    drop(held);
    drop(take(&pool).await.unwrap());
    let made = fake.made();
    assert!(made >= 3, "{made}");
    until(|| pool.stats().size <= 1).await;
    tokio::time::sleep(millis(120)).await;
    drop(take(&pool).await.unwrap());
    assert!(fake.made() > made);
}

#[tokio::test]
async fn the_connection_that_is_the_database_is_kept() {
    let fake = Fake::sqlite_memory();
    let options = PoolOptions::new()
        .size(5)
        .overflow(5)
        .recycle_after(millis(1))
        .idle_timeout(millis(1))
        .check_idle_after(millis(0));
    let pool = pool_of(&fake, options);
    for _ in 0..3 {
        drop(pool.acquire(Lane::Reader, Holder::STATEMENT).await.unwrap());
        drop(take(&pool).await.unwrap());
        pool.drop_connections();
        tokio::time::sleep(millis(15)).await;
    }
    assert_eq!((fake.made(), pool.stats().max), (1, 1));
}

#[tokio::test]
async fn readers_stand_beside_the_writer() {
    let fake = Fake::sqlite_file();
    let pool = pool_of(&fake, PoolOptions::new().size(2).acquire_timeout(millis(20)));
    let _writer = take(&pool).await.unwrap();
    let _readers = [
        pool.acquire(Lane::Reader, Holder::STATEMENT).await.unwrap(),
        pool.acquire(Lane::Reader, Holder::STATEMENT).await.unwrap(),
    ];
    let error = take(&pool).await.map(drop).unwrap_err();
    assert!(
        error.to_string().contains("the only one has been held for"),
        "{error}"
    );
    assert_eq!(pool.stats().max, 3);
}

#[tokio::test]
async fn some_are_kept_ready_and_the_idle_are_closed() {
    let fake = Fake::postgres();
    let options = PoolOptions::new().size(6).min_idle(2).idle_timeout(millis(40));
    let pool = pool_of(&fake, options);
    until(|| pool.stats().idle == 2).await;
    drop(futures_util::future::join_all((0..6).map(|_| take(&pool))).await);
    until(|| pool.stats().size == 6 || pool.stats().retired > 0).await;
    until(|| pool.stats().size == 2).await;
}

#[tokio::test]
async fn a_forgotten_connection_is_reported_once_and_once_more_when_it_returns() {
    let fake = Fake::postgres();
    let reports = Arc::new(Mutex::new(Vec::new()));
    let seen = Arc::clone(&reports);
    let options = PoolOptions::new()
        .leak_after(millis(40))
        .on_leak(move |leak| lock(&seen).push(leak.to_string()));
    let pool = pool_of(&fake, options);
    let at = std::panic::Location::caller();
    let held = pool
        .acquire(Lane::Main, Holder::new(Purpose::Connection, Some(at)))
        .await
        .unwrap();
    tokio::time::sleep(millis(120)).await;
    drop(held);
    let reports = lock(&reports).clone();
    assert_eq!(reports.len(), 2, "{reports:?}");
    assert!(reports[0].contains("by the connection borrowed at") && reports[0].contains("tests.rs"));
    assert!(reports[1].contains("came back"));
}

#[tokio::test]
async fn close_waits_for_what_is_lent_and_lends_no_more() {
    let fake = Fake::postgres();
    let pool = Arc::new(pool_of(&fake, PoolOptions::new().size(2)));
    let held = take(&pool).await.unwrap();
    let other = take(&pool).await.unwrap();
    let waiting = tokio::spawn({
        let pool = Arc::clone(&pool);
        async move { take(&pool).await.map(drop) }
    });
    tokio::task::yield_now().await;
    let late = pool.close(millis(20)).await.unwrap_err();
    assert!(
        late.to_string().contains("2 connections had not come back"),
        "{late}"
    );
    assert_eq!(waiting.await.unwrap().unwrap_err().kind(), ErrorKind::Closed);
    assert_eq!(take(&pool).await.map(drop).unwrap_err().kind(), ErrorKind::Closed);
    tokio::spawn(async move {
        tokio::time::sleep(millis(20)).await;
        drop((held, other));
    });
    pool.close(millis(1000)).await.unwrap();
    assert_eq!(fake.open.load(Ordering::SeqCst), 0);
}

#[test]
fn dropping_off_the_runtime_and_after_its_end_does_not_panic() {
    let fake = Fake::postgres();
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let pool = runtime.block_on(async { pool_of(&fake, PoolOptions::new().size(2)) });
    let (first, mut second) =
        runtime.block_on(async { (take(&pool).await.unwrap(), take(&pool).await.unwrap()) });
    second.set_in_transaction(true);
    std::thread::spawn(move || drop(first)).join().unwrap();
    drop(runtime);
    drop(second);
    drop(pool);
    assert_eq!(fake.open.load(Ordering::SeqCst), 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_storm_of_cancels_leaves_no_trace() {
    let fake = Fake::postgres();
    let pool = Arc::new(pool_of(&fake, PoolOptions::new().size(4)));
    let done = Arc::new(AtomicUsize::new(0));
    let tasks = (0..16).map(|task| {
        let (pool, done) = (Arc::clone(&pool), Arc::clone(&done));
        tokio::spawn(async move {
            for n in 0..300 {
                let work = async {
                    let mut conn = take(&pool).await.unwrap();
                    conn.set_in_transaction(true);
                    conn.conn().unwrap().command("BEGIN").await.unwrap();
                    conn.conn().unwrap().command("INSERT").await.unwrap();
                    conn.conn().unwrap().command("COMMIT").await.unwrap();
                    conn.set_in_transaction(false);
                    done.fetch_add(1, Ordering::SeqCst);
                };
                fake::poll_times(work, (n * 7 + task) % 13).await;
            }
        })
    });
    for task in tasks.collect::<Vec<_>>() {
        task.await.unwrap();
    }
    until(|| pool.stats().in_use == 0 && pool.stats().connecting == 0).await;
    assert_eq!(fake.in_transaction(), 0);
    assert!(fake.most_open.load(Ordering::SeqCst) <= 4);
    assert!(fake.made() <= 8, "{} connections", fake.made());
    let all = futures_util::future::join_all((0..4).map(|_| take(&pool))).await;
    assert!(all.iter().all(Result::is_ok));
    assert!(done.load(Ordering::SeqCst) > 0);
}

#[tokio::test]
async fn a_change_of_schema_reaches_every_connection() {
    let fake = Fake::postgres();
    let pool = pool_of(&fake, PoolOptions::new().size(2));
    drop((take(&pool).await.unwrap(), take(&pool).await.unwrap()));
    pool.schema_changed();
    let both = (take(&pool).await.unwrap(), take(&pool).await.unwrap());
    drop(both);
    drop((take(&pool).await.unwrap(), take(&pool).await.unwrap()));
    assert_eq!(fake.take_log(), ["(forget)", "(forget)"]);
}
