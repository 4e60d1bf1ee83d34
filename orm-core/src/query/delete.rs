//! DELETE by conditions; for models with soft delete, the UPDATE that stands for it.

use std::marker::PhantomData;

use super::rows::{write, write_stmt};
use super::scope::{Deleted, Scopes, is_effective, names_one_row, preview};
use super::tag::Tag;
use super::update::{next_version, now, touch, unfiltered};
use super::{Returning, Statement};
use crate::error::Result;
use crate::exec::{Context, Executor, Run, Stmt};
use crate::expr::IntoFilter;
use crate::expr::ast::{self, Node};
use crate::model::Table;
use crate::sql::{Dialect, SqlText};

/// A DELETE of rows of model `M`. A model with `soft_delete` is marked instead, unless [`hard`](Delete::hard) is said.
#[must_use = "a delete does nothing until `exec`"]
pub struct Delete<M> {
    filter: Vec<Node>,
    all_rows: bool,
    hard: bool,
    scopes: Scopes,
    tag: Tag,
    marker: PhantomData<fn() -> M>,
}

impl<M> Clone for Delete<M> {
    fn clone(&self) -> Self {
        Delete {
            filter: self.filter.clone(),
            tag: self.tag.clone(),
            ..*self
        }
    }
}

impl<M: Table> Delete<M> {
    pub(super) fn new() -> Self {
        Delete {
            filter: Vec::new(),
            all_rows: false,
            hard: false,
            scopes: Scopes::default(),
            tag: Tag::default(),
            marker: PhantomData,
        }
    }

    /// Only rows that satisfy the condition.
    pub fn filter<F: IntoFilter<M>>(mut self, filter: F) -> Self {
        self.filter.extend(filter.into_filter());
        self
    }

    /// Says that every row is meant: without it, a delete without an effective filter is refused.
    pub fn all_rows(mut self) -> Self {
        self.all_rows = true;
        self
    }

    /// Removes the rows, also of a model with soft delete, and those that are marked already.
    pub fn hard(mut self) -> Self {
        self.hard = true;
        self.scopes.deleted = Deleted::Shown;
        self
    }

    /// Rows of every tenant.
    pub fn all_tenants(mut self) -> Self {
        self.scopes.all_tenants = true;
        self
    }

    /// Sends a comment along: `.tag("route=/products")`. See [`Query::tag`](super::Query::tag).
    pub fn tag(mut self, tag: &str) -> Self {
        self.tag.add(tag);
        self
    }

    fn sql(
        self,
        context: &Context,
        dialect: Dialect,
        returning: ast::Returning,
    ) -> Result<(SqlText, Run, bool)> {
        let table = M::table();
        if !self.all_rows && !self.filter.iter().any(is_effective) {
            return Err(unfiltered("delete", table.name));
        }
        let mut filter = self.scopes.conditions(table, context)?;
        filter.extend(self.filter);
        self.scopes.along(&mut filter, context)?;
        let run = if names_one_row(table, &filter) {
            Run::Short
        } else {
            Run::Thread
        };
        let Some(deleted) = table.soft_delete.filter(|_| !self.hard) else {
            return Ok((
                ast::Delete {
                    from: table,
                    filter,
                    returning,
                }
                .to_sql(dialect)?,
                run,
                true,
            ));
        };
        let data_type = table.columns[deleted].data_type;
        let mut set = vec![(deleted, Node::Value(now(data_type), data_type))];
        touch(table, &mut set);
        if let Some(version) = table.version {
            set.push((version, next_version(table, version)));
        }
        Ok((
            ast::Update {
                table,
                set,
                filter,
                returning,
            }
            .to_sql(dialect)?,
            run,
            false,
        ))
    }

    fn stmt(self, db: &dyn Executor, returning: ast::Returning) -> Result<Stmt> {
        let tag = self.tag.clone();
        let (sql, run, deletes) = self.sql(db.context(), db.dialect(), returning)?;
        Ok(write_stmt(tag.on(sql), M::table(), run, deletes))
    }

    /// Runs it and tells how many rows went.
    ///
    /// # Errors
    /// `Invalid`, before anything is sent, when no filter is effective and [`all_rows`](Delete::all_rows) was not said.
    pub async fn exec(self, db: &dyn Executor) -> Result<u64> {
        write(db, self.stmt(db, ast::Returning::Nothing)?).await
    }

    /// Gives back the rows that went. Not on MySQL; on MariaDB only for rows that are removed, not marked.
    pub fn returning(self) -> Returning<M> {
        Returning::new(move |db| {
            self.stmt(
                db,
                ast::Returning::Columns((0..M::table().columns.len()).collect()),
            )
        })
    }

    /// The statement that [`exec`](Delete::exec) would send. Nothing is sent.
    pub fn to_sql(&self, dialect: Dialect) -> Statement {
        Statement::new(
            self.clone()
                .sql(&preview(), dialect, ast::Returning::Nothing)
                .map(|(sql, _, _)| self.tag.on(sql)),
        )
    }
}
