//! PostgreSQL's text values as cells, for statements that cannot be prepared.

use chrono::{NaiveDate, NaiveDateTime, NaiveTime, TimeDelta};

use super::binary::{broken_array, far, infinite, take_sized, utf8};
use super::{numeric, oids};
use crate::value::{ArrayCell, Cell, DecodeError, time_from_text};

/// Reads a value that is not NULL. `bytea` and arrays need room for what is behind their escapes.
pub(super) fn cell<'b>(
    oid: u32,
    element: Option<u32>,
    bytes: &'b [u8],
    scratch: &'b mut Vec<u8>,
) -> Result<Cell<'b>, DecodeError> {
    if let Some(element) = element {
        scratch.clear();
        let len = array(element, utf8(bytes)?, scratch)?;
        return Ok(Cell::Array(ArrayCell {
            len,
            bytes: scratch,
            tag: element,
            next: element_cell,
        }));
    }
    if oid == oids::BYTEA {
        scratch.clear();
        bytea(bytes, scratch)?;
        return Ok(Cell::Bytes(scratch));
    }
    scalar(oid, bytes)
}

fn scalar(oid: u32, bytes: &[u8]) -> Result<Cell<'_>, DecodeError> {
    let text = utf8(bytes)?;
    let wrong = || DecodeError::new("text that does not have the form of its type");
    Ok(match oid {
        oids::BOOL => Cell::Bool(match text {
            "t" => true,
            "f" => false,
            _ => return Err(wrong()),
        }),
        oids::INT2 | oids::INT4 | oids::INT8 | oids::OID | oids::XID | oids::CID => {
            Cell::Int(text.parse().map_err(|_| wrong())?)
        }
        oids::FLOAT4 => Cell::F32(text.parse().map_err(|_| wrong())?),
        oids::FLOAT8 => Cell::F64(text.parse().map_err(|_| wrong())?),
        oids::DATE => Cell::Date(date(text)?),
        oids::TIME => Cell::Time(time(text)?),
        oids::TIMESTAMP => Cell::DateTime(timestamp(text)?),
        oids::TIMESTAMPTZ => Cell::Timestamp(timestamptz(text)?.and_utc()),
        oids::UUID => Cell::Uuid(uuid(text).ok_or_else(wrong)?),
        oids::NUMERIC => Cell::Decimal(numeric::from_text(text)?),
        oids::JSON | oids::JSONB => Cell::Json(text),
        oids::VOID => Cell::Null,
        _ => Cell::Text(text),
    })
}

fn bytea(bytes: &[u8], out: &mut Vec<u8>) -> Result<(), DecodeError> {
    let wrong = || DecodeError::new("`bytea` that is not hexadecimal: `bytea_output` must be `hex`");
    let digits = bytes.strip_prefix(b"\\x").ok_or_else(wrong)?;
    out.reserve(digits.len() / 2);
    for pair in digits.chunks(2) {
        let [high, low] = *pair else { return Err(wrong()) };
        out.push(hex(high).ok_or_else(wrong)? << 4 | hex(low).ok_or_else(wrong)?);
    }
    Ok(())
}

fn hex(digit: u8) -> Option<u8> {
    match digit {
        b'0'..=b'9' => Some(digit - b'0'),
        b'a'..=b'f' => Some(digit - b'a' + 10),
        b'A'..=b'F' => Some(digit - b'A' + 10),
        _ => None,
    }
}

fn uuid(text: &str) -> Option<[u8; 16]> {
    let mut out = [0; 16];
    let mut digits = text.bytes().filter(|b| *b != b'-');
    for byte in &mut out {
        *byte = hex(digits.next()?)? << 4 | hex(digits.next()?)?;
    }
    digits.next().is_none().then_some(out)
}

/// `2026-01-31`, years of any length, ` BC` at the end.
fn date(text: &str) -> Result<NaiveDate, DecodeError> {
    if text.trim_start_matches('-') == "infinity" {
        return Err(infinite());
    }
    let (text, before_christ) = match text.strip_suffix(" BC") {
        Some(rest) => (rest, true),
        None => (text, false),
    };
    let mut parts = text.split('-');
    let mut part = || parts.next().filter(|p| p.bytes().all(|b| b.is_ascii_digit()));
    let wrong = || DecodeError::new("text that is not a date: `datestyle` must be `ISO`");
    let year: i32 = part().and_then(|p| p.parse().ok()).ok_or_else(wrong)?;
    let month = part().and_then(|p| p.parse().ok()).ok_or_else(wrong)?;
    let day = part().and_then(|p| p.parse().ok()).ok_or_else(wrong)?;
    let year = if before_christ { 1 - year } else { year };
    if parts.next().is_some() {
        return Err(wrong());
    }
    NaiveDate::from_ymd_opt(year, month, day).ok_or_else(far)
}

