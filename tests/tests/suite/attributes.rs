//! Every attribute of structs and fields: what it makes in the database, or of a row on its way there.

use std::sync::{Arc, Mutex};

use orm_core::assert_statements;
use orm_core::exec::{Observer, StatementEvent};
use orm_core::model::{Action, RelationKind, Table as _, TableDef};
use orm_core::prelude::*;
use serde::{Deserialize, Serialize};

use super::on_all;

// --- indexes, checks, lengths --------------------------------------------------------------------------------------

#[derive(Debug, Clone, PartialEq, Model)]
#[orm(table = "seats", unique(row, number), index(number, name = "seats_by_number"))]
#[orm(check(number_positive, "number > 0"))]
pub struct Seat {
    pub id: Id<Seat>,
    #[orm(length = 3)]
    pub row: String,
    pub number: i32,
    #[orm(unique, length = 20)]
    pub code: Option<String>,
    #[orm(length = 4)]
    pub bytes: Vec<u8>,
}

#[derive(Debug, Clone, PartialEq, Model)]
#[orm(table = "slugs", unique(slug, where = "active = 1"))]
pub struct PartialSlug {
    pub id: Id<PartialSlug>,
    #[orm(length = 40)]
    pub slug: String,
    pub active: i32,
}

#[derive(Debug, Clone, PartialEq, Model)]
#[orm(
    table = "mails",
    index(unique, expr = "lower(address)", name = "mails_by_address")
)]
pub struct Mail {
    pub id: Id<Mail>,
    #[orm(length = 100)]
    pub address: String,
}

fn seat(row: &str, number: i32) -> Seat {
    Seat::draft(row, number, vec![])
}

on_all! {
    async fn unique_and_checks(db) {
        db.create_all::<Seat>().await?;
        Seat::insert([seat("A", 1), seat("A", 2), seat("B", 1)]).exec(db).await?;
        let e = Seat::insert(seat("A", 2)).exec(db).await.unwrap_err();
        assert!(e.is_unique_violation() && e.violates(Seat::row) && e.violates(Seat::number), "{e:?}");
        assert!(!e.violates(Seat::code));
        let coded = |row| Seat { code: Some("x".into()), ..seat(row, 9) };
        Seat::insert(coded("C")).exec(db).await?;
        let e = Seat::insert(coded("D")).exec(db).await.unwrap_err();
        assert!(e.is_unique_violation() && e.violates(Seat::code), "{e:?}");
        let e = Seat::insert(seat("E", 0)).exec(db).await.unwrap_err();
        assert_eq!(e.kind(), ErrorKind::Check);
        assert!(e.constraint().is_some_and(|name| name.contains("number_positive")), "{e:?}");
    }

    async fn lengths_hold_on_every_database(db) {
        db.create_all::<Seat>().await?;
        // Characters, not bytes.
        Seat::insert(Seat { bytes: vec![0; 4], ..seat("äöü", 1) }).exec(db).await?;
        assert!(Seat::insert(seat("ABCD", 1)).exec(db).await.is_err());
        assert!(Seat::insert(Seat { bytes: vec![0; 5], ..seat("F", 1) }).exec(db).await.is_err());
        assert!(Seat::update().set(Seat::row, "ABCD").all_rows().exec(db).await.is_err());
        assert_eq!(Seat::query().one(db).await?.row, "äöü");
    }

    async fn partial_unique(db) {
        if db.dialect() == Dialect::MariaDb {
            assert_statements!(db, {
                let e = db.create_all::<PartialSlug>().await.unwrap_err();
                assert_eq!(e.kind(), ErrorKind::Unsupported);
                assert!(e.to_string().contains("generated"), "a way out: {e}");
            }, []);
        } else {
            db.create_all::<PartialSlug>().await?;
            PartialSlug::insert([("a", 0), ("a", 0), ("a", 1)].map(|(s, n)| PartialSlug::draft(s, n))).exec(db).await?;
            let e = PartialSlug::insert(PartialSlug::draft("a", 1)).exec(db).await.unwrap_err();
            assert!(e.is_unique_violation(), "{e:?}");
        }
    }

    async fn index_of_an_expression(db) {
        if db.dialect() == Dialect::MariaDb {
            assert_statements!(db, {
                assert_eq!(db.create_all::<Mail>().await.unwrap_err().kind(), ErrorKind::Unsupported);
            }, []);
        } else {
            db.create_all::<Mail>().await?;
            Mail::insert(Mail::draft("A@b.c")).exec(db).await?;
            assert!(Mail::insert(Mail::draft("a@B.C")).exec(db).await.unwrap_err().is_unique_violation());
        }
    }
}

