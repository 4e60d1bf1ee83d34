//! All tables together: order, circles, dropping.

use super::super::{Options, create_all, create_all_with, drop_all};
use super::*;
use crate::model::{Action, ForeignKeyDef};

const fn key(column: &'static [usize], target: fn() -> &'static TableDef) -> ForeignKeyDef {
    ForeignKeyDef {
        columns: column,
        target,
        target_columns: &[],
        on_delete: Action::NoAction,
        on_update: Action::NoAction,
        constraint: true,
    }
}

const COLUMNS: &[ColumnDef] = &[
    column("id", DataType::I64),
    nullable(column("x_id", DataType::I64)),
];

const fn table(name: &'static str, keys: &'static [ForeignKeyDef]) -> TableDef {
    TableDef::new(name, "shop", name)
        .columns(COLUMNS, &[0])
        .foreign_keys(keys)
}

static ROOT: TableDef = table("root", &[key(&[1], || &ROOT)]);
static LEAF: TableDef = table("leaf", &[key(&[1], || &ROOT)]);
static TWIG: TableDef = table("twig", &[key(&[1], || &LEAF)]);
static HEN: TableDef = table("hen", &[key(&[1], || &EGG)]);
static EGG: TableDef = table("egg", &[key(&[1], || &HEN)]);
static NEST: TableDef = table("nest", &[key(&[1], || &EGG)]);
static LOOSE: TableDef = table(
    "loose",
    &[ForeignKeyDef {
        constraint: false,
        ..key(&[1], || &TWIG)
    }],
);

/// The tables that the statements name, each by its verb: `CREATE TABLE root`, `ALTER TABLE hen`.
fn heads(statements: &[String]) -> Vec<String> {
    statements
        .iter()
        .map(|s| {
            let head: Vec<&str> = s.split([' ', '(', '\n']).take(3).collect();
            head.join(" ").replace(['"', '`'], "")
        })
        .collect()
}

#[test]
fn each_table_follows_those_that_it_refers_to() {
    for dialect in Dialect::ALL {
        let made = create_all(dialect, &[&LOOSE, &TWIG, &LEAF, &ROOT, &TWIG]).expect("statements");
        assert_eq!(
            heads(&made),
            [
                "CREATE TABLE loose",
                "CREATE TABLE root",
                "CREATE TABLE leaf",
                "CREATE TABLE twig"
            ]
        );
        // What is not listed is taken as being there.
        assert_eq!(
            heads(&create_all(dialect, &[&TWIG]).expect("statements")),
            ["CREATE TABLE twig"]
        );
        assert!(create_all(dialect, &[]).expect("statements").is_empty());
    }
    let dropped = drop_all(Dialect::MariaDb, &[&LEAF, &ROOT, &TWIG]).expect("statements");
    assert_eq!(
        dropped,
        [
            "DROP TABLE IF EXISTS `twig`",
            "DROP TABLE IF EXISTS `leaf`",
            "DROP TABLE IF EXISTS `root`"
        ]
    );
}

