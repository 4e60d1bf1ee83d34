//! Inserts, updates, deletes and upserts: results, statements, and what is refused.

use std::collections::HashMap;

use orm_core::assert_statements;
use orm_core::exec::{BatchStream, Context, Done, RowSink, SnapshotWork, Stmt, StmtIter};
use orm_core::prelude::*;
use orm_core::testing::Capture;
use tests::book::{Account, Author, Book, BookTag, Product, Tag, prepare};

use super::on_all;

#[derive(Debug, Clone, PartialEq, Model)]
#[orm(table = "order_countries")]
struct Country {
    #[orm(primary_key, length = 3)]
    code: String,
    #[orm(length = 10)]
    name: String,
}

fn day() -> NaiveDate {
    NaiveDate::from_ymd_opt(2026, 1, 31).unwrap()
}

on_all! {
    async fn columns_of_written_rows(db) {
        prepare(db).await?;
        let raise = || Product::update().set(Product::stock, Product::stock + 1).filter(Product::name.eq("Pen"));
        let raised = raise().returning().select((Product::name, Product::stock)).one(db).await;
        if matches!(db.dialect(), Dialect::MariaDb | Dialect::MySql) {
            assert_eq!(raised.expect_err("no RETURNING").kind(), ErrorKind::Unsupported);
        } else {
            assert_eq!(raised?, ("Pen".to_owned(), 901));
        }
        let gone = Product::delete().filter(Product::name.eq("Pen")).returning().select(Product::price).all(db).await?;
        assert_eq!(gone, [1.2]);
        let day = NaiveDate::from_ymd_opt(2026, 2, 1).unwrap_or_default();
        let draft = |name: &str, stock| Product::draft(name, "toys", 2.0, stock, day);
        let made = Product::insert([draft("Ball", 3), draft("Kite", 9)])
            .returning()
            .select((Product::name, Product::stock))
            .all(db)
            .await?;
        assert_eq!(made, [("Ball".to_owned(), 3), ("Kite".to_owned(), 9)]);
        let kept = Product::insert(draft("Ball", 7))
            .on_conflict(Product::name)
            .do_update(Product::stock)
            .returning()
            .select(Product::stock)
            .one(db)
            .await?;
        assert_eq!(kept, 7);
    }

    async fn bulk_writes_without_a_filter_are_refused(db) {
        prepare(db).await?;
        let nothing = || None::<Expr<Product, bool>>;
        assert_statements!(db, {
            let e = Product::update().set(Product::stock, 0).filter(nothing()).exec(db).await.unwrap_err();
            assert!(e.to_string().contains("all_rows"), "{e}");
            let e = Product::delete().filter(nothing()).filter(Product::stock.not_in([0_i32; 0])).exec(db).await.unwrap_err();
            assert_eq!(e.kind(), ErrorKind::Invalid);
            let e = Product::update().filter(Product::stock.eq(1)).exec(db).await.unwrap_err();
            assert!(e.to_string().contains("sets nothing"), "{e}");
        }, []);
        assert_eq!(Product::update().set(Product::stock, 7).all_rows().exec(db).await?, 3);
        assert_eq!(Product::delete().filter(Product::name.eq("Pen")).exec(db).await?, 1);
        assert_eq!(Product::query().filter(Product::stock.eq(7)).count(db).await?, 2);
    }

    async fn update_by_expression(db) {
        prepare(db).await?;
        let n = assert_statements!(db, {
            Product::update().set(Product::stock, Product::stock - 1).filter(Product::name.eq("Lamp")).exec(db).await?
        },
            sqlite: [r#"UPDATE "products" SET "stock" = ("products"."stock" - ?) WHERE "products"."name" = ?"#],
            postgres: [r#"UPDATE "products" SET "stock" = ("products"."stock" - $1) WHERE "products"."name" = $2"#],
            mysql: ["UPDATE `products` SET `stock` = (`products`.`stock` - ?) WHERE `products`.`name` = ?"],
        );
        assert_eq!(n, 1);
        let lamp = Product::find_by(Product::name, "Lamp").one(db).await?;
        assert_eq!(lamp.stock, 3);
        // The count is of the rows that matched, also of those that had the value already.
        assert_eq!(Product::update().set(Product::stock, 3).filter(Product::id.eq(lamp.id)).exec(db).await?, 1);
    }

    async fn exec_one_and_versions(db) {
        prepare(db).await?;
        let emma = Book::query().filter(Book::title.eq("Emma")).one(db).await?;
        assert_eq!(emma.version, 1);
        let update = || Book::update().set(Book::title, "Emma!").filter(Book::id.eq(emma.id));
        update().version(1).exec_one(db).await?;
        let e = update().version(1).exec_one(db).await.unwrap_err();
        assert!(e.is_stale() && e.table() == Some("books"), "{e}");
        assert_eq!(e.key(), Some(emma.id.to_string().as_str()));
        assert_eq!(Book::find(emma.id).one(db).await?.version, 2);
        update().keep_version().exec_one(db).await?;
        assert_eq!(Book::find(emma.id).one(db).await?.version, 2);
        let e = Book::update().set(Book::title, "x").filter(Book::id.eq(12_345)).exec_one(db).await.unwrap_err();
        assert!(e.is_not_found() && e.key() == Some("12345"), "{e}");
        let e = assert_statements!(db, {
            Book::update().set(Book::title, "x").filter(Book::title.eq("Emma!")).exec_one(db).await.unwrap_err()
        }, []);
        assert!(e.to_string().contains("only one row"), "{e}");
    }

    async fn insert_gives_the_row_as_the_database_has_it(db) {
        prepare(db).await?;
        let stored = Product::insert(Product::draft("Chair", "home", 80.0, 3, day())).one(db).await?;
        assert!(!stored.id.is_new());
        assert_eq!(Product::find(stored.id).one(db).await?, stored);
        let e = Product::insert(vec![stored.clone(), stored]).one(db).await.unwrap_err();
        assert_eq!(e.kind(), ErrorKind::Invalid);
        assert_eq!(assert_statements!(db, { Product::insert(Vec::<Product>::new()).exec(db).await? }, []), 0);
    }

    async fn keys_of_many_are_those_of_their_rows(db) {
        prepare(db).await?;
        // Every third row brings its own key, so that two groups of statements write them.
        let rows: Vec<Product> = (0..1500_i64)
            .map(|n| {
                let row = Product::draft(format!("p{n}"), "many", 1.0, i32::try_from(n).unwrap(), day());
                if n % 3 == 0 { Product { id: Id::from(100_000 + n), ..row } } else { row }
            })
            .collect();
        let keys = Product::insert(&rows).keys(db).await?;
        assert_eq!(keys.len(), 1500);
        let stored = Product::query().filter(Product::category.eq("many")).all(db).await?;
        let by_name: HashMap<&str, &Id<Product>> = stored.iter().map(|p| (p.name.as_str(), &p.id)).collect();
        for (row, key) in rows.iter().zip(&keys) {
            assert_eq!(by_name[row.name.as_str()], key);
        }
    }

    async fn rows_come_back_in_the_order_in_which_they_were_given(db) {
        db.create_all::<(Product, Country)>().await?;
        // Made keys, own keys that fall, and own keys that are text, in several statements each.
        let rows: Vec<Product> = (0..1300_i64)
            .map(|n| {
                let row = Product::draft(format!("p{}", 1300 - n), "many", 1.0, i32::try_from(n).unwrap(), day());
                if n % 5 == 0 { Product { id: Id::from(100_000 - n), ..row } } else { row }
            })
            .collect();
        let back = Product::insert(&rows).returning().all(db).await?;
        let stock: Vec<i32> = back.iter().map(|p| p.stock).collect();
        assert_eq!(stock, (0..1300).collect::<Vec<_>>());
        let countries: Vec<Country> = (0..700)
            .map(|n| Country { code: format!("{:03}", (n * 311) % 700), name: n.to_string() })
            .collect();
        assert_eq!(Country::insert(&countries).returning().all(db).await?, countries);
    }

    async fn keys_of_tasks_that_write_at_once_are_their_own(db) {
        db.create_all::<Product>().await?;
        let tasks: Vec<_> = (0..6)
            .map(|task| {
                let db = db.clone();
                tokio::spawn(async move {
                    let rows: Vec<Product> = (0..700)
                        .map(|n| Product::draft(format!("{task} {n}"), "many", 1.0, n, day()))
                        .collect();
                    let keys = Product::insert(&rows).keys(&db).await?;
                    Ok::<_, Error>(rows.into_iter().map(|r| r.name).zip(keys).collect::<Vec<_>>())
                })
            })
            .collect();
        let mut told = HashMap::new();
        for task in tasks {
            told.extend(task.await.expect("no panic")?);
        }
        let stored = Product::query().all(db).await?;
        assert_eq!(stored.len(), 4200);
        for row in stored {
            assert_eq!(told[&row.name], row.id);
        }
    }

    async fn ten_thousand_rows_are_a_handful_of_statements(db) {
        prepare(db).await?;
        let rows: Vec<Product> =
            (0..10_000).map(|n| Product::draft(format!("p{n}"), "many", 1.0, n, day())).collect();
        let capture = Capture::attach(db).without_transactions();
        assert_eq!(Product::insert(&rows).exec(db).await?, 10_000);
        assert!(capture.take().len() <= 20);
        assert_eq!(Product::query().filter(Product::category.eq("many")).count(db).await?, 10_000);
    }

    async fn a_late_violation_leaves_no_row_behind(db) {
        prepare(db).await?;
        let mut rows: Vec<Product> =
            (0..50_000).map(|n| Product::draft(format!("p{n}"), "many", 1.0, n, day())).collect();
        rows[49_999].name = "Lamp".into();
        let e = Product::insert(&rows).exec(db).await.unwrap_err();
        assert!(e.is_unique_violation() && e.violates(Product::name), "{e}");
        assert!(!e.to_string().contains("Lamp"), "{e}");
        assert_eq!(Product::query().count(db).await?, 3);
        let inside = db
            .transaction(async |tx| {
                let e = Product::insert(&rows).exec(tx).await.unwrap_err();
                assert!(e.is_unique_violation());
                Product::query().count(tx).await
            })
            .await?;
        assert_eq!(inside, 3);
    }

    async fn made_keys_composite_keys_and_uuid_keys(db) {
        prepare(db).await?;
        let tag = Tag::draft("classic");
        let known = tag.id;
        assert!(!known.is_new());
        let keys = Tag::insert(&tag).keys(db).await?;
        assert_eq!(keys, [known]);
        let book = Book::query().first(db).await?.expect("a book");
        let link = BookTag { book_id: book.id, tag_id: known };
        BookTag::insert(&link).exec(db).await?;
        assert_eq!(BookTag::find((book.id, known)).one(db).await?, link);
        let e = BookTag::insert(&link).exec(db).await.unwrap_err();
        assert!(e.is_unique_violation(), "{e}");
        let e = assert_statements!(db, {
            Book::insert(Book::draft("Homeless", Id::new())).exec(db).await.unwrap_err()
        }, []);
        assert_eq!((e.kind(), e.table(), e.columns()), (ErrorKind::Invalid, Some("books"), &["author_id".to_owned()][..]));
    }

    async fn upserts(db) {
        prepare(db).await?;
        let lamp = Product::find_by(Product::name, "Lamp").one(db).await?;
        let new = || Product::draft("Lamp", "home", 45.0, 10, day());
        Product::insert(new()).on_conflict(Product::name).do_update((Product::price, Product::stock)).exec(db).await?;
        let after = Product::find(lamp.id).one(db).await?;
        assert_eq!((after.price, after.stock), (45.0, 10));
        Product::insert(new())
            .on_conflict(Product::name)
            .set(Product::stock, Product::stock + excluded(Product::stock))
            .exec(db)
            .await?;
        assert_eq!(Product::find(lamp.id).one(db).await?.stock, 20);
        Product::insert([new(), Product::draft("Vase", "home", 9.0, 1, day())])
            .on_conflict(Product::name)
            .do_nothing()
            .exec(db)
            .await?;
        assert_eq!(Product::find(lamp.id).one(db).await?.stock, 20);
        assert_eq!(Product::query().count(db).await?, 4);
        let e = assert_statements!(db, {
            Product::insert(new()).on_conflict(Product::category).do_nothing().exec(db).await.unwrap_err()
        }, []);
        assert!(e.to_string().contains("no unique constraint"), "{e}");
    }

    async fn returning_where_there_is_one(db) {
        prepare(db).await?;
        let updated = Product::update().set(Product::stock, 5).filter(Product::name.eq("Desk")).returning().all(db).await;
        let deleted = Product::delete().filter(Product::name.eq("Pen")).returning().all(db).await;
        let features = db.dialect().features();
        match updated {
            Ok(rows) => assert_eq!(rows[0].stock, 5),
            Err(e) => {
                assert!(!features.update_returning);
                assert_eq!(e.kind(), ErrorKind::Unsupported);
            }
        }
        match deleted {
            Ok(rows) => assert_eq!(rows[0].name, "Pen"),
            Err(e) => assert!(!features.delete_returning, "{e}"),
        }
    }

    async fn a_check_and_a_key_are_named(db) {
        prepare(db).await?;
        let e = Account::update().set(Account::balance, -1).filter(Account::id.eq(1)).exec(db).await.unwrap_err();
        assert_eq!(e.kind(), ErrorKind::Check);
        assert!(e.constraint().is_some_and(|c| c.contains("balance_positive")), "{e:?}");
        let e = Book::insert(Book::draft("x", Id::from(999))).exec(db).await.unwrap_err();
        assert!(e.is_foreign_key_violation(), "{e}");
        assert_eq!(Author::delete().filter(Author::name.eq("Jane Austen")).exec(db).await?, 1);
        assert_eq!(Book::query().count(db).await?, 0);
    }
}

/// MariaDB taken for MySQL, which has no RETURNING: what is sent then is SQL of both.
pub(crate) struct AsMySql(pub(crate) Db);

#[async_trait::async_trait]
impl Executor for AsMySql {
    fn dialect(&self) -> Dialect {
        Dialect::MySql
    }

    fn context(&self) -> &Context {
        self.0.context()
    }

    async fn run(&self, stmt: Stmt, sink: Box<dyn RowSink>) -> Result<(Box<dyn RowSink>, Done)> {
        self.0.run(stmt, sink).await
    }

    async fn run_all(&self, stmts: StmtIter, sink: Box<dyn RowSink>) -> Result<(Box<dyn RowSink>, Done)> {
        self.0.run_all(stmts, sink).await
    }

    fn stream(&self, stmt: Stmt, sink: Box<dyn RowSink>) -> BatchStream<'_> {
        self.0.stream(stmt, sink)
    }

    async fn in_snapshot(&self, work: SnapshotWork) -> Result<Box<dyn std::any::Any + Send>> {
        self.0.in_snapshot(work).await
    }
}

on_all! {
    async fn keys_without_returning(db) {
        if db.dialect() == Dialect::MariaDb {
            prepare(db).await?;
            let mysql = AsMySql(db.clone());
            let rows: Vec<Product> =
                (0..1200).map(|n| Product::draft(format!("p{n}"), "many", 1.0, n, day())).collect();
            let keys = Product::insert(&rows).keys(&mysql).await?;
            assert_eq!(keys.len(), rows.len());
            for (key, row) in keys.iter().zip(&rows).step_by(113) {
                assert_eq!(Product::find(key).one(&mysql).await?.name, row.name);
            }
            let one = assert_statements!(db, {
                Product::insert(Product::draft("one", "x", 1.0, 7, day())).one(&mysql).await?
            }, count: 2);
            assert_eq!((one.name.as_str(), one.stock), ("one", 7));
            let e = Product::insert(rows[0].clone()).returning().all(&mysql).await.unwrap_err();
            assert_eq!(e.kind(), ErrorKind::Unsupported);
        }
    }
}
