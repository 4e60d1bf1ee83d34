//! The rows that the oracle knows: a column of each comparable type, with and without NULL, and random values for them.

use chrono::NaiveTime;
use orm_core::prelude::*;
use proptest::prelude::*;
use proptest::sample::select;

/// Something with a column of each type.
#[derive(Debug, Clone, PartialEq, Model)]
#[orm(table = "items")]
pub struct Item {
    pub id: Id<Item>,
    pub flag: bool,
    pub maybe_flag: Option<bool>,
    pub small: i16,
    pub maybe_small: Option<i16>,
    pub number: i32,
    pub maybe_number: Option<i32>,
    pub tally: i64,
    pub big: i64,
    pub maybe_big: Option<i64>,
    pub natural: u32,
    pub maybe_natural: Option<u32>,
    pub single: f32,
    pub float: f64,
    pub maybe_float: Option<f64>,
    pub price: f64,
    pub maybe_price: Option<f64>,
    pub text: String,
    pub maybe_text: Option<String>,
    pub day: NaiveDate,
    pub maybe_day: Option<NaiveDate>,
    pub time: NaiveTime,
    pub maybe_time: Option<NaiveTime>,
    pub moment: NaiveDateTime,
    pub maybe_moment: Option<NaiveDateTime>,
    pub stamp: DateTime<Utc>,
    pub maybe_stamp: Option<DateTime<Utc>>,
    #[orm(precision = 12, scale = 4)]
    pub amount: Decimal,
    #[orm(precision = 10, scale = 2)]
    pub maybe_amount: Option<Decimal>,
    #[orm(precision = 30, scale = 6)]
    pub wide: Decimal,
    #[orm(precision = 30, scale = 6)]
    pub maybe_wide: Option<Decimal>,
    pub mood: Mood,
    pub maybe_mood: Option<Mood>,
    pub level: Level,
    pub code: Uuid,
    pub maybe_code: Option<Uuid>,
    pub bytes: Vec<u8>,
    pub maybe_bytes: Option<Vec<u8>>,
    pub words: Vec<String>,
    pub maybe_counts: Option<Vec<i32>>,
}

/// Stored as text.
#[derive(Debug, Clone, Copy, PartialEq, PartialOrd, DbEnum)]
pub enum Mood {
    Good,
    Bad,
    Ugly,
}

/// Stored as the database's own kind of enum.
#[derive(Debug, Clone, Copy, PartialEq, PartialOrd, DbEnum)]
#[orm(storage = "native")]
pub enum Level {
    Low,
    High,
}

/// Texts full of what means something in patterns, JSON, arrays and SQL; and texts that differ in little.
pub fn texts() -> impl Strategy<Value = String> + Clone {
    let known = [
        "", "a", "b", "A", "a ", " a", " ", "%", "_", "!", "\\", "'", "\"", "ab", "a_b", "a%", "[a]", "*",
        "?", "NULL", "é", "É", "e\u{301}", "ß", "ss", "SS", "Straße", "ΣΑΣ", "σας", "🦀", "ａ", "\n", "İ",
        "ı", "ǅ",
    ];
    prop_oneof![
        6 => select(known.map(str::to_owned).to_vec()),
        2 => "[a-cA-C%_!*?\\[\\]^\\\\'\"`{}, -]{0,5}",
        1 => "[éÉßàÀ🦀\u{301}xΣ]{0,3}",
    ]
}

pub fn smalls() -> impl Strategy<Value = i16> + Clone {
    prop_oneof![4 => -2_i16..3, 1 => select(vec![i16::MIN, i16::MAX, 100])]
}

/// Few numbers, so that they meet, and near zero, so that computing with them is exact in every type.
pub fn numbers() -> impl Strategy<Value = i32> + Clone {
    prop_oneof![3 => -3_i32..4, 1 => -20_i32..21]
}

pub fn bigs() -> impl Strategy<Value = i64> + Clone {
    prop_oneof![3 => -2_i64..3, 1 => select(vec![i64::MIN, i64::MIN + 1, i64::MAX - 1, i64::MAX, 1 << 53, (1 << 53) + 1])]
}

pub fn naturals() -> impl Strategy<Value = u32> + Clone {
    prop_oneof![3 => 0_u32..4, 1 => select(vec![u32::MAX, u32::MAX - 1, 1 << 31])]
}

pub fn singles() -> impl Strategy<Value = f32> + Clone {
    select(vec![
        0.0_f32,
        0.1,
        -0.1,
        1.5,
        1e10,
        f32::MAX,
        f32::MIN,
        16_777_217.0,
        1.0 / 3.0,
    ])
}

pub fn floats() -> impl Strategy<Value = f64> + Clone {
    let known = vec![
        0.0,
        0.1,
        0.2,
        0.1 + 0.2,
        0.3,
        -0.1,
        1e15,
        1e-7,
        f64::MAX,
        f64::MIN,
        1.0 / 3.0,
        2.0,
        5e-320,
    ];
    prop_oneof![3 => select(known), 1 => -1e6_f64..1e6]
}

/// Quarters: sums and products of few of them are exact.
pub fn prices() -> impl Strategy<Value = f64> + Clone {
    (-8_i32..40).prop_map(|quarters| f64::from(quarters) / 4.0)
}

