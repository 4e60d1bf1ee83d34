//! All levels by one statement: the same rows as level by level, whatever is loaded and of whatever type.

use orm_core::load::Strategy;
use orm_core::prelude::*;
use orm_core::testing::Capture;
use tests::book::{Author, Book, BookTag, Category, Review, Tag, prepare};

use super::super::on_all;
use super::super::types::{Everything, high, low, plain};
use super::strategies::library;

/// A part of a firm; it may close, and is one tenant's.
#[derive(Debug, Clone, PartialEq, Model)]
#[orm(table = "units", soft_delete = closed_at, tenant = tenant_id, has_many(workers: Worker))]
pub struct Unit {
    pub id: Id<Unit>,
    pub tenant_id: i64,
    pub name: String,
    pub closed_at: Option<DateTime<Utc>>,
}

/// Somebody who works there; they may leave.
#[derive(Debug, Clone, PartialEq, Model)]
#[orm(table = "workers", soft_delete = left_at, tenant = tenant_id, has_many(tasks: Task))]
pub struct Worker {
    pub id: Id<Worker>,
    pub tenant_id: i64,
    pub unit_id: Id<Unit>,
    pub left_at: Option<DateTime<Utc>>,
}

/// What they do.
#[derive(Debug, Clone, PartialEq, Model)]
#[orm(table = "tasks", tenant = tenant_id)]
pub struct Task {
    pub id: Id<Task>,
    pub tenant_id: i64,
    pub worker_id: Id<Worker>,
    pub text: String,
}

/// Refers to a row that may be gone.
#[derive(Debug, Clone, PartialEq, Model)]
#[orm(table = "pointers", has_many(arrows: Arrow))]
pub struct Pointer {
    pub id: Id<Pointer>,
    #[orm(no_constraint, relation = category)]
    pub category_id: Id<Category>,
}

/// Refers to such a row.
#[derive(Debug, Clone, PartialEq, Model)]
#[orm(table = "arrows")]
pub struct Arrow {
    pub id: Id<Arrow>,
    pub pointer_id: Id<Pointer>,
}

/// The same query level by level and in one trip, which sends one statement.
macro_rules! same {
    ($db:expr, $query:expr) => {{
        let query = $query;
        let apart = query.clone().all($db).await?;
        let capture = Capture::attach($db);
        let once = query.in_one_trip().all($db).await?;
        assert_eq!(capture.take().len(), 1);
        assert_eq!(apart, once);
        once
    }};
}

