//! Twenty questions to the library and the shop, as an analyst asks them, without a line of SQL.

use orm_core::prelude::*;

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
