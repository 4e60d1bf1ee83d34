//! The analyst's questions give what SQL written by hand gives, on every database.

use std::fmt::Debug;

use examples::models::{Author, Book};
use examples::{import, questions, shop};
use orm_core::Db;
use orm_core::prelude::*;
use orm_core::testing::{TestDb, on_all};

/// Holds an answer against the same by hand.
async fn same<T>(db: &Db, what: &str, ours: Result<Vec<T>>, by_hand: &str) -> Result<()>
where
    T: FromRow + PartialEq + Debug + Send + 'static,
{
    let ours = ours.unwrap_or_else(|e| panic!("{what} on {}: {e}", db.dialect()));
    let theirs: Vec<T> = sql(by_hand.to_owned())
        .all_as(db)
        .await
        .unwrap_or_else(|e| panic!("{what} by hand on {}: {e}", db.dialect()));
    assert!(!theirs.is_empty(), "{what}: nothing to compare");
    assert_eq!(ours, theirs, "{what} on {}", db.dialect());
    Ok(())
}

/// Values as rows of one column.
fn single<T>(values: Vec<T>) -> Vec<(T,)> {
    values.into_iter().map(|value| (value,)).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn answers_are_those_of_sql_by_hand() {
    on_all(|test: TestDb| async move {
        let db = test.db();
        db.create_all::<(Author, Book)>().await?;
        import::import(db, include_bytes!("../data/books.csv").as_slice()).await?;
        let noon = NaiveDate::from_ymd_opt(2026, 3, 1).and_then(|day| day.and_hms_opt(12, 0, 0)).unwrap().and_utc();
        shop::open(db, noon).await?;
        // What a sum or a quotient is, each database has a mind of its own about.
        let typed = |what: &str, of: [&str; 2]| match db.dialect() {
            Dialect::Sqlite => what.to_owned(),
            Dialect::Postgres => format!("({what})::{}", of[0]),
            _ => format!("CAST({what} AS {})", of[1]),
        };
        let whole = |what| typed(what, ["int8", "SIGNED"]);
        let float = |what| typed(what, ["float8", "DOUBLE"]);
        let round = |what: &str| match db.dialect() {
            Dialect::Postgres => format!("ROUND(({what})::numeric, 3)"),
            _ => format!("ROUND({what}, 3)"),
        };
        let day = match db.dialect() {
            Dialect::Postgres => "(sold_at AT TIME ZONE 'UTC')::date",
            _ => "DATE(sold_at)",
        };
        let (div, titles, quarter) = match db.dialect() {
            Dialect::Sqlite => (
                "/",
                "GROUP_CONCAT(b.title, '; ' ORDER BY b.published_year, b.title)",
                "(CAST(strftime('%m', published_on) AS INTEGER) + 2) / 3",
            ),
            Dialect::Postgres => (
                "/",
                "STRING_AGG(b.title, '; ' ORDER BY b.published_year, b.title)",
                "EXTRACT(quarter FROM published_on)::int4",
            ),
            _ => (
                "DIV",
                "GROUP_CONCAT(b.title ORDER BY b.published_year, b.title SEPARATOR '; ')",
                "CAST(QUARTER(published_on) AS SIGNED)",
            ),
        };

        same(db, "most books", questions::most_books(db).await,
            "SELECT a.name, COUNT(*), MIN(b.published_year), MAX(b.published_year) FROM authors a JOIN books b ON b.author_id = a.id \
             GROUP BY a.id, a.name ORDER BY COUNT(*) DESC, a.name LIMIT 10").await?;
        same(db, "posthumous", questions::posthumous(db).await,
            "SELECT b.title, a.name, b.published_year - a.died FROM books b JOIN authors a ON a.id = b.author_id \
             WHERE b.published_year > a.died ORDER BY b.published_year - a.died DESC, b.title").await?;
        same(db, "kinds by country", questions::kinds_by_country(db).await, &format!(
            "SELECT a.country, {}, {}, {}, {} FROM books b JOIN authors a ON a.id = b.author_id GROUP BY a.country \
             HAVING COUNT(*) >= 10 ORDER BY a.country",
            whole("SUM(CASE WHEN b.kind = 'novel' THEN 1 ELSE 0 END)"),
            whole("SUM(CASE WHEN b.kind = 'play' THEN 1 ELSE 0 END)"),
            whole("SUM(CASE WHEN b.kind IN ('novel', 'play') THEN 0 ELSE 1 END)"),
            float("ROUND(SUM(CASE WHEN b.kind = 'novel' THEN 1.0 ELSE 0.0 END) * 100 / COUNT(*), 1)"),
        )).await?;
        same(db, "only poets", questions::only_poets(db).await,
            "SELECT a.name, COUNT(*) FROM authors a JOIN books b ON b.author_id = a.id GROUP BY a.id, a.name \
             HAVING COUNT(*) > 1 AND MIN(CASE WHEN b.kind = 'poetry' THEN 1 ELSE 0 END) = 1 ORDER BY a.name").await?;
        same(db, "longest pauses", questions::longest_pauses(db).await,
            "SELECT a.name, b.title, b.published_year, b.published_year - (SELECT c.published_year FROM books c \
             WHERE c.author_id = b.author_id AND (c.published_year < b.published_year OR (c.published_year = b.published_year AND c.id < b.id)) \
             ORDER BY c.published_year DESC, c.id DESC LIMIT 1) AS pause \
             FROM books b JOIN authors a ON a.id = b.author_id ORDER BY COALESCE(b.published_year - (SELECT c.published_year FROM books c \
             WHERE c.author_id = b.author_id AND (c.published_year < b.published_year OR (c.published_year = b.published_year AND c.id < b.id)) \
             ORDER BY c.published_year DESC, c.id DESC LIMIT 1), -1) DESC, b.id LIMIT 8").await?;
        same(db, "growth", questions::growth(db).await, &format!(
            "SELECT d.decade, COUNT(*), (SELECT COUNT(*) FROM books e WHERE e.published_year >= 1800 AND e.published_year {div} 10 * 10 <= d.decade) \
             FROM (SELECT published_year {div} 10 * 10 AS decade FROM books WHERE published_year >= 1800) d GROUP BY d.decade ORDER BY d.decade")).await?;
        same(db, "late works", questions::late_works(db).await, &format!(
            "SELECT a.name, MAX(b.published_year) - a.born AS age, {titles} FROM books b JOIN authors a ON a.id = b.author_id \
             GROUP BY a.id, a.name, a.born HAVING COUNT(*) >= 4 ORDER BY COALESCE(MAX(b.published_year) - a.born, -1) DESC, a.name LIMIT 10")).await?;
        same(db, "seasons", questions::seasons(db).await, &format!(
            "SELECT language, {quarter}, COUNT(*) FROM books WHERE published_on IS NOT NULL GROUP BY language, {quarter} ORDER BY language, {quarter}")).await?;
        same(db, "retitled", questions::retitled(db).await, &format!(
            "SELECT a.name, COUNT(*), {} AS n FROM authors a \
             JOIN books b ON b.author_id = a.id GROUP BY a.id, a.name HAVING SUM(CASE WHEN b.original_title <> b.title THEN 1 ELSE 0 END) > 0 \
             ORDER BY n DESC, a.name LIMIT 12",
            whole("SUM(CASE WHEN b.original_title <> b.title THEN 1 ELSE 0 END)"),
        )).await?;
        same(db, "revenue by category", questions::revenue_by_category(db).await,
            "SELECT p.category, SUM(s.sale_price * s.quantity), \
             ROUND(SUM(s.sale_price * s.quantity) * 1000 / (SELECT SUM(sale_price * quantity) FROM sales)) / 10 \
             FROM sales s JOIN products p ON p.id = s.product_id GROUP BY p.category ORDER BY p.category").await?;
        same(db, "dear products", questions::dear_products(db).await,
            "SELECT p.name, p.price, p.price - (SELECT AVG(q.price) FROM products q WHERE q.category = p.category) AS above \
             FROM products p ORDER BY above DESC, p.id LIMIT 3").await?;
        same(db, "discounted", questions::discounted(db).await,
            "SELECT p.name, COUNT(*), p.price - MIN(s.sale_price) FROM sales s JOIN products p ON p.id = s.product_id \
             WHERE s.sale_price < p.price GROUP BY p.name, p.price ORDER BY p.name").await?;
        same(db, "busy authors", questions::busy_authors(db).await,
            "SELECT a.name, COUNT(*) FROM authors a JOIN books b ON b.author_id = a.id GROUP BY a.id, a.name \
             HAVING COUNT(*) > 2.0 * (SELECT COUNT(*) FROM books) / (SELECT COUNT(DISTINCT author_id) FROM books) \
             ORDER BY COUNT(*) DESC, a.name LIMIT 12").await?;
        same(db, "contemporaries", questions::contemporaries(db).await,
            "SELECT a.name, b.name, a.born FROM authors a, authors b WHERE a.born = b.born AND a.country = b.country \
             AND a.name < b.name ORDER BY a.name, b.name").await?;
        same(db, "silent years", questions::silent_years(db, 1801, 1830).await.map(single), &format!(
            "WITH RECURSIVE y(n) AS (SELECT {} UNION ALL SELECT n + 1 FROM y WHERE n < 1830) \
             SELECT {} FROM y WHERE n NOT IN (SELECT published_year FROM books) ORDER BY n",
            typed("1801", ["int4", "SIGNED"]), typed("n", ["int4", "SIGNED"]),
        )).await?;
        same(db, "oldest of each language", questions::oldest_of_each_language(db).await,
            "SELECT b.language, b.title, b.published_year FROM books b WHERE NOT EXISTS (SELECT 1 FROM books c \
             WHERE c.language = b.language AND (c.published_year < b.published_year \
             OR (c.published_year = b.published_year AND c.title < b.title))) ORDER BY b.language").await?;
        same(db, "novels and poetry", questions::novels_and_poetry(db).await.map(single),
            "SELECT DISTINCT a.country FROM authors a JOIN books b ON b.author_id = a.id WHERE b.kind = 'novel' \
             AND a.country IN (SELECT p.country FROM authors p JOIN books q ON q.author_id = p.id WHERE q.kind = 'poetry') \
             ORDER BY a.country").await?;
        same(db, "chronicle", questions::chronicle(db, 1810, 1830).await,
            "SELECT e.y, e.w, e.t FROM (SELECT born AS y, 'born' AS w, name AS t FROM authors UNION ALL \
             SELECT published_year, 'published', title FROM books) e WHERE e.y >= 1810 AND e.y <= 1830 ORDER BY e.y, e.t").await?;
        same(db, "beside", questions::beside(db, "Charles Dickens").await,
            "SELECT b.title, b.published_year FROM books b JOIN authors a ON a.id = b.author_id WHERE a.name <> 'Charles Dickens' \
             AND EXISTS (SELECT 1 FROM books c JOIN authors d ON d.id = c.author_id WHERE d.name = 'Charles Dickens' AND c.kind = 'novel' \
             AND c.published_year = b.published_year) ORDER BY b.published_year, b.title").await?;
        same(db, "unsold", questions::unsold_since(db, noon - TimeDelta::days(2)).await.map(single),
            "SELECT p.name FROM products p LEFT JOIN sales s ON s.product_id = p.id GROUP BY p.id, p.name, p.price \
             HAVING MAX(s.sold_at) IS NULL OR MAX(s.sold_at) < '2026-02-27 12:00:00' ORDER BY p.price DESC").await?;
        same(db, "smoothed revenue", questions::smoothed_revenue(db).await, &format!(
            "WITH d AS (SELECT {day} AS day, SUM(sale_price * quantity) AS r FROM sales GROUP BY {day}) \
             SELECT d.day, d.r, {} FROM d ORDER BY d.day",
            float(&round("(SELECT SUM(p.r) / COUNT(*) FROM d p WHERE p.day <= d.day AND (SELECT COUNT(*) FROM d q \
                   WHERE q.day > p.day AND q.day <= d.day) < 3)")),
        )).await?;
        same(db, "best of each category", questions::best_of_each_category(db).await,
            "SELECT p.category, p.name, (SELECT SUM(s.sale_price * s.quantity) FROM sales s WHERE s.product_id = p.id) \
             FROM products p WHERE NOT EXISTS (SELECT 1 FROM products o WHERE o.category = p.category AND o.id <> p.id AND ( \
             COALESCE((SELECT SUM(s.sale_price * s.quantity) FROM sales s WHERE s.product_id = o.id), 0) > \
             COALESCE((SELECT SUM(s.sale_price * s.quantity) FROM sales s WHERE s.product_id = p.id), 0) OR ( \
             COALESCE((SELECT SUM(s.sale_price * s.quantity) FROM sales s WHERE s.product_id = o.id), 0) = \
             COALESCE((SELECT SUM(s.sale_price * s.quantity) FROM sales s WHERE s.product_id = p.id), 0) AND o.name < p.name))) \
             ORDER BY p.category").await?;
        test.cleanup().await
    })
    .await;
}
