//! The last calls of all queries, on a pool.

use futures_util::TryStreamExt as _;
use orm_core::prelude::*;

use super::{MORE, NEW, OLD, Part, Remark, on_each};

on_each! {
    async fn reads(rig) {
        rig.reads("Query::all", async |c| {
            assert_eq!(c.mine().all(&c.db).await?.len(), 2);
            Ok(())
        })
        .await?;
        rig.reads("Db::watch_n_plus_one", async |c| {
            let parts = c.db.watch_n_plus_one(0, async |db| c.mine().all(db).await).await?;
            assert_eq!(parts.len(), 2);
            Ok(())
        })
        .await?;
        rig.reads("Query::one", async |c| {
            assert_eq!(c.mine().filter(Part::part.eq(2)).one(&c.db).await?.part, 2);
            Ok(())
        })
        .await?;
        rig.reads("Query::optional", async |c| {
            assert_eq!(c.mine().filter(Part::part.eq(3)).optional(&c.db).await?, None);
            Ok(())
        })
        .await?;
        rig.reads("Query::first", async |c| {
            assert_eq!(c.mine().first(&c.db).await?.map(|p| p.part), Some(1));
            Ok(())
        })
        .await?;
        rig.reads("Query::count", async |c| {
            assert_eq!(c.mine().count(&c.db).await?, 2);
            Ok(())
        })
        .await?;
        rig.reads("Selected::count, Selected::exists, Selected::page", async |c| {
            let names = || c.mine().select(Part::id);
            assert_eq!(names().count(&c.db).await?, 2);
            assert!(names().exists(&c.db).await?);
            assert_eq!(names().page(1, 1, &c.db).await?.total, 2);
            Ok(())
        })
        .await?;
        rig.reads("Query::exists", async |c| {
            assert!(c.mine().exists(&c.db).await?);
            Ok(())
        })
        .await?;
        rig.reads("Query::page", async |c| {
            let page = c.mine().page(2, 1, &c.db).await?;
            assert_eq!((page.total, page.items[0].part), (2, 2));
            Ok(())
        })
        .await?;
        rig.reads("Query::page_after, Query::page_before", async |c| {
            let first = c.mine().page_after(None, 1, &c.db).await?;
            let second = c.mine().page_after(&first.next, 1, &c.db).await?;
            assert_eq!(second.items[0].part, 2);
            let back = c.mine().page_before(&second.previous, 1, &c.db).await?;
            assert_eq!(back.items, first.items);
            Ok(())
        })
        .await?;
        rig.reads("Query::explain_analyze, Selected::explain, Selected::explain_analyze", async |c| {
            let names = c.mine().select(Part::id);
            assert!(!names.explain(&c.db).await?.is_empty());
            if c.db.dialect() != Dialect::Sqlite {
                assert!(!names.explain_analyze(&c.db).await?.is_empty());
                assert!(!c.mine().explain_analyze(&c.db).await?.is_empty());
            }
            Ok(())
        })
        .await?;
        rig.reads("Query::explain", async |c| {
            assert!(!c.mine().explain(&c.db).await?.is_empty());
            Ok(())
        })
        .await?;
        rig.reads("Selected::all", async |c| {
            assert_eq!(c.mine().select((Part::part, Part::note)).all(&c.db).await?.len(), 2);
            Ok(())
        })
        .await?;
        rig.reads("Selected::one", async |c| {
            let count = Part::query().filter(Part::unit.eq(c.unit)).select(count_all());
            assert_eq!(count.one(&c.db).await?, 2);
            Ok(())
        })
        .await?;
        rig.reads("Selected::optional", async |c| {
            let none = c.mine().filter(Part::part.eq(3)).select(Part::note).optional(&c.db).await?;
            assert_eq!(none, None);
            Ok(())
        })
        .await?;
        rig.reads("Selected::first", async |c| {
            assert_eq!(c.mine().select(Part::part).first(&c.db).await?, Some(1));
            Ok(())
        })
        .await?;
        // Rows of several queries together.
        rig.reads("Selected::count, Selected::exists", async |c| {
            let parts = c.mine().select(Part::part).union_all(c.mine().select(Part::part));
            assert_eq!(parts.clone().count(&c.db).await?, 4);
            assert!(parts.limit(1).exists(&c.db).await?);
            Ok(())
        })
        .await?;
    }

    async fn loads(rig) {
        rig.remarks.set(true);
        rig.reads("Shaped::all", async |c| {
            // Two levels, and two loads at the same time.
            let part = || Remark::part.with(Part::remarks).selectin();
            let rows = c.mine().with(Part::remarks.with(part())).all(&c.db).await?;
            let part = rows[1].remarks[0].part.as_ref();
            assert_eq!(part.map(|part| part.remarks.len()), Some(1));
            Ok(())
        })
        .await?;
        rig.reads("Shaped::one, Shaped::optional, Shaped::first", async |c| {
            let mine = || c.mine().with(Part::remarks);
            assert_eq!(mine().filter(Part::part.eq(2)).one(&c.db).await?.remarks.len(), 1);
            assert_eq!(mine().filter(Part::part.eq(3)).optional(&c.db).await?, None);
            assert_eq!(mine().first(&c.db).await?.map(|p| p.remarks.len()), Some(1));
            assert_eq!(mine().consistent().all(&c.db).await?.len(), 2);
            Ok(())
        })
        .await?;
        rig.reads("Shaped::count, Shaped::exists, Shaped::page", async |c| {
            let mine = || c.mine().with(Part::remarks);
            assert_eq!(mine().count(&c.db).await?, 2);
            assert!(mine().exists(&c.db).await?);
            let page = mine().page(2, 1, &c.db).await?;
            assert_eq!((page.total, page.items[0].remarks.len()), (2, 1));
            Ok(())
        })
        .await?;
        rig.reads("Shaped::page_after, Shaped::page_before, Shaped::stream", async |c| {
            let mine = || c.mine().with(Part::remarks.joined());
            let first = mine().page_after(None, 1, &c.db).await?;
            let second = mine().page_after(first.next.as_ref(), 1, &c.db).await?;
            let back = mine().page_before(second.previous.as_ref(), 1, &c.db).await?;
            assert_eq!(back.items, first.items);
            let rows: Vec<_> = c.mine().with(Part::remarks).stream(&c.db).try_collect().await?;
            assert_eq!(rows.len(), 2);
            Ok(())
        })
        .await?;
        rig.reads("Load::load_for, Load::load_one", async |c| {
            let rows = c.mine().all(&c.db).await?;
            let remarks = Part::remarks.order_by(Remark::id).load_for(&rows, &c.db).await?;
            assert_eq!(remarks.len(), 2);
            assert_eq!(Part::remarks.limit_per_parent(1).load_one(&rows[0], &c.db).await?.len(), 1);
            Ok(())
        })
        .await?;
        rig.reads("LockedShaped::all, LockedShaped::one, LockedShaped::optional, LockedShaped::first", async |c| {
            c.db
                .transaction(async |tx| {
                    let mine = || c.mine().with(Part::remarks).for_update();
                    assert_eq!(mine().all(tx).await?.len(), 2);
                    let second = || c.mine().filter(Part::part.eq(2)).with(Part::remarks).for_update();
                    assert_eq!(second().one(tx).await?.remarks.len(), 1);
                    assert!(second().optional(tx).await?.is_some());
                    assert_eq!(mine().first(tx).await?.map(|p| p.part), Some(1));
                    Ok(())
                })
                .await
        })
        .await?;
    }

    async fn joined_reads(rig) {
        let twins = |query: orm_core::query::Query<Part>| {
            query.join::<Part>(|a, b| {
                b.get(Part::unit).eq(a.get(Part::unit)).and(b.get(Part::part).eq(a.get(Part::part)))
            })
        };
        rig.reads("Joined::all, Joined::count, Joined::exists", async |c| {
            let twins = twins(c.mine());
            assert_eq!(twins.clone().all(&c.db).await?.len(), 2);
            assert_eq!(twins.clone().count(&c.db).await?, 2);
            assert!(twins.exists(&c.db).await?);
            Ok(())
        })
        .await?;
        rig.reads("Joined::first, Joined::one, Joined::optional", async |c| {
            let twins = twins(c.mine());
            assert_eq!(twins.clone().first(&c.db).await?.map(|(a, _)| a.part), Some(1));
            let second = twins.clone().filter(|_, b| b.get(Part::part).eq(2));
            assert_eq!(second.one(&c.db).await?.0.part, 2);
            let third = twins.filter(|_, b| b.get(Part::part).eq(3));
            assert_eq!(third.optional(&c.db).await?, None);
            Ok(())
        })
        .await?;
        rig.reads("Joined::page, Joined::stream, Joined::explain, Joined::explain_analyze", async |c| {
            let twins = twins(c.mine());
            let page = twins.clone().page(2, 1, &c.db).await?;
            assert_eq!((page.total, page.items[0].1.part), (2, 2));
            let mut rows = twins.clone().stream(&c.db);
            let mut parts = Vec::new();
            while let Some((a, _)) = rows.try_next().await? {
                parts.push(a.part);
            }
            drop(rows);
            assert_eq!(parts, [1, 2]);
            assert!(!twins.explain(&c.db).await?.is_empty());
            if c.db.dialect() != Dialect::Sqlite {
                assert!(!twins.explain_analyze(&c.db).await?.is_empty());
            }
            Ok(())
        })
        .await?;
    }

    async fn raw_reads(rig) {
        let text = "SELECT part FROM parts WHERE unit = {unit} ORDER BY part";
        rig.reads("RawSql::all_as", async |c| {
            let rows: Vec<(i32,)> = sql(text).params(params! { unit: c.unit }).all_as(&c.db).await?;
            assert_eq!(rows, [(1,), (2,)]);
            Ok(())
        })
        .await?;
        rig.reads("RawSql::first_as", async |c| {
            let row: Option<(i32,)> = sql(text).params(params! { unit: c.unit }).first_as(&c.db).await?;
            assert_eq!(row, Some((1,)));
            Ok(())
        })
        .await?;
        let whole = "SELECT * FROM parts WHERE unit = {unit} AND part = {part}";
        rig.reads("RawQuery::all", async |c| {
            assert_eq!(Part::sql(whole, params! { unit: c.unit, part: 1 }).all(&c.db).await?.len(), 1);
            Ok(())
        })
        .await?;
        rig.reads("RawQuery::one", async |c| {
            assert_eq!(Part::sql(whole, params! { unit: c.unit, part: 2 }).one(&c.db).await?.part, 2);
            Ok(())
        })
        .await?;
        rig.reads("RawQuery::optional", async |c| {
            assert_eq!(Part::sql(whole, params! { unit: c.unit, part: 3 }).optional(&c.db).await?, None);
            Ok(())
        })
        .await?;
    }

    async fn streams(rig) {
        rig.reads("Query::stream, Rows::next", async |c| {
            let mut rows = c.mine().stream(&c.db);
            let mut parts = Vec::new();
            while let Some(row) = rows.next().await {
                parts.push(row?.part);
            }
            assert_eq!(parts, [1, 2]);
            Ok(())
        })
        .await?;
        rig.reads("Selected::stream, Rows::try_next", async |c| {
            let mut rows = c.mine().select(Part::part).stream(&c.db);
            let mut sum = 0;
            while let Some(part) = rows.try_next().await? {
                sum += part;
            }
            assert_eq!(sum, 3);
            Ok(())
        })
        .await?;
        // Enough rows for several batches, so that it can be dropped between them.
        rig.reads("RawSql::stream_as", async |c| {
            let text = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 900) SELECT i FROM n";
            let mut rows = sql(text).stream_as::<(i64,)>(&c.db);
            let mut sum = 0;
            while let Some((i,)) = rows.try_next().await? {
                sum += i;
            }
            assert_eq!(sum, 405_450);
            Ok(())
        })
        .await?;
        rig.reads("RawQuery::stream", async |c| {
            let mut rows = Part::sql("SELECT * FROM parts WHERE unit = {unit}", params! { unit: c.unit }).stream(&c.db);
            assert!(rows.try_next().await?.is_some() && rows.try_next().await?.is_some());
            Ok(())
        })
        .await?;
    }

    async fn inserts(rig) {
        const ONE: super::Content = &[(1, "old"), (2, "old"), (3, "new")];
        rig.sweep("Insert::exec", MORE, async |c| {
            assert_eq!(Part::insert([c.part(3), c.part(4)]).exec(&c.db).await?, 2);
            Ok(())
        })
        .await?;
        // Two statements, and so a transaction.
        rig.sweep("Insert::exec, several statements", MORE, async |c| {
            assert_eq!(Part::insert([c.part(3), c.heavy(4)]).exec(&c.db).await?, 2);
            Ok(())
        })
        .await?;
        rig.sweep("Insert::one", ONE, async |c| {
            assert_eq!(Part::insert(c.part(3)).one(&c.db).await?.part, 3);
            Ok(())
        })
        .await?;
        rig.sweep("Insert::keys", MORE, async |c| {
            assert_eq!(Part::insert([c.part(3), c.heavy(4)]).keys(&c.db).await?.len(), 2);
            Ok(())
        })
        .await?;
        rig.sweep("InsertReturning::all", MORE, async |c| {
            let rows = Part::insert([c.part(4), c.part(3)]).returning().all(&c.db).await?;
            assert_eq!(rows.iter().map(|p| p.part).collect::<Vec<_>>(), [4, 3]);
            Ok(())
        })
        .await?;
        rig.sweep("InsertReturning::one", ONE, async |c| {
            assert_eq!(Part::insert(c.part(3)).returning().one(&c.db).await?.part, 3);
            Ok(())
        })
        .await?;
        rig.sweep("InsertReturning::optional", ONE, async |c| {
            let row = Part::insert(c.part(3))
                .on_conflict((Part::unit, Part::part))
                .do_nothing()
                .returning()
                .optional(&c.db)
                .await?;
            assert_eq!(row.map(|p| p.part), Some(3));
            Ok(())
        })
        .await?;
        rig.sweep("Upsert::exec", NEW, async |c| {
            let rows = [c.part(1), c.part(2)];
            Part::insert(rows).on_conflict((Part::unit, Part::part)).do_update(Part::note).exec(&c.db).await.map(drop)
        })
        .await?;
    }

    async fn inserts_that_read(rig) {
        rig.sweep("InsertFrom::exec", MORE, async |c| {
            let rows = c.mine().select((Part::unit, Part::part + 2, sql!(String: "'new'")));
            assert_eq!(Part::insert_from((Part::unit, Part::part, Part::note), rows).exec(&c.db).await?, 2);
            Ok(())
        })
        .await?;
        rig.sweep("Model::get_or_insert", &[(1, "old"), (2, "old"), (3, "new")], async |c| {
            let (row, created) = Part::get_or_insert(c.part(3), &c.db).await?;
            assert_eq!((row.part, created), (3, true));
            let (row, created) = Part::get_or_insert(c.part(1), &c.db).await?;
            assert_eq!((row.note.as_str(), created), ("old", false));
            Ok(())
        })
        .await?;
    }

    async fn updates_and_deletes(rig) {
        const FIRST: super::Content = &[(1, "new"), (2, "old")];
        rig.sweep("Update::exec", NEW, async |c| {
            let update = Part::update().set(Part::note, "new").filter(Part::unit.eq(c.unit));
            assert_eq!(update.exec(&c.db).await?, 2);
            Ok(())
        })
        .await?;
        rig.sweep("Update::exec_one", FIRST, async |c| {
            let first = c.mine().first(&c.db).await?.expect("a part");
            Part::update().set(Part::note, "new").filter(Part::id.eq(first.id)).exec_one(&c.db).await
        })
        .await?;
        rig.sweep("UpdateMany::exec", NEW, async |c| {
            let mut rows = c.mine().all(&c.db).await?;
            rows.iter_mut().for_each(|row| row.note = "new".into());
            assert_eq!(Part::update_many(&rows, Part::note).exec(&c.db).await?, 2);
            Ok(())
        })
        .await?;
        rig.sweep("Returning::all", NEW, async |c| {
            let update = Part::update().set(Part::note, "new").filter(Part::unit.eq(c.unit));
            assert_eq!(update.returning().all(&c.db).await?.len(), 2);
            Ok(())
        })
        .await?;
        rig.sweep("Returning::one", FIRST, async |c| {
            let update = Part::update().set(Part::note, "new").filter(Part::unit.eq(c.unit)).filter(Part::part.eq(1));
            assert_eq!(update.returning().one(&c.db).await?.note, "new");
            Ok(())
        })
        .await?;
        rig.sweep("Returning::optional", &[], async |c| {
            let both = Part::delete().filter(Part::unit.eq(c.unit)).returning().optional(&c.db).await;
            assert_eq!(both.expect_err("they are two").kind(), ErrorKind::MoreThanOne);
            Ok(())
        })
        .await?;
        rig.sweep("Delete::exec", &[], async |c| {
            assert_eq!(Part::delete().filter(Part::unit.eq(c.unit)).exec(&c.db).await?, 2);
            Ok(())
        })
        .await?;
        rig.sweep("RawSql::exec", NEW, async |c| {
            let text = "UPDATE parts SET note = 'new' WHERE unit = {unit}";
            assert_eq!(sql(text).params(params! { unit: c.unit }).exec(&c.db).await?, 2);
            Ok(())
        })
        .await?;
        rig.sweep("RawSql::exec, a setting", OLD, async |c| {
            let text = match c.db.dialect() {
                Dialect::Sqlite => "PRAGMA cache_size = 77",
                Dialect::Postgres => "SET work_mem = '77kB'",
                _ => "SET SESSION sort_buffer_size = 77777",
            };
            sql(text).exec(&c.db).await.map(drop)
        })
        .await?;
    }
}
