//! Rows of several queries together, as text.

use orm_core::prelude::*;
use orm_core::query::{Combined, Query, Selected};
use orm_core::testing::Capture;
use tests::book::{Author, Book, Product, Sale};

use super::super::on_all;
use super::super::scopes::{Note, Paper};
use super::super::sets::{Coin, Grain};
use super::{all, each, same, whole};

fn stocked(least: i32) -> Query<Product> {
    Product::query().filter(Product::stock.ge(least))
}

fn names(category: &str) -> Selected<Product, String> {
    Product::query()
        .filter(Product::category.eq(category))
        .select(Product::name)
}

fn words() -> Selected<Combined, String> {
    Author::query()
        .select(Author::name)
        .union(Product::query().select(Product::name))
}

#[test]
fn of_models() {
    whole(
        |d| {
            Sale::query()
                .filter(Sale::quantity.gt(1))
                .union(Sale::query())
                .to_sql(d)
        },
        [
            r#"SELECT "sales"."id", "sales"."product_id", "sales"."quantity", "sales"."sale_price", "sales"."sold_at" FROM (SELECT "sales"."id", "sales"."product_id", "sales"."quantity", "sales"."sale_price", "sales"."sold_at" FROM "sales" WHERE "sales"."quantity" > ? UNION SELECT "sales"."id", "sales"."product_id", "sales"."quantity", "sales"."sale_price", "sales"."sold_at" FROM "sales") AS "sales"    [1]"#,
            r#"SELECT "sales"."id", "sales"."product_id", "sales"."quantity", "sales"."sale_price", "sales"."sold_at" FROM (SELECT "sales"."id", "sales"."product_id", "sales"."quantity", "sales"."sale_price", "sales"."sold_at" FROM "sales" WHERE "sales"."quantity" > $1 UNION SELECT "sales"."id", "sales"."product_id", "sales"."quantity", "sales"."sale_price", "sales"."sold_at" FROM "sales") AS "sales"    [1]"#,
            "SELECT `sales`.`id`, `sales`.`product_id`, `sales`.`quantity`, `sales`.`sale_price`, `sales`.`sold_at` FROM (SELECT `sales`.`id`, `sales`.`product_id`, `sales`.`quantity`, `sales`.`sale_price`, `sales`.`sold_at` FROM `sales` WHERE `sales`.`quantity` > ? UNION SELECT `sales`.`id`, `sales`.`product_id`, `sales`.`quantity`, `sales`.`sale_price`, `sales`.`sold_at` FROM `sales`) AS `sales`    [1]",
        ],
    );
    // What follows is said of the rows together.
    whole(
        |d| {
            stocked(1)
                .union_all(stocked(5))
                .filter(Product::price.lt(2.5))
                .order_by(Product::name)
                .limit(3)
                .select(Product::name)
                .to_sql(d)
        },
        [
            r#"SELECT "products"."name" FROM (SELECT "products"."id", "products"."name", "products"."category", "products"."price", "products"."stock", "products"."added_on" FROM "products" WHERE "products"."stock" >= ? UNION ALL SELECT "products"."id", "products"."name", "products"."category", "products"."price", "products"."stock", "products"."added_on" FROM "products" WHERE "products"."stock" >= ?) AS "products" WHERE "products"."price" < ? ORDER BY "products"."name" LIMIT 3    [1, 5, 2.5]"#,
            r#"SELECT "products"."name" FROM (SELECT "products"."id", "products"."name", "products"."category", "products"."price", "products"."stock", "products"."added_on" FROM "products" WHERE "products"."stock" >= $1 UNION ALL SELECT "products"."id", "products"."name", "products"."category", "products"."price", "products"."stock", "products"."added_on" FROM "products" WHERE "products"."stock" >= $2) AS "products" WHERE "products"."price" < $3 ORDER BY "products"."name" LIMIT 3    [1, 5, 2.5]"#,
            "SELECT `products`.`name` FROM (SELECT `products`.`id`, `products`.`name`, `products`.`category`, `products`.`price`, `products`.`stock`, `products`.`added_on` FROM `products` WHERE `products`.`stock` >= ? UNION ALL SELECT `products`.`id`, `products`.`name`, `products`.`category`, `products`.`price`, `products`.`stock`, `products`.`added_on` FROM `products` WHERE `products`.`stock` >= ?) AS `products` WHERE `products`.`price` < ? ORDER BY `products`.`name` LIMIT 3    [1, 5, 2.5]",
        ],
    );
    whole(
        |d| {
            Sale::query()
                .filter(Sale::product.get(Product::stock).gt(1))
                .except(Sale::query().filter(Sale::quantity.gt(2)))
                .order_by(Sale::product.get(Product::name))
                .select((Sale::product.get(Product::name), Sale::quantity))
                .to_sql(d)
        },
        [
            r#"SELECT t1."name", "sales"."quantity" FROM (SELECT "sales"."id", "sales"."product_id", "sales"."quantity", "sales"."sale_price", "sales"."sold_at" FROM "sales" JOIN "products" AS t2 ON t2."id" = "sales"."product_id" WHERE t2."stock" > ? EXCEPT SELECT "sales"."id", "sales"."product_id", "sales"."quantity", "sales"."sale_price", "sales"."sold_at" FROM "sales" WHERE "sales"."quantity" > ?) AS "sales" JOIN "products" AS t1 ON t1."id" = "sales"."product_id" ORDER BY t1."name"    [1, 2]"#,
            r#"SELECT t1."name", "sales"."quantity" FROM (SELECT "sales"."id", "sales"."product_id", "sales"."quantity", "sales"."sale_price", "sales"."sold_at" FROM "sales" JOIN "products" AS t2 ON t2."id" = "sales"."product_id" WHERE t2."stock" > $1 EXCEPT SELECT "sales"."id", "sales"."product_id", "sales"."quantity", "sales"."sale_price", "sales"."sold_at" FROM "sales" WHERE "sales"."quantity" > $2) AS "sales" JOIN "products" AS t1 ON t1."id" = "sales"."product_id" ORDER BY t1."name"    [1, 2]"#,
            "SELECT t1.`name`, `sales`.`quantity` FROM (SELECT `sales`.`id`, `sales`.`product_id`, `sales`.`quantity`, `sales`.`sale_price`, `sales`.`sold_at` FROM `sales` JOIN `products` AS t2 ON t2.`id` = `sales`.`product_id` WHERE t2.`stock` > ? EXCEPT SELECT `sales`.`id`, `sales`.`product_id`, `sales`.`quantity`, `sales`.`sale_price`, `sales`.`sold_at` FROM `sales` WHERE `sales`.`quantity` > ?) AS `sales` JOIN `products` AS t1 ON t1.`id` = `sales`.`product_id` ORDER BY t1.`name`    [1, 2]",
        ],
    );
    whole(
        |d| {
            stocked(1)
                .intersect(stocked(5))
                .group_by(Product::category)
                .select((Product::category, count_all()))
                .to_sql(d)
        },
        [
            r#"SELECT "products"."category", COUNT(*) FROM (SELECT "products"."id", "products"."name", "products"."category", "products"."price", "products"."stock", "products"."added_on" FROM "products" WHERE "products"."stock" >= ? INTERSECT SELECT "products"."id", "products"."name", "products"."category", "products"."price", "products"."stock", "products"."added_on" FROM "products" WHERE "products"."stock" >= ?) AS "products" GROUP BY "products"."category"    [1, 5]"#,
            r#"SELECT "products"."category", COUNT(*) FROM (SELECT "products"."id", "products"."name", "products"."category", "products"."price", "products"."stock", "products"."added_on" FROM "products" WHERE "products"."stock" >= $1 INTERSECT SELECT "products"."id", "products"."name", "products"."category", "products"."price", "products"."stock", "products"."added_on" FROM "products" WHERE "products"."stock" >= $2) AS "products" GROUP BY "products"."category"    [1, 5]"#,
            "SELECT `products`.`category`, COUNT(*) FROM (SELECT `products`.`id`, `products`.`name`, `products`.`category`, `products`.`price`, `products`.`stock`, `products`.`added_on` FROM `products` WHERE `products`.`stock` >= ? INTERSECT SELECT `products`.`id`, `products`.`name`, `products`.`category`, `products`.`price`, `products`.`stock`, `products`.`added_on` FROM `products` WHERE `products`.`stock` >= ?) AS `products` GROUP BY `products`.`category`    [1, 5]",
        ],
    );
}

