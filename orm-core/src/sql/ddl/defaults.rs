//! What stands behind `DEFAULT`: values of a model as literals that the column's type takes, and what the database makes.

use super::literal;
use super::place::Place;
use super::types::digits;
use crate::error::Result;
use crate::model::DefaultDef;
use crate::sql::decimal;
use crate::value::{
    DataType, DecimalParts, EnumDef, EnumStorage, Value, date_from_text, datetime_from_text,
    datetime_to_text, time_from_text, time_to_text,
};

/// The column's default as SQL. A `touch` column starts at the present moment.
///
/// # Errors
/// `Invalid` when the default is no value of the column's type; the text says what to write.
pub(super) fn default(place: &Place) -> Result<Option<String>> {
    let default = match place.column.default {
        Some(default) => default,
        None if place.column.touch => DefaultDef::Now,
        None if makes_key(place) => DefaultDef::Uuid,
        None => return Ok(None),
    };
    let sql = match default {
        DefaultDef::Sql(sql) if sql.trim().is_empty() => {
            return Err(
                place.invalid("has an empty `default_sql`: write an expression, or remove the attribute")
            );
        }
        DefaultDef::Sql(sql) => format!("({sql})"),
        DefaultDef::Now | DefaultDef::Today | DefaultDef::Uuid => made(place, default)?,
        DefaultDef::Int(_)
        | DefaultDef::Float(_)
        | DefaultDef::Bool(_)
        | DefaultDef::Decimal(_)
        | DefaultDef::Text(_) => literal_of(place, default)?,
    };
    Ok(Some(sql))
}

/// Whether the column is a single UUID key that the database makes.
fn makes_key(place: &Place) -> bool {
    place.table.generated_key
        && place.table.primary_key == [place.index]
        && place.column.data_type == DataType::Uuid
        && place.column.generated.is_none()
}

fn made(place: &Place, default: DefaultDef) -> Result<String> {
    let makers = &place.facts.makers;
    let (sql, name) = match (default, place.column.data_type) {
        (DefaultDef::Now, DataType::Timestamp) => (Some(makers.now_timestamp), "now()"),
        (DefaultDef::Now, DataType::DateTime) => (Some(makers.now_datetime), "now()"),
        (DefaultDef::Now, DataType::Time) => (Some(makers.now_time), "now()"),
        (DefaultDef::Now | DefaultDef::Today, DataType::Date) => (Some(makers.today), "today()"),
        (DefaultDef::Today, DataType::DateTime | DataType::Timestamp) => (Some(makers.midnight), "today()"),
        (DefaultDef::Uuid, DataType::Uuid) => (Some(makers.uuid), "uuid()"),
        (DefaultDef::Now, _) => (None, "now()"),
        (DefaultDef::Today, _) => (None, "today()"),
        _ => (None, "uuid()"),
    };
    let Some(sql) = sql else {
        return Err(place.invalid(format!(
            "has `default = {name}`, which is no value of its type: write `default_sql = \"..\"` for an expression of \
             the database's own"
        )));
    };
    // MySQL takes the bare form only at the very precision of the column.
    if place.column.sql_type.is_some() && !sql.starts_with('(') {
        return Ok(format!("({sql})"));
    }
    Ok(sql.to_owned())
}

fn literal_of(place: &Place, default: DefaultDef) -> Result<String> {
    let written = match place.column.data_type {
        DataType::Bool => bool_literal(place, default),
        t if t.is_integer() => integer(t, default),
        DataType::F32 | DataType::F64 => float(default),
        DataType::Decimal => return decimal_literal(place, default),
        DataType::Text => match default {
            DefaultDef::Text(text) => Some(text_literal(place, text)?),
            _ => None,
        },
        DataType::Enum(def) => return label(place, def, default),
        DataType::Json => match default {
            DefaultDef::Text(json) if serde_json::from_str::<serde_json::Value>(json).is_ok() => {
                Some(text_literal(place, json)?)
            }
            _ => None,
        },
        DataType::Array(_) => match default {
            DefaultDef::Text("[]") if place.dialect.features().arrays => Some("'{}'".to_owned()),
            DefaultDef::Text("[]") => Some(text_literal(place, "[]")?),
            _ => None,
        },
        t => match default {
            DefaultDef::Text(text) => of_text(place, t, text)?,
            _ => None,
        },
    };
    written.ok_or_else(|| {
        place.invalid(format!(
            "has the default {}, which is no value of its type{}; `default_sql = \"..\"` takes an expression of the \
             database's own",
            shown(default),
            hint(place.column.data_type)
        ))
    })
}

