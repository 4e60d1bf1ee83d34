//! Pages by place: every row once, in every order, in both directions, while rows come and go.

use orm_core::assert_statements;
use orm_core::expr::Order;
use orm_core::prelude::*;
use orm_core::query::KeysetPage;
use tests::book::{Book, BookTag, Product, Tag, prepare};

use super::scopes::Note;
use super::{long, on_all};

/// A row of everything that can be ordered, with few values, so that there are ties.
#[derive(Debug, Clone, PartialEq, Model)]
#[orm(table = "ranked")]
struct Ranked {
    id: Id<Ranked>,
    number: Option<i32>,
    #[orm(length = 20)]
    text: Option<String>,
    #[orm(length = 20, case_insensitive)]
    word: String,
    #[orm(precision = 10, scale = 2)]
    amount: Option<Decimal>,
    #[orm(precision = 30, scale = 4)]
    wide: Decimal,
    float: Option<f64>,
    short: f32,
    flag: bool,
    day: Option<NaiveDate>,
    moment: DateTime<Utc>,
    bytes: Vec<u8>,
    key: Uuid,
    level: Level,
    grade: Option<Grade>,
}

/// Declared in another order than that of its letters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, DbEnum)]
#[orm(storage = "native")]
enum Level {
    Low,
    Middle,
    High,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, DbEnum)]
enum Grade {
    Good,
    Bad,
}

/// Numbers that are the same in every run.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: u64) -> u64 {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % sides
    }

    fn pick<T: Clone>(&mut self, values: &[T]) -> T {
        values[usize::try_from(self.roll(values.len() as u64)).unwrap()].clone()
    }

    fn maybe<T>(&mut self, value: T) -> Option<T> {
        (self.roll(4) > 0).then_some(value)
    }
}

fn row(dice: &mut Dice) -> Ranked {
    let n = i32::try_from(dice.roll(5)).unwrap() - 2;
    let text = dice.pick(&["a", "B", "b ", "é", "'--"]);
    let grade = dice.pick(&[Grade::Good, Grade::Bad]);
    let decimal = Decimal::new(i64::try_from(dice.roll(4)).unwrap() * 50 - 75, 2);
    Ranked {
        id: Id::new(),
        number: dice.maybe(n),
        text: dice.maybe(text.into()),
        word: dice.pick(&["x", "X", "y", "Y"]).into(),
        amount: dice.maybe(decimal),
        wide: decimal * Decimal::new(10_i64.pow(15), 0),
        float: dice.maybe(f64::from(n) / 3.0),
        short: n as f32 / 3.0,
        flag: dice.roll(2) > 0,
        day: dice.maybe(NaiveDate::from_ymd_opt(2026, 1, 3 + u32::try_from(n + 2).unwrap()).unwrap()),
        moment: DateTime::from_timestamp_micros(1_700_000_000_000_001 + i64::from(n)).unwrap(),
        bytes: vec![0, u8::try_from(n + 2).unwrap()],
        key: Uuid::from_u128(u128::from(dice.roll(3)) << 100),
        level: dice.pick(&[Level::Low, Level::Middle, Level::High]),
        grade: dice.maybe(grade),
    }
}

/// One term of an order, of all columns and of expressions over them.
fn term(dice: &mut Dice) -> Order<Ranked> {
    let mut terms = vec![
        Ranked::number.asc(),
        Ranked::text.asc(),
        Ranked::word.asc(),
        Ranked::amount.asc(),
        Ranked::wide.asc(),
        Ranked::float.asc(),
        Ranked::short.asc(),
        Ranked::flag.asc(),
        Ranked::day.asc(),
        Ranked::moment.asc(),
        Ranked::bytes.asc(),
        Ranked::key.asc(),
        Ranked::level.asc(),
        Ranked::grade.asc(),
        (Ranked::number * 2 - 1).asc(),
        Ranked::text.lower().asc(),
        Ranked::word.length().asc(),
        (Ranked::amount * Ranked::amount).asc(),
        (Ranked::float * Ranked::number).asc(),
        Ranked::number.coalesce(0).asc(),
        sql!(i64: "({number} % {n})", number = Ranked::number, n = 2).asc(),
    ];
    let picked = usize::try_from(dice.roll(terms.len() as u64)).unwrap();
    let term = terms.swap_remove(picked);
    let term = if dice.roll(2) > 0 { descending(term) } else { term };
    match dice.roll(3) {
        0 => term.nulls_first(),
        1 => term.nulls_last(),
        _ => term,
    }
}

/// The same term from the greatest to the least, as a request would ask for it.
fn descending(term: Order<Ranked>) -> Order<Ranked> {
    Sort::allow([("term", term)]).parse("-term").unwrap().remove(0)
}

