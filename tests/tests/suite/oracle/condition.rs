//! Random conditions: tests of random terms, joined by three-valued logic.

use std::fmt::Debug;

use orm_core::expr::{CompareWith, IntoExpr, TextLike};
use orm_core::prelude::*;
use orm_core::value::{Literal, Sql};
use proptest::prelude::*;
use proptest::sample::select;

use super::matching::matches;
use super::model::Item;
use super::term::{Condition, Terms};
use super::values;

/// A comparison of two operands.
#[derive(Debug, Clone, Copy)]
enum Op {
    Eq,
    Ne,
    DistinctFrom,
    NotDistinctFrom,
    Lt,
    Le,
    Gt,
    Ge,
}

const OPS: [Op; 8] = [
    Op::Eq,
    Op::Ne,
    Op::DistinctFrom,
    Op::NotDistinctFrom,
    Op::Lt,
    Op::Le,
    Op::Gt,
    Op::Ge,
];

impl Op {
    fn expr<T: Sql, V: IntoExpr<Item, T>>(self, a: Expr<Item, T>, b: V) -> Expr<Item, bool> {
        match self {
            Op::Eq => a.eq(b),
            Op::Ne => a.ne(b),
            Op::DistinctFrom => a.is_distinct_from(b),
            Op::NotDistinctFrom => a.is_not_distinct_from(b),
            Op::Lt => a.lt(b),
            Op::Le => a.le(b),
            Op::Gt => a.gt(b),
            Op::Ge => a.ge(b),
        }
    }

    fn eval<B: PartialOrd>(self, a: Option<B>, b: Option<B>) -> Option<bool> {
        match self {
            Op::DistinctFrom => return Some(a != b),
            Op::NotDistinctFrom => return Some(a == b),
            _ => {}
        }
        let (a, b) = (a?, b?);
        Some(match self {
            Op::Eq => a == b,
            Op::Ne => a != b,
            Op::Lt => a < b,
            Op::Le => a <= b,
            Op::Gt => a > b,
            _ => a >= b,
        })
    }
}

/// What the values of a column can be, for the tests that are there for each type.
pub trait Plain: Literal + PartialOrd + Clone + Debug + CompareWith<Self> {}

impl<T: Literal + PartialOrd + Clone + Debug> Plain for T {}

/// Comparisons with values and with other terms of the type.
fn comparisons<T>(terms: Terms<T>, values: BoxedStrategy<T::Base>, ops: &[Op]) -> BoxedStrategy<Condition>
where
    T: Sql,
    T::Base: Plain + IntoExpr<Item, T>,
    Expr<Item, T>: IntoExpr<Item, T>,
{
    let with_value = (terms.clone(), select(ops.to_vec()), values).prop_map(|(a, op, v)| {
        let shown = format!("({a:?} {op:?} {v:?})");
        let expr = op.expr(a.expr.clone(), v.clone());
        Condition::new(expr, shown, move |item| op.eval(a.of(item), Some(v.clone())))
    });
    let with_term = (terms.clone(), select(ops.to_vec()), terms).prop_map(|(a, op, b)| {
        let shown = format!("({a:?} {op:?} {b:?})");
        let expr = op.expr(a.expr.clone(), b.expr.clone());
        Condition::new(expr, shown, move |item| op.eval(a.of(item), b.of(item)))
    });
    prop_oneof![2 => with_value, 1 => with_term].boxed()
}

/// `a BETWEEN b AND c`, whose ends are values or terms.
fn ranges<T>(terms: Terms<T>, values: BoxedStrategy<T::Base>) -> BoxedStrategy<Condition>
where
    T: Sql,
    T::Base: Plain + IntoExpr<Item, T>,
    Expr<Item, T>: IntoExpr<Item, T>,
{
    let within = |v: &Option<T::Base>, low: Option<T::Base>, high: Option<T::Base>| {
        let (low, high) = (Op::Ge.eval(v.clone(), low), Op::Le.eval(v.clone(), high));
        and(low, high)
    };
    let by_values = (terms.clone(), values.clone(), values.clone()).prop_map(move |(a, low, high)| {
        let shown = format!("{a:?}.between({low:?}, {high:?})");
        let expr = a.expr.clone().between(low.clone(), high.clone());
        Condition::new(expr, shown, move |item| {
            within(&a.of(item), Some(low.clone()), Some(high.clone()))
        })
    });
    let by_terms = (terms.clone(), values, terms).prop_map(move |(a, low, high)| {
        let shown = format!("{a:?}.between({low:?}, {high:?})");
        let expr = a.expr.clone().between(low.clone(), high.expr.clone());
        Condition::new(expr, shown, move |item| {
            within(&a.of(item), Some(low.clone()), high.of(item))
        })
    });
    prop_oneof![2 => by_values, 1 => by_terms].boxed()
}

