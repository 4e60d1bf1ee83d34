//! SQL of the user's own.

use std::borrow::Cow;
use std::marker::PhantomData;
use std::sync::Arc;

use super::rows::{at_most_one, exactly_one};
use super::{Rows, Statement};
use crate::error::{Error, Result};
use crate::exec::{Access, Collect, Discard, Executor, RowSink, Stmt};
use crate::expr::split_fragment;
use crate::model::Table;
use crate::sql::{Dialect, SqlText, Writer};
use crate::value::{Field, FromRow, Slot, Value};

/// A value that can be a parameter of raw SQL.
#[diagnostic::on_unimplemented(message = "`{Self}` cannot be a parameter", label = "not a column type")]
pub trait IntoParam {
    /// The parameter.
    fn into_param(self) -> Value;
}

impl<F: Field> IntoParam for F {
    fn into_param(self) -> Value {
        match self.slot() {
            Slot::Value(value) => value,
            Slot::Unset => Value::Null(F::TYPE),
        }
    }
}

impl IntoParam for &str {
    fn into_param(self) -> Value {
        Value::Text(self.to_owned())
    }
}

/// Named parameters: `params! { min: 10.0, name: "x" }`.
#[derive(Clone, Debug, Default)]
pub struct Params(Vec<(&'static str, Value)>);

impl Params {
    /// From names and values; the macro calls this.
    #[must_use]
    pub const fn new(params: Vec<(&'static str, Value)>) -> Self {
        Params(params)
    }
}

/// Named parameters of raw SQL: `params! { min: 10.0, name: "x" }`.
#[macro_export]
macro_rules! params {
    ($($name:ident: $value:expr),* $(,)?) => {
        $crate::query::Params::new(::std::vec![$((::core::stringify!($name), $crate::query::IntoParam::into_param($value))),*])
    };
}

pub use params;

/// The text with placeholders, and the parameters in their order.
fn build(text: &str, params: &Params, dialect: Dialect) -> Result<SqlText> {
    if text.contains('\0') {
        return Err(Error::invalid("SQL text holds U+0000"));
    }
    let mut w = Writer::new(dialect);
    if params.0.is_empty() && !text.contains('{') {
        w.raw(text);
        return w.finish(None);
    }
    let mut used = vec![false; params.0.len()];
    for part in split_fragment(text)? {
        match part {
            crate::expr::FragmentText::Text(text) => w.raw(&text),
            crate::expr::FragmentText::Name(name) => {
                let found = params.0.iter().position(|(n, _)| *n == name);
                let Some((index, (_, value))) = found.and_then(|i| Some((i, params.0.get(i)?))) else {
                    let known: Vec<&str> = params.0.iter().map(|(n, _)| *n).collect();
                    return Err(Error::invalid(format!(
                        "the SQL names `{{{name}}}`, which is not among its parameters ({})",
                        known.join(", ")
                    )));
                };
                used[index] = true;
                match value {
                    Value::Array(_, items) if w.is_after_in() => w.raw_list(items)?,
                    value => w.raw_param(value.clone())?,
                }
            }
        }
    }
    if let Some(index) = used.iter().position(|used| !used) {
        return Err(Error::invalid(format!(
            "the parameter `{}` stands nowhere in the SQL",
            params.0[index].0
        )));
    }
    w.finish(None)
}

fn raw_stmt(sql: SqlText) -> Stmt {
    Stmt {
        scales: sql.scales,
        ..Stmt::raw(sql.text, sql.params)
    }
}

/// SQL of your own, without a model.
///
/// `{name}` stands for a parameter of [`params`](RawSql::params). On PostgreSQL each is written with a cast to its type
/// (`$1::int8`).
pub fn sql(text: impl Into<Cow<'static, str>>) -> RawSql {
    RawSql {
        text: text.into(),
        params: Params::default(),
    }
}

/// SQL of the user's own.
#[derive(Clone, Debug)]
#[must_use = "SQL does nothing until its last call: `exec`, `all_as`, .."]
pub struct RawSql {
    text: Cow<'static, str>,
    params: Params,
}

impl RawSql {
    /// With these parameters: `params! { min: 10.0 }`.
    pub fn params(mut self, params: Params) -> Self {
        self.params = params;
        self
    }

    fn stmt(&self, dialect: Dialect) -> Result<Stmt> {
        build(&self.text, &self.params, dialect).map(raw_stmt)
    }

    /// Runs it and tells how many rows it changed.
    ///
    /// # Errors
    /// What the database says; `Invalid` when names in the text and parameters do not agree.
    pub async fn exec(self, db: &dyn Executor) -> Result<u64> {
        let (_, done) = db
            .run(self.stmt(db.dialect())?, Box::new(Discard::default()))
            .await?;
        Ok(done.rows)
    }

    /// All rows, as tuples (by position) or as structs with `#[derive(FromRow)]` (by name).
    ///
    /// # Errors
    /// `Decode` when a column is missing or a value does not fit.
    pub async fn all_as<T: FromRow>(self, db: &dyn Executor) -> Result<Vec<T>> {
        let sink: Box<dyn RowSink> = Box::new(Collect::<T>::from_rows());
        let (sink, _) = db.run(self.stmt(db.dialect())?, sink).await?;
        Collect::<T>::rows(sink)
    }

    /// The first row, or none.
    ///
    /// # Errors
    /// As [`all_as`](RawSql::all_as).
    pub async fn first_as<T: FromRow>(self, db: &dyn Executor) -> Result<Option<T>> {
        Ok(self.all_as(db).await?.into_iter().next())
    }

    /// The rows one by one, in constant memory.
    pub fn stream_as<T: FromRow>(self, db: &dyn Executor) -> Rows<'_, T> {
        Rows::new(db, self.stmt(db.dialect()), Collect::<T>::from_rows())
    }
}

/// SQL of the user's own that gives rows of a model.
#[derive(Clone, Debug)]
#[must_use = "SQL does nothing until its last call: `all`, `one`, .."]
pub struct RawQuery<M> {
    text: String,
    params: Params,
    marker: PhantomData<fn() -> M>,
}

impl<M: Table> RawQuery<M> {
    pub(super) fn new(text: &str, params: Params) -> Self {
        RawQuery {
            text: text.to_owned(),
            params,
            marker: PhantomData,
        }
    }

    fn stmt(&self, dialect: Dialect) -> Result<Stmt> {
        let mut stmt = raw_stmt(build(&self.text, &self.params, dialect)?);
        if !dialect.features().decimals && M::table().columns.iter().any(|c| c.scale.is_some()) {
            let scales: Vec<Option<u32>> = M::table().columns.iter().map(|c| c.scale).collect();
            stmt.scales = Some(Arc::from(scales));
        }
        stmt.redact = M::table().columns.iter().any(|c| c.redact);
        Ok(stmt)
    }

    fn sink() -> Collect<M> {
        Collect::by_name(
            M::table().columns.iter().map(|c| Cow::Owned(c.full_name())),
            M::read,
        )
    }

    /// All rows. Columns are matched by name; further ones are ignored.
    ///
    /// # Errors
    /// `Decode` when a column is missing or a value does not fit.
    pub async fn all(self, db: &dyn Executor) -> Result<Vec<M>> {
        let (sink, _) = db.run(self.stmt(db.dialect())?, Box::new(Self::sink())).await?;
        Collect::<M>::rows(sink)
    }

    /// Exactly one row.
    ///
    /// # Errors
    /// `NotFound` when there is none, `MoreThanOne` when there are several.
    pub async fn one(self, db: &dyn Executor) -> Result<M> {
        exactly_one(self.all(db).await?, M::table(), None)
    }

    /// One row or none.
    ///
    /// # Errors
    /// `MoreThanOne` when there are several.
    pub async fn optional(self, db: &dyn Executor) -> Result<Option<M>> {
        at_most_one(self.all(db).await?, M::table())
    }

    /// The rows one by one, in constant memory.
    pub fn stream(self, db: &dyn Executor) -> Rows<'_, M> {
        Rows::new(db, self.stmt(db.dialect()), Self::sink())
    }

    /// The statement that [`all`](RawQuery::all) would send. Nothing is sent.
    pub fn to_sql(&self, dialect: Dialect) -> Statement {
        Statement::new(build(&self.text, &self.params, dialect))
    }
}

/// The database's plan for a statement, as text.
pub(super) async fn explain(db: &dyn Executor, stmt: Stmt) -> Result<String> {
    let word = if db.dialect() == Dialect::Sqlite {
        "EXPLAIN QUERY PLAN "
    } else {
        "EXPLAIN "
    };
    plan(db, stmt, word).await
}

/// Runs a query for its plan, with what each step of it took.
pub(super) async fn explain_analyze(db: &dyn Executor, stmt: Stmt) -> Result<String> {
    if stmt.access != Access::Read {
        return Err(Error::unsupported(
            "`explain_analyze` would run a statement that writes: use `explain`",
        ));
    }
    let word = match db.dialect() {
        Dialect::Sqlite => {
            return Err(Error::unsupported(
                "SQLite does not tell what the steps of a plan take: use `explain`",
            ));
        }
        Dialect::Postgres => "EXPLAIN (ANALYZE) ",
        Dialect::MySql => "EXPLAIN ANALYZE ",
        Dialect::MariaDb => "ANALYZE ",
    };
    plan(db, stmt, word).await
}

async fn plan(db: &dyn Executor, stmt: Stmt, explain: &str) -> Result<String> {
    let stmt = Stmt {
        sql: format!("{explain}{}", stmt.sql).into(),
        access: Access::Read,
        scales: None,
        ..stmt
    };
    let sink: Box<dyn RowSink> = Box::new(Collect::new(|row| {
        let columns: Vec<String> = (0..row.width()).filter_map(|i| row.text(i)).collect();
        Ok(columns.join(" | "))
    }));
    let (sink, _) = db.run(stmt, sink).await?;
    Ok(Collect::<String>::rows(sink)?.join("\n"))
}
