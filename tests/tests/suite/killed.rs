//! Sessions that the server ends: while they are idle, in a transaction, in the middle of a stream.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use orm_core::prelude::*;
use tests::book::{Account, prepare};

use super::on_all;
use super::outside::{Server, session, url};

/// Ends a session, and waits for its end.
async fn kill(server: &Server, session: i64) -> Result<()> {
    server.kill(session).await?;
    let began = Instant::now();
    while !server.has_ended(session).await? {
        assert!(began.elapsed() < secs(10), "the session lives on");
        tokio::time::sleep(millis(1)).await;
    }
    Ok(())
}

/// A pool with so many idle connections, and their sessions.
async fn pool(db: &Db, size: usize, check_idle_after: Duration) -> Result<(Db, Vec<i64>)> {
    let options = PoolOptions::new().size(size).check_idle_after(check_idle_after);
    let db = Db::builder(url(db).await?).pool(options).connect().await?;
    let mut held = Vec::new();
    let mut sessions = Vec::new();
    for _ in 0..size {
        let tx = db.begin().await?;
        sessions.push(session(&tx).await?);
        held.push(tx);
    }
    for tx in held {
        tx.rollback().await?;
    }
    assert_eq!(db.pool_stats().idle, size);
    Ok((db, sessions))
}

on_all! {
    async fn idle_ones_reach_nobody(db) {
        let Some(server) = Server::of(db).await? else { return Ok(()) };
        prepare(db).await?;
        let rounds = if super::long() { 200 } else { 10 };
        // Checked before each use, none of them is noticed.
        let (careful, mut sessions) = pool(db, 3, Duration::ZERO).await?;
        for _ in 0..rounds {
            for session in sessions.drain(..) {
                kill(&server, session).await?;
            }
            assert_eq!(Account::query().count(&careful).await?, 2);
            let tx = careful.begin().await?;
            sessions.push(session(&tx).await?);
            tx.commit().await?;
        }
        assert_eq!(careful.pool_stats().in_use, 0);
        careful.close(secs(2)).await?;
        // Not checked for a second, one may be; the others are checked from then on.
        let (hasty, sessions) = pool(db, 3, secs(60)).await?;
        for session in sessions {
            kill(&server, session).await?;
        }
        let mut errors = Vec::new();
        for _ in 0..10 {
            errors.extend(Account::query().count(&hasty).await.err());
        }
        assert!(errors.len() <= 1, "{errors:?}");
        assert!(errors.iter().all(|e| e.kind() == ErrorKind::ConnectionLost), "{errors:?}");
        hasty.close(secs(2)).await?;
    }

    async fn a_transaction_that_has_said_nothing_takes_another(db) {
        let Some(server) = Server::of(db).await? else { return Ok(()) };
        prepare(db).await?;
        let (db, sessions) = pool(db, 1, secs(60)).await?;
        let tx = db.begin().await?;
        kill(&server, sessions[0]).await?;
        Account::insert(Account::draft("c", 1)).exec(&tx).await?;
        assert_ne!(session(&tx).await?, sessions[0]);
        tx.commit().await?;
        assert_eq!(Account::query().count(&db).await?, 3);
        db.close(secs(2)).await?;
    }

    async fn in_a_transaction_nothing_reconnects_by_itself(db) {
        let Some(server) = Server::of(db).await? else { return Ok(()) };
        prepare(db).await?;
        let (db, _) = pool(db, 1, secs(60)).await?;
        let tx = db.begin().await?;
        Account::insert(Account::draft("c", 1)).exec(&tx).await?;
        kill(&server, session(&tx).await?).await?;
        let e = Account::insert(Account::draft("d", 1)).exec(&tx).await.expect_err("it is gone");
        assert_eq!(e.kind(), ErrorKind::ConnectionLost, "{e:?}");
        // Whatever comes now would be outside of any transaction: it is refused.
        for refused in [Account::insert(Account::draft("e", 1)).exec(&tx).await.map(drop), tx.commit().await] {
            let e = refused.expect_err("it has failed");
            assert_eq!(e.kind(), ErrorKind::TransactionAborted, "{e:?}");
        }
        // The one place in the pool is free, and nothing of it was written.
        assert_eq!(Account::query().count(&db).await?, 2);

        // Killed before COMMIT, which is the first to notice: nobody can know, and it says so.
        let tx = db.begin().await?;
        Account::insert(Account::draft("c", 1)).exec(&tx).await?;
        kill(&server, session(&tx).await?).await?;
        let e = tx.commit().await.expect_err("it is gone");
        assert_eq!(e.kind(), ErrorKind::CommitUnknown, "{e:?}");
        assert_eq!(Account::query().count(&db).await?, 2);

        // As a closure it is run again, and is there once.
        let runs = AtomicUsize::new(0);
        db.transaction(async |tx| {
            Account::insert(Account::draft("c", 1)).exec(tx).await?;
            if runs.fetch_add(1, Ordering::SeqCst) == 0 {
                kill(&server, session(tx).await?).await?;
            }
            Account::insert(Account::draft("d", 1)).exec(tx).await.map(drop)
        })
        .await?;
        assert_eq!((runs.into_inner(), Account::query().count(&db).await?), (2, 4));
        db.close(secs(2)).await?;
    }

    async fn a_stream_ends_with_an_error_and_not_early(db) {
        let Some(server) = Server::of(db).await? else { return Ok(()) };
        let (db, sessions) = pool(db, 1, secs(60)).await?;
        for round in 0..3 {
            let session = match round {
                0 => sessions[0],
                _ => session(&db).await?,
            };
            let mut rows = super::streams::many(1, 6, &db);
            assert!(rows.try_next().await?.is_some());
            server.kill(session).await?;
            let mut given = 1;
            let end = loop {
                match rows.try_next().await {
                    Ok(Some(_)) => given += 1,
                    end => break end,
                }
            };
            let e = end.expect_err("not an end like any other");
            assert!(given < 1_000_000, "{given}");
            assert_eq!(e.kind(), ErrorKind::ConnectionLost, "{e:?}");
            assert!(rows.try_next().await?.is_none());
            drop(rows);
            let answer: Vec<(i64,)> = sql("SELECT {n}").params(params! { n: given }).all_as(&db).await?;
            assert_eq!(answer, [(given,)]);
            assert_eq!(db.pool_stats().in_use, 0);
        }
        db.close(secs(2)).await?;
    }
}
