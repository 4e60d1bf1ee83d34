//! Result codes raised for real, and what they become.

use super::*;
use crate::error::{Class, Error, ErrorKind};

async fn failing(conn: &mut Conn, sql: &str) -> Error {
    match exec(conn, sql).await {
        Ok(_) => panic!("{sql} succeeded"),
        Err(e) => e,
    }
}

async fn library() -> Conn {
    let mut conn = memory().await;
    send(
        &mut conn,
        Stmt::ddl(
            "CREATE TABLE author (id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE) STRICT;
             CREATE TABLE book (
                 isbn TEXT PRIMARY KEY,
                 author INTEGER NOT NULL REFERENCES author (id),
                 later INTEGER REFERENCES author (id) DEFERRABLE INITIALLY DEFERRED,
                 title TEXT NOT NULL,
                 pages INTEGER NOT NULL CONSTRAINT pages_positive CHECK (pages > 0),
                 UNIQUE (author, title)
             ) STRICT;
             CREATE UNIQUE INDEX by_lower_isbn ON book (orm_lower(isbn));
             CREATE TABLE keyed (k TEXT PRIMARY KEY) STRICT, WITHOUT ROWID;
             CREATE TABLE plain (a INTEGER);
             CREATE TRIGGER no_evil BEFORE INSERT ON author WHEN new.name = 'evil'
             BEGIN SELECT RAISE(ABORT, 'evil author'); END;
             INSERT INTO author VALUES (1, 'Ada'), (2, 'Bob');
             INSERT INTO book VALUES ('a', 1, NULL, 'One', 10);",
        ),
    )
    .await
    .unwrap();
    conn
}

#[tokio::test]
async fn constraints() {
    let mut conn = library().await;
    conn.command("BEGIN IMMEDIATE").await.unwrap();
    let conn = &mut conn;

    let e = failing(conn, "INSERT INTO author VALUES (3, 'Ada')").await;
    assert_eq!((e.kind(), e.code()), (ErrorKind::Unique, Some("2067")));
    assert_eq!(
        (e.table(), e.columns()),
        (Some("author"), &["name".to_owned()][..])
    );
    assert_eq!(
        (e.class(), e.poisons(), e.retires()),
        (Class::Constraint, false, false)
    );
    assert!(!e.to_string().contains("Ada"), "{e}");

    let e = failing(conn, "INSERT INTO book VALUES ('2', 1, NULL, 'One', 10)").await;
    assert_eq!(e.columns(), ["author", "title"]);
    let e = failing(conn, "INSERT INTO book VALUES ('A', 2, NULL, 'Two', 10)").await;
    assert_eq!(
        (e.kind(), e.constraint()),
        (ErrorKind::Unique, Some("by_lower_isbn"))
    );

    let e = failing(conn, "INSERT INTO author VALUES (1, 'Cid')").await;
    assert_eq!((e.kind(), e.code()), (ErrorKind::Unique, Some("1555")));
    assert_eq!((e.table(), e.columns()), (Some("author"), &["id".to_owned()][..]));
    exec(conn, "INSERT INTO keyed VALUES ('a')").await.unwrap();
    let e = failing(conn, "INSERT INTO keyed VALUES ('a')").await;
    assert_eq!((e.kind(), e.code()), (ErrorKind::Unique, Some("1555")));
    exec(conn, "INSERT INTO plain (rowid, a) VALUES (1, 1)")
        .await
        .unwrap();
    let e = failing(conn, "INSERT INTO plain (rowid, a) VALUES (1, 1)").await;
    assert_eq!((e.kind(), e.code()), (ErrorKind::Unique, Some("2579")));

    let e = failing(conn, "INSERT INTO book VALUES ('2', 9, NULL, 'Two', 10)").await;
    assert_eq!((e.kind(), e.code()), (ErrorKind::ForeignKey, Some("787")));
    let e = failing(conn, "DELETE FROM author WHERE id = 1").await;
    assert!(e.is_foreign_key_violation());

    let e = failing(conn, "INSERT INTO book VALUES ('2', 1, NULL, NULL, 10)").await;
    assert_eq!((e.kind(), e.code()), (ErrorKind::NotNull, Some("1299")));
    assert_eq!(
        (e.table(), e.columns()),
        (Some("book"), &["title".to_owned()][..])
    );

    let e = failing(conn, "INSERT INTO book VALUES ('2', 1, NULL, 'Two', 0)").await;
    assert_eq!((e.kind(), e.code()), (ErrorKind::Check, Some("275")));
    assert_eq!(e.constraint(), Some("pages_positive"));

    let e = failing(conn, "INSERT INTO book VALUES ('2', 1, NULL, 'Two', 'many')").await;
    assert_eq!((e.class(), e.code()), (Class::Constraint, Some("3091")));
    assert_eq!(
        (e.table(), e.columns()),
        (Some("book"), &["pages".to_owned()][..])
    );
    let e = failing(conn, "INSERT INTO author VALUES (3, 'evil')").await;
    assert_eq!((e.class(), e.code()), (Class::Constraint, Some("1811")));
    assert_eq!(e.detail(), Some("evil author"));

    // None of them ended the transaction; a deferred one comes with the COMMIT, and leaves it open.
    exec(conn, "UPDATE book SET later = 9").await.unwrap();
    let e = conn.command("COMMIT").await.unwrap_err();
    assert_eq!((e.kind(), e.poisons()), (ErrorKind::ForeignKey, false));
    exec(conn, "UPDATE book SET later = 2").await.unwrap();
    conn.command("COMMIT").await.unwrap();
    assert_eq!(one::<(i64,)>(conn, "SELECT later FROM book").await.0, 2);
}

