//! Faults and bad inputs: what the databases really do, and that nothing of it is lost, hidden or half done.

mod classes;
mod deadlines;
mod extremes;
mod findings;
mod inputs;
mod pooler;
mod refusals;
mod secrets;
mod sqlite;
mod transactions;

use std::future::Future;
use std::time::{Duration, Instant};

use orm_core::DbBuilder;
use orm_core::error::Class;
use orm_core::prelude::*;
use orm_core::testing::{Capture, TestDb, databases};

use super::on_all;

/// A small table: a unique name and a number.
#[derive(Debug, Clone, PartialEq, Model)]
#[orm(table = "marks", check(number_small, "number < 1000000"))]
pub struct Mark {
    pub id: Id<Mark>,
    #[orm(length = 60, unique)]
    pub name: String,
    pub number: i64,
}

/// Whether the long form was asked for (`tests/run --long`).
fn long() -> bool {
    std::env::var("ORM_TEST_LONG").is_ok_and(|v| v == "1")
}

/// Makes the table, with the rows `a` and `b`.
async fn marks(db: &Db) -> Result<()> {
    db.create_all::<Mark>().await?;
    Mark::insert([Mark::draft("a", 0), Mark::draft("b", 0)])
        .exec(db)
        .await?;
    Ok(())
}

async fn mark(db: &dyn Executor, name: &str) -> Result<u64> {
    Mark::insert(Mark::draft(name, 0)).exec(db).await
}

async fn add(db: &dyn Executor, name: &str, n: i64) -> Result<u64> {
    Mark::update()
        .set(Mark::number, Mark::number + n)
        .filter(Mark::name.eq(name))
        .exec(db)
        .await
}

/// The names that are there, in order.
async fn names(db: &dyn Executor) -> Result<Vec<String>> {
    Mark::query()
        .order_by(Mark::name)
        .select(Mark::name)
        .all(db)
        .await
}

/// The middle one, the one within which nineteen of twenty are, and the longest.
fn spread(mut waits: Vec<Duration>) -> (Duration, Duration, Duration) {
    waits.sort_unstable();
    (
        waits[waits.len() / 2],
        waits[(waits.len() * 19 / 20).min(waits.len() - 1)],
        waits[waits.len() - 1],
    )
}

/// The one number of a query.
async fn number(db: &dyn Executor, text: impl Into<String>) -> Result<i64> {
    Ok(sql(text.into()).all_as::<(i64,)>(db).await?[0].0)
}

/// The URL of a test's own database.
async fn url_of(db: &Db) -> Result<String> {
    let (server, name) = match db.dialect() {
        Dialect::Sqlite => {
            let files = sql("PRAGMA database_list")
                .all_as::<(i64, String, String)>(db)
                .await?;
            return Ok(format!("sqlite://{}", files[0].2));
        }
        Dialect::Postgres => ("ORM_TEST_POSTGRES_URL", "SELECT current_database()::text"),
        _ => ("ORM_TEST_MARIADB_URL", "SELECT DATABASE()"),
    };
    let url = std::env::var(server).expect("the URL of the server under test");
    let name = sql(name).all_as::<(String,)>(db).await?.remove(0).0;
    let (server, _) = url.rsplit_once('/').expect("a path");
    Ok(format!("{server}/{name}"))
}

/// The same URL for another user.
fn url_as(url: &str, user: &str, password: &str) -> String {
    let (scheme, rest) = url.split_once("://").expect("a scheme");
    let (_, host) = rest.rsplit_once('@').expect("a user");
    format!("{scheme}://{user}:{password}@{host}")
}

/// A second `Db` on the same database, with options of its own.
async fn beside(db: &Db, options: impl FnOnce(DbBuilder) -> DbBuilder) -> Result<Db> {
    options(Db::builder(url_of(db).await?)).connect().await
}

