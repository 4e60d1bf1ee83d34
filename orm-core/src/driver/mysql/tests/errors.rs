//! Errors raised for real.

use std::time::Duration;

use super::{MySqlConnector, connector, conns, urls};
use crate::driver::wire::testing::{all, connect, ddl, fails, one, write};
use crate::driver::{ConnectOptions, Connector, Lane, State};
use crate::error::{Class, ErrorKind};
use crate::exec::{Discard, Stmt};
use crate::sql::Dialect;
use crate::value::Value;

#[tokio::test]
async fn constraints_are_named_and_values_are_not() {
    for mut conn in conns().await {
        ddl(
            &mut conn,
            "DROP TABLE IF EXISTS err_child, err_parent;
             CREATE TABLE err_parent (id INT PRIMARY KEY, name VARCHAR(50), age INT NOT NULL, d INT NOT NULL DEFAULT 1,
                 UNIQUE KEY by_name (name), CONSTRAINT old CHECK (age > 0));
             CREATE TABLE err_child (id INT PRIMARY KEY, parent INT,
                 CONSTRAINT fk FOREIGN KEY (parent) REFERENCES err_parent (id));
             INSERT INTO err_parent VALUES (1, 'geheim', 1, 1); INSERT INTO err_child VALUES (1, 1)",
        )
        .await
        .unwrap();
        for (sql, kind, constraint, column) in [
            (
                "INSERT INTO err_parent VALUES (2, 'geheim', 1, 1)",
                ErrorKind::Unique,
                Some("by_name"),
                None,
            ),
            (
                "INSERT INTO err_parent VALUES (1, 'geheim3', 1, 1)",
                ErrorKind::Unique,
                Some("PRIMARY"),
                None,
            ),
            (
                "INSERT INTO err_parent VALUES (2, 'geheim2', NULL, 1)",
                ErrorKind::NotNull,
                None,
                Some("age"),
            ),
            (
                "INSERT INTO err_parent (id, name) VALUES (2, 'geheim2')",
                ErrorKind::NotNull,
                None,
                Some("age"),
            ),
            (
                "INSERT INTO err_parent VALUES (2, 'geheim2', -1, 1)",
                ErrorKind::Check,
                Some("old"),
                None,
            ),
            (
                "INSERT INTO err_child VALUES (2, 77)",
                ErrorKind::ForeignKey,
                Some("fk"),
                Some("parent"),
            ),
            (
                "DELETE FROM err_parent WHERE name = 'geheim'",
                ErrorKind::ForeignKey,
                Some("fk"),
                Some("parent"),
            ),
        ] {
            let e = fails(&mut conn, sql, Vec::new()).await;
            assert_eq!(
                (e.kind(), e.class(), e.constraint()),
                (kind, Class::Constraint, constraint),
                "{sql}"
            );
            assert_eq!(e.columns().first().map(String::as_str), column, "{sql}");
            assert!(!format!("{e} {e:?}").contains("geheim"), "{e}");
            assert!(!e.poisons() && !e.retires(), "{sql}");
        }
        for sql in [
            "INSERT INTO err_parent VALUES (3, REPEAT('geheim', 10), 1, 1)",
            "INSERT INTO err_parent VALUES (3, 'a', 'geheim', 1)",
            "INSERT INTO err_parent VALUES (3, 'a', 99999999999, 1)",
            "UPDATE err_parent SET age = 1 WHERE name + 0 = 1",
            "INSERT INTO err_parent (id, name, age) SELECT 3, 'a', CAST('geheim' AS DATE)",
        ] {
            let e = fails(&mut conn, sql, Vec::new()).await;
            assert!(!format!("{e} {e:?}").contains("geheim"), "{e}");
            assert_eq!(e.kind(), ErrorKind::Database, "{sql}: {e}");
        }
        let e = fails(&mut conn, "SELEC 1", Vec::new()).await;
        assert_eq!((e.code(), e.class()), (Some("1064"), Class::Fail));
        let mut built = Stmt::write("INSERT INTO err_parent VALUES (2, 'geheim', 1, 1)", Vec::new());
        built.writes.add("err_parent");
        let e = all(&mut conn, &built).await.err().unwrap();
        assert_eq!(e.table(), Some("err_parent"));
        ddl(&mut conn, "DROP TABLE err_child, err_parent").await.unwrap();
    }
}

