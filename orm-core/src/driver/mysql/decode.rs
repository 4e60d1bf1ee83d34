//! MySQL's values as cells, from both of its protocols. Whatever bytes come, the answer is a cell or an error.

use chrono::{NaiveDate, NaiveDateTime, NaiveTime};

use crate::value::{Cell, DecimalParts, DecodeError, date_from_text, time_from_text};

/// How the values of a column are read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Signed,
    Unsigned,
    Float,
    Double,
    Decimal,
    Date,
    Time,
    DateTime,
    Timestamp,
    Bit,
    Text,
    Bytes,
    Json,
    Null,
}

type Made<'a> = Result<Cell<'a>, DecodeError>;

/// A value of a prepared statement's result.
#[inline]
pub(super) fn binary(kind: Kind, bytes: &[u8]) -> Made<'_> {
    match kind {
        Kind::Signed => signed(bytes),
        Kind::Unsigned => unsigned(bytes),
        Kind::Float => Ok(Cell::F32(f32::from_le_bytes(fixed(bytes)?))),
        Kind::Double => Ok(Cell::F64(f64::from_le_bytes(fixed(bytes)?))),
        Kind::Date => Ok(Cell::Date(moment(bytes)?.date())),
        Kind::DateTime => Ok(Cell::DateTime(moment(bytes)?)),
        Kind::Timestamp => Ok(Cell::Timestamp(moment(bytes)?.and_utc())),
        Kind::Time => time(bytes),
        other => same(other, bytes),
    }
}

/// A value of a text's result.
pub(super) fn text(kind: Kind, bytes: &[u8]) -> Made<'_> {
    match kind {
        Kind::Signed => Ok(Cell::Int(parsed(bytes)?)),
        Kind::Unsigned => Ok(narrow(parsed(bytes)?)),
        Kind::Float => Ok(Cell::F32(parsed(bytes)?)),
        Kind::Double => Ok(Cell::F64(parsed(bytes)?)),
        Kind::Date => Ok(Cell::Date(date_text(utf8(bytes)?)?)),
        Kind::DateTime => Ok(Cell::DateTime(moment_text(utf8(bytes)?)?)),
        Kind::Timestamp => Ok(Cell::Timestamp(moment_text(utf8(bytes)?)?.and_utc())),
        Kind::Time => time_from_text(utf8(bytes)?).map(Cell::Time).ok_or_else(long_time),
        other => same(other, bytes),
    }
}

/// What both protocols write alike.
fn same(kind: Kind, bytes: &[u8]) -> Made<'_> {
    match kind {
        Kind::Text => Ok(Cell::Text(utf8(bytes)?)),
        Kind::Json => Ok(Cell::Json(utf8(bytes)?)),
        Kind::Decimal => decimal(utf8(bytes)?).map(Cell::Decimal),
        Kind::Bit => bit(bytes),
        Kind::Null => Ok(Cell::Null),
        _ => Ok(Cell::Bytes(bytes)),
    }
}

fn fixed<const N: usize>(bytes: &[u8]) -> Result<[u8; N], DecodeError> {
    <[u8; N]>::try_from(bytes).map_err(|_| wrong_length())
}

fn wrong_length() -> DecodeError {
    DecodeError::new("a value whose length is not that of its type")
}

fn utf8(bytes: &[u8]) -> Result<&str, DecodeError> {
    std::str::from_utf8(bytes).map_err(|_| DecodeError::new("text that is not UTF-8"))
}

fn parsed<T: std::str::FromStr>(bytes: &[u8]) -> Result<T, DecodeError> {
    utf8(bytes)?
        .parse()
        .map_err(|_| DecodeError::new("text that is not a number"))
}

fn narrow<'a>(n: u64) -> Cell<'a> {
    i64::try_from(n).map_or(Cell::UInt(n), Cell::Int)
}

fn signed(bytes: &[u8]) -> Made<'_> {
    Ok(Cell::Int(match bytes.len() {
        1 => i64::from(i8::from_le_bytes(fixed(bytes)?)),
        2 => i64::from(i16::from_le_bytes(fixed(bytes)?)),
        4 => i64::from(i32::from_le_bytes(fixed(bytes)?)),
        _ => i64::from_le_bytes(fixed(bytes)?),
    }))
}

