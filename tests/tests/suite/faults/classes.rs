//! The table of error classes: each that a server can be made to raise here, what it is for the caller, and whether the
//! connection and the transaction go on.

use orm_core::error::Class;

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
}
