//! Soft delete and tenants along loads.

use orm_core::load::IntoLoad as _;
use orm_core::prelude::*;

use super::super::on_all;
use super::Reads;

/// Somebody who wrote books; the name of one who is marked may be used again.
#[derive(Debug, Clone, PartialEq, Model)]
#[orm(table = "writers", soft_delete = gone_at, has_many(works: Work), has_many(edited: Work.editor_id), has_one(page: WriterPage))]
#[orm(many_to_many(prizes: Prize through Award))]
pub struct Writer {
    pub id: Id<Writer>,
    pub name: String,
    pub gone_at: Option<DateTime<Utc>>,
}

#[derive(Debug, Clone, PartialEq, Model)]
#[orm(table = "works", soft_delete = gone_at, has_many(copies: Copy))]
pub struct Work {
    pub id: Id<Work>,
    pub title: String,
    pub writer_id: Id<Writer>,
    pub editor_id: Option<Id<Writer>>,
    pub gone_at: Option<DateTime<Utc>>,
}

#[derive(Debug, Clone, PartialEq, Model)]
#[orm(table = "copies")]
pub struct Copy {
    pub id: Id<Copy>,
    pub work_id: Id<Work>,
}

#[derive(Debug, Clone, PartialEq, Model)]
#[orm(table = "writer_pages", soft_delete = gone_at)]
pub struct WriterPage {
    pub id: Id<WriterPage>,
    #[orm(unique)]
    pub writer_id: Id<Writer>,
    pub gone_at: Option<DateTime<Utc>>,
}

#[derive(Debug, Clone, PartialEq, Model)]
#[orm(table = "prizes", soft_delete = gone_at, many_to_many(writers: Writer through Award))]
pub struct Prize {
    pub id: Id<Prize>,
    pub name: String,
    pub gone_at: Option<DateTime<Utc>>,
}

/// Given, and perhaps taken back.
#[derive(Debug, Clone, PartialEq, Model)]
#[orm(table = "awards", soft_delete = taken_at, unique(writer_id, prize_id))]
pub struct Award {
    pub id: Id<Award>,
    pub writer_id: Id<Writer>,
    pub prize_id: Id<Prize>,
    pub taken_at: Option<DateTime<Utc>>,
}

/// Somebody's folder.
#[derive(Debug, Clone, PartialEq, Model)]
#[orm(table = "folders", tenant = tenant_id, has_many(files: File), many_to_many(marks: Mark through FolderMark))]
pub struct Folder {
    pub id: Id<Folder>,
    pub tenant_id: i64,
    pub name: String,
}

#[derive(Debug, Clone, PartialEq, Model)]
#[orm(table = "files", tenant = tenant_id)]
pub struct File {
    pub id: Id<File>,
    pub tenant_id: i64,
    pub folder_id: Id<Folder>,
    #[orm(relation = copied)]
    pub copied_from: Option<Id<File>>,
}

/// Marks are everybody's, and who has which is somebody's.
#[derive(Debug, Clone, PartialEq, Model)]
#[orm(table = "marks", many_to_many(folders: Folder through FolderMark))]
pub struct Mark {
    pub id: Id<Mark>,
}

#[derive(Debug, Clone, PartialEq, Model)]
#[orm(table = "folder_marks", tenant = tenant_id, primary_key(folder_id, mark_id))]
pub struct FolderMark {
    pub tenant_id: i64,
    pub folder_id: Id<Folder>,
    pub mark_id: Id<Mark>,
}

