//! Related rows for rows that are there already.

use std::borrow::Borrow;
use std::collections::HashMap;

use super::key::{Key, KeyColumn, Lower};
use super::level::Level;
use super::load::{Extent, Load};
use super::plan::{LoadNode, Manner, plan_alone};
use super::run::Further;
use super::shape::{Shape, defect};
use crate::error::{Error, Result};
use crate::exec::Executor;
use crate::expr::ast::Scopes;
use crate::model::{Id, Relation, RowWriter, Table};
use crate::query::Tag;
use crate::value::{Slot, Value};

impl<R: Relation, S: Shape<R::To>, E: Extent<R>> Load<R, S, E> {
    /// The related rows of rows that are there already, by their ids: one statement for all of them, and one for each
    /// relation that is loaded with them and not joined. Rows without related ones have an empty list, or `None`.
    ///
    /// # Errors
    /// As [`Shaped::all`](super::Shaped::all); `Invalid`, before anything is sent, for a row that is not stored yet.
    pub async fn load_for<B: Borrow<R::From> + Sync>(
        self,
        rows: &[B],
        db: &dyn Executor,
    ) -> Result<HashMap<Id<R::From>, E::Of<S::Value>>> {
        let ids: Vec<Id<R::From>> = rows.iter().map(|row| row.borrow().id()).collect();
        let values = self
            .of_rows(rows.iter().map(Borrow::borrow).collect(), db)
            .await?;
        Ok(ids.into_iter().zip(values).collect())
    }

    /// The related row or rows of one row that is there already. The statements are those of
    /// [`load_for`](Load::load_for).
    ///
    /// # Errors
    /// As [`load_for`](Load::load_for).
    pub async fn load_one(
        self,
        row: &(impl Borrow<R::From> + Sync),
        db: &dyn Executor,
    ) -> Result<E::Of<S::Value>> {
        let values = self.of_rows(vec![row.borrow()], db).await?;
        values.into_iter().next().ok_or_else(defect)
    }

    async fn of_rows(self, rows: Vec<&R::From>, db: &dyn Executor) -> Result<Vec<E::Of<S::Value>>> {
        let node = self.node();
        let count = rows.len();
        let keys = rows
            .into_iter()
            .map(|row| values_of(row, R::def().columns))
            .collect();
        let level = fetch(db, R::From::table(), node, keys).await?;
        self.values(level, count)
    }
}

/// The values of a row in these columns, or in its primary key.
fn values_of<M: Table>(row: &M, columns: &[usize]) -> Result<Vec<Value>> {
    if columns.is_empty() {
        return row.id().to_values();
    }
    let mut writer = RowWriter::with_capacity(M::table().columns.len());
    row.write(&mut writer);
    let mut slots = writer.into_slots();
    let taken = columns.iter().map(|column| match slots.get_mut(*column) {
        Some(Slot::Value(Value::NewId(_))) | None => Err(crate::model::unsaved()),
        Some(Slot::Unset) => Err(Error::invalid(
            "a key is unset until its row is stored: store it first",
        )),
        Some(Slot::Value(value)) => Ok(value.clone()),
    });
    taken.collect()
}

async fn fetch(
    db: &dyn Executor,
    from: &'static crate::model::TableDef,
    node: LoadNode,
    keys: Vec<Result<Vec<Value>>>,
) -> Result<Level> {
    if let Some(fault) = node.fault() {
        return Err(Error::invalid(fault.to_owned()));
    }
    let manner = Manner {
        lower: Lower::by(db.dialect()),
        ..Manner::default()
    };
    let child = plan_alone(from, &node, manner);
    let columns: &[KeyColumn] = &child.from;
    let keys = keys
        .into_iter()
        .map(|values| Ok(Key::of_values(values?, columns)))
        .collect::<Result<Vec<Option<Key>>>>()?;
    let further = Further {
        db,
        scopes: Scopes::default(),
        tag: &Tag::default(),
        begins: true,
    };
    further.alone(from, &child, &keys).await
}
