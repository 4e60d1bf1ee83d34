//! Random values against an oracle: what the database says of them is what Rust says.

use orm_core::prelude::*;
use proptest::prelude::*;
use proptest::strategy::ValueTree as _;
use proptest::test_runner::TestRunner;

use super::on_all;

/// A text and a number to compute with.
#[derive(Debug, Clone, PartialEq, Model)]
#[orm(table = "samples")]
pub struct Sample {
    pub id: Id<Sample>,
    pub text: String,
    #[orm(precision = 14, scale = 4)]
    pub amount: Decimal,
    #[orm(precision = 30, scale = 6)]
    pub wide: Decimal,
    pub number: i32,
    pub float: f64,
    pub moment: DateTime<Utc>,
    pub bytes: Vec<u8>,
    pub words: Vec<String>,
    pub maybe: Option<i64>,
}

/// So many samples of a strategy, the same in every run.
fn samples<S: Strategy>(strategy: S, n: usize) -> Vec<S::Value> {
    let mut runner = TestRunner::deterministic();
    (0..n)
        .map(|_| strategy.new_tree(&mut runner).expect("a sample").current())
        .collect()
}

/// Texts full of what means something in patterns, JSON, arrays and SQL.
fn text() -> impl Strategy<Value = String> {
    prop_oneof![
        "[a-cA-C%_!*?\\[\\]\\\\'\"`{}, ]{0,6}",
        "[éÉßàÀ🦀\u{301}x]{0,4}",
        any::<String>().prop_map(|s| s.replace('\0', "")),
    ]
}

fn decimal(digits: u32, scale: u32) -> impl Strategy<Value = Decimal> {
    let most = 10_i64.pow(digits) - 1;
    (-most..=most).prop_map(move |n| Decimal::new(n, scale))
}

fn sample() -> impl Strategy<Value = Sample> {
    let moment = (-62_000_000_000_i64..250_000_000_000, 0_u32..1_000_000)
        .prop_map(|(s, us)| DateTime::from_timestamp(s, us * 1000).expect("in range"));
    (
        (
            text(),
            decimal(14, 4),
            decimal(18, 6),
            any::<i32>(),
            any::<f64>().prop_filter("finite", |f| f.is_finite()),
        ),
        (
            moment,
            any::<Vec<u8>>(),
            prop::collection::vec(text(), 0..4),
            any::<Option<i64>>(),
        ),
    )
        .prop_map(
            |((text, amount, wide, number, float), (moment, bytes, words, maybe))| Sample {
                id: Id::new(),
                text,
                amount,
                wide,
                number,
                // Zero has one sign in a database.
                float: float + 0.0,
                moment,
                bytes,
                words,
                maybe,
            },
        )
}

on_all! {
    async fn random_rows_make_the_round_trip(db) {
        db.create_all::<Sample>().await?;
        let rows = samples(sample(), 300);
        let keys = Sample::insert(&rows).keys(db).await?;
        let stored = Sample::query().order_by(Sample::id).all(db).await?;
        assert_eq!(stored.len(), rows.len());
        for ((key, row), stored) in keys.iter().zip(&rows).zip(&stored) {
            assert_eq!(stored, &Sample { id: *key, ..row.clone() });
        }
    }

    async fn patterns_match_as_rust_does(db) {
        db.create_all::<Sample>().await?;
        let rows = samples(sample(), 60);
        Sample::insert(&rows).exec(db).await?;
        type Matches = (fn(&str) -> Expr<Sample, bool>, fn(&str, &str) -> bool);
        let matches: [Matches; 4] = [
            (|n| Sample::text.contains(n), |t, n| t.contains(n)),
            (|n| Sample::text.starts_with(n), |t, n| t.starts_with(n)),
            (|n| Sample::text.ends_with(n), |t, n| t.ends_with(n)),
            (|n| Sample::text.eq(n), |t, n| t == n),
        ];
        for needle in samples(text(), 60) {
            for (n, (filter, oracle)) in matches.iter().enumerate() {
                let found = Sample::query().filter(filter(&needle)).count(db).await?;
                let expected = rows.iter().filter(|r| oracle(&r.text, &needle)).count();
                assert_eq!(found, expected as u64, "match {n} of {needle:?}");
            }
        }
    }

    async fn decimals_compare_and_compute_as_rust_does(db) {
        db.create_all::<Sample>().await?;
        let rows = samples(sample(), 60);
        Sample::insert(&rows).exec(db).await?;
        for limit in samples(decimal(9, 5), 40) {
            let below = Sample::query().filter(Sample::amount.lt(limit)).count(db).await?;
            assert_eq!(below, rows.iter().filter(|r| r.amount < limit).count() as u64);
            let sum = Sample::query().filter((Sample::amount + limit).ge(Decimal::ZERO)).count(db).await?;
            assert_eq!(sum, rows.iter().filter(|r| r.amount + limit >= Decimal::ZERO).count() as u64);
            let limit = limit.round_dp(4);
            let wide = Sample::query().filter(Sample::wide.between(-limit.abs(), limit.abs())).count(db).await?;
            assert_eq!(wide, rows.iter().filter(|r| r.wide.abs() <= limit.abs()).count() as u64);
        }
        let total: Option<Decimal> = Sample::query().select(Sample::amount.sum()).one(db).await?;
        assert_eq!(total, Some(rows.iter().map(|r| r.amount).sum()));
        let ordered: Vec<Decimal> = Sample::query().order_by(Sample::wide).select(Sample::wide).all(db).await?;
        assert!(ordered.is_sorted());
    }

    async fn lists_of_any_length(db) {
        db.create_all::<Sample>().await?;
        let rows = samples(sample(), 60);
        Sample::insert(&rows).exec(db).await?;
        for length in [0, 1, 2, 3, 5, 31, 60] {
            let texts: Vec<&str> = rows.iter().take(length).map(|r| r.text.as_str()).collect();
            let numbers: Vec<i32> = rows.iter().take(length).map(|r| r.number).collect();
            let found = Sample::query().filter(Sample::text.is_in(texts.iter().copied())).count(db).await?;
            assert_eq!(found, rows.iter().filter(|r| texts.contains(&r.text.as_str())).count() as u64);
            let others = Sample::query().filter(Sample::number.not_in(numbers.iter())).count(db).await?;
            assert_eq!(others, rows.iter().filter(|r| !numbers.contains(&r.number)).count() as u64);
        }
    }
}
