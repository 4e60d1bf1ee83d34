//! Joins by conditions: what they give, on random tables and on chosen ones.

use orm_core::assert_statements;
use orm_core::expr::Side;
use orm_core::prelude::*;
use orm_core::query::lateral;
use proptest::prelude::*;
use proptest::strategy::ValueTree as _;
use proptest::test_runner::TestRunner;
use tests::book::{Category, Product, Promotion, Sale, prepare};

use super::on_all;
use crate::scopes::{Note, Paper};

/// A row whose columns may all be NULL but for the key.
#[derive(Debug, Clone, PartialEq, Model)]
#[orm(table = "pots")]
pub struct Pot {
    pub id: Id<Pot>,
    pub size: Option<i64>,
    pub kind: Option<i64>,
}

/// What may fit on one, and may be gone.
#[derive(Debug, Clone, PartialEq, Model)]
#[orm(table = "lids", soft_delete = gone_at, primary_key(a, b))]
pub struct Lid {
    pub a: i64,
    pub b: i64,
    pub size: Option<i64>,
    #[orm(precision = 6, scale = 2)]
    pub weight: Option<Decimal>,
    pub gone_at: Option<DateTime<Utc>>,
}

#[derive(Debug, FromRow, PartialEq)]
struct Offer {
    name: String,
    percent: Option<i64>,
}

type Sizes = Vec<(Option<i64>, bool)>;

fn tables() -> impl Strategy<Value = (Sizes, Sizes, Sizes)> {
    let rows = || {
        proptest::collection::vec(
            (proptest::option::of(0..4_i64), proptest::bool::weighted(0.3)),
            0..6,
        )
    };
    (rows(), rows(), rows())
}

async fn fill(
    db: &Db,
    (pots, lids, notes): &(Sizes, Sizes, Sizes),
) -> Result<(Vec<Pot>, Vec<Lid>, Vec<Note>)> {
    Pot::delete().all_rows().exec(db).await?;
    Lid::delete().hard().all_rows().exec(db).await?;
    Note::delete().hard().all_rows().exec(db).await?;
    let gone = DateTime::from_timestamp(1_000_000, 0);
    let pots = pots.iter().map(|(size, odd)| Pot {
        size: *size,
        kind: odd.then_some(1),
        ..Pot::draft()
    });
    let lids = (0..).zip(lids).map(|(n, (size, odd))| Lid {
        size: *size,
        weight: size.map(|size| Decimal::new(size, 2)),
        gone_at: odd.then_some(gone).flatten(),
        ..Lid::draft(n, 2)
    });
    let notes = notes.iter().map(|(size, odd)| Note {
        deleted_at: odd.then_some(gone).flatten(),
        ..Note::draft(size.map_or("none".into(), |size| size.to_string()))
    });
    Pot::insert(pots.collect::<Vec<_>>()).exec(db).await?;
    Lid::insert(lids.collect::<Vec<_>>()).exec(db).await?;
    Note::insert(notes.collect::<Vec<_>>()).exec(db).await?;
    Ok((
        Pot::query().all(db).await?,
        Lid::query().all(db).await?,
        Note::query().all(db).await?,
    ))
}

/// The rows of both sides that go together, and those that go with none where they stay.
fn nested<A: Clone, B: Clone>(
    left: &[A],
    right: &[B],
    keep: (bool, bool),
    on: impl Fn(&A, &B) -> bool,
) -> Vec<(Option<A>, Option<B>)> {
    let mut rows = Vec::new();
    for a in left {
        let before = rows.len();
        rows.extend(
            right
                .iter()
                .filter(|b| on(a, b))
                .map(|b| (Some(a.clone()), Some(b.clone()))),
        );
        if rows.len() == before && keep.0 {
            rows.push((Some(a.clone()), None));
        }
    }
    if keep.1 {
        let alone = right.iter().filter(|b| !left.iter().any(|a| on(a, b)));
        rows.extend(alone.map(|b| (None, Some(b.clone()))));
    }
    rows
}

fn sorted<T: std::fmt::Debug>(rows: Vec<T>) -> Vec<String> {
    let mut rows: Vec<String> = rows.iter().map(|row| format!("{row:?}")).collect();
    rows.sort();
    rows
}

fn fits(pot: &Pot, lid: &Lid) -> bool {
    pot.size.is_some() && pot.size == lid.size
}

