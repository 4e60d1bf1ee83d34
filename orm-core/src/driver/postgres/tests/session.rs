//! Sessions: what they are set to, what survives a dropped future, and what heals.

use std::time::{Duration, Instant};

use tokio::time::timeout;

use super::{connector_with, fresh};
use crate::driver::wire::testing::{all, connect, ddl, fails, one, poll_times, rows, stream_rows, write};
use crate::driver::{Secret, State};
use crate::error::{Class, ErrorKind};
use crate::exec::{Discard, Stmt};
use crate::value::Value;

#[tokio::test]
async fn a_session_has_its_settings_and_gets_them_back() {
    let Some(connector) = connector_with(|o| {
        o.statement_timeout = Some(Duration::from_secs(7));
        o.on_connect = vec![Secret::new(
            "SET lock_timeout = '3s'; SET search_path = pg_catalog, public",
        )];
    }) else {
        return;
    };
    let mut conn = connect(&connector).await;
    let settings = "SELECT string_agg(name || '=' || setting, ' ' ORDER BY name) FROM pg_settings WHERE name IN \
        ('TimeZone', 'statement_timeout', 'client_connection_check_interval', 'lock_timeout', 'search_path', \
         'tcp_keepalives_idle', 'DateStyle', 'application_name', 'default_transaction_isolation')";
    let before = one(&mut conn, settings, Vec::new()).await.unwrap();
    for part in [
        "TimeZone=UTC",
        "statement_timeout=7000",
        "client_connection_check_interval=500",
        "lock_timeout=3000",
        "tcp_keepalives_idle=30",
        "application_name=orm",
    ] {
        assert!(before.contains(part), "{part}: {before}");
    }
    let role = one(&mut conn, "SELECT current_user::text", Vec::new())
        .await
        .unwrap();
    ddl(
        &mut conn,
        "SET TimeZone = 'Asia/Tokyo'; SET statement_timeout = 0; SET search_path = x; CREATE TEMP TABLE left_over (a int);
         SET default_transaction_isolation = 'serializable'; LISTEN news; SELECT pg_advisory_lock(4711);
         DECLARE c CURSOR WITH HOLD FOR SELECT 1; SET ROLE pg_monitor",
    )
    .await
    .unwrap();
    conn.reset().await.unwrap();
    assert_eq!(one(&mut conn, settings, Vec::new()).await.unwrap(), before);
    assert_eq!(
        one(&mut conn, "SELECT current_user::text", Vec::new())
            .await
            .unwrap(),
        role
    );
    let left = "SELECT (SELECT count(*) FROM pg_class WHERE relname = 'left_over')
        + (SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND pid = pg_backend_pid())
        + (SELECT count(*) FROM pg_cursors WHERE name = 'c') + (SELECT count(*) FROM pg_listening_channels())";
    assert_eq!(one(&mut conn, left, Vec::new()).await.unwrap(), "0");
    assert_eq!(conn.state(), State::Ready);
    conn.close().await.unwrap();
}

#[tokio::test]
async fn done_counts_rows() {
    let Some(mut conn) = fresh().await else { return };
    ddl(&mut conn, "CREATE TEMP TABLE t (a int)").await.unwrap();
    let insert = "INSERT INTO t SELECT * FROM generate_series(1, 10)";
    assert_eq!(write(&mut conn, insert, Vec::new()).await.unwrap(), 10);
    assert_eq!(
        write(&mut conn, "UPDATE t SET a = 0 WHERE a < 4", Vec::new())
            .await
            .unwrap(),
        3
    );
    assert_eq!(
        write(&mut conn, "DELETE FROM t WHERE a = 99", Vec::new())
            .await
            .unwrap(),
        0
    );
    let (texts, done) = all(
        &mut conn,
        &Stmt::write("DELETE FROM t RETURNING a AS b", Vec::new()),
    )
    .await
    .unwrap();
    assert_eq!(
        (done.rows, texts.rows.len(), &*texts.names),
        (10, 10, &["b".to_owned()][..])
    );
    let (_, done) = all(&mut conn, &Stmt::read("SELECT 1 WHERE false", Vec::new()))
        .await
        .unwrap();
    assert_eq!(done.rows, 0);
}

#[tokio::test]
async fn a_dropped_statement_recovers_at_every_point() {
    let Some(mut conn) = fresh().await else { return };
    ddl(&mut conn, "CREATE TEMP TABLE t (a int)").await.unwrap();
    let mut dropped = 0;
    for i in 0..40 {
        conn.command("BEGIN").await.unwrap();
        // A new text each second time, so that the preparation is hit as well.
        let sql = format!("INSERT INTO t SELECT $1 FROM pg_sleep(0.01) /* {} */", i / 2);
        let stmt = Stmt::write(sql, vec![Value::I32(i)]);
        let ended = poll_times(
            usize::try_from(i).unwrap() % 6,
            conn.run(&stmt, Box::<Discard>::default()),
        )
        .await;
        if !ended && conn.state() == State::InDoubt {
            dropped += 1;
        }
        conn.recover().await.unwrap();
        assert_eq!(conn.state(), State::Ready);
        assert_eq!(
            one(&mut conn, "SELECT count(*) FROM t", Vec::new())
                .await
                .unwrap(),
            "0"
        );
        assert_eq!(
            one(&mut conn, "SELECT $1", vec![Value::I32(i)]).await.unwrap(),
            i.to_string()
        );
    }
    assert!(dropped >= 10, "{dropped}");
}

