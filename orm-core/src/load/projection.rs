//! Projections: structs whose fields say what is read. One planner serves them and the models' loads.

use std::marker::PhantomData;

use super::item::{Embed, Item, Nested, Read};
use super::level::Level;
use super::load::{Extent, Load};
use super::plan::{LoadNode, ShapeNode};
use super::shape::{Described, Shape, defect};
use super::shaped::Shaped;
use crate::error::Result;
use crate::exec::{Collect, RowSink};
use crate::expr::ast::Output;
use crate::expr::{Expr, Operand};
use crate::model::{Column, EmbedColumn, Embedded, Relation, RelationOf, Table};
use crate::query::Query;
use crate::value::Sql;

/// A struct that is made of columns, expressions and related rows of model `M`: written by `#[derive(Projection)]`. A model
/// is a projection of itself.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a projection of `{M}`",
    label = "expected a struct with `#[derive(Projection)] #[orm(of = {M})]`, or `{M}` itself"
)]
pub trait Projection<M: Table>: Sized + Send + 'static {
    /// What is read, and how the struct is made of it.
    fn shape() -> impl Shape<M, Value = Self>;
}

impl<M: Table> Projection<M> for M {
    fn shape() -> impl Shape<M, Value = M> {}
}

impl<M: Table> Query<M> {
    /// Gives a struct made of the columns that it names, with related rows where it has them. Only these columns are read, and
    /// keys by which related rows are found.
    ///
    /// ```
    /// # use orm_core::prelude::*;
    /// # #[derive(Model)] #[orm(table = "authors")] struct Author { id: Id<Author>, name: String, bio: String }
    /// # #[derive(Model)] #[orm(table = "books", has_many(reviews: Review))]
    /// # struct Book { id: Id<Book>, title: String, author_id: Id<Author>, text: String }
    /// # #[derive(Model)] #[orm(table = "reviews")] struct Review { id: Id<Review>, book_id: Id<Book>, rating: i32 }
    /// #[derive(Projection)]
    /// #[orm(of = Author)]
    /// struct AuthorName { name: String }
    ///
    /// #[derive(Projection)]
    /// #[orm(of = Book)]
    /// struct BookCard {
    ///     title: String,
    ///     author: AuthorName,
    ///     #[orm(count(reviews))]
    ///     reviews: i64,
    /// }
    ///
    /// let cards = Book::query().project::<BookCard>().order_by(Book::title);
    /// assert_eq!(
    ///     cards.to_sql(Dialect::Postgres).to_string(),
    ///     "SELECT \"books\".\"title\", (SELECT COUNT(*) FROM \"reviews\" AS t2 WHERE t2.\"book_id\" = \"books\".\"id\"), \
    ///      t1.\"name\", t1.\"id\" FROM \"books\" LEFT JOIN \"authors\" AS t1 ON t1.\"id\" = \"books\".\"author_id\" \
    ///      ORDER BY \"books\".\"title\""
    /// );
    /// ```
    pub fn project<P: Projection<M>>(self) -> Shaped<M, impl Shape<M, Value = P>> {
        Shaped::new(self, P::shape())
    }
}

impl<R: Relation, E> Load<R, (), E> {
    /// Loads a projection in place of the related model.
    pub fn project<P: Projection<R::To>>(self) -> Load<R, impl Shape<R::To, Value = P>, E> {
        self.becomes(|()| P::shape())
    }
}

/// What a field of type `T` of a projection of `M` is made of; `X` is the type of one row where `T` holds rows.
#[diagnostic::on_unimplemented(
    message = "a projection field of type `{T}` cannot be filled from `{Self}`",
    label = "expected a column, expression or relation of `{M}` that gives `{T}`"
)]
pub trait FieldOf<M: Table, T, X> {
    /// The item.
    #[doc(hidden)]
    fn item(self) -> impl Item<M, Value = T>;
}

#[diagnostic::do_not_recommend]
impl<M: Table, T: Sql, X> FieldOf<M, T, X> for Column<M, T> {
    fn item(self) -> impl Item<M, Value = T> {
        Read::<T>::new(self.into_node())
    }
}

