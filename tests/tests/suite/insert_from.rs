//! Rows of a query inserted where they are, upserts that may meet more than one constraint, and comments on statements.

use orm_core::assert_statements;
use orm_core::prelude::*;
use orm_core::testing::Capture;
use tests::book::{Account, Book, Product, Tag, prepare};

use super::on_all;
use super::scopes::{Note, Paper, Shelf};

/// What was there once.
#[derive(Debug, Clone, PartialEq, Model)]
#[orm(table = "archive")]
struct Archived {
    id: Id<Archived>,
    name: String,
    price: Option<f64>,
    #[orm(default = 7)]
    shelf: i32,
    #[orm(version)]
    version: i32,
    #[orm(touch)]
    changed: DateTime<Utc>,
}

/// Decimals and an enum on their way into columns of another kind.
#[derive(Debug, Clone, PartialEq, Model)]
#[orm(table = "drafts")]
struct Draft {
    id: Id<Draft>,
    #[orm(precision = 10, scale = 4)]
    amount: Decimal,
    stage: Stage,
}

#[derive(Debug, Clone, PartialEq, Model)]
#[orm(table = "finals")]
struct Final {
    id: Id<Final>,
    #[orm(precision = 10, scale = 2)]
    amount: Decimal,
    stage: Option<Stage>,
    draft: i64,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, DbEnum)]
#[orm(storage = "native")]
enum Stage {
    Open,
    Done,
}

/// A copy of a tenant's row.
#[derive(Debug, Clone, PartialEq, Model)]
#[orm(table = "paper_copies", tenant = tenant_id)]
struct PaperCopy {
    id: Id<PaperCopy>,
    tenant_id: i64,
    text: String,
}

/// Two constraints, either of which a row may meet.
#[derive(Debug, Clone, PartialEq, Model)]
#[orm(table = "logins")]
struct Login {
    id: Id<Login>,
    #[orm(length = 20, unique)]
    name: String,
    #[orm(length = 20, unique)]
    email: String,
    visits: i32,
}

