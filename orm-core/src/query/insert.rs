//! INSERT of one row or of many.

use std::marker::PhantomData;

use super::batch::{Batch, FirstKeys, Order};
use super::rows::{Read, exactly_one, write_stmt};
use super::scope::{Scopes, key_of, preview};
use super::tag::Tag;
use super::upsert::check_others;
use super::{ConflictTarget, OnConflict, Selectable, SetColumns, Statement};
use crate::error::{Error, Result};
use crate::exec::{Collect, Context, Discard, Executor, RowSink, Run, Stmt, StmtIter};
use crate::expr::ast::{self, Conflict};
use crate::model::{Id, Table};
use crate::query::Model as _;
use crate::sql::Dialect;
use crate::sql::dialect::Upsert;
use crate::value::{RowReader, Value};

/// An insert is short where it makes so many entries in the table and its indexes, and they take so many bytes: about
/// as long as a change of threads takes.
pub(super) const SHORT_ENTRIES: usize = 256;
const SHORT_BYTES: usize = 64 << 10;

/// Rows that can be inserted: a model, a reference to one, a `Vec`, a slice or an array of them.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be inserted as rows of `{M}`",
    label = "expected a `{M}`, or a `Vec` or slice of them"
)]
pub trait IntoRows<M> {
    /// Calls the function with each row.
    fn each(self, f: &mut dyn FnMut(&M));
}

impl<M: Table> IntoRows<M> for M {
    fn each(self, f: &mut dyn FnMut(&M)) {
        f(&self);
    }
}

impl<M: Table> IntoRows<M> for &M {
    fn each(self, f: &mut dyn FnMut(&M)) {
        f(self);
    }
}

impl<M: Table> IntoRows<M> for Vec<M> {
    fn each(self, f: &mut dyn FnMut(&M)) {
        self.iter().for_each(f);
    }
}

impl<M: Table> IntoRows<M> for &Vec<M> {
    fn each(self, f: &mut dyn FnMut(&M)) {
        self.iter().for_each(f);
    }
}

impl<M: Table> IntoRows<M> for &[M] {
    fn each(self, f: &mut dyn FnMut(&M)) {
        self.iter().for_each(f);
    }
}

impl<M: Table, const N: usize> IntoRows<M> for [M; N] {
    fn each(self, f: &mut dyn FnMut(&M)) {
        self.iter().for_each(f);
    }
}

/// An INSERT of rows of model `M`.
///
/// Many rows go in few statements: arrays and `UNNEST` on PostgreSQL, multi-row `VALUES` elsewhere, in chunks below the
/// parameter limit and, as far as single rows are, below 4 MiB. More than one statement runs in a transaction (a
/// savepoint inside one), so that all rows are written or none. Rows that leave different columns to the database go in different statements.
#[must_use = "an insert does nothing until its last call: `exec`, `one`, `keys`, .."]
pub struct Insert<M> {
    pub(super) rows: Batch,
    conflict: Option<Conflict>,
    pub(super) scopes: Scopes,
    tag: Tag,
    marker: PhantomData<fn() -> M>,
}

impl<M: Table> Insert<M> {
    pub(super) fn new(rows: impl IntoRows<M>) -> Self {
        Insert {
            rows: Batch::of(rows),
            conflict: None,
            scopes: Scopes::default(),
            tag: Tag::default(),
            marker: PhantomData,
        }
    }

    /// Rows of any tenant.
    pub fn all_tenants(mut self) -> Self {
        self.scopes.all_tenants = true;
        self
    }

    /// Sends a comment along: `.tag("route=/products")`. See [`Query::tag`](super::Query::tag).
    pub fn tag(mut self, tag: &str) -> Self {
        self.tag.add(tag);
        self
    }

    /// What to do with a row whose unique values are there already: name the columns of the unique constraint.
    pub fn on_conflict(self, target: impl ConflictTarget<M>) -> OnConflict<M> {
        OnConflict::new(self, target.positions())
    }

    pub(super) fn with_conflict(mut self, conflict: Conflict) -> Self {
        self.conflict = Some(conflict);
        self
    }

