//! Values on their way into a statement: SQLite's five storage classes, and what does not fit them.

use std::borrow::Cow;

use chrono::{Datelike, NaiveDate, NaiveDateTime};
use rusqlite::types::{ToSqlOutput, ValueRef};
use rusqlite::{Statement, ToSql};

use crate::error::{Error, ErrorKind, Result};
use crate::value::{Value, datetime_to_text, time_to_text};

/// A value in the form in which SQLite takes it.
#[derive(Debug, PartialEq)]
pub(super) enum Bound<'a> {
    Null,
    Int(i64),
    Real(f64),
    Text(Cow<'a, str>),
    Blob(&'a [u8]),
}

impl ToSql for Bound<'_> {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(ToSqlOutput::Borrowed(match self {
            Bound::Null => ValueRef::Null,
            Bound::Int(n) => ValueRef::Integer(*n),
            Bound::Real(n) => ValueRef::Real(*n),
            Bound::Text(s) => ValueRef::Text(s.as_bytes()),
            Bound::Blob(b) => ValueRef::Blob(b),
        }))
    }
}

/// Binds all parameters of a statement.
pub(super) fn bind(statement: &mut Statement<'_>, params: &[Value]) -> Result<(), super::run::Fault> {
    let wanted = statement.parameter_count();
    if wanted != params.len() {
        return Err(Error::invalid(format!(
            "the statement has {wanted} placeholders and was given {} parameters",
            params.len()
        ))
        .into());
    }
    for (position, value) in (1usize..).zip(params) {
        let bound = encode(value, position)?;
        statement
            .raw_bind_parameter(position, bound)
            .map_err(super::run::Fault::Step)?;
    }
    Ok(())
}

/// A value in SQLite's form. `position` counts from one.
pub(super) fn encode(value: &Value, position: usize) -> Result<Bound<'_>> {
    Ok(match value {
        Value::Null(_) => Bound::Null,
        Value::Bool(b) => Bound::Int(i64::from(*b)),
        Value::I16(n) => Bound::Int(i64::from(*n)),
        Value::I32(n) => Bound::Int(i64::from(*n)),
        Value::I64(n) => Bound::Int(*n),
        Value::U64(n) => Bound::Int(i64::try_from(*n).map_err(|_| {
            refused(
                position,
                "is above 9223372036854775807, the largest integer of SQLite: store it as text or as a decimal",
            )
        })?),
        Value::F32(n) => Bound::Real(finite(f64::from(*n), position)?),
        Value::F64(n) => Bound::Real(finite(*n, position)?),
        Value::Text(s) | Value::Json(s) => Bound::Text(Cow::Borrowed(s)),
        Value::Bytes(b) => Bound::Blob(b),
        Value::Uuid(b) => Bound::Blob(b),
        Value::Date(d) => Bound::Text(date(*d, position)?.into()),
        Value::Time(t) => Bound::Text(time_to_text(*t).into()),
        Value::DateTime(t) => Bound::Text(datetime(*t, position)?.into()),
        Value::Timestamp(t) => Bound::Text(datetime(t.naive_utc(), position)?.into()),
        Value::Decimal(d) => Bound::Int(i64::try_from(d.mantissa).map_err(|_| {
            refused(
                position,
                "is a decimal of more digits than SQLite's integers hold: declare the column with a larger precision, so that it is stored in its wide form",
            )
        })?),
        Value::Array(_, items) => {
            let mut out = String::with_capacity(2 + items.len() * 8);
            json_array(items, position, &mut out)?;
            Bound::Text(out.into())
        }
        Value::NewId(_) => return Err(unsaved()),
    })
}

fn finite(n: f64, position: usize) -> Result<f64> {
    if n.is_finite() {
        Ok(n)
    } else {
        Err(refused(
            position,
            "is NaN or infinite, which SQLite would store as NULL: use an `Option` and store `None`, or store text",
        ))
    }
}

fn in_years(year: i32, position: usize) -> Result<()> {
    if (0..=9999).contains(&year) {
        Ok(())
    } else {
        Err(refused(
            position,
            "is outside the years 0000 to 9999, which SQLite's text form of dates can hold",
        ))
    }
}

fn date(d: NaiveDate, position: usize) -> Result<String> {
    in_years(d.year(), position)?;
    Ok(format!("{:04}-{:02}-{:02}", d.year(), d.month(), d.day()))
}

/// Digits below a microsecond are cut, as on the other databases.
fn datetime(t: NaiveDateTime, position: usize) -> Result<String> {
    in_years(t.year(), position)?;
    Ok(datetime_to_text(t))
}

