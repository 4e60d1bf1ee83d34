//! Futures that are dropped, and panics.

use super::*;
use crate::driver::State;
use crate::error::ErrorKind;
use crate::value::RowReader;

async fn drop_after(time: Duration, conn: &mut Conn, stmt: Stmt) {
    let dropped = tokio::time::timeout(time, send(conn, stmt)).await;
    assert!(dropped.is_err(), "it was done before it could be dropped");
}

async fn recovered(conn: &mut Conn) {
    assert_eq!(conn.state(), State::InDoubt);
    tokio::time::timeout(Duration::from_secs(60), conn.recover())
        .await
        .expect("recovers in time")
        .unwrap();
    assert_eq!(conn.state(), State::Ready);
}

const ENDLESS_WRITE: &str =
    "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) INSERT INTO t SELECT i FROM n";

#[tokio::test]
async fn a_read_is_stopped() {
    let mut conn = memory().await;
    drop_after(Duration::from_millis(50), &mut conn, slow(ENDLESS)).await;
    let e = exec(&mut conn, "SELECT 1").await.unwrap_err();
    assert!(e.retires() && e.to_string().contains("in doubt"), "{e}");
    recovered(&mut conn).await;
    assert_eq!(one::<(i64,)>(&mut conn, "SELECT 1").await.0, 1);
    // The flag that stopped the thread stops nothing afterwards.
    let read = short(slow(100_000));
    assert_eq!(fetch::<(i64,)>(&mut conn, read).await.unwrap()[0].0, 100_000);
}

#[tokio::test]
async fn a_write_of_its_own_is_stopped_and_leaves_nothing() {
    let mut conn = memory().await;
    exec(&mut conn, "CREATE TABLE t (a INTEGER) STRICT")
        .await
        .unwrap();
    drop_after(
        Duration::from_millis(50),
        &mut conn,
        Stmt::write(ENDLESS_WRITE, Vec::new()),
    )
    .await;
    recovered(&mut conn).await;
    assert_eq!(one::<(i64,)>(&mut conn, "SELECT count(*) FROM t").await.0, 0);
}

#[tokio::test]
async fn a_write_in_a_transaction_runs_to_its_end_and_is_rolled_back() {
    let mut conn = memory().await;
    exec(&mut conn, "CREATE TABLE t (a INTEGER) STRICT")
        .await
        .unwrap();
    conn.command("BEGIN IMMEDIATE").await.unwrap();
    let write = ENDLESS_WRITE.replace("FROM n)", "FROM n WHERE i < 1000000)");
    drop_after(
        Duration::from_millis(30),
        &mut conn,
        Stmt::write(write, Vec::new()),
    )
    .await;
    recovered(&mut conn).await;
    assert_eq!(one::<(i64,)>(&mut conn, "SELECT count(*) FROM t").await.0, 0);
    conn.command("BEGIN IMMEDIATE").await.unwrap();
    conn.command("COMMIT").await.unwrap();
}

#[tokio::test]
async fn a_recovery_that_is_dropped_can_be_made_again() {
    let mut conn = memory().await;
    exec(&mut conn, "CREATE TABLE t (a INTEGER) STRICT")
        .await
        .unwrap();
    conn.command("BEGIN IMMEDIATE").await.unwrap();
    let write = ENDLESS_WRITE.replace("FROM n)", "FROM n WHERE i < 1000000)");
    drop_after(
        Duration::from_millis(30),
        &mut conn,
        Stmt::write(write, Vec::new()),
    )
    .await;
    let dropped = futures_util::future::poll_immediate(conn.recover()).await;
    assert!(dropped.is_none());
    recovered(&mut conn).await;
    assert_eq!(one::<(i64,)>(&mut conn, "SELECT count(*) FROM t").await.0, 0);
}

#[tokio::test]
async fn a_connection_that_is_dropped_at_work_closes_itself() {
    let folder = Folder::new();
    let connector = connector(&folder.url("?busy_timeout=5000"));
    let mut conn = connector.connect(Lane::Main).await.unwrap();
    exec(&mut conn, "CREATE TABLE t (a INTEGER) STRICT")
        .await
        .unwrap();
    drop_after(
        Duration::from_millis(30),
        &mut conn,
        Stmt::write(ENDLESS_WRITE, Vec::new()),
    )
    .await;
    drop(conn);
    // Its lock is free again.
    let mut next = connector.connect(Lane::Main).await.unwrap();
    exec(&mut next, "INSERT INTO t VALUES (1)").await.unwrap();
    assert_eq!(one::<(i64,)>(&mut next, "SELECT count(*) FROM t").await.0, 1);
}

struct Panics;

impl FromRow for Panics {
    const FIELDS: Option<&'static [&'static str]> = None;
    fn from_row(_: &mut RowReader<'_>) -> Result<Self> {
        panic!("in the reader of a row")
    }
}

#[tokio::test]
async fn a_panic_on_the_thread_breaks_the_connection_and_no_other() {
    let folder = Folder::new();
    let connector = connector(&folder.url(""));
    let mut conn = connector.connect(Lane::Main).await.unwrap();
    let e = fetch::<Panics>(&mut conn, Stmt::raw("SELECT 1", Vec::new()))
        .await
        .err()
        .unwrap();
    assert_eq!((e.kind(), e.retires()), (ErrorKind::ConnectionLost, true));
    assert_eq!(conn.state(), State::Broken);
    assert!(exec(&mut conn, "SELECT 1").await.is_err());
    assert!(conn.recover().await.is_err());
    conn.close().await.unwrap();
    let mut next = connector.connect(Lane::Main).await.unwrap();
    assert_eq!(one::<(i64,)>(&mut next, "SELECT 1").await.0, 1);
}

#[tokio::test]
async fn a_panic_here_is_the_callers_and_breaks_the_connection() {
    let mut conn = memory().await;
    let task = tokio::spawn(async move {
        let stmt = short(Stmt::read("SELECT 1", Vec::new()));
        let caught = futures_util::FutureExt::catch_unwind(std::panic::AssertUnwindSafe(fetch::<Panics>(
            &mut conn, stmt,
        )))
        .await;
        assert!(caught.is_err());
        conn
    });
    let mut conn = task.await.unwrap();
    assert_eq!(conn.state(), State::Broken);
    assert!(conn.recover().await.is_err());
    assert!(conn.ping().await.is_err());
}

#[test]
fn a_connection_outlives_its_runtime() {
    let runtime = || {
        tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .unwrap()
    };
    let first = runtime();
    let mut conn = first.block_on(memory());
    drop(first);
    let second = runtime();
    second.block_on(async {
        assert_eq!(one::<(i64,)>(&mut conn, "SELECT 1").await.0, 1);
    });
    drop(second);
    drop(conn);
}
