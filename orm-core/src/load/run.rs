//! Sends the statements of a plan, and puts their rows into a tree. The one file of a load that awaits.

use std::any::Any;
use std::sync::Arc;

use futures_core::future::BoxFuture;
use futures_util::FutureExt as _;
use futures_util::future::try_join_all;

use super::key::{Key, KeyIndex, Lower};
use super::level::{Cuts, Level, LevelSink, Missing, Owners};
use super::one_trip::{Trip, TripSink, missing, refused, too_large};
use super::plan::{ChildPlan, LevelPlan, Manner, ShapeNode, plan};
use super::shape::defect;
use super::statement::{keys_at_once, related, root};
use crate::error::{Error, Result};
use crate::exec::{Context, Executor, Run, SnapshotWork, Stmt};
use crate::expr::ast::{Scopes, Select};
use crate::model::TableDef;
use crate::query::{Cursor, Cut, Tag, Way, go_together, query_stmt, run_of, scoped};

/// A query that is loaded, without its types.
#[derive(Clone)]
pub(super) struct Request {
    pub(super) select: Select,
    pub(super) scopes: Scopes,
    pub(super) fault: Option<String>,
    pub(super) tag: Tag,
    pub(super) shape: ShapeNode,
    pub(super) one_trip: bool,
    pub(super) consistent: bool,
    /// It belongs to one call with others that came before it.
    pub(super) part: bool,
    /// At most so many rows are taken, and of each the values behind it that say where it stands in the order.
    pub(super) most: Option<usize>,
}

/// Why a load has no result.
enum Broken {
    Failed(Error),
    /// A key leads to no row: it may have been deleted between two statements.
    Missing(Missing),
}

impl From<Error> for Broken {
    fn from(e: Error) -> Self {
        Broken::Failed(e)
    }
}

impl Request {
    /// What its statements have in common.
    pub(super) fn manner(&self) -> Manner {
        let several = if self.one_trip {
            refused(&self.select, &self.shape)
        } else {
            None
        };
        Manner {
            all_tenants: self.scopes.all_tenants,
            single_rows_joined: false,
            one_trip: self.one_trip && several.is_none(),
            several,
            locked: self.select.lock.is_some(),
            lower: Lower::All,
        }
    }

    /// What is wrong with it, before anything is sent.
    pub(super) fn check(&self) -> Result<()> {
        if let Some(fault) = self.fault.as_deref().or_else(|| self.shape.fault()) {
            return Err(Error::invalid(fault.to_owned()));
        }
        if !self.shape.is_flat() && (!self.select.group_by.is_empty() || !self.select.having.is_empty()) {
            return Err(Error::invalid(
                "groups have no related rows: leave out `group_by` and `having`, or select what they give",
            )
            .with_table(self.select.from.name));
        }
        Ok(())
    }

    /// Plans it. Rows of several queries together are read as they are.
    pub(super) fn plan(&self, manner: Manner) -> LevelPlan {
        let several = self.select.source.is_some();
        let closed = several.then_some("the rows are those of several queries");
        let planned = |manner| plan(self.select.from, &self.shape, manner, closed);
        let whole = planned(manner);
        if !manner.one_trip {
            return whole;
        }
        match too_large(&whole) {
            None => whole,
            several => planned(Manner {
                one_trip: false,
                several,
                ..manner
            }),
        }
    }

    /// The one statement for all levels, where they come so.
    pub(super) fn trip(&self, plan: &Arc<LevelPlan>, context: &Context) -> Result<Option<Trip>> {
        if !plan.is_one_trip() {
            return Ok(None);
        }
        Trip::of(&self.select, plan, self.scopes, context).map(Some)
    }

    /// Its own statement, with what is joined to its rows.
    pub(super) fn select(&self, plan: &LevelPlan, context: &Context) -> Result<Select> {
        let mut select = root(self.select.clone(), plan);
        scoped(&mut select, self.scopes, context)?;
        go_together(&select)?;
        Ok(select)
    }

