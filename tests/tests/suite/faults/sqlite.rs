//! SQLite's own faults: it rolls back by itself, has one writer, and may be shared with other processes.

use std::process::Command;

use orm_core::error::Class;

use super::*;

/// A fresh SQLite database with options; `None` where the environment has no SQLite.
async fn fresh(options: impl FnOnce(DbBuilder) -> DbBuilder) -> Result<Option<TestDb>> {
    match databases().iter().find(|target| target.name() == "SQLite") {
        Some(target) => TestDb::fresh_with(target, options).await.map(Some),
        None => Ok(None),
    }
}

async fn file() -> Option<TestDb> {
    fresh(|b| b.busy_timeout(secs(30))).await.expect("a database")
}

/// After SQLite has rolled back by itself: the transaction is over, nothing of it is there, and the next ones work.
async fn assert_over(db: &Db, tx: Tx, first: &str) -> Result<()> {
    assert_refuses_all(db, tx, first).await;
    assert_eq!(names(db).await?, ["a", "b"]);
    // Finding 4: the connection that rolled back by itself, or one in its place, serves on.
    for n in 0..3 {
        let tx = db.begin().await?;
        mark(&tx, "next").await?;
        tx.commit().await?;
        db.transaction(async |tx| tx.savepoint(async |sp| add(sp, "next", n).await).await)
            .await?;
        Mark::delete().filter(Mark::name.eq("next")).exec(db).await?;
    }
    Ok(())
}

#[tokio::test]
async fn what_rolls_back_by_itself_poisons() -> Result<()> {
    let Some(db) = file().await else { return Ok(()) };
    marks(&db).await?;
    db.create_all::<Mark>().await?;
    sql("CREATE TABLE once (n INTEGER UNIQUE ON CONFLICT ROLLBACK)")
        .exec(&*db)
        .await?;
    sql("INSERT INTO once VALUES (1)").exec(&*db).await?;
    sql(
        "CREATE TRIGGER no_bad BEFORE INSERT ON marks WHEN NEW.name = 'bad' \
         BEGIN SELECT RAISE(ROLLBACK, 'no bad ones'); END",
    )
    .exec(&*db)
    .await?;
    let raw = "INSERT OR ROLLBACK INTO marks (name, number) VALUES ('a', 1)";
    for (text, kind, code) in [
        (raw, ErrorKind::Unique, "2067"),
        ("INSERT INTO once VALUES (1)", ErrorKind::Unique, "2067"),
        (
            "INSERT INTO marks (name, number) VALUES ('bad', 1)",
            ErrorKind::Database,
            "1811",
        ),
    ] {
        let tx = db.begin().await?;
        mark(&tx, "lost").await?;
        let e = sql(text).exec(&tx).await.unwrap_err();
        assert_eq!(
            (e.kind(), e.class(), e.code()),
            (kind, Class::Constraint, Some(code)),
            "{text}: {e}"
        );
        assert_over(&db, tx, code).await?;
        // Inside a savepoint the whole transaction is gone as well.
        let mut tx = db.begin().await?;
        mark(&tx, "lost").await?;
        let e = tx
            .savepoint(async |sp| sql(text).exec(sp).await)
            .await
            .unwrap_err();
        assert_eq!(e.code(), Some(code), "{e}");
        assert_over(&db, tx, code).await?;
    }
    db.cleanup().await
}

