//! The derives, compiled: what they say of a table, and that rows pass through them in both directions.
#![cfg(all(feature = "uuid", feature = "decimal"))]
#![allow(missing_docs, clippy::unwrap_used, clippy::panic)]

use std::borrow::Cow;

use chrono::{DateTime, NaiveDate, Utc};
use orm_core::model::{
    Action, Column, ColumnDef, DefaultDef, IndexPart, IntoId, Relation, RelationKind, RowWriter, Table,
    ToMany, ToOne,
};
use orm_core::value::{
    Cell, CellSource, DataType, DecimalParts, DecodeError, EnumStorage, FromRow, RowReader, Scalar, Slot,
    Value,
};
use orm_core::{Auto, DbEnum, DbType, Embed, FromRow, Id, Model};
use rust_decimal::Decimal;
use uuid::Uuid;

// --- the models of the specification -------------------------------------------------------------------------------

#[derive(Debug, Clone, Model)]
#[orm(table = "authors", has_many(books: Book))]
pub struct Author {
    pub id: Id<Author>,
    #[orm(length = 100, unique)]
    pub name: String,
    #[orm(length = 500)]
    pub bio: Option<String>,
}

#[derive(Debug, Clone, Model)]
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
}

#[derive(Debug, Clone, Model)]
#[orm(table = "reviews")]
pub struct Review {
    pub id: Id<Review>,
    pub book_id: Id<Book>,
    pub reviewer_name: String,
    pub content: Option<String>,
    pub rating: Rating,
}

#[derive(Debug, Clone, Copy, PartialEq, DbEnum)]
pub enum Rating {
    Poor,
    Fair,
    Good,
}

#[derive(Debug, Clone, Model)]
#[orm(table = "tags", key = Uuid)]
pub struct Tag {
    pub id: Id<Tag>,
    #[orm(unique, length = 40)]
    pub label: String,
}

#[derive(Debug, Clone, Model)]
#[orm(table = "book_tags", primary_key(book_id, tag_id))]
pub struct BookTag {
    pub book_id: Id<Book>,
    pub tag_id: Id<Tag>,
}

#[derive(Debug, Clone, Model)]
#[orm(table = "categories", has_many(children: Category.parent_id))]
pub struct Category {
    pub id: Id<Category>,
    pub name: String,
    pub parent_id: Option<Id<Category>>,
}

// --- keys of all kinds ---------------------------------------------------------------------------------------------

mod geography {
    use super::*;

    #[derive(Debug, Clone, Model)]
    #[orm(has_many(people: super::Person.country))]
    pub struct Country {
        #[orm(primary_key, length = 2)]
        pub code: String,
        pub name: String,
    }

    #[derive(Debug, Clone, PartialEq, Eq, Hash, DbType)]
    pub struct Isbn(pub String);

    /// A newtype that can be no key: it compiles all the same.
    #[derive(DbType)]
    pub struct Weight(pub f64);

    #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, DbType)]
    pub struct Serial(pub i32);
}

use geography::{Country, Isbn, Serial, Weight};

pub type AuthorId = Id<Author>;

#[derive(Model)]
#[orm(has_one(passport: Passport), has_many(posts: Post.author_email -> email), table = "people")]
#[orm(tenant = tenant, soft_delete = deleted_at, rename_all = "camelCase")]
pub struct Person {
    pub id: Id<Self>,
    #[orm(unique)]
    pub email: String,
    #[orm(references = Country::code, relation = home, on_update = "cascade")]
    pub country: String,
    #[orm(references = Author, relation = alter_ego)]
    pub author: Option<AuthorId>,
    pub tenant: i32,
    pub deleted_at: Option<DateTime<Utc>>,
    #[orm(no_constraint, index = false, relation = best_friend)]
    pub friend: Option<Id<Self>>,
    pub weight: Option<Weight>,
}

#[derive(Model)]
pub struct Post {
    pub id: Id<Post>,
    pub author_email: Option<String>,
}

