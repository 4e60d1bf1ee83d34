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
use crate::expr::ast::{self, Node, Write};
use crate::model::Table;
use crate::sql::Dialect;

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

    pub(super) const fn scopes(&self) -> Scopes {
        self.scopes
    }

    /// The statement before its default scopes.
    pub(super) fn unscoped(self, returning: ast::Returning) -> Result<Write> {
        let table = M::table();
        if !self.all_rows && !self.filter.iter().any(is_effective) {
            return Err(unfiltered("delete", table.name));
        }
        let filter = self.filter;
        let Some(deleted) = table.soft_delete.filter(|_| !self.hard) else {
            return Ok(Write::Delete(ast::Delete {
                from: table,
                filter,
                returning,
            }));
        };
        let data_type = table.columns[deleted].data_type;
        let mut set = vec![(deleted, Node::Value(now(data_type), data_type))];
        touch(table, &mut set);
        if let Some(version) = table.version {
            set.push((version, next_version(table, version)));
        }
        Ok(Write::Update(ast::Update {
            table,
            set,
            filter,
            returning,
        }))
    }

    fn ast(self, context: &Context, returning: ast::Returning) -> Result<Write> {
        let scopes = self.scopes;
        let mut write = self.unscoped(returning)?;
        scopes.write(&mut write, context)?;
        Ok(write)
    }

    fn stmt(self, db: &dyn Executor, returning: ast::Returning) -> Result<Stmt> {
        let tag = self.tag.clone();
        let delete = self.ast(db.context(), returning)?;
        let run = if names_one_row(delete.table(), delete.filter()) {
            Run::Short
        } else {
            Run::Thread
        };
        let deletes = matches!(delete, Write::Delete(_));
        Ok(write_stmt(
            tag.on(delete.to_sql(db.dialect())?),
            M::table(),
            run,
            deletes,
        ))
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
        Returning::new(move |db, columns| self.stmt(db, columns))
    }

    /// The statement that [`exec`](Delete::exec) would send. Nothing is sent.
    pub fn to_sql(&self, dialect: Dialect) -> Statement {
        Statement::new(
            self.clone()
                .ast(&preview(), ast::Returning::Nothing)
                .and_then(|delete| delete.to_sql(dialect))
                .map(|sql| self.tag.on(sql)),
        )
    }
}
