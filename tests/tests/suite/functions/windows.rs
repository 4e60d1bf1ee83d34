//! Window functions: their text, where they may stand, and their results against Rust's.

use orm_core::prelude::*;
use proptest::prelude::*;

use super::super::on_all;
use super::{samples, texts};

#[derive(Debug, Clone, PartialEq, Model)]
#[orm(table = "runs")]
pub struct Run {
    pub id: Id<Run>,
    pub lane: i32,
    pub score: i32,
    pub extra: Option<i32>,
    #[orm(precision = 10, scale = 2)]
    pub cost: Decimal,
}

#[test]
fn windows_in_every_dialect() {
    let made = texts::<Run, _>(|| {
        (
            row_number().over(window().partition_by(Run::lane).order_by(Run::score.desc())),
            Run::score.sum().over(
                window()
                    .order_by(Run::id)
                    .rows(FrameBound::Preceding(2), FrameBound::Current),
            ),
            Run::cost.avg().filter(Run::score.gt(1)).over(window()),
        )
    });
    let sqlite = concat!(
        r#"ROW_NUMBER() OVER (PARTITION BY "runs"."lane" ORDER BY "runs"."score" DESC), "#,
        r#"SUM("runs"."score") OVER (ORDER BY "runs"."id" ROWS BETWEEN 2 PRECEDING AND CURRENT ROW), "#,
        r#"AVG("runs"."cost") FILTER (WHERE "runs"."score" > ?) OVER ()"#
    );
    assert_eq!(made[0], format!("{sqlite} / 1e2"));
    assert_eq!(made[1], format!("{}::float8", sqlite.replace('?', "$1")));
    assert_eq!(
        made[2],
        sqlite.replace('"', "`").replace(
            "AVG(`runs`.`cost`) FILTER (WHERE `runs`.`score` > ?)",
            "AVG(CASE WHEN `runs`.`score` > ? THEN `runs`.`cost` END + 0e0)"
        )
    );
}

#[test]
fn a_default_where_there_is_no_row() {
    let text = |dialect| {
        let previous = Run::extra.lag_or(2, 0).over(window().order_by(Run::id));
        Run::query()
            .select(previous)
            .to_sql(dialect)
            .text()
            .expect("written")
            .to_owned()
    };
    assert_eq!(
        text(Dialect::Postgres),
        r#"SELECT LAG("runs"."extra", 2, $1) OVER (ORDER BY "runs"."id") FROM "runs""#
    );
    assert_eq!(
        text(Dialect::MariaDb),
        "SELECT CASE WHEN LAG(1, 2) OVER (ORDER BY `runs`.`id`) IS NULL THEN ? \
         ELSE LAG(`runs`.`extra`, 2) OVER (ORDER BY `runs`.`id`) END FROM `runs`"
    );
}

#[test]
fn a_window_stands_in_select_and_order_by_only() {
    let first = || row_number().over(window().order_by(Run::id)).eq(1);
    let refused = |sql: orm_core::query::Statement, words: &str| {
        let error = sql.text().expect_err("refused");
        assert_eq!(error.kind(), ErrorKind::Invalid);
        assert!(error.to_string().contains(words), "{error}");
    };
    for dialect in Dialect::ALL {
        let where_it_stands = "stands in `select` and `order_by` only";
        refused(Run::query().filter(first()).to_sql(dialect), where_it_stands);
        refused(
            Run::query().group_by(first()).select(count_all()).to_sql(dialect),
            where_it_stands,
        );
        refused(
            Run::query()
                .group_by(Run::lane)
                .having(first())
                .select(Run::lane)
                .to_sql(dialect),
            where_it_stands,
        );
        refused(Run::delete().filter(first()).to_sql(dialect), where_it_stands);
        let set = Run::update()
            .set(Run::extra, Run::score.max().over(window()))
            .all_rows();
        refused(set.to_sql(dialect), where_it_stands);
        let selected = |e: Expr<Run, i64>| Run::query().select(e).to_sql(dialect);
        refused(selected(rank().over(window())), "need the order of their window");
        refused(
            selected((Run::id.count() + 1).over(window())),
            "`over` is for aggregates",
        );
        refused(
            selected(Run::score.count_distinct().over(window())),
            "have no window",
        );
        let frame = window()
            .order_by(Run::id)
            .rows(FrameBound::Current, FrameBound::Preceding(1));
        refused(selected(Run::id.count().over(frame)), "ends before it begins");
        let range = window()
            .order_by(Run::id)
            .range(FrameBound::Preceding(1), FrameBound::Current);
        refused(selected(Run::id.count().over(range)), "a frame of a range");
    }
}

fn run() -> impl Strategy<Value = Run> {
    (0..3, 0..6, proptest::option::of(0..100), -5000_i64..5000).prop_map(|(lane, score, extra, cost)| Run {
        extra,
        ..Run::draft(lane, score, Decimal::new(cost, 2))
    })
}

fn number(n: usize) -> i64 {
    i64::try_from(n).expect("few")
}