#[test]
fn of_columns() {
    whole(
        |d| words().to_sql(d),
        [
            r#"SELECT "authors"."name" AS "name" FROM "authors" UNION SELECT "products"."name" AS "name" FROM "products""#,
            r#"SELECT "authors"."name" AS "name" FROM "authors" UNION SELECT "products"."name" AS "name" FROM "products""#,
            "SELECT `authors`.`name` AS `name` FROM `authors` UNION SELECT `products`.`name` AS `name` FROM `products`",
        ],
    );
    whole(
        |d| {
            Product::query()
                .filter(Product::price.gt(1.5))
                .select((
                    Product::name,
                    Product::name,
                    Product::stock + 1,
                    Product::category.named("kind"),
                ))
                .union_all(Book::query().select((Book::title, Book::title, Book::version, literal("book"))))
                .to_sql(d)
        },
        [
            r#"SELECT "products"."name" AS "name", "products"."name" AS "c2", ("products"."stock" + ?) AS "c3", "products"."category" AS "kind" FROM "products" WHERE "products"."price" > ? UNION ALL SELECT "books"."title" AS "title", "books"."title" AS "c2", "books"."version" AS "version", ? AS "c4" FROM "books"    [1, 1.5, "book"]"#,
            r#"SELECT "products"."name" AS "name", "products"."name" AS "c2", ("products"."stock" + $1) AS "c3", "products"."category" AS "kind" FROM "products" WHERE "products"."price" > $2 UNION ALL SELECT "books"."title" AS "title", "books"."title" AS "c2", "books"."version" AS "version", $3 AS "c4" FROM "books"    [1, 1.5, "book"]"#,
            r#"SELECT `products`.`name` AS `name`, `products`.`name` AS `c2`, (`products`.`stock` + ?) AS `c3`, `products`.`category` AS `kind` FROM `products` WHERE `products`.`price` > ? UNION ALL SELECT `books`.`title` AS `title`, `books`.`title` AS `c2`, `books`.`version` AS `version`, CAST(? AS CHAR) AS `c4` FROM `books`    [1, 1.5, "book"]"#,
        ],
    );
    whole(
        |d| {
            words()
                .order_by(output("name").desc())
                .limit(2)
                .offset(1)
                .to_sql(d)
        },
        [
            r#"SELECT * FROM (SELECT "authors"."name" AS "name" FROM "authors" UNION SELECT "products"."name" AS "name" FROM "products") AS "authors" ORDER BY "name" DESC LIMIT 2 OFFSET 1"#,
            r#"SELECT * FROM (SELECT "authors"."name" AS "name" FROM "authors" UNION SELECT "products"."name" AS "name" FROM "products") AS "authors" ORDER BY "name" DESC LIMIT 2 OFFSET 1"#,
            "SELECT * FROM (SELECT `authors`.`name` AS `name` FROM `authors` UNION SELECT `products`.`name` AS `name` FROM `products`) AS `authors` ORDER BY `name` DESC LIMIT 2 OFFSET 1",
        ],
    );
    // Groups of their own.
    whole(
        |d| {
            let groups = || {
                Product::query()
                    .group_by(Product::category)
                    .select((Product::category, count_all()))
            };
            groups().except(groups().having(count_all().gt(1))).to_sql(d)
        },
        [
            r#"SELECT "products"."category" AS "category", COUNT(*) AS "c2" FROM "products" GROUP BY "products"."category" EXCEPT SELECT "products"."category" AS "category", COUNT(*) AS "c2" FROM "products" GROUP BY "products"."category" HAVING COUNT(*) > ?    [1]"#,
            r#"SELECT "products"."category" AS "category", COUNT(*) AS "c2" FROM "products" GROUP BY "products"."category" EXCEPT SELECT "products"."category" AS "category", COUNT(*) AS "c2" FROM "products" GROUP BY "products"."category" HAVING COUNT(*) > $1    [1]"#,
            "SELECT `products`.`category` AS `category`, COUNT(*) AS `c2` FROM `products` GROUP BY `products`.`category` EXCEPT SELECT `products`.`category` AS `category`, COUNT(*) AS `c2` FROM `products` GROUP BY `products`.`category` HAVING COUNT(*) > ?    [1]",
        ],
    );
}

