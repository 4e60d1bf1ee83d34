//! Joins by conditions, as text: where each table, each path and each scope stands.

use orm_core::prelude::*;
use orm_core::query::{Statement, lateral};
use tests::book::{Author, Book, Category, Product, Promotion, Review, Sale};

use super::super::paths::{Department, Worker};
use super::super::scopes::Note;
use super::{all, same};

fn by_category() -> orm_core::query::Joined<(orm_core::expr::Inner<Product>, orm_core::expr::Left<Promotion>)>
{
    Product::query()
        .left_join::<Promotion>(|p, promo| promo.get(Promotion::category).eq(p.get(Product::category)))
}

#[test]
fn left_and_inner() {
    same(
        |d| {
            by_category()
                .select(|p, promo| (p.get(Product::name), promo.get(Promotion::percent)))
                .to_sql(d)
        },
        [
            r#"SELECT "products"."name", t1."percent" FROM "products" LEFT JOIN "promotions" AS t1 ON t1."category" = "products"."category""#,
            r#"SELECT "products"."name", t1."percent" FROM "products" LEFT JOIN "promotions" AS t1 ON t1."category" = "products"."category""#,
            "SELECT `products`.`name`, t1.`percent` FROM `products` LEFT JOIN `promotions` AS t1 ON t1.`category` = `products`.`category`",
        ],
    );
    same(
        |d| {
            Product::query()
                .filter(Product::price.gt(1.5))
                .order_by(Product::name)
                .join::<Promotion>(|p, promo| {
                    promo
                        .get(Promotion::category)
                        .eq(p.get(Product::category))
                        .and(promo.get(Promotion::percent).gt(5))
                })
                .filter(|p, _| p.get(Product::stock).lt(9))
                .limit(3)
                .to_sql(d)
        },
        [
            r#""products" JOIN "promotions" AS t1 ON (t1."category" = "products"."category" AND t1."percent" > ?) WHERE "products"."price" > ? AND "products"."stock" < ? ORDER BY "products"."name" LIMIT 3    [5, 1.5, 9]"#,
            r#""products" JOIN "promotions" AS t1 ON (t1."category" = "products"."category" AND t1."percent" > $1) WHERE "products"."price" > $2 AND "products"."stock" < $3 ORDER BY "products"."name" LIMIT 3    [5, 1.5, 9]"#,
            "`products` JOIN `promotions` AS t1 ON (t1.`category` = `products`.`category` AND t1.`percent` > ?) WHERE `products`.`price` > ? AND `products`.`stock` < ? ORDER BY `products`.`name` LIMIT 3    [5, 1.5, 9]",
        ],
    );
}

#[test]
fn without_select_all_columns_of_all_models() {
    let text = by_category().to_sql(Dialect::Postgres).to_string();
    assert!(
        text.contains(
            r#""products"."added_on", t1."id", t1."category", t1."percent" FROM "products" LEFT JOIN"#
        ),
        "{text}"
    );
}

#[test]
fn self_joins_and_four_models() {
    same(
        |d| {
            Category::query()
                .left_join::<Category>(|c, parent| parent.get(Category::id).eq(c.get(Category::parent_id)))
                .left_join::<Category>(|_, parent, grand| {
                    grand.get(Category::id).eq(parent.get(Category::parent_id))
                })
                .cross_join::<Category>()
                .filter(|c, _, grand, any| {
                    grand
                        .get(Category::name)
                        .eq(any.get(Category::name))
                        .and(c.get(Category::id).ne(3))
                })
                .select(|c, parent, grand, _| {
                    (
                        c.get(Category::name),
                        parent.get(Category::name),
                        grand.get(Category::name).coalesce("none"),
                    )
                })
                .to_sql(d)
        },
        [
            r#"SELECT "categories"."name", t1."name", COALESCE(t2."name", ?) FROM "categories" LEFT JOIN "categories" AS t1 ON t1."id" = "categories"."parent_id" LEFT JOIN "categories" AS t2 ON t2."id" = t1."parent_id" CROSS JOIN "categories" AS t3 WHERE (t2."name" = t3."name" AND "categories"."id" <> ?)    ["none", 3]"#,
            r#"SELECT "categories"."name", t1."name", COALESCE(t2."name", $1) FROM "categories" LEFT JOIN "categories" AS t1 ON t1."id" = "categories"."parent_id" LEFT JOIN "categories" AS t2 ON t2."id" = t1."parent_id" CROSS JOIN "categories" AS t3 WHERE (t2."name" = t3."name" AND "categories"."id" <> $2)    ["none", 3]"#,
            "SELECT `categories`.`name`, t1.`name`, COALESCE(t2.`name`, CAST(? AS CHAR)) FROM `categories` LEFT JOIN `categories` AS t1 ON t1.`id` = `categories`.`parent_id` LEFT JOIN `categories` AS t2 ON t2.`id` = t1.`parent_id` CROSS JOIN `categories` AS t3 WHERE (t2.`name` = t3.`name` AND `categories`.`id` <> ?)    [\"none\", 3]",
        ],
    );
}

