//! Functions of dates and times, all in UTC.

use std::time::Duration;

use chrono::{DateTime, NaiveDate, NaiveDateTime, NaiveTime, TimeDelta, Utc};

use crate::expr::arith::Arith;
use crate::expr::ast::{BinaryOp, Function};
use crate::expr::operand::TimeLike;
use crate::expr::{Expr, Node, Operand};
use crate::value::{DataType, Literal, Scalar, Sql, Value};

use super::{Choice, call};

/// A function of a date or time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum TimeFunction {
    /// The moment at which the database runs the statement.
    Now,
    /// One number out of it.
    Part(TimePart),
    /// The beginning of the unit in which it lies.
    Trunc(TimeUnit),
    /// So many microseconds later.
    Later,
    /// So many days later.
    DaysLater,
    /// Whole seconds between two moments.
    Seconds,
    /// Whole days between two moments or dates.
    Days,
    /// The day in a time zone.
    DateIn,
}

/// A number out of a date or time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum TimePart {
    /// 1 to 4.
    Quarter,
    /// 1 to 366.
    DayOfYear,
    /// 1 for Monday to 7 for Sunday.
    Weekday,
    /// 0 to 23.
    Hour,
    /// 0 to 59.
    Minute,
    /// 0 to 59.
    Second,
}

/// What a date or moment is cut to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TimeUnit {
    /// The first of January.
    Year,
    /// The first of a January, April, July or October.
    Quarter,
    /// The first of the month.
    Month,
    /// Monday.
    Week,
    /// Midnight.
    Day,
    /// The full hour.
    Hour,
    /// The full minute.
    Minute,
    /// The full second.
    Second,
}

/// Types with an hour: times, date-times and timestamps.
#[diagnostic::on_unimplemented(
    message = "an expression of type `{Self}` has no hour",
    label = "`hour`, `minute` and `second` are for `NaiveTime`, `NaiveDateTime` and `DateTime<Utc>` columns"
)]
pub trait HasHour: Scalar {}

impl HasHour for NaiveTime {}
impl HasHour for NaiveDateTime {}
impl HasHour for DateTime<Utc> {}

/// Types with both a day and an hour: what is some seconds before or after another.
#[diagnostic::on_unimplemented(
    message = "an expression of type `{Self}` is not a moment",
    label = "seconds are counted between `NaiveDateTime` or `DateTime<Utc>` columns"
)]
pub trait Moment: HasHour + Literal {}

impl Moment for NaiveDateTime {}
impl Moment for DateTime<Utc> {}

/// The database's clock: when the statement (on PostgreSQL, the transaction) began.
pub fn now<S>() -> Expr<S, DateTime<Utc>> {
    time(TimeFunction::Now, DataType::Timestamp, Vec::new())
}

fn time<S, T>(function: TimeFunction, data_type: DataType, args: Vec<Node>) -> Expr<S, T> {
    call(Function::Time(function, data_type), args)
}

/// A function of an operand, told its type.
fn of<O: Operand, T>(function: TimeFunction, a: O) -> Expr<O::Scope, T> {
    time(
        function,
        <<O::Type as Sql>::Base as Scalar>::TYPE,
        vec![a.into_node()],
    )
}

fn between<O: Operand, V: Choice<O::Scope, <O::Type as Sql>::Base>, T>(
    function: TimeFunction,
    a: O,
    b: V,
) -> Expr<O::Scope, T> {
    let data_type = <<O::Type as Sql>::Base as Scalar>::TYPE;
    time(function, data_type, vec![a.into_node(), b.into_node()])
}

/// A number computed from a `T` and a `U`: NULL if either is.
type Counted<T, U> = <U as Sql>::Or<<T as Sql>::Map<i64>>;

/// The functions of dates and times; in the prelude beside [`Operand`].
pub trait TimeOperand: Operand {
    /// The quarter, 1 to 4.
    fn quarter(self) -> Expr<Self::Scope, <Self::Type as Sql>::Map<i32>>
    where
        Self::Type: TimeLike,
    {
        of(TimeFunction::Part(TimePart::Quarter), self)
    }

    /// The day of the year, from 1.
    fn day_of_year(self) -> Expr<Self::Scope, <Self::Type as Sql>::Map<i32>>
    where
        Self::Type: TimeLike,
    {
        of(TimeFunction::Part(TimePart::DayOfYear), self)
    }

