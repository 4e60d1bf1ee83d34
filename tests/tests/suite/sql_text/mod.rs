//! The text of statements for every dialect, without a database: what differs on MySQL from MariaDB is held here.

mod aggregates;
mod ctes;
mod filters;
mod fragments;
mod joins;
mod lists;
mod order;
mod patterns;
mod sets;
mod subqueries;
mod writes;

use orm_core::prelude::*;
use orm_core::query::Statement;
use orm_core::sql::Dialect;
use tests::book::{Account, Book, Product};

fn all<F: Fn(Dialect) -> String>(make: F) -> [String; 4] {
    [
        Dialect::Sqlite,
        Dialect::Postgres,
        Dialect::MySql,
        Dialect::MariaDb,
    ]
    .map(make)
}

/// Compares what follows the outputs of a query (and the outputs, where they are few) on SQLite, PostgreSQL and MariaDB.
/// MySQL says the same as MariaDB.
fn same(make: impl Fn(Dialect) -> Statement, expected: [&str; 3]) {
    let made = all(|d| {
        let sql = make(d).to_string();
        match sql.split_once(" FROM ") {
            // All columns of a model tell nothing.
            Some((outputs, rest)) if outputs.contains(".\"id\"") || outputs.contains(".`id`") => {
                rest.to_owned()
            }
            _ => sql,
        }
    });
    assert_eq!(made[2], made[3]);
    assert_eq!([&*made[0], &*made[1], &*made[3]], expected);
}

/// Compares whole statements on SQLite, PostgreSQL and MariaDB. MySQL says the same as MariaDB.
#[track_caller]
fn whole(make: impl Fn(Dialect) -> Statement, expected: [&str; 3]) {
    let [sqlite, postgres, mysql, mariadb] = all(|d| make(d).to_string());
    assert_eq!(mysql, mariadb);
    assert_eq!([&*sqlite, &*postgres, &*mariadb], expected);
}

/// Compares whole statements on SQLite, PostgreSQL, MySQL and MariaDB.
#[track_caller]
fn each(make: impl Fn(Dialect) -> Statement, expected: [&str; 4]) {
    let made = all(|d| make(d).to_string());
    assert_eq!(made.each_ref().map(|text| &**text), expected);
}

fn product() -> Product {
    Product::draft(
        "Lamp",
        "home",
        1.5,
        4,
        NaiveDate::from_ymd_opt(2026, 1, 31).unwrap(),
    )
}

#[test]
fn lists() {
    let made = all(|d| {
        let sql = Account::query()
            .filter(Account::id.is_in([1, 2, 3]))
            .select(Account::owner)
            .to_sql(d)
            .to_string();
        sql.split_once(" WHERE ")
            .map(|(_, w)| w.to_owned())
            .unwrap_or_default()
    });
    assert_eq!(
        made,
        [
            r#""accounts"."id" IN (SELECT value FROM json_each(?))    [[1, 2, 3]]"#,
            r#""accounts"."id" = ANY($1)    [[1, 2, 3]]"#,
            "`accounts`.`id` IN (?, ?, ?, ?)    [1, 2, 3, 3]",
            "`accounts`.`id` IN (?, ?, ?, ?)    [1, 2, 3, 3]",
        ]
    );
}

#[test]
fn upserts() {
    let made = all(|d| {
        let sql = Product::insert(product())
            .on_conflict(Product::name)
            .do_update(Product::stock)
            .set(Product::price, Product::price + excluded(Product::price))
            .to_sql(d)
            .to_string();
        sql.split_once(")    [")
            .map(|(s, _)| s.to_owned())
            .unwrap_or(sql)
            .split_once(" VALUES ")
            .unwrap()
            .1
            .to_owned()
    });
    let set = |q: &str, new: &dyn Fn(&str) -> String| {
        format!(
            "{q}stock{q} = {}, {q}price{q} = ({q}products{q}.{q}price{q} + {}",
            new("stock"),
            new("price")
        )
    };
    let excluded = |c: &str| format!("excluded.\"{c}\"");
    assert_eq!(
        made[0],
        format!(
            "(?, ?, ?, ?, ?) ON CONFLICT (\"name\") DO UPDATE SET {}",
            set("\"", &excluded)
        )
    );
    assert_eq!(
        made[1],
        format!(
            "($1, $2, $3, $4, $5) ON CONFLICT (\"name\") DO UPDATE SET {}",
            set("\"", &excluded)
        )
    );
    assert_eq!(
        made[2],
        format!(
            "(?, ?, ?, ?, ?) AS new ON DUPLICATE KEY UPDATE {}",
            set("`", &|c| format!("new.`{c}`"))
        )
    );
    assert_eq!(
        made[3],
        format!(
            "(?, ?, ?, ?, ?) ON DUPLICATE KEY UPDATE {}",
            set("`", &|c| format!("VALUES(`{c}`)"))
        )
    );
}

