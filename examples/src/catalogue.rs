//! The catalogue of a library: books with their authors, reviews and tags, loaded with the queries that ask for them.

use std::collections::HashMap;

use orm_core::prelude::*;

/// A person who wrote books.
#[derive(Debug, Clone, PartialEq, Model)]
#[orm(table = "authors", has_many(books: Book))]
pub struct Author {
    pub id: Id<Author>,
    #[orm(length = 100, unique)]
    pub name: String,
    #[orm(length = 500)]
    pub bio: Option<String>,
}

/// A book.
#[derive(Debug, Clone, PartialEq, Model)]
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

/// What a reader thinks of a book.
#[derive(Debug, Clone, PartialEq, Model)]
#[orm(table = "reviews")]
pub struct Review {
    pub id: Id<Review>,
    #[orm(on_delete = "cascade")]
    pub book_id: Id<Book>,
    pub reviewer_name: String,
    pub content: Option<String>,
    pub rating: Rating,
}

/// How much the reader liked it.
#[derive(Debug, Clone, Copy, PartialEq, DbEnum)]
pub enum Rating {
    Poor,
    Fair,
    Good,
}

/// A label.
#[derive(Debug, Clone, PartialEq, Model)]
#[orm(table = "tags", key = Uuid)]
pub struct Tag {
    pub id: Id<Tag>,
    #[orm(unique, length = 40)]
    pub label: String,
}

/// Which books have which labels.
#[derive(Debug, Clone, PartialEq, Model)]
#[orm(table = "book_tags", primary_key(book_id, tag_id))]
pub struct BookTag {
    pub book_id: Id<Book>,
    pub tag_id: Id<Tag>,
}

/// The tables.
pub type Tables = (Author, Book, Review, Tag, BookTag);

/// What a list of books shows of an author.
#[derive(Debug, PartialEq, Projection)]
#[orm(of = Author)]
pub struct AuthorName {
    pub name: String,
}

/// What it shows of a review.
#[derive(Debug, PartialEq, Projection)]
#[orm(of = Review)]
pub struct ReviewLine {
    pub reviewer_name: String,
    pub rating: Rating,
}

/// A book in a list: nothing else is read.
#[derive(Debug, PartialEq, Projection)]
#[orm(of = Book)]
pub struct BookCard {
    pub title: String,
    pub author: AuthorName,
    pub reviews: Vec<ReviewLine>,
    #[orm(count(tags))]
    pub tags: i64,
}

/// All books as cards. Two statements.
pub async fn cards(db: &dyn Executor) -> Result<Vec<BookCard>> {
    Book::query()
        .project::<BookCard>()
        .order_by(Book::title.asc())
        .all(db)
        .await
}

/// The authors who published something since a year, with all their books by title, and the reviews of these. Three
/// statements, whatever the number of rows.
pub async fn authors_since(
    db: &dyn Executor,
    year: i32,
) -> Result<Vec<With<Author, (author_rel::books<(book_rel::reviews,)>,)>>> {
    Author::query()
        .filter(Author::books.any(Book::published_year.ge(year)))
        .with(Author::books.with(Book::reviews).order_by(Book::title.asc()))
        .order_by(Author::name)
        .all(db)
        .await
}

/// One line about a book, which has its author with it.
pub fn card(book: &BookWith<Author>) -> String {
    format!("{} by {}", book.title, book.author.name)
}

/// Two lines about a book, which has its author and its reviews with it, loaded in whatever order.
pub fn page(book: &With<Book, (book_rel::author, book_rel::reviews)>) -> String {
    let good = book
        .reviews
        .iter()
        .filter(|review| review.rating == Rating::Good)
        .count();
    format!(
        "{} by {}\n{good} of {} readers liked it",
        book.title,
        book.author.name,
        book.reviews.len()
    )
}

/// The name of the author of any book that has its author with it, whatever else was loaded.
pub fn author_of(book: &impl Has<book_rel::author>) -> &str {
    &book.related(Book::author).name
}

/// All authors, each with her latest books.
pub async fn latest(db: &dyn Executor, most: u64) -> Result<Vec<With<Author, (Part<author_rel::books>,)>>> {
    Author::query()
        .with(
            Author::books
                .order_by(Book::published_year.desc())
                .limit_per_parent(most),
        )
        .order_by(Author::name)
        .all(db)
        .await
}

/// The reviews of books that are there already: one statement.
pub async fn reviews_of(db: &dyn Executor, books: &[Book]) -> Result<HashMap<Id<Book>, Vec<Review>>> {
    Book::reviews.load_for(books, db).await
}

/// One author's books since a year.
pub async fn books_of(db: &dyn Executor, author: Id<Author>, year: i32) -> Result<Vec<Book>> {
    Book::query_of(Author::books.of(author))
        .filter(Book::published_year.ge(year))
        .order_by(Book::published_year)
        .all(db)
        .await
}

/// What somebody looks for; each part may be absent.
#[derive(Debug, Clone, Default)]
pub struct BookSearch {
    pub title: Option<String>,
    pub min_year: Option<i32>,
    pub author: Option<String>,
}

/// Finds books.
pub struct BookRepository {
    pub db: Db,
}

impl BookRepository {
    /// The books that satisfy all that is asked, with their authors. One statement.
    pub async fn search(&self, f: BookSearch) -> Result<Vec<BookWith<Author>>> {
        Book::query()
            .filter(f.title.map(|t| Book::title.icontains(t)))
            .filter(f.min_year.map(|y| Book::published_year.ge(y)))
            .filter(f.author.map(|a| Book::author.get(Author::name).icontains(a)))
            .with(Book::author)
            .order_by(Book::title)
            .all(&self.db)
            .await
    }
}

/// Creates the tables, and fills them with a few books.
pub async fn open(db: &Db) -> Result<()> {
    db.create_all::<Tables>().await?;
    if Author::query().exists(db).await? {
        return Ok(());
    }
    let authors = Author::insert([Author::draft("Jane Austen"), Author::draft("H. G. Wells")])
        .keys(db)
        .await?;
    let (austen, wells) = (authors[0], authors[1]);
    let book = |title: &str, year, author: Id<Author>| Book {
        published_year: Some(year),
        ..Book::draft(title, author)
    };
    let books = Book::insert(vec![
        book("Sense and Sensibility", 1811, austen),
        book("Emma", 1815, austen),
        book("Persuasion", 1817, austen),
        book("The Time Machine", 1895, wells),
        book("The War of the Worlds", 1898, wells),
        book("Kipps", 1905, wells),
    ])
    .keys(db)
    .await?;
    Review::insert([
        Review::draft(books[1], "Ann", Rating::Good),
        Review::draft(books[1], "Ben", Rating::Fair),
        Review::draft(books[3], "Ann", Rating::Good),
        Review::draft(books[5], "Cleo", Rating::Poor),
    ])
    .exec(db)
    .await?;
    let tags = Tag::insert([Tag::draft("classic"), Tag::draft("science fiction")])
        .keys(db)
        .await?;
    let links = books.iter().map(|book| (*book, tags[0]));
    let links = links.chain([(books[3], tags[1]), (books[4], tags[1])]);
    let links: Vec<BookTag> = links
        .map(|(book_id, tag_id)| BookTag { book_id, tag_id })
        .collect();
    BookTag::insert(links).exec(db).await?;
    Ok(())
}
