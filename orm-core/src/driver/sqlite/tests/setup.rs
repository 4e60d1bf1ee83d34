//! How connections are made and set up, and what `reset` takes back.

use super::*;
use crate::driver::Secret;
use crate::error::{Class, ErrorKind};

#[tokio::test]
async fn a_file_is_made_and_set_up() {
    let folder = Folder::new();
    let connector = connector(&folder.url(""));
    assert!(connector.has_readers() && !connector.is_single());
    assert!(connector.describe().contains("library.db"));
    // A reader may be the first of all.
    let mut reader = connector.connect(Lane::Reader).await.unwrap();
    let mut main = connector.connect(Lane::Main).await.unwrap();
    assert_eq!(one::<(String,)>(&mut main, "PRAGMA journal_mode").await.0, "wal");
    assert_eq!(one::<(i64,)>(&mut main, "PRAGMA synchronous").await.0, 1);
    assert_eq!(one::<(i64,)>(&mut main, "PRAGMA wal_autocheckpoint").await.0, 0);
    for conn in [&mut main, &mut reader] {
        assert_eq!(one::<(i64,)>(conn, "PRAGMA foreign_keys").await.0, 1);
        assert_eq!(one::<(i64,)>(conn, "PRAGMA busy_timeout").await.0, 0);
        assert_eq!(one::<(i64,)>(conn, "PRAGMA temp_store").await.0, 2);
        assert_eq!(
            one::<(String,)>(conn, "SELECT orm_lower('ÄÖ Straße ΣΑΣ')")
                .await
                .0,
            "äö straße σασ"
        );
        assert_eq!(
            one::<(Option<String>,)>(conn, "SELECT orm_lower(NULL)").await.0,
            None
        );
        assert_eq!(one::<(i64,)>(conn, "SELECT orm_lower(5)").await.0, 5);
        conn.ping().await.unwrap();
    }
    assert_eq!(one::<(i64,)>(&mut reader, "PRAGMA query_only").await.0, 1);
    main.close().await.unwrap();
    reader.close().await.unwrap();
}

#[tokio::test]
async fn the_url_sets_pragmas() {
    let folder = Folder::new();
    let url = folder.url("?journal_mode=delete&synchronous=extra&foreign_keys=off&cache_size=-4096");
    let connector = connector(&url);
    let mut reader = connector.connect(Lane::Reader).await.unwrap();
    let mut main = connector.connect(Lane::Main).await.unwrap();
    assert_eq!(
        one::<(String,)>(&mut main, "PRAGMA journal_mode").await.0,
        "delete"
    );
    for conn in [&mut main, &mut reader] {
        assert_eq!(one::<(i64,)>(conn, "PRAGMA synchronous").await.0, 3);
        assert_eq!(one::<(i64,)>(conn, "PRAGMA foreign_keys").await.0, 0);
        assert_eq!(one::<(i64,)>(conn, "PRAGMA cache_size").await.0, -4096);
    }
    let mut options = ConnectOptions::new("sqlite::memory:?synchronous=normal");
    options.sync_commits = true;
    let error = SqliteConnector::new(&options).err().unwrap();
    assert!(error.to_string().contains("sync_commits"), "{error}");
}

#[tokio::test]
async fn memory_is_one_connection() {
    let connector = connector("sqlite://:memory:");
    assert!(connector.is_single() && !connector.has_readers());
    let mut conn = connector.connect(Lane::Main).await.unwrap();
    exec(&mut conn, "CREATE TABLE t (a INTEGER) STRICT")
        .await
        .unwrap();
    exec(&mut conn, "INSERT INTO t VALUES (1)").await.unwrap();
    assert_eq!(one::<(i64,)>(&mut conn, "SELECT a FROM t").await.0, 1);
}

#[tokio::test]
async fn what_cannot_be_opened_is_said() {
    let folder = Folder::new();
    let error = |url: String| async move { connector(&url).connect(Lane::Main).await.err().unwrap() };
    let missing = error(folder.url("?mode=rw")).await;
    assert_eq!(missing.kind(), ErrorKind::Connect);
    assert!(missing.to_string().contains("mode=rwc"), "{missing}");
    assert!(missing.to_string().contains("library.db"), "{missing}");
    assert_eq!(error(folder.url("?mode=ro")).await.kind(), ErrorKind::Connect);
    let nowhere = error(format!("sqlite://{}/x/y.db", folder.path("none"))).await;
    assert_eq!(nowhere.code(), Some("14"));
    std::fs::write(folder.path("library.db"), [b'x'; 5000]).unwrap();
    let no_database = error(folder.url("")).await;
    assert_eq!(
        (no_database.kind(), no_database.class()),
        (ErrorKind::Connect, Class::Fail)
    );
    assert_eq!(no_database.code(), Some("26"));
}

