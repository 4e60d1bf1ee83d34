//! All tables of a schema: created in the order of their keys, dropped in the reverse.

use super::facts::{Cycles, Enums, facts};
use super::names::{Names, quoted, table_name};
use super::order::{Group, groups};
use super::place::describe;
use super::{Options, keys, table};
use crate::error::{Error, Result};
use crate::model::{ForeignKeyDef, TableDef};
use crate::sql::Dialect;
use crate::value::{DataType, EnumDef, EnumStorage};

pub(super) fn create(
    dialect: Dialect,
    tables: &[&'static TableDef],
    options: Options,
) -> Result<Vec<String>> {
    let groups = groups(tables)?;
    let all: Vec<&'static TableDef> = groups.iter().flatten().copied().collect();
    enums(dialect, &all)?; // two types of one name are told before anything is written
    let mut names = Names::new(dialect);
    let mut types: Vec<String> = Vec::new();
    let mut statements = Vec::new();
    for group in &groups {
        let mut keys = Vec::new();
        for member in group {
            let later = |key: &ForeignKeyDef| comes_later(dialect, group, member, key);
            let ddl = table::table(dialect, member, options, &mut names, &later)?;
            for statement in ddl.types {
                if !types.contains(&statement) {
                    types.push(statement);
                }
            }
            statements.push(ddl.table);
            statements.extend(ddl.indexes);
            keys.extend(ddl.deferred_keys);
        }
        statements.extend(keys);
    }
    types.extend(statements);
    Ok(types)
}

/// Whether the key leads to another table of the circle, which the database wants to be there first.
fn comes_later(dialect: Dialect, group: &Group, table: &TableDef, key: &ForeignKeyDef) -> bool {
    let target = (key.target)();
    facts(dialect).cycles != Cycles::Forward
        && !target.is(table)
        && group.iter().any(|member| member.is(target))
}

pub(super) fn drop(dialect: Dialect, tables: &[&'static TableDef]) -> Result<Vec<String>> {
    let groups = groups(tables)?;
    let cycles = facts(dialect).cycles;
    let mut statements = Vec::new();
    if cycles == Cycles::Forward && groups.iter().any(|group| group.len() > 1) {
        statements.push("PRAGMA defer_foreign_keys = ON".to_owned());
    }
    for group in groups.iter().rev() {
        let mut tables = group
            .iter()
            .rev()
            .map(|member| table_name(dialect, member))
            .collect::<Result<Vec<String>>>()?;
        match cycles {
            Cycles::Block | Cycles::Plain => tables = vec![tables.join(", ")],
            Cycles::Conditional => statements.extend(dropped_keys(dialect, group)?),
            Cycles::Forward => {}
        }
        statements.extend(
            tables
                .into_iter()
                .map(|table| format!("DROP TABLE IF EXISTS {table}")),
        );
    }
    let all: Vec<&'static TableDef> = groups.iter().flatten().copied().collect();
    for def in enums(dialect, &all)? {
        statements.push(format!("DROP TYPE IF EXISTS {}", quoted(dialect, def.name)?));
    }
    Ok(statements)
}

fn dropped_keys(dialect: Dialect, group: &Group) -> Result<Vec<String>> {
    let mut statements = Vec::new();
    for table in group {
        for key in table.foreign_keys.iter().filter(|key| key.constraint) {
            if comes_later(dialect, group, table, key) {
                statements.push(format!(
                    "ALTER TABLE IF EXISTS {} DROP FOREIGN KEY IF EXISTS {}",
                    table_name(dialect, table)?,
                    quoted(dialect, &keys::key_name(dialect, table, key)?)?
                ));
            }
        }
    }
    Ok(statements)
}

/// The enum types that the tables need, where the database has types of that kind.
///
/// # Errors
/// `Invalid` when two enums have one name and different labels.
fn enums(dialect: Dialect, tables: &[&'static TableDef]) -> Result<Vec<&'static EnumDef>> {
    let mut found: Vec<(&'static EnumDef, &'static TableDef)> = Vec::new();
    if facts(dialect).enums != Enums::Named {
        return Ok(Vec::new());
    }
    for table in tables {
        for column in table.columns.iter().filter(|c| c.sql_type.is_none()) {
            let DataType::Enum(def) = column.data_type else {
                continue;
            };
            if def.storage != EnumStorage::Native {
                continue;
            }
            match found.iter().find(|(known, _)| known.name == def.name) {
                None => found.push((def, table)),
                Some((known, _)) if known.labels == def.labels => {}
                Some((_, first)) => {
                    return Err(Error::invalid(format!(
                        "{} and {} use two enums of the name `{}` with different labels: give one of them another name \
                         (`#[orm(name = \"..\")]`)",
                        describe(first),
                        describe(table),
                        def.name
                    ))
                    .with_table(table.name));
                }
            }
        }
    }
    Ok(found.into_iter().map(|(def, _)| def).collect())
}
