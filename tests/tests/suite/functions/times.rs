//! Parts of dates and times, their units, and computing with them: in UTC, and to the microsecond.

use chrono::{Datelike as _, NaiveDateTime, Timelike as _, Weekday};
use orm_core::prelude::*;
use proptest::prelude::*;

use super::super::on_all;
use super::{samples, texts};

#[derive(Debug, Clone, PartialEq, Model)]
#[orm(table = "visits")]
pub struct Visit {
    pub id: Id<Visit>,
    pub day: NaiveDate,
    pub clock: NaiveTime,
    pub local: NaiveDateTime,
    pub came: DateTime<Utc>,
    pub left: Option<DateTime<Utc>>,
}

#[test]
fn time_functions_in_every_dialect() {
    assert_eq!(
        texts::<Visit, _>(|| (Visit::came + days(7), Visit::came.seconds_since(Visit::left))),
        [
            r#"orm_later("visits"."came", ?), orm_seconds("visits"."came", "visits"."left")"#,
            concat!(
                r#"("visits"."came" + $1 * INTERVAL '1 microsecond'), "#,
                r#"TRUNC(EXTRACT(EPOCH FROM ("visits"."came" - "visits"."left")))::int8"#
            ),
            concat!(
                "DATE_ADD(`visits`.`came`, INTERVAL ? MICROSECOND), ",
                "TIMESTAMPDIFF(SECOND, `visits`.`left`, `visits`.`came`)"
            ),
        ]
    );
    assert_eq!(
        texts::<Visit, _>(|| (Visit::came.date_trunc(TimeUnit::Month), Visit::came.second())),
        [
            r#"orm_trunc('month', "visits"."came"), CAST(substr("visits"."came", 18, 2) AS INTEGER)"#,
            concat!(
                r#"DATE_TRUNC('month', "visits"."came" AT TIME ZONE 'UTC') AT TIME ZONE 'UTC', "#,
                r#"TRUNC(EXTRACT(SECOND FROM "visits"."came" AT TIME ZONE 'UTC'))::int4"#
            ),
            concat!(
                "CAST((DATE(`visits`.`came`) - INTERVAL DAYOFMONTH(`visits`.`came`) - 1 DAY) AS DATETIME(6)), ",
                "SECOND(`visits`.`came`)"
            ),
        ]
    );
}

#[test]
fn a_zone_is_a_name_and_sqlite_has_none() {
    let sql = |zone: &str, dialect| Visit::query().select(Visit::came.date_in(zone)).to_sql(dialect);
    let refused = sql("Europe/Berlin", Dialect::Sqlite);
    assert!(
        refused
            .text()
            .err()
            .is_some_and(|e| e.kind() == ErrorKind::Unsupported),
        "{refused}"
    );
    for dialect in [Dialect::Postgres, Dialect::MariaDb] {
        assert!(sql("+02:00", dialect).text().err().is_some());
    }
    let text = sql("Europe/Berlin", Dialect::Postgres).to_string();
    assert_eq!(
        text,
        r#"SELECT ("visits"."came" AT TIME ZONE $1)::date FROM "visits"    ["Europe/Berlin"]"#
    );
}

#[test]
fn an_interval_has_its_limits() {
    let far = Visit::query()
        .select(Visit::came + days(200_000))
        .to_sql(Dialect::Postgres);
    assert!(far.text().err().is_some(), "{far}");
}

fn moment() -> impl Strategy<Value = DateTime<Utc>> {
    prop_oneof![
        (-30_000_000_000_i64..100_000_000_000, 0_u32..1_000_000)
            .prop_map(|(s, us)| DateTime::from_timestamp(s, us * 1000).expect("in range")),
        // Beginnings and ends of years.
        (1900_i32..2100, -2_i64..2).prop_map(|(year, s)| {
            let day = NaiveDate::from_ymd_opt(year, 1, 1).expect("a day");
            day.and_time(NaiveTime::MIN).and_utc() + TimeDelta::milliseconds(s * 500)
        }),
    ]
}

fn visit() -> impl Strategy<Value = Visit> {
    (moment(), proptest::option::of(moment())).prop_map(|(came, left)| {
        let local = came.naive_utc();
        Visit {
            left,
            ..Visit::draft(local.date(), local.time(), local, came)
        }
    })
}

fn cut(t: NaiveDateTime, unit: TimeUnit) -> NaiveDateTime {
    let day = t.date();
    let first = |month| NaiveDate::from_ymd_opt(day.year(), month, 1).expect("a day");
    let hms = |m, s| day.and_hms_opt(t.hour(), m, s).expect("a time");
    let day = match unit {
        TimeUnit::Year => first(1),
        TimeUnit::Quarter => first((day.month() - 1) / 3 * 3 + 1),
        TimeUnit::Month => first(day.month()),
        TimeUnit::Week => day.week(Weekday::Mon).first_day(),
        TimeUnit::Day => day,
        TimeUnit::Hour => return hms(0, 0),
        TimeUnit::Minute => return hms(t.minute(), 0),
        TimeUnit::Second => return hms(t.minute(), t.second()),
    };
    day.and_time(NaiveTime::MIN)
}

fn int(n: u32) -> i32 {
    i32::try_from(n).expect("small")
}

