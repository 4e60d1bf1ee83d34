//! PostgreSQL's binary values as cells. Whatever bytes come, the answer is a cell or an error.

use chrono::{DateTime, NaiveDate, NaiveDateTime, NaiveTime, Utc};

use super::params::{EPOCH_DAYS, EPOCH_SECONDS};
use super::{numeric, oids};
use crate::value::{ArrayCell, Cell, DecodeError};

/// Reads a value that is not NULL.
pub(super) type Read = for<'b> fn(&'b [u8]) -> Result<Cell<'b>, DecodeError>;

/// How values of a scalar type are read, if it is one that we know.
pub(super) fn reader(oid: u32) -> Option<Read> {
    Some(match oid {
        oids::BOOL => boolean,
        oids::INT2 => int2,
        oids::INT4 => int4,
        oids::INT8 => int8,
        oids::OID | oids::XID | oids::CID => unsigned,
        // regproc, regprocedure, regoper, regoperator, regclass, regtype, regrole, regnamespace
        24 | 2202..=2206 | 4089 | 4096 => unsigned,
        oids::FLOAT4 => |b| Ok(Cell::F32(f32::from_be_bytes(fixed(b)?))),
        oids::FLOAT8 => |b| Ok(Cell::F64(f64::from_be_bytes(fixed(b)?))),
        oids::TEXT | oids::VARCHAR | oids::BPCHAR | oids::NAME | oids::CHAR | oids::UNKNOWN | oids::XML => {
            text
        }
        oids::BYTEA => |b| Ok(Cell::Bytes(b)),
        oids::DATE => date,
        oids::TIME => time,
        oids::TIMESTAMP => |b| Ok(Cell::DateTime(moment(b)?)),
        oids::TIMESTAMPTZ => |b| Ok(Cell::Timestamp(moment(b)?.and_utc())),
        oids::UUID => |b| Ok(Cell::Uuid(fixed(b)?)),
        oids::NUMERIC => |b| Ok(Cell::Decimal(numeric::read(b)?)),
        oids::JSON => |b| Ok(Cell::Json(utf8(b)?)),
        oids::JSONB => jsonb,
        oids::VOID => |_| Ok(Cell::Null),
        _ => return None,
    })
}

fn fixed<const N: usize>(bytes: &[u8]) -> Result<[u8; N], DecodeError> {
    <[u8; N]>::try_from(bytes).map_err(|_| DecodeError::new("a value whose length is not that of its type"))
}

/// Text of the server, which must be UTF-8.
pub(super) fn utf8(bytes: &[u8]) -> Result<&str, DecodeError> {
    std::str::from_utf8(bytes).map_err(|_| DecodeError::new("text that is not UTF-8"))
}

pub(super) fn text(bytes: &[u8]) -> Result<Cell<'_>, DecodeError> {
    Ok(Cell::Text(utf8(bytes)?))
}

fn boolean(bytes: &[u8]) -> Result<Cell<'_>, DecodeError> {
    let [b] = fixed::<1>(bytes)?;
    Ok(Cell::Bool(b != 0))
}

fn int2(bytes: &[u8]) -> Result<Cell<'_>, DecodeError> {
    Ok(Cell::Int(i64::from(i16::from_be_bytes(fixed(bytes)?))))
}

fn int4(bytes: &[u8]) -> Result<Cell<'_>, DecodeError> {
    Ok(Cell::Int(i64::from(i32::from_be_bytes(fixed(bytes)?))))
}

fn int8(bytes: &[u8]) -> Result<Cell<'_>, DecodeError> {
    Ok(Cell::Int(i64::from_be_bytes(fixed(bytes)?)))
}

fn unsigned(bytes: &[u8]) -> Result<Cell<'_>, DecodeError> {
    Ok(Cell::Int(i64::from(u32::from_be_bytes(fixed(bytes)?))))
}

fn date(bytes: &[u8]) -> Result<Cell<'_>, DecodeError> {
    let days = i32::from_be_bytes(fixed(bytes)?);
    if days == i32::MAX || days == i32::MIN {
        return Err(infinite());
    }
    days.checked_add(EPOCH_DAYS)
        .and_then(NaiveDate::from_num_days_from_ce_opt)
        .map(Cell::Date)
        .ok_or_else(far)
}

fn time(bytes: &[u8]) -> Result<Cell<'_>, DecodeError> {
    let micros = i64::from_be_bytes(fixed(bytes)?);
    let split = || {
        let seconds = u32::try_from(micros.div_euclid(1_000_000)).ok()?;
        let nanos = u32::try_from(micros.rem_euclid(1_000_000)).ok()? * 1000;
        NaiveTime::from_num_seconds_from_midnight_opt(seconds, nanos)
    };
    split().map(Cell::Time).ok_or_else(|| {
        DecodeError::new("a time outside 00:00 to 23:59:59.999999 (PostgreSQL also has 24:00)")
    })
}

fn moment(bytes: &[u8]) -> Result<NaiveDateTime, DecodeError> {
    let micros = i64::from_be_bytes(fixed(bytes)?);
    if micros == i64::MAX || micros == i64::MIN {
        return Err(infinite());
    }
    let split = || {
        let seconds = micros.div_euclid(1_000_000).checked_add(EPOCH_SECONDS)?;
        let nanos = u32::try_from(micros.rem_euclid(1_000_000)).ok()? * 1000;
        DateTime::<Utc>::from_timestamp(seconds, nanos)
    };
    split().map(|t| t.naive_utc()).ok_or_else(far)
}

