//! Orders, limits, and rows without doubles.

use orm_core::prelude::*;
use tests::book::*;

use super::same;

#[test]
fn terms() {
    same(
        |d| {
            Book::query()
                .order_by((Book::title, Book::published_year.desc()))
                .to_sql(d)
        },
        [
            r#""books" ORDER BY "books"."title", "books"."published_year" DESC"#,
            r#""books" ORDER BY "books"."title", "books"."published_year" DESC"#,
            r#"`books` ORDER BY `books`.`title`, `books`.`published_year` DESC"#,
        ],
    );
    same(
        |d| {
            Book::query()
                .order_by(Book::published_year.asc().nulls_first())
                .to_sql(d)
        },
        [
            r#""books" ORDER BY "books"."published_year""#,
            r#""books" ORDER BY "books"."published_year" NULLS FIRST"#,
            r#"`books` ORDER BY `books`.`published_year`"#,
        ],
    );
    same(
        |d| {
            Book::query()
                .order_by(Book::published_year.desc().nulls_first())
                .to_sql(d)
        },
        [
            r#""books" ORDER BY "books"."published_year" DESC NULLS FIRST"#,
            r#""books" ORDER BY "books"."published_year" DESC"#,
            r#"`books` ORDER BY `books`.`published_year` IS NULL DESC, `books`.`published_year` DESC"#,
        ],
    );
    same(
        |d| {
            Book::query()
                .order_by(Book::published_year.desc().nulls_last())
                .to_sql(d)
        },
        [
            r#""books" ORDER BY "books"."published_year" DESC"#,
            r#""books" ORDER BY "books"."published_year" DESC NULLS LAST"#,
            r#"`books` ORDER BY `books`.`published_year` DESC"#,
        ],
    );
    same(
        |d| {
            Book::query()
                .order_by(Book::published_year.gt(1815).desc().nulls_first())
                .to_sql(d)
        },
        [
            r#""books" ORDER BY "books"."published_year" > ? DESC NULLS FIRST    [1815]"#,
            r#""books" ORDER BY "books"."published_year" > $1 DESC    [1815]"#,
            r#"`books` ORDER BY (`books`.`published_year` > ?) IS NULL DESC, `books`.`published_year` > ? DESC    [1815, 1815]"#,
        ],
    );
    same(
        |d| {
            Book::query()
                .order_by((Filter::all([Book::title.is_in([""; 0])]).asc(), Book::title.asc()))
                .to_sql(d)
        },
        [
            r#""books" ORDER BY "books"."title""#,
            r#""books" ORDER BY "books"."title""#,
            r#"`books` ORDER BY `books`.`title`"#,
        ],
    );
    same(
        |d| {
            Book::query()
                .order_by(Vec::<orm_core::expr::Order<Book>>::new())
                .order_by(Some(Book::title))
                .to_sql(d)
        },
        [
            r#""books" ORDER BY "books"."title""#,
            r#""books" ORDER BY "books"."title""#,
            r#"`books` ORDER BY `books`.`title`"#,
        ],
    );
}

#[test]
fn limits() {
    same(
        |d| Book::query().limit(3).to_sql(d),
        [r#""books" LIMIT 3"#, r#""books" LIMIT 3"#, r#"`books` LIMIT 3"#],
    );
    same(
        |d| Book::query().limit(3).offset(6).to_sql(d),
        [
            r#""books" LIMIT 3 OFFSET 6"#,
            r#""books" LIMIT 3 OFFSET 6"#,
            r#"`books` LIMIT 3 OFFSET 6"#,
        ],
    );
    same(
        |d| Book::query().offset(6).to_sql(d),
        [
            r#""books" LIMIT -1 OFFSET 6"#,
            r#""books" OFFSET 6"#,
            r#"`books` LIMIT 18446744073709551615 OFFSET 6"#,
        ],
    );
    same(
        |d| Book::query().limit(None::<u64>).offset(0).to_sql(d),
        [r#""books""#, r#""books""#, r#"`books`"#],
    );
}

#[test]
fn doubles() {
    same(
        |d| Product::query().select(Product::category).distinct().to_sql(d),
        [
            r#"SELECT DISTINCT "products"."category" FROM "products""#,
            r#"SELECT DISTINCT "products"."category" FROM "products""#,
            r#"SELECT DISTINCT `products`.`category` FROM `products`"#,
        ],
    );
    same(
        |d| {
            Product::query()
                .select(Product::stock % 2)
                .distinct()
                .order_by((Product::stock % 2).asc())
                .to_sql(d)
        },
        [
            r#"SELECT DISTINCT ("products"."stock" % ?) FROM "products" ORDER BY ("products"."stock" % ?)    [2, 2]"#,
            r#"SELECT DISTINCT ("products"."stock" % $1) FROM "products" ORDER BY ("products"."stock" % $1)    [2]"#,
            r#"SELECT DISTINCT (`products`.`stock` % ?) FROM `products` ORDER BY (`products`.`stock` % ?)    [2, 2]"#,
        ],
    );
}
