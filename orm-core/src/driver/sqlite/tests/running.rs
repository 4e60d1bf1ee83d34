//! Where statements run, and what they answer.

use std::sync::Arc;

use super::*;
use crate::driver::State;
use crate::error::ErrorKind;
use crate::value::RowReader;

/// Which thread a sink was filled on.
#[derive(Default)]
struct Where(Vec<std::thread::ThreadId>, usize);

impl crate::exec::RowSink for Where {
    fn row(&mut self, _: &mut RowReader<'_>) -> Result<()> {
        self.0.push(std::thread::current().id());
        Ok(())
    }
    fn restart(&mut self) {
        self.0.clear();
        self.1 += 1;
    }
    fn len(&self) -> usize {
        self.0.len()
    }
    fn take(&mut self) -> Box<dyn crate::exec::RowSink> {
        Box::new(std::mem::take(self))
    }
    fn into_any(self: Box<Self>) -> Box<dyn std::any::Any + Send> {
        self
    }
}

/// Whether the statement ran on the caller's thread, and how often it was started again.
async fn ran_here(conn: &mut Conn, stmt: &Stmt) -> (bool, usize) {
    let (sink, _) = conn.run(stmt, Box::new(Where::default())).await.unwrap();
    let Ok(sink) = sink.into_any().downcast::<Where>() else {
        panic!("another sink came back")
    };
    (sink.0.iter().all(|id| *id == std::thread::current().id()), sink.1)
}

#[tokio::test]
async fn a_text_moves_to_the_callers_thread_when_it_is_short() {
    let connector = connector("sqlite::memory:");
    let mut conn = connector.connect(Lane::Main).await.unwrap();
    let read = Stmt::read("SELECT 1", Vec::new());
    assert!(
        !ran_here(&mut conn, &read).await.0,
        "the first run is on a thread"
    );
    // One run may have been slow on a busy machine.
    let mut here = false;
    for _ in 0..20 {
        here |= ran_here(&mut conn, &read).await.0;
    }
    assert!(here);
    assert!(
        ran_here(&mut conn, &short(Stmt::read("SELECT 2", Vec::new())))
            .await
            .0
    );
    assert!(!ran_here(&mut conn, &Stmt::raw("SELECT 3", Vec::new())).await.0);
}

#[tokio::test]
async fn a_read_over_its_budget_starts_again_on_a_thread() {
    let connector = connector("sqlite::memory:");
    let mut conn = connector.connect(Lane::Main).await.unwrap();
    exec(&mut conn, "CREATE TABLE t (a INTEGER) STRICT")
        .await
        .unwrap();
    conn.command("BEGIN IMMEDIATE").await.unwrap();
    exec(&mut conn, "INSERT INTO t VALUES (1)").await.unwrap();
    let sql: Arc<str> =
        "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ?) SELECT i FROM n".into();
    let stmt = |n| Stmt::read(Arc::clone(&sql), vec![Value::I64(n)]);
    // Short for as long as it has to be.
    connector.history.ran(&sql, Duration::ZERO);
    assert_eq!(ran_here(&mut conn, &stmt(5)).await, (true, 0));
    connector.history.ran(&sql, Duration::ZERO);
    assert_eq!(ran_here(&mut conn, &stmt(300_000)).await, (false, 1));
    let (sink, done) = conn
        .run(&stmt(300_000), Box::new(Where::default()))
        .await
        .unwrap();
    assert_eq!((sink.len(), done.rows), (300_000, 300_000));
    assert_eq!(
        ran_here(&mut conn, &stmt(5)).await,
        (false, 0),
        "the text counts as long"
    );
    // The transaction went on.
    conn.command("COMMIT").await.unwrap();
    assert_eq!(one::<(i64,)>(&mut conn, "SELECT a FROM t").await.0, 1);
}

#[tokio::test]
async fn a_write_that_calls_itself_a_read_has_no_budget() {
    let connector = connector("sqlite::memory:");
    let mut conn = connector.connect(Lane::Main).await.unwrap();
    exec(&mut conn, "CREATE TABLE t (a INTEGER) STRICT")
        .await
        .unwrap();
    let mut stmt = Stmt::raw(
        "INSERT INTO t SELECT value FROM generate_series(1, 5) RETURNING a",
        Vec::new(),
    );
    stmt.sql = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 100000) INSERT INTO t SELECT i FROM n RETURNING a".into();
    stmt.run = Run::Budget;
    connector.history.ran(&stmt.sql, Duration::ZERO);
    assert!(!ran_here(&mut conn, &stmt).await.0);
    assert_eq!(
        one::<(i64,)>(&mut conn, "SELECT count(*) FROM t").await.0,
        100_000
    );
    let mut commit = Stmt::raw("SAVEPOINT a", Vec::new());
    commit.run = Run::Budget;
    connector.history.ran(&commit.sql, Duration::ZERO);
    send(&mut conn, commit).await.unwrap();
}

