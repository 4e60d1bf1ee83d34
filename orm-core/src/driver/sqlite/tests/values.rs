//! Values through a real table and back, with their extremes.

use chrono::{DateTime, NaiveDate, NaiveDateTime, NaiveTime, Utc};

use super::*;
use crate::error::ErrorKind;
use crate::value::{DataType, DecimalParts, Scalar, Sql};

async fn round_trip<T: Scalar + Sql<Base = T> + PartialEq + std::fmt::Debug>(conn: &mut Conn, value: T) {
    let sent = value.to_value();
    for access in [Run::Short, Run::Thread] {
        let mut stmt = Stmt::read("SELECT ?", vec![sent.clone()]);
        stmt.run = access;
        let rows = fetch::<(T,)>(conn, stmt).await.unwrap();
        assert_eq!(rows[0].0, value);
    }
}

#[tokio::test]
async fn extremes_come_back() {
    let mut conn = memory().await;
    let conn = &mut conn;
    for n in [i64::MIN, -1, 0, i64::MAX] {
        round_trip(conn, n).await;
    }
    for n in [u64::MIN, 9_223_372_036_854_775_807] {
        round_trip(conn, n).await;
    }
    for n in [i32::MIN, i32::MAX] {
        round_trip(conn, n).await;
    }
    for n in [i16::MIN, i16::MAX] {
        round_trip(conn, n).await;
    }
    round_trip(conn, u8::MAX).await;
    round_trip(conn, u32::MAX).await;
    for b in [true, false] {
        round_trip(conn, b).await;
    }
    for n in [f64::MIN, f64::MAX, f64::MIN_POSITIVE, 5e-324, 0.1, -0.0, 1e15] {
        round_trip(conn, n).await;
    }
    for n in [f32::MIN, f32::MAX, f32::MIN_POSITIVE, 0.1] {
        round_trip(conn, n).await;
    }
    for text in [
        "",
        "' OR 1=1 --",
        "a\0b",
        "e\u{301}",
        "\u{1F600}\u{200D}\u{202E}",
        "\u{feff}",
    ] {
        round_trip(conn, text.to_owned()).await;
    }
    for bytes in [vec![], vec![0], vec![0xff; 100_000]] {
        round_trip(conn, bytes).await;
    }
    let day = |y, m, d| NaiveDate::from_ymd_opt(y, m, d).unwrap();
    let last = NaiveTime::from_hms_micro_opt(23, 59, 59, 999_999).unwrap();
    for d in [day(0, 1, 1), day(1, 1, 1), day(2024, 2, 29), day(9999, 12, 31)] {
        round_trip(conn, d).await;
        round_trip(conn, d.and_time(last)).await;
        round_trip(conn, d.and_time(NaiveTime::MIN).and_utc()).await;
    }
    round_trip(conn, last).await;
    round_trip(conn, vec![i64::MIN, i64::MAX]).await;
    round_trip(conn, vec!["a".to_owned(), "\"\\\0".to_owned()]).await;
    round_trip(conn, vec![0.1f32, f32::MAX]).await;
    round_trip(conn, vec![0.1f64, f64::MAX, 5e-324]).await;
    round_trip(conn, vec![true, false]).await;
    round_trip(conn, vec![day(1, 1, 1).and_time(last)]).await;
    round_trip(conn, Vec::<i64>::new()).await;
    round_trip(conn, serde_json::json!({"a": [1, null, "ä"]})).await;
}

#[tokio::test]
async fn below_a_microsecond_is_cut() {
    let mut conn = memory().await;
    let moment: DateTime<Utc> = DateTime::from_timestamp(1_700_000_000, 123_456_789).unwrap();
    let stmt = Stmt::read("SELECT ?1, typeof(?1)", vec![Value::Timestamp(moment)]);
    let rows: Vec<(NaiveDateTime, String)> = fetch(&mut conn, stmt).await.unwrap();
    assert_eq!(rows[0].0.and_utc().timestamp_subsec_nanos(), 123_456_000);
    assert_eq!(rows[0].1, "text");
}