pub(super) fn infinite() -> DecodeError {
    DecodeError::new("`infinity` where a date is expected")
}

pub(super) fn far() -> DecodeError {
    DecodeError::new("a date beyond the years that Rust's `chrono` has")
}

fn jsonb(bytes: &[u8]) -> Result<Cell<'_>, DecodeError> {
    match bytes.split_first() {
        Some((1, rest)) => Ok(Cell::Json(utf8(rest)?)),
        _ => Err(DecodeError::new("`jsonb` of an unknown version")),
    }
}

/// An array whose elements are of this type, whatever number the array itself gives: those of enums and domains are
/// not ours to know.
pub(super) fn array(element: u32, bytes: &[u8]) -> Result<Cell<'_>, DecodeError> {
    let mut rest = bytes;
    let dimensions = take_i32(&mut rest)?;
    let _has_nulls = take_i32(&mut rest)?;
    let _element = take_i32(&mut rest)?;
    let len = match dimensions {
        0 => 0,
        1 => {
            let len = take_i32(&mut rest)?;
            let _first_index = take_i32(&mut rest)?;
            usize::try_from(len).map_err(|_| broken_array())?
        }
        _ => {
            return Err(DecodeError::new(
                "an array of several dimensions: only one is supported",
            ));
        }
    };
    // Each element has a length of four bytes at least: no room is made for more than was sent.
    if len > rest.len() / 4 {
        return Err(broken_array());
    }
    Ok(Cell::Array(ArrayCell {
        len,
        bytes: rest,
        tag: element,
        next: element_cell,
    }))
}

fn element_cell<'b>(oid: u32, rest: &mut &'b [u8]) -> Result<Cell<'b>, DecodeError> {
    match take_sized(rest)? {
        None => Ok(Cell::Null),
        Some(bytes) => match reader(oid) {
            Some(read) => read(bytes),
            None => Err(DecodeError::new("an array of elements of an unknown type")),
        },
    }
}

/// A length and as many bytes; `None` for NULL.
pub(super) fn take_sized<'b>(rest: &mut &'b [u8]) -> Result<Option<&'b [u8]>, DecodeError> {
    let len = take_i32(rest)?;
    if len < 0 {
        return Ok(None);
    }
    let len = usize::try_from(len).map_err(|_| broken_array())?;
    let (bytes, after) = rest.split_at_checked(len).ok_or_else(broken_array)?;
    *rest = after;
    Ok(Some(bytes))
}

fn take_i32(rest: &mut &[u8]) -> Result<i32, DecodeError> {
    let (bytes, after) = rest.split_first_chunk::<4>().ok_or_else(broken_array)?;
    *rest = after;
    Ok(i32::from_be_bytes(*bytes))
}

pub(super) fn broken_array() -> DecodeError {
    DecodeError::new("bytes that are not an array")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_bytes_make_it_panic() {
        let all: Vec<u32> = (0..6000).filter(|oid| reader(*oid).is_some()).collect();
        assert!(all.len() > 25);
        let mut seed = 7u32;
        for oid in all {
            let read = reader(oid).unwrap();
            for len in 0..40 {
                let bytes: Vec<u8> = (0..len)
                    .map(|_| {
                        seed = seed.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                        seed.to_be_bytes()[0]
                    })
                    .collect();
                let _ = read(&bytes);
                let _ = read(&vec![0xFF; len]);
                if let Ok(Cell::Array(items)) = array(oid, &bytes) {
                    let _ = items.count();
                }
            }
        }
    }

    #[test]
    fn infinity_and_far_years_are_errors() {
        let fails = |oid, bytes: &[u8]| reader(oid).unwrap()(bytes).err().unwrap().to_string();
        for oid in [oids::TIMESTAMP, oids::TIMESTAMPTZ] {
            assert!(fails(oid, &i64::MAX.to_be_bytes()).contains("infinity"));
            assert!(fails(oid, &i64::MIN.to_be_bytes()).contains("infinity"));
            assert!(fails(oid, &(i64::MAX - 1).to_be_bytes()).contains("years"));
        }
        assert!(fails(oids::DATE, &i32::MAX.to_be_bytes()).contains("infinity"));
        assert!(fails(oids::DATE, &i32::MIN.to_be_bytes()).contains("infinity"));
        assert!(fails(oids::DATE, &(i32::MAX - 1).to_be_bytes()).contains("years"));
        assert!(fails(oids::TIME, &86_400_000_000i64.to_be_bytes()).contains("24:00"));
        assert!(fails(oids::TIME, &(-1i64).to_be_bytes()).contains("24:00"));
    }

    #[test]
    fn a_false_length_takes_no_memory() {
        let mut bytes = Vec::new();
        for n in [1i32, 0, 23, i32::MAX, 1] {
            bytes.extend(n.to_be_bytes());
        }
        assert!(array(oids::INT4, &bytes).is_err());
        bytes[3] = 2;
        assert!(
            array(oids::INT4, &bytes)
                .err()
                .unwrap()
                .to_string()
                .contains("dimensions")
        );
    }
}
