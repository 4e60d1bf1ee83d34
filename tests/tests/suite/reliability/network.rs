//! A network that drops everything, peers that fall silent, connects that hang.

use std::time::{Duration, Instant};

use orm_core::prelude::*;
use orm_core::testing::{Fault, Way};
use tests::book::{Account, prepare};
use tokio::time::timeout;

use super::{all_usable, another, ask, figure, long, number, on_servers, sessions, through_proxy, until};

on_servers! {
    /// P1.
    async fn an_acquire_ends_at_its_deadline_whatever_the_network_does(test) {
        let deadline = millis(if long() { 1000 } else { 400 });
        let time = if long() { secs(60) } else { millis(1000) };
        let slack = millis(if long() { 50 } else { 300 });
        let options = PoolOptions::new().size(8).acquire_timeout(deadline);
        let (proxy, db) = through_proxy(test, options).await?;
        all_usable(&db).await?;
        proxy.silence();
        let start = Instant::now();
        // How late this machine is with a plain sleep is not the pool's doing.
        let sleeps = tokio::spawn(async move {
            let mut late = Duration::ZERO;
            while start.elapsed() < time {
                let began = Instant::now();
                tokio::time::sleep(millis(20)).await;
                late = late.max(began.elapsed().saturating_sub(millis(20)));
            }
            late
        });
        let tasks: Vec<_> = (0..32)
            .map(|task| {
                let db = db.clone();
                tokio::spawn(async move {
                    let (mut worst, mut tries) = (Duration::ZERO, 0);
                    while start.elapsed() < time {
                        let began = Instant::now();
                        let tx = db.begin().await;
                        worst = worst.max(began.elapsed());
                        tries += 1;
                        match tx {
                            // Some of those who got one ask something, and give up.
                            Ok(tx) if task % 2 == 0 => drop(timeout(deadline / 2, ask(&tx)).await),
                            Ok(tx) => {
                                drop(tx);
                                // A warm connection is lent without a pause, in which nobody else would run.
                                tokio::task::yield_now().await;
                            }
                            Err(e) => assert_eq!(e.kind(), ErrorKind::PoolTimeout, "{e}"),
                        }
                    }
                    (worst, tries)
                })
            })
            .collect();
        let (mut worst, mut tries) = (Duration::ZERO, 0);
        for task in tasks {
            let (w, t) = task.await.expect("no panic");
            worst = worst.max(w);
            tries += t;
        }
        let late = sleeps.await.expect("no panic");
        figure!(
            "P1 {}: {tries} acquires in silence, worst {worst:?} of {deadline:?}; plain sleeps were up to {late:?} late",
            db.dialect()
        );
        assert!(worst <= deadline + slack + late, "{worst:?}");
        assert!(tries >= 32, "{tries}");
        proxy.heal();
        let back = until("an answer", async || Ok(ask(&db).await.is_ok())).await?;
        figure!("P1 {}: first answer {back:?} after the network was back", db.dialect());
        assert!(back <= secs(1), "{back:?}");
        all_usable(&db).await?;
        assert_eq!(db.pool_stats().in_use, 0);
        db.close(secs(5)).await?;
    }

    /// P2, and finding 5: where a silent peer costs a permit for ever, two of them stop a pool of two.
    async fn silent_peers_cost_no_capacity(test) {
        for size in if long() { vec![2, 8, 16] } else { vec![2, 8] } {
            let (proxy, db) = through_proxy(test, PoolOptions::new().size(size)).await?;
            // All are borrowed, and have said something.
            let mut held = Vec::new();
            for _ in 0..size {
                let tx = db.begin().await?;
                ask(&tx).await?;
                held.push(tx);
            }
            proxy.freeze();
            let start = Instant::now();
            drop(held);
            all_usable(&db).await?;
            let took = start.elapsed();
            figure!("P2 {}: {size} places usable {took:?} after their peers fell silent", db.dialect());
            assert!(took <= millis(if long() { 500 } else { 2000 }), "{took:?}");
            db.close(secs(5)).await?;
        }
    }

    /// Finding 5: also when the peers fall silent while they are idle, and when statements were under way.
    async fn finding_5_silent_peers_leak_no_permit(test) {
        let options = PoolOptions::new().size(2).check_idle_after(Duration::ZERO);
        let (proxy, db) = through_proxy(test, options).await?;
        all_usable(&db).await?;
        proxy.freeze();
        let start = Instant::now();
        all_usable(&db).await?;
        assert!(start.elapsed() < secs(3), "{:?}", start.elapsed());
        for _ in 0..2 {
            proxy.set(Way::ToClient, Fault::Stall);
            let both = [(); 2].map(|()| timeout(millis(50), ask(&db)));
            for given_up in futures_util::future::join_all(both).await {
                assert!(given_up.is_err());
            }
            proxy.freeze();
            proxy.set(Way::ToClient, Fault::Pass);
            let start = Instant::now();
            all_usable(&db).await?;
            assert!(start.elapsed() < secs(3), "{:?}", start.elapsed());
        }
        // Closing is not kept waiting by them either.
        proxy.silence();
        let start = Instant::now();
        db.close(secs(4)).await?;
        assert!(start.elapsed() < secs(4), "{:?}", start.elapsed());
        drop(proxy);
        until("no session", async || Ok(sessions(test).await? == 0)).await?;
    }

    /// P2 with the server's own processes stopped, where the test may do that.
    async fn stopped_server_processes_cost_no_capacity(test) {
        if test.dialect() != Dialect::Postgres {
            return Ok(());
        }
        let size = 4;
        let db = another(test, PoolOptions::new().size(size)).await?;
        let mut held = Vec::new();
        let mut stopped = Stopped(Vec::new());
        for _ in 0..size {
            let tx = db.begin().await?;
            let pid = number(&tx, "SELECT pg_backend_pid()").await?;
            if !stopped.stop(pid) {
                eprintln!("SKIPPED: the server's processes may not be signalled from here; silent_peers_cost_no_capacity is without them");
                return Ok(());
            }
            held.push(tx);
        }
        let start = Instant::now();
        drop(held);
        all_usable(&db).await?;
        let took = start.elapsed();
        figure!("P2 stopped processes: {size} places usable after {took:?}");
        assert!(took <= millis(if long() { 500 } else { 2000 }), "{took:?}");
        drop(stopped);
        db.close(secs(5)).await?;
    }

    /// The book's example.
    async fn a_commit_whose_answer_is_lost_is_told(test) {
        prepare(test).await?;
        let (proxy, db) = through_proxy(test, PoolOptions::new()).await?;
        proxy.set(Way::ToServer, Fault::cut_after("COMMIT"));
        let e = db
            .transaction(async |tx| Account::insert(Account::draft("c", 1)).exec(tx).await)
            .await
            .expect_err("its answer is lost");
        assert!(e.is_commit_unknown(), "{e}");
        assert_eq!(proxy.ended(), 1);
        proxy.heal();
        // The server had the COMMIT, and does it in its own time.
        until("its row", async || Ok(Account::query().count(&db).await? == 3)).await?;
        db.close(secs(5)).await?;
    }

    /// Behaviour 45.
    async fn a_hanging_connect_blocks_nobody_and_a_failed_one_returns_its_place(test) {
        let options = PoolOptions::new().size(4).acquire_timeout(secs(5));
        let (proxy, db) = through_proxy(test, options).await?;
        let held = db.begin().await?;
        // The connect of the first one in line hangs in the middle.
        proxy.set(Way::ToClient, Fault::Stall);
        let first = tokio::spawn({
            let db = db.clone();
            async move { ask(&db).await }
        });
        until("a connect", async || Ok(proxy.open() == 2)).await?;
        proxy.freeze();
        proxy.set(Way::ToClient, Fault::Pass);
        let start = Instant::now();
        ask(&db).await?;
        first.await.expect("no panic")?;
        assert!(start.elapsed() < secs(3), "{:?}", start.elapsed());
        until("only the hanging one is left", async || Ok(db.pool_stats().connecting == 1)).await?;
        drop(held);
        db.close(secs(5)).await?;

        // Failed ones return their places: all of them can be had afterwards.
        let options = PoolOptions::new().size(4).acquire_timeout(millis(100));
        let (proxy, db) = through_proxy(test, options).await?;
        proxy.refuse();
        proxy.disconnect();
        for _ in 0..3 {
            let all = futures_util::future::join_all((0..8).map(|_| ask(&db))).await;
            assert!(all.iter().all(Result::is_err));
        }
        assert!(db.pool_stats().connect_failures > 0, "{}", db.pool_stats());
        proxy.accept();
        until("an answer", async || Ok(ask(&db).await.is_ok())).await?;
        all_usable(&db).await?;
        db.close(secs(5)).await?;
    }
}

/// Processes that stand still. Dropped, they go on.
struct Stopped(Vec<i64>);

impl Stopped {
    /// False when that is not permitted, or the process is not a PostgreSQL of this machine.
    fn stop(&mut self, pid: i64) -> bool {
        let ours = std::fs::read_to_string(format!("/proc/{pid}/cmdline"));
        let stopped = ours.is_ok_and(|line| line.starts_with("postgres: ")) && signal("-STOP", pid);
        if stopped {
            self.0.push(pid);
        }
        stopped
    }
}

impl Drop for Stopped {
    fn drop(&mut self) {
        for pid in &self.0 {
            signal("-CONT", *pid);
        }
    }
}

fn signal(name: &str, pid: i64) -> bool {
    let sent = std::process::Command::new("kill")
        .args([name, &pid.to_string()])
        .output();
    sent.is_ok_and(|output| output.status.success())
}
