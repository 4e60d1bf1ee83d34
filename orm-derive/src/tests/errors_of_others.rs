//! What the other derives say of mistakes, and where.

use super::report;
use crate::{db_enum, db_type, embed, from_row, model, projection};

#[test]
fn enums() {
    report(
        "db_enum_errors",
        db_enum::derive,
        &[
            "struct Rating { a: i32 }",
            "enum Rating {}",
            "enum Rating<T> { A(T) }",
            "enum Rating { Good(i32), Bad { why: String } }",
            "#[orm(storage = \"number\")] enum Rating { Good }",
            "#[orm(storge = \"text\")] enum Rating { #[orm(rename_all = \"x\")] Good }",
            "#[orm(rename_all = \"loud\")] enum Rating { #[orm(rename = 3)] Good }",
            "enum Rating { Good, #[orm(rename = \"good\")] Best }",
            "#[orm(storage = \"integer\")] enum Rating { Good = 1, #[orm(value = 1)] Best }",
            "#[orm(storage = \"integer\")] enum Rating { Good = LEVEL, Best }",
        ],
    );
}

#[test]
fn newtypes() {
    report(
        "db_type_errors",
        db_type::derive,
        &[
            "enum Isbn { A }",
            "union Isbn { a: i32 }",
            "struct Isbn;",
            "struct Isbn(String, i32);",
            "struct Isbn { text: String }",
            "struct Isbn<T>(T);",
            "#[orm(tryfrom)] struct Isbn(String);",
        ],
    );
}

#[test]
fn embedded_structs() {
    report(
        "embed_errors",
        embed::derive,
        &[
            "enum Address { A }",
            "struct Address(String);",
            "struct Address<T> { t: T }",
            "#[orm(table = \"addresses\")] struct Address { city: String }",
            "struct Address { #[orm(unique)] city: String, #[orm(embed)] place: Place, #[orm(version)] v: i32 }",
            "struct Address { country_id: Id<Country> }",
            "struct Address { #[orm(length = 3)] number: i32, #[orm(lengt = 3)] city: String }",
        ],
    );
}

#[test]
fn rows() {
    report(
        "from_row_errors",
        from_row::derive,
        &[
            "enum Row { A }",
            "struct Row(i32);",
            "struct Row<T> { t: T }",
            "struct Row { #[orm(renam = \"x\")] a: i32 }",
            "struct Row { #[orm(rename = \"b\")] a: i32, b: i32 }",
            "struct Row { #[orm(skip, json)] a: i32 }",
        ],
    );
}

#[test]
fn queries_with_a_name() {
    report(
        "cte_errors",
        model::cte::derive,
        &[
            "enum Tree { A }",
            "struct Tree(i32);",
            "struct Tree;",
            "struct Tree<T> { t: T }",
            "#[orm(tabel = \"tree\")] struct Tree { depth: i32 }",
            "#[orm(table = 3)] struct Tree { depth: i32 }",
            "#[orm(table = \"tree\", schema = \"s\", key = i32)] struct Tree { depth: i32 }",
            "#[orm(primary_key(a), index(a), unique(a), check(c, \"a > 0\"))] struct Tree { a: i32 }",
            "#[orm(has_many(leaves: Leaf), soft_delete = gone, tenant = t)] struct Tree { gone: i32, t: i32 }",
            "struct Tree { #[orm(unique)] a: i32, #[orm(index)] b: i32, #[orm(primary_key)] c: i32 }",
            "struct Tree { #[orm(version)] a: i32, #[orm(touch)] b: i32, #[orm(on_delete = \"cascade\")] c: Id<Leaf> }",
            "struct Tree { #[orm(default = 3)] a: i32, #[orm(colunm = \"x\")] b: i32, #[orm(column = \"c\")] d: i32, c: i32 }",
            "struct Tree { worth: Decimal }",
        ],
    );
}

#[test]
fn projections() {
    report(
        "projection_errors",
        projection::derive,
        &[
            "#[orm(of = Book)] enum Card { A }",
            "#[orm(of = Book)] struct Card(String);",
            "#[orm(of = Book)] struct Card<T> { title: T }",
            "struct Card { title: String }",
            "#[orm(of = 3)] struct Card { title: String }",
            "#[orm(off = Book)] struct Card { title: String }",
            "#[orm(of = Book)] struct Card { #[orm(form = title)] name: String, #[orm(from = title, path = author.name)] by: String }",
            "#[orm(of = Book)] struct Card { #[orm(path = author)] by: String, #[orm(expr)] a: i32, #[orm(load(x))] b: i32 }",
            "#[orm(of = Book)] struct Card { #[orm(count(tags.label))] a: i64, #[orm(count)] b: i64, #[orm(sum(reviews))] c: i64 }",
            "#[orm(of = Category)] struct Node { children: Vec<Node>, parent: Option<Self>, other: Node }",
        ],
    );
}
