//! Every type makes the round trip on every database, at its extremes; what does not fit is an error and loses nothing.

use chrono::Timelike as _;
use orm_core::assert_statements;
use orm_core::prelude::*;
use serde::{Deserialize, Serialize};

use super::on_all;

/// A column of each type.
#[derive(Debug, Clone, PartialEq, Model)]
#[orm(table = "everything", has_many(owned: Everything.owner_id))]
pub struct Everything {
    pub id: Id<Everything>,
    pub flag: bool,
    pub tiny: i8,
    pub small: i16,
    pub int: i32,
    pub big: i64,
    pub utiny: u8,
    pub usmall: u16,
    pub uint: u32,
    pub ubig: u64,
    pub float: f32,
    pub double: f64,
    pub text: String,
    pub bytes: Vec<u8>,
    pub day: NaiveDate,
    pub time: NaiveTime,
    pub local: NaiveDateTime,
    pub moment: DateTime<Utc>,
    pub uuid: Uuid,
    #[orm(precision = 12, scale = 4)]
    pub price: Decimal,
    #[orm(precision = 28, scale = 10)]
    pub wide: Decimal,
    pub json: serde_json::Value,
    #[orm(json)]
    pub settings: Settings,
    pub numbers: Vec<i32>,
    pub words: Vec<String>,
    pub mood: Mood,
    pub level: Level,
    pub native: Native,
    pub isbn: Isbn,
    pub maybe_int: Option<i32>,
    pub maybe_text: Option<String>,
    pub maybe_bytes: Option<Vec<u8>>,
    pub maybe_moment: Option<DateTime<Utc>>,
    pub maybe_uuid: Option<Uuid>,
    #[orm(precision = 12, scale = 4)]
    pub maybe_price: Option<Decimal>,
    pub maybe_json: Option<serde_json::Value>,
    pub maybe_numbers: Option<Vec<i64>>,
    pub maybe_mood: Option<Mood>,
    pub maybe_native: Option<Native>,
    pub owner_id: Option<Id<Everything>>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Settings {
    pub theme: String,
    pub sizes: Vec<u8>,
}

#[derive(Debug, Clone, Copy, PartialEq, DbEnum)]
pub enum Mood {
    Sad,
    VeryHappy,
}

#[derive(Debug, Clone, Copy, PartialEq, DbEnum)]
#[orm(storage = "integer")]
pub enum Level {
    Low = 10,
    High = 20,
}

#[derive(Debug, Clone, Copy, PartialEq, DbEnum)]
#[orm(storage = "native", name = "native_mood")]
pub enum Native {
    Calm,
    #[orm(rename = "it's wild")]
    Wild,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, DbType)]
pub struct Isbn(String);

fn moment(text: &str) -> DateTime<Utc> {
    text.parse().expect("a moment")
}

pub(crate) fn plain() -> Everything {
    Everything {
        id: Id::new(),
        flag: false,
        tiny: 0,
        small: 0,
        int: 0,
        big: 0,
        utiny: 0,
        usmall: 0,
        uint: 0,
        ubig: 0,
        float: 0.0,
        double: 0.0,
        text: String::new(),
        bytes: Vec::new(),
        day: NaiveDate::from_ymd_opt(2026, 2, 28).unwrap(),
        time: NaiveTime::MIN,
        local: moment("2026-02-28T01:02:03.456789Z").naive_utc(),
        moment: moment("2026-02-28T01:02:03.456789Z"),
        uuid: Uuid::nil(),
        price: Decimal::ZERO,
        wide: Decimal::ZERO,
        json: serde_json::json!(null),
        settings: Settings {
            theme: String::new(),
            sizes: Vec::new(),
        },
        numbers: Vec::new(),
        words: Vec::new(),
        mood: Mood::Sad,
        level: Level::Low,
        native: Native::Calm,
        isbn: Isbn("0".into()),
        maybe_int: None,
        maybe_text: None,
        maybe_bytes: None,
        maybe_moment: None,
        maybe_uuid: None,
        maybe_price: None,
        maybe_json: None,
        maybe_numbers: None,
        maybe_mood: None,
        maybe_native: None,
        owner_id: None,
    }
}

