//! All levels of a load by one statement: how its rows are laid out, and the sink that takes them.

use std::any::Any;
use std::sync::Arc;

use super::key::{Key, KeyColumn};
use super::level::{Level, LevelSink, Missing, Owners};
use super::plan::{ChildPlan, LevelPlan, ShapeNode};
use super::shape::defect;
use super::statement::{add_key, key_nodes, key_types, of_rows, root};
use crate::error::Result;
use crate::exec::{Context, RowSink};
use crate::expr::ast::{InStage, Node, OneTrip, OrderTerm, Scopes, Select, Stage};
use crate::query::scoped;
use crate::value::RowReader;

/// The most levels of one statement: the first part of it joins them all, and SQLite and MariaDB join about twice as many.
const MOST_LEVELS: usize = 30;

/// The most columns of one result: PostgreSQL takes 1664.
const MOST_COLUMNS: usize = 1600;

/// The columns before those of the levels: the number of the level, and the row's place in it.
const BEFORE: usize = 2;

/// Why a query cannot come with all that it loads by one statement, as far as its own words tell.
pub(super) fn refused(select: &Select, shape: &ShapeNode) -> Option<&'static str> {
    if select.source.is_some() {
        Some("the rows are those of several queries")
    } else if select.lock.is_some() {
        Some("the query locks its own rows, and no others")
    } else if !select.with.is_empty() {
        Some("the query has queries with a name")
    } else if select.distinct && select.from.primary_key.is_empty() {
        Some("rows without a primary key are numbered before doubles are left out")
    } else if select.from.primary_key.is_empty() && (select.limit.is_some() || select.offset.is_some()) {
        Some("rows without a primary key cannot be limited twice in the same way")
    } else if has_numbers(&select.order_by) {
        Some("the order has a window or an output of the query in it")
    } else {
        refused_beneath(shape)
    }
}

fn refused_beneath(shape: &ShapeNode) -> Option<&'static str> {
    shape.children.iter().find_map(|node| {
        let options = &node.options;
        if has_numbers(&options.order_by) {
            return Some("an order has a window or an output of a query in it");
        }
        let limited = options.limit.is_some() || options.offset > 0;
        if limited && (node.relation.target)().primary_key.is_empty() {
            return Some("rows without a primary key cannot be limited twice in the same way");
        }
        refused_beneath(&node.shape)
    })
}

/// Whether an order has in it what cannot stand in a window's order.
fn has_numbers(order: &[OrderTerm]) -> bool {
    fn is_number(node: &Node) -> bool {
        matches!(node, Node::Over(_) | Node::Output(_)) || node.parts().into_iter().any(is_number)
    }
    order.iter().any(|term| is_number(&term.node))
}

/// Why a plan is too large for one statement.
pub(super) fn too_large(plan: &LevelPlan) -> Option<&'static str> {
    let (mut levels, mut columns) = (1, BEFORE + plan.total);
    fn add(plan: &LevelPlan, levels: &mut usize, columns: &mut usize) {
        for child in &plan.children {
            if !child.is_joined() {
                *levels += 1;
                *columns += width(child);
            }
            add(&child.level, levels, columns);
        }
    }
    add(plan, &mut levels, &mut columns);
    if levels > MOST_LEVELS {
        Some("there are more levels than one statement joins")
    } else if columns > MOST_COLUMNS {
        Some("the levels have more columns than one result takes")
    } else {
        None
    }
}

/// How many columns the rows of a relation have that is not joined, the key of a join table behind them included.
fn width(child: &ChildPlan) -> usize {
    child.level.total + child.relation.through.map_or(0, |through| through.near.len())
}

/// Where the rows of a level stand in the result and in the tree.
struct Place {
    plan: Arc<LevelPlan>,
    /// The way from the query's own rows, by the numbers of the children.
    path: Vec<usize>,
    /// At which column of the result they begin.
    start: usize,
    /// By what they find the rows that have them.
    key: Arc<[KeyColumn]>,
}

/// The one statement of a load, and how its rows are read.
pub(super) struct Trip {
    pub(super) statement: OneTrip,
    /// The query's own rows.
    root: Arc<LevelPlan>,
    /// The levels beneath, each behind the one that has it.
    places: Vec<Place>,
}

impl Trip {
    /// The statement of a plan.
    ///
    /// # Errors
    /// When a model belongs to a tenant and none is given.
    pub(super) fn of(
        query: &Select,
        plan: &Arc<LevelPlan>,
        scopes: Scopes,
        context: &Context,
    ) -> Result<Trip> {
        let mut select = query.clone();
        // Rows that are limited twice must be the same ones.
        add_key(select.from, &mut select.order_by);
        let mut select = root(select, plan);
        scoped(&mut select, scopes, context)?;
        let width = plan.total + select.also.len();
        let mut trip = Trip {
            statement: OneTrip {
                stages: vec![Stage {
                    select,
                    first: 0,
                    width,
                }],
            },
            root: Arc::clone(plan),
            places: Vec::new(),
        };
        trip.add(plan, &mut Vec::new(), 0, 0, scopes, context)?;
        Ok(trip)
    }

