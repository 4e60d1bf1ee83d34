//! Queries whose rows come with related ones, or as a projection.

use std::marker::PhantomData;

use super::load::{IntoLoad, LoadIf};
use super::run::Request;
use super::shape::Shape;
use crate::error::Result;
use crate::exec::Executor;
use crate::expr::ast::Lock;
use crate::expr::{IntoFilter, IntoOrder};
use crate::model::Table;
use crate::query::{IntoLimit, Page, Query, at_most_one, key_of, not_found};

/// A query over model `M` whose rows become what shape `S` makes of them: made by [`Query::with`] and `Query::project`.
///
/// Nothing is sent before its last call, which says how many statements that sends.
#[must_use = "a query does nothing until its last call: `all`, `one`, `first`, .."]
pub struct Shaped<M, S> {
    pub(super) query: Query<M>,
    pub(super) shape: S,
    pub(super) manner: Words,
    marker: PhantomData<fn() -> S>,
}

/// What is said of the whole load.
#[derive(Clone, Copy, Default)]
pub(super) struct Words {
    pub(super) one_trip: bool,
    pub(super) consistent: bool,
}

impl<M, S: Clone> Clone for Shaped<M, S> {
    fn clone(&self) -> Self {
        Shaped {
            query: self.query.clone(),
            shape: self.shape.clone(),
            manner: self.manner,
            marker: PhantomData,
        }
    }
}

impl<M: Table> Query<M> {
    /// Loads a relation with the rows: `Book::query().with(Book::author)`. The rows' type says what was loaded:
    /// `BookWith<Author>`, and `book.author.name` compiles.
    ///
    /// A relation to one row is joined; one to many rows is loaded by one further statement for all of them together
    /// (selectin), in the order of its primary key. [`LoadRelation`](super::LoadRelation) says how else. Related rows that are
    /// soft-deleted are left out, except along a key that cannot be NULL; those of another tenant are never loaded.
    ///
    /// ```
    /// # use orm_core::prelude::*;
    /// # #[derive(Model)] #[orm(table = "authors", has_many(books: Book))] struct Author { id: Id<Author>, name: String }
    /// # #[derive(Model)] #[orm(table = "books", has_many(reviews: Review))]
    /// # struct Book { id: Id<Book>, title: String, author_id: Id<Author> }
    /// # #[derive(Model)] #[orm(table = "reviews")] struct Review { id: Id<Review>, book_id: Id<Book> }
    /// # async fn f(db: Db) -> Result<()> {
    /// let authors = Author::query().with(Author::books.with(Book::reviews).order_by(Book::title)).all(&db).await?;
    /// for author in &authors {
    ///     for book in &author.books {
    ///         println!("{} - {} ({} reviews)", author.name, book.title, book.reviews.len());
    ///     }
    /// }
    /// # Ok(()) }
    /// ```
    pub fn with<L: IntoLoad<M>>(self, load: L) -> Shaped<M, ((), L::Load)>
    where
        ((), L::Load): Shape<M>,
    {
        Shaped::new(self, ((), load.into_load()))
    }

    /// Loads a relation where the condition holds; the field is an `Option` then, `None` where it does not.
    pub fn with_if<L: IntoLoad<M>>(self, condition: bool, load: L) -> Shaped<M, ((), LoadIf<L::Load>)>
    where
        ((), LoadIf<L::Load>): Shape<M>,
    {
        Shaped::new(self, ((), LoadIf(condition.then(|| load.into_load()))))
    }
}

impl<M: Table, S> Shaped<M, S> {
    /// Loads a further relation. Each can be loaded once.
    pub fn with<L: IntoLoad<M>>(self, load: L) -> Shaped<M, (S, L::Load)>
    where
        (S, L::Load): Shape<M>,
    {
        let load = load.into_load();
        self.becomes(|shape| (shape, load))
    }

    /// Loads a further relation where the condition holds; the field is an `Option` then, `None` where it does not.
    pub fn with_if<L: IntoLoad<M>>(self, condition: bool, load: L) -> Shaped<M, (S, LoadIf<L::Load>)>
    where
        (S, LoadIf<L::Load>): Shape<M>,
    {
        let load = LoadIf(condition.then(|| load.into_load()));
        self.becomes(|shape| (shape, load))
    }

    pub(super) fn new(query: Query<M>, shape: S) -> Self {
        Shaped {
            query,
            shape,
            manner: Words::default(),
            marker: PhantomData,
        }
    }

    fn becomes<T>(self, shape: impl FnOnce(S) -> T) -> Shaped<M, T> {
        Shaped {
            query: self.query,
            shape: shape(self.shape),
            manner: self.manner,
            marker: PhantomData,
        }
    }

    fn map(mut self, query: impl FnOnce(Query<M>) -> Query<M>) -> Self {
        self.query = query(self.query);
        self
    }

    /// See [`Query::filter`].
    pub fn filter<F: IntoFilter<M>>(self, filter: F) -> Self {
        self.map(|query| query.filter(filter))
    }

    /// See [`Query::order_by`].
    pub fn order_by<O: IntoOrder<M>>(self, order: O) -> Self {
        self.map(|query| query.order_by(order))
    }

