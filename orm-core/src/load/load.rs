//! A relation to be loaded, and what can be said about it.

use std::borrow::Borrow;
use std::collections::HashMap;
use std::future::Future;
use std::marker::PhantomData;

use super::level::{Level, Missing};
use super::of::of;
use super::options::{Options, Strategy};
use super::plan::LoadNode;
use super::shape::{Shape, defect};
use crate::error::{Error, Result};
use crate::exec::Executor;
use crate::expr::{IntoFilter, IntoOrder};
use crate::model::{Id, IntoId, Relation, RelationKind, RelationOf, Table, ToMany, ToOne};
use crate::query::{IntoLimit, Query};
use crate::value::{Holds, Part};

/// A relation to be loaded, with what is said about it. A relation becomes one by the first word that is said:
/// `Author::books.order_by(..)`; see [`LoadRelation`].
///
/// `R` is the relation, `S` what becomes of its rows, and `E` whether they are all that there are.
#[must_use = "a load does something when it is given to `.with(..)` of a query"]
pub struct Load<R, S = (), E = Whole> {
    pub(super) options: Options,
    pub(super) shape: S,
    marker: PhantomData<fn() -> (R, E)>,
}

/// All rows to which the relation leads.
#[derive(Clone, Copy, Debug)]
pub struct Whole;

/// Some of the rows to which the relation leads: what was loaded is a [`Part`].
#[derive(Clone, Copy, Debug)]
pub struct Partial;

/// The row to which the relation leads, unless it is soft-deleted: what was loaded is an `Option`.
#[derive(Clone, Copy, Debug)]
pub struct Live;

/// How much of relation `R` is loaded: [`Whole`], [`Partial`], [`Live`].
pub trait Extent<R: Relation>: Send + Sync + 'static {
    /// What a row has of it.
    type Of<T: Send + 'static>: Holds<T>;
}

impl<R: Relation> Extent<R> for Whole {
    type Of<T: Send + 'static> = R::Loaded<T>;
}

impl<R: Relation> Extent<R> for Partial {
    type Of<T: Send + 'static> = Part<Vec<T>>;
}

impl<R: Relation> Extent<R> for Live {
    type Of<T: Send + 'static> = Option<T>;
}

/// What `.with(..)` takes in a query over `M` or in a load of rows of `M`: a relation of `M`, or a load of one.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a relation of `{M}`",
    label = "expected a relation of `{M}`"
)]
pub trait IntoLoad<M: Table> {
    /// The load.
    type Load: LoadOf<M>;

    /// The relation with nothing said about it, or the load itself.
    fn into_load(self) -> Self::Load;
}

/// A load along a relation.
pub trait Along {
    /// The relation.
    type Relation: Relation;
    /// What a row has of it afterwards.
    type Value: Send + 'static;
}

/// A load along a relation of `M`.
pub trait LoadOf<M: Table>: Along + Clone + Send + Sync + 'static {
    /// What is loaded.
    #[doc(hidden)]
    fn nodes(&self, out: &mut Vec<LoadNode>);

    /// Makes what was loaded of its rows, for so many rows of `M`.
    ///
    /// # Errors
    /// When the rows are not those that were described, which is a defect.
    #[doc(hidden)]
    fn finish(&self, children: &mut std::vec::IntoIter<Level>, rows: usize) -> Result<Vec<Self::Value>>;
}

impl<R, S: Clone, E> Clone for Load<R, S, E> {
    fn clone(&self) -> Self {
        Load {
            options: self.options.clone(),
            shape: self.shape.clone(),
            marker: PhantomData,
        }
    }
}

impl<M: Table, R: RelationOf<M>> IntoLoad<M> for R {
    type Load = Load<R>;

    fn into_load(self) -> Load<R> {
        Load::new(())
    }
}

#[diagnostic::do_not_recommend]
impl<M: Table, R: RelationOf<M>, S: Shape<R::To>, E: Extent<R>> IntoLoad<M> for Load<R, S, E> {
    type Load = Self;

    fn into_load(self) -> Self {
        self
    }
}

#[diagnostic::do_not_recommend]
impl<M: Table, R: RelationOf<M>, S: Shape<R::To>, E: Extent<R>> LoadOf<M> for Load<R, S, E> {
    fn nodes(&self, out: &mut Vec<LoadNode>) {
        out.push(self.node());
    }

    fn finish(&self, children: &mut std::vec::IntoIter<Level>, rows: usize) -> Result<Vec<Self::Value>> {
        self.values(children.next().ok_or_else(defect)?, rows)
    }
}

