//! Structs whose fields say what is read.

use orm_core::prelude::*;
use orm_core::testing::Capture;
use tests::book::{Author, Book, BookTag, Category, Product, Rating, Review, Sale, Tag, book_rel, prepare};

use super::super::on_all;

#[derive(Debug, Clone, PartialEq, Projection)]
#[orm(of = Author)]
struct AuthorName {
    name: String,
}

#[derive(Debug, Clone, PartialEq, Projection)]
#[orm(of = Review)]
struct ReviewLine {
    #[orm(from = reviewer_name)]
    by: String,
    rating: Rating,
}

#[derive(Debug, PartialEq, Projection)]
#[orm(of = Book)]
struct BookCard {
    title: String,
    author: AuthorName,
    reviews: Vec<ReviewLine>,
    #[orm(count(tags))]
    tags: i64,
}

#[derive(Debug, PartialEq, Projection)]
#[orm(of = Book)]
struct BookLine {
    id: Id<Book>,
    #[orm(path = author.name)]
    by: String,
    #[orm(expr = Book::title.upper())]
    title: String,
    #[orm(from = published_year)]
    year: Option<i32>,
    #[orm(max(reviews.rating))]
    best: Option<Rating>,
    #[orm(load = Book::author.selectin())]
    author: Author,
    #[orm(load = Book::reviews.order_by(Review::id.desc()).limit_per_parent(1))]
    latest: Part<Vec<ReviewLine>>,
    tags: Vec<Tag>,
}

#[derive(Debug, PartialEq, Projection)]
#[orm(of = Category)]
struct Leaf {
    name: String,
    parent: Option<Twig>,
}

#[derive(Debug, PartialEq, Projection)]
#[orm(of = Category)]
struct Twig {
    name: String,
    #[orm(count(children))]
    children: i64,
}

/// Nothing of its own row.
#[derive(Debug, PartialEq, Projection)]
#[orm(of = Author)]
struct Shelf {
    #[orm(load = Author::books.order_by(Book::title))]
    books: Vec<Titled>,
}

#[derive(Debug, PartialEq, Projection)]
#[orm(of = Book)]
struct Titled {
    title: String,
}

/// A thing with an exact price, in two currencies of account.
#[derive(Debug, Clone, PartialEq, Model)]
#[orm(table = "wares", has_many(lots: Lot))]
struct Ware {
    id: Id<Ware>,
    #[orm(precision = 10, scale = 2)]
    price: Decimal,
    #[orm(precision = 30, scale = 4)]
    weight: Option<Decimal>,
}

#[derive(Debug, Clone, PartialEq, Model)]
#[orm(table = "lots", key = Uuid)]
struct Lot {
    id: Id<Lot>,
    ware_id: Id<Ware>,
    #[orm(precision = 12, scale = 3)]
    amount: Decimal,
}

#[derive(Debug, PartialEq, Projection)]
#[orm(of = Lot)]
struct LotLine {
    id: Id<Lot>,
    #[orm(path = ware.price)]
    price: Decimal,
    amount: Decimal,
}

#[derive(Debug, PartialEq, Projection)]
#[orm(of = Ware)]
struct WareLine {
    weight: Option<Decimal>,
    #[orm(sum(lots.amount))]
    amount: Option<Decimal>,
    lots: Vec<LotLine>,
}

/// What columns there are, of every kind that is not plain.
#[derive(Debug, Clone, PartialEq, Model)]
#[orm(table = "parcels")]
struct Parcel {
    id: Id<Parcel>,
    #[orm(embed(to))]
    to: Place,
    #[orm(json)]
    labels: Vec<String>,
    #[orm(json)]
    notes: Option<Vec<i32>>,
    state: State,
    batch: Option<Uuid>,
    #[orm(default_sql = "7")]
    weight: Auto<i32>,
}

#[derive(Debug, Clone, PartialEq, Embed)]
struct Place {
    #[orm(length = 40)]
    city: String,
    #[orm(precision = 8, scale = 3)]
    height: Option<Decimal>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, DbEnum)]
#[orm(storage = "native")]
enum State {
    Packed,
    Sent,
}

