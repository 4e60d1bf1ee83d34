//! Connecting, borrowing, closing, and the schema.

use std::future::{Future as _, poll_fn};
use std::pin::pin;

use orm_core::prelude::*;

use super::{MOST_POLLS, Part, Rig, connect, dropped_after, on_each};

/// Two more tables, which are made in one go.
#[derive(Debug, Clone, Model)]
#[orm(table = "shelves")]
struct Shelf {
    id: Id<Shelf>,
    name: String,
}

#[derive(Debug, Clone, Model)]
#[orm(table = "boxes")]
struct Crate {
    id: Id<Crate>,
    shelf_id: Id<Shelf>,
}

on_each! {
    async fn borrowed_connections(rig) {
        rig.sweep("Db::with_connection", super::MORE, async |c| {
            c.db.with_connection(async |conn| {
                let (lock, free) = match conn.dialect() {
                    Dialect::Sqlite => ("SELECT 1", "SELECT 1"),
                    Dialect::Postgres => ("SELECT pg_advisory_lock(7)", "SELECT pg_advisory_unlock(7)"),
                    _ => ("SELECT GET_LOCK(DATABASE(), 0)", "SELECT RELEASE_LOCK(DATABASE())"),
                };
                sql(lock).exec(conn).await?;
                // On a borrowed connection a batch is a transaction of its own.
                Part::insert([c.part(3), c.heavy(4)]).exec(conn).await?;
                let mut rows = c.mine().stream(&*conn);
                while rows.try_next().await?.is_some() {}
                drop(rows);
                sql("BEGIN").exec(conn).await?;
                Part::delete().filter(Part::unit.eq(c.unit)).exec(conn).await?;
                sql("ROLLBACK").exec(conn).await?;
                sql(free).exec(conn).await.map(drop)
            })
            .await
        })
        .await?;
    }

    async fn connects_and_closes(rig) {
        if rig.url.is_empty() {
            return Ok(());
        }
        // Making a key of a password yields some hundred times, between what is asked and what is answered.
        let all = polls_of(async || Db::connect(rig.url.as_str()).await?.close(secs(2)).await).await?;
        let (first, last) = (0..=12, all.saturating_sub(12).max(13)..=all);
        for polls in first.chain(last) {
            let what = format!("Db::connect, DbBuilder::connect, {polls} of {all} polls");
            if let Some(db) = dropped_after(Db::connect(rig.url.as_str()), polls).await {
                db?.close(secs(2)).await?;
            }
            rig.is_sane(&what).await?;
        }
        // Closing while a rollback is under way; dropped, it is closed all the same, and can be waited for again.
        for polls in 0..=MOST_POLLS {
            let db = connect(&rig.url).await?;
            let tx = db.begin().await?;
            Part::insert(Part::draft(-1, i32::try_from(polls).unwrap_or(0), "never")).exec(&tx).await?;
            drop(tx);
            let done = dropped_after(db.close(secs(2)), polls).await;
            if polls > 0 {
                let e = Part::query().count(&db).await.expect_err("it is closed");
                assert_eq!(e.kind(), ErrorKind::Closed, "Db::close, {polls} polls");
            }
            db.close(secs(2)).await?;
            rig.is_sane(&format!("Db::close, {polls} polls")).await?;
            if let Some(closed) = done {
                closed?;
                break;
            }
        }
        assert_eq!(Part::query().filter(Part::unit.eq(-1)).count(&rig.db()).await?, 0);
    }

    async fn schemas(rig) {
        for polls in 0..=MOST_POLLS {
            let db = rig.db();
            let made = dropped_after(db.create_all::<(Shelf, Crate)>(), polls).await;
            settled(rig, &format!("Db::create_all, {polls} polls"), made.as_ref()).await?;
            db.create_all::<(Shelf, Crate)>().await?;
            let shelf = Shelf::insert(Shelf::draft("a")).one(&db).await?;
            assert!(Crate::insert(Crate::draft(shelf.id)).one(&db).await?.shelf_id == shelf.id);
            let dropped = dropped_after(db.drop_all::<(Shelf, Crate)>(), polls).await;
            settled(rig, &format!("Db::drop_all, {polls} polls"), dropped.as_ref()).await?;
            db.drop_all::<(Shelf, Crate)>().await?;
            if made.is_some() && dropped.is_some() {
                break;
            }
            assert!(polls < MOST_POLLS, "it never ends");
        }
    }
}

/// How many polls a call takes to its end.
async fn polls_of(call: impl AsyncFn() -> Result<()>) -> Result<usize> {
    let mut polls = 0;
    let mut future = pin!(call());
    poll_fn(|cx| {
        polls += 1;
        future.as_mut().poll(cx)
    })
    .await?;
    Ok(polls)
}

/// After a change of schema: both tables or none, where the database has transactions for schemas.
async fn settled(rig: &Rig, what: &str, done: Option<&Result<()>>) -> Result<()> {
    let db = rig.db();
    assert!(done.is_none_or(|d| d.is_ok()), "{what}: {done:?}");
    super::eventually(what, async || db.pool_stats().in_use == 0).await;
    rig.is_sane(what).await?;
    let text = match db.dialect() {
        Dialect::Sqlite => {
            "SELECT count(*) FROM sqlite_master WHERE type = 'table' AND name IN ('shelves', 'boxes')"
        }
        Dialect::Postgres => "SELECT count(*) FROM pg_tables WHERE tablename IN ('shelves', 'boxes')",
        _ => return Ok(()),
    };
    let tables = sql(text).all_as::<(i64,)>(&db).await?[0].0;
    assert!(tables == 0 || tables == 2, "{what}: {tables} tables");
    Ok(())
}