type Pages<M> = Vec<KeysetPage<M>>;

/// All pages from the first to the last; each cursor goes through its text.
async fn forward(order: &[Order<Ranked>], size: u64, db: &Db) -> Result<Pages<Ranked>> {
    let mut pages: Pages<Ranked> = Vec::new();
    loop {
        let cursor = pages.last().and_then(|page| page.next.clone());
        let cursor = cursor.map(|c| c.to_string().parse::<Cursor>()).transpose()?;
        let page = Ranked::query()
            .order_by(order.to_vec())
            .page_after(&cursor, size, db)
            .await?;
        let last = page.next.is_none();
        pages.push(page);
        if last {
            return Ok(pages);
        }
    }
}

/// All pages from the last to the first.
async fn backward(order: &[Order<Ranked>], size: u64, db: &Db) -> Result<Pages<Ranked>> {
    let mut pages: Pages<Ranked> = Vec::new();
    loop {
        let cursor = pages.last().and_then(|page| page.previous.clone());
        let page = Ranked::query()
            .order_by(order.to_vec())
            .page_before(&cursor, size, db)
            .await?;
        let first = page.previous.is_none();
        pages.push(page);
        if first {
            return Ok(pages);
        }
    }
}

fn ids<'a>(rows: impl IntoIterator<Item = &'a Ranked>) -> Vec<Id<Ranked>> {
    rows.into_iter().map(|row| row.id).collect()
}

