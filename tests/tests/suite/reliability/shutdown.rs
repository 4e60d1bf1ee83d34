//! Closing while others are at work.

use std::collections::HashSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicI64, Ordering};
use std::time::{Duration, Instant};

use orm_core::prelude::*;
use tokio::task::JoinHandle;

use super::{Token, another, ask, figure, long, number, on_servers, sessions, through_proxy, until};

/// Tasks that write for as long as they can; each gives what it was told is stored.
fn writers(db: &Db, count: usize) -> Vec<JoinHandle<Vec<i64>>> {
    static NEXT: AtomicI64 = AtomicI64::new(0);
    let writer = |_| {
        let db = db.clone();
        tokio::spawn(async move {
            let mut acknowledged = Vec::new();
            loop {
                let token = NEXT.fetch_add(1, Ordering::Relaxed);
                let written = db
                    .transaction(async |tx| Token::insert(Token::draft(token)).exec(tx).await)
                    .await;
                match written {
                    Ok(_) => acknowledged.push(token),
                    Err(_) => return acknowledged,
                }
            }
        })
    };
    (0..count).map(writer).collect()
}

async fn lost(test: &Db, acknowledged: &[i64]) -> Result<usize> {
    let stored = Token::query().select(Token::token).all(test).await?;
    let stored: HashSet<i64> = stored.into_iter().collect();
    Ok(acknowledged
        .iter()
        .filter(|token| !stored.contains(token))
        .count())
}

async fn all_of(tasks: Vec<JoinHandle<Vec<i64>>>) -> Vec<i64> {
    let mut all = Vec::new();
    for task in tasks {
        all.extend(task.await.expect("no panic"));
    }
    all
}

on_servers! {
    /// P14: at work, every statement is finished or refused, and every session is left in an orderly way.
    async fn closing_at_work_is_bounded_and_loses_nothing(test) {
        test.create_all::<(Token,)>().await?;
        for _ in 0..if long() { 20 } else { 3 } {
            let db = another(test, PoolOptions::new().size(8)).await?;
            let tasks = writers(&db, 32);
            tokio::time::sleep(millis(100)).await;
            let start = Instant::now();
            db.close(secs(5)).await?;
            let took = start.elapsed();
            let acknowledged = all_of(tasks).await;
            let lost = lost(test, &acknowledged).await?;
            figure!("P14 {}: closed at work in {took:?}, {} acknowledged, {lost} lost", test.dialect(), acknowledged.len());
            assert!(took < secs(5), "{took:?}");
            assert_eq!(lost, 0);
            assert!(!acknowledged.is_empty());
            assert_eq!(ask(&db).await.expect_err("closed").kind(), ErrorKind::Closed);
            db.close(secs(1)).await?;
            until("no session", async || Ok(sessions(test).await? == 0)).await?;
        }
        if test.dialect() == Dialect::Postgres {
            // What the server calls an unexpected end of file. It counts a session a moment after its end.
            tokio::time::sleep(millis(100)).await;
            let abandoned = "SELECT sessions_abandoned FROM pg_stat_database WHERE datname = current_database()";
            assert_eq!(number(test, abandoned).await?, 0);
        }
    }

    /// P14: peers that are silent do not keep it waiting beyond its time, and nothing that was acknowledged is lost.
    async fn closing_with_silent_peers_is_bounded(test) {
        test.create_all::<(Token,)>().await?;
        let limit = if long() { secs(5) } else { millis(500) };
        let (proxy, db) = through_proxy(test, PoolOptions::new().size(8)).await?;
        let tasks = writers(&db, 32);
        tokio::time::sleep(millis(100)).await;
        proxy.silence();
        let start = Instant::now();
        // Statements wait for their answers: those are told of, in place of waiting with them.
        let closed = db.close(limit).await;
        let took = start.elapsed();
        figure!("P14 {}: closed with silent peers in {took:?} of {limit:?}: {closed:?}", test.dialect());
        assert!(took <= limit + millis(500), "{took:?}");
        let e = closed.expect_err("statements are under way");
        assert_eq!(e.kind(), ErrorKind::Timeout);
        assert!(e.to_string().contains("had not come back"), "{e}");
        // Their callers give up, and so nothing is left.
        tasks.iter().for_each(JoinHandle::abort);
        let start = Instant::now();
        db.close(secs(5)).await?;
        figure!("P14 {}: nothing left {:?} after the callers gave up", test.dialect(), start.elapsed());
        drop(proxy);

        // Idle ones that are silent.
        let (proxy, db) = through_proxy(test, PoolOptions::new().size(8).min_idle(8)).await?;
        until("eight idle", async || Ok(db.pool_stats().idle == 8)).await?;
        proxy.silence();
        let start = Instant::now();
        db.close(secs(4)).await?;
        figure!("P14 {}: closed with idle silent peers in {:?}", test.dialect(), start.elapsed());
        assert!(start.elapsed() < secs(4));
        drop(proxy);
        until("no session", async || Ok(sessions(test).await? == 0)).await?;
    }

    /// P14: silent peers at work, and then a network that is back: what was acknowledged is there.
    async fn nothing_acknowledged_is_lost_when_peers_fall_silent(test) {
        test.create_all::<(Token,)>().await?;
        let (proxy, db) = through_proxy(test, PoolOptions::new().size(8)).await?;
        let tasks = writers(&db, 32);
        tokio::time::sleep(millis(200)).await;
        proxy.silence();
        tokio::time::sleep(millis(100)).await;
        proxy.disconnect();
        proxy.heal();
        tokio::time::sleep(millis(200)).await;
        db.close(secs(5)).await?;
        let acknowledged = all_of(tasks).await;
        assert!(!acknowledged.is_empty());
        assert_eq!(lost(test, &acknowledged).await?, 0);
    }

    /// P14: one that was never given back is named.
    async fn closing_with_a_leaked_borrow_is_bounded_and_names_it(test) {
        let db = another(test, PoolOptions::new().size(4)).await?;
        let (line, leaked) = (line!(), db.begin().await?);
        ask(&leaked).await?;
        let stop = Arc::new(AtomicBool::new(false));
        let tasks: Vec<_> = (0..8)
            .map(|_| {
                let (db, stop) = (db.clone(), Arc::clone(&stop));
                tokio::spawn(async move { while !stop.load(Ordering::Relaxed) && ask(&db).await.is_ok() {} })
            })
            .collect();
        tokio::time::sleep(millis(50)).await;
        let limit: Duration = if long() { secs(5) } else { millis(500) };
        let start = Instant::now();
        let e = db.close(limit).await.expect_err("one is still lent");
        let took = start.elapsed();
        assert!(took >= limit && took <= limit + millis(500), "{took:?}");
        for task in tasks {
            task.await.expect("no panic");
        }
        let place = format!("the transaction begun at {}:{line}", file!());
        assert!(e.to_string().contains("1 connections had not come back") && e.to_string().contains(&place), "{e}");
        // It comes back after all, and closing is resumed.
        drop(leaked);
        db.close(secs(5)).await?;
        until("no session", async || Ok(sessions(test).await? == 0)).await?;
    }
}
