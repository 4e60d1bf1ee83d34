//! Writes.

use orm_core::prelude::*;
use tests::book::*;

use super::same;

#[test]
fn updates() {
    same(
        |d| {
            Product::update()
                .set(Product::stock, Product::stock - 1)
                .filter(Product::id.eq(3))
                .to_sql(d)
        },
        [
            r#"UPDATE "products" SET "stock" = ("products"."stock" - ?) WHERE "products"."id" = ?    [1, 3]"#,
            r#"UPDATE "products" SET "stock" = ("products"."stock" - $1) WHERE "products"."id" = $2    [1, 3]"#,
            r#"UPDATE `products` SET `stock` = (`products`.`stock` - ?) WHERE `products`.`id` = ?    [1, 3]"#,
        ],
    );
    same(
        |d| {
            Product::update()
                .set(Product::name, "x")
                .set(Product::price, Product::price * 1.5)
                .all_rows()
                .to_sql(d)
        },
        [
            r#"UPDATE "products" SET "name" = ?, "price" = ("products"."price" * ?)    ["x", 1.5]"#,
            r#"UPDATE "products" SET "name" = $1, "price" = ("products"."price" * $2)    ["x", 1.5]"#,
            r#"UPDATE `products` SET `name` = ?, `price` = (`products`.`price` * ?)    ["x", 1.5]"#,
        ],
    );
    same(
        |d| {
            Author::update()
                .set(Author::bio, None)
                .filter(Author::name.is_in(["a", "b", "c"]))
                .to_sql(d)
        },
        [
            r#"UPDATE "authors" SET "bio" = ? WHERE "authors"."name" IN (SELECT value FROM json_each(?))    [NULL, ["a", "b", "c"]]"#,
            r#"UPDATE "authors" SET "bio" = $1 WHERE "authors"."name" = ANY($2)    [NULL, ["a", "b", "c"]]"#,
            r#"UPDATE `authors` SET `bio` = ? WHERE `authors`.`name` IN (?, ?, ?, ?)    [NULL, "a", "b", "c", "c"]"#,
        ],
    );
    same(
        |d| {
            Review::update()
                .set(Review::rating, Rating::Good)
                .filter(Review::rating.eq(Rating::Poor))
                .to_sql(d)
        },
        [
            r#"UPDATE "reviews" SET "rating" = ? WHERE "reviews"."rating" = ?    ["good", "poor"]"#,
            r#"UPDATE "reviews" SET "rating" = $1 WHERE "reviews"."rating" = $2    ["good", "poor"]"#,
            r#"UPDATE `reviews` SET `rating` = ? WHERE `reviews`.`rating` = ?    ["good", "poor"]"#,
        ],
    );
    same(
        |d| {
            Book::update()
                .set(Book::title, "x")
                .filter(Book::id.eq(3))
                .to_sql(d)
        },
        [
            r#"UPDATE "books" SET "title" = ?, "version" = ("books"."version" + ?) WHERE "books"."id" = ?    ["x", 1, 3]"#,
            r#"UPDATE "books" SET "title" = $1, "version" = ("books"."version" + $2) WHERE "books"."id" = $3    ["x", 1, 3]"#,
            r#"UPDATE `books` SET `title` = ?, `version` = (`books`.`version` + ?) WHERE `books`.`id` = ?    ["x", 1, 3]"#,
        ],
    );
}

#[test]
fn deletes() {
    same(
        |d| Product::delete().filter(Product::stock.eq(0)).to_sql(d),
        [
            r#"DELETE FROM "products" WHERE "products"."stock" = ?    [0]"#,
            r#"DELETE FROM "products" WHERE "products"."stock" = $1    [0]"#,
            r#"DELETE FROM `products` WHERE `products`.`stock` = ?    [0]"#,
        ],
    );
    same(
        |d| Product::delete().all_rows().to_sql(d),
        [
            r#"DELETE FROM "products""#,
            r#"DELETE FROM "products""#,
            r#"DELETE FROM `products`"#,
        ],
    );
    same(
        |d| Product::delete().to_sql(d),
        [
            r#"-- no statement: this delete has no effective filter and would reach every row: add a filter, or say `.all_rows()` (table `products`)"#,
            r#"-- no statement: this delete has no effective filter and would reach every row: add a filter, or say `.all_rows()` (table `products`)"#,
            r#"-- no statement: this delete has no effective filter and would reach every row: add a filter, or say `.all_rows()` (table `products`)"#,
        ],
    );
}

#[test]
fn inserts() {
    same(
        |d| Account::insert(Account::draft("a", 5)).to_sql(d),
        [
            r#"INSERT INTO "accounts" ("owner", "balance") VALUES (?, ?)    ["a", 5]"#,
            r#"INSERT INTO "accounts" ("owner", "balance") VALUES ($1, $2)    ["a", 5]"#,
            r#"INSERT INTO `accounts` (`owner`, `balance`) VALUES (?, ?)    ["a", 5]"#,
        ],
    );
    same(
        |d| Account::insert([Account::draft("a", 5), Account::draft("b", 6)]).to_sql(d),
        [
            r#"INSERT INTO "accounts" ("owner", "balance") VALUES (?, ?), (?, ?)    ["a", 5, "b", 6]"#,
            r#"INSERT INTO "accounts" ("owner", "balance") SELECT u.c0, u.c1 FROM UNNEST($1, $2) AS u(c0, c1)    [["a", "b"], [5, 6]]"#,
            r#"INSERT INTO `accounts` (`owner`, `balance`) VALUES (?, ?), (?, ?)    ["a", 5, "b", 6]"#,
        ],
    );
    same(
        |d| {
            Account::insert(Account::draft("a", 5))
                .on_conflict(Account::owner)
                .do_nothing()
                .to_sql(d)
        },
        [
            r#"INSERT INTO "accounts" ("owner", "balance") VALUES (?, ?) ON CONFLICT ("owner") DO NOTHING    ["a", 5]"#,
            r#"INSERT INTO "accounts" ("owner", "balance") VALUES ($1, $2) ON CONFLICT ("owner") DO NOTHING    ["a", 5]"#,
            r#"INSERT INTO `accounts` (`owner`, `balance`) VALUES (?, ?) ON DUPLICATE KEY UPDATE `owner` = `accounts`.`owner`    ["a", 5]"#,
        ],
    );
}
