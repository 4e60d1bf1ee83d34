//! The built-in scalar types.

use chrono::{DateTime, NaiveDate, NaiveDateTime, NaiveTime, Utc};

use super::array::{ArrayElement, from_json_text};
use super::text::{date_from_text, datetime_from_text, time_from_text};
use super::{Cell, DataType, DecodeError, Literal, Scalar, Value};

macro_rules! integers {
    ($($t:ty, $kind:ident, $variant:ident, $wide:ty);* $(;)?) => {$(
        impl Scalar for $t {
            const TYPE: DataType = DataType::$kind;

            #[inline]
            fn to_value(&self) -> Value {
                Value::$variant(<$wide>::from(*self))
            }

            #[inline]
            fn from_cell(cell: Cell<'_>) -> Result<Self, DecodeError> {
                let fit = match cell {
                    Cell::Int(n) => <$t>::try_from(n).ok(),
                    Cell::UInt(n) => <$t>::try_from(n).ok(),
                    Cell::Decimal(d) => d.rescaled(0).and_then(|d| <$t>::try_from(d.mantissa).ok()),
                    other => return Err(DecodeError::mismatch(concat!("an integer (`", stringify!($t), "`)"), &other)),
                };
                fit.ok_or_else(|| DecodeError::new(concat!("a number outside the range of `", stringify!($t), "`")))
            }
        }

        impl Literal for $t {}

        impl ArrayElement for $t {
            fn from_json(json: &serde_json::Value) -> Result<Self, DecodeError> {
                match (json.as_i64(), json.as_u64()) {
                    (Some(n), _) => Self::from_cell(Cell::Int(n)),
                    (None, Some(n)) => Self::from_cell(Cell::UInt(n)),
                    (None, None) => Err(DecodeError::new("a JSON array element that is not an integer")),
                }
            }
        }
    )*};
}

integers! {
    i8, I8, I16, i16; i16, I16, I16, i16; i32, I32, I32, i32; i64, I64, I64, i64;
    u16, U16, I32, i32; u32, U32, I64, i64; u64, U64, U64, u64;
}

// `u8` is no array element: `Vec<u8>` is bytes.
impl Scalar for u8 {
    const TYPE: DataType = DataType::U8;

    fn to_value(&self) -> Value {
        Value::I16(i16::from(*self))
    }

    fn from_cell(cell: Cell<'_>) -> Result<Self, DecodeError> {
        u16::from_cell(cell)
            .and_then(|n| u8::try_from(n).map_err(|_| DecodeError::new("a number outside the range of `u8`")))
    }
}

impl Literal for u8 {}

impl Scalar for bool {
    const TYPE: DataType = DataType::Bool;

    fn to_value(&self) -> Value {
        Value::Bool(*self)
    }

    fn from_cell(cell: Cell<'_>) -> Result<Self, DecodeError> {
        match cell {
            Cell::Bool(b) => Ok(b),
            Cell::Int(0) => Ok(false),
            Cell::Int(1) => Ok(true),
            Cell::Int(_) => Err(DecodeError::new(
                "a number that is neither 0 nor 1, where a boolean is expected",
            )),
            other => Err(DecodeError::mismatch("a boolean", &other)),
        }
    }
}

impl Literal for bool {}

impl ArrayElement for bool {
    fn from_json(json: &serde_json::Value) -> Result<Self, DecodeError> {
        // SQLite's JSON functions write booleans as 0 and 1.
        match (json.as_bool(), json.as_i64()) {
            (Some(b), _) => Ok(b),
            (None, Some(n)) => bool::from_cell(Cell::Int(n)),
            (None, None) => Err(DecodeError::new("a JSON array element that is not a boolean")),
        }
    }
}

impl Scalar for f64 {
    const TYPE: DataType = DataType::F64;

    fn to_value(&self) -> Value {
        Value::F64(*self)
    }