    /// See [`Query::limit`]. It counts the query's own rows, whatever is joined to them.
    pub fn limit(self, limit: impl IntoLimit) -> Self {
        self.map(|query| query.limit(limit))
    }

    /// See [`Query::offset`].
    pub fn offset(self, offset: impl IntoLimit) -> Self {
        self.map(|query| query.offset(offset))
    }

    /// See [`Query::with_deleted`]. Related rows are not meant.
    pub fn with_deleted(self) -> Self {
        self.map(Query::with_deleted)
    }

    /// See [`Query::only_deleted`]. Related rows are not meant.
    pub fn only_deleted(self) -> Self {
        self.map(Query::only_deleted)
    }

    /// See [`Query::all_tenants`]. Related rows are meant, too.
    pub fn all_tenants(self) -> Self {
        self.map(Query::all_tenants)
    }

    /// See [`Query::tag`]. Each statement has the comment.
    pub fn tag(self, tag: &str) -> Self {
        self.map(|query| query.tag(tag))
    }

    pub(crate) fn lock(self, lock: Lock) -> Self {
        self.map(|query| query.lock(lock))
    }

    /// All levels come with one statement: the rows of each are a query with a name, whose keys are those of the level above,
    /// and the result is the rows of all of them, one level after the other. The values are the same as without, and come in
    /// the same order; rows of a query without an order come in that of their primary key.
    ///
    /// It saves the trips of the further statements, and pays with a wider result and a sort of each level: it is for small
    /// trees on a server that is far away. Rows that are locked, and those of several queries together, are loaded as without
    /// it; the query's plan says so.
    pub const fn in_one_trip(mut self) -> Self {
        self.manner.one_trip = true;
        self
    }

    /// All statements of the load see one moment. On a `Db` they run in a read-only transaction of their own; a `Tx` must see
    /// one moment throughout by itself.
    pub const fn consistent(mut self) -> Self {
        self.manner.consistent = true;
        self
    }
}

impl<M: Table, S: Shape<M>> Shaped<M, S> {
    pub(super) fn request(&self) -> Request {
        let query = self.query.clone();
        Request {
            select: query.select,
            scopes: query.scopes,
            fault: query.fault,
            tag: query.tag,
            shape: self.shape.describe().0,
            one_trip: self.manner.one_trip,
            consistent: self.manner.consistent,
            part: false,
            most: None,
        }
    }

    /// All rows.
    ///
    /// One statement, and one for each relation that is not joined: the number of rows does not matter. A relation under
    /// which there are no rows costs none.
    ///
    /// # Errors
    /// What the database says; `Decode` when a value does not fit its field; `NotFound` when a key that cannot be NULL leads to
    /// no row, also when the row and its key are read by one statement; `MoreThanOne` when a `has_one` leads to several.
    pub async fn all(self, db: &dyn Executor) -> Result<Vec<S::Value>> {
        let level = self.request().run(db).await?;
        self.shape.finish(level)
    }

    /// Exactly one row. The statements are those of [`all`](Shaped::all).
    ///
    /// # Errors
    /// As [`all`](Shaped::all); `NotFound` when there is none, `MoreThanOne` when there are several.
    pub async fn one(self, db: &dyn Executor) -> Result<S::Value> {
        let key = key_of(M::table(), &self.query.select.filter);
        let found = self.optional(db).await?;
        found.ok_or_else(|| not_found(M::table(), key.as_deref()))
    }

    /// One row or none. The statements are those of [`all`](Shaped::all).
    ///
    /// # Errors
    /// As [`all`](Shaped::all); `MoreThanOne` when there are several.
    pub async fn optional(self, db: &dyn Executor) -> Result<Option<S::Value>> {
        let rows = self.map(|query| query.at_most(2)).all(db).await?;
        at_most_one(rows, M::table())
    }

    /// The first row in the query's order, or none. The statements are those of [`all`](Shaped::all).
    ///
    /// # Errors
    /// As [`all`](Shaped::all).
    pub async fn first(self, db: &dyn Executor) -> Result<Option<S::Value>> {
        let rows = self.map(|query| query.at_most(1)).all(db).await?;
        Ok(rows.into_iter().next())
    }

    /// How many rows there are; nothing is loaded. One statement.
    ///
    /// # Errors
    /// What the database says.
    pub async fn count(self, db: &dyn Executor) -> Result<u64> {
        self.query.count(db).await
    }

    /// Whether there is a row; nothing is loaded. One statement.
    ///
    /// # Errors
    /// What the database says.
    pub async fn exists(self, db: &dyn Executor) -> Result<bool> {
        self.query.exists(db).await
    }

    /// A page of rows, counted from 1, and how many there are in all: the statements of [`all`](Shaped::all), and one that
    /// counts. See [`Query::page`].
    ///
    /// # Errors
    /// As [`all`](Shaped::all); `Invalid` for page 0 or a size of 0.
    pub async fn page(mut self, number: u64, size: u64, db: &dyn Executor) -> Result<Page<S::Value>> {
        let skipped = Page::<M>::skipped(number, size)?;
        (self.query.select.limit, self.query.select.offset) = (None, None);
        let total = self.query.clone().count(db).await?;
        let items = self.limit(size).offset(skipped).all(db).await?;
        Ok(Page {
            items,
            total,
            number,
            size,
        })
    }
}
