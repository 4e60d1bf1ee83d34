//! Queries with a name in a statement: common table expressions, also recursive ones.

use std::marker::PhantomData;

use super::{FilledBy, Joined, Query, Selected};
use crate::error::Error;
use crate::expr::ast::{self, Compound, Inner, SetOperation};
use crate::model::Table;

/// A query with a name, read as a model: what [`cte`] makes. `R` is the type of its rows.
///
/// It does nothing until a query takes it: [`query`](Cte::query), [`Query::with_cte`].
#[must_use = "a query with a name does nothing until another takes it: `query`, `with_cte`"]
pub struct Cte<M, R> {
    cte: ast::Cte,
    /// Those that its own queries take.
    before: Vec<ast::Cte>,
    fault: Option<String>,
    marker: PhantomData<fn() -> (M, R)>,
}

impl<M, R> Clone for Cte<M, R> {
    fn clone(&self) -> Self {
        Cte {
            cte: self.cte.clone(),
            before: self.before.clone(),
            fault: self.fault.clone(),
            marker: PhantomData,
        }
    }
}

/// Names a query for a statement: `WITH tree (..) AS (SELECT ..)`. The name and the columns are those of a struct with
/// `#[derive(Cte)]`, which is read like a model; these columns take the query's outputs, in their order. The types are
/// checked when it is compiled.
///
/// ```
/// # use orm_core::prelude::*;
/// # #[derive(Debug, Clone, Model)] #[orm(table = "sales")]
/// # struct Sale { id: Id<Sale>, product: String, price: f64 }
/// #[derive(Debug, Clone, Cte)]
/// struct Revenue {
///     product: String,
///     revenue: Option<f64>,
/// }
///
/// let revenues = cte(
///     (Revenue::product, Revenue::revenue),
///     Sale::query().group_by(Sale::product).select((Sale::product, Sale::price.sum())),
/// );
/// let above = Revenue::query()
///     .with_cte(revenues)
///     .filter(Revenue::revenue.gt(100.0))
///     .select(Revenue::product);
/// assert_eq!(
///     above.to_sql(Dialect::Postgres).to_string(),
///     "WITH \"revenues\" (\"product\", \"revenue\") AS (\
///      SELECT \"sales\".\"product\", SUM(\"sales\".\"price\") FROM \"sales\" GROUP BY \"sales\".\"product\") \
///      SELECT \"revenues\".\"product\" FROM \"revenues\" WHERE \"revenues\".\"revenue\" > $1    [100.0]"
/// );
/// ```
pub fn cte<M: Table, S, R: Send + 'static>(columns: impl FilledBy<M, R>, query: Selected<S, R>) -> Cte<M, R> {
    let table = M::table();
    let columns = columns.positions();
    let missing = table
        .columns
        .iter()
        .enumerate()
        .find(|(i, _)| !columns.contains(i));
    let mut fault = missing.map(|(_, column)| {
        format!(
            "`{}::{}` is filled by no output: a query with a name fills every column of its model",
            table.model, column.field
        )
    });
    let mut first = Inner::of(query.query);
    if let Some(e) = first.fault.take() {
        fault.get_or_insert(e);
    }
    let before = std::mem::take(&mut first.select.with);
    Cte {
        cte: ast::Cte {
            table,
            columns,
            body: Compound {
                first,
                rest: Vec::new(),
            },
            recursive: false,
        },
        before,
        fault,
        marker: PhantomData,
    }
}

impl<M: Table, R: Send + 'static> Cte<M, R> {
    /// Goes on from the rows that were found: the step joins the model of the name with others, and its rows are added,
    /// until it finds no more: `WITH RECURSIVE .. AS (.. UNION ALL ..)`.
    ///
    /// A step that never ends is ended by nobody but the statement's timeout: where rows may lead back to where they came
    /// from, count the steps and filter by that, or use [`recursive_distinct`](Cte::recursive_distinct).
    ///
    /// ```
    /// # use orm_core::prelude::*;
    /// # #[derive(Debug, Clone, Model)]
    /// # #[orm(table = "categories")]
    /// struct Category {
    ///     id: Id<Category>,
    ///     name: String,
    ///     parent_id: Option<Id<Category>>,
    /// }
    ///
    /// #[derive(Debug, Clone, Cte)]
    /// #[orm(table = "tree")]
    /// struct Tree {
    ///     id: Id<Category>,
    ///     depth: i32,
    ///     path: String,
    /// }
    ///
    /// let tree = cte(
    ///     (Tree::id, Tree::depth, Tree::path),
    ///     Category::query()
    ///         .filter(Category::parent_id.is_null())
    ///         .select((Category::id, literal(0), Category::name)),
    /// )
    /// .recursive(
    ///     Category::query()
    ///         .join::<Tree>(|category, tree| category.get(Category::parent_id).eq(tree.get(Tree::id)))
    ///         .select(|category, tree| {
    ///             let path = tree.get(Tree::path).concat("/").concat(category.get(Category::name));
    ///             (category.get(Category::id), tree.get(Tree::depth) + 1, path)
    ///         }),
    /// );
    /// let all = tree.query().order_by(Tree::path);
    /// # let text = all.to_sql(Dialect::Sqlite).to_string();
    /// # assert!(text.starts_with("WITH RECURSIVE \"tree\" (\"id\", \"depth\", \"path\") AS (SELECT"), "{text}");
    /// ```
    pub fn recursive<S>(self, step: Selected<S, R>) -> Self {
        self.then(SetOperation::UnionAll, step)
    }

    /// Goes on from the rows that were found, and leaves out those that are there already, so that a circle ends:
    /// `WITH RECURSIVE .. AS (.. UNION ..)`.
    pub fn recursive_distinct<S>(self, step: Selected<S, R>) -> Self {
        self.then(SetOperation::Union, step)
    }

    fn then<S>(mut self, operation: SetOperation, step: Selected<S, R>) -> Self {
        let mut step = Inner::of(step.query);
        if let Some(e) = step.fault.take() {
            self.fault.get_or_insert(e);
        }
        self.before.append(&mut step.select.with);
        self.cte.body.rest.push((operation, step));
        self.cte.recursive = true;
        self
    }

    /// A query over its rows.
    pub fn query(self) -> Query<M> {
        Query::<M>::new().with_cte(self)
    }
}

impl<S> Query<S> {
    /// Takes a query with a name, which this one and what stands in it can read as the model that it names: in
    /// `join::<Tree>(..)`, `in_subquery(Tree::query()..)`. A later one may read those before it.
    pub fn with_cte<M, R>(mut self, cte: Cte<M, R>) -> Self {
        if let Some(fault) = cte.fault {
            self.fail(&Error::invalid(fault));
        }
        let known = |with: &[ast::Cte], name| with.iter().any(|other: &ast::Cte| other.table.name == name);
        for cte in cte.before.into_iter().chain([cte.cte]) {
            if !known(&self.select.with, cte.table.name) {
                self.select.with.push(cte);
            }
        }
        self
    }
}

impl<S> Joined<S> {
    /// Takes a query with a name: see [`Query::with_cte`].
    pub fn with_cte<M, R>(self, cte: Cte<M, R>) -> Self {
        self.map(|query| query.with_cte(cte))
    }
}

impl<S, T> Selected<S, T> {
    /// Takes a query with a name: see [`Query::with_cte`].
    pub fn with_cte<M, R>(mut self, cte: Cte<M, R>) -> Self {
        self.query = self.query.with_cte(cte);
        self
    }
}
