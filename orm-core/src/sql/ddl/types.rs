//! The type of a column, as each database calls it.

use super::facts::{Enums, NameLimit};
use super::literal;
use super::names::{check_length, quoted};
use super::place::{Place, describe};
use super::text::{bytes_type, text_type};
use crate::error::{Error, Result};
use crate::model::TableDef;
use crate::sql::Dialect;
use crate::value::{DataType, EnumDef, EnumStorage};

/// The most digits of a decimal: what `i128` holds.
const MOST_DIGITS: u32 = 38;
/// The most digits that fit an integer of 64 bits.
const NARROW_DIGITS: u32 = 18;
/// The most digits behind the point that all databases take.
const MOST_SCALE: u32 = 30;

/// The type of the column at this position, with its collation: what stands behind the column's name in `CREATE TABLE` and
/// `ALTER TABLE`.
///
/// | Rust | SQLite | PostgreSQL | MySQL, MariaDB |
/// | --- | --- | --- | --- |
/// | `bool` | `INTEGER` | `BOOLEAN` | `TINYINT(1)` |
/// | `i64` | `INTEGER` | `BIGINT` | `BIGINT` |
/// | `String` | `TEXT` | `TEXT` | `LONGTEXT`, in a key `VARCHAR(255)` |
/// | `String`, `length = 50` | `TEXT` and a check | `VARCHAR(50)` | `VARCHAR(50)` |
/// | `DateTime<Utc>` | `TEXT` | `TIMESTAMPTZ` | `DATETIME(6)` |
/// | `Uuid` | `BLOB` | `UUID` | `BINARY(16)` |
/// | `Decimal`, `precision = 10, scale = 2` | `INTEGER` (of cents) | `NUMERIC(10, 2)` | `DECIMAL(10, 2)` |
/// | `Json<T>` | `TEXT` and a check | `JSONB` | `JSON` |
/// | `Vec<i32>` | `TEXT` and a check | `INTEGER[]` | `JSON` |
///
/// # Errors
/// `Invalid` when the model does not say enough (a decimal without digits) or says what no column can be; the text names
/// the field, the attribute and what to write.
pub fn column_type(dialect: Dialect, table: &'static TableDef, column: usize) -> Result<String> {
    type_of(&Place::new(dialect, table, column)?)
}

pub(super) fn type_of(place: &Place) -> Result<String> {
    if place.column.case_insensitive && place.column.data_type != DataType::Text {
        return Err(place.invalid("is no text: remove `case_insensitive`, which is for `String`"));
    }
    match place.column.sql_type {
        Some(sql) => custom(place, sql),
        None => named(place, place.column.data_type),
    }
}

fn custom(place: &Place, sql: &str) -> Result<String> {
    if sql.trim().is_empty() {
        return Err(place.invalid("has an empty `sql_type`: name a type, or remove the attribute"));
    }
    if let Some(known) = place.facts.strict_types
        && !known.iter().any(|name| name.eq_ignore_ascii_case(sql))
    {
        return Err(place.unsupported(format!(
            "has `sql_type = \"{sql}\"`, and tables are STRICT on {}: use one of {}, or remove the attribute",
            place.dialect,
            known.join(", ")
        )));
    }
    Ok(sql.to_owned())
}

fn named(place: &Place, data_type: DataType) -> Result<String> {
    let types = &place.facts.types;
    let name = match data_type {
        DataType::Bool => types.bool,
        DataType::I8 => types.i8,
        DataType::I16 => types.i16,
        DataType::I32 => types.i32,
        DataType::I64 => types.i64,
        DataType::U8 => types.u8,
        DataType::U16 => types.u16,
        DataType::U32 => types.u32,
        DataType::U64 => types.u64,
        DataType::F32 => types.f32,
        DataType::F64 => types.f64,
        DataType::Date => types.date,
        DataType::Time => types.time,
        DataType::DateTime => types.datetime,
        DataType::Timestamp => types.timestamp,
        DataType::Uuid => types.uuid,
        DataType::Json => types.json,
        DataType::Text => return text_type(place),
        DataType::Bytes => return bytes_type(place),
        DataType::Decimal => return decimal(place),
        DataType::Array(element) => return array(place, *element),
        DataType::Enum(def) => return enumeration(place, def),
    };
    Ok(name.to_owned())
}

fn array(place: &Place, element: DataType) -> Result<String> {
    if !place.dialect.features().arrays {
        return Ok(place.facts.types.json.to_owned());
    }
    let element = match element {
        // Lengths and collations are for columns of one value.
        DataType::Text => place.facts.types.text.to_owned(),
        DataType::Bytes => place.facts.types.bytes.to_owned(),
        DataType::Decimal if place.column.precision.is_none() => {
            place.facts.types.decimal.unwrap_or_default().to_owned()
        }
        element => named(place, element)?,
    };
    Ok(format!("{element}[]"))
}