/// Two writers, one of whom is marked, as are a work, a page, a prize and an award.
async fn shelf(db: &Db) -> Result<(Id<Writer>, Id<Writer>)> {
    db.create_all::<(Writer, Work, Copy, WriterPage, Prize, Award)>()
        .await?;
    let writers = Writer::insert(["here", "gone"].map(Writer::draft))
        .keys(db)
        .await?;
    let (here, gone) = (writers[0], writers[1]);
    let work = |title: &str, writer, editor_id| Work {
        editor_id,
        ..Work::draft(title, writer)
    };
    let works = [
        work("a", here, Some(gone)),
        work("b", gone, Some(here)),
        work("c", here, None),
        work("gone", here, Some(here)),
    ];
    let works = Work::insert(works).keys(db).await?;
    Copy::insert(works.iter().map(|work| Copy::draft(*work)).collect::<Vec<_>>())
        .exec(db)
        .await?;
    WriterPage::insert([WriterPage::draft(here), WriterPage::draft(gone)])
        .exec(db)
        .await?;
    let prizes = Prize::insert(["p", "gone", "taken"].map(Prize::draft))
        .keys(db)
        .await?;
    for writer in [here, gone] {
        Award::insert(
            prizes
                .iter()
                .map(|prize| Award::draft(writer, *prize))
                .collect::<Vec<_>>(),
        )
        .exec(db)
        .await?;
    }
    Work::delete().filter(Work::title.eq("gone")).exec(db).await?;
    WriterPage::delete()
        .filter(WriterPage::writer_id.eq(here))
        .exec(db)
        .await?;
    Prize::delete().filter(Prize::name.eq("gone")).exec(db).await?;
    Award::delete()
        .filter(Award::prize.get(Prize::name).eq("taken"))
        .exec(db)
        .await?;
    Writer::delete().filter(Writer::name.eq("gone")).exec(db).await?;
    Ok((here, gone))
}

/// What is loaded does not depend on how: a load as it is, joined and by selectin.
macro_rules! each_way {
    ($db:ident, $query:expr, $load:expr, |$rows:ident| $check:expr) => {{
        let (a, b, c) = (
            $query.with($load),
            $query.with($load.joined()),
            $query.with($load.selectin()),
        );
        for query in [a, b, c] {
            let $rows = query.all($db).await?;
            $check;
        }
    }};
}

