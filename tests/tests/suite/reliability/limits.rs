//! How many there may be, who comes first, and what those are told who get none.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use orm_core::prelude::*;
use orm_core::testing::TestDb;
use tokio::time::timeout;

use super::{Draws, all_usable, another, ask, figure, long, on_servers, sessions, through_proxy, until};

on_servers! {
    /// P6: as the pool counts, and as the server does, which learns of a closed connection a little later.
    async fn there_are_never_more_than_the_maximum(test) {
        let max = 5;
        let db = another(test, PoolOptions::new().size(3).overflow(2)).await?;
        let stop = Arc::new(AtomicBool::new(false));
        let tasks: Vec<_> = (0..16)
            .map(|task| {
                let (db, stop) = (db.clone(), Arc::clone(&stop));
                tokio::spawn(async move {
                    let mut draws = Draws(task + 1);
                    while !stop.load(Ordering::Relaxed) {
                        let limit = Duration::from_micros(draws.below(3000));
                        let _ = timeout(limit, async {
                            let tx = db.begin().await?;
                            ask(&tx).await?;
                            tx.commit().await
                        })
                        .await;
                    }
                })
            })
            .collect();
        let time = if long() { secs(30) } else { millis(600) };
        let (start, mut looks, mut most) = (Instant::now(), 0, 0);
        let mut over: Option<Instant> = None;
        while start.elapsed() < time {
            let stats = db.pool_stats();
            assert!(stats.size <= max && stats.in_use <= max, "{stats}");
            let there = usize::try_from(sessions(test).await?).unwrap_or(usize::MAX);
            looks += 1;
            most = most.max(there);
            match there > max {
                true => {
                    let since = *over.get_or_insert_with(Instant::now);
                    assert!(since.elapsed() < millis(500), "{there} sessions");
                }
                false => over = None,
            }
            tokio::time::sleep(millis(5)).await;
        }
        stop.store(true, Ordering::Relaxed);
        for task in tasks {
            task.await.expect("no panic");
        }
        figure!("P6 {}: {looks} looks, at most {most} sessions for a maximum of {max}; {}", db.dialect(), db.pool_stats());
        until("rest", async || Ok(db.pool_stats().in_use == 0)).await?;
        all_usable(&db).await?;
        db.close(secs(5)).await?;
    }

    /// P7: who asks again stands behind all who wait, so that nobody waits for more turns of others than there are others.
    /// Turns are counted; in the long form time is, too.
    async fn waiting_is_fair_and_nobody_starves(test) {
        let db = another(test, PoolOptions::new().size(2).acquire_timeout(secs(30))).await?;
        let stop = Arc::new(AtomicBool::new(false));
        let granted = Arc::new(AtomicUsize::new(0));
        // Nobody has a turn before all stand in line.
        let held = [db.begin().await?, db.begin().await?];
        let tasks: Vec<_> = (0..200)
            .map(|_| {
                let (db, stop, granted) = (db.clone(), Arc::clone(&stop), Arc::clone(&granted));
                tokio::spawn(async move {
                    let mut waits = Vec::new();
                    while !stop.load(Ordering::Relaxed) {
                        let (began, before) = (Instant::now(), granted.load(Ordering::SeqCst));
                        let tx = db.begin().await?;
                        waits.push((began.elapsed(), granted.fetch_add(1, Ordering::SeqCst) - before));
                        ask(&tx).await?;
                        if long() {
                            // A wait is long beside a moment in which the server stands still.
                            tokio::time::sleep(millis(1)).await;
                        }
                        tx.commit().await?;
                    }
                    Ok::<_, Error>(waits)
                })
            })
            .collect();
        until("all in line", async || Ok(db.pool_stats().waiting == 200)).await?;
        drop(held);
        if long() {
            tokio::time::sleep(secs(30)).await;
        }
        // Some turns for each, however slow the machine is.
        until("six hundred turns", async || Ok(granted.load(Ordering::SeqCst) >= 600)).await?;
        stop.store(true, Ordering::Relaxed);
        let mut turns = Vec::new();
        let mut waits = Vec::new();
        for task in tasks {
            let its = task.await.expect("no panic")?;
            turns.push(its.len());
            waits.extend(its);
        }
        let (least, most) = (turns.iter().min().copied(), turns.iter().max().copied());
        let mean = waits.iter().map(|w| w.0).sum::<Duration>() / u32::try_from(waits.len()).unwrap_or(1);
        let longest = waits.iter().map(|w| w.0).max().unwrap_or_default();
        let others = waits.iter().map(|w| w.1).sum::<usize>() / waits.len();
        let most_others = waits.iter().map(|w| w.1).max().unwrap_or_default();
        figure!(
            "P7 {}: {least:?} to {most:?} turns; waits of {mean:?} in the mean and {longest:?} at most, for {others} and \
             {most_others} turns of others", db.dialect()
        );
        assert!(least >= Some(1), "{turns:?}");
        // Who waits sees each of the 199 others once. (A task that has its turn and is not run yet is counted late; one that
        // the machine leaves standing before it asks again has fewer turns, which is no matter of the pool's.)
        assert!(most_others <= 300, "{most_others}, mean {others}");
        assert!(!long() || longest <= mean * 3, "{longest:?}, mean {mean:?}");
        db.close(secs(5)).await?;
    }

    /// P10 and behaviour 44.
    async fn who_gets_none_is_told_why(test) {
        let options = PoolOptions::new().size(3).acquire_timeout(millis(300));
        let (proxy, db) = through_proxy(test, options).await?;
        let (line, first) = (line!(), db.begin().await?);
        let held = [first, db.begin().await?, db.begin().await?];
        let waiting = Arc::new(AtomicUsize::new(0));
        let others: Vec<_> = (0..2)
            .map(|_| {
                let (db, waiting) = (db.clone(), Arc::clone(&waiting));
                tokio::spawn(async move {
                    waiting.fetch_add(1, Ordering::SeqCst);
                    timeout(secs(5), ask(&db)).await
                })
            })
            .collect();
        until("two in line", async || Ok(db.pool_stats().waiting == 2)).await?;
        let text = ask(&db).await.expect_err("all are in use").to_string();
        for part in ["3 of 3 in use", "0 idle", "0 connecting", "the longest has been held for"] {
            assert!(text.contains(part), "{part}: {text}");
        }
        assert!(text.contains(&format!("by the transaction begun at {}:{line}", file!())), "{text}");
        for other in others {
            let e = other.await.expect("no panic").expect("in time").expect_err("all are in use");
            assert_eq!(e.kind(), ErrorKind::PoolTimeout);
        }
        // Those who gave up have left no trace.
        assert_eq!((db.pool_stats().waiting, db.pool_stats().timeouts), (0, 3), "{}", db.pool_stats());
        drop(held);
        all_usable(&db).await?;

        // Nobody can connect, and that is said with the last error.
        proxy.refuse();
        let held = db.begin().await?;
        ask(&held).await?;
        db.drop_connections();
        until("the idle ones to go", async || Ok(db.pool_stats().size == 1)).await?;
        let text = ask(&db).await.expect_err("no other is there").to_string();
        assert!(text.contains("1 of 3 in use") && text.contains("the last attempt to connect failed: "), "{text}");
        assert!(text.contains(&proxy.address().to_string()), "{text}");
        // What was lent goes on.
        ask(&held).await?;
        drop(held);
        proxy.accept();
        until("an answer", async || Ok(ask(&db).await.is_ok())).await?;
        all_usable(&db).await?;
        db.close(secs(5)).await?;
    }

    /// P10: where nobody listens, and where the password is wrong, that is told, and soon.
    async fn a_wrong_port_and_a_wrong_password_are_told_at_once(test) {
        // A port that was free a moment ago.
        let port = {
            let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
            listener.local_addr().expect("an address").port()
        };
        let (at, _) = test.url().split_once("://").expect("a URL");
        let start = Instant::now();
        let e = Db::connect(format!("{at}://user:geheim@127.0.0.1:{port}/x")).await.expect_err("nobody listens");
        assert_eq!(e.kind(), ErrorKind::Connect);
        assert!(e.to_string().contains(&port.to_string()) && start.elapsed() < secs(2), "{e} {:?}", start.elapsed());

        let user = User::make(test).await?;
        // Not even a retry of connects asks twice.
        let start = Instant::now();
        let e = Db::builder(user.url(test, "wrong"))
            .connect_retry(Backoff::exponential(secs(60)).max_attempts(5).no_jitter())
            .connect()
            .await
            .expect_err("a wrong password");
        let took = start.elapsed();
        figure!("P10 {}: a wrong password after {took:?}", test.dialect());
        assert_eq!(e.kind(), ErrorKind::Connect, "{e}");
        assert!(took < millis(if long() { 300 } else { 3000 }), "{took:?}");

        // A pool whose password has stopped to be right tells everybody in line, and goes on when it is right again.
        let db = Db::builder(user.url(test, "right")).pool(PoolOptions::new().size(4)).connect().await?;
        ask(&db).await?;
        user.password(test, "other").await?;
        db.drop_connections();
        let start = Instant::now();
        let told = futures_util::future::join_all((0..8).map(|_| ask(&db))).await;
        for told in told {
            let e = told.expect_err("the password is wrong");
            assert_eq!(e.kind(), ErrorKind::Connect, "{e}");
            assert!(!e.to_string().contains("right"), "{e}");
        }
        assert!(start.elapsed() < secs(3), "{:?}", start.elapsed());
        user.password(test, "right").await?;
        until("an answer", async || Ok(ask(&db).await.is_ok())).await?;
        db.close(secs(5)).await?;
        user.remove(test).await?;
    }
}

