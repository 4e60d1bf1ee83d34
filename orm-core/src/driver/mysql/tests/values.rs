//! Every kind of value, there and back, in both protocols.

use chrono::{DateTime, NaiveDate, NaiveTime, Utc};

use super::conns;
use crate::driver::State;
use crate::driver::wire::testing::{all, ddl, one, rows, write};
use crate::error::ErrorKind;
use crate::exec::Stmt;
use crate::sql::Dialect;
use crate::value::{DataType, DecimalParts, Value};

fn decimal(text: &str) -> Value {
    Value::Decimal(DecimalParts::parse(text).unwrap())
}

/// A value, the column that holds it, and how it comes back.
fn values() -> Vec<(Value, &'static str, &'static str)> {
    let day = |y, m, d| NaiveDate::from_ymd_opt(y, m, d).unwrap();
    let late = NaiveTime::from_hms_micro_opt(23, 59, 59, 999_999).unwrap();
    let nines = "99999999999999999999999999999999999999";
    vec![
        (Value::Bool(true), "BOOLEAN", "1"),
        (Value::I16(-128), "TINYINT", "-128"),
        (Value::I16(200), "TINYINT(1) UNSIGNED", "200"),
        (Value::I16(i16::MIN), "SMALLINT", "-32768"),
        (Value::I32(8_388_607), "MEDIUMINT", "8388607"),
        (Value::I32(i32::MIN), "INT", "-2147483648"),
        (Value::I64(4_294_967_295), "INT UNSIGNED", "4294967295"),
        (Value::I64(i64::MIN), "BIGINT", "-9223372036854775808"),
        (
            Value::U64(u64::MAX),
            "BIGINT UNSIGNED",
            "unsigned 18446744073709551615",
        ),
        (Value::I32(2026), "YEAR", "2026"),
        (Value::I64(5), "BIT(11)", "5"),
        (Value::F32(1.5), "FLOAT", "f32 1.5"),
        (Value::F64(f64::MAX), "DOUBLE", "f64 1.7976931348623157e308"),
        (Value::F64(0.1), "DOUBLE", "f64 0.1"),
        (
            Value::Text("héllo \u{1F600} ' \\ \0".to_owned()),
            "TEXT",
            "\"héllo \u{1F600} ' \\\\ \\0\"",
        ),
        (
            Value::Text("x".to_owned()),
            "VARCHAR(10) COLLATE utf8mb4_bin",
            "\"x\"",
        ),
        (
            Value::Text("x".to_owned()),
            "LONGTEXT COLLATE utf8mb4_bin",
            "\"x\"",
        ),
        (
            Value::Text("ü".to_owned()),
            "CHAR(3) CHARACTER SET latin1",
            "\"ü\"",
        ),
        (Value::Text("b".to_owned()), "ENUM('a', 'b')", "\"b\""),
        (Value::Text("a,b".to_owned()), "SET('a', 'b')", "\"a,b\""),
        (Value::Text(String::new()), "TEXT", "\"\""),
        (Value::Bytes(vec![0, 255, 92]), "BLOB", "bytes [0, 255, 92]"),
        (Value::Bytes(Vec::new()), "VARBINARY(3)", "bytes []"),
        (Value::Bytes(b"abc".to_vec()), "BINARY(3)", "bytes [97, 98, 99]"),
        (Value::Date(day(2026, 1, 31)), "DATE", "date 2026-01-31"),
        (Value::Date(day(1, 1, 1)), "DATE", "date 0001-01-01"),
        (Value::Date(day(9999, 12, 31)), "DATE", "date 9999-12-31"),
        (Value::Time(NaiveTime::MIN), "TIME(6)", "time 00:00:00"),
        (Value::Time(late), "TIME(6)", "time 23:59:59.999999"),
        (
            Value::DateTime(day(1, 1, 1).and_time(late)),
            "DATETIME(6)",
            "datetime 0001-01-01 23:59:59.999999",
        ),
        (
            Value::DateTime(day(2026, 1, 31).and_time(NaiveTime::MIN)),
            "DATETIME(6)",
            "datetime 2026-01-31 00:00:00",
        ),
        (
            Value::Timestamp(day(2026, 3, 29).and_time(late).and_utc()),
            "TIMESTAMP(6)",
            "timestamp 2026-03-29 23:59:59.999999",
        ),
        (
            Value::Timestamp(DateTime::<Utc>::UNIX_EPOCH),
            "DATETIME(6)",
            "datetime 1970-01-01 00:00:00",
        ),
        (
            Value::Uuid([7; 16]),
            "BINARY(16)",
            "bytes [7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7]",
        ),
        (decimal("0"), "DECIMAL(10)", "decimal 0"),
        (
            decimal("-12345.678900"),
            "DECIMAL(20, 6)",
            "decimal -12345.678900",
        ),
        (
            decimal(nines),
            "DECIMAL(65)",
            "decimal 99999999999999999999999999999999999999",
        ),
        (
            decimal("12345678901234567890.12345678"),
            "DECIMAL(30, 8)",
            "decimal 12345678901234567890.12345678",
        ),
        (
            Value::Array(DataType::I64, vec![Value::I64(1), Value::Null(DataType::I64)]),
            "TEXT",
            "\"[1,null]\"",
        ),
    ]
}