on_all! {
    async fn random_orders_over_random_rows(db) {
        db.create_all::<Ranked>().await?;
        let mut dice = Dice(7);
        let rows: Vec<Ranked> = (0..60).map(|_| row(&mut dice)).collect();
        Ranked::insert(&rows).exec(db).await?;
        for _ in 0..if long() { 300 } else { 25 } {
            let order: Vec<Order<Ranked>> = (0..=dice.roll(3)).map(|_| term(&mut dice)).collect();
            let size = 1 + dice.roll(25);
            let pages = forward(&order, size, db).await?;
            let shown = format!("{size} {order:?}");
            // The list as the database orders it, in which ties go as the last term does.
            let descending = shown.rsplit_once("descending: true").map_or(0, |(b, _)| b.len())
                > shown.rsplit_once("descending: false").map_or(0, |(b, _)| b.len());
            let key = if descending { Ranked::id.desc() } else { Ranked::id.asc() };
            let whole = ids(&Ranked::query().order_by(order.clone()).order_by(key).all(db).await?);
            assert_eq!(ids(pages.iter().flat_map(|p| &p.items)), whole, "{shown}");
            let (last, full) = pages.split_last().unwrap();
            assert!(full.iter().all(|p| p.items.len() as u64 == size), "{shown}");
            assert!((1..=size).contains(&(last.items.len() as u64)), "{shown}");

            let back = backward(&order, size, db).await?;
            let items: Vec<&Ranked> = back.iter().rev().flat_map(|p| &p.items).collect();
            assert_eq!(ids(items), whole, "{shown}");
            assert!(back[..back.len() - 1].iter().all(|p| p.items.len() as u64 == size), "{shown}");

            // From any page one page back, and to the same page again.
            for pair in pages.windows(2) {
                let query = || Ranked::query().order_by(order.clone());
                let before = query().page_before(&pair[1].previous, size, db).await?;
                assert_eq!(ids(&before.items), ids(&pair[0].items), "{shown}");
                let again = query().page_after(&before.next, size, db).await?;
                assert_eq!(ids(&again.items), ids(&pair[1].items), "{shown}");
                let same = query().page_after(&pair[1].previous, size, db).await?;
                assert_eq!(ids(&same.items), ids(&pair[1].items), "{shown}");
            }
        }
    }

    async fn nulls_stand_where_the_order_says(db) {
        db.create_all::<Ranked>().await?;
        let mut dice = Dice(11);
        let rows: Vec<Ranked> = (0..40).map(|_| row(&mut dice)).collect();
        Ranked::insert(&rows).exec(db).await?;
        let all = Ranked::query().all(db).await?;
        for (down, first) in [(false, false), (false, true), (true, false), (true, true)] {
            let order = if down { Ranked::number.desc() } else { Ranked::number.asc() };
            let order = if first { order.nulls_first() } else { order.nulls_last() };
            // The list as Rust orders it.
            let mut whole = all.clone();
            whole.sort_by_key(|row| {
                let number = row.number.map(|n| if down { -n } else { n });
                let id = *row.id.key().unwrap();
                (row.number.is_none() != first, number, if down { -id } else { id })
            });
            for size in [1, 7, 39, 40, 41] {
                let pages = forward(std::slice::from_ref(&order), size, db).await?;
                assert_eq!(ids(pages.iter().flat_map(|p| &p.items)), ids(&whole), "{down} {first} {size}");
            }
        }
    }

    async fn rows_come_and_go_between_pages(db) {
        db.create_all::<Ranked>().await?;
        let mut dice = Dice(3);
        let rows: Vec<Ranked> = (0..120).map(|_| row(&mut dice)).collect();
        let mut stay = Ranked::insert(&rows).keys(db).await?;
        let order = || (Ranked::number.desc().nulls_first(), Ranked::text);
        let mut seen: Vec<Id<Ranked>> = Vec::new();
        let mut cursor = None;
        loop {
            let page = Ranked::query().order_by(order()).page_after(&cursor, 7, db).await?;
            assert!(page.items.len() == 7 || page.next.is_none());
            seen.extend(ids(&page.items));
            cursor = page.next;
            if cursor.is_none() {
                break;
            }
            // New rows anywhere, the row of the cursor gone, and some other one.
            let new: Vec<Ranked> = (0..5).map(|_| row(&mut dice)).collect();
            Ranked::insert(&new).exec(db).await?;
            let victim = dice.pick(&stay);
            let gone = [*seen.last().unwrap(), victim];
            Ranked::delete().filter(Ranked::id.is_in(gone)).exec(db).await?;
            stay.retain(|id| !gone.contains(id));
            if seen.len() > 300 {
                break;
            }
        }
        let mut once = seen.clone();
        once.sort_by_key(|id| *id.key().unwrap());
        once.dedup();
        assert_eq!(once.len(), seen.len(), "a row was seen twice");
        // Rows that were there all the time were seen, up to where it was read.
        let reached = match &cursor {
            Some(cursor) => {
                let rest = Ranked::query().order_by(order()).page_after(cursor, 10_000, db).await?;
                ids(&rest.items)
            }
            None => Vec::new(),
        };
        for id in stay {
            assert!(seen.contains(&id) || reached.contains(&id), "a row was left out");
        }
    }

    async fn scopes_filters_and_distinct_hold_on_every_page(db) {
        db.create_all::<Note>().await?;
        Note::insert(["a", "b", "c", "d", "e"].map(Note::draft)).exec(db).await?;
        Note::delete().filter(Note::text.is_in(["a", "d"])).exec(db).await?;
        let query = || Note::query().distinct().filter(Note::id.lt(5)).order_by((Note::version * 2 - 1).desc());
        let first = query().page_after(None, 1, db).await?;
        let second = query().page_after(&first.next, 1, db).await?;
        let texts = [&first, &second].map(|page| page.items[0].text.clone());
        assert_eq!(texts, ["c", "b"]);
        assert!(second.next.is_none());
        // Another filter may follow: the place in the order is the same.
        let all = query().with_deleted().page_after(&first.next, 5, db).await?;
        assert_eq!(all.items.iter().map(|n| n.text.as_str()).collect::<Vec<_>>(), ["b"]);
        let before = query().with_deleted().page_before(&first.previous.or(first.next), 5, db).await?;
        assert_eq!(before.items.iter().map(|n| n.text.as_str()).collect::<Vec<_>>(), ["d", "a", "c"]);
    }

    async fn an_empty_page_knows_where_it_is(db) {
        prepare(db).await?;
        let query = || Product::query().order_by(Product::price);
        let first = query().page_after(None, 2, db).await?;
        assert_eq!(first.items.iter().map(|p| p.name.as_str()).collect::<Vec<_>>(), ["Pen", "Lamp"]);
        assert!(first.previous.is_none());
        Product::delete().filter(Product::name.eq("Desk")).exec(db).await?;
        let none = query().page_after(&first.next, 2, db).await?;
        assert!(none.items.is_empty() && none.next.is_none());
        let back = query().page_before(&none.previous, 2, db).await?;
        assert_eq!(back.items, first.items);
        let nobody = query().filter(Product::stock.lt(0)).page_before(None, 2, db).await?;
        assert_eq!(nobody, KeysetPage { items: Vec::new(), next: None, previous: None });
    }

    async fn a_page_is_one_statement(db) {
        prepare(db).await?;
        let first = Product::query().order_by(Product::price.desc()).page_after(None, 1, db).await?;
        let page = assert_statements!(db, {
            Product::query().filter(Product::stock.gt(0)).order_by(Product::price.desc()).page_after(&first.next, 1, db).await?
        },
            sqlite: [r#"SELECT "products"."id", "products"."name", "products"."category", "products"."price", "products"."stock", "products"."added_on", "products"."price", "products"."id" FROM "products" WHERE "products"."stock" > ? AND "products"."price" <= ? AND ("products"."price" < ? OR ("products"."price" = ? AND "products"."id" < ?)) ORDER BY "products"."price" DESC, "products"."id" DESC LIMIT 2"#],
            postgres: [r#"SELECT "products"."id", "products"."name", "products"."category", "products"."price", "products"."stock", "products"."added_on", "products"."price", "products"."id" FROM "products" WHERE "products"."stock" > $1 AND "products"."price" <= $2 AND ("products"."price" < $3 OR ("products"."price" = $4 AND "products"."id" < $5)) ORDER BY "products"."price" DESC, "products"."id" DESC LIMIT 2"#],
            mysql: ["SELECT `products`.`id`, `products`.`name`, `products`.`category`, `products`.`price`, `products`.`stock`, `products`.`added_on`, `products`.`price`, `products`.`id` FROM `products` WHERE `products`.`stock` > ? AND `products`.`price` <= ? AND (`products`.`price` < ? OR (`products`.`price` = ? AND `products`.`id` < ?)) ORDER BY `products`.`price` DESC, `products`.`id` DESC LIMIT 2"],
        );
        assert_eq!(page.items[0].name, "Lamp");
    }

    async fn composite_keys_end_the_order(db) {
        prepare(db).await?;
        let books: Vec<Id<Book>> = Book::query().order_by(Book::id).select(Book::id).all(db).await?;
        let tags = [Tag::draft("a"), Tag::draft("b"), Tag::draft("c")];
        Tag::insert(&tags[..]).exec(db).await?;
        let links: Vec<BookTag> =
            books.iter().flat_map(|b| tags.iter().map(|t| BookTag { book_id: *b, tag_id: t.id })).collect();
        BookTag::insert(&links).exec(db).await?;
        let (mut seen, mut cursor) = (Vec::new(), None);
        loop {
            let page = BookTag::query().order_by(BookTag::tag_id.desc()).page_after(&cursor, 2, db).await?;
            seen.extend(page.items);
            cursor = page.next;
            if cursor.is_none() {
                break;
            }
        }
        let whole =
            BookTag::query().order_by((BookTag::tag_id.desc(), BookTag::book_id.desc())).all(db).await?;
        assert_eq!(seen, whole);
        assert_eq!(seen.len(), 9);
    }

    async fn what_has_no_pages_is_refused(db) {
        prepare(db).await?;
        let by_price = Product::query().order_by(Product::price).page_after(None, 1, db).await?.next;
        assert_statements!(db, {
            for (query, size, word) in [
                (Product::query().order_by(Product::price.desc()), 1, "another order"),
                (Product::query().order_by((Product::price, Product::stock)), 1, "another order"),
                (Product::query().order_by(Product::price.asc().nulls_first()), 0, "at least one row"),
                (Product::query(), 1, "another order"),
                (Product::query().order_by(Product::price).limit(3), 1, "`limit`"),
                (Product::query().order_by(Product::price).offset(3), 1, "`limit`"),
                (Product::query().order_by(Product::price).group_by(Product::price), 1, "groups"),
                (Product::query().order_by(Product::price.sum().asc()), 1, "aggregates"),
                (Product::query().order_by(output("name").asc()), 1, "outputs"),
                (Product::query().order_by(output("x").asc()), 1, "no output"),
            ] {
                for e in [
                    query.clone().page_after(&by_price, size, db).await.unwrap_err(),
                    query.page_before(&by_price, size, db).await.unwrap_err(),
                ] {
                    assert_eq!(e.kind(), ErrorKind::Invalid);
                    assert!(e.to_string().contains(word), "{e}");
                }
            }
            let of_another = Book::query().order_by(Book::title).page_after(&by_price, 1, db).await.unwrap_err();
            assert!(of_another.to_string().contains("another order"), "{of_another}");
        }, []);
    }

    async fn a_page_by_number_counts_what_the_query_has_without_its_limit(db) {
        prepare(db).await?;
        let query = || Product::query().order_by(Product::name).limit(1).offset(1);
        assert_eq!(query().count(db).await?, 1);
        let page = query().page(1, 2, db).await?;
        assert_eq!((page.total, page.items.len(), page.pages()), (3, 2, 2));
    }
}

#[test]
fn a_cursor_is_text_for_a_url() {
    let e = "not a cursor".parse::<Cursor>().unwrap_err();
    assert_eq!(e.kind(), ErrorKind::Invalid);
    assert!(serde_json::from_str::<Cursor>("\"AAAA\"").is_err());
}