#[tokio::test]
async fn done_tells_rows_and_keys() {
    let mut conn = memory().await;
    exec(
        &mut conn,
        "CREATE TABLE t (id INTEGER PRIMARY KEY, a INTEGER UNIQUE) STRICT",
    )
    .await
    .unwrap();
    let done = exec(&mut conn, "INSERT INTO t (a) VALUES (10)").await.unwrap();
    assert_eq!((done.rows, done.last_insert_id), (1, Some(1)));
    let done = exec(&mut conn, "INSERT INTO t (a) VALUES (20), (30) RETURNING id")
        .await
        .unwrap();
    assert_eq!((done.rows, done.last_insert_id), (2, None));
    let upsert = "INSERT INTO t (id, a) VALUES (1, 10) ON CONFLICT (id) DO UPDATE SET a = 11";
    let done = exec(&mut conn, upsert).await.unwrap();
    assert_eq!((done.rows, done.last_insert_id), (1, None));
    let done = exec(&mut conn, "INSERT OR IGNORE INTO t (a) VALUES (20)")
        .await
        .unwrap();
    assert_eq!((done.rows, done.last_insert_id), (0, None));
    assert_eq!(exec(&mut conn, "UPDATE t SET a = a + 1").await.unwrap().rows, 3);
    assert_eq!(
        exec(&mut conn, "UPDATE t SET a = 1 WHERE id = 99")
            .await
            .unwrap()
            .rows,
        0
    );
    assert_eq!(
        exec(&mut conn, "UPDATE t SET a = a + 1 RETURNING a")
            .await
            .unwrap()
            .rows,
        3
    );
    assert_eq!(exec(&mut conn, "CREATE INDEX i ON t (a)").await.unwrap().rows, 0);
    assert_eq!(exec(&mut conn, "SELECT * FROM t").await.unwrap().rows, 3);
    assert_eq!(exec(&mut conn, "DELETE FROM t").await.unwrap().rows, 3);
    assert_eq!(exec(&mut conn, "PRAGMA user_version = 4").await.unwrap().rows, 0);
}

#[tokio::test]
async fn a_cached_statement_sees_a_schema_changed_elsewhere() {
    let folder = Folder::new();
    let connector = connector(&folder.url(""));
    let mut main = connector.connect(Lane::Main).await.unwrap();
    let mut reader = connector.connect(Lane::Reader).await.unwrap();
    send(
        &mut main,
        Stmt::ddl("CREATE TABLE t (a INTEGER) STRICT; INSERT INTO t VALUES (1);"),
    )
    .await
    .unwrap();
    let select = short(Stmt::read("SELECT * FROM t", Vec::new()));
    assert_eq!(
        fetch::<(i64,)>(&mut reader, select.clone()).await.unwrap(),
        [(1,)]
    );
    send(
        &mut main,
        Stmt::ddl("ALTER TABLE t ADD COLUMN b INTEGER DEFAULT 7"),
    )
    .await
    .unwrap();
    assert_eq!(
        fetch::<(i64, i64)>(&mut reader, select.clone()).await.unwrap(),
        [(1, 7)]
    );
    // Columns are matched by their new names.
    let by_name = Collect::<(i64, i64)>::by_name(["b".into(), "a".into()], <(i64, i64)>::from_row);
    let (sink, _) = reader.run(&select, Box::new(by_name)).await.unwrap();
    assert_eq!(Collect::<(i64, i64)>::rows(sink).unwrap(), [(7, 1)]);
    send(&mut main, Stmt::ddl("DROP TABLE t")).await.unwrap();
    let error = fetch::<(i64,)>(&mut reader, select).await.unwrap_err();
    assert!(error.to_string().contains("no such table: t"), "{error}");
}

#[tokio::test]
async fn names_are_known_without_rows() {
    let mut conn = memory().await;
    let stmt = Stmt::read("SELECT 1 AS a WHERE 0", Vec::new());
    let by_name = || Collect::<(i64,)>::by_name(["b".into()], <(i64,)>::from_row);
    let error = conn.run(&stmt, Box::new(by_name())).await.err().unwrap();
    assert_eq!(error.kind(), ErrorKind::Decode);
    assert!(error.to_string().contains("`a`"), "{error}");
}

