//! SQL of the user's own.

use orm_core::assert_statements;
use orm_core::prelude::*;
use orm_core::testing::Capture;
use tests::book::{Product, prepare};

use super::on_all;

/// Two fields of one type, which must not swap.
#[derive(Debug, PartialEq, FromRow)]
struct Pair {
    name: String,
    category: String,
}

on_all! {
    async fn rows_of_a_model_in_any_order_of_columns(db) {
        prepare(db).await?;
        let built = Product::query().order_by(Product::id).all(db).await?;
        let raw = Product::sql(
            "SELECT stock, category, 1 AS more, added_on, price, name, id FROM products WHERE price > {min} ORDER BY id",
            params! { min: 0.0 },
        )
        .all(db)
        .await?;
        assert_eq!(raw, built);
        assert_eq!(Product::sql("SELECT * FROM products ORDER BY id", params! {}).all(db).await?, built);
        let mut rows = Product::sql("SELECT * FROM products ORDER BY id", params! {}).stream(db);
        assert_eq!(rows.next().await.expect("a row")?, built[0]);
        drop(rows);
        let e = Product::sql("SELECT id, name FROM products", params! {}).all(db).await.unwrap_err();
        assert_eq!(e.kind(), ErrorKind::Decode);
        assert!(e.to_string().contains("`category`"), "{e}");
        let one = Product::sql("SELECT * FROM products WHERE name = {name}", params! { name: "Lamp" }).one(db).await?;
        assert_eq!(one.name, "Lamp");
    }

    async fn tuples_by_position_and_structs_by_name(db) {
        prepare(db).await?;
        let rows: Vec<(String, i32)> =
            sql("SELECT name, stock FROM products WHERE stock < {n} AND stock <> {n} ORDER BY stock")
                .params(params! { n: 900 })
                .all_as(db)
                .await?;
        assert_eq!(rows, [("Desk".into(), 1), ("Lamp".into(), 4)]);
        let pairs: Vec<Pair> = sql("SELECT category, name FROM products WHERE stock = 4").all_as(db).await?;
        assert_eq!(pairs, [Pair { name: "Lamp".into(), category: "home".into() }]);
        let e = sql("SELECT 1, 2").all_as::<(i64,)>(db).await.unwrap_err();
        assert!(e.kind() == ErrorKind::Decode && e.to_string().contains("has 2 columns, and 1 are read"), "{e}");
        assert_eq!(sql("UPDATE products SET stock = 0").exec(db).await?, 3);
    }

    async fn fields_of_one_type_never_swap(db) {
        prepare(db).await?;
        let query = || Product::query().filter(Product::stock.eq(4));
        let right: Vec<Pair> = query().select_as((Product::name, Product::category)).all(db).await?;
        assert_eq!(right[0].name, "Lamp");
        let e = assert_statements!(db, {
            query().select_as::<Pair>((Product::category, Product::name)).all(db).await.unwrap_err()
        }, []);
        assert!(e.to_string().contains("`category` into the field `name`"), "{e}");
        let meant: Vec<Pair> = query()
            .select_as((Product::category.named("name"), Product::name.named("category")))
            .all(db)
            .await?;
        assert_eq!(meant[0].name, "home");
        let e = query().select_as::<Pair>(Product::name).all(db).await.unwrap_err();
        assert!(e.to_string().contains("1 columns and the struct has 2 fields"), "{e}");
    }

    async fn names_that_do_not_agree_are_told(db) {
        assert_statements!(db, {
            for (text, what) in [
                ("SELECT {a}", "`{a}`"),
                ("SELECT 1", "`b` stands nowhere"),
                ("SELECT {b", "must end with `}`"),
                ("SELECT {}", "needs a name"),
                ("SELECT {b} }", "a lone `}`"),
            ] {
                let e = sql(text).params(params! { b: 1 }).exec(db).await.unwrap_err();
                assert_eq!(e.kind(), ErrorKind::Invalid, "{text}");
                assert!(e.to_string().contains(what), "{text}: {e}");
            }
            let e = sql("SELECT 1 \0").exec(db).await.unwrap_err();
            assert_eq!(e.kind(), ErrorKind::Invalid);
        }, []);
        let braces: Vec<(String,)> = sql("SELECT '{{}}'").all_as(db).await?;
        assert_eq!(braces[0].0, "{}");
    }

    async fn values_are_never_text(db) {
        prepare(db).await?;
        for evil in ["' OR 1=1 --", "\\' OR 1=1 #", "\"; DROP TABLE products; --", "{min}", "$1", "?"] {
            let found: Vec<(i64,)> = sql("SELECT COUNT(*) FROM products WHERE name = {name}")
                .params(params! { name: evil })
                .all_as(db)
                .await?;
            assert_eq!(found[0].0, 0);
            let name = format!("{evil}x");
            let day = NaiveDate::from_ymd_opt(2026, 1, 1).unwrap();
            let stored = Product::insert(Product::draft(name.as_str(), evil, 1.0, 1, day)).one(db).await?;
            assert_eq!((stored.name, stored.category.as_str()), (name, evil));
        }
        assert_eq!(Product::query().count(db).await?, 9);
    }

    async fn typed_holes(db) {
        prepare(db).await?;
        let long = Product::query()
            .filter(sql!("length({name}) > {n}", name = Product::name, n = 3))
            .order_by(Product::name)
            .select(sql!(i64: "length({name}) + {more}", name = Product::name, more = 1_i64))
            .all(db)
            .await?;
        assert_eq!(long, [5, 5]);
    }

    async fn lists_after_in(db) {
        prepare(db).await?;
        let found = async |text: &'static str, list: Vec<&str>| -> Result<Vec<(String,)>> {
            let list: Vec<String> = list.into_iter().map(str::to_owned).collect();
            sql(text).params(params! { list: list }).all_as(db).await
        };
        let within = "SELECT name FROM products WHERE name IN ({list}) ORDER BY id";
        let without = "SELECT name FROM products WHERE name NOT in ( {list} ) ORDER BY id";
        assert_eq!(found(within, vec!["Pen", "Lamp", "x"]).await?, [("Lamp".into(),), ("Pen".into(),)]);
        assert_eq!(found(without, vec!["Pen", "Lamp"]).await?, [("Desk".into(),)]);
        assert_eq!(found(within, vec![]).await?, []);
        assert_eq!(found(without, vec![]).await?.len(), 3);
    }

    /// A number of parameters that is not the text's could leave a connection waiting for ever: it is told before.
    async fn a_hole_with_a_placeholder_of_its_own(db) {
        prepare(db).await?;
        let capture = Capture::attach(db);
        let found = Product::query().filter(sql!("{price} > ? OR 1 = $7", price = Product::price)).all(db).await;
        let e = found.expect_err("no parameter stands for it");
        if db.dialect() != Dialect::Sqlite {
            assert_eq!(e.kind(), ErrorKind::Invalid, "{e}");
            assert!(e.to_string().contains("parameters"), "{e}");
            assert_eq!(capture.take(), Vec::<String>::new(), "{e}");
        }
        assert_eq!(Product::query().count(db).await?, 3);
    }

    async fn the_same_text_with_other_types(db) {
        for _ in 0..3 {
            let a: Vec<(i32,)> = sql("SELECT {x}").params(params! { x: 1_i32 }).all_as(db).await?;
            let b: Vec<(i64,)> = sql("SELECT {x}").params(params! { x: 5_000_000_000_i64 }).all_as(db).await?;
            let c: Vec<(String,)> = sql("SELECT {x}").params(params! { x: "text" }).all_as(db).await?;
            assert_eq!((a[0].0, b[0].0, c[0].0.as_str()), (1, 5_000_000_000, "text"));
        }
    }
}
