//! Queries with a name, as text.

use orm_core::prelude::*;
use tests::book::{Category, Product, Sale};

use super::super::ctes::{Amount, First, KeptNote, Number, Place, Reached, Tree, Way, places, tree};
use super::super::scopes::{Note, Paper};
use super::super::sets::{Coin, Grain};
use super::{all, whole};

#[derive(Debug, Clone, Cte)]
#[orm(table = "totals")]
struct Total {
    category: String,
    stock: Option<i64>,
}

/// Values of many types, each said to the database.
#[derive(Debug, Clone, Cte)]
#[orm(table = "kinds")]
struct Kind {
    text: String,
    small: i16,
    number: i64,
    real: f64,
    truth: bool,
    day: NaiveDate,
}

fn kept() -> orm_core::query::Cte<KeptNote, String> {
    cte(
        KeptNote::text,
        Note::query().filter(Note::text.ne("x")).select(Note::text),
    )
}

#[test]
fn one_and_two() {
    whole(
        |d| {
            let totals = cte(
                (Total::category, Total::stock),
                Product::query()
                    .group_by(Product::category)
                    .select((Product::category, Product::stock.sum())),
            );
            totals
                .query()
                .filter(Total::stock.gt(100))
                .order_by(Total::category)
                .select(Total::category)
                .to_sql(d)
        },
        [
            r#"WITH "totals" ("category", "stock") AS (SELECT "products"."category", SUM("products"."stock") FROM "products" GROUP BY "products"."category") SELECT "totals"."category" FROM "totals" WHERE "totals"."stock" > ? ORDER BY "totals"."category"    [100]"#,
            r#"WITH "totals" ("category", "stock") AS (SELECT "products"."category", SUM("products"."stock") FROM "products" GROUP BY "products"."category") SELECT "totals"."category" FROM "totals" WHERE "totals"."stock" > $1 ORDER BY "totals"."category"    [100]"#,
            "WITH `totals` (`category`, `stock`) AS (SELECT `products`.`category`, SUM(`products`.`stock`) FROM `products` GROUP BY `products`.`category`) SELECT `totals`.`category` FROM `totals` WHERE `totals`.`stock` > ? ORDER BY `totals`.`category`    [100]",
        ],
    );
    // A later one reads an earlier one.
    whole(
        |d| {
            let firsts = cte(
                (First::category, First::product_id),
                places()
                    .query()
                    .filter(Place::place.eq(1))
                    .select((Place::category, Place::product_id)),
            );
            firsts
                .query()
                .filter(First::category.ne("home"))
                .select(First::product_id)
                .to_sql(d)
        },
        [
            r#"WITH "places" ("product_id", "category", "place") AS (SELECT "products"."id", "products"."category", ROW_NUMBER() OVER (PARTITION BY "products"."category" ORDER BY "products"."price" DESC) FROM "products"), "firsts" ("category", "product_id") AS (SELECT "places"."category", "places"."product_id" FROM "places" WHERE "places"."place" = ?) SELECT "firsts"."product_id" FROM "firsts" WHERE "firsts"."category" <> ?    [1, "home"]"#,
            r#"WITH "places" ("product_id", "category", "place") AS (SELECT "products"."id", "products"."category", ROW_NUMBER() OVER (PARTITION BY "products"."category" ORDER BY "products"."price" DESC) FROM "products"), "firsts" ("category", "product_id") AS (SELECT "places"."category", "places"."product_id" FROM "places" WHERE "places"."place" = $1) SELECT "firsts"."product_id" FROM "firsts" WHERE "firsts"."category" <> $2    [1, "home"]"#,
            r#"WITH `places` (`product_id`, `category`, `place`) AS (SELECT `products`.`id`, `products`.`category`, ROW_NUMBER() OVER (PARTITION BY `products`.`category` ORDER BY `products`.`price` DESC) FROM `products`), `firsts` (`category`, `product_id`) AS (SELECT `places`.`category`, `places`.`product_id` FROM `places` WHERE `places`.`place` = ?) SELECT `firsts`.`product_id` FROM `firsts` WHERE `firsts`.`category` <> ?    [1, "home"]"#,
        ],
    );
    // Two beside each other, and one that is named twice.
    whole(
        |d| {
            Product::query()
                .join::<Place>(|p, place| place.get(Place::product_id).eq(p.get(Product::id)))
                .with_cte(places())
                .with_cte(kept())
                .with_cte(places())
                .filter(|p, _| {
                    p.get(Product::name)
                        .in_subquery(KeptNote::query().select(KeptNote::text))
                })
                .select(|p, place| (p.get(Product::name), place.get(Place::place)))
                .to_sql(d)
        },
        [
            r#"WITH "places" ("product_id", "category", "place") AS (SELECT "products"."id", "products"."category", ROW_NUMBER() OVER (PARTITION BY "products"."category" ORDER BY "products"."price" DESC) FROM "products"), "kept_notes" ("text") AS (SELECT "notes"."text" FROM "notes" WHERE "notes"."deleted_at" IS NULL AND "notes"."text" <> ?) SELECT "products"."name", t1."place" FROM "products" JOIN "places" AS t1 ON t1."product_id" = "products"."id" WHERE "products"."name" IN (SELECT "kept_notes"."text" FROM "kept_notes")    ["x"]"#,
            r#"WITH "places" ("product_id", "category", "place") AS (SELECT "products"."id", "products"."category", ROW_NUMBER() OVER (PARTITION BY "products"."category" ORDER BY "products"."price" DESC) FROM "products"), "kept_notes" ("text") AS (SELECT "notes"."text" FROM "notes" WHERE "notes"."deleted_at" IS NULL AND "notes"."text" <> $1) SELECT "products"."name", t1."place" FROM "products" JOIN "places" AS t1 ON t1."product_id" = "products"."id" WHERE "products"."name" IN (SELECT "kept_notes"."text" FROM "kept_notes")    ["x"]"#,
            r#"WITH `places` (`product_id`, `category`, `place`) AS (SELECT `products`.`id`, `products`.`category`, ROW_NUMBER() OVER (PARTITION BY `products`.`category` ORDER BY `products`.`price` DESC) FROM `products`), `kept_notes` (`text`) AS (SELECT `notes`.`text` FROM `notes` WHERE `notes`.`deleted_at` IS NULL AND `notes`.`text` <> ?) SELECT `products`.`name`, t1.`place` FROM `products` JOIN `places` AS t1 ON t1.`product_id` = `products`.`id` WHERE `products`.`name` IN (SELECT `kept_notes`.`text` FROM `kept_notes`)    ["x"]"#,
        ],
    );
    // Columns in another order than the struct's.
    whole(
        |d| {
            let totals = cte(
                (Total::stock, Total::category),
                Product::query()
                    .group_by(Product::category)
                    .select((Product::stock.sum(), Product::category)),
            );
            totals.query().to_sql(d)
        },
        [
            r#"WITH "totals" ("stock", "category") AS (SELECT SUM("products"."stock"), "products"."category" FROM "products" GROUP BY "products"."category") SELECT "totals"."category", "totals"."stock" FROM "totals""#,
            r#"WITH "totals" ("stock", "category") AS (SELECT SUM("products"."stock"), "products"."category" FROM "products" GROUP BY "products"."category") SELECT "totals"."category", "totals"."stock" FROM "totals""#,
            "WITH `totals` (`stock`, `category`) AS (SELECT SUM(`products`.`stock`), `products`.`category` FROM `products` GROUP BY `products`.`category`) SELECT `totals`.`category`, `totals`.`stock` FROM `totals`",
        ],
    );
}