#[derive(Debug, PartialEq, Projection)]
#[orm(of = Parcel)]
struct ParcelCard {
    weight: i32,
    to: Place,
    #[orm(json)]
    labels: Vec<String>,
    #[orm(json)]
    notes: Option<Vec<i32>>,
    state: State,
    batch: Option<Uuid>,
    #[orm(expr = Parcel::to.get(Place::city))]
    city: String,
    #[orm(from = to)]
    again: Place,
}

#[derive(Debug, Clone, PartialEq, Model)]
#[orm(table = "teams", tenant = tenant_id)]
struct Team {
    id: Id<Team>,
    tenant_id: i64,
    name: String,
}

#[derive(Debug, Clone, PartialEq, Model)]
#[orm(table = "members")]
struct Member {
    id: Id<Member>,
    name: String,
    team_id: Id<Team>,
}

#[derive(Debug, PartialEq, Projection)]
#[orm(of = Team)]
struct TeamName {
    name: String,
}

#[derive(Debug, PartialEq, Projection)]
#[orm(of = Member)]
struct MemberCard {
    name: String,
    team: TeamName,
}

#[derive(Debug, PartialEq, Projection)]
#[orm(of = Member)]
struct MemberApart {
    name: String,
    #[orm(load = Member::team.selectin())]
    team: TeamName,
}

#[derive(Debug, PartialEq, Projection)]
#[orm(of = Author)]
struct Joined {
    name: String,
    #[orm(load = Author::books.joined())]
    books: Vec<BookCardJoined>,
}

#[derive(Debug, PartialEq, Projection)]
#[orm(of = Book)]
struct BookCardJoined {
    title: String,
    #[orm(load = Book::reviews.joined())]
    reviews: Vec<ReviewLine>,
}

#[derive(Debug, PartialEq, Projection)]
#[orm(of = Author)]
struct Apart {
    name: String,
    books: Vec<BookCardApart>,
}

#[derive(Debug, PartialEq, Projection)]
#[orm(of = Book)]
struct BookCardApart {
    title: String,
    reviews: Vec<ReviewLine>,
}

/// Loads in a load.
#[derive(Debug, Projection)]
#[orm(of = Review)]
struct Opinion {
    #[orm(load = Review::book.with(Book::author).with(Book::tags))]
    book: With<Book, (book_rel::author, book_rel::tags)>,
}

/// Groups of rows.
#[derive(Debug, PartialEq, Projection)]
#[orm(of = Product)]
struct Stock {
    category: String,
    #[orm(expr = count_all())]
    products: i64,
    #[orm(expr = Product::stock.sum())]
    stock: Option<i64>,
}

#[derive(Debug, PartialEq, Projection)]
#[orm(of = Author)]
struct Sums {
    books: Vec<Summed>,
}

#[derive(Debug, PartialEq, Projection)]
#[orm(of = Book)]
struct Summed {
    #[orm(expr = Book::published_year.max())]
    last: Option<i32>,
}

