//! Futures that are dropped before they have ended: nothing is left open, nothing that was acknowledged is lost.

use std::collections::HashSet;
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::Poll;
use std::time::{Duration, Instant};

use orm_core::prelude::*;
use tokio::time::timeout;

use super::{
    Draws, Token, all_usable, another, ask, figure, long, number, on_servers, open_transactions, sessions,
    through_proxy, until,
};
use crate::on_all;

on_all! {
    /// P8.
    async fn a_storm_of_cancels_leaves_no_trace(db) {
        db.create_all::<(Token,)>().await?;
        let tasks = 16;
        let each = if long() { 100_000 / tasks } else { 1600 / tasks };
        let before = (db.pool_stats().connects, server_sessions(db).await?);
        let start = Instant::now();
        let running: Vec<_> = (0..tasks)
            .map(|task| {
                let db = db.clone();
                tokio::spawn(async move {
                    let mut draws = Draws(u64::try_from(task).unwrap_or_default() + 77);
                    let mut acknowledged = Vec::new();
                    let mut dropped = 0;
                    for n in 0..each {
                        let token = task * 1_000_000 + n;
                        let work = async {
                            let tx = db.begin().await?;
                            Token::insert(Token::draft(token)).exec(&tx).await?;
                            tx.commit().await
                        };
                        match timeout(Duration::from_micros(draws.below(20_000)), work).await {
                            Ok(Ok(())) => acknowledged.push(token),
                            Ok(Err(e)) => return Err(e),
                            Err(_) => dropped += 1,
                        }
                    }
                    Ok((acknowledged, dropped))
                })
            })
            .collect();
        let mut acknowledged = HashSet::new();
        let mut dropped: i64 = 0;
        for task in running {
            let (its, drops) = task.await.expect("no panic")?;
            acknowledged.extend(its);
            dropped += drops;
        }
        let took = start.elapsed();
        let start = Instant::now();
        if db.dialect() != Dialect::Sqlite {
            all_usable(db).await?;
        }
        Token::insert(Token::draft(-1)).exec(db).await?;
        let full = start.elapsed();
        let stored: HashSet<i64> = Token::query().select(Token::token).all(db).await?.into_iter().collect();
        let lost = acknowledged.difference(&stored).count();
        let new = db.pool_stats().connects - before.0;
        let on_server = server_sessions(db).await? - before.1;
        figure!(
            "P8 {}: {} operations in {took:?}: {} acknowledged, {dropped} dropped, {} stored, {lost} lost; {new} new \
             connections ({on_server} by the server's count); full capacity after {full:?}; {}",
            db.dialect(), tasks * each, acknowledged.len(), stored.len() - 1, db.pool_stats()
        );
        assert_eq!(lost, 0);
        assert!(!acknowledged.is_empty() && dropped > 0);
        assert!(full <= secs(1), "{full:?}");
        until("rest", async || Ok(db.pool_stats().in_use == 0)).await?;
        if db.dialect() != Dialect::Sqlite {
            until("no open transaction", async || Ok(open_transactions(db).await? == 0)).await?;
        }
        // Besides those that fill the pool: one in a hundred operations.
        let most = u64::try_from(tasks * each / 100).unwrap_or_default() + u64::try_from(db.pool_stats().max).unwrap_or_default();
        assert!(new <= most, "{new} new connections");
    }
}

/// How many sessions the server has ever had on this database, also those that only stopped a statement.
async fn server_sessions(db: &Db) -> Result<i64> {
    match db.dialect() {
        Dialect::Postgres => {
            number(
                db,
                "SELECT sessions FROM pg_stat_database WHERE datname = current_database()",
            )
            .await
        }
        _ => Ok(0),
    }
}

/// Polls a future so many times, each when it was woken, and drops it. True when it had ended by then.
async fn polled<T>(polls: usize, work: impl Future<Output = T>) -> bool {
    let mut work = pin!(work);
    let mut left = polls;
    std::future::poll_fn(|cx| {
        if left == 0 {
            return Poll::Ready(false);
        }
        left -= 1;
        work.as_mut().poll(cx).map(|_| true)
    })
    .await
}

