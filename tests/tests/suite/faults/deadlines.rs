//! R9: a deadline reaches the server. What took too long, or was dropped, runs nowhere any more, and its place is free.

use futures_util::future::join_all;

use super::*;

/// What would run for half a minute, with a mark by which the server's list of sessions shows it: work, or waiting.
///
/// MariaDB waits for a row that another session keeps (see [`kept`]), and not in its `SLEEP`, which is of no use here: who
/// ends such a session, its own timer or a `KILL QUERY`, at times waits for two seconds for the lock that all sleepers
/// share. PostgreSQL works at rows that it keeps no copy of, as the removal of a copy takes its time after the end.
fn slow(dialect: Dialect, n: usize) -> String {
    match (dialect, n % 2) {
        (Dialect::Postgres, 0) => "SELECT 'slow one', pg_sleep(30)::text".to_owned(),
        (Dialect::Postgres, _) => {
            "SELECT 'slow one', count(*) FROM generate_series(1, 50000) a, generate_series(1, 50000) b".to_owned()
        }
        (Dialect::MariaDb, 0) => "SELECT 'slow one', name FROM marks WHERE name = 'a' FOR UPDATE".to_owned(),
        (Dialect::MariaDb, _) => {
            "SELECT 'slow one', COUNT(*) FROM seq_1_to_1000000000 WHERE MD5(seq) < SHA1(seq)".to_owned()
        }
        _ => "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT 'slow one', count(*) FROM n".to_owned(),
    }
}

/// Keeps the row that [`slow`] waits for.
async fn kept(monitor: &Db) -> Result<Option<Tx>> {
    if monitor.dialect() != Dialect::MariaDb {
        return Ok(None);
    }
    let tx = monitor.begin().await?;
    assert_eq!(add(&tx, "a", 1).await?, 1);
    Ok(Some(tx))
}

/// How many of them the server is working at. SQLite has no list: there it is our own connections that are in use, as
/// one comes back only after its thread has stopped.
async fn active(db: &Db, monitor: &Db) -> Result<i64> {
    number(monitor, match db.dialect() {
        Dialect::Sqlite => return Ok(i64::try_from(db.pool_stats().in_use).unwrap_or(i64::MAX)),
        Dialect::Postgres => {
            "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND state = 'active' \
             AND query LIKE '%slow one%' AND pid <> pg_backend_pid()"
        }
        _ => {
            "SELECT COUNT(*) FROM information_schema.PROCESSLIST WHERE DB = DATABASE() AND COMMAND <> 'Sleep' \
             AND INFO LIKE '%slow one%' AND ID <> CONNECTION_ID()"
        }
    })
    .await
}

/// How long after a deadline the server was still at it.
async fn idle_after(db: &Db, monitor: &Db, deadline: Instant) -> Result<Duration> {
    until("the end of what was too slow", async || {
        Ok(active(db, monitor).await? == 0)
    })
    .await?;
    Ok(deadline.elapsed())
}

/// Holds every wait to its promise in the long form. Beside other tests on few cores the server itself is late at times:
/// there the short form tells a deadline from what would have run for half a minute.
fn assert_soon(what: &str, limit: Duration, waits: Vec<Duration>) {
    let (middle, most, last) = spread(waits);
    println!("{what}: {middle:?} in the middle, 19 of 20 within {most:?}, the last {last:?}");
    assert!(
        last <= if long() { limit } else { secs(5) },
        "{what}: {most:?}, {last:?}"
    );
}

