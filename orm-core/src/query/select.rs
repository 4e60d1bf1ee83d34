//! Queries over one model.

use std::marker::PhantomData;

use super::rows::{at_most_one, collect, not_found, query_stmt, scalar};
use super::scope::{Deleted, Scopes, key_of, names_one_row, preview, scoped};
use super::tag::Tag;
use super::{IntoLimit, Page, Rows, Selectable, Selected, Statement};
use crate::error::{Error, Result};
use crate::exec::{Collect, Context, Executor, Run, Stmt};
use crate::expr::ast::{Lock, Node, Output, Select};
use crate::expr::{IntoFilter, IntoOrder};
use crate::model::Table;
use crate::sql::{Dialect, SqlText};
use crate::value::FromRow;

/// A query over model `M`: nothing is sent before its last call.
///
/// Each last call sends one statement, unless it says otherwise.
#[must_use = "a query does nothing until its last call: `all`, `one`, `first`, `count`, .."]
pub struct Query<M> {
    pub(crate) select: Select,
    pub(crate) scopes: Scopes,
    pub(crate) fault: Option<String>,
    pub(crate) tag: Tag,
    marker: PhantomData<fn() -> M>,
}

impl<M> Clone for Query<M> {
    fn clone(&self) -> Self {
        Query {
            select: self.select.clone(),
            scopes: self.scopes,
            fault: self.fault.clone(),
            tag: self.tag.clone(),
            marker: PhantomData,
        }
    }
}

impl<M: Table> Query<M> {
    pub(super) fn new() -> Self {
        Query::of(Select::new(M::table()))
    }
}

impl<M> Query<M> {
    /// A query of which nothing else was said.
    pub(crate) fn of(select: Select) -> Self {
        Query {
            select,
            scopes: Scopes::default(),
            fault: None,
            tag: Tag::default(),
            marker: PhantomData,
        }
    }
}

impl<M> Query<M> {
    /// The same query, as one over several models.
    pub(super) fn over<S>(self) -> Query<S> {
        Query {
            select: self.select,
            scopes: self.scopes,
            fault: self.fault,
            tag: self.tag,
            marker: PhantomData,
        }
    }

    /// Keeps the first mistake; the last call reports it before anything is sent.
    pub(crate) fn fail(&mut self, e: &Error) {
        self.fault.get_or_insert_with(|| e.to_string());
    }

    /// Only rows that satisfy the condition. Several filters must all hold; `None` adds nothing.
    pub fn filter<F: IntoFilter<M>>(mut self, filter: F) -> Self {
        self.select.filter.extend(filter.into_filter());
        self
    }

    pub(super) fn filter_all(mut self, filters: Vec<Node>) -> Self {
        self.select.filter.extend(filters);
        self
    }

    /// In that order; further terms come after those that are there.
    pub fn order_by<O: IntoOrder<M>>(mut self, order: O) -> Self {
        order.add_to(&mut self.select.order_by);
        self
    }

    /// At most so many rows; `None` sets no limit.
    pub fn limit(mut self, limit: impl IntoLimit) -> Self {
        match limit.into_limit() {
            Ok(limit) => self.select.limit = limit,
            Err(e) => self.fail(&e),
        }
        self
    }

    /// Leaves out so many rows at the beginning.
    pub fn offset(mut self, offset: impl IntoLimit) -> Self {
        match offset.into_limit() {
            Ok(offset) => self.select.offset = offset,
            Err(e) => self.fail(&e),
        }
        self
    }

    /// Without doubles.
    pub fn distinct(mut self) -> Self {
        self.select.distinct = true;
        self
    }

    /// Groups rows with equal values; used with [`select`](Query::select).
    pub fn group_by<G: Selectable<M>>(mut self, groups: G) -> Self {
        let mut outputs = Vec::new();
        groups.add_to(&mut outputs);
        self.select
            .group_by
            .extend(outputs.into_iter().map(|(node, _)| node));
        self
    }

    /// Only groups that satisfy the condition, which may use aggregates.
    pub fn having<F: IntoFilter<M>>(mut self, filter: F) -> Self {
        self.select.having.extend(filter.into_filter());
        self
    }

    /// Gives these columns or expressions in place of the model: one of them, or a tuple.
    pub fn select<P: Selectable<M>>(self, outputs: P) -> Selected<M, P::Row> {
        Selected::new(self, outputs)
    }

    /// Gives a struct made of these columns or expressions, in the order of its fields.
    ///
    /// A column whose name differs from the field in its place is refused, so that two fields of one type cannot swap:
    /// give it the field's name with `.named("..")`.
    pub fn select_as<T: FromRow>(self, outputs: impl Selectable<M>) -> Selected<M, T> {
        Selected::new_as(self, outputs)
    }

