//! Futures dropped half-way: nothing is lost, nothing is lent in doubt.

use super::*;

#[tokio::test]
async fn a_dropped_savepoint_is_rolled_back_before_the_next_statement() {
    let fake = Fake::postgres();
    fake.on("slow", Act::Delay(millis(30)));
    let db = db_of(&fake).await;
    let mut tx = db.begin().await.unwrap();
    write(&tx, "before").await.unwrap();
    let left = tokio::time::timeout(
        millis(5),
        tx.savepoint(async |tx| tx.savepoint(async |tx| write(&*tx, "slow").await).await),
    )
    .await;
    assert!(left.is_err());
    write(&tx, "after").await.unwrap();
    tx.commit().await.unwrap();
    assert_eq!(
        fake.take_log(),
        [
            "BEGIN",
            "before",
            "SAVEPOINT sp1",
            "SAVEPOINT sp2",
            "slow",
            "(ping)",
            "ROLLBACK TO SAVEPOINT sp1",
            "RELEASE SAVEPOINT sp1",
            "after",
            "COMMIT"
        ]
    );
}

#[tokio::test]
async fn a_dropped_write_ends_the_transaction_and_a_dropped_read_does_not() {
    let fake = Fake::postgres();
    fake.on("slow", Act::Delay(millis(30)));
    let db = db_of(&fake).await;
    let tx = db.begin().await.unwrap();
    assert!(
        tokio::time::timeout(millis(5), read(&tx, "slow read"))
            .await
            .is_err()
    );
    write(&tx, "w").await.unwrap();
    assert!(
        tokio::time::timeout(millis(5), write(&tx, "slow write"))
            .await
            .is_err()
    );
    let error = write(&tx, "w").await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::TransactionAborted);
    assert!(error.to_string().contains("dropped before its answer"), "{error}");
    assert_eq!(
        tx.commit().await.unwrap_err().kind(),
        ErrorKind::TransactionAborted
    );
    until(|| fake.in_transaction() == 0).await;
}

#[tokio::test]
async fn a_commit_goes_on_when_its_future_is_dropped() {
    let fake = Fake::postgres();
    let db = db_of(&fake).await;
    let hook = Arc::new(AtomicUsize::new(0));
    let tx = db.begin().await.unwrap();
    write(&tx, "w").await.unwrap();
    let counted = Arc::clone(&hook);
    tx.on_commit(|| panic!("a hook of no good"));
    tx.on_commit(move || {
        counted.fetch_add(1, Ordering::SeqCst);
    });
    assert!(fake::poll_times(tx.commit(), 1).await.is_none());
    db.close(millis(1000)).await.unwrap();
    assert_eq!(hook.load(Ordering::SeqCst), 1);
    assert_eq!(fake.take_log()[..3], ["BEGIN", "w", "COMMIT"]);
}

/// Drops each public future after every number of polls, and asks: is a permit lost, is a connection lent in doubt or
/// inside a transaction, was something written that nobody knows of?
#[tokio::test]
async fn whatever_is_dropped_wherever_nothing_is_lost() {
    for fake in [
        Fake::postgres(),
        Fake::mysql(),
        Fake::sqlite_file(),
        Fake::sqlite_memory(),
    ] {
        fake.on("many", Act::Rows(7));
        fake.on("bad", Act::Fail(fake::unique));
        let db = db_with(&fake, PoolOptions::new().size(2).acquire_timeout(millis(500))).await;
        for work in 0..9 {
            for polls in 0..40 {
                let ended = fake::poll_times(sweep(&db, work), polls).await.is_some();
                let what = format!("work {work}, {polls} polls on {}", db.dialect());
                // Everything works at once, with as many connections as ever.
                let tx = db.begin().await.unwrap_or_else(|e| panic!("{what}: {e}"));
                write(&tx, "INSERT check")
                    .await
                    .unwrap_or_else(|e| panic!("{what}: {e}"));
                tx.rollback().await.unwrap();
                let looked = db
                    .read_transaction(async |tx| read(&*tx, "SELECT check").await)
                    .await;
                looked.unwrap_or_else(|e| panic!("{what}: {e}"));
                until(|| db.pool_stats().in_use == 0 && db.pool_stats().connecting == 0).await;
                assert_eq!(fake.in_transaction(), 0, "{what}");
                if ended {
                    break;
                }
                assert!(polls < 39, "{what}: it never ends");
            }
        }
        assert_eq!(db.pool_stats().broken, 0, "{:?}", db.pool_stats());
        db.close(millis(1000)).await.unwrap();
    }
}

async fn sweep(db: &Db, work: usize) {
    match work {
        0 => drop(read(db, "SELECT r").await),
        1 => drop(db.run_all(several(&["a", "b"]), sink()).await),
        2 => {
            let mut stream = db.stream(Stmt::read("many", Vec::new()), sink());
            while stream.next().await.is_some() {}
        }
        3 => {
            let tx = db.begin().await.unwrap();
            write(&tx, "w").await.unwrap();
            tx.commit().await.unwrap();
        }
        4 => {
            let tx = db.begin().await.unwrap();
            let _ = write(&tx, "bad").await;
            tx.rollback().await.unwrap();
        }
        5 => drop(
            db.transaction(async |tx| {
                write(&*tx, "w").await?;
                let _ = tx.savepoint(async |tx| write(&*tx, "bad").await).await;
                tx.savepoint(async |tx| write(&*tx, "w").await).await
            })
            .await,
        ),
        6 => drop(
            db.with_connection(async |conn| {
                raw(&*conn, "BEGIN").await?;
                write(&*conn, "w").await
            })
            .await,
        ),
        7 => {
            let mut tx = db.begin().await.unwrap();
            // A savepoint that is dropped within a transaction that goes on.
            let _ = fake::poll_times(tx.savepoint(async |tx| write(&*tx, "w").await), 4).await;
            let _ = write(&tx, "after").await;
            let _ = tx.commit().await;
        }
        _ => drop(db.read_transaction(async |tx| read(&*tx, "r").await).await),
    }
}
