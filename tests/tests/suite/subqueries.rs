//! Queries in conditions and as values.

use orm_core::prelude::*;
use orm_core::testing::Capture;
use tests::book::{Author, Book, Product, Sale, prepare};

use super::on_all;
use crate::scopes::{Note, Paper};

/// What papers and notes are mentioned in.
#[derive(Debug, Clone, Model)]
#[orm(table = "mentions")]
struct Mention {
    id: Id<Mention>,
    note_id: i64,
    paper_id: i64,
}

fn names(products: Vec<Product>) -> Vec<String> {
    products.into_iter().map(|product| product.name).collect()
}

on_all! {
    async fn a_value_among_those_of_a_query(db) {
        prepare(db).await?;
        Author::insert(Author::draft("Nobody")).exec(db).await?;
        let writers = || Book::query().filter(Book::published_year.gt(1800)).select(Book::author_id);
        let found = Author::query().filter(Author::id.in_subquery(writers())).one(db).await?;
        assert_eq!(found.name, "Jane Austen");
        let others = Author::query().filter(Author::id.not_in_subquery(writers())).one(db).await?;
        assert_eq!(others.name, "Nobody");
        assert_eq!(Author::query().filter(!Author::id.in_subquery(writers())).one(db).await?, others);
        // An order and a limit choose the rows that are looked through.
        let two = Product::query().order_by(Product::price.desc()).limit(2).select(Product::id);
        let dear = Product::query().filter(Product::id.in_subquery(two)).order_by(Product::name).all(db).await?;
        assert_eq!(names(dear), ["Desk", "Lamp"]);
        // Groups and paths are the query's own.
        let often = Sale::query()
            .filter(Sale::product.get(Product::stock).gt(1))
            .group_by(Sale::product_id)
            .having(count_all().gt(1))
            .select(Sale::product_id);
        assert_eq!(names(Product::query().filter(Product::id.in_subquery(often)).all(db).await?), ["Lamp"]);
    }

    async fn not_in_is_unknown_beside_null(db) {
        prepare(db).await?;
        let austen = Author::query().one(db).await?.id;
        Book::insert(Book::draft("Letters", austen)).exec(db).await?;
        let years = || Book::query().filter(Book::title.ne("Emma")).select(Book::published_year);
        let found = |condition| Book::query().filter(condition).count(db);
        assert_eq!(found(Book::published_year.in_subquery(years())).await?, 2);
        assert_eq!(found(Book::published_year.not_in_subquery(years())).await?, 0);
        let known = Book::query()
            .filter(Book::title.ne("Emma"))
            .filter(Book::published_year.is_not_null())
            .select(Book::published_year);
        assert_eq!(found(Book::published_year.not_in_subquery(known)).await?, 1);
    }

    async fn the_value_of_a_query(db) {
        prepare(db).await?;
        let mean = Product::query().select(Product::price.avg()).scalar();
        let dear = Product::query().filter(Product::price.gt(mean)).all(db).await?;
        assert_eq!(names(dear), ["Desk"]);
        let first = Book::query().order_by(Book::published_year).limit(1).select(Book::title).scalar();
        let rows: Vec<(String, Option<String>)> =
            Product::query().order_by(Product::id).limit(1).select((Product::name, first)).all(db).await?;
        assert_eq!(rows, [("Lamp".to_owned(), Some("Emma".to_owned()))]);
        let nothing = Book::query().filter(Book::title.eq("x")).limit(1).select(Book::title).scalar();
        assert_eq!(Author::query().select(nothing).one(db).await?, None);
        let of_key = Product::find(1).select(Product::stock).scalar();
        assert_eq!(Author::query().select(of_key).one(db).await?, Some(4));
        let sold = Sale::query().select(count_all()).scalar();
        assert_eq!(Author::query().select(sold).one(db).await?, Some(2));
    }

    async fn a_value_of_several_rows_is_refused(db) {
        prepare(db).await?;
        let capture = Capture::attach(db);
        let several = Product::query().filter(Product::price.gt(1.0)).select(Product::price).scalar();
        let e = Product::query().filter(Product::price.eq(several)).all(db).await.expect_err("several rows");
        assert_eq!(e.kind(), ErrorKind::Invalid);
        assert!(e.to_string().contains("`Product`") && e.to_string().contains(".limit(1)"), "{e}");
        let groups = Sale::query().group_by(Sale::product_id).select(count_all()).scalar();
        let e = Product::query().select(groups).all(db).await.expect_err("several groups");
        assert!(e.to_string().contains("several rows"), "{e}");
        assert_eq!(capture.take(), Vec::<String>::new());
    }

    async fn whether_there_is_a_row(db) {
        prepare(db).await?;
        let cheap = |price: f64| Product::query().filter(Product::price.lt(price));
        assert_eq!(Author::query().filter(exists(cheap(2.0))).count(db).await?, 1);
        assert_eq!(Author::query().filter(exists(cheap(1.0))).count(db).await?, 0);
        assert_eq!(Author::query().filter(!exists(cheap(1.0))).count(db).await?, 1);
        // An aggregate without groups always gives a row, groups only where there are some.
        assert_eq!(Author::query().filter(exists(cheap(1.0).select(Product::price.max()))).count(db).await?, 1);
        let grouped = cheap(1.0).group_by(Product::category).select(Product::category);
        assert_eq!(Author::query().filter(exists(grouped)).count(db).await?, 0);
        let joined = Product::query().join::<Sale>(|p, s| s.get(Sale::product_id).eq(p.get(Product::id)));
        assert_eq!(Author::query().filter(exists(joined)).count(db).await?, 1);
    }

    async fn writes_read_the_table_that_they_change(db) {
        prepare(db).await?;
        let cheapest = Product::query().order_by(Product::price).limit(1).select(Product::id);
        let changed = Product::update().set(Product::stock, 0).filter(Product::id.in_subquery(cheapest)).exec(db).await?;
        assert_eq!((changed, Product::find_by(Product::name, "Pen").one(db).await?.stock), (1, 0));
        let most = Product::query().select(Product::price.max()).scalar();
        Product::update()
            .set(Product::price, Product::price + 1.0)
            .filter(Product::price.eq(most))
            .exec(db)
            .await?;
        assert!((Product::find_by(Product::name, "Desk").one(db).await?.price - 250.0).abs() < 1e-9);
        let unsold = Product::id.not_in_subquery(Sale::query().select(Sale::product_id));
        let dear = Product::price.gt(Product::query().select(Product::price.avg()).scalar());
        assert_eq!(Product::delete().filter(unsold).filter(dear).exec(db).await?, 1);
        assert_eq!(names(Product::query().order_by(Product::id).all(db).await?), ["Lamp", "Pen"]);
    }

    async fn an_upsert_reads_its_own_table(db) {
        prepare(db).await?;
        let most = Product::query().select(Product::price.max()).scalar().coalesce(0.0);
        let day = NaiveDate::from_ymd_opt(2026, 1, 31).unwrap_or_default();
        Product::insert(Product::draft("Pen", "office", 7.0, 1, day))
            .on_conflict(Product::name)
            .set(Product::price, most + 1.0)
            .exec(db)
            .await?;
        assert!((Product::find_by(Product::name, "Pen").one(db).await?.price - 250.0).abs() < 1e-9);
        // The inner model's scopes hold there, too.
        db.create_all::<Note>().await?;
        Note::insert(["a", "b"].map(Note::draft)).exec(db).await?;
        Note::delete().filter(Note::text.eq("b")).exec(db).await?;
        let last = Note::query().order_by(Note::text.desc()).limit(1).select(Note::text).scalar().coalesce("");
        Product::insert(Product::draft("Pen", "office", 7.0, 1, day))
            .on_conflict(Product::name)
            .set(Product::category, last)
            .exec(db)
            .await?;
        assert_eq!(Product::find_by(Product::name, "Pen").one(db).await?.category, "a");
    }

    async fn scopes_hold_inside(db) {
        db.create_all::<(Note, Paper, Mention)>().await?;
        Note::insert(["a", "b"].map(Note::draft)).exec(db).await?;
        Note::delete().filter(Note::text.eq("b")).exec(db).await?;
        for tenant in [7, 8] {
            Paper::insert(Paper::draft(tenant, format!("of {tenant}"))).exec(&db.tenant(tenant)).await?;
        }
        Mention::insert([(1, 1), (2, 2)].map(|(note, paper)| Mention::draft(note, paper))).exec(db).await?;
        let texts = |query: orm_core::query::Query<Note>| query.select(Note::text);
        assert_eq!(Mention::query().filter(literal("b").in_subquery(texts(Note::query()))).count(db).await?, 0);
        assert_eq!(
            Mention::query().filter(literal("b").in_subquery(texts(Note::query().with_deleted()))).count(db).await?,
            2
        );
        let first = || Paper::query().order_by(Paper::id).limit(1).select(Paper::text).scalar();
        for tenant in [7, 8] {
            let text: Vec<Option<String>> = Mention::query().limit(1).select(first()).all(&db.tenant(tenant)).await?;
            assert_eq!(text, [Some(format!("of {tenant}"))]);
        }
        let e = Mention::query().select(first()).all(db).await.expect_err("no tenant");
        assert!(e.to_string().contains("tenant"), "{e}");
        let all = Paper::query().all_tenants().select(count_all()).scalar();
        assert_eq!(Mention::query().limit(1).select(all).all(db).await?, [Some(2)]);
    }
}