#[tokio::test]
async fn a_full_disk_poisons() -> Result<()> {
    let Some(db) = fresh(|b| b.on_connect("PRAGMA max_page_count = 40")).await? else {
        return Ok(());
    };
    marks(&db).await?;
    sql("CREATE TABLE large (bytes BLOB)").exec(&*db).await?;
    let tx = db.begin().await?;
    mark(&tx, "lost").await?;
    let e = sql("INSERT INTO large VALUES (zeroblob(1000000))")
        .exec(&tx)
        .await
        .unwrap_err();
    assert_eq!(
        (e.kind(), e.class(), e.code()),
        (ErrorKind::Database, Class::Fail, Some("13")),
        "{e}"
    );
    assert_over(&db, tx, "13").await?;
    // In autocommit nothing of the statement stays.
    let rows: Vec<Mark> = (0..50_000).map(|n| Mark::draft(format!("row {n}"), n)).collect();
    let e = Mark::insert(&rows).exec(&*db).await.unwrap_err();
    assert_eq!(e.code(), Some("13"), "{e}");
    assert_eq!(names(&*db).await?, ["a", "b"]);
    db.cleanup().await
}

#[tokio::test]
async fn an_interrupted_write_poisons_and_an_interrupted_read_does_not() -> Result<()> {
    let Some(db) = fresh(|b| b.statement_timeout(millis(50))).await? else {
        return Ok(());
    };
    marks(&db).await?;
    let endless = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n)";
    let tx = db.begin().await?;
    mark(&tx, "lost").await?;
    let e = sql(format!("{endless} SELECT count(*) FROM n"))
        .exec(&tx)
        .await
        .unwrap_err();
    assert_eq!((e.kind(), e.code()), (ErrorKind::Timeout, Some("9")), "{e}");
    mark(&tx, "lost, too").await?;
    assert_eq!(names(&tx).await?.len(), 4);
    let insert = format!("INSERT INTO marks (name, number) {endless} SELECT 'n' || i, i % 7 FROM n");
    let e = sql(insert).exec(&tx).await.unwrap_err();
    assert_eq!((e.kind(), e.code()), (ErrorKind::Timeout, Some("9")), "{e}");
    assert_over(&db, tx, "statement timeout").await?;
    db.cleanup().await
}

// T7
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn writers_queue() -> Result<()> {
    if let Ok(task) = std::env::var(CHILD) {
        return second_process(&task).await;
    }
    let Some(db) = file().await else { return Ok(()) };
    marks(&db).await?;
    // Of one `Db`, of two on one file, and of two processes.
    let other = beside(&db, |b| b.busy_timeout(secs(30))).await?;
    let (tasks, each) = if long() { (16, 500) } else { (16, 20) };
    let before = Instant::now();
    write_from(&[db.db()], tasks, each).await?;
    let one = before.elapsed();
    write_from(&[db.db(), &other], tasks, each).await?;
    let two = before.elapsed() - one;
    let child = spawn_writer(&url_of(&db).await?, tasks, each);
    let ours = write_from(&[db.db()], tasks, each).await;
    let theirs = tokio::task::spawn_blocking(move || child.wait_with_output())
        .await
        .expect("no panic")
        .expect("its end");
    assert!(
        theirs.status.success(),
        "{}",
        String::from_utf8_lossy(&theirs.stdout)
    );
    ours?;
    println!(
        "{tasks} x {each}: one Db {one:?}, two {two:?}, two processes {:?}",
        before.elapsed() - one - two
    );
    let sum = i64::from(tasks * each) * 4;
    assert_eq!(
        Mark::query()
            .order_by(Mark::name)
            .select(Mark::number)
            .all(&*db)
            .await?,
        [sum, -sum]
    );
    other.close(secs(5)).await?;
    db.cleanup().await
}

/// So many tasks that make so many transactions of two writes each; any error is one too many.
async fn write_from(dbs: &[&Db], tasks: u16, each: u16) -> Result<()> {
    let tasks: Vec<_> = (0..tasks)
        .map(|n| {
            let db = dbs[usize::from(n) % dbs.len()].clone();
            tokio::spawn(async move {
                for _ in 0..each {
                    db.transaction(async |tx| {
                        add(tx, "a", 1).await?;
                        add(tx, "b", -1).await
                    })
                    .await?;
                }
                Ok::<_, Error>(())
            })
        })
        .collect();
    for task in tasks {
        task.await.expect("no panic")?;
    }
    Ok(())
}

