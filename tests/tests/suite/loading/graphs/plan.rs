//! Plans whose shape is in their types, and the rest of which is random; and what they give in memory.

use std::cmp::Ordering;

use orm_core::expr::Order;
use orm_core::load::{IntoLoad, Load, Partial};
use orm_core::model::{Relation, ToMany};
use orm_core::prelude::*;
use orm_core::query::Query;
use proptest::prelude::*;
use serde_json::{Map, Value};

use super::model::{Badge, Common, Graph, Line, Node, Post, Row, Tag};

/// What is said of one load, or of the query itself.
#[derive(Debug, Clone, Copy)]
pub struct Say {
    joined: Option<bool>,
    /// Marked rows, too.
    deleted: bool,
    filter: Option<Condition>,
    order: Option<By>,
    limit: Option<u64>,
    offset: Option<u64>,
}

#[derive(Debug, Clone, Copy)]
enum Condition {
    AtLeast(i32),
    Unranked,
    RankBelow(i32),
    Behind(i32),
    Never,
}

#[derive(Debug, Clone, Copy)]
struct By {
    rank: bool,
    descending: bool,
    nulls_first: bool,
}

pub fn says() -> impl Strategy<Value = Vec<Say>> {
    let condition = prop_oneof![
        3 => (-1_i32..3).prop_map(Condition::AtLeast),
        1 => Just(Condition::Unranked),
        2 => (0_i32..3).prop_map(Condition::RankBelow),
        1 => (-1_i32..3).prop_map(Condition::Behind),
        1 => Just(Condition::Never),
    ];
    let by = (any::<bool>(), any::<bool>(), any::<bool>()).prop_map(|(rank, descending, nulls_first)| By {
        rank,
        descending,
        nulls_first,
    });
    let say = (
        prop::option::weighted(0.8, any::<bool>()),
        prop::bool::weighted(0.2),
        prop::option::weighted(0.5, condition),
        prop::option::of(by),
        prop::option::weighted(0.4, 0_u64..4),
        prop::option::weighted(0.2, 0_u64..3),
    )
        .prop_map(|(joined, deleted, filter, order, limit, offset)| Say {
            joined,
            deleted,
            filter,
            order,
            limit,
            offset,
        });
    prop::collection::vec(say, 8)
}

impl Say {
    fn condition<M: Common>(self) -> Option<Expr<M, bool>> {
        self.filter.map(|filter| match filter {
            Condition::AtLeast(n) => M::n().ge(n),
            Condition::Unranked => M::rank().is_null(),
            Condition::RankBelow(n) => Filter::all([M::rank().lt(n)]),
            Condition::Behind(n) => M::behind(n),
            Condition::Never => M::n().gt(100),
        })
    }

    fn order<M: Common>(self) -> Option<Order<M>> {
        self.order.map(|by| {
            let order = match (by.rank, by.descending) {
                (true, true) => M::rank().desc(),
                (true, false) => M::rank().asc(),
                (false, true) => M::n().desc(),
                (false, false) => M::n().asc(),
            };
            // Databases differ about NULL, so that its place is said.
            match (by.rank, by.nulls_first) {
                (false, _) => order,
                (true, true) => order.nulls_first(),
                (true, false) => order.nulls_last(),
            }
        })
    }

    fn holds(self, graph: &Graph, row: Row<'_>) -> bool {
        match self.filter {
            None => true,
            Some(Condition::AtLeast(n)) => row.n() >= n,
            Some(Condition::Unranked) => row.rank().is_none(),
            Some(Condition::RankBelow(n)) => row.rank().is_some_and(|rank| rank < n),
            Some(Condition::Behind(n)) => row.behind(graph, n),
            Some(Condition::Never) => false,
        }
    }

    fn compare(self, a: Row<'_>, b: Row<'_>) -> Ordering {
        let said = self.order.map_or(Ordering::Equal, |by| {
            let ordered = |up: Ordering| if by.descending { up.reverse() } else { up };
            match (by.rank, a.rank(), b.rank()) {
                (false, _, _) => ordered(a.n().cmp(&b.n())),
                (true, Some(a), Some(b)) => ordered(a.cmp(&b)),
                (true, a, b) if by.nulls_first => a.is_some().cmp(&b.is_some()),
                (true, a, b) => a.is_none().cmp(&b.is_none()),
            }
        });
        said.then_with(|| a.by_key(b))
    }

    /// The rows that are wanted, in their order.
    fn apply<'g>(self, graph: &'g Graph, mut rows: Vec<Row<'g>>, part: bool) -> Vec<Row<'g>> {
        rows.sort_by(|a, b| self.compare(*a, *b));
        if !part {
            return rows;
        }
        let size = |n: u64| usize::try_from(n).expect("a small number");
        rows.into_iter()
            .filter(|row| self.holds(graph, *row))
            .skip(size(self.offset.unwrap_or(0)))
            .take(self.limit.map_or(usize::MAX, size))
            .collect()
    }
}

/// How a relation is loaded.
#[derive(Debug, Clone, Copy)]
enum How {
    One,
    Whole,
    Part,
}

/// A relation of a plan.
struct Branch {
    name: &'static str,
    how: How,
    nested: Vec<Branch>,
}

fn forced<R: Relation, S, E>(load: Load<R, S, E>, say: Say) -> Load<R, S, E> {
    let load = if say.deleted { load.with_deleted() } else { load };
    match say.joined {
        None => load,
        Some(true) => load.joined(),
        Some(false) => load.selectin(),
    }
}

#[allow(non_snake_case, reason = "named as the ways of loading")]
fn One<R: Relation, S>(load: Load<R, S>, say: Say) -> Load<R, S> {
    forced(load, say)
}

