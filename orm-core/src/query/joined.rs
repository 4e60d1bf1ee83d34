//! Queries over several models, joined by conditions that follow no relation.

mod closures;
mod lateral;

use super::rows::{at_most_one, collect, exactly_one};
use super::{IntoLimit, Page, Query, Rows, Statement};
use crate::error::Result;
use crate::exec::{Collect, Executor, Run, Stmt};
pub use lateral::{Lateral, lateral};

use crate::expr::Scope;
use crate::expr::ast::{self, JoinKind, JoinedTable, Lock, Node, Output};
#[cfg(doc)]
use crate::expr::{Inner, Left, Side};
use crate::model::TableDef;
use crate::sql::Dialect;

/// A query over the models `S`, a tuple of two to four [`Inner<M>`](Inner) and [`Left<M>`](Left): what
/// [`join`](Query::join), [`left_join`](Query::left_join), [`full_join`](Query::full_join) and
/// [`cross_join`](Query::cross_join) make of a query.
///
/// Whatever takes columns takes a closure here, which is lent a [`Side`] for each model: `side.get(Product::name)`. Without
/// `select`, a row is a tuple of models, and `None` where one is missing.
///
/// What was said of the query before its first join stays: conditions and order are on its own model, limit and offset
/// count rows of the whole join.
#[must_use = "a query does nothing until its last call: `all`, `one`, `first`, `count`, .."]
pub struct Joined<S> {
    query: Query<S>,
}

impl<S> Clone for Joined<S> {
    fn clone(&self) -> Self {
        Joined {
            query: self.query.clone(),
        }
    }
}

impl<S> Joined<S> {
    /// One more table, joined to the query's.
    fn new<T>(query: Query<T>, table: &'static TableDef, kind: JoinKind, on: Option<Node>) -> Self {
        Joined::add(query, table, kind, on.into_iter().collect(), None)
    }

    /// Some rows of one more table, for each row of the query's.
    fn beside<T>(query: Query<T>, table: &'static TableDef, kind: JoinKind, rows: Lateral<S>) -> Self {
        let mut joined = Joined::add(query, table, kind, rows.on, Some(rows.lateral));
        if let Some(fault) = &rows.fault {
            joined.query.fail(fault);
        }
        joined
    }

    fn add<T>(
        query: Query<T>,
        table: &'static TableDef,
        kind: JoinKind,
        on: Vec<Node>,
        lateral: Option<ast::Lateral>,
    ) -> Self {
        let mut query = query.over();
        query.select.joins.push(JoinedTable {
            table,
            kind,
            on,
            scope: Vec::new(),
            with_deleted: false,
            lateral,
        });
        Joined { query }
    }

    pub(super) fn into_query(self) -> Query<S> {
        self.query
    }

    pub(super) fn map(self, change: impl FnOnce(Query<S>) -> Query<S>) -> Self {
        Joined {
            query: change(self.query),
        }
    }

    /// At most so many rows of the whole join; `None` sets no limit.
    pub fn limit(mut self, limit: impl IntoLimit) -> Self {
        self.query = self.query.limit(limit);
        self
    }

    /// Leaves out so many rows at the beginning.
    pub fn offset(mut self, offset: impl IntoLimit) -> Self {
        self.query = self.query.offset(offset);
        self
    }

    /// Without doubles.
    pub fn distinct(mut self) -> Self {
        self.query = self.query.distinct();
        self
    }

    /// Rows that are soft-deleted, too: those of all models that are joined so far. What is joined after it hides them.
    pub fn with_deleted(mut self) -> Self {
        self.query = self.query.with_deleted();
        for join in &mut self.query.select.joins {
            join.with_deleted = true;
        }
        self
    }

    /// Rows of every tenant, in all models.
    pub fn all_tenants(mut self) -> Self {
        self.query = self.query.all_tenants();
        self
    }

    /// Sends a comment along: `.tag("route=/products")`. See [`Query::tag`].
    pub fn tag(mut self, tag: &str) -> Self {
        self.query = self.query.tag(tag);
        self
    }

    pub(crate) fn lock(mut self, lock: Lock) -> Self {
        self.query = self.query.lock(lock);
        self
    }

    /// How many rows the join has; limit and offset count.
    ///
    /// # Errors
    /// What the database says.
    pub async fn count(self, db: &dyn Executor) -> Result<u64> {
        self.query.count(db).await
    }

    /// Whether the join has a row.
    ///
    /// # Errors
    /// What the database says.
    pub async fn exists(self, db: &dyn Executor) -> Result<bool> {
        self.query.exists(db).await
    }

    /// The statement that [`all`](Joined::all) would send. Nothing is sent.
    pub fn to_sql(&self, dialect: Dialect) -> Statement {
        self.query.to_sql(dialect)
    }

    /// The database's plan for the statement that [`all`](Joined::all) would send, as text. The query does not run.
    ///
    /// # Errors
    /// What the database says.
    pub async fn explain(&self, db: &dyn Executor) -> Result<String> {
        self.query.explain(db).await
    }

    /// The plan with what each step of it took: see [`Query::explain_analyze`].
    ///
    /// # Errors
    /// As there.
    pub async fn explain_analyze(&self, db: &dyn Executor) -> Result<String> {
        self.query.explain_analyze(db).await
    }
}

impl<S: Scope> Joined<S> {
    /// All rows, each a tuple of models: `None` stands where a row has none.
    ///
    /// # Errors
    /// What the database says; `Unsupported`, before anything is sent, for a full join where there is none; `Decode` when
    /// a value does not fit its field.
    pub async fn all(mut self, db: &dyn Executor) -> Result<Vec<S::Row>> {
        collect(db, self.query.stmt(db, Output::Model)?, S::read).await
    }

    /// Exactly one row.
    ///
    /// # Errors
    /// `NotFound` when there is none, `MoreThanOne` when there are several; both name the first model.
    pub async fn one(self, db: &dyn Executor) -> Result<S::Row> {
        let table = self.query.select.from;
        exactly_one(self.at_most(2).all(db).await?, table, None)
    }

    /// One row or none.
    ///
    /// # Errors
    /// `MoreThanOne` when there are several.
    pub async fn optional(self, db: &dyn Executor) -> Result<Option<S::Row>> {
        let table = self.query.select.from;
        at_most_one(self.at_most(2).all(db).await?, table)
    }

    /// The first row in the query's order, or none.
    ///
    /// # Errors
    /// What the database says.
    pub async fn first(self, db: &dyn Executor) -> Result<Option<S::Row>> {
        let rows = self.at_most(1).all(db).await?;
        Ok(rows.into_iter().next())
    }

    /// The rows one by one, in constant memory. A connection is held until the stream has ended or is dropped; inside a
    /// transaction no other statement runs meanwhile.
    ///
    /// # Errors
    /// The stream's items are errors where [`all`](Joined::all) would fail.
    pub fn stream(mut self, db: &dyn Executor) -> Rows<'_, S::Row> {
        let stmt = self.query.stmt(db, Output::Model).map(|stmt| Stmt {
            run: Run::Thread,
            ..stmt
        });
        Rows::new(db, stmt, Collect::new(S::read))
    }

    /// A page of rows, counted from 1, and how many there are in all. Two statements. See [`Query::page`].
    ///
    /// # Errors
    /// `Invalid` for page 0 or a size of 0.
    pub async fn page(mut self, number: u64, size: u64, db: &dyn Executor) -> Result<Page<S::Row>> {
        let skipped = Page::<S::Row>::skipped(number, size)?;
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

    fn at_most(mut self, most: u64) -> Self {
        self.query = self.query.at_most(most);
        self
    }
}
