//! A plan as a person reads it: the statements that will be sent, and why each relation is loaded as it is.

use std::fmt;
use std::sync::Arc;

use super::options::Strategy;
use super::plan::{ChildPlan, LevelPlan};
use super::run::Request;
use super::shape::Shape;
use super::shaped::Shaped;
use super::statement::{of_rows, sample_condition};
use crate::error::Result;
use crate::model::Table;
use crate::query::{Statement, preview, scoped};
use crate::sql::{Dialect, SqlText};

/// What a query with loads will send.
#[derive(Debug)]
pub struct LoadPlan {
    /// The query's own statement, with what is joined to its rows; with [`in_one_trip`](Shaped::in_one_trip) the one for
    /// all levels.
    pub statement: Statement,
    /// The relations that are loaded, each before those that are loaded with its rows.
    pub loads: Vec<PlannedLoad>,
}

/// A relation that will be loaded.
#[derive(Debug)]
pub struct PlannedLoad {
    /// From the query's model on: `books.reviews`.
    pub path: String,
    /// How.
    pub strategy: Strategy,
    /// Why so.
    pub why: &'static str,
    /// Its statement, where it has one; a single key stands for those that the rows before it will have.
    pub statement: Option<Statement>,
}

impl LoadPlan {
    /// How many statements that are, if each relation has rows and all keys go into one statement.
    #[must_use]
    pub fn statements(&self) -> usize {
        1 + self.loads.iter().filter(|load| load.statement.is_some()).count()
    }
}

impl fmt::Display for LoadPlan {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.statement)?;
        for load in &self.loads {
            write!(f, "\n{}: {}, {}", load.path, load.strategy, load.why)?;
            if let Some(statement) = &load.statement {
                write!(f, "\n  {statement}")?;
            }
        }
        Ok(())
    }
}

impl<M: Table, S: Shape<M>> Shaped<M, S> {
    /// What [`all`](Shaped::all) would send, and why each relation is loaded as it is. Nothing is sent.
    ///
    /// ```
    /// # use orm_core::prelude::*;
    /// # #[derive(Model)] #[orm(table = "authors", has_many(books: Book))] struct Author { id: Id<Author>, name: String }
    /// # #[derive(Model)] #[orm(table = "books")] struct Book { id: Id<Book>, author_id: Id<Author> }
    /// let plan = Author::query().with(Author::books.with(Book::author)).plan(Dialect::Postgres)?;
    /// assert_eq!(plan.statements(), 2);
    /// assert_eq!(plan.loads[0].path, "books");
    /// assert_eq!(plan.loads[1].path, "books.author");
    /// println!("{plan}");
    /// # Ok::<(), Error>(())
    /// ```
    ///
    /// # Errors
    /// What [`all`](Shaped::all) would say before anything is sent.
    pub fn plan(&self, dialect: Dialect) -> Result<LoadPlan> {
        let request = self.request();
        request.check()?;
        let plan = Arc::new(request.plan(request.manner()));
        let mut loads = Vec::new();
        list(&request, &plan, "", dialect, &mut loads);
        Ok(LoadPlan {
            statement: Statement::new(own(&request, &plan, dialect)),
            loads,
        })
    }

    /// The query's own statement, with what is joined to its rows; [`plan`](Shaped::plan) has the others, too. Nothing is
    /// sent.
    pub fn to_sql(&self, dialect: Dialect) -> Statement {
        let request = self.request();
        let sql = request
            .check()
            .and_then(|()| own(&request, &Arc::new(request.plan(request.manner())), dialect));
        Statement::new(sql)
    }
}

fn own(request: &Request, plan: &Arc<LevelPlan>, dialect: Dialect) -> Result<SqlText> {
    if let Some(trip) = request.trip(plan, &preview())? {
        return Ok(request.tag.on(trip.statement.to_sql(dialect)?));
    }
    let select = request.select(plan, &preview())?;
    Ok(request.tag.on(select.to_sql(dialect)?))
}

fn list(request: &Request, plan: &LevelPlan, before: &str, dialect: Dialect, out: &mut Vec<PlannedLoad>) {
    for child in &plan.children {
        let path = if before.is_empty() {
            child.relation.name.to_owned()
        } else {
            format!("{before}.{}", child.relation.name)
        };
        let apart = child.strategy == Strategy::Selectin;
        let statement = apart.then(|| Statement::new(further(request, child, dialect)));
        out.push(PlannedLoad {
            path: path.clone(),
            strategy: child.strategy,
            why: child.why,
            statement,
        });
        list(request, &child.level, &path, dialect, out);
    }
}

fn further(request: &Request, child: &ChildPlan, dialect: Dialect) -> Result<SqlText> {
    let mut select = of_rows(child, sample_condition(child.relation), false);
    let scopes = request.scopes.across(child.relation, child.options.deleted);
    scoped(&mut select, scopes, &preview())?;
    Ok(request.tag.on(select.to_sql(dialect)?))
}
