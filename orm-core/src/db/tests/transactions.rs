//! Transactions and savepoints.

use super::*;

#[tokio::test]
async fn several_are_all_or_nothing() {
    let fake = Fake::sqlite_file();
    fake.on("bad", Act::Fail(fake::unique));
    let db = db_of(&fake).await;
    db.run_all(several(&["a", "b", "c"]), sink()).await.unwrap();
    assert_eq!(fake.take_log(), ["BEGIN IMMEDIATE", "a", "b", "c", "COMMIT"]);
    let error = db
        .run_all(several(&["a", "bad", "c"]), sink())
        .await
        .map(drop)
        .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Unique);
    assert_eq!(fake.take_log(), ["BEGIN IMMEDIATE", "a", "bad", "ROLLBACK"]);
    let tx = db.begin().await.unwrap();
    tx.run_all(several(&["a", "b"]), sink()).await.unwrap();
    tx.run_all(several(&["a", "bad"]), sink())
        .await
        .map(drop)
        .unwrap_err();
    tx.run_all(several(&["one"]), sink()).await.unwrap();
    tx.commit().await.unwrap();
    assert_eq!(
        fake.take_log(),
        [
            "BEGIN IMMEDIATE",
            "SAVEPOINT sp1",
            "a",
            "b",
            "RELEASE SAVEPOINT sp1",
            "SAVEPOINT sp2",
            "a",
            "bad",
            "ROLLBACK TO SAVEPOINT sp2",
            "RELEASE SAVEPOINT sp2",
            "one",
            "COMMIT"
        ]
    );
}

#[tokio::test]
async fn the_first_transaction_without_statements_sends_nothing() {
    let fake = Fake::postgres();
    let db = db_of(&fake).await;
    db.transaction(async |_tx| Ok(())).await.unwrap();
    drop(db.begin().await.unwrap());
    db.begin().await.unwrap().rollback().await.unwrap();
    assert!(fake.take_log().is_empty());
    let tx = db.begin_with(TxOptions::serializable()).await.unwrap();
    write(&tx, "w").await.unwrap();
    tx.rollback().await.unwrap();
    assert_eq!(
        fake.take_log(),
        ["BEGIN ISOLATION LEVEL SERIALIZABLE", "w", "ROLLBACK"]
    );
}

#[tokio::test]
async fn a_dropped_transaction_is_rolled_back() {
    let fake = Fake::postgres();
    let db = db_with(&fake, PoolOptions::new().size(1)).await;
    let tx = db.begin().await.unwrap();
    write(&tx, "w").await.unwrap();
    drop(tx);
    read(&db, "r").await.unwrap();
    assert_eq!(fake.take_log(), ["BEGIN", "w", "ROLLBACK", "r"]);
    assert_eq!(fake.made(), 1);
}

#[tokio::test]
async fn an_aborted_transaction_refuses_and_does_not_commit() {
    let fake = Fake::postgres();
    fake.on("bad", Act::Fail(fake::unique));
    let db = db_of(&fake).await;
    let result = db
        .transaction(async |tx| {
            let _ = write(&*tx, "bad").await;
            let refused = read(&*tx, "more").await.unwrap_err();
            assert_eq!(refused.kind(), ErrorKind::TransactionAborted);
            assert!(refused.to_string().contains("duplicate key"), "{refused}");
            Ok(())
        })
        .await;
    assert_eq!(result.unwrap_err().kind(), ErrorKind::TransactionAborted);
    assert_eq!(fake.take_log(), ["BEGIN", "bad", "ROLLBACK"]);

    // Where an error spoils nothing but its statement, the transaction goes on.
    let fake = Fake::mysql();
    fake.on("bad", Act::Fail(fake::unique));
    fake.on("dead", Act::Fail(fake::deadlock));
    let db = db_of(&fake).await;
    let tx = db.begin().await.unwrap();
    write(&tx, "bad").await.unwrap_err();
    write(&tx, "good").await.unwrap();
    write(&tx, "dead").await.unwrap_err();
    assert_eq!(
        write(&tx, "stray").await.unwrap_err().kind(),
        ErrorKind::TransactionAborted
    );
    assert_eq!(
        tx.commit().await.unwrap_err().kind(),
        ErrorKind::TransactionAborted
    );
    assert_eq!(fake.take_log(), ["BEGIN", "bad", "good", "dead", "(recover)"]);
}