on_all! {
    async fn rows_of_a_query_are_inserted_by_one_statement(db) {
        prepare(db).await?;
        db.create_all::<Archived>().await?;
        let home = || Product::query().filter(Product::category.eq("home"));
        let n = assert_statements!(db, {
            Archived::insert_from((Archived::name, Archived::price), home().select((Product::name, Product::price * 2.0)))
                .tag("job=archive")
                .exec(db)
                .await?
        },
            sqlite: [r#"INSERT INTO "archive" ("name", "price", "changed", "version") SELECT "products"."name", ("products"."price" * ?), ?, ? FROM "products" WHERE "products"."category" = ? /* job=archive */"#],
            postgres: [r#"INSERT INTO "archive" ("name", "price", "changed", "version") SELECT "products"."name", ("products"."price" * $1), $2, $3 FROM "products" WHERE "products"."category" = $4 /* job=archive */"#],
            mysql: ["INSERT INTO `archive` (`name`, `price`, `changed`, `version`) SELECT `products`.`name`, (`products`.`price` * ?), ?, ? FROM `products` WHERE `products`.`category` = ? /* job=archive */"],
        );
        assert_eq!(n, 2);
        let rows = Archived::query().order_by(Archived::name).all(db).await?;
        let short: Vec<_> = rows.iter().map(|r| (r.name.as_str(), r.price, r.shelf, r.version)).collect();
        assert_eq!(short, [("Desk", Some(498.0), 7, 1), ("Lamp", Some(79.0), 7, 1)]);
        assert!(rows.iter().all(|r| Utc::now() - r.changed < TimeDelta::hours(1)));
        // One column, of groups; a table from itself, in an order and with a limit.
        let groups = Product::query().group_by(Product::category).select(Product::category.max());
        let e = assert_statements!(db, { Archived::insert_from(Archived::price, home().select(Product::price)).exec(db).await.unwrap_err() }, []);
        assert!(e.to_string().contains("`Archived::name` must have a value"), "{e}");
        let names = groups.all(db).await?;
        assert_eq!(names.len(), 2);
        let categories = Product::query().distinct().select(Product::category);
        assert_eq!(Archived::insert_from(Archived::name, categories).exec(db).await?, 2);
        let last = Archived::query().order_by(Archived::name.desc()).limit(1).select((Archived::name, Archived::shelf + 1));
        assert_eq!(Archived::insert_from((Archived::name, Archived::shelf), last).exec(db).await?, 1);
        let e = assert_statements!(db, {
            let twice = home().select((Product::name, Product::name));
            Archived::insert_from((Archived::name, Archived::name), twice).exec(db).await.unwrap_err()
        }, []);
        assert!(e.to_string().contains("twice"), "{e}");
        let pairs: Vec<(String, i64)> = Archived::query()
            .group_by(Archived::name)
            .select((Archived::name, count_all()))
            .order_by(Archived::name)
            .all(db)
            .await?;
        assert_eq!(pairs.iter().map(|(_, n)| n).sum::<i64>(), 5);
    }

    async fn decimals_and_enums_fit_their_new_columns(db) {
        db.create_all::<(Draft, Final)>().await?;
        let draft = |n: i64, stage| Draft::draft(Decimal::new(n, 4), stage);
        Draft::insert([draft(12_345, Stage::Open), draft(-12_350, Stage::Done)]).exec(db).await?;
        let rows = Draft::query().order_by(Draft::id).select((Draft::amount, Draft::stage, Draft::id.count()));
        let rows = rows.group_by((Draft::id, Draft::amount, Draft::stage));
        assert_eq!(Final::insert_from((Final::amount, Final::stage, Final::draft), rows).exec(db).await?, 2);
        let stored: Vec<_> =
            Final::query().order_by(Final::id).select((Final::amount, Final::stage, Final::draft)).all(db).await?;
        let expected = [(Decimal::new(123, 2), Some(Stage::Open), 1), (Decimal::new(-124, 2), Some(Stage::Done), 1)];
        assert_eq!(stored, expected);
    }

    async fn scopes_of_both_sides_hold(db) {
        db.create_all::<(Paper, PaperCopy, Note)>().await?;
        let (one, two) = (db.tenant(1), db.tenant(2));
        Paper::insert(Paper::draft(1, "mine")).exec(&one).await?;
        Paper::insert(Paper::draft(2, "theirs")).exec(&two).await?;
        Note::insert(["a", "b"].map(Note::draft)).exec(db).await?;
        Note::delete().filter(Note::text.eq("b")).exec(db).await?;
        let papers = || Paper::query().select(Paper::text);
        assert_eq!(PaperCopy::insert_from(PaperCopy::text, papers()).exec(&one).await?, 1);
        assert_eq!(PaperCopy::insert_from(PaperCopy::text, Note::query().select(Note::text)).exec(&one).await?, 1);
        let texts = PaperCopy::query().order_by(PaperCopy::id).select(PaperCopy::text);
        assert_eq!(texts.all(&one).await?, ["mine", "a"]);
        assert_eq!(PaperCopy::query().count(&two).await?, 0);
        let both = || Paper::query().all_tenants().select((Paper::tenant_id, Paper::text));
        let columns = (PaperCopy::tenant_id, PaperCopy::text);
        assert_statements!(db, {
            let e = PaperCopy::insert_from(columns, both()).exec(&one).await.unwrap_err();
            assert!(e.to_string().contains("another tenant"), "{e}");
            let e = PaperCopy::insert_from(PaperCopy::text, papers()).exec(db).await.unwrap_err();
            assert!(e.to_string().contains("db.tenant("), "{e}");
        }, []);
        assert_eq!(PaperCopy::insert_from(columns, both()).all_tenants().exec(db).await?, 2);
        assert_eq!(PaperCopy::query().count(&two).await?, 1);
    }

    async fn an_upsert_that_may_meet_another_constraint_is_refused_where_none_is_named(db) {
        db.create_all::<(Login, Tag, Account)>().await?;
        let ada = || Login::draft("ada", "a@x", 1);
        let upsert = |login| Login::insert(login).on_conflict(Login::name).do_update(Login::visits);
        let named = !matches!(db.dialect(), Dialect::MySql | Dialect::MariaDb);
        if named {
            upsert(ada()).exec(db).await?;
        } else {
            let e = assert_statements!(db, { upsert(ada()).exec(db).await.unwrap_err() }, []);
            assert_eq!((e.kind(), e.table()), (ErrorKind::Invalid, Some("logins")));
            assert!(e.to_string().contains(".any_conflict()"), "{e}");
            let e = assert_statements!(db, {
                Login::insert(ada()).on_conflict(Login::email).do_nothing().exec(db).await.unwrap_err()
            }, []);
            assert!(e.to_string().contains("another unique constraint"), "{e}");
            upsert(ada()).any_conflict().exec(db).await?;
        }
        upsert(Login::draft("ada", "b@x", 5)).any_conflict().exec(db).await?;
        assert_eq!(Login::query().one(db).await?.visits, 5);
        // It meets the other constraint: the database's own way.
        let other = upsert(Login::draft("bob", "a@x", 9)).any_conflict().exec(db).await;
        assert_eq!(other.is_err(), named);
        assert_eq!(Login::query().one(db).await?.visits, if named { 5 } else { 9 });

        // A key that the row brings along is a constraint, too; one that the database makes is met by none.
        let account = |n| Account { id: Id::from(n), ..Account::draft("x", 1) };
        Account::insert(Account::draft("x", 1)).on_conflict(Account::owner).do_nothing().exec(db).await?;
        let own = |row| Account::insert(row).on_conflict(Account::owner).do_nothing().exec(db);
        assert_eq!(own(account(77)).await.is_ok(), named);
        Account::insert(account(1)).on_conflict(Account::id).do_nothing().any_conflict().exec(db).await?;
        let tag = Tag::insert(Tag::draft("t")).on_conflict(Tag::label).do_nothing().exec(db).await;
        assert_eq!(tag.is_ok(), named);
        assert_eq!(Account::query().count(db).await?, 1);
    }

    async fn comments_go_along_with_every_statement(db) {
        prepare(db).await?;
        db.create_all::<Shelf>().await?;
        let day = NaiveDate::from_ymd_opt(2026, 1, 31).unwrap();
        let capture = Capture::attach(db).without_transactions();
        let hostile = "*/ DELETE FROM products; -- ?";
        let query = || Product::query().tag("route=/a").tag(hostile);
        let lamp = query().filter(Product::name.eq("Lamp")).one(db).await?;
        query().all(db).await?;
        query().first(db).await?;
        query().count(db).await?;
        query().exists(db).await?;
        query().explain(db).await?;
        query().order_by(Product::price).page_after(None, 1, db).await?;
        query().select(Product::name).tag("more").all(db).await?;
        let mut rows = query().stream(db);
        while rows.try_next().await?.is_some() {}
        drop(rows);
        Product::find(lamp.id).tag("route=/a").one(db).await?;
        Product::update().tag("route=/a").set(Product::stock, 1).all_rows().exec(db).await?;
        Product::update_many(&lamp, Product::stock).tag("route=/a").exec(db).await?;
        Product::insert(Product::draft("x", "y", 1.0, 1, day)).tag("route=/a").exec(db).await?;
        Product::delete().tag("route=/a").filter(Product::name.eq("x")).exec(db).await?;
        db.transaction(async |tx| query().for_update().all(tx).await).await?;
        let sent = capture.take();
        assert_eq!(sent.len(), 15);
        for sql in &sent {
            let (_, comment) = sql.split_once(" /* ").expect("a comment");
            assert!(comment.starts_with("route=/a"), "{sql}");
            assert!(comment.find("*/") == Some(comment.len() - 2), "{sql}");
            assert!(!comment.contains("--") && !comment.contains('?'), "{sql}");
        }
        assert!(sent[7].ends_with(", more */"), "{}", sent[7]);
        assert_eq!(Product::query().count(db).await?, 3);
        assert_eq!(Book::query().tag("").to_sql(db.dialect()).to_string(), Book::query().to_sql(db.dialect()).to_string());
    }
}