#[test]
fn paths_are_joined_once_each_and_after_the_tables() {
    same(
        |d| {
            Product::query()
                .left_join::<Sale>(|p, s| s.get(Sale::quantity).eq(p.get(Product::stock)))
                .filter(|_, s| s.get(Sale::product.get(Product::price)).gt(1.5))
                .order_by(|_, s| s.get(Sale::product.get(Product::name)).asc())
                .select(|p, s| (p.get(Product::name), s.get(Sale::product.get(Product::name))))
                .to_sql(d)
        },
        [
            r#"SELECT "products"."name", t2."name" FROM "products" LEFT JOIN "sales" AS t1 ON t1."quantity" = "products"."stock" LEFT JOIN "products" AS t2 ON t2."id" = t1."product_id" WHERE t2."price" > ? ORDER BY t2."name"    [1.5]"#,
            r#"SELECT "products"."name", t2."name" FROM "products" LEFT JOIN "sales" AS t1 ON t1."quantity" = "products"."stock" LEFT JOIN "products" AS t2 ON t2."id" = t1."product_id" WHERE t2."price" > $1 ORDER BY t2."name"    [1.5]"#,
            "SELECT `products`.`name`, t2.`name` FROM `products` LEFT JOIN `sales` AS t1 ON t1.`quantity` = `products`.`stock` LEFT JOIN `products` AS t2 ON t2.`id` = t1.`product_id` WHERE t2.`price` > ? ORDER BY t2.`name`    [1.5]",
        ],
    );
}

#[test]
fn paths_in_a_condition_stand_before_it() {
    same(
        |d| {
            Book::query()
                .left_join::<Review>(|book, review| {
                    review
                        .get(Review::reviewer_name)
                        .eq(book.get(Book::author.get(Author::name)))
                        .and(
                            review
                                .get(Review::book.get(Book::author.get(Author::name)))
                                .ne("x"),
                        )
                })
                .select(|book, review| {
                    (
                        book.get(Book::author.get(Author::name)),
                        review.get(Review::book.get(Book::title)),
                    )
                })
                .to_sql(d)
        },
        [
            r#"SELECT t2."name", t3."title" FROM "books" JOIN "authors" AS t2 ON t2."id" = "books"."author_id" LEFT JOIN ("reviews" AS t1 LEFT JOIN "books" AS t3 ON t3."id" = t1."book_id" LEFT JOIN "authors" AS t4 ON t4."id" = t3."author_id") ON (t1."reviewer_name" = t2."name" AND t4."name" <> ?)    ["x"]"#,
            r#"SELECT t2."name", t3."title" FROM "books" JOIN "authors" AS t2 ON t2."id" = "books"."author_id" LEFT JOIN ("reviews" AS t1 LEFT JOIN "books" AS t3 ON t3."id" = t1."book_id" LEFT JOIN "authors" AS t4 ON t4."id" = t3."author_id") ON (t1."reviewer_name" = t2."name" AND t4."name" <> $1)    ["x"]"#,
            "SELECT t2.`name`, t3.`title` FROM `books` JOIN `authors` AS t2 ON t2.`id` = `books`.`author_id` LEFT JOIN (`reviews` AS t1 LEFT JOIN `books` AS t3 ON t3.`id` = t1.`book_id` LEFT JOIN `authors` AS t4 ON t4.`id` = t3.`author_id`) ON (t1.`reviewer_name` = t2.`name` AND t4.`name` <> ?)    [\"x\"]",
        ],
    );
}

