//! The table of error classes: each that a server can be made to raise here, what it is for the caller, and whether the
//! connection and the transaction go on.

use orm_core::error::Class;
use orm_core::{Backoff, TxOptions};

use super::*;

/// What is left of a transaction after an error in it.
#[derive(Clone, Copy, Debug, PartialEq)]
enum After {
    /// It goes on, and what was written before it is committed.
    GoesOn,
    /// It takes no further statement; a savepoint around the error would have saved it.
    Aborted,
    /// It is over.
    Over,
}
use After::{Aborted, GoesOn, Over};

/// One row of the table.
struct Row {
    raise: &'static str,
    code: &'static str,
    kind: ErrorKind,
    class: Class,
    /// The table, columns and constraint that the error names.
    names: Names,
    after: After,
}

#[derive(Clone, Copy, Default)]
struct Names {
    table: Option<&'static str>,
    columns: &'static [&'static str],
    constraint: Option<&'static str>,
}

const fn row(raise: &'static str, code: &'static str, kind: ErrorKind, class: Class, after: After) -> Row {
    Row {
        raise,
        code,
        kind,
        class,
        names: Names {
            table: None,
            columns: &[],
            constraint: None,
        },
        after,
    }
}

impl Row {
    const fn of(mut self, table: &'static str) -> Self {
        self.names.table = Some(table);
        self
    }

    const fn columns(mut self, columns: &'static [&'static str]) -> Self {
        self.names.columns = columns;
        self
    }

    const fn by(mut self, constraint: &'static str) -> Self {
        self.names.constraint = Some(constraint);
        self
    }
}

/// A child of a mark, and tables with what models do not have.
async fn tables(db: &Db) -> Result<()> {
    marks(db).await?;
    for text in match db.dialect() {
        Dialect::Sqlite => SQLITE_TABLES,
        Dialect::Postgres => POSTGRES_TABLES,
        _ => MARIADB_TABLES,
    } {
        sql(*text).exec(db).await?;
    }
    sql("INSERT INTO kids (mark, word, n) SELECT id, 'kid', 1 FROM marks WHERE name = 'a'")
        .exec(db)
        .await?;
    Ok(())
}

const POSTGRES_TABLES: &[&str] = &[
    "CREATE TABLE kids (mark BIGINT PRIMARY KEY CONSTRAINT kid_of REFERENCES marks (id), word VARCHAR(5) NOT NULL, \
     n SMALLINT, CONSTRAINT apart EXCLUDE (n WITH =))",
];
const MARIADB_TABLES: &[&str] = &[
    "CREATE TABLE kids (mark BIGINT PRIMARY KEY, word VARCHAR(5) CHARACTER SET utf8mb3 NOT NULL, n SMALLINT, \
     d DATETIME, CONSTRAINT kid_of FOREIGN KEY (mark) REFERENCES marks (id))",
];
const SQLITE_TABLES: &[&str] = &[
    "CREATE TABLE kids (mark INTEGER PRIMARY KEY REFERENCES marks (id), word TEXT NOT NULL CHECK (length(word) < 6), \
     n INTEGER) STRICT",
    "CREATE TRIGGER no_nines BEFORE INSERT ON kids WHEN NEW.n = 9 BEGIN SELECT RAISE(ABORT, 'no nines'); END",
    "CREATE TABLE pairs (a INTEGER, b INTEGER, PRIMARY KEY (a, b)) WITHOUT ROWID",
    "INSERT INTO pairs VALUES (1, 1)",
];

const UNIQUE: &str = "INSERT INTO marks (name, number) VALUES ('a', 1)";
const CHECK: &str = "INSERT INTO marks (name, number) VALUES ('c', 5000000)";
const NOT_NULL: &str = "INSERT INTO marks (name, number) VALUES ('c', NULL)";
const NO_PARENT: &str = "INSERT INTO kids (mark, word) VALUES (999, 'x')";
const HAS_CHILD: &str = "DELETE FROM marks WHERE name = 'a'";
const TOO_LONG: &str = "INSERT INTO kids (mark, word) SELECT id, 'longer' FROM marks WHERE name = 'b'";

use Class::{Constraint, Fail};

