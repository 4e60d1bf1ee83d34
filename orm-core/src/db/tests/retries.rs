//! What is tried again, and what never is.

use super::*;

#[tokio::test]
async fn retried_is_what_the_transaction_saw() {
    let fake = Fake::postgres();
    let db = db_of(&fake).await;
    let runs = AtomicUsize::new(0);
    // A failure that another run may not have.
    fake.on_next(2, "w", Act::Fail(fake::serialization));
    db.transaction(async |tx| {
        runs.fetch_add(1, Ordering::SeqCst);
        write(&*tx, "w").await
    })
    .await
    .unwrap();
    assert_eq!(runs.swap(0, Ordering::SeqCst), 3);
    // The same at COMMIT.
    fake.on_next(1, "COMMIT", Act::Fail(fake::serialization));
    db.transaction(async |tx| {
        runs.fetch_add(1, Ordering::SeqCst);
        write(&*tx, "w").await
    })
    .await
    .unwrap();
    assert_eq!(runs.swap(0, Ordering::SeqCst), 2);
    // A lost connection, before COMMIT was sent.
    fake.on_next(1, "w", Act::Break);
    db.transaction(async |tx| {
        runs.fetch_add(1, Ordering::SeqCst);
        write(&*tx, "w").await
    })
    .await
    .unwrap();
    assert_eq!(runs.swap(0, Ordering::SeqCst), 2);
    // Not more than three times.
    fake.on("w", Act::Fail(fake::serialization));
    let error = db
        .transaction(async |tx| {
            runs.fetch_add(1, Ordering::SeqCst);
            write(&*tx, "w").await
        })
        .await
        .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Serialization);
    assert_eq!(runs.swap(0, Ordering::SeqCst), 3);
    let options = TxOptions::new().retry(Backoff::exponential(millis(1)).max_attempts(5));
    let again = db
        .transaction_with(options, async |tx| {
            runs.fetch_add(1, Ordering::SeqCst);
            write(&*tx, "w").await
        })
        .await;
    assert!(again.is_err());
    assert_eq!(runs.swap(0, Ordering::SeqCst), 5);
}

#[tokio::test]
async fn an_error_of_the_users_own_is_not_retried_unless_it_asks() {
    #[derive(Debug)]
    enum Mine {
        Poor,
        Db(Error),
    }
    impl From<Error> for Mine {
        fn from(e: Error) -> Self {
            Mine::Db(e)
        }
    }
    let fake = Fake::mysql();
    let db = db_of(&fake).await;
    let runs = AtomicUsize::new(0);
    let own = db
        .try_transaction::<Mine, ()>(async |tx| {
            runs.fetch_add(1, Ordering::SeqCst);
            write(&*tx, "w").await?;
            Err(Mine::Poor)
        })
        .await;
    assert!(matches!(own, Err(Mine::Poor)));
    assert_eq!(runs.swap(0, Ordering::SeqCst), 1);
    fake.on("w", Act::Fail(fake::deadlock));
    let lost = db
        .try_transaction::<Mine, _>(async |tx| {
            runs.fetch_add(1, Ordering::SeqCst);
            Ok(write(&*tx, "w").await?)
        })
        .await;
    assert!(matches!(lost, Err(Mine::Db(e)) if e.kind() == ErrorKind::Deadlock));
    assert_eq!(runs.swap(0, Ordering::SeqCst), 3);
    let asked: Result<()> = db
        .transaction(async |_tx| {
            runs.fetch_add(1, Ordering::SeqCst);
            Err(Error::transient("not yet"))
        })
        .await;
    assert_eq!(asked.unwrap_err().to_string(), "not yet");
    assert_eq!(runs.load(Ordering::SeqCst), 3);
}

#[tokio::test]
async fn a_lost_answer_to_commit_is_unknown_and_never_retried() {
    let fake = Fake::postgres();
    fake.on("COMMIT", Act::Break);
    let db = db_of(&fake).await;
    let runs = AtomicUsize::new(0);
    let hook = Arc::new(AtomicUsize::new(0));
    let error = db
        .transaction(async |tx| {
            runs.fetch_add(1, Ordering::SeqCst);
            let hook = Arc::clone(&hook);
            tx.on_commit(move || {
                hook.fetch_add(1, Ordering::SeqCst);
            });
            write(&*tx, "w").await
        })
        .await
        .unwrap_err();
    assert!(error.is_commit_unknown());
    assert_eq!((runs.load(Ordering::SeqCst), hook.load(Ordering::SeqCst)), (1, 0));
}

#[tokio::test]
async fn begin_takes_another_connection_when_the_first_turns_out_dead() {
    let fake = Fake::postgres();
    let db = db_of(&fake).await;
    fake.kill_all();
    let tx = db.begin().await.unwrap();
    write(&tx, "w").await.unwrap();
    tx.commit().await.unwrap();
    assert_eq!(fake.take_log(), ["BEGIN", "BEGIN", "w", "COMMIT"]);
}

#[tokio::test]
async fn the_first_connection_is_tried_as_often_as_told() {
    let fake = Fake::postgres();
    fake.connects_fail(Some(fake::refused));
    let connect = |retry: Backoff| {
        let connector = Arc::new(fake::Handle(Arc::clone(&fake)));
        Db::builder("fake://u:secret@h/d")
            .connect_retry(retry)
            .connect_through(connector)
    };
    let error = connect(Backoff::none()).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Connect);
    let patient = connect(Backoff::exponential(millis(30)).max_attempts(10).no_jitter());
    let (_, connected) = tokio::join!(
        async {
            tokio::time::sleep(millis(50)).await;
            fake.connects_fail(None);
        },
        patient
    );
    assert!(connected.is_ok());
    fake.connects_fail(Some(fake::wrong_password));
    let start = Instant::now();
    assert!(
        connect(Backoff::exponential(millis(500)).no_jitter())
            .await
            .is_err()
    );
    assert!(start.elapsed() < millis(300));
    let builder = format!("{:?}", Db::builder("fake://u:secret@h/d"));
    assert!(!builder.contains("secret"), "{builder}");
}

#[test]
fn classes_that_are_worth_another_run() {
    use tx::is_rerun;
    assert!(is_rerun(Class::Transaction) && is_rerun(Class::Reconnect));
    assert!(!is_rerun(Class::Unknown) && !is_rerun(Class::Constraint) && !is_rerun(Class::Fail));
}

#[tokio::test]
async fn a_failure_that_the_closure_hid_is_seen_all_the_same() {
    let fake = Fake::postgres();
    fake.on_next(1, "w", Act::Fail(fake::serialization));
    let db = db_of(&fake).await;
    db.transaction(async |tx| {
        let _ = write(&*tx, "w").await;
        Ok(())
    })
    .await
    .unwrap();
    assert_eq!(
        fake.take_log(),
        ["BEGIN", "w", "ROLLBACK", "BEGIN", "w", "COMMIT"]
    );
}
