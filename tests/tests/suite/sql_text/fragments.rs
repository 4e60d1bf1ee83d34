//! SQL of one's own.

use orm_core::prelude::*;
use tests::book::*;

use super::same;

#[test]
fn conditions_and_expressions() {
    same(
        |d| {
            Product::query()
                .filter(sql!("length({name}) > {n}", name = Product::name, n = 3))
                .to_sql(d)
        },
        [
            r#""products" WHERE (length("products"."name") > ?)    [3]"#,
            r#""products" WHERE (length("products"."name") > $1)    [3]"#,
            r#"`products` WHERE (length(`products`.`name`) > ?)    [3]"#,
        ],
    );
    same(
        |d| {
            Product::query()
                .filter(sql!(i64: "abs({n})", n = Product::stock - 1).gt(2))
                .select(Product::name)
                .to_sql(d)
        },
        [
            r#"SELECT "products"."name" FROM "products" WHERE (abs(("products"."stock" - ?))) > ?    [1, 2]"#,
            r#"SELECT "products"."name" FROM "products" WHERE (abs(("products"."stock" - $1))) > $2    [1, 2]"#,
            r#"SELECT `products`.`name` FROM `products` WHERE (abs((`products`.`stock` - ?))) > ?    [1, 2]"#,
        ],
    );
    same(
        |d| {
            Product::query()
                .filter(!sql!(bool: "{a} = {a} OR {{}}", a = Product::name))
                .select(Product::name)
                .to_sql(d)
        },
        [
            r#"SELECT "products"."name" FROM "products" WHERE NOT (("products"."name" = "products"."name" OR {}))"#,
            r#"SELECT "products"."name" FROM "products" WHERE NOT (("products"."name" = "products"."name" OR {}))"#,
            r#"SELECT `products`.`name` FROM `products` WHERE NOT ((`products`.`name` = `products`.`name` OR {}))"#,
        ],
    );
}
