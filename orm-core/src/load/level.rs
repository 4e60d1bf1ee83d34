//! The rows of one table on their way into a tree, and the sink that takes them from a statement.

use std::any::Any;
use std::sync::Arc;

use super::key::{Key, KeyColumn, KeyIndex};
use super::plan::{ChildPlan, LevelPlan};
use crate::error::{Error, ErrorKind, Result};
use crate::exec::{Collect, Done, RowSink};
use crate::model::{RelationDef, TableDef};
use crate::query::place_of;
use crate::value::{RowReader, Value};

/// The rows of one table, and beneath them what was loaded with them.
pub struct Level {
    /// The rows: a [`Collect`] of what each becomes.
    rows: Box<dyn RowSink>,
    /// For each row the number of the row that has it.
    pub(super) owners: Vec<u32>,
    /// For each child that comes with a statement of its own, the key in each row.
    pub(super) keys: Vec<Vec<Option<Key>>>,
    /// Where rows are repeated: the last row, once for each row that has it.
    last: Last,
    pub(super) children: Vec<Level>,
    /// How many rows are of statements that have ended.
    kept: usize,
    /// The first key that leads to no row although it must.
    pub(super) missing: Option<Missing>,
}

/// The last row of a level whose rows are repeated.
#[derive(Default)]
struct Last {
    key: Option<Key>,
    /// The rows that have it, each with the number that it has beneath that one. Each row of the result is read once for
    /// each of them, always in the same order.
    of: Vec<(u32, u32)>,
    /// Whose turn it is.
    turn: usize,
}

impl Last {
    /// The number that the row has beneath its owner, if it is the same again.
    fn again(&mut self, owner: u32) -> Option<u32> {
        let turn = if self.turn < self.of.len() { self.turn } else { 0 };
        let (of, row) = *self.of.get(turn)?;
        self.turn = turn + 1;
        (of == owner).then_some(row)
    }

    fn add(&mut self, owner: u32, row: u32) {
        self.of.push((owner, row));
        self.turn = self.of.len();
    }

    fn forget(&mut self) {
        self.key = None;
        self.of.clear();
        self.turn = 0;
    }
}

/// A key that leads to no row although it must.
#[derive(Clone, Debug)]
pub(crate) struct Missing {
    pub(super) from: &'static str,
    pub(super) relation: &'static str,
    pub(super) to: &'static str,
    pub(super) table: &'static str,
    pub(super) key: Option<String>,
}

impl Missing {
    pub(super) fn new(from: &TableDef, child: &ChildPlan, key: &Key) -> Self {
        Missing {
            key: Some(key.display()),
            ..Missing::along(from, child.relation)
        }
    }

    /// Where the key was not read.
    pub(super) fn along(from: &TableDef, relation: &RelationDef) -> Self {
        let target = (relation.target)();
        Missing {
            from: from.model,
            relation: relation.name,
            to: target.model,
            table: target.name,
            key: None,
        }
    }

    pub(super) fn error(&self) -> Error {
        let error = Error::new(
            ErrorKind::NotFound,
            format!(
                "a `{}` refers by `{}` to a `{}` that is not there, or is not this tenant's: where that may be, mark \
                 the key `#[orm(no_constraint)]`, and an `Option` is loaded",
                self.from, self.relation, self.to
            ),
        )
        .with_table(self.table);
        match &self.key {
            Some(key) => error.with_key(key.clone()),
            None => error,
        }
    }
}

impl Level {
    /// Without rows.
    pub(super) fn new(plan: &LevelPlan) -> Level {
        Level {
            rows: (plan.make)(),
            owners: Vec::new(),
            keys: plan.children.iter().map(|_| Vec::new()).collect(),
            last: Last::default(),
            children: plan
                .children
                .iter()
                .map(|child| Level::new(&child.level))
                .collect(),
            kept: 0,
            missing: None,
        }
    }

    /// In the place of a level that is elsewhere.
    pub(super) fn elsewhere() -> Level {
        Level {
            rows: Box::new(crate::exec::Discard::default()),
            owners: Vec::new(),
            keys: Vec::new(),
            last: Last::default(),
            children: Vec::new(),
            kept: 0,
            missing: None,
        }
    }

    /// How many rows there are.
    pub(super) fn len(&self) -> usize {
        self.owners.len()
    }