on_servers! {
    /// P9.
    async fn a_cold_pool_warms_although_every_caller_gives_up(test) {
        let (proxy, db) = through_proxy(test, PoolOptions::new().size(4)).await?;
        // A connect takes longer than anybody waits.
        let late = orm_core::testing::Fault::delay(millis(5), Duration::ZERO);
        proxy.set(orm_core::testing::Way::ToClient, late);
        let rounds = if long() { 50 } else { 4 };
        let mut slowest = Duration::ZERO;
        for round in 0..rounds {
            db.drop_connections();
            until("a cold pool", async || Ok(db.pool_stats().size == 0)).await?;
            let stop = Arc::new(AtomicBool::new(false));
            let tasks: Vec<_> = (0..16)
                .map(|task| {
                    let (db, stop) = (db.clone(), Arc::clone(&stop));
                    tokio::spawn(async move {
                        let mut draws = Draws(task + 16 * round + 1);
                        while !stop.load(Ordering::Relaxed) {
                            let limit = Duration::from_micros(draws.below(4000));
                            // Who gets one keeps it for as long as it would have waited.
                            let _ = timeout(limit, async {
                                let _tx = db.begin().await;
                                std::future::pending::<()>().await;
                            })
                            .await;
                        }
                    })
                })
                .collect();
            let full = until("a full pool", async || {
                let stats = db.pool_stats();
                Ok(stats.size - stats.connecting == 4)
            })
            .await?;
            slowest = slowest.max(full);
            stop.store(true, Ordering::Relaxed);
            for task in tasks {
                task.await.expect("no panic");
            }
        }
        figure!("P9 {}: full after {slowest:?} at most, {rounds} times", db.dialect());
        assert!(slowest <= millis(if long() { 1000 } else { 3000 }), "{slowest:?}");
        db.close(secs(5)).await?;
    }

    /// Finding 1: a `begin` that was dropped in flight left its connection inside a transaction.
    async fn finding_1_a_dropped_begin_leaves_no_open_transaction(test) {
        let db = another(test, PoolOptions::new().size(2)).await?;
        let rounds = if long() { 20 } else { 2 };
        for _ in 0..rounds {
            for polls in 1..60 {
                let ended = polled(polls, async {
                    let tx = db.begin().await?;
                    ask(&tx).await?;
                    Ok::<_, Error>(tx)
                })
                .await;
                // What comes next on the same connections is in no transaction, and can begin one.
                all_usable(&db).await?;
                if ended {
                    break;
                }
                assert!(polls < 59, "it never ends");
            }
        }
        until("no open transaction", async || Ok(open_transactions(test).await? == 0)).await?;
        assert_eq!(db.pool_stats().in_use, 0, "{}", db.pool_stats());
        // They are brought back rather than replaced.
        figure!("finding 1 {}: {}", db.dialect(), db.pool_stats());
        db.close(secs(5)).await?;
    }

    /// Finding 6: a dropped query kept running, and its permit with it.
    async fn finding_6_a_dropped_query_stops_and_frees_its_place(test) {
        let db = another(test, PoolOptions::new().size(1)).await?;
        let (sleep, running) = match test.dialect() {
            Dialect::Postgres => (
                "SELECT 1 FROM pg_sleep(30)",
                "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND query LIKE '%pg_sleep(30)%' \
                 AND state = 'active' AND pid <> pg_backend_pid()",
            ),
            _ => (
                "SELECT SLEEP(30) + 0",
                "SELECT count(*) FROM information_schema.processlist WHERE db = DATABASE() AND info LIKE 'SELECT SLEEP(30)%'",
            ),
        };
        for round in 0..if long() { 20 } else { 3 } {
            let given_up = timeout(millis(200), async {
                match round % 3 {
                    0 => sql(sleep).exec(&db).await.map(drop),
                    1 => db.transaction(async |tx| sql(sleep).exec(tx).await.map(drop)).await,
                    _ => db.with_connection(async |conn| sql(sleep).exec(conn).await.map(drop)).await,
                }
            });
            assert!(given_up.await.is_err());
            let start = Instant::now();
            ask(&db).await?;
            let free = start.elapsed();
            let stopped = until("the query stops", async || Ok(number(test, running).await? == 0)).await?;
            figure!("finding 6 {}: place free after {free:?}, query stopped {stopped:?} later", db.dialect());
            assert!(free < millis(if long() { 500 } else { 2000 }), "{free:?}");
            assert!(stopped < secs(3), "{stopped:?}");
        }
        db.close(secs(5)).await?;
    }

    /// Finding 6: a dropped stream was read to its end first.
    async fn finding_6_a_dropped_stream_is_not_drained(test) {
        let db = another(test, PoolOptions::new().size(1)).await?;
        let wide = match test.dialect() {
            Dialect::Postgres => "SELECT generate_series(1, 40000000)::int8 AS token, 1::int8 AS id",
            _ => {
                "WITH RECURSIVE t (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM t WHERE n < 900) \
                 SELECT CAST(a.n AS SIGNED) AS token, CAST(a.n AS SIGNED) AS id FROM t a, t b, t c"
            }
        };
        for _ in 0..if long() { 20 } else { 2 } {
            let mut rows = Token::sql(wide, params! {}).stream(&db);
            assert!(rows.next().await.is_some_and(|row| row.is_ok()));
            drop(rows);
            let start = Instant::now();
            ask(&db).await?;
            let free = start.elapsed();
            figure!("finding 6 {}: place of a dropped stream free after {free:?}", db.dialect());
            assert!(free < millis(if long() { 500 } else { 2000 }), "{free:?}");
        }
        db.close(secs(5)).await?;
        until("no session", async || Ok(sessions(test).await? == 0)).await?;
    }
}
