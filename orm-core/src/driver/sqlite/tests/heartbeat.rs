//! The runtime's only thread goes on ticking beside statements that take long.

use std::time::Instant;

use super::*;

/// Well above what is seen on a busy machine (2 to 9 ms), and well below what a blocked thread would show.
const GAP: Duration = Duration::from_millis(100);

/// Ticks every millisecond beside some work, and gives the longest gap between two ticks.
async fn longest_gap(work: impl Future<Output = ()>) -> Duration {
    let mut longest = Duration::ZERO;
    let ticking = async {
        let mut last = Instant::now();
        loop {
            tokio::time::sleep(Duration::from_millis(1)).await;
            longest = longest.max(last.elapsed());
            last = Instant::now();
        }
    };
    tokio::select! {
        () = work => {}
        () = ticking => {}
    }
    longest
}

/// Twice, so that a machine that was busy with something else for a moment fails no test.
async fn assert_free<F: Future<Output = ()>>(what: &str, mut work: impl FnMut() -> F) {
    let mut gap = longest_gap(work()).await;
    if gap > GAP {
        gap = longest_gap(work()).await;
    }
    assert!(gap <= GAP, "{what}: the runtime stood still for {gap:?}");
}

#[tokio::test]
async fn beside_a_recursive_query() {
    let connector = connector("sqlite::memory:");
    let conn = tokio::sync::Mutex::new(connector.connect(Lane::Main).await.unwrap());
    assert_free("a recursive query", || async {
        let stmt = slow(8_000_000);
        // As if it had been short until now.
        connector.history.ran(&stmt.sql, Duration::ZERO);
        let rows: Vec<(i64,)> = fetch(&mut *conn.lock().await, stmt).await.unwrap();
        assert_eq!(rows, [(8_000_000,)]);
    })
    .await;
}

#[tokio::test]
async fn beside_writes_and_what_one_opcode_does() {
    let folder = Folder::new();
    let connector = connector(&folder.url(""));
    let conn = tokio::sync::Mutex::new(connector.connect(Lane::Main).await.unwrap());
    exec(
        &mut *conn.lock().await,
        "CREATE TABLE t (a INTEGER, b TEXT) STRICT",
    )
    .await
    .unwrap();
    assert_free("a bulk insert", || async {
        let insert = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 200000) \
                      INSERT INTO t SELECT i, hex(randomblob(8)) FROM n";
        let conn = &mut *conn.lock().await;
        conn.command("BEGIN IMMEDIATE").await.unwrap();
        send(conn, Stmt::write(insert, Vec::new())).await.unwrap();
        conn.command("COMMIT").await.unwrap();
    })
    .await;
    for sql in [
        "SELECT count(*) FROM t",
        "SELECT b FROM t ORDER BY b DESC LIMIT 1",
    ] {
        assert_free(sql, || async {
            let conn = &mut *conn.lock().await;
            send(conn, Stmt::read(sql, Vec::new())).await.unwrap();
            send(conn, Stmt::read(sql, Vec::new())).await.unwrap();
        })
        .await;
    }
    assert_free("commits of one row", || async {
        let conn = &mut *conn.lock().await;
        for _ in 0..2000 {
            let insert = Stmt::write("INSERT INTO t VALUES (1, 'x')", Vec::new());
            send(conn, short(insert)).await.unwrap();
            // Inline work does not yield by itself: the caller's own awaits do.
            tokio::task::yield_now().await;
        }
    })
    .await;
}