    /// The statements, made one by one, and the order in which they write the rows.
    fn statements(
        mut self,
        dialect: Dialect,
        context: &Context,
        returning: ast::Returning,
    ) -> Result<(StmtIter, Order)> {
        let table = M::table();
        if let Some(conflict) = &mut self.conflict {
            let named = dialect.features().upsert == Upsert::OnConflict;
            self.scopes.guard_upsert(table, conflict, named)?;
            if !named && !conflict.any {
                check_others(table, &conflict.target, self.rows.bring_keys())?;
            }
            let set = conflict.set.iter_mut().map(|(_, node)| node);
            self.scopes.along(set.chain(&mut conflict.filter), context)?;
        }
        let entries = self.rows.len() * (1 + table.indexes.len());
        for row in self.rows.rows_mut() {
            self.scopes.fill(table, context, row)?;
        }
        let groups = self.rows.into_groups();
        let order = Order::of(&groups, table);
        let (conflict, tag) = (self.conflict, self.tag);
        let chunks = groups
            .into_iter()
            .flat_map(move |group| group.into_chunks(table, dialect));
        let statements = chunks.map(move |chunk| {
            let bytes: usize = chunk.values.iter().map(Value::size).sum();
            let run = if entries <= SHORT_ENTRIES && bytes <= SHORT_BYTES {
                Run::Short
            } else {
                Run::Thread
            };
            let insert = ast::Insert {
                into: table,
                columns: chunk.columns,
                rows: chunk.rows,
                values: chunk.values,
                conflict: conflict.clone(),
                returning: returning.clone(),
            };
            Ok(write_stmt(tag.on(insert.into_sql(dialect)?), table, run, false))
        });
        Ok((Box::new(statements), order))
    }

    async fn run(
        self,
        db: &dyn Executor,
        returning: ast::Returning,
        sink: Box<dyn RowSink>,
    ) -> Result<(Box<dyn RowSink>, u64, Order)> {
        let one = self.rows.len() == 1;
        let (mut statements, order) = self.statements(db.dialect(), db.context(), returning)?;
        let (sink, done) = if one {
            match statements.next() {
                Some(stmt) => db.run(stmt?, sink).await?,
                None => return Ok((sink, 0, order)),
            }
        } else {
            db.run_all(statements, sink).await?
        };
        Ok((sink, done.rows, order))
    }

    /// Inserts the rows and tells how many there were. No rows send nothing.
    ///
    /// # Errors
    /// What the database says; nothing is written then. `Encode`, before anything is sent, when a value does not fit
    /// its column.
    pub async fn exec(self, db: &dyn Executor) -> Result<u64> {
        if self.rows.len() == 0 {
            return Ok(0);
        }
        let (_, rows, _) = self
            .run(db, ast::Returning::Nothing, Box::new(Discard::default()))
            .await?;
        Ok(rows)
    }

    /// Inserts one row and gives it back as the database has it: by RETURNING, on MySQL by one more SELECT.
    ///
    /// # Errors
    /// `Invalid`, before anything is sent, when it is not exactly one row.
    pub async fn one(self, db: &dyn Executor) -> Result<M> {
        if self.rows.len() != 1 {
            return Err(Error::invalid(format!(
                "`one` inserts exactly one row and was given {}: use `returning().all(..)` or `keys`",
                self.rows.len()
            )));
        }
        if db.dialect().features().insert_returning {
            let rows = InsertReturning::new(Ok(self)).all(db).await?;
            return exactly_one(rows, M::table(), None);
        }
        let keys = self.keys(db).await?;
        match keys.into_iter().next() {
            Some(key) => {
                let query = M::find(key).with_deleted();
                let key = key_of(M::table(), &query.select.filter);
                exactly_one(query.read_back(db).await?, M::table(), key.as_deref())
            }
            None => Err(Error::invalid(
                "the database gave no key for the row that was inserted",
            )),
        }
    }

    /// Inserts the rows and gives them back as the database has them, in their order. Not on MySQL.
    pub fn returning(self) -> InsertReturning<M> {
        InsertReturning::new(Ok(self))
    }

