//! Questions to the library and the shop, as an analyst asks them, without a line of SQL.

use orm_core::prelude::*;
use orm_core::query::Cte as Named;

use crate::models::{Author, Book, Kind};
use crate::shop::{Product, Sale};

/// Who wrote most of the books? Name, books, from which year to which.
pub async fn most_books(db: &dyn Executor) -> Result<Vec<(String, i64, Option<i32>, Option<i32>)>> {
    Author::query()
        .select((
            Author::name,
            Author::books.count().named("books"),
            Author::books.min(Book::published_year),
            Author::books.max(Book::published_year),
        ))
        .order_by((output("books").desc(), Author::name))
        .limit(10)
        .all(db)
        .await
}

/// Which books came out after their authors had died? Title, author, how many years later.
pub async fn posthumous(db: &dyn Executor) -> Result<Vec<(String, String, Option<i32>)>> {
    let later = Book::published_year - Book::author.get(Author::died);
    Book::query()
        .filter(later.clone().gt(0))
        .order_by((later.clone().desc(), Book::title))
        .select((Book::title, Book::author.get(Author::name), later))
        .all(db)
        .await
}

/// How many novels, plays and others has each country, and what share of its books are novels, in percent?
pub async fn kinds_by_country(db: &dyn Executor) -> Result<Vec<(String, i64, i64, i64, f64)>> {
    let country = Book::author.get(Author::country);
    let novels = count_all().filter(Book::kind.eq(Kind::Novel));
    Book::query()
        .group_by(country.clone())
        .having(count_all().ge(10))
        .order_by(country.clone())
        .select((
            country,
            novels.clone(),
            count_all().filter(Book::kind.eq(Kind::Play)),
            count_all().filter(Book::kind.not_in([Kind::Novel, Kind::Play])),
            (novels.cast::<f64>() * 100.0 / count_all().cast::<f64>()).round(1),
        ))
        .all(db)
        .await
}

/// Who wrote nothing but poetry, and more than one book of it?
pub async fn only_poets(db: &dyn Executor) -> Result<Vec<(String, i64)>> {
    Author::query()
        .filter(Author::books.every(Book::kind.eq(Kind::Poetry)))
        .filter(Author::books.count().gt(1))
        .order_by(Author::name)
        .select((Author::name, Author::books.count()))
        .all(db)
        .await
}

/// How long did authors let pass between two books? The longest pauses: author, title, years since the one before.
pub async fn longest_pauses(db: &dyn Executor) -> Result<Vec<(String, String, i32, Option<i32>)>> {
    let before = Book::published_year.lag(1).over(
        window()
            .partition_by(Book::author_id)
            .order_by((Book::published_year, Book::id)),
    );
    Book::query()
        .select((
            Book::author.get(Author::name),
            Book::title,
            Book::published_year,
            (Book::published_year - before).named("pause"),
        ))
        .order_by((output("pause").desc().nulls_last(), Book::id.asc()))
        .limit(8)
        .all(db)
        .await
}

/// How many books came out by the end of each decade since 1800? Decade, books in it, books so far.
pub async fn growth(db: &dyn Executor) -> Result<Vec<(i32, i64, Option<i64>)>> {
    let decade = Book::published_year / 10 * 10;
    let so_far = count_all().sum().over(
        window()
            .order_by(decade.clone())
            .rows(FrameBound::Start, FrameBound::Current),
    );
    Book::query()
        .filter(Book::published_year.ge(1800))
        .group_by(decade.clone())
        .order_by(decade.clone())
        .select((decade, count_all(), so_far))
        .all(db)
        .await
}

/// At which age did authors of four or more books write their last one? Name, age, titles in their order.
pub async fn late_works(db: &dyn Executor) -> Result<Vec<(String, Option<i32>, Option<String>)>> {
    let age = Book::published_year.max() - Book::author.get(Author::born);
    Book::query()
        .group_by((
            Book::author.get(Author::id),
            Book::author.get(Author::name),
            Book::author.get(Author::born),
        ))
        .having(count_all().ge(4))
        .order_by((
            age.clone().desc().nulls_last(),
            Book::author.get(Author::name).asc(),
        ))
        .limit(10)
        .select((
            Book::author.get(Author::name),
            age,
            Book::title.string_agg("; ", (Book::published_year, Book::title)),
        ))
        .all(db)
        .await
}

/// In which month of the year do books of each language come out, where the day is known? Language, quarter, books.
pub async fn seasons(db: &dyn Executor) -> Result<Vec<(String, Option<i32>, i64)>> {
    Book::query()
        .filter(Book::published_on.is_not_null())
        .group_by((Book::language, Book::published_on.quarter()))
        .order_by((Book::language.asc(), Book::published_on.quarter().asc()))
        .select((Book::language, Book::published_on.quarter(), count_all()))
        .all(db)
        .await
}