fn unsigned(bytes: &[u8]) -> Made<'_> {
    Ok(match bytes.len() {
        1 => Cell::Int(i64::from(u8::from_le_bytes(fixed(bytes)?))),
        2 => Cell::Int(i64::from(u16::from_le_bytes(fixed(bytes)?))),
        4 => Cell::Int(i64::from(u32::from_le_bytes(fixed(bytes)?))),
        _ => narrow(u64::from_le_bytes(fixed(bytes)?)),
    })
}

/// The highest bit first, in as many bytes as it takes.
fn bit(bytes: &[u8]) -> Made<'_> {
    if bytes.len() > 8 {
        return Err(wrong_length());
    }
    Ok(narrow(
        bytes.iter().fold(0u64, |n, byte| n << 8 | u64::from(*byte)),
    ))
}

fn decimal(text: &str) -> Result<DecimalParts, DecodeError> {
    DecimalParts::parse(text).ok_or_else(|| match text.len() {
        0..=38 => DecodeError::new("text that is not a decimal"),
        _ => DecodeError::new("a decimal of more than 38 digits"),
    })
}

/// A length, then as much of year, month, day, hour, minute, second and microsecond as is not zero.
fn moment(bytes: &[u8]) -> Result<NaiveDateTime, DecodeError> {
    let (len, fields) = bytes.split_first().ok_or_else(wrong_length)?;
    if usize::from(*len) != fields.len() {
        return Err(wrong_length());
    }
    let (day, clock) = match fields {
        [] => return Err(zero_date()),
        [y0, y1, month, day, clock @ ..] => {
            let year = i32::from(u16::from_le_bytes([*y0, *y1]));
            (date(year, u32::from(*month), u32::from(*day))?, clock)
        }
        _ => return Err(wrong_length()),
    };
    Ok(day.and_time(self::clock(clock)?.ok_or_else(long_time)?))
}

fn date(year: i32, month: u32, day: u32) -> Result<NaiveDate, DecodeError> {
    if month == 0 || day == 0 {
        return Err(zero_date());
    }
    NaiveDate::from_ymd_opt(year, month, day).ok_or_else(|| DecodeError::new("a date that does not exist"))
}

fn clock(fields: &[u8]) -> Result<Option<NaiveTime>, DecodeError> {
    let (hour, minute, second, micros) = match *fields {
        [] => return Ok(Some(NaiveTime::MIN)),
        [h, m, s] => (h, m, s, 0),
        [h, m, s, a, b, c, d] => (h, m, s, u32::from_le_bytes([a, b, c, d])),
        _ => return Err(wrong_length()),
    };
    Ok(NaiveTime::from_hms_micro_opt(
        u32::from(hour),
        u32::from(minute),
        u32::from(second),
        micros,
    ))
}

/// A length, a sign, days, then the clock.
fn time(bytes: &[u8]) -> Made<'_> {
    let (len, fields) = bytes.split_first().ok_or_else(wrong_length)?;
    if usize::from(*len) != fields.len() {
        return Err(wrong_length());
    }
    let clock = match fields {
        [] => &[][..],
        [negative, d0, d1, d2, d3, clock @ ..] => {
            if *negative != 0 || u32::from_le_bytes([*d0, *d1, *d2, *d3]) != 0 {
                return Err(long_time());
            }
            clock
        }
        _ => return Err(wrong_length()),
    };
    self::clock(clock)?.map(Cell::Time).ok_or_else(long_time)
}

fn date_text(text: &str) -> Result<NaiveDate, DecodeError> {
    date_from_text(text).ok_or_else(|| match text.contains("-00") || text.starts_with("0000") {
        true => zero_date(),
        false => DecodeError::new("text that is not a date"),
    })
}

fn moment_text(text: &str) -> Result<NaiveDateTime, DecodeError> {
    let (day, clock) = text.split_once(' ').unwrap_or((text, "00:00:00"));
    Ok(date_text(day)?.and_time(time_from_text(clock).ok_or_else(long_time)?))
}

fn zero_date() -> DecodeError {
    DecodeError::new("a zero date (`0000-00-00`, or a month or day of zero), which is no date")
}