const POSTGRES: &[Row] = &[
    row(UNIQUE, "23505", ErrorKind::Unique, Constraint, Aborted).of("marks"),
    row(NO_PARENT, "23503", ErrorKind::ForeignKey, Constraint, Aborted)
        .of("kids")
        .by("kid_of"),
    row(HAS_CHILD, "23503", ErrorKind::ForeignKey, Constraint, Aborted)
        .of("kids")
        .by("kid_of"),
    row(NOT_NULL, "23502", ErrorKind::NotNull, Constraint, Aborted)
        .of("marks")
        .columns(&["number"]),
    row(CHECK, "23514", ErrorKind::Check, Constraint, Aborted).of("marks"),
    row(
        "INSERT INTO kids SELECT id, 'x', 1 FROM marks WHERE name = 'b'",
        "23P01",
        ErrorKind::Exclusion,
        Constraint,
        Aborted,
    )
    .of("kids")
    .by("apart"),
    row(TOO_LONG, "22001", ErrorKind::Database, Fail, Aborted),
    row(
        "UPDATE kids SET n = 40000",
        "22003",
        ErrorKind::Database,
        Fail,
        Aborted,
    ),
    row(
        "SELECT 1 / (n - 1) FROM kids",
        "22012",
        ErrorKind::Database,
        Fail,
        Aborted,
    ),
    row(
        "SELECT word::int FROM kids",
        "22P02",
        ErrorKind::Database,
        Fail,
        Aborted,
    ),
    row(
        "SELECT word::date FROM kids",
        "22007",
        ErrorKind::Database,
        Fail,
        Aborted,
    ),
    row(
        "SELECT * FROM nowhere",
        "42P01",
        ErrorKind::Database,
        Fail,
        Aborted,
    ),
    row(
        "SELECT nothing FROM marks",
        "42703",
        ErrorKind::Database,
        Fail,
        Aborted,
    ),
    row("SELEC 1", "42601", ErrorKind::Database, Fail, Aborted),
    row(
        "SELECT no_such_function()",
        "42883",
        ErrorKind::Database,
        Fail,
        Aborted,
    ),
    row(
        "DO $$ BEGIN RAISE EXCEPTION 'no'; END $$",
        "P0001",
        ErrorKind::Database,
        Fail,
        Aborted,
    ),
    row(
        "DO $$ BEGIN RAISE serialization_failure; END $$",
        "40001",
        ErrorKind::Serialization,
        Class::Transaction,
        Aborted,
    ),
    row(
        "DO $$ BEGIN RAISE lock_not_available; END $$",
        "55P03",
        ErrorKind::LockTimeout,
        Class::OptIn,
        Aborted,
    ),
    row(
        "DO $$ BEGIN RAISE out_of_memory; END $$",
        "53200",
        ErrorKind::Database,
        Class::Transaction,
        Aborted,
    ),
    row(
        "DO $$ BEGIN RAISE disk_full; END $$",
        "53100",
        ErrorKind::Database,
        Fail,
        Aborted,
    ),
    row(
        "DO $$ BEGIN RAISE statement_completion_unknown; END $$",
        "40003",
        ErrorKind::CommitUnknown,
        Class::Unknown,
        Aborted,
    ),
    row(
        "DO $$ BEGIN RAISE data_corrupted; END $$",
        "XX001",
        ErrorKind::Database,
        Fail,
        Over,
    ),
];

const MARIADB: &[Row] = &[
    row(UNIQUE, "1062", ErrorKind::Unique, Constraint, GoesOn),
    row(NO_PARENT, "1452", ErrorKind::ForeignKey, Constraint, GoesOn)
        .of("kids")
        .by("kid_of"),
    row(HAS_CHILD, "1451", ErrorKind::ForeignKey, Constraint, GoesOn)
        .of("kids")
        .by("kid_of"),
    row(NOT_NULL, "1048", ErrorKind::NotNull, Constraint, GoesOn).columns(&["number"]),
    row(
        "INSERT INTO marks (number) VALUES (1)",
        "1364",
        ErrorKind::NotNull,
        Constraint,
        GoesOn,
    )
    .columns(&["name"]),
    row(CHECK, "4025", ErrorKind::Check, Constraint, GoesOn),
    row(TOO_LONG, "1406", ErrorKind::Database, Fail, GoesOn),
    row(
        "UPDATE kids SET n = 40000",
        "1264",
        ErrorKind::Database,
        Fail,
        GoesOn,
    ),
    row(
        "UPDATE kids SET n = 'x'",
        "1366",
        ErrorKind::Database,
        Fail,
        GoesOn,
    ),
    row(
        "UPDATE kids SET word = '\u{1f980}'",
        "1366",
        ErrorKind::Database,
        Fail,
        GoesOn,
    ),
    row(
        "UPDATE kids SET d = '2026-02-30'",
        "1292",
        ErrorKind::Database,
        Fail,
        GoesOn,
    ),
    row(
        "UPDATE kids SET d = '0000-00-00'",
        "1292",
        ErrorKind::Database,
        Fail,
        GoesOn,
    ),
    row(
        "UPDATE kids SET n = 1 / (n - 1)",
        "1365",
        ErrorKind::Database,
        Fail,
        GoesOn,
    ),
    row("SELECT * FROM nowhere", "1146", ErrorKind::Database, Fail, GoesOn),
    row(
        "SELECT nothing FROM marks",
        "1054",
        ErrorKind::Database,
        Fail,
        GoesOn,
    ),
    row("SELEC 1", "1064", ErrorKind::Database, Fail, GoesOn),
    row(
        "SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = 'no'",
        "1644",
        ErrorKind::Database,
        Fail,
        GoesOn,
    ),
    row(
        "SELECT * FROM nowhere.marks",
        "1146",
        ErrorKind::Database,
        Fail,
        GoesOn,
    ),
];

