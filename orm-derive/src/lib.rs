//! The derives of `orm-core`. They see syntax only: attributes become one plain description, which is checked, all
//! mistakes at once, and written out as data and thin impls; rustc resolves the types.

mod attrs;
mod db_enum;
mod db_type;
mod embed;
mod from_row;
mod input;
mod mistakes;
mod model;
mod names;
mod projection;
mod types;

use proc_macro::TokenStream;

/// A struct that is a table: its description, its typed columns, its key, its relations, and `draft`.
///
/// ```text
/// #[derive(Debug, Clone, Model)]
/// #[orm(table = "books", has_many(reviews: Review), many_to_many(tags: Tag through BookTag))]
/// #[orm(index(published_year, title), check(year_positive, "published_year > 0"))]
/// pub struct Book {
///     pub id: Id<Book>,                    // the primary key, by its name and type
///     #[orm(length = 200, index)]
///     pub title: String,
///     pub published_year: Option<i32>,     // may be NULL
///     #[orm(on_delete = "cascade")]
///     pub author_id: Id<Author>,           // a foreign key, and the relation `Book::author`
///     #[orm(version)]
///     pub version: i32,                    // optimistic locking
///     #[orm(default = now())]
///     pub added_at: DateTime<Utc>,
/// }
/// let book = Book { published_year: Some(1815), ..Book::draft("Emma", author) };
/// ```
///
/// It makes a constant for each column (`Book::title`) and relation (`Book::author`, of the type `book_rel::author`),
/// visible where the struct is, in the whole crate at least. `Book::draft(..)` takes, in field order, the columns that
/// are neither an `id`, nullable, defaulted nor `Auto`: text as `impl Into<String>`, keys as `impl IntoId<Author>`, all
/// else as it is. A key that you choose yourself is an argument.
///
/// # On the struct
/// - `table = "books"`: without it the struct's name in snake case, in the plural (`BookTag`: `book_tags`; `y` becomes
///   `ies`; `s`, `x`, `z`, `ch` and `sh` take `es`). `schema = ".."`. `rename_all = "camelCase"` for columns.
/// - `key = Uuid`: the raw type of `id: Id<Book>`, `i64` without it; also that of a primary key which is the `Id` of a
///   model from another crate. `primary_key(a, b)`: a composite key.
/// - `unique(a, b, where = "..")`, `index(a, address.city, name = "..", where = "..", using = "..", expr = "lower(title)",
///   unique)`, `check(name, "price > 0")`.
/// - `has_many(books: Book)`, by `Book::author_id` (in the model `Author`); `has_many(written: Book.editor_id)`, by
///   another column; `has_many(posts: Post.author_email -> email)`, to a unique column of this model;
///   `has_many(notes: Note, on(order_id, line_no))`, to a composite key. `has_one(..)` likewise.
/// - `many_to_many(tags: Tag through BookTag)`, by `BookTag::book_id` and `BookTag::tag_id`;
///   `through Edge(from_node, to_node)` names them, that of this side first.
/// - `belongs_to(line: OrderLine, on(order_id, line_no))`: a key of several columns, in the order of the other's primary
///   key; with `on_delete = ".."`, `on_update = ".."`, `no_constraint`, `index = false`.
/// - `soft_delete = deleted_at`, `tenant = tenant_id`, `also_writes(Model, ..)` (what triggers change), `unmanaged`
///   (migrations leave the table alone), `renamed_from = "old"`, `serialize` (`BookWith` is serde's `Serialize`, as the model
///   must be).
/// - `module = "book_rel"`: the module of the relations' types. `draft = new` or `draft = none`. `crate = "path"`: where
///   the library is.
///
/// # On a field
/// - `column = ".."`, `sql_type = ".."`, `length = 100`, `precision = 10, scale = 2` (a `Decimal` needs both),
///   `case_insensitive`, `redact` (never in logs), `renamed_from = "old"`, `name = title_col` (of the constant).
/// - `primary_key`, `unique`, `index`, `index = false` (a foreign key is indexed unless it leads an index or a key).
/// - of keys: `relation = writer` (without it the field's name without `_id`), `references = Author` (for an alias of
///   `Id<Author>`) or `references = Country::code`, `on_delete` and `on_update` = `"cascade"`, `"restrict"`, `"set null"`,
///   `"set default"`, `"no action"`, and `no_constraint`.
/// - `default = 0`, `"draft"`, `true`, `now()`, `today()`, `uuid()` or `Status::Draft`; `default_sql = ".."` and
///   `generated = ".."` on an `Auto<T>`; `version` (counts writes, from 1), `touch` (the moment of each write).
/// - `json` (any serde type), `embed`, `embed(billing)` (columns `billing_street`, ..), `embed("bill")` (`billstreet`),
///   `skip` (no column: read as `Default`).
#[proc_macro_derive(Model, attributes(orm))]
pub fn derive_model(input: TokenStream) -> TokenStream {
    model::derive(input.into()).into()
}

