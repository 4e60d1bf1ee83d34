//! Places in an ordered list: what a page of rows begins or ends with, and its text for a URL.

use std::fmt;
use std::str::FromStr;

use chrono::{Datelike as _, NaiveDate, NaiveTime, Timelike as _};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::error::{Error, Result};
use crate::value::{Cell, DataType, DecimalParts, DecodeError, Value};

/// The version of the text.
const FORMAT: u8 = 1;

/// The alphabet of base64 for URLs.
const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

/// A place between two rows of a query's order: just before or just after one of them.
///
/// It holds that row's values of the order, and which order it was made for; it is refused for another one. Its text is
/// safe in a URL, and serde reads and writes that text:
///
/// ```
/// # use orm_core::query::Cursor;
/// # fn f(cursor: &Cursor) -> orm_core::Result<()> {
/// let text = cursor.to_string();
/// assert_eq!(text.parse::<Cursor>()?, *cursor);
/// # Ok(()) }
/// assert!("damaged".parse::<Cursor>().unwrap_err().to_string().contains("cursor"));
/// ```
///
/// The text is neither encrypted nor signed: whoever has it can read the values in it, and write one of his own. It
/// chooses only where a page begins, never which rows the query's filters show, and its values are bound as parameters.
#[derive(Clone, PartialEq)]
pub struct Cursor {
    pub(super) order: u64,
    /// Just after the row, not just before it.
    pub(super) after: bool,
    pub(super) values: Vec<Value>,
}

impl fmt::Debug for Cursor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Cursor(..)")
    }
}

impl fmt::Display for Cursor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut bytes = vec![FORMAT, u8::from(self.after)];
        bytes.extend(self.order.to_le_bytes());
        for value in &self.values {
            encode(value, &mut bytes);
        }
        bytes.extend(checksum(&bytes));
        f.write_str(&to_base64(&bytes))
    }
}

impl FromStr for Cursor {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        parse(text).ok_or_else(|| {
            Error::invalid("this is not the text of a cursor, or it was damaged: begin at the first page")
        })
    }
}

impl Serialize for Cursor {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Cursor {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?
            .parse()
            .map_err(serde::de::Error::custom)
    }
}

fn parse(text: &str) -> Option<Cursor> {
    let bytes = from_base64(text)?;
    let (body, sum) = bytes.split_last_chunk::<4>()?;
    if *sum != checksum(body) {
        return None;
    }
    let mut rest = Bytes(body);
    if rest.byte()? != FORMAT {
        return None;
    }
    let after = rest.byte()? != 0;
    let order = u64::from_le_bytes(rest.array()?);
    let mut values = Vec::new();
    while !rest.0.is_empty() {
        values.push(decode(&mut rest)?);
    }
    Some(Cursor { order, after, values })
}

/// A cell as a value that can be compared with it again.
pub(super) fn value_of(cell: Cell<'_>) -> Result<Value, DecodeError> {
    Ok(match cell {
        Cell::Null => Value::Null(DataType::Text),
        Cell::Bool(b) => Value::Bool(b),
        Cell::Int(n) => Value::I64(n),
        Cell::UInt(n) => Value::U64(n),
        Cell::F32(n) => Value::F32(n),
        Cell::F64(n) => Value::F64(n),
        Cell::Text(s) => Value::Text(s.to_owned()),
        Cell::Bytes(b) => Value::Bytes(b.to_vec()),
        Cell::Date(d) => Value::Date(d),
        Cell::Time(t) => Value::Time(t),
        Cell::DateTime(t) => Value::DateTime(t),
        Cell::Timestamp(t) => Value::Timestamp(t),
        Cell::Uuid(b) => Value::Uuid(b),
        Cell::Decimal(d) => Value::Decimal(d),
        Cell::Json(_) | Cell::Array(_) => {
            return Err(DecodeError::new("pages cannot be cut by JSON or arrays"));
        }
    })
}

