//! Lists of values: one text whatever the length.

use orm_core::prelude::*;
use tests::book::*;

use super::same;

#[test]
fn of_numbers() {
    same(
        |d| Product::query().filter(Product::stock.is_in([1, 2, 3])).to_sql(d),
        [
            r#""products" WHERE "products"."stock" IN (SELECT value FROM json_each(?))    [[1, 2, 3]]"#,
            r#""products" WHERE "products"."stock" = ANY($1)    [[1, 2, 3]]"#,
            r#"`products` WHERE `products`.`stock` IN (?, ?, ?, ?)    [1, 2, 3, 3]"#,
        ],
    );
    same(
        |d| {
            Product::query()
                .filter(Product::stock.not_in([1, 2, 3, 4, 5]))
                .to_sql(d)
        },
        [
            r#""products" WHERE "products"."stock" NOT IN (SELECT value FROM json_each(?))    [[1, 2, 3, 4, 5]]"#,
            r#""products" WHERE "products"."stock" <> ALL($1)    [[1, 2, 3, 4, 5]]"#,
            r#"`products` WHERE `products`.`stock` NOT IN (?, ?, ?, ?, ?, ?, ?, ?)    [1, 2, 3, 4, 5, 5, 5, 5]"#,
        ],
    );
    same(
        |d| Product::query().filter(Product::stock.is_in([0; 0])).to_sql(d),
        [
            r#""products" WHERE FALSE"#,
            r#""products" WHERE FALSE"#,
            r#"`products` WHERE FALSE"#,
        ],
    );
    same(
        |d| Product::query().filter(Product::stock.not_in([0; 0])).to_sql(d),
        [
            r#""products" WHERE TRUE"#,
            r#""products" WHERE TRUE"#,
            r#"`products` WHERE TRUE"#,
        ],
    );
}

#[test]
fn of_other_types() {
    same(
        |d| Product::query().filter(Product::name.is_in(["a", "'"])).to_sql(d),
        [
            r#""products" WHERE "products"."name" IN (SELECT value FROM json_each(?))    [["a", "'"]]"#,
            r#""products" WHERE "products"."name" = ANY($1)    [["a", "'"]]"#,
            r#"`products` WHERE `products`.`name` IN (?, ?)    ["a", "'"]"#,
        ],
    );
    same(
        |d| {
            Product::query()
                .filter(Product::price.is_in([1.5, 2.5]))
                .to_sql(d)
        },
        [
            r#""products" WHERE "products"."price" IN (?, ?)    [1.5, 2.5]"#,
            r#""products" WHERE "products"."price" = ANY($1)    [[1.5, 2.5]]"#,
            r#"`products` WHERE `products`.`price` IN (?, ?)    [1.5, 2.5]"#,
        ],
    );
    same(
        |d| {
            Product::query()
                .filter(Product::added_on.is_in([NaiveDate::default()]))
                .to_sql(d)
        },
        [
            r#""products" WHERE "products"."added_on" IN (SELECT value FROM json_each(?))    [[1970-01-01]]"#,
            r#""products" WHERE "products"."added_on" = ANY($1)    [[1970-01-01]]"#,
            r#"`products` WHERE `products`.`added_on` IN (?)    [1970-01-01]"#,
        ],
    );
    same(
        |d| {
            Review::query()
                .filter(Review::rating.is_in([Rating::Good]))
                .to_sql(d)
        },
        [
            r#""reviews" WHERE "reviews"."rating" IN (SELECT value FROM json_each(?))    [["good"]]"#,
            r#""reviews" WHERE "reviews"."rating" = ANY($1)    [["good"]]"#,
            r#"`reviews` WHERE `reviews`.`rating` IN (?)    ["good"]"#,
        ],
    );
    same(
        |d| Tag::query().filter(Tag::id.is_in([Uuid::nil()])).to_sql(d),
        [
            r#""tags" WHERE "tags"."id" IN (?)    [00000000-0000-0000-0000-000000000000]"#,
            r#""tags" WHERE "tags"."id" = ANY($1)    [[00000000-0000-0000-0000-000000000000]]"#,
            r#"`tags` WHERE `tags`.`id` IN (?)    [00000000-0000-0000-0000-000000000000]"#,
        ],
    );
}

#[test]
fn of_columns_and_conditions() {
    same(
        |d| {
            Product::query()
                .filter(Product::stock.is_in([Product::stock + 1, Product::stock - 1]))
                .to_sql(d)
        },
        [
            r#""products" WHERE ("products"."stock" = ("products"."stock" + ?) OR "products"."stock" = ("products"."stock" - ?))    [1, 1]"#,
            r#""products" WHERE ("products"."stock" = ("products"."stock" + $1) OR "products"."stock" = ("products"."stock" - $2))    [1, 1]"#,
            r#"`products` WHERE (`products`.`stock` = (`products`.`stock` + ?) OR `products`.`stock` = (`products`.`stock` - ?))    [1, 1]"#,
        ],
    );
    same(
        |d| {
            Product::query()
                .filter(Product::stock.eq(1).is_in([true, false]))
                .to_sql(d)
        },
        [
            r#""products" WHERE ("products"."stock" = ?) IN (SELECT value FROM json_each(?))    [1, [true, false]]"#,
            r#""products" WHERE ("products"."stock" = $1) = ANY($2)    [1, [true, false]]"#,
            r#"`products` WHERE (`products`.`stock` = ?) IN (?, ?)    [1, true, false]"#,
        ],
    );
}
