//! Joined and selectin loads of all kinds of relations.

use orm_core::prelude::*;
use orm_core::testing::Capture;
use tests::book::{Author, Book, Category, Rating, Review, author_rel, book_rel, prepare};

use super::super::on_all;

async fn library(db: &Db) -> Result<()> {
    prepare(db).await?;
    let wells = Author::insert(Author::draft("H. G. Wells")).one(db).await?;
    Author::insert(Author::draft("Nobody")).one(db).await?;
    Book::insert(vec![
        Book::draft("The Time Machine", wells.id),
        Book::draft("The Invisible Man", wells.id),
        Book::draft("Kipps", wells.id),
    ])
    .exec(db)
    .await?;
    let books = Book::query().order_by(Book::id).all(db).await?;
    let mut reviews = Vec::new();
    for book in &books {
        for n in 0..2 {
            reviews.push(Review::draft(book.id, format!("reader {n}"), Rating::Good));
        }
    }
    Review::insert(reviews).exec(db).await?;
    Ok(())
}

fn count(capture: &Capture) -> usize {
    let taken = capture.take();
    for t in &taken {
        println!("{t:?}");
    }
    taken.len()
}

on_all! {
    async fn defaults(db) {
        library(db).await?;
        let capture = Capture::attach(db);
        let authors = Author::query().with(Author::books.with(Book::reviews)).order_by(Author::id).all(db).await?;
        assert_eq!(count(&capture), 3);
        let plain = Book::query().all(db).await?.len();
        assert_eq!(authors.iter().map(|a| a.books.len()).sum::<usize>(), plain);
        for author in &authors {
            for book in &author.books {
                assert_eq!(book.author_id, author.id);
                assert!(book.reviews.iter().all(|r| r.book_id == book.id));
                assert!(!book.reviews.is_empty());
            }
        }
        capture.take();
        let books = Book::query().with(Book::author).order_by(Book::id).all(db).await?;
        assert_eq!(count(&capture), 1);
        assert!(books.iter().all(|b| b.author.id == b.author_id));
        let same = Book::query().with(Book::author.selectin()).order_by(Book::id).all(db).await?;
        assert_eq!(count(&capture), 2);
        assert_eq!(format!("{books:?}"), format!("{same:?}"));
        let joined = Author::query().with(Author::books.with(Book::reviews).joined()).order_by(Author::id).all(db).await?;
        assert_eq!(count(&capture), 2);
        assert_eq!(format!("{authors:?}"), format!("{joined:?}"));
        let joined = Author::query().with(Author::books.with(Book::reviews.joined()).joined()).order_by(Author::id).all(db).await?;
        assert_eq!(count(&capture), 1);
        assert_eq!(format!("{authors:?}"), format!("{joined:?}"));
        let two = Author::query().with(Author::books.joined()).order_by(Author::id.desc()).limit(2).offset(1).all(db).await?;
        assert_eq!(count(&capture), 1);
        assert_eq!(two.len(), authors.len().saturating_sub(1).min(2));
        let first = Author::query().with(Author::books.order_by(Book::title.desc()).limit_per_parent(1)).order_by(Author::id).all(db).await?;
        assert_eq!(count(&capture), 2);
        for (a, b) in first.iter().zip(&authors) {
            let mut titles: Vec<_> = b.books.iter().map(|b| b.title.clone()).collect();
            titles.sort();
            assert_eq!(a.books.first().map(|b| b.title.clone()), titles.last().cloned());
            assert!(a.books.len() <= 1);
        }
        let tags = Book::query().with(Book::tags).all(db).await?;
        assert_eq!(count(&capture), 2);
        let tags2 = Book::query().with(Book::tags.joined()).all(db).await?;
        assert_eq!(count(&capture), 1);
        assert_eq!(format!("{tags:?}"), format!("{tags2:?}"));
        let tags3 = Book::query().with(Book::tags.limit_per_parent(1)).all(db).await?;
        assert_eq!(count(&capture), 2);
        assert_eq!(tags3.len(), tags.len());
        let _: Vec<With<Book, (book_rel::tags, book_rel::author)>> = Book::query().with(Book::author).with(Book::tags).all(db).await?;
        let _: Vec<With<Author, (author_rel::books<(book_rel::reviews,)>,)>> = authors;
        let tree = Category::query().with(Category::parent).with(Category::children.with(Category::children)).all(db).await?;
        println!("{tree:?}");
    }
}
