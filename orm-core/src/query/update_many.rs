//! UPDATE of many rows, each with its own values.

use std::collections::HashSet;
use std::marker::PhantomData;

use super::batch::MOST_BYTES;
use super::insert::SHORT_ENTRIES;
use super::rows::{collect, read_stmt, write, write_stmt};
use super::scope::{Scopes, preview};
use super::tag::Tag;
use super::update::{moves_tenant, next_version, touch};
use super::{IntoRows, SetColumns, Statement};
use crate::error::{Error, ErrorKind, Result};
use crate::exec::{Context, Discard, Executor, Run, Stmt, StmtIter};
use crate::expr::ast::{self, Node, Output, Select};
use crate::model::{Id, RowWriter, Table, TableDef};
use crate::sql::Dialect;
use crate::value::{RowReader, Slot, Value};

/// So many rows are short: a CASE compares each of them with each key.
const SHORT_ROWS: usize = 32;

/// An UPDATE of many rows, each with its own values, found by their primary keys.
///
/// `UPDATE .. FROM UNNEST(..)` on PostgreSQL, up to 20 000 rows a statement; `SET column = CASE key WHEN .. END` elsewhere, up
/// to 128 rows a statement, padded to a power of two so that the text is found again. All rows are written or none: more
/// than one row goes in a transaction, in a savepoint inside one.
///
/// A model with a version writes only rows that are at the version that they have here, and adds one to it; the rows in
/// memory keep theirs. `touch` columns are set to now. The default scopes apply: a row that is soft-deleted or another
/// tenant's counts as gone.
#[must_use = "an update does nothing until `exec`"]
pub struct UpdateMany<M: Table> {
    rows: Vec<(Id<M>, Vec<Slot>)>,
    columns: Vec<usize>,
    keep_version: bool,
    scopes: Scopes,
    tag: Tag,
    marker: PhantomData<fn() -> M>,
}

impl<M: Table> UpdateMany<M> {
    pub(super) fn new(rows: impl IntoRows<M>, columns: impl SetColumns<M>) -> Self {
        let width = M::table().columns.len();
        let mut slots = Vec::new();
        rows.each(&mut |row| {
            let mut writer = RowWriter::with_capacity(width);
            row.write(&mut writer);
            slots.push((row.id(), writer.into_slots()));
        });
        UpdateMany {
            rows: slots,
            columns: columns.positions(),
            keep_version: false,
            scopes: Scopes::default(),
            tag: Tag::default(),
            marker: PhantomData,
        }
    }

    /// Neither looks at the version nor adds one to it.
    pub fn keep_version(mut self) -> Self {
        self.keep_version = true;
        self
    }

    /// Rows of every tenant.
    pub fn all_tenants(mut self) -> Self {
        self.scopes.all_tenants = true;
        self
    }

    /// Rows that are soft-deleted, too.
    pub fn with_deleted(mut self) -> Self {
        self.scopes.deleted = super::scope::Deleted::Shown;
        self
    }

    /// Sends a comment along: `.tag("route=/products")`. See [`Query::tag`](super::Query::tag).
    pub fn tag(mut self, tag: &str) -> Self {
        self.tag.add(tag);
        self
    }

    /// The version column, if it is looked at.
    fn version(&self) -> Option<usize> {
        M::table().version.filter(|_| !self.keep_version)
    }