    fn from_cell(cell: Cell<'_>) -> Result<Self, DecodeError> {
        match cell {
            Cell::F64(n) => Ok(n),
            Cell::F32(n) => Ok(f64::from(n)),
            Cell::Int(n) => exact_f64(n),
            other => Err(DecodeError::mismatch("a float (`f64`)", &other)),
        }
    }
}

/// Whole numbers that a float holds exactly.
fn exact_f64(n: i64) -> Result<f64, DecodeError> {
    const LARGEST: i64 = 1 << 53;
    #[allow(clippy::cast_precision_loss)] // exact within the bounds that are checked here
    let float = n as f64;
    if (-LARGEST..=LARGEST).contains(&n) {
        Ok(float)
    } else {
        Err(DecodeError::new("an integer that `f64` cannot hold exactly"))
    }
}

impl Literal for f64 {}

impl ArrayElement for f64 {
    fn from_json(json: &serde_json::Value) -> Result<Self, DecodeError> {
        json.as_f64()
            .ok_or_else(|| DecodeError::new("a JSON array element that is not a number"))
    }
}

impl Scalar for f32 {
    const TYPE: DataType = DataType::F32;

    fn to_value(&self) -> Value {
        Value::F32(*self)
    }

    fn from_cell(cell: Cell<'_>) -> Result<Self, DecodeError> {
        match cell {
            Cell::F32(n) => Ok(n),
            other => {
                let wide = f64::from_cell(other)?;
                #[allow(clippy::cast_possible_truncation)] // what was lost is checked below
                let narrow = wide as f32;
                if f64::from(narrow) == wide || wide.is_nan() {
                    Ok(narrow)
                } else {
                    Err(DecodeError::new("a float that `f32` cannot hold exactly"))
                }
            }
        }
    }
}

impl Literal for f32 {}

impl ArrayElement for f32 {
    fn from_json(json: &serde_json::Value) -> Result<Self, DecodeError> {
        let wide = f64::from_json(json)?;
        #[allow(clippy::cast_possible_truncation)]
        // JSON text has the shortest digits of an f32, which f64 widens
        let narrow = wide as f32;
        Ok(narrow)
    }
}

impl Scalar for String {
    const TYPE: DataType = DataType::Text;

    fn to_value(&self) -> Value {
        Value::Text(self.clone())
    }

    fn into_value(self) -> Value {
        Value::Text(self)
    }

    #[inline]
    fn from_cell(cell: Cell<'_>) -> Result<Self, DecodeError> {
        match cell {
            Cell::Text(s) | Cell::Json(s) => Ok(s.to_owned()),
            other => Err(DecodeError::mismatch("text", &other)),
        }
    }
}

impl Literal for String {}

impl ArrayElement for String {
    fn from_json(json: &serde_json::Value) -> Result<Self, DecodeError> {
        from_json_text(json, "text")
    }
}

impl Scalar for Vec<u8> {
    const TYPE: DataType = DataType::Bytes;

    fn to_value(&self) -> Value {
        Value::Bytes(self.clone())
    }

    fn into_value(self) -> Value {
        Value::Bytes(self)
    }

    fn from_cell(cell: Cell<'_>) -> Result<Self, DecodeError> {
        match cell {
            Cell::Bytes(b) => Ok(b.to_vec()),
            other => Err(DecodeError::mismatch("bytes", &other)),
        }
    }
}

impl Literal for Vec<u8> {}

macro_rules! times {
    ($($t:ty, $kind:ident, $what:literal, [$($native:pat => $made:expr),+], $parse:expr);* $(;)?) => {$(
        impl Scalar for $t {
            const TYPE: DataType = DataType::$kind;

            fn to_value(&self) -> Value {
                Value::$kind(*self)
            }

            fn from_cell(cell: Cell<'_>) -> Result<Self, DecodeError> {
                match cell {
                    $($native => Ok($made),)+
                    Cell::Text(s) => $parse(s).ok_or_else(|| DecodeError::new(concat!("text that is not ", $what))),
                    other => Err(DecodeError::mismatch($what, &other)),
                }
            }
        }

        impl Literal for $t {}

        impl ArrayElement for $t {
            fn from_json(json: &serde_json::Value) -> Result<Self, DecodeError> {
                from_json_text(json, $what)
            }
        }
    )*};
}