#[tokio::test]
async fn a_savepoint_heals_what_happened_in_it() {
    let fake = Fake::postgres();
    fake.on("bad", Act::Fail(fake::unique));
    let db = db_of(&fake).await;
    let hooks = Arc::new(Mutex::new(Vec::new()));
    let note = |name: &'static str| {
        let hooks = Arc::clone(&hooks);
        move || lock(&hooks).push(name)
    };
    let (outer, inner, lost) = (note("outer"), note("inner"), note("lost"));
    db.transaction_once(async move |tx| {
        tx.on_commit(outer);
        let failed = tx
            .savepoint(async move |tx| {
                tx.on_commit(lost);
                write(&*tx, "bad").await
            })
            .await;
        assert_eq!(failed.unwrap_err().kind(), ErrorKind::Unique);
        let swallowed = tx
            .savepoint(async |tx| {
                let _ = write(&*tx, "bad").await;
                Ok(())
            })
            .await;
        assert_eq!(swallowed.unwrap_err().kind(), ErrorKind::TransactionAborted);
        tx.savepoint(async move |tx| {
            tx.savepoint(async move |tx| {
                tx.on_commit(inner);
                write(&*tx, "deep").await
            })
            .await
        })
        .await?;
        write(&*tx, "after").await?;
        Ok(())
    })
    .await
    .unwrap();
    assert_eq!(*lock(&hooks), ["outer", "inner"]);
    assert_eq!(
        fake.take_log(),
        [
            "BEGIN",
            "SAVEPOINT sp1",
            "bad",
            "ROLLBACK TO SAVEPOINT sp1",
            "RELEASE SAVEPOINT sp1",
            "SAVEPOINT sp2",
            "bad",
            "ROLLBACK TO SAVEPOINT sp2",
            "RELEASE SAVEPOINT sp2",
            "SAVEPOINT sp3",
            "SAVEPOINT sp4",
            "deep",
            "RELEASE SAVEPOINT sp4",
            "RELEASE SAVEPOINT sp3",
            "after",
            "COMMIT"
        ]
    );
}

#[tokio::test]
async fn statements_of_one_transaction_run_in_turn() {
    let fake = Fake::postgres();
    let db = db_of(&fake).await;
    let tx = db.begin().await.unwrap();
    let all = futures_util::future::join_all(["a", "b", "c"].map(|sql| read(&tx, sql))).await;
    assert!(all.iter().all(Result::is_ok));
    tx.commit().await.unwrap();
    assert_eq!(fake.take_log(), ["BEGIN", "a", "b", "c", "COMMIT"]);
}

#[tokio::test]
async fn a_change_of_schema_is_told_to_all_after_the_commit() {
    let fake = Fake::postgres();
    let db = db_of(&fake).await;
    let tx = db.begin().await.unwrap();
    tx.run(Stmt::ddl("CREATE TABLE t (a int)"), sink()).await.unwrap();
    read(&db, "r").await.unwrap();
    tx.commit().await.unwrap();
    fake.take_log();
    read(&db, "r").await.unwrap();
    read(&db, "r").await.unwrap();
    assert_eq!(fake.take_log(), ["(forget)", "r", "r"]);
}

#[tokio::test]
async fn a_task_that_waits_for_itself_is_told() {
    let fake = Fake::sqlite_memory();
    let db = db_with(&fake, PoolOptions::new().acquire_timeout(millis(30))).await;
    let error = db
        .transaction(async |tx| {
            write(&*tx, "w").await?;
            read(&db, "r").await
        })
        .await
        .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::PoolTimeout);
    let text = error.to_string();
    assert!(
        text.contains("the transaction begun at") && text.contains("db/tests/transactions.rs"),
        "{text}"
    );
    assert!(text.contains("pass `tx`, not `db`"), "{text}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn transactions_can_be_spawned() {
    let fake = Fake::postgres();
    let db = db_of(&fake).await;
    let name = "w".to_owned();
    let task = tokio::spawn({
        let db = db.clone();
        async move {
            db.transaction(async |tx| {
                write(&*tx, &name).await?;
                tx.savepoint(async |tx| tx.savepoint(async |tx| write(&*tx, &name).await).await)
                    .await
            })
            .await?;
            db.try_transaction::<Error, _>(async |tx| write(&*tx, &name).await)
                .await?;
            db.read_transaction(async |tx| read(&*tx, &name).await).await?;
            db.transaction_once(async |tx| write(&*tx, &name).await).await?;
            db.with_connection(async |conn| write(&*conn, &name).await).await
        }
    });
    task.await.unwrap().unwrap();
}
