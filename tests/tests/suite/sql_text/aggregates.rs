//! Aggregates and groups.

use orm_core::prelude::*;
use tests::book::*;

use super::same;

#[test]
fn of_all_rows() {
    same(
        |d| {
            Product::query()
                .select((
                    count_all(),
                    Product::name.count(),
                    Product::category.count_distinct(),
                ))
                .to_sql(d)
        },
        [
            r#"SELECT COUNT(*), COUNT("products"."name"), COUNT(DISTINCT "products"."category") FROM "products""#,
            r#"SELECT COUNT(*), COUNT("products"."name"), COUNT(DISTINCT "products"."category") FROM "products""#,
            r#"SELECT COUNT(*), COUNT(`products`.`name`), COUNT(DISTINCT `products`.`category`) FROM `products`"#,
        ],
    );
    same(
        |d| {
            Product::query()
                .select((Product::stock.sum(), Product::price.avg(), Product::stock.avg()))
                .to_sql(d)
        },
        [
            r#"SELECT SUM("products"."stock"), AVG("products"."price"), AVG("products"."stock") FROM "products""#,
            r#"SELECT SUM("products"."stock"), AVG("products"."price")::float8, AVG("products"."stock")::float8 FROM "products""#,
            r#"SELECT SUM(`products`.`stock`), AVG(`products`.`price` + 0e0), AVG(`products`.`stock` + 0e0) FROM `products`"#,
        ],
    );
    same(
        |d| {
            Product::query()
                .select((Product::name.min(), Product::added_on.max()))
                .to_sql(d)
        },
        [
            r#"SELECT MIN("products"."name"), MAX("products"."added_on") FROM "products""#,
            r#"SELECT MIN("products"."name"), MAX("products"."added_on") FROM "products""#,
            r#"SELECT MIN(`products`.`name`), MAX(`products`.`added_on`) FROM `products`"#,
        ],
    );
}

#[test]
fn groups() {
    same(
        |d| {
            Product::query()
                .group_by(Product::category)
                .having(count_all().gt(1))
                .select((Product::category, count_all()))
                .order_by(Product::category)
                .to_sql(d)
        },
        [
            r#"SELECT "products"."category", COUNT(*) FROM "products" GROUP BY "products"."category" HAVING COUNT(*) > ? ORDER BY "products"."category"    [1]"#,
            r#"SELECT "products"."category", COUNT(*) FROM "products" GROUP BY "products"."category" HAVING COUNT(*) > $1 ORDER BY "products"."category"    [1]"#,
            r#"SELECT `products`.`category`, COUNT(*) FROM `products` GROUP BY `products`.`category` HAVING COUNT(*) > ? ORDER BY `products`.`category`    [1]"#,
        ],
    );
    same(
        |d| {
            Product::query()
                .group_by(Product::stock / 10)
                .select((Product::stock / 10, Product::price.max().named("best")))
                .order_by(output("best").desc())
                .to_sql(d)
        },
        [
            r#"SELECT ("products"."stock" / ?), MAX("products"."price") AS "best" FROM "products" GROUP BY ("products"."stock" / ?) ORDER BY "best" DESC    [10, 10]"#,
            r#"SELECT ("products"."stock" / $1), MAX("products"."price") AS "best" FROM "products" GROUP BY ("products"."stock" / $1) ORDER BY "best" DESC    [10]"#,
            r#"SELECT (`products`.`stock` DIV ?), MAX(`products`.`price`) AS `best` FROM `products` GROUP BY (`products`.`stock` DIV ?) ORDER BY `best` DESC    [10, 10]"#,
        ],
    );
    same(
        |d| {
            Product::query()
                .group_by((Product::category, Product::added_on.year()))
                .select(Product::stock.sum().coalesce(0))
                .to_sql(d)
        },
        [
            r#"SELECT COALESCE(SUM("products"."stock"), ?) FROM "products" GROUP BY "products"."category", CAST(strftime('%Y', "products"."added_on") AS INTEGER)    [0]"#,
            r#"SELECT COALESCE(SUM("products"."stock"), $1) FROM "products" GROUP BY "products"."category", EXTRACT(YEAR FROM "products"."added_on")::int4    [0]"#,
            r#"SELECT COALESCE(SUM(`products`.`stock`), ?) FROM `products` GROUP BY `products`.`category`, YEAR(`products`.`added_on`)    [0]"#,
        ],
    );
}
