//! Joined and selectin loads of all kinds of relations give the same rows, by the number of statements that they promise.

use orm_core::load::Strategy;
use orm_core::prelude::*;
use orm_core::testing::Capture;
use tests::book::{Author, Book, BookTag, Category, Rating, Review, Tag, author_rel, book_rel, prepare};

use super::super::on_all;

/// Three authors, one without books; books with reviews and tags, and some without.
pub(super) async fn library(db: &Db) -> Result<()> {
    prepare(db).await?;
    let wells = Author::insert(Author::draft("H. G. Wells")).one(db).await?;
    Author::insert(Author::draft("Nobody")).exec(db).await?;
    Book::insert(vec![
        Book::draft("The Time Machine", wells.id),
        Book::draft("The Invisible Man", wells.id),
        Book::draft("Kipps", wells.id),
    ])
    .exec(db)
    .await?;
    let books = Book::query().order_by(Book::id).all(db).await?;
    let review = |book: &Book, n: usize| Review::draft(book.id, format!("reader {n}"), Rating::Good);
    let reviews = books
        .iter()
        .skip(1)
        .flat_map(|book| (0..2).map(|n| review(book, n)));
    Review::insert(reviews.collect::<Vec<_>>()).exec(db).await?;
    let tags = Tag::insert(vec![
        Tag::draft("classic"),
        Tag::draft("english"),
        Tag::draft("new"),
    ])
    .keys(db)
    .await?;
    let links = books.iter().take(4).flat_map(|book| {
        tags.iter().take(2).map(|tag| BookTag {
            book_id: book.id,
            tag_id: *tag,
        })
    });
    BookTag::insert(links.collect::<Vec<_>>()).exec(db).await?;
    Ok(())
}