times! {
    NaiveDate, Date, "a date", [Cell::Date(d) => d], date_from_text;
    NaiveTime, Time, "a time", [Cell::Time(t) => t], time_from_text;
    NaiveDateTime, DateTime, "a date-time", [Cell::DateTime(t) => t], datetime_from_text;
    DateTime<Utc>, Timestamp, "a timestamp", [Cell::Timestamp(t) => t, Cell::DateTime(t) => t.and_utc()],
        |s| datetime_from_text(s).map(|t| t.and_utc());
}

impl Scalar for serde_json::Value {
    const TYPE: DataType = DataType::Json;

    fn to_value(&self) -> Value {
        Value::Json(self.to_string())
    }

    fn from_cell(cell: Cell<'_>) -> Result<Self, DecodeError> {
        match cell {
            Cell::Json(s) | Cell::Text(s) => {
                serde_json::from_str(s).map_err(|_| DecodeError::new("text that is not JSON"))
            }
            other => Err(DecodeError::mismatch("JSON", &other)),
        }
    }
}

impl Literal for serde_json::Value {}

#[cfg(feature = "uuid")]
mod uuid {
    use ::uuid::Uuid;

    use super::{ArrayElement, Cell, DataType, DecodeError, Literal, Scalar, Value, from_json_text};

    impl Scalar for Uuid {
        const TYPE: DataType = DataType::Uuid;

        fn to_value(&self) -> Value {
            Value::Uuid(*self.as_bytes())
        }

        fn from_cell(cell: Cell<'_>) -> Result<Self, DecodeError> {
            match cell {
                Cell::Uuid(b) => Ok(Uuid::from_bytes(b)),
                Cell::Bytes(b) => {
                    Uuid::from_slice(b).map_err(|_| DecodeError::new("bytes that are not a UUID (16 bytes)"))
                }
                Cell::Text(s) => Uuid::parse_str(s).map_err(|_| DecodeError::new("text that is not a UUID")),
                other => Err(DecodeError::mismatch("a UUID", &other)),
            }
        }
    }

    impl Literal for Uuid {}

    impl ArrayElement for Uuid {
        fn from_json(json: &serde_json::Value) -> Result<Self, DecodeError> {
            from_json_text(json, "a UUID")
        }
    }
}

#[cfg(feature = "decimal")]
mod decimal {
    use rust_decimal::Decimal;

    use super::{ArrayElement, Cell, DataType, DecodeError, Literal, Scalar, Value, from_json_text};
    use crate::value::DecimalParts;

    impl Scalar for Decimal {
        const TYPE: DataType = DataType::Decimal;

        fn to_value(&self) -> Value {
            Value::Decimal(DecimalParts {
                mantissa: self.mantissa(),
                scale: self.scale(),
            })
        }

        fn from_cell(cell: Cell<'_>) -> Result<Self, DecodeError> {
            let parts = match cell {
                Cell::Decimal(parts) => parts,
                Cell::Text(s) => {
                    DecimalParts::parse(s).ok_or_else(|| DecodeError::new("text that is not a decimal"))?
                }
                Cell::Int(_) => {
                    return Err(DecodeError::new(
                        "a scaled integer where a decimal is expected: raw SQL must divide it by hand, or name the model (`Model::sql`)",
                    ));
                }
                other => return Err(DecodeError::mismatch("a decimal", &other)),
            };
            Decimal::try_from_i128_with_scale(parts.mantissa, parts.scale)
                .map_err(|_| DecodeError::new("a decimal of more than 28 digits"))
        }
    }

    impl Literal for Decimal {}

    impl ArrayElement for Decimal {
        fn from_json(json: &serde_json::Value) -> Result<Self, DecodeError> {
            from_json_text(json, "a decimal")
        }
    }
}
