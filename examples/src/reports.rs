//! Three reports on the shop: a search whose conditions come from a form, sales by day, products by revenue.

use orm_core::prelude::*;

use crate::shop::{Product, Sale};

/// What somebody asks of the products; each part may be absent.
#[derive(Debug, Clone, Default)]
pub struct ProductFilter {
    pub category: Option<String>,
    pub min_price: Option<f64>,
    pub in_stock: bool,
    pub name_like: Option<String>,
    pub order: ProductOrder,
    pub limit: Option<u64>,
}

#[derive(Debug, Clone, Copy, Default)]
pub enum ProductOrder {
    PriceHigh,
    PriceLow,
    #[default]
    Newest,
}

/// The products that satisfy what is asked: a condition for each part that is there, and none for the others.
pub async fn find_products(db: &dyn Executor, f: &ProductFilter) -> Result<Vec<Product>> {
    Product::query()
        .filter(f.category.as_deref().map(|c| Product::category.eq(c)))
        .filter(f.min_price.map(|p| Product::price.ge(p)))
        .filter(f.in_stock.then(|| Product::stock.gt(0)))
        .filter(f.name_like.as_deref().map(|n| Product::name.icontains(n)))
        .order_by(match f.order {
            ProductOrder::PriceHigh => Product::price.desc(),
            ProductOrder::PriceLow => Product::price.asc(),
            ProductOrder::Newest => Product::added_on.desc(),
        })
        .limit(f.limit)
        .all(db)
        .await
}

/// What was sold on one day.
#[derive(Debug, PartialEq, FromRow)]
pub struct DailySales {
    pub date: NaiveDate,
    pub sales: i64,
    pub items: Option<i64>,
    pub revenue: Option<f64>,
}

/// The sales of each day of the window that ends now, the last day first. A day without sales has no row.
pub async fn daily_sales(
    db: &dyn Executor,
    now: DateTime<Utc>,
    window: TimeDelta,
) -> Result<Vec<DailySales>> {
    Sale::query()
        .filter(Sale::sold_at.ge(now - window))
        .group_by(Sale::sold_at.date())
        .order_by(Sale::sold_at.date().desc())
        .select_as((
            Sale::sold_at.date(),
            Sale::id.count(),
            Sale::quantity.sum(),
            (Sale::sale_price * Sale::quantity).sum(),
        ))
        .all(db)
        .await
}

/// The products that brought in more than this much, the best first.
pub async fn top_products(db: &dyn Executor, above: f64, most: u64) -> Result<Vec<(String, Option<f64>)>> {
    Sale::query()
        .group_by((Sale::product.get(Product::id), Sale::product.get(Product::name)))
        .having((Sale::sale_price * Sale::quantity).sum().gt(above))
        .select((
            Sale::product.get(Product::name),
            (Sale::sale_price * Sale::quantity).sum().named("revenue"),
        ))
        .order_by(output("revenue").desc())
        .limit(most)
        .all(db)
        .await
}