#[test]
fn each_keeps_its_order_and_limit() {
    whole(
        |d| {
            let dearest = Product::query()
                .order_by(Product::price.desc())
                .limit(1)
                .select(Product::name);
            let cheapest = Product::query()
                .order_by(Product::price)
                .limit(2)
                .offset(1)
                .select(Product::name);
            dearest.union_all(cheapest).to_sql(d)
        },
        [
            r#"SELECT * FROM (SELECT "products"."name" AS "name" FROM "products" ORDER BY "products"."price" DESC LIMIT 1) UNION ALL SELECT * FROM (SELECT "products"."name" AS "name" FROM "products" ORDER BY "products"."price" LIMIT 2 OFFSET 1)"#,
            r#"(SELECT "products"."name" AS "name" FROM "products" ORDER BY "products"."price" DESC LIMIT 1) UNION ALL (SELECT "products"."name" AS "name" FROM "products" ORDER BY "products"."price" LIMIT 2 OFFSET 1)"#,
            "(SELECT `products`.`name` AS `name` FROM `products` ORDER BY `products`.`price` DESC LIMIT 1) UNION ALL (SELECT `products`.`name` AS `name` FROM `products` ORDER BY `products`.`price` LIMIT 2 OFFSET 1)",
        ],
    );
    same(
        |d| {
            stocked(1)
                .union(stocked(2).order_by(Product::price).limit(1))
                .to_sql(d)
        },
        [
            r#"(SELECT "products"."id", "products"."name", "products"."category", "products"."price", "products"."stock", "products"."added_on" FROM "products" WHERE "products"."stock" >= ? UNION SELECT * FROM (SELECT "products"."id", "products"."name", "products"."category", "products"."price", "products"."stock", "products"."added_on" FROM "products" WHERE "products"."stock" >= ? ORDER BY "products"."price" LIMIT 1)) AS "products"    [1, 2]"#,
            r#"(SELECT "products"."id", "products"."name", "products"."category", "products"."price", "products"."stock", "products"."added_on" FROM "products" WHERE "products"."stock" >= $1 UNION (SELECT "products"."id", "products"."name", "products"."category", "products"."price", "products"."stock", "products"."added_on" FROM "products" WHERE "products"."stock" >= $2 ORDER BY "products"."price" LIMIT 1)) AS "products"    [1, 2]"#,
            "(SELECT `products`.`id`, `products`.`name`, `products`.`category`, `products`.`price`, `products`.`stock`, `products`.`added_on` FROM `products` WHERE `products`.`stock` >= ? UNION (SELECT `products`.`id`, `products`.`name`, `products`.`category`, `products`.`price`, `products`.`stock`, `products`.`added_on` FROM `products` WHERE `products`.`stock` >= ? ORDER BY `products`.`price` LIMIT 1)) AS `products`    [1, 2]",
        ],
    );
    // A chain that was ordered or limited is an operand of its own.
    whole(
        |d| {
            words()
                .order_by(output("name"))
                .limit(2)
                .union(names("home"))
                .to_sql(d)
        },
        [
            r#"SELECT * FROM (SELECT * FROM (SELECT "authors"."name" AS "name" FROM "authors" UNION SELECT "products"."name" AS "name" FROM "products") AS "authors" ORDER BY "name" LIMIT 2) UNION SELECT "products"."name" AS "name" FROM "products" WHERE "products"."category" = ?    ["home"]"#,
            r#"(SELECT * FROM (SELECT "authors"."name" AS "name" FROM "authors" UNION SELECT "products"."name" AS "name" FROM "products") AS "authors" ORDER BY "name" LIMIT 2) UNION SELECT "products"."name" AS "name" FROM "products" WHERE "products"."category" = $1    ["home"]"#,
            r#"(SELECT * FROM (SELECT `authors`.`name` AS `name` FROM `authors` UNION SELECT `products`.`name` AS `name` FROM `products`) AS `authors` ORDER BY `name` LIMIT 2) UNION SELECT `products`.`name` AS `name` FROM `products` WHERE `products`.`category` = ?    ["home"]"#,
        ],
    );
    // An order alone says nothing.
    whole(
        |d| {
            names("home")
                .order_by(Product::price)
                .union(names("office"))
                .to_sql(d)
        },
        [
            r#"SELECT * FROM (SELECT "products"."name" AS "name" FROM "products" WHERE "products"."category" = ? ORDER BY "products"."price") UNION SELECT "products"."name" AS "name" FROM "products" WHERE "products"."category" = ?    ["home", "office"]"#,
            r#"(SELECT "products"."name" AS "name" FROM "products" WHERE "products"."category" = $1 ORDER BY "products"."price") UNION SELECT "products"."name" AS "name" FROM "products" WHERE "products"."category" = $2    ["home", "office"]"#,
            r#"(SELECT `products`.`name` AS `name` FROM `products` WHERE `products`.`category` = ? ORDER BY `products`.`price`) UNION SELECT `products`.`name` AS `name` FROM `products` WHERE `products`.`category` = ?    ["home", "office"]"#,
        ],
    );
}

