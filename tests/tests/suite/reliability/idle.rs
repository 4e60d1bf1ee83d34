//! Connections that nobody uses: dead ones, old ones; and those that somebody forgot to give back.

use std::sync::{Arc, Mutex};
use std::time::Instant;

use orm_core::prelude::*;

use super::{all_usable, another, ask, end_sessions, figure, long, on_servers, until};

on_servers! {
    /// P3: with the check that every connection gets which was idle for longer than `check_idle_after`.
    async fn dead_idle_connections_reach_nobody(test) {
        let idle = millis(5);
        let db = another(test, PoolOptions::new().size(4).check_idle_after(idle)).await?;
        let rounds = if long() { 200 } else { 12 };
        let mut errors = 0;
        for _ in 0..rounds {
            all_usable(&db).await?;
            end_sessions(test).await?;
            tokio::time::sleep(idle * 2).await;
            let asked = futures_util::future::join_all((0..8).map(|_| ask(&db))).await;
            errors += asked.iter().filter(|a| a.is_err()).count();
        }
        figure!("P3 {}: {errors} errors in {rounds} rounds of 4 dead connections", db.dialect());
        assert_eq!(errors, 0);
        db.close(secs(5)).await?;
    }

    /// P3: within the time in which connections are lent unchecked, one error warns of all others; and each that was
    /// borrowed when it died costs its borrower one error.
    async fn one_that_died_warns_of_the_others(test) {
        let db = another(test, PoolOptions::new().size(4).check_idle_after(secs(60))).await?;
        let rounds = if long() { 100 } else { 6 };
        for _ in 0..rounds {
            all_usable(&db).await?;
            end_sessions(test).await?;
            let mut errors = 0;
            for _ in 0..12 {
                errors += usize::from(ask(&db).await.is_err());
            }
            assert!(errors <= 1, "{errors}");

            let held = [db.begin().await?, db.begin().await?];
            for tx in &held {
                ask(tx).await?;
            }
            end_sessions(test).await?;
            for tx in held {
                let e = ask(&tx).await.expect_err("its session has ended");
                assert_eq!(e.kind(), ErrorKind::ConnectionLost, "{e}");
                assert_eq!(ask(&tx).await.expect_err("it takes no more").kind(), ErrorKind::TransactionAborted);
            }
            for _ in 0..4 {
                ask(&db).await?;
            }
        }
        db.close(secs(5)).await?;
    }

    /// P4.
    async fn connections_of_one_age_do_not_expire_together(test) {
        let (age, bucket, most) = if long() { (secs(10), millis(250), 30) } else { (millis(1600), millis(40), 60) };
        let options = PoolOptions::new().size(20).recycle_after(age);
        let db = another(test, options).await?;
        all_usable(&db).await?;
        assert_eq!(db.pool_stats().idle, 20);
        let mut closes: Vec<Instant> = Vec::new();
        let start = Instant::now();
        while closes.len() < 20 {
            assert!(start.elapsed() < age * 2, "{} closed", closes.len());
            let retired = usize::try_from(db.pool_stats().retired).unwrap_or(usize::MAX);
            closes.resize(retired, Instant::now());
            tokio::time::sleep(millis(2)).await;
        }
        // Wherever a window of this length begins.
        let fullest = (0..closes.len())
            .map(|i| closes[i..].iter().take_while(|at| **at - closes[i] < bucket).count())
            .max();
        figure!("P4 {}: at most {fullest:?} of 20 closes within {bucket:?}, from {:?} to {:?}", db.dialect(),
            closes[0] - start, closes[19] - start);
        assert!(fullest.is_some_and(|n| n * 100 <= most * 20), "{fullest:?} of 20");
        db.close(secs(5)).await?;
    }

    /// P5.
    async fn a_forgotten_connection_is_reported_with_its_place(test) {
        let reports = Arc::new(Mutex::new(Vec::new()));
        let seen = Arc::clone(&reports);
        let options = PoolOptions::new()
            .leak_after(millis(200))
            .on_leak(move |leak| seen.lock().expect("no panic").push(leak.to_string()));
        let db = another(test, options).await?;
        let count = || reports.lock().expect("no panic").len();
        let (line, tx) = (line!(), db.begin().await?);
        // Short uses are nobody's business.
        for _ in 0..3 {
            ask(&db).await?;
        }
        until("a report", async || Ok(count() == 1)).await?;
        tokio::time::sleep(millis(100)).await;
        assert_eq!(count(), 1);
        drop(tx);
        until("a second report", async || Ok(count() == 2)).await?;
        let reports = reports.lock().expect("no panic").clone();
        let place = format!("the transaction begun at {}:{line}", file!());
        assert!(reports.iter().all(|r| r.contains(&place)), "{place}: {reports:?}");
        assert!(reports[0].contains("has been held") && reports[1].contains("came back"), "{reports:?}");
        db.close(secs(5)).await?;
    }
}
