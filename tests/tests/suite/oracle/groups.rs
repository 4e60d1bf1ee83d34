//! Groups and their aggregates, and rows without doubles, beside the same on a `Vec`.

use std::fmt::Debug;

use orm_core::prelude::*;
use orm_core::value::Sql;
use proptest::prelude::*;
use proptest::strategy::Union;

use super::condition::conditions;
use super::model::Item;
use super::term::{Condition, Term, Terms};
use super::values;

/// What one group gives, without its key and its means.
type Sums = (
    i64,
    i64,
    i64,
    Option<i64>,
    Option<i64>,
    Option<f64>,
    Option<Decimal>,
);
type Bounds = (
    Option<i64>,
    Option<String>,
    Option<NaiveDate>,
    Option<Decimal>,
    Option<DateTime<Utc>>,
    Option<u32>,
);
type Means = (Option<f64>, Option<f64>);

/// Groups by a term, of the rows that satisfy a condition, and which of the groups are kept.
#[derive(Clone, Debug)]
pub struct Groups<T: Sql> {
    key: Term<T>,
    filter: Option<Condition>,
    at_least: i64,
    above: Option<i64>,
}

/// A test of one of many kinds of groups.
#[derive(Clone, Debug)]
pub enum Grouping {
    Flag(Groups<bool>),
    MaybeFlag(Groups<Option<bool>>),
    Number(Groups<i32>),
    MaybeNumber(Groups<Option<i32>>),
    Price(Groups<f64>),
    Text(Groups<String>),
    MaybeText(Groups<Option<String>>),
    MaybeDay(Groups<Option<NaiveDate>>),
    Stamp(Groups<DateTime<Utc>>),
    MaybeAmount(Groups<Option<Decimal>>),
    Code(Groups<Uuid>),
}

pub fn groupings() -> impl Strategy<Value = Grouping> {
    fn groups<T: Sql>(terms: Terms<T>, make: fn(Groups<T>) -> Grouping) -> BoxedStrategy<Grouping> {
        let having = (0_i64..4, prop::option::weighted(0.3, -5_i64..6));
        (terms, prop::option::of(conditions()), having)
            .prop_map(move |(key, filter, (at_least, above))| {
                make(Groups {
                    key,
                    filter,
                    at_least,
                    above,
                })
            })
            .boxed()
    }
    Union::new([
        groups(values::bool::terms(), Grouping::Flag),
        groups(values::bool::nullable(), Grouping::MaybeFlag),
        groups(values::number::terms(), Grouping::Number),
        groups(values::number::nullable(), Grouping::MaybeNumber),
        groups(values::price::terms(), Grouping::Price),
        groups(values::text::terms(), Grouping::Text),
        groups(values::text::nullable(), Grouping::MaybeText),
        groups(values::day::nullable(), Grouping::MaybeDay),
        groups(values::stamp::terms(), Grouping::Stamp),
        groups(values::amount::nullable(), Grouping::MaybeAmount),
        groups(values::code::terms(), Grouping::Code),
    ])
}

/// What is wrong with what the database makes of it, if anything is.
pub async fn wrong(db: &Db, rows: &[Item], grouping: &Grouping) -> Result<Option<String>> {
    match grouping {
        Grouping::Flag(groups) => groups.wrong(db, rows, Some).await,
        Grouping::MaybeFlag(groups) => groups.wrong(db, rows, |key| key).await,
        Grouping::Number(groups) => groups.wrong(db, rows, Some).await,
        Grouping::MaybeNumber(groups) => groups.wrong(db, rows, |key| key).await,
        Grouping::Price(groups) => groups.wrong(db, rows, Some).await,
        Grouping::Text(groups) => groups.wrong(db, rows, Some).await,
        Grouping::MaybeText(groups) => groups.wrong(db, rows, |key| key).await,
        Grouping::MaybeDay(groups) => groups.wrong(db, rows, |key| key).await,
        Grouping::Stamp(groups) => groups.wrong(db, rows, Some).await,
        Grouping::MaybeAmount(groups) => groups.wrong(db, rows, |key| key).await,
        Grouping::Code(groups) => groups.wrong(db, rows, Some).await,
    }
}