    /// The day of the week: 1 for Monday to 7 for Sunday.
    fn weekday(self) -> Expr<Self::Scope, <Self::Type as Sql>::Map<i32>>
    where
        Self::Type: TimeLike,
    {
        of(TimeFunction::Part(TimePart::Weekday), self)
    }

    /// The hour.
    fn hour(self) -> Expr<Self::Scope, <Self::Type as Sql>::Map<i32>>
    where
        <Self::Type as Sql>::Base: HasHour,
    {
        of(TimeFunction::Part(TimePart::Hour), self)
    }

    /// The minute.
    fn minute(self) -> Expr<Self::Scope, <Self::Type as Sql>::Map<i32>>
    where
        <Self::Type as Sql>::Base: HasHour,
    {
        of(TimeFunction::Part(TimePart::Minute), self)
    }

    /// The second, without its fraction.
    fn second(self) -> Expr<Self::Scope, <Self::Type as Sql>::Map<i32>>
    where
        <Self::Type as Sql>::Base: HasHour,
    {
        of(TimeFunction::Part(TimePart::Second), self)
    }

    /// The beginning of the unit in which it lies. A date is its own hour, minute and second.
    fn date_trunc(self, unit: TimeUnit) -> Expr<Self::Scope, Self::Type>
    where
        Self::Type: TimeLike,
    {
        of(TimeFunction::Trunc(unit), self)
    }

    /// So many days later, or earlier for a negative number.
    fn add_days(self, days: i32) -> Expr<Self::Scope, Self::Type>
    where
        Self: Operand<Type: Sql<Base = NaiveDate>>,
    {
        let days = Node::Value(Value::I32(days), DataType::I32);
        time(
            TimeFunction::DaysLater,
            DataType::Date,
            vec![self.into_node(), days],
        )
    }

    /// How many whole seconds it is after the other moment, cut towards zero, as `TimeDelta::num_seconds` does it.
    fn seconds_since<V>(self, other: V) -> Expr<Self::Scope, Counted<Self::Type, V::Type>>
    where
        V: Choice<Self::Scope, <Self::Type as Sql>::Base>,
        <Self::Type as Sql>::Base: Moment,
    {
        between(TimeFunction::Seconds, self, other)
    }

    /// How many whole days it is after the other date or moment, cut towards zero.
    fn days_since<V>(self, other: V) -> Expr<Self::Scope, Counted<Self::Type, V::Type>>
    where
        V: Choice<Self::Scope, <Self::Type as Sql>::Base>,
        Self::Type: TimeLike,
    {
        between(TimeFunction::Days, self, other)
    }

    /// The day in a time zone, by its name: `Sale::sold_at.date_in("Europe/Berlin")`.
    ///
    /// SQLite has no time zones: `Unsupported`. MySQL and MariaDB need their time zone tables loaded, and give NULL
    /// without.
    fn date_in(self, zone: &str) -> Expr<Self::Scope, <Self::Type as Sql>::Map<NaiveDate>>
    where
        Self: Operand<Type: Sql<Base = DateTime<Utc>>>,
    {
        let zone = Node::Value(Value::Text(zone.to_owned()), DataType::Text);
        time(
            TimeFunction::DateIn,
            DataType::Timestamp,
            vec![self.into_node(), zone],
        )
    }
}

impl<O: Operand> TimeOperand for O {}

/// A moment some time later or earlier, in microseconds.
fn later(op: BinaryOp, left: Node, micros: Option<i64>, data_type: DataType) -> Node {
    let micros = match op {
        BinaryOp::Sub => micros.and_then(i64::checked_neg),
        _ => micros,
    };
    // Beyond all dates: the database says so.
    let micros = Node::Value(Value::I64(micros.unwrap_or(i64::MAX)), DataType::I64);
    Node::Function(Function::Time(TimeFunction::Later, data_type), vec![left, micros])
}

impl<S, T: Sql> Arith<S, T> for Duration
where
    T::Base: Moment,
{
    type Out = T;

    fn join(self, op: impl FnOnce(bool) -> BinaryOp, left: Node) -> Node {
        let micros = i64::try_from(self.as_micros()).ok();
        later(op(false), left, micros, T::Base::TYPE)
    }
}

impl<S, T: Sql> Arith<S, T> for TimeDelta
where
    T::Base: Moment,
{
    type Out = T;

    fn join(self, op: impl FnOnce(bool) -> BinaryOp, left: Node) -> Node {
        later(op(false), left, self.num_microseconds(), T::Base::TYPE)
    }
}
