//! The catalogue on every database, with the number of statements that each call sends.

use examples::catalogue::{
    Author, AuthorName, Book, BookCard, BookRepository, BookSearch, Rating, ReviewLine, author_of,
    authors_since, books_of, card, cards, latest, open, page, reviews_of,
};
use orm_core::prelude::*;
use orm_core::testing::{Capture, TestDb, on_all};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn related_rows_come_with_the_query() {
    on_all(|test: TestDb| async move {
        let db = test.db();
        open(db).await?;
        let capture = Capture::attach(db);

        let authors = authors_since(db, 1900).await?;
        assert_eq!(capture.take().len(), 3);
        let lines: Vec<String> = authors
            .iter()
            .flat_map(|author| {
                let line = |book: &With<Book, (examples::catalogue::book_rel::reviews,)>| {
                    format!(
                        "{} - {} ({} reviews)",
                        author.name,
                        book.title,
                        book.reviews.len()
                    )
                };
                author.books.iter().map(line).collect::<Vec<_>>()
            })
            .collect();
        assert_eq!(
            lines,
            [
                "H. G. Wells - Kipps (1 reviews)",
                "H. G. Wells - The Time Machine (1 reviews)",
                "H. G. Wells - The War of the Worlds (0 reviews)",
            ]
        );

        let emma = Book::query()
            .filter(Book::title.eq("Emma"))
            .with(Book::reviews)
            .with(Book::author)
            .one(db)
            .await?;
        assert_eq!(capture.take().len(), 2);
        assert_eq!(page(&emma), "Emma by Jane Austen\n1 of 2 readers liked it");
        assert_eq!(author_of(&emma), "Jane Austen");

        let newest = latest(db, 1).await?;
        assert_eq!(capture.take().len(), 2);
        let newest: Vec<&str> = newest
            .iter()
            .map(|author| author.books[0].title.as_str())
            .collect();
        assert_eq!(newest, ["Kipps", "Persuasion"]);

        let austen = emma.author_id;
        let hers = books_of(db, austen, 1815).await?;
        assert_eq!(
            hers.iter().map(|book| &book.title).collect::<Vec<_>>(),
            ["Emma", "Persuasion"]
        );
        let reviews = reviews_of(db, &hers).await?;
        assert_eq!(capture.take().len(), 2);
        assert_eq!((reviews[&hers[0].id].len(), reviews[&hers[1].id].len()), (2, 0));

        let cards = cards(db).await?;
        assert_eq!(capture.take().len(), 2);
        let machine = BookCard {
            title: "The Time Machine".into(),
            author: AuthorName {
                name: "H. G. Wells".into(),
            },
            reviews: vec![ReviewLine {
                reviewer_name: "Ann".into(),
                rating: Rating::Good,
            }],
            tags: 2,
        };
        assert_eq!((cards.len(), &cards[4]), (6, &machine));

        let books = BookRepository { db: db.clone() };
        let found = books
            .search(BookSearch {
                title: Some("the".into()),
                min_year: Some(1896),
                author: Some("wells".into()),
            })
            .await?;
        assert_eq!(
            found.iter().map(card).collect::<Vec<_>>(),
            ["The War of the Worlds by H. G. Wells"]
        );
        // The author is joined once, for the condition and for the row.
        let statement = capture.take();
        assert_eq!(statement.len(), 1);
        assert_eq!(format!("{statement:?}").matches("JOIN").count(), 1);
        assert_eq!(Author::query().count(db).await?, 2);
        test.cleanup().await
    })
    .await;
}