#[tokio::test]
async fn locks_and_limits_have_kinds() {
    for url in urls().await {
        let connector = connector(&url, |o| o.statement_timeout = Some(Duration::from_millis(300)));
        let (mut a, mut b) = (connect(&connector).await, connect(&connector).await);
        let slow = "SELECT COUNT(*) FROM information_schema.COLUMNS a, information_schema.COLUMNS b, \
            information_schema.COLUMNS c";
        let e = fails(&mut a, slow, Vec::new()).await;
        assert_eq!(
            (e.kind(), e.class(), e.retires()),
            (ErrorKind::Timeout, Class::Fail, false),
            "{e}"
        );

        ddl(
            &mut a,
            "DROP TABLE IF EXISTS driver_locks; CREATE TABLE driver_locks (id INT PRIMARY KEY, n INT);
            INSERT INTO driver_locks VALUES (1, 0), (2, 0)",
        )
        .await
        .unwrap();
        a.command("BEGIN").await.unwrap();
        write(&mut a, "UPDATE driver_locks SET n = 1 WHERE id = 1", Vec::new())
            .await
            .unwrap();
        let e = fails(
            &mut b,
            "SELECT n FROM driver_locks WHERE id = 1 FOR UPDATE NOWAIT",
            Vec::new(),
        )
        .await;
        assert_eq!(e.kind(), ErrorKind::LockTimeout);
        a.command("ROLLBACK").await.unwrap();

        // Each waits for the other: one of them has no transaction any more, and must not go on as if.
        for conn in [&mut a, &mut b] {
            let off = match conn.dialect() {
                Dialect::MariaDb => "SET max_statement_time = 0",
                _ => "SET max_execution_time = 0",
            };
            conn.command(off).await.unwrap();
            conn.command("BEGIN").await.unwrap();
        }
        write(&mut a, "UPDATE driver_locks SET n = 1 WHERE id = 1", Vec::new())
            .await
            .unwrap();
        write(&mut b, "UPDATE driver_locks SET n = 1 WHERE id = 2", Vec::new())
            .await
            .unwrap();
        let (one, two) = tokio::join!(
            write(&mut a, "UPDATE driver_locks SET n = 2 WHERE id = 2", Vec::new()),
            write(&mut b, "UPDATE driver_locks SET n = 2 WHERE id = 1", Vec::new()),
        );
        let (e, loser) = match (one, two) {
            (Err(e), _) => (e, &mut a),
            (_, Err(e)) => (e, &mut b),
            _ => panic!("no deadlock"),
        };
        assert_eq!(
            (e.kind(), e.class(), e.poisons()),
            (ErrorKind::Deadlock, Class::Transaction, true)
        );
        assert_eq!(
            loser.command("COMMIT").await.unwrap_err().kind(),
            ErrorKind::TransactionAborted
        );
        for conn in [&mut a, &mut b] {
            conn.command("ROLLBACK").await.unwrap();
        }
        ddl(&mut a, "DROP TABLE driver_locks").await.unwrap();
    }
}

#[tokio::test]
async fn a_killed_session_is_broken() {
    for url in urls().await {
        let connector = connector(&url, |_| {});
        let (mut a, mut b) = (connect(&connector).await, connect(&connector).await);
        a.command(&format!("KILL {}", b.backend_id().unwrap()))
            .await
            .unwrap();
        tokio::time::sleep(Duration::from_millis(50)).await;
        let e = fails(&mut b, "SELECT 1", Vec::new()).await;
        assert_eq!(
            (e.kind(), e.class(), e.retires()),
            (ErrorKind::ConnectionLost, Class::Reconnect, true),
            "{e}"
        );
        assert_eq!(b.state(), State::Broken);
        assert!(b.recover().await.is_err());
    }
}

#[tokio::test]
async fn a_value_above_the_packet_ends_the_connection_only() {
    for mut conn in conns().await {
        let most = one(&mut conn, "SELECT @@max_allowed_packet", Vec::new())
            .await
            .unwrap();
        let most: usize = most.trim_start_matches("unsigned ").parse().unwrap();
        if most > 60 << 20 {
            continue;
        }
        let large = vec![Value::Bytes(vec![1; most + 1000])];
        let stmt = Stmt::read("SELECT LENGTH(?)", large);
        assert_eq!(conn.check(&stmt).unwrap_err().kind(), ErrorKind::Encode);
        assert_eq!(conn.state(), State::Ready);
        // What the server says to one that was sent all the same.
        let e = conn
            .run(&stmt, Box::<Discard>::default())
            .await
            .map(drop)
            .unwrap_err();
        assert!(e.retires(), "{e}");
        assert_eq!(conn.state(), State::Broken);
    }
}

#[tokio::test]
async fn connections_that_cannot_be_made() {
    for url in urls().await {
        let try_with = |url: url::Url| async move {
            let options = ConnectOptions::new(url.as_str());
            MySqlConnector::new(&options)
                .unwrap()
                .connect(Lane::Main)
                .await
                .err()
                .unwrap()
        };
        let url = url::Url::parse(&url).unwrap();
        let mut wrong = url.clone();
        wrong.set_password(Some("geheim")).unwrap();
        let e = try_with(wrong).await;
        assert_eq!((e.kind(), e.class()), (ErrorKind::Connect, Class::Fail), "{e}");
        assert!(!format!("{e} {e:?}").contains("geheim"), "{e}");
        let mut wrong = url.clone();
        wrong.set_path("no_such_database");
        let e = try_with(wrong).await;
        assert_eq!((e.kind(), e.class()), (ErrorKind::Connect, Class::Fail), "{e}");
        let mut wrong = url.clone();
        wrong.set_port(Some(1)).unwrap();
        let e = try_with(wrong).await;
        assert_eq!((e.kind(), e.class()), (ErrorKind::Connect, Class::Wait), "{e}");
        let mut wrong = url.clone();
        wrong.query_pairs_mut().append_pair("ssl-mode", "VERIFY_IDENTITY");
        let e = try_with(wrong).await;
        assert_eq!((e.kind(), e.class()), (ErrorKind::Connect, Class::Fail), "{e}");
    }
}
