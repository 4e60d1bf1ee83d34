//! Queries with a name, also recursive ones.

use orm_core::prelude::*;
use orm_core::testing::Capture;
use tests::book::{Book, Category, Product, Sale, prepare};

use super::on_all;
use crate::scopes::Note;
use crate::sets::{Coin, Grain};

/// The categories below one another.
#[derive(Debug, Clone, PartialEq, Cte)]
#[orm(table = "tree")]
pub struct Tree {
    pub id: Id<Category>,
    pub depth: i32,
    pub path: String,
}

#[derive(Debug, Clone, PartialEq, Cte)]
#[orm(table = "numbers")]
pub struct Number {
    pub n: i64,
}

/// Products by their place in their category.
#[derive(Debug, Clone, PartialEq, Cte)]
#[orm(table = "places")]
pub struct Place {
    pub product_id: Id<Product>,
    pub category: String,
    pub place: i64,
}

#[derive(Debug, Clone, PartialEq, Cte)]
#[orm(table = "firsts")]
pub struct First {
    pub category: String,
    pub product_id: Id<Product>,
}

/// Decimals of more digits than those of coins and grains.
#[derive(Debug, Clone, Cte)]
#[orm(table = "amounts")]
pub struct Amount {
    #[orm(precision = 14, scale = 6)]
    pub amount: Decimal,
}

/// Ways from one place to another.
#[derive(Debug, Clone, Model)]
#[orm(table = "ways", primary_key(a, b))]
pub struct Way {
    pub a: i64,
    pub b: i64,
}

#[derive(Debug, Clone, PartialEq, Cte)]
#[orm(table = "reached")]
pub struct Reached {
    pub n: i64,
}

#[derive(Debug, Clone, Cte)]
#[orm(table = "grown")]
struct Grown {
    depth: i32,
    text: String,
}

/// Rows of sales that went.
#[derive(Debug, Clone, Cte)]
#[orm(table = "moved")]
struct Moved {
    product_id: Id<Product>,
    quantity: i32,
}

#[derive(Debug, Clone, Cte)]
#[orm(table = "raised")]
struct Raised {
    category: String,
    stock: i32,
}

#[derive(Debug, Clone, Cte)]
#[orm(table = "kept_notes")]
pub struct KeptNote {
    pub text: String,
}

pub fn tree() -> orm_core::query::Cte<Tree, (Id<Category>, i32, String)> {
    cte(
        (Tree::id, Tree::depth, Tree::path),
        Category::query().filter(Category::parent_id.is_null()).select((
            Category::id,
            literal(0),
            Category::name,
        )),
    )
    .recursive(
        Category::query()
            .join::<Tree>(|category, tree| category.get(Category::parent_id).eq(tree.get(Tree::id)))
            .select(|category, tree| {
                let path = tree
                    .get(Tree::path)
                    .concat("/")
                    .concat(category.get(Category::name));
                (category.get(Category::id), tree.get(Tree::depth) + 1, path)
            }),
    )
}

pub fn places() -> orm_core::query::Cte<Place, (Id<Product>, String, i64)> {
    let place = row_number().over(
        window()
            .partition_by(Product::category)
            .order_by(Product::price.desc()),
    );
    cte(
        (Place::product_id, Place::category, Place::place),
        Product::query().select((Product::id, Product::category, place)),
    )
}

