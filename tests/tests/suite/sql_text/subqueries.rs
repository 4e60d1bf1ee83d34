//! Queries in conditions and as values, as text.

use orm_core::prelude::*;
use tests::book::{Author, Book, Product, Promotion, Sale};

use super::super::scopes::{Note, Paper};
use super::super::sets::{Coin, Grain};
use super::{all, whole};

#[test]
fn among_the_values_of_a_query() {
    whole(
        |d| {
            let recent = Book::query()
                .filter(Book::published_year.gt(2000))
                .select(Book::author_id);
            Author::query()
                .filter(Author::id.in_subquery(recent))
                .select(Author::name)
                .to_sql(d)
        },
        [
            r#"SELECT "authors"."name" FROM "authors" WHERE "authors"."id" IN (SELECT "books"."author_id" FROM "books" WHERE "books"."published_year" > ?)    [2000]"#,
            r#"SELECT "authors"."name" FROM "authors" WHERE "authors"."id" IN (SELECT "books"."author_id" FROM "books" WHERE "books"."published_year" > $1)    [2000]"#,
            "SELECT `authors`.`name` FROM `authors` WHERE `authors`.`id` IN (SELECT `books`.`author_id` FROM `books` WHERE `books`.`published_year` > ?)    [2000]",
        ],
    );
    // An order without a limit says nothing there.
    whole(
        |d| {
            let sold = Sale::query()
                .filter(Sale::quantity.gt(2))
                .order_by(Sale::id)
                .distinct()
                .select(Sale::product_id);
            Product::query()
                .filter(Product::stock.gt(1))
                .filter(Product::id.not_in_subquery(sold))
                .select(Product::name)
                .to_sql(d)
        },
        [
            r#"SELECT "products"."name" FROM "products" WHERE "products"."stock" > ? AND "products"."id" NOT IN (SELECT DISTINCT "sales"."product_id" FROM "sales" WHERE "sales"."quantity" > ?)    [1, 2]"#,
            r#"SELECT "products"."name" FROM "products" WHERE "products"."stock" > $1 AND "products"."id" NOT IN (SELECT DISTINCT "sales"."product_id" FROM "sales" WHERE "sales"."quantity" > $2)    [1, 2]"#,
            "SELECT `products`.`name` FROM `products` WHERE `products`.`stock` > ? AND `products`.`id` NOT IN (SELECT DISTINCT `sales`.`product_id` FROM `sales` WHERE `sales`.`quantity` > ?)    [1, 2]",
        ],
    );
    whole(
        |d| {
            let known = || Book::query().select(Book::author_id);
            Author::query()
                .filter(!Author::id.in_subquery(known()))
                .filter(!Author::id.not_in_subquery(known()))
                .select(Author::name)
                .to_sql(d)
        },
        [
            r#"SELECT "authors"."name" FROM "authors" WHERE "authors"."id" NOT IN (SELECT "books"."author_id" FROM "books") AND "authors"."id" IN (SELECT "books"."author_id" FROM "books")"#,
            r#"SELECT "authors"."name" FROM "authors" WHERE "authors"."id" NOT IN (SELECT "books"."author_id" FROM "books") AND "authors"."id" IN (SELECT "books"."author_id" FROM "books")"#,
            "SELECT `authors`.`name` FROM `authors` WHERE `authors`.`id` NOT IN (SELECT `books`.`author_id` FROM `books`) AND `authors`.`id` IN (SELECT `books`.`author_id` FROM `books`)",
        ],
    );
    // A value is looked for, and an expression.
    whole(
        |d| {
            let percents = || Promotion::query().select(Promotion::percent);
            Author::query()
                .filter(
                    literal(5_i64)
                        .in_subquery(percents())
                        .or(Author::name.length().in_subquery(percents())),
                )
                .select(Author::name)
                .to_sql(d)
        },
        [
            r#"SELECT "authors"."name" FROM "authors" WHERE (? IN (SELECT "promotions"."percent" FROM "promotions") OR length("authors"."name") IN (SELECT "promotions"."percent" FROM "promotions"))    [5]"#,
            r#"SELECT "authors"."name" FROM "authors" WHERE ($1 IN (SELECT "promotions"."percent" FROM "promotions") OR CHAR_LENGTH("authors"."name") IN (SELECT "promotions"."percent" FROM "promotions"))    [5]"#,
            "SELECT `authors`.`name` FROM `authors` WHERE (? IN (SELECT `promotions`.`percent` FROM `promotions`) OR CHAR_LENGTH(`authors`.`name`) IN (SELECT `promotions`.`percent` FROM `promotions`))    [5]",
        ],
    );
}