    /// Gives a struct made of the columns that have the names of its fields, and reads no other column. A struct with
    /// `#[derive(FromRow)]` says which; a field that is no column of the model, or cannot hold its values, is an error of
    /// the last call, before anything is sent.
    ///
    /// ```
    /// # use orm_core::prelude::*;
    /// # #[derive(Model)] #[orm(table = "products")]
    /// # struct Product { id: Id<Product>, name: String, description: String, price: f64 }
    /// #[derive(FromRow)]
    /// struct Line {
    ///     name: String,
    ///     price: f64,
    /// }
    ///
    /// let lines = Product::query().filter(Product::price.lt(10.0)).select_only::<Line>();
    /// assert_eq!(
    ///     lines.to_sql(Dialect::Postgres).to_string(),
    ///     "SELECT \"products\".\"name\", \"products\".\"price\" FROM \"products\" \
    ///      WHERE \"products\".\"price\" < $1    [10.0]"
    /// );
    /// ```
    pub fn select_only<T: FromRow>(self) -> Selected<M, T>
    where
        M: Table,
    {
        Selected::only(self)
    }

    /// Rows that are soft-deleted, too.
    pub fn with_deleted(mut self) -> Self {
        self.scopes.deleted = Deleted::Shown;
        self
    }

    /// Only rows that are soft-deleted.
    pub fn only_deleted(mut self) -> Self {
        self.scopes.deleted = Deleted::Only;
        self
    }

    /// Rows of every tenant.
    pub fn all_tenants(mut self) -> Self {
        self.scopes.all_tenants = true;
        self
    }

    /// Sends a comment along, at the end of the statement: `.tag("route=/products")`. A log of the database tells by it
    /// where a statement comes from. Several are joined by commas.
    ///
    /// Letters, digits and `_ - . : / = , @` stay, up to 200 characters; all else becomes `_`, so that nothing in it ends
    /// the comment. A tag is part of the text by which prepared statements are kept: say where a statement comes from,
    /// and not for whom it runs.
    ///
    /// ```
    /// # use orm_core::prelude::*;
    /// # #[derive(Model)] #[orm(table = "products")] struct Product { id: Id<Product>, price: f64 }
    /// let query = Product::query().tag("route=/products").tag("job=\"*/\"");
    /// let text = query.to_sql(Dialect::Sqlite).to_string();
    /// assert!(text.ends_with("/* route=/products, job=__/_ */"));
    /// ```
    pub fn tag(mut self, tag: &str) -> Self {
        self.tag.add(tag);
        self
    }

    pub(crate) fn lock(mut self, lock: Lock) -> Self {
        self.select.lock = Some(lock);
        self
    }

    /// Puts the default scopes into the SELECT. The last thing that is done to a query, once.
    pub(super) fn scope(&mut self, context: &Context) -> Result<()> {
        if let Some(fault) = &self.fault {
            return Err(Error::invalid(fault.clone()));
        }
        scoped(&mut self.select, self.scopes, context)
    }

    /// The statement, which is the end of the query: its conditions stay for error texts.
    pub(super) fn stmt(&mut self, db: &dyn Executor, output: Output) -> Result<Stmt> {
        self.scope(db.context())?;
        self.select.output = output;
        let run = run_of(&self.select);
        let sql = self.select.to_sql(db.dialect())?;
        let mut stmt = query_stmt(self.tag.on(sql), &self.select, run);
        stmt.redact |= self.select.joins.iter().any(|join| join.table.redacts);
        stmt.part = self.select.lock.is_some();
        Ok(stmt)
    }

    /// How many rows there are; limit and offset count.
    ///
    /// # Errors
    /// What the database says.
    pub async fn count(mut self, db: &dyn Executor) -> Result<u64> {
        self.count_of(db).await
    }

    pub(super) async fn count_of(&mut self, db: &dyn Executor) -> Result<u64> {
        let n: i64 = scalar(db, self.stmt(db, Output::Count)?).await?;
        u64::try_from(n).map_err(|_| Error::invalid("the database counted less than nothing"))
    }

    /// Whether there is a row.
    ///
    /// # Errors
    /// What the database says.
    pub async fn exists(mut self, db: &dyn Executor) -> Result<bool> {
        scalar(db, self.stmt(db, Output::Exists)?).await
    }

    /// The statement that [`all`](Query::all) would send. Nothing is sent.
    pub fn to_sql(&self, dialect: Dialect) -> Statement {
        Statement::new(self.preview(dialect))
    }

    fn preview(&self, dialect: Dialect) -> Result<SqlText> {
        let mut query = self.clone();
        query.scope(&preview())?;
        query.select.to_sql(dialect).map(|sql| query.tag.on(sql))
    }