#[tokio::test]
async fn read_only_files_are_not_written() {
    let folder = Folder::new();
    let mut main = connector(&folder.url("")).connect(Lane::Main).await.unwrap();
    exec(&mut main, "CREATE TABLE t (a INTEGER) STRICT")
        .await
        .unwrap();
    main.close().await.unwrap();
    let read_only = connector(&folder.url("?mode=ro"));
    assert!(!read_only.has_readers() && !read_only.is_single());
    let mut conn = read_only.connect(Lane::Main).await.unwrap();
    assert_eq!(one::<(i64,)>(&mut conn, "SELECT count(*) FROM t").await.0, 0);
    let error = exec(&mut conn, "INSERT INTO t VALUES (1)").await.unwrap_err();
    assert_eq!(error.code(), Some("8"));
}

#[tokio::test]
async fn readers_do_not_write_and_see_what_was_committed() {
    let folder = Folder::new();
    let connector = connector(&folder.url(""));
    let mut main = connector.connect(Lane::Main).await.unwrap();
    let mut reader = connector.connect(Lane::Reader).await.unwrap();
    exec(&mut main, "CREATE TABLE t (a INTEGER) STRICT")
        .await
        .unwrap();
    let error = exec(&mut reader, "INSERT INTO t VALUES (1)").await.unwrap_err();
    assert_eq!(error.code(), Some("8"));
    for n in 1..=200 {
        let insert = Stmt::write("INSERT INTO t VALUES (?)", vec![Value::I64(n)]);
        send(&mut main, short(insert)).await.unwrap();
        assert_eq!(one::<(i64,)>(&mut reader, "SELECT max(a) FROM t").await.0, n);
    }
}

#[tokio::test]
async fn on_connect_runs_and_reset_keeps_what_it_made() {
    let folder = Folder::new();
    let mut options = ConnectOptions::new(folder.url(""));
    options.on_connect = vec![
        Secret::new(format!("ATTACH '{}' AS other", folder.path("other.db"))),
        Secret::new("CREATE TEMP TABLE kept (a INTEGER); PRAGMA recursive_triggers = ON"),
    ];
    let connector = SqliteConnector::new(&options).unwrap();
    let mut conn = connector.connect(Lane::Main).await.unwrap();
    for sql in [
        "BEGIN",
        "CREATE TEMP TABLE lost (a INTEGER)",
        "CREATE TEMP VIEW lost_view AS SELECT a FROM lost",
        "CREATE TEMP TRIGGER lost_trigger AFTER INSERT ON lost BEGIN SELECT 1; END",
        "CREATE INDEX temp.lost_index ON lost (a)",
        "COMMIT",
        "ATTACH ':memory:' AS \"thi\"\"rd\"",
        "PRAGMA foreign_keys = OFF",
        "PRAGMA synchronous = OFF",
        "PRAGMA busy_timeout = 1000",
        "PRAGMA recursive_triggers = OFF",
        "PRAGMA query_only = ON",
        "PRAGMA wal_autocheckpoint = 3",
        "BEGIN",
    ] {
        exec(&mut conn, sql).await.unwrap();
    }
    conn.reset().await.unwrap();
    let temporary: Vec<(String,)> = query(&mut conn, "SELECT name FROM sqlite_temp_schema").await;
    assert_eq!(temporary, [("kept".to_owned(),)]);
    let databases: Vec<(i64, String)> = query(
        &mut conn,
        "SELECT seq, name FROM pragma_database_list WHERE name <> 'temp'",
    )
    .await;
    assert_eq!(databases.len(), 2, "{databases:?}");
    for (pragma, value) in [
        ("foreign_keys", 1),
        ("synchronous", 1),
        ("busy_timeout", 0),
        ("recursive_triggers", 1),
        ("query_only", 0),
        ("wal_autocheckpoint", 0),
    ] {
        assert_eq!(
            one::<(i64,)>(&mut conn, &format!("PRAGMA {pragma}")).await.0,
            value,
            "{pragma}"
        );
    }
    conn.command("BEGIN IMMEDIATE").await.unwrap();
    conn.command("COMMIT").await.unwrap();
    exec(&mut conn, "DETACH other").await.unwrap();
    assert!(conn.reset().await.unwrap_err().retires());
}

#[tokio::test]
async fn a_write_ahead_log_that_is_refused_is_an_error() {
    let folder = Folder::new();
    let holder = rusqlite::Connection::open(folder.path("library.db")).unwrap();
    holder
        .execute_batch("CREATE TABLE t (a); BEGIN IMMEDIATE; INSERT INTO t VALUES (1)")
        .unwrap();
    let error = connector(&folder.url("?busy_timeout=50"))
        .connect(Lane::Main)
        .await
        .err()
        .unwrap();
    assert_eq!((error.kind(), error.class()), (ErrorKind::Connect, Class::Wait));
}