#[test]
fn scopes_of_joined_models_are_part_of_their_join() {
    same(
        |d| {
            Department::query()
                .left_join::<Worker>(|dep, w| w.get(Worker::name).eq(dep.get(Department::name)))
                .join::<Note>(|_, w, note| note.get(Note::text).eq(w.get(Worker::name)))
                .select(|dep, _, _| dep.get(Department::name))
                .to_sql(d)
        },
        [
            r#"SELECT "departments"."name" FROM "departments" LEFT JOIN "workers" AS t1 ON t1."name" = "departments"."name" AND t1."left_at" IS NULL JOIN "notes" AS t2 ON t2."text" = t1."name" AND t2."deleted_at" IS NULL WHERE "departments"."tenant_id" = ? AND "departments"."closed_at" IS NULL    ["the tenant"]"#,
            r#"SELECT "departments"."name" FROM "departments" LEFT JOIN "workers" AS t1 ON t1."name" = "departments"."name" AND t1."left_at" IS NULL JOIN "notes" AS t2 ON t2."text" = t1."name" AND t2."deleted_at" IS NULL WHERE "departments"."tenant_id" = $1 AND "departments"."closed_at" IS NULL    ["the tenant"]"#,
            "SELECT `departments`.`name` FROM `departments` LEFT JOIN `workers` AS t1 ON t1.`name` = `departments`.`name` AND t1.`left_at` IS NULL JOIN `notes` AS t2 ON t2.`text` = t1.`name` AND t2.`deleted_at` IS NULL WHERE `departments`.`tenant_id` = ? AND `departments`.`closed_at` IS NULL    [\"the tenant\"]",
        ],
    );
    // A tenant's model is joined to one that is nobody's; its scopes have no condition but their own.
    same(
        |d| {
            Product::query()
                .cross_join::<Department>()
                .with_deleted()
                .cross_join::<Note>()
                .select(|p, _, _| p.get(Product::name))
                .to_sql(d)
        },
        [
            r#"SELECT "products"."name" FROM "products" JOIN "departments" AS t1 ON t1."tenant_id" = ? JOIN "notes" AS t2 ON t2."deleted_at" IS NULL    ["the tenant"]"#,
            r#"SELECT "products"."name" FROM "products" JOIN "departments" AS t1 ON t1."tenant_id" = $1 JOIN "notes" AS t2 ON t2."deleted_at" IS NULL    ["the tenant"]"#,
            "SELECT `products`.`name` FROM `products` JOIN `departments` AS t1 ON t1.`tenant_id` = ? JOIN `notes` AS t2 ON t2.`deleted_at` IS NULL    [\"the tenant\"]",
        ],
    );
}

fn full(d: Dialect) -> Statement {
    Note::query()
        .full_join::<Worker>(|note, w| w.get(Worker::name).eq(note.get(Note::text)))
        .filter(|note, _| note.get(Note::version).gt(1).or(note.get(Note::id).is_null()))
        .select(|note, w| {
            (
                note.get(Note::text),
                w.get(Worker::name),
                w.get(Worker::department.get(Department::name)),
            )
        })
        .to_sql(d)
}

#[test]
fn full_joins_are_of_visible_rows() {
    let made = all(|d| full(d).to_string());
    assert_eq!(
        made[0],
        r#"SELECT "notes"."text", t1."name", t2."name" FROM (SELECT * FROM "notes" WHERE "notes"."deleted_at" IS NULL) AS "notes" FULL JOIN (SELECT * FROM "workers" WHERE "workers"."left_at" IS NULL) AS t1 ON t1."name" = "notes"."text" LEFT JOIN "departments" AS t2 ON t2."id" = t1."department_id" AND t2."tenant_id" = ? WHERE ("notes"."version" > ? OR "notes"."id" IS NULL)    ["the tenant", 1]"#
    );
    assert_eq!(made[1], made[0].replacen('?', "$1", 1).replacen('?', "$2", 1));
    for (sql, name) in [(&made[2], "MySQL"), (&made[3], "MariaDB")] {
        assert_eq!(
            *sql,
            format!(
                "-- no statement: {name} has no full join: run two queries, each of which joins one side to the other with `left_join`"
            )
        );
    }
}

