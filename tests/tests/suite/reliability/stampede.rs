//! A server that goes away and comes back, under many pools.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use orm_core::prelude::*;

use super::{all_usable, ask, figure, long, on_servers, through_proxy};

/// The most that came within a tenth of a second, wherever that begins.
fn most_in_a_tenth(arrivals: &[Instant]) -> usize {
    let window = |i: usize| {
        arrivals[i..]
            .iter()
            .take_while(|at| **at - arrivals[i] < millis(100))
            .count()
    };
    (0..arrivals.len()).map(window).max().unwrap_or_default()
}

on_servers! {
    /// P11: eight pools in one process stand for eight processes; a proxy that refuses stands for a server that is down.
    async fn a_server_that_comes_back_is_not_overrun(test) {
        let (pools, size, outage) = if long() { (8, 10, secs(30)) } else { (8, 4, millis(600)) };
        let mut lines = Vec::new();
        for _ in 0..pools {
            let options = PoolOptions::new().size(size).acquire_timeout(secs(2));
            let (proxy, db) = through_proxy(test, options).await?;
            all_usable(&db).await?;
            lines.push((proxy, db, Arc::new(AtomicU64::new(0))));
        }
        let stop = Arc::new(AtomicBool::new(false));
        let mut tasks = Vec::new();
        for (_, db, answers) in &lines {
            for _ in 0..12 {
                let (db, answers, stop) = (db.clone(), Arc::clone(answers), Arc::clone(&stop));
                tasks.push(tokio::spawn(async move {
                    let mut refused = 0;
                    while !stop.load(Ordering::Relaxed) {
                        match ask(&db).await {
                            Ok(()) => {
                                answers.fetch_add(1, Ordering::Relaxed);
                            }
                            // Too many connections, as either server says it.
                            Err(e) if format!("{e}").contains("53300") || format!("{e}").contains("code 1040") => refused += 1,
                            Err(_) => {}
                        }
                        tokio::time::sleep(millis(2)).await;
                    }
                    refused
                }));
            }
        }
        tokio::time::sleep(millis(150)).await;
        let down = Instant::now();
        for (proxy, ..) in &lines {
            proxy.refuse();
            proxy.disconnect();
        }
        tokio::time::sleep(outage).await;
        let before: Vec<u64> = lines.iter().map(|(_, _, answers)| answers.load(Ordering::Relaxed)).collect();
        let up = Instant::now();
        lines.iter().for_each(|(proxy, ..)| proxy.accept());
        let mut recovered = Duration::ZERO;
        for ((_, _, answers), before) in lines.iter().zip(before) {
            while answers.load(Ordering::Relaxed) == before {
                assert!(up.elapsed() < secs(10), "a pool does not come back");
                tokio::time::sleep(millis(2)).await;
            }
            recovered = recovered.max(up.elapsed());
        }
        tokio::time::sleep(millis(150)).await;
        stop.store(true, Ordering::Relaxed);
        let mut refused = 0;
        for task in tasks {
            refused += task.await.expect("no panic");
        }
        let mut all = Vec::new();
        let mut worst = 0;
        for (proxy, ..) in &lines {
            let arrivals: Vec<Instant> = proxy.arrivals().into_iter().filter(|at| *at > down).collect();
            worst = worst.max(most_in_a_tenth(&arrivals));
            all.extend(arrivals);
        }
        all.sort();
        let together = most_in_a_tenth(&all);
        figure!(
            "P11 {}: {outage:?} down, {} connects; within 100 ms at most {worst} of one pool and {together} of all {pools}; \
             recovered after {recovered:?}; {refused} refusals for too many",
            test.dialect(), all.len()
        );
        assert!(worst <= 2 * size, "{worst}");
        assert!(together <= 2 * pools * size, "{together}");
        assert!(recovered <= secs(if long() { 2 } else { 5 }), "{recovered:?}");
        assert_eq!(refused, 0);
        for (_, db, _) in &lines {
            db.close(secs(5)).await?;
        }
    }
}
