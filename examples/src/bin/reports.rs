//! Queries: a search whose conditions come from a form, the sales of each day, the products by revenue.
//!
//! `cargo run -p examples --bin reports` fills a shop in memory; with `DATABASE_URL` it uses that database.

use examples::reports::{ProductFilter, ProductOrder, daily_sales, find_products, top_products};
use examples::shop;
use examples::show::{or_dash, table};
use orm_core::Db;
use orm_core::prelude::*;

#[tokio::main]
async fn main() -> Result<()> {
    let url = std::env::var("DATABASE_URL").unwrap_or_else(|_| "sqlite::memory:".to_owned());
    let db = Db::connect(&url).await?;
    let now = Utc::now();
    shop::open(&db, now).await?;

    let form = ProductFilter {
        min_price: Some(2.0),
        in_stock: true,
        name_like: Some("DESK".to_owned()),
        order: ProductOrder::PriceHigh,
        limit: Some(10),
        ..ProductFilter::default()
    };
    let found = find_products(&db, &form).await?;
    table(
        "Which products in stock have `desk` in their names and cost two or more?",
        ["product", "category", "price", "stock"],
        found
            .into_iter()
            .map(|p| [p.name, p.category, format!("{:.2}", p.price), p.stock.to_string()]),
    );

    let days = daily_sales(&db, now, TimeDelta::days(7)).await?;
    table(
        "What was sold on each of the last seven days?",
        ["day", "sales", "items", "revenue"],
        days.into_iter().map(|d| {
            let revenue = d.revenue.map(|r| format!("{r:.2}"));
            [
                d.date.to_string(),
                d.sales.to_string(),
                or_dash(d.items),
                or_dash(revenue),
            ]
        }),
    );

    let top = top_products(&db, 100.0, 10).await?;
    table(
        "Which products brought in more than a hundred?",
        ["product", "revenue"],
        top.into_iter()
            .map(|(name, revenue)| [name, or_dash(revenue.map(|r| format!("{r:.2}")))]),
    );
    Ok(())
}