#[test]
fn the_rows_that_are_looked_through_may_be_limited() {
    whole(
        |d| {
            let last = Book::query()
                .order_by(Book::published_year.desc())
                .limit(3)
                .offset(1)
                .select(Book::author_id);
            Author::query()
                .filter(Author::id.in_subquery(last))
                .select(Author::name)
                .to_sql(d)
        },
        [
            r#"SELECT "authors"."name" FROM "authors" WHERE "authors"."id" IN (SELECT "books"."author_id" FROM "books" ORDER BY "books"."published_year" DESC LIMIT 3 OFFSET 1)"#,
            r#"SELECT "authors"."name" FROM "authors" WHERE "authors"."id" IN (SELECT "books"."author_id" FROM "books" ORDER BY "books"."published_year" DESC LIMIT 3 OFFSET 1)"#,
            "SELECT `authors`.`name` FROM `authors` WHERE `authors`.`id` IN (SELECT * FROM (SELECT `books`.`author_id` FROM `books` ORDER BY `books`.`published_year` DESC LIMIT 3 OFFSET 1) AS t1)",
        ],
    );
    whole(
        |d| {
            let few = Product::query().limit(2).select(Product::id);
            let unseen = Product::query()
                .filter(Product::id.not_in_subquery(few))
                .select(Product::id);
            Sale::query()
                .filter(Sale::product_id.in_subquery(unseen))
                .select(Sale::quantity)
                .to_sql(d)
        },
        [
            r#"SELECT "sales"."quantity" FROM "sales" WHERE "sales"."product_id" IN (SELECT "products"."id" FROM "products" WHERE "products"."id" NOT IN (SELECT t1."id" FROM "products" AS t1 LIMIT 2))"#,
            r#"SELECT "sales"."quantity" FROM "sales" WHERE "sales"."product_id" IN (SELECT "products"."id" FROM "products" WHERE "products"."id" NOT IN (SELECT t1."id" FROM "products" AS t1 LIMIT 2))"#,
            "SELECT `sales`.`quantity` FROM `sales` WHERE `sales`.`product_id` IN (SELECT `products`.`id` FROM `products` WHERE `products`.`id` NOT IN (SELECT * FROM (SELECT t1.`id` FROM `products` AS t1 LIMIT 2) AS t2))",
        ],
    );
}