#[test]
fn recursive() {
    whole(
        |d| tree().query().order_by(Tree::path).select(Tree::path).to_sql(d),
        [
            r#"WITH RECURSIVE "tree" ("id", "depth", "path") AS (SELECT "categories"."id", ?, "categories"."name" FROM "categories" WHERE "categories"."parent_id" IS NULL UNION ALL SELECT "categories"."id", (t1."depth" + ?), ((t1."path" || ?) || "categories"."name") FROM "categories" JOIN "tree" AS t1 ON "categories"."parent_id" = t1."id") SELECT "tree"."path" FROM "tree" ORDER BY "tree"."path"    [0, 1, "/"]"#,
            r#"WITH RECURSIVE "tree" ("id", "depth", "path") AS (SELECT ("categories"."id")::int8, ($1)::int4, ("categories"."name")::text FROM "categories" WHERE "categories"."parent_id" IS NULL UNION ALL SELECT "categories"."id", (t1."depth" + $2), ((t1."path" || $3) || "categories"."name") FROM "categories" JOIN "tree" AS t1 ON "categories"."parent_id" = t1."id") SELECT "tree"."path" FROM "tree" ORDER BY "tree"."path"    [0, 1, "/"]"#,
            r#"WITH RECURSIVE `tree` (`id`, `depth`, `path`) AS (SELECT CAST(`categories`.`id` AS SIGNED), CAST(? AS SIGNED), CAST(`categories`.`name` AS CHAR(16383)) FROM `categories` WHERE `categories`.`parent_id` IS NULL UNION ALL SELECT `categories`.`id`, (t1.`depth` + ?), CONCAT(CONCAT(t1.`path`, ?), `categories`.`name`) FROM `categories` JOIN `tree` AS t1 ON `categories`.`parent_id` = t1.`id`) SELECT `tree`.`path` FROM `tree` ORDER BY `tree`.`path`    [0, 1, "/"]"#,
        ],
    );
    whole(
        |d| {
            let reached = cte(Reached::n, Way::query().filter(Way::a.eq(1)).select(Way::b))
                .recursive_distinct(
                    Way::query()
                        .join::<Reached>(|way, reached| way.get(Way::a).eq(reached.get(Reached::n)))
                        .select(|way, _| way.get(Way::b)),
                );
            reached.query().select(Reached::n.max()).to_sql(d)
        },
        [
            r#"WITH RECURSIVE "reached" ("n") AS (SELECT "ways"."b" FROM "ways" WHERE "ways"."a" = ? UNION SELECT "ways"."b" FROM "ways" JOIN "reached" AS t1 ON "ways"."a" = t1."n") SELECT MAX("reached"."n") FROM "reached"    [1]"#,
            r#"WITH RECURSIVE "reached" ("n") AS (SELECT ("ways"."b")::int8 FROM "ways" WHERE "ways"."a" = $1 UNION SELECT "ways"."b" FROM "ways" JOIN "reached" AS t1 ON "ways"."a" = t1."n") SELECT MAX("reached"."n") FROM "reached"    [1]"#,
            "WITH RECURSIVE `reached` (`n`) AS (SELECT CAST(`ways`.`b` AS SIGNED) FROM `ways` WHERE `ways`.`a` = ? UNION SELECT `ways`.`b` FROM `ways` JOIN `reached` AS t1 ON `ways`.`a` = t1.`n`) SELECT MAX(`reached`.`n`) FROM `reached`    [1]",
        ],
    );
    whole(
        |d| {
            let numbers = cte(Number::n, Product::find(1).select(literal(1_i64)))
                .recursive(Number::query().filter(Number::n.lt(9)).select(Number::n + 1));
            numbers.query().to_sql(d)
        },
        [
            r#"WITH RECURSIVE "numbers" ("n") AS (SELECT ? FROM "products" WHERE "products"."id" = ? UNION ALL SELECT ("numbers"."n" + ?) FROM "numbers" WHERE "numbers"."n" < ?) SELECT "numbers"."n" FROM "numbers"    [1, 1, 1, 9]"#,
            r#"WITH RECURSIVE "numbers" ("n") AS (SELECT ($1)::int8 FROM "products" WHERE "products"."id" = $2 UNION ALL SELECT ("numbers"."n" + $3) FROM "numbers" WHERE "numbers"."n" < $4) SELECT "numbers"."n" FROM "numbers"    [1, 1, 1, 9]"#,
            "WITH RECURSIVE `numbers` (`n`) AS (SELECT CAST(? AS SIGNED) FROM `products` WHERE `products`.`id` = ? UNION ALL SELECT (`numbers`.`n` + ?) FROM `numbers` WHERE `numbers`.`n` < ?) SELECT `numbers`.`n` FROM `numbers`    [1, 1, 1, 9]",
        ],
    );
    whole(
        |d| {
            let kinds = cte(
                (
                    Kind::text,
                    Kind::small,
                    Kind::number,
                    Kind::real,
                    Kind::truth,
                    Kind::day,
                ),
                Product::query().select((
                    Product::name,
                    literal(1_i16),
                    literal(2_i64),
                    Product::price,
                    literal(true),
                    Product::added_on,
                )),
            )
            .recursive(Kind::query().filter(Kind::small.lt(3)).select((
                Kind::text,
                Kind::small + 1,
                Kind::number + 1,
                Kind::real * 2.0,
                Kind::truth,
                Kind::day,
            )));
            kinds.query().select(Kind::text).to_sql(d)
        },
        [
            r#"WITH RECURSIVE "kinds" ("text", "small", "number", "real", "truth", "day") AS (SELECT "products"."name", ?, ?, "products"."price", ?, "products"."added_on" FROM "products" UNION ALL SELECT "kinds"."text", ("kinds"."small" + ?), ("kinds"."number" + ?), ("kinds"."real" * ?), "kinds"."truth", "kinds"."day" FROM "kinds" WHERE "kinds"."small" < ?) SELECT "kinds"."text" FROM "kinds"    [1, 2, true, 1, 1, 2.0, 3]"#,
            r#"WITH RECURSIVE "kinds" ("text", "small", "number", "real", "truth", "day") AS (SELECT ("products"."name")::text, ($1)::int2, ($2)::int8, ("products"."price")::float8, ($3)::bool, ("products"."added_on")::date FROM "products" UNION ALL SELECT "kinds"."text", ("kinds"."small" + $4), ("kinds"."number" + $5), ("kinds"."real" * $6), "kinds"."truth", "kinds"."day" FROM "kinds" WHERE "kinds"."small" < $7) SELECT "kinds"."text" FROM "kinds"    [1, 2, true, 1, 1, 2.0, 3]"#,
            "WITH RECURSIVE `kinds` (`text`, `small`, `number`, `real`, `truth`, `day`) AS (SELECT CAST(`products`.`name` AS CHAR(16383)), CAST(? AS SIGNED), CAST(? AS SIGNED), CAST(`products`.`price` AS DOUBLE), CAST(? AS SIGNED), `products`.`added_on` FROM `products` UNION ALL SELECT `kinds`.`text`, (`kinds`.`small` + ?), (`kinds`.`number` + ?), (`kinds`.`real` * ?), `kinds`.`truth`, `kinds`.`day` FROM `kinds` WHERE `kinds`.`small` < ?) SELECT `kinds`.`text` FROM `kinds`    [1, 2, true, 1, 1, 2.0, 3]",
        ],
    );
}

