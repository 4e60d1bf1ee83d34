//! The same promises on real databases, as far as the environment has them.

use std::pin::pin;
use std::task::Poll;

use super::*;
use crate::testing::{TestDb, on_all};

/// Drops a future after so many polls, each made when it was woken; `None` when it had not ended by then.
async fn dropped_after<F: Future>(future: F, polls: usize) -> Option<F::Output> {
    let mut future = pin!(future);
    let mut left = polls;
    std::future::poll_fn(|cx| {
        if left == 0 {
            return Poll::Ready(None);
        }
        left -= 1;
        future.as_mut().poll(cx).map(Some)
    })
    .await
}

async fn table(db: &Db) {
    let ddl = "CREATE TABLE t (token INT NOT NULL, part INT NOT NULL, PRIMARY KEY (token, part))";
    db.run(Stmt::ddl(ddl), sink()).await.unwrap();
}

async fn numbers(ex: &dyn Executor, sql: &str) -> Result<Vec<i64>> {
    let (sink, _) = ex
        .run(
            Stmt::read(sql, Vec::new()),
            Box::new(Collect::<i64>::new(|row| row.read())),
        )
        .await?;
    Collect::rows(sink)
}

async fn insert(ex: &dyn Executor, token: usize, part: usize) -> Result<u64> {
    write(ex, &format!("INSERT INTO t VALUES ({token}, {part})")).await
}

fn both(token: usize) -> StmtIter {
    let stmt = move |part| {
        Ok(Stmt::write(
            format!("INSERT INTO t VALUES ({token}, {part})"),
            Vec::new(),
        ))
    };
    Box::new([1, 2].map(stmt).into_iter())
}

