//! The main job: a library of real books. Creates the schema, imports the data, and asks a dozen checked questions.
//!
//! `cargo run -p examples --bin library [file.csv]` uses the SQLite file `library.db`; with `DATABASE_URL` it does the
//! same on PostgreSQL or MariaDB. A second run finds its data.

use examples::import;
use examples::models::{Author, Book, Kind};
use examples::show::{or_dash, table};
use orm_core::Db;
use orm_core::prelude::*;

#[tokio::main]
async fn main() -> std::result::Result<(), Box<dyn std::error::Error>> {
    let url = std::env::var("DATABASE_URL").unwrap_or_else(|_| "sqlite://library.db".to_owned());
    let db = Db::connect(&url).await?;
    db.create_all::<(Author, Book)>().await?;

    if Book::query().exists(&db).await? {
        println!(
            "The library is there: {} books on {}.",
            Book::query().count(&db).await?,
            db.dialect()
        );
    } else {
        let report = match std::env::args().nth(1) {
            Some(path) => import::import(&db, std::fs::File::open(path)?).await?,
            None => import::import(&db, include_bytes!("../../data/books.csv").as_slice()).await?,
        };
        for (line, why) in &report.faults {
            eprintln!("line {line} {why}: left out");
        }
        println!(
            "Imported {} books by {} authors into {}.",
            report.books,
            report.authors,
            db.dialect()
        );
    }
    questions(&db).await?;
    Ok(())
}

async fn questions(db: &dyn Executor) -> Result<()> {
    let kinds: Vec<(Kind, i64)> = Book::query()
        .group_by(Book::kind)
        .select((Book::kind, count_all().named("books")))
        .order_by((output("books").desc(), Book::kind.asc()))
        .all(db)
        .await?;
    table(
        "1. Which kinds of books are there?",
        ["kind", "books"],
        kinds
            .into_iter()
            .map(|(kind, n)| [format!("{kind:?}"), n.to_string()]),
    );

    let (oldest, newest, languages) = Book::query()
        .select((
            Book::published_year.min(),
            Book::published_year.max(),
            Book::language.count_distinct(),
        ))
        .one(db)
        .await?;
    table(
        "2. From when to when, and in how many languages?",
        ["oldest", "newest", "languages"],
        [[or_dash(oldest), or_dash(newest), languages.to_string()]],
    );

    let means: Vec<(String, i64, Option<f64>)> = Book::query()
        .filter(Book::published_year.gt(0))
        .group_by(Book::language)
        .having(Book::id.count().ge(20))
        .select((
            Book::language,
            Book::id.count().named("books"),
            Book::published_year.avg(),
        ))
        .order_by((output("books").desc(), Book::language.asc()))
        .all(db)
        .await?;
    table(
        "3. In which languages are there twenty or more, and from which year on average?",
        ["language", "books", "mean year"],
        means.into_iter().map(|(language, n, mean)| {
            [
                language,
                n.to_string(),
                mean.map_or_else(|| "-".to_owned(), |m| format!("{m:.0}")),
            ]
        }),
    );

    let centuries: Vec<(i32, i64)> = Book::query()
        .filter(Book::published_year.ge(1500))
        .group_by(Book::published_year / 100)
        .select((Book::published_year / 100, count_all()))
        .order_by((Book::published_year / 100).asc())
        .all(db)
        .await?;
    table(
        "4. How many from each century since 1500?",
        ["years", "books"],
        centuries
            .into_iter()
            .map(|(century, n)| [format!("{century}00 to {century}99"), n.to_string()]),
    );

    let december: Vec<(String, Option<NaiveDate>)> = Book::query()
        .filter(Book::published_on.month().eq(12))
        .order_by(Book::published_on.asc())
        .limit(5)
        .select((Book::title, Book::published_on))
        .all(db)
        .await?;
    table(
        "5. Which came out in a December? The first five whose day is known.",
        ["title", "day"],
        december.into_iter().map(|(title, day)| [title, or_dash(day)]),
    );

    let undated = Book::query()
        .filter(Book::published_on.is_null())
        .count(db)
        .await?;
    let dated = Book::query()
        .filter(Book::published_on.is_not_null())
        .count(db)
        .await?;
    table(
        "6. Of how many is the day known?",
        ["known", "unknown"],
        [[dated.to_string(), undated.to_string()]],
    );

    let earliest = Book::query()
        .order_by(Book::published_on.asc().nulls_last())
        .first(db)
        .await?;
    table(
        "7. Which has the earliest known day?",
        ["title", "day"],
        earliest.map(|book| [book.title, or_dash(book.published_on)]),
    );

    let long_lives: Vec<(String, Option<i32>)> = Author::query()
        .filter((Author::died - Author::born).ge(90))
        .order_by(((Author::died - Author::born).desc(), Author::name.asc()))
        .limit(5)
        .select((Author::name, Author::died - Author::born))
        .all(db)
        .await?;
    table(
        "8. Who lived ninety years or more?",
        ["author", "years"],
        long_lives.into_iter().map(|(name, years)| [name, or_dash(years)]),
    );

    let living = Author::query()
        .filter(Author::died.is_null())
        .filter(Author::born.ge(1940))
        .order_by(Author::born.desc())
        .limit(5)
        .all(db)
        .await?;
    table(
        "9. Who was born since 1940 and is living, as far as the file knows? The youngest five.",
        ["author", "country", "born"],
        living.into_iter().map(|a| [a.name, a.country, or_dash(a.born)]),
    );

    let page = Book::query()
        .order_by((Book::title.asc(), Book::id.asc()))
        .page(3, 5, db)
        .await?;
    table(
        &format!("10. Page {} of {} by title", page.number, page.pages()),
        ["title", "year"],
        page.items
            .into_iter()
            .map(|book| [book.title, book.published_year.to_string()]),
    );

    let wars = Book::query()
        .filter(
            Book::title
                .icontains("war")
                .or(Book::original_title.icontains("guerre")),
        )
        .order_by(Book::published_year)
        .all(db)
        .await?;
    table(
        "11. Which titles speak of war?",
        ["title", "original", "year"],
        wars.into_iter()
            .map(|b| [b.title, or_dash(b.original_title), b.published_year.to_string()]),
    );

    let twenties: Vec<(String, String, i32)> = Book::query()
        .filter(Book::published_year.between(1920, 1929))
        .filter(Book::language.is_in(["fr", "de", "es"]))
        .filter(!Book::kind.eq(Kind::Play))
        .order_by((Book::published_year, Book::title))
        .limit(6)
        .select((Book::title, Book::language, Book::published_year))
        .all(db)
        .await?;
    table(
        "12. French, German and Spanish books of the twenties that are no plays",
        ["title", "language", "year"],
        twenties
            .into_iter()
            .map(|(title, language, year)| [title, language, year.to_string()]),
    );

    let countries: Vec<(String, i64, Option<i32>)> = Author::query()
        .group_by(Author::country)
        .select((Author::country, count_all().named("authors"), Author::born.min()))
        .order_by((output("authors").desc(), Author::country.asc()))
        .limit(5)
        .all(db)
        .await?;
    table(
        "13. Where do most authors come from, and when was the first of them born?",
        ["country", "authors", "first born"],
        countries
            .into_iter()
            .map(|(country, n, first)| [country, n.to_string(), or_dash(first)]),
    );
    Ok(())
}
