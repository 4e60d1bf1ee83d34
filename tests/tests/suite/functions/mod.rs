//! Functions of expressions: their text in every dialect, and their results against Rust's.

mod aggregates;
mod json;
mod numbers;
mod texts;
mod times;
mod user;
mod windows;

use orm_core::model::Table;
use orm_core::prelude::*;
use orm_core::query::Selectable;
use proptest::prelude::*;
use proptest::strategy::ValueTree as _;
use proptest::test_runner::TestRunner;

/// A value of each kind that functions take, beside one that may be NULL.
#[derive(Debug, Clone, PartialEq, Model)]
#[orm(table = "facts")]
pub struct Fact {
    pub id: Id<Fact>,
    pub text: String,
    pub note: Option<String>,
    pub float: f64,
    #[orm(precision = 12, scale = 4)]
    pub amount: Decimal,
    #[orm(precision = 12, scale = 2)]
    pub fee: Option<Decimal>,
    pub number: i32,
    pub maybe: Option<i32>,
    pub big: i64,
    pub flag: bool,
}

impl Fact {
    fn plain() -> Fact {
        Fact::draft("", 0.0, Decimal::ZERO, 0, 0, false)
    }
}

/// So many samples of a strategy, the same in every run.
fn samples<S: Strategy>(strategy: S, n: usize) -> Vec<S::Value> {
    let mut runner = TestRunner::deterministic();
    (0..n)
        .map(|_| strategy.new_tree(&mut runner).expect("a sample").current())
        .collect()
}

/// The text of an expression on SQLite, PostgreSQL and MySQL, without what stands around it. MariaDB's is MySQL's.
fn texts<M: Table + Model, P: Selectable<M>>(make: impl Fn() -> P) -> [String; 3] {
    let text = |dialect| {
        let sql = M::query().select(make()).to_sql(dialect);
        let text = sql.text().expect("the statement is written").to_owned();
        let text = text.strip_prefix("SELECT ").unwrap_or(&text).to_owned();
        text.rsplit_once(" FROM ")
            .map(|(a, _)| a.to_owned())
            .unwrap_or(text)
    };
    let made = [Dialect::Sqlite, Dialect::Postgres, Dialect::MySql].map(text);
    // Only MariaDB's JSON does not compare as exactly as other text without being told to.
    assert_eq!(
        text(Dialect::MariaDb).replace(" COLLATE utf8mb4_nopad_bin", ""),
        made[2]
    );
    made
}