pub(crate) fn low() -> Everything {
    Everything {
        tiny: i8::MIN,
        small: i16::MIN,
        int: i32::MIN,
        big: i64::MIN,
        float: f32::MIN,
        double: f64::MIN,
        text: "NFC é NFD e\u{301} 🦀 \u{202e}rtl\r\n\t'\"\\`".into(),
        bytes: (0..=255).collect(),
        day: NaiveDate::from_ymd_opt(1000, 1, 1).unwrap(),
        local: moment("1000-01-01T00:00:00Z").naive_utc(),
        moment: moment("1000-01-01T00:00:00Z"),
        price: "-99999999.9999".parse().unwrap(),
        wide: "-999999999999999999.9999999999".parse().unwrap(),
        json: serde_json::json!({"a": [1, {"b": null}], "é": "\u{1f980}"}),
        settings: Settings {
            theme: "dark".into(),
            sizes: vec![1, 2],
        },
        numbers: vec![i32::MIN, 0, i32::MAX],
        words: vec!["".into(), "a,b".into(), "{\"}".into(), "NULL".into()],
        maybe_int: Some(-1),
        maybe_text: Some("".into()),
        maybe_bytes: Some(vec![0]),
        maybe_numbers: Some(vec![]),
        ..plain()
    }
}

pub(crate) fn high() -> Everything {
    Everything {
        flag: true,
        tiny: i8::MAX,
        small: i16::MAX,
        int: i32::MAX,
        big: i64::MAX,
        utiny: u8::MAX,
        usmall: u16::MAX,
        uint: u32::MAX,
        ubig: i64::MAX.unsigned_abs(),
        float: f32::MAX,
        double: f64::MAX,
        text: "x".repeat(70_000),
        bytes: vec![7; 70_000],
        day: NaiveDate::from_ymd_opt(9999, 12, 31).unwrap(),
        time: NaiveTime::from_hms_micro_opt(23, 59, 59, 999_999).unwrap(),
        local: moment("9999-12-31T23:59:59.999999Z").naive_utc(),
        moment: moment("9999-12-31T23:59:59.999999Z"),
        uuid: Uuid::max(),
        price: "99999999.9999".parse().unwrap(),
        wide: "999999999999999999.9999999999".parse().unwrap(),
        json: serde_json::json!("text"),
        mood: Mood::VeryHappy,
        level: Level::High,
        native: Native::Wild,
        isbn: Isbn("978-3-16-148410-0".into()),
        maybe_int: Some(i32::MAX),
        maybe_text: Some("some".into()),
        maybe_moment: Some(moment("2026-02-28T01:02:03Z")),
        maybe_uuid: Some(Uuid::max()),
        maybe_price: Some("0.0001".parse().unwrap()),
        maybe_json: Some(serde_json::json!({"x": 1.5})),
        maybe_numbers: Some(vec![i64::MIN, i64::MAX]),
        maybe_mood: Some(Mood::VeryHappy),
        maybe_native: Some(Native::Wild),
        ..plain()
    }
}

