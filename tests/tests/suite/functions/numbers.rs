//! CASE, NULLIF, the greatest and the least, rounding and casts.

use orm_core::prelude::*;
use proptest::prelude::*;

use super::super::on_all;
use super::{Fact, samples, texts};

#[test]
fn a_case_in_every_dialect() {
    let band = || {
        case()
            .when(Fact::number.lt(10), "low")
            .when(Fact::number.lt(20), "middle")
            .otherwise("high")
    };
    let [sqlite, postgres, mysql] = texts::<Fact, _>(band);
    assert_eq!(
        sqlite,
        r#"CASE WHEN "facts"."number" < ? THEN ? WHEN "facts"."number" < ? THEN ? ELSE ? END"#
    );
    assert_eq!(
        postgres,
        r#"CASE WHEN "facts"."number" < $1 THEN $2 WHEN "facts"."number" < $3 THEN $4 ELSE $5 END"#
    );
    // MariaDB gives a text parameter that may be a result the length of nothing, unless its type is said.
    let cast =
        |s: String, before: &str| s.replace(&format!("{before} ?"), &format!("{before} CAST(? AS CHAR)"));
    let expected = cast(cast(sqlite.replace('"', "`"), "THEN"), "ELSE");
    assert_eq!(mysql, expected);
    // Decimals where there are none: every value at the greatest scale.
    let made = texts::<Fact, _>(|| case().when(Fact::flag, Fact::fee).otherwise(Fact::amount));
    assert_eq!(
        made[0],
        r#"CASE WHEN "facts"."flag" THEN "facts"."fee" * 100 ELSE "facts"."amount" END"#
    );
}

#[test]
fn choices_in_every_dialect() {
    assert_eq!(
        texts::<Fact, _>(|| Fact::number.nullif(0)),
        [
            r#"NULLIF("facts"."number", ?)"#,
            r#"NULLIF("facts"."number", $1)"#,
            "NULLIF(`facts`.`number`, ?)",
        ]
    );
    assert_eq!(
        texts::<Fact, _>(|| Fact::number.greatest(Fact::maybe)),
        [
            r#"max("facts"."number", "facts"."maybe")"#,
            concat!(
                r#"CASE WHEN "facts"."number" IS NULL OR "facts"."maybe" IS NULL THEN NULL "#,
                r#"ELSE GREATEST("facts"."number", "facts"."maybe") END"#
            ),
            "GREATEST(`facts`.`number`, `facts`.`maybe`)",
        ]
    );
    assert_eq!(
        texts::<Fact, _>(|| Fact::maybe.coalesce(Fact::number).coalesce(3)),
        [
            r#"COALESCE("facts"."maybe", "facts"."number", ?)"#,
            r#"COALESCE("facts"."maybe", "facts"."number", $1)"#,
            "COALESCE(`facts`.`maybe`, `facts`.`number`, ?)",
        ]
    );
}

#[test]
fn rounding_in_every_dialect() {
    let of_a_decimal = texts::<Fact, _>(|| (Fact::amount.round(1), Fact::amount.floor()));
    assert_eq!(
        of_a_decimal,
        [
            r#"orm_div_round("facts"."amount", 1000), orm_div_floor("facts"."amount", 10000)"#,
            r#"ROUND("facts"."amount", 1), FLOOR("facts"."amount")"#,
            "ROUND(`facts`.`amount`, 1), CAST(FLOOR(`facts`.`amount`) AS DECIMAL(38, 0))",
        ]
    );
    let of_a_float = texts::<Fact, _>(|| Fact::float.round(0));
    assert_eq!(
        of_a_float,
        [
            r#"orm_round("facts"."float")"#,
            r#"(TRUNC("facts"."float") + TRUNC(("facts"."float" - TRUNC("facts"."float")) * 2))"#,
            "(TRUNCATE(`facts`.`float`, 0) + TRUNCATE((`facts`.`float` - TRUNCATE(`facts`.`float`, 0)) * 2, 0))",
        ]
    );
    let casts = texts::<Fact, _>(|| {
        (
            Fact::number.cast::<i64>(),
            Fact::number.cast::<String>(),
            Fact::amount.cast::<f64>(),
        )
    });
    assert_eq!(
        casts,
        [
            r#""facts"."number", CAST("facts"."number" AS TEXT), orm_decimal_float("facts"."amount", 4)"#,
            r#"CAST("facts"."number" AS int8), CAST("facts"."number" AS text), CAST("facts"."amount" AS float8)"#,
            "CAST(`facts`.`number` AS SIGNED), CAST(`facts`.`number` AS CHAR), CAST(`facts`.`amount` AS DOUBLE)",
        ]
    );
}

fn decimal(digits: u32, scale: u32) -> impl Strategy<Value = Decimal> {
    let most = 10_i64.pow(digits) - 1;
    prop_oneof![
        (-most..=most).prop_map(move |n| Decimal::new(n, scale)),
        // Halves and small numbers, where rounding is decided.
        (-2000_i64..=2000).prop_map(move |n| Decimal::new(n * 50, scale)),
    ]
}

fn float() -> impl Strategy<Value = f64> {
    prop_oneof![
        -1e9..1e9,
        (-4000_i32..4000).prop_map(|n| f64::from(n) / 8.0),
        (-4000_i32..4000).prop_map(|n| f64::from(n) / 1000.0),
        Just(0.499_999_999_999_999_94),
        Just(-0.499_999_999_999_999_94),
        Just(4_503_599_627_370_497.0),
    ]
}