#[tokio::test]
async fn storage_classes() {
    let mut conn = memory().await;
    for (value, class) in [
        (Value::Null(DataType::I64), "null"),
        (Value::Bool(true), "integer"),
        (Value::Uuid([7; 16]), "blob"),
        (Value::Json("{}".into()), "text"),
        (
            Value::Decimal(DecimalParts {
                mantissa: 1250,
                scale: 2,
            }),
            "integer",
        ),
        (Value::F32(0.5), "real"),
        (Value::Array(DataType::I64, vec![]), "text"),
        (Value::Bytes(vec![]), "blob"),
    ] {
        let stmt = Stmt::read("SELECT typeof(?)", vec![value]);
        assert_eq!(fetch::<(String,)>(&mut conn, stmt).await.unwrap()[0].0, class);
    }
}

#[tokio::test]
async fn scaled_integers_are_decimals() {
    struct Parts(DecimalParts);
    impl FromRow for Parts {
        const FIELDS: Option<&'static [&'static str]> = None;
        fn from_row(row: &mut crate::value::RowReader<'_>) -> Result<Self> {
            Ok(Parts(row.read::<Wide>()?.0))
        }
    }
    struct Wide(DecimalParts);
    impl Scalar for Wide {
        const TYPE: DataType = DataType::Decimal;
        fn to_value(&self) -> Value {
            Value::Decimal(self.0)
        }
        fn from_cell(cell: crate::value::Cell<'_>) -> Result<Self, crate::value::DecodeError> {
            match cell {
                crate::value::Cell::Decimal(parts) => Ok(Wide(parts)),
                other => Err(crate::value::DecodeError::mismatch("a decimal", &other)),
            }
        }
    }
    let mut conn = memory().await;
    let mut stmt = Stmt::read("SELECT -1250", Vec::new());
    stmt.scales = Some(vec![Some(2)].into());
    let rows: Vec<Parts> = fetch(&mut conn, stmt).await.unwrap();
    assert_eq!(rows[0].0.to_string(), "-12.50");
}

#[tokio::test]
async fn what_is_refused_is_refused_before_it_is_sent() {
    let mut conn = memory().await;
    exec(&mut conn, "CREATE TABLE t (a) ").await.unwrap();
    conn.command("BEGIN IMMEDIATE").await.unwrap();
    let insert = |value| Stmt::write("INSERT INTO t VALUES (?)", vec![value]);
    for (value, kind) in [
        (Value::F64(f64::NAN), ErrorKind::Encode),
        (Value::U64(u64::MAX), ErrorKind::Encode),
        (Value::NewId(std::num::NonZeroU64::MIN), ErrorKind::Invalid),
        (Value::Bytes(vec![0; (64 << 20) + 1]), ErrorKind::Encode),
    ] {
        let error = send(&mut conn, short(insert(value.clone()))).await.unwrap_err();
        assert_eq!((error.kind(), error.poisons()), (kind, false), "{error}");
        let error = send(&mut conn, insert(value)).await.unwrap_err();
        assert_eq!(error.kind(), kind);
    }
    for (sql, params) in [
        ("SELECT ?, ?", vec![Value::I64(1)]),
        ("SELECT 1", vec![Value::I64(1)]),
        ("SELECT 1\0; SELECT 2", vec![]),
        ("SELECT 1; SELECT 2", vec![]),
        ("-- nothing", vec![]),
    ] {
        let error = send(&mut conn, Stmt::raw(sql, params)).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Invalid, "{sql}: {error}");
    }
    conn.command("COMMIT").await.unwrap();
    assert_eq!(one::<(i64,)>(&mut conn, "SELECT count(*) FROM t").await.0, 0);
}

#[tokio::test]
async fn what_does_not_decode_names_its_column_and_leaves_the_connection_well() {
    let mut conn = memory().await;
    let stmt = Stmt::read("SELECT CAST(x'ff' AS TEXT) AS broken", Vec::new());
    let error = fetch::<(String,)>(&mut conn, stmt).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Decode);
    assert_eq!(error.columns(), ["broken"]);
    let stmt = Stmt::read("SELECT 'abc' AS n", Vec::new());
    assert_eq!(
        fetch::<(i64,)>(&mut conn, stmt).await.unwrap_err().kind(),
        ErrorKind::Decode
    );
    let stmt = Stmt::read("SELECT 1", Vec::new());
    assert_eq!(
        fetch::<(i64, i64)>(&mut conn, stmt).await.unwrap_err().kind(),
        ErrorKind::Decode
    );
    conn.ping().await.unwrap();
}