fn time(text: &str) -> Result<NaiveTime, DecodeError> {
    time_from_text(text).ok_or_else(|| {
        DecodeError::new("a time outside 00:00 to 23:59:59.999999 (PostgreSQL also has 24:00)")
    })
}

fn timestamp(text: &str) -> Result<NaiveDateTime, DecodeError> {
    if text.trim_start_matches('-') == "infinity" {
        return Err(infinite());
    }
    let (day, clock) = text
        .split_once(' ')
        .ok_or_else(|| DecodeError::new("text that is not a timestamp: `datestyle` must be `ISO`"))?;
    // ` BC` stands behind the time.
    match clock.strip_suffix(" BC") {
        Some(clock) => Ok(date(&format!("{day} BC"))?.and_time(time(clock)?)),
        None => Ok(date(day)?.and_time(time(clock)?)),
    }
}

fn timestamptz(text: &str) -> Result<NaiveDateTime, DecodeError> {
    let (body, era) = match text.strip_suffix(" BC") {
        Some(body) => (body, " BC"),
        None => (text, ""),
    };
    // The zone is behind the time's colons; `-` also stands in the date.
    let Some(start) = body
        .rfind(['+', '-'])
        .filter(|i| body.find(':').is_some_and(|colon| colon < *i))
    else {
        return timestamp(text);
    };
    let (body, zone) = body.split_at(start);
    let wrong = || DecodeError::new("text that is not a timestamp: `datestyle` must be `ISO`");
    let mut seconds = 0i64;
    let mut unit = 3600;
    for part in zone.get(1..).unwrap_or_default().split(':') {
        let n: u16 = part.parse().map_err(|_| wrong())?;
        seconds += i64::from(n) * unit;
        unit /= 60;
    }
    let offset =
        TimeDelta::try_seconds(if zone.starts_with('-') { -seconds } else { seconds }).ok_or_else(wrong)?;
    timestamp(&format!("{body}{era}"))?
        .checked_sub_signed(offset)
        .ok_or_else(far)
}

/// Writes the elements of `{a,"b c",NULL}` as lengths and bytes, and says how many there are.
fn array(element: u32, text: &str, out: &mut Vec<u8>) -> Result<usize, DecodeError> {
    // `[2:3]={..}` names the bounds.
    let body = match text.split_once("]={") {
        Some((bounds, rest)) if bounds.starts_with('[') => rest,
        _ => text.strip_prefix('{').ok_or_else(broken_array)?,
    };
    let body = body.strip_suffix('}').ok_or_else(broken_array)?;
    if body.starts_with('{') || text.starts_with('[') && text.contains("][") {
        return Err(DecodeError::new(
            "an array of several dimensions: only one is supported",
        ));
    }
    if body.is_empty() {
        return Ok(0);
    }
    let mut bytes = body.bytes().peekable();
    let mut count = 0;
    loop {
        let mut item = Vec::new();
        let quoted = bytes.next_if_eq(&b'"').is_some();
        let ended = loop {
            match bytes.next() {
                None if quoted => return Err(broken_array()),
                None => break true,
                Some(b'"') if quoted => match bytes.next() {
                    None => break true,
                    Some(b',') => break false,
                    Some(_) => return Err(broken_array()),
                },
                Some(b'\\') => item.push(bytes.next().ok_or_else(broken_array)?),
                Some(b',') if !quoted => break false,
                Some(b) => item.push(b),
            }
        };
        count += 1;
        if !quoted && item == b"NULL" {
            out.extend((-1i32).to_be_bytes());
        } else if element == oids::BYTEA {
            let mut plain = Vec::new();
            bytea(&item, &mut plain)?;
            put(&plain, out)?;
        } else {
            put(&item, out)?;
        }
        if ended {
            return Ok(count);
        }
    }
}

