//! Conditions.

use orm_core::prelude::*;
use tests::book::*;

use super::same;

#[test]
fn comparisons() {
    same(
        |d| {
            Product::query()
                .filter(Product::stock.eq(4))
                .filter(Product::price.lt(9.5))
                .to_sql(d)
        },
        [
            r#""products" WHERE "products"."stock" = ? AND "products"."price" < ?    [4, 9.5]"#,
            r#""products" WHERE "products"."stock" = $1 AND "products"."price" < $2    [4, 9.5]"#,
            r#"`products` WHERE `products`.`stock` = ? AND `products`.`price` < ?    [4, 9.5]"#,
        ],
    );
    same(
        |d| {
            Product::query()
                .filter(Product::stock.ne(4).or(Product::price.ge(9.5)))
                .to_sql(d)
        },
        [
            r#""products" WHERE ("products"."stock" <> ? OR "products"."price" >= ?)    [4, 9.5]"#,
            r#""products" WHERE ("products"."stock" <> $1 OR "products"."price" >= $2)    [4, 9.5]"#,
            r#"`products` WHERE (`products`.`stock` <> ? OR `products`.`price` >= ?)    [4, 9.5]"#,
        ],
    );
    same(
        |d| Product::query().filter(!Product::stock.gt(4)).to_sql(d),
        [
            r#""products" WHERE NOT ("products"."stock" > ?)    [4]"#,
            r#""products" WHERE NOT ("products"."stock" > $1)    [4]"#,
            r#"`products` WHERE NOT (`products`.`stock` > ?)    [4]"#,
        ],
    );
    same(
        |d| {
            Product::query()
                .filter(
                    Product::stock
                        .between(1, 4)
                        .and(Product::added_on.year().le(2026)),
                )
                .to_sql(d)
        },
        [
            r#""products" WHERE (("products"."stock" BETWEEN ? AND ?) AND CAST(strftime('%Y', "products"."added_on") AS INTEGER) <= ?)    [1, 4, 2026]"#,
            r#""products" WHERE (("products"."stock" BETWEEN $1 AND $2) AND EXTRACT(YEAR FROM "products"."added_on")::int4 <= $3)    [1, 4, 2026]"#,
            r#"`products` WHERE ((`products`.`stock` BETWEEN ? AND ?) AND YEAR(`products`.`added_on`) <= ?)    [1, 4, 2026]"#,
        ],
    );
    same(
        |d| {
            Product::query()
                .filter(Product::stock.eq(Product::stock + 1))
                .to_sql(d)
        },
        [
            r#""products" WHERE "products"."stock" = ("products"."stock" + ?)    [1]"#,
            r#""products" WHERE "products"."stock" = ("products"."stock" + $1)    [1]"#,
            r#"`products` WHERE `products`.`stock` = (`products`.`stock` + ?)    [1]"#,
        ],
    );
}

#[test]
fn nulls() {
    same(
        |d| Book::query().filter(Book::published_year.eq(None)).to_sql(d),
        [
            r#""books" WHERE "books"."published_year" IS NULL"#,
            r#""books" WHERE "books"."published_year" IS NULL"#,
            r#"`books` WHERE `books`.`published_year` IS NULL"#,
        ],
    );
    same(
        |d| Book::query().filter(Book::published_year.ne(None)).to_sql(d),
        [
            r#""books" WHERE "books"."published_year" IS NOT NULL"#,
            r#""books" WHERE "books"."published_year" IS NOT NULL"#,
            r#"`books` WHERE `books`.`published_year` IS NOT NULL"#,
        ],
    );
    same(
        |d| Book::query().filter(Book::published_year.lt(None)).to_sql(d),
        [
            r#""books" WHERE "books"."published_year" < ?    [NULL]"#,
            r#""books" WHERE "books"."published_year" < $1    [NULL]"#,
            r#"`books` WHERE `books`.`published_year` < ?    [NULL]"#,
        ],
    );
    same(
        |d| Book::query().filter(!Book::published_year.is_null()).to_sql(d),
        [
            r#""books" WHERE "books"."published_year" IS NOT NULL"#,
            r#""books" WHERE "books"."published_year" IS NOT NULL"#,
            r#"`books` WHERE `books`.`published_year` IS NOT NULL"#,
        ],
    );
    same(
        |d| {
            Book::query()
                .filter(Book::published_year.is_distinct_from(1815))
                .to_sql(d)
        },
        [
            r#""books" WHERE "books"."published_year" IS NOT ?    [1815]"#,
            r#""books" WHERE "books"."published_year" IS DISTINCT FROM $1    [1815]"#,
            r#"`books` WHERE NOT (`books`.`published_year` <=> ?)    [1815]"#,
        ],
    );
    same(
        |d| {
            Book::query()
                .filter(Book::published_year.is_not_distinct_from(None))
                .to_sql(d)
        },
        [
            r#""books" WHERE "books"."published_year" IS ?    [NULL]"#,
            r#""books" WHERE "books"."published_year" IS NOT DISTINCT FROM $1    [NULL]"#,
            r#"`books` WHERE `books`.`published_year` <=> ?    [NULL]"#,
        ],
    );
    same(
        |d| {
            Book::query()
                .filter(Book::published_year.coalesce(0).lt(1))
                .to_sql(d)
        },
        [
            r#""books" WHERE COALESCE("books"."published_year", ?) < ?    [0, 1]"#,
            r#""books" WHERE COALESCE("books"."published_year", $1) < $2    [0, 1]"#,
            r#"`books` WHERE COALESCE(`books`.`published_year`, ?) < ?    [0, 1]"#,
        ],
    );
}

