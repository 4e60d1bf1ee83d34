//! Queries that give columns and expressions in place of the model.

use std::marker::PhantomData;
use std::sync::Arc;

use super::rows::{Read, at_most_one, collect, exactly_one, query_stmt};
use super::scope::{go_together, preview};
use super::{IntoLimit, Query, Rows, Statement};
use crate::error::{Error, Result};
use crate::exec::{Collect, Context, Executor, Run, Stmt};
use crate::expr::ast::{Node, Output, Select};
use crate::expr::{Expr, IntoFilter, IntoOrder, Operand};
use crate::model::{Column, Table, TableDef};
use crate::sql::Dialect;
use crate::value::{FromRow, RowReader, Sql};

/// What a query gives: expressions, and their names where they have them.
pub type Outputs = Vec<(Node, Option<Arc<str>>)>;

/// What can be selected from model `M`: a column, an expression, or a tuple of up to 16.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be selected from `{M}`",
    label = "expected a column or expression of `{M}`, or a tuple of these"
)]
pub trait Selectable<M> {
    /// What each row becomes.
    type Row: Send + 'static;

    /// Adds the outputs.
    fn add_to(self, outputs: &mut Outputs);

    /// Reads a row.
    ///
    /// # Errors
    /// `Decode` when a value does not fit.
    fn read(row: &mut RowReader<'_>) -> Result<Self::Row>;
}

impl<M: Table, T: Sql> Selectable<M> for Column<M, T> {
    type Row = T;

    fn add_to(self, outputs: &mut Outputs) {
        let name = Arc::from(self.def().field);
        outputs.push((Operand::into_node(self), Some(name)));
    }

    fn read(row: &mut RowReader<'_>) -> Result<T> {
        row.read()
    }
}

impl<M, T: Sql> Selectable<M> for Expr<M, T> {
    type Row = T;

    fn add_to(self, outputs: &mut Outputs) {
        outputs.push((self.into_node(), None));
    }

    fn read(row: &mut RowReader<'_>) -> Result<T> {
        row.read()
    }
}

/// An expression with a name of its own in the result.
#[derive(Clone, Debug)]
pub struct Named<S, T> {
    node: Node,
    name: Arc<str>,
    marker: PhantomData<fn() -> (S, T)>,
}

/// Gives a column or expression a name in the result.
pub trait NamedOperand: Operand {
    /// Under this name; `output(name)` orders by it.
    fn named(self, name: &str) -> Named<Self::Scope, Self::Type> {
        Named {
            node: self.into_node(),
            name: Arc::from(name),
            marker: PhantomData,
        }
    }
}

impl<O: Operand> NamedOperand for O {}

impl<M, T: Sql> Selectable<M> for Named<M, T> {
    type Row = T;

    fn add_to(self, outputs: &mut Outputs) {
        outputs.push((self.node, Some(self.name)));
    }

    fn read(row: &mut RowReader<'_>) -> Result<T> {
        row.read()
    }
}

macro_rules! tuples {
    ($($p:ident $n:tt),*) => {
        impl<M, $($p: Selectable<M>),*> Selectable<M> for ($($p,)*) {
            type Row = ($($p::Row,)*);

            fn add_to(self, outputs: &mut Outputs) {
                $(self.$n.add_to(outputs);)*
            }

            fn read(row: &mut RowReader<'_>) -> Result<Self::Row> {
                Ok(($($p::read(row)?,)*))
            }
        }
    };
}

tuples!(A 0);
tuples!(A 0, B 1);
tuples!(A 0, B 1, C 2);
tuples!(A 0, B 1, C 2, D 3);
tuples!(A 0, B 1, C 2, D 3, E 4);
tuples!(A 0, B 1, C 2, D 3, E 4, F 5);
tuples!(A 0, B 1, C 2, D 3, E 4, F 5, G 6);
tuples!(A 0, B 1, C 2, D 3, E 4, F 5, G 6, H 7);
tuples!(A 0, B 1, C 2, D 3, E 4, F 5, G 6, H 7, I 8);
tuples!(A 0, B 1, C 2, D 3, E 4, F 5, G 6, H 7, I 8, J 9);
tuples!(A 0, B 1, C 2, D 3, E 4, F 5, G 6, H 7, I 8, J 9, K 10);
tuples!(A 0, B 1, C 2, D 3, E 4, F 5, G 6, H 7, I 8, J 9, K 10, L 11);
tuples!(A 0, B 1, C 2, D 3, E 4, F 5, G 6, H 7, I 8, J 9, K 10, L 11, N 12);
tuples!(A 0, B 1, C 2, D 3, E 4, F 5, G 6, H 7, I 8, J 9, K 10, L 11, N 12, O 13);
tuples!(A 0, B 1, C 2, D 3, E 4, F 5, G 6, H 7, I 8, J 9, K 10, L 11, N 12, O 13, P 14);
tuples!(A 0, B 1, C 2, D 3, E 4, F 5, G 6, H 7, I 8, J 9, K 10, L 11, N 12, O 13, P 14, Q 15);

/// A query over model `M` that gives a `T` for each row.
#[must_use = "a query does nothing until its last call: `all`, `one`, `first`, .."]
pub struct Selected<M, T> {
    pub(super) query: Query<M>,
    pub(super) read: Read<T>,
}

impl<M, T> Clone for Selected<M, T> {
    fn clone(&self) -> Self {
        Selected {
            query: self.query.clone(),
            read: self.read,
        }
    }
}

impl<M: Table, T> Selected<M, T> {
    /// Only rows that satisfy the condition.
    pub fn filter<F: IntoFilter<M>>(mut self, filter: F) -> Self {
        self.query = self.query.filter(filter);
        self
    }

