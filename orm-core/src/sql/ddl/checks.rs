//! Check constraints: those that a model declares, and those that hold a type where the database's own type does not.

use super::facts::Enums;
use super::literal;
use super::names::{Kind, Names, constraint_name, quoted};
use super::place::{Place, describe};
use super::text::checked_length;
use crate::error::{Error, Result};
use crate::model::TableDef;
use crate::sql::Dialect;
use crate::value::{DataType, EnumDef, EnumStorage};

/// What the checks of a column's type are about: the last word of their names.
const TYPE_CHECKS: [&str; 5] = ["bool", "json", "length", "range", "values"];

/// The names that a check of this column's type may have.
pub(super) fn type_check_names(column: &str) -> impl Iterator<Item = [String; 2]> + '_ {
    TYPE_CHECKS
        .iter()
        .map(|what| [column.to_owned(), (*what).to_owned()])
}

/// The checks of a table as parts of `CREATE TABLE`.
///
/// All are the table's, with names, and none the column's: MySQL loses those of a column when it is modified.
///
/// # Errors
/// `Invalid` for a name that is taken or an enum without labels.
pub(super) fn checks(
    dialect: Dialect,
    table: &'static TableDef,
    names: &mut Names,
    parts: &mut Vec<String>,
) -> Result<()> {
    for index in 0..table.columns.len() {
        let place = Place::new(dialect, table, index)?;
        if let Some((what, condition)) = of_type(&place)? {
            let name = [place.column.full_name(), what.to_owned()];
            parts.push(check(dialect, table, names, &name, &condition)?);
        }
    }
    for own in table.checks {
        if own.expression.trim().is_empty() {
            return Err(Error::invalid(format!(
                "{}: the check `{}` has no condition; write `check({}, \"..\")`",
                describe(table),
                own.name,
                own.name
            ))
            .with_table(table.name));
        }
        parts.push(check(
            dialect,
            table,
            names,
            &[own.name.to_owned()],
            own.expression,
        )?);
    }
    Ok(())
}

fn check(
    dialect: Dialect,
    table: &TableDef,
    names: &mut Names,
    name: &[String],
    condition: &str,
) -> Result<String> {
    let name = constraint_name(dialect, Kind::Check, table, name);
    names.claim(Kind::Check, table, &name)?;
    Ok(format!(
        "CONSTRAINT {} CHECK ({condition})",
        quoted(dialect, &name)?
    ))
}

/// What holds the column to its Rust type: a word for the name, and the condition. NULL satisfies each.
fn of_type(place: &Place) -> Result<Option<(&'static str, String)>> {
    if place.column.sql_type.is_some() {
        return Ok(None); // a type of the user's own says itself what it takes
    }
    let types = &place.facts.types;
    let column = place.quoted()?;
    if let Some(length) = checked_length(place) {
        let count = match place.column.data_type {
            DataType::Text => place.facts.lengths.characters,
            _ => place.facts.lengths.bytes,
        };
        return Ok(Some(("length", format!("{count}({column}) <= {length}"))));
    }
    let range = |most: u32| ("range", format!("{column} BETWEEN 0 AND {most}"));
    let unsigned = place.dialect.features().unsigned;
    Ok(match place.column.data_type {
        DataType::Bool if types.check_bool => Some(("bool", format!("{column} IN (0, 1)"))),
        DataType::U8 if !unsigned => Some(range(u8::MAX.into())),
        DataType::U16 if !unsigned => Some(range(u16::MAX.into())),
        DataType::U32 if !unsigned => Some(range(u32::MAX)),
        DataType::U64 if !unsigned => Some(("range", format!("{column} >= 0"))),
        DataType::Json | DataType::Array(_) if types.check_json => {
            Some(("json", format!("json_valid({column})")))
        }
        DataType::Enum(def) => values(place, def)?.map(|list| ("values", format!("{column} IN ({list})"))),
        _ => None,
    })
}

/// The values that an enum is stored as, where the type does not hold them.
fn values(place: &Place, def: &EnumDef) -> Result<Option<String>> {
    Ok(match (def.storage, place.facts.enums) {
        (EnumStorage::Native, Enums::Named | Enums::Inline) => None,
        (EnumStorage::Integer, _) => {
            if def.numbers.is_empty() {
                return Err(place.invalid(format!(
                    "is of the enum `{}`, which is stored as integer and has no numbers",
                    def.name
                )));
            }
            let numbers: Vec<String> = def.numbers.iter().map(i64::to_string).collect();
            Some(numbers.join(", "))
        }
        (EnumStorage::Text | EnumStorage::Native, _) => Some(literal::list(place.dialect, def.labels)?),
    })
}
