//! What `#[derive(Model)]` says of mistakes, and where: each group is a snapshot of inputs and their errors.

use super::{errors, expand, report};
use crate::model::derive;

fn says(name: &str, inputs: &[&str]) {
    report(name, derive, inputs);
}

/// A model with this attribute on the struct.
fn on_struct(attribute: &str) -> String {
    format!("#[orm({attribute})] struct Book {{ id: Id<Book>, title: String, author_id: Id<Author> }}")
}

/// A model with this field.
fn with(field: &str) -> String {
    format!("struct Book {{ id: Id<Book>, {field} }}")
}

fn says_of(name: &str, template: fn(&str) -> String, parts: &[&str]) {
    let inputs: Vec<String> = parts.iter().map(|part| template(part)).collect();
    let inputs: Vec<&str> = inputs.iter().map(String::as_str).collect();
    says(name, &inputs);
}

#[test]
fn what_can_be_a_model() {
    says(
        "model_shapes",
        &[
            "enum Status { Draft }",
            "union U { a: i32 }",
            "struct Isbn(String);",
            "struct Nothing;",
            "struct Page<T> { id: Id<Page<T>>, body: T }",
            "struct Page<'a> { id: i64, body: &'a str }",
        ],
    );
}

#[test]
fn primary_keys() {
    says(
        "model_primary_keys",
        &[
            "struct Book { title: String }",
            "struct Book { id: i64, title: String }",
            "struct Book { book_id: Id<Book>, title: String }",
            "struct Book { #[orm(primary_key)] isbn: Option<String> }",
            "struct Book { #[orm(primary_key)] number: Auto<i64> }",
            "struct Book { #[orm(primary_key, json)] number: Isbn }",
            "#[orm(key = Uuid)] struct Book { #[orm(primary_key)] isbn: String }",
            "#[orm(primary_key(a, b))] struct Book { #[orm(primary_key)] a: i64, b: i64 }",
            "#[orm(primary_key(a, c, a))] struct Book { a: i64, b: i64 }",
            "#[orm(primary_key)] struct Book { a: i64 }",
            "#[orm(primary_key(a, b, c, d, e))] struct Book { a: i64, b: i64, c: i64, d: i64, e: i64 }",
            "struct Book { #[orm(primary_key, unique)] isbn: String }",
            "struct Book { #[orm(index)] id: Id<Book> }",
        ],
    );
}

#[test]
fn attributes_in_general() {
    says_of(
        "attributes_of_structs",
        on_struct,
        &[
            "tabel = \"books\"",
            "xyz",
            "length = 3",
            "table",
            "table = books",
            "table = \"a\", table = \"b\"",
            "table = ",
            "unmanaged = true",
            "\"books\"",
            "table \"books\"",
            "check(a, \"b\") index(title)",
            "rename_all = \"snake\"",
            "crate = \"not a path\"",
            "also_writes",
            "also_writes(3)",
            "soft_delete = titel",
            "tenant = 3",
            "soft_delete = id",
        ],
    );
    says(
        "attribute_forms",
        &[
            "#[orm] struct Book { id: Id<Book> }",
            "#[orm = \"x\"] struct Book { id: Id<Book> }",
        ],
    );
    says_of(
        "attributes_of_fields",
        with,
        &[
            "#[orm(lenght = 3)] a: String",
            "#[orm(table = \"x\")] a: String",
            "#[orm(length = \"3\")] a: String",
            "#[orm(index(a))] a: String",
            "#[orm(skip = true)] a: String",
            "#[orm(name = 3)] a: String",
        ],
    );
}

#[test]
fn columns() {
    says_of(
        "columns",
        with,
        &[
            "#[orm(length = 10)] a: i32",
            "#[orm(length = 10)] a: Option<i32>",
            "#[orm(length = 0)] a: String",
            "a: Decimal",
            "a: Auto<Option<Decimal>>",
            "#[orm(precision = 3)] a: Decimal",
            "#[orm(precision = 3, scale = 4)] a: Decimal",
            "#[orm(precision = 3, scale = 1)] a: f64",
            "#[orm(case_insensitive)] a: i32",
            "#[orm(column = \"\")] a: i32",
            "#[orm(column = \"id\")] a: i32",
            "#[orm(name = id)] a: i32",
            "#[orm(unique, index)] a: i32",
            "#[orm(index = false)] a: i32",
            "#[orm(skip, length = 3, unique)] a: String",
            "#[orm(embed, length = 3)] a: Address",
            "#[orm(embed(a, b))] a: Address",
            "#[orm(embed)] a: Option<Address>",
            "#[orm(json)] a: Auto<Settings>",
            "#[orm(json, length = 3)] a: Settings",
        ],
    );
}