fn fact() -> impl Strategy<Value = Fact> {
    (
        float(),
        decimal(12, 4),
        proptest::option::of(decimal(12, 2)),
        -1000..1000,
        proptest::option::of(-1000..1000),
        any::<i64>().prop_filter("has a magnitude", |n| *n != i64::MIN),
        any::<bool>(),
    )
        .prop_map(|(float, amount, fee, number, maybe, big, flag)| Fact {
            float,
            amount,
            fee,
            number,
            maybe,
            big,
            flag,
            ..Fact::plain()
        })
}

fn away(d: Decimal, digits: u32) -> Decimal {
    d.round_dp_with_strategy(digits, rust_decimal::RoundingStrategy::MidpointAwayFromZero)
}

on_all! {
    async fn rounding_is_rusts(db) {
        db.create_all::<Fact>().await?;
        let facts = samples(fact(), if super::super::long() { 5000 } else { 300 });
        Fact::insert(facts.clone()).exec(db).await?;
        let made: Vec<(Decimal, Decimal, Decimal, Decimal, Decimal, f64)> = Fact::query()
            .order_by(Fact::id)
            .select((
                Fact::amount.round(0),
                Fact::amount.round(2),
                Fact::amount.floor(),
                Fact::amount.ceil(),
                Fact::amount.abs(),
                Fact::amount.cast::<f64>(),
            ))
            .all(db)
            .await?;
        for (fact, made) in facts.iter().zip(&made) {
            let d = fact.amount;
            let float: f64 = d.to_string().parse().expect("a number");
            assert_eq!(made, &(away(d, 0), away(d, 2), d.floor(), d.ceil(), d.abs(), float), "of {d}");
        }
        let made: Vec<(f64, f64, f64, f64, f64, i64)> = Fact::query()
            .order_by(Fact::id)
            .select((
                Fact::float.round(0),
                Fact::float.round(2),
                Fact::float.floor(),
                Fact::float.ceil(),
                Fact::float.abs(),
                Fact::big.abs(),
            ))
            .all(db)
            .await?;
        for (fact, made) in facts.iter().zip(&made) {
            let f = fact.float;
            let rounded = (f * 100.0).round() / 100.0;
            assert_eq!(made, &(f.round(), rounded, f.floor(), f.ceil(), f.abs(), fact.big.abs()), "of {f:?}");
        }
    }

    async fn choices_are_rusts(db) {
        db.create_all::<Fact>().await?;
        let facts = samples(fact(), 200);
        Fact::insert(facts.clone()).exec(db).await?;
        type Row = (Option<i32>, Option<Decimal>, Option<Decimal>, Option<i32>, Decimal, Decimal);
        let made: Vec<Row> = Fact::query()
            .order_by(Fact::id)
            .select((
                Fact::number.greatest(Fact::maybe),
                Fact::amount.least(Fact::fee),
                Fact::fee.nullif(Decimal::new(5000, 4)),
                case().when(Fact::flag, Fact::number).end(),
                case().when(Fact::fee.is_null(), 0).when(Fact::flag, Fact::number).otherwise(-1).cast::<Decimal>(),
                case().when(Fact::flag, Fact::amount).otherwise(Decimal::new(12345, 5)),
            ))
            .all(db)
            .await?;
        for (fact, made) in facts.iter().zip(&made) {
            let half = Decimal::new(5, 1);
            let expected = (
                fact.maybe.map(|n| n.max(fact.number)),
                fact.fee.map(|n| n.min(fact.amount)),
                fact.fee.filter(|n| *n != half),
                fact.flag.then_some(fact.number),
                Decimal::from(match (fact.fee, fact.flag) {
                    (None, _) => 0,
                    (_, true) => fact.number,
                    (_, false) => -1,
                }),
                if fact.flag { fact.amount } else { Decimal::new(12345, 5) },
            );
            assert_eq!(made, &expected, "of {fact:?}");
        }
        let filtered = Fact::query()
            .filter(Fact::fee.coalesce(Fact::amount).gt(Decimal::new(1, 4)))
            .filter(case().when(Fact::flag, 1).otherwise(0).eq(1))
            .count(db)
            .await?;
        let expected = facts.iter().filter(|f| f.flag && f.fee.unwrap_or(f.amount) > Decimal::new(1, 4));
        assert_eq!(filtered, u64::try_from(expected.count()).unwrap_or(0));
    }

    async fn casts_keep_the_value(db) {
        db.create_all::<Fact>().await?;
        Fact::insert(Fact { number: -7, flag: true, big: 1 << 53, ..Fact::plain() }).exec(db).await?;
        let row = Fact::query()
            .select((
                Fact::number.cast::<i64>(),
                Fact::number.cast::<f64>() / 2.0,
                Fact::number.cast::<String>().concat("!"),
                Fact::number.cast::<Decimal>() * Decimal::new(15, 1),
                Fact::flag.cast::<i32>(),
                Fact::big.cast::<f64>(),
                Fact::maybe.cast::<String>(),
            ))
            .one(db)
            .await?;
        let expected =
            (-7, -3.5, "-7!".to_owned(), Decimal::new(-105, 1), 1, 9_007_199_254_740_992.0, None);
        assert_eq!(row, expected);
    }

    async fn absent_conditions_leave_a_value_out(db) {
        db.create_all::<Fact>().await?;
        Fact::insert(Fact { number: 5, ..Fact::plain() }).exec(db).await?;
        let none: Option<Expr<Fact, bool>> = None;
        let row = Fact::query()
            .select((
                case().when(none.clone(), 1).otherwise(2),
                case().when(none.clone(), 1).end(),
                case().when(none, 1).when(Fact::number.eq(5), 7).otherwise(2),
            ))
            .one(db)
            .await?;
        assert_eq!(row, (2, None, 7));
    }
}