#[test]
fn chains_are_taken_from_the_first_to_the_last() {
    whole(
        |d| {
            names("a")
                .union(names("b"))
                .except(names("c"))
                .union_all(names("d"))
                .to_sql(d)
        },
        [
            r#"SELECT "products"."name" AS "name" FROM "products" WHERE "products"."category" = ? UNION SELECT "products"."name" AS "name" FROM "products" WHERE "products"."category" = ? EXCEPT SELECT "products"."name" AS "name" FROM "products" WHERE "products"."category" = ? UNION ALL SELECT "products"."name" AS "name" FROM "products" WHERE "products"."category" = ?    ["a", "b", "c", "d"]"#,
            r#"SELECT "products"."name" AS "name" FROM "products" WHERE "products"."category" = $1 UNION SELECT "products"."name" AS "name" FROM "products" WHERE "products"."category" = $2 EXCEPT SELECT "products"."name" AS "name" FROM "products" WHERE "products"."category" = $3 UNION ALL SELECT "products"."name" AS "name" FROM "products" WHERE "products"."category" = $4    ["a", "b", "c", "d"]"#,
            r#"SELECT `products`.`name` AS `name` FROM `products` WHERE `products`.`category` = ? UNION SELECT `products`.`name` AS `name` FROM `products` WHERE `products`.`category` = ? EXCEPT SELECT `products`.`name` AS `name` FROM `products` WHERE `products`.`category` = ? UNION ALL SELECT `products`.`name` AS `name` FROM `products` WHERE `products`.`category` = ?    ["a", "b", "c", "d"]"#,
        ],
    );
    whole(
        |d| names("a").union(names("b")).intersect(names("c")).to_sql(d),
        [
            r#"SELECT "products"."name" AS "name" FROM "products" WHERE "products"."category" = ? UNION SELECT "products"."name" AS "name" FROM "products" WHERE "products"."category" = ? INTERSECT SELECT "products"."name" AS "name" FROM "products" WHERE "products"."category" = ?    ["a", "b", "c"]"#,
            r#"(SELECT "products"."name" AS "name" FROM "products" WHERE "products"."category" = $1 UNION SELECT "products"."name" AS "name" FROM "products" WHERE "products"."category" = $2) INTERSECT SELECT "products"."name" AS "name" FROM "products" WHERE "products"."category" = $3    ["a", "b", "c"]"#,
            r#"(SELECT `products`.`name` AS `name` FROM `products` WHERE `products`.`category` = ? UNION SELECT `products`.`name` AS `name` FROM `products` WHERE `products`.`category` = ?) INTERSECT SELECT `products`.`name` AS `name` FROM `products` WHERE `products`.`category` = ?    ["a", "b", "c"]"#,
        ],
    );
    whole(
        |d| names("a").intersect(names("b")).union(names("c")).to_sql(d),
        [
            r#"SELECT "products"."name" AS "name" FROM "products" WHERE "products"."category" = ? INTERSECT SELECT "products"."name" AS "name" FROM "products" WHERE "products"."category" = ? UNION SELECT "products"."name" AS "name" FROM "products" WHERE "products"."category" = ?    ["a", "b", "c"]"#,
            r#"SELECT "products"."name" AS "name" FROM "products" WHERE "products"."category" = $1 INTERSECT SELECT "products"."name" AS "name" FROM "products" WHERE "products"."category" = $2 UNION SELECT "products"."name" AS "name" FROM "products" WHERE "products"."category" = $3    ["a", "b", "c"]"#,
            r#"SELECT `products`.`name` AS `name` FROM `products` WHERE `products`.`category` = ? INTERSECT SELECT `products`.`name` AS `name` FROM `products` WHERE `products`.`category` = ? UNION SELECT `products`.`name` AS `name` FROM `products` WHERE `products`.`category` = ?    ["a", "b", "c"]"#,
        ],
    );
    whole(
        |d| {
            names("a")
                .union(names("b"))
                .intersect(names("c"))
                .intersect(names("d"))
                .except(names("e"))
                .intersect(names("f"))
                .to_sql(d)
        },
        [
            r#"SELECT "products"."name" AS "name" FROM "products" WHERE "products"."category" = ? UNION SELECT "products"."name" AS "name" FROM "products" WHERE "products"."category" = ? INTERSECT SELECT "products"."name" AS "name" FROM "products" WHERE "products"."category" = ? INTERSECT SELECT "products"."name" AS "name" FROM "products" WHERE "products"."category" = ? EXCEPT SELECT "products"."name" AS "name" FROM "products" WHERE "products"."category" = ? INTERSECT SELECT "products"."name" AS "name" FROM "products" WHERE "products"."category" = ?    ["a", "b", "c", "d", "e", "f"]"#,
            r#"((SELECT "products"."name" AS "name" FROM "products" WHERE "products"."category" = $1 UNION SELECT "products"."name" AS "name" FROM "products" WHERE "products"."category" = $2) INTERSECT SELECT "products"."name" AS "name" FROM "products" WHERE "products"."category" = $3 INTERSECT SELECT "products"."name" AS "name" FROM "products" WHERE "products"."category" = $4 EXCEPT SELECT "products"."name" AS "name" FROM "products" WHERE "products"."category" = $5) INTERSECT SELECT "products"."name" AS "name" FROM "products" WHERE "products"."category" = $6    ["a", "b", "c", "d", "e", "f"]"#,
            r#"((SELECT `products`.`name` AS `name` FROM `products` WHERE `products`.`category` = ? UNION SELECT `products`.`name` AS `name` FROM `products` WHERE `products`.`category` = ?) INTERSECT SELECT `products`.`name` AS `name` FROM `products` WHERE `products`.`category` = ? INTERSECT SELECT `products`.`name` AS `name` FROM `products` WHERE `products`.`category` = ? EXCEPT SELECT `products`.`name` AS `name` FROM `products` WHERE `products`.`category` = ?) INTERSECT SELECT `products`.`name` AS `name` FROM `products` WHERE `products`.`category` = ?    ["a", "b", "c", "d", "e", "f"]"#,
        ],
    );
    // A chain on the other side is one operand.
    whole(
        |d| names("a").except(names("b").union(names("c"))).to_sql(d),
        [
            r#"SELECT "products"."name" AS "name" FROM "products" WHERE "products"."category" = ? EXCEPT SELECT * FROM (SELECT "products"."name" AS "name" FROM "products" WHERE "products"."category" = ? UNION SELECT "products"."name" AS "name" FROM "products" WHERE "products"."category" = ?) AS "products"    ["a", "b", "c"]"#,
            r#"SELECT "products"."name" AS "name" FROM "products" WHERE "products"."category" = $1 EXCEPT SELECT * FROM (SELECT "products"."name" AS "name" FROM "products" WHERE "products"."category" = $2 UNION SELECT "products"."name" AS "name" FROM "products" WHERE "products"."category" = $3) AS "products"    ["a", "b", "c"]"#,
            r#"SELECT `products`.`name` AS `name` FROM `products` WHERE `products`.`category` = ? EXCEPT SELECT * FROM (SELECT `products`.`name` AS `name` FROM `products` WHERE `products`.`category` = ? UNION SELECT `products`.`name` AS `name` FROM `products` WHERE `products`.`category` = ?) AS `products`    ["a", "b", "c"]"#,
        ],
    );
}

