//! Streams: constant memory, readers that are slow or go away, and what may be done beside one.

use std::time::{Duration, Instant};

use orm_core::prelude::*;
use orm_core::query::Rows;
use orm_core::testing::{Capture, TestDb, databases};
use tests::book::{Account, prepare};

use super::outside::{alone, run_alone};
use super::{long, on_all};

/// So many rows with a number and a text of 100 letters, made by the database: a power of ten, times `first`.
pub(crate) fn many(first: u32, digits: u32, db: &dyn Executor) -> Rows<'_, (i64, String)> {
    let ones = (1..first)
        .map(|i| format!(" UNION ALL SELECT {i}"))
        .collect::<String>();
    let joins = (0..digits).map(|i| format!(", d d{i}")).collect::<String>();
    let sum = (0..digits)
        .map(|i| format!(" + d{i}.i * {}", 10_i64.pow(i)))
        .collect::<String>();
    let text = format!(
        "WITH d(i) AS (SELECT 0{nines}), f(i) AS (SELECT 0{ones}) \
         SELECT f.i * {all}{sum}, '{letters}' FROM f{joins}",
        nines = (1..10)
            .map(|i| format!(" UNION ALL SELECT {i}"))
            .collect::<String>(),
        all = 10_i64.pow(digits),
        letters = "x".repeat(100),
    );
    match db.dialect() {
        Dialect::Postgres => sql(text.replacen("SELECT f.i *", "SELECT f.i::int8 *", 1)).stream_as(db),
        _ => sql(text).stream_as(db),
    }
}

/// What the process has in memory now, and the most it ever had, in KiB.
fn memory() -> Option<(u64, u64)> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let figure = |name: &str| {
        let line = status.lines().find(|line| line.starts_with(name))?;
        line.split_whitespace().nth(1)?.parse().ok()
    };
    Some((figure("VmRSS:")?, figure("VmHWM:")?))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn many_rows_in_constant_memory() {
    const TEST: &str = "streams::many_rows_in_constant_memory";
    let targets = databases();
    match alone() {
        // Other tests of the same process would be measured, too.
        None => {
            for target in &targets {
                let output = run_alone(TEST, target.name());
                if std::env::var("ORM_TEST_SHOW").is_ok() {
                    print!("{}", String::from_utf8_lossy(&output.stdout));
                }
            }
        }
        Some(name) => {
            let target = targets.iter().find(|t| t.name() == name).expect("this database");
            let options = |b: orm_core::DbBuilder| b.pool(PoolOptions::new().size(1)).no_statement_timeout();
            let test = TestDb::fresh_with(target, options)
                .await
                .expect("a fresh database");
            in_constant_memory(&test, &name).await.expect("no error");
            test.cleanup().await.expect("removed");
        }
    }
}

async fn in_constant_memory(db: &Db, name: &str) -> Result<()> {
    let (first, digits) = if long() { (1, 7) } else { (2, 5) };
    let count = u64::from(first) * 10_u64.pow(digits);
    // Whatever the first rows need is there afterwards.
    let mut rows = many(1, 4, db);
    while rows.try_next().await?.is_some() {}
    drop(rows);
    let before = memory();

    let began = Instant::now();
    let mut rows = many(first, digits, db);
    let (mut given, mut sum) = (0_u64, 0_u64);
    while let Some((number, letters)) = rows.try_next().await? {
        assert_eq!(letters.len(), 100);
        given += 1;
        sum += u64::try_from(number).expect("no negative number");
    }
    drop(rows);
    assert_eq!((given, sum), (count, count * (count - 1) / 2));
    let took = began.elapsed();

    // A reader that takes its time keeps the database waiting, and no rows in memory.
    let slow = if long() { 20_000 } else { 200 };
    let mut rows = many(first, digits, db);
    for _ in 0..slow {
        assert!(rows.try_next().await?.is_some());
        tokio::time::sleep(millis(1)).await;
    }
    drop(rows);

    if let (Some((before, _)), Some((_, most))) = (before, memory()) {
        let grown = most.saturating_sub(before);
        println!("{name}: {count} rows in {took:?}, {grown} KiB more at most, on {before} KiB");
        assert!(
            grown < 32 * 1024,
            "{name}: {grown} KiB more than the {before} KiB before"
        );
    }
    Ok(())
}

/// The shortest of several times, as the machine may have been busy with something else.
async fn best<F: Future<Output = Result<Duration>>>(mut work: impl FnMut() -> F) -> Result<Duration> {
    let mut best = Duration::MAX;
    for _ in 0..5 {
        best = best.min(work().await?);
    }
    Ok(best)
}