const SQLITE: &[Row] = &[
    row(UNIQUE, "2067", ErrorKind::Unique, Constraint, GoesOn)
        .of("marks")
        .columns(&["name"]),
    row(
        "INSERT INTO pairs VALUES (1, 1)",
        "1555",
        ErrorKind::Unique,
        Constraint,
        GoesOn,
    )
    .of("pairs")
    .columns(&["a", "b"]),
    row(
        "INSERT INTO kids SELECT mark, 'x', 1 FROM kids",
        "1555",
        ErrorKind::Unique,
        Constraint,
        GoesOn,
    )
    .of("kids")
    .columns(&["mark"]),
    row(NO_PARENT, "787", ErrorKind::ForeignKey, Constraint, GoesOn),
    row(HAS_CHILD, "787", ErrorKind::ForeignKey, Constraint, GoesOn),
    row(NOT_NULL, "1299", ErrorKind::NotNull, Constraint, GoesOn)
        .of("marks")
        .columns(&["number"]),
    row(CHECK, "275", ErrorKind::Check, Constraint, GoesOn),
    row(TOO_LONG, "275", ErrorKind::Check, Constraint, GoesOn),
    row(
        "UPDATE kids SET n = 'x'",
        "3091",
        ErrorKind::Database,
        Constraint,
        GoesOn,
    )
    .of("kids")
    .columns(&["n"]),
    row(
        "INSERT INTO kids SELECT id, 'x', 9 FROM marks WHERE name = 'b'",
        "1811",
        ErrorKind::Database,
        Constraint,
        GoesOn,
    ),
    row("SELECT * FROM nowhere", "1", ErrorKind::Database, Fail, GoesOn),
    row(
        "SELECT nothing FROM marks",
        "1",
        ErrorKind::Database,
        Fail,
        GoesOn,
    ),
    row("SELEC 1", "1", ErrorKind::Database, Fail, GoesOn),
    row(
        "SELECT abs(-9223372036854775807 - 1)",
        "1",
        ErrorKind::Database,
        Fail,
        GoesOn,
    ),
    row(
        "SELECT zeroblob(2000000000)",
        "18",
        ErrorKind::Database,
        Fail,
        GoesOn,
    ),
    row(
        "INSERT INTO kids (mark, word) VALUES ('x', 'x')",
        "20",
        ErrorKind::Database,
        Fail,
        GoesOn,
    ),
];

fn assert_is(e: &Error, row: &Row) {
    let what = row.raise;
    assert_eq!(
        (e.kind(), e.class(), e.code()),
        (row.kind, row.class, Some(row.code)),
        "{what}: {e}"
    );
    let constraint = matches!(
        row.kind,
        ErrorKind::Unique
            | ErrorKind::ForeignKey
            | ErrorKind::NotNull
            | ErrorKind::Check
            | ErrorKind::Exclusion
    );
    assert_eq!(
        (
            e.is_constraint_violation(),
            e.is_unique_violation(),
            e.is_foreign_key_violation()
        ),
        (
            constraint,
            row.kind == ErrorKind::Unique,
            row.kind == ErrorKind::ForeignKey
        ),
        "{what}"
    );
    let again = matches!(
        row.class,
        Class::Statement | Class::Transaction | Class::Reconnect | Class::Wait | Class::Prepared
    );
    assert_eq!(
        (e.is_retryable(), e.is_commit_unknown()),
        (again, row.kind == ErrorKind::CommitUnknown),
        "{what}"
    );
    if let Some(table) = row.names.table {
        assert_eq!(e.table(), Some(table), "{what}: {e}");
    }
    if !row.names.columns.is_empty() {
        assert_eq!(e.columns(), row.names.columns, "{what}: {e}");
    }
    if let Some(constraint) = row.names.constraint {
        assert_eq!(e.constraint(), Some(constraint), "{what}: {e}");
    }
}

