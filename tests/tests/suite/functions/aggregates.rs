//! Aggregates of some rows, of texts, of truth values, and arrays.

use orm_core::prelude::*;
use proptest::prelude::*;

use super::super::on_all;
use super::{samples, texts};

#[derive(Debug, Clone, PartialEq, Model)]
#[orm(table = "votes")]
pub struct Vote {
    pub id: Id<Vote>,
    pub team: i32,
    pub name: String,
    pub note: Option<String>,
    pub points: Option<i32>,
    pub weight: f64,
    #[orm(precision = 10, scale = 2)]
    pub fee: Decimal,
    pub fair: bool,
    pub day: NaiveDate,
    pub at: DateTime<Utc>,
}

#[test]
fn aggregates_in_every_dialect() {
    assert_eq!(
        texts::<Vote, _>(|| (
            Vote::points.sum().filter(Vote::fair),
            count_all().filter(Vote::team.gt(1))
        )),
        [
            concat!(
                r#"SUM("votes"."points") FILTER (WHERE "votes"."fair"), "#,
                r#"COUNT(*) FILTER (WHERE "votes"."team" > ?)"#
            ),
            concat!(
                r#"SUM("votes"."points") FILTER (WHERE "votes"."fair"), "#,
                r#"COUNT(*) FILTER (WHERE "votes"."team" > $1)"#
            ),
            concat!(
                "SUM(CASE WHEN `votes`.`fair` THEN `votes`.`points` END), ",
                "COUNT(CASE WHEN `votes`.`team` > ? THEN 1 END)"
            ),
        ]
    );
    assert_eq!(
        texts::<Vote, _>(|| Vote::name.string_agg(", ", Vote::id.desc())),
        [
            r#"group_concat("votes"."name", ? ORDER BY "votes"."id" DESC)"#,
            r#"STRING_AGG("votes"."name", $1 ORDER BY "votes"."id" DESC)"#,
            "SUBSTRING(GROUP_CONCAT(CONCAT(?, `votes`.`name`) ORDER BY `votes`.`id` DESC SEPARATOR ''), ?)",
        ]
    );
    assert_eq!(
        texts::<Vote, _>(|| (Vote::points.array_agg(Vote::id), Vote::fair.bool_and())),
        [
            concat!(
                r#"json_group_array("votes"."points" ORDER BY "votes"."id") "#,
                r#"FILTER (WHERE "votes"."points" IS NOT NULL), MIN("votes"."fair")"#
            ),
            concat!(
                r#"COALESCE(ARRAY_AGG("votes"."points" ORDER BY "votes"."id") "#,
                r#"FILTER (WHERE "votes"."points" IS NOT NULL), '{}'), BOOL_AND("votes"."fair")"#
            ),
            concat!(
                "CONCAT('[', COALESCE(GROUP_CONCAT(`votes`.`points` ORDER BY `votes`.`id` SEPARATOR ','), ''), ']'), ",
                "MIN(`votes`.`fair`)"
            ),
        ]
    );
}

#[test]
fn a_filter_is_for_aggregates() {
    let sql = Vote::query()
        .select((Vote::team + 1).filter(Vote::fair))
        .to_sql(Dialect::Sqlite);
    let error = sql.text().expect_err("no aggregate").to_string();
    assert!(error.contains("`filter` is for aggregates"), "{error}");
}

fn vote() -> impl Strategy<Value = Vote> {
    let text = prop_oneof!["[a-c,\"\\\\'{}\\[\\]]{0,4}", "[éß🦀\n\t]{0,3}"];
    let at = (0_i64..4_000_000_000, 0_u32..1_000_000)
        .prop_map(|(s, us)| DateTime::from_timestamp(s, us * 1000).expect("in range"));
    (
        0..4,
        text.clone(),
        proptest::option::of(text),
        proptest::option::of(-50..50),
        -1e6..1e6,
        -5000_i64..5000,
        any::<bool>(),
        at,
    )
        .prop_map(|(team, name, note, points, weight, fee, fair, at)| Vote {
            note,
            points,
            ..Vote::draft(
                team,
                name,
                weight,
                Decimal::new(fee, 2),
                fair,
                at.date_naive(),
                at,
            )
        })
}

fn joined<'a>(texts: impl Iterator<Item = &'a str>, separator: &str) -> Option<String> {
    let texts: Vec<&str> = texts.collect();
    (!texts.is_empty()).then(|| texts.join(separator))
}

