//! Statements, transactions, savepoints, retries and cancellation, against the fake driver.

use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Instant;

use futures_util::StreamExt;

use super::*;
use crate::error::{Class, Error, ErrorKind};
use crate::exec::{Collect, Discard, Outcome, StatementEvent};
use crate::pool::fake::{self, Act, Fake};
use crate::pool::{Backoff, PoolOptions, lock};

async fn db_of(fake: &Arc<Fake>) -> Db {
    db_with(fake, PoolOptions::new().size(2)).await
}

async fn db_with(fake: &Arc<Fake>, pool: PoolOptions) -> Db {
    let connector = Arc::new(fake::Handle(Arc::clone(fake)));
    Db::builder("fake:").pool(pool).connect_through(connector).await.unwrap()
}

fn millis(n: u64) -> Duration {
    Duration::from_millis(n)
}

fn sink() -> Box<dyn RowSink> {
    Box::new(Discard::default())
}

async fn read(ex: &dyn Executor, sql: &str) -> Result<u64> {
    ex.run(Stmt::read(sql, Vec::new()), sink()).await.map(|(_, done)| done.rows)
}

async fn write(ex: &dyn Executor, sql: &str) -> Result<u64> {
    ex.run(Stmt::write(sql, Vec::new()), sink()).await.map(|(_, done)| done.rows)
}

async fn raw(ex: &dyn Executor, sql: &str) -> Result<u64> {
    ex.run(Stmt::raw(sql, Vec::new()), sink()).await.map(|(_, done)| done.rows)
}

