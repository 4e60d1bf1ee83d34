//! Parameters in PostgreSQL's binary form.

use chrono::{Datelike, NaiveDate, NaiveDateTime, NaiveTime, Timelike};
use sqlx::encode::IsNull;
use sqlx::error::BoxDynError;
use sqlx::postgres::types::Oid;
use sqlx::postgres::{PgArgumentBuffer, PgArguments, PgTypeInfo, Postgres};
use sqlx::{Arguments, Encode, Type};

use super::{numeric, oids};
use crate::error::{Error, ErrorKind, Result};
use crate::model::unsaved;
use crate::sql::Dialect;
use crate::value::{DataType, Value};

/// 2000-01-01, from which PostgreSQL counts, in days of the common era and in seconds since 1970.
pub(super) const EPOCH_DAYS: i32 = 730_120;
pub(super) const EPOCH_SECONDS: i64 = 946_684_800;

/// One parameter and where it stands.
struct Param<'v> {
    value: &'v Value,
    position: usize,
}

/// Writes all parameters of a statement.
pub(super) fn encode(values: &[Value]) -> Result<PgArguments> {
    let mut arguments = PgArguments::default();
    let bytes = values.iter().map(|v| v.size() + 4).sum();
    Arguments::reserve(&mut arguments, values.len(), bytes);
    for (position, value) in values.iter().enumerate() {
        Arguments::add(&mut arguments, Param { value, position }).map_err(|e| {
            match e.downcast::<Error>() {
                Ok(ours) => *ours,
                // The wire library's own: the value is longer than its length field can say.
                Err(_) => failed(position, "is too large"),
            }
        })?;
    }
    Ok(arguments)
}

impl Type<Postgres> for Param<'_> {
    fn type_info() -> PgTypeInfo {
        PgTypeInfo::with_oid(Oid(oids::UNKNOWN))
    }
}

impl Encode<'_, Postgres> for Param<'_> {
    fn encode_by_ref(&self, buf: &mut PgArgumentBuffer) -> std::result::Result<IsNull, BoxDynError> {
        match self.value {
            Value::Null(_) => return Ok(IsNull::Yes),
            Value::Array(element, items) => array(*element, items, self.position, buf)?,
            scalar => write(scalar, oids::scalar(scalar.data_type()), self.position, buf)?,
        }
        Ok(IsNull::No)
    }

    fn produces(&self) -> Option<PgTypeInfo> {
        Some(PgTypeInfo::with_oid(Oid(oids::parameter(self.value.data_type()))))
    }
}

#[cold]
fn failed(position: usize, what: &str) -> Error {
    Error::new(
        ErrorKind::Encode,
        format!("parameter {} {what}", position.saturating_add(1)),
    )
}

/// Writes one value that is not NULL as a value of this type.
fn write(value: &Value, oid: u32, position: usize, out: &mut Vec<u8>) -> Result<()> {
    let range = || failed(position, "is outside the range of its type in PostgreSQL");
    match value {
        Value::Bool(b) if oid == oids::BOOL => out.push(u8::from(*b)),
        Value::I16(n) => integer(i64::from(*n), oid, out).ok_or_else(range)?,
        Value::I32(n) => integer(i64::from(*n), oid, out).ok_or_else(range)?,
        Value::I64(n) => integer(*n, oid, out).ok_or_else(range)?,
        Value::U64(n) => {
            let n = i64::try_from(*n).map_err(|_| {
                failed(
                    position,
                    "is above 9223372036854775807, the largest integer of PostgreSQL",
                )
            })?;
            integer(n, oid, out).ok_or_else(range)?;
        }
        Value::F32(n) if oid == oids::FLOAT4 => out.extend(n.to_be_bytes()),
        Value::F64(n) if oid == oids::FLOAT8 => out.extend(n.to_be_bytes()),
        Value::Text(s) if oid == oids::TEXT => text(s, position, out)?,
        Value::Bytes(b) if oid == oids::BYTEA => out.extend(b),
        Value::Date(d) if oid == oids::DATE => out.extend(date(*d).ok_or_else(range)?.to_be_bytes()),
        Value::Time(t) if oid == oids::TIME => out.extend(time(*t).to_be_bytes()),
        Value::DateTime(t) if oid == oids::TIMESTAMP => {
            out.extend(timestamp(*t).ok_or_else(range)?.to_be_bytes());
        }
        Value::Timestamp(t) if oid == oids::TIMESTAMPTZ => {
            out.extend(timestamp(t.naive_utc()).ok_or_else(range)?.to_be_bytes());
        }
        Value::Uuid(b) if oid == oids::UUID => out.extend(b),
        Value::Decimal(d) if oid == oids::NUMERIC => numeric::write(*d, out).ok_or_else(range)?,
        Value::Json(s) if oid == oids::JSONB => {
            // The version of the format.
            out.push(1);
            text(s, position, out)?;
        }
        Value::NewId(_) => return Err(unsaved()),
        _ => {
            return Err(Error::invalid(format!(
                "parameter {} is an array whose elements are not of its type",
                position.saturating_add(1)
            )));
        }
    }
    Ok(())
}

