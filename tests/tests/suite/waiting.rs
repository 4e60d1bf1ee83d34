//! A task that waits for a connection which its own transaction holds is told so by name.

use std::sync::mpsc;

use orm_core::prelude::*;
use orm_core::testing::{Target, TestDb};
use tests::book::{Account, prepare};

use super::outside::{alone, run_alone};

/// This file and a line of it, as messages name them.
fn place(line: u32) -> String {
    format!("{}:{line};", file!())
}

fn patience(limit: u64) -> impl FnOnce(orm_core::DbBuilder) -> orm_core::DbBuilder {
    move |builder| builder.acquire_timeout(millis(limit))
}

#[tokio::test]
async fn a_read_through_db_inside_a_transaction_in_memory() -> Result<()> {
    let db = patience(200)(Db::builder("sqlite::memory:")).connect().await?;
    prepare(&db).await?;
    let line = line!() + 1;
    let outer = db.transaction(async |tx| {
        Account::update()
            .set(Account::balance, 1)
            .filter(Account::owner.eq("a"))
            .exec(tx)
            .await?;
        Account::query().count(&db).await
    });
    let e = outer.await.expect_err("it waits for itself");
    assert_eq!(e.kind(), ErrorKind::PoolTimeout);
    let text = e.to_string();
    assert!(
        text.contains(&format!("by the transaction begun at {}", place(line))),
        "{text}"
    );
    assert!(text.contains("the only one has been held for"), "{text}");
    assert!(
        text.contains("pass `tx`, not `db`, inside a transaction"),
        "{text}"
    );
    // Rolled back, and the connection is free.
    assert_eq!(Account::find_by(Account::owner, "a").one(&db).await?.balance, 500);
    Ok(())
}

#[tokio::test]
async fn a_write_through_db_inside_a_transaction_on_a_file() -> Result<()> {
    let test = TestDb::fresh_with(&Target::sqlite(), patience(200)).await?;
    let db = test.db();
    prepare(db).await?;
    let line = line!() + 1;
    let tx = db.begin().await?;
    Account::insert(Account::draft("c", 1)).exec(&tx).await?;
    // A read goes to a reader and sees the state before.
    assert_eq!(Account::query().count(db).await?, 2);
    let e = Account::insert(Account::draft("d", 1))
        .exec(db)
        .await
        .expect_err("it waits for itself");
    assert_eq!(e.kind(), ErrorKind::PoolTimeout);
    assert!(
        e.to_string()
            .contains(&format!("by the transaction begun at {}", place(line))),
        "{e}"
    );
    assert!(e.to_string().contains("pass `tx`, not `db`"), "{e}");
    tx.commit().await?;
    assert_eq!(Account::query().count(db).await?, 3);
    test.cleanup().await
}

/// In a debug build the one who waits need not wait to the end to be told.
#[cfg(debug_assertions)]
#[tokio::test]
async fn after_a_second_it_is_reported() -> Result<()> {
    let (send, told) = mpsc::channel();
    let pool =
        PoolOptions::new().on_leak(move |leak| send.send((leak.to_string(), *leak)).unwrap_or_default());
    let db = Db::builder("sqlite::memory:")
        .pool(pool)
        .acquire_timeout(mins(1))
        .connect()
        .await?;
    prepare(&db).await?;
    let line = line!() + 1;
    let tx = db.begin().await?;
    let waiting = async {
        let (first, second) = tokio::join!(Account::query().count(&db), Account::query().exists(&db));
        first.and_then(|n| second.map(|some| (n, some)))
    };
    let told_of = async {
        loop {
            match told.try_recv() {
                Ok(report) => break report,
                Err(_) => tokio::time::sleep(millis(5)).await,
            }
        }
    };
    let then = async {
        let report = told_of.await;
        // What they wait for comes after all: nothing is lost by the report.
        Account::delete().all_rows().exec(&tx).await?;
        tx.commit().await?;
        Ok::<_, Error>(report)
    };
    let (found, report) = tokio::join!(waiting, then);
    let (text, leak) = report?;
    assert_eq!(found?, (0, false));
    assert!(text.starts_with("somebody has waited 1."), "{text}");
    assert!(
        text.contains(&format!("by the transaction begun at {}", place(line))),
        "{text}"
    );
    assert!(
        text.ends_with("pass `tx`, not `db`, inside a transaction"),
        "{text}"
    );
    assert!(!leak.returned && leak.waited >= Some(secs(1)) && leak.at.is_some_and(|at| at.line() == line));
    // Two waited, and it was told once.
    assert!(told.try_recv().is_err());
    Ok(())
}

/// Where nobody listens, it is on standard error: in a process of its own, as that is where this can be read.
#[cfg(debug_assertions)]
#[tokio::test]
async fn without_a_listener_it_is_on_standard_error() -> Result<()> {
    if alone().is_none() {
        let output = run_alone("waiting::without_a_listener_it_is_on_standard_error", "waits");
        let complained = String::from_utf8_lossy(&output.stderr);
        let lines = complained
            .lines()
            .filter(|line| line.contains("for the only connection"));
        assert_eq!(lines.count(), 1, "{complained}");
        return Ok(());
    }
    let db = Db::builder("sqlite::memory:")
        .acquire_timeout(millis(1500))
        .connect()
        .await?;
    let tx = db.begin().await?;
    let e = sql("SELECT 1").exec(&db).await.expect_err("it waits for itself");
    assert_eq!(e.kind(), ErrorKind::PoolTimeout);
    tx.rollback().await
}