/// The text that `Vec<T>` columns hold, and what `json_each` is given for a list. Elements look as they do in a column
/// of their own; bytes are hexadecimal, UUIDs have their usual text.
fn json_array(items: &[Value], position: usize, out: &mut String) -> Result<()> {
    out.push('[');
    for (i, item) in items.iter().enumerate() {
        if i > 0 {
            out.push(',');
        }
        match item {
            Value::Null(_) => out.push_str("null"),
            Value::Bool(b) => out.push_str(if *b { "true" } else { "false" }),
            Value::U64(n) => out.push_str(&n.to_string()),
            // The shortest digits that give the same number back.
            Value::F32(n) => {
                finite(f64::from(*n), position)?;
                out.push_str(&json(n)?);
            }
            Value::F64(n) => {
                finite(*n, position)?;
                out.push_str(&json(n)?);
            }
            Value::Bytes(b) => {
                out.push('"');
                for byte in b {
                    out.push_str(&format!("{byte:02X}"));
                }
                out.push('"');
            }
            Value::Uuid(_) | Value::Decimal(_) => out.push_str(&json(&item.display())?),
            Value::Array(_, inner) => json_array(inner, position, out)?,
            other => match encode(other, position)? {
                Bound::Int(n) => out.push_str(&n.to_string()),
                Bound::Text(s) => out.push_str(&json(s.as_ref())?),
                Bound::Null | Bound::Real(_) | Bound::Blob(_) => out.push_str("null"),
            },
        }
    }
    out.push(']');
    Ok(())
}

fn json<T: serde::Serialize + ?Sized>(value: &T) -> Result<String> {
    serde_json::to_string(value).map_err(|e| {
        Error::new(
            ErrorKind::Encode,
            "an element of an array cannot be written as JSON",
        )
        .with_source(e)
    })
}

#[cold]
fn refused(position: usize, why: &str) -> Error {
    Error::new(
        ErrorKind::Encode,
        format!("parameter {position} {why}; nothing was sent"),
    )
}

#[cold]
fn unsaved() -> Error {
    Error::invalid(
        "a new id has no key yet: store the row first; in a session, flush and take the key from `s.saved(id)?`",
    )
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::value::{DataType, DecimalParts};

    #[test]
    fn what_does_not_fit_is_refused_with_its_position() {
        let year = |y| Value::Date(NaiveDate::from_ymd_opt(y, 1, 1).unwrap());
        for value in [
            Value::U64(u64::MAX),
            Value::F64(f64::NAN),
            Value::F32(f32::INFINITY),
            year(10_000),
            year(-1),
            Value::Decimal(DecimalParts {
                mantissa: i128::from(i64::MAX) + 1,
                scale: 2,
            }),
            Value::Array(DataType::F64, vec![Value::F64(f64::NEG_INFINITY)]),
        ] {
            let error = encode(&value, 3).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::Encode);
            assert!(error.to_string().starts_with("parameter 3 is"), "{error}");
        }
        let new = Value::NewId(std::num::NonZeroU64::MIN);
        for value in [new.clone(), Value::Array(DataType::I64, vec![new])] {
            assert_eq!(encode(&value, 1).unwrap_err().kind(), ErrorKind::Invalid);
        }
    }

    #[test]
    fn arrays_are_json() {
        let text = |items: Vec<Value>| match encode(&Value::Array(DataType::Text, items), 1).unwrap() {
            Bound::Text(s) => s.into_owned(),
            other => format!("{other:?}"),
        };
        assert_eq!(text(vec![]), "[]");
        assert_eq!(
            text(vec![
                Value::Text("a\"\\\u{0}\n\u{1F600}".into()),
                Value::Null(DataType::Text),
                Value::Bool(true),
                Value::I64(i64::MIN),
                Value::U64(u64::MAX),
                Value::F32(0.1),
                Value::F64(1e300),
            ]),
            "[\"a\\\"\\\\\\u0000\\n\u{1F600}\",null,true,-9223372036854775808,18446744073709551615,0.1,1e+300]"
        );
        assert_eq!(
            text(vec![
                Value::Bytes(vec![0, 255]),
                Value::Uuid([0x11; 16]),
                Value::Decimal(DecimalParts {
                    mantissa: -5,
                    scale: 2
                }),
                Value::Date(NaiveDate::from_ymd_opt(7, 1, 2).unwrap()),
            ]),
            "[\"00FF\",\"11111111-1111-1111-1111-111111111111\",\"-0.05\",\"0007-01-02\"]"
        );
    }
}