    /// The database's plan for the statement that [`all`](Query::all) would send, as text. The query does not run.
    ///
    /// # Errors
    /// What the database says.
    pub async fn explain(&self, db: &dyn Executor) -> Result<String> {
        let stmt = self.clone().stmt(db, Output::Model)?;
        super::raw::explain(db, stmt).await
    }

    /// The database's plan with what each step of it took, as text: `EXPLAIN (ANALYZE)`, on MariaDB `ANALYZE`. The query runs,
    /// and its rows are thrown away.
    ///
    /// # Errors
    /// What the database says; `Unsupported`, before anything is sent, on SQLite and where a query with a name writes.
    pub async fn explain_analyze(&self, db: &dyn Executor) -> Result<String> {
        let stmt = self.clone().stmt(db, Output::Model)?;
        super::raw::explain_analyze(db, stmt).await
    }

    /// Reads at most so many rows, where the database cannot know that there are no more.
    pub(crate) fn at_most(mut self, most: u64) -> Self {
        if !gives_one_row(&self.select) {
            self.select.limit = Some(self.select.limit.map_or(most, |limit| limit.min(most)));
        }
        self
    }
}

impl<M: Table> Query<M> {
    /// All rows.
    ///
    /// # Errors
    /// What the database says; `Decode` when a value does not fit its field.
    pub async fn all(mut self, db: &dyn Executor) -> Result<Vec<M>> {
        collect(db, self.stmt(db, Output::Model)?, M::read).await
    }

    /// All rows, as a part of a write.
    pub(super) async fn read_back(mut self, db: &dyn Executor) -> Result<Vec<M>> {
        let stmt = Stmt {
            part: true,
            ..self.stmt(db, Output::Model)?
        };
        collect(db, stmt, M::read).await
    }

    /// Exactly one row.
    ///
    /// # Errors
    /// `NotFound` when there is none, `MoreThanOne` when there are several; both name the table, and the key where the
    /// query gives it.
    pub async fn one(self, db: &dyn Executor) -> Result<M> {
        let mut query = self.at_most(2);
        let rows = collect(db, query.stmt(db, Output::Model)?, M::read).await?;
        at_most_one(rows, M::table())?.ok_or_else(|| {
            let key = key_of(M::table(), &query.select.filter);
            not_found(M::table(), key.as_deref())
        })
    }

    /// One row or none.
    ///
    /// # Errors
    /// `MoreThanOne` when there are several.
    pub async fn optional(self, db: &dyn Executor) -> Result<Option<M>> {
        let mut query = self.at_most(2);
        let rows = collect(db, query.stmt(db, Output::Model)?, M::read).await?;
        at_most_one(rows, M::table())
    }

    /// The first row in the query's order, or none.
    ///
    /// # Errors
    /// What the database says.
    pub async fn first(self, db: &dyn Executor) -> Result<Option<M>> {
        let mut query = self.at_most(1);
        let rows = collect(db, query.stmt(db, Output::Model)?, M::read).await?;
        Ok(rows.into_iter().next())
    }

    /// The rows one by one, in constant memory. A connection is held until the stream has ended or is dropped; inside
    /// a transaction no other statement runs meanwhile.
    ///
    /// # Errors
    /// The stream's items are errors where [`all`](Query::all) would fail.
    pub fn stream(mut self, db: &dyn Executor) -> Rows<'_, M> {
        let stmt = self.stmt(db, Output::Model).map(|stmt| Stmt {
            run: Run::Thread,
            ..stmt
        });
        Rows::new(db, stmt, Collect::new(M::read))
    }

    /// A page of rows, counted from 1, and how many there are in all. Two statements. A page has a limit and an offset of
    /// its own: those of the query are put aside, and do not count.
    ///
    /// A page far from the first costs all rows before it, and rows that come and go between two pages are seen twice or
    /// never: [`page_after`](Query::page_after) has neither fault.
    ///
    /// # Errors
    /// `Invalid` for page 0 or a size of 0.
    pub async fn page(mut self, number: u64, size: u64, db: &dyn Executor) -> Result<Page<M>> {
        let skipped = Page::<M>::skipped(number, size)?;
        (self.select.limit, self.select.offset) = (None, None);
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

/// Whether the conditions hold for one row at most.
fn gives_one_row(select: &Select) -> bool {
    select.joins.is_empty() && select.source.is_none() && names_one_row(select.from, &select.filter)
}

/// A row by a whole key is short by construction; nothing is known of other reads.
pub(crate) fn run_of(select: &Select) -> Run {
    let plain = matches!(select.output, Output::Model) && select.group_by.is_empty();
    if plain && gives_one_row(select) {
        Run::Short
    } else {
        Run::Budget
    }
}