#[test]
fn circles_get_their_keys_afterwards() {
    let made = |dialect| create_all(dialect, &[&NEST, &HEN, &EGG]).expect("statements");
    let sqlite = made(Dialect::Sqlite);
    assert_eq!(
        heads(&sqlite),
        ["CREATE TABLE hen", "CREATE TABLE egg", "CREATE TABLE nest"]
    );
    assert!(sqlite[0].contains(r#"FOREIGN KEY ("x_id") REFERENCES "egg" ("id")"#));
    let postgres = made(Dialect::Postgres);
    assert_eq!(heads(&postgres[..2]), ["CREATE TABLE hen", "CREATE TABLE egg"]);
    assert!(!postgres[0].contains("FOREIGN KEY"));
    assert_eq!(
        postgres[2..4],
        [
            r#"ALTER TABLE "hen" ADD CONSTRAINT "fk_hen_x_id" FOREIGN KEY ("x_id") REFERENCES "egg" ("id")"#,
            r#"ALTER TABLE "egg" ADD CONSTRAINT "fk_egg_x_id" FOREIGN KEY ("x_id") REFERENCES "hen" ("id")"#,
        ]
    );
    assert!(postgres[4].contains(r#"FOREIGN KEY ("x_id") REFERENCES "egg" ("id")"#));
    let heads = heads(&made(Dialect::MySql));
    assert_eq!(heads[2..4], ["ALTER TABLE hen", "ALTER TABLE egg"]);
}

#[test]
fn circles_where_they_may_exist_already() {
    let options = Options::default().if_not_exists(true);
    let made = |dialect| create_all_with(dialect, &[&HEN, &EGG], options);
    assert_eq!(
        made(Dialect::Postgres).expect("statements")[2],
        r#"DO $orm$BEGIN ALTER TABLE "hen" ADD CONSTRAINT "fk_hen_x_id" FOREIGN KEY ("x_id") REFERENCES "egg" ("id"); EXCEPTION WHEN duplicate_object THEN NULL; END$orm$"#
    );
    assert_eq!(
        made(Dialect::MariaDb).expect("statements")[2],
        "ALTER TABLE `hen` ADD CONSTRAINT `fk_hen_x_id` FOREIGN KEY IF NOT EXISTS (`x_id`) REFERENCES `egg` (`id`)"
    );
    let error = made(Dialect::MySql).expect_err("an error");
    assert_eq!(
        error.to_string(),
        "`hen` (of `shop`) and `egg` (of `shop`) refer to each other, and MySQL cannot add `fk_hen_x_id` only where it \
         is missing: create the tables without `if_not_exists`, or mark one of the keys `#[orm(no_constraint)]` (table \
         `hen`)"
    );
}

#[test]
fn circles_are_dropped_as_each_database_allows() {
    let dropped = |dialect| drop_all(dialect, &[&NEST, &HEN, &EGG]).expect("statements");
    assert_eq!(
        dropped(Dialect::Sqlite),
        [
            "PRAGMA defer_foreign_keys = ON",
            r#"DROP TABLE IF EXISTS "nest""#,
            r#"DROP TABLE IF EXISTS "egg""#,
            r#"DROP TABLE IF EXISTS "hen""#,
        ]
    );
    assert_eq!(
        dropped(Dialect::Postgres),
        [
            r#"DROP TABLE IF EXISTS "nest""#,
            r#"DROP TABLE IF EXISTS "egg", "hen""#
        ]
    );
    assert_eq!(
        dropped(Dialect::MySql),
        ["DROP TABLE IF EXISTS `nest`", "DROP TABLE IF EXISTS `egg`, `hen`"]
    );
    assert_eq!(
        dropped(Dialect::MariaDb),
        [
            "DROP TABLE IF EXISTS `nest`",
            "ALTER TABLE IF EXISTS `hen` DROP FOREIGN KEY IF EXISTS `fk_hen_x_id`",
            "ALTER TABLE IF EXISTS `egg` DROP FOREIGN KEY IF EXISTS `fk_egg_x_id`",
            "DROP TABLE IF EXISTS `egg`",
            "DROP TABLE IF EXISTS `hen`",
        ]
    );
}

#[test]
fn types_come_first_once_and_go_last() {
    let moody = |name: &'static str| {
        let columns = vec![
            column("id", DataType::I64),
            column("mood", DataType::Enum(&NATIVE_ENUM)),
        ];
        leak(TableDef::new(name, "shop", name).columns(Vec::leak(columns), &[0]))
    };
    let (a, b) = (moody("a"), moody("b"));
    let made = create_all(Dialect::Postgres, &[a, b]).expect("statements");
    assert_eq!(
        heads(&made),
        ["CREATE TYPE mood", "CREATE TABLE a", "CREATE TABLE b"]
    );
    let dropped = drop_all(Dialect::Postgres, &[a, b]).expect("statements");
    assert_eq!(dropped[2], r#"DROP TYPE IF EXISTS "mood""#);
    assert_eq!(drop_all(Dialect::MySql, &[a, b]).expect("statements").len(), 2);
    static OTHER: EnumDef = EnumDef {
        name: "mood",
        labels: &["x"],
        numbers: &[],
        storage: EnumStorage::Native,
    };
    let columns = vec![
        column("id", DataType::I64),
        column("mood", DataType::Enum(&OTHER)),
    ];
    let c = leak(TableDef::new("c", "shop", "c").columns(Vec::leak(columns), &[0]));
    let error = create_all(Dialect::Postgres, &[a, c]).expect_err("an error");
    assert!(
        error
            .to_string()
            .contains("use two enums of the name `mood` with different labels"),
        "{error}"
    );
    assert!(create_all(Dialect::MariaDb, &[a, c]).is_ok());
}

#[test]
fn two_models_of_one_table_are_told() {
    static OTHER: TableDef = TableDef::new("Other", "shop", "root").columns(COLUMNS, &[0]);
    let error = create_all(Dialect::Sqlite, &[&ROOT, &OTHER]).expect_err("an error");
    assert!(
        error
            .to_string()
            .starts_with("`root` (of `shop`) and `Other` (of `shop`) both describe the table `root`"),
        "{error}"
    );
}

#[test]
fn names_are_distinct_where_the_database_wants_them_so() {
    let named = |name: &'static str, columns: Vec<ColumnDef>, keys: &'static [ForeignKeyDef]| {
        let columns = Vec::leak(columns);
        let indexes = Vec::leak(vec![index(&[IndexPart::Column(1)])]);
        leak(
            TableDef::new(name, "shop", name)
                .columns(columns, &[0])
                .indexes(indexes)
                .foreign_keys(keys),
        )
    };
    let id = column("id", DataType::I64);
    // Both indexes are `ix_a_b_c`: of one schema on SQLite and PostgreSQL, of their tables on MySQL.
    let a = named("a", vec![id, column("b_c", DataType::I64)], &[]);
    let ab = named("a_b", vec![id, column("c", DataType::I64)], &[]);
    let made = Dialect::ALL.map(|dialect| create_all(dialect, &[a, ab]).is_ok());
    assert_eq!(made, [false, false, true, true]);
    let error = create_all(Dialect::Sqlite, &[a, ab])
        .expect_err("an error")
        .to_string();
    assert!(
        error.contains("`ix_a_b_c` would name two things, one of `a` (of `shop`) and one of `a_b`"),
        "{error}"
    );
}
