//! Queries with conditions, orders, limits and offsets beside the same on a `Vec`.

use std::cmp::Ordering;
use std::fmt::Debug;
use std::rc::Rc;

use orm_core::expr::Order;
use orm_core::prelude::*;
use orm_core::value::Sql;
use proptest::prelude::*;
use proptest::strategy::Union;

use super::condition::conditions;
use super::model::Item;
use super::term::{Condition, Terms};
use super::values;

type Compare = Rc<dyn Fn(&Item, &Item) -> Ordering>;

/// One term of an order, and what it means.
#[derive(Clone)]
struct By {
    order: Order<Item>,
    compare: Compare,
    shown: String,
}

impl Debug for By {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.shown)
    }
}

/// Orders by terms of one type. Databases differ about NULL, so that its place is always said.
fn by<T: Sql>(terms: Terms<T>) -> BoxedStrategy<By>
where
    T::Base: PartialOrd,
{
    (terms, any::<bool>(), any::<bool>())
        .prop_map(|(term, descending, nulls_first)| {
            let order = term.expr.clone();
            let order = if descending { order.desc() } else { order.asc() };
            let order = if nulls_first {
                order.nulls_first()
            } else {
                order.nulls_last()
            };
            let shown = format!("{term:?} descending: {descending}, nulls first: {nulls_first}");
            let compare = move |a: &Item, b: &Item| match (term.of(a), term.of(b)) {
                (None, None) => Ordering::Equal,
                (None, _) if nulls_first => Ordering::Less,
                (None, _) => Ordering::Greater,
                (_, None) if nulls_first => Ordering::Greater,
                (_, None) => Ordering::Less,
                (a, b) => {
                    let up = a.partial_cmp(&b).expect("values that compare");
                    if descending { up.reverse() } else { up }
                }
            };
            By {
                order,
                compare: Rc::new(compare),
                shown,
            }
        })
        .boxed()
}

fn orders() -> impl Strategy<Value = By> {
    macro_rules! kinds {
        ($($kind:ident)*) => {
            vec![by(conditions()), $(by(values::$kind::terms()), by(values::$kind::nullable())),*]
        };
    }
    Union::new(
        kinds! { bool small number big natural float price text day time moment stamp amount code bytes },
    )
}

/// A query over the items.
#[derive(Debug, Clone)]
pub struct Search {
    filter: Option<Condition>,
    by: Vec<By>,
    limit: Option<u64>,
    offset: Option<u64>,
    distinct: bool,
}

pub fn searches() -> impl Strategy<Value = Search> {
    let number = || prop::option::weighted(0.3, prop_oneof![Just(0), 1_u64..5, Just(30_u64), Just(1000)]);
    (
        prop::option::of(conditions()),
        prop::collection::vec(orders(), 0..4),
        number(),
        number(),
        any::<bool>(),
    )
        .prop_map(|(filter, by, limit, offset, distinct)| Search {
            filter,
            by,
            limit,
            offset,
            distinct,
        })
}

/// What is wrong with what the database makes of the query, if anything is.
pub async fn wrong(db: &Db, rows: &[Item], search: &Search) -> Result<Option<String>> {
    let mut expected: Vec<&Item> = rows
        .iter()
        .filter(|row| search.filter.as_ref().is_none_or(|c| c.of(row) == Some(true)))
        .collect();
    expected.sort_by(|a, b| {
        let differing = search.by.iter().map(|by| (by.compare)(a, b)).find(|o| o.is_ne());
        differing.unwrap_or_else(|| a.id.cmp(&b.id))
    });
    let size = |n: u64| usize::try_from(n).expect("a small number");
    let expected: Vec<&Item> = expected
        .into_iter()
        .skip(search.offset.map_or(0, size))
        .take(search.limit.map_or(usize::MAX, size))
        .collect();
    let query = || {
        let query = Item::query()
            .filter(search.filter.as_ref().map(|c| c.expr.clone()))
            .limit(search.limit)
            .offset(search.offset);
        if search.distinct { query.distinct() } else { query }
    };
    let orders: Vec<Order<Item>> = search.by.iter().map(|by| by.order.clone()).collect();
    // An order beside DISTINCT must be among the columns on PostgreSQL.
    let (ordered, exact) = match search.distinct && !orders.is_empty() {
        true => (query().order_by(Item::id), false),
        false => (query().order_by(orders).order_by(Item::id), true),
    };
    let sql = ordered.to_sql(db.dialect());
    let found = match ordered.all(db).await {
        Ok(found) => found,
        Err(e) => return Ok(Some(format!("{sql}\n{e:?}"))),
    };
    if exact && found.iter().collect::<Vec<_>>() != expected {
        let ids = |rows: &mut dyn Iterator<Item = Id<Item>>| {
            rows.map(|id| id.to_string()).collect::<Vec<_>>().join(" ")
        };
        return Ok(Some(format!(
            "{sql}\ngives {}\nand not {}",
            ids(&mut found.iter().map(|row| row.id)),
            ids(&mut expected.iter().map(|row| row.id)),
        )));
    }
    let (count, exists) = (query().count(db).await?, query().exists(db).await?);
    let n = expected.len();
    Ok(
        (count != n as u64 || exists != (n > 0) || found.len() != n).then(|| {
            format!(
                "{sql}\ngives {} rows and not {n}; counted as {count}, there: {exists}",
                found.len()
            )
        }),
    )
}
