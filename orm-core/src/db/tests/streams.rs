//! Streams, on the pool and inside a transaction.

use super::*;

#[tokio::test]
async fn a_stream_gives_batches_and_its_error_last() {
    let fake = Fake::postgres();
    fake.on("five", Act::Rows(5));
    fake.on("bad", Act::Fail(fake::unique));
    let db = db_of(&fake).await;
    let numbers = || Box::new(Collect::<i64>::new(|row| row.read()));
    let batches: Vec<_> = db
        .stream(Stmt::read("five", Vec::new()), numbers())
        .collect()
        .await;
    let rows: Vec<Vec<i64>> = batches
        .into_iter()
        .map(|b| Collect::rows(b.unwrap()).unwrap())
        .collect();
    assert_eq!(rows, [vec![0, 1], vec![2, 3], vec![4]]);
    let batches: Vec<_> = db
        .stream(Stmt::read("bad", Vec::new()), numbers())
        .collect()
        .await;
    assert!(matches!(&batches[..], [Err(e)] if e.kind() == ErrorKind::Unique));
    assert_eq!(db.pool_stats().in_use, 0);
}

#[tokio::test]
async fn a_stream_dropped_early_frees_its_connection() {
    let fake = Fake::postgres();
    fake.on("many", Act::Rows(1000));
    let db = db_with(&fake, PoolOptions::new().size(1)).await;
    {
        let mut stream = db.stream(Stmt::read("many", Vec::new()), sink());
        assert!(stream.next().await.is_some());
    }
    read(&db, "r").await.unwrap();
    assert_eq!(fake.take_log(), ["many", "(cancel)", "(recover)", "r"]);
}

#[tokio::test]
async fn a_statement_beside_an_open_stream_is_an_error_at_once() {
    let fake = Fake::postgres();
    fake.on("many", Act::Rows(1000));
    let db = db_of(&fake).await;
    let tx = db.begin().await.unwrap();
    let mut stream = tx.stream(Stmt::read("SELECT many", Vec::new()), sink());
    assert!(stream.next().await.unwrap().is_ok());
    let error = read(&tx, "r").await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::StreamOpen);
    assert!(error.to_string().contains("SELECT many"), "{error}");
    let second = tx.stream(Stmt::read("r", Vec::new()), sink()).next().await;
    assert!(matches!(second, Some(Err(e)) if e.kind() == ErrorKind::StreamOpen));
    drop(stream);
    // What is left of the stream is drained, and the transaction goes on.
    read(&tx, "r").await.unwrap();
    tx.commit().await.unwrap();
    assert_eq!(fake.take_log(), ["BEGIN", "SELECT many", "(ping)", "r", "COMMIT"]);
}