    fn check(&self) -> Result<()> {
        let table = M::table();
        let refused = |why: String| Err(Error::invalid(why).with_table(table.name));
        if self.columns.is_empty() {
            return refused("an update sets nothing: name the columns that it sets".into());
        }
        for (i, index) in self.columns.iter().enumerate() {
            let column = &table.columns[*index];
            if table.is_key(*index) {
                return refused(format!(
                    "`{}::{}` is part of the key by which the rows are found, and cannot be set",
                    table.model, column.field
                ));
            }
            if column.generated.is_some() || self.version() == Some(*index) {
                return refused(format!(
                    "`{}::{}` is made by the write itself, and cannot be set",
                    table.model, column.field
                ));
            }
            if table.tenant == Some(*index) && !self.scopes.all_tenants {
                return Err(moves_tenant(table, *index));
            }
            if self.columns[..i].contains(index) {
                return refused(format!("`{}::{}` is set twice", table.model, column.field));
            }
        }
        let mut keys = HashSet::with_capacity(self.rows.len());
        match self.rows.iter().find(|(id, _)| !keys.insert(id)) {
            Some((id, _)) => Err(Error::invalid(
                "two of these rows have the same key, and one would be lost",
            )
            .with_table(table.name)
            .with_key(id.to_string())),
            None => Ok(()),
        }
    }

    /// The statements, made one by one.
    fn statements(self, dialect: Dialect, context: &Context) -> Result<StmtIter> {
        self.check()?;
        let table = M::table();
        let version = self.version();
        let key: Vec<usize> = table.primary_key.iter().copied().chain(version).collect();
        let mut also = Vec::new();
        touch(table, &mut also);
        also.retain(|(index, _)| !self.columns.contains(index));
        if let Some(version) = version {
            also.push((version, next_version(table, version)));
        }
        let filter = self.scopes.conditions(table, context)?;
        let (set, tag, many) = (self.columns, self.tag, self.rows.len() > 1);
        let most = ast::UpdateMany::most_rows(table, &set, &key, dialect);
        let mut rows = self.rows.into_iter().peekable();
        Ok(Box::new(std::iter::from_fn(move || {
            let (mut values, mut count, mut bytes) = (Vec::new(), 0, 0);
            while count < most && bytes <= MOST_BYTES {
                let Some((_, slots)) = rows.next() else { break };
                for index in set.iter().chain(&key) {
                    match value(table, &slots, *index) {
                        Ok(value) => {
                            bytes += value.size();
                            values.push(value);
                        }
                        Err(e) => return Some(Err(e)),
                    }
                }
                count += 1;
            }
            (count > 0).then(|| {
                let update = ast::UpdateMany {
                    table,
                    set: set.clone(),
                    key: key.clone(),
                    rows: count,
                    values,
                    also: also.clone(),
                    filter: filter.clone(),
                };
                let short = count <= SHORT_ROWS && count * (1 + table.indexes.len()) <= SHORT_ENTRIES;
                let run = if short { Run::Short } else { Run::Thread };
                let mut stmt = write_stmt(tag.on(update.into_sql(dialect)?), table, run, false);
                // A single row is written or not: there is nothing to undo.
                stmt.must_change = many.then_some(count as u64);
                Ok(stmt)
            })
        })))
    }

    /// Runs it and tells how many rows there were. No rows send nothing.
    ///
    /// # Errors
    /// `Stale` when a row is gone or at another version: it names the row, and nothing is written. `Invalid`, before
    /// anything is sent, for a new id, two rows with one key, and columns that cannot be set.
    pub async fn exec(self, db: &dyn Executor) -> Result<u64> {
        let table = M::table();
        let (scopes, version) = (self.scopes, self.version());
        let rows: Vec<(Id<M>, Option<Value>)> = self
            .rows
            .iter()
            .map(|(id, slots)| Ok((id.clone(), version.map(|v| value(table, slots, v)).transpose()?)))
            .collect::<Result<_>>()?;
        let many = rows.len() > 1;
        let mut statements = self.statements(db.dialect(), db.context())?;
        let written = if many {
            db.run_all(statements, Box::new(Discard::default()))
                .await
                .map(|(_, done)| done.rows)
        } else {
            match statements.next() {
                Some(stmt) => write(db, stmt?).await,
                None => Ok(0),
            }
        };
        match written {
            Ok(written) if written == rows.len() as u64 => Ok(written),
            Err(e) if !e.is_stale() => Err(e),
            Ok(_) | Err(_) => Err(stale(&rows, version, scopes, db).await),
        }
    }