#[tokio::test]
async fn every_value_comes_back_in_both_protocols() {
    for mut conn in conns().await {
        for (value, column, want) in values() {
            ddl(
                &mut conn,
                &format!("DROP TEMPORARY TABLE IF EXISTS v; CREATE TEMPORARY TABLE v (a {column} NULL)"),
            )
            .await
            .unwrap_or_else(|e| panic!("{column}: {e}"));
            let kind = value.data_type();
            let insert = |value| Stmt::write("INSERT INTO v VALUES (?)", vec![value]);
            all(&mut conn, &insert(value.clone()))
                .await
                .unwrap_or_else(|e| panic!("{column} {want}: {e}"));
            assert_eq!(
                one(&mut conn, "SELECT a FROM v", Vec::new()).await.unwrap(),
                want,
                "{column}"
            );
            let (texts, _) = all(&mut conn, &Stmt::ddl("SELECT a FROM v")).await.unwrap();
            assert_eq!(texts.rows, [[want]], "{column} as text");
            // Found by its value, which floats of 32 bits and BIT are not meant for.
            if !matches!(column, "FLOAT" | "BIT(11)") && !matches!(value, Value::Array(..)) {
                let found = rows(&mut conn, "SELECT 1 FROM v WHERE a = ?", vec![value])
                    .await
                    .unwrap();
                assert_eq!(found.len(), 1, "{column} {want} is found");
            }
            write(&mut conn, "DELETE FROM v", Vec::new()).await.unwrap();
            if column != "TIMESTAMP(6)" {
                all(&mut conn, &insert(Value::Null(kind))).await.unwrap();
                assert_eq!(
                    one(&mut conn, "SELECT a FROM v", Vec::new()).await.unwrap(),
                    "NULL",
                    "{column}"
                );
            }
        }
    }
}