on_all! {
    async fn dropped_early_the_connection_is_free_at_once(db) {
        let pool = PoolOptions::new().size(1);
        let db = &one_more(db, |b| b.pool(pool)).await?;
        for rows in [1, 5000] {
            let freed = best(|| async {
                let mut stream = many(10, 6, db);
                for _ in 0..rows {
                    assert!(stream.try_next().await?.is_some());
                }
                drop(stream);
                // Ten million rows have not been read, and the one connection answers.
                let dropped = Instant::now();
                let answer: Vec<(i64,)> = sql("SELECT {n}").params(params! { n: rows }).all_as(db).await?;
                assert_eq!(answer, [(rows,)]);
                Ok(dropped.elapsed())
            })
            .await?;
            assert!(freed <= millis(100), "{freed:?} after {rows} rows");
        }
        assert_eq!(db.pool_stats().in_use, 0);
        db.close(secs(2)).await?;
    }

    async fn a_statement_beside_an_open_stream_is_an_error_at_once(db) {
        prepare(db).await?;
        let tx = db.begin().await?;
        Account::insert(Account::draft("c", 7)).exec(&tx).await?;
        let capture = Capture::attach(db);
        let mut rows = many(1, 4, &tx);
        assert!(rows.try_next().await?.is_some());
        assert_eq!(capture.take().len(), 1);
        // Of every kind, and none is sent.
        let both = [Account::draft("d", 1), Account { id: Id::from(99), ..Account::draft("e", 1) }];
        for refused in [
            Account::query().count(&tx).await.map(drop),
            Account::insert(both).exec(&tx).await.map(drop),
            Account::delete().all_rows().exec(&tx).await.map(drop),
            sql("SELECT 1").exec(&tx).await.map(drop),
            Account::query().for_update().all(&tx).await.map(drop),
            many(1, 1, &tx).try_next().await.map(drop),
        ] {
            let e = refused.expect_err("a stream is open");
            assert_eq!(e.kind(), ErrorKind::StreamOpen);
            assert!(e.to_string().contains("WITH d(i) AS"), "{e}");
        }
        assert!(capture.take().is_empty());
        // The stream goes on, and after it the transaction.
        let mut more = 0;
        while rows.try_next().await?.is_some() {
            more += 1;
        }
        assert_eq!(more, 9999);
        drop(rows);
        assert_eq!(Account::query().count(&tx).await?, 3);
        tx.commit().await?;
        assert_eq!(Account::query().count(db).await?, 3);
    }

    async fn on_a_borrowed_connection_too(db) {
        db.with_connection(async |conn| {
            let mut rows = many(1, 4, &*conn);
            assert!(rows.try_next().await?.is_some());
            let e = sql("SELECT 1").exec(&*conn).await.expect_err("a stream is open");
            assert_eq!(e.kind(), ErrorKind::StreamOpen);
            assert!(rows.try_next().await?.is_some());
            drop(rows);
            let answer: Vec<(i64,)> = sql("SELECT {n}").params(params! { n: 3_i64 }).all_as(&*conn).await?;
            assert_eq!(answer, [(3,)]);
            Ok(())
        })
        .await?;
    }

    // SQLite's streams have no limit; a server counts the time that a stream's reader takes.
    async fn the_statement_timeout_and_slow_readers(db) {
        let limited = one_more(db, |b| b.statement_timeout(millis(200))).await?;
        let mut rows = many(1, 5, &limited);
        assert!(rows.try_next().await?.is_some());
        tokio::time::sleep(millis(400)).await;
        let mut end = Ok(());
        let mut given = 1;
        loop {
            match rows.try_next().await {
                Ok(Some(_)) => given += 1,
                Ok(None) => break,
                Err(e) => {
                    end = Err(e);
                    break;
                }
            }
        }
        drop(rows);
        match db.dialect() {
            Dialect::Sqlite => assert_eq!((given, end.is_ok()), (100_000, true)),
            _ => {
                let e = end.expect_err("it took longer");
                assert!(given < 100_000 && e.kind() == ErrorKind::Timeout, "{given}: {e:?}");
            }
        }
        let answer: Vec<(i64,)> = sql("SELECT {n}").params(params! { n: 3_i64 }).all_as(&limited).await?;
        assert_eq!(answer, [(3,)]);
        limited.close(secs(2)).await?;
    }
}

/// The same database through another pool.
async fn one_more(db: &Db, options: impl FnOnce(orm_core::DbBuilder) -> orm_core::DbBuilder) -> Result<Db> {
    let url = super::outside::url(db).await?;
    options(Db::builder(url)).connect().await
}