#[test]
fn a_condition_beside_an_operator_is_in_parentheses() {
    same(
        |d| {
            Book::query()
                .filter((!Book::published_year.gt(1815)).is_null())
                .to_sql(d)
        },
        [
            r#""books" WHERE (NOT ("books"."published_year" > ?)) IS NULL    [1815]"#,
            r#""books" WHERE (NOT ("books"."published_year" > $1)) IS NULL    [1815]"#,
            r#"`books` WHERE (NOT (`books`.`published_year` > ?)) IS NULL    [1815]"#,
        ],
    );
    same(
        |d| {
            Book::query()
                .filter(Book::published_year.gt(1815).eq(Book::title.eq("Emma")))
                .to_sql(d)
        },
        [
            r#""books" WHERE ("books"."published_year" > ?) = ("books"."title" = ?)    [1815, "Emma"]"#,
            r#""books" WHERE ("books"."published_year" > $1) = ("books"."title" = $2)    [1815, "Emma"]"#,
            r#"`books` WHERE (`books`.`published_year` > ?) = (`books`.`title` = ?)    [1815, "Emma"]"#,
        ],
    );
    same(
        |d| {
            Book::query()
                .filter(Book::published_year.is_null().is_not_distinct_from(true))
                .to_sql(d)
        },
        [
            r#""books" WHERE ("books"."published_year" IS NULL) IS ?    [true]"#,
            r#""books" WHERE ("books"."published_year" IS NULL) IS NOT DISTINCT FROM $1    [true]"#,
            r#"`books` WHERE (`books`.`published_year` IS NULL) <=> ?    [true]"#,
        ],
    );
    same(
        |d| {
            Book::query()
                .filter(Book::title.contains("x").is_in([true]))
                .to_sql(d)
        },
        [
            r#""books" WHERE ("books"."title" GLOB ?) IN (SELECT value FROM json_each(?))    ["*x*", [true]]"#,
            r#""books" WHERE ("books"."title" LIKE $1 ESCAPE '!') = ANY($2)    ["%x%", [true]]"#,
            r#"`books` WHERE (`books`.`title` LIKE ? ESCAPE '!') IN (?)    ["%x%", true]"#,
        ],
    );
    same(
        |d| {
            Book::query()
                .filter(Filter::all([Book::published_year.gt(1)]).is_null())
                .to_sql(d)
        },
        [
            r#""books" WHERE ("books"."published_year" > ?) IS NULL    [1]"#,
            r#""books" WHERE ("books"."published_year" > $1) IS NULL    [1]"#,
            r#"`books` WHERE (`books`.`published_year` > ?) IS NULL    [1]"#,
        ],
    );
    same(
        |d| {
            Book::query()
                .filter(Book::title.eq("a").and(Book::title.eq("b")).is_null())
                .to_sql(d)
        },
        [
            r#""books" WHERE ("books"."title" = ? AND "books"."title" = ?) IS NULL    ["a", "b"]"#,
            r#""books" WHERE ("books"."title" = $1 AND "books"."title" = $2) IS NULL    ["a", "b"]"#,
            r#"`books` WHERE (`books`.`title` = ? AND `books`.`title` = ?) IS NULL    ["a", "b"]"#,
        ],
    );
}