#[test]
fn values_of_new_rows() {
    says_of(
        "defaults",
        with,
        &[
            "#[orm(default = 0)] a: Option<i32>",
            "#[orm(default = \"x\")] a: i32",
            "#[orm(default = 1.5)] a: i64",
            "#[orm(default = now())] a: NaiveDate",
            "#[orm(default = 12345678901234567890123456789.5)] a: Decimal",
            "#[orm(default = 0)] a: NaiveTime",
            "#[orm(default = later())] a: DateTime<Utc>",
            "#[orm(default = MAX)] a: i32",
            "#[orm(default = 99999999999999999999)] a: i64",
            "#[orm(json, default = 0)] a: Settings",
            "#[orm(default_sql = \"random()\")] a: i64",
            "#[orm(generated = \"lower(b)\")] a: Option<String>",
            "#[orm(default = 0, default_sql = \"random()\", generated = \"1\")] a: Auto<i64>",
            "#[orm(version)] a: String",
            "#[orm(version)] a: Option<i32>",
            "#[orm(version, default = 3)] a: i32",
            "#[orm(version)] a: i32, #[orm(version)] b: i32",
            "#[orm(touch)] a: NaiveDate",
            "#[orm(touch, default = now())] a: DateTime<Utc>",
        ],
    );
    says_of("draft", on_struct, &["draft = title", "draft = 3"]);
}

#[test]
fn foreign_keys() {
    says_of(
        "foreign_keys",
        with,
        &[
            "author: Id<Author>",
            "author: String, author_id: Id<Author>",
            "a_id: Id<Author>, #[orm(relation = a)] b_id: Id<Author>",
            "#[orm(references = code)] country: String",
            "#[orm(references = 3)] country: String",
            "#[orm(on_delete = \"explode\")] author_id: Id<Author>",
            "#[orm(on_delete = \"set null\")] author_id: Id<Author>",
            "#[orm(on_update = \"set default\")] author_id: Id<Author>",
            "#[orm(on_delete = \"cascade\", no_constraint)] author_id: Id<Author>",
            "#[orm(on_delete = \"cascade\", relation = writer)] author: String",
            "#[orm(relation = 3)] author_id: Id<Author>",
        ],
    );
}

#[test]
fn relations() {
    says_of(
        "relations",
        on_struct,
        &[
            "has_many(Review)",
            "has_many",
            "has_many(reviews: Vec<Review>)",
            "has_many(title: Review)",
            "has_many(author: Review)",
            "has_many(tags: Tag through BookTag)",
            "has_many(reviews: Review.title -> title)",
            "has_many(reviews: Review -> title)",
            "has_many(reviews: Review.a -> nothing)",
            "has_many(reviews: Review, on_delete = \"cascade\")",
            "has_many(reviews: Review, on(book_id))",
            "many_to_many(tags: Tag)",
            "many_to_many(tags: Tag through BookTag(book_id))",
            "many_to_many(related: Book through Related)",
            "belongs_to(author: Author)",
            "belongs_to(line: Line, on(title))",
            "belongs_to(line: Line, on(title, titel))",
            "belongs_to(line: Line, on(title, id), on_delete = \"x\", color = 3)",
        ],
    );
}

#[test]
fn indexes_and_checks() {
    says_of(
        "indexes",
        on_struct,
        &[
            "index(titel)",
            "index",
            "unique()",
            "index(title, wher = \"x\")",
            "index(title, where = x)",
            "index(title), index(title)",
            "index(title, title)",
            "index(title.city)",
            "unique(3)",
            "check(positive)",
            "check(a, \"x\"), check(a, \"y\")",
        ],
    );
}

/// All mistakes of one struct are told at once, and the rest of the code is still there.
#[test]
fn all_at_once() {
    let input = r#"
#[orm(tabel = "books", has_many(title: Review), index(titel))]
struct Book {
    id: Id<Book>,
    #[orm(length = 3, default = 0)]
    title: Option<i32>,
    price: Decimal,
}"#;
    assert_eq!(errors(derive, input).len(), 6);
    let code = expand(derive, input);
    for part in ["impl __m::Table for Book", "const price", "fn draft"] {
        assert!(code.contains(part), "{part}");
    }
}
