//! Indexes, checks and foreign keys.

use super::*;
use crate::model::{Action, CheckDef, ForeignKeyDef};

const A: IndexPart = IndexPart::Column(1);
const B: IndexPart = IndexPart::Column(2);

fn indexed(indexes: Vec<IndexDef>) -> TableDef {
    things(&[column("a", DataType::Text).length(20), column("b", DataType::I32)]).indexes(Vec::leak(indexes))
}

/// Where the index stands in each dialect: its statement, or its line.
fn written(def: IndexDef) -> Vec<String> {
    let table = leak(indexed(vec![def]));
    Dialect::ALL
        .iter()
        .map(|dialect| match create_table(*dialect, table) {
            Ok(mut ddl) => ddl.indexes.pop().unwrap_or_else(|| {
                let line = ddl
                    .table
                    .lines()
                    .find(|l| l.contains("KEY `") || l.contains("UNIQUE"));
                line.expect("the index").trim().trim_end_matches(',').to_owned()
            }),
            Err(error) => error.to_string(),
        })
        .collect()
}

#[test]
fn unique_constraints_and_indexes() {
    assert_eq!(
        written(unique(&[A, B])),
        [
            r#"CONSTRAINT "uq_things_a_b" UNIQUE ("a", "b")"#,
            r#"CONSTRAINT "uq_things_a_b" UNIQUE ("a", "b")"#,
            "CONSTRAINT `uq_things_a_b` UNIQUE (`a`, `b`)",
            "CONSTRAINT `uq_things_a_b` UNIQUE (`a`, `b`)",
        ]
    );
    assert_eq!(
        written(index(&[B])),
        [
            r#"CREATE INDEX "ix_things_b" ON "things" ("b")"#,
            r#"CREATE INDEX "ix_things_b" ON "things" ("b")"#,
            "KEY `ix_things_b` (`b`)",
            "KEY `ix_things_b` (`b`)",
        ]
    );
    let named = IndexDef {
        name: Some("by \"a\""),
        ..index(&[A])
    };
    assert_eq!(written(named)[0], r#"CREATE INDEX "by ""a""" ON "things" ("a")"#);
}

#[test]
fn partial_indexes() {
    let partial = IndexDef {
        condition: Some("b > 0"),
        ..unique(&[A])
    };
    let written = written(partial);
    assert_eq!(
        written[0],
        r#"CREATE UNIQUE INDEX "uq_things_a" ON "things" ("a") WHERE b > 0"#
    );
    assert_eq!(written[1], written[0]);
    assert_eq!(
        written[2],
        "`Thing` (of `shop::things`): on MySQL, the index `uq_things_a` has a condition, and there are no partial \
         indexes: remove `where = \"..\"`, or put the condition into a column of its own (`#[orm(generated = \"IF(.., \
         key, NULL)\")]`) and index that (table `things`)"
    );
    assert!(written[3].contains("on MariaDB, the index `uq_things_a` has a condition"));
}

#[test]
fn expression_indexes() {
    let lower = index(&[IndexPart::Expression("lower(a)"), B]);
    let written = written(lower);
    assert_eq!(
        written[0],
        r#"CREATE INDEX "ix_things_lower_a_b" ON "things" ((lower(a)), "b")"#
    );
    assert_eq!(written[1], written[0]);
    assert_eq!(written[2], "KEY `ix_things_lower_a_b` ((lower(a)), `b`)");
    assert_eq!(
        written[3],
        "`Thing` (of `shop::things`): on MariaDB, the index `ix_things_lower_a_b` is on `lower(a)`, and there are no \
         indexes of expressions: add a column with `#[orm(generated = \"lower(a)\")]` and index that (table `things`)"
    );
}

#[test]
fn methods() {
    let using = |method| {
        written(IndexDef {
            using: Some(method),
            ..index(&[A])
        })
    };
    let gin = using("gin");
    assert!(
        gin[0].contains(
            "on SQLite, the index `ix_things_a` has `using = \"gin\"`, and methods cannot be chosen"
        )
    );
    assert_eq!(
        gin[1],
        r#"CREATE INDEX "ix_things_a" ON "things" USING gin ("a")"#
    );
    assert!(gin[2].contains("has `using = \"gin\"`: use one of BTREE, HASH, or remove it"));
    assert_eq!(using("hash")[2], "KEY `ix_things_a` (`a`) USING HASH");
    assert!(using("gin; drop")[1].contains("no name of a method"));
    let unique = IndexDef {
        using: Some("btree"),
        ..unique(&[A])
    };
    assert_eq!(
        written(unique)[1],
        r#"CREATE UNIQUE INDEX "uq_things_a" ON "things" USING btree ("a")"#
    );
}

#[test]
fn indexes_that_cannot_be() {
    let error = |indexes| error_of(indexed(indexes)).to_string();
    assert!(error(vec![index(&[])]).contains("has no columns: name at least one"));
    assert!(error(vec![index(&[IndexPart::Column(9)])]).contains("has no column at position 9"));
    assert!(error(vec![index(&[A]), index(&[A])]).contains("`ix_things_a` would name two things"));
    let long = |length| {
        let columns = [column("a", DataType::Text).length(length)];
        errors_of(things(&columns).indexes(Vec::leak(vec![index(&[A])])))
    };
    assert_eq!(long(768), [""; 4]);
    assert_eq!(long(769)[..2], [""; 2]);
    assert_eq!(
        long(769)[2],
        "`Thing` (of `shop::things`): index `ix_things_a` is longer than MySQL takes (3076 bytes, at most 3072; a \
         character counts four): give its columns a smaller `length` (table `things`)"
    );
    let json = things(&[column("a", DataType::Json)]).indexes(Vec::leak(vec![index(&[A])]));
    let errors = errors_of(json);
    assert_eq!(errors[..2], [""; 2]);
    assert!(errors[3].contains("`Thing.a` is JSON on MariaDB, which cannot be part of index `ix_things_a`"));
}

#[test]
fn checks_are_named() {
    let check = |name, expression| CheckDef { name, expression };
    let table = indexed(vec![]).checks(Vec::leak(vec![check("positive", "b > 0")]));
    assert_eq!(
        lines(Dialect::MariaDb, leak(table), "ck_things_positive"),
        ["CONSTRAINT `ck_things_positive` CHECK (b > 0)"]
    );
    let empty = indexed(vec![]).checks(Vec::leak(vec![check("positive", "")]));
    assert!(
        error_of(empty)
            .to_string()
            .contains("the check `positive` has no condition")
    );
    let twice = indexed(vec![]).checks(Vec::leak(vec![check("x", "b > 0"), check("x", "b > 1")]));
    assert!(
        error_of(twice)
            .to_string()
            .contains("`ck_things_x` would name two things")
    );
}

static COUNTRY: TableDef = TableDef::new("Country", "shop", "countries").columns(
    &[
        column("code", DataType::Text).length(2),
        column("name", DataType::Text).case_insensitive(),
    ],
    &[0],
);
static REGION: TableDef = TableDef::new("Region", "shop", "regions")
    .columns(
        &[column("country", DataType::Text), column("number", DataType::I32)],
        &[0, 1],
    )
    .foreign_keys(&[key(&[0], || &COUNTRY)]);

const fn key(columns: &'static [usize], target: fn() -> &'static TableDef) -> ForeignKeyDef {
    ForeignKeyDef {
        columns,
        target,
        target_columns: &[],
        on_delete: Action::NoAction,
        on_update: Action::NoAction,
        constraint: true,
    }
}

fn keyed(key: ForeignKeyDef, columns: &[ColumnDef]) -> TableDef {
    things(columns).foreign_keys(Vec::leak(vec![key]))
}

fn key_line(dialect: Dialect, table: TableDef) -> Option<String> {
    let sql = create_table(dialect, leak(table)).expect("statements").table;
    let line = sql.lines().find(|line| line.contains("FOREIGN KEY"));
    line.map(|line| line.trim().trim_end_matches(',').to_owned())
}

#[test]
fn foreign_keys() {
    let country = column("country", DataType::Text);
    let plain = keyed(key(&[1], || &COUNTRY), &[country]);
    assert_eq!(
        key_line(Dialect::Sqlite, plain).as_deref(),
        Some(r#"CONSTRAINT "fk_things_country" FOREIGN KEY ("country") REFERENCES "countries" ("code")"#)
    );
    let actions = ForeignKeyDef {
        on_delete: Action::Cascade,
        on_update: Action::Restrict,
        target_columns: &[1],
        ..key(&[1], || &COUNTRY)
    };
    assert_eq!(
        key_line(Dialect::MySql, keyed(actions, &[country])).as_deref(),
        Some(
            "CONSTRAINT `fk_things_country` FOREIGN KEY (`country`) REFERENCES `countries` (`name`) ON DELETE CASCADE \
             ON UPDATE RESTRICT"
        )
    );
    let composite = keyed(
        key(&[1, 2], || &REGION),
        &[country, column("region", DataType::I32)],
    );
    assert_eq!(
        key_line(Dialect::Postgres, composite).as_deref(),
        Some(
            r#"CONSTRAINT "fk_things_country_region" FOREIGN KEY ("country", "region") REFERENCES "regions" ("country", "number")"#
        )
    );
    let unchecked = ForeignKeyDef {
        constraint: false,
        ..key(&[1], || &COUNTRY)
    };
    assert_eq!(key_line(Dialect::Postgres, keyed(unchecked, &[country])), None);
    let mismatched = keyed(key(&[1], || &REGION), &[country]);
    assert!(
        error_of(mismatched)
            .to_string()
            .contains("a foreign key of 1 column(s) refers to 2 column(s) of `Region`")
    );
}

#[test]
fn keys_of_text_take_the_targets_length_and_comparison() {
    let country = column("country", DataType::Text);
    // Through `regions`, whose own column takes it from `countries`.
    let table = leak(keyed(
        key(&[1, 2], || &REGION),
        &[country, column("region", DataType::I32)],
    ));
    let types = Dialect::ALL.map(|dialect| column_type(dialect, table, 1).expect("a type"));
    assert_eq!(
        types,
        [
            "TEXT",
            "VARCHAR(2)",
            "VARCHAR(2) CHARACTER SET utf8mb4 COLLATE utf8mb4_0900_bin",
            "VARCHAR(2) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin",
        ]
    );
    let by_name = ForeignKeyDef {
        target_columns: &[1],
        ..key(&[1], || &COUNTRY)
    };
    let table = leak(keyed(by_name, &[country]));
    assert_eq!(
        column_type(Dialect::Postgres, table, 1).expect("a type"),
        r#"TEXT COLLATE "orm_ci""#
    );
    assert_eq!(
        create_table(Dialect::Postgres, table)
            .expect("statements")
            .types
            .len(),
        1
    );
    assert!(
        column_type(Dialect::MariaDb, table, 1)
            .expect("a type")
            .starts_with("VARCHAR(255) ")
    );
}

#[test]
fn actions_that_cannot_hold() {
    let acting = |on_delete, column: ColumnDef| {
        let key = ForeignKeyDef {
            on_delete,
            ..key(&[1], || &COUNTRY)
        };
        keyed(key, &[column])
    };
    let country = column("country", DataType::Text);
    assert_eq!(
        error_of(acting(Action::SetNull, country)).to_string(),
        "`Thing.country` has `on_delete = \"set null\"` and cannot be NULL: make it an `Option`, or choose another \
         action (table `things`, column `country`)"
    );
    assert_eq!(errors_of(acting(Action::SetNull, nullable(country))), [""; 4]);
    let errors = errors_of(acting(Action::SetDefault, nullable(country)));
    assert_eq!(errors[..2], [""; 2]);
    assert!(
        errors[2].starts_with("`Thing.country` has `on_delete = \"set default\"`, which MySQL lacks: choose")
    );
    assert!(errors[3].contains("which MariaDB lacks"));
    let errors = errors_of(acting(Action::SetDefault, country));
    assert!(errors[1].contains("has `on_delete = \"set default\"` and no default"));
}