fn several(sqls: &[&'static str]) -> StmtIter {
    let stmts: Vec<Result<Stmt>> = sqls.iter().map(|sql| Ok(Stmt::write(*sql, Vec::new()))).collect();
    Box::new(stmts.into_iter())
}

async fn until(what: impl Fn() -> bool) {
    let start = Instant::now();
    while !what() {
        assert!(start.elapsed() < millis(2000), "it never came about");
        tokio::time::sleep(millis(1)).await;
    }
}

#[tokio::test]
async fn a_statement_is_one_statement() {
    let fake = Fake::postgres();
    fake.on("many", Act::Rows(3));
    let db = db_of(&fake).await;
    assert_eq!(read(&db, "many").await.unwrap(), 3);
    assert_eq!(write(&&db, "w").await.unwrap(), 0);
    let ex: &dyn Executor = &db;
    ex.run_all(several(&["one"]), sink()).await.unwrap();
    ex.run_all(several(&[]), sink()).await.unwrap();
    assert_eq!(fake.take_log(), ["many", "w", "one"]);
}

#[tokio::test]
async fn several_are_all_or_nothing() {
    let fake = Fake::sqlite_file();
    fake.on("bad", Act::Fail(fake::unique));
    let db = db_of(&fake).await;
    db.run_all(several(&["a", "b", "c"]), sink()).await.unwrap();
    assert_eq!(fake.take_log(), ["BEGIN IMMEDIATE", "a", "b", "c", "COMMIT"]);
    let error = db.run_all(several(&["a", "bad", "c"]), sink()).await.map(drop).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Unique);
    assert_eq!(fake.take_log(), ["BEGIN IMMEDIATE", "a", "bad", "ROLLBACK"]);
    let tx = db.begin().await.unwrap();
    tx.run_all(several(&["a", "b"]), sink()).await.unwrap();
    tx.run_all(several(&["a", "bad"]), sink()).await.map(drop).unwrap_err();
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
async fn reads_go_to_readers_and_the_rest_to_the_writer() {
    let fake = Fake::sqlite_file();
    let db = db_of(&fake).await;
    read(&db, "read").await.unwrap();
    write(&db, "write").await.unwrap();
    raw(&db, "SELECT raw").await.unwrap();
    raw(&db, "INSERT raw").await.unwrap();
    raw(&db, "PRAGMA x").await.unwrap();
    db.read_transaction(async |tx| read(&*tx, "inside").await).await.unwrap();
    let lanes: Vec<String> = fake
        .log()
        .into_iter()
        .map(|l| l.replace(|c: char| c.is_ascii_digit(), ""))
        .filter(|l| l != ": (reset)")
        .collect();
    assert_eq!(
        lanes,
        [
            "r: read",
            ": write",
            "r: SELECT raw",
            ": INSERT raw",
            ": PRAGMA x",
            "r: BEGIN",
            "r: inside",
            "r: COMMIT"
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
    assert_eq!(fake.take_log(), ["BEGIN ISOLATION LEVEL SERIALIZABLE", "w", "ROLLBACK"]);
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
    assert_eq!(write(&tx, "stray").await.unwrap_err().kind(), ErrorKind::TransactionAborted);
    assert_eq!(tx.commit().await.unwrap_err().kind(), ErrorKind::TransactionAborted);
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
async fn a_dropped_savepoint_is_rolled_back_before_the_next_statement() {
    let fake = Fake::postgres();
    fake.on("slow", Act::Delay(millis(30)));
    let db = db_of(&fake).await;
    let mut tx = db.begin().await.unwrap();
    write(&tx, "before").await.unwrap();
    let left = tokio::time::timeout(
        millis(5),
        tx.savepoint(async |tx| {
            tx.savepoint(async |tx| write(&*tx, "slow").await).await
        }),
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
    assert!(tokio::time::timeout(millis(5), read(&tx, "slow read")).await.is_err());
    write(&tx, "w").await.unwrap();
    assert!(tokio::time::timeout(millis(5), write(&tx, "slow write")).await.is_err());
    let error = write(&tx, "w").await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::TransactionAborted);
    assert!(error.to_string().contains("dropped before its answer"), "{error}");
    assert_eq!(tx.commit().await.unwrap_err().kind(), ErrorKind::TransactionAborted);
    until(|| fake.in_transaction() == 0).await;
}

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
async fn a_stream_gives_batches_and_its_error_last() {
    let fake = Fake::postgres();
    fake.on("five", Act::Rows(5));
    fake.on("bad", Act::Fail(fake::unique));
    let db = db_of(&fake).await;
    let numbers = || Box::new(Collect::<i64>::new(|row| row.read()));
    let batches: Vec<_> = db.stream(Stmt::read("five", Vec::new()), numbers()).collect().await;
    let rows: Vec<Vec<i64>> = batches.into_iter().map(|b| Collect::rows(b.unwrap()).unwrap()).collect();
    assert_eq!(rows, [vec![0, 1], vec![2, 3], vec![4]]);
    let batches: Vec<_> = db.stream(Stmt::read("bad", Vec::new()), numbers()).collect().await;
    assert!(matches!(&batches[..], [Err(e)] if e.kind() == ErrorKind::Unique));
    assert_eq!(db.pool_stats().in_use, 0);
}

#[tokio::test]
async fn a_stream_dropped_early_frees_its_connection() {
    let fake = Fake::postgres();
    fake.on("many", Act::Rows(1000));
    let db = db_with(&fake, PoolOptions::new().size(1)).await;
    {
        let mut stream = db.stream(Stmt::read("many", Vec::new()), sink());
        assert!(stream.next().await.is_some());
    }
    read(&db, "r").await.unwrap();
    assert_eq!(fake.take_log(), ["many", "(cancel)", "(recover)", "r"]);
}

#[tokio::test]
async fn a_statement_beside_an_open_stream_is_an_error_at_once() {
    let fake = Fake::postgres();
    fake.on("many", Act::Rows(1000));
    let db = db_of(&fake).await;
    let tx = db.begin().await.unwrap();
    let mut stream = tx.stream(Stmt::read("SELECT many", Vec::new()), sink());
    assert!(stream.next().await.unwrap().is_ok());
    let error = read(&tx, "r").await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::StreamOpen);
    assert!(error.to_string().contains("SELECT many"), "{error}");
    let second = tx.stream(Stmt::read("r", Vec::new()), sink()).next().await;
    assert!(matches!(second, Some(Err(e)) if e.kind() == ErrorKind::StreamOpen));
    drop(stream);
    // What is left of the stream is drained, and the transaction goes on.
    read(&tx, "r").await.unwrap();
    tx.commit().await.unwrap();
    assert_eq!(fake.take_log(), ["BEGIN", "SELECT many", "(ping)", "r", "COMMIT"]);
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
async fn what_raw_sql_may_not_do() {
    let fake = Fake::mysql();
    let db = db_of(&fake).await;
    for sql in ["BEGIN", "commit", "ROLLBACK", "SAVEPOINT a"] {
        assert_eq!(raw(&db, sql).await.unwrap_err().kind(), ErrorKind::Invalid, "{sql}");
    }
    let tx = db.begin().await.unwrap();
    write(&tx, "w").await.unwrap();
    assert_eq!(raw(&tx, "COMMIT").await.unwrap_err().kind(), ErrorKind::Invalid);
    let ddl = raw(&tx, "CREATE TABLE t (a int)").await.unwrap_err();
    assert_eq!(ddl.kind(), ErrorKind::Unsupported);
    assert!(ddl.to_string().starts_with("MariaDB commits a transaction"), "{ddl}");
    raw(&tx, "SET x = 1").await.unwrap();
    tx.commit().await.unwrap();
    until(|| db.pool_stats().in_use == 0).await;
    assert_eq!(fake.take_log(), ["BEGIN", "w", "SET x = 1", "COMMIT", "(reset)"]);
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
async fn a_borrowed_connection_is_reset_and_replaced_once() {
    let fake = Fake::postgres();
    let db = db_with(&fake, PoolOptions::new().size(1)).await;
    fake.on_next(1, "breaks", Act::Break);
    db.with_connection(async |conn| {
        raw(&*conn, "SET a = 1").await?;
        assert!(raw(&*conn, "breaks").await.is_err());
        raw(&*conn, "BEGIN").await?;
        write(&*conn, "w").await
    })
    .await
    .unwrap();
    read(&db, "r").await.unwrap();
    assert_eq!(
        fake.take_log(),
        ["SET a = 1", "breaks", "BEGIN", "w", "(recover)", "(reset)", "r"]
    );
}

#[derive(Default)]
struct Seen(Mutex<Vec<String>>);

struct Watching(Arc<Seen>);

impl Observer for Watching {
    fn after(&self, event: &StatementEvent<'_>, outcome: &Outcome<'_>, _elapsed: Duration) {
        let outcome = match outcome {
            Outcome::Done { rows } => rows.to_string(),
            Outcome::Failed(error) => format!("{:?}", error.kind()),
            _ => "cancelled".to_owned(),
        };
        let place = if event.in_transaction { "tx " } else { "" };
        lock(&self.0.0).push(format!("{place}{} -> {outcome}", event.stmt.sql));
    }
}

#[tokio::test]
async fn observers_see_all_that_is_sent() {
    let fake = Fake::postgres();
    fake.on("two", Act::Rows(2));
    fake.on("bad", Act::Fail(fake::unique));
    fake.on("slow", Act::Hang);
    let db = db_of(&fake).await;
    let seen = Arc::new(Seen::default());
    db.observe(Watching(Arc::clone(&seen)));
    read(&db, "two").await.unwrap();
    let _ = write(&db, "bad").await;
    assert!(tokio::time::timeout(millis(5), read(&db, "slow")).await.is_err());
    let mut tx = db.begin().await.unwrap();
    tx.savepoint(async |tx| read(&*tx, "two").await).await.unwrap();
    drop(tx);
    until(|| lock(&seen.0).len() == 8).await;
    assert_eq!(
        *lock(&seen.0),
        [
            "two -> 2",
            "bad -> Unique",
            "slow -> cancelled",
            "tx BEGIN -> 0",
            "tx SAVEPOINT sp1 -> 0",
            "tx two -> 2",
            "tx RELEASE SAVEPOINT sp1 -> 0",
            "tx ROLLBACK -> 0"
        ]
    );
}

#[tokio::test]
async fn the_context_goes_along() {
    let fake = Fake::postgres();
    let db = db_of(&fake).await.tenant(7_i64);
    assert!(db.context().tenant.is_some());
    db.transaction(async |tx| {
        assert!(tx.context().tenant.is_some());
        Ok(())
    })
    .await
    .unwrap();
    db.with_connection(async |conn| {
        assert!(conn.context().tenant.is_some());
        Ok(())
    })
    .await
    .unwrap();
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
    assert!(text.contains("the transaction begun at") && text.contains("db/tests.rs"), "{text}");
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
            db.try_transaction::<Error, _>(async |tx| write(&*tx, &name).await).await?;
            db.read_transaction(async |tx| read(&*tx, &name).await).await?;
            db.transaction_once(async |tx| write(&*tx, &name).await).await?;
            db.with_connection(async |conn| write(&*conn, &name).await).await
        }
    });
    task.await.unwrap().unwrap();
}

#[tokio::test]
async fn the_first_connection_is_tried_as_often_as_told() {
    let fake = Fake::postgres();
    fake.connects_fail(Some(fake::refused));
    let connect = |retry: Backoff| {
        let connector = Arc::new(fake::Handle(Arc::clone(&fake)));
        Db::builder("fake://u:secret@h/d").connect_retry(retry).connect_through(connector)
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
    assert!(connect(Backoff::exponential(millis(500)).no_jitter()).await.is_err());
    assert!(start.elapsed() < millis(300));
    let builder = format!("{:?}", Db::builder("fake://u:secret@h/d"));
    assert!(!builder.contains("secret"), "{builder}");
}

#[tokio::test]
async fn behind_a_transaction_pooler_each_statement_is_a_transaction() {
    let fake = Fake::postgres();
    let connector = Arc::new(fake::Handle(Arc::clone(&fake)));
    let db = Db::builder("fake:").transaction_pooler(true).connect_through(connector).await.unwrap();
    read(&db, "r").await.unwrap();
    assert_eq!(fake.take_log(), ["BEGIN", "r", "COMMIT"]);
}

/// Drops each public future after every number of polls, and asks: is a permit lost, is a connection lent in doubt or
/// inside a transaction, was something written that nobody knows of?
#[tokio::test]
async fn whatever_is_dropped_wherever_nothing_is_lost() {
    for fake in [Fake::postgres(), Fake::mysql(), Fake::sqlite_file(), Fake::sqlite_memory()] {
        fake.on("many", Act::Rows(7));
        fake.on("bad", Act::Fail(fake::unique));
        let db = db_with(&fake, PoolOptions::new().size(2).acquire_timeout(millis(500))).await;
        for work in 0..9 {
            for polls in 0..40 {
                let ended = fake::poll_times(sweep(&db, work), polls).await.is_some();
                let what = format!("work {work}, {polls} polls on {}", db.dialect());
                // Everything works at once, with as many connections as ever.
                let tx = db.begin().await.unwrap_or_else(|e| panic!("{what}: {e}"));
                write(&tx, "INSERT check").await.unwrap_or_else(|e| panic!("{what}: {e}"));
                tx.rollback().await.unwrap();
                let looked = db.read_transaction(async |tx| read(&*tx, "SELECT check").await).await;
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

#[test]
fn classes_that_are_worth_another_run() {
    use tx::is_rerun;
    assert!(is_rerun(Class::Transaction) && is_rerun(Class::Reconnect));
    assert!(!is_rerun(Class::Unknown) && !is_rerun(Class::Constraint) && !is_rerun(Class::Fail));
}