#[tokio::test]
async fn errors_of_the_text() {
    let mut conn = memory().await;
    let e = failing(&mut conn, "SELECT * FROM nowhere").await;
    assert_eq!(
        (e.kind(), e.class(), e.code()),
        (ErrorKind::Database, Class::Fail, Some("1"))
    );
    assert!(e.to_string().contains("no such table: nowhere"), "{e}");
    let e = failing(&mut conn, "SELECT 1 FORM t").await;
    assert!(e.to_string().contains("syntax error"), "{e}");
    let e = failing(&mut conn, "SELECT abs(-9223372036854775807 - 1)").await;
    assert!(e.to_string().contains("integer overflow"), "{e}");
    let many = format!("SELECT {}", vec!["?"; 32_767].join(", "));
    let e = send(&mut conn, Stmt::raw(many, Vec::new())).await.unwrap_err();
    assert_eq!(e.code(), Some("1"));
}

#[tokio::test]
async fn a_conflict_that_rolls_back_poisons() {
    let mut conn = library().await;
    conn.command("BEGIN IMMEDIATE").await.unwrap();
    exec(&mut conn, "INSERT INTO author VALUES (5, 'Eve')")
        .await
        .unwrap();
    let e = failing(&mut conn, "INSERT OR ROLLBACK INTO author VALUES (1, 'x')").await;
    assert_eq!((e.kind(), e.poisons()), (ErrorKind::Unique, true));
    let e = conn.command("COMMIT").await.unwrap_err();
    assert_eq!(e.kind(), ErrorKind::TransactionAborted);
    conn.command("ROLLBACK").await.unwrap();
    assert_eq!(one::<(i64,)>(&mut conn, "SELECT count(*) FROM author").await.0, 2);
}

#[tokio::test]
async fn a_full_database_poisons() {
    let folder = Folder::new();
    let file = connector(&folder.url(""));
    let memory = connector("sqlite::memory:");
    for (connector, retires) in [(file, true), (memory, false)] {
        let mut conn = connector.connect(Lane::Main).await.unwrap();
        exec(&mut conn, "CREATE TABLE t (a BLOB) STRICT").await.unwrap();
        exec(&mut conn, "PRAGMA max_page_count = 20").await.unwrap();
        conn.command("BEGIN IMMEDIATE").await.unwrap();
        let fill = Stmt::write("INSERT INTO t VALUES (?)", vec![Value::Bytes(vec![0; 1 << 20])]);
        let e = send(&mut conn, fill).await.unwrap_err();
        assert_eq!((e.kind(), e.code()), (ErrorKind::Database, Some("13")));
        // The only connection to a database in memory is the database.
        assert_eq!((e.poisons(), e.retires()), (true, retires));
        conn.command("ROLLBACK").await.unwrap();
    }
}

#[tokio::test]
async fn a_stale_snapshot_cannot_write() {
    let folder = Folder::new();
    let connector = connector(&folder.url(""));
    let mut first = connector.connect(Lane::Main).await.unwrap();
    let mut second = connector.connect(Lane::Main).await.unwrap();
    exec(&mut first, "CREATE TABLE t (a INTEGER) STRICT")
        .await
        .unwrap();
    first.command("BEGIN").await.unwrap();
    assert_eq!(one::<(i64,)>(&mut first, "SELECT count(*) FROM t").await.0, 0);
    exec(&mut second, "INSERT INTO t VALUES (1)").await.unwrap();
    let e = failing(&mut first, "INSERT INTO t VALUES (2)").await;
    assert_eq!((e.kind(), e.code()), (ErrorKind::Serialization, Some("517")));
    assert_eq!((e.class(), e.poisons()), (Class::Transaction, false));
    first.command("ROLLBACK").await.unwrap();
}

#[tokio::test]
async fn values_are_in_no_error() {
    let mut conn = library().await;
    let secret = || vec![Value::Text("hunter2".into()), Value::Text("hunter2".into())];
    let insert = "INSERT INTO author (id, name) VALUES (?, ?)";
    let e = send(&mut conn, Stmt::write(insert, secret())).await.unwrap_err();
    assert!(!format!("{e} {e:?}").contains("hunter2"), "{e}");
    let read = Stmt::read("SELECT json(?), ?", secret());
    let e = send(&mut conn, read).await.unwrap_err();
    assert!(!format!("{e} {e:?}").contains("hunter2"), "{e}");
}
