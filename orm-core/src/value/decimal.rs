//! Decimal numbers without a decimal library: a mantissa and a scale.

use std::fmt;

/// `mantissa` x 10^-`scale`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DecimalParts {
    /// The digits.
    pub mantissa: i128,
    /// How many of the digits stand behind the point.
    pub scale: u32,
}

impl DecimalParts {
    /// The same number at another scale, or `None` when digits would be lost or the number becomes too large.
    #[must_use]
    pub fn rescaled(self, scale: u32) -> Option<DecimalParts> {
        if scale >= self.scale {
            let factor = 10i128.checked_pow(scale - self.scale)?;
            return Some(DecimalParts {
                mantissa: self.mantissa.checked_mul(factor)?,
                scale,
            });
        }
        let factor = 10i128.checked_pow(self.scale - scale);
        match factor {
            Some(factor) if self.mantissa % factor == 0 => Some(DecimalParts {
                mantissa: self.mantissa / factor,
                scale,
            }),
            Some(_) => None,
            None => (self.mantissa == 0).then_some(DecimalParts { mantissa: 0, scale }),
        }
    }

    /// Reads `-12.340`. `None` for anything else, and for more digits than fit.
    #[must_use]
    pub fn parse(text: &str) -> Option<DecimalParts> {
        let (negative, digits) = match text.strip_prefix('-') {
            Some(rest) => (true, rest),
            None => (false, text.strip_prefix('+').unwrap_or(text)),
        };
        let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
        if whole.is_empty() && fraction.is_empty() {
            return None;
        }
        let mut mantissa: i128 = 0;
        for c in whole.chars().chain(fraction.chars()) {
            mantissa = mantissa
                .checked_mul(10)?
                .checked_add(i128::from(c.to_digit(10)?))?;
        }
        let mantissa = if negative { -mantissa } else { mantissa };
        Some(DecimalParts {
            mantissa,
            scale: u32::try_from(fraction.len()).ok()?,
        })
    }
}

impl fmt::Display for DecimalParts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let digits = self.mantissa.unsigned_abs().to_string();
        let sign = if self.mantissa < 0 { "-" } else { "" };
        let scale = self.scale as usize;
        if scale == 0 {
            return write!(f, "{sign}{digits}");
        }
        if digits.len() > scale {
            let (whole, fraction) = digits.split_at(digits.len() - scale);
            write!(f, "{sign}{whole}.{fraction}")
        } else {
            write!(f, "{sign}0.{digits:0>scale$}")
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_and_back() {
        for text in [
            "0",
            "-1",
            "12.340",
            "0.001",
            "-0.05",
            "79228162514264337593543950335",
        ] {
            assert_eq!(
                DecimalParts::parse(text).map(|d| d.to_string()).as_deref(),
                Some(text)
            );
        }
        for text in [
            "",
            ".",
            "-",
            "1e5",
            "NaN",
            "1.2.3",
            "99999999999999999999999999999999999999999",
        ] {
            assert_eq!(DecimalParts::parse(text), None, "{text}");
        }
    }

    #[test]
    fn rescaling_never_loses_digits() {
        let d = DecimalParts {
            mantissa: 1250,
            scale: 3,
        };
        assert_eq!(
            d.rescaled(2),
            Some(DecimalParts {
                mantissa: 125,
                scale: 2
            })
        );
        assert_eq!(d.rescaled(1), None);
        assert_eq!(
            d.rescaled(5),
            Some(DecimalParts {
                mantissa: 125_000,
                scale: 5
            })
        );
        assert_eq!(d.rescaled(60), None);
    }
}
