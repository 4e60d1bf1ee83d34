//! The text of a medium query and its parameters, without I/O: ours, and pushed together by hand.

use std::hint::black_box;

use orm_core::prelude::*;

use crate::runner::{Case, Stack};

#[derive(Debug, Clone, Model)]
#[orm(table = "bench_shops")]
struct Shop {
    id: Id<Shop>,
    name: String,
}

#[derive(Debug, Clone, Model)]
#[orm(table = "bench_products")]
struct Product {
    id: Id<Product>,
    shop_id: Id<Shop>,
    name: String,
    category: String,
    price: f64,
    stock: i32,
}

const COLUMNS: [&str; 6] = ["id", "shop_id", "name", "category", "price", "stock"];

/// A parameter as it is kept by hand.
enum Param {
    Text(String),
    Float(f64),
    Int(i32),
}

fn query(dialect: Dialect) -> usize {
    let statement = Product::query()
        .filter(Product::category.eq("home"))
        .filter(Product::price.ge(9.5))
        .filter(Product::stock.gt(0))
        .order_by(Product::price.desc())
        .limit(20)
        .to_sql(dialect);
    statement.text().unwrap().len() + statement.params().len()
}

fn joined(dialect: Dialect) -> usize {
    let statement = Product::query()
        .filter(Product::shop.get(Shop::name).eq("corner"))
        .filter(Product::price.ge(9.5))
        .filter(Product::stock.gt(0))
        .order_by(Product::price.desc())
        .limit(20)
        .to_sql(dialect);
    statement.text().unwrap().len() + statement.params().len()
}

fn column(sql: &mut String, table: &str, name: &str) {
    for part in ["\"", table, "\".\"", name, "\""] {
        sql.push_str(part);
    }
}

fn by_hand(join: bool) -> usize {
    let mut sql = String::with_capacity(512);
    let mut params = Vec::with_capacity(4);
    let table = "bench_products";
    sql.push_str("SELECT ");
    for (i, name) in COLUMNS.iter().enumerate() {
        if i > 0 {
            sql.push_str(", ");
        }
        column(&mut sql, table, name);
    }
    sql.push_str(" FROM \"bench_products\"");
    if join {
        sql.push_str(
            " JOIN \"bench_shops\" AS t1 ON t1.\"id\" = \"bench_products\".\"shop_id\" WHERE t1.\"name\" = ",
        );
        params.push(Param::Text("corner".to_owned()));
    } else {
        sql.push_str(" WHERE ");
        column(&mut sql, table, "category");
        sql.push_str(" = ");
        params.push(Param::Text("home".to_owned()));
    }
    number(&mut sql, params.len());
    sql.push_str(" AND ");
    column(&mut sql, table, "price");
    sql.push_str(" >= ");
    params.push(Param::Float(9.5));
    number(&mut sql, params.len());
    sql.push_str(" AND ");
    column(&mut sql, table, "stock");
    sql.push_str(" > ");
    params.push(Param::Int(0));
    number(&mut sql, params.len());
    sql.push_str(" ORDER BY ");
    column(&mut sql, table, "price");
    sql.push_str(" DESC LIMIT 20");
    let known = params.iter().filter(|p| match p {
        Param::Text(text) => !text.is_empty(),
        Param::Float(n) => n.is_finite(),
        Param::Int(n) => *n >= 0,
    });
    sql.len() + known.count()
}

fn number(sql: &mut String, n: usize) {
    use std::fmt::Write as _;
    let _ = write!(sql, "${n}");
}

pub(crate) fn cases() -> Vec<Case> {
    // The same text, letter by letter.
    assert_eq!(query(Dialect::Postgres), by_hand(false));
    assert_eq!(joined(Dialect::Postgres), by_hand(true));
    let stack = |make: fn(Dialect) -> usize| {
        Stack::new("ours", move |count| {
            for _ in 0..count {
                black_box(make(black_box(Dialect::Postgres)));
            }
        })
    };
    let hand = |join| {
        Stack::new("by hand", move |count| {
            for _ in 0..count {
                black_box(by_hand(black_box(join)));
            }
        })
    };
    vec![
        Case {
            name: "build query",
            stacks: vec![stack(query), hand(false)],
        },
        Case {
            name: "build query with a join",
            stacks: vec![stack(joined), hand(true)],
        },
    ]
}