on_all! {
    async fn every_strategy_gives_the_same_rows(db) {
        library(db).await?;
        let capture = Capture::attach(db);
        let authors = Author::query().with(Author::books.with(Book::reviews)).order_by(Author::id).all(db).await?;
        assert_eq!(capture.take().len(), 3);
        assert_eq!(authors.len(), 3);
        assert_eq!(authors.iter().map(|a| a.books.len()).collect::<Vec<_>>(), [3, 3, 0]);
        for book in authors.iter().flat_map(|author| &author.books) {
            assert!(book.reviews.iter().all(|review| review.book_id == book.id));
            assert_eq!(book.reviews.len(), if book.title == "Emma" { 0 } else { 2 });
        }
        let joined = Author::query().with(Author::books.with(Book::reviews).joined()).order_by(Author::id).all(db).await?;
        assert_eq!(capture.take().len(), 2);
        assert_eq!(authors, joined);
        let chain = Author::query().with(Author::books.with(Book::reviews.joined()).joined()).order_by(Author::id).all(db).await?;
        assert_eq!(capture.take().len(), 1);
        assert_eq!(authors, chain);
        let named: &[With<Author, (author_rel::books<(book_rel::reviews,)>,)>] = &chain;
        assert_eq!(named.len(), 3);

        let books = Book::query().with(Book::author).order_by(Book::id).all(db).await?;
        assert_eq!(capture.take().len(), 1);
        assert!(books.iter().all(|book| book.author.id == book.author_id));
        let apart = Book::query().with(Book::author.selectin()).order_by(Book::id).all(db).await?;
        assert_eq!(capture.take().len(), 2);
        assert_eq!(books, apart);

        let tags = Book::query().with(Book::tags).order_by(Book::id).all(db).await?;
        assert_eq!(capture.take().len(), 2);
        assert_eq!(tags.iter().map(|book| book.tags.len()).collect::<Vec<_>>(), [2, 2, 2, 2, 0, 0]);
        let joined = Book::query().with(Book::tags.joined()).order_by(Book::id).all(db).await?;
        assert_eq!(capture.take().len(), 1);
        assert_eq!(tags, joined);
        let one = Book::query().with(Book::tags.order_by(Tag::label.desc()).limit_per_parent(1)).order_by(Book::id).all(db).await?;
        assert_eq!(capture.take().len(), 2);
        let labels: Vec<Option<&str>> = one.iter().map(|book| book.tags.first().map(|tag| tag.label.as_str())).collect();
        assert_eq!(labels, [Some("english"), Some("english"), Some("english"), Some("english"), None, None]);
        let _: Vec<With<Book, (book_rel::tags, book_rel::author)>> =
            Book::query().with(Book::author).with(Book::tags).all(db).await?;
    }

    async fn a_limit_counts_rows_and_not_what_is_joined(db) {
        library(db).await?;
        let capture = Capture::attach(db);
        let joined = Author::query().with(Author::books.joined()).order_by(Author::id.desc()).limit(2).offset(1).all(db).await?;
        assert_eq!(capture.take().len(), 1);
        let apart = Author::query().with(Author::books).order_by(Author::id.desc()).limit(2).offset(1).all(db).await?;
        assert_eq!(joined, apart);
        assert_eq!(joined.iter().map(|a| a.books.len()).collect::<Vec<_>>(), [3, 3]);
        let last = Author::query()
            .with(Author::books.order_by(Book::title.desc()).limit_per_parent(2).offset_per_parent(1))
            .order_by(Author::id)
            .all(db)
            .await?;
        let titles: Vec<Vec<&str>> = last.iter().map(|a| a.books.iter().map(|b| b.title.as_str()).collect()).collect();
        assert_eq!(titles, [vec!["Persuasion", "Emma"], vec!["The Invisible Man", "Kipps"], vec![]]);
    }

    async fn a_tree_loads_level_by_level(db) {
        prepare(db).await?;
        let root = Category::insert(Category { id: Id::new(), name: "root".into(), parent_id: None }).one(db).await?;
        for n in 0..2 {
            let child = Category { id: Id::new(), name: format!("child {n}"), parent_id: Some(root.id) };
            let child = Category::insert(child).one(db).await?;
            Category::insert(Category { id: Id::new(), name: "leaf".into(), parent_id: Some(child.id) }).exec(db).await?;
        }
        let capture = Capture::attach(db);
        let tree = Category::find(root.id)
            .with(Category::children.with(Category::children).with(Category::parent))
            .with(Category::parent)
            .one(db)
            .await?;
        assert_eq!(capture.take().len(), 3);
        assert_eq!(tree.parent, None);
        assert_eq!(tree.children.len(), 2);
        for child in &tree.children {
            assert_eq!(child.parent.as_ref().map(|parent| parent.id), Some(root.id));
            assert_eq!(child.children.len(), 1);
        }
    }

    async fn rows_that_are_there_already(db) {
        library(db).await?;
        let capture = Capture::attach(db);
        let authors = Author::query().order_by(Author::id).all(db).await?;
        let books = Author::books.load_for(&authors, db).await?;
        assert_eq!(capture.take().len(), 2);
        assert_eq!(authors.iter().map(|a| books[&a.id].len()).collect::<Vec<_>>(), [3, 3, 0]);

        let with = Author::query().with(Author::books.with(Book::reviews)).order_by(Author::id).all(db).await?;
        let first = &with[0];
        let _ = capture.take();
        let author: Author = Book::author.load_one(&first.books[0], db).await?;
        assert_eq!(author.id, first.id);
        let tags = Book::tags.order_by(Tag::label).load_for(&first.books, db).await?;
        assert_eq!(capture.take().len(), 2);
        assert_eq!(tags.len(), 3);

        let hers = Book::query_of(Author::books.of(first.id)).filter(Book::title.ne("Emma")).order_by(Book::id);
        assert_eq!(hers.all(db).await?.len(), 2);
        let labels = Book::tags.of(first.books[0].id).order_by(Tag::label).select(Tag::label).all(db).await?;
        assert_eq!(labels, ["classic", "english"]);
        assert_eq!(capture.take().len(), 2);

        let new: Id<Author> = Id::new();
        let refused = Author::books.of(new).all(db).await.unwrap_err();
        assert!(refused.to_string().contains("no key yet"), "{refused}");
        let unsaved = Author::draft("New");
        let refused = Author::books.load_one(&unsaved, db).await.unwrap_err();
        assert!(refused.to_string().contains("no key yet"), "{refused}");
        assert_eq!(capture.take().len(), 0);
    }

    async fn streams_and_pages_with_loads(db) {
        library(db).await?;
        let capture = Capture::attach(db);
        let mut rows = Book::query().with(Book::author).with(Book::reviews).order_by(Book::title).offset(1).limit(3).stream(db);
        let mut titles = Vec::new();
        while let Some(book) = rows.try_next().await? {
            assert_eq!(book.author.id, book.author_id);
            titles.push(book.title.clone());
        }
        drop(rows);
        assert_eq!(titles, ["Kipps", "Persuasion", "Sanditon"]);
        assert_eq!(capture.take().len(), 2);

        let by_name = || Author::query().order_by(Author::name);
        let page = by_name().with(Author::books.joined()).page_after(None, 1, db).await?;
        assert_eq!((page.items.len(), page.items[0].books.len()), (1, 3));
        let next = by_name().with(Author::books).page_after(page.next.as_ref(), 2, db).await?;
        assert_eq!(next.items.iter().map(|a| a.name.as_str()).collect::<Vec<_>>(), ["Jane Austen", "Nobody"]);
        assert_eq!(next.next, None);
        let back = by_name().with(Author::books.joined()).page_before(next.previous.as_ref(), 2, db).await?;
        assert_eq!(back.items, page.items);
        assert_eq!(capture.take().len(), 4);
        // Cursors are those of the query without loads.
        let plain = by_name().page_after(page.next.as_ref(), 2, db).await?;
        assert_eq!(plain.items.len(), 2);
        let numbered = by_name().with(Author::books).page(2, 2, db).await?;
        assert_eq!((numbered.items.len(), numbered.total, numbered.pages()), (1, 3, 2));
    }

    async fn a_load_can_see_one_moment(db) {
        library(db).await?;
        let capture = Capture::attach(db);
        let rows = Author::query().with(Author::books).consistent().all(db).await?;
        assert_eq!(rows.len(), 3);
        let sent: Vec<String> = capture.take().into_iter().map(|sql| sql.to_string()).collect();
        assert_eq!(sent.iter().filter(|sql| sql.starts_with("SELECT")).count(), 2, "{sent:?}");
        assert_eq!(sent.last().map(String::as_str), Some("COMMIT"));
        let plan = Author::query()
            .with(Author::books.with(Book::reviews.joined()).with(Book::tags.joined()).joined())
            .limit(2)
            .plan(db.dialect())?;
        let strategies: Vec<(&str, Strategy)> = plan.loads.iter().map(|load| (load.path.as_str(), load.strategy)).collect();
        let expected = [
            ("books", Strategy::Joined),
            ("books.reviews", Strategy::Joined),
            ("books.tags", Strategy::Selectin),
        ];
        assert_eq!(strategies, expected);
        assert_eq!(plan.loads[2].why, "a second joined collection would multiply the rows");
        assert_eq!(capture.take().len(), 0);
    }

    async fn locked_rows_come_with_others_that_are_not(db) {
        library(db).await?;
        let locked = db.transaction(async |tx| Book::query().with(Book::author).with(Book::tags).for_update().all(tx).await).await?;
        assert_eq!(locked.len(), 6);
        let sql = Book::query().with(Book::author).for_update().to_sql(Dialect::Postgres).to_string();
        assert!(sql.ends_with("FROM \"books\" FOR UPDATE"), "{sql}");
    }
}