/// Its key is a person's.
#[derive(Model)]
pub struct Passport {
    #[orm(primary_key)]
    pub person_id: Id<Person>,
    #[orm(column = "no")]
    pub number: String,
}

#[derive(Model)]
#[orm(key = Serial)]
pub struct Machine {
    id: Id<Machine>,
}

#[derive(Model)]
struct Edition {
    #[orm(primary_key)]
    isbn: Isbn,
    #[orm(default = 3)]
    serial: Serial,
}

#[derive(Model)]
#[orm(primary_key(book_id, line, kind), has_many(notes: LineNote, on(book_id, line_no, kind)))]
pub(crate) struct OrderLine {
    book_id: Id<Book>,
    line: i16,
    kind: String,
}

#[derive(Model)]
#[orm(belongs_to(line: OrderLine, on(book_id, line_no, kind), on_delete = "cascade"))]
pub(crate) struct LineNote {
    id: Id<LineNote>,
    book_id: Id<Book>,
    line_no: i16,
    kind: Option<String>,
}

#[derive(Model)]
#[orm(many_to_many(friends: Node through Edge(from_node, to_node)))]
struct Node {
    id: Id<Node>,
}

#[derive(Model)]
#[orm(primary_key(from_node, to_node))]
struct Edge {
    #[orm(relation = from)]
    from_node: Id<Node>,
    #[orm(relation = to)]
    to_node: Id<Node>,
}

// --- columns of all kinds ------------------------------------------------------------------------------------------

#[derive(Debug, Clone, PartialEq, Embed)]
pub struct Address {
    #[orm(length = 80)]
    pub street: String,
    #[orm(column = "town", default = "Bath")]
    pub city: String,
    pub zip: Option<String>,
}

#[derive(Debug, Clone, PartialEq, serde::Serialize, serde::Deserialize)]
pub struct Settings {
    pub dark: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, DbEnum)]
#[orm(storage = "integer")]
pub enum Level {
    Low = 10,
    High,
    #[orm(value = 5_000_000_000)]
    Top,
}

#[derive(Debug, PartialEq, DbEnum)]
#[orm(storage = "native", name = "mood", rename_all = "kebab-case")]
pub enum Mood {
    VeryHappy,
    #[orm(rename = "so-so")]
    Middling,
}

#[derive(Model)]
#[orm(table = "everything", schema = "library", module = "everything_relations", draft = new, renamed_from = "all")]
#[orm(unique(small, text, where = "small > 0"), index(address.city, name = "by_town"))]
#[orm(
    index(expr = "lower(text)", using = "btree", unique),
    also_writes(Author, geography::Country),
    unmanaged
)]
pub struct Everything {
    pub id: Id<Everything>,
    #[orm(name = text_column, case_insensitive, redact, renamed_from = "words", default = "none")]
    pub text: String,
    #[orm(default = -1)]
    pub small: i16,
    #[orm(default = 1.5)]
    pub float: f64,
    #[orm(default = true)]
    pub flag: bool,
    #[orm(precision = 10, scale = 2, default = 9.99)]
    pub price: Decimal,
    #[orm(precision = 5, scale = 1)]
    pub discount: Option<Decimal>,
    #[orm(embed)]
    pub address: Address,
    #[orm(embed(billing))]
    pub billing: Address,
    #[orm(default = today())]
    pub day: NaiveDate,
    #[orm(default = uuid())]
    pub token: Uuid,
    #[orm(touch)]
    pub changed_at: DateTime<Utc>,
    #[orm(json)]
    pub settings: Settings,
    #[orm(json)]
    pub more: Option<Settings>,
    #[orm(skip)]
    pub cache: Vec<Settings>,
    #[orm(default_sql = "random()")]
    pub lot: Auto<i64>,
    #[orm(generated = "lower(text)")]
    pub lower: Auto<Option<String>>,
    #[orm(default = Level::High)]
    pub level: Level,
    #[orm(sql_type = "citext[]")]
    pub words: Vec<String>,
    pub levels: Vec<Level>,
    pub mood: Option<Mood>,
    #[orm(unique, relation = kind)]
    pub r#type: Option<Id<Category>>,
    #[orm(name = draft_column, version)]
    pub new: i64,
}

