//! Transactions: begun, ended and left at every point.

use std::any::Any;

use orm_core::TxOptions;
use orm_core::prelude::*;

use super::{Case, Content, MORE, NEW, OLD, Part, content, dropped_after, on_each};

async fn begun_and_committed(c: &Case) -> Result<()> {
    let tx = c.db.begin().await?;
    c.hook(&tx);
    c.add(&tx, 3).await?;
    c.add(&tx, 4).await?;
    tx.commit().await
}

on_each! {
    async fn transactions(rig) {
        // BEGIN, COMMIT and ROLLBACK go on when they are dropped; a hook runs once, and only when all of it is there.
        rig.sweep("Db::begin, Tx::commit", MORE, begun_and_committed).await?;
        rig.sweep("Db::begin_with, Tx::rollback", OLD, async |c| {
            let tx = c.db.begin_with(TxOptions::repeatable_read()).await?;
            c.hook(&tx);
            c.add(&tx, 3).await?;
            tx.rollback().await
        })
        .await?;
        rig.sweep("Db::transaction", MORE, async |c| {
            c.db.transaction(async |tx| {
                c.hook(tx);
                c.add(tx, 3).await?;
                c.add(tx, 4).await
            })
            .await
        })
        .await?;
        rig.sweep("Db::transaction, an error", OLD, async |c| {
            let e = c.db.transaction(async |tx| {
                c.hook(tx);
                c.add(tx, 3).await?;
                Err::<(), _>(Error::custom("no"))
            });
            assert_eq!(e.await.expect_err("an error").kind(), ErrorKind::Custom);
            Ok(())
        })
        .await?;
        rig.sweep("Db::transaction_with", MORE, async |c| {
            c.db.transaction_with(TxOptions::serializable(), async |tx| {
                c.hook(tx);
                // Several statements inside a transaction: a savepoint.
                Part::insert([c.part(3), c.heavy(4)]).exec(tx).await.map(drop)
            })
            .await
        })
        .await?;
        rig.sweep("Db::try_transaction", NEW, async |c| {
            c.db.try_transaction::<Error, _>(async |tx| {
                c.hook(tx);
                let update = Part::update().set(Part::note, "new").filter(Part::unit.eq(c.unit));
                update.exec(tx).await.map(drop)
            })
            .await
        })
        .await?;
        rig.sweep("Db::transaction_once", MORE, async |c| {
            c.db.transaction_once(async |tx| {
                c.hook(tx);
                c.add(tx, 4).await?;
                c.add(tx, 3).await
            })
            .await
        })
        .await?;
        rig.reads("Db::read_transaction", async |c| {
            let both = c.db.read_transaction(async |tx| Ok((c.mine().count(tx).await?, content(tx, c.unit).await?)));
            let (count, parts) = both.await?;
            assert_eq!((count, parts.len()), (2, 2));
            Ok(())
        })
        .await?;
        rig.reads("Executor::in_snapshot", async |c| {
            let unit = c.unit;
            let counts = c.db.in_snapshot(Box::new(move |db| {
                Box::pin(async move {
                    let all = Part::query().filter(Part::unit.eq(unit));
                    let counts = (all.clone().count(db).await?, content(db, unit).await?.len());
                    Ok(Box::new(counts) as Box<dyn Any + Send>)
                })
            }));
            assert_eq!(counts.await?.downcast_ref(), Some(&(2_u64, 2_usize)));
            Ok(())
        })
        .await?;
    }

    async fn answers_in_two_parts(rig) {
        // Dropped between the two, the wire has read one packet and a half.
        rig.halves.store(true, std::sync::atomic::Ordering::Relaxed);
        rig.sweep("Db::begin, Tx::commit", MORE, begun_and_committed).await?;
        rig.reads("Query::all", async |c| {
            assert_eq!(c.mine().all(&c.db).await?.len(), 2);
            Ok(())
        })
        .await?;
    }

    async fn savepoints(rig) {
        rig.sweep("Tx::savepoint, Tx::try_savepoint", MORE, async |c| {
            c.db.transaction(async |tx| {
                c.hook(tx);
                tx.savepoint(async |sp| {
                    c.add(sp, 3).await?;
                    sp.try_savepoint::<Error, _>(async |inner| c.add(inner, 4).await).await
                })
                .await?;
                let failed = tx.savepoint(async |sp| c.add(sp, 4).await).await;
                assert!(failed.is_err_and(|e| e.is_unique_violation()));
                Ok(())
            })
            .await
        })
        .await?;
    }

    async fn locked_rows(rig) {
        let names = "LockedJoin::all, LockedJoin::one, LockedJoin::optional, LockedJoin::first, LockedJoin::stream";
        rig.sweep(names, NEW, async |c| {
            let twins = |part: i32| {
                let same = c.mine().join::<Part>(|a, b| b.get(Part::id).eq(a.get(Part::id)));
                same.filter(|a, _| a.get(Part::part).le(part))
            };
            c.db.transaction(async |tx| {
                c.hook(tx);
                assert_eq!(twins(2).for_update().all(tx).await?.len(), 2);
                assert_eq!(twins(1).for_update().one(tx).await?.1.part, 1);
                assert_eq!(twins(0).for_share().optional(tx).await?, None);
                assert!(twins(2).for_share().first(tx).await?.is_some());
                let mut rows = twins(2).for_update().skip_locked().stream(tx);
                while rows.try_next().await?.is_some() {}
                drop(rows);
                let update = Part::update().set(Part::note, "new").filter(Part::unit.eq(c.unit));
                update.exec(tx).await.map(drop)
            })
            .await
        })
        .await?;
        rig.sweep("Locked::all, Locked::one, Locked::optional, Locked::first, Locked::stream", NEW, async |c| {
            c.db.transaction(async |tx| {
                c.hook(tx);
                assert_eq!(c.mine().for_update().all(tx).await?.len(), 2);
                assert_eq!(c.mine().filter(Part::part.eq(1)).for_update().one(tx).await?.part, 1);
                assert_eq!(c.mine().filter(Part::part.eq(3)).for_share().optional(tx).await?, None);
                assert!(c.mine().for_share().first(tx).await?.is_some());
                let mut rows = c.mine().for_update().skip_locked().stream(tx);
                while rows.try_next().await?.is_some() {}
                drop(rows);
                let update = Part::update().set(Part::note, "new").filter(Part::unit.eq(c.unit));
                update.exec(tx).await.map(drop)
            })
            .await
        })
        .await?;
    }

    async fn a_write_dropped_within_a_transaction_that_goes_on(rig) {
        const THREE: Content = &[(1, "old"), (2, "old"), (3, "new")];
        for cached in [false, true] {
            for polls in 0.. {
                rig.renew(cached, &async |c: &Case| c.add(&c.db, 3).await).await?;
                let case = rig.case().await?;
                let what = format!("a write in a transaction, {polls} polls, cached: {cached}");
                let tx = case.db.begin().await?;
                case.hook(&tx);
                case.add(&tx, 3).await?;
                let ended = dropped_after(case.add(&tx, 4), polls).await;
                // A write of which nobody knows whether it was done is never committed; one that was not begun is none.
                let next = case.mine().count(&tx).await;
                let committed = tx.commit().await;
                match (&ended, polls) {
                    (Some(done), _) => {
                        assert!(done.is_ok() && committed.is_ok(), "{what}: {done:?}, {committed:?}");
                        rig.look(&what, &case, MORE, polls, true).await?;
                        break;
                    }
                    (None, 0) => {
                        assert!(next? == 3 && committed.is_ok(), "{what}");
                        rig.look(&what, &case, THREE, 1, true).await?;
                    }
                    (None, _) => {
                        for refused in [next.map(drop), committed] {
                            let e = refused.expect_err(&what);
                            assert_eq!(e.kind(), ErrorKind::TransactionAborted, "{what}: {e}");
                        }
                        rig.look(&what, &case, OLD, polls, false).await?;
                    }
                }
            }
        }
    }

    async fn a_read_dropped_within_a_transaction_that_goes_on(rig) {
        for cached in [false, true] {
            for polls in 0.. {
                rig.renew(cached, &async |c: &Case| c.mine().count(&c.db).await.map(drop)).await?;
                let case = rig.case().await?;
                let what = format!("a read in a transaction, {polls} polls, cached: {cached}");
                let tx = case.db.begin().await?;
                case.hook(&tx);
                case.add(&tx, 3).await?;
                let ended = dropped_after(case.mine().count(&tx), polls).await;
                let gone_on = async {
                    case.add(&tx, 4).await?;
                    assert_eq!(content(&tx, case.unit).await?.len(), 4, "{what}");
                    tx.commit().await
                };
                match gone_on.await {
                    Ok(()) => rig.look(&what, &case, MORE, polls, true).await?,
                    // MySQL's wire library is out of step when it is dropped while a text is being prepared or while
                    // half of a packet is there: then the transaction is over, and says so.
                    Err(e) => {
                        let mysql = matches!(case.db.dialect(), Dialect::MariaDb | Dialect::MySql);
                        let out_of_step = mysql && (!cached || polls > 1);
                        assert!(out_of_step && ended.is_none(), "{what}: {e:?}");
                        assert_eq!(e.kind(), ErrorKind::TransactionAborted, "{what}: {e:?}");
                        rig.look(&what, &case, OLD, polls, false).await?;
                    }
                }
                if ended.is_some() {
                    break;
                }
            }
        }
    }

    async fn a_savepoint_dropped_within_a_transaction_that_goes_on(rig) {
        for polls in 0.. {
            rig.renew(true, &async |c: &Case| c.add(&c.db, 3).await).await?;
            let case = rig.case().await?;
            let what = format!("a savepoint, {polls} polls");
            let mut tx = case.db.begin().await?;
            case.add(&tx, 3).await?;
            case.hook(&tx);
            let inner = tx.savepoint(async |sp| {
                case.hook(sp);
                case.add(sp, 5).await?;
                case.add(sp, 6).await
            });
            let ended = dropped_after(inner, polls).await;
            let gone_on = async {
                case.add(&tx, 4).await?;
                tx.commit().await
            };
            const SIX: Content = &[(1, "old"), (2, "old"), (3, "new"), (4, "new"), (5, "new"), (6, "new")];
            let outcome = gone_on.await;
            let [_, ran] = &*case.hooks;
            let expected = match (&ended, outcome) {
                (Some(done), Ok(())) => {
                    assert!(done.is_ok(), "{what}: {done:?}");
                    assert_eq!(ran.swap(1, std::sync::atomic::Ordering::SeqCst), 2, "{what}");
                    SIX
                }
                // Dropped half-way it is undone, and the hook with it; when SAVEPOINT itself was dropped, nobody
                // knows whether there is one to go back to.
                (None, Ok(())) => MORE,
                (_, Err(e)) => {
                    assert_eq!(e.kind(), ErrorKind::TransactionAborted, "{what}: {e:?}");
                    OLD
                }
            };
            rig.look(&what, &case, expected, polls.max(1), true).await?;
            if ended.is_some() {
                break;
            }
        }
    }
}