/// Text as a literal; in parentheses where the type takes only expressions.
fn text_literal(place: &Place, text: &str) -> Result<String> {
    let literal = literal::text(place.dialect, text)?;
    // MySQL's types without a length take a default only as an expression.
    let sized = place.facts.lengths.in_keys.is_none() || super::types::type_of(place)?.starts_with("VARCHAR");
    Ok(if sized { literal } else { format!("({literal})") })
}

fn bool_literal(place: &Place, default: DefaultDef) -> Option<String> {
    let DefaultDef::Bool(value) = default else {
        return None;
    };
    Some(
        match (place.facts.types.check_bool, value) {
            (true, true) => "1",
            (true, false) => "0",
            (false, true) => "TRUE",
            (false, false) => "FALSE",
        }
        .to_owned(),
    )
}

fn integer(data_type: DataType, default: DefaultDef) -> Option<String> {
    let DefaultDef::Int(n) = default else {
        return None;
    };
    let fits = match data_type {
        DataType::I8 => i8::try_from(n).is_ok(),
        DataType::I16 => i16::try_from(n).is_ok(),
        DataType::I32 => i32::try_from(n).is_ok(),
        DataType::U8 => u8::try_from(n).is_ok(),
        DataType::U16 => u16::try_from(n).is_ok(),
        DataType::U32 => u32::try_from(n).is_ok(),
        DataType::U64 => n >= 0,
        _ => true,
    };
    fits.then(|| n.to_string())
}

fn float(default: DefaultDef) -> Option<String> {
    match default {
        DefaultDef::Int(n) => Some(n.to_string()),
        DefaultDef::Float(n) if n.is_finite() => Some(format!("{n:?}")),
        _ => None,
    }
}

fn decimal_literal(place: &Place, default: DefaultDef) -> Result<String> {
    let (precision, scale) = digits(place)?;
    let parts = match default {
        DefaultDef::Int(n) => Some(DecimalParts {
            mantissa: n.into(),
            scale: 0,
        }),
        DefaultDef::Decimal(parts) => Some(parts),
        // The shortest digits that mean this float are those that stand in the attribute.
        DefaultDef::Float(n) => DecimalParts::parse(&n.to_string()),
        DefaultDef::Text(text) => DecimalParts::parse(text),
        _ => None,
    };
    let stored = parts.and_then(|parts| {
        let native = place.dialect.features().decimals;
        decimal::stored(Value::Decimal(parts), place.column, native).ok()
    });
    match stored {
        Some(Value::Decimal(parts)) => Ok(parts.to_string()),
        Some(Value::I64(scaled)) => Ok(scaled.to_string()),
        Some(Value::Bytes(bytes)) => Ok(literal::hex(&bytes)),
        _ => Err(place.invalid(format!(
            "has the default {}, which is no decimal of {precision} digits with {scale} of them behind the point",
            shown(default)
        ))),
    }
}