#[allow(non_snake_case, reason = "named as the ways of loading")]
fn Whole<R: ToMany<To: Common>, S>(load: Load<R, S>, say: Say) -> Load<R, S> {
    forced(load, say).order_by(say.order())
}

#[allow(non_snake_case, reason = "named as the ways of loading")]
fn Part<R: ToMany<To: Common>, S>(load: Load<R, S>, say: Say) -> Load<R, S, Partial> {
    let load = forced(load, say).filter(say.condition()).order_by(say.order());
    // A limit that is not said takes no part in the statement.
    match say.offset {
        Some(offset) => load.limit_per_parent(say.limit).offset_per_parent(offset),
        None => load.limit_per_parent(say.limit),
    }
}

fn root<M: Common>(say: Say) -> Query<M> {
    M::query()
        .filter(say.condition())
        .order_by(say.order())
        .order_by(M::key())
        .limit(say.limit)
        .offset(say.offset)
}

/// Gives a query or a load its loads.
macro_rules! with {
    ($says:ident, $to:expr, $model:ident {}) => { $to };
    ($says:ident, $to:expr, $model:ident { $rel:ident: $how:ident $target:ident { $($nested:tt)* } $($rest:tt)* }) => {{
        let say = $says.next().expect("enough is said");
        let bare = IntoLoad::<$model>::into_load($model::$rel);
        let load = with!($says, bare, $target { $($nested)* });
        let to = $to.with($how(load, say));
        with!($says, to, $model { $($rest)* })
    }};
}

/// The same as data.
macro_rules! branches {
    ($($rel:ident: $how:ident $target:ident { $($nested:tt)* })*) => {
        vec![$(Branch { name: stringify!($rel), how: How::$how, nested: branches!($($nested)*) }),*]
    };
}

macro_rules! plans {
    ($($name:ident: $model:ident { $($loads:tt)* })*) => {
        /// The plans' names.
        pub const PLANS: &[&str] = &[$(stringify!($name)),*];

        /// What a plan gives on a database, level by level or all in one trip.
        pub async fn load(name: &str, one_trip: bool, db: &dyn Executor, says: &[Say]) -> Result<Value> {
            let mut says = says.iter().copied().cycle();
            let own = says.next().expect("something is said");
            match name {
                $(stringify!($name) => {
                    let query = with!(says, root::<$model>(own), $model { $($loads)* });
                    let query = if one_trip { query.in_one_trip() } else { query };
                    let rows = query.all(db).await?;
                    Ok(serde_json::to_value(rows).expect("rows as JSON"))
                })*
                other => panic!("no plan {other}"),
            }
        }

        /// What it gives in memory.
        pub fn expected(name: &str, graph: &Graph, says: &[Say]) -> Value {
            let mut says = says.iter().copied().cycle();
            let own = says.next().expect("something is said");
            let (rows, branches) = match name {
                $(stringify!($name) => (graph.rows(stringify!($model)), branches!($($loads)*)),)*
                other => panic!("no plan {other}"),
            };
            let branches = said(branches, &mut says);
            let rows = own.apply(graph, rows, true);
            rows.into_iter().map(|row| tree(graph, row, &branches)).collect()
        }
    };
}

/// A branch with what is said of it.
struct Said(Branch, Say, Vec<Said>);

fn said(branches: Vec<Branch>, says: &mut impl Iterator<Item = Say>) -> Vec<Said> {
    let mut all = Vec::new();
    for mut branch in branches {
        let say = says.next().expect("enough is said");
        let nested = said(std::mem::take(&mut branch.nested), &mut *says);
        all.push(Said(branch, say, nested));
    }
    all
}

/// A row as JSON, with all that is loaded with it.
fn tree(graph: &Graph, row: Row<'_>, branches: &[Said]) -> Value {
    let mut json = row.json();
    let object: &mut Map<String, Value> = json.as_object_mut().expect("an object");
    for Said(branch, say, nested) in branches {
        let rows = say.apply(
            graph,
            row.related(graph, branch.name, say.deleted),
            matches!(branch.how, How::Part),
        );
        let mut values = rows.into_iter().map(|row| tree(graph, row, nested));
        let value = match branch.how {
            How::One => values.next().unwrap_or(Value::Null),
            How::Whole | How::Part => values.collect(),
        };
        object.insert(branch.name.to_owned(), value);
    }
    json
}

plans! {
    around: Node { parent: One Node {} badge: One Badge {} children: Whole Node {} }
    collections: Node { posts: Part Post {} tags: Whole Tag {} peers: Part Node {} lines: Part Line {} }
    upwards: Post {
        node: One Node { parent: One Node { parent: One Node {} } }
        editor: One Node {}
        line: One Line { node: One Node {} }
    }
    downwards: Node { children: Part Node { children: Whole Node { tags: Part Tag {} } } }
    backwards: Tag { nodes: Whole Node { posts: Part Post { line: One Line {} } badge: One Badge {} } }
    composite: Line { posts: Whole Post { editor: One Node {} } node: One Node { lines: Part Line { posts: Part Post {} } } }
    by_uuid: Badge { node: One Node { badge: One Badge {} } sponsor: One Node { peers: Whole Node { badge: One Badge {} } } }
    twice: Node { peers: Whole Node { children: Part Node {} tags: Whole Tag { nodes: Part Node {} } } }
    deep: Node {
        lines: Part Line { posts: Whole Post { editor: One Node { badge: One Badge {} } } }
        badge: One Badge { sponsor: One Node { sponsored: Part Badge {} } }
    }
    there_and_back: Node { tags: Part Tag { nodes: Part Node { tags: Whole Tag {} } } sponsored: Whole Badge { node: One Node {} } }
}