const CHILD: &str = "ORM_TEST_WRITER_CHILD";

/// This program once more, as a process that writes to the same file.
fn spawn_writer(url: &str, tasks: u16, each: u16) -> std::process::Child {
    Command::new(std::env::current_exe().expect("this program"))
        .args(["faults::sqlite::writers_queue", "--exact"])
        .env(CHILD, format!("{tasks} {each} {url}"))
        .stdout(std::process::Stdio::piped())
        .spawn()
        .expect("a second process")
}

/// What the second process of [`writers_queue`] does.
async fn second_process(task: &str) -> Result<()> {
    let mut words = task.splitn(3, ' ');
    let mut number = || {
        words
            .next()
            .and_then(|w| w.parse::<u16>().ok())
            .expect("a number")
    };
    let (tasks, each) = (number(), number());
    let db = Db::builder(words.next().expect("a URL"))
        .busy_timeout(secs(30))
        .connect()
        .await?;
    write_from(&[&db], tasks, each).await?;
    db.close(secs(5)).await
}

#[tokio::test]
async fn a_lock_of_another_process_ends_at_the_busy_timeout() -> Result<()> {
    let Some(db) = file().await else { return Ok(()) };
    marks(&db).await?;
    let other = beside(&db, |b| b.busy_timeout(millis(100))).await?;
    let writer = db.begin().await?;
    add(&writer, "a", 1).await?;
    let attempts = std::sync::atomic::AtomicUsize::new(0);
    for e in [
        add(&other, "a", 1).await.unwrap_err(),
        other.begin().await.unwrap_err(),
        other
            .transaction_with(orm_core::TxOptions::new().no_retry(), async |tx| {
                attempts.fetch_add(1, std::sync::atomic::Ordering::SeqCst);
                add(tx, "a", 1).await
            })
            .await
            .unwrap_err(),
    ] {
        assert_eq!(
            (e.kind(), e.class(), e.code()),
            (ErrorKind::LockTimeout, Class::Transaction, Some("5")),
            "{e}"
        );
    }
    assert_eq!(attempts.into_inner(), 0);
    // Reading goes on beside it, and writing after it.
    assert_eq!(names(&other).await?, ["a", "b"]);
    writer.commit().await?;
    assert_eq!(add(&other, "a", 1).await?, 1);
    other.close(secs(5)).await?;
    db.cleanup().await
}

#[tokio::test]
async fn a_deferred_upgrade_fails_at_once_and_succeeds_as_a_whole() -> Result<()> {
    let Some(db) = file().await else { return Ok(()) };
    marks(&db).await?;
    let other = beside(&db, |b| b).await?;
    // Transactions of ours begin as writers: there is nothing to upgrade, whatever they read first.
    let capture = Capture::attach(&db);
    db.transaction(async |tx| {
        names(tx).await?;
        add(tx, "a", 1).await
    })
    .await?;
    assert_eq!(capture.take()[0], "BEGIN IMMEDIATE");
    // A transaction of the borrower's own may begin as a reader; its error says that the whole may run again.
    let upgrade = async |disturb: bool| {
        db.with_connection(async |conn| {
            sql("BEGIN").exec(conn).await?;
            let before = number(conn, "SELECT number FROM marks WHERE name = 'b'").await?;
            if disturb {
                add(&other, "b", 1).await?;
            }
            let n = add(conn, "b", 10).await?;
            sql("COMMIT").exec(conn).await?;
            Ok((before, n))
        })
        .await
    };
    let e = upgrade(true).await.unwrap_err();
    assert_eq!(
        (e.class(), e.code(), e.is_retryable()),
        (Class::Transaction, Some("517"), true),
        "{e}"
    );
    assert_eq!(upgrade(false).await?, (1, 1));
    assert_eq!(
        number(&*db, "SELECT number FROM marks WHERE name = 'b'").await?,
        11
    );
    other.close(secs(5)).await?;
    db.cleanup().await
}