macro_rules! wide {
    ($name:ident: $($field:ident)*) => {
        #[derive(Debug, Projection)]
        #[orm(of = Product)]
        struct $name {
            $(#[orm(from = stock)] $field: i32,)*
        }

        impl $name {
            fn sum(&self) -> i32 {
                [$(self.$field),*].iter().sum()
            }
        }
    };
}

wide!(Wide:
    f0 f1 f2 f3 f4 f5 f6 f7 f8 f9 f10 f11 f12 f13 f14
    f15 f16 f17 f18 f19 f20 f21 f22 f23 f24 f25 f26 f27 f28 f29
    f30 f31 f32 f33 f34 f35 f36 f37 f38 f39 f40 f41 f42 f43 f44
    f45 f46 f47 f48 f49 f50 f51 f52 f53 f54 f55 f56 f57 f58 f59
    f60 f61 f62 f63 f64 f65 f66 f67 f68 f69 f70 f71 f72 f73 f74
    f75 f76 f77 f78 f79 f80 f81 f82 f83 f84 f85 f86 f87 f88 f89
    f90 f91 f92 f93 f94 f95 f96 f97 f98 f99 f100 f101 f102 f103 f104
    f105 f106 f107 f108 f109 f110 f111 f112 f113 f114 f115 f116 f117 f118 f119
    f120 f121 f122 f123 f124 f125 f126 f127 f128 f129 f130 f131 f132 f133 f134
    f135 f136 f137 f138 f139 f140 f141 f142 f143 f144 f145 f146 f147 f148 f149
);

async fn library(db: &Db) -> Result<()> {
    prepare(db).await?;
    let books = Book::query().order_by(Book::id).all(db).await?;
    Review::insert([
        Review::draft(books[0].id, "Ann", Rating::Fair),
        Review::draft(books[0].id, "Ben", Rating::Good),
        Review::draft(books[1].id, "Cleo", Rating::Poor),
    ])
    .exec(db)
    .await?;
    let tag = Tag::insert(Tag::draft("classic")).one(db).await?;
    BookTag::insert(BookTag {
        book_id: books[0].id,
        tag_id: tag.id,
    })
    .exec(db)
    .await?;
    Ok(())
}

fn line(by: &str, rating: Rating) -> ReviewLine {
    ReviewLine {
        by: by.into(),
        rating,
    }
}

on_all! {
    async fn only_what_is_named_is_read(db) {
        library(db).await?;
        let capture = Capture::attach(db);
        let cards: Vec<BookCard> = Book::query().project::<BookCard>().order_by(Book::title.asc()).all(db).await?;
        let austen = || AuthorName { name: "Jane Austen".into() };
        let card = |title: &str, reviews, tags| BookCard { title: title.into(), author: austen(), reviews, tags };
        let expected = [
            card("Emma", vec![line("Ann", Rating::Fair), line("Ben", Rating::Good)], 1),
            card("Persuasion", vec![line("Cleo", Rating::Poor)], 0),
            card("Sanditon", vec![], 0),
        ];
        assert_eq!(cards, expected);
        let sent: Vec<String> = capture.take().iter().map(|sql| sql.to_string().replace('`', "\"")).collect();
        assert_eq!(sent.len(), 2);
        // The key of the books is read for their reviews, that of the author tells whether there is one.
        let start = "SELECT \"books\".\"title\", (SELECT COUNT(*) FROM \"book_tags\" AS t3 JOIN \"tags\" AS t2 ON t2.\"id\" = t3.\"tag_id\" \
                     WHERE t3.\"book_id\" = \"books\".\"id\"), \"books\".\"id\", t1.\"name\", t1.\"id\" FROM \"books\"";
        assert!(sent[0].starts_with(start), "{}", sent[0]);
        assert!(sent[1].starts_with("SELECT \"reviews\".\"reviewer_name\", \"reviews\".\"rating\", \"reviews\".\"book_id\" FROM"), "{}", sent[1]);

        let some = Book::query().project::<BookCard>().filter(Book::title.eq("Emma"));
        assert_eq!(some.clone().one(db).await?.title, "Emma");
        assert_eq!(some.clone().count(db).await?, 1);
        assert!(some.exists(db).await?);
        let page = Book::query().project::<BookCard>().order_by(Book::title).page_after(None, 2, db).await?;
        let next = Book::query().project::<BookCard>().order_by(Book::title).page_after(page.next.as_ref(), 2, db).await?;
        assert_eq!((&page.items[..], &next.items[..]), (&expected[..2], &expected[2..]));
        let mut rows = Book::query().project::<BookCard>().order_by(Book::title).stream(db);
        assert_eq!(rows.try_next().await?.as_ref(), Some(&expected[0]));
    }

    async fn fields_of_every_kind(db) {
        library(db).await?;
        let capture = Capture::attach(db);
        let lines: Vec<BookLine> = Book::query().project::<BookLine>().order_by(Book::id).all(db).await?;
        assert_eq!(capture.take().len(), 4);
        let emma = &lines[0];
        assert_eq!((emma.by.as_str(), emma.title.as_str(), emma.year), ("Jane Austen", "EMMA", Some(1815)));
        assert_eq!(emma.author.name, "Jane Austen");
        assert_eq!(emma.best, Some(Rating::Good));
        assert_eq!(emma.latest[..], [line("Ben", Rating::Good)]);
        assert_eq!(emma.tags.iter().map(|tag| tag.label.as_str()).collect::<Vec<_>>(), ["classic"]);
        assert_eq!((lines[2].best, lines[2].latest.len(), lines[2].tags.len()), (None, 0, 0));
        assert!(lines.iter().all(|line| line.id.key().is_some()));

        let shelves = Author::query().project::<Shelf>().all(db).await?;
        assert_eq!(shelves.len(), 1);
        let titles: Vec<&str> = shelves[0].books.iter().map(|book| book.title.as_str()).collect();
        assert_eq!(titles, ["Emma", "Persuasion", "Sanditon"]);
    }

    async fn a_missing_row_is_none(db) {
        prepare(db).await?;
        let root = Category::insert(Category { id: Id::new(), name: "root".into(), parent_id: None }).one(db).await?;
        Category::insert(Category { id: Id::new(), name: "leaf".into(), parent_id: Some(root.id) }).exec(db).await?;
        let leaves = Category::query().project::<Leaf>().order_by(Category::id).all(db).await?;
        let expected = [
            Leaf { name: "root".into(), parent: None },
            Leaf { name: "leaf".into(), parent: Some(Twig { name: "root".into(), children: 1 }) },
        ];
        assert_eq!(leaves, expected);
    }

    async fn a_projection_can_be_loaded_into_a_model(db) {
        library(db).await?;
        let authors = Author::query()
            .with(Author::books.order_by(Book::title).project::<Titled>())
            .all(db)
            .await?;
        assert_eq!(authors[0].books[0], Titled { title: "Emma".into() });
        assert_eq!(authors[0].name, "Jane Austen");
    }

    async fn decimals_keep_their_scale(db) {
        db.create_all::<(Ware, Lot)>().await?;
        let exact = |text: &str| text.parse::<Decimal>().unwrap();
        let ware = Ware::insert(Ware { id: Id::new(), price: exact("12.30"), weight: Some(exact("123456789012345678901.2345")) }).one(db).await?;
        let lots = [("1.001"), ("2.002")].map(|amount| Lot { id: Id::new(), ware_id: ware.id, amount: exact(amount) });
        Lot::insert(&lots[..]).exec(db).await?;
        let lines = Ware::query().project::<WareLine>().all(db).await?;
        let lot = |lot: &Lot| LotLine { id: lot.id, price: exact("12.30"), amount: lot.amount };
        let expected = [WareLine { weight: ware.weight, amount: Some(exact("3.003")), lots: lots.iter().map(lot).collect() }];
        assert_eq!(lines, expected);
    }

    async fn a_projection_in_a_repository(db) {
        prepare(db).await?;
        #[derive(Debug, PartialEq, Projection)]
        #[orm(of = Sale)]
        struct Sold {
            #[orm(path = product.name)]
            product: String,
            #[orm(expr = Sale::sale_price * Sale::quantity)]
            revenue: f64,
        }
        let sold = Sale::query().filter(Sale::product.get(Product::stock).gt(0)).project::<Sold>().order_by(Sale::id).all(db).await?;
        assert_eq!(sold[0], Sold { product: "Lamp".into(), revenue: 70.0 });
        let plan = Sale::query().filter(Sale::product.get(Product::stock).gt(0)).project::<Sold>().plan(db.dialect())?;
        assert_eq!((plan.statements(), plan.to_string().matches("JOIN").count()), (1, 1));
    }

    async fn columns_that_are_not_plain(db) {
        db.create_all::<Parcel>().await?;
        let to = Place { city: "Bath".into(), height: Some("1.250".parse().unwrap()) };
        let batch = Uuid::from_u128(7);
        let parcel = Parcel { notes: Some(vec![1, 2]), batch: Some(batch), ..Parcel::draft(to.clone(), vec!["fragile".into()], State::Sent) };
        Parcel::insert(parcel).exec(db).await?;
        Parcel::insert(Parcel::draft(Place { city: "Ely".into(), height: None }, vec![], State::Packed)).exec(db).await?;
        let cards = Parcel::query().project::<ParcelCard>().order_by(Parcel::id).all(db).await?;
        let bath = ParcelCard {
            weight: 7,
            again: to.clone(),
            to,
            labels: vec!["fragile".into()],
            notes: Some(vec![1, 2]),
            state: State::Sent,
            batch: Some(batch),
            city: "Bath".into(),
        };
        assert_eq!(cards[0], bath);
        assert_eq!((&cards[1].notes, cards[1].batch, cards[1].to.height, cards[1].state), (&None, None, None, State::Packed));
    }

    async fn a_row_of_another_tenant_is_missed(db) {
        db.create_all::<(Team, Member)>().await?;
        let (one, two) = (db.tenant(1), db.tenant(2));
        let team = Team::insert(Team::draft(2, "theirs")).one(&two).await?;
        Member::insert(Member::draft("Ann", team.id)).exec(db).await?;
        for e in [
            Member::query().project::<MemberCard>().all(&one).await.unwrap_err(),
            Member::query().project::<MemberApart>().all(&one).await.unwrap_err(),
        ] {
            assert_eq!((e.kind(), e.table()), (ErrorKind::NotFound, Some("teams")), "{e}");
            assert_eq!(e.key(), Some(team.id.to_string().as_str()), "{e}");
        }
        let card = MemberCard { name: "Ann".into(), team: TeamName { name: "theirs".into() } };
        assert_eq!(Member::query().project::<MemberCard>().all(&two).await?, [card]);
        assert_eq!(Member::query().project::<MemberCard>().all_tenants().all(db).await?.len(), 1);
    }

    async fn joined_and_apart_are_the_same(db) {
        library(db).await?;
        Author::insert(Author::draft("Nobody")).exec(db).await?;
        let capture = Capture::attach(db);
        let joined = Author::query().project::<Joined>().order_by(Author::id).all(db).await?;
        assert_eq!(capture.take().len(), 1);
        let apart = Author::query().project::<Apart>().order_by(Author::id).all(db).await?;
        assert_eq!(capture.take().len(), 3);
        assert_eq!((joined.len(), joined[0].books.len(), joined[1].books.len()), (2, 3, 0));
        for (joined, apart) in joined.iter().zip(&apart) {
            assert_eq!((&joined.name, joined.books.len()), (&apart.name, apart.books.len()));
            for (joined, apart) in joined.books.iter().zip(&apart.books) {
                assert_eq!((&joined.title, &joined.reviews), (&apart.title, &apart.reviews));
            }
        }
        let last = Author::query().project::<Joined>().order_by(Author::id.desc()).limit(1).all(db).await?;
        assert_eq!(last, joined[1..]);
        assert_eq!(Author::query().project::<Joined>().order_by(Author::id).limit(1).all(db).await?, joined[..1]);
    }

    async fn a_load_in_a_projection_has_its_own_loads(db) {
        library(db).await?;
        let opinions = Review::query().project::<Opinion>().order_by(Review::id).all(db).await?;
        let seen: Vec<_> = opinions.iter().map(|o| (o.book.title.as_str(), o.book.author.name.as_str(), o.book.tags.len())).collect();
        assert_eq!(seen, [("Emma", "Jane Austen", 1), ("Emma", "Jane Austen", 1), ("Persuasion", "Jane Austen", 0)]);
    }

    async fn groups_are_projected_and_aggregates_stand_alone(db) {
        library(db).await?;
        let stock = |category: &str, products, stock| Stock { category: category.into(), products, stock: Some(stock) };
        let groups = Product::query().group_by(Product::category).having(count_all().ge(1)).project::<Stock>().order_by(Product::category);
        assert_eq!(groups.clone().all(db).await?, [stock("home", 2, 5), stock("office", 1, 900)]);
        assert_eq!(groups.count(db).await?, 2);
        let capture = Capture::attach(db);
        let e = Product::query().project::<Stock>().all(db).await.unwrap_err();
        assert!(e.to_string().contains("say `.group_by(Product::category)`"), "{e}");
        let e = Author::query().project::<Sums>().all(db).await.unwrap_err();
        assert!(e.to_string().contains("`#[orm(sum(reviews.rating))]`"), "{e}");
        let e = Book::query().group_by(Book::author_id).project::<BookCard>().all(db).await.unwrap_err();
        assert!(e.to_string().contains("groups have no related rows"), "{e}");
        assert_eq!(capture.take().len(), 0);
    }

    async fn any_number_of_fields(db) {
        library(db).await?;
        let wide = Product::query().filter(Product::name.eq("Lamp")).project::<Wide>().one(db).await?;
        assert_eq!(wide.sum(), 4 * 150);
    }
}