impl<T: Sql> Groups<T>
where
    T::Base: PartialOrd + Clone + Debug,
{
    async fn wrong(
        &self,
        db: &Db,
        rows: &[Item],
        key_of: impl Fn(T) -> Option<T::Base>,
    ) -> Result<Option<String>> {
        let chosen: Vec<&Item> = rows
            .iter()
            .filter(|row| self.filter.as_ref().is_none_or(|c| c.of(row) == Some(true)))
            .collect();
        let mut groups: Vec<(Option<T::Base>, Vec<&Item>)> = Vec::new();
        for &row in &chosen {
            let key = self.key.of(row);
            match groups.iter_mut().find(|(other, _)| *other == key) {
                Some((_, members)) => members.push(row),
                None => groups.push((key, vec![row])),
            }
        }
        // NULL first, as `None` is.
        groups.sort_by(|a, b| a.0.partial_cmp(&b.0).expect("keys that compare"));
        let keys: Vec<Option<T::Base>> = groups.iter().map(|(key, _)| key.clone()).collect();
        groups.retain(|(_, members)| self.keeps(members));

        let key = || self.key.expr.clone();
        let filtered = || Item::query().filter(self.filter.as_ref().map(|c| c.expr.clone()));
        let query = filtered()
            .group_by(key())
            .having(count_all().ge(self.at_least))
            .having(self.above.map(|n| Item::maybe_number.sum().gt(n)))
            .select((key(), sums(), bounds(), means()))
            .order_by(key().asc().nulls_first());
        let sql = query.to_sql(db.dialect());
        let found = match query.all(db).await {
            Ok(found) => found,
            Err(e) => return Ok(Some(format!("{sql}\n{e:?}"))),
        };
        if found.len() != groups.len() {
            return Ok(Some(format!(
                "{sql}\ngives {} groups and not {}",
                found.len(),
                groups.len()
            )));
        }
        for ((key, sums, bounds, means), (wanted, members)) in found.into_iter().zip(&groups) {
            let given = (key_of(key), sums, bounds);
            let expected = (wanted.clone(), sums_of(members), bounds_of(members));
            if given != expected || !near(means.0, means_of(members).0) || !near(means.1, means_of(members).1)
            {
                return Ok(Some(format!(
                    "{sql}\ngives {given:?}, {means:?}\nand not {expected:?}, {:?}",
                    means_of(members)
                )));
            }
        }

        let unlike = filtered()
            .select(key())
            .distinct()
            .order_by(key().asc().nulls_first());
        let sql = unlike.to_sql(db.dialect());
        let found: Vec<Option<T::Base>> = match unlike.all(db).await {
            Ok(found) => found.into_iter().map(key_of).collect(),
            Err(e) => return Ok(Some(format!("{sql}\n{e:?}"))),
        };
        Ok((found != keys).then(|| format!("{sql}\ngives {found:?}\nand not {keys:?}")))
    }

    fn keeps(&self, members: &[&Item]) -> bool {
        let sum = sums_of(members).3;
        members.len() as i64 >= self.at_least && self.above.is_none_or(|n| sum.is_some_and(|sum| sum > n))
    }
}

macro_rules! outputs {
    ($name:ident -> $row:ty { $($expr:expr),* $(,)? }) => {
        fn $name() -> impl orm_core::query::Selectable<Item, Row = $row> {
            ($($expr),*)
        }
    };
}

outputs!(sums -> Sums {
    count_all(),
    Item::maybe_text.count(),
    Item::maybe_text.count_distinct(),
    Item::maybe_number.sum(),
    (Item::natural - Item::tally).sum(),
    Item::maybe_price.sum(),
    (Item::maybe_amount * Item::number).sum(),
});

fn sums_of(members: &[&Item]) -> Sums {
    let texts: Vec<&String> = members.iter().filter_map(|i| i.maybe_text.as_ref()).collect();
    let unlike: std::collections::HashSet<&String> = texts.iter().copied().collect();
    (
        members.len() as i64,
        texts.len() as i64,
        unlike.len() as i64,
        sum(members.iter().map(|i| i.maybe_number.map(i64::from))),
        sum(members.iter().map(|i| Some(i64::from(i.natural) - i.tally))),
        sum(members.iter().map(|i| i.maybe_price)),
        sum(members
            .iter()
            .map(|i| Some(i.maybe_amount? * Decimal::from(i.number)))),
    )
}

outputs!(bounds -> Bounds {
    Item::maybe_big.min(),
    Item::text.max(),
    Item::maybe_day.min(),
    Item::maybe_wide.max(),
    Item::stamp.max(),
    Item::natural.max(),
});

fn bounds_of(members: &[&Item]) -> Bounds {
    (
        members.iter().filter_map(|i| i.maybe_big).min(),
        members.iter().map(|i| i.text.clone()).max(),
        members.iter().filter_map(|i| i.maybe_day).min(),
        members.iter().filter_map(|i| i.maybe_wide).max(),
        members.iter().map(|i| i.stamp).max(),
        members.iter().map(|i| i.natural).max(),
    )
}

outputs!(means -> Means {
    Item::maybe_number.avg(),
    Item::amount.avg(),
});

fn means_of(members: &[&Item]) -> Means {
    let mean =
        |values: Vec<f64>| (!values.is_empty()).then(|| values.iter().sum::<f64>() / values.len() as f64);
    let float = |d: Decimal| d.to_string().parse().expect("a number");
    (
        mean(
            members
                .iter()
                .filter_map(|i| i.maybe_number)
                .map(f64::from)
                .collect(),
        ),
        mean(members.iter().map(|i| float(i.amount)).collect()),
    )
}

fn sum<N: std::iter::Sum>(values: impl Iterator<Item = Option<N>>) -> Option<N> {
    let values: Vec<N> = values.flatten().collect();
    (!values.is_empty()).then(|| values.into_iter().sum())
}

/// Means have as many digits as the database likes.
fn near(a: Option<f64>, b: Option<f64>) -> bool {
    match (a, b) {
        (Some(a), Some(b)) => (a - b).abs() <= 1e-9 * a.abs().max(1e-3),
        (a, b) => a == b,
    }
}