    /// Adds the levels beneath one whose columns begin at `start` among those of a stage.
    fn add(
        &mut self,
        plan: &LevelPlan,
        path: &mut Vec<usize>,
        stage: usize,
        start: usize,
        scopes: Scopes,
        context: &Context,
    ) -> Result<()> {
        for (number, child) in plan.children.iter().enumerate() {
            path.push(number);
            if child.is_joined() {
                self.add(&child.level, path, stage, start + child.offset, scopes, context)?;
            } else {
                let stages = &mut self.statement.stages;
                let first = stages.last().map_or(0, |last| last.first + last.width);
                let condition = Node::InStage(Box::new(InStage {
                    nodes: key_nodes(child.relation),
                    types: key_types(child.relation),
                    stage,
                    columns: child.from.iter().map(|column| start + column.at).collect(),
                }));
                let mut select = of_rows(child, condition, false);
                let across = scopes.across(child.relation, child.options.deleted);
                scoped(&mut select, across, context)?;
                let width = width(child);
                stages.push(Stage { select, first, width });
                self.places.push(Place {
                    plan: Arc::clone(&child.level),
                    path: path.clone(),
                    start: BEFORE + first,
                    key: child.to.as_slice().into(),
                });
                let stage = self.places.len();
                self.add(&child.level, path, stage, first, scopes, context)?;
            }
            path.pop();
        }
        Ok(())
    }

    /// What takes its rows.
    pub(super) fn sink(self, most: Option<usize>) -> TripSink {
        let own = self.statement.stages.first();
        let behind = own.map_or(0, |own| own.select.also.len());
        TripSink {
            root: LevelSink {
                start: BEFORE,
                ..LevelSink::own(&self.root, most, behind)
            },
            places: self.places.into(),
            current: 0,
            owners: None,
        }
    }
}

/// Takes the rows of all levels, which come one level after the other.
pub(super) struct TripSink {
    /// Takes the query's own rows; its level has the others beneath.
    pub(super) root: LevelSink,
    places: Arc<[Place]>,
    /// The number of the level whose rows come.
    current: usize,
    /// To which rows those belong.
    owners: Option<Owners>,
}

impl TripSink {
    /// The sink that an executor gave back.
    pub(super) fn taken(sink: Box<dyn RowSink>) -> Result<TripSink> {
        match sink.into_any().downcast::<TripSink>() {
            Ok(sink) => Ok(*sink),
            Err(_) => Err(super::level::other_sink()),
        }
    }
}

impl RowSink for TripSink {
    fn row(&mut self, row: &mut RowReader<'_>) -> Result<()> {
        let number: i64 = row.get(0)?;
        let number = usize::try_from(number).map_err(|_| defect())?;
        if number == 0 {
            return self.root.row(row);
        }
        let place = self.places.get(number - 1).ok_or_else(defect)?;
        if number != self.current {
            // All rows of the levels before are there.
            let (last, before) = place.path.split_last().ok_or_else(defect)?;
            let keys = beneath(&mut self.root.level, before)?.keys.get(*last);
            let keys = keys.ok_or_else(defect)?;
            self.owners = Some(Owners::new(keys, &place.key));
            self.current = number;
        }
        let level = beneath(&mut self.root.level, &place.path)?;
        match &mut self.owners {
            Some(owners) => owners.read(level, &place.plan, row, place.start),
            None => Err(defect()),
        }
    }

    fn restart(&mut self) {
        self.root.restart();
        self.current = 0;
        self.owners = None;
    }

    fn len(&self) -> usize {
        self.root.len()
    }

    fn take(&mut self) -> Box<dyn RowSink> {
        let root = self.root.part();
        let (current, owners) = (std::mem::take(&mut self.current), self.owners.take());
        Box::new(TripSink {
            root,
            places: Arc::clone(&self.places),
            current,
            owners,
        })
    }

    fn into_any(self: Box<Self>) -> Box<dyn Any + Send> {
        self
    }
}

/// The level to which a way leads.
fn beneath<'l>(level: &'l mut Level, path: &[usize]) -> Result<&'l mut Level> {
    let mut level = level;
    for number in path {
        level = level.children.get_mut(*number).ok_or_else(defect)?;
    }
    Ok(level)
}

/// The first key of a whole tree that leads to no row although it must.
pub(super) fn missing(plan: &LevelPlan, level: &Level) -> Option<Missing> {
    if let Some(missing) = &level.missing {
        return Some(missing.clone());
    }
    let levels = level.children.iter().zip(&level.keys);
    plan.children
        .iter()
        .zip(levels)
        .find_map(|(child, (level, keys))| {
            let apart = child.required && !child.is_joined();
            let key: Option<&Key> = if apart { level.without(keys) } else { None };
            match key {
                Some(key) => Some(Missing::new(plan.table, child, key)),
                None => missing(&child.level, level),
            }
        })
}