#[test]
fn foreign_keys_are_indexed_unless_they_lead_another_index() {
    let names = |table: &'static TableDef| -> Vec<Vec<&str>> {
        let columns = |index: &orm_core::model::IndexDef| {
            index.columns().iter().map(|i| table.columns[*i].name).collect()
        };
        table.indexes.iter().map(columns).collect()
    };
    assert_eq!(names(Parcel::table()), [vec!["country_code"]]);
    assert_eq!(names(Leaf::table()), [vec!["boss_id"]]);
    assert_eq!(names(Line::table()), [["order_id"; 0]; 0]);
}

// --- values that the database or the client makes ---------------------------------------------------------------------

#[derive(Debug, Clone, Copy, PartialEq, DbEnum)]
pub enum State {
    Draft,
    InReview,
}

#[derive(Debug, Clone, Copy, PartialEq, DbEnum)]
#[orm(storage = "native", name = "shades")]
pub enum Shade {
    Dark,
    Light,
}

#[derive(Debug, Clone, PartialEq, Model)]
#[orm(table = "drafts")]
pub struct Made {
    pub id: Id<Made>,
    #[orm(length = 50)]
    pub title: String,
    #[orm(default = 7)]
    pub number: i32,
    #[orm(default = 1.5)]
    pub float: f64,
    #[orm(default = true)]
    pub flag: bool,
    #[orm(default = "it's \\ \"new\"", length = 40)]
    pub text: String,
    #[orm(default = 9.95, precision = 10, scale = 2)]
    pub price: Decimal,
    #[orm(default = now())]
    pub at: DateTime<Utc>,
    #[orm(default = today())]
    pub day: NaiveDate,
    #[orm(default = uuid())]
    pub token: Uuid,
    #[orm(default = State::InReview)]
    pub state: State,
    #[orm(default = Shade::Light)]
    pub shade: Shade,
    #[orm(default_sql = "40 + 2")]
    pub answer: Auto<i32>,
    #[orm(generated = "lower(title)", length = 50)]
    pub lower: Auto<String>,
}

#[derive(Debug, Clone, PartialEq, Model)]
#[orm(table = "pages")]
pub struct Page {
    pub id: Id<Page>,
    pub text: String,
    #[orm(touch)]
    pub changed_at: DateTime<Utc>,
    #[orm(version)]
    pub version: i64,
}

on_all! {
    async fn defaults_of_the_table_and_of_a_draft(db) {
        db.create_all::<Made>().await?;
        let before = Utc::now() - secs(1);
        sql("INSERT INTO drafts (title) VALUES ('Raw')").exec(db).await?;
        let client = Made::insert(Made::draft("Client")).one(db).await?;
        let raw = Made::query().order_by(Made::id).first(db).await?.expect("a row");
        for row in [&raw, &client] {
            assert_eq!((row.number, row.float, row.flag), (7, 1.5, true), "{row:?}");
            assert_eq!(row.text, "it's \\ \"new\"");
            assert_eq!(row.price, Decimal::new(995, 2));
            assert!(row.at > before && row.at < Utc::now() + secs(60), "{row:?}");
            let today = Utc::now().date_naive();
            assert!(row.day == today || row.day.succ_opt() == Some(today), "{row:?}");
            assert!(!row.token.is_nil());
            assert_eq!((row.state, row.shade, *row.answer), (State::InReview, Shade::Light, 42));
            assert_eq!(*row.lower, row.title.to_lowercase());
        }
        assert_ne!(raw.token, client.token);
        // A default may be overruled, a generated value follows.
        let own = Made { answer: Auto::set(1), number: 8, ..Made::draft("OWN") };
        let own = Made::insert(own).one(db).await?;
        assert_eq!((*own.answer, own.number, own.lower.as_str()), (1, 8, "own"));
        Made::update().set(Made::title, "New").filter(Made::id.eq(own.id)).exec(db).await?;
        assert_eq!(*Made::find(own.id).one(db).await?.lower, "new");
    }

    async fn enums_refuse_other_labels(db) {
        db.create_all::<Made>().await?;
        for column in ["state", "shade"] {
            let text = format!("INSERT INTO drafts (title, {column}) VALUES ('x', 'lost')");
            assert!(sql(text).exec(db).await.is_err(), "{column}");
        }
        sql("INSERT INTO drafts (title, state, shade) VALUES ('x', 'draft', 'dark')").exec(db).await?;
        let row = Made::query().filter(Made::state.eq(State::Draft).and(Made::shade.eq(Shade::Dark))).one(db).await?;
        assert_eq!(row.title, "x");
    }

    async fn touch_and_version(db) {
        db.create_all::<Page>().await?;
        let page = Page::insert(Page::draft("a")).one(db).await?;
        assert_eq!(page.version, 1);
        tokio::time::sleep(millis(5)).await;
        Page::update().set(Page::text, "b").filter(Page::id.eq(page.id)).version(1).exec_one(db).await?;
        let after = Page::find(page.id).one(db).await?;
        assert!(after.changed_at > page.changed_at);
        assert_eq!(after.version, 2);
        let e = Page::update().set(Page::text, "c").filter(Page::id.eq(page.id)).version(1).exec_one(db).await.unwrap_err();
        assert!(e.is_stale());
    }
}

