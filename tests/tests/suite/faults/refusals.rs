//! What a server refuses for a reason outside of the statement: locks, rights, places, files; and whether that may pass.

use orm_core::error::Class::{self, Fail};
use orm_core::{Backoff, TxOptions};

use super::*;

on_all! {
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
        // What is known to write is not even sent; the database looks at what is not known.
        let e = mark(&tx, "lost").await.unwrap_err();
        assert_eq!((e.kind(), e.code()), (ErrorKind::Invalid, None), "{e}");
        let e = sql("DELETE FROM marks").exec(&tx).await.unwrap_err();
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
