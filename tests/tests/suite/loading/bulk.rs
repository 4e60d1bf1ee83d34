//! Loads of more rows than a statement takes parameters.

use orm_core::prelude::*;
use orm_core::query::Insert;

use super::super::on_all;
use super::Reads;

/// Many, by number.
#[derive(Debug, Clone, PartialEq, Model)]
#[orm(table = "many", key = i32, has_many(parts: ManyPart))]
pub struct Many {
    pub id: Id<Many>,
    pub n: i32,
}

/// Some have some.
#[derive(Debug, Clone, PartialEq, Model)]
#[orm(table = "many_parts")]
pub struct ManyPart {
    pub id: Id<ManyPart>,
    pub many_id: Id<Many>,
    pub n: i32,
}

/// Many, by name.
#[derive(Debug, Clone, PartialEq, Model)]
#[orm(table = "named", has_many(parts: NamedPart))]
pub struct Named {
    #[orm(primary_key, length = 20)]
    pub name: String,
}

/// Some have some.
#[derive(Debug, Clone, PartialEq, Model)]
#[orm(table = "named_parts")]
pub struct NamedPart {
    pub id: Id<NamedPart>,
    pub named_id: Id<Named>,
    pub n: i32,
}

/// Many, by two columns.
#[derive(Debug, Clone, PartialEq, Model)]
#[orm(table = "pairs", primary_key(a, b), has_many(parts: PairPart, on(a, b)))]
pub struct Pair {
    pub a: i32,
    pub b: i32,
}

/// Some have some.
#[derive(Debug, Clone, PartialEq, Model)]
#[orm(table = "pair_parts", belongs_to(pair: Pair, on(a, b)))]
pub struct PairPart {
    pub id: Id<PairPart>,
    pub a: i32,
    pub b: i32,
    pub n: i32,
}

async fn fill<M: Model>(db: &Db, rows: impl IntoIterator<Item = M>) -> Result<()> {
    let rows: Vec<M> = rows.into_iter().collect();
    let insert: Insert<M> = M::insert(rows);
    insert.exec(db).await.map(drop)
}

/// In how many statements so many keys go, of so many columns.
fn statements(db: &Db, keys: usize, width: usize) -> usize {
    match (db.dialect(), width) {
        (Dialect::Postgres, _) | (Dialect::Sqlite, 1) => 1,
        // 32 766 parameters.
        (Dialect::Sqlite, _) => keys.div_ceil(8_192),
        // 65 535 parameters.
        (_, 1) => keys.div_ceil(32_768),
        _ => keys.div_ceil(16_384),
    }
}

/// Each seventh has two parts, in the order of their numbers and against that of their keys.
const SEVENTH: i32 = 7;

on_all! {
    async fn b29_a_hundred_thousand_rows_by_number(db) {
        db.create_all::<(Many, ManyPart)>().await?;
        // Keys are not in the order of the rows.
        fill(db, (1..=100_000).map(|n| Many { id: Id::from(100_001 - n), n })).await?;
        let sevenths = (1..=100_000).filter(|n| n % SEVENTH == 0);
        let parts = sevenths.flat_map(|n| [n + 1, n].map(|part| ManyPart::draft(100_001 - n, part)));
        fill(db, parts).await?;
        let reads = Reads::of(db);
        let query = || Many::query().with(Many::parts.order_by(ManyPart::n)).order_by(Many::n);
        let rows = query().all(db).await?;
        assert_eq!(reads.count(), 1 + statements(db, 100_000, 1));
        assert_eq!(rows.len(), 100_000);
        for row in &rows {
            let expected = if row.n % SEVENTH == 0 { vec![row.n, row.n + 1] } else { vec![] };
            assert_eq!(row.parts.iter().map(|part| part.n).collect::<Vec<_>>(), expected);
        }
        // The number of parts that a filter takes is no matter, nor a limit for each row.
        let some = Many::query()
            .with(Many::parts.filter(ManyPart::n.is_in(0..5_000)).order_by(ManyPart::n.desc()).limit_per_parent(1))
            .order_by(Many::n)
            .all(db)
            .await?;
        assert_eq!(reads.count(), 1 + statements(db, 100_000, 1));
        for row in &some {
            let most = if row.n % SEVENTH != 0 || row.n >= 5_000 { None } else { Some((row.n + 1).min(4_999)) };
            assert_eq!(row.parts.first().map(|part| part.n), most, "{}", row.n);
        }
        let back = ManyPart::query().with(ManyPart::many.selectin()).all(db).await?;
        assert!(back.len() == 28_570 && back.iter().all(|part| part.many.id == part.many_id));
        assert_eq!(reads.count(), 2);
    }

    async fn b29_forty_thousand_rows_by_name(db) {
        db.create_all::<(Named, NamedPart)>().await?;
        fill(db, (1..=40_000).map(|n| Named { name: format!("n{n}") })).await?;
        let sevenths = (1..=40_000).filter(|n| n % SEVENTH == 0);
        fill(db, sevenths.map(|n| NamedPart::draft(format!("n{n}"), n))).await?;
        let reads = Reads::of(db);
        let rows = Named::query().with(Named::parts).all(db).await?;
        assert_eq!(reads.count(), 1 + statements(db, 40_000, 1));
        assert_eq!(rows.len(), 40_000);
        for row in &rows {
            let n: i32 = row.name[1..].parse().expect("a number");
            let expected = if n % SEVENTH == 0 { vec![n] } else { vec![] };
            assert_eq!(row.parts.iter().map(|part| part.n).collect::<Vec<_>>(), expected);
        }
    }

    async fn b29_forty_thousand_rows_by_two_columns(db) {
        db.create_all::<(Pair, PairPart)>().await?;
        fill(db, (0..40_000).map(|n| Pair { a: n % 200, b: n / 200 })).await?;
        let sevenths = (0..40_000).filter(|n| n % SEVENTH == 0);
        fill(db, sevenths.map(|n| PairPart::draft(n % 200, n / 200, n))).await?;
        let reads = Reads::of(db);
        let rows = Pair::query().with(Pair::parts).all(db).await?;
        assert_eq!(reads.count(), 1 + statements(db, 40_000, 2));
        assert_eq!(rows.len(), 40_000);
        for row in &rows {
            let n = row.b * 200 + row.a;
            let expected = if n % SEVENTH == 0 { vec![n] } else { vec![] };
            assert_eq!(row.parts.iter().map(|part| part.n).collect::<Vec<_>>(), expected);
        }
    }
}