// --- names and forms of columns ---------------------------------------------------------------------------------------

#[derive(Debug, Clone, PartialEq, Embed)]
pub struct Address {
    #[orm(length = 60)]
    pub street: String,
    pub zip: Option<i32>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Prefs {
    pub dark: bool,
}

#[derive(Debug, Clone, PartialEq, Model)]
#[orm(table = "people", rename_all = "camelCase", draft = new, index(home.zip))]
pub struct Person {
    pub id: Id<Person>,
    #[orm(column = "e mail", name = mail_col, length = 80, case_insensitive, unique)]
    pub mail: String,
    pub first_name: String,
    #[orm(embed(home))]
    pub home: Address,
    #[orm(embed("w"))]
    pub work: Address,
    #[orm(json)]
    pub prefs: Prefs,
    #[orm(json)]
    pub more: Option<Prefs>,
    #[orm(skip)]
    pub cached: u8,
    #[orm(sql_type = "TEXT")]
    pub own_type: String,
}

#[derive(Debug, Clone, PartialEq, Model)]
#[orm(table = "shelves", schema = "library")]
pub struct Shelf {
    pub id: Id<Shelf>,
    pub label: String,
}

fn person(mail: &str) -> Person {
    let address = |street: &str, zip| Address {
        street: street.into(),
        zip,
    };
    Person::new(
        mail,
        "Ada",
        address("Main", Some(1)),
        address("Side", None),
        Prefs { dark: true },
        "v",
    )
}

#[test]
fn columns_are_called_as_the_attributes_say() {
    let names: Vec<String> = Person::table().columns.iter().map(|c| c.full_name()).collect();
    let expected = [
        "id",
        "e mail",
        "firstName",
        "home_street",
        "home_zip",
        "wstreet",
        "wzip",
        "prefs",
        "more",
        "ownType",
    ];
    assert_eq!(names, expected);
}

on_all! {
    async fn embedded_skipped_json_and_renamed_columns(db) {
        db.create_all::<Person>().await?;
        let stored = Person::insert(Person { cached: 3, ..person("Ada@x.y") }).one(db).await?;
        assert_eq!(stored, Person { id: stored.id, cached: 0, ..person("Ada@x.y") });
        let found = Person::query()
            .filter(Person::home.get(Address::zip).eq(1).and(Person::work.get(Address::zip).eq(None)))
            .filter(Person::first_name.eq("Ada"))
            .one(db)
            .await?;
        assert_eq!(found, stored);
        Person::update()
            .set(Person::work.get(Address::street), "Hill")
            .set(Person::prefs, Json(Prefs { dark: false }))
            .set(Person::more, Json(Prefs { dark: true }))
            .all_rows()
            .exec(db)
            .await?;
        let found = Person::find(stored.id).one(db).await?;
        assert_eq!((found.work.street.as_str(), found.prefs.dark), ("Hill", false));
        assert_eq!(found.more, Some(Prefs { dark: true }));
    }

    async fn case_does_not_matter_where_it_is_said(db) {
        db.create_all::<Person>().await?;
        Person::insert(person("Ada@x.y")).exec(db).await?;
        for mail in ["ada@x.y", "ADA@X.Y"] {
            assert_eq!(Person::query().filter(Person::mail_col.eq(mail)).count(db).await?, 1, "{mail}");
            assert!(Person::insert(person(mail)).exec(db).await.unwrap_err().is_unique_violation(), "{mail}");
            assert_eq!(Person::query().filter(Person::mail_col.is_in([mail])).count(db).await?, 1, "in {mail}");
        }
        // Accents and trailing blanks count.
        for mail in ["áda@x.y", "ada@x.y "] {
            assert_eq!(Person::query().filter(Person::mail_col.eq(mail)).count(db).await?, 0, "{mail}");
        }
        // Other columns compare exactly.
        assert_eq!(Person::query().filter(Person::first_name.eq("ada")).count(db).await?, 0);
    }

    async fn schemas(db) {
        if db.dialect() == Dialect::Sqlite {
            assert_statements!(db, {
                let e = db.create_all::<Shelf>().await.unwrap_err();
                assert_eq!((e.kind(), e.table()), (ErrorKind::Unsupported, Some("shelves")));
            }, []);
        } else if db.dialect() == Dialect::Postgres {
            sql("CREATE SCHEMA library").exec(db).await?;
            db.create_all::<Shelf>().await?;
            Shelf::insert(Shelf::draft("a")).exec(db).await?;
            assert_eq!(Shelf::query().filter(Shelf::label.eq("a")).count(db).await?, 1);
            let raw: Vec<(i64,)> = sql("SELECT COUNT(*) FROM library.shelves").all_as(db).await?;
            assert_eq!(raw[0].0, 1);
        }
        let text = Shelf::query().to_sql(Dialect::MariaDb).to_string();
        assert!(text.contains("FROM `library`.`shelves`"), "{text}");
    }
}

// --- keys ----------------------------------------------------------------------------------------------------------

#[derive(Debug, Clone, PartialEq, Model)]
#[orm(table = "countries", has_many(parcels: Parcel.country_code))]
pub struct Country {
    #[orm(primary_key, length = 2)]
    pub code: String,
    pub name: String,
}

#[derive(Debug, Clone, PartialEq, Model)]
#[orm(table = "parcels")]
pub struct Parcel {
    pub id: Id<Parcel>,
    #[orm(relation = country, on_update = "cascade")]
    pub country_code: Id<Country>,
}

#[derive(Debug, Clone, PartialEq, Model)]
#[orm(table = "orders", key = u32, has_many(lines: Line))]
pub struct Order {
    pub id: Id<Order>,
}

#[derive(Debug, Clone, PartialEq, Model)]
#[orm(table = "order_lines", primary_key(order_id, line_no), has_many(notes: LineNote, on(order_id, line_no)))]
pub struct Line {
    #[orm(on_delete = "cascade")]
    pub order_id: Id<Order>,
    pub line_no: i32,
    pub text: String,
}

#[derive(Debug, Clone, PartialEq, Model)]
#[orm(table = "line_notes", belongs_to(line: Line, on(order_id, line_no), on_delete = "cascade"))]
pub struct LineNote {
    pub id: Id<LineNote>,
    #[orm(references = Order, relation = order)]
    pub order_id: u32,
    pub line_no: i32,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, DbType)]