#[test]
fn the_value_of_a_query() {
    // Of the same table: under another name, also within itself.
    whole(
        |d| {
            let home = Product::query()
                .filter(Product::category.eq("home"))
                .select(Product::price.max())
                .scalar();
            let below = Product::query()
                .filter(Product::price.lt(home))
                .select(Product::price.avg())
                .scalar();
            Product::query()
                .filter(Product::price.gt(below))
                .select(Product::name)
                .to_sql(d)
        },
        [
            r#"SELECT "products"."name" FROM "products" WHERE "products"."price" > (SELECT AVG(t1."price") FROM "products" AS t1 WHERE t1."price" < (SELECT MAX(t2."price") FROM "products" AS t2 WHERE t2."category" = ?))    ["home"]"#,
            r#"SELECT "products"."name" FROM "products" WHERE "products"."price" > (SELECT AVG(t1."price")::float8 FROM "products" AS t1 WHERE t1."price" < (SELECT MAX(t2."price") FROM "products" AS t2 WHERE t2."category" = $1))    ["home"]"#,
            r#"SELECT `products`.`name` FROM `products` WHERE `products`.`price` > (SELECT AVG(t1.`price` + 0e0) FROM `products` AS t1 WHERE t1.`price` < (SELECT MAX(t2.`price`) FROM `products` AS t2 WHERE t2.`category` = ?))    ["home"]"#,
        ],
    );
    // Among the outputs, in an order and in a group.
    whole(
        |d| {
            let first = Book::query()
                .order_by(Book::title)
                .limit(1)
                .select(Book::title)
                .scalar();
            let of_key = Author::find(7).select(Author::name).scalar();
            let mean = || Sale::query().select(Sale::sale_price.avg()).scalar();
            Product::query()
                .filter(Product::stock.gt(2))
                .group_by(Product::name)
                .having(Product::price.max().gt(mean()))
                .order_by(mean())
                .select((Product::name, first, of_key))
                .to_sql(d)
        },
        [
            r#"SELECT "products"."name", (SELECT "books"."title" FROM "books" ORDER BY "books"."title" LIMIT 1), (SELECT "authors"."name" FROM "authors" WHERE "authors"."id" = ?) FROM "products" WHERE "products"."stock" > ? GROUP BY "products"."name" HAVING MAX("products"."price") > (SELECT AVG("sales"."sale_price") FROM "sales") ORDER BY (SELECT AVG("sales"."sale_price") FROM "sales")    [7, 2]"#,
            r#"SELECT "products"."name", (SELECT "books"."title" FROM "books" ORDER BY "books"."title" LIMIT 1), (SELECT "authors"."name" FROM "authors" WHERE "authors"."id" = $1) FROM "products" WHERE "products"."stock" > $2 GROUP BY "products"."name" HAVING MAX("products"."price") > (SELECT AVG("sales"."sale_price")::float8 FROM "sales") ORDER BY (SELECT AVG("sales"."sale_price")::float8 FROM "sales")    [7, 2]"#,
            "SELECT `products`.`name`, (SELECT `books`.`title` FROM `books` ORDER BY `books`.`title` LIMIT 1), (SELECT `authors`.`name` FROM `authors` WHERE `authors`.`id` = ?) FROM `products` WHERE `products`.`stock` > ? GROUP BY `products`.`name` HAVING MAX(`products`.`price`) > (SELECT AVG(`sales`.`sale_price` + 0e0) FROM `sales`) ORDER BY (SELECT AVG(`sales`.`sale_price` + 0e0) FROM `sales`)    [7, 2]",
        ],
    );
    // Compared with an expression, in arithmetic.
    whole(
        |d| {
            let sold = || {
                Sale::query()
                    .filter(Sale::quantity.gt(1))
                    .select(count_all())
                    .scalar()
            };
            Author::query()
                .filter((sold() + 1).gt(3))
                .select(sold().coalesce(0))
                .to_sql(d)
        },
        [
            r#"SELECT COALESCE((SELECT COUNT(*) FROM "sales" WHERE "sales"."quantity" > ?), ?) FROM "authors" WHERE ((SELECT COUNT(*) FROM "sales" WHERE "sales"."quantity" > ?) + ?) > ?    [1, 0, 1, 1, 3]"#,
            r#"SELECT COALESCE((SELECT COUNT(*) FROM "sales" WHERE "sales"."quantity" > $1), $2) FROM "authors" WHERE ((SELECT COUNT(*) FROM "sales" WHERE "sales"."quantity" > $3) + $4) > $5    [1, 0, 1, 1, 3]"#,
            "SELECT COALESCE((SELECT COUNT(*) FROM `sales` WHERE `sales`.`quantity` > ?), ?) FROM `authors` WHERE ((SELECT COUNT(*) FROM `sales` WHERE `sales`.`quantity` > ?) + ?) > ?    [1, 0, 1, 1, 3]",
        ],
    );
}

