//! The terms of each type: columns, and what is computed from columns; and values to compare them with.

use orm_core::expr::{IntoExpr, TextLike};
use orm_core::prelude::*;
use orm_core::value::Sql;
use proptest::prelude::*;
use proptest::sample::select;
use proptest::strategy::Union;

use super::condition::Plain;
use super::matching::{lower, upper};
use super::model::{self, Item, Level, Mood};
use super::term::{Term, Terms, columns, nullable};

/// The value, or this one where it is NULL.
fn coalesced<B: Plain + IntoExpr<Item, B>>(terms: Terms<Option<B>>, values: BoxedStrategy<B>) -> Terms<B> {
    (terms, values)
        .prop_map(|(a, or)| {
            let shown = format!("{a:?}.coalesce({or:?})");
            let expr = a.expr.clone().coalesce(or.clone());
            Term::new(expr, shown, move |item| {
                Some(a.of(item).unwrap_or_else(|| or.clone()))
            })
        })
        .boxed()
}

fn any_of<T: Sql>(columns: Vec<Term<T>>, more: Vec<Terms<T>>) -> Terms<T> {
    let mut all = vec![(2, select(columns).boxed())];
    all.extend(more.into_iter().map(|terms| (1, terms)));
    Union::new_weighted(all).boxed()
}

/// A type: its columns without and with NULL, values of it, and what else makes terms of it.
macro_rules! kind {
    ($name:ident: $t:ty, [$($column:ident),*], [$($maybe:ident),*], $values:expr
        $(, also [$($terms:expr),*], [$($terms_maybe:expr),*])?) => {
        pub mod $name {
            use super::*;

            pub fn values() -> BoxedStrategy<$t> {
                $values.boxed()
            }

            /// Terms that are never NULL.
            pub fn terms() -> Terms<$t> {
                let default = coalesced(nullable(), values());
                any_of(columns![$($column),*], vec![default $($(, $terms.boxed())*)?])
            }

            /// Terms that may be NULL.
            pub fn nullable() -> Terms<Option<$t>> {
                any_of(nullable![$($maybe),*], vec![$($($terms_maybe.boxed()),*)?])
            }
        }
    };
}

kind!(bool: bool, [flag], [maybe_flag], any::<bool>());
kind!(small: i16, [small], [maybe_small], model::smalls());
kind!(number: i32, [number], [maybe_number], model::numbers(),
    also [numbers(), parts()], [maybe_numbers(), maybe_parts()]);
kind!(big: i64, [big, tally], [maybe_big], model::bigs(), also [bigs(), lengths()], [maybe_lengths()]);
kind!(natural: u32, [natural], [maybe_natural], model::naturals());
kind!(float: f64, [float], [maybe_float], model::floats());
kind!(price: f64, [price], [maybe_price], model::prices(), also [prices()], [maybe_prices()]);
kind!(text: String, [text], [maybe_text], model::texts(),
    also [changed(select(columns![text]).boxed())], [changed(select(nullable![maybe_text]).boxed())]);
kind!(day: NaiveDate, [day], [maybe_day], model::days(), also [dates()], [maybe_dates()]);
kind!(time: chrono::NaiveTime, [time], [maybe_time], model::times());
kind!(moment: NaiveDateTime, [moment], [maybe_moment], model::moments());
kind!(stamp: DateTime<Utc>, [stamp], [maybe_stamp], model::stamps());
kind!(amount: Decimal, [amount], [maybe_amount], model::decimals(5), also [amounts()], [maybe_amounts()]);
kind!(mood: Mood, [mood], [maybe_mood], model::moods());
kind!(code: Uuid, [code], [maybe_code], model::codes());
kind!(bytes: Vec<u8>, [bytes], [maybe_bytes], model::bytes());

/// Columns alone, of types with which nothing is computed.
macro_rules! column_kind {
    ($name:ident: $t:ty, $terms:ident = $columns:expr, $values:expr) => {
        pub mod $name {
            use super::*;

            pub fn values() -> BoxedStrategy<<$t as Sql>::Base> {
                $values.boxed()
            }

            pub fn $terms() -> Terms<$t> {
                select($columns).boxed()
            }
        }
    };
}

column_kind!(single: f32, terms = columns![single], model::singles());
column_kind!(level: Level, terms = columns![level], model::levels());
column_kind!(words: Vec<String>, terms = columns![words], model::words());
column_kind!(counts: Option<Vec<i32>>, nullable = nullable![maybe_counts], model::counts());
column_kind!(wide: Decimal, terms = columns![wide], model::wides());
column_kind!(maybe_wide: Option<Decimal>, terms = nullable![maybe_wide], model::wides());

/// One step of a computation with a value.
#[derive(Debug, Clone, Copy)]
enum Step {
    Plus,
    Minus,
    Times,
    Over,
    Rest,
    From,
    Negate,
}