#[test]
fn in_other_statements() {
    whole(
        |d| {
            Sale::insert_from(
                (Sale::product_id, Sale::quantity, Sale::sale_price),
                Place::query()
                    .with_cte(places())
                    .filter(Place::place.eq(1))
                    .select((Place::product_id, literal(1), literal(2.5))),
            )
            .to_sql(d)
        },
        [
            r#"INSERT INTO "sales" ("product_id", "quantity", "sale_price") WITH "places" ("product_id", "category", "place") AS (SELECT "products"."id", "products"."category", ROW_NUMBER() OVER (PARTITION BY "products"."category" ORDER BY "products"."price" DESC) FROM "products") SELECT "places"."product_id", ?, ? FROM "places" WHERE "places"."place" = ?    [1, 2.5, 1]"#,
            r#"INSERT INTO "sales" ("product_id", "quantity", "sale_price") WITH "places" ("product_id", "category", "place") AS (SELECT "products"."id", "products"."category", ROW_NUMBER() OVER (PARTITION BY "products"."category" ORDER BY "products"."price" DESC) FROM "products") SELECT "places"."product_id", $1, $2 FROM "places" WHERE "places"."place" = $3    [1, 2.5, 1]"#,
            "INSERT INTO `sales` (`product_id`, `quantity`, `sale_price`) WITH `places` (`product_id`, `category`, `place`) AS (SELECT `products`.`id`, `products`.`category`, ROW_NUMBER() OVER (PARTITION BY `products`.`category` ORDER BY `products`.`price` DESC) FROM `products`) SELECT `places`.`product_id`, ?, ? FROM `places` WHERE `places`.`place` = ?    [1, 2.5, 1]",
        ],
    );
    whole(
        |d| {
            let below = tree()
                .query()
                .filter(Tree::path.starts_with("home/"))
                .select(Tree::id);
            Category::query()
                .filter(Category::id.in_subquery(below))
                .select(Category::name)
                .to_sql(d)
        },
        [
            r#"SELECT "categories"."name" FROM "categories" WHERE "categories"."id" IN (WITH RECURSIVE "tree" ("id", "depth", "path") AS (SELECT "categories"."id", ?, "categories"."name" FROM "categories" WHERE "categories"."parent_id" IS NULL UNION ALL SELECT "categories"."id", (t1."depth" + ?), ((t1."path" || ?) || "categories"."name") FROM "categories" JOIN "tree" AS t1 ON "categories"."parent_id" = t1."id") SELECT "tree"."id" FROM "tree" WHERE "tree"."path" GLOB ?)    [0, 1, "/", "home/*"]"#,
            r#"SELECT "categories"."name" FROM "categories" WHERE "categories"."id" IN (WITH RECURSIVE "tree" ("id", "depth", "path") AS (SELECT ("categories"."id")::int8, ($1)::int4, ("categories"."name")::text FROM "categories" WHERE "categories"."parent_id" IS NULL UNION ALL SELECT "categories"."id", (t1."depth" + $2), ((t1."path" || $3) || "categories"."name") FROM "categories" JOIN "tree" AS t1 ON "categories"."parent_id" = t1."id") SELECT "tree"."id" FROM "tree" WHERE "tree"."path" LIKE $4 ESCAPE '!')    [0, 1, "/", "home/%"]"#,
            r#"SELECT `categories`.`name` FROM `categories` WHERE `categories`.`id` IN (WITH RECURSIVE `tree` (`id`, `depth`, `path`) AS (SELECT CAST(`categories`.`id` AS SIGNED), CAST(? AS SIGNED), CAST(`categories`.`name` AS CHAR(16383)) FROM `categories` WHERE `categories`.`parent_id` IS NULL UNION ALL SELECT `categories`.`id`, (t1.`depth` + ?), CONCAT(CONCAT(t1.`path`, ?), `categories`.`name`) FROM `categories` JOIN `tree` AS t1 ON `categories`.`parent_id` = t1.`id`) SELECT `tree`.`id` FROM `tree` WHERE `tree`.`path` LIKE ? ESCAPE '!')    [0, 1, "/", "home/%"]"#,
        ],
    );
    whole(
        |d| {
            let below = tree().query().filter(Tree::depth.gt(2)).select(Tree::id);
            Category::update()
                .set(Category::name, "x")
                .filter(Category::id.in_subquery(below))
                .to_sql(d)
        },
        [
            r#"UPDATE "categories" SET "name" = ? WHERE "categories"."id" IN (WITH RECURSIVE "tree" ("id", "depth", "path") AS (SELECT "categories"."id", ?, "categories"."name" FROM "categories" WHERE "categories"."parent_id" IS NULL UNION ALL SELECT "categories"."id", (t1."depth" + ?), ((t1."path" || ?) || "categories"."name") FROM "categories" JOIN "tree" AS t1 ON "categories"."parent_id" = t1."id") SELECT "tree"."id" FROM "tree" WHERE "tree"."depth" > ?)    ["x", 0, 1, "/", 2]"#,
            r#"UPDATE "categories" SET "name" = $1 WHERE "categories"."id" IN (WITH RECURSIVE "tree" ("id", "depth", "path") AS (SELECT ("categories"."id")::int8, ($2)::int4, ("categories"."name")::text FROM "categories" WHERE "categories"."parent_id" IS NULL UNION ALL SELECT "categories"."id", (t1."depth" + $3), ((t1."path" || $4) || "categories"."name") FROM "categories" JOIN "tree" AS t1 ON "categories"."parent_id" = t1."id") SELECT "tree"."id" FROM "tree" WHERE "tree"."depth" > $5)    ["x", 0, 1, "/", 2]"#,
            r#"UPDATE `categories` SET `name` = ? WHERE `categories`.`id` IN (SELECT * FROM (WITH RECURSIVE `tree` (`id`, `depth`, `path`) AS (SELECT CAST(`categories`.`id` AS SIGNED), CAST(? AS SIGNED), CAST(`categories`.`name` AS CHAR(16383)) FROM `categories` WHERE `categories`.`parent_id` IS NULL UNION ALL SELECT `categories`.`id`, (t1.`depth` + ?), CONCAT(CONCAT(t1.`path`, ?), `categories`.`name`) FROM `categories` JOIN `tree` AS t1 ON `categories`.`parent_id` = t1.`id`) SELECT `tree`.`id` FROM `tree` WHERE `tree`.`depth` > ? LIMIT 18446744073709551615) AS t2)    ["x", 0, 1, "/", 2]"#,
        ],
    );
    whole(
        |d| {
            let below = tree().query().filter(Tree::depth.gt(2)).select(Tree::id);
            Category::delete()
                .filter(Category::id.in_subquery(below))
                .to_sql(d)
        },
        [
            r#"DELETE FROM "categories" WHERE "categories"."id" IN (WITH RECURSIVE "tree" ("id", "depth", "path") AS (SELECT "categories"."id", ?, "categories"."name" FROM "categories" WHERE "categories"."parent_id" IS NULL UNION ALL SELECT "categories"."id", (t1."depth" + ?), ((t1."path" || ?) || "categories"."name") FROM "categories" JOIN "tree" AS t1 ON "categories"."parent_id" = t1."id") SELECT "tree"."id" FROM "tree" WHERE "tree"."depth" > ?)    [0, 1, "/", 2]"#,
            r#"DELETE FROM "categories" WHERE "categories"."id" IN (WITH RECURSIVE "tree" ("id", "depth", "path") AS (SELECT ("categories"."id")::int8, ($1)::int4, ("categories"."name")::text FROM "categories" WHERE "categories"."parent_id" IS NULL UNION ALL SELECT "categories"."id", (t1."depth" + $2), ((t1."path" || $3) || "categories"."name") FROM "categories" JOIN "tree" AS t1 ON "categories"."parent_id" = t1."id") SELECT "tree"."id" FROM "tree" WHERE "tree"."depth" > $4)    [0, 1, "/", 2]"#,
            r#"DELETE FROM `categories` WHERE `categories`.`id` IN (SELECT * FROM (WITH RECURSIVE `tree` (`id`, `depth`, `path`) AS (SELECT CAST(`categories`.`id` AS SIGNED), CAST(? AS SIGNED), CAST(`categories`.`name` AS CHAR(16383)) FROM `categories` WHERE `categories`.`parent_id` IS NULL UNION ALL SELECT `categories`.`id`, (t1.`depth` + ?), CONCAT(CONCAT(t1.`path`, ?), `categories`.`name`) FROM `categories` JOIN `tree` AS t1 ON `categories`.`parent_id` = t1.`id`) SELECT `tree`.`id` FROM `tree` WHERE `tree`.`depth` > ? LIMIT 18446744073709551615) AS t2)    [0, 1, "/", 2]"#,
        ],
    );
    whole(
        |d| {
            let firsts = places()
                .query()
                .filter(Place::place.eq(1))
                .select(Place::category);
            firsts.union(Product::query().select(Product::category)).to_sql(d)
        },
        [
            r#"WITH "places" ("product_id", "category", "place") AS (SELECT "products"."id", "products"."category", ROW_NUMBER() OVER (PARTITION BY "products"."category" ORDER BY "products"."price" DESC) FROM "products") SELECT "places"."category" AS "category" FROM "places" WHERE "places"."place" = ? UNION SELECT "products"."category" AS "category" FROM "products"    [1]"#,
            r#"WITH "places" ("product_id", "category", "place") AS (SELECT "products"."id", "products"."category", ROW_NUMBER() OVER (PARTITION BY "products"."category" ORDER BY "products"."price" DESC) FROM "products") SELECT "places"."category" AS "category" FROM "places" WHERE "places"."place" = $1 UNION SELECT "products"."category" AS "category" FROM "products"    [1]"#,
            "WITH `places` (`product_id`, `category`, `place`) AS (SELECT `products`.`id`, `products`.`category`, ROW_NUMBER() OVER (PARTITION BY `products`.`category` ORDER BY `products`.`price` DESC) FROM `products`) SELECT `places`.`category` AS `category` FROM `places` WHERE `places`.`place` = ? UNION SELECT `products`.`category` AS `category` FROM `products`    [1]",
        ],
    );
    whole(
        |d| {
            let all = Product::query()
                .select(Product::category)
                .union(Sale::query().select(Sale::product.get(Product::name)));
            cte(KeptNote::text, all).query().select(KeptNote::text).to_sql(d)
        },
        [
            r#"WITH "kept_notes" ("text") AS (SELECT "products"."category" FROM "products" UNION SELECT t1."name" FROM "sales" JOIN "products" AS t1 ON t1."id" = "sales"."product_id") SELECT "kept_notes"."text" FROM "kept_notes""#,
            r#"WITH "kept_notes" ("text") AS (SELECT "products"."category" FROM "products" UNION SELECT t1."name" FROM "sales" JOIN "products" AS t1 ON t1."id" = "sales"."product_id") SELECT "kept_notes"."text" FROM "kept_notes""#,
            "WITH `kept_notes` (`text`) AS (SELECT `products`.`category` FROM `products` UNION SELECT t1.`name` FROM `sales` JOIN `products` AS t1 ON t1.`id` = `sales`.`product_id`) SELECT `kept_notes`.`text` FROM `kept_notes`",
        ],
    );
}