/// Membership in lists of values, and in lists of terms.
fn lists<T>(terms: Terms<T>, values: BoxedStrategy<T::Base>) -> BoxedStrategy<Condition>
where
    T: Sql,
    T::Base: Plain + IntoExpr<Item, T::Base>,
    Expr<Item, T>: IntoExpr<Item, T::Base>,
{
    fn member<B: PartialEq>(v: Option<B>, list: &[Option<B>], negated: bool) -> Option<bool> {
        // A list without members holds nothing, not even NULL.
        let found = match v {
            _ if list.is_empty() => Some(false),
            None => None,
            Some(v) if list.iter().flatten().any(|w| *w == v) => Some(true),
            Some(_) if list.iter().any(Option::is_none) => None,
            Some(_) => Some(false),
        };
        found.map(|found| found != negated)
    }
    let not = |negated| if negated { "not_in" } else { "is_in" };
    let of_values = (terms.clone(), prop::collection::vec(values, 0..5), any::<bool>()).prop_map(
        move |(a, list, negated)| {
            let shown = format!("{a:?}.{}({list:?})", not(negated));
            let (expr, all) = (a.expr.clone(), list.clone());
            let expr = if negated {
                expr.not_in(all)
            } else {
                expr.is_in(all)
            };
            let list: Vec<_> = list.into_iter().map(Some).collect();
            Condition::new(expr, shown, move |item| member(a.of(item), &list, negated))
        },
    );
    let of_terms = (terms.clone(), prop::collection::vec(terms, 1..3), any::<bool>()).prop_map(
        move |(a, list, negated)| {
            let shown = format!("{a:?}.{}({list:?})", not(negated));
            let (expr, all) = (a.expr.clone(), list.iter().map(|t| t.expr.clone()));
            let expr = if negated {
                expr.not_in(all)
            } else {
                expr.is_in(all)
            };
            Condition::new(expr, shown, move |item| {
                let list: Vec<_> = list.iter().map(|t| t.of(item)).collect();
                member(a.of(item), &list, negated)
            })
        },
    );
    prop_oneof![4 => of_values, 1 => of_terms].boxed()
}

/// Tests for NULL.
fn null_tests<T: Sql>(terms: Terms<T>) -> BoxedStrategy<Condition> {
    (terms, any::<bool>())
        .prop_map(|(a, negated)| {
            let shown = format!("{a:?}.{}", if negated { "is_not_null()" } else { "is_null()" });
            let expr = a.expr.clone();
            let expr = if negated {
                expr.is_not_null()
            } else {
                expr.is_null()
            };
            Condition::new(expr, shown, move |item| Some(a.of(item).is_none() != negated))
        })
        .boxed()
}

/// Comparisons with `None`: `eq` and `ne` are tests for NULL, the others hold for nothing.
fn with_none<B: Plain>(terms: Terms<Option<B>>) -> BoxedStrategy<Condition>
where
    Option<B>: IntoExpr<Item, Option<B>>,
{
    (terms, select(OPS.to_vec()))
        .prop_map(|(a, op)| {
            let shown = format!("({a:?} {op:?} None)");
            let expr = op.expr(a.expr.clone(), None::<B>);
            Condition::new(expr, shown, move |item| match op {
                Op::Eq | Op::NotDistinctFrom => Some(a.of(item).is_none()),
                Op::Ne | Op::DistinctFrom => Some(a.of(item).is_some()),
                _ => None,
            })
        })
        .boxed()
}

/// Matches of text.
fn patterns<T: TextLike + Sql<Base = String>>(terms: Terms<T>) -> BoxedStrategy<Condition> {
    (terms, super::matching::searches())
        .prop_map(|(a, search)| {
            let shown = format!("{a:?}.{search:?}");
            let expr = search.expr(a.expr.clone());
            Condition::new(expr, shown, move |item| {
                a.of(item).map(|text| matches(&search, &text))
            })
        })
        .boxed()
}

/// What is tested of each type that has an order.
fn ordered<T>(terms: Terms<T>, values: BoxedStrategy<T::Base>) -> BoxedStrategy<Condition>
where
    T: Sql,
    T::Base: Plain + IntoExpr<Item, T> + IntoExpr<Item, T::Base>,
    Expr<Item, T>: IntoExpr<Item, T> + IntoExpr<Item, T::Base>,
{
    prop_oneof![
        4 => comparisons(terms.clone(), values.clone(), &OPS),
        1 => ranges(terms.clone(), values.clone()),
        2 => lists(terms.clone(), values),
        1 => null_tests(terms),
    ]
    .boxed()
}