#[test]
fn doubles_that_are_counted() {
    each(
        |d| names("a").intersect_all(names("b")).to_sql(d),
        [
            "-- no statement: SQLite has no INTERSECT ALL and EXCEPT ALL that can be relied on: use `intersect` and `except`, which leave doubles out",
            r#"SELECT "products"."name" AS "name" FROM "products" WHERE "products"."category" = $1 INTERSECT ALL SELECT "products"."name" AS "name" FROM "products" WHERE "products"."category" = $2    ["a", "b"]"#,
            r#"SELECT `products`.`name` AS `name` FROM `products` WHERE `products`.`category` = ? INTERSECT ALL SELECT `products`.`name` AS `name` FROM `products` WHERE `products`.`category` = ?    ["a", "b"]"#,
            "-- no statement: MariaDB has no INTERSECT ALL and EXCEPT ALL that can be relied on: use `intersect` and `except`, which leave doubles out",
        ],
    );
    each(
        |d| names("a").except_all(names("b")).to_sql(d),
        [
            "-- no statement: SQLite has no INTERSECT ALL and EXCEPT ALL that can be relied on: use `intersect` and `except`, which leave doubles out",
            r#"SELECT "products"."name" AS "name" FROM "products" WHERE "products"."category" = $1 EXCEPT ALL SELECT "products"."name" AS "name" FROM "products" WHERE "products"."category" = $2    ["a", "b"]"#,
            r#"SELECT `products`.`name` AS `name` FROM `products` WHERE `products`.`category` = ? EXCEPT ALL SELECT `products`.`name` AS `name` FROM `products` WHERE `products`.`category` = ?    ["a", "b"]"#,
            "-- no statement: MariaDB has no INTERSECT ALL and EXCEPT ALL that can be relied on: use `intersect` and `except`, which leave doubles out",
        ],
    );
    each(
        |d| names("a").union(names("b")).intersect_all(names("c")).to_sql(d),
        [
            "-- no statement: SQLite has no INTERSECT ALL and EXCEPT ALL that can be relied on: use `intersect` and `except`, which leave doubles out",
            r#"(SELECT "products"."name" AS "name" FROM "products" WHERE "products"."category" = $1 UNION SELECT "products"."name" AS "name" FROM "products" WHERE "products"."category" = $2) INTERSECT ALL SELECT "products"."name" AS "name" FROM "products" WHERE "products"."category" = $3    ["a", "b", "c"]"#,
            r#"(SELECT `products`.`name` AS `name` FROM `products` WHERE `products`.`category` = ? UNION SELECT `products`.`name` AS `name` FROM `products` WHERE `products`.`category` = ?) INTERSECT ALL SELECT `products`.`name` AS `name` FROM `products` WHERE `products`.`category` = ?    ["a", "b", "c"]"#,
            "-- no statement: MariaDB has no INTERSECT ALL and EXCEPT ALL that can be relied on: use `intersect` and `except`, which leave doubles out",
        ],
    );
}

