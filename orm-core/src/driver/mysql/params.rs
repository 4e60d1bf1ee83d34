//! Parameters in MySQL's binary form.

use chrono::{Datelike, NaiveDate, NaiveTime, Timelike};
use sqlx::encode::IsNull;
use sqlx::error::BoxDynError;
use sqlx::mysql::{MySql, MySqlArguments, MySqlTypeInfo};
use sqlx::{Arguments, Encode, Type};

use crate::error::{Error, ErrorKind, Result};
use crate::model::unsaved;
use crate::sql::Dialect;
use crate::value::{DataType, EnumStorage, Value};

/// Types that the wire library gives no name to: taken from columns of the connection's first result.
#[derive(Clone, Debug)]
pub(super) struct Types {
    pub(super) date: MySqlTypeInfo,
    pub(super) time: MySqlTypeInfo,
    pub(super) datetime: MySqlTypeInfo,
    pub(super) decimal: MySqlTypeInfo,
}

impl Types {
    /// The type of a parameter.
    fn of(&self, t: DataType) -> MySqlTypeInfo {
        match t {
            DataType::Bool => <i8 as Type<MySql>>::type_info(),
            DataType::I8 | DataType::U8 | DataType::I16 => <i16 as Type<MySql>>::type_info(),
            DataType::U16 | DataType::I32 => <i32 as Type<MySql>>::type_info(),
            DataType::U32 | DataType::I64 => <i64 as Type<MySql>>::type_info(),
            DataType::U64 => <u64 as Type<MySql>>::type_info(),
            DataType::F32 => <f32 as Type<MySql>>::type_info(),
            DataType::F64 => <f64 as Type<MySql>>::type_info(),
            DataType::Bytes | DataType::Uuid => <[u8] as Type<MySql>>::type_info(),
            DataType::Date => self.date.clone(),
            DataType::Time => self.time.clone(),
            DataType::DateTime | DataType::Timestamp => self.datetime.clone(),
            DataType::Decimal => self.decimal.clone(),
            DataType::Enum(def) if def.storage == EnumStorage::Integer => <i64 as Type<MySql>>::type_info(),
            DataType::Text | DataType::Json | DataType::Array(_) | DataType::Enum(_) => {
                <str as Type<MySql>>::type_info()
            }
        }
    }
}

/// One parameter and where it stands.
struct Param<'v> {
    value: &'v Value,
    position: usize,
    types: &'v Types,
}

/// Writes all parameters of a statement.
pub(super) fn encode(values: &[Value], types: &Types) -> Result<MySqlArguments> {
    let mut arguments = MySqlArguments::default();
    let bytes = values.iter().map(|v| v.size() + 1).sum();
    Arguments::reserve(&mut arguments, values.len(), bytes);
    for (position, value) in values.iter().enumerate() {
        let param = Param {
            value,
            position,
            types,
        };
        Arguments::add(&mut arguments, param).map_err(|e| match e.downcast::<Error>() {
            Ok(ours) => *ours,
            Err(_) => failed(position, "cannot be sent to the database"),
        })?;
    }
    Ok(arguments)
}

impl Type<MySql> for Param<'_> {
    fn type_info() -> MySqlTypeInfo {
        <[u8] as Type<MySql>>::type_info()
    }
}