#[test]
fn groups_windows_and_aggregates() {
    same(
        |d| {
            by_category()
                .group_by(|_, promo| promo.get(Promotion::percent))
                .having(|p, _| p.get(Product::id).count().gt(1))
                .select(|p, promo| {
                    (
                        promo.get(Promotion::percent),
                        p.get(Product::price.sum()).named("total"),
                        p.get(Product::price)
                            .max()
                            .filter(promo.get(Promotion::percent).gt(3)),
                        p.get(Product::price.sum()).filter(p.get(Product::stock).gt(3)),
                    )
                })
                .order_by(|_, _| output("total").desc())
                .to_sql(d)
        },
        [
            r#"SELECT t1."percent", SUM("products"."price") AS "total", MAX("products"."price") FILTER (WHERE t1."percent" > ?), SUM("products"."price") FILTER (WHERE "products"."stock" > ?) FROM "products" LEFT JOIN "promotions" AS t1 ON t1."category" = "products"."category" GROUP BY t1."percent" HAVING COUNT("products"."id") > ? ORDER BY "total" DESC    [3, 3, 1]"#,
            r#"SELECT t1."percent", SUM("products"."price") AS "total", MAX("products"."price") FILTER (WHERE t1."percent" > $1), SUM("products"."price") FILTER (WHERE "products"."stock" > $2) FROM "products" LEFT JOIN "promotions" AS t1 ON t1."category" = "products"."category" GROUP BY t1."percent" HAVING COUNT("products"."id") > $3 ORDER BY "total" DESC    [3, 3, 1]"#,
            "SELECT t1.`percent`, SUM(`products`.`price`) AS `total`, MAX(CASE WHEN t1.`percent` > ? THEN `products`.`price` END), SUM(CASE WHEN `products`.`stock` > ? THEN `products`.`price` END) FROM `products` LEFT JOIN `promotions` AS t1 ON t1.`category` = `products`.`category` GROUP BY t1.`percent` HAVING COUNT(`products`.`id`) > ? ORDER BY `total` DESC    [3, 3, 1]",
        ],
    );
    same(
        |d| {
            by_category()
                .select(|p, promo| {
                    (
                        p.get(Product::price.sum()).over(window().partition_by(promo.get(Promotion::percent))),
                        sql!(i64: "length({a}) + {b}", a = p.get(Product::name), b = promo.get(Promotion::percent)),
                    )
                })
                .filter(|p, _| sql!("length({a}) > 2", a = p.get(Product::name)))
                .filter(|_, promo| false.then(|| promo.get(Promotion::percent).gt(1)))
                .to_sql(d)
        },
        [
            r#"SELECT SUM("products"."price") OVER (PARTITION BY t1."percent"), (length("products"."name") + t1."percent") FROM "products" LEFT JOIN "promotions" AS t1 ON t1."category" = "products"."category" WHERE (length("products"."name") > 2)"#,
            r#"SELECT SUM("products"."price") OVER (PARTITION BY t1."percent"), (length("products"."name") + t1."percent") FROM "products" LEFT JOIN "promotions" AS t1 ON t1."category" = "products"."category" WHERE (length("products"."name") > 2)"#,
            "SELECT SUM(`products`.`price`) OVER (PARTITION BY t1.`percent`), (length(`products`.`name`) + t1.`percent`) FROM `products` LEFT JOIN `promotions` AS t1 ON t1.`category` = `products`.`category` WHERE (length(`products`.`name`) > 2)",
        ],
    );
}

#[test]
fn mistakes_are_error_values() {
    let beside = by_category()
        .select(|p, promo| (p.get(Product::price).sum(), promo.get(Promotion::percent)))
        .to_sql(Dialect::Sqlite)
        .to_string();
    assert!(
        beside.contains("`percent` stands beside an aggregate") && beside.contains("Promotion::percent"),
        "{beside}"
    );
    let filtered = by_category()
        .filter(|p, _| p.get(Product::price).sum().gt(1.0))
        .to_sql(Dialect::Sqlite)
        .to_string();
    assert!(filtered.contains("having"), "{filtered}");
    let on = Product::query()
        .join::<Promotion>(|p, promo| {
            p.get(Product::price)
                .sum()
                .gt(1.0)
                .and(promo.get(Promotion::percent).gt(1))
        })
        .to_sql(Dialect::Sqlite)
        .to_string();
    assert!(on.contains("each row is looked at by itself"), "{on}");
}

