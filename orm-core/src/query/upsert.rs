//! Upserts: INSERT that meets a row with the same unique values.

use super::{Insert, InsertReturning, Statement};
use crate::error::{Error, Result};
use crate::exec::Executor;
use crate::expr::ast::{Conflict, Node};
use crate::expr::{Expr, IntoFilter, IntoSet};
use crate::model::{Column, Table, TableDef};
use crate::sql::Dialect;
use crate::value::Sql;

/// The columns of a unique constraint: one, or a tuple.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a unique constraint of `{M}`",
    label = "expected a column of `{M}`, or a tuple of columns"
)]
pub trait ConflictTarget<M> {
    /// Their positions.
    fn positions(self) -> Vec<usize>;
}

/// Columns to be set: one, or a tuple.
#[diagnostic::on_unimplemented(
    message = "`{Self}` are not columns of `{M}`",
    label = "expected a column of `{M}`, or a tuple of columns"
)]
pub trait SetColumns<M>: ConflictTarget<M> {}

impl<M, C: ConflictTarget<M>> SetColumns<M> for C {}

impl<M, T> ConflictTarget<M> for Column<M, T> {
    fn positions(self) -> Vec<usize> {
        vec![self.index()]
    }
}

macro_rules! tuples {
    ($($t:ident $n:tt),*) => {
        impl<M, $($t),*> ConflictTarget<M> for ($(Column<M, $t>,)*) {
            fn positions(self) -> Vec<usize> {
                vec![$(self.$n.index()),*]
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

/// The value that the insert would have put into a column.
pub fn excluded<M: Table, T: Sql>(column: Column<M, T>) -> Expr<M, T> {
    Expr::new(Node::Excluded(column.def()))
}

/// An insert that knows which unique constraint it may meet, and not yet what to do then.
#[must_use = "say `do_update` or `do_nothing`"]
pub struct OnConflict<M> {
    insert: Insert<M>,
    target: Vec<usize>,
}

impl<M: Table> OnConflict<M> {
    pub(super) const fn new(insert: Insert<M>, target: Vec<usize>) -> Self {
        OnConflict { insert, target }
    }

    /// Sets these columns of the row that is there to the values of the row that was to be inserted.
    pub fn do_update(self, columns: impl SetColumns<M>) -> Upsert<M> {
        let table = M::table();
        let set = columns
            .positions()
            .into_iter()
            .map(|i| (i, Node::Excluded(&table.columns[i])))
            .collect();
        self.upsert(set)
    }

    /// Leaves the row that is there as it is.
    pub fn do_nothing(self) -> Upsert<M> {
        self.upsert(Vec::new())
    }

    /// Sets a column of the row that is there to a value or an expression; [`excluded`] is the value that was to be
    /// inserted.
    pub fn set<T: Sql, V: IntoSet<M, T>>(self, column: Column<M, T>, value: V) -> Upsert<M> {
        self.upsert(vec![(column.index(), value.into_node())])
    }

    fn upsert(self, set: Vec<(usize, Node)>) -> Upsert<M> {
        Upsert {
            insert: self.insert,
            conflict: Conflict {
                target: self.target,
                set,
                filter: Vec::new(),
                any: false,
            },
        }
    }
}

/// Whether both name the same columns.
fn same(target: &[usize], columns: &[usize]) -> bool {
    columns.len() == target.len() && columns.iter().all(|c| target.contains(c))
}

/// Refuses columns that are no unique constraint.
pub(super) fn check_target(table: &'static TableDef, target: &[usize]) -> Result<()> {
    let mut unique = table.indexes.iter().filter(|i| i.unique);
    if same(target, table.primary_key) || unique.any(|i| same(target, &i.columns())) {
        return Ok(());
    }
    let names = target.iter().map(|c| table.columns[*c].full_name()).collect();
    Err(Error::invalid(format!(
        "these columns are no unique constraint of `{}`: mark them `unique`",
        table.model
    ))
    .with_table(table.name)
    .with_columns(names))
}

/// Refuses an upsert that may meet rows by another constraint than the one it names, where none can be named.
pub(super) fn check_others(table: &'static TableDef, target: &[usize], brings_key: bool) -> Result<()> {
    let key = brings_key && !same(target, table.primary_key);
    let mut unique = table.indexes.iter().filter(|i| i.unique && i.condition.is_none());
    if !key && !unique.any(|i| !same(target, &i.columns())) {
        return Ok(());
    }
    Err(Error::invalid(format!(
        "MySQL and MariaDB take no constraint in an upsert, and a `{}` may meet another row by {}: say `.any_conflict()` \
         where that is meant, or find the row first",
        table.model,
        if key { "its primary key" } else { "another unique constraint" },
    ))
    .with_table(table.name))
}

/// An INSERT that updates or keeps rows that are there.
///
/// SQLite and PostgreSQL look at the named constraint only. MySQL and MariaDB cannot be told which: there an upsert into a
/// table with a further unique constraint is refused before anything is sent (so is a row that brings its own key, where
/// the constraint is another), unless [`any_conflict`](Upsert::any_conflict) is said.
#[must_use = "an upsert does nothing until its last call: `exec`, `returning`"]
pub struct Upsert<M> {
    insert: Insert<M>,
    conflict: Conflict,
}

impl<M: Table> Upsert<M> {
    /// Sets one more column.
    pub fn set<T: Sql, V: IntoSet<M, T>>(mut self, column: Column<M, T>, value: V) -> Self {
        self.conflict.set.push((column.index(), value.into_node()));
        self
    }

    /// Updates only if the row that is there satisfies the condition. Not on MySQL and MariaDB.
    pub fn only_if<F: IntoFilter<M>>(mut self, filter: F) -> Self {
        self.conflict.filter.extend(filter.into_filter());
        self
    }

    /// Says that a row that meets any unique constraint of the table is meant: what MySQL and MariaDB do. It changes
    /// nothing on SQLite and PostgreSQL, which look at the named constraint only.
    pub fn any_conflict(mut self) -> Self {
        self.conflict.any = true;
        self
    }

    fn finish(mut self) -> Result<Insert<M>> {
        let table = M::table();
        check_target(table, &self.conflict.target)?;
        if !self.conflict.set.is_empty() {
            super::update::touch(table, &mut self.conflict.set);
            if let Some(version) = table.version
                && self.conflict.set.iter().all(|(i, _)| *i != version)
            {
                self.conflict
                    .set
                    .push((version, super::update::next_version(table, version)));
            }
        }
        Ok(self.insert.with_conflict(self.conflict))
    }

    /// Runs it. The count is the database's and does not tell inserted from updated.
    ///
    /// # Errors
    /// `Invalid`, before anything is sent, when the named columns are no unique constraint.
    pub async fn exec(self, db: &dyn Executor) -> Result<u64> {
        self.finish()?.exec(db).await
    }

    /// Gives back the rows as they are afterwards; a row that [`do_nothing`](OnConflict::do_nothing) kept is not among
    /// them. Not on MySQL.
    pub fn returning(self) -> InsertReturning<M> {
        InsertReturning::new(self.finish())
    }

    /// The statement that [`exec`](Upsert::exec) would send. Nothing is sent.
    pub fn to_sql(self, dialect: Dialect) -> Statement {
        match self.finish() {
            Ok(insert) => insert.to_sql(dialect),
            Err(e) => Statement::new(Err(e)),
        }
    }
}