#[test]
fn decimals() {
    whole(
        |d| {
            let amounts = cte(Amount::amount, Coin::query().select(Coin::worth));
            amounts
                .query()
                .filter(Amount::amount.gt(Decimal::new(15, 1)))
                .select(Amount::amount.sum())
                .to_sql(d)
        },
        [
            r#"WITH "amounts" ("amount") AS (SELECT "coins"."worth" * 10000 FROM "coins") SELECT SUM("amounts"."amount") FROM "amounts" WHERE ("amounts"."amount" > ?)    [1500000]"#,
            r#"WITH "amounts" ("amount") AS (SELECT "coins"."worth" FROM "coins") SELECT SUM("amounts"."amount") FROM "amounts" WHERE "amounts"."amount" > $1    [1.5]"#,
            "WITH `amounts` (`amount`) AS (SELECT `coins`.`worth` FROM `coins`) SELECT SUM(`amounts`.`amount`) FROM `amounts` WHERE `amounts`.`amount` > ?    [1.5]",
        ],
    );
    whole(
        |d| {
            let amounts = cte(Amount::amount, Coin::query().select(Coin::worth)).recursive(
                Grain::query()
                    .join::<Amount>(|g, a| a.get(Amount::amount).gt(g.get(Grain::weight)))
                    .select(|g, _| g.get(Grain::weight)),
            );
            amounts.query().select(Amount::amount).to_sql(d)
        },
        [
            r#"WITH RECURSIVE "amounts" ("amount") AS (SELECT "coins"."worth" * 10000 FROM "coins" UNION ALL SELECT "grains"."weight" * 100 FROM "grains" JOIN "amounts" AS t1 ON (t1."amount" > "grains"."weight" * 100)) SELECT "amounts"."amount" FROM "amounts""#,
            r#"WITH RECURSIVE "amounts" ("amount") AS (SELECT ("coins"."worth")::numeric FROM "coins" UNION ALL SELECT "grains"."weight" FROM "grains" JOIN "amounts" AS t1 ON t1."amount" > "grains"."weight") SELECT "amounts"."amount" FROM "amounts""#,
            "WITH RECURSIVE `amounts` (`amount`) AS (SELECT CAST(`coins`.`worth` AS DECIMAL(14, 6)) FROM `coins` UNION ALL SELECT `grains`.`weight` FROM `grains` JOIN `amounts` AS t1 ON t1.`amount` > `grains`.`weight`) SELECT `amounts`.`amount` FROM `amounts`",
        ],
    );
    whole(
        |d| {
            let both = Coin::query()
                .select(Coin::worth)
                .union(Grain::query().select(Grain::weight));
            cte(Amount::amount, both).query().select(Amount::amount).to_sql(d)
        },
        [
            r#"WITH "amounts" ("amount") AS (SELECT "coins"."worth" * 10000 FROM "coins" UNION SELECT "grains"."weight" * 100 FROM "grains") SELECT "amounts"."amount" FROM "amounts""#,
            r#"WITH "amounts" ("amount") AS (SELECT "coins"."worth" FROM "coins" UNION SELECT "grains"."weight" FROM "grains") SELECT "amounts"."amount" FROM "amounts""#,
            "WITH `amounts` (`amount`) AS (SELECT `coins`.`worth` FROM `coins` UNION SELECT `grains`.`weight` FROM `grains`) SELECT `amounts`.`amount` FROM `amounts`",
        ],
    );
}