/// More than one row where the relation leads to one at most, or none where it leads to one.
fn misfit<R: Relation>() -> Error {
    let (relation, target) = (R::def(), R::To::table());
    if relation.kind == RelationKind::BelongsTo {
        return Missing::along(R::From::table(), relation).error();
    }
    Error::new(
        crate::error::ErrorKind::MoreThanOne,
        format!(
            "`{}::{}` leads to more than one `{}`: make its key unique, or declare `has_many`",
            R::From::table().model,
            relation.name,
            target.model
        ),
    )
    .with_table(target.name)
}

impl<R: Relation, S: Shape<R::To>, E: Extent<R>> Along for Load<R, S, E> {
    type Relation = R;
    type Value = E::Of<S::Value>;
}

impl<R: Relation, S: Shape<R::To>, E: Extent<R>> Load<R, S, E> {
    /// What so many rows have of it.
    pub(super) fn values(&self, mut level: Level, rows: usize) -> Result<Vec<E::Of<S::Value>>> {
        let owners = std::mem::take(&mut level.owners);
        let values = self.shape.finish(level)?;
        E::Of::<S::Value>::of_rows(rows, &owners, values).map_err(|_| misfit::<R>())
    }
}

impl<R: Relation, S: Shape<R::To>, E> Load<R, S, E> {
    pub(super) fn node(&self) -> LoadNode {
        LoadNode {
            relation: R::def(),
            options: self.options.clone(),
            shape: self.shape.describe().0,
        }
    }
}

impl<R, S, E> Load<R, S, E> {
    /// With nothing said about it.
    pub(crate) fn new(shape: S) -> Self {
        Load {
            options: Options::default(),
            shape,
            marker: PhantomData,
        }
    }

    pub(super) fn becomes<T, F>(self, shape: impl FnOnce(S) -> T) -> Load<R, T, F> {
        Load {
            options: self.options,
            shape: shape(self.shape),
            marker: PhantomData,
        }
    }
}

impl<R: Relation, S, E> Load<R, S, E> {
    /// Loads a relation of the related rows, too.
    pub fn with<L: IntoLoad<R::To>>(self, load: L) -> Load<R, (S, L::Load), E>
    where
        (S, L::Load): Shape<R::To>,
    {
        self.becomes(|shape| (shape, load.into_load()))
    }

    /// By a join, with the rows that have them. At most one collection is joined in a statement; where it cannot be, it is
    /// loaded by selectin, and the query's `plan` says why.
    pub fn joined(mut self) -> Self {
        self.options.strategy = Some(Strategy::Joined);
        self
    }

    /// By one further statement for all rows.
    pub fn selectin(mut self) -> Self {
        self.options.strategy = Some(Strategy::Selectin);
        self
    }

    /// Only related rows that satisfy the condition; several must all hold. What was loaded is a [`Part`].
    pub fn filter<F: IntoFilter<R::To>>(mut self, filter: F) -> Load<R, S, Partial>
    where
        R: ToMany,
    {
        self.options.filter.extend(filter.into_filter());
        self.becomes(|shape| shape)
    }

    /// In that order; further terms come after those that are there, and the primary key after all.
    pub fn order_by<O: IntoOrder<R::To>>(mut self, order: O) -> Self
    where
        R: ToMany,
    {
        order.add_to(&mut self.options.order_by);
        self
    }

    /// At most so many related rows for each row, the first in the load's order: by a window function, or a plain LIMIT
    /// where there is one row alone. What was loaded is a [`Part`].
    pub fn limit_per_parent(mut self, limit: impl IntoLimit) -> Load<R, S, Partial>
    where
        R: ToMany,
    {
        match limit.into_limit() {
            Ok(limit) => self.options.limit = limit,
            Err(e) => {
                self.options.fault.get_or_insert_with(|| e.to_string());
            }
        }
        self.becomes(|shape| shape)
    }

    /// Leaves out so many related rows of each row at the beginning. What was loaded is a [`Part`].
    pub fn offset_per_parent(mut self, offset: impl IntoLimit) -> Load<R, S, Partial>
    where
        R: ToMany,
    {
        match offset.into_limit() {
            Ok(offset) => self.options.offset = offset.unwrap_or(0),
            Err(e) => {
                self.options.fault.get_or_insert_with(|| e.to_string());
            }
        }
        self.becomes(|shape| shape)
    }

    /// Related rows that are soft-deleted, too.
    pub fn with_deleted(mut self) -> Self {
        self.options.deleted = Some(true);
        self
    }

    /// Not the row that is soft-deleted: a relation along a key that cannot be NULL shows it otherwise. What was loaded is
    /// an `Option`.
    pub fn live_only(mut self) -> Load<R, S, Live>
    where
        R: ToOne,
    {
        self.options.deleted = Some(false);
        self.becomes(|shape| shape)
    }
}

/// What was loaded along relation `R` for rows that were there already, by their ids.
pub type ById<R> = HashMap<Id<<R as Relation>::From>, <R as Relation>::Loaded<<R as Relation>::To>>;