#[test]
fn whether_there_is_a_row() {
    whole(
        |d| {
            let sold = Sale::query().filter(Sale::quantity.gt(7)).order_by(Sale::id);
            Product::query()
                .filter(exists(sold))
                .select(Product::name)
                .to_sql(d)
        },
        [
            r#"SELECT "products"."name" FROM "products" WHERE EXISTS (SELECT 1 FROM "sales" WHERE "sales"."quantity" > ?)    [7]"#,
            r#"SELECT "products"."name" FROM "products" WHERE EXISTS (SELECT 1 FROM "sales" WHERE "sales"."quantity" > $1)    [7]"#,
            "SELECT `products`.`name` FROM `products` WHERE EXISTS (SELECT 1 FROM `sales` WHERE `sales`.`quantity` > ?)    [7]",
        ],
    );
    // Of the same table, negated, with a path of its own.
    whole(
        |d| {
            let dear = Sale::query().filter(Sale::product.get(Product::price).gt(1.5));
            let ten = Sale::query().limit(10).offset(9);
            Sale::query()
                .filter(!exists(dear))
                .filter(exists(ten))
                .select(Sale::quantity)
                .to_sql(d)
        },
        [
            r#"SELECT "sales"."quantity" FROM "sales" WHERE NOT EXISTS (SELECT 1 FROM "sales" AS t1 JOIN "products" AS t2 ON t2."id" = t1."product_id" WHERE t2."price" > ?) AND EXISTS (SELECT 1 FROM "sales" AS t3 LIMIT 10 OFFSET 9)    [1.5]"#,
            r#"SELECT "sales"."quantity" FROM "sales" WHERE NOT EXISTS (SELECT 1 FROM "sales" AS t1 JOIN "products" AS t2 ON t2."id" = t1."product_id" WHERE t2."price" > $1) AND EXISTS (SELECT 1 FROM "sales" AS t3 LIMIT 10 OFFSET 9)    [1.5]"#,
            "SELECT `sales`.`quantity` FROM `sales` WHERE NOT EXISTS (SELECT 1 FROM `sales` AS t1 JOIN `products` AS t2 ON t2.`id` = t1.`product_id` WHERE t2.`price` > ?) AND EXISTS (SELECT 1 FROM `sales` AS t3 LIMIT 10 OFFSET 9)    [1.5]",
        ],
    );
    // Outputs count where they make rows: an aggregate, groups.
    whole(
        |d| {
            let most = Book::query().select(Book::published_year.max());
            let groups = Book::query()
                .group_by(Book::author_id)
                .having(count_all().gt(2))
                .select((Book::author_id, count_all()));
            let plain = Book::query().select((Book::title, Book::version)).distinct();
            Product::query()
                .filter(exists(most))
                .filter(exists(groups))
                .filter(exists(plain))
                .select(Product::name)
                .to_sql(d)
        },
        [
            r#"SELECT "products"."name" FROM "products" WHERE EXISTS (SELECT MAX("books"."published_year") FROM "books") AND EXISTS (SELECT "books"."author_id", COUNT(*) AS c2 FROM "books" GROUP BY "books"."author_id" HAVING COUNT(*) > ?) AND EXISTS (SELECT DISTINCT "books"."title", "books"."version" AS c2 FROM "books")    [2]"#,
            r#"SELECT "products"."name" FROM "products" WHERE EXISTS (SELECT MAX("books"."published_year") FROM "books") AND EXISTS (SELECT "books"."author_id", COUNT(*) AS c2 FROM "books" GROUP BY "books"."author_id" HAVING COUNT(*) > $1) AND EXISTS (SELECT DISTINCT "books"."title", "books"."version" AS c2 FROM "books")    [2]"#,
            "SELECT `products`.`name` FROM `products` WHERE EXISTS (SELECT MAX(`books`.`published_year`) FROM `books`) AND EXISTS (SELECT `books`.`author_id`, COUNT(*) AS c2 FROM `books` GROUP BY `books`.`author_id` HAVING COUNT(*) > ?) AND EXISTS (SELECT DISTINCT `books`.`title`, `books`.`version` AS c2 FROM `books`)    [2]",
        ],
    );
    // A join, whose row is of several tables.
    whole(
        |d| {
            let sold = Product::query()
                .join::<Sale>(|p, s| s.get(Sale::product_id).eq(p.get(Product::id)))
                .filter(|_, s| s.get(Sale::quantity).gt(1));
            Product::query()
                .filter(exists(sold))
                .select(Product::name)
                .to_sql(d)
        },
        [
            r#"SELECT "products"."name" FROM "products" WHERE EXISTS (SELECT 1 FROM "products" AS t1 JOIN "sales" AS t2 ON t2."product_id" = t1."id" WHERE t2."quantity" > ?)    [1]"#,
            r#"SELECT "products"."name" FROM "products" WHERE EXISTS (SELECT 1 FROM "products" AS t1 JOIN "sales" AS t2 ON t2."product_id" = t1."id" WHERE t2."quantity" > $1)    [1]"#,
            "SELECT `products`.`name` FROM `products` WHERE EXISTS (SELECT 1 FROM `products` AS t1 JOIN `sales` AS t2 ON t2.`product_id` = t1.`id` WHERE t2.`quantity` > ?)    [1]",
        ],
    );
}

