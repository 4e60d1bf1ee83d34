//! Many rows updated at once, each to its own values.

use orm_core::assert_statements;
use orm_core::prelude::*;
use orm_core::testing::Capture;
use tests::book::{Account, Book, Product, Tag, prepare};

use super::scopes::{Note, Shelf};
use super::{long, on_all};

/// Columns of every kind, under a key of two columns.
#[derive(Debug, Clone, PartialEq, Model)]
#[orm(table = "kinds", primary_key(part, code))]
struct Kind {
    part: Uuid,
    #[orm(length = 8)]
    code: String,
    text: Option<String>,
    #[orm(precision = 10, scale = 2)]
    amount: Decimal,
    #[orm(precision = 30, scale = 6)]
    wide: Option<Decimal>,
    float: f64,
    small: i16,
    flag: bool,
    day: Option<NaiveDate>,
    time: NaiveTime,
    moment: Option<DateTime<Utc>>,
    bytes: Vec<u8>,
    json: serde_json::Value,
    words: Vec<String>,
    mood: Mood,
    #[orm(touch)]
    changed: DateTime<Utc>,
    #[orm(version)]
    version: i64,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, DbEnum)]
#[orm(storage = "native")]
enum Mood {
    Fine,
    Sad,
}

fn kind(n: i64) -> Kind {
    let odd = n % 2 == 1;
    let small = i16::try_from(n % 1000).unwrap();
    let day = NaiveDate::from_ymd_opt(2026, 1, 1).unwrap() + TimeDelta::days(n % 300);
    let moment = DateTime::from_timestamp_micros(1_700_000_000_000_000 + n).unwrap();
    Kind {
        part: Uuid::from_u128(n.unsigned_abs().into()),
        code: format!("c{}", n % 7),
        text: odd.then(|| format!("'{n}\" é")),
        amount: Decimal::new(n, 2),
        wide: (!odd).then(|| Decimal::new(n, 6)),
        float: 1.0 / (n as f64 + 1.0),
        small,
        flag: odd,
        day: odd.then_some(day),
        time: NaiveTime::from_hms_micro_opt(1, 2, 3, u32::try_from(n).unwrap()).unwrap(),
        moment: odd.then_some(moment),
        bytes: vec![0, 255, n.to_le_bytes()[0]],
        json: serde_json::json!({ "n": n }),
        words: vec!["a".into(), n.to_string()],
        mood: if odd { Mood::Fine } else { Mood::Sad },
        changed: moment,
        version: 1,
    }
}

fn day() -> NaiveDate {
    NaiveDate::from_ymd_opt(2026, 1, 31).unwrap()
}

