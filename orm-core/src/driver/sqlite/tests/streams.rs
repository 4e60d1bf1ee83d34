//! Streams: batches, back-pressure, and readers that go away.

use tokio::sync::mpsc;

use super::*;
use crate::driver::{BATCH, State};
use crate::error::ErrorKind;
use crate::exec::RowSink;

type Batch = Result<Box<dyn RowSink>>;

fn numbers(to: i64) -> Stmt {
    Stmt::read(
        "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ?) SELECT i FROM n",
        vec![Value::I64(to)],
    )
}

fn sink<T: FromRow>() -> Box<dyn RowSink> {
    Box::new(Collect::<T>::from_rows())
}

#[tokio::test]
async fn rows_come_in_batches_and_in_order() {
    let mut conn = memory().await;
    let (out, mut batches) = mpsc::channel::<Batch>(2);
    let stmt = numbers(1000);
    let reading = async {
        let mut all = Vec::new();
        let mut sizes = Vec::new();
        while let Some(batch) = batches.recv().await {
            let rows = Collect::<(i64,)>::rows(batch.unwrap()).unwrap();
            sizes.push(rows.len());
            all.extend(rows.into_iter().map(|(n,)| n));
        }
        (all, sizes)
    };
    let (done, (all, sizes)) = tokio::join!(conn.stream(&stmt, sink::<(i64,)>(), out), reading);
    assert_eq!(done.unwrap().rows, 1000);
    assert_eq!(all, (1..=1000).collect::<Vec<i64>>());
    assert_eq!(sizes, [BATCH, BATCH, BATCH, 1000 - 3 * BATCH]);
    assert_eq!(conn.state(), State::Ready);
}

#[tokio::test]
async fn large_rows_make_small_batches() {
    let mut conn = memory().await;
    let (out, mut batches) = mpsc::channel::<Batch>(100);
    let stmt = Stmt::read(
        "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 20) SELECT zeroblob(40000) FROM n",
        Vec::new(),
    );
    conn.stream(&stmt, sink::<(Vec<u8>,)>(), out).await.unwrap();
    let mut sizes = Vec::new();
    while let Some(batch) = batches.recv().await {
        sizes.push(batch.unwrap().len());
    }
    assert_eq!(sizes, [2; 10]);
}

#[tokio::test]
async fn it_ends_when_nobody_reads() {
    let mut conn = memory().await;
    let (out, mut batches) = mpsc::channel::<Batch>(2);
    let stmt = numbers(i64::MAX);
    let reading = async {
        let first = batches.recv().await.unwrap().unwrap();
        drop(batches);
        first.len()
    };
    let (done, first) = tokio::join!(conn.stream(&stmt, sink::<(i64,)>(), out), reading);
    done.unwrap();
    assert_eq!(first, BATCH);
    assert_eq!(conn.state(), State::Ready);
    conn.ping().await.unwrap();
}

#[tokio::test]
async fn a_dropped_stream_stops_whether_or_not_it_waits_for_its_reader() {
    let mut conn = memory().await;
    // One that has no row to give, and one that has no room to give it.
    for stmt in [slow(ENDLESS), numbers(i64::MAX)] {
        let (out, batches) = mpsc::channel::<Batch>(1);
        let dropped = tokio::time::timeout(
            Duration::from_millis(50),
            conn.stream(&stmt, sink::<(i64,)>(), out),
        )
        .await;
        assert!(dropped.is_err());
        assert_eq!(conn.state(), State::InDoubt);
        tokio::time::timeout(Duration::from_secs(5), conn.recover())
            .await
            .unwrap()
            .unwrap();
        assert_eq!(conn.state(), State::Ready);
        drop(batches);
    }
    assert_eq!(one::<(i64,)>(&mut conn, "SELECT 1").await.0, 1);
}

#[tokio::test]
async fn its_errors_come_from_the_call() {
    let mut conn = memory().await;
    let (out, mut batches) = mpsc::channel::<Batch>(2);
    let stmt = Stmt::read("SELECT 'a' UNION ALL SELECT 'b'", Vec::new());
    let e = conn.stream(&stmt, sink::<(i64,)>(), out).await.unwrap_err();
    assert_eq!(e.kind(), ErrorKind::Decode);
    assert!(batches.recv().await.is_none());
    assert_eq!(conn.state(), State::Ready);
}