on_all! {
    async fn the_table_of_statements(db) {
        tables(db).await?;
        let table = match db.dialect() {
            Dialect::Sqlite => SQLITE,
            Dialect::Postgres => POSTGRES,
            _ => MARIADB,
        };
        for row in table {
            let what = row.raise;
            let e = sql(what).exec(db).await.expect_err(what);
            assert_is(&e, row);
            // Which column of the model it was works everywhere.
            assert_eq!(e.violates(Mark::name), what == UNIQUE || e.columns() == ["name"], "{what}");
            assert_eq!(e.violates(Mark::number), [CHECK, NOT_NULL].contains(&what), "{what}");
            assert_eq!(names(db).await?, ["a", "b"], "{what}");

            let tx = db.begin().await?;
            mark(&tx, "mine").await?;
            let e = sql(what).exec(&tx).await.expect_err(what);
            assert_is(&e, row);
            if row.after == GoesOn {
                add(&tx, "mine", 1).await.unwrap_or_else(|e| panic!("after {what}: {e}"));
                tx.commit().await?;
                assert_eq!(Mark::delete().filter(Mark::name.eq("mine")).exec(db).await?, 1);
            } else {
                assert_refuses_all(db, tx, row.code).await;
            }
            assert_eq!(names(db).await?, ["a", "b"], "{what}");

            // A savepoint confines it, unless the transaction is over.
            let mut tx = db.begin().await?;
            mark(&tx, "mine").await?;
            let e = tx.savepoint(async |sp| sql(what).exec(sp).await).await.expect_err(what);
            assert_is(&e, row);
            if row.after == Over {
                assert_refuses_all(db, tx, row.code).await;
            } else {
                add(&tx, "mine", 1).await.unwrap_or_else(|e| panic!("after {what}: {e}"));
                tx.commit().await?;
                assert_eq!(Mark::delete().filter(Mark::name.eq("mine")).exec(db).await?, 1);
            }
        }
        until("the return of all connections", async || Ok(db.pool_stats().in_use == 0)).await?;
    }

    async fn locks_that_are_not_to_be_had(db) {
        marks(db).await?;
        if db.dialect() == Dialect::Sqlite {
            // BUSY stands in `sqlite`.
            return Ok(());
        }
        let holder = db.begin().await?;
        add(&holder, "a", 1).await?;
        let (setting, lock_timeout, class) = match db.dialect() {
            Dialect::Postgres => ("SET LOCAL lock_timeout = 50", "55P03", Class::OptIn),
            _ => ("SET SESSION innodb_lock_wait_timeout = 1", "1205", Class::Transaction),
        };
        for (text, wait) in [("SELECT * FROM marks WHERE name = 'a' FOR UPDATE NOWAIT", false), ("", true)] {
            let tx = db.begin().await?;
            mark(&tx, "mine").await?;
            let e = if wait {
                sql(setting).exec(&tx).await?;
                add(&tx, "a", 1).await.unwrap_err()
            } else {
                sql(text).exec(&tx).await.unwrap_err()
            };
            assert_eq!((e.kind(), e.class(), e.code()), (ErrorKind::LockTimeout, class, Some(lock_timeout)), "{e}");
            // MariaDB has undone the statement alone.
            if db.dialect() == Dialect::Postgres {
                assert_refuses_all(db, tx, lock_timeout).await;
            } else {
                add(&tx, "mine", 1).await?;
                tx.commit().await?;
                Mark::delete().filter(Mark::name.eq("mine")).exec(db).await?;
            }
        }
        let free = Mark::sql("SELECT * FROM marks FOR UPDATE SKIP LOCKED", params! {}).all(db).await?;
        assert_eq!(free.len(), 1);
        holder.commit().await?;
        assert_eq!(names(db).await?, ["a", "b"]);
    }

    async fn serialization_failures(db) {
        marks(db).await?;
        if db.dialect() != Dialect::Postgres {
            // MariaDB's is in `transactions`, SQLite's in `sqlite`.
            return Ok(());
        }
        // Write skew: both read all and write one.
        let (one, two) = (db.begin_with(TxOptions::serializable()).await?, db.begin_with(TxOptions::serializable()).await?);
        for (tx, name) in [(&one, "a"), (&two, "b")] {
            Mark::query().all(tx).await?;
            add(tx, name, 1).await?;
        }
        one.commit().await?;
        let e = two.commit().await.unwrap_err();
        assert_eq!((e.kind(), e.class(), e.code()), (ErrorKind::Serialization, Class::Transaction, Some("40001")), "{e}");
        // A row that another changed since the snapshot.
        let tx = db.begin_with(TxOptions::repeatable_read()).await?;
        names(&tx).await?;
        add(db, "a", 1).await?;
        let e = add(&tx, "a", 1).await.unwrap_err();
        assert_eq!((e.kind(), e.class()), (ErrorKind::Serialization, Class::Transaction), "{e}");
        assert_refuses_all(db, tx, "40001").await;
    }

    async fn a_read_only_transaction_writes_nothing(db) {
        marks(db).await?;
        let tx = db.begin_with(TxOptions::read_only()).await?;
        names(&tx).await?;
        let e = mark(&tx, "lost").await.unwrap_err();
        let code = match db.dialect() {
            Dialect::Sqlite => "8",
            Dialect::Postgres => "25006",
            _ => "1792",
        };
        // The caller's own promise: another server would not help.
        assert_eq!((e.kind(), e.class(), e.code()), (ErrorKind::Database, Fail, Some(code)), "{e}");
        if db.dialect() == Dialect::Postgres {
            assert_refuses_all(db, tx, code).await;
        } else {
            assert_eq!(names(&tx).await?, ["a", "b"]);
            tx.commit().await?;
        }
        assert_eq!(names(db).await?, ["a", "b"]);
    }

    async fn users_that_may_not(db) {
        marks(db).await?;
        if db.dialect() == Dialect::Sqlite {
            return Ok(());
        }
        let postgres = db.dialect() == Dialect::Postgres;
        let (url, user) = (url_of(db).await?, format!("u{}", std::process::id()));
        let made = if postgres {
            vec![
                format!("CREATE ROLE {user} LOGIN PASSWORD 'right' CONNECTION LIMIT 1"),
                format!("GRANT USAGE ON SCHEMA public TO {user}"),
            ]
        } else {
            let database = url.rsplit_once('/').expect("a path").1;
            vec![
                format!("CREATE USER '{user}'@'127.0.0.1' IDENTIFIED BY 'right' WITH MAX_USER_CONNECTIONS 1"),
                format!("GRANT CREATE ON {database}.* TO '{user}'@'127.0.0.1'"),
            ]
        };
        for text in made {
            sql(text).exec(db).await?;
        }
        let outcome = limited_user(db, &url, &user).await;
        let gone = if postgres {
            vec![format!("DROP OWNED BY {user}"), format!("DROP ROLE {user}")]
        } else {
            vec![format!("DROP USER '{user}'@'127.0.0.1'")]
        };
        for text in gone {
            sql(text).exec(db).await?;
        }
        outcome?;
    }
}