fn encode(value: &Value, out: &mut Vec<u8>) {
    let signed = |n: i128, out: &mut Vec<u8>| number(((n << 1) ^ (n >> 127)).cast_unsigned(), out);
    let bytes = |tag: u8, b: &[u8], out: &mut Vec<u8>| {
        out.push(tag);
        number(b.len() as u128, out);
        out.extend(b);
    };
    let day = |d: NaiveDate, out: &mut Vec<u8>| signed(i128::from(d.num_days_from_ce()), out);
    let time = |t: NaiveTime, out: &mut Vec<u8>| {
        number(u128::from(t.num_seconds_from_midnight()), out);
        number(u128::from(t.nanosecond()), out);
    };
    match value {
        Value::Bool(b) => out.push(1 + u8::from(*b)),
        Value::I16(n) => encode(&Value::I64(i64::from(*n)), out),
        Value::I32(n) => encode(&Value::I64(i64::from(*n)), out),
        Value::I64(n) => {
            out.push(3);
            signed(i128::from(*n), out);
        }
        Value::U64(n) => {
            out.push(4);
            number(u128::from(*n), out);
        }
        Value::F32(n) => {
            out.push(5);
            out.extend(n.to_le_bytes());
        }
        Value::F64(n) => {
            out.push(6);
            out.extend(n.to_le_bytes());
        }
        Value::Text(s) => bytes(7, s.as_bytes(), out),
        Value::Bytes(b) => bytes(8, b, out),
        Value::Date(d) => {
            out.push(9);
            day(*d, out);
        }
        Value::Time(t) => {
            out.push(10);
            time(*t, out);
        }
        Value::DateTime(t) => {
            out.push(11);
            day(t.date(), out);
            time(t.time(), out);
        }
        Value::Timestamp(t) => {
            out.push(12);
            day(t.naive_utc().date(), out);
            time(t.naive_utc().time(), out);
        }
        Value::Uuid(b) => {
            out.push(13);
            out.extend(b);
        }
        Value::Decimal(d) => {
            out.push(14);
            signed(d.mantissa, out);
            number(u128::from(d.scale), out);
        }
        // No other value gets here: `value_of` makes none.
        Value::Null(_) | Value::Json(_) | Value::Array(..) | Value::NewId(_) => out.push(0),
    }
}

fn decode(rest: &mut Bytes<'_>) -> Option<Value> {
    Some(match rest.byte()? {
        0 => Value::Null(DataType::Text),
        1 => Value::Bool(false),
        2 => Value::Bool(true),
        3 => Value::I64(rest.signed()?.try_into().ok()?),
        4 => Value::U64(rest.number()?.try_into().ok()?),
        5 => Value::F32(f32::from_le_bytes(rest.array()?)),
        6 => Value::F64(f64::from_le_bytes(rest.array()?)),
        7 => Value::Text(String::from_utf8(rest.bytes()?.to_vec()).ok()?),
        8 => Value::Bytes(rest.bytes()?.to_vec()),
        9 => Value::Date(rest.day()?),
        10 => Value::Time(rest.time()?),
        11 => Value::DateTime(rest.day()?.and_time(rest.time()?)),
        12 => Value::Timestamp(rest.day()?.and_time(rest.time()?).and_utc()),
        13 => Value::Uuid(rest.array()?),
        14 => Value::Decimal(DecimalParts {
            mantissa: rest.signed()?,
            scale: rest.number()?.try_into().ok()?,
        }),
        _ => return None,
    })
}

/// Seven bits a byte, the least first.
fn number(mut n: u128, out: &mut Vec<u8>) {
    loop {
        let low = n.to_le_bytes()[0] & 0x7f;
        n >>= 7;
        out.push(low | (u8::from(n > 0) << 7));
        if n == 0 {
            return;
        }
    }
}

/// What is left to be read; each read is `None` where there is too little.
struct Bytes<'a>(&'a [u8]);

impl<'a> Bytes<'a> {
    fn take(&mut self, n: usize) -> Option<&'a [u8]> {
        let (taken, rest) = self.0.split_at_checked(n)?;
        self.0 = rest;
        Some(taken)
    }

    fn byte(&mut self) -> Option<u8> {
        self.take(1)?.first().copied()
    }

    fn array<const N: usize>(&mut self) -> Option<[u8; N]> {
        self.take(N)?.try_into().ok()
    }

    fn number(&mut self) -> Option<u128> {
        let mut n = 0_u128;
        for shift in (0..128).step_by(7) {
            let byte = self.byte()?;
            n |= u128::from(byte & 0x7f) << shift;
            if byte < 0x80 {
                return Some(n);
            }
        }
        None
    }

    fn signed(&mut self) -> Option<i128> {
        let n = self.number()?;
        Some((n >> 1).cast_signed() ^ -(n & 1).cast_signed())
    }

    fn bytes(&mut self) -> Option<&'a [u8]> {
        let n = self.number()?.try_into().ok()?;
        self.take(n)
    }

    fn day(&mut self) -> Option<NaiveDate> {
        NaiveDate::from_num_days_from_ce_opt(self.signed()?.try_into().ok()?)
    }

    fn time(&mut self) -> Option<NaiveTime> {
        NaiveTime::from_num_seconds_from_midnight_opt(
            self.number()?.try_into().ok()?,
            self.number()?.try_into().ok()?,
        )
    }
}

