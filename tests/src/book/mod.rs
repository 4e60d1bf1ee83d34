//! The book's chapters as doctests, the models that they use, and the database on which they run.

pub mod models;

use std::future::Future;

use orm_core::Db;
use orm_core::prelude::*;

pub use models::*;

/// Runs a piece of the book on a fresh SQLite database in memory with a few rows in it.
pub fn run<F, R>(piece: F)
where
    F: FnOnce(Db) -> R,
    R: Future<Output = Result<()>>,
{
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .expect("a runtime");
    runtime
        .block_on(async {
            let db = Db::connect("sqlite::memory:").await?;
            prepare(&db).await?;
            piece(db).await
        })
        .expect("the book's code runs");
}

/// The schema of the book's models, and a few rows.
pub async fn prepare(db: &Db) -> Result<()> {
    db.create_all::<(
        Author,
        Book,
        Review,
        Tag,
        BookTag,
        Category,
        Product,
        Sale,
        Promotion,
        Account,
    )>()
    .await?;
    let austen = Author::insert(Author {
        bio: None,
        ..Author::draft("Jane Austen")
    })
    .one(db)
    .await?;
    for (title, year) in [("Emma", 1815), ("Persuasion", 1817), ("Sanditon", 1925)] {
        Book::insert(Book {
            published_year: Some(year),
            ..Book::draft(title, austen.id)
        })
        .exec(db)
        .await?;
    }
    let day = NaiveDate::from_ymd_opt(2026, 1, 31).unwrap_or_default();
    Product::insert([
        Product::draft("Lamp", "home", 39.5, 4, day),
        Product::draft("Desk", "home", 249.0, 1, day),
        Product::draft("Pen", "office", 1.2, 900, day),
    ])
    .exec(db)
    .await?;
    let lamp = Product::find_by(Product::name, "Lamp").one(db).await?;
    Sale::insert([Sale::draft(lamp.id, 2, 35.0), Sale::draft(lamp.id, 1, 39.5)])
        .exec(db)
        .await?;
    Promotion::insert(Promotion::draft("home", 10)).exec(db).await?;
    Account::insert([Account::draft("a", 500), Account::draft("b", 0)])
        .exec(db)
        .await?;
    Ok(())
}

/// The chapters and the front page, whose code is compiled and run.
pub mod chapters {
    #[doc = include_str!("../../../book/src/introduction.md")]
    pub mod introduction {}
    #[doc = include_str!("../../../book/src/quickstart.md")]
    pub mod quickstart {}
    #[doc = include_str!("../../../book/src/models.md")]
    pub mod models {}
    #[doc = include_str!("../../../book/src/connecting.md")]
    pub mod connecting {}
    #[doc = include_str!("../../../book/src/queries.md")]
    pub mod queries {}
    #[doc = include_str!("../../../book/src/loading.md")]
    pub mod loading {}
    #[doc = include_str!("../../../book/src/writes.md")]
    pub mod writes {}
    #[doc = include_str!("../../../book/src/transactions.md")]
    pub mod transactions {}
    #[doc = include_str!("../../../book/src/errors.md")]
    pub mod errors {}
    #[doc = include_str!("../../../book/src/testing.md")]
    pub mod testing {}
    #[doc = include_str!("../../../book/src/n_plus_one.md")]
    pub mod n_plus_one {}
    #[doc = include_str!("../../../README.md")]
    pub mod readme {}
}