pub struct Sku(String);

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, DbType)]
pub struct Serial(i64);

#[derive(Debug, Clone, PartialEq, Model)]
#[orm(table = "articles")]
pub struct Article {
    #[orm(primary_key, length = 20)]
    pub sku: Sku,
    #[orm(unique, length = 30)]
    pub name: String,
}

#[derive(Debug, Clone, PartialEq, Model)]
#[orm(table = "machines", key = Serial)]
pub struct Machine {
    pub id: Id<Machine>,
    #[orm(references = Article::name, relation = by_name, length = 30)]
    pub article: String,
    #[orm(relation = by_sku)]
    pub sku: Option<Id<Article>>,
}

#[derive(Debug, Clone, PartialEq, Model)]
#[orm(table = "sessions", key = Uuid)]
pub struct Login {
    pub id: Id<Login>,
    pub text: String,
}

#[derive(Debug, Clone, PartialEq, Model)]
#[orm(table = "leaves", has_many(reports: Leaf.boss_id), has_one(badge: Badge), many_to_many(friends: Leaf through Friend(from_id, to_id)))]
pub struct Leaf {
    pub id: Id<Leaf>,
    #[orm(on_delete = "set null")]
    pub boss_id: Option<Id<Leaf>>,
    #[orm(no_constraint, index = false)]
    pub former_id: Option<Id<Leaf>>,
}