#[test]
fn scopes_inside() {
    whole(
        |d| {
            kept()
                .query()
                .filter(KeptNote::text.ne("y"))
                .select(KeptNote::text)
                .to_sql(d)
        },
        [
            r#"WITH "kept_notes" ("text") AS (SELECT "notes"."text" FROM "notes" WHERE "notes"."deleted_at" IS NULL AND "notes"."text" <> ?) SELECT "kept_notes"."text" FROM "kept_notes" WHERE "kept_notes"."text" <> ?    ["x", "y"]"#,
            r#"WITH "kept_notes" ("text") AS (SELECT "notes"."text" FROM "notes" WHERE "notes"."deleted_at" IS NULL AND "notes"."text" <> $1) SELECT "kept_notes"."text" FROM "kept_notes" WHERE "kept_notes"."text" <> $2    ["x", "y"]"#,
            r#"WITH `kept_notes` (`text`) AS (SELECT `notes`.`text` FROM `notes` WHERE `notes`.`deleted_at` IS NULL AND `notes`.`text` <> ?) SELECT `kept_notes`.`text` FROM `kept_notes` WHERE `kept_notes`.`text` <> ?    ["x", "y"]"#,
        ],
    );
    whole(
        |d| {
            let papers = cte(KeptNote::text, Paper::query().select(Paper::text)).recursive(
                KeptNote::query()
                    .join::<Note>(|k, n| n.get(Note::text).eq(k.get(KeptNote::text)))
                    .select(|_, n| n.get(Note::text)),
            );
            papers.query().select(KeptNote::text).to_sql(d)
        },
        [
            r#"WITH RECURSIVE "kept_notes" ("text") AS (SELECT "papers"."text" FROM "papers" WHERE "papers"."tenant_id" = ? UNION ALL SELECT t1."text" FROM "kept_notes" JOIN "notes" AS t1 ON t1."text" = "kept_notes"."text" AND t1."deleted_at" IS NULL) SELECT "kept_notes"."text" FROM "kept_notes"    ["the tenant"]"#,
            r#"WITH RECURSIVE "kept_notes" ("text") AS (SELECT ("papers"."text")::text FROM "papers" WHERE "papers"."tenant_id" = $1 UNION ALL SELECT t1."text" FROM "kept_notes" JOIN "notes" AS t1 ON t1."text" = "kept_notes"."text" AND t1."deleted_at" IS NULL) SELECT "kept_notes"."text" FROM "kept_notes"    ["the tenant"]"#,
            r#"WITH RECURSIVE `kept_notes` (`text`) AS (SELECT CAST(`papers`.`text` AS CHAR(16383)) FROM `papers` WHERE `papers`.`tenant_id` = ? UNION ALL SELECT t1.`text` FROM `kept_notes` JOIN `notes` AS t1 ON t1.`text` = `kept_notes`.`text` AND t1.`deleted_at` IS NULL) SELECT `kept_notes`.`text` FROM `kept_notes`    ["the tenant"]"#,
        ],
    );
}

#[test]
fn a_column_that_nothing_fills_is_an_error_value() {
    for text in all(|d| {
        let partly = cte(Total::category, Product::query().select(Product::category));
        partly.query().to_sql(d).to_string()
    }) {
        assert!(
            text.starts_with("-- no statement: `Total::stock` is filled by no output"),
            "{text}"
        );
    }
}
