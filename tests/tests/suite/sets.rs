//! Rows of several queries together.

use orm_core::prelude::*;
use orm_core::query::{Query, Selected};
use orm_core::testing::Capture;
use proptest::prelude::*;
use proptest::strategy::ValueTree as _;
use proptest::test_runner::TestRunner;
use tests::book::{Author, Book, Product, Rating, Review, prepare};

use super::{long, on_all};
use crate::scopes::{Note, Paper};

#[derive(Debug, Clone, PartialEq, Model)]
#[orm(table = "dice")]
struct Die {
    id: Id<Die>,
    n: i64,
}

/// Amounts of few digits.
#[derive(Debug, Clone, Model)]
#[orm(table = "coins")]
pub struct Coin {
    pub id: Id<Coin>,
    #[orm(precision = 10, scale = 2)]
    pub worth: Decimal,
}

/// Amounts of many digits.
#[derive(Debug, Clone, Model)]
#[orm(table = "grains")]
pub struct Grain {
    pub id: Id<Grain>,
    #[orm(precision = 12, scale = 4)]
    pub weight: Decimal,
}

/// One operation of a chain.
#[derive(Debug, Clone, Copy)]
enum Operation {
    Union,
    UnionAll,
    Intersect,
    IntersectAll,
    Except,
    ExceptAll,
}

fn any_operation(all: bool) -> impl Strategy<Value = Operation> {
    use Operation::{Except, ExceptAll, Intersect, IntersectAll, Union, UnionAll};
    let operations = [Union, UnionAll, Intersect, Except, IntersectAll, ExceptAll];
    prop::sample::select(operations[..if all { 6 } else { 4 }].to_vec())
}

/// The same on lists, whose order says nothing.
fn apply(operation: Operation, left: Vec<i64>, right: &[i64]) -> Vec<i64> {
    let once = |mut list: Vec<i64>| {
        list.sort_unstable();
        list.dedup();
        list
    };
    let mut others = right.to_vec();
    let mut take = |n: &i64| {
        others
            .iter()
            .position(|o| o == n)
            .map(|at| others.swap_remove(at))
            .is_some()
    };
    match operation {
        Operation::UnionAll => [left, right.to_vec()].concat(),
        Operation::Union => once([left, right.to_vec()].concat()),
        Operation::Intersect => once(left.into_iter().filter(|n| right.contains(n)).collect()),
        Operation::Except => once(left.into_iter().filter(|n| !right.contains(n)).collect()),
        Operation::IntersectAll => left.into_iter().filter(|n| take(n)).collect(),
        Operation::ExceptAll => left.into_iter().filter(|n| !take(n)).collect(),
    }
}

fn chained<S>(
    operation: Operation,
    left: Selected<S, i64>,
    right: Selected<Die, i64>,
) -> Selected<orm_core::query::Combined, i64> {
    match operation {
        Operation::Union => left.union(right),
        Operation::UnionAll => left.union_all(right),
        Operation::Intersect => left.intersect(right),
        Operation::IntersectAll => left.intersect_all(right),
        Operation::Except => left.except(right),
        Operation::ExceptAll => left.except_all(right),
    }
}

fn thrown(list: &[i64]) -> Query<Die> {
    Die::query().filter(Die::id.is_in(list.to_vec()))
}

