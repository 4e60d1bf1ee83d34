//! The functions that our SQL needs and SQLite has not, or has for ASCII only.

use chrono::{Datelike, NaiveDate, NaiveDateTime, NaiveTime, TimeDelta, Timelike, Weekday};
use rusqlite::functions::{Context, FunctionFlags};
use rusqlite::types::{ToSqlOutput, Value, ValueRef};
use rusqlite::{Connection, Error, Result};
use serde_json::Value as Json;

use crate::value::{case, datetime_from_text, datetime_to_text};

type Output = Result<ToSqlOutput<'static>>;
type Body = fn(&Context<'_>) -> Output;

/// Name, number of arguments, and what it does. All but the first two of `in_case` give NULL for NULL.
const FUNCTIONS: &[(&str, i32, Body)] = &[
    ("orm_lower", 1, |c| in_case(c, case::lower)),
    ("orm_upper", 1, |c| in_case(c, case::upper)),
    ("orm_lpad", 3, |c| padded(c, true)),
    ("orm_rpad", 3, |c| padded(c, false)),
    ("orm_round", 1, |c| float(c, f64::round)),
    ("orm_floor", 1, |c| float(c, f64::floor)),
    ("orm_ceil", 1, |c| float(c, f64::ceil)),
    ("orm_div_floor", 2, |c| divided(c, i64::div_euclid)),
    ("orm_div_ceil", 2, |c| {
        divided(c, |n, by| n.div_euclid(by) + i64::from(n.rem_euclid(by) != 0))
    }),
    ("orm_div_round", 2, |c| {
        divided(c, |n, by| {
            n / by + n.signum() * i64::from((n % by).unsigned_abs() >= by.unsigned_abs().div_ceil(2))
        })
    }),
    ("orm_decimal_float", 2, decimal_float),
    ("orm_float_text", 1, |c| match c.get_raw(0) {
        // The shortest digits that give the same number back.
        ValueRef::Real(n) => owned(Value::Text(format!("{n:?}"))),
        other => owned(Value::try_from(other)?),
    }),
    ("orm_json_get", 2, |c| match json_at(c)? {
        Some(found) => owned(Value::Text(found.to_string())),
        None => null(),
    }),
    ("orm_json_scalar", 3, json_scalar),
    ("orm_json_contains", 2, |c| match (json(c, 0)?, json(c, 1)?) {
        (Some(document), Some(other)) => owned(Value::Integer(i64::from(contains(&document, &other, true)))),
        _ => null(),
    }),
    ("orm_later", 2, later),
    ("orm_seconds", 2, seconds),
    ("orm_trunc", 2, trunc),
];

/// Adds them to a connection.
pub(super) fn add(conn: &Connection) -> Result<()> {
    let flags =
        FunctionFlags::SQLITE_UTF8 | FunctionFlags::SQLITE_DETERMINISTIC | FunctionFlags::SQLITE_INNOCUOUS;
    FUNCTIONS
        .iter()
        .try_for_each(|(name, args, body)| conn.create_scalar_function(*name, *args, flags, *body))
}

/// `lower()` and `upper()` of SQLite know ASCII only.
fn in_case(context: &Context<'_>, change: fn(&str) -> String) -> Output {
    let value = match context.get_raw(0) {
        ValueRef::Text(_) => Value::Text(change(context.get_raw(0).as_str()?)),
        other => Value::try_from(other)?,
    };
    Ok(ToSqlOutput::Owned(value))
}

fn padded(context: &Context<'_>, left: bool) -> Output {
    let (Some(text), Some(len), Some(fill)) = (
        context.get_raw(0).as_str_or_null()?,
        context.get::<Option<i64>>(1)?,
        context.get_raw(2).as_str_or_null()?,
    ) else {
        return null();
    };
    let len = usize::try_from(len).unwrap_or(0);
    let kept: String = text.chars().take(len).collect();
    let missing = len - kept.chars().count();
    // SQLite refuses a longer text; it is not built first.
    if missing.saturating_mul(fill.len()) > 1_000_000_000 {
        return Err(failed("a text is filled up to more than SQLite holds"));
    }
    let filling: String = fill.chars().cycle().take(missing).collect();
    owned(Value::Text(if left { filling + &kept } else { kept + &filling }))
}

fn float(context: &Context<'_>, f: fn(f64) -> f64) -> Output {
    match context.get_raw(0) {
        ValueRef::Real(n) => owned(Value::Real(f(n))),
        other => owned(Value::try_from(other)?),
    }
}

fn divided(context: &Context<'_>, f: fn(i64, i64) -> i64) -> Output {
    match (context.get_raw(0), context.get::<i64>(1)?) {
        (ValueRef::Integer(n), by) if by > 0 => owned(Value::Integer(f(n, by))),
        _ => null(),
    }
}

/// The float nearest to a decimal. Its digits are read as a text is: a division would round twice.
fn decimal_float(context: &Context<'_>) -> Output {
    let mantissa = match context.get_raw(0) {
        ValueRef::Integer(n) => i128::from(n),
        ValueRef::Blob(bytes) => match bytes.try_into() {
            Ok(bytes) => i128::from_be_bytes(bytes) ^ i128::MIN,
            Err(_) => return Err(failed("a decimal of another form")),
        },
        _ => return null(),
    };
    let scale = context.get::<i64>(1)?;
    match format!("{mantissa}e-{scale}").parse() {
        Ok(n) => owned(Value::Real(n)),
        Err(_) => Err(failed("a decimal of another form")),
    }
}

/// A moment in the text form of its column.
fn moment(context: &Context<'_>, at: usize) -> Result<Option<NaiveDateTime>> {
    match context.get_raw(at).as_str_or_null()? {
        None => Ok(None),
        Some(text) => match datetime_from_text(text) {
            Some(moment) => Ok(Some(moment)),
            None => Err(failed("a text is not a date or time")),
        },
    }
}

fn later(context: &Context<'_>) -> Output {
    let (Some(moment), Some(micros)) = (moment(context, 0)?, context.get::<Option<i64>>(1)?) else {
        return null();
    };
    match moment.checked_add_signed(TimeDelta::microseconds(micros)) {
        Some(moment) if (0..=9999).contains(&moment.year()) => owned(Value::Text(datetime_to_text(moment))),
        _ => Err(failed("a date is outside the years 0000 to 9999")),
    }
}

fn seconds(context: &Context<'_>) -> Output {
    let (Some(a), Some(b)) = (moment(context, 0)?, moment(context, 1)?) else {
        return null();
    };
    owned(Value::Integer((a - b).num_seconds()))
}

/// The beginning of a unit. What is a date stays one.
fn trunc(context: &Context<'_>) -> Output {
    let Some(moment) = moment(context, 1)? else {
        return null();
    };
    let (day, time) = (moment.date(), moment.time());
    let first = |month| NaiveDate::from_ymd_opt(day.year(), month, 1);
    let clock = |minute, second| NaiveTime::from_hms_opt(time.hour(), minute, second);
    let cut = match context.get_raw(0).as_str()? {
        "year" => first(1).map(|day| day.and_time(NaiveTime::MIN)),
        "quarter" => first(day.month0() / 3 * 3 + 1).map(|day| day.and_time(NaiveTime::MIN)),
        "month" => first(day.month()).map(|day| day.and_time(NaiveTime::MIN)),
        "week" => Some(day.week(Weekday::Mon).first_day().and_time(NaiveTime::MIN)),
        "day" => Some(day.and_time(NaiveTime::MIN)),
        "hour" => clock(0, 0).map(|time| day.and_time(time)),
        "minute" => clock(time.minute(), 0).map(|time| day.and_time(time)),
        _ => clock(time.minute(), time.second()).map(|time| day.and_time(time)),
    };
    let date_only = context.get_raw(1).as_str()?.len() == 10;
    match cut {
        Some(moment) if moment.year() < 0 => Err(failed("a date is outside the years 0000 to 9999")),
        Some(moment) if date_only => owned(Value::Text(moment.date().to_string())),
        Some(moment) => owned(Value::Text(datetime_to_text(moment))),
        None => null(),
    }
}

fn json(context: &Context<'_>, at: usize) -> Result<Option<Json>> {
    match context.get_raw(at).as_str_or_null()? {
        None => Ok(None),
        Some(text) => match serde_json::from_str(text) {
            Ok(json) => Ok(Some(json)),
            Err(_) => Err(failed("a text is not JSON")),
        },
    }
}

/// What stands at a path, which is a JSON array of keys and positions.
fn json_at(context: &Context<'_>) -> Result<Option<Json>> {
    let (Some(document), Some(Json::Array(steps))) = (json(context, 0)?, json(context, 1)?) else {
        return Ok(None);
    };
    Ok(steps
        .into_iter()
        .try_fold(document, |document, step| match (document, step) {
            (Json::Object(mut object), Json::String(key)) => object.remove(&key),
            (Json::Array(mut array), Json::Number(index)) => {
                let index = usize::try_from(index.as_u64()?).ok()?;
                (index < array.len()).then(|| array.swap_remove(index))
            }
            _ => None,
        }))
}

fn json_scalar(context: &Context<'_>) -> Output {
    let found = json_at(context)?;
    let value = match (context.get_raw(2).as_str()?, found) {
        ("text", Some(Json::String(text))) => Some(Value::Text(text)),
        ("float", Some(Json::Number(n))) => n.as_f64().map(Value::Real),
        ("int", Some(Json::Number(n))) => n.as_i64().map(Value::Integer),
        ("bool", Some(Json::Bool(b))) => Some(Value::Integer(i64::from(b))),
        _ => None,
    };
    value.map_or_else(null, owned)
}

/// As `@>` of PostgreSQL has it: only at the top does an array contain a scalar.
fn contains(document: &Json, other: &Json, top: bool) -> bool {
    match (document, other) {
        (Json::Object(a), Json::Object(b)) => b
            .iter()
            .all(|(key, value)| a.get(key).is_some_and(|own| contains(own, value, false))),
        (Json::Array(a), Json::Array(b)) => b
            .iter()
            .all(|value| a.iter().any(|own| contains(own, value, false))),
        (Json::Array(a), scalar) if top && !scalar.is_object() => a.contains(scalar),
        (Json::Number(a), Json::Number(b)) => a == b || a.as_f64() == b.as_f64(),
        (a, b) => a == b,
    }
}

fn owned(value: Value) -> Output {
    Ok(ToSqlOutput::Owned(value))
}

fn null() -> Output {
    owned(Value::Null)
}

fn failed(words: &str) -> Error {
    Error::UserFunctionError(words.into())
}