async fn count(db: &Db) -> i64 {
    numbers(db, "SELECT count(*) FROM t").await.unwrap()[0]
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whatever_is_dropped_wherever_nothing_is_lost_or_half_done() {
    async fn body(db: TestDb) {
        table(&db).await;
        let mut token = 0;
        for work in 0..6 {
            for polls in 0..200 {
                token += 1;
                let ended = dropped_after(work_on(&db, work, token), polls).await.is_some();
                let what = format!("work {work}, {polls} polls");
                // All connections can be had, none is inside a transaction, and no lock is left.
                until(|| db.pool_stats().in_use == 0).await;
                token += 1;
                db.run_all(both(token), sink())
                    .await
                    .unwrap_or_else(|e| panic!("{what}: {e}"));
                if ended {
                    break;
                }
                assert!(polls < 199, "{what}: it never ends");
            }
        }
        let halves = numbers(&db, "SELECT token FROM t GROUP BY token HAVING count(*) <> 2")
            .await
            .unwrap();
        assert!(halves.is_empty(), "{halves:?}");
        assert!(db.pool_stats().connects <= 8, "{}", db.pool_stats());
        db.close(millis(2000)).await.unwrap();
    }
    on_all(body).await;
}

async fn work_on(db: &Db, work: usize, token: usize) {
    match work {
        0 => drop(db.run_all(both(token), sink()).await.unwrap()),
        1 => {
            let tx = db.begin().await.unwrap();
            insert(&tx, token, 1).await.unwrap();
            insert(&tx, token, 2).await.unwrap();
            tx.commit().await.unwrap();
        }
        2 => {
            let sql = "SELECT a.token FROM t a, t b, t c LIMIT 3000";
            let mut stream = db.stream(Stmt::read(sql, Vec::new()), sink());
            while stream.next().await.is_some() {}
        }
        3 => db
            .transaction(async |tx| {
                tx.savepoint(async |tx| {
                    insert(&*tx, token, 1).await?;
                    tx.savepoint(async |tx| insert(&*tx, token, 2).await).await
                })
                .await?;
                let failed = tx.savepoint(async |tx| insert(&*tx, token, 2).await).await;
                assert!(failed.unwrap_err().is_unique_violation());
                Ok(())
            })
            .await
            .unwrap(),
        4 => {
            let tx = db.begin().await.unwrap();
            insert(&tx, token, 1).await.unwrap();
            tx.rollback().await.unwrap();
        }
        _ => drop(
            db.read_transaction(async |tx| numbers(&*tx, "SELECT count(*) FROM t").await)
                .await
                .unwrap(),
        ),
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_storm_of_cancels_loses_no_acknowledged_row() {
    async fn body(db: TestDb) {
        table(&db).await;
        let acknowledged = Arc::new(AtomicUsize::new(0));
        let tasks: Vec<_> = (0..8)
            .map(|task| {
                let (db, acknowledged) = (db.db().clone(), Arc::clone(&acknowledged));
                tokio::spawn(async move {
                    for n in 0..50 {
                        let work = async {
                            let tx = db.begin().await?;
                            insert(&tx, task * 1000 + n, 1).await?;
                            insert(&tx, task * 1000 + n, 2).await?;
                            tx.commit().await
                        };
                        let limit =
                            Duration::from_micros(u64::try_from((n * 7919 + task * 104_729) % 6000).unwrap());
                        if let Ok(done) = tokio::time::timeout(limit, work).await {
                            done.unwrap();
                            acknowledged.fetch_add(2, Ordering::SeqCst);
                        }
                    }
                })
            })
            .collect();
        for task in tasks {
            task.await.unwrap();
        }
        until(|| db.pool_stats().in_use == 0).await;
        let halves = numbers(&db, "SELECT token FROM t GROUP BY token HAVING count(*) <> 2")
            .await
            .unwrap();
        assert!(halves.is_empty(), "{halves:?}");
        let there = usize::try_from(count(&db).await).unwrap();
        assert!(there >= acknowledged.load(Ordering::SeqCst));
        // On loopback nearly all that was dropped is brought back.
        assert!(db.pool_stats().connects <= 20, "{}", db.pool_stats());
        if db.dialect() == Dialect::Postgres {
            let idle = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() \
                        AND state LIKE 'idle in transaction%'";
            // A session whose connection was closed ends when the server reads that, a moment later.
            let start = Instant::now();
            while numbers(&db, idle).await.unwrap() != [0] {
                assert!(start.elapsed() < millis(2000), "a transaction was left open");
                tokio::time::sleep(millis(1)).await;
            }
        }
    }
    on_all(body).await;
}

#[tokio::test]
async fn streams_hold_still_and_give_all() {
    async fn body(db: TestDb) {
        table(&db).await;
        for token in 0..40 {
            db.run_all(both(token), sink()).await.unwrap();
        }
        let wide = "SELECT a.token FROM t a, t b, t c";
        let numbers = || Box::new(Collect::<i64>::new(|row| row.read()));
        let mut rows = 0;
        let mut stream = db.stream(Stmt::read(wide, Vec::new()), numbers());
        while let Some(batch) = stream.next().await {
            rows += Collect::<i64>::rows(batch.unwrap()).unwrap().len();
        }
        drop(stream);
        assert_eq!(rows, 80 * 80 * 80);
        // Dropped after its first batch, its connection is back at once.
        let mut stream = db.stream(Stmt::read(wide, Vec::new()), numbers());
        assert!(stream.next().await.unwrap().is_ok());
        drop(stream);
        let start = Instant::now();
        until(|| db.pool_stats().in_use == 0).await;
        assert!(start.elapsed() < millis(300), "{:?}", start.elapsed());
        // Inside a transaction: nothing beside it, and what was written before it is there after it.
        let tx = db.begin().await.unwrap();
        insert(&tx, 1000, 1).await.unwrap();
        let mut stream = tx.stream(Stmt::read("SELECT token FROM t", Vec::new()), numbers());
        assert!(stream.next().await.unwrap().is_ok());
        assert_eq!(
            insert(&tx, 1000, 2).await.unwrap_err().kind(),
            ErrorKind::StreamOpen
        );
        while let Some(batch) = stream.next().await {
            batch.unwrap();
        }
        drop(stream);
        insert(&tx, 1000, 2).await.unwrap();
        tx.commit().await.unwrap();
        assert_eq!(count(&db).await, 82);
    }
    on_all(body).await;
}

#[tokio::test]
async fn a_stream_dropped_early_does_not_spoil_its_transaction() {
    async fn body(db: TestDb) {
        table(&db).await;
        for token in 0..100 {
            db.run_all(both(token), sink()).await.unwrap();
        }
        let tx = db.begin().await.unwrap();
        insert(&tx, 1000, 1).await.unwrap();
        let mut stream = tx.stream(Stmt::read("SELECT a.token FROM t a, t b", Vec::new()), sink());
        assert!(stream.next().await.unwrap().is_ok());
        drop(stream);
        insert(&tx, 1000, 2).await.unwrap();
        tx.commit().await.unwrap();
        assert_eq!(count(&db).await, 202);
    }
    on_all(body).await;
}

#[tokio::test]
async fn connections_that_the_server_ended_reach_nobody() {
    async fn body(db: TestDb) {
        let end = match db.dialect() {
            Dialect::Postgres => {
                "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity \
                 WHERE datname = current_database() AND pid <> pg_backend_pid()"
            }
            _ => return,
        };
        let held: Vec<Tx> = {
            let mut held = Vec::new();
            for _ in 0..4 {
                let tx = db.begin().await.unwrap();
                read(&tx, "SELECT 1").await.unwrap();
                held.push(tx);
            }
            held
        };
        for tx in held {
            tx.commit().await.unwrap();
        }
        assert_eq!(db.pool_stats().idle, 4);
        assert_eq!(numbers(&db, end).await.unwrap(), [3]);
        // The one that ended the others is the last used; with it in use, the dead ones come up.
        let tx = db.begin().await.unwrap();
        read(&tx, "SELECT 1").await.unwrap();
        let mut errors = 0;
        for _ in 0..10 {
            errors += usize::from(read(&db, "SELECT 1").await.is_err());
        }
        assert!(errors <= 1, "{errors}");
        // A transaction that has said nothing yet takes another connection.
        let again = db.begin().await.unwrap();
        read(&again, "SELECT 1").await.unwrap();
        again.commit().await.unwrap();
        tx.commit().await.unwrap();
    }
    on_all(body).await;
}

#[tokio::test]
async fn settings_of_one_borrower_do_not_reach_the_next() {
    async fn body(db: TestDb) {
        let (set, ask, before) = match db.dialect() {
            Dialect::Sqlite => ("PRAGMA cache_size = 77", "PRAGMA cache_size", None),
            Dialect::Postgres => (
                "SET work_mem = '77kB'",
                "SELECT count(*) FROM pg_settings WHERE name = 'work_mem' AND setting = '77'",
                Some(0),
            ),
            _ => (
                "SET SESSION sort_buffer_size = 77777",
                "SELECT @@session.sort_buffer_size = 77777",
                Some(0),
            ),
        };
        raw(&db, set).await.unwrap();
        db.with_connection(async |conn| raw(&*conn, set).await)
            .await
            .unwrap();
        db.transaction(async |tx| raw(&*tx, set).await).await.unwrap();
        until(|| db.pool_stats().in_use == 0).await;
        let now = numbers(&db, ask).await.unwrap();
        assert!(before.map_or(now != [77], |b| now == [b]), "{now:?}");
    }
    on_all(body).await;
}
