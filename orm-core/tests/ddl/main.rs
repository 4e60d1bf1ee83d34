//! The statements of `sql::ddl`, run for real: the databases take them, and hold what they promise.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    missing_docs,
    unreachable_pub
)]

mod servers;
mod tables;

use orm_core::Dialect;
use orm_core::model::{IndexDef, IndexPart, TableDef};
use orm_core::sql::ddl::{Options, create_all, create_all_with, drop_all};
use orm_core::value::DataType;
use servers::{Database, on_each};
use tables::{ALL, column, index};

fn run_all(database: &mut dyn Database, statements: &[String]) {
    for sql in statements {
        if let Err(error) = database.run(sql) {
            panic!("{}: {error}:\n{sql}", database.dialect());
        }
    }
}

fn create(database: &mut dyn Database, tables: &[&'static TableDef]) {
    let statements = create_all(database.dialect(), tables).unwrap();
    run_all(database, &statements);
}

/// With identifiers in double quotes, for databases that want others.
fn spelled(database: &dyn Database, sql: &str) -> String {
    match database.dialect().features().quote {
        '`' => sql
            .replace("every`th\"\"ing", "every``th\"ing")
            .replace("\"e", "`e")
            .replace("g\"", "g`"),
        _ => sql.to_owned(),
    }
}

#[track_caller]
fn takes(database: &mut dyn Database, sql: &str) {
    let sql = spelled(database, sql);
    if let Err(error) = database.run(&sql) {
        panic!("{} refuses {sql}: {error}", database.dialect());
    }
}

#[track_caller]
fn refuses(database: &mut dyn Database, sql: &str) {
    let sql = spelled(database, sql);
    assert!(database.run(&sql).is_err(), "{} takes {sql}", database.dialect());
}

const INSERT: &str = "INSERT INTO \"every`th\"\"ing\" (country";

#[test]
fn everything_is_made_passed_by_and_dropped() {
    on_each(|database| {
        let dialect = database.dialect();
        create(database, ALL);
        let pass = create_all_with(dialect, ALL, Options::default().if_not_exists(true)).unwrap();
        run_all(database, &pass);
        takes(database, "INSERT INTO hens (egg_id) VALUES (NULL)");
        takes(database, "INSERT INTO eggs (hen_id) VALUES (1)");
        takes(database, "UPDATE hens SET egg_id = 1");
        refuses(database, "UPDATE hens SET egg_id = 2");
        let mut dropped = drop_all(dialect, ALL).unwrap();
        if dialect.features().transactional_ddl {
            dropped.insert(0, "BEGIN".to_owned());
            dropped.push("COMMIT".to_owned());
        }
        run_all(database, &dropped);
        run_all(database, &dropped); // what is not there is passed by
        run_all(database, &pass);
        run_all(database, &dropped);
        create(database, ALL);
    });
}

#[test]
fn a_row_of_defaults() {
    on_each(|database| {
        create(database, ALL);
        takes(database, "INSERT INTO countries VALUES ('AT', 'Austria')");
        takes(database, &format!("{INSERT}) VALUES ('AT')"));
        let (text, bytes) = match database.dialect() {
            Dialect::Postgres => ("TEXT", "encode(uuid_send({}), 'hex')"),
            Dialect::Sqlite => ("TEXT", "lower(hex({}))"),
            _ => ("CHAR", "lower(hex({}))"),
        };
        let mut get = |expression: &str| {
            let sql = format!("SELECT CAST({expression} AS {text}) FROM \"every`th\"\"ing\"");
            database.text(&spelled(database, &sql))
        };
        for (expression, expected) in [
            ("id", "1"),
            ("u_tiny", "255"),
            ("u_big", "9223372036854775807"),
            ("text", "it's a\\b"),
            ("short", "éé\\'"),
            ("fixed_day", "2026-01-31"),
            ("colour", "a\\b"),
            ("level", "-3"),
            ("mood", "it's"),
            ("double_sum", "4"),
        ] {
            assert_eq!(get(expression), expected, "{expression}");
        }
        assert_eq!(
            get(&bytes.replace("{}", "fixed_uuid")),
            "67e5504410b1426f9247bb680e5fe0c8"
        );
        assert_eq!(get(&bytes.replace("{}", "uuid")).len(), 32);
        // Text forms are of one width on SQLite, and sort as times do.
        let (made, midnight, time) = (get("made"), get("midnight"), get("time"));
        match database.dialect() {
            Dialect::Sqlite => assert_eq!((made.len(), midnight.len(), time.len()), (26, 26, 15), "{made}"),
            _ => assert_eq!(&made[..10], &midnight[..10]),
        }
        let stored = |sqlite: &'static str, others: &'static str| match database.dialect() {
            Dialect::Sqlite => sqlite,
            _ => others,
        };
        let (price, wide) = (stored("1250", "12.50"), stored("", "1.0000000000"));
        let mut get = |expression: &str| {
            let sql = format!("SELECT CAST({expression} AS {text}) FROM \"every`th\"\"ing\"");
            database.text(&spelled(database, &sql))
        };
        assert_eq!(get("price"), price);
        if wide.is_empty() {
            assert_eq!(get("hex(wide)"), "800000000000000000000002540BE400");
        } else {
            assert_eq!(get("wide"), wide);
        }
    });
}

#[test]
fn values_that_the_types_do_not_have_are_refused() {
    on_each(|database| {
        create(database, ALL);
        takes(database, "INSERT INTO countries VALUES ('AT', 'Austria')");
        for (column, good, bad) in [
            ("u_tiny", "255", "256"),
            ("u_tiny", "0", "-1"),
            ("u_small", "65535", "65536"),
            ("u_int", "4294967295", "4294967296"),
            ("u_big", "0", "-1"),
            ("short", "'éééé'", "'ééééé'"),
            ("colour", "'ok'", "'OK'"),
            ("colour", "'it''s'", "'none'"),
            ("level", "20", "2"),
            ("mood", "'ok'", "'none'"),
            ("json", "'[1]'", "'['"),
            ("sum", "1", "0"),
            ("parent_id", "1", "99"),
        ] {
            takes(database, &format!("{INSERT}, {column}) VALUES ('AT', {good})"));
            refuses(database, &format!("{INSERT}, {column}) VALUES ('AT', {bad})"));
        }
        refuses(database, &format!("{INSERT}) VALUES ('XX')"));
        let hash = |n: usize| match database.dialect() {
            Dialect::Postgres => format!("'\\x{}'", "0a".repeat(n)),
            _ => format!("X'{}'", "0A".repeat(n)),
        };
        let (four, five) = (hash(4), hash(5));
        takes(database, &format!("{INSERT}, hash) VALUES ('AT', {four})"));
        refuses(database, &format!("{INSERT}, hash) VALUES ('AT', {five})"));
        if database.dialect() == Dialect::Sqlite {
            refuses(database, &format!("{INSERT}, flag) VALUES ('AT', 2)"));
            refuses(database, &format!("{INSERT}, double_sum) VALUES ('AT', 2)"));
            refuses(database, &format!("{INSERT}, tiny) VALUES ('AT', 'x')"));
        }
        let long = "n".repeat(20_001);
        let sizes = "INSERT INTO a_table_whose_name_is_nearly_as_long_as_any_name_can_be_there VALUES";
        let id = match database.dialect() {
            Dialect::Postgres => "'67e55044-10b1-426f-9247-bb680e5fe0c8'",
            _ => "X'67E5504410B1426F9247BB680E5FE0C8'",
        };
        takes(
            database,
            &format!("{sizes} ({id}, 'a', '{}', {four}, '')", &long[1..]),
        );
        takes(
            database,
            "DELETE FROM a_table_whose_name_is_nearly_as_long_as_any_name_can_be_there",
        );
        refuses(database, &format!("{sizes} ({id}, 'a', '{long}', {four}, '')"));
    });
}

#[test]
fn text_compares_exactly_unless_told_otherwise() {
    on_each(|database| {
        create(database, ALL);
        takes(database, "INSERT INTO countries VALUES ('A', 'Österreich')");
        takes(database, "INSERT INTO countries VALUES ('a', 'x')");
        takes(database, "INSERT INTO countries VALUES ('a ', 'x ')");
        takes(database, "INSERT INTO countries VALUES ('á', 'y')");
        refuses(database, "INSERT INTO countries VALUES ('b', 'X')");
        refuses(database, "INSERT INTO countries VALUES ('b', 'ÖSTERREICH')");
    });
}

#[test]
fn a_key_is_not_used_twice() {
    on_each(|database| {
        create(database, ALL);
        takes(database, "INSERT INTO hens (egg_id) VALUES (NULL)");
        takes(database, "DELETE FROM hens");
        takes(database, "INSERT INTO hens (egg_id) VALUES (NULL)");
        let cast = if database.dialect() == Dialect::MariaDb {
            "CHAR"
        } else {
            "TEXT"
        };
        assert_eq!(
            database.text(&format!("SELECT CAST(id AS {cast}) FROM hens")),
            "2"
        );
        // A key that is chosen by hand is taken.
        takes(database, "INSERT INTO hens (id) VALUES (7)");
    });
}

#[test]
fn uuids_have_their_version_and_variant() {
    on_each(|database| {
        if database.dialect() != Dialect::Sqlite {
            return;
        }
        create(database, ALL);
        takes(database, "INSERT INTO countries VALUES ('AT', 'Austria')");
        for _ in 0..300 {
            takes(database, &format!("{INSERT}) VALUES ('AT')"));
        }
        let wrong = "SELECT CAST(count(*) AS TEXT) FROM \"every`th\"\"ing\" WHERE typeof(uuid) <> 'blob' OR length(uuid) <> 16 \
                     OR hex(uuid) NOT GLOB '????????????4???[89AB]???????????????'";
        assert_eq!(database.text(wrong), "0");
        let kinds = "SELECT CAST(count(DISTINCT uuid) || ' ' || count(DISTINCT substr(hex(uuid), 14, 1)) || ' ' || \
                     count(DISTINCT substr(hex(uuid), 17, 1)) AS TEXT) FROM \"every`th\"\"ing\"";
        assert_eq!(database.text(kinds), "300 16 4");
    });
}

#[test]
fn indexes_of_some_rows_and_of_expressions() {
    on_each(|database| {
        let features = database.dialect().features();
        let mut indexes: Vec<IndexDef> = Vec::new();
        if features.partial_indexes {
            let partial = index(&[IndexPart::Column(1)], true);
            indexes.push(IndexDef {
                condition: Some("b > 0"),
                ..partial
            });
        }
        if features.expression_indexes {
            indexes.push(index(
                &[IndexPart::Expression("lower(a)"), IndexPart::Column(2)],
                false,
            ));
        }
        indexes.push(IndexDef {
            using: (database.dialect() != Dialect::Sqlite).then_some("btree"),
            ..index(&[IndexPart::Column(2)], false)
        });
        let columns = vec![
            column("id", DataType::I64),
            column("a", DataType::Text),
            column("b", DataType::I32),
        ];
        let table = TableDef::new("Indexed", "ddl", "indexed")
            .columns(Vec::leak(columns), &[0])
            .generated_key(true)
            .indexes(Vec::leak(indexes));
        create(database, &[Box::leak(Box::new(table))]);
        if features.partial_indexes {
            takes(database, "INSERT INTO indexed (a, b) VALUES ('x', 1)");
            takes(database, "INSERT INTO indexed (a, b) VALUES ('x', 0)");
            refuses(database, "INSERT INTO indexed (a, b) VALUES ('x', 2)");
        }
    });
}

#[test]
fn each_table_has_a_statement_of_its_own() {
    for dialect in Dialect::ALL {
        let made = create_all(dialect, ALL).unwrap();
        let tables = made.iter().filter(|sql| sql.starts_with("CREATE TABLE ")).count();
        assert_eq!(tables, ALL.len());
    }
}
