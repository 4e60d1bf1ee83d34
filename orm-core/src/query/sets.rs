//! Rows of several queries together: UNION, INTERSECT, EXCEPT.

use super::cte::add_names;
use super::rows::scalar;
use super::{Page, Query, Selected};
use crate::error::Result;
use crate::exec::Executor;
use crate::expr::IntoOrder;
use crate::expr::ast::{Compound, Inner, Output, Select, SetOperation};
use crate::model::Table;

/// What the rows of several queries are rooted in: they have no columns but their outputs, which
/// [`output`](crate::expr::output) names.
#[derive(Debug)]
pub struct Combined;

impl Inner {
    /// A query with what was said of it.
    pub(super) fn of<M>(query: Query<M>) -> Inner {
        Inner {
            select: query.select,
            scopes: query.scopes,
            fault: query.fault,
        }
    }
}

/// The rows of one query and another, as a query that begins anew.
fn together<A, B, S>(first: Query<A>, operation: SetOperation, second: Query<B>) -> Query<S> {
    let tag = first.tag.clone();
    let (mut first, mut second) = (Inner::of(first), Inner::of(second));
    let said = first.fault.clone();
    let mut with = std::mem::take(&mut first.select.with);
    let names = add_names(&mut with, std::mem::take(&mut second.select.with));
    let whole = !matches!(first.select.output, Output::Model);
    let mut select = Select::new(first.select.from);
    let chained = first.select.is_compound_alone();
    let compound = match first.select.source.take() {
        Some(mut compound) if chained => {
            compound.rest.push((operation, second));
            compound
        }
        source => {
            first.select.source = source;
            Box::new(Compound {
                first,
                rest: vec![(operation, second)],
            })
        }
    };
    let fault = said
        .or_else(|| compound.queries().find_map(|query| query.fault.clone()))
        .or_else(|| names.err().map(|e| e.to_string()));
    if whole {
        select.output = Output::Whole;
    }
    select.source = Some(compound);
    select.with = with;
    let mut query = Query::of(select);
    (query.fault, query.tag) = (fault, tag);
    query
}

macro_rules! operations {
    ($($(#[$doc:meta])* $name:ident $operation:ident;)*) => {
        impl<M: Table> Query<M> {
            $(
                $(#[$doc])*
                ///
                /// What is said of the query from here on (conditions, order, limit, also relation paths) is said of the
                /// rows together; each query keeps what was said of it before. A chain is taken from the first to the
                /// last. Rows of several queries cannot be locked.
                pub fn $name(self, other: Query<M>) -> Query<M> {
                    together(self, SetOperation::$operation, other)
                }
            )*
        }

        impl<S, T: Send + 'static> Selected<S, T> {
            $(
                $(#[$doc])*
                ///
                /// The other query may be over another model; its rows have the same type. Names are those of the first
                /// query's outputs, and an order is by them: `.order_by(output("name"))`.
                pub fn $name<R>(self, other: Selected<R, T>) -> Selected<Combined, T> {
                    let read = self.read;
                    Selected::reading(together(self.query, SetOperation::$operation, other.query), read)
                }
            )*
        }
    };
}

operations! {
    /// The rows of both queries, each once: `UNION`.
    ///
    /// ```
    /// # use orm_core::prelude::*;
    /// # #[derive(Model)] #[orm(table = "books")]
    /// # struct Book { id: Id<Book>, title: String, year: i32 }
    /// let early = Book::query().filter(Book::year.lt(1800)).select(Book::title);
    /// let late = Book::query().filter(Book::year.ge(2000)).select(Book::title);
    /// assert_eq!(
    ///     early.union(late).to_sql(Dialect::Postgres).to_string(),
    ///     "SELECT \"books\".\"title\" AS \"title\" FROM \"books\" WHERE \"books\".\"year\" < $1 \
    ///      UNION SELECT \"books\".\"title\" AS \"title\" FROM \"books\" WHERE \"books\".\"year\" >= $2    [1800, 2000]"
    /// );
    /// ```
    union Union;
    /// The rows of both queries: `UNION ALL`.
    union_all UnionAll;
    /// The rows that both queries have, each once: `INTERSECT`. MySQL has it from 8.0.31 on.
    intersect Intersect;
    /// The rows that both queries have, as often as both have them: `INTERSECT ALL`, on PostgreSQL and MySQL. SQLite has
    /// none, and MariaDB 10.11 may compute it for ever: an `Unsupported` error there, before anything is sent.
    intersect_all IntersectAll;
    /// The rows of this query that the other has not, each once: `EXCEPT`. MySQL has it from 8.0.31 on.
    except Except;
    /// The rows of this query, each as often as it has it more than the other: `EXCEPT ALL`, on PostgreSQL and MySQL. An
    /// `Unsupported` error on SQLite and MariaDB, before anything is sent.
    except_all ExceptAll;
}

impl<T: Send + 'static> Selected<Combined, T> {
    /// In that order, which is by outputs: `.order_by(output("name").desc())`.
    pub fn order_by<O: IntoOrder<Combined>>(mut self, order: O) -> Self {
        self.query = self.query.order_by(order);
        self
    }
}

impl<S, T: Send + 'static> Selected<S, T> {
    /// Its rows, as a query that begins anew; those of several queries are that already.
    fn whole(mut self) -> Query<Combined> {
        if matches!(self.query.select.output, Output::Whole) && !self.query.select.distinct {
            return self.query.over();
        }
        let tag = self.query.tag.clone();
        let with = std::mem::take(&mut self.query.select.with);
        let mut select = Select::new(self.query.select.from);
        let first = Inner::of(self.query);
        let fault = first.fault.clone();
        select.source = Some(Box::new(Compound {
            first,
            rest: Vec::new(),
        }));
        (select.output, select.with) = (Output::Whole, with);
        let mut query = Query::of(select);
        (query.fault, query.tag) = (fault, tag);
        query
    }

    /// How many rows there are: groups where there are groups, and without doubles where it says so; limit and offset
    /// count.
    ///
    /// # Errors
    /// What the database says.
    pub async fn count(self, db: &dyn Executor) -> Result<u64> {
        self.whole().count_of(db).await
    }

    /// Whether there is a row.
    ///
    /// # Errors
    /// What the database says.
    pub async fn exists(self, db: &dyn Executor) -> Result<bool> {
        scalar(db, self.whole().stmt(db, Output::Exists)?).await
    }

    /// A page of rows, counted from 1, and how many there are in all. Two statements. See [`Query::page`].
    ///
    /// # Errors
    /// `Invalid` for page 0 or a size of 0.
    pub async fn page(mut self, number: u64, size: u64, db: &dyn Executor) -> Result<Page<T>> {
        let skipped = Page::<T>::skipped(number, size)?;
        (self.query.select.limit, self.query.select.offset) = (None, None);
        let total = self.clone().count(db).await?;
        let items = self.limit(size).offset(skipped).all(db).await?;
        Ok(Page {
            items,
            total,
            number,
            size,
        })
    }
}