#[test]
fn in_updates() {
    // MySQL and MariaDB do not read the table that they change, but for a table of their own made from it.
    whole(
        |d| {
            let mean = Product::query().select(Product::price.avg()).scalar();
            let few = Product::query().filter(Product::stock.lt(3)).select(Product::id);
            Product::update()
                .set(Product::price, mean.coalesce(1.5))
                .filter(Product::id.in_subquery(few))
                .to_sql(d)
        },
        [
            r#"UPDATE "products" SET "price" = COALESCE((SELECT AVG(t1."price") FROM "products" AS t1), ?) WHERE "products"."id" IN (SELECT t2."id" FROM "products" AS t2 WHERE t2."stock" < ?)    [1.5, 3]"#,
            r#"UPDATE "products" SET "price" = COALESCE((SELECT AVG(t1."price")::float8 FROM "products" AS t1), $1) WHERE "products"."id" IN (SELECT t2."id" FROM "products" AS t2 WHERE t2."stock" < $2)    [1.5, 3]"#,
            "UPDATE `products` SET `price` = COALESCE((SELECT * FROM (SELECT AVG(t1.`price` + 0e0) FROM `products` AS t1 LIMIT 18446744073709551615) AS t2), ?) WHERE `products`.`id` IN (SELECT * FROM (SELECT t3.`id` FROM `products` AS t3 WHERE t3.`stock` < ? LIMIT 18446744073709551615) AS t4)    [1.5, 3]",
        ],
    );
    whole(
        |d| {
            let cheapest = Product::query()
                .order_by(Product::price)
                .limit(1)
                .select(Product::id);
            Product::update()
                .set(Product::stock, 0)
                .filter(Product::id.in_subquery(cheapest))
                .to_sql(d)
        },
        [
            r#"UPDATE "products" SET "stock" = ? WHERE "products"."id" IN (SELECT t1."id" FROM "products" AS t1 ORDER BY t1."price" LIMIT 1)    [0]"#,
            r#"UPDATE "products" SET "stock" = $1 WHERE "products"."id" IN (SELECT t1."id" FROM "products" AS t1 ORDER BY t1."price" LIMIT 1)    [0]"#,
            "UPDATE `products` SET `stock` = ? WHERE `products`.`id` IN (SELECT * FROM (SELECT t1.`id` FROM `products` AS t1 ORDER BY t1.`price` LIMIT 1) AS t2)    [0]",
        ],
    );
    whole(
        |d| {
            let sold = Sale::query()
                .filter(Sale::product.get(Product::stock).gt(1))
                .select(Sale::quantity.max())
                .scalar();
            Product::update()
                .set(Product::stock, sold.coalesce(0))
                .filter(Product::id.eq(3))
                .to_sql(d)
        },
        [
            r#"UPDATE "products" SET "stock" = COALESCE((SELECT MAX("sales"."quantity") FROM "sales" JOIN "products" AS t1 ON t1."id" = "sales"."product_id" WHERE t1."stock" > ?), ?) WHERE "products"."id" = ?    [1, 0, 3]"#,
            r#"UPDATE "products" SET "stock" = COALESCE((SELECT MAX("sales"."quantity") FROM "sales" JOIN "products" AS t1 ON t1."id" = "sales"."product_id" WHERE t1."stock" > $1), $2) WHERE "products"."id" = $3    [1, 0, 3]"#,
            "UPDATE `products` SET `stock` = COALESCE((SELECT * FROM (SELECT MAX(`sales`.`quantity`) FROM `sales` JOIN `products` AS t1 ON t1.`id` = `sales`.`product_id` WHERE t1.`stock` > ? LIMIT 18446744073709551615) AS t2), ?) WHERE `products`.`id` = ?    [1, 0, 3]",
        ],
    );
    whole(
        |d| {
            let sold = Sale::query().select(Sale::product_id);
            Product::update()
                .set(Product::stock, 0)
                .filter(!Product::id.in_subquery(sold))
                .to_sql(d)
        },
        [
            r#"UPDATE "products" SET "stock" = ? WHERE "products"."id" NOT IN (SELECT "sales"."product_id" FROM "sales")    [0]"#,
            r#"UPDATE "products" SET "stock" = $1 WHERE "products"."id" NOT IN (SELECT "sales"."product_id" FROM "sales")    [0]"#,
            "UPDATE `products` SET `stock` = ? WHERE `products`.`id` NOT IN (SELECT `sales`.`product_id` FROM `sales`)    [0]",
        ],
    );
}