fn put(bytes: &[u8], out: &mut Vec<u8>) -> Result<(), DecodeError> {
    out.extend(
        i32::try_from(bytes.len())
            .map_err(|_| broken_array())?
            .to_be_bytes(),
    );
    out.extend(bytes);
    Ok(())
}

fn element_cell<'b>(oid: u32, rest: &mut &'b [u8]) -> Result<Cell<'b>, DecodeError> {
    match take_sized(rest)? {
        None => Ok(Cell::Null),
        Some(bytes) if oid == oids::BYTEA => Ok(Cell::Bytes(bytes)),
        Some(bytes) => scalar(oid, bytes),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(s: &str) -> NaiveDateTime {
        crate::value::datetime_from_text(s).unwrap()
    }

    #[test]
    fn dates_and_times() {
        assert_eq!(
            date("2026-01-31"),
            Ok(NaiveDate::from_ymd_opt(2026, 1, 31).unwrap())
        );
        assert_eq!(
            date("0044-03-15 BC"),
            Ok(NaiveDate::from_ymd_opt(-43, 3, 15).unwrap())
        );
        assert_eq!(
            date("12026-01-31"),
            Ok(NaiveDate::from_ymd_opt(12026, 1, 31).unwrap())
        );
        assert_eq!(
            timestamp("2026-01-31 23:59:59.5"),
            Ok(at("2026-01-31 23:59:59.500"))
        );
        assert_eq!(
            timestamptz("2026-01-31 23:59:59+00"),
            Ok(at("2026-01-31 23:59:59"))
        );
        assert_eq!(
            timestamptz("2026-01-31 23:30:00-05:30"),
            Ok(at("2026-02-01 05:00:00"))
        );
        for text in ["infinity", "-infinity"] {
            assert!(date(text).unwrap_err().to_string().contains("infinity"));
            assert!(timestamptz(text).unwrap_err().to_string().contains("infinity"));
        }
        for text in [
            "",
            "31.01.2026",
            "2026-13-01",
            "294276-12-31",
            "2026-01-31-1",
            "x BC",
        ] {
            assert!(date(text).is_err(), "{text}");
            assert!(timestamp(&format!("{text} 10:00")).is_err(), "{text}");
        }
        assert!(time("24:00:00").is_err());
        assert!(timestamptz("2026-01-31 10:00:00+99999999999").is_err());
    }

    #[test]
    fn arrays_and_bytes() {
        let mut out = Vec::new();
        let texts = |text: &str, out: &mut Vec<u8>| -> Vec<Option<String>> {
            match cell(0, Some(oids::TEXT), text.as_bytes(), out).unwrap() {
                Cell::Array(items) => items
                    .map(|c| match c.unwrap() {
                        Cell::Text(s) => Some(s.to_owned()),
                        Cell::Null => None,
                        _ => panic!(),
                    })
                    .collect(),
                _ => panic!(),
            }
        };
        let some = |s: &str| Some(s.to_owned());
        assert_eq!(texts("{}", &mut out), []);
        assert_eq!(
            texts(r#"{a,"b, \"c\" {x}",NULL,"NULL",""}"#, &mut out),
            [some("a"), some(r#"b, "c" {x}"#), None, some("NULL"), some("")]
        );
        assert_eq!(texts("[2:3]={a,b}", &mut out), [some("a"), some("b")]);
        for text in ["", "{", "{\"a}", "{{a},{b}}", "{\"a\"b}"] {
            assert!(
                cell(0, Some(oids::TEXT), text.as_bytes(), &mut Vec::new()).is_err(),
                "{text}"
            );
        }
        assert!(matches!(
            cell(oids::BYTEA, None, b"\\x00fF", &mut out).unwrap(),
            Cell::Bytes([0, 255])
        ));
        assert!(cell(oids::BYTEA, None, b"\\000", &mut Vec::new()).is_err());
        assert!(cell(oids::BYTEA, None, b"\\x0", &mut Vec::new()).is_err());
        match cell(0, Some(oids::BYTEA), b"{\"\\\\x01\"}", &mut out).unwrap() {
            Cell::Array(mut items) => assert!(matches!(items.next(), Some(Ok(Cell::Bytes([1]))))),
            _ => panic!(),
        }
    }
}
