//! Locks that another process holds, and checkpoints.

use std::time::Instant;

use futures_util::future::poll_immediate;

use super::*;
use crate::driver::State;
use crate::error::{Class, ErrorKind};

/// Another connection that holds the write lock, as another process would.
fn holder(folder: &Folder) -> rusqlite::Connection {
    let conn = rusqlite::Connection::open(folder.path("library.db")).unwrap();
    conn.execute_batch("BEGIN IMMEDIATE").unwrap();
    conn
}

#[tokio::test]
async fn waiting_for_a_lock_leaves_the_thread_free() {
    let folder = Folder::new();
    let mut conn = connector(&folder.url("")).connect(Lane::Main).await.unwrap();
    exec(&mut conn, "CREATE TABLE t (a INTEGER) STRICT")
        .await
        .unwrap();
    let other = holder(&folder);
    let began = Instant::now();
    let waiting = async {
        conn.command("BEGIN IMMEDIATE").await.unwrap();
        conn.command("COMMIT").await.unwrap();
        began.elapsed()
    };
    // The lock is given back by the same thread: were it asleep in SQLite, waiting would end with an error.
    let ticking = async {
        while began.elapsed() < Duration::from_millis(300) {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        other.execute_batch("COMMIT").unwrap();
    };
    let (waited, ()) = tokio::join!(waiting, ticking);
    assert!(waited >= Duration::from_millis(300), "{waited:?}");
    assert!(waited < Duration::from_secs(3), "{waited:?}");
}

#[tokio::test]
async fn waiting_ends_at_the_busy_timeout() {
    let folder = Folder::new();
    let mut conn = connector(&folder.url("?busy_timeout=100"))
        .connect(Lane::Main)
        .await
        .unwrap();
    exec(&mut conn, "CREATE TABLE t (a INTEGER) STRICT")
        .await
        .unwrap();
    let other = holder(&folder);
    for stmt in [None, Some(Run::Short), Some(Run::Thread)] {
        let began = Instant::now();
        let answer = match stmt {
            None => conn.command("BEGIN IMMEDIATE").await,
            Some(run) => {
                let mut stmt = Stmt::write("INSERT INTO t VALUES (1)", Vec::new());
                stmt.run = run;
                send(&mut conn, stmt).await.map(drop)
            }
        };
        let e = answer.unwrap_err();
        assert!(began.elapsed() >= Duration::from_millis(100));
        assert_eq!(
            (e.kind(), e.class()),
            (ErrorKind::LockTimeout, Class::Transaction)
        );
        assert_eq!((e.code(), e.poisons(), e.retires()), (Some("5"), false, false));
        assert!(e.to_string().contains("0.1 s"), "{e}");
    }
    other.execute_batch("COMMIT").unwrap();
    assert_eq!(conn.state(), State::Ready);
    conn.command("BEGIN IMMEDIATE").await.unwrap();
    conn.command("COMMIT").await.unwrap();
}

#[tokio::test]
async fn a_commit_waits_for_readers_without_a_log() {
    let folder = Folder::new();
    let mut conn = connector(&folder.url("?journal_mode=delete"))
        .connect(Lane::Main)
        .await
        .unwrap();
    exec(&mut conn, "CREATE TABLE t (a INTEGER) STRICT")
        .await
        .unwrap();
    exec(&mut conn, "INSERT INTO t VALUES (1)").await.unwrap();
    let other = rusqlite::Connection::open(folder.path("library.db")).unwrap();
    other.execute_batch("BEGIN; SELECT * FROM t").unwrap();
    let committing = async {
        conn.command("BEGIN IMMEDIATE").await.unwrap();
        exec(&mut conn, "INSERT INTO t VALUES (2)").await.unwrap();
        conn.command("COMMIT").await.unwrap();
    };
    let leaving = async {
        tokio::time::sleep(Duration::from_millis(100)).await;
        other.execute_batch("COMMIT").unwrap();
    };
    tokio::join!(committing, leaving);
    assert_eq!(one::<(i64,)>(&mut conn, "SELECT count(*) FROM t").await.0, 2);
}

#[tokio::test]
async fn a_dropped_wait_is_recovered() {
    let folder = Folder::new();
    let mut conn = connector(&folder.url("")).connect(Lane::Main).await.unwrap();
    let other = holder(&folder);
    let dropped = tokio::time::timeout(Duration::from_millis(30), conn.command("BEGIN IMMEDIATE")).await;
    assert!(dropped.is_err());
    assert_eq!(conn.state(), State::InDoubt);
    conn.recover().await.unwrap();
    other.execute_batch("COMMIT").unwrap();
    conn.command("BEGIN IMMEDIATE").await.unwrap();
}

#[tokio::test]
async fn the_log_is_copied_back_off_the_commit_path() {
    let folder = Folder::new();
    let connector = connector(&folder.url(""));
    let checkpoints = connector.checkpoints.clone().unwrap();
    let mut conn = connector.connect(Lane::Main).await.unwrap();
    exec(&mut conn, "CREATE TABLE t (a BLOB) STRICT").await.unwrap();
    assert_eq!(checkpoints.made(), 0);
    let insert = Stmt::write("INSERT INTO t VALUES (?)", vec![Value::Bytes(vec![1; 100_000])]);
    for _ in 0..300 {
        send(&mut conn, short(insert.clone())).await.unwrap();
    }
    eventually("a checkpoint", || checkpoints.made() > 0).await;
    // A writer that never rests is made to begin the log anew: it does not grow to all that was written.
    for _ in 0..2500 {
        send(&mut conn, short(insert.clone())).await.unwrap();
        tokio::task::yield_now().await;
    }
    let log = std::fs::metadata(folder.path("library.db-wal")).unwrap().len();
    assert!(log < 220 << 20, "the log has {log} bytes");
    assert_eq!(one::<(i64,)>(&mut conn, "SELECT count(*) FROM t").await.0, 2800);
}

#[tokio::test]
#[allow(
    clippy::await_holding_lock,
    reason = "what it keeps waiting is a thread of its own"
)]
async fn writers_wait_for_a_checkpoint_that_is_slower_than_they_are() {
    let folder = Folder::new();
    let connector = connector(&folder.url(""));
    let checkpoints = connector.checkpoints.clone().unwrap();
    let mut conn = connector.connect(Lane::Main).await.unwrap();
    exec(&mut conn, "CREATE TABLE t (a BLOB) STRICT").await.unwrap();
    let log = || std::fs::metadata(folder.path("library.db-wal")).unwrap().len();
    let insert = short(Stmt::write(
        "INSERT INTO t VALUES (?)",
        vec![Value::Bytes(vec![1; 1_000_000])],
    ));
    let slow = checkpoints.hinder();
    let writing = async {
        for _ in 0..300 {
            send(&mut conn, insert.clone()).await.unwrap();
        }
    };
    let mut writing = Box::pin(writing);
    // The log is not written on and on while it is not copied.
    while !checkpoints.is_large() {
        assert!(
            poll_immediate(writing.as_mut()).await.is_none(),
            "{} bytes",
            log()
        );
        tokio::task::yield_now().await;
    }
    assert!(poll_immediate(writing.as_mut()).await.is_none());
    assert!(log() < 150 << 20, "the log has {} bytes", log());
    drop(slow);
    writing.as_mut().await;
    drop(writing);
    assert!(log() < 220 << 20, "the log has {} bytes", log());
    assert_eq!(one::<(i64,)>(&mut conn, "SELECT count(*) FROM t").await.0, 300);
}