on_all! {
    async fn aggregates_are_rusts(db) {
        db.create_all::<Vote>().await?;
        let votes = samples(vote(), if super::super::long() { 2000 } else { 120 });
        Vote::insert(votes.clone()).exec(db).await?;
        let rows = Vote::query()
            .group_by(Vote::team)
            .order_by(Vote::team)
            .select((
                Vote::team,
                (
                    Vote::points.sum().filter(Vote::fair),
                    count_all().filter(Vote::points.is_null()).filter(Vote::fair),
                    Vote::fee.max().filter(!Vote::fair),
                    Vote::points.avg().filter(Vote::points.gt(0)),
                ),
                (Vote::fair.bool_and(), Vote::fair.bool_or(), Vote::points.gt(48).bool_or()),
                (
                    Vote::name.string_agg(", é", Vote::id.desc()),
                    Vote::note.string_agg("", Vote::id.asc()).filter(Vote::fair),
                ),
                (
                    Vote::name.array_agg(Vote::id.desc()),
                    Vote::note.array_agg(Vote::id.asc()),
                    Vote::points.array_agg((Vote::points.desc(), Vote::id.asc())).filter(Vote::fair),
                    Vote::weight.array_agg(Vote::id),
                    Vote::fair.array_agg(Vote::id),
                    Vote::day.array_agg(Vote::id),
                    Vote::at.array_agg(Vote::id),
                ),
            ))
            .all(db)
            .await?;
        let teams: std::collections::BTreeSet<i32> = votes.iter().map(|v| v.team).collect();
        assert_eq!(rows.len(), teams.len());
        for row in rows {
            let team: Vec<&Vote> = votes.iter().filter(|v| v.team == row.0).collect();
            let fair = || team.iter().filter(|v| v.fair);
            let sum: i64 = fair().filter_map(|v| v.points).map(i64::from).sum();
            assert_eq!(row.1.0, fair().any(|v| v.points.is_some()).then_some(sum));
            assert_eq!(row.1.1, i64::try_from(fair().filter(|v| v.points.is_none()).count()).expect("few"));
            assert_eq!(row.1.2, team.iter().filter(|v| !v.fair).map(|v| v.fee).max());
            let positive: Vec<i32> = team.iter().filter_map(|v| v.points).filter(|p| *p > 0).collect();
            #[allow(clippy::cast_precision_loss)]
            let mean = f64::from(positive.iter().sum::<i32>()) / positive.len() as f64;
            match row.1.3 {
                Some(made) => assert!((made - mean).abs() < 1e-9, "{made} {mean}"),
                None => assert!(positive.is_empty()),
            }
            let over = team.iter().filter_map(|v| v.points).any(|p| p > 48);
            assert_eq!(row.2, (Some(team.iter().all(|v| v.fair)), Some(team.iter().any(|v| v.fair)), Some(over)));
            assert_eq!(row.3.0, joined(team.iter().rev().map(|v| v.name.as_str()), ", é"));
            assert_eq!(row.3.1, joined(fair().filter_map(|v| v.note.as_deref()), ""));
            assert_eq!(row.4.0, team.iter().rev().map(|v| v.name.clone()).collect::<Vec<_>>());
            assert_eq!(row.4.1, team.iter().filter_map(|v| v.note.clone()).collect::<Vec<_>>());
            let mut points: Vec<i32> = fair().filter_map(|v| v.points).collect();
            points.sort_by_key(|p| -p);
            assert_eq!(row.4.2, points);
            assert_eq!(row.4.3, team.iter().map(|v| v.weight).collect::<Vec<_>>());
            assert_eq!(row.4.4, team.iter().map(|v| v.fair).collect::<Vec<_>>());
            assert_eq!(row.4.5, team.iter().map(|v| v.day).collect::<Vec<_>>());
            assert_eq!(row.4.6, team.iter().map(|v| v.at).collect::<Vec<_>>());
        }
    }

    async fn aggregates_over_no_rows(db) {
        db.create_all::<Vote>().await?;
        let row = Vote::query()
            .select((
                Vote::fair.bool_and(),
                Vote::name.string_agg(",", Vote::id),
                Vote::points.array_agg(Vote::id),
                Vote::name.array_agg(Vote::id).filter(Vote::fair),
                count_all().filter(Vote::fair),
            ))
            .one(db)
            .await?;
        assert_eq!(row, (None, None, vec![], vec![], 0));
    }

    async fn a_long_text_is_not_cut(db) {
        db.create_all::<Vote>().await?;
        let mut vote = samples(vote(), 1).remove(0);
        vote.name = "é".repeat(700);
        Vote::insert(vec![vote.clone(); 2000]).exec(db).await?;
        let text: Option<String> = Vote::query().select(Vote::name.string_agg("-", Vote::id)).one(db).await?;
        assert_eq!(text.map(|t| t.chars().count()), Some(2000 * 701 - 1));
    }

    async fn groups_are_chosen_by_filtered_aggregates(db) {
        db.create_all::<Vote>().await?;
        let votes = samples(vote(), 60);
        Vote::insert(votes.clone()).exec(db).await?;
        let teams: Vec<i32> = Vote::query()
            .group_by(Vote::team)
            .having(count_all().filter(Vote::fair).gt(5))
            .having(Vote::fair.bool_or())
            .order_by(Vote::team)
            .select(Vote::team)
            .all(db)
            .await?;
        let expected: Vec<i32> =
            (0..4).filter(|t| votes.iter().filter(|v| v.team == *t && v.fair).count() > 5).collect();
        assert_eq!(teams, expected);
    }
}