/// A user with few rights and one connection.
async fn limited_user(db: &Db, url: &str, user: &str) -> Result<()> {
    let postgres = db.dialect() == Dialect::Postgres;
    let code = |pg: &'static str, maria: &'static str| Some(if postgres { pg } else { maria });
    let limited = Db::connect(url_as(url, user, "right")).await?;
    let tx = limited.begin().await?;
    sql("SELECT 1").exec(&tx).await?;
    for text in ["SELECT * FROM marks", "DELETE FROM marks"] {
        let e = sql(text).exec(&tx).await.unwrap_err();
        if e.kind() != ErrorKind::TransactionAborted {
            assert_eq!(
                (e.kind(), e.class(), e.code()),
                (ErrorKind::Database, Fail, code("42501", "1142")),
                "{e}"
            );
        }
    }
    // A second connection: the server has none for this user, but may have one later.
    let e = Db::connect(url_as(url, user, "right")).await.unwrap_err();
    assert_eq!(
        (e.kind(), e.class(), e.code()),
        (ErrorKind::Connect, Class::Wait, code("53300", "1226")),
        "{e}"
    );
    assert!(e.is_retryable());
    // Told to try again, it comes when there is room.
    let retry = Backoff::exponential(millis(20)).cap(millis(50)).max_attempts(200);
    let again = Db::builder(url_as(url, user, "right"))
        .connect_retry(retry)
        .connect();
    let (again, freed) = tokio::join!(again, async {
        drop(tx);
        limited.close(secs(5)).await
    });
    freed?;
    again?.close(secs(5)).await?;

    // Never tried again: a wrong password, no such user, no such database.
    let many = Backoff::exponential(secs(5)).max_attempts(5);
    for (wrong, postgres_code, mariadb_code) in [
        (url_as(url, user, "wrong"), "28P01", "1045"),
        (url_as(url, "nobody_at_all", "wrong"), "28P01", "1045"),
        (format!("{url}_not_there"), "3D000", "1049"),
    ] {
        let e = Db::builder(wrong)
            .connect_retry(many)
            .connect()
            .await
            .unwrap_err();
        assert_eq!(
            (e.kind(), e.class(), e.code()),
            (ErrorKind::Connect, Fail, code(postgres_code, mariadb_code)),
            "{e}"
        );
        assert!(!e.is_retryable());
    }
    Ok(())
}