#[test]
fn in_deletes() {
    whole(
        |d| {
            let mean = Product::query().select(Product::price.avg()).scalar();
            let sold = Sale::query().select(Sale::product_id);
            Product::delete()
                .filter(Product::price.gt(mean))
                .filter(Product::id.not_in_subquery(sold))
                .to_sql(d)
        },
        [
            r#"DELETE FROM "products" WHERE "products"."price" > (SELECT AVG(t1."price") FROM "products" AS t1) AND "products"."id" NOT IN (SELECT "sales"."product_id" FROM "sales")"#,
            r#"DELETE FROM "products" WHERE "products"."price" > (SELECT AVG(t1."price")::float8 FROM "products" AS t1) AND "products"."id" NOT IN (SELECT "sales"."product_id" FROM "sales")"#,
            "DELETE FROM `products` WHERE `products`.`price` > (SELECT * FROM (SELECT AVG(t1.`price` + 0e0) FROM `products` AS t1 LIMIT 18446744073709551615) AS t2) AND `products`.`id` NOT IN (SELECT `sales`.`product_id` FROM `sales`)",
        ],
    );
    whole(
        |d| {
            Product::delete()
                .filter(exists(Product::query().filter(Product::stock.gt(9))))
                .to_sql(d)
        },
        [
            r#"DELETE FROM "products" WHERE EXISTS (SELECT 1 FROM "products" AS t1 WHERE t1."stock" > ?)    [9]"#,
            r#"DELETE FROM "products" WHERE EXISTS (SELECT 1 FROM "products" AS t1 WHERE t1."stock" > $1)    [9]"#,
            "DELETE FROM `products` WHERE EXISTS (SELECT * FROM (SELECT 1 FROM `products` AS t1 WHERE t1.`stock` > ? LIMIT 18446744073709551615) AS t2)    [9]",
        ],
    );
}

