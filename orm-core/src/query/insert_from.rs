//! INSERT of the rows of a query: `INSERT .. SELECT`.

use std::marker::PhantomData;

use super::rows::{also_written, write, write_stmt};
use super::scope::{Scopes, preview};
use super::tag::Tag;
use super::update::{moves_tenant, touch};
use super::{Selected, SetColumns, Statement};
use crate::error::{Error, Result};
use crate::exec::{Context, Executor, Run};
use crate::expr::ast::{self, Node};
use crate::model::{Column, Table};
use crate::sql::{Dialect, SqlText};
use crate::value::{Scalar, Sql, Value};

/// A value of an expression that a column of type `T` takes: of its own type, and NULL only where the column has it.
#[diagnostic::on_unimplemented(
    message = "a column of type `{T}` cannot be filled with values of type `{Self}`",
    label = "the query gives `{Self}`, and the column takes `{T}`"
)]
pub trait Fits<T> {}

impl<T: Scalar> Fits<T> for T {}
impl<T: Scalar> Fits<Option<T>> for T {}
impl<T: Scalar> Fits<Option<T>> for Option<T> {}

/// Columns of `M` that a query with rows of type `R` can fill: one column, or a tuple of up to 16.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be filled with rows of type `{R}`",
    label = "expected a column of `{M}` for each output of the query"
)]
pub trait FilledBy<M, R>: SetColumns<M> {}

impl<M, T: Sql, U: Fits<T>> FilledBy<M, U> for Column<M, T> {}

macro_rules! tuples {
    ($($t:ident $u:ident),*) => {
        impl<M, $($t: Sql, $u: Fits<$t>),*> FilledBy<M, ($($u,)*)> for ($(Column<M, $t>,)*) {}
    };
}

tuples!(A0 B0);
tuples!(A0 B0, A1 B1);
tuples!(A0 B0, A1 B1, A2 B2);
tuples!(A0 B0, A1 B1, A2 B2, A3 B3);
tuples!(A0 B0, A1 B1, A2 B2, A3 B3, A4 B4);
tuples!(A0 B0, A1 B1, A2 B2, A3 B3, A4 B4, A5 B5);
tuples!(A0 B0, A1 B1, A2 B2, A3 B3, A4 B4, A5 B5, A6 B6);
tuples!(A0 B0, A1 B1, A2 B2, A3 B3, A4 B4, A5 B5, A6 B6, A7 B7);
tuples!(A0 B0, A1 B1, A2 B2, A3 B3, A4 B4, A5 B5, A6 B6, A7 B7, A8 B8);
tuples!(A0 B0, A1 B1, A2 B2, A3 B3, A4 B4, A5 B5, A6 B6, A7 B7, A8 B8, A9 B9);
tuples!(A0 B0, A1 B1, A2 B2, A3 B3, A4 B4, A5 B5, A6 B6, A7 B7, A8 B8, A9 B9, A10 B10);
tuples!(A0 B0, A1 B1, A2 B2, A3 B3, A4 B4, A5 B5, A6 B6, A7 B7, A8 B8, A9 B9, A10 B10, A11 B11);
tuples!(A0 B0, A1 B1, A2 B2, A3 B3, A4 B4, A5 B5, A6 B6, A7 B7, A8 B8, A9 B9, A10 B10, A11 B11, A12 B12);
tuples!(A0 B0, A1 B1, A2 B2, A3 B3, A4 B4, A5 B5, A6 B6, A7 B7, A8 B8, A9 B9, A10 B10, A11 B11, A12 B12, A13 B13);
tuples!(A0 B0, A1 B1, A2 B2, A3 B3, A4 B4, A5 B5, A6 B6, A7 B7, A8 B8, A9 B9, A10 B10, A11 B11, A12 B12, A13 B13, A14 B14);
tuples!(A0 B0, A1 B1, A2 B2, A3 B3, A4 B4, A5 B5, A6 B6, A7 B7, A8 B8, A9 B9, A10 B10, A11 B11, A12 B12, A13 B13, A14 B14, A15 B15);

