//! Patterns: the text of a user has no meaning in them.

use orm_core::prelude::*;
use tests::book::*;

use super::same;

#[test]
fn literal() {
    same(
        |d| {
            Product::query()
                .filter(Product::name.contains("50%_!*?[a]"))
                .to_sql(d)
        },
        [
            r#""products" WHERE "products"."name" GLOB ?    ["*50%_![*][?][[]a]*"]"#,
            r#""products" WHERE "products"."name" LIKE $1 ESCAPE '!'    ["%50!%!_!!*?[a]%"]"#,
            r#"`products` WHERE `products`.`name` LIKE ? ESCAPE '!'    ["%50!%!_!!*?[a]%"]"#,
        ],
    );
    same(
        |d| Product::query().filter(Product::name.starts_with("a%")).to_sql(d),
        [
            r#""products" WHERE "products"."name" GLOB ?    ["a%*"]"#,
            r#""products" WHERE "products"."name" LIKE $1 ESCAPE '!'    ["a!%%"]"#,
            r#"`products` WHERE `products`.`name` LIKE ? ESCAPE '!'    ["a!%%"]"#,
        ],
    );
    same(
        |d| Product::query().filter(Product::name.ends_with("_b")).to_sql(d),
        [
            r#""products" WHERE "products"."name" GLOB ?    ["*_b"]"#,
            r#""products" WHERE "products"."name" LIKE $1 ESCAPE '!'    ["%!_b"]"#,
            r#"`products` WHERE `products`.`name` LIKE ? ESCAPE '!'    ["%!_b"]"#,
        ],
    );
    same(
        |d| Product::query().filter(!Product::name.contains("x")).to_sql(d),
        [
            r#""products" WHERE NOT ("products"."name" GLOB ?)    ["*x*"]"#,
            r#""products" WHERE NOT ("products"."name" LIKE $1 ESCAPE '!')    ["%x%"]"#,
            r#"`products` WHERE NOT (`products`.`name` LIKE ? ESCAPE '!')    ["%x%"]"#,
        ],
    );
}

#[test]
fn without_regard_to_case() {
    same(
        |d| Product::query().filter(Product::name.icontains("ÉA%")).to_sql(d),
        [
            r#""products" WHERE orm_lower("products"."name") GLOB ?    ["*éa%*"]"#,
            r#""products" WHERE "products"."name" ILIKE $1 ESCAPE '!'    ["%ÉA!%%"]"#,
            r#"`products` WHERE LOWER(`products`.`name`) LIKE LOWER(?) ESCAPE '!'    ["%ÉA!%%"]"#,
        ],
    );
    same(
        |d| Product::query().filter(Product::name.istarts_with("A")).to_sql(d),
        [
            r#""products" WHERE orm_lower("products"."name") GLOB ?    ["a*"]"#,
            r#""products" WHERE "products"."name" ILIKE $1 ESCAPE '!'    ["A%"]"#,
            r#"`products` WHERE LOWER(`products`.`name`) LIKE LOWER(?) ESCAPE '!'    ["A%"]"#,
        ],
    );
    same(
        |d| Product::query().filter(Product::name.iends_with("ΣΑΣ")).to_sql(d),
        [
            r#""products" WHERE orm_lower("products"."name") GLOB ?    ["*σασ"]"#,
            r#""products" WHERE "products"."name" ILIKE $1 ESCAPE '!'    ["%ΣΑΣ"]"#,
            r#"`products` WHERE LOWER(`products`.`name`) LIKE LOWER(?) ESCAPE '!'    ["%ΣΑΣ"]"#,
        ],
    );
}

#[test]
fn of_ones_own() {
    same(
        |d| Product::query().filter(Product::name.like("a_%!%*")).to_sql(d),
        [
            r#""products" WHERE "products"."name" GLOB ?    ["a?*%[*]"]"#,
            r#""products" WHERE "products"."name" LIKE $1 ESCAPE '!'    ["a_%!%*"]"#,
            r#"`products` WHERE `products`.`name` LIKE ? ESCAPE '!'    ["a_%!%*"]"#,
        ],
    );
    same(
        |d| Product::query().filter(Product::name.ilike("A?%")).to_sql(d),
        [
            r#""products" WHERE orm_lower("products"."name") GLOB ?    ["a[?]*"]"#,
            r#""products" WHERE "products"."name" ILIKE $1 ESCAPE '!'    ["A?%"]"#,
            r#"`products` WHERE LOWER(`products`.`name`) LIKE LOWER(?) ESCAPE '!'    ["A?%"]"#,
        ],
    );
    same(
        |d| Product::query().filter(Product::name.like("end!")).to_sql(d),
        [
            r#""products" WHERE "products"."name" GLOB ?    ["end!"]"#,
            r#""products" WHERE "products"."name" LIKE $1 ESCAPE '!'    ["end!!"]"#,
            r#"`products` WHERE `products`.`name` LIKE ? ESCAPE '!'    ["end!!"]"#,
        ],
    );
}
