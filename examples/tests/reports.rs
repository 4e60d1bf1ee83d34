//! The three reports on every database, and the program that prints them.

use examples::reports::{DailySales, ProductFilter, ProductOrder, daily_sales, find_products, top_products};
use examples::shop;
use orm_core::prelude::*;
use orm_core::testing::{TestDb, on_all};

fn now() -> DateTime<Utc> {
    NaiveDate::from_ymd_opt(2026, 3, 1)
        .and_then(|day| day.and_hms_opt(12, 0, 0))
        .unwrap()
        .and_utc()
}

async fn names(db: &TestDb, filter: ProductFilter) -> Result<Vec<String>> {
    let found = find_products(db.db(), &filter).await?;
    Ok(found.into_iter().map(|product| product.name).collect())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_search_has_the_conditions_that_are_given() {
    on_all(|db: TestDb| async move {
        shop::open(db.db(), now()).await?;
        let all = ProductFilter::default;
        assert_eq!(names(&db, all()).await?.len(), 7);
        let newest = names(
            &db,
            ProductFilter {
                limit: Some(2),
                ..all()
            },
        )
        .await?;
        assert_eq!(newest, ["Teapot", "Desk mat"]);
        let home = ProductFilter {
            category: Some("home".into()),
            in_stock: true,
            order: ProductOrder::PriceLow,
            ..all()
        };
        assert_eq!(names(&db, home).await?, ["Lamp", "Desk"]);
        let named = |text: &str| ProductFilter {
            name_like: Some(text.into()),
            order: ProductOrder::PriceHigh,
            ..all()
        };
        assert_eq!(names(&db, named("DESK")).await?, ["Desk", "Desk mat"]);
        assert_eq!(names(&db, named("0%")).await?, ["Notebook 100%"]);
        let dear = ProductFilter {
            min_price: Some(249.0),
            ..named("")
        };
        assert_eq!(names(&db, dear).await?, ["Armchair", "Desk"]);
        db.cleanup().await
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn sales_are_summed_by_day() {
    on_all(|db: TestDb| async move {
        shop::open(db.db(), now()).await?;
        let day = |month, day, sales, items, revenue| DailySales {
            date: NaiveDate::from_ymd_opt(2026, month, day).unwrap(),
            sales,
            items: Some(items),
            revenue: Some(revenue),
        };
        assert_eq!(
            daily_sales(db.db(), now(), TimeDelta::days(7)).await?,
            [
                day(3, 1, 2, 42, 139.0),
                day(2, 28, 2, 11, 261.5),
                day(2, 26, 2, 2, 67.0),
                day(2, 23, 1, 6, 25.5),
            ]
        );
        assert_eq!(
            daily_sales(db.db(), now(), TimeDelta::hours(4)).await?,
            [day(3, 1, 1, 2, 79.0)]
        );
        db.cleanup().await
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn products_are_ranked_by_revenue() {
    on_all(|db: TestDb| async move {
        shop::open(db.db(), now()).await?;
        let top = top_products(db.db(), 100.0, 10).await?;
        let top: Vec<(&str, Option<f64>)> = top.iter().map(|(name, n)| (name.as_str(), *n)).collect();
        assert_eq!(
            top,
            [
                ("Desk", Some(729.0)),
                ("Teapot", Some(122.0)),
                ("Lamp", Some(114.0))
            ]
        );
        assert_eq!(top_products(db.db(), 100.0, 1).await?.len(), 1);
        db.cleanup().await
    })
    .await;
}

#[test]
fn the_program_prints_them() {
    let output = std::process::Command::new(env!("CARGO_BIN_EXE_reports"))
        .env_remove("DATABASE_URL")
        .output()
        .expect("the program runs");
    let text = String::from_utf8_lossy(&output.stdout);
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    let line = |words: &[&str]| {
        text.lines()
            .any(|line| words.iter().all(|word| line.contains(word)))
    };
    assert!(line(&["Desk mat", "office", "18.00", "30"]), "{text}");
    assert!(
        line(&["729.00"]) && line(&["122.00"]) && line(&["114.00"]),
        "{text}"
    );
}