#[test]
fn many_rows() {
    let made = all(|d| {
        Product::insert([product(), product()])
            .to_sql(d)
            .text()
            .unwrap()
            .to_owned()
    });
    assert_eq!(
        made[1],
        r#"INSERT INTO "products" ("name", "category", "price", "stock", "added_on") SELECT u.c0, u.c1, u.c2, u.c3, u.c4 FROM UNNEST($1, $2, $3, $4, $5) AS u(c0, c1, c2, c3, c4)"#
    );
    for text in [&made[0], &made[2], &made[3]] {
        assert!(
            text.ends_with(" VALUES (?, ?, ?, ?, ?), (?, ?, ?, ?, ?)"),
            "{text}"
        );
    }
}

#[test]
fn nulls_and_their_order() {
    let made = all(|d| {
        let sql = Book::query()
            .order_by(Book::published_year.asc().nulls_last())
            .to_sql(d)
            .to_string();
        sql.split_once(" ORDER BY ")
            .map(|(_, o)| o.to_owned())
            .unwrap_or_default()
    });
    assert_eq!(
        made,
        [
            r#""books"."published_year" NULLS LAST"#,
            r#""books"."published_year""#,
            "`books`.`published_year` IS NULL, `books`.`published_year`",
            "`books`.`published_year` IS NULL, `books`.`published_year`",
        ]
    );
}

#[test]
fn what_mysql_lacks_is_an_error_value() {
    let text = |d| {
        Product::insert(product())
            .on_conflict(Product::name)
            .do_update(Product::stock)
            .only_if(Product::stock.lt(3))
            .to_sql(d)
            .to_string()
    };
    assert!(text(Dialect::Postgres).contains(r#"WHERE "products"."stock" < $6"#));
    for d in [Dialect::MySql, Dialect::MariaDb] {
        assert!(text(d).starts_with("-- no statement: "), "{}", text(d));
        assert!(text(d).contains("only_if"));
    }
}

/// Identifiers of every kind, and values that look like SQL.
#[derive(Debug, Clone, PartialEq, Model)]
#[orm(table = "sel\"ect `from` x", module = "odd_rel")]
pub struct Odd {
    pub id: Id<Odd>,
    #[orm(column = "or\"der")]
    pub order: i32,
    #[orm(column = "Größe`x")]
    pub size: i32,
}

#[test]
fn identifiers_are_quoted() {
    let made = all(|d| {
        Odd::query()
            .filter(Odd::order.eq(1))
            .select(Odd::size)
            .to_sql(d)
            .to_string()
    });
    assert_eq!(
        made[1],
        r#"SELECT "sel""ect `from` x"."Größe`x" FROM "sel""ect `from` x" WHERE "sel""ect `from` x"."or""der" = $1    [1]"#
    );
    assert_eq!(
        made[3],
        "SELECT `sel\"ect ``from`` x`.`Größe``x` FROM `sel\"ect ``from`` x` WHERE `sel\"ect ``from`` x`.`or\"der` = ?    [1]"
    );
}

super::on_all! {
    async fn odd_identifiers_work(db) {
        db.create_all::<Odd>().await?;
        Odd::insert([Odd::draft(1, 2), Odd::draft(3, 4)]).exec(db).await?;
        let n = Odd::update().set(Odd::size, Odd::size + Odd::order).filter(Odd::order.eq(3)).exec(db).await?;
        let sizes: Vec<i32> = Odd::query().order_by(Odd::order).select(Odd::size).all(db).await?;
        assert_eq!((n, sizes), (1, vec![2, 7]));
    }
}