on_all! {
    async fn of_one_model(db) {
        prepare(db).await?;
        let cheap = || Product::query().filter(Product::price.lt(100.0));
        let home = || Product::query().filter(Product::category.eq("home"));
        let names = async |query: Query<Product>| -> Result<Vec<String>> {
            query.order_by(Product::name).select(Product::name).all(db).await
        };
        assert_eq!(names(cheap().union(home())).await?, ["Desk", "Lamp", "Pen"]);
        assert_eq!(names(cheap().union_all(home())).await?, ["Desk", "Lamp", "Lamp", "Pen"]);
        assert_eq!(names(cheap().intersect(home())).await?, ["Lamp"]);
        assert_eq!(names(cheap().except(home())).await?, ["Pen"]);
        // What follows is said of the rows together.
        let both = || cheap().union(home());
        assert_eq!(names(both().filter(Product::stock.gt(1))).await?, ["Lamp", "Pen"]);
        let models = both().order_by(Product::price.desc()).limit(2).all(db).await?;
        assert_eq!(models, Product::query().order_by(Product::price.desc()).limit(2).all(db).await?);
        assert_eq!(both().count(db).await?, 3);
        assert_eq!(cheap().union_all(home()).count(db).await?, 4);
        assert!(both().exists(db).await?);
        assert_eq!(both().select(Product::stock.sum()).one(db).await?, Some(905));
        let page = both().order_by(Product::name).page_after(None, 2, db).await?;
        assert_eq!(page.items.len(), 2);
        let rest = both().order_by(Product::name).page_after(&page.next, 2, db).await?;
        assert_eq!(rest.items[0].name, "Pen");
        let mut stream = both().order_by(Product::id).stream(db);
        assert_eq!(stream.try_next().await?.map(|p| p.name).as_deref(), Some("Lamp"));
        drop(stream);
        let authors = Book::query()
            .filter(Book::title.eq("Emma"))
            .union(Book::query().filter(Book::title.eq("Sanditon")))
            .order_by((Book::author.get(Author::name), Book::title))
            .select((Book::title, Book::author.get(Author::name)))
            .all(db)
            .await?;
        assert_eq!(authors[1], ("Sanditon".to_owned(), "Jane Austen".to_owned()));
        // Each keeps its own order and limit.
        let dearest = || Product::query().order_by(Product::price.desc()).limit(1);
        let cheapest = || Product::query().order_by(Product::price).limit(1);
        assert_eq!(names(dearest().union(cheapest())).await?, ["Desk", "Pen"]);
        assert_eq!(names(dearest().union_all(cheapest()).union_all(dearest())).await?, ["Desk", "Desk", "Pen"]);
    }

    async fn of_columns(db) {
        prepare(db).await?;
        let words = || Author::query().select(Author::name.named("word")).union(Product::query().select(Product::name));
        assert_eq!(words().order_by(output("word")).all(db).await?, ["Desk", "Jane Austen", "Lamp", "Pen"]);
        assert_eq!(words().order_by(output("word").desc()).limit(1).one(db).await?, "Pen");
        assert_eq!(words().count(db).await?, 4);
        assert_eq!(words().limit(3).count(db).await?, 3);
        assert!(words().exists(db).await?);
        let pairs = Product::query()
            .select((Product::name, Product::stock))
            .union_all(Book::query().select((Book::title, Book::version)))
            .order_by((output("stock").desc(), output("name").asc()))
            .limit(3)
            .all(db)
            .await?;
        assert_eq!(pairs, [("Pen".to_owned(), 900), ("Lamp".to_owned(), 4), ("Desk".to_owned(), 1)]);
        // Outputs of one name, and of none.
        let doubled: Vec<(String, String, i32)> = Product::query()
            .filter(Product::name.eq("Pen"))
            .select((Product::name, Product::name, Product::stock + 1))
            .union(Product::query().filter(Product::name.eq("Pen")).select((Product::name, Product::name, literal(3))))
            .order_by(output("name"))
            .all(db)
            .await?;
        assert_eq!(doubled.len(), 2);
        assert_eq!(words().filter_in(db).await?, 1);
    }

    async fn random_chains(db) {
        db.create_all::<Die>().await?;
        let throws: Vec<i64> = (0..12).map(|n| n % 4).collect();
        Die::insert(throws.iter().map(|n| Die::draft(*n)).collect::<Vec<_>>()).exec(db).await?;
        let rows = || prop::collection::vec(1..=12_i64, 0..6);
        let all = db.dialect() == Dialect::Postgres;
        let chains = (rows(), prop::collection::vec((any_operation(all), rows()), 1..5));
        let mut runner = TestRunner::deterministic();
        for _ in 0..if long() { 2000 } else { 150 } {
            let (first, rest) = chains.new_tree(&mut runner).expect("a chain").current();
            let values = |ids: &[i64]| -> Vec<i64> {
                let mut ids = ids.to_vec();
                ids.sort_unstable();
                ids.dedup();
                ids.iter().map(|id| (id - 1) % 4).collect()
            };
            let mut expected = values(&first);
            let mut query = None;
            for (operation, list) in &rest {
                expected = apply(*operation, expected, &values(list));
                let right = thrown(list).select(Die::n);
                query = Some(match query {
                    None => chained(*operation, thrown(&first).select(Die::n), right),
                    Some(before) => chained(*operation, before, right),
                });
            }
            let query = query.expect("one operation");
            let mut found = query.clone().all(db).await?;
            found.sort_unstable();
            expected.sort_unstable();
            assert_eq!(found, expected, "{first:?} {rest:?}: {}", query.to_sql(db.dialect()));
            assert_eq!(query.count(db).await?, expected.len() as u64);
        }
    }

    /// MariaDB 10.11 never answers `(a EXCEPT ALL b) INTERSECT ALL c` where `c` is empty, and the session cannot be killed.
    async fn doubles_are_counted_on_postgres_alone(db) {
        db.create_all::<Die>().await?;
        let capture = Capture::attach(db);
        let query = Die::query().intersect_all(Die::query());
        match db.dialect() {
            Dialect::Sqlite | Dialect::MariaDb => {
                let e = query.all(db).await.expect_err("there is none");
                assert_eq!(e.kind(), ErrorKind::Unsupported);
                assert!(e.to_string().contains("`intersect`"), "{e}");
                assert_eq!(capture.take(), Vec::<String>::new());
            }
            _ => assert_eq!(query.all(db).await?, []),
        }
    }

    async fn decimals_and_enums(db) {
        prepare(db).await?;
        db.create_all::<(Coin, Grain)>().await?;
        Coin::insert([Coin::draft(Decimal::new(125, 2)), Coin::draft(Decimal::new(200, 2))]).exec(db).await?;
        Grain::insert([Grain::draft(Decimal::new(12_500, 4)), Grain::draft(Decimal::new(1, 4))]).exec(db).await?;
        let mut amounts = Coin::query().select(Coin::worth).union(Grain::query().select(Grain::weight)).all(db).await?;
        amounts.sort_unstable();
        assert_eq!(amounts, [Decimal::new(1, 4), Decimal::new(125, 2), Decimal::new(2, 0)]);
        let heavy = Coin::query().filter(Coin::worth.in_subquery(Grain::query().select(Grain::weight)));
        assert_eq!(heavy.count(db).await?, 1);

        let emma = Book::find_by(Book::title, "Emma").one(db).await?.id;
        Review::insert([
            Review { content: None, ..Review::draft(emma, "x", Rating::Good) },
            Review { content: None, ..Review::draft(emma, "y", Rating::Poor) },
        ])
        .exec(db)
        .await?;
        let good = || Review::query().filter(Review::rating.eq(Rating::Good));
        let both = good().union(Review::query().filter(Review::reviewer_name.eq("y")));
        let reviews = both.clone().order_by(Review::id).all(db).await?;
        assert_eq!(reviews.iter().map(|r| r.rating).collect::<Vec<_>>(), [Rating::Good, Rating::Poor]);
        assert_eq!(both.filter(Review::rating.eq(Rating::Poor)).count(db).await?, 1);
        let mut ratings = good().select(Review::rating).union(Review::query().select(Review::rating)).all(db).await?;
        ratings.sort_unstable_by_key(|r| *r as u8);
        assert_eq!(ratings, [Rating::Poor, Rating::Good]);
    }

    /// Where decimals are whole numbers, every query's are at the scale of whoever reads them.
    async fn decimals_of_several_scales(db) {
        db.create_all::<(Coin, Grain)>().await?;
        Coin::insert([Coin::draft(Decimal::new(125, 2)), Coin::draft(Decimal::new(200, 2))]).exec(db).await?;
        Grain::insert([Grain::draft(Decimal::new(12_500, 4)), Grain::draft(Decimal::new(1, 4))]).exec(db).await?;
        let coins = || Coin::query().select(Coin::worth);
        let grains = || Grain::query().select(Grain::weight);
        let found = |among| Coin::query().filter(Coin::worth.in_subquery(among)).count(db);
        assert_eq!(found(coins().union(grains())).await?, 2);
        assert_eq!(found(coins().intersect(grains())).await?, 1);
        assert_eq!(Grain::query().filter(Grain::weight.in_subquery(coins().union(coins()))).count(db).await?, 1);
        let least = || coins().union(grains()).order_by(output("worth")).limit(1);
        assert_eq!(Coin::query().limit(1).select(least().scalar()).one(db).await?, Some(Decimal::new(1, 4)));
        assert_eq!(Coin::query().filter(Coin::worth.gt(least().scalar())).count(db).await?, 2);
        let mut nested = least().union(coins()).all(db).await?;
        nested.sort_unstable();
        assert_eq!(nested, [Decimal::new(1, 4), Decimal::new(125, 2), Decimal::new(2, 0)]);
        let mut nested = coins().union(coins()).limit(2).union(grains()).all(db).await?;
        nested.sort_unstable();
        assert_eq!(nested, [Decimal::new(1, 4), Decimal::new(125, 2), Decimal::new(2, 0)]);
    }

    async fn each_has_its_own_scopes(db) {
        db.create_all::<(Note, Paper)>().await?;
        Note::insert(["a", "b", "c"].map(Note::draft)).exec(db).await?;
        Note::delete().filter(Note::text.eq("b")).exec(db).await?;
        let texts = async |query: Query<Note>| query.order_by(Note::id).select(Note::text).all(db).await;
        assert_eq!(texts(Note::query().union(Note::query().filter(Note::text.ne("a")))).await?, ["a", "c"]);
        assert_eq!(texts(Note::query().union(Note::query().only_deleted())).await?, ["a", "b", "c"]);
        Paper::insert(Paper::draft(7, "of 7")).exec(&db.tenant(7)).await?;
        let papers = || Note::query().select(Note::text).union(Paper::query().select(Paper::text));
        assert_eq!(papers().count(&db.tenant(7)).await?, 3);
        assert_eq!(papers().count(&db.tenant(8)).await?, 2);
        assert!(papers().count(db).await.expect_err("no tenant").to_string().contains("tenant"));
    }
}

/// Uses a compound after IN.
trait FilterIn {
    async fn filter_in(self, db: &Db) -> Result<u64>;
}

impl FilterIn for Selected<orm_core::query::Combined, String> {
    async fn filter_in(self, db: &Db) -> Result<u64> {
        Author::query()
            .filter(Author::name.in_subquery(self))
            .count(db)
            .await
    }
}

#[test]
fn rows_together_are_not_locked() {
    let query = Product::query().union(Product::query()).for_update();
    let text = format!("{:?}", query.to_sql(Dialect::Postgres).text());
    assert!(text.contains("cannot be locked"), "{text}");
}