on_all! {
    async fn all_levels_come_with_one_statement(db) {
        library(db).await?;
        let authors = same!(db, Author::query().with(Author::books.with(Book::reviews)).order_by(Author::id));
        assert_eq!(authors.iter().map(|a| a.books.len()).collect::<Vec<_>>(), [3, 3, 0]);
        assert_eq!(authors.iter().flat_map(|a| &a.books).map(|b| b.reviews.len()).sum::<usize>(), 10);
        // Two collections side by side, one over a join table, and a joined row between levels.
        let books = same!(db, Book::query().with(Book::reviews).with(Book::tags.order_by(Tag::label.desc())).with(Book::author.with(Author::books)).order_by(Book::title));
        assert!(books.iter().all(|book| book.author.books.len() == 3));
        assert_eq!(books.iter().map(|book| book.tags.len()).sum::<usize>(), 8);
        // A row that several rows have in common comes once, and is there for each.
        same!(db, Book::query().with(Book::author.selectin().with(Author::books.joined())).order_by(Book::id));
        same!(db, Book::query().with(Book::tags.joined()).with(Book::reviews).order_by(Book::id.desc()).limit(3).offset(1));
        same!(db, Author::query().with(Author::books.order_by(Book::author.get(Author::name)).with(Book::author)).order_by(Author::name.desc()));
    }

    async fn limits_and_filters_hold_for_their_level(db) {
        library(db).await?;
        let page = same!(db, Author::query().with(Author::books.with(Book::reviews)).order_by(Author::id.desc()).limit(1).offset(1));
        assert_eq!(page.iter().map(|a| a.books.len()).collect::<Vec<_>>(), [3]);
        same!(db, Author::query().with(Author::books).order_by(Author::id).offset(2));
        same!(db, Author::query().with(Author::books.order_by(Book::title.desc()).limit_per_parent(2).offset_per_parent(1).with(Book::reviews.limit_per_parent(1))).order_by(Author::id));
        same!(db, Book::query().with(Book::tags.order_by(Tag::label).limit_per_parent(1)).order_by(Book::id));
        same!(db, Author::query().with(Author::books.filter(Book::title.ne("Kipps")).with(Book::reviews.filter(Review::reviewer_name.eq("reader 1")))).filter(Author::name.ne("Nobody")).order_by(Author::id));
        let author = Author::query().with(Author::books).filter(Author::name.eq("Jane Austen")).in_one_trip();
        assert_eq!(author.clone().one(db).await?.books.len(), 3);
        assert_eq!(author.clone().optional(db).await?.map(|a| a.books.len()), Some(3));
        assert_eq!(author.first(db).await?.map(|a| a.books.len()), Some(3));
        // Without rows, too.
        let none = same!(db, Author::query().with(Author::books.with(Book::reviews)).filter(Author::name.eq("Homer")));
        assert!(none.is_empty());
        same!(db, Author::query().with(Author::books.with(Book::reviews)).filter(Author::name.eq("Nobody")));
    }

    async fn pages_and_streams_are_cut_in_one_trip(db) {
        library(db).await?;
        let query = Book::query().with(Book::reviews).with(Book::tags.joined()).order_by(Book::title.desc());
        let (mut cursor, mut titles, mut pages) = (None, Vec::new(), 0);
        let capture = Capture::attach(db);
        loop {
            let apart = query.clone().page_after(&cursor, 2, db).await?;
            let _ = capture.take();
            let page = query.clone().in_one_trip().page_after(&cursor, 2, db).await?;
            assert_eq!(capture.take().len(), 1);
            assert_eq!((&apart.items, &apart.next, &apart.previous), (&page.items, &page.next, &page.previous));
            titles.extend(page.items.iter().map(|book| book.title.clone()));
            pages += 1;
            match page.next {
                Some(next) => cursor = Some(next),
                None => break,
            }
        }
        assert_eq!((pages, titles.len()), (3, 6));
        use futures_util::TryStreamExt as _;
        let streamed: Vec<_> = query.clone().in_one_trip().stream(db).try_collect().await?;
        assert_eq!(streamed, query.all(db).await?);
    }

    async fn a_tree_of_one_table(db) {
        prepare(db).await?;
        let category = |name: &str, parent| Category { id: Id::new(), name: name.into(), parent_id: parent };
        let root = Category::insert(category("root", None)).one(db).await?;
        for n in 0..3 {
            let child = Category::insert(category(&format!("child {n}"), Some(root.id))).one(db).await?;
            Category::insert(category("leaf", Some(child.id))).exec(db).await?;
        }
        let tree = Category::query()
            .with(Category::children.with(Category::children.with(Category::children)).with(Category::parent))
            .with(Category::parent.selectin())
            .order_by(Category::name)
            .order_by(Category::id);
        assert_eq!(same!(db, tree).len(), 7);
    }

    async fn what_is_deleted_or_somebody_elses_stays_away(db) {
        db.create_all::<(Unit, Worker, Task)>().await?;
        for tenant in [1_i64, 2] {
            let db = &db.tenant(tenant);
            for name in ["north", "south"] {
                let unit = Unit::insert(Unit::draft(tenant, name)).one(db).await?;
                for n in 0..3 {
                    let worker = Worker::insert(Worker::draft(tenant, unit.id)).one(db).await?;
                    Task::insert(Task::draft(tenant, worker.id, format!("{tenant} {name} {n}"))).exec(db).await?;
                    if n == 1 {
                        Worker::delete().filter(Worker::id.eq(worker.id)).exec(db).await?;
                    }
                }
                if name == "south" {
                    Unit::delete().filter(Unit::id.eq(unit.id)).exec(db).await?;
                }
            }
        }
        let one = &db.tenant(1_i64);
        let query = Unit::query().with(Unit::workers.with(Worker::tasks)).order_by(Unit::id);
        let units = same!(one, query.clone());
        assert_eq!(units.iter().map(|unit| unit.workers.len()).collect::<Vec<_>>(), [2]);
        let all = same!(one, query.clone().with_deleted());
        assert_eq!(all.iter().map(|unit| unit.workers.len()).collect::<Vec<_>>(), [2, 2]);
        let left = same!(one, Unit::query().with(Unit::workers.with_deleted().with(Worker::tasks)).order_by(Unit::id));
        assert_eq!(left[0].workers.len(), 3);
        let every = same!(db, query.clone().all_tenants());
        assert_eq!(every.len(), 2);
        same!(one, Task::query().with(Task::worker.selectin().with(Worker::unit.live_only())).order_by(Task::id));
        let capture = Capture::attach(db);
        assert!(query.in_one_trip().all(db).await.is_err());
        assert!(capture.take().is_empty());
        // The one statement sees one moment, and is not sent again for a row that is missing.
        let theirs = Unit::query().filter(Unit::tenant_id.eq(2)).all_tenants().first(db).await?.expect("a unit");
        Worker::insert(Worker::draft(1, theirs.id)).exec(one).await?;
        let _ = capture.take();
        let missing = Worker::query().with(Worker::unit.selectin()).in_one_trip().all(one).await.unwrap_err();
        assert_eq!(capture.take().len(), 1);
        assert!(missing.is_not_found(), "{missing}");
    }

    async fn every_type_is_the_same_in_a_further_level(db) {
        db.create_all::<Everything>().await?;
        let mut rows = vec![plain(), low(), high()];
        if db.dialect().features().unsigned {
            rows.push(Everything { ubig: u64::MAX, ..high() });
        }
        for row in &rows {
            let own = Everything::insert(row).one(db).await?;
            for next in &rows {
                let owned = Everything { owner_id: Some(own.id), ..next.clone() };
                let owned = Everything::insert(owned).one(db).await?;
                let below = rows.iter().map(|row| Everything { owner_id: Some(owned.id), ..row.clone() });
                Everything::insert(below.collect::<Vec<_>>()).exec(db).await?;
            }
        }
        let query = Everything::query()
            .with(Everything::owner)
            .with(Everything::owned.with(Everything::owned.order_by(Everything::wide.desc())))
            .order_by(Everything::native)
            .order_by(Everything::id);
        for first in 0..4 {
            // Another row is the first one of the result each time.
            same!(db, query.clone().filter(Everything::owner_id.is_null()).offset(first));
        }
        let found = same!(db, query.filter(Everything::wide.gt(Decimal::ZERO)));
        assert!(found.len() > 3);
    }

    async fn what_may_be_missing_is_none(db) {
        db.create_all::<(Category, Pointer, Arrow)>().await?;
        let category = Category::insert(Category { id: Id::new(), name: "a".into(), parent_id: None }).one(db).await?;
        let there = Pointer::insert(Pointer::draft(category.id)).one(db).await?;
        Pointer::insert(Pointer::draft(404)).exec(db).await?;
        Arrow::insert(Arrow::draft(there.id)).exec(db).await?;
        let pointers = same!(db, Pointer::query().with(Pointer::category.selectin()).with(Pointer::arrows).order_by(Pointer::id));
        assert_eq!(pointers.iter().map(|p| p.category.is_some()).collect::<Vec<_>>(), [true, false]);
    }

    async fn the_plan_says_why_there_are_several(db) {
        library(db).await?;
        let dialect = db.dialect();
        let query = Author::query().with(Author::books.with(Book::author)).in_one_trip();
        let plan = query.plan(dialect)?;
        assert_eq!(plan.statements(), 1);
        assert_eq!(plan.loads.iter().map(|load| load.strategy).collect::<Vec<_>>(), [Strategy::OneTrip, Strategy::Joined]);
        let text = plan.statement.text().expect("a statement").to_owned();
        let capture = Capture::attach(db);
        query.all(db).await?;
        assert_eq!(capture.take(), [text]);

        let union = Author::query().union(Author::query()).with(Author::books.with(Book::author)).in_one_trip();
        let plan = union.plan(dialect)?;
        assert_eq!((plan.statements(), plan.loads[0].strategy), (2, Strategy::Selectin));
        assert_eq!(plan.loads[0].why, "the rows are those of several queries");
        assert_eq!(plan.loads[1].strategy, Strategy::Joined);
        union.all(db).await?;
        assert_eq!(capture.take().len(), 2);

        let joined = Book::query().with(Book::author).in_one_trip();
        assert_eq!(joined.plan(dialect)?.statements(), 1);
        assert!(!joined.to_sql(dialect).to_string().contains("WITH"));
        let links = BookTag::query().with(BookTag::book.with(Book::reviews)).order_by((BookTag::book_id, BookTag::tag_id));
        same!(db, links);
    }
}