    /// Cuts a page out of its rows.
    pub(super) fn cut(
        &mut self,
        cursor: Option<&Cursor>,
        way: Way,
        size: u64,
        db: &dyn Executor,
    ) -> Result<Cut> {
        self.check()?;
        self.most = Some(usize::try_from(size).unwrap_or(usize::MAX));
        Cut::of(&mut self.select, cursor, way, size, db.dialect())
    }

    /// Sends it.
    pub(super) async fn run(self, db: &dyn Executor) -> Result<Level> {
        Ok(self.run_cut(db).await?.0)
    }

    /// Sends it, and tells where the rows stand in the order if it was cut.
    pub(super) async fn run_cut(self, db: &dyn Executor) -> Result<(Level, Cuts)> {
        self.check()?;
        if !self.consistent {
            return self.run_here(db).await;
        }
        let work: SnapshotWork = Box::new(move |db| {
            async move {
                let rows = self.run_here(db).await?;
                Ok(Box::new(rows) as Box<dyn Any + Send>)
            }
            .boxed()
        });
        let rows = db.in_snapshot(work).await?;
        rows.downcast().map(|rows| *rows).map_err(|_| defect())
    }

    async fn run_here(&self, db: &dyn Executor) -> Result<(Level, Cuts)> {
        let manner = Manner {
            lower: Lower::by(db.dialect()),
            ..self.manner()
        };
        match self.attempt(db, manner).await {
            Ok(rows) => Ok(rows),
            Err(Broken::Failed(e)) => Err(e),
            // One statement for a row and the one that it refers to sees one moment.
            Err(Broken::Missing(_)) => {
                let joined = Manner {
                    single_rows_joined: true,
                    ..manner
                };
                match self.attempt(db, joined).await {
                    Ok(rows) => Ok(rows),
                    Err(Broken::Failed(e)) => Err(e),
                    Err(Broken::Missing(missing)) => Err(missing.error()),
                }
            }
        }
    }

    async fn attempt(&self, db: &dyn Executor, manner: Manner) -> Result<(Level, Cuts), Broken> {
        let plan = Arc::new(self.plan(manner));
        if let Some(trip) = self.trip(&plan, db.context())? {
            return Ok(self.in_one_trip(db, &plan, trip).await?);
        }
        let select = self.select(&plan, db.context())?;
        let short = select.within.is_none() && !plan.folds;
        let run = if short { run_of(&select) } else { Run::Budget };
        let sql = self.tag.on(select.to_sql(db.dialect())?);
        let sink = LevelSink::own(&plan, self.most, self.select.also.len());
        let mut stmt = query_stmt(sql, &select, run);
        stmt.part = self.part;
        let (sink, _) = db.run(stmt, Box::new(sink)).await?;
        let (mut level, cuts) = LevelSink::taken(sink)?;
        let further = Further {
            db,
            scopes: self.scopes,
            tag: &self.tag,
            begins: false,
        };
        further.fill(&plan, &mut level).await?;
        Ok((level, cuts.unwrap_or_default()))
    }

    /// Sends the one statement. It sees one moment: what is missing is not there.
    async fn in_one_trip(&self, db: &dyn Executor, plan: &LevelPlan, trip: Trip) -> Result<(Level, Cuts)> {
        let sql = self.tag.on(trip.statement.to_sql(db.dialect())?);
        let redact = sql.redact;
        let mut stmt = query_stmt(sql, &self.select, Run::Budget);
        stmt.part = self.part;
        stmt.redact |= redact;
        let (sink, _) = db.run(stmt, Box::new(trip.sink(self.most))).await?;
        let LevelSink { level, cuts, .. } = TripSink::taken(sink)?.root;
        match missing(plan, &level) {
            Some(missing) => Err(missing.error()),
            None => Ok((level, cuts.unwrap_or_default())),
        }
    }
}

/// Loads what comes with statements of its own.
#[derive(Clone, Copy)]
pub(super) struct Further<'a> {
    pub(super) db: &'a dyn Executor,
    pub(super) scopes: Scopes,
    pub(super) tag: &'a Tag,
    /// Its first statement is the first of a call, and counts where reads in loops are looked for.
    pub(super) begins: bool,
}

