//! Soft delete and tenants, for roots and bulk writes.

use orm_core::assert_statements;
use orm_core::prelude::*;

use super::on_all;

/// A note that is marked when it is deleted; its slug may be used again then.
#[derive(Debug, Clone, PartialEq, Model)]
#[orm(table = "notes", soft_delete = deleted_at)]
pub struct Note {
    pub id: Id<Note>,
    pub text: String,
    #[orm(version)]
    pub version: i32,
    pub deleted_at: Option<DateTime<Utc>>,
}

/// A row that belongs to somebody.
#[derive(Debug, Clone, PartialEq, Model)]
#[orm(table = "papers", tenant = tenant_id)]
pub struct Paper {
    pub id: Id<Paper>,
    pub tenant_id: i64,
    pub text: String,
}

/// Its slug is unique for its owner, its serial for all.
#[derive(Debug, Clone, PartialEq, Model)]
#[orm(table = "shelves", tenant = tenant_id, unique(tenant_id, slug))]
pub struct Shelf {
    pub id: Id<Shelf>,
    pub tenant_id: i64,
    #[orm(length = 20)]
    pub slug: String,
    #[orm(length = 20, unique)]
    pub serial: String,
    pub text: String,
}

async fn texts(query: orm_core::query::Query<Note>, db: &dyn Executor) -> Result<Vec<String>> {
    Ok(query
        .order_by(Note::id)
        .all(db)
        .await?
        .into_iter()
        .map(|n| n.text)
        .collect())
}

on_all! {
    async fn soft_delete(db) {
        db.create_all::<Note>().await?;
        Note::insert(["a", "b", "c"].map(Note::draft)).exec(db).await?;
        assert_eq!(Note::delete().filter(Note::text.eq("b")).exec(db).await?, 1);
        assert_eq!(texts(Note::query(), db).await?, ["a", "c"]);
        assert_eq!(Note::query().count(db).await?, 2);
        assert_eq!(texts(Note::query().only_deleted(), db).await?, ["b"]);
        assert_eq!(texts(Note::query().with_deleted(), db).await?, ["a", "b", "c"]);
        assert!(Note::find(2).optional(db).await?.is_none());
        let b = Note::find(2).with_deleted().one(db).await?;
        assert!(b.deleted_at.is_some());
        assert_eq!(b.version, 2);
        // Deleting again reaches nothing, updating neither.
        assert_eq!(Note::delete().filter(Note::text.eq("b")).exec(db).await?, 0);
        assert_eq!(Note::update().set(Note::text, "x").filter(Note::id.eq(2)).exec(db).await?, 0);
        assert_eq!(Note::restore().filter(Note::text.eq("b")).exec(db).await?, 1);
        assert_eq!(texts(Note::query(), db).await?, ["a", "b", "c"]);
        assert_eq!(Note::restore().filter(Note::text.eq("a")).exec(db).await?, 0);
        Note::delete().filter(Note::text.eq("c")).exec(db).await?;
        assert_eq!(Note::delete().hard().filter(Note::text.is_in(["b", "c"])).exec(db).await?, 2);
        assert_eq!(texts(Note::query().with_deleted(), db).await?, ["a"]);
        assert!(Note::delete().exec(db).await.is_err());
    }

    async fn tenants(db) {
        db.create_all::<Paper>().await?;
        assert_statements!(db, {
            for e in [
                Paper::query().all(db).await.unwrap_err(),
                Paper::query().count(db).await.unwrap_err(),
                Paper::find(1).one(db).await.unwrap_err(),
                Paper::insert(Paper::draft(1, "x")).exec(db).await.unwrap_err(),
                Paper::update().set(Paper::text, "x").all_rows().exec(db).await.unwrap_err(),
                Paper::delete().all_rows().exec(db).await.unwrap_err(),
            ] {
                assert_eq!((e.kind(), e.table()), (ErrorKind::Invalid, Some("papers")));
                assert!(e.to_string().contains("db.tenant("), "{e}");
            }
        }, []);
        let (one, two) = (db.tenant(1_i64), db.tenant(2_i64));
        Paper::insert(Paper::draft(1, "mine")).exec(&one).await?;
        Paper::insert(Paper::draft(2, "theirs")).exec(&two).await?;
        let e = Paper::insert(Paper::draft(2, "smuggled")).exec(&one).await.unwrap_err();
        assert!(e.to_string().contains("another tenant"), "{e}");
        assert_eq!(Paper::query().one(&one).await?.text, "mine");
        assert!(Paper::find(2).optional(&one).await?.is_none());
        assert_eq!(Paper::update().set(Paper::text, "x").filter(Paper::id.eq(2)).exec(&one).await?, 0);
        assert_eq!(Paper::delete().all_rows().exec(&one).await?, 1);
        assert_eq!(Paper::query().all_tenants().one(db).await?.text, "theirs");
        // A literal is an `i32`, and the column is an `i64`.
        assert_eq!(Paper::query().count(&db.tenant(2)).await?, 1);
        let e = Paper::query().count(&db.tenant("2")).await.unwrap_err();
        assert!(e.to_string().contains("`Paper::tenant_id` is of type I64"), "{e}");
        let inside = two.transaction(async |tx| Paper::query().count(tx).await).await?;
        assert_eq!(inside, 1);
    }

    async fn an_upsert_or_update_never_reaches_another_tenant(db) {
        db.create_all::<Shelf>().await?;
        let (one, two) = (db.tenant(1), db.tenant(2));
        Shelf::insert(Shelf::draft(1, "s", "x", "mine")).exec(&one).await?;
        assert_statements!(db, {
            let e = Shelf::insert(Shelf::draft(2, "t", "x", "taken"))
                .on_conflict(Shelf::serial)
                .do_update(Shelf::text)
                .exec(&two)
                .await
                .unwrap_err();
            assert!(e.to_string().contains("of another tenant"), "{e}");
            let e = Shelf::update().set(Shelf::tenant_id, 2).filter(Shelf::id.eq(1)).exec(&one).await.unwrap_err();
            assert!(e.to_string().contains("to another tenant"), "{e}");
        }, []);
        let upsert = Shelf::insert(Shelf::draft(2, "s", "y", "theirs"))
            .on_conflict((Shelf::tenant_id, Shelf::slug))
            .do_update(Shelf::text)
            .exec(&two)
            .await;
        // Where the constraint cannot be named, the serial could have met another tenant's.
        let named = !matches!(db.dialect(), Dialect::MySql | Dialect::MariaDb);
        assert_eq!(upsert.is_ok(), named, "{upsert:?}");
        assert_eq!(Shelf::query().one(&one).await?.text, "mine");
    }
}
