//! `Db` and its transactions, against the fake driver.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test that fails panics")]

mod cancel;
#[cfg(feature = "testing")]
mod real;
mod restarts;
mod retries;
mod streams;
mod transactions;

use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Instant;

use futures_util::StreamExt;

use super::*;
use crate::error::{Class, Error, ErrorKind};
use crate::exec::{Collect, Discard, Outcome, StatementEvent};
use crate::pool::fake::{self, Act, Fake};
use crate::pool::{Backoff, PoolOptions, lock};

async fn db_of(fake: &Arc<Fake>) -> Db {
    db_with(fake, PoolOptions::new().size(2)).await
}

async fn db_with(fake: &Arc<Fake>, pool: PoolOptions) -> Db {
    let connector = Arc::new(fake::Handle(Arc::clone(fake)));
    Db::builder("fake:")
        .pool(pool)
        .connect_through(connector)
        .await
        .unwrap()
}

fn millis(n: u64) -> Duration {
    Duration::from_millis(n)
}

fn sink() -> Box<dyn RowSink> {
    Box::new(Discard::default())
}

async fn read(ex: &dyn Executor, sql: &str) -> Result<u64> {
    ex.run(Stmt::read(sql, Vec::new()), sink())
        .await
        .map(|(_, done)| done.rows)
}

async fn write(ex: &dyn Executor, sql: &str) -> Result<u64> {
    ex.run(Stmt::write(sql, Vec::new()), sink())
        .await
        .map(|(_, done)| done.rows)
}

async fn raw(ex: &dyn Executor, sql: &str) -> Result<u64> {
    ex.run(Stmt::raw(sql, Vec::new()), sink())
        .await
        .map(|(_, done)| done.rows)
}