    /// Takes the rows, whose type the caller knows, the rows that have them, and what was loaded with them.
    pub(super) fn into_parts<T: Send + 'static>(
        self,
    ) -> Result<(Vec<T>, Vec<u32>, std::vec::IntoIter<Level>)> {
        Ok((
            Collect::<T>::rows(self.rows)?,
            self.owners,
            self.children.into_iter(),
        ))
    }

    /// Takes one row of a result, whose part for this table begins at `start`.
    pub(super) fn read(
        &mut self,
        plan: &LevelPlan,
        row: &mut RowReader<'_>,
        start: usize,
        owner: u32,
    ) -> Result<()> {
        let new = number(self.owners.len())?;
        if plan.folds {
            let key = Key::read(row, start, &plan.key)?;
            if key.is_none() || key != self.last.key {
                self.forget();
                self.last.key = key;
            } else if let Some(same) = self.last.again(owner) {
                return self.read_joined(plan, row, start, same, true);
            }
            self.last.add(owner, new);
        }
        row.seek(start);
        self.rows.row(row)?;
        self.owners.push(owner);
        for (child, keys) in plan.children.iter().zip(&mut self.keys) {
            if !child.is_joined() {
                keys.push(Key::read(row, start, &child.from)?);
            }
        }
        self.read_joined(plan, row, start, new, false)
    }

    /// Whether a row is the last one again, as it is repeated by a joined collection.
    fn is_last(&self, plan: &LevelPlan, row: &mut RowReader<'_>, start: usize) -> Result<bool> {
        Ok(plan.folds && self.last.key.is_some() && Key::read(row, start, &plan.key)? == self.last.key)
    }

    /// The next row is another one, here and beneath.
    fn forget(&mut self) {
        self.last.forget();
        self.children.iter_mut().for_each(|level| level.last.forget());
    }

    /// Takes the joined rows beside a row of this number.
    fn read_joined(
        &mut self,
        plan: &LevelPlan,
        row: &mut RowReader<'_>,
        start: usize,
        owner: u32,
        repeated: bool,
    ) -> Result<()> {
        for (child, level) in plan.children.iter().zip(&mut self.children) {
            if !child.is_joined() || repeated && !child.is_repeating() {
                continue;
            }
            let at = start + child.offset;
            let key = child.level.key.first().map_or(0, |key| key.at);
            if !row.is_null(at + key)? {
                level.read(&child.level, row, at, owner)?;
            } else if child.required
                && !child.from.is_empty()
                && self.missing.is_none()
                && let Some(key) = Key::read(row, start, &child.from)?
            {
                self.missing = Some(Missing::new(plan.table, child, &key));
            }
        }
        Ok(())
    }

    /// The first key, here or beneath, that leads to no row although it must.
    pub(super) fn missing(&self) -> Option<&Missing> {
        self.missing
            .as_ref()
            .or_else(|| self.children.iter().find_map(Level::missing))
    }

    /// A key of which no row came, of those that the rows above have.
    pub(super) fn without<'k>(&self, keys: &'k [Option<Key>]) -> Option<&'k Key> {
        let mut found = vec![false; keys.len()];
        for owner in &self.owners {
            if let Some(found) = usize::try_from(*owner)
                .ok()
                .and_then(|owner| found.get_mut(owner))
            {
                *found = true;
            }
        }
        keys.iter()
            .zip(found)
            .find_map(|(key, found)| key.as_ref().filter(|_| !found))
    }

    /// The rows so far stay, whatever becomes of the next statement.
    pub(super) fn keep(&mut self) {
        self.rows.done(Done::default());
        self.kept = self.owners.len();
        self.forget();
        self.children.iter_mut().for_each(Level::keep);
    }

    fn restart(&mut self) {
        self.rows.restart();
        self.owners.truncate(self.kept);
        self.keys.iter_mut().for_each(|keys| keys.truncate(self.kept));
        self.forget();
        self.missing = None;
        self.children.iter_mut().for_each(Level::restart);
    }
}

/// A row's number as it is kept.
pub(super) fn number(row: usize) -> Result<u32> {
    u32::try_from(row)
        .map_err(|_| Error::invalid("a load gives more than four billion rows: read them in parts"))
}

/// To which rows those of a statement belong.
#[derive(Clone)]
pub(super) struct Owners {
    index: Arc<KeyIndex>,
    /// The key in the rows of the statement.
    key: Arc<[KeyColumn]>,
    /// The first of the rows to which the last one belongs.
    last: Option<u32>,
    /// The last key that was looked for, and the first of the rows that have it.
    found: Option<(Key, Option<u32>)>,
}

impl Owners {
    /// Rows with these keys; those of the statement have the same in these columns.
    pub(super) fn new(keys: &[Option<Key>], key: &Arc<[KeyColumn]>) -> Self {
        Owners::of(&Arc::new(KeyIndex::of(keys)), key)
    }

    /// The same, of an index that is there.
    pub(super) fn of(index: &Arc<KeyIndex>, key: &Arc<[KeyColumn]>) -> Self {
        Owners {
            index: Arc::clone(index),
            key: Arc::clone(key),
            last: None,
            found: None,
        }
    }