const AFTER: Duration = millis(300);
const PLACE: Duration = millis(500);
const LIMIT: Duration = millis(100);

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_statement_timeout_ends_the_work_on_the_server() {
    let rounds = if long() { 125 } else { 3 };
    on_each(
        |b| b.pool(PoolOptions::new().size(8)).statement_timeout(LIMIT),
        async |db| {
            let monitor = beside(&db, |b| b).await?;
            marks(&db).await?;
            let kept = kept(&monitor).await?;
            let mut late = Vec::new();
            for round in 0..rounds {
                // In transactions and out of them.
                let begun = Instant::now();
                let work = (0..8).map(|n| {
                    let db = &db;
                    async move {
                        let text = slow(db.dialect(), n / 2 + round);
                        if n % 2 == 0 || db.dialect() == Dialect::Sqlite {
                            return (sql(text).exec(db).await.unwrap_err(), begun.elapsed());
                        }
                        let tx = db.begin().await.expect("a transaction");
                        (sql(text).exec(&tx).await.unwrap_err(), begun.elapsed())
                    }
                });
                for (e, took) in join_all(work).await {
                    let code = match db.dialect() {
                        Dialect::Sqlite => "9",
                        Dialect::Postgres => "57014",
                        _ => "1969",
                    };
                    assert_eq!((e.kind(), e.code()), (ErrorKind::Timeout, Some(code)), "{e}");
                    assert!(
                        !e.is_retryable() && took >= LIMIT.mul_f64(0.9),
                        "{e} after {took:?}"
                    );
                }
                // SQLite has four readers, so that the second half begins when the first has ended.
                let turns = if db.dialect() == Dialect::Sqlite { 2 } else { 1 };
                late.push(idle_after(&db, &monitor, begun + LIMIT * turns).await?);
                assert_eq!(names(&db).await?, ["a", "b"]);
            }
            assert_soon(&format!("{:?}, after the deadline", db.dialect()), AFTER, late);
            // Nothing had to be replaced for it: eight at first, and perhaps one that came up meanwhile.
            assert!(db.pool_stats().connects <= 9, "{}", db.pool_stats());
            drop(kept);
            monitor.close(secs(5)).await
        },
    )
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_dropped_ends_on_the_server() {
    let rounds = if long() { 250 } else { 3 };
    on_each(
        |b| b.pool(PoolOptions::new().size(4)),
        async |db| {
            let monitor = beside(&db, |b| b).await?;
            marks(&db).await?;
            let kept = kept(&monitor).await?;
            let (mut late, mut places) = (Vec::new(), Vec::new());
            for round in 0..rounds {
                let begun = Instant::now();
                let work = (0..4).map(|n| {
                    let db = &db;
                    async move {
                        let text = slow(db.dialect(), n / 2 + round);
                        let work = async {
                            if n % 2 == 0 || db.dialect() == Dialect::Sqlite {
                                return sql(text).exec(db).await;
                            }
                            let tx = db.begin().await?;
                            sql(text).exec(&tx).await
                        };
                        tokio::time::timeout(LIMIT, work).await
                    }
                });
                assert!(join_all(work).await.iter().all(Result::is_err));
                // All places were taken: there is one again.
                let dropped = Instant::now();
                assert_eq!(names(&db).await?, ["a", "b"]);
                places.push(dropped.elapsed());
                late.push(idle_after(&db, &monitor, begun + LIMIT).await?);
            }
            assert_soon(&format!("{:?}, after the drop", db.dialect()), AFTER, late);
            assert_soon(
                &format!("{:?}, until there was a place", db.dialect()),
                PLACE,
                places,
            );
            until("the return of all places", async || {
                Ok(db.pool_stats().in_use == 0)
            })
            .await?;
            drop(kept);
            monitor.close(secs(5)).await
        },
    )
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_dropped_stream_ends_on_the_server() {
    on_each(
        |b| b.pool(PoolOptions::new().size(1)),
        async |db| {
            let monitor = beside(&db, |b| b).await?;
            marks(&db).await?;
            let many = match db.dialect() {
                Dialect::Postgres => "SELECT 'slow one', generate_series(1, 1000000000)::int8",
                Dialect::MariaDb => "SELECT 'slow one', CAST(seq AS SIGNED) FROM seq_1_to_1000000000",
                _ => "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT 'slow one', i FROM n",
            };
            let (mut late, mut places) = (Vec::new(), Vec::new());
            for _ in 0..if long() { 100 } else { 3 } {
                let mut rows = sql(many).stream_as::<(String, i64)>(&db);
                assert_eq!(rows.next().await.expect("a row")?.1, 1);
                drop(rows);
                let dropped = Instant::now();
                assert_eq!(names(&db).await?, ["a", "b"]);
                places.push(dropped.elapsed());
                late.push(idle_after(&db, &monitor, dropped).await?);
            }
            assert_soon(&format!("{:?}, after a stream", db.dialect()), AFTER, late);
            assert_soon(
                &format!("{:?}, until a stream's place was free", db.dialect()),
                millis(100),
                places,
            );
            monitor.close(secs(5)).await
        },
    )
    .await;
}