#[derive(Debug, PartialEq, FromRow)]
pub struct DailySales {
    pub date: NaiveDate,
    #[orm(rename = "number")]
    pub sales: i64,
    pub revenue: Option<f64>,
    #[orm(json)]
    pub settings: Option<Settings>,
    #[orm(skip)]
    pub note: String,
}

/// A derive in a function's body, and one that finds the library under another name.
mod library {
    pub(crate) use orm_core as orm;
}

#[test]
fn derives_work_inside_a_function() {
    #[derive(Model)]
    #[orm(crate = "crate::library::orm", has_many(parts: Inner.whole_id))]
    struct Inner {
        id: Id<Inner>,
        whole_id: Option<Id<Inner>>,
    }
    let inner = Inner::draft();
    assert!(inner.id.is_new() && inner.whole_id.is_none());
    assert_eq!(Inner::table().name, "inners");
    assert_eq!(<inner_rel::parts as Relation>::def().name, "parts");
}

// --- what they say of the table ------------------------------------------------------------------------------------

fn names(table: &'static orm_core::model::TableDef) -> Vec<String> {
    table.columns.iter().map(ColumnDef::full_name).collect()
}

#[test]
fn tables_are_described() {
    let book = Book::table();
    assert_eq!((book.model, book.name, book.module), ("Book", "books", "derive"));
    assert_eq!(
        names(book),
        [
            "id",
            "title",
            "published_year",
            "author_id",
            "version",
            "added_at"
        ]
    );
    assert_eq!(book.primary_key, [0]);
    assert!(book.generated_key && book.managed);
    assert_eq!(book.version, Some(4));
    assert_eq!(book.columns[1].length, Some(200));
    assert!(book.columns[2].nullable && !book.columns[1].nullable);
    assert_eq!(book.columns[5].default, Some(DefaultDef::Now));
    assert_eq!(
        (book.checks[0].name, book.checks[0].expression),
        ("year_positive", "published_year > 0")
    );
    let key = &book.foreign_keys[0];
    assert_eq!(
        (key.columns, (key.target)().name, key.on_delete),
        (&[3][..], "authors", Action::Cascade)
    );
    assert_eq!((key.target_columns(), key.constraint), (&[0][..], true));
    let indexes: Vec<_> = book
        .indexes
        .iter()
        .map(|index| (index.parts, index.unique))
        .collect();
    assert_eq!(
        indexes,
        [
            (&[IndexPart::Column(1)][..], false),
            (&[IndexPart::Column(2), IndexPart::Column(1)][..], false),
            (&[IndexPart::Column(3)][..], false),
        ]
    );
    assert_eq!(geography::Country::table().name, "countries");
    assert_eq!(geography::Country::table().module, "derive::geography");
}

#[test]
fn keys_say_who_makes_them() {
    assert!(!Tag::table().generated_key);
    assert_eq!(Tag::table().columns[0].data_type, DataType::Uuid);
    assert!(!Country::table().generated_key);
    assert!(!Passport::table().generated_key);
    assert!(Machine::table().generated_key);
    assert!(!BookTag::table().generated_key);
    assert_eq!(BookTag::table().primary_key, [0, 1]);
}

#[test]
fn foreign_keys_are_indexed_unless_something_leads() {
    let join = BookTag::table();
    assert_eq!(join.indexes.len(), 1, "the primary key leads with book_id");
    assert_eq!(join.indexes[0].parts, [IndexPart::Column(1)]);
    let person = Person::table();
    let indexed: Vec<_> = person.indexes.iter().map(|index| index.parts[0]).collect();
    assert_eq!(
        indexed,
        [IndexPart::Column(1), IndexPart::Column(2), IndexPart::Column(3)],
        "email, country, author; not friend"
    );
    let note = LineNote::table();
    assert_eq!(note.indexes.len(), 2);
    assert_eq!(Passport::table().indexes.len(), 0);
}