#[derive(Debug, Clone, PartialEq, Model)]
#[orm(table = "badges")]
pub struct Badge {
    #[orm(primary_key, on_delete = "cascade")]
    pub leaf_id: Id<Leaf>,
    pub text: String,
}

#[derive(Debug, Clone, PartialEq, Model)]
#[orm(table = "friends", primary_key(from_id, to_id))]
pub struct Friend {
    #[orm(on_delete = "cascade", relation = source)]
    pub from_id: Id<Leaf>,
    #[orm(on_delete = "cascade", relation = sink)]
    pub to_id: Id<Leaf>,
}

on_all! {
    async fn natural_keys(db) {
        db.create_all::<(Country, Parcel)>().await?;
        let de = Country::insert(Country { code: "de".into(), name: "Germany".into() }).one(db).await?;
        let key: Id<Country> = de.id();
        assert_eq!((key.key().map(String::as_str), key.to_string().as_str()), (Some("de"), "de"));
        assert_eq!(Country::find("de").one(db).await?, de);
        let parcel = Parcel::insert(Parcel::draft("de")).one(db).await?;
        assert_eq!(parcel.country_code, key);
        assert_eq!(Parcel::query().filter(Parcel::country_code.eq("de")).count(db).await?, 1);
        assert_eq!(Parcel::query().filter(Parcel::country_code.eq(&key)).count(db).await?, 1);
        let e = Parcel::insert(Parcel::draft("xx")).exec(db).await.unwrap_err();
        assert!(e.is_foreign_key_violation(), "{e:?}");
        let e = Country::find("fr").one(db).await.unwrap_err();
        assert_eq!(e.key(), Some("fr"));
        // `on_update`: the new key is passed on.
        sql("UPDATE countries SET code = 'dd'").exec(db).await?;
        assert_eq!(Parcel::query().one(db).await?.country_code, Id::from("dd"));
    }

    async fn composite_keys(db) {
        db.create_all::<(Order, Line, LineNote)>().await?;
        let order = Order::insert(Order::draft()).one(db).await?.id;
        let lines = [1, 2].map(|n| Line { order_id: order, line_no: n, text: format!("{n}") });
        Line::insert(&lines[..]).exec(db).await?;
        assert_eq!(Line::find((order, 2)).one(db).await?, lines[1]);
        assert!(Line::insert(lines[0].clone()).exec(db).await.unwrap_err().is_unique_violation());
        let number = *order.key().expect("stored");
        LineNote::insert([1, 2].map(|n| LineNote::draft(number, n))).exec(db).await?;
        let e = LineNote::insert(LineNote::draft(number, 3)).exec(db).await.unwrap_err();
        assert!(e.is_foreign_key_violation(), "{e:?}");
        Line::delete().filter(Line::line_no.eq(1)).exec(db).await?;
        assert_eq!(LineNote::query().one(db).await?.line_no, 2);
    }

    async fn keys_of_newtypes_numbers_and_uuids(db) {
        db.create_all::<(Article, Machine, Login, Order)>().await?;
        let lamp = Article::insert(Article { sku: Sku("L1".into()), name: "Lamp".into() }).one(db).await?;
        assert_eq!(Article::find(Sku("L1".into())).one(db).await?, lamp);
        let machine = Machine::insert(Machine { sku: Some(lamp.id()), ..Machine::draft("Lamp") }).one(db).await?;
        assert_eq!(Machine::find(machine.id).one(db).await?, machine);
        assert!(machine.id.key().is_some_and(|serial| serial.0 > 0));
        assert_eq!(Machine::find(Serial(machine.id.key().unwrap().0)).count(db).await?, 1);
        let e = Machine::insert(Machine::draft("Desk")).exec(db).await.unwrap_err();
        assert!(e.is_foreign_key_violation(), "a key to a unique column: {e:?}");
        // A Uuid is final before the row is stored, and later ones are greater.
        let login = Login::draft("x");
        assert!(!login.id.is_new());
        assert_eq!(Login::insert(login.clone()).one(db).await?, login);
        assert!(Login::draft("y").id > login.id);
        let e = Order::insert(Order { id: Id::from(u32::MAX) }).one(db).await?;
        assert_eq!(e.id.key(), Some(&u32::MAX));
        assert!(Order::find(u32::MAX).exists(db).await?);
    }

    async fn what_a_delete_does_to_referring_rows(db) {
        db.create_all::<(Leaf, Badge, Friend)>().await?;
        let boss = Leaf::insert(Leaf::draft()).one(db).await?;
        let leaf = Leaf { boss_id: Some(boss.id), former_id: Some(Id::from(999)), ..Leaf::draft() };
        let leaf = Leaf::insert(leaf).one(db).await?;
        Badge::insert([boss.id, leaf.id].map(|id| Badge { leaf_id: id, text: "b".into() })).exec(db).await?;
        Friend::insert(Friend { from_id: boss.id, to_id: leaf.id }).exec(db).await?;
        assert_eq!(Leaf::delete().filter(Leaf::id.eq(boss.id)).exec(db).await?, 1);
        let left = Leaf::query().one(db).await?;
        assert_eq!((left.id, left.boss_id, left.former_id), (leaf.id, None, Some(Id::from(999))));
        assert_eq!(Badge::query().one(db).await?.leaf_id, leaf.id);
        assert_eq!(Friend::query().count(db).await?, 0);
        let e = Leaf::update().set(Leaf::boss_id, Id::from(999)).all_rows().exec(db).await.unwrap_err();
        assert!(e.is_foreign_key_violation(), "{e:?}");
    }
}

