//! Snapshots of what the derives write, each beside its input, and how much they write.

use super::{Derive, errors, expand};
use crate::{db_enum, db_type, embed, from_row, model, projection};

fn snapshot(name: &str, derive: Derive, input: &str) -> String {
    assert_eq!(errors(derive, input), []);
    let code = expand(derive, input);
    insta::with_settings!({prepend_module_to_snapshot => false, omit_expression => true}, {
        insta::assert_snapshot!(name, format!("{}\n\n// becomes\n\n{code}", input.trim()));
    });
    code
}

/// A model is about 60 lines, 6 for each column, and 20 for each relation.
fn model_snapshot(name: &str, columns: usize, relations: usize, input: &str) {
    let lines = snapshot(name, model::derive, input).lines().count();
    let budget = 60 + 6 * columns + 20 * relations;
    assert!(lines <= budget, "{name}: {lines} lines, {budget} expected");
}

#[test]
fn author() {
    model_snapshot(
        "author",
        3,
        1,
        r#"
#[orm(table = "authors", has_many(books: Book))]
pub struct Author {
    pub id: Id<Author>,
    #[orm(length = 100, unique)]
    pub name: String,
    #[orm(length = 500)]
    pub bio: Option<String>,
}"#,
    );
}

#[test]
fn book() {
    model_snapshot(
        "book",
        6,
        3,
        r#"
#[orm(table = "books", has_many(reviews: Review), many_to_many(tags: Tag through BookTag))]
#[orm(index(published_year, title), check(year_positive, "published_year > 0"))]
pub struct Book {
    pub id: Id<Book>,
    #[orm(length = 200, index)]
    pub title: String,
    pub published_year: Option<i32>,
    #[orm(on_delete = "cascade")]
    pub author_id: Id<Author>,
    #[orm(version)]
    pub version: i32,
    #[orm(default = now())]
    pub added_at: DateTime<Utc>,
}"#,
    );
}

#[test]
fn review() {
    model_snapshot(
        "review",
        5,
        1,
        r#"
#[orm(table = "reviews")]
pub struct Review {
    pub id: Id<Review>,
    pub book_id: Id<Book>,
    pub reviewer_name: String,
    pub content: Option<String>,
    pub rating: Rating,
}"#,
    );
}

#[test]
fn book_tag() {
    model_snapshot(
        "book_tag",
        2,
        2,
        r#"
#[orm(table = "book_tags", primary_key(book_id, tag_id))]
pub struct BookTag { pub book_id: Id<Book>, pub tag_id: Id<Tag> }"#,
    );
}

#[test]
fn category() {
    model_snapshot(
        "category",
        3,
        2,
        r#"
#[orm(table = "categories", has_many(children: Category.parent_id))]
pub struct Category { pub id: Id<Category>, pub name: String, pub parent_id: Option<Id<Category>> }"#,
    );
}

#[test]
fn everything() {
    snapshot(
        "everything",
        model::derive,
        r#"
#[orm(crate = "shop::orm", table = "all_of_it", schema = "library", module = "relations", key = Uuid, draft = new)]
#[orm(rename_all = "camelCase", renamed_from = "old", soft_delete = deleted_at, tenant = tenant_id, unmanaged)]
#[orm(unique(small, text, where = "small > 0"), index(address.city, name = "town"), also_writes(audit::Entry))]
#[orm(index(expr = "lower(text)", using = "gin", unique), check("positive", "small > 0"))]
#[orm(has_one(detail: Detail), has_many(posts: Post.author_email -> text), belongs_to(line: OrderLine, on(order_id, line_no)))]
pub(super) struct Everything {
    pub id: Id<Self>,
    #[orm(unique, name = text_column, case_insensitive, redact, renamed_from = "words", default = "none")]
    pub text: String,
    #[orm(default = -1)]
    pub small: i16,
    #[orm(precision = 10, scale = 2, default = 9.99)]
    pub price: Decimal,
    #[orm(embed(billing))]
    pub address: Address,
    #[orm(json)]
    pub settings: Option<Settings>,
    #[orm(skip)]
    pub cache: Cache,
    #[orm(default_sql = "random()")]
    pub lot: Auto<i64>,
    #[orm(generated = "lower(text)")]
    pub lower: Auto<Option<String>>,
    #[orm(default = Level::High)]
    pub level: Level,
    #[orm(sql_type = "citext[]", column = "tags")]
    pub words: Vec<String>,
    #[orm(default = today())]
    pub day: NaiveDate,
    #[orm(default = uuid())]
    pub token: Uuid,
    #[orm(touch)]
    pub changed_at: DateTime<Utc>,
    #[orm(version)]
    pub version: i64,
    #[orm(references = Country::code, relation = home, on_update = "set null", index = false)]
    pub country: Option<String>,
    #[orm(references = User, no_constraint)]
    pub owner_id: UserId,
    pub tenant_id: i32,
    pub deleted_at: Option<DateTime<Utc>>,
    pub order_id: i64,
    pub line_no: i32,
}"#,
    );
}