/// The digits of a decimal: all of them, and those behind the point.
///
/// # Errors
/// `Invalid` when the model does not say or says too much.
pub(super) fn digits(place: &Place) -> Result<(u32, u32)> {
    let (Some(precision), Some(scale)) = (place.column.precision, place.column.scale) else {
        return Err(place.invalid(
            "is a decimal without digits: write for instance `#[orm(precision = 12, scale = 2)]`, which is ten digits \
             before the point and two behind it",
        ));
    };
    if precision == 0 || precision > MOST_DIGITS {
        return Err(place.invalid(format!(
            "has `precision = {precision}`: a decimal has 1 to {MOST_DIGITS} digits"
        )));
    }
    if scale > precision || scale > MOST_SCALE {
        return Err(place.invalid(format!(
            "has `scale = {scale}`: at most {} digits can stand behind the point",
            precision.min(MOST_SCALE)
        )));
    }
    Ok((precision, scale))
}

fn decimal(place: &Place) -> Result<String> {
    let (precision, scale) = digits(place)?;
    Ok(match place.facts.types.decimal {
        Some(name) => format!("{name}({precision}, {scale})"),
        // The bytes of wider numbers are in the numbers' order.
        None if precision > NARROW_DIGITS => place.facts.types.bytes.to_owned(),
        None => place.facts.types.i64.to_owned(),
    })
}

fn enumeration(place: &Place, def: &EnumDef) -> Result<String> {
    if def.labels.is_empty() {
        return Err(place.invalid(format!("is of the enum `{}`, which has no variants", def.name)));
    }
    match (def.storage, place.facts.enums) {
        (EnumStorage::Integer, _) => {
            let wide = def.numbers.iter().any(|n| i32::try_from(*n).is_err());
            let types = &place.facts.types;
            Ok(if wide { types.i64 } else { types.i32 }.to_owned())
        }
        (EnumStorage::Native, Enums::Named) => {
            check_length(
                place.dialect,
                place.table,
                "the enum type",
                def.name,
                "shorten its name",
            )?;
            quoted(place.dialect, def.name)
        }
        (EnumStorage::Native, Enums::Inline) => {
            let labels = literal::list(place.dialect, def.labels)?;
            Ok(format!("ENUM({labels}){}", place.facts.exact))
        }
        (EnumStorage::Native | EnumStorage::Text, _) => Ok(match place.facts.lengths.in_keys {
            Some(_) => {
                // A `length` leaves room for labels to come.
                let longest = def.labels.iter().map(|l| l.chars().count()).max().unwrap_or(1);
                let room = place.column.length.and_then(|n| usize::try_from(n).ok());
                let length = longest.max(room.unwrap_or(1));
                format!("VARCHAR({length}){}", place.facts.exact)
            }
            None => place.facts.types.text.to_owned(),
        }),
    }
}

/// The types that must be there before the table: enums and collations, each as its statement.
///
/// # Errors
/// `Invalid` when a label is longer than the database takes, or holds U+0000.
pub(super) fn needed(place: &Place, if_not_exists: bool, types: &mut Vec<String>) -> Result<()> {
    if place.column.sql_type.is_some() {
        return Ok(());
    }
    let statement = match (place.column.data_type, place.facts.folded_type) {
        (DataType::Text, Some(collation))
            if super::text::extent(place.table, place.index)?.case_insensitive =>
        {
            collation.to_owned()
        }
        (DataType::Enum(def), _)
            if def.storage == EnumStorage::Native && place.facts.enums == Enums::Named =>
        {
            create_enum(place, def, if_not_exists)?
        }
        _ => return Ok(()),
    };
    if !types.contains(&statement) {
        types.push(statement);
    }
    Ok(())
}

fn create_enum(place: &Place, def: &EnumDef, if_not_exists: bool) -> Result<String> {
    if let NameLimit::Bytes(most) = place.facts.longest_name
        && let Some(label) = def.labels.iter().find(|label| label.len() > most)
    {
        return Err(Error::invalid(format!(
            "{}: the label `{label}` of the enum `{}` is longer than {} takes ({most} bytes); shorten it by \
             `rename`, or store the enum as text",
            describe(place.table),
            def.name,
            place.dialect
        ))
        .with_table(place.table.name));
    }
    let create = format!(
        "CREATE TYPE {} AS ENUM ({})",
        quoted(place.dialect, def.name)?,
        literal::list(place.dialect, def.labels)?
    );
    if !if_not_exists {
        return Ok(create);
    }
    Ok(unless_there(&create))
}

/// PostgreSQL has no `IF NOT EXISTS` for types and constraints: a block passes by what exists.
pub(super) fn unless_there(statement: &str) -> String {
    let block = format!("BEGIN {statement}; EXCEPTION WHEN duplicate_object THEN NULL; END");
    format!("DO {}", literal::dollar_quoted(&block))
}
