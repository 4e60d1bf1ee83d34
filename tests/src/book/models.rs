//! The models of the book: a library, a shop, accounts.

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

/// What somebody thinks of a book.
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

/// How much they liked it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, DbEnum)]
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

/// A tree of categories.
#[derive(Debug, Clone, PartialEq, Model)]
#[orm(table = "categories", has_many(children: Category.parent_id))]
pub struct Category {
    pub id: Id<Category>,
    pub name: String,
    pub parent_id: Option<Id<Category>>,
}

/// A thing for sale.
#[derive(Debug, Clone, PartialEq, Model)]
#[orm(table = "products", has_many(sales: Sale))]
pub struct Product {
    pub id: Id<Product>,
    #[orm(length = 100, unique)]
    pub name: String,
    pub category: String,
    pub price: f64,
    pub stock: i32,
    pub added_on: NaiveDate,
}

/// A sale of some of them.
#[derive(Debug, Clone, PartialEq, Model)]
#[orm(table = "sales")]
pub struct Sale {
    pub id: Id<Sale>,
    pub product_id: Id<Product>,
    pub quantity: i32,
    pub sale_price: f64,
    #[orm(default = now())]
    pub sold_at: DateTime<Utc>,
}

/// A price that is lower for a while, in a whole category.
#[derive(Debug, Clone, PartialEq, Model)]
#[orm(table = "promotions")]
pub struct Promotion {
    pub id: Id<Promotion>,
    pub category: String,
    pub percent: i64,
}

/// Somebody's money.
#[derive(Debug, Clone, PartialEq, Model)]
#[orm(table = "accounts", check(balance_positive, "balance >= 0"))]
pub struct Account {
    pub id: Id<Account>,
    #[orm(length = 40, unique)]
    pub owner: String,
    pub balance: i64,
}
