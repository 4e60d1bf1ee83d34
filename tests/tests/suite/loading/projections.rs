//! Structs whose fields say what is read.

use orm_core::prelude::*;
use orm_core::testing::Capture;
use tests::book::{Author, Book, BookTag, Category, Product, Rating, Review, Sale, Tag, prepare};

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
}
