//! Transactions in their plain form, seen from outside.

use orm_core::prelude::*;
use orm_core::testing::Capture;
use tests::book::{Account, prepare};

use super::on_all;

async fn balances(db: &dyn Executor) -> Result<Vec<i64>> {
    Account::query()
        .order_by(Account::id)
        .select(Account::balance)
        .all(db)
        .await
}

async fn give(db: &dyn Executor, id: i64, amount: i64) -> Result<u64> {
    Account::update()
        .set(Account::balance, Account::balance + amount)
        .filter(Account::id.eq(id))
        .exec(db)
        .await
}

on_all! {
    async fn commit_on_ok_and_rollback_on_err(db) {
        prepare(db).await?;
        db.transaction(async |tx| {
            give(tx, 1, -200).await?;
            give(tx, 2, 200).await
        })
        .await?;
        assert_eq!(balances(db).await?, [300, 200]);
        let e = db
            .transaction(async |tx| {
                give(tx, 1, -100).await?;
                Err::<(), _>(Error::custom("no"))
            })
            .await
            .unwrap_err();
        assert_eq!((e.kind(), e.to_string().as_str()), (ErrorKind::Custom, "no"));
        assert_eq!(balances(db).await?, [300, 200]);
    }

    async fn dropped_means_rolled_back(db) {
        prepare(db).await?;
        let tx = db.begin().await?;
        give(&tx, 1, 1).await?;
        drop(tx);
        // The one writer of SQLite is free again, and nothing was written.
        give(db, 2, 5).await?;
        assert_eq!(balances(db).await?, [500, 5]);
        let slow = db.transaction(async |tx| {
            give(tx, 1, 1).await?;
            std::future::pending::<()>().await;
            Ok(())
        });
        assert!(tokio::time::timeout(millis(200), slow).await.is_err());
        give(db, 1, 7).await?;
        assert_eq!(balances(db).await?, [507, 5]);
    }

    async fn savepoints_bound_the_damage(db) {
        prepare(db).await?;
        db.transaction(async |tx| {
            give(tx, 1, 10).await?;
            let failed = tx
                .savepoint(async |sp| {
                    give(sp, 1, 100).await?;
                    Account::insert(Account::draft("a", 1)).exec(sp).await
                })
                .await;
            assert!(failed.is_err_and(|e| e.violates(Account::owner)));
            tx.savepoint(async |sp| give(sp, 2, 1).await).await?;
            Ok(())
        })
        .await?;
        assert_eq!(balances(db).await?, [510, 1]);
    }

    async fn a_swallowed_error_does_not_commit_silently(db) {
        prepare(db).await?;
        let outcome = db
            .transaction(async |tx| {
                give(tx, 1, 10).await?;
                let _ = Account::insert(Account::draft("a", 1)).exec(tx).await;
                Ok(())
            })
            .await;
        match outcome {
            // PostgreSQL has given the transaction up: its commit must not look like a success.
            Err(e) => {
                assert_eq!((db.dialect(), e.kind()), (Dialect::Postgres, ErrorKind::TransactionAborted));
                assert_eq!(balances(db).await?, [500, 0]);
            }
            Ok(()) => assert_eq!(balances(db).await?, [510, 0]),
        }
    }

    async fn hooks_run_after_the_commit_only(db) {
        prepare(db).await?;
        let (sender, receiver) = std::sync::mpsc::channel();
        for fail in [false, true] {
            let sender = sender.clone();
            let _ = db
                .transaction(async move |tx| {
                    tx.on_commit(move || sender.send(fail).unwrap_or_default());
                    give(tx, 1, 1).await?;
                    if fail { Err(Error::custom("no")) } else { Ok(()) }
                })
                .await;
        }
        drop(sender);
        assert_eq!(receiver.iter().collect::<Vec<_>>(), [false]);
    }

    async fn an_empty_transaction_sends_nothing_to_a_server(db) {
        let capture = Capture::attach(db);
        db.transaction(async |_tx| Ok(())).await?;
        let sent = capture.take();
        match db.dialect() {
            Dialect::Sqlite => assert_eq!(sent.len(), 2, "{sent:?}"),
            _ => assert!(sent.is_empty(), "{sent:?}"),
        }
    }

    async fn the_futures_are_send(db) {
        prepare(db).await?;
        let db = db.clone();
        let task = tokio::spawn(async move {
            db.transaction(async |tx| {
                give(tx, 1, 1).await?;
                tx.savepoint(async |sp| give(sp, 1, 1).await).await
            })
            .await
        });
        assert_eq!(task.await.expect("no panic")?, 1);
    }
}