#[test]
fn natural_and_composite_keys_are_referred_to() {
    let person = Person::table();
    assert_eq!(
        names(person),
        [
            "id",
            "email",
            "country",
            "author",
            "tenant",
            "deletedAt",
            "friend",
            "weight"
        ]
    );
    assert_eq!((person.tenant, person.soft_delete), (Some(4), Some(5)));
    let [country, author, friend] = person.foreign_keys else {
        panic!("three keys")
    };
    assert_eq!(
        (country.target_columns, country.on_update),
        (&[0][..], Action::Cascade)
    );
    assert_eq!((author.columns, (author.target)().name), (&[3][..], "authors"));
    assert!(!friend.constraint && (friend.target)().is(person));

    let [book, line] = LineNote::table().foreign_keys else {
        panic!("two keys")
    };
    assert_eq!((book.target)().name, "books");
    assert_eq!((line.columns, line.on_delete), (&[1, 2, 3][..], Action::Cascade));
    assert_eq!(line.target_columns(), [0, 1, 2]);
}

#[test]
fn relations_are_described() {
    fn one<R: ToOne>(_: R) -> &'static orm_core::model::RelationDef {
        R::def()
    }
    fn many<R: ToMany>(_: R) -> &'static orm_core::model::RelationDef {
        R::def()
    }
    let author = one(Book::author);
    assert_eq!(
        (author.name, author.kind, author.columns),
        ("author", RelationKind::BelongsTo, &[3][..])
    );
    assert!(!author.nullable && author.target_columns.is_empty());
    let books = many(Author::books);
    assert_eq!(
        (books.kind, books.columns, books.target_columns),
        (RelationKind::HasMany, &[][..], &[3][..])
    );
    let _: book_rel::author = Book::author;
    let tags = many(Book::tags);
    let through = tags.through.unwrap();
    assert_eq!(
        ((through.table)().name, through.near, through.far),
        ("book_tags", &[0][..], &[1][..])
    );
    assert!(one(Category::parent).nullable);
    assert_eq!(many(Category::children).target_columns, [2]);
    assert_eq!(
        (one(Person::home).columns, one(Person::home).target_columns),
        (&[2][..], &[0][..])
    );
    assert!(one(Person::alter_ego).nullable && one(Person::best_friend).nullable);
    assert!(one(Person::passport).nullable);
    assert_eq!(many(Country::people).target_columns, [2]);
    let posts = many(Person::posts);
    assert_eq!((posts.columns, posts.target_columns), (&[1][..], &[1][..]));
    assert!(one(LineNote::line).nullable, "`kind` may be NULL");
    assert_eq!(many(OrderLine::notes).target_columns, [1, 2, 3]);
    let friends = many(Node::friends).through.unwrap();
    assert_eq!((friends.near, friends.far), (&[0][..], &[1][..]));
    let _ = (Edge::from, Edge::to);
}

