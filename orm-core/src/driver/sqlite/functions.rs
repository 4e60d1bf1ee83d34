//! The functions that our SQL needs and SQLite has not, or has for ASCII only.

use rusqlite::functions::{Context, FunctionFlags};
use rusqlite::types::{ToSqlOutput, Value, ValueRef};
use rusqlite::{Connection, Error, Result};

type Output = Result<ToSqlOutput<'static>>;
type Body = fn(&Context<'_>) -> Output;

/// Name, number of arguments, and what it does. All but the first two of `in_case` give NULL for NULL.
const FUNCTIONS: &[(&str, i32, Body)] = &[
    ("orm_lower", 1, |c| in_case(c, str::to_lowercase)),
    ("orm_upper", 1, |c| in_case(c, str::to_uppercase)),
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
        divided(c, |n, by| n / by + n.signum() * i64::from((n % by).unsigned_abs() >= by.unsigned_abs().div_ceil(2)))
    }),
    ("orm_decimal_float", 2, decimal_float),
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

fn owned(value: Value) -> Output {
    Ok(ToSqlOutput::Owned(value))
}

fn null() -> Output {
    owned(Value::Null)
}

fn failed(words: &str) -> Error {
    Error::UserFunctionError(words.into())
}