/// Columns from which a few steps lead on. What a step computes is written once: operators mean the same for the database
/// and for Rust.
macro_rules! computed {
    ($name:ident: $sql:ty, $columns:expr, $values:expr, $($step:ident |$x:ident, $v:ident| $made:expr);* $(;)?) => {
        fn $name() -> Terms<$sql> {
            let steps = (select(vec![$(Step::$step),*]), select($values.to_vec()));
            (select($columns), prop::collection::vec(steps, 1..3))
                .prop_map(|(column, steps)| {
                    steps.into_iter().fold(column, |term, (step, v)| {
                        let shown = format!("({term:?} {step:?} {v:?})");
                        let x = term.expr.clone();
                        let expr: Expr<Item, $sql> = match step {
                            $(Step::$step => { let ($x, $v) = (x, v); $made })*
                            #[allow(unreachable_patterns, reason = "some types have all steps")]
                            _ => x,
                        };
                        Term::new(expr, shown, move |item| {
                            let x = term.of(item)?;
                            Some(match step {
                                $(Step::$step => { let ($x, $v) = (x, v); $made })*
                                #[allow(unreachable_patterns, reason = "some types have all steps")]
                                _ => x,
                            })
                        })
                    })
                })
                .boxed()
        }
    };
}

/// Expressions with what they mean.
macro_rules! terms {
    ($($expr:expr => |$item:ident| $eval:expr),+ $(,)?) => {
        select(vec![$(Term::new($expr, stringify!($expr), |$item: &Item| $eval)),+]).boxed()
    };
}

macro_rules! whole_steps {
    ($name:ident: $sql:ty, $columns:expr) => {
        computed! {
            $name: $sql, $columns, [1, 2, -2, 4, -3],
            Plus |x, v| x + v;
            Minus |x, v| x - v;
            Times |x, v| x * v;
            Over |x, v| x / v;
            Rest |x, v| x % v;
            From |x, v| v - x;
            Negate |x, _v| -x;
        }
    };
}

whole_steps!(whole: i32, columns![number]);
whole_steps!(maybe_whole: Option<i32>, nullable![maybe_number]);

macro_rules! float_steps {
    ($name:ident: $sql:ty, $columns:expr) => {
        computed! {
            $name: $sql, $columns, [0.5, 2.0, -1.25],
            Plus |x, v| x + v;
            Minus |x, v| x - v;
            Times |x, v| x * v;
            From |x, v| v - x;
            Negate |x, _v| -x;
        }
    };
}

float_steps!(quarters: f64, columns![price]);
float_steps!(maybe_quarters: Option<f64>, nullable![maybe_price]);

macro_rules! decimal_steps {
    ($name:ident: $sql:ty, $columns:expr) => {
        computed! {
            $name: $sql, $columns, [Decimal::ONE, Decimal::new(25, 1), Decimal::new(-125, 3)],
            Plus |x, v| x + v;
            Minus |x, v| x - v;
            Times |x, v| x * v;
            From |x, v| v - x;
            Negate |x, _v| -x;
        }
    };
}

decimal_steps!(exact: Decimal, columns![amount]);
decimal_steps!(maybe_exact: Option<Decimal>, nullable![maybe_amount]);

fn numbers() -> Terms<i32> {
    let mixed = terms! {
        Item::number + Item::small => |i| Some(i.number + i32::from(i.small)),
        Item::small * Item::number => |i| Some(i32::from(i.small) * i.number),
        Item::number - (Item::number - 2) * 3 => |i| Some(i.number - (i.number - 2) * 3),
        -(Item::number + 1) - -Item::number => |i| Some(-(i.number + 1) + i.number),
    };
    prop_oneof![whole(), mixed].boxed()
}

fn maybe_numbers() -> Terms<Option<i32>> {
    let mixed = terms! {
        Item::number + Item::maybe_number => |i| Some(i.number + i.maybe_number?),
        Item::maybe_number - Item::small => |i| Some(i.maybe_number? - i32::from(i.small)),
        Item::maybe_number * Item::maybe_small => |i| Some(i.maybe_number? * i32::from(i.maybe_small?)),
    };
    prop_oneof![maybe_whole(), mixed].boxed()
}

/// Numbers of 64 bits, also where an unsigned column meets a negative number.
fn bigs() -> Terms<i64> {
    terms! {
        Item::natural - Item::tally => |i| Some(i64::from(i.natural) - i.tally),
        Item::natural + Item::tally => |i| Some(i64::from(i.natural) + i.tally),
        Item::tally * Item::natural => |i| Some(i.tally * i64::from(i.natural)),
        Item::tally - Item::natural => |i| Some(i.tally - i64::from(i.natural)),
        Item::tally / 3 + Item::number => |i| Some(i.tally / 3 + i64::from(i.number)),
    }
}

