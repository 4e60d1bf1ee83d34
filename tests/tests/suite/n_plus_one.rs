//! Reads that are sent again and again: counted, told with their place, and a failure of the test that asks for it.

use std::fmt::{Debug, Write as _};
use std::panic::AssertUnwindSafe;
use std::sync::{Arc, Mutex};

use futures_util::{FutureExt as _, TryStreamExt as _};
use orm_core::exec::NPlusOne;
use orm_core::prelude::*;
use orm_core::query::Rows;
use orm_core::testing::{TestDb, on_all as on_all_databases};
use tests::book::{Account, Author, Book, prepare};
use tracing::field::{Field, Visit};
use tracing::instrument::WithSubscriber as _;
use tracing::span::{Attributes, Id as SpanId, Record};
use tracing::{Event, Metadata, Subscriber};

use super::on_all;
use super::writes::AsMySql;

/// What is warned of, a line for each event.
#[derive(Clone, Default)]
struct Warnings(Arc<Mutex<Vec<String>>>);

impl Warnings {
    fn take(&self) -> Vec<String> {
        std::mem::take(&mut self.0.lock().expect("no panic"))
    }
}

impl Subscriber for Warnings {
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        metadata.target().starts_with("orm_core")
    }

    fn new_span(&self, _span: &Attributes<'_>) -> SpanId {
        SpanId::from_u64(1)
    }

    fn record(&self, _span: &SpanId, _values: &Record<'_>) {}

    fn record_follows_from(&self, _span: &SpanId, _follows: &SpanId) {}

    fn event(&self, event: &Event<'_>) {
        struct Line(String);
        impl Visit for Line {
            fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
                let _ = write!(self.0, " {field}={value:?}");
            }
        }
        let mut line = Line(event.metadata().level().to_string());
        event.record(&mut line);
        self.0.lock().expect("no panic").push(line.0);
    }

    fn enter(&self, _span: &SpanId) {}

    fn exit(&self, _span: &SpanId) {}
}

/// A row at a time, so many times; and the line that waits for it.
async fn one_by_one(db: &dyn Executor, times: usize) -> Result<u32> {
    let mut line = 0;
    for _ in 0..times {
        line = line!() + 1;
        Account::find(1).one(db).await?;
    }
    Ok(line)
}

fn names(db: &dyn Executor) -> Rows<'_, Account> {
    Account::query().order_by(Account::id).stream(db)
}

/// As it ends in a place, which begins with a folder.
fn line_of_this_file(line: u32) -> String {
    format!("suite/n_plus_one.rs:{line}")
}

fn is_account_by_key(sql: &str) -> bool {
    sql.starts_with("SELECT") && sql.contains("accounts") && sql.contains("WHERE")
}

