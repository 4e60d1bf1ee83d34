//! Queries with a name in a statement: common table expressions, also recursive ones.

use std::marker::PhantomData;

use super::{Delete, FilledBy, Joined, Query, Selectable, Selected, SetColumns, Update};
use crate::error::{Error, Result};
use crate::expr::ast::{self, Body, Compound, Inner, Scopes, SetOperation, Write, Written};
use crate::model::Table;
use crate::sql::Dialect;

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
    let mut first = Inner::of(query.query);
    let fault = first.fault.take();
    let before = std::mem::take(&mut first.select.with);
    let rest = Vec::new();
    Cte {
        before,
        ..Cte::of(
            columns.positions(),
            Body::Rows(Box::new(Compound { first, rest })),
            fault,
        )
    }
}

impl<M: Table, R> Cte<M, R> {
    fn of(columns: Vec<usize>, body: Body, fault: Option<String>) -> Self {
        let table = M::table();
        let missing = || {
            let mut columns_of = table.columns.iter().enumerate();
            let (_, column) = columns_of.find(|(i, _)| !columns.contains(i))?;
            Some(format!(
                "`{}::{}` is filled by no output: a query with a name fills every column of its struct",
                table.model, column.field
            ))
        };
        Cte {
            fault: fault.or_else(missing),
            cte: ast::Cte {
                table,
                columns,
                body,
                recursive: false,
            },
            before: Vec::new(),
            marker: PhantomData,
        }
    }

    /// The rows of a statement that writes: these columns of its table fill those.
    fn written(columns: Vec<usize>, outputs: Vec<usize>, write: Result<Write>, scopes: Scopes) -> Self {
        match write {
            Ok(write) => Cte::of(
                columns,
                Body::Written(Box::new(Written {
                    write,
                    scopes,
                    outputs,
                })),
                None,
            ),
            Err(e) => {
                let first = Inner::new(ast::Select::new(M::table()), Scopes::default());
                let rest = Vec::new();
                Cte::of(
                    columns,
                    Body::Rows(Box::new(Compound { first, rest })),
                    Some(e.to_string()),
                )
            }
        }
    }
}

impl<M: Table> Delete<M> {
    /// Names the rows that go, so that a query can read these columns of them as those of a struct with
    /// `#[derive(Cte)]`: `WITH gone (..) AS (DELETE .. RETURNING ..)`. It runs when that query does, to its end, also where
    /// the query reads none of its rows.
    ///
    /// On PostgreSQL; elsewhere an `Unsupported` error before anything is sent. The name stands at the outermost query.
    ///
    /// ```
    /// # use orm_core::prelude::*;
    /// # #[derive(Debug, Clone, Model)] #[orm(table = "products")]
    /// # struct Product { id: Id<Product>, name: String, stock: i32 }
    /// # #[derive(Debug, Clone, Model)] #[orm(table = "sold_out")]
    /// # struct SoldOut { id: Id<SoldOut>, name: String }
    /// #[derive(Debug, Clone, Cte)]
    /// #[orm(table = "gone")]
    /// struct Gone {
    ///     name: String,
    /// }
    ///
    /// let gone = Product::delete().filter(Product::stock.eq(0)).into_cte(Gone::name, Product::name);
    /// let moved = SoldOut::insert_from(SoldOut::name, gone.query().select(Gone::name));
    /// assert_eq!(
    ///     moved.to_sql(Dialect::Postgres).to_string(),
    ///     "WITH \"gone\" (\"name\") AS (DELETE FROM \"products\" WHERE \"products\".\"stock\" = $1 RETURNING \"name\") \
    ///      INSERT INTO \"sold_out\" (\"name\") SELECT \"gone\".\"name\" FROM \"gone\"    [0]"
    /// );
    /// ```
    pub fn into_cte<C: Table, O: SetColumns<M> + Selectable<M>>(
        self,
        columns: impl FilledBy<C, O::Row>,
        outputs: O,
    ) -> Cte<C, O::Row> {
        let scopes = self.scopes();
        let write = self.unscoped(ast::Returning::Nothing);
        Cte::written(columns.positions(), outputs.positions(), write, scopes)
    }
}

impl<M: Table> Update<M> {
    /// Names the rows that are changed, as they are afterwards, so that a query can read these columns of them:
    /// `WITH changed (..) AS (UPDATE .. RETURNING ..)`. See [`Delete::into_cte`].
    pub fn into_cte<C: Table, O: SetColumns<M> + Selectable<M>>(
        self,
        columns: impl FilledBy<C, O::Row>,
        outputs: O,
    ) -> Cte<C, O::Row> {
        let scopes = self.scopes();
        let write = self.unscoped(ast::Returning::Nothing).map(Write::Update);
        Cte::written(columns.positions(), outputs.positions(), write, scopes)
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
        if let Err(e) = add_names(&mut self.before, std::mem::take(&mut step.select.with)) {
            self.fault.get_or_insert_with(|| e.to_string());
        }
        match &mut self.cte.body {
            Body::Rows(rows) => {
                // What begins says the types of the columns: in a table of its own it could not.
                let first = &mut rows.first.select;
                if rows.rest.is_empty()
                    && first.is_compound_alone()
                    && let Some(compound) = first.source.take()
                {
                    *rows = compound;
                }
                rows.rest.push((operation, step));
            }
            Body::Written(_) => {
                self.fault
                    .get_or_insert_with(|| "a statement that writes is not recursive".to_owned());
            }
        }
        self.cte.recursive = true;
        self
    }

    /// A query over its rows.
    pub fn query(self) -> Query<M> {
        Query::<M>::new().with_cte(self)
    }
}

/// Adds queries with a name to those of a statement. The same one again is not there twice; another one of the same name is
/// refused.
pub(super) fn add_names(with: &mut Vec<ast::Cte>, names: impl IntoIterator<Item = ast::Cte>) -> Result<()> {
    for cte in names {
        match with.iter().find(|other| other.table.name == cte.table.name) {
            None => with.push(cte),
            Some(other) if is_same(other, &cte) => {}
            Some(_) => {
                return Err(Error::invalid(format!(
                    "two different queries are named `{}` in one statement: give one of them a struct of its own",
                    cte.table.name
                )));
            }
        }
    }
    Ok(())
}

/// Whether two queries are the same: by their structure, which shows no values, and by the values that would be sent.
fn is_same(a: &ast::Cte, b: &ast::Cte) -> bool {
    let params = |cte: &ast::Cte| {
        let select = ast::Select {
            with: vec![cte.clone()],
            ..ast::Select::new(cte.table)
        };
        // This dialect has all that can be named.
        select.to_sql(Dialect::Postgres).map(|sql| sql.params).ok()
    };
    format!("{a:?}") == format!("{b:?}") && params(a).is_some_and(|values| Some(values) == params(b))
}

impl<S> Query<S> {
    /// Takes a query with a name, which this one and what stands in it can read as the model that it names: in
    /// `join::<Tree>(..)`, `in_subquery(Tree::query()..)`. A later one may read those before it.
    pub fn with_cte<M, R>(mut self, cte: Cte<M, R>) -> Self {
        if let Some(fault) = cte.fault {
            self.fail(&Error::invalid(fault));
        }
        let names = cte.before.into_iter().chain([cte.cte]);
        if let Err(e) = add_names(&mut self.select.with, names) {
            self.fail(&e);
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