fn prices() -> Terms<f64> {
    let mixed = terms! {
        Item::price * Item::number => |i| Some(i.price * f64::from(i.number)),
        Item::number - Item::price => |i| Some(f64::from(i.number) - i.price),
        Item::price / 4.0 => |i| Some(i.price / 4.0),
        Item::number / (Item::price * 0.0 + 8.0) => |i| Some(f64::from(i.number) / 8.0),
    };
    prop_oneof![quarters(), mixed].boxed()
}

fn maybe_prices() -> Terms<Option<f64>> {
    let mixed = terms! {
        Item::price + Item::maybe_price => |i| Some(i.price + i.maybe_price?),
        Item::maybe_price * Item::maybe_number => |i| Some(i.maybe_price? * f64::from(i.maybe_number?)),
    };
    prop_oneof![maybe_quarters(), mixed].boxed()
}

fn amounts() -> Terms<Decimal> {
    let mixed = terms! {
        Item::amount + Item::number => |i| Some(i.amount + Decimal::from(i.number)),
        Item::number - Item::amount => |i| Some(Decimal::from(i.number) - i.amount),
        Item::amount * Item::number => |i| Some(i.amount * Decimal::from(i.number)),
        Item::amount - Item::maybe_amount.coalesce(Decimal::new(1, 3)) =>
            |i| Some(i.amount - i.maybe_amount.unwrap_or(Decimal::new(1, 3))),
    };
    prop_oneof![exact(), mixed].boxed()
}

fn maybe_amounts() -> Terms<Option<Decimal>> {
    let mixed = terms! {
        Item::amount - Item::maybe_amount => |i| Some(i.amount - i.maybe_amount?),
        Item::maybe_amount * Item::amount => |i| Some(i.maybe_amount? * i.amount),
        -Item::maybe_amount => |i| Some(-i.maybe_amount?),
    };
    prop_oneof![maybe_exact(), mixed].boxed()
}

/// Text in other case, and without blanks around it.
fn changed<T: TextLike + Sql<Base = String>>(columns: Terms<T>) -> Terms<T> {
    (columns, prop::collection::vec(0..3, 1..3))
        .prop_map(|(column, steps)| {
            steps.into_iter().fold(column, |term, step| match step {
                0 => term.map("lower", Operand::lower, |text| lower(&text)),
                1 => term.map("upper", Operand::upper, |text| upper(&text)),
                _ => term.map("trim", Operand::trim, |text| text.trim_matches(' ').to_owned()),
            })
        })
        .boxed()
}

fn characters(text: &str) -> i64 {
    i64::try_from(text.chars().count()).expect("a short text")
}

fn lengths() -> Terms<i64> {
    text::terms()
        .prop_map(|t| t.map("length", Operand::length, |s| characters(&s)))
        .boxed()
}

fn maybe_lengths() -> Terms<Option<i64>> {
    text::nullable()
        .prop_map(|t| t.map("length", Operand::length, |s| characters(&s)))
        .boxed()
}

fn part(n: u32) -> i32 {
    i32::try_from(n).expect("a small number")
}

fn parts() -> Terms<i32> {
    use chrono::Datelike;
    terms! {
        Item::day.year() => |i| Some(i.day.year()),
        Item::day.month() => |i| Some(part(i.day.month())),
        Item::moment.day() => |i| Some(part(i.moment.day())),
        Item::moment.year() - Item::moment.month() => |i| Some(i.moment.year() - part(i.moment.month())),
        Item::stamp.day() * 100 => |i| Some(part(i.stamp.day()) * 100),
        Item::stamp.year() => |i| Some(i.stamp.year()),
    }
}

fn maybe_parts() -> Terms<Option<i32>> {
    use chrono::Datelike;
    terms! {
        Item::maybe_day.day() => |i| Some(part(i.maybe_day?.day())),
        Item::maybe_moment.month() => |i| Some(part(i.maybe_moment?.month())),
        Item::maybe_stamp.year() => |i| Some(i.maybe_stamp?.year()),
        Item::maybe_stamp.coalesce(DateTime::UNIX_EPOCH).month() + Item::maybe_number =>
            |i| Some(part(i.maybe_stamp.unwrap_or_default().month()) + i.maybe_number?),
    }
}

fn dates() -> Terms<NaiveDate> {
    terms! {
        Item::moment.date() => |i| Some(i.moment.date()),
        Item::stamp.date() => |i| Some(i.stamp.date_naive()),
        Item::maybe_moment.coalesce(NaiveDateTime::default()).date() =>
            |i| Some(i.maybe_moment.unwrap_or_default().date()),
    }
}

fn maybe_dates() -> Terms<Option<NaiveDate>> {
    terms! {
        Item::maybe_moment.date() => |i| Some(i.maybe_moment?.date()),
        Item::maybe_stamp.date() => |i| Some(i.maybe_stamp?.date_naive()),
    }
}