    /// Only groups that satisfy the condition.
    pub fn having<F: IntoFilter<M>>(mut self, filter: F) -> Self {
        self.query = self.query.having(filter);
        self
    }

    /// Groups rows with equal values.
    pub fn group_by<G: Selectable<M>>(mut self, groups: G) -> Self {
        self.query = self.query.group_by(groups);
        self
    }

    /// In that order.
    pub fn order_by<O: IntoOrder<M>>(mut self, order: O) -> Self {
        self.query = self.query.order_by(order);
        self
    }
}

impl<M, T: Send + 'static> Selected<M, T> {
    /// A query whose rows are read so.
    pub(super) const fn reading(query: Query<M>, read: Read<T>) -> Self {
        Selected { query, read }
    }

    pub(super) fn new<P: Selectable<M, Row = T>>(mut query: Query<M>, outputs: P) -> Self {
        let mut list = Vec::new();
        outputs.add_to(&mut list);
        // Columns keep the names they have; only names given by hand are written.
        for (node, name) in &mut list {
            if matches!(node, Node::Column(_, column) if name.as_deref() == Some(column.field)) {
                *name = None;
            }
        }
        query.select.output = Output::Nodes(list);
        Selected { query, read: P::read }
    }

    pub(super) fn new_as<P: Selectable<M>>(mut query: Query<M>, outputs: P) -> Self
    where
        T: FromRow,
    {
        let mut list = Vec::new();
        outputs.add_to(&mut list);
        for (node, name) in &mut list {
            if let (Node::Side(_, side), None) = (&*node, &name)
                && let Node::Column(_, column) = &**side
            {
                *name = Some(Arc::from(column.field));
            }
        }
        if let Some(Err(e)) = T::FIELDS.map(|fields| name_after(fields, &mut list)) {
            query.fail(&e);
        }
        query.select.output = Output::Nodes(list);
        Selected {
            query,
            read: T::from_row,
        }
    }

    /// The columns that have the names of a struct's fields.
    pub(super) fn only(mut query: Query<M>) -> Self
    where
        T: FromRow,
    {
        let table = query.select.from;
        let column = |field: &&str| {
            table
                .columns
                .iter()
                .find(|column| column.field == *field || column.full_name() == *field)
        };
        let fields = T::FIELDS.unwrap_or_default();
        let outputs: Vec<_> = fields
            .iter()
            .filter_map(column)
            .map(|column| (Node::Column(table, column), None))
            .collect();
        if let Some(missing) = fields.iter().find(|field| column(field).is_none()) {
            query.fail(&Error::invalid(format!(
                "`{}` has no column `{missing}`, which `select_only` was to read: rename the field, or say by `select_as` what \
                 it is",
                table.model
            )));
        } else if let Some((field, read)) = fields.iter().zip(T::TYPES).find(|(field, read)| {
            column(field).is_some_and(|column| !read.reads(column.data_type, column.nullable))
        }) {
            let is = |nullable| if nullable { "may be NULL" } else { "is never NULL" };
            let (of, nullable) = column(field).map_or((read.data_type, false), |c| (c.data_type, c.nullable));
            query.fail(&Error::invalid(format!(
                "`{}::{field}` is of type {of:?} and {}, and the field that `select_only` reads it into of type {:?} and {}: \
                 give the field the column's type",
                table.model,
                is(nullable),
                read.data_type,
                is(read.nullable)
            )));
        } else if outputs.is_empty() {
            query.fail(&Error::invalid(
                "`select_only` reads a struct with named fields: a tuple is read by `select`",
            ));
        }
        query.select.output = Output::Nodes(outputs);
        Selected::reading(query, T::from_row)
    }