on_all! {
    async fn a_loop_of_reads_is_found_with_its_place(db) {
        prepare(db).await?;
        let watch = NPlusOne::more_than(3);
        let watched = db.watched_by(&watch);
        one_by_one(&watched, 3).await?;
        assert_eq!(watch.found(), []);
        watch.check()?;
        let line = one_by_one(&watched, 4).await?;
        // What nobody watches does not count.
        one_by_one(db, 4).await?;
        let found = watch.found();
        assert_eq!((found.len(), found[0].times), (1, 7));
        assert!(is_account_by_key(&found[0].sql), "{found:?}");
        let at = found[0].at.as_deref().unwrap_or_default();
        assert!(at.ends_with(&line_of_this_file(line)), "{at}");
        let e = watch.check().expect_err("seven are more than three");
        let text = e.to_string();
        assert_eq!(e.kind(), ErrorKind::Custom);
        assert!(text.contains("7 times") && text.contains(at) && text.contains(&*found[0].sql), "{text}");
    }

    async fn whatever_is_taken_from_the_handle_counts(db) {
        prepare(db).await?;
        let watch = NPlusOne::more_than(0);
        let watched = db.watched_by(&watch);
        let mut expected = 0;
        for way in 0..6 {
            let line = match way {
                0 => one_by_one(&watched.tenant(1), 2).await?,
                1 => watched.transaction(async |tx| one_by_one(tx, 2).await).await?,
                2 => {
                    let tx = watched.begin().await?;
                    let line = one_by_one(&tx, 2).await?;
                    tx.commit().await?;
                    line
                }
                3 => watched.with_connection(async |conn| one_by_one(conn, 2).await).await?,
                4 => {
                    let task = watched.clone();
                    tokio::spawn(async move { one_by_one(&task, 2).await }).await.expect("no panic")?
                }
                _ => {
                    let work = watched.in_snapshot(Box::new(|db| {
                        Box::pin(async move {
                            let line = one_by_one(db, 2).await?;
                            Ok(Box::new(line) as Box<dyn std::any::Any + Send>)
                        })
                    }));
                    *work.await?.downcast().expect("a line")
                }
            };
            expected += 2;
            let found = watch.found();
            assert_eq!((found.len(), found[0].times), (1, expected), "way {way}");
            assert!(found[0].at.as_ref().is_some_and(|at| at.ends_with(&line_of_this_file(line))), "{found:?}");
        }
    }

    async fn streams_count_once_each(db) {
        prepare(db).await?;
        let watch = NPlusOne::more_than(1);
        let watched = db.watched_by(&watch);
        assert_eq!(names(&watched).try_collect::<Vec<_>>().await?.len(), 2);
        assert_eq!(watch.found(), []);
        let line = line!() + 1;
        names(&watched).try_collect::<Vec<_>>().await?;
        watched.transaction(async |tx| names(&*tx).try_collect::<Vec<_>>().await).await?;
        watched.with_connection(async |conn| names(&*conn).try_collect::<Vec<_>>().await).await?;
        let found = watch.found();
        assert_eq!((found.len(), found[0].times), (1, 4));
        let at = found[0].at.as_deref().unwrap_or_default();
        assert!(at.ends_with(&line_of_this_file(line)), "{at}");
    }

    async fn writes_do_not_count_and_sql_of_ones_own_does(db) {
        prepare(db).await?;
        let watch = NPlusOne::more_than(1);
        let watched = db.watched_by(&watch);
        for n in 0..3 {
            Account::insert(Account::draft(format!("c{n}"), 1)).exec(&watched).await?;
            Account::update().set(Account::balance, n).filter(Account::owner.eq("a")).exec(&watched).await?;
            sql("UPDATE accounts SET balance = {n}").params(params! { n: n }).exec(&watched).await?;
        }
        assert_eq!(watch.found(), []);
        for owner in ["a", "secret"] {
            let text = "SELECT balance FROM accounts WHERE owner = {owner}";
            sql(text).params(params! { owner: owner }).all_as::<(i64,)>(&watched).await?;
        }
        let found = watch.found();
        assert_eq!((found.len(), found[0].times), (1, 2));
        assert!(found[0].sql.contains("WHERE owner = ") && !found[0].sql.contains("secret"), "{found:?}");
    }

    async fn locks_and_reads_that_belong_to_a_write_do_not_count(db) {
        prepare(db).await?;
        let watch = NPlusOne::more_than(1);
        let watched = db.watched_by(&watch);
        watched
            .transaction(async |tx| {
                for _ in 0..3 {
                    Account::query().order_by(Account::id).for_update().first(tx).await?;
                    let mut rows = Account::query().for_share().stream(tx);
                    while rows.try_next().await?.is_some() {}
                }
                Ok(())
            })
            .await?;
        for n in 0..3 {
            let (account, new) = Account::get_or_insert(Account::draft("a", n), &watched).await?;
            assert_eq!((account.balance, new), (500, false));
        }
        if db.dialect() == Dialect::MariaDb {
            // Without RETURNING each row is read after it was written.
            let mysql = AsMySql(watched.clone());
            for n in 0..3 {
                let account = Account::insert(Account::draft(format!("c{n}"), n)).one(&mysql).await?;
                assert_eq!(account.balance, n);
            }
        }
        let mut accounts = Account::query().all(db).await?;
        accounts.extend((10_000..12_000).map(|n| Account { id: n.into(), owner: String::new(), balance: n }));
        // Which of them are not there is asked in several statements.
        let e = Account::update_many(&accounts, Account::balance).exec(&watched).await;
        assert_eq!(e.expect_err("most are not there").kind(), ErrorKind::Stale);
        assert_eq!(watch.found(), []);
    }

    async fn the_length_of_a_list_makes_no_other_read(db) {
        prepare(db).await?;
        let watch = NPlusOne::more_than(1);
        let watched = db.watched_by(&watch);
        for owners in [vec!["a", "b", "c"], vec!["a", "b", "c", "d"]] {
            Account::query().filter(Account::owner.is_in(owners)).all(&watched).await?;
        }
        assert_eq!(watch.found().len(), 1);
    }

    async fn a_scope_warns_once_for_each_read_and_changes_nothing(db) {
        prepare(db).await?;
        let warnings = Warnings::default();
        let scope = db.watch_n_plus_one(2, async |db| {
            let authors = Author::query().filter(Author::name.ne("a secret")).all(db).await?;
            let line = one_by_one(db, 5).await?;
            for author in authors.iter().cycle().take(3) {
                Book::query().filter(Book::author_id.eq(author.id)).all(db).await?;
            }
            Ok::<_, Error>((authors, line))
        });
        let (authors, line) = scope.with_subscriber(warnings.clone()).await?;
        assert_eq!(authors.len(), 1);
        let warned = warnings.take();
        assert_eq!(warned.len(), 2, "{warned:?}");
        let place = line_of_this_file(line);
        for part in ["WARN", "times=5", "5 times", &place, "accounts"] {
            assert!(warned[0].contains(part), "{part}: {warned:?}");
        }
        assert!(warned[1].contains("times=3") && warned[1].contains("books"), "{warned:?}");
        assert!(!warned.concat().contains("secret"), "{warned:?}");
        // Errors come back as they are, and with nothing to tell nothing is told.
        let failed = db.watch_n_plus_one(2, async |db| {
            one_by_one(db, 2).await?;
            Err::<(), _>(Error::custom("no"))
        });
        let e = failed.with_subscriber(warnings.clone()).await.expect_err("its own");
        assert_eq!((e.to_string().as_str(), warnings.take().len()), ("no", 0));
    }

    async fn a_scope_that_is_dropped_warns_all_the_same(db) {
        prepare(db).await?;
        let warnings = Warnings::default();
        let scope = db.watch_n_plus_one(1, async |db| {
            one_by_one(db, 3).await?;
            std::future::pending::<Result<()>>().await
        });
        let dropped = async { tokio::time::timeout(millis(300), scope).await };
        assert!(dropped.with_subscriber(warnings.clone()).await.is_err());
        let warned = warnings.take();
        assert!(warned.len() == 1 && warned[0].contains("times=3"), "{warned:?}");
        assert_eq!(db.pool_stats().in_use, 0);
    }

    async fn scopes_inside_each_other_all_count(db) {
        prepare(db).await?;
        let watch = NPlusOne::more_than(3);
        let outer = db.watched_by(&watch);
        let warnings = Warnings::default();
        for _ in 0..2 {
            let inner = outer.watch_n_plus_one(1, async |db| one_by_one(db, 2).await);
            inner.with_subscriber(warnings.clone()).await?;
            assert_eq!(warnings.take().len(), 1);
        }
        assert_eq!(watch.found()[0].times, 4);
    }

    async fn a_scope_can_be_spawned(db) {
        prepare(db).await?;
        let db = db.clone();
        let task = tokio::spawn(async move {
            db.watch_n_plus_one(9, async |db| db.transaction(async |tx| one_by_one(tx, 2).await).await).await
        });
        assert!(task.await.expect("no panic")? > 0);
    }
}