on_all! {
    async fn ranks_are_rusts(db) {
        db.create_all::<Run>().await?;
        let runs = samples(run(), if super::super::long() { 1000 } else { 60 });
        Run::insert(runs.clone()).exec(db).await?;
        let lane = || window().partition_by(Run::lane);
        let by_score = || lane().order_by(Run::score.desc());
        let made = Run::query()
            .order_by(Run::id)
            .select((
                row_number().over(lane().order_by((Run::score, Run::id))),
                rank().over(by_score()),
                dense_rank().over(by_score()),
                ntile(4).over(window().order_by(Run::id)),
            ))
            .all(db)
            .await?;
        for (i, (run, made)) in runs.iter().zip(made).enumerate() {
            let beside = || runs.iter().enumerate().filter(|(_, r)| r.lane == run.lane);
            let above: Vec<i32> = beside().map(|(_, r)| r.score).filter(|s| *s > run.score).collect();
            let different: std::collections::BTreeSet<i32> = above.iter().copied().collect();
            let before = beside().filter(|(j, r)| (r.score, *j) < (run.score, i)).count();
            // The first parts are one longer where the rows do not divide.
            let (size, longer) = (runs.len() / 4, runs.len() % 4);
            let part = if i < longer * (size + 1) { i / (size + 1) } else { (i - longer) / size };
            let expected = (
                number(before + 1),
                number(above.len() + 1),
                number(different.len() + 1),
                number(part + 1),
            );
            assert_eq!(made, expected, "row {i}");
        }
    }

    async fn other_rows_and_frames_are_rusts(db) {
        db.create_all::<Run>().await?;
        let runs = samples(run(), 60);
        Run::insert(runs.clone()).exec(db).await?;
        let order = || window().order_by(Run::id);
        let near = || order().rows(FrameBound::Preceding(1), FrameBound::Following(1));
        let made = Run::query()
            .order_by(Run::id)
            .select((
                (
                    Run::score.lag(1).over(order()),
                    Run::extra.lead(2).over(order()),
                    Run::score.lag_or(3, -1).over(order()),
                    Run::extra.lead_or(1, -1).over(order()),
                    Run::cost.lag_or(1, Decimal::new(125, 3)).over(order()),
                ),
                (
                    Run::score.first_value().over(near()),
                    Run::extra.last_value().over(near()),
                    Run::cost.first_value().over(order().rows(FrameBound::Following(1), FrameBound::Following(2))),
                ),
                (
                    Run::cost.sum().over(order()),
                    Run::score.sum().filter(Run::lane.eq(1)).over(near()),
                    Run::score.max().over(order().rows(FrameBound::Current, FrameBound::End)),
                    Run::id.count().over(window().order_by(Run::score).range(FrameBound::Start, FrameBound::Current)),
                    count_all().over(window()),
                    Run::cost.avg().over(near()),
                ),
            ))
            .all(db)
            .await?;
        for (i, made) in made.into_iter().enumerate() {
            let at = |n: usize| runs.get(n);
            let before = |n: usize| i.checked_sub(n).and_then(at);
            let near = || runs[i.saturating_sub(1)..(i + 2).min(runs.len())].iter();
            assert_eq!(
                made.0,
                (
                    before(1).map(|r| r.score),
                    at(i + 2).and_then(|r| r.extra),
                    before(3).map_or(-1, |r| r.score),
                    at(i + 1).map_or(Some(-1), |r| r.extra),
                    before(1).map_or(Decimal::new(125, 3), |r| r.cost),
                ),
                "row {i}"
            );
            assert_eq!(
                made.1,
                (
                    near().next().map(|r| r.score),
                    near().last().and_then(|r| r.extra),
                    at(i + 1).map(|r| r.cost),
                ),
                "row {i}"
            );
            let in_lane: Vec<i64> = near().filter(|r| r.lane == 1).map(|r| i64::from(r.score)).collect();
            assert_eq!(made.2.0, Some(runs[..=i].iter().map(|r| r.cost).sum()));
            assert_eq!(made.2.1, (!in_lane.is_empty()).then(|| in_lane.iter().sum()));
            assert_eq!(made.2.2, runs[i..].iter().map(|r| r.score).max());
            assert_eq!(made.2.3, number(runs.iter().filter(|r| r.score <= runs[i].score).count()));
            assert_eq!(made.2.4, number(runs.len()));
            let costs: Vec<f64> = near().map(|r| r.cost.to_string().parse().expect("a number")).collect();
            #[allow(clippy::cast_precision_loss)]
            let mean = costs.iter().sum::<f64>() / costs.len() as f64;
            assert!(made.2.5.is_some_and(|made| (made - mean).abs() < 1e-9), "row {i}");
        }
    }

    async fn windows_order_and_go_over_groups(db) {
        db.create_all::<Run>().await?;
        let runs = samples(run(), 40);
        Run::insert(runs.clone()).exec(db).await?;
        let lanes: Vec<(i32, Option<i64>, i64)> = Run::query()
            .group_by(Run::lane)
            .order_by(rank().over(window().order_by(Run::score.sum().desc())).asc())
            .select((
                Run::lane,
                Run::score.sum(),
                row_number().over(window().order_by((Run::score.sum().desc(), Run::lane.asc()))),
            ))
            .all(db)
            .await?;
        let mut expected: Vec<(i32, i64)> = (0..3)
            .map(|lane| (lane, runs.iter().filter(|r| r.lane == lane).map(|r| i64::from(r.score)).sum()))
            .collect();
        expected.sort_by_key(|(lane, sum)| (-sum, *lane));
        let sums: Vec<Option<i64>> = expected.iter().map(|(_, sum)| Some(*sum)).collect();
        assert_eq!(lanes.iter().map(|l| l.1).collect::<Vec<_>>(), sums);
        assert_eq!(lanes.iter().map(|l| l.2).collect::<Vec<_>>(), [1, 2, 3]);
    }
}