impl Encode<'_, MySql> for Param<'_> {
    fn encode_by_ref(&self, out: &mut Vec<u8>) -> std::result::Result<IsNull, BoxDynError> {
        match self.value {
            Value::Null(_) => return Ok(IsNull::Yes),
            Value::Bool(b) => out.push(u8::from(*b)),
            Value::I16(n) => out.extend(n.to_le_bytes()),
            Value::I32(n) => out.extend(n.to_le_bytes()),
            Value::I64(n) => out.extend(n.to_le_bytes()),
            Value::U64(n) => out.extend(n.to_le_bytes()),
            Value::F32(n) => out.extend(self.finite(*n, f32::is_finite)?.to_le_bytes()),
            Value::F64(n) => out.extend(self.finite(*n, f64::is_finite)?.to_le_bytes()),
            Value::Text(s) | Value::Json(s) => sized(s.as_bytes(), out)?,
            Value::Bytes(b) => sized(b, out)?,
            Value::Uuid(b) => sized(b, out)?,
            Value::Decimal(d) => sized(d.to_string().as_bytes(), out)?,
            Value::Date(d) => {
                out.push(4);
                self.date(*d, out)?;
            }
            Value::Time(t) => {
                // A length, a sign and no whole days.
                out.extend([12, 0, 0, 0, 0, 0]);
                clock(*t, out)?;
            }
            Value::DateTime(t) => {
                out.push(11);
                self.date(t.date(), out)?;
                clock(t.time(), out)?;
            }
            Value::Timestamp(t) => {
                let t = t.naive_utc();
                out.push(11);
                self.date(t.date(), out)?;
                clock(t.time(), out)?;
            }
            Value::Array(_, items) => sized(self.json(items)?.as_bytes(), out)?,
            Value::NewId(_) => return Err(unsaved().into()),
        }
        Ok(IsNull::No)
    }

    fn produces(&self) -> Option<MySqlTypeInfo> {
        Some(self.types.of(self.value.data_type()))
    }
}

#[cold]
fn failed(position: usize, what: &str) -> Error {
    Error::new(
        ErrorKind::Encode,
        format!("parameter {} {what}", position.saturating_add(1)),
    )
}

impl Param<'_> {
    /// The server would store NULL, or refuse the number in an unclear way.
    fn finite<T: Copy>(&self, n: T, is_finite: fn(T) -> bool) -> Result<T> {
        if is_finite(n) {
            Ok(n)
        } else {
            Err(failed(
                self.position,
                "is NaN or infinite, which MySQL and MariaDB cannot store",
            ))
        }
    }

    fn date(&self, d: NaiveDate, out: &mut Vec<u8>) -> Result<()> {
        let (first, last) = Dialect::MySql.features().years;
        let year = u16::try_from(d.year())
            .ok()
            .filter(|_| (first..=last).contains(&d.year()));
        let Some(year) = year else {
            return Err(failed(
                self.position,
                "is a date outside the years 1 to 9999 of MySQL and MariaDB",
            ));
        };
        out.extend(year.to_le_bytes());
        out.push(small(d.month())?);
        out.push(small(d.day())?);
        Ok(())
    }

    fn json(&self, items: &[Value]) -> Result<String> {
        let items: Vec<serde_json::Value> = items
            .iter()
            .map(|item| self.json_item(item))
            .collect::<Result<_>>()?;
        Ok(serde_json::Value::Array(items).to_string())
    }

    /// One element of an array, in the form in which `ArrayElement` reads it.
    fn json_item(&self, item: &Value) -> Result<serde_json::Value> {
        Ok(match item {
            Value::Null(_) => serde_json::Value::Null,
            Value::Bool(b) => (*b).into(),
            Value::I16(n) => (*n).into(),
            Value::I32(n) => (*n).into(),
            Value::I64(n) => (*n).into(),
            Value::U64(n) => (*n).into(),
            Value::F32(n) => {
                // The shortest digits of an f32, not those of its f64.
                let text = self.finite(*n, f32::is_finite)?.to_string();
                serde_json::from_str(&text)
                    .map_err(|_| failed(self.position, "has a float that is not JSON"))?
            }
            Value::F64(n) => self.finite(*n, f64::is_finite)?.into(),
            Value::Text(s) => s.as_str().into(),
            Value::Json(s) => serde_json::from_str(s)
                .map_err(|_| failed(self.position, "has an element that is not JSON"))?,
            Value::Date(_) | Value::Uuid(_) | Value::Decimal(_) => item.display().into(),
            Value::Time(t) => crate::value::time_to_text(*t).into(),
            Value::DateTime(t) => crate::value::datetime_to_text(*t).into(),
            Value::Timestamp(t) => crate::value::datetime_to_text(t.naive_utc()).into(),
            Value::NewId(_) => return Err(unsaved()),
            Value::Bytes(_) | Value::Array(..) => {
                return Err(failed(
                    self.position,
                    "is an array of bytes or of arrays, which has no form in JSON",
                ));
            }
        })
    }
}