#[test]
fn lateral_joins() {
    let made = all(|d| {
        Book::query()
            .left_join_lateral::<Worker>(|book, w| {
                lateral(
                    w.get(Worker::name)
                        .eq(book.get(Book::author.get(Author::name)))
                        .and(w.get(Worker::department.get(Department::name)).ne("x")),
                )
                .order_by((
                    w.get(Worker::department.get(Department::name)).asc(),
                    w.get(Worker::id).desc(),
                ))
                .limit(2)
            })
            .join::<Review>(|_, w, review| review.get(Review::reviewer_name).eq(w.get(Worker::name)))
            .select(|book, w, review| {
                (
                    book.get(Book::author.get(Author::name)),
                    w.get(Worker::department.get(Department::name)),
                    review.get(Review::id),
                )
            })
            .to_sql(d)
            .to_string()
    });
    assert_eq!(
        made[1],
        r#"SELECT t3."name", t4."name", t2."id" FROM "books" LEFT JOIN LATERAL (SELECT t5.* FROM "workers" AS t5 LEFT JOIN "departments" AS t6 ON t6."id" = t5."department_id" AND t6."tenant_id" = $1 WHERE (t5."name" = (SELECT t7."name" FROM "authors" AS t7 WHERE t7."id" = "books"."author_id") AND t6."name" <> $2) AND t5."left_at" IS NULL ORDER BY t6."name", t5."id" DESC LIMIT 2) AS t1 ON TRUE JOIN "reviews" AS t2 ON t2."reviewer_name" = t1."name" JOIN "authors" AS t3 ON t3."id" = "books"."author_id" LEFT JOIN "departments" AS t4 ON t4."id" = t1."department_id" AND t4."tenant_id" = $3    ["the tenant", "x", "the tenant"]"#
    );
    assert!(
        made[2].contains(" LEFT JOIN LATERAL (SELECT t5.* FROM `workers` AS t5 "),
        "{}",
        made[2]
    );
    for (sql, name) in [(&made[0], "SQLite"), (&made[3], "MariaDB")] {
        assert!(
            sql.starts_with(&format!("-- no statement: {name} has no lateral join: ")),
            "{sql}"
        );
    }
}

