//! UPDATE by conditions.

use std::marker::PhantomData;

use super::rows::{not_found, write, write_stmt};
use super::scope::{Deleted, Scopes, is_effective, key_of, names_one_row, preview};
use super::tag::Tag;
use super::{Returning, Statement};
use crate::error::{Error, ErrorKind, Result};
use crate::exec::{Context, Executor, Run, Stmt};
use crate::expr::ast::{self, BinaryOp, Node, Write};
use crate::expr::{IntoFilter, IntoSet};
use crate::model::{Column, Table};
use crate::sql::Dialect;
use crate::value::{DataType, Sql, Value};

/// An UPDATE of rows of model `M`.
#[must_use = "an update does nothing until `exec` or `exec_one`"]
pub struct Update<M> {
    set: Vec<(usize, Node)>,
    filter: Vec<Node>,
    all_rows: bool,
    keep_version: bool,
    version: Option<Value>,
    scopes: Scopes,
    tag: Tag,
    marker: PhantomData<fn() -> M>,
}

impl<M> Clone for Update<M> {
    fn clone(&self) -> Self {
        Update {
            set: self.set.clone(),
            filter: self.filter.clone(),
            version: self.version.clone(),
            tag: self.tag.clone(),
            ..*self
        }
    }
}

impl<M: Table> Update<M> {
    pub(super) fn new() -> Self {
        Update {
            set: Vec::new(),
            filter: Vec::new(),
            all_rows: false,
            keep_version: false,
            version: None,
            scopes: Scopes::default(),
            tag: Tag::default(),
            marker: PhantomData,
        }
    }

    /// Brings soft-deleted rows back.
    pub(super) fn restoring() -> Self {
        let mut update = Self::new();
        let table = M::table();
        if let Some(deleted) = table.soft_delete {
            let data_type = table.columns[deleted].data_type;
            update
                .set
                .push((deleted, Node::Value(Value::Null(data_type), data_type)));
        }
        update.scopes.deleted = Deleted::Only;
        update
    }

    /// Sets a column to a value or to an expression of the row as it is.
    pub fn set<T: Sql, V: IntoSet<M, T>>(mut self, column: Column<M, T>, value: V) -> Self {
        self.set.retain(|(index, _)| *index != column.index());
        self.set.push((column.index(), value.into_node()));
        self
    }

    /// Only rows that satisfy the condition.
    pub fn filter<F: IntoFilter<M>>(mut self, filter: F) -> Self {
        self.filter.extend(filter.into_filter());
        self
    }

    /// Says that every row is meant: without it, an update without an effective filter is refused.
    pub fn all_rows(mut self) -> Self {
        self.all_rows = true;
        self
    }

    /// Only at this version: with [`exec_one`](Update::exec_one), a row at another version is a stale error.
    pub fn version(mut self, version: impl Into<i64>) -> Self {
        self.version = Some(Value::I64(version.into()));
        self
    }

    /// Does not add one to the version.
    pub fn keep_version(mut self) -> Self {
        self.keep_version = true;
        self
    }

