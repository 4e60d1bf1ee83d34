//! Every way in which the pool's own steps can end, under callers that give up at any moment.
#![allow(clippy::unwrap_used, reason = "a test that fails panics")]

use std::sync::atomic::Ordering;

use futures_util::StreamExt;
use futures_util::stream::iter;

use super::fake::{self, Fake, Gate};
use super::*;

const GATES: [Gate; 4] = [Gate::Open, Gate::Slow, Gate::Fails, Gate::Never];
const MOST: usize = 2;

fn gates(number: usize) -> [Gate; 5] {
    [0, 2, 4, 6, 8].map(|shift| GATES[number >> shift & 3])
}

/// Eight tasks on a pool of two, each of whose five steps (connect, ping, recover, reset, close) succeeds, takes its
/// time, fails or never ends: 4^5 = 1024 pools. None has ever more connections than it may, and when the steps succeed
/// again, each has as many as ever.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_size_holds_whatever_becomes_of_each_step() {
    iter(0..1024_usize)
        .for_each_concurrent(512, |number| async move {
            // So that the runtime's threads share the work.
            tokio::spawn(one(number)).await.unwrap();
        })
        .await;
}

async fn one(number: usize) {
    let fake = Fake::postgres();
    let mut options = PoolOptions::new()
        .size(MOST)
        .check_idle_after(Duration::ZERO)
        .acquire_timeout(Duration::from_secs(10));
    options.connect_timeout = Duration::from_millis(20);
    let connector = Arc::new(fake::Handle(Arc::clone(&fake)));
    let pool = Arc::new(Pool::new(connector, &options).unwrap());
    fake.set_gates(gates(number));
    let tasks = (0..8).map(|task| {
        let (pool, fake) = (Arc::clone(&pool), Arc::clone(&fake));
        tokio::spawn(async move {
            for round in 0..4 {
                let nanos = u64::try_from((task * 7919 + round * 104_729 + number * 31) % 2_000_000).unwrap();
                let _ = timeout(Duration::from_nanos(nanos), work(&pool, task + round)).await;
                let stats = pool.stats();
                assert!(stats.size <= MOST, "{number}: {stats}");
                assert!(fake.open.load(Ordering::SeqCst) <= MOST, "{number}");
            }
        })
    });
    for task in tasks.collect::<Vec<_>>() {
        task.await.unwrap();
    }
    fake.set_gates([Gate::Open; 5]);
    let both = async {
        let first = pool.acquire(Lane::Main, Holder::STATEMENT).await;
        (first, pool.acquire(Lane::Main, Holder::STATEMENT).await)
    };
    let (first, second) = both.await;
    assert!(first.is_ok() && second.is_ok(), "{number}: {}", pool.stats());
    drop((first, second));
    assert!(fake.most_open.load(Ordering::SeqCst) <= MOST, "{number}");
    pool.close(Duration::from_secs(10)).await.unwrap();
    assert_eq!(fake.open.load(Ordering::SeqCst), 0, "{number}");
    assert_eq!(fake.in_transaction(), 0, "{number}");
}

/// Uses a connection in one of four ways; dropped in the middle, mostly.
async fn work(pool: &Pool, way: usize) -> Result<()> {
    let mut conn = pool.acquire(Lane::Main, Holder::STATEMENT).await?;
    match way % 4 {
        0 => {}
        1 => {
            conn.set_in_transaction(true);
            conn.conn()?.command("BEGIN").await?;
        }
        2 => conn.mark_raw(),
        _ => {
            conn.mark_long(true);
            conn.conn()?.command("SELECT").await?;
            conn.give_up();
        }
    }
    Ok(())
}