#[test]
fn in_other_queries() {
    whole(
        |d| {
            Author::query()
                .filter(Author::name.in_subquery(words()))
                .select(Author::bio)
                .to_sql(d)
        },
        [
            r#"SELECT "authors"."bio" FROM "authors" WHERE "authors"."name" IN (SELECT * FROM (SELECT "authors"."name" AS "name" FROM "authors" UNION SELECT "products"."name" AS "name" FROM "products") AS t1)"#,
            r#"SELECT "authors"."bio" FROM "authors" WHERE "authors"."name" IN (SELECT * FROM (SELECT "authors"."name" AS "name" FROM "authors" UNION SELECT "products"."name" AS "name" FROM "products") AS t1)"#,
            "SELECT `authors`.`bio` FROM `authors` WHERE `authors`.`name` IN (SELECT * FROM (SELECT `authors`.`name` AS `name` FROM `authors` UNION SELECT `products`.`name` AS `name` FROM `products`) AS t1)",
        ],
    );
    whole(
        |d| {
            let words = words().order_by(output("name")).limit(3);
            Author::query()
                .filter(Author::name.not_in_subquery(words))
                .select(Author::bio)
                .to_sql(d)
        },
        [
            r#"SELECT "authors"."bio" FROM "authors" WHERE "authors"."name" NOT IN (SELECT * FROM (SELECT "authors"."name" AS "name" FROM "authors" UNION SELECT "products"."name" AS "name" FROM "products") AS t1 ORDER BY "name" LIMIT 3)"#,
            r#"SELECT "authors"."bio" FROM "authors" WHERE "authors"."name" NOT IN (SELECT * FROM (SELECT "authors"."name" AS "name" FROM "authors" UNION SELECT "products"."name" AS "name" FROM "products") AS t1 ORDER BY "name" LIMIT 3)"#,
            "SELECT `authors`.`bio` FROM `authors` WHERE `authors`.`name` NOT IN (SELECT * FROM (SELECT * FROM (SELECT `authors`.`name` AS `name` FROM `authors` UNION SELECT `products`.`name` AS `name` FROM `products`) AS t1 ORDER BY `name` LIMIT 3) AS t2)",
        ],
    );
    whole(
        |d| {
            let first = words().order_by(output("name")).limit(1).scalar();
            Author::query().filter(exists(words())).select(first).to_sql(d)
        },
        [
            r#"SELECT (SELECT * FROM (SELECT "authors"."name" AS "name" FROM "authors" UNION SELECT "products"."name" AS "name" FROM "products") AS t1 ORDER BY "name" LIMIT 1) FROM "authors" WHERE EXISTS (SELECT * FROM (SELECT "authors"."name" AS "name" FROM "authors" UNION SELECT "products"."name" AS "name" FROM "products") AS t2)"#,
            r#"SELECT (SELECT * FROM (SELECT "authors"."name" AS "name" FROM "authors" UNION SELECT "products"."name" AS "name" FROM "products") AS t1 ORDER BY "name" LIMIT 1) FROM "authors" WHERE EXISTS (SELECT * FROM (SELECT "authors"."name" AS "name" FROM "authors" UNION SELECT "products"."name" AS "name" FROM "products") AS t2)"#,
            "SELECT (SELECT * FROM (SELECT `authors`.`name` AS `name` FROM `authors` UNION SELECT `products`.`name` AS `name` FROM `products`) AS t1 ORDER BY `name` LIMIT 1) FROM `authors` WHERE EXISTS (SELECT * FROM (SELECT `authors`.`name` AS `name` FROM `authors` UNION SELECT `products`.`name` AS `name` FROM `products`) AS t2)",
        ],
    );
    whole(
        |d| {
            let ids = stocked(1)
                .union(stocked(2))
                .filter(Product::price.gt(1.5))
                .select(Product::id);
            Sale::query()
                .filter(Sale::product_id.in_subquery(ids))
                .filter(exists(stocked(3).except(stocked(4))))
                .select(Sale::quantity)
                .to_sql(d)
        },
        [
            r#"SELECT "sales"."quantity" FROM "sales" WHERE "sales"."product_id" IN (SELECT "products"."id" FROM (SELECT "products"."id", "products"."name", "products"."category", "products"."price", "products"."stock", "products"."added_on" FROM "products" WHERE "products"."stock" >= ? UNION SELECT "products"."id", "products"."name", "products"."category", "products"."price", "products"."stock", "products"."added_on" FROM "products" WHERE "products"."stock" >= ?) AS "products" WHERE "products"."price" > ?) AND EXISTS (SELECT 1 FROM (SELECT "products"."id", "products"."name", "products"."category", "products"."price", "products"."stock", "products"."added_on" FROM "products" WHERE "products"."stock" >= ? EXCEPT SELECT "products"."id", "products"."name", "products"."category", "products"."price", "products"."stock", "products"."added_on" FROM "products" WHERE "products"."stock" >= ?) AS "products")    [1, 2, 1.5, 3, 4]"#,
            r#"SELECT "sales"."quantity" FROM "sales" WHERE "sales"."product_id" IN (SELECT "products"."id" FROM (SELECT "products"."id", "products"."name", "products"."category", "products"."price", "products"."stock", "products"."added_on" FROM "products" WHERE "products"."stock" >= $1 UNION SELECT "products"."id", "products"."name", "products"."category", "products"."price", "products"."stock", "products"."added_on" FROM "products" WHERE "products"."stock" >= $2) AS "products" WHERE "products"."price" > $3) AND EXISTS (SELECT 1 FROM (SELECT "products"."id", "products"."name", "products"."category", "products"."price", "products"."stock", "products"."added_on" FROM "products" WHERE "products"."stock" >= $4 EXCEPT SELECT "products"."id", "products"."name", "products"."category", "products"."price", "products"."stock", "products"."added_on" FROM "products" WHERE "products"."stock" >= $5) AS "products")    [1, 2, 1.5, 3, 4]"#,
            "SELECT `sales`.`quantity` FROM `sales` WHERE `sales`.`product_id` IN (SELECT `products`.`id` FROM (SELECT `products`.`id`, `products`.`name`, `products`.`category`, `products`.`price`, `products`.`stock`, `products`.`added_on` FROM `products` WHERE `products`.`stock` >= ? UNION SELECT `products`.`id`, `products`.`name`, `products`.`category`, `products`.`price`, `products`.`stock`, `products`.`added_on` FROM `products` WHERE `products`.`stock` >= ?) AS `products` WHERE `products`.`price` > ?) AND EXISTS (SELECT 1 FROM (SELECT `products`.`id`, `products`.`name`, `products`.`category`, `products`.`price`, `products`.`stock`, `products`.`added_on` FROM `products` WHERE `products`.`stock` >= ? EXCEPT SELECT `products`.`id`, `products`.`name`, `products`.`category`, `products`.`price`, `products`.`stock`, `products`.`added_on` FROM `products` WHERE `products`.`stock` >= ?) AS `products`)    [1, 2, 1.5, 3, 4]",
        ],
    );
    whole(
        |d| {
            stocked(1)
                .union(stocked(2))
                .join::<Sale>(|p, s| s.get(Sale::product_id).eq(p.get(Product::id)))
                .filter(|p, _| p.get(Product::price).gt(1.5))
                .select(|p, s| (p.get(Product::name), s.get(Sale::quantity)))
                .to_sql(d)
        },
        [
            r#"SELECT "products"."name", t1."quantity" FROM (SELECT "products"."id", "products"."name", "products"."category", "products"."price", "products"."stock", "products"."added_on" FROM "products" WHERE "products"."stock" >= ? UNION SELECT "products"."id", "products"."name", "products"."category", "products"."price", "products"."stock", "products"."added_on" FROM "products" WHERE "products"."stock" >= ?) AS "products" JOIN "sales" AS t1 ON t1."product_id" = "products"."id" WHERE "products"."price" > ?    [1, 2, 1.5]"#,
            r#"SELECT "products"."name", t1."quantity" FROM (SELECT "products"."id", "products"."name", "products"."category", "products"."price", "products"."stock", "products"."added_on" FROM "products" WHERE "products"."stock" >= $1 UNION SELECT "products"."id", "products"."name", "products"."category", "products"."price", "products"."stock", "products"."added_on" FROM "products" WHERE "products"."stock" >= $2) AS "products" JOIN "sales" AS t1 ON t1."product_id" = "products"."id" WHERE "products"."price" > $3    [1, 2, 1.5]"#,
            "SELECT `products`.`name`, t1.`quantity` FROM (SELECT `products`.`id`, `products`.`name`, `products`.`category`, `products`.`price`, `products`.`stock`, `products`.`added_on` FROM `products` WHERE `products`.`stock` >= ? UNION SELECT `products`.`id`, `products`.`name`, `products`.`category`, `products`.`price`, `products`.`stock`, `products`.`added_on` FROM `products` WHERE `products`.`stock` >= ?) AS `products` JOIN `sales` AS t1 ON t1.`product_id` = `products`.`id` WHERE `products`.`price` > ?    [1, 2, 1.5]",
        ],
    );
    // The table that is changed.
    whole(
        |d| {
            let ids = stocked(1)
                .select(Product::id)
                .union(stocked(2).select(Product::id));
            Product::delete().filter(Product::id.in_subquery(ids)).to_sql(d)
        },
        [
            r#"DELETE FROM "products" WHERE "products"."id" IN (SELECT * FROM (SELECT "products"."id" AS "id" FROM "products" WHERE "products"."stock" >= ? UNION SELECT "products"."id" AS "id" FROM "products" WHERE "products"."stock" >= ?) AS t1)    [1, 2]"#,
            r#"DELETE FROM "products" WHERE "products"."id" IN (SELECT * FROM (SELECT "products"."id" AS "id" FROM "products" WHERE "products"."stock" >= $1 UNION SELECT "products"."id" AS "id" FROM "products" WHERE "products"."stock" >= $2) AS t1)    [1, 2]"#,
            "DELETE FROM `products` WHERE `products`.`id` IN (SELECT * FROM (SELECT * FROM (SELECT `products`.`id` AS `id` FROM `products` WHERE `products`.`stock` >= ? UNION SELECT `products`.`id` AS `id` FROM `products` WHERE `products`.`stock` >= ?) AS t1 LIMIT 18446744073709551615) AS t2)    [1, 2]",
        ],
    );
    whole(
        |d| Author::insert_from(Author::name, words()).to_sql(d),
        [
            "-- no statement: rows of several queries together are not inserted as they are: give them a name by `cte`, or insert those of each query",
            "-- no statement: rows of several queries together are not inserted as they are: give them a name by `cte`, or insert those of each query",
            "-- no statement: rows of several queries together are not inserted as they are: give them a name by `cte`, or insert those of each query",
        ],
    );
}