/// What is tested of each type whose values are only equal or not.
fn unordered<T>(terms: Terms<T>, values: BoxedStrategy<T::Base>) -> BoxedStrategy<Condition>
where
    T: Sql,
    T::Base: Plain + IntoExpr<Item, T> + IntoExpr<Item, T::Base>,
    Expr<Item, T>: IntoExpr<Item, T> + IntoExpr<Item, T::Base>,
{
    prop_oneof![
        3 => comparisons(terms.clone(), values.clone(), &OPS[..4]),
        2 => lists(terms.clone(), values),
        1 => null_tests(terms),
    ]
    .boxed()
}

/// Conditions without others in them.
fn simple() -> BoxedStrategy<Condition> {
    macro_rules! kinds {
        ($($test:ident $kind:ident;)*) => {
            vec![$(
                $test(values::$kind::terms(), values::$kind::values()),
                $test(values::$kind::nullable(), values::$kind::values()),
                with_none(values::$kind::nullable()),
            )*]
        };
    }
    let mut all = kinds! {
        ordered small; ordered number; ordered big; ordered natural; ordered float; ordered price; ordered text;
        ordered day; ordered time; ordered moment; ordered stamp; ordered amount; ordered code;
        ordered bytes; ordered bool; unordered mood;
    };
    all.extend([
        patterns(values::text::terms()),
        patterns(values::text::nullable()),
        patterns(values::text::terms()),
        ordered(values::single::terms(), values::single::values()),
        unordered(values::level::terms(), values::level::values()),
        comparisons(values::words::terms(), values::words::values(), &OPS[..4]),
        comparisons(values::counts::nullable(), values::counts::values(), &OPS[..4]),
        with_none(values::counts::nullable()),
        ordered(values::wide::terms(), values::wide::values()),
        ordered(values::maybe_wide::terms(), values::maybe_wide::values()),
        with_none(values::maybe_wide::terms()),
        values::bool::terms(),
        // A condition that may be NULL by itself.
        values::bool::nullable()
            .prop_map(|a| {
                Condition::new(Filter::all([a.expr.clone()]), format!("{a:?}"), move |item| {
                    a.of(item)
                })
            })
            .boxed(),
    ]);
    proptest::strategy::Union::new(all).boxed()
}

/// SQL's AND.
pub fn and(a: Option<bool>, b: Option<bool>) -> Option<bool> {
    match (a, b) {
        (Some(false), _) | (_, Some(false)) => Some(false),
        (Some(true), Some(true)) => Some(true),
        _ => None,
    }
}

fn not(a: Option<bool>) -> Option<bool> {
    a.map(|a| !a)
}

/// SQL's OR.
fn or(a: Option<bool>, b: Option<bool>) -> Option<bool> {
    not(and(not(a), not(b)))
}

/// Any condition.
pub fn conditions() -> BoxedStrategy<Condition> {
    simple()
        .prop_recursive(3, 12, 3, |inner| {
            prop_oneof![
                2 => (inner.clone(), inner.clone(), any::<bool>()).prop_map(|(a, b, all)| join(vec![a, b], all)),
                1 => (prop::collection::vec(inner.clone(), 0..4), any::<bool>()).prop_map(|(list, all)| join(list, all)),
                1 => (inner.clone(), inner.clone(), any::<bool>()).prop_map(|(a, b, all)| {
                    let shown = format!("({a:?}).{}({b:?})", if all { "and" } else { "or" });
                    let (x, y) = (a.expr.clone(), b.expr.clone());
                    let expr = if all { x.and(y) } else { x.or(y) };
                    Condition::new(expr, shown, move |i| {
                        if all { and(a.of(i), b.of(i)) } else { or(a.of(i), b.of(i)) }
                    })
                }),
                2 => inner.clone().prop_map(|a| {
                    Condition::new(!a.expr.clone(), format!("!({a:?})"), move |item| not(a.of(item)))
                }),
                // A condition is a value, too: of type bool, and perhaps NULL.
                1 => null_tests(inner.clone().boxed()),
                1 => comparisons(inner.clone().boxed(), any::<bool>().boxed(), &OPS),
                1 => (inner, any::<bool>()).prop_map(|(a, default)| {
                    let expr = a.expr.clone().coalesce(default);
                    let shown = format!("({a:?}).coalesce({default})");
                    Condition::new(expr, shown, move |item| Some(a.of(item).unwrap_or(default)))
                }),
            ]
        })
        .boxed()
}

fn join(list: Vec<Condition>, all: bool) -> Condition {
    let shown = format!("{}({list:?})", if all { "all" } else { "any" });
    let exprs = list.iter().map(|c| c.expr.clone());
    let expr = if all {
        Filter::all(exprs)
    } else {
        Filter::any(exprs)
    };
    Condition::new(expr, shown, move |item| {
        list.iter()
            .map(|c| c.of(item))
            .fold(Some(all), if all { and } else { or })
    })
}