#[test]
fn natural_and_shared_keys() {
    model_snapshot(
        "natural_key",
        2,
        0,
        "struct Country { #[orm(primary_key)] code: String, r#type: String }",
    );
    model_snapshot(
        "shared_key",
        1,
        1,
        "pub struct Passport { #[orm(primary_key)] pub person_id: Id<Person> }",
    );
    model_snapshot(
        "mixed_key",
        3,
        1,
        "#[orm(primary_key(book_id, line, kind))] pub struct Line { pub book_id: Id<super::Book>, pub line: i16, pub kind: String }",
    );
}

#[test]
fn the_other_derives() {
    snapshot(
        "db_enum",
        db_enum::derive,
        r#"
#[orm(storage = "integer", rename_all = "kebab-case")]
pub enum Level { Low = -1, MiddleOfRoad, #[orm(value = 7, rename = "top")] High }"#,
    );
    snapshot("db_type", db_type::derive, "pub struct Isbn(pub String);");
    snapshot(
        "db_type_checked",
        db_type::derive,
        "#[orm(try_from)] struct Email(String);",
    );
    snapshot(
        "embed",
        embed::derive,
        r#"
pub struct Address {
    #[orm(length = 80)]
    pub street: String,
    #[orm(column = "town", default = "Bath")]
    pub city: String,
    pub zip: Option<String>,
}"#,
    );
    snapshot(
        "from_row",
        from_row::derive,
        r#"
pub struct Sales { pub date: NaiveDate, #[orm(rename = "n")] pub sales: Option<i64>, #[orm(json)] pub more: More, #[orm(skip)] pub note: String }"#,
    );
}

#[test]
fn cte() {
    snapshot(
        "cte",
        model::cte::derive,
        r#"
#[orm(table = "tree", rename_all = "camelCase")]
pub struct Tree {
    pub id: Id<Category>,
    pub depth: i32,
    #[orm(column = "way")]
    pub path: Option<String>,
    #[orm(precision = 12, scale = 2)]
    pub worth: Decimal,
}"#,
    );
}

#[test]
fn a_projection() {
    let code = snapshot(
        "projection",
        projection::derive,
        r#"
#[orm(of = Book)]
pub struct BookCard {
    pub title: String,
    #[orm(from = published_year)]
    pub year: Option<i32>,
    pub author: AuthorName,
    #[orm(load = Book::reviews.limit_per_parent(3))]
    pub latest: Part<Vec<ReviewLine>>,
    #[orm(path = author.country.name)]
    pub country: Option<String>,
    #[orm(count(tags))]
    pub tags: i64,
    #[orm(max(author.books.price))]
    pub dearest: Option<Decimal>,
    #[orm(expr = Book::price * 2.0)]
    pub twice: f64,
    #[orm(json)]
    pub notes: Option<Notes>,
}"#,
    );
    let lines = code.lines().count();
    assert!(lines <= 30 + 10 * 9, "{lines} lines");
}

#[test]
fn a_projection_of_many_fields_is_groups_of_groups() {
    let fields: String = (0..30).map(|i| format!("pub f{i}: i32,\n")).collect();
    let code = expand(
        projection::derive,
        &format!("#[orm(of = Book)] pub struct Wide {{ {fields} }}"),
    );
    let tokens: String = code.split_whitespace().collect();
    assert!(tokens.contains("f11),(f12,"), "{code}");
    assert!(tokens.contains("f23),(f24,"), "{code}");
}
