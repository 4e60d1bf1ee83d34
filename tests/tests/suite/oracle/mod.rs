//! The oracle: random expressions over random rows, computed by the databases and by Rust, with one result.

mod condition;
mod groups;
mod matching;
mod model;
mod order;
mod term;
mod values;

use orm_core::prelude::*;
use proptest::strategy::{Strategy, ValueTree as _};
use proptest::test_runner::{Config, RngAlgorithm, TestCaseError, TestError, TestRng, TestRunner};
use tokio::runtime::Handle;

use self::condition::conditions;
use self::model::{Item, items};
use self::term::Condition;
use super::{long, on_all};

/// Random and the same in each run: the batch is the seed.
fn runner(batch: u8, cases: u32) -> TestRunner {
    let config = Config {
        cases,
        failure_persistence: None,
        max_shrink_iters: 400,
        ..Config::default()
    };
    TestRunner::new_with_rng(config, TestRng::from_seed(RngAlgorithm::ChaCha, &[batch; 32]))
}

/// Fills the table with random rows; gives them as they are stored, by key.
async fn fill(db: &Db, batch: u8, n: usize) -> Result<Vec<Item>> {
    let mut runner = runner(batch, 1);
    let strategy = items();
    let rows: Vec<Item> = (0..n)
        .map(|_| strategy.new_tree(&mut runner).expect("a row").current())
        .collect();
    db.drop_connections();
    Item::delete().all_rows().exec(db).await?;
    let keys = Item::insert(&rows).keys(db).await?;
    let rows: Vec<Item> = rows
        .into_iter()
        .zip(keys)
        .map(|(row, id)| Item { id, ..row })
        .collect();
    assert_eq!(Item::query().order_by(Item::id).all(db).await?, rows);
    Ok(rows)
}

/// Tries random values until one fails, which is then made as small as it can be.
pub(crate) fn hold<S: Strategy>(
    batch: u8,
    cases: u32,
    strategy: &S,
    test: impl AsyncFn(S::Value) -> Result<Option<String>>,
) where
    S::Value: Clone,
{
    let outcome = runner(batch, cases).run(strategy, |value| {
        let judged = tokio::task::block_in_place(|| Handle::current().block_on(test(value)));
        match judged {
            Ok(None) => Ok(()),
            Ok(Some(wrong)) => Err(TestCaseError::fail(wrong)),
            Err(e) => Err(TestCaseError::fail(format!("{e:?}"))),
        }
    });
    match outcome {
        Ok(()) => {}
        Err(TestError::Fail(reason, value)) => panic!("batch {batch}: {value:?}\n{reason}"),
        Err(e) => panic!("batch {batch}: {e}"),
    }
}

/// What is wrong with the rows that the condition finds, if anything is.
async fn wrong_rows(db: &Db, rows: &[Item], condition: &Condition) -> Result<Option<String>> {
    let expr = || condition.expr.clone();
    let mut all = 0;
    for (filter, wanted) in [
        (expr(), Some(true)),
        (!expr(), Some(false)),
        (expr().is_null(), None),
    ] {
        let query = Item::query().filter(filter).order_by(Item::id).select(Item::id);
        let sql = query.to_sql(db.dialect());
        let found = match query.all(db).await {
            Ok(found) => found,
            Err(e) => return Ok(Some(format!("{sql}\n{e:?}"))),
        };
        all += found.len();
        let differing: Vec<&Item> = rows
            .iter()
            .filter(|row| found.contains(&row.id) != (condition.of(row) == wanted))
            .collect();
        if let Some(row) = differing.first() {
            return Ok(Some(format!(
                "{sql}\nis wrong about {} of {} rows; it {} this one, for which Rust says {:?}:\n{row:?}",
                differing.len(),
                rows.len(),
                if found.contains(&row.id) {
                    "gives"
                } else {
                    "does not give"
                },
                condition.of(row),
            )));
        }
    }
    Ok((all != rows.len()).then(|| {
        format!(
            "true, false and neither give {all} rows, and there are {}",
            rows.len()
        )
    }))
}

/// How many batches of rows, and how many cases on each. A connection keeps a few hundred prepared statements: batches are
/// small enough for that.
fn size() -> (u8, u32) {
    if long() { (100, 80) } else { (2, 80) }
}

on_all! {
    async fn conditions_find_the_rows_that_rust_finds(db) {
        db.create_all::<Item>().await?;
        let (batches, cases) = size();
        for batch in 0..batches {
            let rows = fill(db, batch, 40).await?;
            hold(batch, cases, &conditions(), async |condition| wrong_rows(db, &rows, &condition).await);
        }
    }

    async fn orders_limits_and_counts_are_those_of_a_vec(db) {
        db.create_all::<Item>().await?;
        let (batches, cases) = size();
        for batch in 0..batches {
            let rows = fill(db, batch, 40).await?;
            hold(batch, cases, &order::searches(), async |search| order::wrong(db, &rows, &search).await);
        }
    }

    async fn groups_and_their_aggregates_are_those_of_a_vec(db) {
        db.create_all::<Item>().await?;
        let (batches, cases) = size();
        for batch in 0..batches {
            let rows = fill(db, batch, 40).await?;
            hold(batch, cases / 2, &groups::groupings(), async |grouping| groups::wrong(db, &rows, &grouping).await);
        }
    }
}