#[test]
fn decimals_of_two_scales() {
    // SQLite keeps them as whole numbers: both sides are brought to one scale.
    whole(
        |d| {
            let weights = Grain::query().select(Grain::weight);
            Coin::query()
                .filter(Coin::worth.in_subquery(weights))
                .select(Coin::worth)
                .to_sql(d)
        },
        [
            r#"SELECT "coins"."worth" FROM "coins" WHERE "coins"."worth" * 100 IN (SELECT "grains"."weight" FROM "grains")"#,
            r#"SELECT "coins"."worth" FROM "coins" WHERE "coins"."worth" IN (SELECT "grains"."weight" FROM "grains")"#,
            "SELECT `coins`.`worth` FROM `coins` WHERE `coins`.`worth` IN (SELECT `grains`.`weight` FROM `grains`)",
        ],
    );
    whole(
        |d| {
            let worths = Coin::query().select(Coin::worth);
            Coin::query()
                .filter(Coin::worth.in_subquery(worths))
                .select(count_all())
                .to_sql(d)
        },
        [
            r#"SELECT COUNT(*) FROM "coins" WHERE "coins"."worth" IN (SELECT t1."worth" FROM "coins" AS t1)"#,
            r#"SELECT COUNT(*) FROM "coins" WHERE "coins"."worth" IN (SELECT t1."worth" FROM "coins" AS t1)"#,
            "SELECT COUNT(*) FROM `coins` WHERE `coins`.`worth` IN (SELECT t1.`worth` FROM `coins` AS t1)",
        ],
    );
    whole(
        |d| {
            let heaviest = Grain::query().select(Grain::weight.max()).scalar();
            Coin::query()
                .filter(Coin::worth.lt(heaviest))
                .select(count_all())
                .to_sql(d)
        },
        [
            r#"SELECT COUNT(*) FROM "coins" WHERE ("coins"."worth" * 100 < (SELECT MAX("grains"."weight") FROM "grains"))"#,
            r#"SELECT COUNT(*) FROM "coins" WHERE "coins"."worth" < (SELECT MAX("grains"."weight") FROM "grains")"#,
            "SELECT COUNT(*) FROM `coins` WHERE `coins`.`worth` < (SELECT MAX(`grains`.`weight`) FROM `grains`)",
        ],
    );
    whole(
        |d| {
            let heaviest = Grain::query().select(Grain::weight.max()).scalar();
            Coin::update()
                .set(Coin::worth, heaviest.coalesce(Decimal::new(5, 1)))
                .filter(Coin::id.eq(1))
                .to_sql(d)
        },
        [
            r#"UPDATE "coins" SET "worth" = ((COALESCE((SELECT MAX("grains"."weight") FROM "grains"), ?) + CASE WHEN COALESCE((SELECT MAX("grains"."weight") FROM "grains"), ?) < 0 THEN -50 ELSE 50 END) / 100) WHERE "coins"."id" = ?    [5000, 5000, 1]"#,
            r#"UPDATE "coins" SET "worth" = COALESCE((SELECT MAX("grains"."weight") FROM "grains"), $1) WHERE "coins"."id" = $2    [0.5, 1]"#,
            "UPDATE `coins` SET `worth` = COALESCE((SELECT MAX(`grains`.`weight`) FROM `grains`), ?) WHERE `coins`.`id` = ?    [0.5, 1]",
        ],
    );
}