/// Which authors are translated under another title, and how often? Name, books, of which under another title.
pub async fn retitled(db: &dyn Executor) -> Result<Vec<(String, i64, i64)>> {
    let other = Book::original_title
        .is_distinct_from(Book::title)
        .and(Book::original_title.is_not_null());
    Author::query()
        .filter(Author::books.any(other.clone()))
        .select((
            Author::name,
            Author::books.count(),
            Author::books.count_where(other).named("retitled"),
        ))
        .order_by((output("retitled").desc(), Author::name))
        .limit(12)
        .all(db)
        .await
}

/// What did each category of the shop bring in, and what share of all, in percent?
pub async fn revenue_by_category(db: &dyn Executor) -> Result<Vec<(String, Option<f64>, Option<f64>)>> {
    let revenue = (Sale::sale_price * Sale::quantity).sum();
    let category = Sale::product.get(Product::category);
    Sale::query()
        .group_by(category.clone())
        .order_by(category.clone())
        .select((
            category,
            revenue.clone(),
            (revenue.clone() * 100.0 / revenue.sum().over(window())).round(1),
        ))
        .all(db)
        .await
}

/// Which products are dearer than the mean of their category? Name, price, how much above the mean.
pub async fn dear_products(db: &dyn Executor) -> Result<Vec<(String, f64, Option<f64>)>> {
    let mean = Product::price
        .avg()
        .over(window().partition_by(Product::category));
    Product::query()
        .select((
            Product::name,
            Product::price,
            (Product::price - mean).named("above"),
        ))
        .order_by((output("above").desc(), Product::id.asc()))
        .limit(3)
        .all(db)
        .await
}

/// Which products are sold below today's price, and how often?
pub async fn discounted(db: &dyn Executor) -> Result<Vec<(String, i64, Option<f64>)>> {
    let below = Sale::sale_price.lt(Sale::product.get(Product::price));
    Sale::query()
        .filter(below)
        .group_by((
            Sale::product.get(Product::name),
            Sale::product.get(Product::price),
        ))
        .order_by(Sale::product.get(Product::name))
        .select((
            Sale::product.get(Product::name),
            count_all(),
            Sale::product.get(Product::price) - Sale::sale_price.min(),
        ))
        .all(db)
        .await
}

/// How many books each author has.
#[derive(Debug, Clone, Cte)]
#[orm(table = "book_counts")]
struct BookCount {
    author_id: Id<Author>,
    books: i64,
}

fn book_counts() -> Named<BookCount, (Id<Author>, i64)> {
    cte(
        (BookCount::author_id, BookCount::books),
        Book::query()
            .group_by(Book::author_id)
            .select((Book::author_id, count_all())),
    )
}

/// Who has written more than twice as many books as authors do on average?
pub async fn busy_authors(db: &dyn Executor) -> Result<Vec<(String, i64)>> {
    let mean = book_counts().query().select(BookCount::books.avg()).scalar();
    Author::query()
        .join::<BookCount>(|author, count| count.get(BookCount::author_id).eq(author.get(Author::id)))
        .with_cte(book_counts())
        .filter(|_, count| (count.get(BookCount::books).cast::<f64>() / 2.0).gt(mean))
        .order_by(|author, count| (count.get(BookCount::books).desc(), author.get(Author::name).asc()))
        .select(|author, count| (author.get(Author::name), count.get(BookCount::books)))
        .limit(12)
        .all(db)
        .await
}

/// Which authors were born in the same country and year?
pub async fn contemporaries(db: &dyn Executor) -> Result<Vec<(String, String, Option<i32>)>> {
    Author::query()
        .join::<Author>(|one, other| {
            other
                .get(Author::born)
                .eq(one.get(Author::born))
                .and(other.get(Author::country).eq(one.get(Author::country)))
                .and(other.get(Author::name).gt(one.get(Author::name)))
        })
        .order_by(|one, other| (one.get(Author::name), other.get(Author::name)))
        .select(|one, other| {
            (
                one.get(Author::name),
                other.get(Author::name),
                one.get(Author::born),
            )
        })
        .all(db)
        .await
}

/// The years of a span.
#[derive(Debug, Clone, Cte)]
#[orm(table = "years")]
struct Year {
    year: i32,
}

/// In which years between these two did no book come out?
pub async fn silent_years(db: &dyn Executor, from: i32, to: i32) -> Result<Vec<i32>> {
    let years = cte(Year::year, Book::query().limit(1).select(literal(from)))
        .recursive(Year::query().filter(Year::year.lt(to)).select(Year::year + 1));
    years
        .query()
        .filter(Year::not_exists::<Book>(|year, book| {
            book.get(Book::published_year).eq(year.get(Year::year))
        }))
        .order_by(Year::year)
        .select(Year::year)
        .all(db)
        .await
}

/// Books by age in their language.
#[derive(Debug, Clone, Cte)]
#[orm(table = "by_age")]
struct ByAge {
    book_id: Id<Book>,
    place: i64,
}