#[test]
fn correlated_exists() {
    same(
        |d| {
            let gone = Author::exists::<Book>(|author, book| {
                book.get(Book::title).eq(author.get(Author::name)).and(
                    book.get(Book::author.get(Author::name))
                        .ne(author.get(Author::bio)),
                )
            });
            Author::query().filter(gone).select(Author::name).to_sql(d)
        },
        [
            r#"SELECT "authors"."name" FROM "authors" WHERE EXISTS (SELECT 1 FROM "books" JOIN "authors" AS t1 ON t1."id" = "books"."author_id" WHERE ("books"."title" = "authors"."name" AND t1."name" <> "authors"."bio"))"#,
            r#"SELECT "authors"."name" FROM "authors" WHERE EXISTS (SELECT 1 FROM "books" JOIN "authors" AS t1 ON t1."id" = "books"."author_id" WHERE ("books"."title" = "authors"."name" AND t1."name" <> "authors"."bio"))"#,
            "SELECT `authors`.`name` FROM `authors` WHERE EXISTS (SELECT 1 FROM `books` JOIN `authors` AS t1 ON t1.`id` = `books`.`author_id` WHERE (`books`.`title` = `authors`.`name` AND t1.`name` <> `authors`.`bio`))",
        ],
    );
    // Its own table under an alias, paths of the outer row as subqueries, scopes, and a question within a question.
    same(
        |d| {
            let helps = Worker::not_exists::<Worker>(|w, other| {
                other
                    .get(Worker::name)
                    .eq(w.get(Worker::department.get(Department::name)))
                    .and(other.get(Worker::exists::<Note>(|other, note| {
                        note.get(Note::text).eq(other.get(Worker::name))
                    })))
            });
            Worker::query().filter(helps).select(Worker::name).to_sql(d)
        },
        [
            r#"SELECT "workers"."name" FROM "workers" WHERE "workers"."left_at" IS NULL AND NOT EXISTS (SELECT 1 FROM "workers" AS t1 WHERE t1."left_at" IS NULL AND (t1."name" = (SELECT t2."name" FROM "departments" AS t2 WHERE t2."id" = "workers"."department_id" AND t2."tenant_id" = ?) AND EXISTS (SELECT 1 FROM "notes" WHERE "notes"."deleted_at" IS NULL AND "notes"."text" = t1."name")))    ["the tenant"]"#,
            r#"SELECT "workers"."name" FROM "workers" WHERE "workers"."left_at" IS NULL AND NOT EXISTS (SELECT 1 FROM "workers" AS t1 WHERE t1."left_at" IS NULL AND (t1."name" = (SELECT t2."name" FROM "departments" AS t2 WHERE t2."id" = "workers"."department_id" AND t2."tenant_id" = $1) AND EXISTS (SELECT 1 FROM "notes" WHERE "notes"."deleted_at" IS NULL AND "notes"."text" = t1."name")))    ["the tenant"]"#,
            "SELECT `workers`.`name` FROM `workers` WHERE `workers`.`left_at` IS NULL AND NOT EXISTS (SELECT 1 FROM `workers` AS t1 WHERE t1.`left_at` IS NULL AND (t1.`name` = (SELECT t2.`name` FROM `departments` AS t2 WHERE t2.`id` = `workers`.`department_id` AND t2.`tenant_id` = ?) AND EXISTS (SELECT 1 FROM `notes` WHERE `notes`.`deleted_at` IS NULL AND `notes`.`text` = t1.`name`)))    [\"the tenant\"]",
        ],
    );
    // On a side of a join, and along a path.
    same(
        |d| {
            by_category()
                .filter(|_, promo| {
                    promo.get(Promotion::exists::<Product>(|promo, p| {
                        p.get(Product::name).eq(promo.get(Promotion::category))
                    }))
                })
                .filter(|p, _| {
                    p.get(Product::sales.any(Sale::not_exists::<Book>(|s, b| {
                        b.get(Book::version).eq(s.get(Sale::quantity))
                    })))
                })
                .select(|p, _| p.get(Product::name))
                .to_sql(d)
        },
        [
            r#"SELECT "products"."name" FROM "products" LEFT JOIN "promotions" AS t1 ON t1."category" = "products"."category" WHERE EXISTS (SELECT 1 FROM "products" WHERE "products"."name" = t1."category") AND EXISTS (SELECT 1 FROM "sales" AS t2 WHERE t2."product_id" = "products"."id" AND NOT EXISTS (SELECT 1 FROM "books" WHERE "books"."version" = t2."quantity"))"#,
            r#"SELECT "products"."name" FROM "products" LEFT JOIN "promotions" AS t1 ON t1."category" = "products"."category" WHERE EXISTS (SELECT 1 FROM "products" WHERE "products"."name" = t1."category") AND EXISTS (SELECT 1 FROM "sales" AS t2 WHERE t2."product_id" = "products"."id" AND NOT EXISTS (SELECT 1 FROM "books" WHERE "books"."version" = t2."quantity"))"#,
            "SELECT `products`.`name` FROM `products` LEFT JOIN `promotions` AS t1 ON t1.`category` = `products`.`category` WHERE EXISTS (SELECT 1 FROM `products` WHERE `products`.`name` = t1.`category`) AND EXISTS (SELECT 1 FROM `sales` AS t2 WHERE t2.`product_id` = `products`.`id` AND NOT EXISTS (SELECT 1 FROM `books` WHERE `books`.`version` = t2.`quantity`))",
        ],
    );
    let delete = Category::delete()
        .filter(Category::not_exists::<Category>(|c, child| {
            child.get(Category::parent_id).eq(c.get(Category::id))
        }))
        .to_sql(Dialect::MySql)
        .to_string();
    assert!(delete.contains("MySQL does not read `categories`"), "{delete}");
}
