//! Captures and comparisons, against the fake driver.
#![allow(clippy::unwrap_used, reason = "a test that fails panics")]

use std::sync::Arc;

use super::*;
use crate::exec::{Discard, Executor, Stmt};
use crate::pool::fake::{Fake, Handle};
use crate::{Db, Result};

async fn db_of(fake: Arc<Fake>) -> Db {
    Db::builder("fake:")
        .connect_through(Arc::new(Handle(fake)))
        .await
        .unwrap()
}

async fn write(ex: &dyn Executor, sql: &str) -> Result<()> {
    ex.run(Stmt::write(sql, Vec::new()), Box::new(Discard::default()))
        .await
        .map(drop)
}

async fn two(db: &Db) -> Result<i32> {
    db.transaction(async |tx| {
        write(&*tx, "a").await?;
        write(&*tx, "b").await?;
        Ok(2)
    })
    .await
}

#[tokio::test]
async fn a_capture_keeps_what_is_sent_while_it_lives() {
    let db = db_of(Fake::postgres()).await;
    let log = Capture::attach(&db);
    two(&db).await.unwrap();
    assert_eq!(log.count(), 4);
    assert_eq!(log.take(), ["BEGIN", "a", "b", "COMMIT"]);
    let log = log.without_transactions();
    two(&db.clone()).await.unwrap();
    assert_eq!(log.take(), ["a", "b"]);
    drop(log);
    two(&db).await.unwrap();
}

#[tokio::test]
async fn statements_are_compared_and_the_value_comes_back() -> Result<()> {
    for fake in [Fake::postgres(), Fake::sqlite_file(), Fake::mysql()] {
        let db = db_of(fake).await;
        let n = assert_statements!(db, { two(&db).await? },
            sqlite: ["BEGIN IMMEDIATE", "a", "b", "COMMIT"],
            postgres: ["BEGIN", "a", "b", "COMMIT"],
            mysql: ["BEGIN", "a", "b", "COMMIT"],
        );
        assert_eq!(n, 2);
        let db = &db;
        assert_statements!(db, { write(db, "c").await? }, ["c"]);
        assert_statements!(db, { write(db, "c").await? }, count: 1);
        assert_statements!(db, {}, []);
    }
    Ok(())
}

#[tokio::test]
#[should_panic(expected = "  - b\n  + a")]
async fn a_difference_is_shown() {
    let db = db_of(Fake::postgres()).await;
    assert_statements!(db, { write(&db, "a").await.unwrap() }, ["b"]);
}

#[test]
fn verdicts() {
    assert_eq!(().failure(), None);
    assert_eq!(Err::<(), _>("no").failure().as_deref(), Some("\"no\""));
    assert_eq!(message(&"text"), "text");
    assert_eq!(message(&"text".to_owned()), "text");
}
