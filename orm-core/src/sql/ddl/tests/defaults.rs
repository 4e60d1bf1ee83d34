//! Defaults, generated columns, NULL.

use super::*;
use crate::model::DefaultDef;

/// What stands behind DEFAULT in each dialect.
fn defaults(column: ColumnDef) -> Vec<String> {
    declared(column)
        .into_iter()
        .map(|line| {
            line.split_once(" DEFAULT ")
                .map_or(String::new(), |(_, d)| d.to_owned())
        })
        .collect()
}

#[test]
fn values() {
    use DataType as T;
    use DefaultDef as D;
    for (data_type, default, expected) in [
        (T::Bool, D::Bool(true), ["1", "TRUE", "TRUE", "TRUE"]),
        (T::Bool, D::Bool(false), ["0", "FALSE", "FALSE", "FALSE"]),
        (T::I32, D::Int(-3), ["-3"; 4]),
        (T::U64, D::Int(0), ["0"; 4]),
        (T::F64, D::Int(2), ["2"; 4]),
        (T::F64, D::Float(1.5), ["1.5"; 4]),
        (T::F32, D::Float(1e300), ["1e300"; 4]),
        (
            T::Text,
            D::Text("it's"),
            ["'it''s'", "'it''s'", "('it''s')", "('it''s')"],
        ),
        (
            T::Text,
            D::Text("a\\b"),
            ["'a\\b'", "'a\\b'", "('a\\\\b')", "('a\\\\b')"],
        ),
        (T::Json, D::Text("{}"), ["'{}'", "'{}'", "('{}')", "('{}')"]),
        (
            T::Array(&T::I32),
            D::Text("[]"),
            ["'[]'", "'{}'", "('[]')", "('[]')"],
        ),
        (T::Enum(&TEXT_ENUM), D::Text("it's"), ["'it''s'"; 4]),
        (T::Enum(&NATIVE_ENUM), D::Text("so-so"), ["'so-so'"; 4]),
        (T::Enum(&INTEGER_ENUM), D::Text("high"), ["10"; 4]),
        (T::Enum(&INTEGER_ENUM), D::Int(1), ["1"; 4]),
        (T::Date, D::Text("2026-01-31"), ["'2026-01-31'"; 4]),
        (T::Time, D::Text("23:59"), ["'23:59:00.000000'"; 4]),
        (
            T::DateTime,
            D::Text("2026-01-31T23:59:59.5"),
            ["'2026-01-31 23:59:59.500000'"; 4],
        ),
        (
            T::Timestamp,
            D::Text("2026-01-31 23:59:59Z"),
            [
                "'2026-01-31 23:59:59.000000'",
                "'2026-01-31 23:59:59.000000+00'",
                "'2026-01-31 23:59:59.000000'",
                "'2026-01-31 23:59:59.000000'",
            ],
        ),
        (
            T::Uuid,
            D::Text("67e55044-10b1-426f-9247-bb680e5fe0c8"),
            [
                "X'67E5504410B1426F9247BB680E5FE0C8'",
                "'67e55044-10b1-426f-9247-bb680e5fe0c8'",
                "X'67E5504410B1426F9247BB680E5FE0C8'",
                "X'67E5504410B1426F9247BB680E5FE0C8'",
            ],
        ),
        (T::I64, D::Sql("1 + 1"), ["(1 + 1)"; 4]),
    ] {
        assert_eq!(
            defaults(column("a", data_type).default_to(default)),
            expected,
            "{data_type:?} {default:?}"
        );
    }
    // A type with a length takes a literal on MySQL.
    let short = column("a", DataType::Text)
        .length(5)
        .default_to(DefaultDef::Text("x"));
    assert_eq!(defaults(short), ["'x'"; 4]);
}

#[test]
fn decimals_are_scaled_on_sqlite() {
    let price = column("a", DataType::Decimal).decimal(10, 2);
    for default in [DefaultDef::Float(12.5), DefaultDef::Text("12.50")] {
        assert_eq!(
            defaults(price.default_to(default)),
            ["1250", "12.50", "12.50", "12.50"]
        );
    }
    assert_eq!(
        defaults(price.default_to(DefaultDef::Int(-3))),
        ["-300", "-3.00", "-3.00", "-3.00"]
    );
    let wide = column("a", DataType::Decimal)
        .decimal(30, 2)
        .default_to(DefaultDef::Int(1));
    assert_eq!(
        defaults(wide),
        ["X'80000000000000000000000000000064'", "1.00", "1.00", "1.00"]
    );
    let error = |default| error_of(things(&[price.default_to(default)])).to_string();
    assert_eq!(
        error(DefaultDef::Float(0.125)),
        "`Thing.a` has the default `0.125`, which is no decimal of 10 digits with 2 of them behind the point \
         (table `things`, column `a`)"
    );
    assert!(error(DefaultDef::Int(100_000_000)).contains("`100000000`"));
    assert!(error(DefaultDef::Float(f64::NAN)).contains("`NaN`"));
}

