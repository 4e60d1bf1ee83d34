//! Tests of schema definitions: exact texts, for every rule and dialect. Lists of four are in the order of
//! `Dialect::ALL`: SQLite, PostgreSQL, MySQL, MariaDB.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod columns;
mod constraints;
mod defaults;
mod order;
mod tables;

use super::{column_type, create_table};
use crate::error::Error;
use crate::model::{ColumnDef, IndexDef, IndexPart, TableDef};
use crate::sql::Dialect;
use crate::value::{DataType, EnumDef, EnumStorage};

static TEXT_ENUM: EnumDef = EnumDef {
    name: "status",
    labels: &["draft", "it's", "a\\b"],
    numbers: &[],
    storage: EnumStorage::Text,
};
static INTEGER_ENUM: EnumDef = EnumDef {
    name: "level",
    labels: &["low", "high"],
    numbers: &[1, 10],
    storage: EnumStorage::Integer,
};
static NATIVE_ENUM: EnumDef = EnumDef {
    name: "mood",
    labels: &["so-so", "it's", "a\\b"],
    numbers: &[],
    storage: EnumStorage::Native,
};

/// A column of that type with the field's name.
const fn column(name: &'static str, data_type: DataType) -> ColumnDef {
    let mut column = ColumnDef::new::<String>(name, name);
    column.data_type = data_type;
    column
}

const fn nullable(mut column: ColumnDef) -> ColumnDef {
    column.nullable = true;
    column
}

const fn index(parts: &'static [IndexPart]) -> IndexDef {
    IndexDef {
        name: None,
        parts,
        unique: false,
        condition: None,
        using: None,
    }
}

const fn unique(parts: &'static [IndexPart]) -> IndexDef {
    IndexDef {
        unique: true,
        ..index(parts)
    }
}

/// A table `things` of the model `Thing` whose key is an `id`, and these columns.
fn things(columns: &[ColumnDef]) -> TableDef {
    let mut all = vec![column("id", DataType::I64)];
    all.extend_from_slice(columns);
    let mut table = TableDef::new("Thing", "shop::things", "things");
    // Past the checks that stop a derived model while it compiles.
    (table.columns, table.primary_key) = (Vec::leak(all), &[0]);
    table
}

fn leak(table: TableDef) -> &'static TableDef {
    Box::leak(Box::new(table))
}

/// The types that the column has, as the only one beside the key.
fn types_of(column: ColumnDef) -> Vec<String> {
    let table = leak(things(&[column]));
    Dialect::ALL
        .iter()
        .map(|dialect| column_type(*dialect, table, 1).expect("a type"))
        .collect()
}

/// The lines of `CREATE TABLE` that speak of the column `name`, its checks included.
fn lines(dialect: Dialect, table: &'static TableDef, name: &str) -> Vec<String> {
    let ddl = create_table(dialect, table).unwrap_or_else(|e| panic!("{dialect}: {e}"));
    let quote = dialect.features().quote;
    let quoted = format!("{quote}{name}{quote}");
    ddl.table
        .lines()
        .filter(|line| line.contains(&quoted))
        .map(|line| line.trim().trim_end_matches(',').to_owned())
        .collect()
}

/// The line that declares the column in each dialect.
fn declared(column: ColumnDef) -> Vec<String> {
    let table = leak(things(&[column]));
    Dialect::ALL
        .iter()
        .map(|dialect| {
            let lines = lines(*dialect, table, &column.full_name());
            lines.first().cloned().expect("the column stands in the table")
        })
        .collect()
}

/// The names and conditions of the checks in each dialect.
fn checks_of(column: ColumnDef) -> Vec<Vec<String>> {
    let table = leak(things(&[column]));
    Dialect::ALL
        .iter()
        .map(|dialect| {
            let lines = lines(*dialect, table, &column.full_name());
            lines.into_iter().filter(|line| line.contains("CHECK")).collect()
        })
        .collect()
}

/// The error that each dialect gives for a table with this column; empty where there is none.
fn errors_of(table: TableDef) -> Vec<String> {
    let table = leak(table);
    Dialect::ALL
        .iter()
        .map(|dialect| match create_table(*dialect, table) {
            Ok(_) => String::new(),
            Err(error) => error.to_string(),
        })
        .collect()
}

/// The one error that all dialects give.
fn error_of(table: TableDef) -> Error {
    let table = leak(table);
    let mut errors = Dialect::ALL
        .iter()
        .map(|dialect| create_table(*dialect, table).expect_err("an error"))
        .collect::<Vec<Error>>();
    let first = errors.swap_remove(0);
    for error in errors {
        assert_eq!(error.to_string(), first.to_string());
    }
    first
}