fn label(place: &Place, def: &EnumDef, default: DefaultDef) -> Result<String> {
    let at = match default {
        DefaultDef::Text(text) => def.labels.iter().position(|label| *label == text),
        DefaultDef::Int(n) if def.storage == EnumStorage::Integer => {
            def.numbers.iter().position(|number| *number == n)
        }
        _ => None,
    };
    let known = || {
        place.invalid(format!(
            "has the default {}, which is no value of the enum `{}`: it has `{}`",
            shown(default),
            def.name,
            def.labels.join("`, `")
        ))
    };
    let at = at.ok_or_else(known)?;
    match def.storage {
        EnumStorage::Integer => def.numbers.get(at).map(i64::to_string).ok_or_else(known),
        EnumStorage::Text | EnumStorage::Native => match def.labels.get(at) {
            Some(label) => literal::text(place.dialect, label),
            None => Err(known()),
        },
    }
}

/// Dates, times and UUIDs that an attribute gives as text, in the form that the column stores.
fn of_text(place: &Place, data_type: DataType, text: &str) -> Result<Option<String>> {
    let quoted = |text: String| literal::text(place.dialect, &text).map(Some);
    match data_type {
        DataType::Date => match date_from_text(text) {
            Some(_) => quoted(text.to_owned()),
            None => Ok(None),
        },
        DataType::Time => match time_from_text(text) {
            Some(time) => quoted(time_to_text(time)),
            None => Ok(None),
        },
        DataType::DateTime => match datetime_from_text(text) {
            Some(time) => quoted(datetime_to_text(time)),
            None => Ok(None),
        },
        DataType::Timestamp => match datetime_from_text(text) {
            // PostgreSQL reads a bare literal in the zone of whoever creates the table.
            Some(time) if place.facts.types.zoned => quoted(format!("{}+00", datetime_to_text(time))),
            Some(time) => quoted(datetime_to_text(time)),
            None => Ok(None),
        },
        DataType::Uuid => match uuid_bytes(text) {
            Some(_) if place.facts.types.uuid_text => quoted(text.to_owned()),
            Some(bytes) => Ok(Some(literal::hex(&bytes))),
            None => Ok(None),
        },
        _ => Ok(None),
    }
}

/// The sixteen bytes of `67e55044-10b1-426f-9247-bb680e5fe0c8`.
fn uuid_bytes(text: &str) -> Option<Vec<u8>> {
    let digits: Vec<u8> = text
        .chars()
        .filter(|c| *c != '-')
        .map(|c| c.to_digit(16).and_then(|d| u8::try_from(d).ok()))
        .collect::<Option<_>>()?;
    (digits.len() == 32).then(|| {
        digits
            .chunks_exact(2)
            .map(|pair| pair[0] * 16 + pair[1])
            .collect()
    })
}

fn shown(default: DefaultDef) -> String {
    match default {
        DefaultDef::Int(n) => format!("`{n}`"),
        DefaultDef::Float(n) => format!("`{n:?}`"),
        DefaultDef::Bool(b) => format!("`{b}`"),
        DefaultDef::Decimal(d) => format!("`{d}`"),
        DefaultDef::Text(text) => format!("`{text:?}`"),
        DefaultDef::Now => "`now()`".to_owned(),
        DefaultDef::Today => "`today()`".to_owned(),
        DefaultDef::Uuid => "`uuid()`".to_owned(),
        DefaultDef::Sql(_) => "`default_sql`".to_owned(),
    }
}

/// What a value of the type looks like in an attribute.
fn hint(data_type: DataType) -> &'static str {
    match data_type {
        DataType::Bool => ": write `true` or `false`",
        DataType::Text => ": write text in quotes",
        DataType::F32 | DataType::F64 => ": write a finite number",
        DataType::Json => ": write JSON in quotes (`\"{}\"`)",
        DataType::Array(_) => ": only `\"[]\"` can be written here",
        DataType::Date => ": write `\"2026-01-31\"` or `today()`",
        DataType::Time => ": write `\"23:59:59\"`",
        DataType::DateTime | DataType::Timestamp => ": write `\"2026-01-31 23:59:59\"` or `now()`",
        DataType::Uuid => ": write `uuid()` or 32 hexadecimal digits in quotes",
        DataType::Bytes => "",
        _ => ": write a number within its range",
    }
}
