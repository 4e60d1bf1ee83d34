//! Sessions: what they are set to, what survives a dropped future, and what heals.

use std::time::{Duration, Instant};

use tokio::time::timeout;

use super::{connector, conns, urls};
use crate::driver::wire::testing::{all, connect, ddl, one, poll_times, stream_rows, write};
use crate::driver::{Secret, State};
use crate::exec::{Discard, Stmt};
use crate::sql::Dialect;
use crate::value::Value;

#[tokio::test]
async fn a_session_has_its_settings_and_gets_them_back() {
    for url in urls().await {
        let connector = connector(&url, |o| {
            o.statement_timeout = Some(Duration::from_millis(7500));
            o.on_connect = vec![Secret::new("SET @@session.lock_wait_timeout = 77")];
        });
        let mut conn = connect(&connector).await;
        let limit = match conn.dialect() {
            Dialect::MariaDb => "@@max_statement_time",
            _ => "@@max_execution_time",
        };
        let settings = format!(
            "SELECT CONCAT_WS(' ', @@sql_mode, @@time_zone, @@character_set_client, @@character_set_results, \
             @@autocommit + 0, @@lock_wait_timeout, {limit})"
        );
        let before = one(&mut conn, &settings, Vec::new()).await.unwrap();
        for part in [
            "PIPES_AS_CONCAT",
            "STRICT_ALL_TABLES",
            "+00:00 utf8mb4 utf8mb4 1 77 7",
        ] {
            assert!(before.contains(part), "{part}: {before}");
        }
        // Read only, nothing to undo: the connection stays.
        all(&mut conn, &Stmt::raw("SELECT GET_LOCK('orm', 0)", Vec::new()))
            .await
            .unwrap();
        conn.command("SET time_zone = '+02:00', autocommit = 0, sql_mode = ''")
            .await
            .unwrap();
        conn.reset().await.unwrap();
        assert_eq!(conn.state(), State::Ready);
        assert_eq!(one(&mut conn, &settings, Vec::new()).await.unwrap(), before);
        assert_eq!(
            one(&mut conn, "SELECT IS_FREE_LOCK('orm')", Vec::new())
                .await
                .unwrap(),
            "1"
        );
        // What cannot be undone costs the connection.
        all(
            &mut conn,
            &Stmt::raw("CREATE TEMPORARY TABLE left_over (a INT)", Vec::new()),
        )
        .await
        .unwrap();
        conn.reset().await.unwrap();
        assert_eq!(conn.state(), State::Broken);
        conn.close().await.unwrap();
    }
}

#[tokio::test]
async fn done_counts_rows_and_tells_keys() {
    for mut conn in conns().await {
        ddl(
            &mut conn,
            "CREATE TEMPORARY TABLE k (id BIGINT UNSIGNED PRIMARY KEY AUTO_INCREMENT, a INT)",
        )
        .await
        .unwrap();
        let insert = Stmt::write(
            "INSERT INTO k (a) VALUES (?), (?)",
            vec![Value::I32(1), Value::I32(2)],
        );
        let (_, done) = all(&mut conn, &insert).await.unwrap();
        assert_eq!((done.rows, done.last_insert_id), (2, Some(1)));
        // Rows that are found count, changed or not.
        assert_eq!(
            write(&mut conn, "UPDATE k SET a = 1", Vec::new()).await.unwrap(),
            2
        );
        assert_eq!(
            write(&mut conn, "DELETE FROM k WHERE id = 99", Vec::new())
                .await
                .unwrap(),
            0
        );
        let (texts, done) = all(&mut conn, &Stmt::read("SELECT id AS b FROM k", Vec::new()))
            .await
            .unwrap();
        assert_eq!(
            (done.rows, done.last_insert_id, &*texts.names),
            (2, None, &["b".to_owned()][..])
        );
        if conn.dialect() == Dialect::MariaDb {
            let insert = Stmt::write("INSERT INTO k (a) VALUES (3), (4) RETURNING id", Vec::new());
            let (texts, done) = all(&mut conn, &insert).await.unwrap();
            assert_eq!((texts.rows.len(), done.rows), (2, 2));
        }
    }
}

#[tokio::test]
async fn a_dropped_statement_recovers_or_is_given_up() {
    for url in urls().await {
        let connector = connector(&url, |_| {});
        let mut conn = connect(&connector).await;
        ddl(
            &mut conn,
            "DROP TABLE IF EXISTS driver_drops; CREATE TABLE driver_drops (a INT)",
        )
        .await
        .unwrap();
        let (mut dropped, mut lost) = (0, 0);
        for i in 0..40 {
            conn.command("BEGIN").await.unwrap();
            // A new text each second time, so that the preparation is hit as well.
            let sql = format!(
                "INSERT INTO driver_drops SELECT ? FROM (SELECT SLEEP(0.01)) s /* {} */",
                i / 2
            );
            let stmt = Stmt::write(sql, vec![Value::I32(i)]);
            let ended = poll_times(
                usize::try_from(i).unwrap() % 6,
                conn.run(&stmt, Box::<Discard>::default()),
            )
            .await;
            dropped += i32::from(!ended && conn.state() == State::InDoubt);
            match timeout(Duration::from_millis(500), conn.recover()).await {
                Ok(Ok(())) => assert_eq!(conn.state(), State::Ready),
                _ => {
                    assert_ne!(conn.state(), State::Ready);
                    lost += 1;
                    conn = connect(&connector).await;
                }
            }
            assert_eq!(
                one(&mut conn, "SELECT COUNT(*) FROM driver_drops", Vec::new())
                    .await
                    .unwrap(),
                "0"
            );
            assert_eq!(
                one(&mut conn, "SELECT ?", vec![Value::I32(i)]).await.unwrap(),
                i.to_string()
            );
        }
        assert!(dropped >= 10 && lost < dropped, "{dropped} {lost}");
        ddl(&mut conn, "DROP TABLE driver_drops").await.unwrap();
    }
}