fn long_time() -> DecodeError {
    DecodeError::new("a time outside 00:00 to 23:59:59.999999 (MySQL's `TIME` is also a duration)")
}

#[cfg(test)]
mod tests {
    use super::*;

    const ALL: [Kind; 14] = [
        Kind::Signed,
        Kind::Unsigned,
        Kind::Float,
        Kind::Double,
        Kind::Decimal,
        Kind::Date,
        Kind::Time,
        Kind::DateTime,
        Kind::Timestamp,
        Kind::Bit,
        Kind::Text,
        Kind::Bytes,
        Kind::Json,
        Kind::Null,
    ];

    #[test]
    fn no_bytes_make_it_panic() {
        let mut seed = 7u32;
        for kind in ALL {
            for len in 0..20u8 {
                for _ in 0..50 {
                    let mut bytes: Vec<u8> = (0..len)
                        .map(|_| {
                            seed = seed.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                            seed.to_be_bytes()[0]
                        })
                        .collect();
                    let _ = (binary(kind, &bytes).is_ok(), text(kind, &bytes).is_ok());
                    if let Some(first) = bytes.first_mut() {
                        *first = len - 1;
                    }
                    let _ = binary(kind, &bytes).is_ok();
                }
            }
        }
    }

    #[test]
    fn zero_dates_and_durations_are_errors() {
        let fails = |made: Made<'_>| made.err().unwrap().to_string();
        for kind in [Kind::Date, Kind::DateTime, Kind::Timestamp] {
            assert!(fails(binary(kind, &[0])).contains("zero date"));
            assert!(fails(binary(kind, &[4, 234, 7, 0, 1])).contains("zero date"));
            assert!(fails(text(kind, b"0000-00-00")).contains("zero date"));
        }
        assert!(fails(text(Kind::DateTime, b"0000-00-00 00:00:00")).contains("zero date"));
        assert!(fails(binary(Kind::Time, &[8, 1, 0, 0, 0, 0, 1, 0, 0])).contains("duration"));
        assert!(fails(binary(Kind::Time, &[8, 0, 1, 0, 0, 0, 1, 0, 0])).contains("duration"));
        assert!(fails(text(Kind::Time, b"-01:00:00")).contains("duration"));
        assert!(fails(text(Kind::Time, b"838:59:59")).contains("duration"));
        assert!(matches!(binary(Kind::Time, &[0]), Ok(Cell::Time(NaiveTime::MIN))));
    }

    #[test]
    fn values_of_both_protocols() {
        let day = NaiveDate::from_ymd_opt(2026, 1, 31).unwrap();
        let at = day.and_hms_micro_opt(23, 59, 58, 7).unwrap();
        assert!(matches!(binary(Kind::Date, &[4, 234, 7, 1, 31]), Ok(Cell::Date(d)) if d == day));
        let wire = [11, 234, 7, 1, 31, 23, 59, 58, 7, 0, 0, 0];
        assert!(matches!(binary(Kind::DateTime, &wire), Ok(Cell::DateTime(t)) if t == at));
        let written = b"2026-01-31 23:59:58.000007";
        assert!(matches!(text(Kind::Timestamp, written), Ok(Cell::Timestamp(t)) if t.naive_utc() == at));
        assert!(matches!(binary(Kind::Signed, &[0xFF]), Ok(Cell::Int(-1))));
        assert!(matches!(
            binary(Kind::Unsigned, &[0xFF; 8]),
            Ok(Cell::UInt(u64::MAX))
        ));
        assert!(matches!(
            text(Kind::Unsigned, b"18446744073709551615"),
            Ok(Cell::UInt(u64::MAX))
        ));
        assert!(matches!(binary(Kind::Bit, &[1, 0]), Ok(Cell::Int(256))));
        assert!(matches!(text(Kind::Float, b"1.5"), Ok(Cell::F32(n)) if n == 1.5));
        assert!(binary(Kind::Decimal, b"1.23").is_ok());
        let long = [b'9'; 40];
        assert!(
            binary(Kind::Decimal, &long)
                .err()
                .unwrap()
                .to_string()
                .contains("38")
        );
    }
}