#[test]
fn none_and_any_number() {
    same(
        |d| Product::query().filter(None::<Expr<Product, bool>>).to_sql(d),
        [r#""products""#, r#""products""#, r#"`products`"#],
    );
    same(
        |d| {
            Product::query()
                .filter(Filter::all(Vec::<Expr<Product, bool>>::new()))
                .to_sql(d)
        },
        [
            r#""products" WHERE TRUE"#,
            r#""products" WHERE TRUE"#,
            r#"`products` WHERE TRUE"#,
        ],
    );
    same(
        |d| {
            Product::query()
                .filter(Filter::any(Vec::<Expr<Product, bool>>::new()))
                .to_sql(d)
        },
        [
            r#""products" WHERE FALSE"#,
            r#""products" WHERE FALSE"#,
            r#"`products` WHERE FALSE"#,
        ],
    );
    same(
        |d| {
            Product::query()
                .filter(Filter::any([Product::stock.eq(1), Product::stock.eq(2)]))
                .to_sql(d)
        },
        [
            r#""products" WHERE ("products"."stock" = ? OR "products"."stock" = ?)    [1, 2]"#,
            r#""products" WHERE ("products"."stock" = $1 OR "products"."stock" = $2)    [1, 2]"#,
            r#"`products` WHERE (`products`.`stock` = ? OR `products`.`stock` = ?)    [1, 2]"#,
        ],
    );
    same(
        |d| {
            Product::query()
                .filter(Product::stock.eq(1).or(None::<Expr<Product, bool>>))
                .to_sql(d)
        },
        [
            r#""products" WHERE "products"."stock" = ?    [1]"#,
            r#""products" WHERE "products"."stock" = $1    [1]"#,
            r#"`products` WHERE `products`.`stock` = ?    [1]"#,
        ],
    );
}

#[test]
fn functions() {
    same(
        |d| Book::query().filter(Book::title.lower().eq("emma")).to_sql(d),
        [
            r#""books" WHERE orm_lower("books"."title") = ?    ["emma"]"#,
            r#""books" WHERE LOWER("books"."title") = $1    ["emma"]"#,
            r#"`books` WHERE LOWER(`books`.`title`) = ?    ["emma"]"#,
        ],
    );
    same(
        |d| {
            Book::query()
                .filter(Book::title.upper().trim().length().gt(3))
                .to_sql(d)
        },
        [
            r#""books" WHERE length(TRIM(orm_upper("books"."title"))) > ?    [3]"#,
            r#""books" WHERE CHAR_LENGTH(TRIM(UPPER("books"."title"))) > $1    [3]"#,
            r#"`books` WHERE CHAR_LENGTH(TRIM(UPPER(`books`.`title`))) > ?    [3]"#,
        ],
    );
    same(
        |d| {
            Book::query()
                .filter(Book::added_at.date().eq(NaiveDate::default()))
                .to_sql(d)
        },
        [
            r#""books" WHERE date("books"."added_at") = ?    [1970-01-01]"#,
            r#""books" WHERE ("books"."added_at" AT TIME ZONE 'UTC')::date = $1    [1970-01-01]"#,
            r#"`books` WHERE DATE(`books`.`added_at`) = ?    [1970-01-01]"#,
        ],
    );
    same(
        |d| {
            Book::query()
                .filter(Book::added_at.month().eq(12).or(Book::added_at.day().eq(24)))
                .to_sql(d)
        },
        [
            r#""books" WHERE (CAST(strftime('%m', "books"."added_at") AS INTEGER) = ? OR CAST(strftime('%d', "books"."added_at") AS INTEGER) = ?)    [12, 24]"#,
            r#""books" WHERE (EXTRACT(MONTH FROM "books"."added_at" AT TIME ZONE 'UTC')::int4 = $1 OR EXTRACT(DAY FROM "books"."added_at" AT TIME ZONE 'UTC')::int4 = $2)    [12, 24]"#,
            r#"`books` WHERE (MONTH(`books`.`added_at`) = ? OR DAYOFMONTH(`books`.`added_at`) = ?)    [12, 24]"#,
        ],
    );
    same(
        |d| {
            Author::query()
                .filter(Author::bio.coalesce("-").eq("-"))
                .to_sql(d)
        },
        [
            r#""authors" WHERE COALESCE("authors"."bio", ?) = ?    ["-", "-"]"#,
            r#""authors" WHERE COALESCE("authors"."bio", $1) = $2    ["-", "-"]"#,
            r#"`authors` WHERE COALESCE(`authors`.`bio`, CAST(? AS CHAR)) = ?    ["-", "-"]"#,
        ],
    );
}