/// An INSERT of the rows of a query over model `S`, or over several that are joined, into the table of model `M`: one statement, in which no row leaves the
/// database.
///
/// The scopes of all models apply: a tenant's rows are filled with the tenant of the connection. The version begins at
/// 1, `touch` columns are set to now, and the database fills what else has a default.
#[must_use = "an insert does nothing until `exec`"]
pub struct InsertFrom<M, S, R> {
    columns: Vec<usize>,
    source: Selected<S, R>,
    scopes: Scopes,
    tag: Tag,
    marker: PhantomData<fn() -> M>,
}

impl<M: Table, S, R: Send + 'static> InsertFrom<M, S, R> {
    pub(super) fn new(columns: impl SetColumns<M>, source: Selected<S, R>) -> Self {
        InsertFrom {
            columns: columns.positions(),
            source,
            scopes: Scopes::default(),
            tag: Tag::default(),
            marker: PhantomData,
        }
    }

    /// Rows of any tenant; the query gives the tenant's column. (The query's own rows are those of every tenant when it
    /// says so.)
    pub fn all_tenants(mut self) -> Self {
        self.scopes.all_tenants = true;
        self
    }

    /// Sends a comment along: `.tag("job=archive")`. See [`Query::tag`](super::Query::tag).
    pub fn tag(mut self, tag: &str) -> Self {
        self.tag.add(tag);
        self
    }

    fn sql(self, context: &Context, source: &Context, dialect: Dialect) -> Result<SqlText> {
        let table = M::table();
        let mut also = Vec::new();
        touch(table, &mut also);
        if let Some(version) = table.version {
            let data_type = table.columns[version].data_type;
            let first = Value::I32(1).converted(data_type).unwrap_or(Value::I32(1));
            also.push((version, Node::Value(first, data_type)));
        }
        if let Some((tenant, value)) = self.scopes.tenant(table, context)? {
            if self.columns.contains(&tenant) {
                return Err(moves_tenant(table, tenant));
            }
            also.push((tenant, Node::Value(value, table.columns[tenant].data_type)));
        }
        also.retain(|(index, _)| !self.columns.contains(index));
        let filled = |index| self.columns.contains(&index) || also.iter().any(|(other, _)| *other == index);
        for (index, column) in table.columns.iter().enumerate() {
            if column.generated.is_some() && filled(index)
                || self.columns.iter().filter(|c| **c == index).count() > 1
            {
                return Err(Error::invalid(format!(
                    "`{}::{}` cannot be filled by a query, or is named twice",
                    table.model, column.field
                ))
                .with_table(table.name));
            }
            let by_database = column.nullable
                || column.auto
                || column.default.is_some()
                || column.generated.is_some()
                || table.generated_key && table.is_key(index);
            if !by_database && !filled(index) {
                return Err(Error::invalid(format!(
                    "`{}::{}` must have a value: name it among the columns, and give it in the query",
                    table.model, column.field
                ))
                .with_table(table.name)
                .with_columns(vec![column.full_name()]));
            }
        }
        let insert = ast::InsertSelect {
            into: table,
            columns: self.columns,
            select: self.source.checked(source)?,
            also,
        };
        insert.to_sql(dialect).map(|sql| self.tag.on(sql))
    }

    /// Runs it and tells how many rows there were.
    ///
    /// # Errors
    /// What the database says; nothing is written then. `Invalid`, before anything is sent, when a column that must have a
    /// value is not named.
    pub async fn exec(self, db: &dyn Executor) -> Result<u64> {
        let source = self.source.tables();
        let also_writes: Vec<_> = self
            .source
            .query
            .select
            .with
            .iter()
            .filter_map(ast::Cte::writes)
            .collect();
        let sql = self.sql(db.context(), db.context(), db.dialect())?;
        let mut stmt = write_stmt(sql, M::table(), Run::Thread, false);
        for table in source {
            stmt.reads.add(table.name);
            stmt.redact |= table.redacts;
        }
        for table in also_writes {
            also_written(table, &mut stmt);
        }
        write(db, stmt).await
    }

    /// The statement that [`exec`](InsertFrom::exec) would send. Nothing is sent.
    pub fn to_sql(self, dialect: Dialect) -> Statement {
        Statement::new(self.sql(&preview(), &preview(), dialect))
    }
}