/// How a relation is loaded: the first word that is said about it makes it a [`Load`]. Without any, a relation to one row is
/// joined, and one to many is loaded by selectin, in the order of its primary key.
pub trait LoadRelation: Relation {
    /// Loads a relation of the related rows, too: `Author::books.with(Book::reviews)`.
    fn with<L: IntoLoad<Self::To>>(self, load: L) -> Load<Self, ((), L::Load)>
    where
        ((), L::Load): Shape<Self::To>,
    {
        Load::new(()).with(load)
    }

    /// One row's collection as a query: `Author::books.of(id)`.
    ///
    /// ```
    /// # use orm_core::prelude::*;
    /// # #[derive(Model)] #[orm(table = "authors", has_many(books: Book))] struct Author { id: Id<Author>, name: String }
    /// # #[derive(Model)] #[orm(table = "books")] struct Book { id: Id<Book>, year: i32, author_id: Id<Author> }
    /// let hers = Author::books.of(7).filter(Book::year.ge(1815));
    /// assert_eq!(
    ///     hers.to_sql(Dialect::Postgres).to_string(),
    ///     "SELECT \"books\".\"id\", \"books\".\"year\", \"books\".\"author_id\" FROM \"books\" \
    ///      WHERE \"books\".\"author_id\" = $1 AND \"books\".\"year\" >= $2    [7, 1815]"
    /// );
    /// ```
    ///
    /// A new id has no key: the query's last call says so before anything is sent.
    fn of(self, id: impl IntoId<Self::From>) -> Query<Self::To>
    where
        Self: ToMany,
    {
        of(Self::def(), &id.into_id())
    }

    /// See [`Load::load_for`]: `Book::reviews.load_for(&books, &db)`.
    fn load_for<B: Borrow<Self::From> + Sync>(
        self,
        rows: &[B],
        db: &dyn Executor,
    ) -> impl Future<Output = Result<ById<Self>>> + Send {
        Load::<Self>::new(()).load_for(rows, db)
    }

    /// See [`Load::load_one`].
    fn load_one(
        self,
        row: &(impl Borrow<Self::From> + Sync),
        db: &dyn Executor,
    ) -> impl Future<Output = Result<Self::Loaded<Self::To>>> + Send {
        Load::<Self>::new(()).load_one(row, db)
    }

    /// See [`Load::joined`].
    fn joined(self) -> Load<Self> {
        Load::new(()).joined()
    }

    /// See [`Load::selectin`].
    fn selectin(self) -> Load<Self> {
        Load::new(()).selectin()
    }

    /// See [`Load::filter`].
    fn filter<F: IntoFilter<Self::To>>(self, filter: F) -> Load<Self, (), Partial>
    where
        Self: ToMany,
    {
        Load::<Self>::new(()).filter(filter)
    }

    /// See [`Load::order_by`].
    fn order_by<O: IntoOrder<Self::To>>(self, order: O) -> Load<Self>
    where
        Self: ToMany,
    {
        Load::new(()).order_by(order)
    }

    /// See [`Load::limit_per_parent`].
    fn limit_per_parent(self, limit: impl IntoLimit) -> Load<Self, (), Partial>
    where
        Self: ToMany,
    {
        Load::<Self>::new(()).limit_per_parent(limit)
    }

    /// See [`Load::offset_per_parent`].
    fn offset_per_parent(self, offset: impl IntoLimit) -> Load<Self, (), Partial>
    where
        Self: ToMany,
    {
        Load::<Self>::new(()).offset_per_parent(offset)
    }

    /// See [`Load::with_deleted`].
    fn with_deleted(self) -> Load<Self> {
        Load::new(()).with_deleted()
    }

    /// See [`Load::live_only`].
    fn live_only(self) -> Load<Self, (), Live>
    where
        Self: ToOne,
    {
        Load::<Self>::new(()).live_only()
    }
}

impl<R: Relation> LoadRelation for R {}

/// A load that is made only where a condition holds: what was loaded is an `Option`.
#[derive(Clone)]
pub struct LoadIf<L>(pub(super) Option<L>);

impl<L: Along> Along for LoadIf<L> {
    type Relation = L::Relation;
    type Value = Option<L::Value>;
}

impl<M: Table, L: LoadOf<M>> LoadOf<M> for LoadIf<L> {
    fn nodes(&self, out: &mut Vec<LoadNode>) {
        if let Some(load) = &self.0 {
            load.nodes(out);
        }
    }

    fn finish(&self, children: &mut std::vec::IntoIter<Level>, rows: usize) -> Result<Vec<Self::Value>> {
        Ok(match &self.0 {
            Some(load) => load.finish(children, rows)?.into_iter().map(Some).collect(),
            None => std::iter::repeat_with(|| None).take(rows).collect(),
        })
    }
}