fn small(n: u32) -> Result<u8> {
    u8::try_from(n).map_err(|_| Error::invalid("a part of a date or time does not fit"))
}

/// Hour to microsecond. Below a microsecond nothing is kept, nor is a leap second.
fn clock(t: NaiveTime, out: &mut Vec<u8>) -> Result<()> {
    for part in [t.hour(), t.minute(), t.second()] {
        out.push(small(part)?);
    }
    out.extend((t.nanosecond() % 1_000_000_000 / 1000).to_le_bytes());
    Ok(())
}

/// Bytes behind their length.
fn sized(bytes: &[u8], out: &mut Vec<u8>) -> Result<()> {
    let len = bytes.len();
    match (u8::try_from(len), u16::try_from(len), u32::try_from(len)) {
        (Ok(n), ..) if n < 251 => out.push(n),
        (_, Ok(n), _) => {
            out.push(0xFC);
            out.extend(n.to_le_bytes());
        }
        (.., Ok(n)) if n < 1 << 24 => {
            out.push(0xFD);
            out.extend(n.to_le_bytes().iter().take(3));
        }
        (.., Ok(n)) => {
            out.push(0xFE);
            out.extend(u64::from(n).to_le_bytes());
        }
        _ => return Err(Error::new(ErrorKind::Encode, "a value is larger than 4 GiB")),
    }
    out.extend(bytes);
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn types() -> Types {
        // Any type will do where nothing is sent.
        let t = <str as Type<MySql>>::type_info();
        Types {
            date: t.clone(),
            time: t.clone(),
            datetime: t.clone(),
            decimal: t,
        }
    }

    #[test]
    fn what_mysql_cannot_store_is_refused_by_position() {
        for value in [
            Value::F64(f64::NAN),
            Value::F32(f32::INFINITY),
            Value::Date(NaiveDate::from_ymd_opt(0, 1, 1).unwrap()),
            Value::Date(NaiveDate::from_ymd_opt(10_000, 1, 1).unwrap()),
            Value::DateTime(chrono::NaiveDateTime::MIN),
            Value::Timestamp(chrono::DateTime::<chrono::Utc>::MAX_UTC),
            Value::Array(DataType::F64, vec![Value::F64(f64::NAN)]),
            Value::Array(DataType::Bytes, vec![Value::Bytes(Vec::new())]),
        ] {
            let e = encode(&[Value::Bool(true), value], &types()).unwrap_err();
            assert_eq!(e.kind(), ErrorKind::Encode);
            assert!(e.to_string().contains("parameter 2"), "{e}");
        }
        let new = Value::NewId(std::num::NonZeroU64::MIN);
        let e = encode(&[new], &types()).unwrap_err();
        assert_eq!(
            (e.kind(), e.to_string()),
            (ErrorKind::Invalid, unsaved().to_string())
        );
    }

    #[test]
    fn lengths_take_their_form() {
        for (len, head) in [(0, 1), (250, 1), (251, 3), (65_535, 3), (65_536, 4), (1 << 24, 9)] {
            let mut out = Vec::new();
            sized(&vec![1; len], &mut out).unwrap();
            assert_eq!(out.len(), len + head);
        }
    }

    #[test]
    fn arrays_are_json() {
        let types = types();
        let param = Param {
            value: &Value::Bool(true),
            position: 0,
            types: &types,
        };
        let t = NaiveDate::from_ymd_opt(2026, 1, 31).unwrap();
        let items = [
            Value::I32(1),
            Value::Null(DataType::I32),
            Value::F32(0.1),
            Value::Text("a\"b".to_owned()),
            Value::Date(t),
            Value::DateTime(t.and_time(NaiveTime::MIN)),
        ];
        assert_eq!(
            param.json(&items).unwrap(),
            r#"[1,null,0.1,"a\"b","2026-01-31","2026-01-31 00:00:00.000000"]"#
        );
    }
}