on_all! {
    async fn parts_are_chronos(db) {
        db.create_all::<Visit>().await?;
        let visits = samples(visit(), if super::super::long() { 3000 } else { 200 });
        Visit::insert(visits.clone()).exec(db).await?;
        let made = Visit::query()
            .order_by(Visit::id)
            .select((
                (Visit::came.year(), Visit::came.month(), Visit::came.day(), Visit::came.quarter()),
                (Visit::came.day_of_year(), Visit::came.weekday(), Visit::day.weekday(), Visit::day.quarter()),
                (Visit::came.hour(), Visit::came.minute(), Visit::came.second()),
                (Visit::clock.hour(), Visit::local.minute(), Visit::clock.second()),
                Visit::left.weekday(),
            ))
            .all(db)
            .await?;
        for (visit, made) in visits.iter().zip(made) {
            let t = visit.local;
            let quarter = int((t.month() - 1) / 3 + 1);
            let weekday = int(t.weekday().number_from_monday());
            let expected = (
                (t.year(), int(t.month()), int(t.day()), quarter),
                (int(t.ordinal()), weekday, weekday, quarter),
                (int(t.hour()), int(t.minute()), int(t.second())),
                (int(t.hour()), int(t.minute()), int(t.second())),
                visit.left.map(|t| int(t.weekday().number_from_monday())),
            );
            assert_eq!(made, expected, "of {t}");
        }
    }

    async fn units_are_chronos(db) {
        db.create_all::<Visit>().await?;
        let visits = samples(visit(), 150);
        Visit::insert(visits.clone()).exec(db).await?;
        use TimeUnit::{Day, Hour, Minute, Month, Quarter, Second, Week, Year};
        for unit in [Year, Quarter, Month, Week, Day, Hour, Minute, Second] {
            let made = Visit::query()
                .order_by(Visit::id)
                .select((
                    Visit::came.date_trunc(unit),
                    Visit::local.date_trunc(unit),
                    Visit::day.date_trunc(unit),
                    Visit::left.date_trunc(unit),
                ))
                .all(db)
                .await?;
            for (visit, made) in visits.iter().zip(made) {
                let t = cut(visit.local, unit);
                let day = cut(visit.day.and_time(NaiveTime::MIN), unit).date();
                let left = visit.left.map(|t| cut(t.naive_utc(), unit).and_utc());
                assert_eq!(made, (t.and_utc(), t, day, left), "{unit:?} of {}", visit.local);
            }
        }
    }

    async fn intervals_and_differences_are_chronos(db) {
        db.create_all::<Visit>().await?;
        let visits = samples(visit(), 150);
        Visit::insert(visits.clone()).exec(db).await?;
        let fine = TimeDelta::microseconds(86_399_999_999);
        let base = DateTime::from_timestamp(1_000_000_000, 250_000_000).expect("in range");
        let made = Visit::query()
            .order_by(Visit::id)
            .select((
                Visit::came + days(7),
                Visit::local - fine,
                Visit::left + fine - secs(1),
                Visit::day.add_days(-40),
                Visit::came.seconds_since(Visit::left),
                Visit::came.seconds_since(base),
                Visit::came.days_since(base),
                Visit::left.days_since(Visit::came),
                Visit::day.days_since(base.date_naive()),
            ))
            .all(db)
            .await?;
        for (visit, made) in visits.iter().zip(made) {
            let expected = (
                visit.came + days(7),
                visit.local - fine,
                visit.left.map(|t| t + fine - secs(1)),
                visit.day - TimeDelta::days(40),
                visit.left.map(|t| (visit.came - t).num_seconds()),
                (visit.came - base).num_seconds(),
                (visit.came - base).num_days(),
                visit.left.map(|t| (t - visit.came).num_days()),
                (visit.day - base.date_naive()).num_days(),
            );
            assert_eq!(made, expected, "of {visit:?}");
        }
        let recent = Visit::query().filter(Visit::came.lt(now() - days(1))).count(db).await?;
        let expected = visits.iter().filter(|v| v.came < Utc::now() - days(1)).count();
        assert_eq!(recent, u64::try_from(expected).expect("few"));
    }

    async fn now_is_the_databases_clock(db) {
        db.create_all::<Visit>().await?;
        let visit = samples(visit(), 1).remove(0);
        Visit::insert(visit).exec(db).await?;
        let before = Utc::now() - secs(60);
        let clock: DateTime<Utc> = Visit::query().select(now()).one(db).await?;
        assert!(before < clock && clock < Utc::now() + secs(60), "{clock}");
        Visit::update().set(Visit::came, now()).set(Visit::left, now() - secs(5)).all_rows().exec(db).await?;
        let gap: Option<i64> = Visit::query().select(Visit::came.seconds_since(Visit::left)).one(db).await?;
        assert_eq!(gap, Some(5));
    }

    async fn a_day_in_a_zone(db) {
        if db.dialect() != Dialect::Postgres {
            // SQLite has no zones, and MariaDB none that are loaded here.
            return Ok(());
        }
        db.create_all::<Visit>().await?;
        let came = NaiveDate::from_ymd_opt(2026, 6, 30).expect("a day").and_hms_opt(22, 30, 0).expect("a time");
        Visit::insert(Visit::draft(came.date(), came.time(), came, came.and_utc())).exec(db).await?;
        let day: NaiveDate = Visit::query().select(Visit::came.date_in("Europe/Berlin")).one(db).await?;
        assert_eq!(day, NaiveDate::from_ymd_opt(2026, 7, 1).expect("a day"));
    }
}