#[test]
fn scopes_of_the_inner_query() {
    whole(
        |d| {
            let texts = Note::query().select(Note::text);
            let deleted = Note::query().with_deleted().select(Note::text);
            let papers = Paper::query().filter(Paper::text.ne("x")).select(Paper::text);
            Author::query()
                .filter(Author::name.in_subquery(texts))
                .filter(Author::name.not_in_subquery(deleted))
                .filter(Author::name.in_subquery(papers))
                .select(Author::name)
                .to_sql(d)
        },
        [
            r#"SELECT "authors"."name" FROM "authors" WHERE "authors"."name" IN (SELECT "notes"."text" FROM "notes" WHERE "notes"."deleted_at" IS NULL) AND "authors"."name" NOT IN (SELECT "notes"."text" FROM "notes") AND "authors"."name" IN (SELECT "papers"."text" FROM "papers" WHERE "papers"."tenant_id" = ? AND "papers"."text" <> ?)    ["the tenant", "x"]"#,
            r#"SELECT "authors"."name" FROM "authors" WHERE "authors"."name" IN (SELECT "notes"."text" FROM "notes" WHERE "notes"."deleted_at" IS NULL) AND "authors"."name" NOT IN (SELECT "notes"."text" FROM "notes") AND "authors"."name" IN (SELECT "papers"."text" FROM "papers" WHERE "papers"."tenant_id" = $1 AND "papers"."text" <> $2)    ["the tenant", "x"]"#,
            r#"SELECT `authors`.`name` FROM `authors` WHERE `authors`.`name` IN (SELECT `notes`.`text` FROM `notes` WHERE `notes`.`deleted_at` IS NULL) AND `authors`.`name` NOT IN (SELECT `notes`.`text` FROM `notes`) AND `authors`.`name` IN (SELECT `papers`.`text` FROM `papers` WHERE `papers`.`tenant_id` = ? AND `papers`.`text` <> ?)    ["the tenant", "x"]"#,
        ],
    );
    whole(
        |d| {
            let first = Paper::query()
                .order_by(Paper::id)
                .limit(1)
                .select(Paper::text)
                .scalar();
            let all = Paper::query().all_tenants();
            Note::query()
                .filter(Note::text.eq(first))
                .filter(exists(Note::query().only_deleted()))
                .filter(exists(all))
                .select(Note::text)
                .to_sql(d)
        },
        [
            r#"SELECT "notes"."text" FROM "notes" WHERE "notes"."deleted_at" IS NULL AND "notes"."text" = (SELECT "papers"."text" FROM "papers" WHERE "papers"."tenant_id" = ? ORDER BY "papers"."id" LIMIT 1) AND EXISTS (SELECT 1 FROM "notes" AS t1 WHERE t1."deleted_at" IS NOT NULL) AND EXISTS (SELECT 1 FROM "papers")    ["the tenant"]"#,
            r#"SELECT "notes"."text" FROM "notes" WHERE "notes"."deleted_at" IS NULL AND "notes"."text" = (SELECT "papers"."text" FROM "papers" WHERE "papers"."tenant_id" = $1 ORDER BY "papers"."id" LIMIT 1) AND EXISTS (SELECT 1 FROM "notes" AS t1 WHERE t1."deleted_at" IS NOT NULL) AND EXISTS (SELECT 1 FROM "papers")    ["the tenant"]"#,
            r#"SELECT `notes`.`text` FROM `notes` WHERE `notes`.`deleted_at` IS NULL AND `notes`.`text` = (SELECT `papers`.`text` FROM `papers` WHERE `papers`.`tenant_id` = ? ORDER BY `papers`.`id` LIMIT 1) AND EXISTS (SELECT 1 FROM `notes` AS t1 WHERE t1.`deleted_at` IS NOT NULL) AND EXISTS (SELECT 1 FROM `papers`)    ["the tenant"]"#,
        ],
    );
    whole(
        |d| {
            let own = Paper::query().filter(Paper::text.eq("x")).select(Paper::id);
            Paper::update()
                .set(Paper::text, "y")
                .filter(Paper::id.in_subquery(own))
                .to_sql(d)
        },
        [
            r#"UPDATE "papers" SET "text" = ? WHERE "papers"."tenant_id" = ? AND "papers"."id" IN (SELECT t1."id" FROM "papers" AS t1 WHERE t1."tenant_id" = ? AND t1."text" = ?)    ["y", "the tenant", "the tenant", "x"]"#,
            r#"UPDATE "papers" SET "text" = $1 WHERE "papers"."tenant_id" = $2 AND "papers"."id" IN (SELECT t1."id" FROM "papers" AS t1 WHERE t1."tenant_id" = $3 AND t1."text" = $4)    ["y", "the tenant", "the tenant", "x"]"#,
            r#"UPDATE `papers` SET `text` = ? WHERE `papers`.`tenant_id` = ? AND `papers`.`id` IN (SELECT * FROM (SELECT t1.`id` FROM `papers` AS t1 WHERE t1.`tenant_id` = ? AND t1.`text` = ? LIMIT 18446744073709551615) AS t2)    ["y", "the tenant", "the tenant", "x"]"#,
        ],
    );
}

#[test]
fn a_value_of_several_rows_is_an_error_value() {
    for text in all(|d| {
        let several = Product::query().select(Product::price).scalar();
        Product::query()
            .filter(Product::price.eq(several))
            .select(Product::name)
            .to_sql(d)
            .to_string()
    }) {
        assert!(
            text.starts_with("-- no statement: a query of `Product` stands as a value"),
            "{text}"
        );
    }
}
