//! Every kind of value, there and back, in both formats.

use chrono::{DateTime, NaiveDate, NaiveTime, Utc};

use super::fresh;
use crate::driver::wire::testing::{all, one, rows};
use crate::error::ErrorKind;
use crate::exec::Stmt;
use crate::value::{DataType, DecimalParts, Value};

fn decimal(text: &str) -> Value {
    Value::Decimal(DecimalParts::parse(text).unwrap())
}

fn values() -> Vec<(Value, &'static str)> {
    let day = |y, m, d| NaiveDate::from_ymd_opt(y, m, d).unwrap();
    let late = NaiveTime::from_hms_micro_opt(23, 59, 59, 999_999).unwrap();
    vec![
        (Value::Bool(true), "true"),
        (Value::I16(i16::MIN), "-32768"),
        (Value::I32(i32::MIN), "-2147483648"),
        (Value::I64(i64::MIN), "-9223372036854775808"),
        (Value::U64(i64::MAX.unsigned_abs()), "9223372036854775807"),
        (Value::F32(f32::MIN_POSITIVE), "f32 1.1754944e-38"),
        (Value::F32(f32::NAN), "f32 NaN"),
        (Value::F64(f64::MAX), "f64 1.7976931348623157e308"),
        (Value::F64(f64::NEG_INFINITY), "f64 -inf"),
        (Value::F64(-0.0), "f64 -0.0"),
        (
            Value::Text("héllo \u{1F600} ' \\".to_owned()),
            "\"héllo \u{1F600} ' \\\\\"",
        ),
        (Value::Text(String::new()), "\"\""),
        (Value::Bytes(vec![0, 255, 92]), "bytes [0, 255, 92]"),
        (Value::Bytes(Vec::new()), "bytes []"),
        (Value::Date(day(2026, 1, 31)), "date 2026-01-31"),
        (Value::Date(day(-4712, 1, 1)), "date -4712-01-01"),
        (Value::Date(NaiveDate::MAX), "date +262142-12-31"),
        (Value::Date(day(0, 2, 29)), "date 0000-02-29"),
        (Value::Time(NaiveTime::MIN), "time 00:00:00"),
        (Value::Time(late), "time 23:59:59.999999"),
        (
            Value::DateTime(day(1969, 12, 31).and_time(late)),
            "datetime 1969-12-31 23:59:59.999999",
        ),
        (
            Value::DateTime(day(-4712, 1, 1).and_time(late)),
            "datetime -4712-01-01 23:59:59.999999",
        ),
        (
            Value::Timestamp(DateTime::<Utc>::UNIX_EPOCH),
            "timestamp 1970-01-01 00:00:00",
        ),
        (
            Value::Timestamp(day(9999, 12, 31).and_time(late).and_utc()),
            "timestamp 9999-12-31 23:59:59.999999",
        ),
        (
            Value::Uuid([7; 16]),
            "uuid [7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7]",
        ),
        (decimal("0"), "decimal 0"),
        (decimal("0.00"), "decimal 0.00"),
        (decimal("-12345.678900"), "decimal -12345.678900"),
        (
            decimal("99999999999999999999999999999999999999"),
            "decimal 99999999999999999999999999999999999999",
        ),
        (
            decimal("-0.00000000000000000000000000000000000001"),
            "decimal -0.00000000000000000000000000000000000001",
        ),
        (
            Value::Json(r#"{"a": [1, null]}"#.to_owned()),
            r#"json {"a": [1, null]}"#,
        ),
        (Value::Array(DataType::I32, Vec::new()), "[]"),
        (
            Value::Array(DataType::I64, vec![Value::I64(1), Value::Null(DataType::I64)]),
            "[1, NULL]",
        ),
        (
            Value::Array(
                DataType::Text,
                vec![
                    Value::Text("a,\"{b}\\".to_owned()),
                    Value::Text("NULL".to_owned()),
                ],
            ),
            r#"["a,\"{b}\\", "NULL"]"#,
        ),
        (
            Value::Array(DataType::Bytes, vec![Value::Bytes(vec![0, 1])]),
            "[bytes [0, 1]]",
        ),
        (Value::Array(DataType::Bool, vec![Value::Bool(false)]), "[false]"),
        (
            Value::Array(DataType::Decimal, vec![decimal("1.50")]),
            "[decimal 1.50]",
        ),
        (
            Value::Array(DataType::Date, vec![Value::Date(day(2026, 1, 31))]),
            "[date 2026-01-31]",
        ),
        (Value::Array(DataType::F64, vec![Value::F64(0.5)]), "[f64 0.5]"),
        (
            Value::Array(DataType::Uuid, vec![Value::Uuid([0; 16])]),
            "[uuid [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]]",
        ),
        (
            Value::Array(DataType::Json, vec![Value::Json("1".to_owned())]),
            "[json 1]",
        ),
        (
            Value::Array(
                DataType::Timestamp,
                vec![Value::Timestamp(DateTime::<Utc>::UNIX_EPOCH)],
            ),
            "[timestamp 1970-01-01 00:00:00]",
        ),
    ]
}

#[tokio::test]
async fn every_value_comes_back_in_binary() {
    let Some(mut conn) = fresh().await else { return };
    for (value, want) in values() {
        let kind = value.data_type();
        assert_eq!(one(&mut conn, "SELECT $1", vec![value]).await.unwrap(), want);
        let null = Value::Null(kind);
        assert_eq!(one(&mut conn, "SELECT $1", vec![null]).await.unwrap(), "NULL");
    }
}

#[tokio::test]
async fn every_value_is_the_same_as_text() {
    let Some(mut conn) = fresh().await else { return };
    conn.run(
        &Stmt::ddl("CREATE TEMP TABLE t (a text)"),
        Box::<crate::exec::Discard>::default(),
    )
    .await
    .unwrap();
    for (i, (value, want)) in values().into_iter().enumerate() {
        let make = Stmt::write(format!("CREATE TEMP TABLE t{i} AS SELECT $1 AS a"), vec![value]);
        all(&mut conn, &make).await.unwrap();
        // Schema definition is sent as text.
        let (texts, _) = all(&mut conn, &Stmt::ddl(format!("SELECT a FROM t{i}")))
            .await
            .unwrap();
        assert_eq!(texts.rows, [[want]]);
    }
}

#[tokio::test]
async fn the_types_of_one_text_may_change() {
    let Some(mut conn) = fresh().await else { return };
    for _ in 0..3 {
        for (value, want) in [
            (Value::I32(1), "1"),
            (Value::F32(1.0), "f32 1.0"),
            (Value::I64(1), "1"),
            (Value::Text("x".to_owned()), "\"x\""),
        ] {
            assert_eq!(
                one(&mut conn, "SELECT $1 -- a comment", vec![value])
                    .await
                    .unwrap(),
                want
            );
        }
    }
}

#[tokio::test]
async fn many_texts_empty_the_cache() {
    let Some(connector) = super::connector_with(|o| o.statement_cache = 2) else {
        return;
    };
    let mut conn = crate::driver::wire::testing::connect(&connector).await;
    for i in 0..200 {
        let value = if i % 2 == 0 {
            Value::I32(i)
        } else {
            Value::F32(1.0)
        };
        one(&mut conn, &format!("SELECT $1 /* {} */", i / 2), vec![value])
            .await
            .unwrap();
    }
    let open = one(
        &mut conn,
        "SELECT count(*) FROM pg_prepared_statements",
        Vec::new(),
    )
    .await
    .unwrap();
    assert!(open.parse::<u32>().unwrap() <= 3, "{open}");
}

#[tokio::test]
async fn types_of_the_servers_own() {
    let Some(mut conn) = fresh().await else { return };
    let ddl = "CREATE TYPE pg_temp.mood AS ENUM ('glad', 'sad'); CREATE DOMAIN pg_temp.age AS int4 CHECK (VALUE >= 0);
        CREATE DOMAIN pg_temp.ages AS int4[]";
    crate::driver::wire::testing::ddl(&mut conn, ddl).await.unwrap();
    for (sql, want) in [
        ("SELECT 'sad'::pg_temp.mood", "\"sad\""),
        (
            "SELECT array['sad', NULL, 'glad']::pg_temp.mood[]",
            "[\"sad\", NULL, \"glad\"]",
        ),
        ("SELECT 7::pg_temp.age", "7"),
        ("SELECT array[7]::pg_temp.age[]", "[7]"),
        ("SELECT array[7]::pg_temp.ages", "[7]"),
        ("SELECT 'x'::name", "\"x\""),
        ("SELECT 'x'::\"char\"", "\"x\""),
        ("SELECT 'x '::char(3)", "\"x  \""),
        ("SELECT 'x'::varchar(3)", "\"x\""),
        ("SELECT 4294967295::oid", "4294967295"),
        ("SELECT 'pg_class'::regclass", "1259"),
        ("SELECT '{\"a\": 1}'::json", "json {\"a\": 1}"),
        ("SELECT 'x'", "\"x\""),
        ("SELECT pg_sleep(0)", "NULL"),
        ("SELECT '[5:6]={1,2}'::int[]", "[1, 2]"),
        ("SELECT 1e20::numeric", "decimal 100000000000000000000"),
    ] {
        assert_eq!(one(&mut conn, sql, Vec::new()).await.unwrap(), want, "{sql}");
    }
}

#[tokio::test]
async fn what_has_no_rust_value_is_an_error_and_the_connection_lives() {
    let Some(mut conn) = fresh().await else { return };
    for (sql, want) in [
        ("SELECT 'infinity'::timestamptz AS a", "infinity"),
        ("SELECT '-infinity'::timestamp AS a", "infinity"),
        ("SELECT 'infinity'::date AS a", "infinity"),
        ("SELECT '294276-12-31'::timestamp AS a", "years"),
        ("SELECT '5874897-12-31'::date AS a", "years"),
        ("SELECT '24:00'::time AS a", "24:00"),
        ("SELECT 'NaN'::numeric AS a", "NaN"),
        ("SELECT 'Infinity'::numeric AS a", "infinity"),
        ("SELECT repeat('9', 40)::numeric AS a", "38"),
        ("SELECT array[[1,2],[3,4]] AS a", "dimensions"),
        ("SELECT '1 day'::interval AS a", "`INTERVAL`"),
        ("SELECT '10:00+02'::timetz AS a", "::text"),
        ("SELECT row(1, 2) AS a", "::text"),
    ] {
        for stmt in [Stmt::read(sql, Vec::new()), Stmt::ddl(sql)] {
            match all(&mut conn, &stmt).await {
                Err(e) => {
                    assert_eq!(
                        (e.kind(), e.columns()),
                        (ErrorKind::Decode, &["a".to_owned()][..]),
                        "{sql}"
                    );
                    assert!(e.to_string().contains(want), "{sql}: {e}");
                }
                // As text, unknown types are text.
                Ok(_) => assert!(want.contains("::text") || want.contains('`'), "{sql}"),
            }
        }
    }
    // A refused row in the middle of many: the rest is read.
    let sql = "SELECT CASE n WHEN 5 THEN 'NaN' ELSE '1' END::numeric FROM generate_series(1, 10000) n";
    assert!(rows(&mut conn, sql, Vec::new()).await.is_err());
    assert_eq!(one(&mut conn, "SELECT 1", Vec::new()).await.unwrap(), "1");
}

#[tokio::test]
async fn sixty_five_thousand_parameters() {
    let Some(mut conn) = fresh().await else { return };
    let places: Vec<String> = (1..=65_535).map(|i| format!("${i}")).collect();
    let sql = format!("SELECT count(*) FROM (VALUES ({})) v", places.join("), ("));
    let params = vec![Value::I32(1); 65_535];
    assert_eq!(one(&mut conn, &sql, params).await.unwrap(), "65535");
    let e = rows(&mut conn, "SELECT 1", vec![Value::I32(1); 65_536])
        .await
        .unwrap_err();
    assert_eq!(e.kind(), ErrorKind::Invalid);
    assert_eq!(one(&mut conn, "SELECT 1", Vec::new()).await.unwrap(), "1");
}
