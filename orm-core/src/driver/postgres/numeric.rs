//! `numeric` on the wire: groups of four decimal digits, a weight, a sign and a scale.

use crate::value::{DecimalParts, DecodeError};

const POSITIVE: u16 = 0x0000;
const NEGATIVE: u16 = 0x4000;
const NAN: u16 = 0xC000;
const INFINITY: u16 = 0xD000;
const MINUS_INFINITY: u16 = 0xF000;
/// The largest scale that the wire carries.
const LARGEST_SCALE: u32 = 0x3FFF;

/// Writes a number, or `None` when its scale is too large.
pub(super) fn write(parts: DecimalParts, out: &mut Vec<u8>) -> Option<()> {
    if parts.scale > LARGEST_SCALE {
        return None;
    }
    let mut rest = parts.mantissa.unsigned_abs();
    // Lowest group first. The last group behind the point is filled up with zeros.
    let mut groups = [0u16; 12];
    let mut count = 0usize;
    let mut push = |group: u128| -> Option<()> {
        *groups.get_mut(count)? = u16::try_from(group).ok()?;
        count += 1;
        Some(())
    };
    let odd = parts.scale % 4;
    if odd != 0 && rest != 0 {
        let unit = 10u128.pow(odd);
        push(rest % unit * 10u128.pow(4 - odd))?;
        rest /= unit;
    }
    while rest != 0 {
        push(rest % 10_000)?;
        rest /= 10_000;
    }
    let groups = groups.get(..count)?;
    let behind = i32::try_from(parts.scale.div_ceil(4)).ok()?;
    let weight = i32::try_from(count).ok()? - behind - 1;
    let zeros = groups.iter().take_while(|g| **g == 0).count();
    let kept = groups.get(zeros..)?;
    let weight = if kept.is_empty() { 0 } else { weight };
    out.extend(u16::try_from(kept.len()).ok()?.to_be_bytes());
    out.extend(i16::try_from(weight).ok()?.to_be_bytes());
    let sign = if parts.mantissa < 0 { NEGATIVE } else { POSITIVE };
    out.extend(sign.to_be_bytes());
    out.extend(u16::try_from(parts.scale).ok()?.to_be_bytes());
    for group in kept.iter().rev() {
        out.extend(group.to_be_bytes());
    }
    Some(())
}

/// Reads a number.
pub(super) fn read(bytes: &[u8]) -> Result<DecimalParts, DecodeError> {
    let mut words = bytes
        .chunks(2)
        .map(|w| <[u8; 2]>::try_from(w).map(u16::from_be_bytes));
    let mut word = || {
        words
            .next()
            .and_then(Result::ok)
            .ok_or_else(|| DecodeError::new("bytes that are not a `numeric`"))
    };
    let count = word()?;
    let weight = i32::from(i16::from_be_bytes(word()?.to_be_bytes()));
    let sign = word()?;
    let scale = u32::from(word()?);
    match sign {
        POSITIVE | NEGATIVE => {}
        NAN => return Err(DecodeError::new("NaN where a decimal is expected")),
        INFINITY | MINUS_INFINITY => return Err(DecodeError::new("infinity where a decimal is expected")),
        _ => return Err(DecodeError::new("bytes that are not a `numeric`")),
    }
    if scale > LARGEST_SCALE {
        return Err(DecodeError::new("bytes that are not a `numeric`"));
    }
    let mut mantissa: i128 = 0;
    // The power of ten of the group that was read last, in units of the mantissa.
    let mut power = 0;
    for i in 0..i32::from(count) {
        let group = i128::from(word()?);
        if group > 9999 {
            return Err(DecodeError::new("bytes that are not a `numeric`"));
        }
        power = 4 * (weight - i) + i32::try_from(scale).unwrap_or(i32::MAX / 2);
        let (factor, digits) = match power {
            0.. => (10_000, Some(group)),
            -3..0 => {
                let unit = 10i128.pow(power.unsigned_abs());
                let keep = 10i128.pow(4 - power.unsigned_abs());
                (keep, (group % unit == 0).then_some(group / unit))
            }
            _ => (1, (group == 0).then_some(0)),
        };
        let digits = digits.ok_or_else(|| DecodeError::new("bytes that are not a `numeric`"))?;
        mantissa = mantissa
            .checked_mul(factor)
            .and_then(|m| m.checked_add(digits))
            .ok_or_else(too_long)?;
    }
    if power > 0 && mantissa != 0 {
        mantissa = u32::try_from(power)
            .ok()
            .and_then(|p| 10i128.checked_pow(p))
            .and_then(|unit| mantissa.checked_mul(unit))
            .ok_or_else(too_long)?;
    }
    Ok(DecimalParts {
        mantissa: if sign == NEGATIVE { -mantissa } else { mantissa },
        scale,
    })
}

fn too_long() -> DecodeError {
    DecodeError::new("a decimal of more than 38 digits")
}

/// Reads a number's text, as the text protocol sends it.
pub(super) fn from_text(text: &str) -> Result<DecimalParts, DecodeError> {
    DecimalParts::parse(text).ok_or_else(|| match text {
        "NaN" => DecodeError::new("NaN where a decimal is expected"),
        "Infinity" | "-Infinity" => DecodeError::new("infinity where a decimal is expected"),
        _ if text.len() > 38 => too_long(),
        _ => DecodeError::new("text that is not a `numeric`"),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parts(text: &str) -> DecimalParts {
        DecimalParts::parse(text).unwrap()
    }

    #[test]
    fn numbers_round_trip() {
        for text in [
            "0",
            "0.00",
            "1",
            "-1",
            "10000",
            "12345678",
            "0.1",
            "0.0001",
            "0.00001",
            "-12345.6789",
            "99999999999999999999999999999999999999",
            "-0.99999999999999999999999999999999999999",
            "170141183460469231731687303715884105727",
            "100000000.000000001",
            "1.10",
            "1000000000000000000000000000000",
        ] {
            let mut wire = Vec::new();
            write(parts(text), &mut wire).unwrap();
            assert_eq!(read(&wire), Ok(parts(text)), "{text}");
        }
    }

    #[test]
    fn the_wire_form_is_the_servers() {
        let mut wire = Vec::new();
        write(parts("12345.678"), &mut wire).unwrap();
        assert_eq!(wire, [0, 3, 0, 1, 0, 0, 0, 3, 0, 1, 9, 41, 26, 124]);
        wire.clear();
        write(parts("0.000005"), &mut wire).unwrap();
        assert_eq!(wire, [0, 1, 255, 254, 0, 0, 0, 6, 1, 244]);
    }

    #[test]
    fn what_is_no_number_is_an_error() {
        for wire in [
            &[][..],
            &[0],
            &[0, 1, 0, 0, 0, 0, 0, 0],
            &[0, 0, 0, 0, 0xC0, 0, 0, 0],
            &[0, 0, 0, 0, 0xD0, 0, 0, 0],
            &[0, 0, 0, 0, 0xF0, 0, 0, 0],
            &[0, 1, 0, 0, 0, 0, 0, 0, 0xFF, 0xFF],
            &[0, 1, 0x7F, 0xFF, 0, 0, 0x3F, 0xFF, 0, 1],
            &[0, 1, 0x80, 0, 0, 0, 0, 0, 0, 1],
        ] {
            assert!(read(wire).is_err(), "{wire:?}");
        }
        // 40 digits
        let mut wire = vec![0, 10, 0, 9, 0, 0, 0, 0];
        for _ in 0..10 {
            wire.extend(9999u16.to_be_bytes());
        }
        assert!(read(&wire).unwrap_err().to_string().contains("38"));
    }
}