#[test]
fn decimals_at_one_scale() {
    whole(
        |d| {
            Coin::query()
                .select(Coin::worth)
                .union(Grain::query().select(Grain::weight))
                .to_sql(d)
        },
        [
            r#"SELECT "coins"."worth" * 100 AS "worth" FROM "coins" UNION SELECT "grains"."weight" AS "weight" FROM "grains""#,
            r#"SELECT "coins"."worth" AS "worth" FROM "coins" UNION SELECT "grains"."weight" AS "weight" FROM "grains""#,
            "SELECT `coins`.`worth` AS `worth` FROM `coins` UNION SELECT `grains`.`weight` AS `weight` FROM `grains`",
        ],
    );
    whole(
        |d| {
            let amounts = Grain::query()
                .select(Grain::weight)
                .union(Grain::query().select(Grain::weight));
            Coin::query()
                .filter(Coin::worth.in_subquery(amounts))
                .select(count_all())
                .to_sql(d)
        },
        [
            r#"SELECT COUNT(*) FROM "coins" WHERE "coins"."worth" * 100 IN (SELECT * FROM (SELECT "grains"."weight" AS "weight" FROM "grains" UNION SELECT "grains"."weight" AS "weight" FROM "grains") AS "grains")"#,
            r#"SELECT COUNT(*) FROM "coins" WHERE "coins"."worth" IN (SELECT * FROM (SELECT "grains"."weight" AS "weight" FROM "grains" UNION SELECT "grains"."weight" AS "weight" FROM "grains") AS "grains")"#,
            "SELECT COUNT(*) FROM `coins` WHERE `coins`.`worth` IN (SELECT * FROM (SELECT `grains`.`weight` AS `weight` FROM `grains` UNION SELECT `grains`.`weight` AS `weight` FROM `grains`) AS `grains`)",
        ],
    );
    whole(
        |d| {
            let both = Coin::query()
                .select(Coin::worth)
                .union(Grain::query().select(Grain::weight));
            let coins = Coin::query()
                .select(Coin::worth)
                .union_all(Coin::query().select(Coin::worth));
            Coin::query()
                .filter(Coin::worth.in_subquery(both.clone()))
                .filter(
                    Grain::query()
                        .limit(1)
                        .select(Grain::weight)
                        .scalar()
                        .in_subquery(coins.clone()),
                )
                .select(both.order_by(output("worth")).limit(1).scalar())
                .to_sql(d)
        },
        [
            r#"SELECT (SELECT * FROM (SELECT "coins"."worth" * 100 AS "worth" FROM "coins" UNION SELECT "grains"."weight" AS "weight" FROM "grains") AS t1 ORDER BY "worth" LIMIT 1) FROM "coins" WHERE "coins"."worth" * 100 IN (SELECT * FROM (SELECT "coins"."worth" * 100 AS "worth" FROM "coins" UNION SELECT "grains"."weight" AS "weight" FROM "grains") AS t2) AND (SELECT "grains"."weight" FROM "grains" LIMIT 1) IN (SELECT "worth" * 100 AS "worth" FROM (SELECT "coins"."worth" AS "worth" FROM "coins" UNION ALL SELECT "coins"."worth" AS "worth" FROM "coins") AS t3)"#,
            r#"SELECT (SELECT * FROM (SELECT "coins"."worth" AS "worth" FROM "coins" UNION SELECT "grains"."weight" AS "weight" FROM "grains") AS t1 ORDER BY "worth" LIMIT 1) FROM "coins" WHERE "coins"."worth" IN (SELECT * FROM (SELECT "coins"."worth" AS "worth" FROM "coins" UNION SELECT "grains"."weight" AS "weight" FROM "grains") AS t2) AND (SELECT "grains"."weight" FROM "grains" LIMIT 1) IN (SELECT * FROM (SELECT "coins"."worth" AS "worth" FROM "coins" UNION ALL SELECT "coins"."worth" AS "worth" FROM "coins") AS t3)"#,
            "SELECT (SELECT * FROM (SELECT `coins`.`worth` AS `worth` FROM `coins` UNION SELECT `grains`.`weight` AS `weight` FROM `grains`) AS t1 ORDER BY `worth` LIMIT 1) FROM `coins` WHERE `coins`.`worth` IN (SELECT * FROM (SELECT `coins`.`worth` AS `worth` FROM `coins` UNION SELECT `grains`.`weight` AS `weight` FROM `grains`) AS t2) AND (SELECT `grains`.`weight` FROM `grains` LIMIT 1) IN (SELECT * FROM (SELECT `coins`.`worth` AS `worth` FROM `coins` UNION ALL SELECT `coins`.`worth` AS `worth` FROM `coins`) AS t3)",
        ],
    );
    whole(
        |d| {
            let coins = Coin::query()
                .select(Coin::worth)
                .union(Coin::query().select(Coin::worth));
            coins
                .limit(2)
                .union_all(Grain::query().select(Grain::weight))
                .to_sql(d)
        },
        [
            r#"SELECT * FROM (SELECT "worth" * 100 AS "worth" FROM (SELECT "coins"."worth" AS "worth" FROM "coins" UNION SELECT "coins"."worth" AS "worth" FROM "coins") AS "coins" LIMIT 2) UNION ALL SELECT "grains"."weight" AS "weight" FROM "grains""#,
            r#"(SELECT * FROM (SELECT "coins"."worth" AS "worth" FROM "coins" UNION SELECT "coins"."worth" AS "worth" FROM "coins") AS "coins" LIMIT 2) UNION ALL SELECT "grains"."weight" AS "weight" FROM "grains""#,
            "(SELECT * FROM (SELECT `coins`.`worth` AS `worth` FROM `coins` UNION SELECT `coins`.`worth` AS `worth` FROM `coins`) AS `coins` LIMIT 2) UNION ALL SELECT `grains`.`weight` AS `weight` FROM `grains`",
        ],
    );
    whole(
        |d| {
            Coin::query()
                .union_all(Coin::query())
                .filter(Coin::worth.gt(Decimal::new(15, 1)))
                .select(Coin::worth.sum())
                .to_sql(d)
        },
        [
            r#"SELECT SUM("coins"."worth") FROM (SELECT "coins"."id", "coins"."worth" FROM "coins" UNION ALL SELECT "coins"."id", "coins"."worth" FROM "coins") AS "coins" WHERE ("coins"."worth" > ?)    [150]"#,
            r#"SELECT SUM("coins"."worth") FROM (SELECT "coins"."id", "coins"."worth" FROM "coins" UNION ALL SELECT "coins"."id", "coins"."worth" FROM "coins") AS "coins" WHERE "coins"."worth" > $1    [1.5]"#,
            "SELECT SUM(`coins`.`worth`) FROM (SELECT `coins`.`id`, `coins`.`worth` FROM `coins` UNION ALL SELECT `coins`.`id`, `coins`.`worth` FROM `coins`) AS `coins` WHERE `coins`.`worth` > ?    [1.5]",
        ],
    );
}