#[test]
fn relations_are_described() {
    let all: Vec<_> = Leaf::table()
        .relations
        .iter()
        .map(|r| (r.name, r.kind, r.nullable))
        .collect();
    assert_eq!(
        all,
        [
            ("boss", RelationKind::BelongsTo, true),
            ("former", RelationKind::BelongsTo, true),
            ("badge", RelationKind::HasOne, true),
            ("reports", RelationKind::HasMany, false),
            ("friends", RelationKind::ManyToMany, false),
        ]
    );
    let friends = Leaf::table()
        .relations
        .iter()
        .find(|r| r.name == "friends")
        .unwrap();
    let through = friends.through.expect("a join table");
    assert_eq!(
        ((through.table)().name, through.near, through.far),
        ("friends", &[0][..], &[1][..])
    );
    let line = LineNote::table()
        .relations
        .iter()
        .find(|r| r.name == "line")
        .unwrap();
    assert_eq!((line.columns, (line.target)().name), (&[1, 2][..], "order_lines"));
    let keys = Leaf::table().foreign_keys;
    assert_eq!(
        keys.iter().map(|k| k.constraint).collect::<Vec<_>>(),
        [true, false]
    );
    assert_eq!(keys[0].on_delete, Action::SetNull);
    let machine = &Machine::table().foreign_keys[0];
    assert_eq!(machine.target_columns, &[1]);
}

// --- what is only said ------------------------------------------------------------------------------------------------

#[derive(Debug, Clone, PartialEq, Model)]
#[orm(table = "secrets", renamed_from = "passwords", also_writes(Page), unmanaged)]
pub struct Secret {
    pub id: Id<Secret>,
    #[orm(redact, renamed_from = "plain")]
    pub word: String,
}

#[derive(Default)]
struct Seen(Mutex<Vec<(bool, Vec<String>)>>);

struct Watch(Arc<Seen>);

impl Observer for Watch {
    fn before(&self, event: &StatementEvent<'_>) {
        if event.stmt.sql.contains("secrets") {
            let writes = event.stmt.writes.iter().map(str::to_owned).collect();
            self.0
                .0
                .lock()
                .expect("the list")
                .push((event.stmt.redact, writes));
        }
    }
}

#[test]
fn former_names_are_described() {
    let table = Secret::table();
    assert_eq!(
        (table.renamed_from, table.columns[1].renamed_from),
        (Some("passwords"), Some("plain"))
    );
    assert!(!table.managed && Page::table().managed);
}

on_all! {
    async fn secrets_are_marked_and_triggers_are_known(db) {
        db.create_all::<Secret>().await?;
        let seen = Arc::new(Seen::default());
        db.observe(Watch(Arc::clone(&seen)));
        Secret::insert(Secret::draft("hunter2")).exec(db).await?;
        Secret::update().set(Secret::word, "hunter3").filter(Secret::word.eq("hunter2")).exec(db).await?;
        assert_eq!(Secret::query().filter(Secret::word.eq("hunter3")).count(db).await?, 1);
        let seen = std::mem::take(&mut *seen.0.lock().expect("the list"));
        assert_eq!(seen.len(), 3);
        assert!(seen.iter().all(|(redact, _)| *redact), "{seen:?}");
        for (_, writes) in &seen[..2] {
            assert!(writes.iter().any(|t| t == "secrets") && writes.iter().any(|t| t == "pages"), "{writes:?}");
        }
    }
}