on_all! {
    async fn extremes_make_the_round_trip(db) {
        db.create_all::<Everything>().await?;
        for row in [plain(), low(), high()] {
            let stored = Everything::insert(&row).one(db).await?;
            let expected = Everything { id: stored.id, ..row };
            assert_eq!(stored, expected);
            assert_eq!(Everything::find(stored.id).one(db).await?, expected);
        }
        // The same through the form for many rows, and read as a stream.
        let keys = Everything::insert([low(), high(), plain()]).keys(db).await?;
        for (key, row) in keys.iter().zip([low(), high(), plain()]) {
            assert_eq!(Everything::find(key).one(db).await?, Everything { id: *key, ..row });
        }
    }

    async fn every_type_is_found_by_its_value(db) {
        db.create_all::<Everything>().await?;
        let row = Everything::insert(high()).one(db).await?;
        Everything::insert(plain()).exec(db).await?;
        let same: Vec<Expr<Everything, bool>> = vec![
            Everything::flag.eq(row.flag),
            Everything::tiny.eq(row.tiny),
            Everything::small.eq(row.small),
            Everything::int.eq(row.int),
            Everything::big.eq(row.big),
            Everything::utiny.eq(row.utiny),
            Everything::usmall.eq(row.usmall),
            Everything::uint.eq(row.uint),
            Everything::ubig.eq(row.ubig),
            Everything::double.eq(row.double),
            Everything::text.eq(&row.text),
            Everything::bytes.eq(&row.bytes),
            Everything::day.eq(row.day),
            Everything::time.eq(row.time),
            Everything::local.eq(row.local),
            Everything::moment.eq(row.moment),
            Everything::uuid.eq(row.uuid),
            Everything::price.eq(row.price),
            Everything::wide.eq(row.wide),
            Everything::mood.eq(row.mood),
            Everything::level.eq(row.level),
            Everything::native.eq(row.native),
            Everything::isbn.eq(&row.isbn),
            Everything::maybe_uuid.eq(row.maybe_uuid),
            Everything::maybe_price.eq(row.maybe_price),
            Everything::maybe_native.eq(row.maybe_native),
            Everything::big.is_in([row.big, 5]),
            Everything::text.is_in([&row.text]),
            Everything::day.is_in([row.day]),
            Everything::moment.is_in([row.moment]),
            Everything::uuid.is_in([row.uuid]),
            Everything::price.is_in([row.price]),
            Everything::wide.is_in([row.wide]),
            Everything::double.is_in([row.double]),
            Everything::native.is_in([row.native]),
            Everything::level.is_in([row.level]),
            Everything::bytes.is_in([&row.bytes]),
            Everything::wide.gt(Decimal::ZERO),
            Everything::price.between(Decimal::ONE, row.price),
        ];
        for (n, filter) in same.into_iter().enumerate() {
            let found = Everything::query().filter(filter).all(db).await?;
            assert_eq!(found.iter().map(|r| r.id).collect::<Vec<_>>(), [row.id], "condition {n}");
        }
    }

    async fn decimals_compute_the_same_everywhere(db) {
        db.create_all::<Everything>().await?;
        let price = |text: &str| Everything { price: text.parse().unwrap(), int: 3, ..plain() };
        Everything::insert([price("0.1"), price("0.2"), price("10.0050")]).exec(db).await?;
        let sum: Option<Decimal> = Everything::query().select(Everything::price.sum()).one(db).await?;
        assert_eq!(sum, Some("10.3050".parse().unwrap()));
        let d = |text: &str| text.parse::<Decimal>().unwrap();
        let made: Vec<(Decimal, Decimal, Decimal)> = Everything::query()
            .order_by(Everything::price)
            .select((
                Everything::price * Everything::int,
                Everything::price + d("0.00005"),
                Everything::price * d("1.5") - Everything::price,
            ))
            .all(db)
            .await?;
        assert_eq!(made[0], (d("0.3"), d("0.10005"), d("0.05")));
        assert_eq!(made[2], (d("30.015"), d("10.00505"), d("5.0025")));
        assert_eq!(Everything::query().filter((Everything::price + d("0.2")).eq(d("0.3"))).count(db).await?, 1);
        assert_eq!(Everything::query().filter(Everything::price.lt(d("0.10001"))).count(db).await?, 1);
        assert_eq!(Everything::query().filter(Everything::price.eq(d("0.1000000"))).count(db).await?, 1);
        assert_eq!(Everything::query().filter(Everything::price.eq(d("0.10000001"))).count(db).await?, 0);
        Everything::update().set(Everything::price, Everything::price * d("1.05")).all_rows().exec(db).await?;
        let rounded: Vec<Decimal> =
            Everything::query().order_by(Everything::price).select(Everything::price).all(db).await?;
        assert_eq!(rounded, [d("0.105"), d("0.21"), d("10.5053")]);
        let mean: Option<f64> = Everything::query().select(Everything::price.avg()).one(db).await?;
        assert!((mean.expect("rows") - 3.6067666).abs() < 1e-6, "{mean:?}");
    }

    async fn what_does_not_fit_is_refused_before_it_is_sent(db) {
        db.create_all::<Everything>().await?;
        let features = db.dialect().features();
        let mut bad: Vec<(&str, Everything)> = vec![
            ("price", Everything { price: "1.00001".parse().unwrap(), ..plain() }),
            ("price", Everything { price: "123456789".parse().unwrap(), ..plain() }),
            ("wide", Everything { wide: "0.00000000001".parse().unwrap(), ..plain() }),
        ];
        if !features.unsigned {
            bad.push(("ubig", Everything { ubig: u64::MAX, ..plain() }));
        }
        if !features.special_floats {
            bad.push(("double", Everything { double: f64::NAN, ..plain() }));
            bad.push(("float", Everything { float: f32::INFINITY, ..plain() }));
        }
        if !features.nul_in_text {
            bad.push(("text", Everything { text: "a\0b".into(), ..plain() }));
        }
        for (column, row) in bad {
            let e = assert_statements!(db, { Everything::insert(row).exec(db).await.unwrap_err() }, []);
            assert_eq!((e.kind(), e.columns()), (ErrorKind::Encode, &[column.to_owned()][..]), "{e}");
        }
        if features.unsigned {
            let row = Everything::insert(Everything { ubig: u64::MAX, ..plain() }).one(db).await?;
            assert_eq!(row.ubig, u64::MAX);
        }
        if features.special_floats {
            for special in [f64::NAN, f64::INFINITY, f64::NEG_INFINITY] {
                let row = Everything::insert(Everything { double: special, ..plain() }).one(db).await?;
                assert_eq!(row.double.to_bits(), special.to_bits());
            }
        }
        if features.nul_in_text {
            let row = Everything::insert(Everything { text: "a\0b".into(), ..plain() }).one(db).await?;
            assert_eq!(row.text, "a\0b");
        }
        assert!(Everything::query().count(db).await? < 5);
    }

    async fn decimals_in_sql_of_ones_own_are_exact_or_refused(db) {
        db.create_all::<Everything>().await?;
        let price: Decimal = "12.95".parse().unwrap();
        Everything::insert(Everything { price, ..plain() }).exec(db).await?;
        let low: Decimal = "12.9".parse().unwrap();
        let raw = sql("SELECT COUNT(*) FROM everything WHERE price > {low}").params(params! { low: low });
        let raw = raw.all_as::<(i64,)>(db).await.map(|rows| rows[0].0);
        let hole = sql!("{p} > {low}", p = Everything::price, low = low);
        let hole = Everything::query().filter(hole).count(db).await;
        if db.dialect().features().decimals {
            assert_eq!((raw?, hole?), (1, 1));
        } else {
            for e in [raw.unwrap_err(), hole.unwrap_err()] {
                assert!(e.kind() == ErrorKind::Unsupported && e.to_string().contains("typed operators"), "{e}");
            }
        }
        assert_eq!(Everything::query().filter(Everything::price.gt(low)).count(db).await?, 1);
    }

    async fn far_dates_are_kept_or_refused(db) {
        db.create_all::<Everything>().await?;
        for year in [-4000, -1, 0, 12_000, 200_000] {
            let day = NaiveDate::from_ymd_opt(year, 6, 15).unwrap();
            match Everything::insert(Everything { day, ..plain() }).one(db).await {
                Ok(row) => assert_eq!(row.day, day),
                Err(e) => assert_eq!(e.kind(), ErrorKind::Encode, "{year}: {e}"),
            }
        }
    }

    async fn below_a_microsecond_nothing_is_kept(db) {
        db.create_all::<Everything>().await?;
        let moment = moment("2026-01-01T00:00:00Z").with_nanosecond(123_456_789).unwrap();
        let row = Everything::insert(Everything { moment, ..plain() }).one(db).await?;
        assert_eq!(row.moment.nanosecond(), 123_456_000);
        assert_eq!(Everything::query().filter(Everything::moment.eq(moment)).count(db).await?, 1);
    }

    async fn large_values(db) {
        db.create_all::<Everything>().await?;
        let size = 16 * 1024 * 1024;
        let row = Everything { text: "é".repeat(size / 2), ..plain() };
        let stored = Everything::insert(&row).one(db).await?;
        assert!(stored.text == row.text);
        let row = Everything { bytes: vec![255; size], ..plain() };
        let stored = Everything::insert(&row).one(db).await?;
        assert!(stored.bytes == row.bytes);
    }

    async fn numbers_outside_their_type_name_the_column(db) {
        db.create_all::<Everything>().await?;
        let id = Everything::insert(Everything { big: 40_000, ..plain() }).keys(db).await?[0];
        let e = sql("SELECT big FROM everything").all_as::<(i16,)>(db).await.unwrap_err();
        assert_eq!((e.kind(), e.columns()), (ErrorKind::Decode, &["big".to_owned()][..]));
        let e = Everything::sql(&all_but_tiny(db.dialect()), params! { id: id })
        .all(db)
        .await
        .unwrap_err();
        assert_eq!((e.kind(), e.columns()), (ErrorKind::Decode, &["tiny".to_owned()][..]));
    }
}

/// All columns, one of them with a number that does not fit.
fn all_but_tiny(dialect: Dialect) -> String {
    let quote = dialect.features().quote;
    let columns: Vec<String> = <Everything as orm_core::model::Table>::table()
        .columns
        .iter()
        .map(|c| {
            let name = format!("{quote}{}{quote}", c.name);
            if c.name == "tiny" {
                format!("300 AS {name}")
            } else {
                name
            }
        })
        .collect();
    format!("SELECT {} FROM everything WHERE id = {{id}}", columns.join(", "))
}