    /// Inserts the rows and gives their keys, in the order of the rows.
    ///
    /// # Errors
    /// What the database says; nothing is written then.
    pub async fn keys(self, db: &dyn Executor) -> Result<Vec<Id<M>>> {
        if self.rows.len() == 0 {
            return Ok(Vec::new());
        }
        let table = M::table();
        // Keys that the rows bring along need not come back.
        let mut keys = self.rows.keys::<M>();
        if keys.iter().all(Option::is_some) {
            self.exec(db).await?;
            return Ok(keys.into_iter().flatten().collect());
        }
        if !table.generated_key {
            return Err(
                Error::invalid("a row has no key, and the database does not make it").with_table(table.name),
            );
        }
        if !db.dialect().features().insert_returning {
            return self.keys_by_count(db, keys).await;
        }
        let returning = ast::Returning::Columns(table.primary_key.to_vec());
        let sink: Box<dyn RowSink> = Box::new(Collect::new(|row: &mut RowReader<'_>| row.read::<i64>()));
        let (sink, _, order) = self.run(db, returning, sink).await?;
        let made = Collect::<i64>::rows(sink)?;
        if made.len() != keys.len() {
            return Err(Error::invalid("the database gave back fewer keys than rows"));
        }
        order.fill_keys(made, &mut keys)?;
        Ok(keys.into_iter().flatten().collect())
    }

    /// Where there is no RETURNING: the keys of one statement follow each other (InnoDB, for inserts of a known number
    /// of rows), and the first one is told.
    async fn keys_by_count(self, db: &dyn Executor, mut keys: Vec<Option<Id<M>>>) -> Result<Vec<Id<M>>> {
        let (statements, order) = self.statements(db.dialect(), db.context(), ast::Returning::Nothing)?;
        let (sink, _) = db.run_all(statements, Box::new(FirstKeys::default())).await?;
        let made = match sink.into_any().downcast::<FirstKeys>() {
            Ok(keys) => keys.keys,
            Err(_) => Vec::new(),
        };
        if made.len() != keys.len() {
            return Err(Error::invalid("the database told fewer keys than rows"));
        }
        order.fill_keys(made, &mut keys)?;
        Ok(keys.into_iter().flatten().collect())
    }

    /// The first statement that [`exec`](Insert::exec) would send. Nothing is sent.
    pub fn to_sql(self, dialect: Dialect) -> Statement {
        let mut this = self;
        if M::table().tenant.is_some() {
            this.scopes.all_tenants = true;
        }
        Statement::new(
            this.statements(dialect, &preview(), ast::Returning::Nothing)
                .and_then(|(mut statements, _)| match statements.next() {
                    Some(stmt) => stmt.map(Stmt::into_text),
                    None => Err(Error::invalid("there are no rows: nothing is sent")),
                }),
        )
    }
}

/// An INSERT into the table of model `M` that gives back a `T` for each row.
#[must_use = "an insert does nothing until its last call: `all`, `one`, `optional`"]
pub struct InsertReturning<M, T = M> {
    insert: Result<Insert<M>>,
    /// What is read behind the model's own columns.
    outputs: Vec<usize>,
    read: Read<(M, Option<T>)>,
    give: fn((M, Option<T>)) -> Option<T>,
}

impl<M: Table> InsertReturning<M> {
    pub(super) const fn new(insert: Result<Insert<M>>) -> Self {
        InsertReturning {
            insert,
            outputs: Vec::new(),
            read: |row| Ok((M::read(row)?, None)),
            give: |(model, _)| Some(model),
        }
    }

    /// Gives back these columns in place of the model: one of them, or a tuple. (All columns come from the database, as the
    /// rows find their order by them.)
    pub fn select<O: SetColumns<M> + Selectable<M>>(self, outputs: O) -> InsertReturning<M, O::Row> {
        InsertReturning {
            insert: self.insert,
            outputs: outputs.positions(),
            read: |row| Ok((M::read(row)?, Some(O::read(row)?))),
            give: |(_, outputs)| outputs,
        }
    }
}

impl<M: Table, T: Send + 'static> InsertReturning<M, T> {
    /// The rows as the database has them, in the order in which they were given.
    ///
    /// # Errors
    /// `Unsupported` on MySQL, before anything is sent.
    pub async fn all(self, db: &dyn Executor) -> Result<Vec<T>> {
        let insert = self.insert?;
        if insert.rows.len() == 0 {
            return Ok(Vec::new());
        }
        let columns = (0..M::table().columns.len()).chain(self.outputs).collect();
        let (complete, keys) = (insert.conflict.is_none(), insert.rows.keys::<M>());
        let sink: Box<dyn RowSink> = Box::new(Collect::new(self.read));
        let (sink, _, order) = insert.run(db, ast::Returning::Columns(columns), sink).await?;
        let mut rows = Collect::<(M, Option<T>)>::rows(sink)?;
        if complete && rows.len() == keys.len() {
            rows = order.arrange(rows, keys, |(model, _)| model);
        }
        Ok(rows.into_iter().filter_map(self.give).collect())
    }

    /// The one row.
    ///
    /// # Errors
    /// `NotFound` when the row was kept by `do_nothing` or `only_if`.
    pub async fn one(self, db: &dyn Executor) -> Result<T> {
        exactly_one(self.all(db).await?, M::table(), None)
    }

    /// The row, or none when it was kept by `do_nothing` or `only_if`.
    ///
    /// # Errors
    /// `MoreThanOne` when there are several.
    pub async fn optional(self, db: &dyn Executor) -> Result<Option<T>> {
        super::rows::at_most_one(self.all(db).await?, M::table())
    }
}