#[test]
fn scopes_of_each_query() {
    whole(
        |d| {
            Note::query()
                .filter(Note::text.ne("a"))
                .union(Note::query().only_deleted())
                .filter(Note::text.ne("b"))
                .select(Note::text)
                .to_sql(d)
        },
        [
            r#"SELECT "notes"."text" FROM (SELECT "notes"."id", "notes"."text", "notes"."version", "notes"."deleted_at" FROM "notes" WHERE "notes"."deleted_at" IS NULL AND "notes"."text" <> ? UNION SELECT "notes"."id", "notes"."text", "notes"."version", "notes"."deleted_at" FROM "notes" WHERE "notes"."deleted_at" IS NOT NULL) AS "notes" WHERE "notes"."text" <> ?    ["a", "b"]"#,
            r#"SELECT "notes"."text" FROM (SELECT "notes"."id", "notes"."text", "notes"."version", "notes"."deleted_at" FROM "notes" WHERE "notes"."deleted_at" IS NULL AND "notes"."text" <> $1 UNION SELECT "notes"."id", "notes"."text", "notes"."version", "notes"."deleted_at" FROM "notes" WHERE "notes"."deleted_at" IS NOT NULL) AS "notes" WHERE "notes"."text" <> $2    ["a", "b"]"#,
            r#"SELECT `notes`.`text` FROM (SELECT `notes`.`id`, `notes`.`text`, `notes`.`version`, `notes`.`deleted_at` FROM `notes` WHERE `notes`.`deleted_at` IS NULL AND `notes`.`text` <> ? UNION SELECT `notes`.`id`, `notes`.`text`, `notes`.`version`, `notes`.`deleted_at` FROM `notes` WHERE `notes`.`deleted_at` IS NOT NULL) AS `notes` WHERE `notes`.`text` <> ?    ["a", "b"]"#,
        ],
    );
    whole(
        |d| {
            Note::query()
                .select(Note::text)
                .union(Paper::query().filter(Paper::text.ne("a")).select(Paper::text))
                .to_sql(d)
        },
        [
            r#"SELECT "notes"."text" AS "text" FROM "notes" WHERE "notes"."deleted_at" IS NULL UNION SELECT "papers"."text" AS "text" FROM "papers" WHERE "papers"."tenant_id" = ? AND "papers"."text" <> ?    ["the tenant", "a"]"#,
            r#"SELECT "notes"."text" AS "text" FROM "notes" WHERE "notes"."deleted_at" IS NULL UNION SELECT "papers"."text" AS "text" FROM "papers" WHERE "papers"."tenant_id" = $1 AND "papers"."text" <> $2    ["the tenant", "a"]"#,
            r#"SELECT `notes`.`text` AS `text` FROM `notes` WHERE `notes`.`deleted_at` IS NULL UNION SELECT `papers`.`text` AS `text` FROM `papers` WHERE `papers`.`tenant_id` = ? AND `papers`.`text` <> ?    ["the tenant", "a"]"#,
        ],
    );
}

#[test]
fn what_is_wrong_in_one_query_is_said() {
    for text in all(|d| {
        let several = || Product::query().select(Product::name).scalar();
        names("a")
            .union(Author::query().select(several().coalesce("x")))
            .to_sql(d)
            .to_string()
    }) {
        assert!(
            text.starts_with("-- no statement: a query of `Product` stands as a value"),
            "{text}"
        );
    }
}

/// The text with the quotes and placeholders of SQLite.
fn plain(sql: &str) -> String {
    ["$1", "$2", "$3"]
        .iter()
        .fold(sql.replace('`', "\""), |sql, number| sql.replace(number, "?"))
}

on_all! {
    async fn counted(db) {
        db.create_all::<(Author, Product)>().await?;
        let capture = Capture::attach(db);
        words().count(db).await?;
        words().limit(3).count(db).await?;
        words().order_by(output("name")).exists(db).await?;
        stocked(1).union(stocked(2)).count(db).await?;
        stocked(1).union(stocked(2)).filter(Product::price.gt(1.5)).order_by(Product::name).exists(db).await?;
        let sent: Vec<String> = capture.take().iter().map(|sql| plain(sql)).collect();
        let words = r#"SELECT "authors"."name" AS "name" FROM "authors" UNION SELECT "products"."name" AS "name" FROM "products""#;
        let columns = r#""products"."id", "products"."name", "products"."category", "products"."price", "products"."stock", "products"."added_on""#;
        let part = format!(r#"SELECT {columns} FROM "products" WHERE "products"."stock" >= ?"#);
        assert_eq!(
            sent,
            [
                format!(r#"SELECT COUNT(*) FROM ({words}) AS "authors""#),
                format!(r#"SELECT COUNT(*) FROM (SELECT 1 FROM ({words}) AS "authors" LIMIT 3) AS "counted""#),
                format!(r#"SELECT EXISTS(SELECT 1 FROM ({words}) AS "authors")"#),
                format!(r#"SELECT COUNT(*) FROM ({part} UNION {part}) AS "products""#),
                format!(r#"SELECT EXISTS(SELECT 1 FROM ({part} UNION {part}) AS "products" WHERE "products"."price" > ?)"#),
            ]
        );
    }
}