/// A struct whose fields are the columns of a query with a name (a common table expression).
///
/// ```text
/// #[derive(Debug, Clone, Cte)]
/// pub struct Tree { pub id: Id<Category>, pub depth: i32, pub path: String }
///
/// let roots = Category::query().filter(..).select((Category::id, literal(0), Category::name));
/// cte((Tree::id, Tree::depth, Tree::path), roots).query().order_by(Tree::path)
/// ```
///
/// It is read like a model and has no key: what needs one (`find`, `page_after`) is not for it. On the struct:
/// `table = ".."`, its name in the statement; `rename_all`, `crate`. On a field: what an embedded struct's field has.
#[proc_macro_derive(Cte, attributes(orm))]
pub fn derive_cte(input: TokenStream) -> TokenStream {
    model::cte::derive(input.into()).into()
}

/// An enum that is stored in one column.
///
/// ```text
/// #[derive(Debug, Clone, Copy, PartialEq, DbEnum)]
/// #[orm(storage = "native", name = "mood")]
/// pub enum Mood { VeryHappy, #[orm(rename = "so-so")] Middling }
/// ```
///
/// On the enum: `storage = "text"` (without it), `"integer"` or `"native"` (the database's own enum type, where it has
/// one); `name = ".."` of that type, in snake case without it; `rename_all = "kebab-case"` for labels, which are in snake
/// case without it; `crate = "path"`. On a variant: `rename = ".."` its label, `value = 3` its number, else its
/// discriminant.
#[proc_macro_derive(DbEnum, attributes(orm))]
pub fn derive_db_enum(input: TokenStream) -> TokenStream {
    db_enum::derive(input.into()).into()
}

/// A newtype that is stored in one column, as what it wraps.
///
/// ```text
/// #[derive(Debug, Clone, PartialEq, Eq, Hash, DbType)]
/// pub struct Isbn(String);
/// ```
///
/// It can be a key when what it wraps can, and it is `Clone`, `Eq`, `Hash` and `Debug`. `#[orm(try_from)]` makes it from
/// stored values by `TryFrom<String>`, so that none passes the check by; `#[orm(crate = "path")]`.
#[proc_macro_derive(DbType, attributes(orm))]
pub fn derive_db_type(input: TokenStream) -> TokenStream {
    db_type::derive(input.into()).into()
}

/// A struct whose fields are columns of the table that it is embedded in.
///
/// ```text
/// #[derive(Debug, Clone, Embed)]
/// pub struct Address { #[orm(length = 80)] pub street: String, pub zip: Option<String> }
///
/// #[derive(Model)]
/// pub struct Customer { pub id: Id<Customer>, #[orm(embed(billing))] pub billing: Address }
/// // Customer::billing.get(Address::street)
/// ```
///
/// On the struct: `rename_all`, `crate`. On a field: what a model's field has, without keys, indexes, `version` and `embed`.
#[proc_macro_derive(Embed, attributes(orm))]
pub fn derive_embed(input: TokenStream) -> TokenStream {
    embed::derive(input.into()).into()
}

/// A struct made from a result row of any shape, whose columns have the names of its fields.
///
/// ```text
/// #[derive(Debug, FromRow)]
/// pub struct DailySales { pub date: NaiveDate, #[orm(rename = "n")] pub sales: i64, pub revenue: Option<f64> }
/// ```
///
/// On the struct: `rename_all`, `crate`. On a field: `rename = ".."`, `json` (any serde type), `skip` (read as `Default`).
#[proc_macro_derive(FromRow, attributes(orm))]
pub fn derive_from_row(input: TokenStream) -> TokenStream {
    from_row::derive(input.into()).into()
}

/// A struct whose fields say what is read of a model: columns, expressions, related rows.
///
/// ```text
/// #[derive(Debug, Projection, Serialize)]
/// #[orm(of = Book)]
/// pub struct BookCard {
///     pub title: String,                       // the column `Book::title`
///     #[orm(from = published_year)]
///     pub year: Option<i32>,                   // another column
///     #[orm(path = author.name)]
///     pub by: String,                          // a column of the row to which a relation leads
///     pub author: AuthorName,                  // the relation `Book::author`, as a projection of `Author`
///     #[orm(load = Book::reviews.order_by(Review::id.desc()).limit_per_parent(3))]
///     pub latest: Part<Vec<ReviewLine>>,       // a load with its options
///     #[orm(count(tags))]
///     pub tags: i64,                           // also sum(reviews.stars), avg, min, max
///     #[orm(expr = Book::title.lower())]
///     pub key: String,                         // any expression of the model
/// }
/// let cards: Vec<BookCard> = Book::query().project::<BookCard>().all(&db).await?;
/// ```
///
/// A field has the type of its column in expressions: `T` where the model's field is an `Auto<T>`. An embedded struct is
/// read whole, and `json` reads any serde type from a JSON column. A field of rows is a projection of the related model or
/// that model itself: one, an `Option` or a `Vec` of them, as the relation gives them. A path may have several steps,
/// `author.country.name`; a load may have loads of its own. No projection contains itself. On the struct: `of = Book`,
/// `crate = "path"`.
#[proc_macro_derive(Projection, attributes(orm))]
pub fn derive_projection(input: TokenStream) -> TokenStream {
    projection::derive(input.into()).into()
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests;