    /// Rows that are soft-deleted, too.
    pub fn with_deleted(mut self) -> Self {
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

    /// The statement before its default scopes.
    pub(super) fn unscoped(self, returning: ast::Returning) -> Result<ast::Update> {
        let table = M::table();
        if self.set.is_empty() {
            return Err(
                Error::invalid("an update sets nothing: add `.set(column, value)`").with_table(table.name),
            );
        }
        if !self.all_rows && self.version.is_none() && !self.filter.iter().any(is_effective) {
            return Err(unfiltered("update", table.name));
        }
        if let Some(tenant) = table.tenant
            && !self.scopes.all_tenants
            && self.set.iter().any(|(index, _)| *index == tenant)
        {
            return Err(moves_tenant(table, tenant));
        }
        let mut set = self.set;
        touch(table, &mut set);
        if let Some(version) = table.version
            && !self.keep_version
            && set.iter().all(|(index, _)| *index != version)
        {
            set.push((version, next_version(table, version)));
        }
        let mut filter = self.filter;
        if let Some(value) = self.version {
            let Some(version) = table.version else {
                return Err(Error::invalid(format!(
                    "`{}` has no version column: mark one with `#[orm(version)]`",
                    table.model
                )));
            };
            filter.push(Node::binary(
                BinaryOp::Eq,
                Node::Column(table, &table.columns[version]),
                Node::Value(value, DataType::I64),
            ));
        }
        Ok(ast::Update {
            table,
            set,
            filter,
            returning,
        })
    }

    pub(super) const fn scopes(&self) -> Scopes {
        self.scopes
    }

    fn ast(self, context: &Context, returning: ast::Returning) -> Result<Write> {
        let scopes = self.scopes;
        let mut write = Write::Update(self.unscoped(returning)?);
        scopes.write(&mut write, context)?;
        Ok(write)
    }

    fn stmt(self, db: &dyn Executor, returning: ast::Returning) -> Result<Stmt> {
        let tag = self.tag.clone();
        let update = self.ast(db.context(), returning)?;
        let run = if names_one_row(update.table(), update.filter()) {
            Run::Short
        } else {
            Run::Thread
        };
        let sql = tag.on(update.to_sql(db.dialect())?);
        Ok(write_stmt(sql, update.table(), run, false))
    }

    /// Runs it and tells how many rows matched.
    ///
    /// # Errors
    /// `Invalid`, before anything is sent, when nothing is set or no filter is effective and
    /// [`all_rows`](Update::all_rows) was not said.
    pub async fn exec(self, db: &dyn Executor) -> Result<u64> {
        write(db, self.stmt(db, ast::Returning::Nothing)?).await
    }

    /// Runs it on exactly one row.
    ///
    /// # Errors
    /// `Invalid`, before anything is sent, when the filters do not give a value to the whole primary key or to a unique
    /// column; `Stale` when [`version`](Update::version) was given and no row is at it; else `NotFound`.
    pub async fn exec_one(self, db: &dyn Executor) -> Result<()> {
        let table = M::table();
        if !names_one_row(table, &self.filter) {
            return Err(Error::invalid(
                "`exec_one` needs a filter that only one row can satisfy: the whole primary key or a unique column, by `eq`",
            )
            .with_table(table.name));
        }
        let stale = self.version.as_ref().map(Value::display);
        let key = key_of(table, &self.filter);
        let keyed = |e: Error| match &key {
            Some(key) => e.with_key(key.as_str()),
            None => e,
        };
        match (self.exec(db).await?, stale) {
            (0, Some(version)) => Err(keyed(
                Error::new(
                    ErrorKind::Stale,
                    format!(
                        "the `{}` is not at version {version} any more, or is gone: read it again",
                        table.model
                    ),
                )
                .with_table(table.name),
            )),
            (0, None) => Err(not_found(table, key.as_deref())),
            _ => Ok(()),
        }
    }

    /// Gives back the rows as they are afterwards. Not on MySQL and MariaDB.
    pub fn returning(self) -> Returning<M> {
        Returning::new(move |db, columns| self.stmt(db, columns))
    }

    /// The statement that [`exec`](Update::exec) would send. Nothing is sent.
    pub fn to_sql(&self, dialect: Dialect) -> Statement {
        Statement::new(
            self.clone()
                .ast(&preview(), ast::Returning::Nothing)
                .and_then(|update| update.to_sql(dialect))
                .map(|sql| self.tag.on(sql)),
        )
    }
}

/// The error of a write that would hand a row to another tenant.
pub(super) fn moves_tenant(table: &'static crate::model::TableDef, tenant: usize) -> Error {
    Error::invalid(format!(
        "this would hand rows of `{}` to another tenant: leave `{}` alone, or say `.all_tenants()`",
        table.model, table.columns[tenant].field
    ))
    .with_table(table.name)
}

/// The error of a bulk write that would reach every row.
pub(super) fn unfiltered(what: &str, table: &'static str) -> Error {
    Error::invalid(format!(
        "this {what} has no effective filter and would reach every row: add a filter, or say `.all_rows()`"
    ))
    .with_table(table)
}

/// `version + 1`
pub(super) fn next_version(table: &'static crate::model::TableDef, version: usize) -> Node {
    let column = &table.columns[version];
    Node::binary(
        BinaryOp::Add,
        Node::Column(table, column),
        Node::Value(Value::I32(1), DataType::I32),
    )
}

/// Sets the columns that every write sets to the present moment.
pub(super) fn touch(table: &'static crate::model::TableDef, set: &mut Vec<(usize, Node)>) {
    if !table.touches {
        return;
    }
    for (index, column) in table.columns.iter().enumerate() {
        if column.touch && set.iter().all(|(i, _)| *i != index) {
            set.push((index, Node::Value(now(column.data_type), column.data_type)));
        }
    }
}

/// The present moment, as a column of this type has it.
pub(super) fn now(data_type: DataType) -> Value {
    let now = chrono::Utc::now();
    match data_type {
        DataType::DateTime => Value::DateTime(now.naive_utc()),
        DataType::Date => Value::Date(now.date_naive()),
        DataType::Time => Value::Time(now.time()),
        _ => Value::Timestamp(now),
    }
}
