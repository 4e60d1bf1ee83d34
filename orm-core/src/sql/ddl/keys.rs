//! Foreign keys: within the table, or added afterwards where tables refer to each other.

use super::facts::{Cycles, facts};
use super::names::{self, Kind, Names, constraint_name, quoted, table_into, table_name};
use super::place::{Place, describe};
use super::{Options, types};
use crate::error::{Error, Result};
use crate::model::{Action, ForeignKeyDef, TableDef};
use crate::sql::Dialect;

/// The name of a key in the database.
///
/// # Errors
/// `Invalid` when the key names a column that is not there.
pub(super) fn key_name(
    dialect: Dialect,
    table: &'static TableDef,
    key: &'static ForeignKeyDef,
) -> Result<String> {
    let columns = key
        .columns
        .iter()
        .map(|index| Ok(super::place::column(table, *index)?.full_name()))
        .collect::<Result<Vec<String>>>()?;
    Ok(constraint_name(dialect, Kind::ForeignKey, table, &columns))
}

/// A key as a part of `CREATE TABLE`.
///
/// # Errors
/// `Unsupported` for an action that the database lacks; `Invalid` for a key that cannot hold.
pub(super) fn part(
    dialect: Dialect,
    table: &'static TableDef,
    key: &'static ForeignKeyDef,
    names: &mut Names,
) -> Result<String> {
    let name = key_name(dialect, table, key)?;
    names.claim(Kind::ForeignKey, table, &name)?;
    Ok(format!(
        "CONSTRAINT {} FOREIGN KEY {}",
        quoted(dialect, &name)?,
        rule(dialect, table, key)?
    ))
}

/// A key as a statement of its own.
///
/// # Errors
/// As [`part`]; `Unsupported` where the statement cannot be made conditional and that is asked for.
pub(super) fn statement(
    dialect: Dialect,
    table: &'static TableDef,
    key: &'static ForeignKeyDef,
    options: Options,
    names: &mut Names,
) -> Result<String> {
    let name = key_name(dialect, table, key)?;
    names.claim(Kind::ForeignKey, table, &name)?;
    let cycles = facts(dialect).cycles;
    let exists = if options.if_not_exists && cycles == Cycles::Conditional {
        "IF NOT EXISTS "
    } else {
        ""
    };
    let statement = format!(
        "ALTER TABLE {} ADD CONSTRAINT {} FOREIGN KEY {exists}{}",
        table_name(dialect, table)?,
        quoted(dialect, &name)?,
        rule(dialect, table, key)?
    );
    match (options.if_not_exists, cycles) {
        (true, Cycles::Block) => Ok(types::unless_there(&statement)),
        (true, Cycles::Plain) => Err(Error::unsupported(format!(
            "{} and {} refer to each other, and {dialect} cannot add `{name}` only where it is missing: create the tables \
             without `if_not_exists`, or mark one of the keys `#[orm(no_constraint)]`",
            describe(table),
            describe((key.target)())
        ))
        .with_table(table.name)),
        _ => Ok(statement),
    }
}

/// `("author_id") REFERENCES "authors" ("id") ON DELETE CASCADE`
fn rule(dialect: Dialect, table: &'static TableDef, key: &'static ForeignKeyDef) -> Result<String> {
    let target = (key.target)();
    let target_columns = key.target_columns();
    if key.columns.is_empty() || key.columns.len() != target_columns.len() {
        return Err(Error::invalid(format!(
            "{}: a foreign key of {} column(s) refers to {} column(s) of {}: name as many on either side",
            describe(table),
            key.columns.len(),
            target_columns.len(),
            describe(target)
        ))
        .with_table(table.name));
    }
    let mut sql = format!("({}) REFERENCES ", names::columns(dialect, table, key.columns)?);
    table_into(&mut sql, dialect, target)?;
    sql.push_str(&format!(
        " ({})",
        names::columns(dialect, target, target_columns)?
    ));
    for (event, action) in [("DELETE", key.on_delete), ("UPDATE", key.on_update)] {
        if let Some(words) = words(dialect, table, key, event, action)? {
            sql.push_str(&format!(" ON {event} {words}"));
        }
    }
    Ok(sql)
}

/// The action in SQL; nothing where it is what the database does anyway.
fn words(
    dialect: Dialect,
    table: &'static TableDef,
    key: &'static ForeignKeyDef,
    event: &str,
    action: Action,
) -> Result<Option<&'static str>> {
    let attribute = format!("on_{}", event.to_lowercase());
    for index in key.columns {
        let place = Place::new(dialect, table, *index)?;
        match action {
            Action::SetNull if !place.column.nullable || table.is_key(*index) => {
                return Err(place.invalid(format!(
                    "has `{attribute} = \"set null\"` and cannot be NULL: make it an `Option`, or choose another action"
                )));
            }
            Action::SetDefault if !place.facts.set_default => {
                return Err(place.unsupported(format!(
                    "has `{attribute} = \"set default\"`, which {dialect} lacks: choose `\"set null\"`, `\"cascade\"` or \
                     `\"restrict\"`"
                )));
            }
            Action::SetDefault if place.column.default.is_none() && !place.column.nullable => {
                return Err(place.invalid(format!(
                    "has `{attribute} = \"set default\"` and no default: give it one, or choose another action"
                )));
            }
            _ => {}
        }
    }
    Ok(match action {
        Action::NoAction => None,
        Action::Restrict => Some("RESTRICT"),
        Action::Cascade => Some("CASCADE"),
        Action::SetNull => Some("SET NULL"),
        Action::SetDefault => Some("SET DEFAULT"),
    })
}