on_all! {
    async fn each_row_gets_its_own_values(db) {
        prepare(db).await?;
        let mut products = Product::query().order_by(Product::id).all(db).await?;
        for (n, product) in products.iter_mut().enumerate() {
            product.price = n as f64 + 0.1;
            product.stock = -1;
            product.category = "changed in memory alone".into();
        }
        let written = assert_statements!(db, {
            Product::update_many(&products[..2], (Product::price, Product::stock)).exec(db).await?
        },
            sqlite: [
                "BEGIN IMMEDIATE",
                r#"UPDATE "products" SET "price" = CASE "products"."id" WHEN ? THEN ? WHEN ? THEN ? END, "stock" = CASE "products"."id" WHEN ? THEN ? WHEN ? THEN ? END WHERE "products"."id" IN (?, ?)"#,
                "COMMIT",
            ],
            postgres: [
                "BEGIN",
                r#"UPDATE "products" SET "price" = u.c0, "stock" = u.c1 FROM UNNEST($1, $2, $3) AS u(c0, c1, c2) WHERE "products"."id" = u.c2"#,
                "COMMIT",
            ],
            mysql: [
                "BEGIN",
                "UPDATE `products` SET `price` = CASE `products`.`id` WHEN ? THEN ? WHEN ? THEN ? END, `stock` = CASE `products`.`id` WHEN ? THEN ? WHEN ? THEN ? END WHERE `products`.`id` IN (?, ?)",
                "COMMIT",
            ],
        );
        assert_eq!(written, 2);
        let stored = Product::query().order_by(Product::id).all(db).await?;
        assert_eq!(stored.iter().map(|p| (p.price, p.stock)).collect::<Vec<_>>(), [(0.1, -1), (1.1, -1), (1.2, 900)]);
        assert!(stored.iter().all(|p| p.category != products[0].category));
        // One row needs no transaction, no row no statement.
        assert_statements!(db, { Product::update_many(&products[2], Product::stock).exec(db).await? }, count: 1);
        assert_statements!(db, { Product::update_many(Vec::<Product>::new(), Product::stock).exec(db).await? }, []);
        // A row that has the value already was written all the same.
        assert_eq!(Product::update_many(&products, Product::stock).exec(db).await?, 3);
    }

    async fn columns_of_every_kind_under_a_composite_key(db) {
        db.create_all::<Kind>().await?;
        let rows: Vec<Kind> = (0..300).map(kind).collect();
        Kind::insert(&rows).exec(db).await?;
        let before = Kind::query().all(db).await?;
        let changed: Vec<Kind> = rows
            .iter()
            .zip(1000..)
            .map(|(row, n)| Kind { part: row.part, code: row.code.clone(), ..kind(n) })
            .collect();
        let update = |rows: &[Kind]| {
            Kind::update_many(
                rows,
                (Kind::text, Kind::amount, Kind::wide, Kind::float, Kind::small, Kind::flag, Kind::day, Kind::time),
            )
        };
        assert_eq!(update(&changed).exec(db).await?, 300);
        let rest = |rows: &[Kind]| Kind::update_many(rows, (Kind::moment, Kind::bytes, Kind::json, Kind::words, Kind::mood));
        let e = rest(&changed).exec(db).await.unwrap_err();
        assert!(e.is_stale(), "{e}");
        let again: Vec<Kind> = changed.iter().map(|row| Kind { version: 2, ..row.clone() }).collect();
        assert_eq!(rest(&again).exec(db).await?, 300);
        let mut stored = Kind::query().all(db).await?;
        stored.sort_by_key(|row| row.part);
        let oldest = before.iter().map(|row| row.changed).max().unwrap();
        for (stored, changed) in stored.iter().zip(&changed) {
            assert!(stored.changed > oldest);
            assert_eq!(*stored, Kind { changed: stored.changed, version: 3, ..changed.clone() });
        }
    }

    async fn versions_are_held_and_counted(db) {
        prepare(db).await?;
        let mut books = Book::query().order_by(Book::id).all(db).await?;
        books.iter_mut().for_each(|book| book.title.push('!'));
        assert_eq!(Book::update_many(&books, Book::title).exec(db).await?, 3);
        let stored = Book::query().order_by(Book::id).all(db).await?;
        assert!(stored.iter().all(|b| b.version == 2 && b.title.ends_with('!')));

        // One of them was changed meanwhile: nothing of all is written, and it is named.
        let mut mine = stored.clone();
        mine.iter_mut().for_each(|book| book.title = "mine".into());
        Book::update().set(Book::title, "theirs").filter(Book::id.eq(mine[1].id)).exec(db).await?;
        let e = Book::update_many(&mine, Book::title).exec(db).await.unwrap_err();
        assert!(e.is_stale() && e.table() == Some("books"), "{e}");
        assert_eq!(e.key(), Some(mine[1].id.to_string().as_str()));
        assert!(e.to_string().contains("1 of 3"), "{e}");
        let titles = || Book::query().order_by(Book::id).select(Book::title);
        assert_eq!(titles().all(db).await?, ["Emma!", "theirs", "Sanditon!"]);
        let e = Book::update_many(&mine[1], Book::title).exec(db).await.unwrap_err();
        assert!(e.is_stale() && e.key() == Some(mine[1].id.to_string().as_str()), "{e}");

        // Inside a transaction, too, which goes on.
        let tx = db.begin().await?;
        let e = Book::update_many(&mine, Book::title).exec(&tx).await.unwrap_err();
        assert!(e.is_stale(), "{e}");
        assert_eq!(titles().all(&tx).await?, ["Emma!", "theirs", "Sanditon!"]);
        assert_eq!(Book::update_many(&mine, Book::title).keep_version().exec(&tx).await?, 3);
        tx.commit().await?;
        let stored = Book::query().order_by(Book::id).all(db).await?;
        assert_eq!(stored.iter().map(|b| b.version).collect::<Vec<_>>(), [2, 3, 2]);
        assert!(stored.iter().all(|b| b.title == "mine"));
    }

    async fn a_row_that_is_gone_is_no_silence(db) {
        prepare(db).await?;
        let mut accounts = Account::query().order_by(Account::id).all(db).await?;
        accounts.iter_mut().for_each(|account| account.balance = 7);
        Account::delete().filter(Account::owner.eq("b")).exec(db).await?;
        let e = Account::update_many(&accounts, Account::balance).exec(db).await.unwrap_err();
        assert!(e.is_stale() && e.key() == Some("2"), "{e}");
        assert_eq!(Account::find(1).one(db).await?.balance, 500);
        let e = Account::update_many(&accounts[1], Account::balance).exec(db).await.unwrap_err();
        assert!(e.is_stale() && e.key() == Some("2"), "{e}");
    }

    async fn thousands_of_rows_are_few_statements_and_all_or_none(db) {
        prepare(db).await?;
        let n = if long() { 50_000 } else { 2000 };
        let rows: Vec<Product> = (0..n).map(|n| Product::draft(format!("p{n}"), "many", 1.0, n, day())).collect();
        let keys = Product::insert(&rows).keys(db).await?;
        let mut rows: Vec<Product> =
            rows.into_iter().zip(keys).map(|(row, id)| Product { id, stock: -row.stock, ..row }).collect();
        let capture = Capture::attach(db).without_transactions();
        assert_eq!(Product::update_many(&rows, Product::stock).exec(db).await?, u64::from(n.unsigned_abs()));
        let mut sent = capture.take();
        let most = if db.dialect() == Dialect::Postgres { 20_000 } else { 128 };
        assert_eq!(sent.len(), rows.len().div_ceil(most));
        sent.dedup();
        assert!(sent.len() <= 2, "the texts of full statements are one text");
        let sum = || Product::query().filter(Product::category.eq("many")).select(Product::stock.sum());
        let total = i64::from(n) * i64::from(n - 1) / 2;
        assert_eq!(sum().one(db).await?, Some(-total));

        let last = rows.last().unwrap().id;
        Product::delete().filter(Product::id.eq(last)).exec(db).await?;
        rows.iter_mut().for_each(|row| row.stock = 0);
        let e = Product::update_many(&rows, Product::stock).exec(db).await.unwrap_err();
        assert!(e.is_stale() && e.key() == Some(last.to_string().as_str()), "{e}");
        assert_eq!(sum().one(db).await?, Some(i64::from(n - 1) - total));
    }

    async fn scopes_hold(db) {
        db.create_all::<(Note, Shelf)>().await?;
        Note::insert(["a", "b"].map(Note::draft)).exec(db).await?;
        let mut notes = Note::query().order_by(Note::id).all(db).await?;
        Note::delete().filter(Note::text.eq("b")).exec(db).await?;
        notes.iter_mut().for_each(|note| note.text.push('!'));
        let e = Note::update_many(&notes, Note::text).keep_version().exec(db).await.unwrap_err();
        assert!(e.is_stale() && e.key() == Some("2"), "{e}");
        assert_eq!(Note::update_many(&notes, Note::text).keep_version().with_deleted().exec(db).await?, 2);

        let (one, two) = (db.tenant(1), db.tenant(2));
        Shelf::insert(Shelf::draft(1, "s", "x", "mine")).exec(&one).await?;
        let mut shelf = Shelf::query().one(&one).await?;
        shelf.text = "changed".into();
        let e = Shelf::update_many(&shelf, Shelf::text).exec(&two).await.unwrap_err();
        assert!(e.is_stale(), "{e}");
        assert_eq!(Shelf::query().one(&one).await?.text, "mine");
        assert_statements!(db, {
            let e = Shelf::update_many(&shelf, Shelf::text).exec(db).await.unwrap_err();
            assert!(e.to_string().contains("db.tenant("), "{e}");
            let e = Shelf::update_many(&shelf, Shelf::tenant_id).exec(&one).await.unwrap_err();
            assert!(e.to_string().contains("another tenant"), "{e}");
        }, []);
        assert_eq!(Shelf::update_many(&shelf, Shelf::text).exec(&one).await?, 1);
        assert_eq!(Shelf::update_many(&shelf, Shelf::tenant_id).all_tenants().exec(db).await?, 1);
    }

    async fn what_is_wrong_is_said_before_anything_is_sent(db) {
        prepare(db).await?;
        let product = Product::query().first(db).await?.expect("a product");
        let book = Book::query().first(db).await?.expect("a book");
        assert_statements!(db, {
            for (outcome, word) in [
                (Product::update_many(&product, Product::id).exec(db).await, "part of the key"),
                (Product::update_many(&product, (Product::stock, Product::stock)).exec(db).await, "twice"),
                (Product::update_many([product.clone(), product.clone()], Product::stock).exec(db).await, "same key"),
                (
                    Product::update_many(Product::draft("new", "x", 1.0, 1, day()), Product::stock).exec(db).await,
                    "insert it first",
                ),
                (Book::update_many(&book, Book::version).exec(db).await, "made by the write itself"),
            ] {
                let e = outcome.unwrap_err();
                assert_eq!(e.kind(), ErrorKind::Invalid);
                assert!(e.to_string().contains(word), "{e}");
            }
        }, []);
    }

    async fn uuid_keys_and_one_column(db) {
        db.create_all::<Tag>().await?;
        let tags: Vec<Tag> = (0..5).map(|n| Tag::draft(format!("t{n}"))).collect();
        Tag::insert(&tags).exec(db).await?;
        let renamed: Vec<Tag> = tags.iter().map(|t| Tag { label: format!("{}!", t.label), ..t.clone() }).collect();
        assert_eq!(Tag::update_many(&renamed, Tag::label).exec(db).await?, 5);
        assert_eq!(Tag::query().order_by(Tag::label).all(db).await?, renamed);
    }
}