impl<'a> Further<'a> {
    /// Loads all that is missing beneath the rows. Loads that know nothing of each other run at the same time where the
    /// executor has several connections; none waits for a second one while it holds one.
    fn fill<'l>(self, plan: &'l LevelPlan, level: &'l mut Level) -> BoxFuture<'l, Result<(), Broken>>
    where
        'a: 'l,
    {
        async move {
            {
                let mut loads = Vec::new();
                self.collect(plan, level, &mut loads);
                if loads.len() > 1 {
                    try_join_all(loads).await?;
                } else if let Some(load) = loads.pop() {
                    load.await?;
                }
            }
            match level.missing() {
                Some(missing) => Err(Broken::Missing(missing.clone())),
                None => Ok(()),
            }
        }
        .boxed()
    }

    /// Loads one relation for rows that are there already, which have these keys.
    pub(super) async fn alone(
        self,
        from: &'static TableDef,
        child: &ChildPlan,
        keys: &[Option<Key>],
    ) -> Result<Level> {
        let mut level = Level::new(&child.level);
        if !keys.iter().any(Option::is_some) {
            return Ok(level);
        }
        match self.load(from, child, keys, &mut level).await {
            Ok(()) => Ok(level),
            Err(Broken::Failed(e)) => Err(e),
            Err(Broken::Missing(missing)) => Err(missing.error()),
        }
    }

    fn collect<'l>(
        self,
        plan: &'l LevelPlan,
        level: &'l mut Level,
        loads: &mut Vec<BoxFuture<'l, Result<(), Broken>>>,
    ) where
        'a: 'l,
    {
        let keys = &mut level.keys;
        for ((child, level), keys) in plan.children.iter().zip(&mut level.children).zip(keys) {
            if child.is_joined() {
                self.collect(&child.level, level, loads);
            } else if keys.iter().any(Option::is_some) {
                loads.push(self.load(plan.table, child, keys, level).boxed());
            }
        }
    }

    /// Loads the rows to which one relation leads.
    async fn load(
        self,
        from: &'static TableDef,
        child: &ChildPlan,
        keys: &[Option<Key>],
        level: &mut Level,
    ) -> Result<(), Broken> {
        self.related(child, keys, level).await?;
        if child.required
            && let Some(key) = level.without(keys)
        {
            level.missing = Some(Missing::new(from, child, key));
        }
        if let Some(missing) = &level.missing {
            return Err(Broken::Missing(missing.clone()));
        }
        let further = Further {
            begins: false,
            ..self
        };
        further.fill(&child.level, level).await
    }

    /// One statement, or as many as the database's limit of parameters forces.
    async fn related(self, child: &ChildPlan, keys: &[Option<Key>], level: &mut Level) -> Result<()> {
        let index = Arc::new(KeyIndex::of(keys));
        let distinct: Vec<&Key> = index
            .rows()
            .iter()
            .filter_map(|row| keys.get(usize::try_from(*row).ok()?)?.as_ref())
            .collect();
        let to: Arc<[_]> = child.to.as_slice().into();
        let chunks = distinct.chunks(keys_at_once(&distinct, self.db.dialect()));
        for (i, chunk) in chunks.enumerate() {
            let mut stmt = self.stmt(child, chunk)?;
            stmt.part = i > 0 || !self.begins;
            level.keep();
            let sink = LevelSink {
                level: std::mem::replace(level, Level::elsewhere()),
                plan: Arc::clone(&child.level),
                of: Some(Owners::of(&index, &to)),
                start: 0,
                cuts: None,
            };
            let (sink, _) = self.db.run(stmt, Box::new(sink)).await?;
            *level = LevelSink::taken(sink)?.0;
        }
        Ok(())
    }

    fn stmt(self, child: &ChildPlan, keys: &[&Key]) -> Result<Stmt> {
        let mut select = related(child, keys);
        let scopes = self.scopes.across(child.relation, child.options.deleted);
        scoped(&mut select, scopes, self.db.context())?;
        let sql = self.tag.on(select.to_sql(self.db.dialect())?);
        Ok(query_stmt(sql, &select, Run::Budget))
    }
}
