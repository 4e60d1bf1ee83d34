//! Reads that see one moment, on a pool and in transactions of every kind.

use std::any::Any;
use std::sync::Arc;

use orm_core::exec::SnapshotWork;
use orm_core::prelude::*;
use orm_core::testing::Capture;
use orm_core::{Isolation, assert_statements};
use tests::book::{Account, prepare};

use super::{on_all, outside};

/// Counts the accounts, lets another connection add one, and counts them again.
fn counts_twice(other: Option<Db>) -> SnapshotWork {
    Box::new(move |db| {
        Box::pin(async move {
            let before = Account::query().count(db).await?;
            if let Some(other) = other {
                Account::insert(Account::draft(format!("c{before}"), 1))
                    .exec(&other)
                    .await?;
                assert_eq!(Account::query().count(&other).await?, before + 1);
            }
            let after = Account::query().count(db).await?;
            Ok(Box::new((before, after)) as Box<dyn Any + Send>)
        })
    })
}

/// What [`counts_twice`] has counted.
async fn counted(db: &dyn Executor, other: Option<Db>) -> Result<(u64, u64)> {
    let outcome = db.in_snapshot(counts_twice(other)).await?;
    Ok(*outcome.downcast().expect("two numbers"))
}

on_all! {
    async fn two_statements_see_one_moment(db) {
        prepare(db).await?;
        assert_eq!(counted(db, Some(db.clone())).await?, (2, 2));
        assert_eq!(counted(db, None).await?, (3, 3));
        // By way of whatever stands for a pool.
        assert_eq!(counted(&db, Some(db.clone())).await?, (3, 3));
        assert_eq!(counted(&Arc::new(db.clone()), Some(db.clone())).await?, (4, 4));
        let boxed: Box<dyn Executor> = Box::new(db.clone());
        assert_eq!(counted(&boxed, Some(db.clone())).await?, (5, 5));
        assert_eq!(db.pool_stats().in_use, 0);
    }

    async fn one_transaction_is_sent(db) {
        prepare(db).await?;
        let count = r#"SELECT COUNT(*) FROM "accounts""#;
        let backticked = count.replace('"', "`");
        assert_statements!(db, { counted(db, None).await? },
            sqlite: ["BEGIN", count, count, "COMMIT"],
            postgres: ["BEGIN ISOLATION LEVEL REPEATABLE READ, READ ONLY", count, count, "COMMIT"],
            mysql: [
                "SET TRANSACTION ISOLATION LEVEL REPEATABLE READ",
                "START TRANSACTION WITH CONSISTENT SNAPSHOT, READ ONLY",
                &backticked,
                &backticked,
                "COMMIT",
            ],
        );
    }

    async fn an_error_of_the_work_comes_back_and_rolls_back(db) {
        prepare(db).await?;
        let capture = Capture::attach(db);
        let e = db.in_snapshot(Box::new(|db| {
            Box::pin(async move {
                Account::query().count(db).await?;
                Err(Error::custom("no"))
            })
        }));
        let e = e.await.expect_err("the work's own");
        assert_eq!((e.kind(), e.to_string().as_str()), (ErrorKind::Custom, "no"));
        assert_eq!(capture.take().last().map(String::as_str), Some("ROLLBACK"));
        assert_eq!(db.pool_stats().in_use, 0);
        assert_eq!(counted(db, None).await?, (2, 2));
    }

    async fn it_only_reads(db) {
        prepare(db).await?;
        let e = db.in_snapshot(Box::new(|db| {
            Box::pin(async move {
                Account::insert(Account::draft("c", 1)).exec(db).await?;
                Ok(Box::new(()) as Box<dyn Any + Send>)
            })
        }));
        assert_eq!(e.await.expect_err("it writes").kind(), ErrorKind::Invalid);
        assert_eq!(Account::query().count(db).await?, 2);
    }

    async fn the_tenant_goes_along(db) {
        let db = db.tenant(7);
        let tenant = db.in_snapshot(Box::new(|db| {
            Box::pin(async move { Ok(Box::new(db.context().tenant.is_some()) as Box<dyn Any + Send>) })
        }));
        assert_eq!(tenant.await?.downcast_ref(), Some(&true));
    }

    async fn a_transaction_of_one_moment_is_used_as_it_is(db) {
        prepare(db).await?;
        let options = [
            TxOptions::repeatable_read(),
            TxOptions::repeatable_read().reading_only(),
            TxOptions::serializable(),
        ];
        for options in options {
            db.transaction_with(options, async |tx| {
                let before = Account::query().count(tx).await?;
                assert_eq!(assert_statements!(db, { counted(tx, None).await? }, count: 2), (before, before));
                // Within it, too, others may commit, unless its reads lock what they read.
                if options == TxOptions::repeatable_read().reading_only() {
                    assert_eq!(counted(tx, Some(db.clone())).await?, (before, before));
                }
                Ok(())
            })
            .await?;
        }
        let n = Account::query().count(db).await?;
        db.read_transaction(async |tx| {
            assert_eq!(counted(&tx, Some(db.clone())).await?, (n, n));
            // One inside of another.
            let nested = tx.in_snapshot(Box::new(|db| db.in_snapshot(counts_twice(None))));
            assert_eq!(nested.await?.downcast_ref(), Some(&(n, n)));
            Ok(())
        })
        .await?;
        // What the transaction has written is seen.
        db.transaction_with(TxOptions::repeatable_read(), async |tx| {
            Account::insert(Account::draft("mine", 1)).exec(tx).await?;
            assert_eq!(counted(tx, None).await?, (n + 2, n + 2));
            Ok(())
        })
        .await?;
    }

    async fn a_transaction_of_many_moments_is_refused(db) {
        prepare(db).await?;
        // What each database does when nothing is said, and what it does when it is told.
        for (options, refused) in [
            (TxOptions::new(), db.dialect() == Dialect::Postgres),
            (TxOptions::read_only(), db.dialect() == Dialect::Postgres),
            (TxOptions::read_committed(), db.dialect() != Dialect::Sqlite),
            (TxOptions::read_committed().reading_only(), db.dialect() != Dialect::Sqlite),
        ] {
            let tx = db.begin_with(options).await?;
            let capture = Capture::attach(db);
            let ran = counted(&tx, None).await;
            if !refused {
                assert_eq!(ran?, (2, 2), "{options:?}");
                tx.commit().await?;
                continue;
            }
            let e = ran.expect_err("many moments");
            assert_eq!((e.kind(), capture.count()), (ErrorKind::Invalid, 0), "{options:?}");
            assert!(e.to_string().contains("`TxOptions::repeatable_read()`"), "{e}");
            // It was not sent, so that the transaction goes on.
            assert_eq!(Account::query().count(&tx).await?, 2, "{options:?}");
            tx.commit().await?;
        }
    }

    async fn a_borrowed_connection_is_refused(db) {
        prepare(db).await?;
        db.with_connection(async |conn| {
            let capture = Capture::attach(db);
            let e = counted(conn, None).await.expect_err("a transaction of its own may be open");
            assert_eq!((e.kind(), capture.count()), (ErrorKind::Invalid, 0));
            assert!(e.to_string().contains("run them on `db`"), "{e}");
            Ok(())
        })
        .await?;
    }

    async fn a_lower_level_of_the_session_does_not_matter(db) {
        prepare(db).await?;
        let lower = match db.dialect() {
            Dialect::Sqlite => return Ok(()),
            Dialect::Postgres => "SET default_transaction_isolation = 'read committed'",
            _ => "SET SESSION TRANSACTION ISOLATION LEVEL READ COMMITTED",
        };
        let low = Db::builder(outside::url(db).await?).on_connect(lower).connect().await?;
        let tx = low.begin().await?;
        let many = async {
            let before = Account::query().count(&tx).await?;
            Account::insert(Account::draft("x", 1)).exec(db).await?;
            Ok::<_, Error>((before, Account::query().count(&tx).await?))
        };
        assert_eq!(many.await?, (2, 3));
        tx.commit().await?;
        assert_eq!(counted(&low, Some(db.clone())).await?, (3, 3));
        let level = TxOptions::new().isolation(Isolation::RepeatableRead);
        low.transaction_with(level, async |tx| {
            assert_eq!(counted(tx, Some(db.clone())).await?, (4, 4));
            Ok(())
        })
        .await?;
        low.close(secs(2)).await?;
    }
}