#[test]
fn the_text_for_every_database() {
    let books: Vec<Book> = (1..=3)
        .map(|n| Book {
            id: Id::from(n),
            ..Book::draft("x", Id::from(1))
        })
        .collect();
    let text = |dialect| {
        Book::update_many(&books, Book::title)
            .to_sql(dialect)
            .text()
            .unwrap()
            .to_owned()
    };
    assert_eq!(
        text(Dialect::Postgres),
        r#"UPDATE "books" SET "title" = u.c0, "version" = ("books"."version" + $1) FROM UNNEST($2, $3, $4) AS u(c0, c1, c2) WHERE "books"."id" = u.c1 AND "books"."version" = u.c2"#
    );
    let case = "CASE `books`.`id` WHEN ? THEN ? WHEN ? THEN ? WHEN ? THEN ? WHEN ? THEN ? END";
    let expected = format!(
        "UPDATE `books` SET `title` = {case}, `version` = (`books`.`version` + ?) WHERE `books`.`id` IN (?, ?, ?, ?) AND `books`.`version` = {case}"
    );
    assert_eq!(text(Dialect::MySql), expected);
    assert_eq!(text(Dialect::MariaDb), expected);
    assert_eq!(text(Dialect::Sqlite), expected.replace('`', "\""));
}