#[test]
fn what_the_database_makes() {
    use DataType as T;
    use DefaultDef as D;
    const NOW: &str = "(strftime('%Y-%m-%d %H:%M:%f', 'now') || '000')";
    let today = [
        "(date('now'))",
        "((now() AT TIME ZONE 'UTC')::date)",
        "(UTC_DATE())",
        "(UTC_DATE())",
    ];
    for (data_type, default, expected) in [
        (
            T::Timestamp,
            D::Now,
            [
                NOW,
                "CURRENT_TIMESTAMP",
                "CURRENT_TIMESTAMP(6)",
                "CURRENT_TIMESTAMP(6)",
            ],
        ),
        (
            T::DateTime,
            D::Now,
            [
                NOW,
                "(now() AT TIME ZONE 'UTC')",
                "CURRENT_TIMESTAMP(6)",
                "CURRENT_TIMESTAMP(6)",
            ],
        ),
        (
            T::Time,
            D::Now,
            [
                "(strftime('%H:%M:%f', 'now') || '000')",
                "((now() AT TIME ZONE 'UTC')::time)",
                "(UTC_TIME(6))",
                "(UTC_TIME(6))",
            ],
        ),
        (T::Date, D::Today, today),
        (T::Date, D::Now, today),
        (
            T::DateTime,
            D::Today,
            [
                "(date('now') || ' 00:00:00.000000')",
                "(date_trunc('day', now() AT TIME ZONE 'UTC'))",
                "(UTC_DATE())",
                "(UTC_DATE())",
            ],
        ),
    ] {
        assert_eq!(
            defaults(column("a", data_type).default_to(default)),
            expected,
            "{data_type:?}"
        );
    }
    let uuids = defaults(column("a", T::Uuid).default_to(D::Uuid));
    assert!(uuids[0].starts_with("(CAST(randomblob(6) || "));
    assert_eq!(
        uuids[1..],
        [
            "gen_random_uuid()",
            "(UUID_TO_BIN(UUID()))",
            "(UNHEX(REPLACE(UUID(), '-', '')))"
        ]
    );
    let coarse = column("a", T::Timestamp).sql_type("TEXT").default_to(D::Now);
    assert_eq!(defaults(coarse)[2], "(CURRENT_TIMESTAMP(6))");
}

#[test]
fn touch_starts_at_the_present_moment() {
    let touched = column("a", DataType::Timestamp).touch();
    assert_eq!(
        declared(touched)[1..],
        [
            r#""a" TIMESTAMPTZ NOT NULL DEFAULT CURRENT_TIMESTAMP"#,
            "`a` DATETIME(6) NOT NULL DEFAULT CURRENT_TIMESTAMP(6)",
            "`a` DATETIME(6) NOT NULL DEFAULT CURRENT_TIMESTAMP(6)",
        ]
    );
    let own = column("a", DataType::Timestamp)
        .touch()
        .default_to(DefaultDef::Sql("x()"));
    assert_eq!(defaults(own), ["(x())"; 4]);
}

#[test]
fn null_and_generated() {
    assert_eq!(
        declared(nullable(column("a", DataType::I32)).default_to(DefaultDef::Int(1))),
        [
            r#""a" INTEGER DEFAULT 1"#,
            r#""a" INTEGER DEFAULT 1"#,
            "`a` INT DEFAULT 1",
            "`a` INT DEFAULT 1"
        ]
    );
    assert_eq!(
        declared(column("a", DataType::I32).generated("id + 1")),
        [
            r#""a" INTEGER GENERATED ALWAYS AS (id + 1) STORED NOT NULL"#,
            r#""a" INTEGER GENERATED ALWAYS AS (id + 1) STORED NOT NULL"#,
            "`a` INT GENERATED ALWAYS AS (id + 1) STORED NOT NULL",
            "`a` INT GENERATED ALWAYS AS (id + 1) STORED",
        ]
    );
    let error = |column: ColumnDef| error_of(things(&[column])).to_string();
    assert!(error(column("a", DataType::I32).generated("")).contains("is generated from nothing"));
    let both = column("a", DataType::I32)
        .generated("id")
        .default_to(DefaultDef::Int(1));
    assert!(error(both).contains("keep one of the two"));
}

#[test]
fn defaults_of_another_type_are_refused() {
    use DataType as T;
    use DefaultDef as D;
    for (data_type, default, words) in [
        (
            T::I32,
            D::Text("x"),
            "has the default `\"x\"`, which is no value of its type: write a number within its range",
        ),
        (T::U8, D::Int(300), "has the default `300`"),
        (T::Text, D::Int(1), "write text in quotes"),
        (T::Bool, D::Int(1), "write `true` or `false`"),
        (T::F64, D::Float(f64::INFINITY), "write a finite number"),
        (T::Date, D::Text("2026-13-01"), "write `\"2026-01-31\"`"),
        (T::Uuid, D::Text("xyz"), "32 hexadecimal digits"),
        (T::Json, D::Text("{"), "write JSON in quotes"),
        (T::Array(&T::Text), D::Text("[1]"), "only `\"[]\"`"),
        (
            T::Bytes,
            D::Text("x"),
            "`default_sql = \"..\"` takes an expression",
        ),
        (
            T::I32,
            D::Now,
            "has `default = now()`, which is no value of its type",
        ),
        (T::Text, D::Uuid, "has `default = uuid()`"),
        (T::Time, D::Today, "has `default = today()`"),
        (T::I32, D::Sql(""), "has an empty `default_sql`"),
        (T::Text, D::Text("a\0"), "U+0000"),
        (
            T::Enum(&TEXT_ENUM),
            D::Text("gone"),
            "has the default `\"gone\"`, which is no value of the enum `status`: it has `draft`, `it's`",
        ),
    ] {
        let error = error_of(things(&[column("a", data_type).default_to(default)])).to_string();
        assert!(error.contains(words), "{data_type:?} {default:?}: {error}");
    }
}