fn integer(n: i64, oid: u32, out: &mut Vec<u8>) -> Option<()> {
    match oid {
        oids::INT2 => out.extend(i16::try_from(n).ok()?.to_be_bytes()),
        oids::INT4 => out.extend(i32::try_from(n).ok()?.to_be_bytes()),
        oids::INT8 => out.extend(n.to_be_bytes()),
        _ => return None,
    }
    Some(())
}

fn text(s: &str, position: usize, out: &mut Vec<u8>) -> Result<()> {
    if s.as_bytes().contains(&0) {
        return Err(failed(
            position,
            "is a text with a NUL character, which PostgreSQL cannot store",
        ));
    }
    out.extend(s.as_bytes());
    Ok(())
}

fn has_year(d: NaiveDate) -> bool {
    let (first, last) = Dialect::Postgres.features().years;
    (first..=last).contains(&d.year())
}

fn date(d: NaiveDate) -> Option<i32> {
    if !has_year(d) {
        return None;
    }
    d.num_days_from_ce().checked_sub(EPOCH_DAYS)
}

/// Microseconds since midnight. Below a microsecond nothing is kept, nor is a leap second.
fn time(t: NaiveTime) -> i64 {
    i64::from(t.num_seconds_from_midnight()) * 1_000_000 + i64::from(t.nanosecond() % 1_000_000_000 / 1000)
}

fn timestamp(t: NaiveDateTime) -> Option<i64> {
    if !has_year(t.date()) {
        return None;
    }
    let days = i64::from(t.date().num_days_from_ce()) - i64::from(EPOCH_DAYS);
    days.checked_mul(86_400_000_000)?.checked_add(time(t.time()))
}

fn array(element: DataType, items: &[Value], position: usize, out: &mut Vec<u8>) -> Result<()> {
    let too_large = || failed(position, "is an array that is too large");
    let oid = oids::scalar(element);
    let count = i32::try_from(items.len()).map_err(|_| too_large())?;
    out.extend(i32::from(count != 0).to_be_bytes());
    out.extend(i32::from(items.iter().any(Value::is_null)).to_be_bytes());
    out.extend(oid.to_be_bytes());
    if count == 0 {
        return Ok(());
    }
    out.extend(count.to_be_bytes());
    out.extend(1i32.to_be_bytes());
    for item in items {
        if item.is_null() {
            out.extend((-1i32).to_be_bytes());
            continue;
        }
        let start = out.len();
        out.extend([0; 4]);
        write(item, oid, position, out)?;
        let length = i32::try_from(out.len() - start - 4).map_err(|_| too_large())?;
        if let Some(field) = out.get_mut(start..start + 4) {
            field.copy_from_slice(&length.to_be_bytes());
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::num::NonZeroU64;

    use super::*;

    fn fails(value: Value) -> Error {
        encode(&[Value::Bool(true), value]).unwrap_err()
    }

    #[test]
    fn what_postgres_cannot_store_is_refused_by_position() {
        for value in [
            Value::U64(u64::MAX),
            Value::Text("a\0b".to_owned()),
            Value::Array(DataType::Text, vec![Value::Text("\0".to_owned())]),
            Value::Date(NaiveDate::from_ymd_opt(-5000, 1, 1).unwrap()),
            Value::Date(NaiveDate::MIN),
            Value::DateTime(NaiveDateTime::MIN),
            Value::Timestamp(chrono::DateTime::<chrono::Utc>::MIN_UTC),
        ] {
            let e = fails(value);
            assert_eq!(e.kind(), ErrorKind::Encode);
            assert!(e.to_string().contains("parameter 2"), "{e}");
        }
        let e = fails(Value::Array(DataType::I64, vec![Value::Bool(true)]));
        assert_eq!(e.kind(), ErrorKind::Invalid);
        let e = fails(Value::NewId(NonZeroU64::MIN));
        assert_eq!(
            (e.kind(), e.to_string()),
            (ErrorKind::Invalid, unsaved().to_string())
        );
    }

    #[test]
    fn far_dates_fit() {
        assert!(
            encode(&[
                Value::Date(NaiveDate::MAX),
                Value::DateTime(NaiveDateTime::MAX),
                Value::Timestamp(chrono::DateTime::<chrono::Utc>::MAX_UTC),
            ])
            .is_ok()
        );
        assert_eq!(date(NaiveDate::from_ymd_opt(2000, 1, 1).unwrap()), Some(0));
        let t = NaiveDate::from_ymd_opt(1999, 12, 31)
            .unwrap()
            .and_hms_micro_opt(23, 59, 59, 999_999)
            .unwrap();
        assert_eq!(timestamp(t), Some(-1));
    }

    #[test]
    fn an_array_has_lengths_and_nulls() {
        let mut out = Vec::new();
        let items = [Value::I32(7), Value::Null(DataType::I32)];
        array(DataType::I32, &items, 0, &mut out).unwrap();
        let want: Vec<u8> = [1i32, 1, 23, 2, 1, 4, 7, -1]
            .iter()
            .flat_map(|n| n.to_be_bytes())
            .collect();
        assert_eq!(out, want);
    }
}