#[test]
fn every_attribute_arrives() {
    let table = Everything::table();
    assert_eq!(
        (table.schema, table.renamed_from, table.managed),
        (Some("library"), Some("all"), false)
    );
    assert_eq!(
        names(table),
        [
            "id",
            "text",
            "small",
            "float",
            "flag",
            "price",
            "discount",
            "street",
            "town",
            "zip",
            "billing_street",
            "billing_town",
            "billing_zip",
            "day",
            "token",
            "changed_at",
            "settings",
            "more",
            "lot",
            "lower",
            "level",
            "words",
            "levels",
            "mood",
            "type",
            "new"
        ]
    );
    let text = Everything::text_column.def();
    assert!(text.case_insensitive && text.redact);
    assert_eq!(
        (text.renamed_from, text.default),
        (Some("words"), Some(DefaultDef::Text("none")))
    );
    let defaults: Vec<_> = table.columns.iter().filter_map(|c| c.default).collect();
    assert_eq!(
        defaults,
        [
            DefaultDef::Text("none"),
            DefaultDef::Int(-1),
            DefaultDef::Float(1.5),
            DefaultDef::Bool(true),
            DefaultDef::Decimal(DecimalParts {
                mantissa: 999,
                scale: 2
            }),
            DefaultDef::Text("Bath"),
            DefaultDef::Text("Bath"),
            DefaultDef::Today,
            DefaultDef::Uuid,
            DefaultDef::Sql("random()"),
            DefaultDef::Int(11),
        ]
    );
    let price = Everything::price.def();
    assert_eq!((price.precision, price.scale), (Some(10), Some(2)));
    let city: Column<Everything, String> = Everything::billing.get(Address::city);
    assert_eq!(
        (city.index(), city.def().full_name().as_str()),
        (11, "billing_town")
    );
    assert_eq!(Everything::address.get(Address::street).def().length, Some(80));
    assert!(Everything::changed_at.def().touch);
    assert_eq!(Everything::settings.def().data_type, DataType::Json);
    assert!(Everything::more.def().nullable && Everything::lot.def().auto);
    let lower = Everything::lower.def();
    assert_eq!(
        (lower.generated, lower.nullable, lower.auto),
        (Some("lower(text)"), true, true)
    );
    assert_eq!(Everything::words.def().sql_type, Some("citext[]"));
    assert_eq!(Everything::r#type.def().field, "type");
    assert_eq!(table.version, Some(25));
    let written: Vec<_> = table.also_writes.iter().map(|table| table().name).collect();
    assert_eq!(written, ["authors", "countries"]);

    let [kind, partial, town, expression] = table.indexes else {
        panic!("{:?}", table.indexes)
    };
    assert_eq!((kind.parts, kind.unique), (&[IndexPart::Column(24)][..], true));
    assert_eq!((partial.unique, partial.condition), (true, Some("small > 0")));
    assert_eq!(
        (town.parts, town.name),
        (&[IndexPart::Column(8)][..], Some("by_town"))
    );
    assert_eq!(
        (expression.parts[0], expression.using),
        (IndexPart::Expression("lower(text)"), Some("btree"))
    );
}

// --- rows ----------------------------------------------------------------------------------------------------------

/// A row that gives back what was written.
struct Row(Vec<Value>);

impl CellSource for Row {
    fn width(&self) -> usize {
        self.0.len()
    }

    fn cell(&mut self, index: usize) -> Result<Cell<'_>, DecodeError> {
        Ok(match self.0.get(index) {
            None => return Err(DecodeError::new("no such column")),
            Some(Value::Null(_)) => Cell::Null,
            Some(Value::Bool(b)) => Cell::Bool(*b),
            Some(Value::I16(n)) => Cell::Int(i64::from(*n)),
            Some(Value::I32(n)) => Cell::Int(i64::from(*n)),
            Some(Value::I64(n)) => Cell::Int(*n),
            Some(Value::F64(n)) => Cell::F64(*n),
            Some(Value::Text(s)) => Cell::Text(s),
            Some(Value::Json(s)) => Cell::Json(s),
            Some(Value::Date(d)) => Cell::Date(*d),
            Some(Value::Timestamp(t)) => Cell::Timestamp(*t),
            Some(Value::Uuid(b)) => Cell::Uuid(*b),
            Some(Value::Decimal(d)) => Cell::Decimal(*d),
            Some(other) => panic!("no cell for {other:?}"),
        })
    }

    fn name(&self, index: usize) -> Cow<'_, str> {
        format!("column {index}").into()
    }
}

fn slots(row: &impl Table) -> Vec<Slot> {
    let mut writer = RowWriter::with_capacity(8);
    row.write(&mut writer);
    writer.into_slots()
}

fn values(row: &impl Table) -> Vec<Value> {
    let values = slots(row).into_iter().map(|slot| match slot {
        Slot::Value(Value::Array(_, items)) => {
            let items: Vec<String> = items.iter().map(Value::display).collect();
            Value::Json(format!("[{}]", items.join(",")))
        }
        Slot::Value(value) => value,
        Slot::Unset => Value::I64(7),
    });
    values.collect()
}

