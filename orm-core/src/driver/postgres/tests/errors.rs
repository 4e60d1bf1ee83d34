//! Errors raised for real.

use super::{connector_with, fresh};
use crate::driver::wire::testing::{connect, ddl, fails, one, write};
use crate::driver::{ConnectOptions, Connector, Lane, State};
use crate::error::{Class, ErrorKind};
use crate::exec::Stmt;
use crate::value::Value;

#[tokio::test]
async fn constraints_are_named_and_values_are_not() {
    let Some(mut conn) = fresh().await else { return };
    ddl(
        &mut conn,
        "CREATE TEMP TABLE parent (id int PRIMARY KEY, name text UNIQUE, age int NOT NULL CONSTRAINT old CHECK (age > 0));
         CREATE TEMP TABLE child (id int PRIMARY KEY, parent int CONSTRAINT fk REFERENCES parent);
         CREATE TEMP TABLE room (during int4range, CONSTRAINT apart EXCLUDE USING gist (during WITH &&));
         INSERT INTO parent VALUES (1, 'geheim', 1)",
    )
    .await
    .unwrap();
    for (sql, kind, constraint) in [
        (
            "INSERT INTO parent VALUES (2, 'geheim', 1)",
            ErrorKind::Unique,
            Some("parent_name_key"),
        ),
        (
            "INSERT INTO parent VALUES (1, 'x', 1)",
            ErrorKind::Unique,
            Some("parent_pkey"),
        ),
        (
            "INSERT INTO parent VALUES (2, 'geheim2', NULL)",
            ErrorKind::NotNull,
            None,
        ),
        (
            "INSERT INTO parent VALUES (2, 'geheim2', -1)",
            ErrorKind::Check,
            Some("old"),
        ),
        (
            "INSERT INTO child VALUES (1, 77)",
            ErrorKind::ForeignKey,
            Some("fk"),
        ),
        (
            "INSERT INTO room VALUES ('[1,3)'), ('[2,4)')",
            ErrorKind::Exclusion,
            Some("apart"),
        ),
    ] {
        let e = fails(&mut conn, sql, Vec::new()).await;
        assert_eq!(
            (e.kind(), e.class(), e.constraint()),
            (kind, Class::Constraint, constraint),
            "{sql}"
        );
        assert!(!format!("{e} {e:?}").contains("geheim"), "{e}");
        assert!(!e.poisons() && !e.retires(), "{sql}");
        assert!(e.table().is_some(), "{sql}");
    }
    let e = fails(
        &mut conn,
        "INSERT INTO parent VALUES (2, 'geheim2', NULL)",
        Vec::new(),
    )
    .await;
    assert_eq!(e.columns(), ["age"]);
    assert!(e.detail().is_some_and(|d| d.contains("geheim2")));
}

#[tokio::test]
async fn values_stay_out_of_texts() {
    let Some(mut conn) = fresh().await else { return };
    for sql in [
        "SELECT $1::int",
        "SELECT $1::uuid",
        "SELECT $1::timestamptz",
        "SELECT $1::jsonb",
        "SELECT $1::varchar::bool",
    ] {
        let e = fails(&mut conn, sql, vec![Value::Text("geheim".to_owned())]).await;
        assert!(!format!("{e} {e:?}").contains("geheim"), "{e}");
        assert_eq!((e.kind(), e.retires()), (ErrorKind::Database, false), "{e}");
    }
    let e = fails(&mut conn, "SELEC 1", Vec::new()).await;
    assert!(
        e.to_string().contains("SELEC") && e.code() == Some("42601"),
        "{e}"
    );
    // The wrong number of parameters is an error of the statement only.
    let e = fails(&mut conn, "SELECT $1, $2", vec![Value::I32(1)]).await;
    assert!(!e.retires() && conn.state() == State::Ready, "{e}");
    assert_eq!(one(&mut conn, "SELECT 1", Vec::new()).await.unwrap(), "1");
}

#[tokio::test]
async fn an_error_ends_the_transaction_and_commit_says_so() {
    let Some(mut conn) = fresh().await else { return };
    conn.command("BEGIN").await.unwrap();
    let e = fails(&mut conn, "SELECT 1/0", Vec::new()).await;
    assert!(!e.poisons());
    let e = fails(&mut conn, "SELECT 1", Vec::new()).await;
    assert_eq!((e.kind(), e.poisons()), (ErrorKind::TransactionAborted, false));
    assert_eq!(
        conn.command("COMMIT").await.unwrap_err().kind(),
        ErrorKind::TransactionAborted
    );

    conn.command("BEGIN").await.unwrap();
    conn.command("SAVEPOINT s").await.unwrap();
    assert!(!fails(&mut conn, "SELECT 1/0", Vec::new()).await.poisons());
    conn.command("ROLLBACK TO SAVEPOINT s").await.unwrap();
    assert_eq!(one(&mut conn, "SELECT 1", Vec::new()).await.unwrap(), "1");
    conn.command("COMMIT").await.unwrap();
    assert!(!fails(&mut conn, "SELECT 1/0", Vec::new()).await.poisons());

    conn.command("BEGIN READ ONLY").await.unwrap();
    let e = fails(&mut conn, "CREATE TABLE nothing (a int)", Vec::new()).await;
    assert_eq!(
        (e.code(), e.retires(), e.class()),
        (Some("25006"), false, Class::Fail)
    );
    conn.command("ROLLBACK").await.unwrap();
}

