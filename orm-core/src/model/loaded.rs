//! Rows with related ones beside them: what stands for a relation that was not loaded, and how one is attached.

use std::any::TypeId;
use std::borrow::Borrow;
use std::fmt;
use std::marker::PhantomData;
use std::ops::Deref;

use serde::ser::SerializeMap as _;
use serde::{Serialize, Serializer};

use super::{Relation, Table};

/// Stands in the place of a relation that was not loaded. Whoever wants the rows says `.with(..)` in the query.
pub struct NotLoaded<R>(PhantomData<fn() -> R>);

impl<R> NotLoaded<R> {
    /// Nothing was loaded along the relation.
    #[must_use]
    pub const fn new() -> Self {
        NotLoaded(PhantomData)
    }
}

impl<R> Default for NotLoaded<R> {
    fn default() -> Self {
        NotLoaded::new()
    }
}

impl<R> Clone for NotLoaded<R> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<R> Copy for NotLoaded<R> {}

impl<R> fmt::Debug for NotLoaded<R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("NotLoaded")
    }
}

impl<R> PartialEq for NotLoaded<R> {
    fn eq(&self, _: &Self) -> bool {
        true
    }
}

impl<R> Eq for NotLoaded<R> {}

/// Left out of the row that it belongs to; alone it is a unit.
impl<R> Serialize for NotLoaded<R> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_unit()
    }
}

/// A model with relations: implemented by the derive.
#[diagnostic::on_unimplemented(
    message = "`{Self}` has no relations",
    label = "nothing can be loaded with a `{Self}`"
)]
pub trait Relations: Table {
    /// The model with a place for each relation, none of them loaded.
    type Bare: Send + Deref<Target = Self> + 'static;

    /// This row, with nothing loaded.
    fn bare(self) -> Self::Bare;
}

/// A row with a free place for relation `R`, into which a `V` goes: implemented by the derive.
#[diagnostic::on_unimplemented(
    message = "`{R}` cannot be loaded into `{Self}`",
    label = "already loaded here, or a relation of another model"
)]
pub trait Attach<R, V> {
    /// The row with the relation loaded.
    type With: Send + 'static;

    /// Puts the related rows into their place.
    fn attach(self, loaded: V) -> Self::With;
}

/// A row of a model with relation `R` loaded, whatever else was loaded with it: for functions that take any such shape.
///
/// ```
/// # use orm_core::prelude::*;
/// # #[derive(Model)] #[orm(table = "authors")] struct Author { id: Id<Author>, name: String }
/// # #[derive(Model)] #[orm(table = "books", has_many(reviews: Review))]
/// # struct Book { id: Id<Book>, title: String, author_id: Id<Author> }
/// # #[derive(Model)] #[orm(table = "reviews")] struct Review { id: Id<Review>, book_id: Id<Book> }
/// fn card(book: &impl Has<book_rel::author>) -> String {
///     format!("{} by {}", book.title, book.related(Book::author).name)
/// }
/// # async fn f(db: Db) -> Result<()> {
/// let one = Book::find(1).with(Book::author).one(&db).await?;
/// let other = Book::find(2).with(Book::reviews).with(Book::author).one(&db).await?;
/// println!("{}, {}", card(&one), card(&other));
/// # Ok(()) }
/// ```
#[diagnostic::on_unimplemented(
    message = "`{R}` is not loaded in `{Self}`",
    label = "say `.with(..)` of it in the query"
)]
pub trait Has<R: Relation>: Deref<Target = R::From> {
    /// The related row or rows: `&Author`, `Option<&Author>`, `Vec<&Review>`.
    fn related(&self, relation: R) -> R::Lent<'_>;
}

/// What was loaded along a relation, lent as `L`: without what was loaded with its rows.
#[diagnostic::on_unimplemented(
    message = "a `{L}` is wanted of what was loaded, and there is `{Self}`",
    label = "say `.with(..)` of the relation in the query, without a filter, a limit or a condition"
)]
pub trait Lends<'a, L> {
    /// Lends it.
    fn lend(&'a self) -> L;
}

impl<'a, T: Table> Lends<'a, &'a T> for T {
    fn lend(&'a self) -> &'a T {
        self
    }
}

#[diagnostic::do_not_recommend]
impl<'a, T: Table, V: Borrow<T>> Lends<'a, Option<&'a T>> for Option<V> {
    fn lend(&'a self) -> Option<&'a T> {
        self.as_ref().map(Borrow::borrow)
    }
}

#[diagnostic::do_not_recommend]
impl<'a, T: Table, V: Borrow<T>> Lends<'a, Vec<&'a T>> for Vec<V> {
    fn lend(&'a self) -> Vec<&'a T> {
        self.iter().map(Borrow::borrow).collect()
    }
}

/// A relation's field on its way into a serialized row: left out where it was not loaded.
#[derive(Debug)]
pub struct FlatEntry<'a, R, V> {
    name: &'static str,
    value: &'a V,
    relation: PhantomData<fn() -> R>,
}

impl<R: 'static, V: Serialize + 'static> Serialize for FlatEntry<'_, R, V> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let loaded = TypeId::of::<V>() != TypeId::of::<NotLoaded<R>>();
        let mut map = serializer.serialize_map(Some(usize::from(loaded)))?;
        if loaded {
            map.serialize_entry(self.name, self.value)?;
        }
        map.end()
    }
}

/// A row and one relation more, in one serialized map. The derive calls this.
pub fn flat<'a, M: Serialize + 'a, R: 'static, V: Serialize + 'static>(
    row: M,
    name: &'static str,
    value: &'a V,
) -> impl Serialize + use<'a, M, R, V> {
    #[derive(Serialize)]
    struct Flat<M: Serialize, E: Serialize> {
        #[serde(flatten)]
        row: M,
        #[serde(flatten)]
        entry: E,
    }
    Flat {
        row,
        entry: FlatEntry::<R, V> {
            name: name.strip_prefix("r#").unwrap_or(name),
            value,
            relation: PhantomData,
        },
    }
}