#[diagnostic::do_not_recommend]
impl<M: Table, T: Sql, X> FieldOf<M, T, X> for Expr<M, T> {
    fn item(self) -> impl Item<M, Value = T> {
        Read::<T>::new(self.into_node())
    }
}

#[diagnostic::do_not_recommend]
impl<M: Table, E: Embedded + Send + 'static, X> FieldOf<M, E, X> for EmbedColumn<M, E> {
    fn item(self) -> impl Item<M, Value = E> {
        Embed(self)
    }
}

impl<M: Table, R: RelationOf<M>, T: Send + 'static, X, E: Extent<R>> FieldOf<M, T, X> for Load<R, (), E>
where
    X: Projection<R::To>,
    E::Of<X>: Gives<T>,
{
    fn item(self) -> impl Item<M, Value = T> {
        Nested::new(self.project::<X>())
    }
}

#[diagnostic::do_not_recommend]
impl<M: Table, R: RelationOf<M>, T: Send + 'static, X, A, B, E: Extent<R>> FieldOf<M, T, X>
    for Load<R, (A, B), E>
where
    (A, B): Shape<R::To>,
    E::Of<<(A, B) as Shape<R::To>>::Value>: Gives<T>,
{
    fn item(self) -> impl Item<M, Value = T> {
        Nested::new(self)
    }
}

/// The rows of a relation. The derive calls this.
#[doc(hidden)]
pub fn related<M: Table, R: RelationOf<M>, X: Projection<R::To>, T: Send + 'static>()
-> impl Item<M, Value = T>
where
    R::Loaded<X>: Gives<T>,
{
    Nested::new(Load::<R>::new(()).project::<X>())
}

/// The same type. The message is for a relation that gives another one than the field has.
#[diagnostic::on_unimplemented(
    message = "this relation gives a `{Self}`, and the projection's field is a `{T}`",
    label = "make the field a `{Self}`"
)]
pub trait Gives<T> {
    /// The value itself.
    fn give(self) -> T;
}

impl<T> Gives<T> for T {
    fn give(self) -> T {
        self
    }
}

/// The item of a field. The derive calls this.
#[doc(hidden)]
pub fn field<M: Table, T, X>(constant: impl FieldOf<M, T, X>) -> impl Item<M, Value = T> {
    constant.item()
}

/// The shape of a struct that is made of these fields. The derive calls this.
#[doc(hidden)]
pub fn projected<M: Table, I: Item<M>, T: Send + 'static>(
    fields: I,
    make: fn(I::Value) -> T,
) -> impl Shape<M, Value = T> {
    Projected {
        fields,
        make,
        marker: PhantomData::<fn() -> M>,
    }
}

/// A struct that is made of its fields.
struct Projected<M, I: Item<M>, T>
where
    M: Table,
{
    fields: I,
    make: fn(I::Value) -> T,
    marker: PhantomData<fn() -> M>,
}

impl<M: Table, I: Item<M>, T> Clone for Projected<M, I, T> {
    fn clone(&self) -> Self {
        Projected {
            fields: self.fields.clone(),
            make: self.make,
            marker: PhantomData,
        }
    }
}

impl<M: Table, I: Item<M>, T: Send + 'static> Shape<M> for Projected<M, I, T> {
    type Value = T;

    fn describe(&self) -> Described {
        fn collect<M: Table, I: Item<M>>() -> Box<dyn RowSink> {
            Box::new(Collect::new(I::read))
        }
        let mut shape = ShapeNode {
            output: Output::Nodes(Vec::new()),
            make: collect::<M, I>,
            children: Vec::<LoadNode>::new(),
        };
        self.fields.describe(&mut shape);
        Described(shape)
    }

    fn finish(&self, level: Level) -> Result<Vec<T>> {
        let (rows, _, mut children) = level.into_parts::<I::Part>()?;
        let mut loaded = self.fields.loaded(&mut children, rows.len())?;
        rows.into_iter()
            .map(|part| I::make(part, &mut loaded).map(self.make).ok_or_else(defect))
            .collect()
    }
}