#[tokio::test]
async fn a_server_that_is_not_there_may_come_later() {
    for scheme in ["postgres", "mysql"] {
        let free = std::net::TcpListener::bind("127.0.0.1:0")
            .and_then(|l| l.local_addr())
            .expect("a port")
            .port();
        let e = Db::connect(format!("{scheme}://u:p@127.0.0.1:{free}/db"))
            .await
            .unwrap_err();
        assert_eq!(
            (e.kind(), e.class(), e.is_retryable()),
            (ErrorKind::Connect, Class::Wait, true),
            "{e}"
        );
    }
}

#[tokio::test]
async fn files_that_are_no_database() -> Result<()> {
    if !databases().iter().any(|target| target.name() == "SQLite") {
        return Ok(());
    }
    let folder = std::env::temp_dir().join(format!("orm_faults_{}", std::process::id()));
    std::fs::create_dir_all(&folder).expect("a folder");
    let url = |name: &str| format!("sqlite://{}", folder.join(name).display());
    // 26: not a database.
    std::fs::write(folder.join("text.db"), "this is no database. ".repeat(500)).expect("a file");
    let e = match Db::connect(url("text.db")).await {
        Ok(db) => names(&db).await.unwrap_err(),
        Err(e) => e,
    };
    assert_eq!((e.class(), e.code()), (Fail, Some("26")), "{e}");
    // 14: nowhere, and not made where nobody said so.
    for missing in [
        url("no/such/folder.db"),
        format!("{}?mode=rw", url("missing.db")),
        format!("{}?mode=ro", url("missing.db")),
    ] {
        let e = Db::connect(missing).await.unwrap_err();
        assert_eq!(
            (e.kind(), e.class(), e.code()),
            (ErrorKind::Connect, Fail, Some("14")),
            "{e}"
        );
    }
    // 8: opened for reading.
    let db = Db::connect(url("real.db")).await?;
    marks(&db).await?;
    Mark::insert(
        (0..2000)
            .map(|n| Mark::draft(format!("row {n:05}"), n))
            .collect::<Vec<_>>(),
    )
    .exec(&db)
    .await?;
    db.close(secs(5)).await?;
    let db = Db::connect(format!("{}?mode=ro", url("real.db"))).await?;
    let e = mark(&db, "c").await.unwrap_err();
    assert_eq!(
        (e.kind(), e.class(), e.code()),
        (ErrorKind::Database, Fail, Some("8")),
        "{e}"
    );
    assert_eq!(names(&db).await?.len(), 2002);
    db.close(secs(5)).await?;
    // 11: damaged in the middle.
    let mut bytes = std::fs::read(folder.join("real.db")).expect("the file");
    let size = bytes.len();
    for byte in bytes.iter_mut().take(size - 4096).skip(8192) {
        *byte = 0xA5;
    }
    std::fs::write(folder.join("real.db"), bytes).expect("the file");
    let e = match Db::connect(url("real.db")).await {
        Ok(db) => sql("SELECT * FROM marks ORDER BY id")
            .exec(&db)
            .await
            .unwrap_err(),
        Err(e) => e,
    };
    assert_eq!(e.class(), Fail, "{e}");
    assert!(
        e.code()
            .is_some_and(|c| c.parse::<i32>().is_ok_and(|c| c & 0xff == 11)),
        "{e}"
    );
    std::fs::remove_dir_all(folder).expect("the folder");
    Ok(())
}