#[tokio::test]
async fn a_statement_is_cancelled_from_the_side() {
    for url in urls().await {
        let connector = connector(&url, |_| {});
        let mut conn = connect(&connector).await;
        let backend = conn.backend_id().unwrap();
        let start = Instant::now();
        let stmt = Stmt::read("SELECT SLEEP(20)", Vec::new());
        // The server may call a cancelled statement well done.
        let (_, cancelled) = tokio::join!(conn.run(&stmt, Box::<Discard>::default()), async {
            tokio::time::sleep(Duration::from_millis(100)).await;
            connector.cancel(backend).await
        });
        cancelled.unwrap();
        assert_eq!(one(&mut conn, "SELECT 1", Vec::new()).await.unwrap(), "1");
        // Dropped first and cancelled then: its answer is still to come.
        assert!(
            timeout(
                Duration::from_millis(100),
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
}

#[tokio::test]
async fn streams_end_with_their_reader() {
    for mut conn in conns().await {
        let thousand = "WITH RECURSIVE n AS (SELECT 1 AS a UNION ALL SELECT a + 1 FROM n WHERE a < 1000)";
        let all_rows = stream_rows(&mut conn, &format!("{thousand} SELECT a FROM n"), usize::MAX)
            .await
            .unwrap();
        assert_eq!((all_rows, conn.state()), (1000, State::Ready));
        assert!(
            stream_rows(&mut conn, "SELECT no_such_column", usize::MAX)
                .await
                .is_err()
        );
        assert_eq!(conn.state(), State::Ready);
        let start = Instant::now();
        let sql = format!("{thousand} SELECT a.a FROM n a, n b, n c");
        let some = stream_rows(&mut conn, &sql, 300).await.unwrap();
        assert!((300..=1000).contains(&some), "{some}");
        assert_eq!(conn.state(), State::Broken);
        assert!(start.elapsed() < Duration::from_secs(5));
    }
}

#[tokio::test]
async fn schema_changes_and_statements_that_cannot_be_prepared() {
    for url in urls().await {
        let connector = connector(&url, |o| o.statement_cache = 8);
        let (mut a, mut b) = (connect(&connector).await, connect(&connector).await);
        ddl(
            &mut a,
            "DROP TABLE IF EXISTS driver_plans; CREATE TABLE driver_plans (a INT);
            INSERT INTO driver_plans VALUES (1)",
        )
        .await
        .unwrap();
        let sql = "SELECT * FROM driver_plans";
        assert_eq!(one(&mut b, sql, Vec::new()).await.unwrap(), "1");
        ddl(&mut a, "ALTER TABLE driver_plans MODIFY a VARCHAR(10)")
            .await
            .unwrap();
        assert_eq!(one(&mut b, sql, Vec::new()).await.unwrap(), "\"1\"");
        // More texts than the cache holds, and an emptied cache.
        for i in 0..30 {
            assert_eq!(
                one(&mut b, &format!("SELECT {i}"), Vec::new()).await.unwrap(),
                i.to_string()
            );
        }
        b.forget_statements().await.unwrap();
        assert_eq!(one(&mut b, sql, Vec::new()).await.unwrap(), "\"1\"");
        // These are sent as text when the server says that it cannot prepare them.
        for sql in [
            "LOCK TABLES driver_plans READ",
            "UNLOCK TABLES",
            "BEGIN",
            "ROLLBACK",
        ] {
            all(&mut b, &Stmt::raw(sql, Vec::new()))
                .await
                .unwrap_or_else(|e| panic!("{sql}: {e}"));
        }
        all(&mut b, &Stmt::raw("HANDLER driver_plans OPEN", Vec::new()))
            .await
            .unwrap();
        let (texts, _) = all(&mut b, &Stmt::raw("HANDLER driver_plans READ FIRST", Vec::new()))
            .await
            .unwrap();
        assert_eq!(texts.rows, [["\"1\""]]);
        all(&mut b, &Stmt::raw("HANDLER driver_plans CLOSE", Vec::new()))
            .await
            .unwrap();
        ddl(&mut a, "DROP TABLE driver_plans").await.unwrap();
    }
}

#[tokio::test]
async fn without_a_cache_nothing_stays_prepared() {
    for url in urls().await {
        let mut conn = connect(&connector(&url, |o| o.statement_cache = 0)).await;
        for i in 0..5 {
            assert_eq!(
                one(&mut conn, "SELECT ?", vec![Value::I64(i)]).await.unwrap(),
                i.to_string()
            );
        }
        conn.ping().await.unwrap();
        conn.forget_statements().await.unwrap();
    }
}