#[tokio::test]
async fn a_statement_is_cancelled_from_the_side() {
    let Some(connector) = connector_with(|_| {}) else {
        return;
    };
    let mut conn = connect(&connector).await;
    let backend = conn.backend_id().unwrap();
    let start = Instant::now();
    let stmt = Stmt::read("SELECT pg_sleep(20)", Vec::new());
    let (result, cancelled) = tokio::join!(conn.run(&stmt, Box::<Discard>::default()), async {
        tokio::time::sleep(Duration::from_millis(50)).await;
        connector.cancel(backend).await
    });
    cancelled.unwrap();
    assert_eq!(result.err().unwrap().kind(), ErrorKind::Timeout);
    assert_eq!(one(&mut conn, "SELECT 1", Vec::new()).await.unwrap(), "1");

    // Dropped first and cancelled then: its error is still to come.
    conn.command("BEGIN").await.unwrap();
    assert!(
        timeout(
            Duration::from_millis(50),
            conn.run(&stmt, Box::<Discard>::default())
        )
        .await
        .is_err()
    );
    assert_eq!(conn.state(), State::InDoubt);
    connector.cancel(backend).await.unwrap();
    timeout(Duration::from_secs(2), conn.recover())
        .await
        .unwrap()
        .unwrap();
    assert_eq!(one(&mut conn, "SELECT 1", Vec::new()).await.unwrap(), "1");
    assert!(start.elapsed() < Duration::from_secs(10));
    // Nobody has this number.
    connector.cancel(2_000_000_000).await.unwrap();
}

#[tokio::test]
async fn streams_end_with_their_reader() {
    let Some(mut conn) = fresh().await else { return };
    let all_rows = stream_rows(&mut conn, "SELECT generate_series(1, 1000)", usize::MAX)
        .await
        .unwrap();
    assert_eq!((all_rows, conn.state()), (1000, State::Ready));
    assert_eq!(
        stream_rows(&mut conn, "SELECT 1 WHERE false", usize::MAX)
            .await
            .unwrap(),
        0
    );
    assert!(stream_rows(&mut conn, "SELECT 1/0", usize::MAX).await.is_err());
    assert_eq!(conn.state(), State::Ready);
    let start = Instant::now();
    let some = stream_rows(&mut conn, "SELECT generate_series(1, 100000000)", 300)
        .await
        .unwrap();
    assert!((300..=1000).contains(&some), "{some}");
    assert_eq!(conn.state(), State::Broken);
    assert!(start.elapsed() < Duration::from_secs(5));
    // A reader that is gone while no row comes.
    let Some(mut conn) = fresh().await else { return };
    let (out, batches) = tokio::sync::mpsc::channel(1);
    let stmt = Stmt::read("SELECT pg_sleep(20)", Vec::new());
    let (done, ()) = tokio::join!(conn.stream(&stmt, Box::<Discard>::default(), out), async {
        tokio::time::sleep(Duration::from_millis(20)).await;
        drop(batches);
    });
    done.unwrap();
    assert_eq!(conn.state(), State::Broken);
    assert!(start.elapsed() < Duration::from_secs(10));
}

#[tokio::test]
async fn a_changed_schema_heals() {
    let Some(connector) = connector_with(|_| {}) else {
        return;
    };
    let (mut a, mut b) = (connect(&connector).await, connect(&connector).await);
    ddl(&mut a, "DROP TABLE IF EXISTS driver_plans; CREATE TABLE driver_plans (a int); INSERT INTO driver_plans VALUES (1)")
        .await
        .unwrap();
    let sql = "SELECT a FROM driver_plans";
    assert_eq!(one(&mut b, sql, Vec::new()).await.unwrap(), "1");
    ddl(&mut a, "ALTER TABLE driver_plans ALTER a TYPE text")
        .await
        .unwrap();
    let (texts, _) = all(&mut b, &Stmt::read(sql, Vec::new())).await.unwrap();
    assert_eq!((texts.rows, texts.restarts), (vec![vec!["\"1\"".to_owned()]], 1));
    // In a transaction it is the whole transaction that must run again.
    ddl(&mut a, "ALTER TABLE driver_plans ALTER a TYPE int USING a::int")
        .await
        .unwrap();
    b.command("BEGIN").await.unwrap();
    let e = fails(&mut b, sql, Vec::new()).await;
    assert_eq!(e.class(), Class::Prepared);
    b.command("ROLLBACK").await.unwrap();
    b.command("BEGIN").await.unwrap();
    assert_eq!(one(&mut b, sql, Vec::new()).await.unwrap(), "1");
    b.command("COMMIT").await.unwrap();
    // Prepared statements that somebody has dropped.
    ddl(&mut b, "DEALLOCATE ALL").await.unwrap();
    assert_eq!(one(&mut b, sql, Vec::new()).await.unwrap(), "1");
    ddl(&mut a, "DROP TABLE driver_plans").await.unwrap();
}

#[tokio::test]
async fn without_a_cache_nothing_stays_prepared() {
    let Some(connector) = connector_with(|o| {
        o.transaction_pooler = true;
        o.statement_cache = 10;
    }) else {
        return;
    };
    let mut conn = connect(&connector).await;
    assert_eq!(conn.backend_id(), None);
    for i in 0..5 {
        assert_eq!(
            one(&mut conn, "SELECT $1", vec![Value::I64(i)]).await.unwrap(),
            i.to_string()
        );
    }
    let open = rows(
        &mut conn,
        "SELECT name FROM pg_prepared_statements WHERE name <> ''",
        Vec::new(),
    )
    .await;
    assert_eq!(open.unwrap().len(), 0);
    conn.reset().await.unwrap();
    conn.forget_statements().await.unwrap();
    conn.ping().await.unwrap();
}