/// A user of the server's, for one test.
struct User(String);

impl User {
    async fn make(test: &TestDb) -> Result<User> {
        let user = User(format!("{}_u", database(test)));
        let name = &user.0;
        match test.dialect() {
            Dialect::Postgres => {
                sql(format!("CREATE ROLE {name} LOGIN PASSWORD 'right'"))
                    .exec(test)
                    .await?
            }
            _ => {
                sql(format!("CREATE USER '{name}'@'%' IDENTIFIED BY 'right'"))
                    .exec(test)
                    .await?;
                sql(format!("GRANT ALL ON {}.* TO '{name}'@'%'", database(test)))
                    .exec(test)
                    .await?
            }
        };
        Ok(user)
    }

    async fn password(&self, test: &TestDb, password: &str) -> Result<()> {
        let name = &self.0;
        let text = match test.dialect() {
            Dialect::Postgres => format!("ALTER ROLE {name} PASSWORD '{password}'"),
            _ => format!("ALTER USER '{name}'@'%' IDENTIFIED BY '{password}'"),
        };
        sql(text).exec(test).await.map(drop)
    }

    fn url(&self, test: &TestDb, password: &str) -> String {
        let (scheme, rest) = test.url().split_once("://").expect("a URL");
        let (_, place) = rest.split_once('@').expect("a user");
        format!("{scheme}://{}:{password}@{place}", self.0)
    }

    async fn remove(self, test: &TestDb) -> Result<()> {
        let name = &self.0;
        let text = match test.dialect() {
            Dialect::Postgres => format!("DROP ROLE {name}"),
            _ => format!("DROP USER '{name}'@'%'"),
        };
        sql(text).exec(test).await.map(drop)
    }
}

fn database(test: &TestDb) -> &str {
    test.url().rsplit('/').next().unwrap_or_default()
}