fn several(sqls: &[&'static str]) -> StmtIter {
    let stmts: Vec<Result<Stmt>> = sqls.iter().map(|sql| Ok(Stmt::write(*sql, Vec::new()))).collect();
    Box::new(stmts.into_iter())
}

async fn until(what: impl Fn() -> bool) {
    let start = Instant::now();
    while !what() {
        assert!(start.elapsed() < millis(2000), "it never came about");
        tokio::time::sleep(millis(1)).await;
    }
}

#[tokio::test]
async fn a_statement_is_one_statement() {
    let fake = Fake::postgres();
    fake.on("many", Act::Rows(3));
    let db = db_of(&fake).await;
    assert_eq!(read(&db, "many").await.unwrap(), 3);
    assert_eq!(write(&&db, "w").await.unwrap(), 0);
    let ex: &dyn Executor = &db;
    ex.run_all(several(&["one"]), sink()).await.unwrap();
    ex.run_all(several(&[]), sink()).await.unwrap();
    assert_eq!(fake.take_log(), ["many", "w", "one"]);
}

#[tokio::test]
async fn reads_go_to_readers_and_the_rest_to_the_writer() {
    let fake = Fake::sqlite_file();
    let db = db_of(&fake).await;
    read(&db, "read").await.unwrap();
    write(&db, "write").await.unwrap();
    raw(&db, "SELECT raw").await.unwrap();
    raw(&db, "INSERT raw").await.unwrap();
    raw(&db, "PRAGMA x").await.unwrap();
    db.read_transaction(async |tx| read(&*tx, "inside").await)
        .await
        .unwrap();
    let lanes: Vec<String> = fake
        .log()
        .into_iter()
        .map(|l| l.replace(|c: char| c.is_ascii_digit(), ""))
        .filter(|l| l != ": (reset)")
        .collect();
    assert_eq!(
        lanes,
        [
            "r: read",
            ": write",
            "r: SELECT raw",
            ": INSERT raw",
            ": PRAGMA x",
            "r: BEGIN",
            "r: inside",
            "r: COMMIT"
        ]
    );
}

#[tokio::test]
async fn what_raw_sql_may_not_do() {
    let fake = Fake::mysql();
    let db = db_of(&fake).await;
    for sql in ["BEGIN", "commit", "ROLLBACK", "SAVEPOINT a"] {
        assert_eq!(
            raw(&db, sql).await.unwrap_err().kind(),
            ErrorKind::Invalid,
            "{sql}"
        );
    }
    let tx = db.begin().await.unwrap();
    write(&tx, "w").await.unwrap();
    assert_eq!(raw(&tx, "COMMIT").await.unwrap_err().kind(), ErrorKind::Invalid);
    let ddl = raw(&tx, "CREATE TABLE t (a int)").await.unwrap_err();
    assert_eq!(ddl.kind(), ErrorKind::Unsupported);
    assert!(
        ddl.to_string().starts_with("MariaDB commits a transaction"),
        "{ddl}"
    );
    raw(&tx, "SET x = 1").await.unwrap();
    tx.commit().await.unwrap();
    until(|| db.pool_stats().in_use == 0).await;
    assert_eq!(fake.take_log(), ["BEGIN", "w", "SET x = 1", "COMMIT", "(reset)"]);
}

#[tokio::test]
async fn a_borrowed_connection_is_reset_and_replaced_once() {
    let fake = Fake::postgres();
    let db = db_with(&fake, PoolOptions::new().size(1)).await;
    fake.on_next(1, "breaks", Act::Break);
    db.with_connection(async |conn| {
        raw(&*conn, "SET a = 1").await?;
        assert!(raw(&*conn, "breaks").await.is_err());
        raw(&*conn, "BEGIN").await?;
        write(&*conn, "w").await
    })
    .await
    .unwrap();
    read(&db, "r").await.unwrap();
    assert_eq!(
        fake.take_log(),
        ["SET a = 1", "breaks", "BEGIN", "w", "(recover)", "(reset)", "r"]
    );
}

#[derive(Default)]
struct Seen(Mutex<Vec<String>>);

struct Watching(Arc<Seen>);

impl Observer for Watching {
    fn after(&self, event: &StatementEvent<'_>, outcome: &Outcome<'_>, _elapsed: Duration) {
        let outcome = match outcome {
            Outcome::Done { rows } => rows.to_string(),
            Outcome::Failed(error) => format!("{:?}", error.kind()),
            _ => "cancelled".to_owned(),
        };
        let place = if event.in_transaction { "tx " } else { "" };
        lock(&self.0.0).push(format!("{place}{} -> {outcome}", event.stmt.sql));
    }
}

#[tokio::test]
async fn observers_see_all_that_is_sent() {
    let fake = Fake::postgres();
    fake.on("two", Act::Rows(2));
    fake.on("bad", Act::Fail(fake::unique));
    fake.on("slow", Act::Hang);
    let db = db_of(&fake).await;
    let seen = Arc::new(Seen::default());
    db.observe(Watching(Arc::clone(&seen)));
    read(&db, "two").await.unwrap();
    let _ = write(&db, "bad").await;
    assert!(tokio::time::timeout(millis(5), read(&db, "slow")).await.is_err());
    let mut tx = db.begin().await.unwrap();
    tx.savepoint(async |tx| read(&*tx, "two").await).await.unwrap();
    drop(tx);
    until(|| lock(&seen.0).len() == 8).await;
    assert_eq!(
        *lock(&seen.0),
        [
            "two -> 2",
            "bad -> Unique",
            "slow -> cancelled",
            "tx BEGIN -> 0",
            "tx SAVEPOINT sp1 -> 0",
            "tx two -> 2",
            "tx RELEASE SAVEPOINT sp1 -> 0",
            "tx ROLLBACK -> 0"
        ]
    );
}

#[tokio::test]
async fn the_context_goes_along() {
    let fake = Fake::postgres();
    let db = db_of(&fake).await.tenant(7_i64);
    assert!(db.context().tenant.is_some());
    db.transaction(async |tx| {
        assert!(tx.context().tenant.is_some());
        Ok(())
    })
    .await
    .unwrap();
    db.with_connection(async |conn| {
        assert!(conn.context().tenant.is_some());
        Ok(())
    })
    .await
    .unwrap();
}

#[tokio::test]
async fn behind_a_transaction_pooler_each_statement_is_a_transaction() {
    let fake = Fake::postgres();
    let connector = Arc::new(fake::Handle(Arc::clone(&fake)));
    let db = Db::builder("fake:")
        .transaction_pooler(true)
        .connect_through(connector)
        .await
        .unwrap();
    read(&db, "r").await.unwrap();
    assert_eq!(fake.take_log(), ["BEGIN", "r", "COMMIT"]);
    let mut stream = db.stream(Stmt::read("s", Vec::new()), Box::new(Discard::default()));
    while let Some(batch) = stream.next().await {
        batch.unwrap();
    }
    drop(stream);
    assert_eq!(fake.take_log(), ["BEGIN", "s", "COMMIT"]);
}