#[tokio::test]
async fn raw_text_is_read_only_or_not() {
    let mut conn = memory().await;
    exec(&mut conn, "CREATE TABLE t (a INTEGER) STRICT")
        .await
        .unwrap();
    for (sql, reads) in [
        ("SELECT * FROM t", true),
        ("  /* a */ -- b\n select 1", true),
        ("VALUES (1)", true),
        ("WITH x AS (SELECT 1) SELECT * FROM x", true),
        ("WITH x AS (SELECT 1) INSERT INTO t SELECT * FROM x", false),
        ("EXPLAIN QUERY PLAN DELETE FROM t", true),
        ("PRAGMA table_info(t)", true),
        ("PRAGMA user_version = 3", false),
        ("PRAGMA foreign_keys = 0", false),
        ("/* x */ BEGIN", false),
        ("SAVEPOINT a", false),
        ("VACUUM", false),
        ("ATTACH 'a' AS b", false),
        ("DELETE FROM t RETURNING a", false),
    ] {
        assert_eq!(conn.is_read_only(sql).await.unwrap(), reads, "{sql}");
    }
    let error = conn.is_read_only("SELEC 1").await.unwrap_err();
    assert!(error.to_string().contains("syntax error"), "{error}");
    assert_eq!(conn.state(), State::Ready);
}

#[tokio::test]
async fn commands_follow_the_transaction() {
    let mut conn = memory().await;
    exec(&mut conn, "CREATE TABLE t (a INTEGER) STRICT")
        .await
        .unwrap();
    conn.command("BEGIN IMMEDIATE").await.unwrap();
    conn.command("SAVEPOINT a").await.unwrap();
    exec(&mut conn, "INSERT INTO t VALUES (1)").await.unwrap();
    conn.command("ROLLBACK TO a").await.unwrap();
    conn.command("RELEASE a").await.unwrap();
    exec(&mut conn, "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 5000) INSERT INTO t SELECT i FROM n")
        .await
        .unwrap();
    conn.command("COMMIT").await.unwrap();
    assert_eq!(one::<(i64,)>(&mut conn, "SELECT count(*) FROM t").await.0, 5000);
    conn.command("ROLLBACK").await.unwrap();
    let error = conn.command("COMMIT").await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::TransactionAborted);
    let error = conn.command("RELEASE unknown").await.unwrap_err();
    assert!(error.to_string().contains("no such savepoint"), "{error}");
}

#[tokio::test]
async fn full_commits_and_other_journals() {
    for query in [
        "?synchronous=full",
        "?journal_mode=delete",
        "?journal_mode=truncate&synchronous=off",
    ] {
        let folder = Folder::new();
        let connector = connector(&folder.url(query));
        let mut conn = connector.connect(Lane::Main).await.unwrap();
        exec(&mut conn, "CREATE TABLE t (a INTEGER) STRICT")
            .await
            .unwrap();
        for _ in 0..5 {
            send(
                &mut conn,
                short(Stmt::write("INSERT INTO t VALUES (1)", Vec::new())),
            )
            .await
            .unwrap();
            conn.command("BEGIN IMMEDIATE").await.unwrap();
            send(
                &mut conn,
                short(Stmt::write("INSERT INTO t VALUES (1)", Vec::new())),
            )
            .await
            .unwrap();
            conn.command("COMMIT").await.unwrap();
        }
        let mut reader = connector.connect(Lane::Reader).await.unwrap();
        assert_eq!(one::<(i64,)>(&mut reader, "SELECT count(*) FROM t").await.0, 10);
    }
}

#[tokio::test]
async fn a_statement_timeout_ends_reads_and_poisons_writes() {
    let mut options = ConnectOptions::new("sqlite::memory:");
    options.statement_timeout = Some(Duration::from_millis(50));
    let mut conn = SqliteConnector::new(&options)
        .unwrap()
        .connect(Lane::Main)
        .await
        .unwrap();
    exec(&mut conn, "CREATE TABLE t (a INTEGER) STRICT")
        .await
        .unwrap();
    conn.command("BEGIN IMMEDIATE").await.unwrap();
    exec(&mut conn, "INSERT INTO t VALUES (1)").await.unwrap();
    let error = send(&mut conn, slow(ENDLESS)).await.unwrap_err();
    assert_eq!(
        (error.kind(), error.poisons()),
        (ErrorKind::Timeout, false),
        "{error}"
    );
    let write =
        "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) INSERT INTO t SELECT i FROM n";
    let error = exec(&mut conn, write).await.unwrap_err();
    assert_eq!(
        (error.kind(), error.poisons()),
        (ErrorKind::Timeout, true),
        "{error}"
    );
    assert!(conn.command("COMMIT").await.is_err());
    assert_eq!(one::<(i64,)>(&mut conn, "SELECT count(*) FROM t").await.0, 0);
}

#[tokio::test]
async fn forgotten_statements_are_prepared_again() {
    let mut conn = memory().await;
    for _ in 0..3 {
        assert_eq!(one::<(i64,)>(&mut conn, "SELECT 1").await.0, 1);
        conn.forget_statements().await.unwrap();
    }
}
