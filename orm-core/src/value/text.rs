//! The text forms of dates, times and UUIDs, for databases that have no type of their own for them.
//!
//! Fixed width, so that text order is time order: `2026-01-31`, `23:59:59.000001`, `2026-01-31 23:59:59.000001`.

use chrono::{NaiveDate, NaiveDateTime, NaiveTime, Timelike};

/// `23:59:59.000001`; below a microsecond nothing is kept.
#[must_use]
pub fn time_to_text(t: NaiveTime) -> String {
    format!(
        "{:02}:{:02}:{:02}.{:06}",
        t.hour(),
        t.minute(),
        t.second(),
        t.nanosecond() % 1_000_000_000 / 1000
    )
}

/// `2026-01-31 23:59:59.000001`.
#[must_use]
pub fn datetime_to_text(t: NaiveDateTime) -> String {
    format!("{} {}", t.date().format("%Y-%m-%d"), time_to_text(t.time()))
}

/// Reads `2026-01-31`.
#[must_use]
pub fn date_from_text(s: &str) -> Option<NaiveDate> {
    let b = s.as_bytes();
    if b.len() != 10 || b[4] != b'-' || b[7] != b'-' {
        return None;
    }
    NaiveDate::from_ymd_opt(
        i32::try_from(digits(&b[..4])?).ok()?,
        digits(&b[5..7])?,
        digits(&b[8..])?,
    )
}

/// Reads `23:59`, `23:59:59` and `23:59:59.123456`.
#[must_use]
pub fn time_from_text(s: &str) -> Option<NaiveTime> {
    let b = s.as_bytes();
    if b.len() < 5 || b[2] != b':' {
        return None;
    }
    let (hour, minute) = (digits(&b[..2])?, digits(&b[3..5])?);
    if b.len() == 5 {
        return NaiveTime::from_hms_opt(hour, minute, 0);
    }
    if b.len() < 8 || b[5] != b':' {
        return None;
    }
    let second = digits(&b[6..8])?;
    let mut nanos = 0;
    if b.len() > 8 {
        let fraction = &b[9..];
        if b[8] != b'.' || fraction.is_empty() || fraction.len() > 9 {
            return None;
        }
        nanos = digits(fraction)?;
        for _ in fraction.len()..9 {
            nanos *= 10;
        }
    }
    NaiveTime::from_hms_nano_opt(hour, minute, second, nanos)
}

/// Reads a date and a time with a blank or a `T` between them; a `Z` or `+00:00` at the end is allowed.
#[must_use]
pub fn datetime_from_text(s: &str) -> Option<NaiveDateTime> {
    let s = s
        .strip_suffix('Z')
        .or_else(|| s.strip_suffix("+00:00"))
        .unwrap_or(s);
    let date = date_from_text(s.get(..10)?)?;
    match s.as_bytes().get(10) {
        None => Some(date.and_time(NaiveTime::MIN)),
        Some(b' ' | b'T') => Some(date.and_time(time_from_text(s.get(11..)?)?)),
        Some(_) => None,
    }
}

/// `67e55044-10b1-426f-9247-bb680e5fe0c8`
#[must_use]
pub(super) fn uuid_to_text(bytes: &[u8; 16]) -> String {
    let mut out = String::with_capacity(36);
    for (i, b) in bytes.iter().enumerate() {
        if matches!(i, 4 | 6 | 8 | 10) {
            out.push('-');
        }
        out.push_str(&format!("{b:02x}"));
    }
    out
}

fn digits(b: &[u8]) -> Option<u32> {
    b.iter().try_fold(0u32, |n, c| {
        c.is_ascii_digit().then(|| n * 10 + u32::from(c - b'0'))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_and_times_round_trip() {
        for s in [
            "2026-01-31 23:59:59.000001",
            "0001-01-01 00:00:00.000000",
            "9999-12-31 12:00:00.999999",
        ] {
            let t = datetime_from_text(s).map(datetime_to_text);
            assert_eq!(t.as_deref(), Some(s));
        }
        for s in [
            "",
            "2026-13-01",
            "2026-1-1",
            "2026-01-01x",
            "2026-01-01 25:00",
            "2026-01-01 10:00:00.",
            "é026-01-01",
        ] {
            assert_eq!(datetime_from_text(s), None, "{s}");
        }
    }
}