fn cases() -> Vec<(Sizes, Sizes, Sizes)> {
    let mut runner = TestRunner::deterministic();
    (0..if super::long() { 400 } else { 25 })
        .map(|_| tables().new_tree(&mut runner).expect("a sample").current())
        .collect()
}

on_all! {
    async fn joins_are_nested_loops(db) {
        db.create_all::<(Pot, Lid, Note)>().await?;
        for case in cases() {
            let (pots, lids, notes) = fill(db, &case).await?;
            let inner = Pot::query().join::<Lid>(|p, l| l.get(Lid::size).eq(p.get(Pot::size)));
            let expected = nested(&pots, &lids, (false, false), fits);
            assert_eq!(inner.clone().count(db).await?, expected.len() as u64);
            assert_eq!(inner.clone().exists(db).await?, !expected.is_empty());
            let rows = inner.all(db).await?.into_iter().map(|(p, l)| (Some(p), Some(l))).collect();
            assert_eq!(sorted(rows), sorted(expected));

            let left = Pot::query().left_join::<Lid>(|p, l| l.get(Lid::size).eq(p.get(Pot::size)));
            let expected = nested(&pots, &lids, (true, false), fits);
            assert_eq!(left.clone().distinct().count(db).await?, expected.len() as u64);
            let rows = left.clone().all(db).await?.into_iter().map(|(p, l)| (Some(p), l)).collect();
            assert_eq!(sorted(rows), sorted(expected.clone()));

            // A third one, beside what may be missing.
            let text = |l: &Option<Lid>| l.as_ref().and_then(|l| l.size).map(|size| size.to_string());
            let three = left.left_join::<Note>(|_, l, n| n.get(Note::text).eq(l.get(Lid::size).cast::<String>()));
            let pairs: Vec<(Pot, Option<Lid>)> =
                expected.into_iter().filter_map(|(p, l)| Some((p?, l))).collect();
            let expected = nested(&pairs, &notes, (true, false), |(_, l), n| text(l).as_deref() == Some(&n.text));
            let rows = three.all(db).await?.into_iter().map(|(p, l, n)| (Some((p, l)), n)).collect();
            assert_eq!(sorted(rows), sorted(expected));

            let full = Pot::query().full_join::<Lid>(|p, l| l.get(Lid::size).eq(p.get(Pot::size)));
            if matches!(db.dialect(), Dialect::Sqlite | Dialect::Postgres) {
                let expected = nested(&pots, &lids, (true, true), fits);
                assert_eq!(full.clone().count(db).await?, expected.len() as u64);
                assert_eq!(sorted(full.clone().all(db).await?), sorted(expected.clone()));
                // A full join behind it, with another soft-deleted model, and with the deleted rows of the first two.
                let more = full.clone().full_join::<Note>(|p, _, n| n.get(Note::text).eq(p.get(Pot::size).cast::<String>()));
                let own = |p: &Option<Pot>| p.as_ref().and_then(|p| p.size).map(|size| size.to_string());
                let expected = nested(&expected, &notes, (true, true), |(p, _), n| own(p).as_deref() == Some(&n.text));
                let rows = more.all(db).await?.into_iter().map(|(p, l, n)| {
                    ((p.is_some() || l.is_some()).then_some((p, l)), n)
                });
                assert_eq!(sorted(rows.collect()), sorted(expected));
                let everything = Lid::query().with_deleted().all(db).await?;
                let expected = nested(&pots, &everything, (true, true), fits);
                assert_eq!(sorted(full.with_deleted().all(db).await?), sorted(expected));
            } else {
                assert_statements!(db, {
                    let error = full.all(db).await.unwrap_err();
                    assert!(error.to_string().contains("has no full join"), "{error}");
                }, count: 0);
            }

            let crossed = Pot::query().cross_join::<Lid>().all(db).await?;
            assert_eq!(crossed.len(), pots.len() * lids.len());
        }
    }

    async fn a_side_that_is_missing_is_none(db) {
        prepare(db).await?;
        let joined = Product::query()
            .left_join::<Promotion>(|p, promo| promo.get(Promotion::category).eq(p.get(Product::category)))
            .order_by(|p, _| p.get(Product::name));
        let offers: Vec<Offer> = joined
            .clone()
            .select_as(|p, promo| (p.get(Product::name), promo.get(Promotion::percent)))
            .all(db)
            .await?;
        let offer = |name: &str, percent| Offer { name: name.into(), percent };
        assert_eq!(offers, [offer("Desk", Some(10)), offer("Lamp", Some(10)), offer("Pen", None)]);
        assert_statements!(db, {
            let (first, promo) = joined.clone().first(db).await?.unwrap();
            assert_eq!((&*first.name, promo.map(|p| p.percent)), ("Desk", Some(10)));
            let page = joined.clone().page(2, 2, db).await?;
            assert_eq!((page.total, page.items.len()), (3, 1));
            let pens = joined.clone().filter(|p, _| p.get(Product::name).eq("Pen"));
            assert_eq!(pens.clone().one(db).await?.1, None);
            assert_eq!(pens.optional(db).await?.unwrap().0.category, "office");
        }, count: 5);
        assert!(joined.clone().one(db).await.unwrap_err().to_string().contains("more than one"));
        let none = joined.clone().filter(|_, promo| promo.get(Promotion::percent).gt(50));
        assert!(none.clone().one(db).await.unwrap_err().is_not_found());
        assert!(!none.exists(db).await?);
        let mut rows = joined.clone().stream(db);
        let mut seen = 0;
        while let Some((_, promo)) = rows.try_next().await? {
            seen += usize::from(promo.is_none());
        }
        drop(rows);
        assert_eq!(seen, 1);
        assert!(!joined.explain(db).await?.is_empty());
    }

    async fn names_of_outputs_do_not_swap(db) {
        prepare(db).await?;
        let wrong = Product::query()
            .left_join::<Promotion>(|p, promo| promo.get(Promotion::category).eq(p.get(Product::category)))
            .select_as::<Offer, _>(|p, promo| (p.get(Product::category), promo.get(Promotion::percent)));
        assert_statements!(db, {
            let error = wrong.all(db).await.unwrap_err();
            assert!(error.to_string().contains("`category` into the field `name`"), "{error}");
        }, count: 0);
    }

    async fn self_joins_and_paths(db) {
        prepare(db).await?;
        let root = Category::insert(Category { parent_id: None, ..Category::draft("root") }).one(db).await?;
        let twig = Category::insert(Category { parent_id: Some(root.id), ..Category::draft("twig") }).one(db).await?;
        Category::insert(Category { parent_id: Some(twig.id), ..Category::draft("leaf") }).exec(db).await?;
        let names: Vec<(String, Option<String>, Option<String>)> = Category::query()
            .left_join::<Category>(|c, parent| parent.get(Category::id).eq(c.get(Category::parent_id)))
            .select(|c, parent| {
                (
                    c.get(Category::name),
                    parent.get(Category::name),
                    parent.get(Category::parent.get(Category::name)),
                )
            })
            .order_by(|c, _| c.get(Category::id).asc())
            .all(db)
            .await?;
        let some = |s: &str| Some(s.to_owned());
        assert_eq!(names, [
            ("root".into(), None, None),
            ("twig".into(), some("root"), None),
            ("leaf".into(), some("twig"), some("root")),
        ]);
        // Paths of either side in the condition itself.
        let pairs: Vec<(String, Option<i32>)> = Product::query()
            .left_join::<Sale>(|p, s| {
                s.get(Sale::product.get(Product::name)).eq(p.get(Product::name)).and(s.get(Sale::quantity).gt(1))
            })
            .order_by(|p, _| p.get(Product::name))
            .select(|p, s| (p.get(Product::name), s.get(Sale::quantity)))
            .all(db)
            .await?;
        assert_eq!(pairs, [("Desk".into(), None), ("Lamp".into(), Some(2)), ("Pen".into(), None)]);
        let pairs: Vec<(String, i64)> = Sale::query()
            .join::<Promotion>(|s, promo| promo.get(Promotion::category).eq(s.get(Sale::product.get(Product::category))))
            .group_by(|s, _| s.get(Sale::product.get(Product::name)))
            .select(|s, promo| (s.get(Sale::product.get(Product::name)), promo.get(Promotion::id).count()))
            .all(db)
            .await?;
        assert_eq!(pairs, [("Lamp".into(), 2)]);
        let asked: Vec<String> = Product::query()
            .cross_join::<Promotion>()
            .filter(|p, _| p.get(Product::sales.any(Sale::quantity.gt(1))))
            .select(|p, _| p.get(Product::name))
            .all(db)
            .await?;
        assert_eq!(asked, ["Lamp"]);
    }

    async fn scopes_reach_every_model(db) {
        db.create_all::<(Note, Paper)>().await?;
        Note::insert(["a", "b"].map(Note::draft)).exec(db).await?;
        Note::delete().filter(Note::text.eq("b")).exec(db).await?;
        for tenant in [1_i64, 2] {
            let own = db.tenant(tenant);
            Paper::insert([Paper::draft(tenant, "a"), Paper::draft(tenant, "b")]).exec(&own).await?;
        }
        let papers = Paper::query()
            .left_join::<Note>(|paper, note| note.get(Note::text).eq(paper.get(Paper::text)))
            .order_by(|paper, _| paper.get(Paper::id).asc());
        let seen = |rows: Vec<(Paper, Option<Note>)>| -> Vec<(i64, String, bool)> {
            rows.into_iter().map(|(paper, note)| (paper.tenant_id, paper.text, note.is_some())).collect()
        };
        let own = db.tenant(1_i64);
        assert_eq!(seen(papers.clone().all(&own).await?), [(1, "a".into(), true), (1, "b".into(), false)]);
        assert_eq!(
            seen(papers.clone().with_deleted().all(&own).await?),
            [(1, "a".into(), true), (1, "b".into(), true)]
        );
        assert_eq!(papers.clone().all_tenants().all(db).await?.len(), 4);
        let notes = Note::query().left_join::<Paper>(|note, paper| paper.get(Paper::text).eq(note.get(Note::text)));
        assert_statements!(db, {
            assert!(papers.all(db).await.unwrap_err().to_string().contains("tenant"));
            assert!(notes.clone().all(db).await.unwrap_err().to_string().contains("tenant"));
        }, count: 0);
        let rows = notes.all(&own).await?;
        assert_eq!(rows.len(), 1);
        assert_eq!(rows[0].1.as_ref().map(|paper| paper.tenant_id), Some(1));
    }

    async fn some_rows_for_each_row(db) {
        db.create_all::<(Pot, Lid, Note)>().await?;
        let sizes = |sizes: &[i64]| sizes.iter().map(|size| (Some(*size), false)).collect::<Sizes>();
        fill(db, &(sizes(&[1, 2, 3]), sizes(&[1, 1, 3, 1, 2]), Vec::new())).await?;
        Lid::delete().filter(Lid::size.eq(2)).exec(db).await?;
        let newest = |n: u64| {
            Pot::query()
                .left_join_lateral::<Lid>(move |pot, lid| {
                    lateral(lid.get(Lid::size).eq(pot.get(Pot::size))).order_by(lid.get(Lid::a).desc()).limit(n)
                })
                .order_by(|pot, lid| (pot.get(Pot::size).asc(), lid.get(Lid::a).desc()))
        };
        if db.dialect() == Dialect::Postgres {
            let rows: Vec<(Option<i64>, Option<i64>)> =
                newest(2).select(|pot, lid| (pot.get(Pot::size), lid.get(Lid::a))).all(db).await?;
            assert_eq!(rows, [(Some(1), Some(3)), (Some(1), Some(1)), (Some(2), None), (Some(3), Some(2))]);
            assert_eq!(newest(1).all(db).await?[1].1, None);
            let inner = Pot::query().join_lateral::<Lid>(|pot, lid| {
                lateral(lid.get(Lid::size).eq(pot.get(Pot::size))).order_by(lid.get(Lid::a).desc()).offset(1)
            });
            assert_eq!(inner.count(db).await?, 2);
        } else {
            assert_statements!(db, {
                assert!(newest(2).all(db).await.unwrap_err().to_string().contains("has no lateral join"));
            }, count: 0);
        }
    }

    async fn what_is_computed_of_several_sides(db) {
        prepare(db).await?;
        fn dear<S>(product: Side<S, Product>) -> Expr<S, bool> {
            product.get(Product::price).gt(10.0)
        }
        let rows: Vec<(String, Option<f64>, String, i64, i64)> = Product::query()
            .left_join::<Promotion>(|p, promo| promo.get(Promotion::category).eq(p.get(Product::category)))
            .filter(|p, promo| dear(p).or(promo.get(Promotion::id).is_null()))
            .order_by(|p, promo| (promo.get(Promotion::percent).desc().nulls_last(), p.get(Product::price).asc()))
            .select(|p, promo| {
                (
                    p.get(Product::name.lower()).concat("!"),
                    p.get(Product::price) * (100 - promo.get(Promotion::percent)) / 100.0,
                    case().when(promo.get(Promotion::percent).gt(5), "less").otherwise(p.get(Product::category)),
                    row_number().over(window().partition_by(promo.get(Promotion::percent)).order_by(p.get(Product::id))),
                    promo.get(Promotion::percent).coalesce(0),
                )
            })
            .all(db)
            .await?;
        let row = |name: &str, price, text: &str, n, percent| (name.to_owned(), price, text.to_owned(), n, percent);
        assert_eq!(rows, [
            row("lamp!", Some(35.55), "less", 1, 10),
            row("desk!", Some(224.1), "less", 2, 10),
            row("pen!", None, "office", 1, 0),
        ]);
    }

    async fn rows_of_a_join_are_inserted(db) {
        prepare(db).await?;
        let joined = Product::query()
            .join::<Promotion>(|p, promo| promo.get(Promotion::category).eq(p.get(Product::category)))
            .select(|p, promo| (p.get(Product::name), promo.get(Promotion::percent) + 1));
        let filled = Promotion::insert_from((Promotion::category, Promotion::percent), joined);
        assert_eq!(filled.exec(db).await?, 2);
        let rows = Promotion::query().filter(Promotion::percent.eq(11)).order_by(Promotion::category);
        assert_eq!(rows.select(Promotion::category).all(db).await?, ["Desk", "Lamp"]);
    }

    async fn rows_for_which_another_exists(db) {
        db.create_all::<(Pot, Lid, Note)>().await?;
        let covered = || Pot::exists::<Lid>(|p, l| l.get(Lid::size).eq(p.get(Pot::size)));
        for case in cases() {
            let (pots, lids, _) = fill(db, &case).await?;
            let (with, without): (Vec<Pot>, Vec<Pot>) =
                pots.into_iter().partition(|pot| lids.iter().any(|lid| fits(pot, lid)));
            assert_eq!(sorted(Pot::query().filter(covered()).all(db).await?), sorted(with.clone()));
            assert_eq!(sorted(Pot::query().filter(!covered()).all(db).await?), sorted(without.clone()));
            let uncovered = || Pot::not_exists::<Lid>(|p, l| l.get(Lid::size).eq(p.get(Pot::size)));
            assert_eq!(Pot::query().filter(uncovered()).count(db).await?, without.len() as u64);
            let flags = Pot::query().order_by(Pot::id).select(covered()).all(db).await?;
            assert_eq!(flags.iter().filter(|flag| **flag).count(), with.len());
            assert_eq!(Pot::update().set(Pot::kind, 7).filter(covered()).exec(db).await?, with.len() as u64);
            assert_eq!(Pot::query().filter(Pot::kind.eq(7)).count(db).await?, with.len() as u64);
            // Of the pots of one size, all but the last one go.
            let later = Pot::exists::<Pot>(|p, other| {
                other.get(Pot::size).eq(p.get(Pot::size)).and(other.get(Pot::id).gt(p.get(Pot::id)))
            });
            Pot::delete().filter(later).exec(db).await?;
            let mut sizes = Pot::query().filter(Pot::size.is_not_null()).select(Pot::size).all(db).await?;
            let left = sizes.len();
            sizes.sort_unstable();
            sizes.dedup();
            assert_eq!(sizes.len(), left);
            Pot::delete().filter(uncovered()).exec(db).await?;
            assert_eq!(Pot::query().count(db).await?, Pot::query().filter(covered()).count(db).await?);
        }
    }

    async fn what_exists_is_of_the_own_tenant_and_not_deleted(db) {
        db.create_all::<(Note, Paper)>().await?;
        Note::insert(["a", "b"].map(Note::draft)).exec(db).await?;
        Paper::insert(Paper::draft(2, "a")).exec(&db.tenant(2_i64)).await?;
        let written = || Note::exists::<Paper>(|note, paper| paper.get(Paper::text).eq(note.get(Note::text)));
        assert_eq!(Note::query().filter(written()).count(&db.tenant(1_i64)).await?, 0);
        assert_eq!(Note::query().filter(written()).count(&db.tenant(2_i64)).await?, 1);
        assert_eq!(Note::query().filter(written()).all_tenants().count(db).await?, 1);
        let noted = || Paper::exists::<Note>(|paper, note| note.get(Note::text).eq(paper.get(Paper::text)));
        assert_eq!(Paper::query().filter(noted()).all_tenants().count(db).await?, 1);
        Note::delete().filter(Note::text.eq("a")).exec(db).await?;
        assert_eq!(Paper::query().filter(noted()).all_tenants().count(db).await?, 0);
        assert_statements!(db, {
            let error = Note::query().filter(written()).all(db).await.unwrap_err();
            assert!(error.to_string().contains("tenant"), "{error}");
        }, count: 0);
    }
}