/// What a run on all databases fails with.
async fn failure_of<F: Future<Output = Result<()>>>(body: impl Fn(TestDb) -> F) -> String {
    let ran = AssertUnwindSafe(on_all_databases(body)).catch_unwind().await;
    match ran.expect_err("it fails").downcast::<String>() {
        Ok(text) => *text,
        Err(_) => String::new(),
    }
}

#[tokio::test]
async fn a_test_that_asks_for_it_fails_at_its_end() {
    async fn ends_well(test: TestDb, reads: usize) -> Result<()> {
        prepare(&test).await?;
        let test = test.fail_on_n_plus_one(2);
        one_by_one(&test, reads).await?;
        test.cleanup().await
    }
    assert!(on_all_databases(|test| ends_well(test, 2)).await > 0);
    let told = |text: &str| {
        let databases = orm_core::testing::databases();
        // Once for each database.
        text.matches("3 times, from ").count() == databases.len()
            && text.matches("suite/n_plus_one.rs:").count() == databases.len()
            && databases.iter().all(|db| text.contains(&format!("on {db}: ")))
    };
    let text = failure_of(|test| ends_well(test, 3)).await;
    assert!(told(&text) && text.contains("accounts"), "{text}");
    // Also one that leaves the cleaning up to others.
    let text = failure_of(|test| async move {
        prepare(&test).await?;
        one_by_one(&test.fail_on_n_plus_one(2), 3).await.map(drop)
    })
    .await;
    assert!(told(&text), "{text}");
}
