//! A row that is there, or is inserted.

use super::rows::at_most_one;
use super::upsert::check_target;
use super::{Insert, OnConflict, Query};
use crate::error::{Error, ErrorKind, Result};
use crate::exec::Executor;
use crate::expr::ast::{Conflict, Held, Lock, Node};
use crate::model::{Table, TableDef};
use crate::sql::dialect::Upsert;
use crate::value::Slot;

/// How often a row may vanish between the insert that met it and the select that reads it.
const ATTEMPTS: usize = 5;

/// The row with the same values in a unique constraint, or this one, inserted.
pub(super) async fn get_or_insert<M: Table>(
    row: M,
    target: Result<Vec<usize>>,
    db: &dyn Executor,
) -> Result<(M, bool)> {
    let table = M::table();
    let target = target?;
    check_target(table, &target)?;
    let mut insert = Insert::new(&row);
    // The same guard on every database, also where a plain INSERT meets the row.
    let conflict = Conflict {
        target: target.clone(),
        set: Vec::new(),
        filter: Vec::new(),
        any: false,
    };
    insert.scopes.guard_upsert(table, &conflict, true)?;
    for slots in insert.rows.rows_mut() {
        insert.scopes.fill(table, db.context(), slots)?;
    }
    let query = Query::<M>::new();
    let query = match insert.rows.rows_mut().next() {
        Some(slots) => query.filter_all(same_values(table, &target, slots)?),
        None => query,
    };
    let mut refused = None;
    for _ in 0..ATTEMPTS {
        if let Some(row) = try_insert(&row, &target, &mut refused, db).await? {
            return Ok((row, true));
        }
        if let Some(row) = at_most_one(latest(query.clone(), db).at_most(2).read_back(db).await?, table)? {
            return Ok((row, false));
        }
        if table.soft_delete.is_some() && latest(query.clone().with_deleted(), db).exists(db).await? {
            return Err(Error::new(
                ErrorKind::Unique,
                format!(
                    "a `{}` with these values is deleted, but still there: restore it, or delete it with `hard`",
                    table.model
                ),
            )
            .with_table(table.name));
        }
    }
    Err(refused.unwrap_or_else(|| {
        Error::new(
            ErrorKind::Serialization,
            "the row was inserted and deleted by others again and again, and could not be read in between",
        )
        .with_table(table.name)
    }))
}

/// The row as it was inserted, or `None` where there is one already.
async fn try_insert<M: Table>(
    row: &M,
    target: &[usize],
    refused: &mut Option<Error>,
    db: &dyn Executor,
) -> Result<Option<M>> {
    let insert = Insert::new(row);
    if db.dialect().features().upsert == Upsert::OnConflict {
        let upsert = OnConflict::new(insert, target.to_vec()).do_nothing();
        return upsert.returning().optional(db).await;
    }
    // An upsert could meet any constraint, and does not tell a row that was kept from one that is new. A refused
    // insert ends no transaction here.
    match insert.one(db).await {
        Ok(row) => Ok(Some(row)),
        Err(e) if e.is_unique_violation() => {
            *refused = Some(e);
            Ok(None)
        }
        Err(e) => Err(e),
    }
}

/// Reads the row that an insert has met, which a snapshot of the transaction may not show.
fn latest<M: Table>(query: Query<M>, db: &dyn Executor) -> Query<M> {
    if db.dialect().features().upsert == Upsert::OnConflict {
        return query;
    }
    query.lock(Lock {
        share: true,
        held: Held::Wait,
    })
}

/// Conditions that give the row's values to the columns of a constraint.
fn same_values(table: &'static TableDef, target: &[usize], slots: &[Slot]) -> Result<Vec<Node>> {
    let values = target.iter().map(|index| {
        let column = &table.columns[*index];
        match slots.get(*index) {
            Some(Slot::Value(value)) => Ok(Node::equal(table, column, value.clone())),
            _ => Err(Error::invalid(format!(
                "`{}::{}` has no value by which a row could be found: the database makes it",
                table.model, column.field
            ))
            .with_table(table.name)),
        }
    });
    values.collect()
}

/// The constraint that is meant when none is named.
pub(super) fn only_unique(table: &'static TableDef) -> Result<Vec<usize>> {
    let mut unique = table.indexes.iter().filter(|i| i.unique && i.condition.is_none());
    let Some(first) = unique.next() else {
        return Ok(table.primary_key.to_vec());
    };
    let columns = first.columns();
    if unique.next().is_some() || columns.is_empty() {
        return Err(Error::invalid(format!(
            "`{}` has more unique constraints than one: say which by `get_or_insert_by({}::column, ..)`",
            table.model, table.model
        ))
        .with_table(table.name));
    }
    Ok(columns)
}