#[tokio::test]
async fn locks_and_limits_have_kinds() {
    let Some(connector) =
        connector_with(|o| o.statement_timeout = Some(std::time::Duration::from_millis(100)))
    else {
        return;
    };
    let (mut a, mut b) = (connect(&connector).await, connect(&connector).await);
    let e = fails(&mut a, "SELECT pg_sleep(5)", Vec::new()).await;
    assert_eq!((e.kind(), e.class()), (ErrorKind::Timeout, Class::Fail));

    ddl(
        &mut a,
        "DROP TABLE IF EXISTS driver_locks; CREATE TABLE driver_locks (id int PRIMARY KEY, n int);
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
    assert_eq!((e.kind(), e.class()), (ErrorKind::LockTimeout, Class::OptIn));

    // Each waits for the other.
    for conn in [&mut a, &mut b] {
        conn.command("ROLLBACK").await.unwrap();
        conn.command("SET statement_timeout = 0; SET deadlock_timeout = '10ms'")
            .await
            .unwrap();
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
    let e = one.err().or(two.err()).unwrap();
    assert_eq!(
        (e.kind(), e.class(), e.poisons()),
        (ErrorKind::Deadlock, Class::Transaction, false)
    );

    for conn in [&mut a, &mut b] {
        conn.command("ROLLBACK").await.unwrap();
        conn.command("BEGIN ISOLATION LEVEL REPEATABLE READ")
            .await
            .unwrap();
        crate::driver::wire::testing::one(conn, "SELECT sum(n) FROM driver_locks", Vec::new())
            .await
            .unwrap();
    }
    write(&mut a, "UPDATE driver_locks SET n = 3 WHERE id = 1", Vec::new())
        .await
        .unwrap();
    a.command("COMMIT").await.unwrap();
    let e = fails(&mut b, "UPDATE driver_locks SET n = 4 WHERE id = 1", Vec::new()).await;
    assert_eq!(
        (e.kind(), e.class()),
        (ErrorKind::Serialization, Class::Transaction)
    );
    b.command("ROLLBACK").await.unwrap();
    ddl(&mut a, "DROP TABLE driver_locks").await.unwrap();
}

#[tokio::test]
async fn a_killed_session_is_broken() {
    let Some(connector) = connector_with(|_| {}) else {
        return;
    };
    let (mut a, mut b) = (connect(&connector).await, connect(&connector).await);
    let id = i32::try_from(b.backend_id().unwrap()).unwrap();
    one(&mut a, "SELECT pg_terminate_backend($1)", vec![Value::I32(id)])
        .await
        .unwrap();
    tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    let e = fails(&mut b, "SELECT 1", Vec::new()).await;
    assert_eq!(
        (e.kind(), e.class(), e.retires()),
        (ErrorKind::ConnectionLost, Class::Reconnect, true)
    );
    assert_eq!(b.state(), State::Broken);
    assert!(b.recover().await.is_err());
}

#[tokio::test]
async fn connections_that_cannot_be_made() {
    let Some(url) = super::url() else { return };
    let try_with = |url: String| async move {
        let mut options = ConnectOptions::new(url);
        options.connect_timeout = std::time::Duration::from_secs(5);
        super::PgConnector::new(&options)
            .unwrap()
            .connect(Lane::Main)
            .await
            .err()
            .unwrap()
    };
    let (head, tail) = url.split_once('@').unwrap();
    let (user, password) = head.rsplit_once(':').unwrap();
    let place = tail.split_once('/').unwrap().0;
    let e = try_with(format!("{user}:geheim@{tail}")).await;
    assert_eq!(
        (e.kind(), e.class(), e.code()),
        (ErrorKind::Connect, Class::Fail, Some("28P01"))
    );
    assert!(!format!("{e} {e:?}").contains("geheim"), "{e}");
    let e = try_with(format!("{user}:{password}@{place}/no_such_database")).await;
    assert_eq!(
        (e.kind(), e.class(), e.code()),
        (ErrorKind::Connect, Class::Fail, Some("3D000"))
    );
    let e = try_with(format!("{user}:{password}@127.0.0.1:1/x")).await;
    assert_eq!((e.kind(), e.class()), (ErrorKind::Connect, Class::Wait));
    assert!(!format!("{e} {e:?}").contains(password), "{e}");
    // Encryption that the server does not have, or with a certificate that nobody signed.
    let e = try_with(format!("{head}@{tail}?sslmode=verify-full")).await;
    assert_eq!((e.kind(), e.class()), (ErrorKind::Connect, Class::Fail), "{e}");
}

#[tokio::test]
async fn the_time_of_a_connect_is_limited() {
    // Somebody who takes connections and says nothing.
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let mut options = ConnectOptions::new(format!("postgres://a:b@127.0.0.1:{port}/x"));
    options.connect_timeout = std::time::Duration::from_millis(50);
    let connector = super::PgConnector::new(&options).unwrap();
    let e = connector.connect(Lane::Main).await.err().unwrap();
    assert_eq!((e.kind(), e.class()), (ErrorKind::Connect, Class::Wait));
    drop(listener);
}

#[tokio::test]
async fn nul_in_a_text_is_refused_before_it_is_sent() {
    let Some(mut conn) = fresh().await else { return };
    conn.command("BEGIN").await.unwrap();
    let e = fails(
        &mut conn,
        "SELECT $1, $2",
        vec![Value::I32(1), Value::Text("\0".to_owned())],
    )
    .await;
    assert_eq!((e.kind(), e.poisons()), (ErrorKind::Encode, false));
    assert!(
        crate::driver::wire::testing::all(&mut conn, &Stmt::read("SELECT '\0'", Vec::new()))
            .await
            .is_err()
    );
    assert!(conn.command("SELECT '\0'").await.is_err());
    assert_eq!(one(&mut conn, "SELECT 1", Vec::new()).await.unwrap(), "1");
}