#[test]
fn rows_pass_in_both_directions() {
    let book = Book {
        id: Id::from(4),
        published_year: Some(1815),
        ..Book::draft("Emma", 3)
    };
    assert_eq!((book.version, book.author_id), (1, Id::from(3)));
    let written = values(&book);
    assert_eq!(written.len(), 6);
    let mut row = Row(written);
    let read = Book::read(&mut RowReader::new(&mut row)).unwrap();
    assert_eq!(read.id(), Id::from(4));
    assert_eq!((read.title.as_str(), read.published_year), ("Emma", Some(1815)));
    assert_eq!(
        read.added_at, book.added_at,
        "now() is as exact as the databases are"
    );

    let error = Book::read(&mut RowReader::new(&mut Row(vec![Value::I64(1), Value::I64(2)]))).unwrap_err();
    assert_eq!(error.columns(), ["column 1"]);
}

#[test]
fn every_kind_of_field_passes() {
    let address = Address {
        street: "Gay Street".into(),
        city: "Bath".into(),
        zip: None,
    };
    let row = Everything {
        id: Id::from(1),
        mood: Some(Mood::Middling),
        cache: vec![Settings { dark: true }],
        levels: vec![Level::Low, Level::Top],
        ..Everything::new(
            address.clone(),
            address.clone(),
            Settings { dark: false },
            vec!["a".to_owned()],
            vec![],
        )
    };
    assert_eq!(
        (row.text.as_str(), row.small, row.new, row.level),
        ("none", -1, 1, Level::High)
    );
    assert_eq!(row.price, Decimal::new(999, 2));
    assert_eq!(slots(&row).len(), Everything::table().columns.len());
    assert_eq!(slots(&row)[18], Slot::Unset);
    let mut values = values(&row);
    values[19] = Value::Text("none".into());
    values[21] = Value::Json("[\"a\"]".into());
    let read = Everything::read(&mut RowReader::new(&mut Row(values))).unwrap();
    assert_eq!((read.billing, read.settings), (address, Settings { dark: false }));
    assert_eq!(
        (read.mood, read.level, read.levels),
        (Some(Mood::Middling), Level::High, vec![Level::Low, Level::Top])
    );
    assert_eq!((*read.lot, read.lower.get()), (7, Some(&Some("none".to_owned()))));
    assert!(read.cache.is_empty() && read.more.is_none());
}

#[test]
fn drafts_ask_for_what_cannot_be_made() {
    let tag = Tag::draft("novel");
    assert!(tag.id.key().is_some(), "a Uuid is final at once");
    let country = Country::draft("gb", String::from("Britain"));
    assert_eq!(country.id().to_string(), "gb");
    let join = BookTag::draft(1, tag.id);
    assert_eq!(join.book_id, Id::from(1));
    let edition = Edition::draft(Isbn("1".into()));
    assert_eq!(edition.serial, Serial(3));
    let machine = Machine::draft();
    assert!(machine.id.is_new());
    let person = Person::draft("a@b.c", "gb", 1);
    assert!(person.deleted_at.is_none());
}

#[test]
fn keys_are_taken_in_every_form() {
    fn key<M: Table>(id: impl IntoId<M>) -> String {
        id.into_id().to_string()
    }
    assert_eq!(key::<Book>(1), "1");
    assert_eq!(key::<Machine>(Serial(2)), "2");
    assert_eq!(key::<Country>("de"), "de");
    assert_eq!(key::<Country>(&String::from("de")), "de");
    assert_eq!(key::<Edition>(Isbn("x".into())), "x");
    let tag = Uuid::nil();
    let book: Id<Book> = Id::from(4);
    assert_eq!(key::<BookTag>((book, tag)), format!("(4, {tag})"));
    assert_eq!(key::<OrderLine>((&book, 2, "gift")), "(4, 2, \"gift\")");
    assert_eq!(key::<Passport>(3), "3");
    let person: Id<Person> = Id::new();
    let passport = Passport::draft(person, "C01");
    assert_eq!(
        key::<Passport>(person),
        passport.id().to_string(),
        "a new id lends its number"
    );
    let line = OrderLine::draft(book, 1, "gift");
    assert_eq!(line.id(), (4, 1, "gift").into_id());
    assert!(BookTag::draft(Id::<Book>::new(), tag).id().is_new());
    let machine: Id<Machine> = Serial(1).into();
    assert_eq!(machine.key(), Some(&Serial(1)));
}