pub fn days() -> impl Strategy<Value = NaiveDate> + Clone {
    let known = [
        (2024, 2, 29),
        (2024, 12, 31),
        (2025, 1, 1),
        (1999, 12, 31),
        (1, 1, 1),
        (9999, 12, 31),
        (1969, 12, 31),
    ];
    select(
        known
            .map(|(y, m, d)| NaiveDate::from_ymd_opt(y, m, d).expect("a day"))
            .to_vec(),
    )
}

pub fn times() -> impl Strategy<Value = NaiveTime> + Clone {
    let known = [
        (0, 0, 0, 0),
        (23, 59, 59, 999_999),
        (12, 30, 0, 0),
        (12, 30, 0, 1),
        (12, 30, 0, 100_000),
        (1, 2, 3, 4),
    ];
    select(
        known
            .map(|(h, m, s, us)| NaiveTime::from_hms_micro_opt(h, m, s, us).expect("a time"))
            .to_vec(),
    )
}

pub fn moments() -> impl Strategy<Value = NaiveDateTime> + Clone {
    (days(), times()).prop_map(|(day, time)| day.and_time(time))
}

pub fn stamps() -> impl Strategy<Value = DateTime<Utc>> + Clone {
    moments().prop_map(|moment| moment.and_utc())
}

/// With up to so many digits behind the point; few digits in all, so that computing does not overflow.
pub fn decimals(scale: u32) -> impl Strategy<Value = Decimal> + Clone {
    prop_oneof![
        3 => (-3_i64..4).prop_map(Decimal::from),
        2 => (-30_i64..31).prop_map(move |n| Decimal::new(n, scale.min(1))),
        1 => (-9_999_999_i64..=9_999_999).prop_map(move |n| Decimal::new(n, scale)),
    ]
}

pub fn wides() -> impl Strategy<Value = Decimal> + Clone {
    prop_oneof![
        2 => decimals(6),
        1 => select(vec!["9999999999999999999999", "-9999999999999999999999.999999", "0.000001", "-0.000001", "12345678901234567890.5"])
            .prop_map(|text| text.parse().expect("a decimal")),
    ]
}

pub fn moods() -> impl Strategy<Value = Mood> + Clone {
    select(vec![Mood::Good, Mood::Bad, Mood::Ugly])
}

pub fn levels() -> impl Strategy<Value = Level> + Clone {
    select(vec![Level::Low, Level::High])
}

pub fn codes() -> impl Strategy<Value = Uuid> + Clone {
    select(vec![0_u128, 1, 1 << 64, 1 << 127, u128::MAX]).prop_map(Uuid::from_u128)
}

pub fn bytes() -> impl Strategy<Value = Vec<u8>> + Clone {
    prop::collection::vec(select(vec![0_u8, 1, 0x27, 0x5c, 0x7f, 0x80, 0xff]), 0..3)
}

pub fn words() -> impl Strategy<Value = Vec<String>> + Clone {
    prop::collection::vec(texts(), 0..3)
}

pub fn counts() -> impl Strategy<Value = Vec<i32>> + Clone {
    prop::collection::vec(numbers(), 0..3)
}

fn maybe<S: Strategy>(values: S) -> impl Strategy<Value = Option<S::Value>> {
    prop::option::weighted(0.7, values)
}

/// A random row.
pub fn items() -> impl Strategy<Value = Item> {
    let numbers = (
        (
            any::<bool>(),
            maybe(any::<bool>()),
            smalls(),
            maybe(smalls()),
            numbers(),
            maybe(numbers()),
        ),
        (
            numbers().prop_map(i64::from),
            bigs(),
            maybe(bigs()),
            naturals(),
            maybe(naturals()),
        ),
        (singles(), floats(), maybe(floats()), prices(), maybe(prices())),
        (decimals(4), maybe(decimals(2)), wides(), maybe(wides())),
    );
    let others = (
        (texts(), maybe(texts()), words(), maybe(counts())),
        (
            days(),
            maybe(days()),
            times(),
            maybe(times()),
            moments(),
            maybe(moments()),
            stamps(),
            maybe(stamps()),
        ),
        (
            moods(),
            maybe(moods()),
            levels(),
            codes(),
            maybe(codes()),
            bytes(),
            maybe(bytes()),
        ),
    );
    (numbers, others).prop_map(
        |(
            (
                (flag, maybe_flag, small, maybe_small, number, maybe_number),
                (tally, big, maybe_big, natural, maybe_natural),
                (single, float, maybe_float, price, maybe_price),
                (amount, maybe_amount, wide, maybe_wide),
            ),
            (
                (text, maybe_text, words, maybe_counts),
                (day, maybe_day, time, maybe_time, moment, maybe_moment, stamp, maybe_stamp),
                (mood, maybe_mood, level, code, maybe_code, bytes, maybe_bytes),
            ),
        )| Item {
            id: Id::new(),
            flag,
            maybe_flag,
            small,
            maybe_small,
            number,
            maybe_number,
            tally,
            big,
            maybe_big,
            natural,
            maybe_natural,
            single,
            float,
            maybe_float,
            price,
            maybe_price,
            text,
            maybe_text,
            day,
            maybe_day,
            time,
            maybe_time,
            moment,
            maybe_moment,
            stamp,
            maybe_stamp,
            amount,
            maybe_amount,
            wide,
            maybe_wide,
            mood,
            maybe_mood,
            level,
            code,
            maybe_code,
            bytes,
            maybe_bytes,
            words,
            maybe_counts,
        },
    )
}