    /// The first statement that [`exec`](UpdateMany::exec) would send. Nothing is sent.
    pub fn to_sql(self, dialect: Dialect) -> Statement {
        let first = self.statements(dialect, &preview()).and_then(|mut all| {
            all.next()
                .unwrap_or_else(|| Err(Error::invalid("there are no rows: nothing is sent")))
        });
        Statement::new(first.map(Stmt::into_text))
    }
}

/// The value of a column, which must be there.
fn value(table: &'static TableDef, slots: &[Slot], index: usize) -> Result<Value> {
    match slots.get(index) {
        Some(Slot::Value(value)) if !matches!(value, Value::NewId(_)) || !table.is_key(index) => {
            Ok(value.clone())
        }
        _ => Err(Error::invalid(format!(
            "a `{}` has no value in `{}`: insert it first, or set the value",
            table.model, table.columns[index].field
        ))
        .with_table(table.name)),
    }
}

/// The error of rows that are not there as they were read: they are looked for once more, to name one.
async fn stale<M: Table>(
    rows: &[(Id<M>, Option<Value>)],
    version: Option<usize>,
    scopes: Scopes,
    db: &dyn Executor,
) -> Error {
    let table = M::table();
    let found = match find(rows, version, scopes, db).await {
        Ok(found) => found,
        Err(e) => return e,
    };
    let lost: Vec<&Id<M>> = rows
        .iter()
        .filter(|(id, version)| {
            !found
                .iter()
                .any(|(key, at)| key == id && same_version(version.as_ref(), *at))
        })
        .map(|(id, _)| id)
        .collect();
    let e = Error::new(
        ErrorKind::Stale,
        format!(
            "{} of {} rows of `{}` were changed or removed by somebody else since they were read: nothing is written; \
             read them again",
            lost.len().max(1),
            rows.len(),
            table.model
        ),
    )
    .with_table(table.name);
    match lost.first() {
        Some(id) => e.with_key(id.to_string()),
        None => e,
    }
}

fn same_version(version: Option<&Value>, at: Option<i64>) -> bool {
    let version = version.and_then(|v| v.clone().converted(crate::value::DataType::I64));
    version == at.map(Value::I64)
}

type Found<M> = Vec<(Id<M>, Option<i64>)>;

/// The keys that are there, and the versions that they are at.
async fn find<M: Table>(
    rows: &[(Id<M>, Option<Value>)],
    version: Option<usize>,
    scopes: Scopes,
    db: &dyn Executor,
) -> Result<Found<M>> {
    let table = M::table();
    let outputs = table.primary_key.iter().copied().chain(version);
    let outputs: Vec<_> = outputs
        .map(|index| (Node::Column(table, &table.columns[index]), None))
        .collect();
    let mut found = Vec::new();
    for chunk in rows.chunks(500) {
        let any = chunk.iter().map(|(id, _)| {
            let keys = table.primary_key.iter().zip(id.to_values()?);
            let equal = keys.map(|(index, value)| Node::equal(table, &table.columns[*index], value));
            Ok(Node::And(equal.collect()))
        });
        let mut select = Select::new(table);
        select.filter = scopes.conditions(table, db.context())?;
        select.filter.push(Node::Or(any.collect::<Result<_>>()?));
        select.output = Output::Nodes(outputs.clone());
        let stmt = Stmt {
            part: true,
            ..read_stmt(select.to_sql(db.dialect())?, table, Run::Budget)
        };
        found.extend(collect(db, stmt, read::<M>).await?);
    }
    Ok(found)
}

fn read<M: Table>(row: &mut RowReader<'_>) -> Result<(Id<M>, Option<i64>)> {
    use crate::model::RawKey as _;
    let id = Id::from_key(M::Raw::read(row)?);
    let version = if row.position() < row.width() {
        Some(row.read::<i64>()?)
    } else {
        None
    };
    Ok((id, version))
}