#[test]
fn enums_are_stored_as_they_say() {
    assert_eq!(Rating::Good.to_value(), Value::Text("good".into()));
    assert_eq!(Rating::from_cell(Cell::Text("fair")), Ok(Rating::Fair));
    let error = Rating::from_cell(Cell::Text("secret")).unwrap_err().to_string();
    assert_eq!(error, "a label that the enum `Rating` does not have");
    assert_eq!(
        Rating::from_cell(Cell::Int(1)).unwrap_err().to_string(),
        "an integer where a label of the enum `Rating` is expected"
    );
    let DataType::Enum(rating) = Rating::TYPE else {
        panic!()
    };
    assert_eq!(
        (rating.name, rating.labels),
        ("rating", &["poor", "fair", "good"][..])
    );
    let DataType::Enum(mood) = Mood::TYPE else {
        panic!()
    };
    assert_eq!(
        (mood.labels, mood.storage),
        (&["very-happy", "so-so"][..], EnumStorage::Native)
    );
    let DataType::Enum(level) = Level::TYPE else {
        panic!()
    };
    assert_eq!(level.numbers, [10, 11, 5_000_000_000]);
    assert_eq!(
        Level::Low.to_value(),
        Value::I64(10),
        "one wide number makes all wide"
    );
    assert_eq!(Level::from_cell(Cell::Int(11)), Ok(Level::High));
}

/// A newtype whose values are checked when they are read, too.
#[derive(Debug, PartialEq, DbType)]
#[orm(try_from)]
struct Email(String);

impl TryFrom<String> for Email {
    type Error = &'static str;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        if text.contains('@') {
            Ok(Email(text))
        } else {
            Err("no @")
        }
    }
}

#[test]
fn checked_newtypes_refuse_what_the_database_holds() {
    assert_eq!(Email::from_cell(Cell::Text("a@b")), Ok(Email("a@b".into())));
    let error = Email::from_cell(Cell::Text("secret")).unwrap_err().to_string();
    assert_eq!(error, "a value that `Email` refuses");
}

#[test]
fn result_rows_become_structs() {
    assert_eq!(
        DailySales::FIELDS,
        Some(&["date", "number", "revenue", "settings"][..])
    );
    let day = NaiveDate::from_ymd_opt(2026, 1, 2).unwrap();
    let mut row = Row(vec![
        Value::Date(day),
        Value::I64(3),
        Value::Null(DataType::F64),
        Value::Json("{\"dark\":true}".into()),
    ]);
    let sales = DailySales::from_row(&mut RowReader::new(&mut row)).unwrap();
    let expected = DailySales {
        date: day,
        sales: 3,
        revenue: None,
        settings: Some(Settings { dark: true }),
        note: String::new(),
    };
    assert_eq!(sales, expected);
}

// --- a model that a macro writes -----------------------------------------------------------------------------------

macro_rules! lookup_table {
    ($name:ident, $label:ident: $type:ty, $value:expr) => {
        #[derive(Model)]
        pub struct $name {
            pub id: Id<$name>,
            pub $label: $type,
            #[orm(default = 3)]
            pub weight: i32,
            #[orm(json)]
            pub more: Option<$type>,
        }
    };
}

lookup_table!(Color, text: String, "red");

#[test]
fn a_macro_may_write_models() {
    let color = Color::draft("red");
    let mut row = Row(values(&color)
        .into_iter()
        .map(|v| if let Value::NewId(_) = v { Value::I64(1) } else { v })
        .collect());
    let read = Color::read(&mut RowReader::new(&mut row)).unwrap();
    assert_eq!((read.text.as_str(), read.weight), ("red", 3));
}