on_all! {
    async fn a_whole_tree(db) {
        prepare(db).await?;
        let add = async |name: &str, parent: Option<Id<Category>>| -> Result<Id<Category>> {
            let category = Category { parent_id: parent, ..Category::draft(name) };
            Ok(Category::insert(category).one(db).await?.id)
        };
        let home = add("home", None).await?;
        let kitchen = add("kitchen", Some(home)).await?;
        add("pots", Some(kitchen)).await?;
        add("bed", Some(home)).await?;
        add("office", None).await?;
        let rows = tree().query().order_by(Tree::path).all(db).await?;
        let shown: Vec<(i32, &str)> = rows.iter().map(|row| (row.depth, row.path.as_str())).collect();
        assert_eq!(
            shown,
            [(0, "home"), (1, "home/bed"), (1, "home/kitchen"), (2, "home/kitchen/pots"), (0, "office")]
        );
        // Used beside a table, in a subquery, counted, and to write.
        let deep = Category::query()
            .join::<Tree>(|category, tree| category.get(Category::id).eq(tree.get(Tree::id)))
            .with_cte(tree())
            .filter(|_, tree| tree.get(Tree::depth).ge(1))
            .order_by(|_, tree| tree.get(Tree::path))
            .select(|category, _| category.get(Category::name))
            .all(db)
            .await?;
        assert_eq!(deep, ["bed", "kitchen", "pots"]);
        assert_eq!(tree().query().filter(Tree::depth.eq(0)).count(db).await?, 2);
        assert!(tree().query().exists(db).await?);
        assert_eq!(tree().query().select(Tree::depth.max()).one(db).await?, Some(2));
        let below = tree().query().filter(Tree::path.starts_with("home/")).select(Tree::id);
        assert_eq!(Category::query().filter(Category::id.in_subquery(below.clone())).count(db).await?, 3);
        let named = Category::update().set(Category::name, "x").filter(Category::id.in_subquery(below));
        assert_eq!(named.exec(db).await?, 3);
        // A circle ends where the depth is bounded.
        Category::update().set(Category::parent_id, kitchen).filter(Category::id.eq(home)).exec(db).await?;
        let circle = cte(
            (Tree::id, Tree::depth, Tree::path),
            Category::find(home).select((Category::id, literal(0), literal(""))),
        )
        .recursive(
            Category::query()
                .join::<Tree>(|category, tree| category.get(Category::parent_id).eq(tree.get(Tree::id)))
                .filter(|_, tree| tree.get(Tree::depth).lt(4))
                .select(|category, tree| (category.get(Category::id), tree.get(Tree::depth) + 1, tree.get(Tree::path))),
        );
        assert_eq!(circle.query().select(Tree::depth.max()).one(db).await?, Some(4));
    }

    async fn numbers_and_long_texts(db) {
        prepare(db).await?;
        let until = |most: i64| {
            cte(Number::n, Product::find(1).select(literal(1_i64)))
                .recursive(Number::query().filter(Number::n.lt(most)).select(Number::n + 1))
        };
        assert_eq!(until(200).query().select(Number::n.sum()).one(db).await?, Some(20_100));
        // A text may become longer than the first one could be.
        let grown = cte(
            (Tree::id, Tree::depth, Tree::path),
            Category::query().select((Category::id, literal(0), literal("x"))),
        );
        let grown = grown.recursive(
            Tree::query().filter(Tree::depth.lt(60)).select((Tree::id, Tree::depth + 1, Tree::path.concat("0123456789"))),
        );
        Category::insert(Category { parent_id: None, ..Category::draft("a") }).exec(db).await?;
        let longest = grown.query().order_by(Tree::depth.desc()).first(db).await?.expect("rows");
        assert_eq!(longest.path.len(), 601);
    }

    async fn a_circle_is_walked_once(db) {
        db.create_all::<Way>().await?;
        Way::insert([(1, 2), (2, 3), (3, 1), (3, 4), (7, 8)].map(|(a, b)| Way::draft(a, b))).exec(db).await?;
        let reached = cte(Reached::n, Way::query().filter(Way::a.eq(1)).select(Way::b)).recursive_distinct(
            Way::query()
                .join::<Reached>(|way, reached| way.get(Way::a).eq(reached.get(Reached::n)))
                .select(|way, _| way.get(Way::b)),
        );
        let found = reached.query().order_by(Reached::n).select(Reached::n).all(db).await?;
        assert_eq!(found, [1, 2, 3, 4]);
    }

    async fn conditions_on_windows(db) {
        prepare(db).await?;
        let first = places().query().filter(Place::place.eq(1)).select(Place::product_id);
        let names = Product::query()
            .filter(Product::id.in_subquery(first))
            .order_by(Product::name)
            .select(Product::name)
            .all(db)
            .await?;
        assert_eq!(names, ["Desk", "Pen"]);
        // One that reads another.
        let firsts = cte(
            (First::category, First::product_id),
            places().query().filter(Place::place.eq(1)).select((Place::category, Place::product_id)),
        );
        let capture = Capture::attach(db);
        let sold = First::query()
            .with_cte(firsts)
            .left_join::<Sale>(|first, sale| sale.get(Sale::product_id).eq(first.get(First::product_id)))
            .filter(|_, sale| sale.get(Sale::id).is_null())
            .order_by(|first, _| first.get(First::category))
            .select(|first, _| first.get(First::category))
            .all(db)
            .await?;
        assert_eq!(sold, ["home", "office"]);
        let sent = capture.take();
        assert_eq!(sent.len(), 1, "{sent:?}");
        assert!(sent[0].starts_with("WITH ") && sent[0].matches(" AS (SELECT").count() == 2, "{sent:?}");
    }

    async fn rows_are_inserted(db) {
        prepare(db).await?;
        let copied = Sale::insert_from(
            (Sale::product_id, Sale::quantity, Sale::sale_price),
            Place::query()
                .with_cte(places())
                .filter(Place::place.eq(1))
                .select((Place::product_id, literal(1), literal(2.5))),
        );
        assert_eq!(copied.exec(db).await?, 2);
        assert_eq!(Sale::query().filter(Sale::sale_price.eq(2.5)).count(db).await?, 2);
    }

    async fn scopes_hold_in_them(db) {
        db.create_all::<Note>().await?;
        Note::insert(["a", "b"].map(Note::draft)).exec(db).await?;
        Note::delete().filter(Note::text.eq("b")).exec(db).await?;
        let kept = cte(KeptNote::text, Note::query().select(Note::text));
        assert_eq!(kept.query().select(KeptNote::text).all(db).await?, ["a"]);
        let all = cte(KeptNote::text, Note::query().with_deleted().select(Note::text));
        assert_eq!(all.query().count(db).await?, 2);
    }

    async fn rows_that_a_statement_writes(db) {
        prepare(db).await?;
        let capture = Capture::attach(db);
        let gone = Sale::delete().filter(Sale::quantity.eq(2)).into_cte(
            (Moved::product_id, Moved::quantity),
            (Sale::product_id, Sale::quantity),
        );
        // Each is a line of its own again.
        let again = Sale::insert_from(
            (Sale::product_id, Sale::quantity, Sale::sale_price),
            gone.query().select((Moved::product_id, Moved::quantity + 40, literal(1.0))),
        );
        if db.dialect() != Dialect::Postgres {
            let e = again.exec(db).await.expect_err("not here");
            assert_eq!(e.kind(), ErrorKind::Unsupported);
            assert!(e.to_string().contains("`returning()`"), "{e}");
            assert_eq!(capture.take(), Vec::<String>::new());
            return Ok(());
        }
        assert_eq!(again.exec(db).await?, 1);
        let mut quantities = Sale::query().select(Sale::quantity).all(db).await?;
        quantities.sort_unstable();
        assert_eq!(quantities, [1, 42]);
        let raised = || {
            Product::update()
                .set(Product::stock, Product::stock + 1)
                .filter(Product::category.eq("home"))
                .into_cte((Raised::category, Raised::stock), (Product::category, Product::stock))
        };
        let sums = raised()
            .query()
            .group_by(Raised::category)
            .select((Raised::category, Raised::stock.sum()))
            .all(db)
            .await?;
        assert_eq!(sums, [("home".to_owned(), Some(7))]);
        assert_eq!(raised().query().count(db).await?, 2);
        assert_eq!(Product::query().filter(Product::category.eq("home")).select(Product::stock.sum()).one(db).await?, Some(9));
        // Only at the outermost query, and never without a filter.
        let inside = Product::query().filter(Product::stock.in_subquery(raised().query().select(Raised::stock)));
        let e = inside.all(db).await.expect_err("inside");
        assert!(e.to_string().contains("outermost"), "{e}");
        let all = Product::delete().into_cte((Raised::category, Raised::stock), (Product::category, Product::stock));
        let e = all.query().all(db).await.expect_err("no filter");
        assert!(e.to_string().contains("all_rows"), "{e}");
        // Scopes hold.
        db.create_all::<Note>().await?;
        Note::insert(["a", "b"].map(Note::draft)).exec(db).await?;
        Note::delete().filter(Note::text.eq("b")).exec(db).await?;
        let marked = Note::delete().all_rows().into_cte(KeptNote::text, Note::text);
        assert_eq!(marked.query().select(KeptNote::text).all(db).await?, ["a"]);
        assert_eq!(Note::query().only_deleted().count(db).await?, 2);
    }

    async fn decimals_have_the_scale_of_their_column(db) {
        db.create_all::<(Coin, Grain)>().await?;
        Coin::insert([Coin::draft(Decimal::new(125, 2)), Coin::draft(Decimal::new(200, 2))]).exec(db).await?;
        Grain::insert([Grain::draft(Decimal::new(12_500, 4)), Grain::draft(Decimal::new(1, 4))]).exec(db).await?;
        let coins = || Coin::query().select(Coin::worth);
        let grains = || Grain::query().select(Grain::weight);
        let sorted = async |amounts: orm_core::query::Cte<Amount, Decimal>| -> Result<Vec<Decimal>> {
            amounts.query().order_by(Amount::amount).select(Amount::amount).all(db).await
        };
        let three = [Decimal::new(1, 4), Decimal::new(125, 2), Decimal::new(2, 0)];
        assert_eq!(sorted(cte(Amount::amount, coins().union(grains()))).await?, three);
        let two = coins().union(grains()).order_by(output("worth").desc()).limit(2);
        assert_eq!(sorted(cte(Amount::amount, two)).await?, three[1..]);
        // The first part does not say how many digits there are.
        let stepped = cte(Amount::amount, coins()).recursive_distinct(
            Grain::query()
                .join::<Amount>(|grain, amount| amount.get(Amount::amount).gt(grain.get(Grain::weight)))
                .select(|grain, _| grain.get(Grain::weight)),
        );
        assert_eq!(sorted(stepped).await?, three);
        // Digits that the column has not are kept where the database has decimals.
        let capture = Capture::attach(db);
        let longer = cte(Amount::amount, Grain::query().select(Grain::weight * Grain::weight)).query().count(db).await;
        if db.dialect() == Dialect::Sqlite {
            let e = longer.expect_err("8 digits");
            assert_eq!(e.kind(), ErrorKind::Unsupported);
            assert!(e.to_string().contains("a decimal of 8 digits"), "{e}");
            assert_eq!(capture.take(), Vec::<String>::new());
        } else {
            assert_eq!(longer?, 2);
        }
    }

    async fn one_name_is_one_query(db) {
        prepare(db).await?;
        let first = |n| places().query().filter(Place::place.eq(n));
        assert_eq!(first(1).union(first(2)).count(db).await?, 3);
        assert_eq!(first(1).with_cte(places()).count(db).await?, 2);
        // Different by a value alone, and by a scope alone.
        let capture = Capture::attach(db);
        let named = |text: &str| cte(KeptNote::text, Product::query().filter(Product::name.eq(text)).select(Product::name));
        let e = named("Pen").query().with_cte(named("Desk")).all(db).await.expect_err("another");
        assert!(e.to_string().contains("two different queries are named `kept_notes`"), "{e}");
        let e = named("Pen").query().union(named("Desk").query()).all(db).await.expect_err("another");
        assert_eq!(e.kind(), ErrorKind::Invalid);
        let chained = named("Pen").query().union(named("Desk").query()).union(named("Pen").query());
        assert_eq!(chained.all(db).await.expect_err("still").kind(), ErrorKind::Invalid);
        let notes = |query: orm_core::query::Query<Note>| cte(KeptNote::text, query.select(Note::text));
        let e = notes(Note::query()).query().with_cte(notes(Note::query().with_deleted())).all(db).await;
        assert_eq!(e.expect_err("another").kind(), ErrorKind::Invalid);
        assert_eq!(capture.take(), Vec::<String>::new());
    }

    async fn recursion_that_begins_with_two_queries(db) {
        prepare(db).await?;
        let name = |text: &str| Product::query().filter(Product::name.eq(text)).select((literal(0), Product::name));
        let grown = cte((Grown::depth, Grown::text), name("Pen").union_all(name("Desk"))).recursive(
            Grown::query().filter(Grown::depth.lt(30)).select((Grown::depth + 1, Grown::text.concat("0123456789"))),
        );
        let longest = grown.query().filter(Grown::depth.eq(30)).order_by(Grown::text).select(Grown::text.length()).all(db).await?;
        assert_eq!(longest, [304, 303]);
    }

    async fn every_column_is_filled(db) {
        let capture = Capture::attach(db);
        let partly = cte((Tree::id, Tree::path), Category::query().select((Category::id, Category::name)));
        let e = partly.query().all(db).await.expect_err("one is missing");
        assert!(e.to_string().contains("`Tree::depth`"), "{e}");
        assert_eq!(capture.take(), Vec::<String>::new());
        let books = Book::query().filter(Book::title.eq("x"));
        assert!(books.to_sql(db.dialect()).text().is_ok());
    }
}