on_all! {
    async fn b49_what_is_marked_is_not_loaded_but_by_a_key_that_must_lead_to_it(db) {
        let (here, gone) = shelf(db).await?;
        let writers = || Writer::query().order_by(Writer::id);
        let titles = |works: &[Work]| works.iter().map(|work| work.title.clone()).collect::<Vec<_>>();
        each_way!(db, writers(), Writer::works.into_load(), |rows| {
            assert_eq!(rows.len(), 1);
            assert_eq!(titles(&rows[0].works), ["a", "c"]);
        });
        each_way!(db, writers(), Writer::works.with_deleted(), |rows| {
            assert_eq!(titles(&rows[0].works), ["a", "c", "gone"]);
        });
        each_way!(db, writers().with_deleted(), Writer::edited.into_load(), |rows| {
            assert_eq!(rows.iter().map(|w| titles(&w.edited)).collect::<Vec<_>>(), [["b"], ["a"]]);
        });
        each_way!(db, Work::query().order_by(Work::id), Work::writer.into_load(), |rows| {
            assert_eq!(rows.iter().map(|w| w.writer.id).collect::<Vec<_>>(), [here, gone, here]);
        });
        each_way!(db, Work::query().order_by(Work::id), Work::writer.live_only(), |rows| {
            let live: Vec<Option<Id<Writer>>> = rows.iter().map(|w| w.writer.as_ref().map(|w| w.id)).collect();
            assert_eq!(live, [Some(here), None, Some(here)]);
        });
        each_way!(db, Work::query().order_by(Work::id), Work::editor.into_load(), |rows| {
            let editors: Vec<Option<Id<Writer>>> = rows.iter().map(|w| w.editor.as_ref().map(|w| w.id)).collect();
            assert_eq!(editors, [None, Some(here), None]);
        });
        each_way!(db, Work::query().order_by(Work::id), Work::editor.with_deleted(), |rows| {
            let editors: Vec<Option<Id<Writer>>> = rows.iter().map(|w| w.editor.as_ref().map(|w| w.id)).collect();
            assert_eq!(editors, [Some(gone), Some(here), None]);
        });
        each_way!(db, writers().with_deleted(), Writer::page.into_load(), |rows| {
            assert_eq!(rows.iter().map(|w| w.page.is_some()).collect::<Vec<_>>(), [false, true]);
        });
        // A copy shows its work whatever became of it, and of that the writer.
        each_way!(db, Copy::query().order_by(Copy::id), Copy::work.with(Work::writer), |rows| {
            assert_eq!(rows.iter().map(|c| c.work.title.as_str()).collect::<Vec<_>>(), ["a", "b", "c", "gone"]);
            assert!(rows.iter().all(|c| c.work.writer.id == c.work.writer_id));
        });
        // The prize and the link that leads to it must both be there.
        each_way!(db, writers().with_deleted(), Writer::prizes.into_load(), |rows| {
            for row in &rows {
                assert_eq!(row.prizes.iter().map(|p| p.name.as_str()).collect::<Vec<_>>(), ["p"]);
            }
        });
        each_way!(db, Prize::query().with_deleted().order_by(Prize::id), Prize::writers.with(Writer::works), |rows| {
            assert_eq!(rows.iter().map(|p| p.writers.len()).collect::<Vec<_>>(), [1, 1, 0]);
            assert_eq!(titles(&rows[0].writers[0].works), ["a", "c"]);
        });
        // Counts for each row are of those that are seen.
        let limited = writers().with(Writer::works.order_by(Work::title.desc()).limit_per_parent(1)).all(db).await?;
        assert_eq!(titles(&limited[0].works), ["c"]);
        Work::restore().filter(Work::title.eq("gone")).exec(db).await?;
        each_way!(db, writers(), Writer::works.into_load(), |rows| assert_eq!(titles(&rows[0].works), ["a", "c", "gone"]));
    }

    async fn b50_rows_of_another_tenant_are_not_loaded(db) {
        db.create_all::<(Folder, File, Mark, FolderMark)>().await?;
        let (one, two) = (db.tenant(1_i64), db.tenant(2_i64));
        let mark = Mark::insert(Mark { id: Id::new() }).one(db).await?.id;
        let mut folders = Vec::new();
        for (tenant, db) in [(1, &one), (2, &two)] {
            let folder = Folder::insert(Folder::draft(tenant, "f")).one(db).await?.id;
            File::insert(File::draft(tenant, folder)).exec(db).await?;
            FolderMark::insert(FolderMark { tenant_id: tenant, folder_id: folder, mark_id: mark }).exec(db).await?;
            folders.push(folder);
        }
        // Written past the library: files of one tenant in the folder of the other, and a copy of the other's file.
        let smuggle = "INSERT INTO files (tenant_id, folder_id, copied_from) VALUES (2, 1, 1), (1, 2, 2)";
        sql(smuggle).exec(db).await?;
        sql("UPDATE files SET copied_from = 2 WHERE id = 1").exec(db).await?;
        let reads = Reads::of(db);
        let e = Mark::query().with(Mark::folders).all(db).await.unwrap_err();
        assert_eq!((e.kind(), reads.count()), (ErrorKind::Invalid, 1), "{e}");
        let e = Folder::query().with(Folder::files).all(db).await.unwrap_err();
        assert_eq!((e.kind(), reads.count()), (ErrorKind::Invalid, 0), "{e}");
        let one = &one;
        each_way!(one, Folder::query(), Folder::files.into_load(), |rows| {
            assert_eq!(rows.len(), 1);
            assert_eq!(rows[0].files.iter().map(|f| f.tenant_id).collect::<Vec<_>>(), [1]);
        });
        each_way!(one, Mark::query(), Mark::folders.into_load(), |rows| {
            assert_eq!(rows[0].folders.iter().map(|f| f.tenant_id).collect::<Vec<_>>(), [1]);
        });
        each_way!(one, File::query().filter(File::id.eq(1)), File::copied.into_load(), |rows| {
            assert!(rows.len() == 1 && rows[0].copied.is_none());
        });
        // A key that must lead to a row leads to another tenant's: it is not shown, and not passed over.
        for file in [File::query().with(File::folder.joined()), File::query().with(File::folder.selectin())] {
            let e = file.all(one).await.unwrap_err();
            assert_eq!((e.kind(), e.table(), e.key()), (ErrorKind::NotFound, Some("folders"), Some("2")), "{e}");
            assert!(e.to_string().contains("this tenant's"), "{e}");
        }
        let all = Folder::query().with(Folder::files).order_by(Folder::id).all_tenants().all(db).await?;
        assert_eq!(all.iter().map(|f| f.files.len()).collect::<Vec<_>>(), [2, 2]);
        let files = File::query().with(File::folder).with(File::copied.selectin()).all_tenants().order_by(File::id).all(db).await?;
        assert_eq!(files.iter().map(|f| f.copied.is_some()).collect::<Vec<_>>(), [true, false, true, true]);
        assert_eq!(files[2].folder.id, folders[0]);
    }
}