    /// Takes a row of the statement into the level, beneath the rows to which it belongs.
    pub(super) fn read(
        &mut self,
        level: &mut Level,
        plan: &LevelPlan,
        row: &mut RowReader<'_>,
        start: usize,
    ) -> Result<()> {
        let key = Key::read(row, start, &self.key)?;
        let mut owner = match &self.found {
            // The rows of one key come one after the other.
            Some((last, owner)) if key.as_ref() == Some(last) => *owner,
            _ => {
                let owner = key.as_ref().and_then(|key| self.index.first(key));
                self.found = key.map(|key| (key, owner));
                owner
            }
        };
        if plan.folds && owner != self.last {
            // It may be the same row, reached from another one.
            level.forget();
            self.last = owner;
        }
        // A row that belongs to several is read once for each, so that none must be copied.
        while let Some(one) = owner {
            level.read(plan, row, start, one)?;
            owner = self.index.after(one);
        }
        Ok(())
    }
}

/// Takes the rows of one statement into a level.
pub(super) struct LevelSink {
    pub(super) level: Level,
    pub(super) plan: Arc<LevelPlan>,
    /// For rows that belong to others: to which.
    pub(super) of: Option<Owners>,
    /// At which column of the result a row begins.
    pub(super) start: usize,
    /// For rows of which a page is cut.
    pub(super) cuts: Option<Cuts>,
}

/// Where rows of which a page is cut stand in the order.
#[derive(Clone, Debug, Default)]
pub(super) struct Cuts {
    /// At most so many rows are taken.
    most: usize,
    /// At how many columns behind the row's own the values stand.
    width: usize,
    /// Those of each row.
    pub(super) values: Vec<Vec<Value>>,
    /// There was a further row.
    pub(super) more: bool,
}

impl Cuts {
    fn forget(&mut self) {
        self.values.clear();
        self.more = false;
    }
}

impl LevelSink {
    /// For the rows of a query of its own; of `most` of them the values in so many columns behind them are kept.
    pub(super) fn own(plan: &Arc<LevelPlan>, most: Option<usize>, width: usize) -> Self {
        LevelSink {
            level: Level::new(plan),
            plan: Arc::clone(plan),
            of: None,
            start: 0,
            cuts: most.map(|most| Cuts {
                most,
                width,
                ..Cuts::default()
            }),
        }
    }

    /// What a sink has taken that an executor gave back.
    pub(super) fn taken(sink: Box<dyn RowSink>) -> Result<(Level, Option<Cuts>)> {
        match sink.into_any().downcast::<LevelSink>() {
            Ok(sink) => Ok((sink.level, sink.cuts)),
            Err(_) => Err(other_sink()),
        }
    }

    /// The rows so far, in a sink of their own; this one goes on empty.
    pub(super) fn part(&mut self) -> LevelSink {
        LevelSink {
            level: std::mem::replace(&mut self.level, Level::new(&self.plan)),
            plan: Arc::clone(&self.plan),
            of: self.of.clone(),
            start: self.start,
            cuts: self.cuts.as_mut().map(|cuts| {
                let taken = cuts.clone();
                cuts.forget();
                taken
            }),
        }
    }
}

/// The error of an executor that keeps a sink to itself.
pub(super) fn other_sink() -> Error {
    Error::invalid("the executor gave back a sink that is not the one it was given")
}

impl RowSink for LevelSink {
    fn row(&mut self, row: &mut RowReader<'_>) -> Result<()> {
        let (level, plan, start) = (&mut self.level, &self.plan, self.start);
        if let Some(owners) = &mut self.of {
            return owners.read(level, plan, row, start);
        }
        let Some(cuts) = &mut self.cuts else {
            return level.read(plan, row, start, 0);
        };
        if level.len() >= cuts.most && !level.is_last(plan, row, start)? {
            cuts.more = true;
            return Ok(());
        }
        level.read(plan, row, start, 0)?;
        if cuts.values.len() < level.len() {
            row.seek(start + plan.total);
            cuts.values.push(place_of(row, cuts.width)?);
        }
        Ok(())
    }

    fn restart(&mut self) {
        self.level.restart();
        if let Some(cuts) = &mut self.cuts {
            cuts.forget();
        }
        if let Some(owners) = &mut self.of {
            owners.last = None;
            owners.found = None;
        }
    }

    fn len(&self) -> usize {
        self.level.len()
    }

    fn take(&mut self) -> Box<dyn RowSink> {
        Box::new(self.part())
    }

    fn into_any(self: Box<Self>) -> Box<dyn Any + Send> {
        self
    }
}