/// Which is the oldest book of each language? Language, title, year.
pub async fn oldest_of_each_language(db: &dyn Executor) -> Result<Vec<(String, String, i32)>> {
    let place = row_number().over(
        window()
            .partition_by(Book::language)
            .order_by((Book::published_year, Book::title)),
    );
    let by_age = cte(
        (ByAge::book_id, ByAge::place),
        Book::query().select((Book::id, place)),
    );
    let first = by_age.query().filter(ByAge::place.eq(1)).select(ByAge::book_id);
    Book::query()
        .filter(Book::id.in_subquery(first))
        .order_by(Book::language)
        .select((Book::language, Book::title, Book::published_year))
        .all(db)
        .await
}

/// From which countries come both novels and poetry?
pub async fn novels_and_poetry(db: &dyn Executor) -> Result<Vec<String>> {
    let countries = |kind| {
        Book::query()
            .filter(Book::kind.eq(kind))
            .select(Book::author.get(Author::country).named("country"))
    };
    countries(Kind::Novel)
        .intersect(countries(Kind::Poetry))
        .order_by(output("country"))
        .all(db)
        .await
}

/// What happened between these years: births of authors and books, in their order.
pub async fn chronicle(db: &dyn Executor, from: i32, to: i32) -> Result<Vec<(Option<i32>, String, String)>> {
    let births = Author::query().filter(Author::born.between(from, to)).select((
        Author::born.named("year"),
        literal("born"),
        Author::name.named("what"),
    ));
    let books = Book::query()
        .filter(Book::published_year.between(from, to))
        .select((Book::published_year.nullable(), literal("published"), Book::title));
    births
        .union_all(books)
        .order_by((output("year").asc(), output("what").asc()))
        .all(db)
        .await
}

/// Which books of others came out in the year of a novel by this author?
pub async fn beside(db: &dyn Executor, author: &str) -> Result<Vec<(String, i32)>> {
    let years = Book::query()
        .filter(Book::author.get(Author::name).eq(author))
        .filter(Book::kind.eq(Kind::Novel))
        .select(Book::published_year);
    Book::query()
        .filter(Book::published_year.in_subquery(years))
        .filter(Book::author.get(Author::name).ne(author))
        .order_by((Book::published_year, Book::title))
        .select((Book::title, Book::published_year))
        .all(db)
        .await
}

/// Which products were not sold since then, the dearest first?
pub async fn unsold_since(db: &dyn Executor, since: DateTime<Utc>) -> Result<Vec<String>> {
    Product::query()
        .filter(Product::sales.none(Sale::sold_at.ge(since)))
        .order_by(Product::price.desc())
        .select(Product::name)
        .all(db)
        .await
}

/// What was sold on a day.
#[derive(Debug, Clone, Cte)]
#[orm(table = "days")]
struct Day {
    day: NaiveDate,
    revenue: Option<f64>,
}

/// The revenue of each day with sales, and the mean of it and the two such days before.
pub async fn smoothed_revenue(db: &dyn Executor) -> Result<Vec<(NaiveDate, Option<f64>, Option<f64>)>> {
    let days = cte(
        (Day::day, Day::revenue),
        Sale::query()
            .group_by(Sale::sold_at.date())
            .select((Sale::sold_at.date(), (Sale::sale_price * Sale::quantity).sum())),
    );
    let mean = Day::revenue.avg().over(
        window()
            .order_by(Day::day)
            .rows(FrameBound::Preceding(2), FrameBound::Current),
    );
    days.query()
        .order_by(Day::day)
        .select((Day::day, Day::revenue, mean.round(3)))
        .all(db)
        .await
}

/// What a product brought in.
#[derive(Debug, Clone, Cte)]
#[orm(table = "revenues")]
struct Revenue {
    product_id: Id<Product>,
    revenue: Option<f64>,
}

/// Which product brought in most in each category? Category, product, revenue, also for categories without sales.
pub async fn best_of_each_category(db: &dyn Executor) -> Result<Vec<(String, String, Option<f64>)>> {
    let revenues = cte(
        (Revenue::product_id, Revenue::revenue),
        Sale::query()
            .group_by(Sale::product_id)
            .select((Sale::product_id, (Sale::sale_price * Sale::quantity).sum())),
    );
    let ranked = cte(
        (Ranked::name, Ranked::category, Ranked::revenue, Ranked::place),
        Product::query()
            .left_join::<Revenue>(|product, revenue| {
                revenue.get(Revenue::product_id).eq(product.get(Product::id))
            })
            .with_cte(revenues)
            .select(|product, revenue| {
                let order = (
                    revenue.get(Revenue::revenue).coalesce(0.0).desc(),
                    product.get(Product::name).asc(),
                );
                let place = row_number().over(
                    window()
                        .partition_by(product.get(Product::category))
                        .order_by(order),
                );
                (
                    product.get(Product::name),
                    product.get(Product::category),
                    revenue.get(Revenue::revenue),
                    place,
                )
            }),
    );
    ranked
        .query()
        .filter(Ranked::place.eq(1))
        .order_by(Ranked::category)
        .select((Ranked::category, Ranked::name, Ranked::revenue))
        .all(db)
        .await
}

/// Products by their place in their category.
#[derive(Debug, Clone, Cte)]
#[orm(table = "ranked")]
struct Ranked {
    name: String,
    category: String,
    revenue: Option<f64>,
    place: i64,
}