/// FNV-1a: the same in every build, and enough against accidents.
pub(super) fn fingerprint(bytes: &[u8]) -> u64 {
    bytes.iter().fold(0xcbf2_9ce4_8422_2325, |hash, byte| {
        (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3)
    })
}

fn checksum(bytes: &[u8]) -> [u8; 4] {
    let [a, b, c, d, e, f, g, h] = fingerprint(bytes).to_le_bytes();
    [a ^ e, b ^ f, c ^ g, d ^ h]
}

fn to_base64(bytes: &[u8]) -> String {
    let mut out = String::with_capacity(bytes.len().div_ceil(3) * 4);
    for chunk in bytes.chunks(3) {
        let byte = |i: usize| u32::from(chunk.get(i).copied().unwrap_or(0));
        let bits = byte(0) << 16 | byte(1) << 8 | byte(2);
        for i in 0..=chunk.len() {
            let six = bits >> (18 - 6 * i) & 0x3f;
            out.push(char::from(ALPHABET[six as usize]));
        }
    }
    out
}

fn from_base64(text: &str) -> Option<Vec<u8>> {
    let mut out = Vec::with_capacity(text.len() / 4 * 3 + 2);
    for chunk in text.as_bytes().chunks(4) {
        let mut bits = 0_u32;
        for i in 0..4 {
            let six = match chunk.get(i) {
                Some(c) => ALPHABET.iter().position(|a| a == c)?,
                None => 0,
            };
            bits = bits << 6 | u32::try_from(six).ok()?;
        }
        let [_, bytes @ ..] = bits.to_be_bytes();
        let whole = chunk.len().checked_sub(1).filter(|whole| *whole > 0)?;
        // Bits that stand for nothing are zero, so that each cursor has one text.
        if bytes[whole..].iter().any(|byte| *byte != 0) {
            return None;
        }
        out.extend(&bytes[..whole]);
    }
    Some(out)
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test that fails panics")]
mod tests {
    use super::*;

    fn cursor() -> Cursor {
        let day = NaiveDate::from_ymd_opt(-40, 2, 29).unwrap();
        let time = NaiveTime::from_hms_micro_opt(23, 59, 59, 999_999).unwrap();
        Cursor {
            order: u64::MAX - 5,
            after: true,
            values: vec![
                Value::Null(DataType::Text),
                Value::Bool(true),
                Value::Bool(false),
                Value::I64(i64::MIN),
                Value::U64(u64::MAX),
                Value::F32(-0.5),
                Value::F64(f64::MIN_POSITIVE),
                Value::Text("é' --".into()),
                Value::Bytes(vec![0, 255]),
                Value::Date(day),
                Value::Time(time),
                Value::DateTime(day.and_time(time)),
                Value::Timestamp(day.and_time(time).and_utc()),
                Value::Uuid([7; 16]),
                Value::Decimal(DecimalParts {
                    mantissa: i128::MIN,
                    scale: 38,
                }),
                Value::Decimal(DecimalParts {
                    mantissa: i128::MAX,
                    scale: 0,
                }),
            ],
        }
    }

    #[test]
    fn text_and_back() {
        let full = cursor();
        for n in 0..=full.values.len() {
            let cursor = Cursor {
                values: full.values[..n].to_vec(),
                ..full.clone()
            };
            let text = cursor.to_string();
            assert!(text.bytes().all(|c| ALPHABET.contains(&c)), "{text}");
            assert_eq!(text.parse::<Cursor>().unwrap(), cursor);
            assert_eq!(
                serde_json::from_str::<Cursor>(&serde_json::to_string(&cursor).unwrap()).unwrap(),
                cursor
            );
        }
        assert_eq!(format!("{full:?}"), "Cursor(..)");
    }

    #[test]
    fn every_damage_is_seen() {
        let text = cursor().to_string();
        for at in 0..text.len() {
            for with in ["A", "_", "x", "!", "é", ""] {
                let damaged = format!("{}{with}{}", &text[..at], &text[at + 1..]);
                assert_eq!(damaged.parse::<Cursor>().is_ok(), damaged == text, "{at} {with}");
            }
            assert!(text[..at].parse::<Cursor>().is_err(), "{at}");
        }
        for text in ["", "A", "AAAA", "AAAAAAAAAAAAAAAAAAAAAAAA", " ", "\0"] {
            let e = text.parse::<Cursor>().unwrap_err();
            assert!(e.to_string().contains("first page"), "{e}");
        }
    }
}
