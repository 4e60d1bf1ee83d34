//! The models of the library: authors and their books.

use orm_core::prelude::*;

/// A person who wrote books.
#[derive(Debug, Clone, Model)]
#[orm(table = "authors", has_many(books: Book))]
pub struct Author {
    pub id: Id<Author>,
    #[orm(length = 100, unique)]
    pub name: String,
    #[orm(length = 2)]
    pub country: String,
    /// Not known for some.
    pub born: Option<i32>,
    /// None for the living, and where it is not known.
    pub died: Option<i32>,
}

/// A book, play, poem or collection.
#[derive(Debug, Clone, Model)]
#[orm(table = "books", unique(title, author_id), index(language, published_year))]
#[orm(check(year_plausible, "published_year BETWEEN -3000 AND 2100"))]
pub struct Book {
    pub id: Id<Book>,
    #[orm(length = 200)]
    pub title: String,
    #[orm(length = 200)]
    pub original_title: Option<String>,
    pub author_id: Id<Author>,
    #[orm(length = 3)]
    pub language: String,
    pub kind: Kind,
    /// Negative before the common era.
    pub published_year: i32,
    /// Where the day is known.
    pub published_on: Option<NaiveDate>,
    #[orm(default = now())]
    pub added_at: DateTime<Utc>,
}

/// What sort of book it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, DbEnum)]
pub enum Kind {
    Novel,
    Play,
    Poetry,
    Essay,
    StoryCollection,
    NonFiction,
    Epic,
}

impl Kind {
    /// From the word in the data file.
    pub fn parse(word: &str) -> Option<Kind> {
        Some(match word {
            "novel" => Kind::Novel,
            "play" => Kind::Play,
            "poetry" => Kind::Poetry,
            "essay" => Kind::Essay,
            "story collection" => Kind::StoryCollection,
            "non-fiction" => Kind::NonFiction,
            "epic" => Kind::Epic,
            _ => return None,
        })
    }
}