/// Runs a body on every database, on a `Db` with options; the body is told none of the others.
async fn on_each<F>(options: impl Fn(DbBuilder) -> DbBuilder, body: impl Fn(Db) -> F)
where
    F: Future<Output = Result<()>>,
{
    for target in databases() {
        let test = TestDb::fresh_with(&target, &options)
            .await
            .unwrap_or_else(|e| panic!("on {target}: {e}"));
        body(test.db().clone())
            .await
            .unwrap_or_else(|e| panic!("on {target}: {e:?}"));
        test.cleanup()
            .await
            .unwrap_or_else(|e| panic!("on {target}: {e}"));
    }
}

/// Waits for what another task or the server does.
async fn until<F: Future<Output = Result<bool>>>(what: &str, is: impl Fn() -> F) -> Result<()> {
    let end = Instant::now() + Duration::from_secs(20);
    while Instant::now() < end {
        if is().await? {
            return Ok(());
        }
        tokio::time::sleep(millis(2)).await;
    }
    panic!("{what} did not happen within 20 seconds");
}

/// Drops a future after so many polls, each made when it was woken; `None` when it had not ended by then.
async fn after_polls<F: Future>(future: F, polls: usize) -> Option<F::Output> {
    let mut future = std::pin::pin!(future);
    let mut left = polls;
    std::future::poll_fn(|cx| {
        if left == 0 {
            return std::task::Poll::Ready(None);
        }
        left -= 1;
        future.as_mut().poll(cx).map(Some)
    })
    .await
}

/// The server's number of the session that a transaction or connection uses.
async fn session(db: &dyn Executor) -> Result<i64> {
    number(
        db,
        match db.dialect() {
            Dialect::Postgres => "SELECT pg_backend_pid()::int8",
            _ => "SELECT CONNECTION_ID()",
        },
    )
    .await
}

/// Ends a session from the side.
async fn kill(db: &Db, session: i64) -> Result<()> {
    let text = match db.dialect() {
        Dialect::Postgres => format!("SELECT pg_terminate_backend({session})"),
        _ => format!("KILL {session}"),
    };
    sql(text).exec(db).await?;
    // The answer comes before the end.
    until("the end of a killed session", async || {
        let text = match db.dialect() {
            Dialect::Postgres => format!("SELECT count(*) FROM pg_stat_activity WHERE pid = {session}"),
            _ => format!("SELECT COUNT(*) FROM information_schema.PROCESSLIST WHERE ID = {session}"),
        };
        Ok(number(db, text).await? == 0)
    })
    .await
}

/// A transaction that has failed refuses whatever comes, sends none of it, and names the first error; then it does not
/// commit.
async fn assert_refuses_all(db: &Db, mut tx: Tx, first: &str) {
    let capture = Capture::attach(db);
    let stream = Mark::query()
        .stream(&tx)
        .next()
        .await
        .expect("an answer")
        .map(drop);
    let answers = [
        ("a read", names(&tx).await.map(drop)),
        ("a write", mark(&tx, "stray").await.map(drop)),
        ("raw SQL", sql("SELECT 1").exec(&tx).await.map(drop)),
        ("a stream", stream),
        (
            "many rows",
            Mark::insert([Mark::draft("stray 1", 0), Mark::draft("stray 2", 0)])
                .exec(&tx)
                .await
                .map(drop),
        ),
        (
            "a savepoint",
            tx.savepoint(async |sp| mark(sp, "stray").await).await.map(drop),
        ),
        ("a commit", tx.commit().await),
    ];
    for (what, answer) in answers {
        let e = answer.expect_err(what);
        assert_eq!(
            (e.kind(), e.class()),
            (ErrorKind::TransactionAborted, Class::Fail),
            "{what}: {e}"
        );
        assert!(e.to_string().contains(first), "{what} does not name {first}: {e}");
    }
    let sent = capture.take();
    assert!(sent.iter().all(|sql| sql == "ROLLBACK"), "{sent:?}");
}