    /// At most so many rows.
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

    /// Sends a comment along: `.tag("report=daily")`. See [`Query::tag`].
    pub fn tag(mut self, tag: &str) -> Self {
        self.query = self.query.tag(tag);
        self
    }

    /// The tables that it joins, its own first.
    pub(super) fn tables(&self) -> Vec<&'static TableDef> {
        let select = &self.query.select;
        let joined = select.joins.iter().map(|join| join.table);
        std::iter::once(select.from).chain(joined).collect()
    }

    /// The SELECT, if its outputs go together.
    pub(super) fn checked(mut self, context: &Context) -> Result<Select> {
        self.query.scope(context)?;
        go_together(&self.query.select)?;
        Ok(self.query.select)
    }

    fn stmt(self, db: &dyn Executor) -> Result<Stmt> {
        let tag = self.query.tag.clone();
        let select = self.checked(db.context())?;
        let mut stmt = query_stmt(tag.on(select.to_sql(db.dialect())?), &select, Run::Budget);
        stmt.redact |= select.joins.iter().any(|join| join.table.redacts);
        Ok(stmt)
    }

    /// All rows.
    ///
    /// # Errors
    /// What the database says; `Decode` when a value does not fit.
    pub async fn all(self, db: &dyn Executor) -> Result<Vec<T>> {
        let read = self.read;
        collect(db, self.stmt(db)?, read).await
    }

    /// Exactly one row.
    ///
    /// # Errors
    /// `NotFound` when there is none, `MoreThanOne` when there are several.
    pub async fn one(self, db: &dyn Executor) -> Result<T> {
        let table = self.query.select.from;
        exactly_one(self.at_most(2).all(db).await?, table, None)
    }

    /// One row or none.
    ///
    /// # Errors
    /// `MoreThanOne` when there are several.
    pub async fn optional(self, db: &dyn Executor) -> Result<Option<T>> {
        let table = self.query.select.from;
        at_most_one(self.at_most(2).all(db).await?, table)
    }

    /// The first row in the query's order, or none.
    ///
    /// # Errors
    /// What the database says.
    pub async fn first(self, db: &dyn Executor) -> Result<Option<T>> {
        let rows = self.at_most(1).all(db).await?;
        Ok(rows.into_iter().next())
    }

    /// The rows one by one, in constant memory.
    pub fn stream(self, db: &dyn Executor) -> Rows<'_, T> {
        let read = self.read;
        let stmt = self.stmt(db).map(|stmt| Stmt {
            run: Run::Thread,
            ..stmt
        });
        Rows::new(db, stmt, Collect::new(read))
    }

    /// The statement that [`all`](Selected::all) would send. Nothing is sent.
    pub fn to_sql(&self, dialect: Dialect) -> Statement {
        Statement::new(
            self.clone()
                .checked(&preview())
                .and_then(|select| select.to_sql(dialect))
                .map(|sql| self.query.tag.on(sql)),
        )
    }

    /// The database's plan for the statement that [`all`](Selected::all) would send, as text. The query does not run.
    ///
    /// # Errors
    /// What the database says.
    pub async fn explain(&self, db: &dyn Executor) -> Result<String> {
        super::raw::explain(db, self.clone().stmt(db)?).await
    }

    /// The plan with what each step of it took: see [`Query::explain_analyze`].
    ///
    /// # Errors
    /// As there.
    pub async fn explain_analyze(&self, db: &dyn Executor) -> Result<String> {
        super::raw::explain_analyze(db, self.clone().stmt(db)?).await
    }

    fn at_most(mut self, most: u64) -> Self {
        let limit = &mut self.query.select.limit;
        *limit = Some(limit.map_or(most, |limit| limit.min(most)));
        self
    }
}

/// Names the outputs after a struct's fields, and refuses those that have another name.
fn name_after(fields: &[&str], outputs: &mut Outputs) -> Result<()> {
    if fields.len() != outputs.len() {
        return Err(Error::invalid(format!(
            "`select_as` gives {} columns and the struct has {} fields ({})",
            outputs.len(),
            fields.len(),
            fields.join(", ")
        )));
    }
    for (field, (_, name)) in fields.iter().zip(outputs) {
        match name {
            Some(name) if **name != **field => {
                return Err(Error::invalid(format!(
                    "`select_as` puts the column `{name}` into the field `{field}`: bring them into one order, or say `.named(\"{field}\")`"
                )));
            }
            Some(_) => {}
            None => *name = Some(Arc::from(*field)),
        }
    }
    Ok(())
}
