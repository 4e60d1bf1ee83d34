//! Which columns a constraint belongs to, from the names that the schema gave it.

use super::checks::type_check_names;
use super::names::{Kind, constraint_name};
use crate::error::{Error, ErrorKind};
use crate::model::{Column, Table, TableDef};
use crate::sql::Dialect;

impl Error {
    /// Whether a constraint on this column refused the row: `e.violates(User::email)`. A constraint over several columns
    /// is one on each of them.
    ///
    /// It works on every database: SQLite names the columns, the others the constraint, which is looked up among those
    /// that the model has. Constraints that were made by hand under names of their own are not known.
    #[must_use]
    pub fn violates<M: Table, T>(&self, column: Column<M, T>) -> bool {
        let table = M::table();
        if !self.is_constraint_violation() || self.table().is_some_and(|name| name != table.name) {
            return false;
        }
        let name = column.def().full_name();
        if !self.columns().is_empty() {
            return self.columns().contains(&name);
        }
        self.constraint()
            .is_some_and(|constraint| belongs(self.kind(), table, column.index(), constraint))
    }
}

fn belongs(kind: ErrorKind, table: &'static TableDef, column: usize, constraint: &str) -> bool {
    let made = |kind: Kind, parts: &[String]| {
        Dialect::ALL
            .iter()
            .any(|d| constraint_name(*d, kind, table, parts) == constraint)
    };
    let names = |columns: &[usize]| -> Vec<String> {
        columns
            .iter()
            .filter_map(|c| table.columns.get(*c))
            .map(|c| c.full_name())
            .collect()
    };
    match kind {
        ErrorKind::Unique => {
            let key = constraint == "PRIMARY" || constraint == format!("{}_pkey", table.name);
            (key && table.is_key(column))
                || table.indexes.iter().filter(|i| i.unique).any(|index| {
                    let columns = index.columns();
                    let named = match index.name {
                        Some(name) => name == constraint,
                        None => made(Kind::Unique, &names(&columns)),
                    };
                    named && columns.contains(&column)
                })
        }
        ErrorKind::ForeignKey => table
            .foreign_keys
            .iter()
            .any(|key| key.columns.contains(&column) && made(Kind::ForeignKey, &names(key.columns))),
        ErrorKind::Check => {
            let name = table
                .columns
                .get(column)
                .map(|c| c.full_name())
                .unwrap_or_default();
            let mentions = |expression: &str| {
                expression
                    .split(|c: char| !c.is_alphanumeric() && c != '_')
                    .any(|word| word == name)
            };
            let declared = |check: &&crate::model::CheckDef| made(Kind::Check, &[check.name.to_owned()]);
            match table.checks.iter().find(declared) {
                Some(check) => mentions(check.expression),
                // A check that holds the column's type is named after the column.
                None => type_check_names(&name).any(|parts| made(Kind::Check, &parts)),
            }
        }
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{CheckDef, ColumnDef};

    #[test]
    fn checks_belong_to_the_columns_that_they_hold() {
        static TABLE: TableDef = TableDef::new("Thing", "shop", "things")
            .columns(
                &[ColumnDef::new::<u8>("a", "a"), ColumnDef::new::<u8>("b", "b")],
                &[0],
            )
            .checks(&[CheckDef {
                name: "order",
                expression: "a < 5",
            }]);
        let found = |constraint: &str| [0, 1].map(|i| belongs(ErrorKind::Check, &TABLE, i, constraint));
        assert_eq!(found("ck_things_a_range"), [true, false]);
        assert_eq!(found("ck_things_b_range"), [false, true]);
        assert_eq!(found("ck_things_order"), [true, false]);
        assert_eq!(found("ck_things_a"), [false, false]);
    }
}