#[tokio::test]
async fn types_that_go_by_other_names() {
    for mut conn in conns().await {
        let text = |s: &str| Value::Text(s.to_owned());
        ddl(&mut conn, "CREATE TEMPORARY TABLE j (a JSON)").await.unwrap();
        write(
            &mut conn,
            "INSERT INTO j VALUES (?)",
            vec![Value::Json("{\"a\": [1, null]}".to_owned())],
        )
        .await
        .unwrap();
        let json = one(&mut conn, "SELECT a FROM j", Vec::new()).await.unwrap();
        if conn.dialect() == Dialect::MariaDb {
            // A text with a check.
            assert_eq!(json, "\"{\\\"a\\\": [1, null]}\"");
            ddl(&mut conn, "CREATE TEMPORARY TABLE u (a UUID)").await.unwrap();
            let id = "67e55044-10b1-426f-9247-bb680e5fe0c8";
            write(&mut conn, "INSERT INTO u VALUES (?)", vec![text(id)])
                .await
                .unwrap();
            assert_eq!(
                one(&mut conn, "SELECT a FROM u", Vec::new()).await.unwrap(),
                format!("{id:?}")
            );
        } else {
            assert_eq!(json, "json {\"a\": [1, null]}");
        }
        for (sql, want) in [
            ("SELECT NULL", "NULL"),
            ("SELECT CAST(NULL AS SIGNED)", "NULL"),
            ("SELECT COUNT(*) FROM j", "1"),
            ("SELECT SUM(1) FROM j", "decimal 1"),
            ("SELECT CONCAT(1, 2)", "\"12\""),
            ("SELECT 'a' || 'b'", "\"ab\""),
            ("SELECT 1.50", "decimal 1.50"),
            ("SELECT 1e0", "f64 1.0"),
            ("SELECT TRUE", "1"),
            ("SELECT NOW() = UTC_TIMESTAMP()", "1"),
        ] {
            assert_eq!(one(&mut conn, sql, Vec::new()).await.unwrap(), want, "{sql}");
        }
        // Parameters are typed: decimals are compared as decimals, dates as dates.
        let exact = "SELECT CAST('0.12345678901234567891' AS DECIMAL(30, 20)) = ?";
        assert_eq!(
            one(&mut conn, exact, vec![decimal("0.12345678901234567891")])
                .await
                .unwrap(),
            "1"
        );
        assert_eq!(
            one(&mut conn, exact, vec![decimal("0.12345678901234567892")])
                .await
                .unwrap(),
            "0"
        );
        let late = NaiveDate::from_ymd_opt(2026, 1, 31).unwrap();
        let next = one(&mut conn, "SELECT ? + INTERVAL 1 DAY", vec![Value::Date(late)])
            .await
            .unwrap();
        assert!(next.contains("2026-02-01"), "{next}");
    }
}

#[tokio::test]
async fn what_has_no_rust_value_is_an_error_and_the_connection_lives() {
    for mut conn in conns().await {
        ddl(
            &mut conn,
            "SET sql_mode = ''; CREATE TEMPORARY TABLE z (d DATE, t DATETIME, s TIMESTAMP NULL);
            INSERT INTO z VALUES ('0000-00-00', '2026-00-01 10:00:00', '0000-00-00 00:00:00')",
        )
        .await
        .unwrap();
        for (sql, want) in [
            ("SELECT d AS a FROM z", "zero date"),
            ("SELECT t AS a FROM z", "zero"),
            ("SELECT s AS a FROM z", "zero date"),
            ("SELECT CAST('-01:00:00' AS TIME) AS a", "TIME"),
            ("SELECT CAST('25:00:00' AS TIME) AS a", "TIME"),
            ("SELECT CAST(REPEAT('9', 40) AS DECIMAL(65)) AS a", "38"),
        ] {
            for stmt in [Stmt::read(sql, Vec::new()), Stmt::ddl(sql)] {
                let e = all(&mut conn, &stmt)
                    .await
                    .err()
                    .unwrap_or_else(|| panic!("{sql}"));
                assert_eq!(
                    (e.kind(), e.columns()),
                    (ErrorKind::Decode, &["a".to_owned()][..]),
                    "{sql}"
                );
                assert!(e.to_string().contains(want), "{sql}: {e}");
            }
        }
        assert_eq!(conn.state(), State::Ready);
        assert_eq!(one(&mut conn, "SELECT 1", Vec::new()).await.unwrap(), "1");
    }
}

#[tokio::test]
async fn sixty_five_thousand_parameters_and_a_wrong_number() {
    for mut conn in conns().await {
        ddl(&mut conn, "CREATE TEMPORARY TABLE many (a INT)")
            .await
            .unwrap();
        let sql = format!("INSERT INTO many VALUES {}", vec!["(?)"; 65_535].join(", "));
        assert_eq!(
            write(&mut conn, &sql, vec![Value::I32(1); 65_535]).await.unwrap(),
            65_535
        );
        for (sql, params) in [
            ("SELECT ?, ?".to_owned(), 1),
            ("SELECT ?".to_owned(), 2),
            ("SELECT '?'".to_owned(), 1),
            (format!("SELECT {}", vec!["?"; 65_536].join(", ")), 65_536),
        ] {
            let e = rows(&mut conn, &sql, vec![Value::I32(1); params])
                .await
                .unwrap_err();
            assert_eq!((e.kind(), conn.state()), (ErrorKind::Invalid, State::Ready));
        }
        assert_eq!(
            one(&mut conn, "SELECT ?", vec![Value::I32(1)]).await.unwrap(),
            "1"
        );
    }
}
