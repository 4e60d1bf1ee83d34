//! Queries over one model: results and statements.

use orm_core::assert_statements;
use orm_core::prelude::*;
use tests::book::{Account, Author, Book, Product, Rating, Review, prepare};

use super::on_all;

on_all! {
    async fn empty_lists_and_absent_filters(db) {
        prepare(db).await?;
        let none: [i32; 0] = [];
        assert_eq!(Book::query().filter(Book::published_year.is_in(none)).count(db).await?, 0);
        assert_eq!(Book::query().filter(Book::published_year.not_in(none)).count(db).await?, 3);
        assert_eq!(Book::query().filter(None::<Expr<Book, bool>>).count(db).await?, 3);
        assert_eq!(Book::query().filter(Filter::all(Vec::<Expr<Book, bool>>::new())).count(db).await?, 3);
        assert_eq!(Book::query().filter(Filter::any(Vec::<Expr<Book, bool>>::new())).count(db).await?, 0);
        assert_eq!(Author::query().filter(Author::bio.eq(None)).count(db).await?, 1);
        assert_eq!(Author::query().filter(Author::bio.ne(None)).count(db).await?, 0);
    }

    async fn nulls_are_neither_equal_nor_unequal_but_may_be_distinct(db) {
        prepare(db).await?;
        let author = Author::query().one(db).await?;
        Book::insert(Book::draft("Undated", author.id)).exec(db).await?;
        assert_eq!(Book::query().filter(Book::published_year.ne(1815)).count(db).await?, 2);
        assert_eq!(Book::query().filter(Book::published_year.is_distinct_from(1815)).count(db).await?, 3);
        assert_eq!(Book::query().filter(Book::published_year.is_not_distinct_from(None)).count(db).await?, 1);
        assert_eq!(Book::query().filter(Book::published_year.is_null()).count(db).await?, 1);
        assert_eq!(Book::query().filter(!Book::published_year.is_null()).count(db).await?, 3);
    }

    async fn text_of_a_user_matches_literally(db) {
        prepare(db).await?;
        let author = Author::query().one(db).await?;
        let titles = ["50%_\\", "50xy\\", "a*b?c[d]", "axbyc", "!bang", "Straße", "STRASSE", "École", "e\u{301}cole"];
        Book::insert(titles.map(|t| Book::draft(t, author.id))).exec(db).await?;
        for title in titles {
            for (filter, how) in [
                (Book::title.contains(title), "contains"),
                (Book::title.starts_with(title), "starts_with"),
                (Book::title.ends_with(title), "ends_with"),
                (Book::title.eq(title), "eq"),
            ] {
                let found = Book::query().filter(filter).all(db).await?;
                assert_eq!(found.iter().map(|b| b.title.as_str()).collect::<Vec<_>>(), [title], "{how}");
            }
        }
        let titles = |filter: Expr<Book, bool>| async {
            let found = Book::query().filter(filter).order_by(Book::id).all(db).await?;
            Ok::<_, Error>(found.into_iter().map(|b| b.title).collect::<Vec<_>>())
        };
        assert_eq!(titles(Book::title.like("50%!%_%")).await?, ["50%_\\"]);
        assert_eq!(titles(Book::title.icontains("É")).await?, ["École"]);
        assert_eq!(titles(Book::title.icontains("strasse")).await?, ["STRASSE"]);
        assert_eq!(titles(Book::title.istarts_with("straß")).await?, ["Straße"]);
        assert_eq!(titles(Book::title.iends_with("BYC")).await?, ["axbyc"]);
        assert_eq!(titles(!Book::title.contains("a")).await?.len(), 5);
    }

    async fn text_compares_exactly(db) {
        prepare(db).await?;
        for name in ["straße", "STRASSE", "strasse", "e", "é", "E", "blank", "blank ", "Jane austen"] {
            Author::insert(Author::draft(name)).exec(db).await?;
        }
        for name in ["straße", "STRASSE", "e", "é", "E", "blank", "blank "] {
            assert_eq!(Author::query().filter(Author::name.eq(name)).count(db).await?, 1, "{name:?}");
        }
        assert_eq!(Author::query().filter(Author::name.is_in(["E", "É", "blank"])).count(db).await?, 2);
    }

    async fn by_key(db) {
        prepare(db).await?;
        let account = assert_statements!(db, { Account::find(1).one(db).await? },
            sqlite: [r#"SELECT "accounts"."id", "accounts"."owner", "accounts"."balance" FROM "accounts" WHERE "accounts"."id" = ?"#],
            postgres: [r#"SELECT "accounts"."id", "accounts"."owner", "accounts"."balance" FROM "accounts" WHERE "accounts"."id" = $1"#],
            mysql: ["SELECT `accounts`.`id`, `accounts`.`owner`, `accounts`.`balance` FROM `accounts` WHERE `accounts`.`id` = ?"],
        );
        assert_eq!(account.owner, "a");
        assert_eq!(Account::find(account.id).optional(db).await?.map(|a| a.owner), Some("a".into()));
        let e = Account::find(77).one(db).await.unwrap_err();
        assert!(e.is_not_found());
        assert_eq!((e.table(), e.key()), (Some("accounts"), Some("77")));
        let e = assert_statements!(db, { Account::find(Id::new()).one(db).await.unwrap_err() }, []);
        assert!(e.to_string().contains("s.saved(id)"), "{e}");
        let e = Account::query().one(db).await.unwrap_err();
        assert_eq!(e.kind(), ErrorKind::MoreThanOne);
        assert_eq!(Account::find_by(Account::owner, "b").one(db).await?.balance, 0);
    }

    async fn order_puts_nulls_where_it_is_told(db) {
        prepare(db).await?;
        let author = Author::query().one(db).await?;
        Book::insert(Book::draft("Undated", author.id)).exec(db).await?;
        for (order, expected) in [
            (Book::published_year.asc().nulls_first(), [None, Some(1815), Some(1817), Some(1925)]),
            (Book::published_year.asc().nulls_last(), [Some(1815), Some(1817), Some(1925), None]),
            (Book::published_year.desc().nulls_first(), [None, Some(1925), Some(1817), Some(1815)]),
            (Book::published_year.desc().nulls_last(), [Some(1925), Some(1817), Some(1815), None]),
        ] {
            let years: Vec<Option<i32>> = Book::query().order_by(order).select(Book::published_year).all(db).await?;
            assert_eq!(years, expected);
        }
    }

    async fn a_condition_as_a_value(db) {
        prepare(db).await?;
        let austen = tests::book::Author::query().one(db).await?.id;
        Book::insert(Book::draft("Letters", austen)).exec(db).await?;
        let late = || case().when(Book::published_year.gt(1900), true).otherwise(false);
        let values = Book::query().order_by(Book::title).select((Book::title, late())).all(db).await?;
        assert_eq!(values.iter().map(|(_, late)| *late).collect::<Vec<_>>(), [false, false, false, true]);
        assert_eq!(Book::query().filter(late()).count(db).await?, 1);
    }

    async fn plans_with_what_they_took(db) {
        prepare(db).await?;
        let query = Product::query().filter(Product::stock.gt(1));
        let capture = orm_core::testing::Capture::attach(db);
        match db.dialect() {
            Dialect::Sqlite => {
                let e = query.explain_analyze(db).await.expect_err("there is none");
                assert_eq!(e.kind(), ErrorKind::Unsupported);
                assert_eq!(capture.take(), Vec::<String>::new());
            }
            Dialect::Postgres => assert!(query.explain_analyze(db).await?.contains("actual time")),
            _ => assert!(!query.select(Product::name).explain_analyze(db).await?.is_empty()),
        }
    }

    async fn counts_and_pages_of_what_is_selected(db) {
        prepare(db).await?;
        let groups = || Product::query().group_by(Product::category).select((Product::category, Product::stock.sum()));
        assert_eq!(groups().count(db).await?, 2);
        assert_eq!(groups().having(Product::stock.sum().gt(100)).count(db).await?, 1);
        assert_eq!(Product::query().select(Product::category).count(db).await?, 3);
        assert_eq!(Product::query().select(Product::category).distinct().count(db).await?, 2);
        assert_eq!(Product::query().select(Product::stock.max()).count(db).await?, 1);
        assert_eq!(Product::query().order_by(Product::id).limit(2).select(Product::name).count(db).await?, 2);
        assert!(!groups().having(Product::stock.sum().gt(1000)).exists(db).await?);
        let page = groups().order_by(Product::category).page(2, 1, db).await?;
        assert_eq!((page.total, page.pages(), page.items), (2, 2, vec![("office".to_owned(), Some(900))]));
        let joined = Product::query()
            .join::<tests::book::Promotion>(|p, promo| {
                promo.get(tests::book::Promotion::category).eq(p.get(Product::category))
            })
            .select(|p, promo| (p.get(Product::name), promo.get(tests::book::Promotion::percent)));
        assert_eq!(joined.count(db).await?, 2);
        let e = groups().page(0, 1, db).await.expect_err("no page");
        assert_eq!(e.kind(), ErrorKind::Invalid);
    }

    async fn an_output_that_is_not_there_is_refused(db) {
        prepare(db).await?;
        let capture = orm_core::testing::Capture::attach(db);
        let prices = || Product::query().select((Product::name, (Product::price * 2.0).named("twice")));
        let e = prices().order_by(output("twcie")).limit(1).all(db).await.expect_err("a slip");
        assert_eq!(e.kind(), ErrorKind::Invalid);
        assert!(e.to_string().contains("it has name, twice"), "{e}");
        let words = || Product::query().select(Product::name).union(Book::query().select(Book::title));
        let e = words().order_by(output("title")).all(db).await.expect_err("of the second");
        assert!(e.to_string().contains("it has name"), "{e}");
        let e = Product::query().order_by(Product::name).select(count_all()).all(db).await.expect_err("of no row");
        assert!(e.to_string().contains("stands beside an aggregate"), "{e}");
        assert_eq!(capture.take(), Vec::<String>::new());
        assert_eq!(prices().order_by((output("name"), output("twice"))).all(db).await?.len(), 3);
        assert_eq!(words().order_by(output("name")).count(db).await?, 6);
    }

    /// What is computed compares as exactly as a column does.
    async fn computed_text_compares_exactly(db) {
        prepare(db).await?;
        let size = || case().when(Product::stock.gt(3), "many").otherwise("few");
        assert_eq!(Product::query().filter(size().eq("MANY")).count(db).await?, 0);
        assert_eq!(Product::query().filter(size().eq("many")).count(db).await?, 2);
        assert_eq!(Product::query().filter(size().eq("many ")).count(db).await?, 0);
        let letters = || case().when(Product::stock.gt(8), "a").when(Product::stock.gt(3), "A").otherwise("a ");
        assert_eq!(Product::query().group_by(letters()).select(count_all()).all(db).await?, [1, 1, 1]);
        let mut three = Product::query().distinct().order_by(letters()).select(letters()).all(db).await?;
        three.sort_unstable();
        assert_eq!(three, ["A", "a", "a "]);
        let stock = || Product::stock.cast::<String>().concat("a");
        assert_eq!(Product::query().filter(stock().eq("4A")).count(db).await?, 0);
        assert_eq!(Product::query().filter(stock().eq("4a")).count(db).await?, 1);
        assert_eq!(Product::query().filter(literal("Ä").eq(literal("A"))).count(db).await?, 0);
    }

    async fn only_the_columns_of_a_struct(db) {
        #[derive(Debug, PartialEq, FromRow)]
        struct Line {
            price: f64,
            name: String,
        }
        #[derive(Debug, FromRow)]
        struct Wrong {
            #[allow(dead_code)]
            weight: f64,
        }
        prepare(db).await?;
        let capture = orm_core::testing::Capture::attach(db);
        let lines = Product::query().filter(Product::stock.gt(5)).select_only::<Line>().all(db).await?;
        assert_eq!(lines, [Line { price: 1.2, name: "Pen".into() }]);
        assert!(!capture.take()[0].contains("category"));
        let e = Product::query().select_only::<Wrong>().all(db).await.expect_err("no such column");
        assert!(e.to_string().contains("`Product` has no column `weight`"), "{e}");
        #[derive(Debug, FromRow)]
        struct OtherTypes {
            #[allow(dead_code)]
            name: String,
            #[allow(dead_code)]
            stock: String,
        }
        #[derive(Debug, FromRow)]
        struct NeverNull {
            #[allow(dead_code)]
            published_year: i64,
        }
        #[derive(Debug, PartialEq, FromRow)]
        struct Wider {
            stock: i64,
            id: Option<Id<Product>>,
        }
        let e = Product::query().filter(Product::id.eq(99)).select_only::<OtherTypes>().all(db).await.expect_err("types");
        assert!(e.to_string().contains("`Product::stock` is of type I32"), "{e}");
        let e = Book::query().select_only::<NeverNull>().all(db).await.expect_err("NULL");
        assert!(e.to_string().contains("may be NULL"), "{e}");
        let e = Product::query().select_only::<(f64,)>().all(db).await.expect_err("no names");
        assert!(e.to_string().contains("named fields"), "{e}");
        assert_eq!(capture.take(), Vec::<String>::new());
        let wider = Product::query().filter(Product::name.eq("Pen")).select_only::<Wider>().one(db).await?;
        assert_eq!(wider, Wider { stock: 900, id: Some(Product::find_by(Product::name, "Pen").one(db).await?.id) });
    }

    async fn limits_pages_and_counts(db) {
        prepare(db).await?;
        let titles = |q: Query<Book>| async {
            Ok::<_, Error>(q.all(db).await?.into_iter().map(|b| b.title).collect::<Vec<_>>())
        };
        let by_title = || Book::query().order_by(Book::title);
        assert_eq!(titles(by_title().limit(2)).await?, ["Emma", "Persuasion"]);
        assert_eq!(titles(by_title().limit(None::<u64>).offset(1)).await?, ["Persuasion", "Sanditon"]);
        assert_eq!(titles(by_title().limit(1).offset(2)).await?, ["Sanditon"]);
        assert_eq!(by_title().limit(2).count(db).await?, 2);
        let e = assert_statements!(db, { by_title().limit(-1).all(db).await.unwrap_err() }, []);
        assert_eq!(e.kind(), ErrorKind::Invalid);
        let page = by_title().page(2, 2, db).await?;
        assert_eq!((page.total, page.pages(), page.has_next(), page.items.len()), (3, 2, false, 1));
        assert!(by_title().page(0, 2, db).await.is_err());
        assert!(Book::query().filter(Book::title.eq("Emma")).exists(db).await?);
        assert!(!Book::query().filter(Book::title.eq("Nobody")).exists(db).await?);
        assert_eq!(by_title().first(db).await?.map(|b| b.title), Some("Emma".into()));
    }

    async fn arithmetic_and_its_types(db) {
        prepare(db).await?;
        let (worth, half, less): (f64, i32, i32) = Product::query()
            .filter(Product::name.eq("Lamp"))
            .select((Product::price * Product::stock, Product::stock / 3, -(Product::stock - 1)))
            .one(db)
            .await?;
        assert_eq!((worth, half, less), (158.0, 1, -3));
        let age: Vec<Option<i32>> =
            Book::query().order_by(Book::id).select(2000 - Book::published_year).all(db).await?;
        assert_eq!(age, [Some(185), Some(183), Some(75)]);
    }

    async fn aggregates(db) {
        prepare(db).await?;
        let by_category = Product::query()
            .group_by(Product::category)
            .select((
                Product::category,
                count_all(),
                Product::stock.sum(),
                Product::price.avg(),
                Product::price.max(),
            ))
            .order_by(Product::category)
            .all(db)
            .await?;
        assert_eq!(
            by_category,
            [
                ("home".into(), 2, Some(5), Some(144.25), Some(249.0)),
                ("office".into(), 1, Some(900), Some(1.2), Some(1.2)),
            ]
        );
        let nothing: (Option<i64>, i64) = Product::query()
            .filter(Product::stock.gt(10_000))
            .select((Product::stock.sum(), Product::name.count_distinct()))
            .one(db)
            .await?;
        assert_eq!(nothing, (None, 0));
        let large: Vec<String> = Product::query()
            .group_by(Product::category)
            .having(Product::stock.sum().gt(100))
            .select(Product::category)
            .all(db)
            .await?;
        assert_eq!(large, ["office"]);
    }

    async fn a_column_beside_an_aggregate_is_refused(db) {
        prepare(db).await?;
        let e = assert_statements!(db, {
            Product::query().select((Product::name, count_all())).all(db).await.unwrap_err()
        }, []);
        assert!(e.to_string().contains(".group_by(Product::name)"), "{e}");
        let e = assert_statements!(db, {
            Product::query().select(Product::price.sum() * Product::price).all(db).await.unwrap_err()
        }, []);
        assert_eq!(e.kind(), ErrorKind::Invalid);
        let all: (i64, Option<f64>) = Product::query().select((count_all(), Product::price.max())).one(db).await?;
        assert_eq!(all, (3, Some(249.0)));
    }

    async fn parameters_in_groups(db) {
        prepare(db).await?;
        let decades: Vec<(i32, i64)> = Book::query()
            .group_by(Book::published_year.coalesce(0) / 10)
            .select((Book::published_year.coalesce(0) / 10, count_all()))
            .order_by((Book::published_year.coalesce(0) / 10).asc())
            .all(db)
            .await?;
        assert_eq!(decades, [(181, 2), (192, 1)]);
    }

    async fn enums_as_values(db) {
        prepare(db).await?;
        let book = Book::query().first(db).await?.expect("a book");
        Review::insert([
            Review { content: None, ..Review::draft(book.id, "x", Rating::Good) },
            Review { content: Some("hm".into()), ..Review::draft(book.id, "y", Rating::Poor) },
        ])
        .exec(db)
        .await?;
        let good = Review::query().filter(Review::rating.is_in([Rating::Good, Rating::Fair])).all(db).await?;
        assert_eq!(good.len(), 1);
        assert_eq!(good[0].rating, Rating::Good);
    }

    async fn streams_give_every_row_and_can_be_dropped(db) {
        prepare(db).await?;
        let day = NaiveDate::from_ymd_opt(2026, 1, 1).unwrap();
        let many: Vec<Product> =
            (0..2000).map(|n| Product::draft(format!("p{n:05}"), "many", 1.0, n, day)).collect();
        Product::insert(&many).exec(db).await?;
        let mut rows = Product::query().filter(Product::category.eq("many")).order_by(Product::name).stream(db);
        let mut n = 0;
        while let Some(row) = rows.next().await {
            assert_eq!(row?.stock, n);
            n += 1;
        }
        assert_eq!(n, 2000);
        drop(rows);
        let mut rows = Product::query().stream(db);
        assert!(rows.next().await.expect("a row").is_ok());
        drop(rows);
        assert_eq!(Product::query().count(db).await?, 2003);
    }

    async fn a_condition_is_a_value_beside_operators(db) {
        prepare(db).await?;
        let author = Author::query().one(db).await?;
        Book::insert(Book::draft("Undated", author.id)).exec(db).await?;
        let titles = |filter: Expr<Book, bool>| async {
            let found = Book::query().filter(filter).order_by(Book::id).all(db).await?;
            Ok::<_, Error>(found.into_iter().map(|b| b.title).collect::<Vec<_>>())
        };
        // Each of these was read as `NOT ((a) IS NULL)`, `a = b = c` and the like.
        assert_eq!(titles((!Book::published_year.gt(1815)).is_null()).await?, ["Undated"]);
        assert_eq!(titles(Book::published_year.gt(1815).is_distinct_from(true)).await?, ["Emma", "Undated"]);
        assert_eq!(titles(Book::published_year.gt(1815).eq(Book::title.contains("n"))).await?, ["Emma", "Persuasion", "Sanditon"]);
        assert_eq!(titles(Book::published_year.is_null().is_in([true])).await?, ["Undated"]);
        assert_eq!(titles((!Book::published_year.is_null()).eq(false)).await?, ["Undated"]);
        let last: Vec<String> = Book::query()
            .order_by((Book::published_year.gt(1815).asc().nulls_last(), Book::id.desc()))
            .select(Book::title)
            .all(db)
            .await?;
        assert_eq!(last, ["Emma", "Sanditon", "Persuasion", "Undated"]);
    }

    async fn existence_and_counts_see_limits_and_groups(db) {
        prepare(db).await?;
        let all = || Product::query();
        assert!(all().limit(1).offset(2).exists(db).await?);
        assert!(!all().offset(3).exists(db).await?);
        assert!(!all().limit(0).exists(db).await?);
        assert_eq!(all().group_by(Product::category).count(db).await?, 2);
        assert_eq!(all().group_by(Product::category).having(count_all().gt(1)).count(db).await?, 1);
        let any = Filter::any(Vec::<Expr<Product, bool>>::new());
        assert_eq!(all().order_by((any.desc(), Product::name.asc())).first(db).await?.expect("a product").name, "Desk");
    }

    async fn an_aggregate_beside_single_rows_is_refused(db) {
        prepare(db).await?;
        let filtered = || Product::query().filter(Product::stock.sum().gt(3));
        let e = assert_statements!(db, { filtered().all(db).await.unwrap_err() }, []);
        assert_eq!(e.kind(), ErrorKind::Invalid);
        assert!(e.to_string().contains(".having(..)"), "{e}");
        let e = assert_statements!(db, { filtered().count(db).await.unwrap_err() }, []);
        assert_eq!(e.kind(), ErrorKind::Invalid);
        let e = assert_statements!(db, {
            Product::query().group_by(Product::stock.max()).select(count_all()).all(db).await.unwrap_err()
        }, []);
        assert_eq!(e.kind(), ErrorKind::Invalid);
        let e = assert_statements!(db, { Product::delete().filter(count_all().gt(3)).exec(db).await.unwrap_err() }, []);
        assert_eq!(e.kind(), ErrorKind::Invalid);
        let e = assert_statements!(db, {
            Product::update().set(Product::stock, 0).filter(Product::price.avg().gt(3.0)).exec(db).await.unwrap_err()
        }, []);
        assert_eq!(e.kind(), ErrorKind::Invalid);
    }

    async fn distinct_rows_of_a_computation(db) {
        prepare(db).await?;
        let bios: Vec<String> = Author::query()
            .select(Author::bio.coalesce("none"))
            .distinct()
            .order_by(Author::bio.coalesce("none").asc())
            .all(db)
            .await?;
        assert_eq!(bios, ["none"]);
        Author::insert([
            Author { bio: Some("a".into()), ..Author::draft("A") },
            Author { bio: Some("a ".into()), ..Author::draft("B") },
            Author { bio: Some("A".into()), ..Author::draft("C") },
        ])
        .exec(db)
        .await?;
        let counted: Vec<(String, i64)> = Author::query()
            .group_by(Author::bio.coalesce("none"))
            .select((Author::bio.coalesce("none"), count_all()))
            .order_by(Author::bio.coalesce("none").desc())
            .all(db)
            .await?;
        assert_eq!(counted, [("none".into(), 1), ("a ".into(), 1), ("a".into(), 1), ("A".into(), 1)]);
    }

    async fn letters_change_case_one_by_one(db) {
        prepare(db).await?;
        for name in ["ΣΑΣ", "Straße", "İ"] {
            Author::insert(Author::draft(name)).exec(db).await?;
        }
        let both: Vec<(String, String)> = Author::query()
            .filter(Author::name.is_in(["ΣΑΣ", "Straße", "İ"]))
            .order_by(Author::id)
            .select((Author::name.lower(), Author::name.upper()))
            .all(db)
            .await?;
        let expected = [("σασ", "ΣΑΣ"), ("straße", "STRAßE"), ("i", "İ")];
        assert_eq!(both, expected.map(|(lower, upper)| (lower.to_owned(), upper.to_owned())));
        assert_eq!(Author::query().filter(Author::name.icontains("ας")).count(db).await?, 0);
        assert_eq!(Author::query().filter(Author::name.like("İ!")).count(db).await?, 0);
    }

    async fn plans_are_text(db) {
        prepare(db).await?;
        let plan = Product::query().filter(Product::name.eq("Lamp")).explain(db).await?;
        assert!(plan.to_lowercase().contains("products"), "{plan}");
    }
}

use orm_core::query::Query;
