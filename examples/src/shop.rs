//! A small shop: its products, and a week of sales.

use orm_core::Db;
use orm_core::prelude::*;

/// A thing for sale.
#[derive(Debug, Clone, Model)]
#[orm(table = "products", has_many(sales: Sale))]
pub struct Product {
    pub id: Id<Product>,
    #[orm(length = 100, unique)]
    pub name: String,
    #[orm(length = 40, index)]
    pub category: String,
    pub price: f64,
    pub stock: i32,
    pub added_on: NaiveDate,
}

/// A sale of some of them.
#[derive(Debug, Clone, Model)]
#[orm(table = "sales", index(sold_at))]
pub struct Sale {
    pub id: Id<Sale>,
    pub product_id: Id<Product>,
    pub quantity: i32,
    /// What one of them was sold for, which need not be the price of today.
    pub sale_price: f64,
    #[orm(default = now())]
    pub sold_at: DateTime<Utc>,
}

/// Name, category, price, stock, and the day since when it is for sale.
type Line = (&'static str, &'static str, f64, i32, (i32, u32, u32));

/// What is for sale.
const PRODUCTS: [Line; 7] = [
    ("Desk", "home", 249.0, 1, (2026, 1, 4)),
    ("Lamp", "home", 39.5, 4, (2026, 1, 31)),
    ("Armchair", "home", 399.0, 0, (2026, 2, 2)),
    ("Pen", "office", 1.5, 900, (2025, 11, 3)),
    ("Notebook 100%", "office", 4.25, 120, (2025, 12, 24)),
    ("Desk mat", "office", 18.0, 30, (2026, 2, 10)),
    ("Teapot", "kitchen", 32.0, 12, (2026, 2, 14)),
];

/// What was sold: the product, how many, for how much, how many days and hours ago.
const SALES: [(&str, i32, f64, i64, i64); 9] = [
    ("Lamp", 2, 39.5, 0, 3),
    ("Pen", 40, 1.5, 0, 5),
    ("Desk", 1, 249.0, 1, 2),
    ("Pen", 10, 1.25, 1, 9),
    ("Teapot", 1, 32.0, 3, 1),
    ("Lamp", 1, 35.0, 3, 4),
    ("Notebook 100%", 6, 4.25, 6, 11),
    ("Desk", 2, 240.0, 8, 0),
    ("Teapot", 3, 30.0, 30, 0),
];

/// Creates the tables and fills them, with sales of the days before `now`.
pub async fn open(db: &Db, now: DateTime<Utc>) -> Result<()> {
    db.create_all::<(Product, Sale)>().await?;
    if Product::query().exists(db).await? {
        return Ok(());
    }
    let products: Vec<Product> = PRODUCTS
        .into_iter()
        .map(|(name, category, price, stock, (y, m, d))| {
            let added_on = NaiveDate::from_ymd_opt(y, m, d).unwrap_or_default();
            Product::draft(name, category, price, stock, added_on)
        })
        .collect();
    db.transaction(async |tx| {
        let ids = Product::insert(&products).keys(tx).await?;
        let sales = SALES
            .into_iter()
            .filter_map(|(name, quantity, price, days, hours)| {
                let product = products.iter().position(|p| p.name == name)?;
                let sold_at = now - TimeDelta::days(days) - TimeDelta::hours(hours);
                Some(Sale {
                    sold_at,
                    ..Sale::draft(ids[product], quantity, price)
                })
            });
        Sale::insert(sales.collect::<Vec<_>>()).exec(tx).await
    })
    .await?;
    Ok(())
}
