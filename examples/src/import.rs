//! Reads the data file and stores what it says. A line that cannot be read is reported and stops nothing else.

use std::collections::HashMap;
use std::io::Read;

use orm_core::prelude::*;

use crate::models::{Author, Book, Kind};

/// A line of the file that makes sense.
struct Line {
    author: Author,
    book: Book,
}

/// What an import did.
#[derive(Debug, Default)]
pub struct Report {
    pub authors: usize,
    pub books: usize,
    /// The lines that could not be read, by number, and why.
    pub faults: Vec<(u64, String)>,
}

/// Stores the authors and books of a CSV file: all of them or, when the database refuses one, none.
pub async fn import(db: &orm_core::Db, file: impl Read) -> Result<Report> {
    let (lines, faults) = read(file);

    let mut authors: Vec<Author> = Vec::new();
    let mut known: HashMap<String, usize> = HashMap::new();
    for line in &lines {
        known.entry(line.author.name.clone()).or_insert_with(|| {
            authors.push(line.author.clone());
            authors.len() - 1
        });
    }

    let (authors, known, lines) = (&authors, &known, &lines);
    let (authors, books) = db
        .transaction(async |tx| {
            let ids = Author::insert(authors).keys(tx).await?;
            let books: Vec<Book> = lines
                .iter()
                .map(|line| Book {
                    author_id: ids[known[&line.author.name]],
                    ..line.book.clone()
                })
                .collect();
            let stored = Book::insert(&books).exec(tx).await?;
            Ok((ids.len(), stored))
        })
        .await?;
    Ok(Report {
        authors,
        books: usize::try_from(books).unwrap_or(usize::MAX),
        faults,
    })
}

fn read(file: impl Read) -> (Vec<Line>, Vec<(u64, String)>) {
    let mut reader = csv::ReaderBuilder::new().flexible(true).from_reader(file);
    let mut lines = Vec::new();
    let mut faults = Vec::new();
    let mut row = csv::StringRecord::new();
    loop {
        let at = reader.position().line();
        match reader.read_record(&mut row) {
            Ok(false) => return (lines, faults),
            Ok(true) => match line(&row) {
                Ok(line) => lines.push(line),
                Err(why) => faults.push((row.position().map_or(at, csv::Position::line), why)),
            },
            Err(e) if e.is_io_error() => {
                faults.push((at, e.to_string()));
                return (lines, faults);
            }
            Err(e) => faults.push((at, e.to_string())),
        }
    }
}

fn line(row: &csv::StringRecord) -> Result<Line, String> {
    let fields: Vec<&str> = row.iter().collect();
    let &[
        title,
        original,
        author,
        country,
        born,
        died,
        language,
        kind,
        year,
        day,
    ] = fields.as_slice()
    else {
        return Err(format!("has {} fields, not 10", fields.len()));
    };
    if title.is_empty() || author.is_empty() {
        return Err("has no title or no author".to_owned());
    }
    let author = Author {
        born: number(born, "a year of birth")?,
        died: number(died, "a year of death")?,
        ..Author::draft(author, country)
    };
    let kind = Kind::parse(kind).ok_or_else(|| format!("`{kind}` is no kind of book"))?;
    let year = number(year, "a year")?.ok_or("has no year")?;
    let day = match day {
        "" => None,
        day => Some(
            day.parse::<NaiveDate>()
                .map_err(|_| format!("`{day}` is not a day such as 1813-01-28"))?,
        ),
    };
    let book = Book {
        original_title: (!original.is_empty()).then(|| original.to_owned()),
        published_on: day,
        // The author's key is known once the author is stored.
        ..Book::draft(title, Id::new(), language, kind, year)
    };
    Ok(Line { author, book })
}

fn number(text: &str, what: &str) -> Result<Option<i32>, String> {
    match text {
        "" => Ok(None),
        text => text
            .parse()
            .map(Some)
            .map_err(|_| format!("`{text}` is not {what}")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bad_line_is_reported_by_number_and_stops_nothing() {
        let file = "title,original_title,author,author_country,author_born,author_died,language,kind,published_year,published_on\n\
                    Emma,,Jane Austen,GB,1775,1817,en,novel,1815,1815-12-23\n\
                    too,short\n\
                    Ulysses,,James Joyce,IE,1882,1941,en,novel,nineteen,\n\
                    Persuasion,,Jane Austen,GB,1775,1817,en,novel,1817,\n";
        let (lines, faults) = read(file.as_bytes());
        assert_eq!(
            lines.iter().map(|l| l.book.title.as_str()).collect::<Vec<_>>(),
            ["Emma", "Persuasion"]
        );
        assert_eq!(
            faults,
            [
                (3, "has 2 fields, not 10".to_owned()),
                (4, "`nineteen` is not a year".to_owned())
            ]
        );
    }
}
