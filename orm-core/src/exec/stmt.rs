//! A statement ready to run: text, parameters, and what is known of it.

use std::borrow::Cow;
use std::ops::Deref;
use std::sync::Arc;

use super::Done;
use crate::error::{Error, ErrorKind, Result};
use crate::sql::SqlText;
use crate::value::Value;

/// A statement ready to run.
#[derive(Clone, Debug)]
pub struct Stmt {
    /// The SQL text. Values are never part of it.
    pub sql: Arc<str>,
    /// The parameters, in the order of their placeholders.
    pub params: Parameters,
    /// Whether it reads or writes.
    pub access: Access,
    /// How long it may run, where the driver runs statements on the caller's own thread.
    pub run: Run,
    /// The tables that it reads.
    pub reads: Tables,
    /// The tables that it writes, those that its cascades reach included.
    pub writes: Tables,
    /// At which positions of a result row whole numbers stand for decimals, and at what scale.
    pub scales: Option<Arc<[Option<u32>]>>,
    /// Parameters that logs must not show, whatever they show of others.
    pub redact: bool,
    /// How many rows it must change. With [`Executor::run_all`](super::Executor::run_all) another number is a stale error,
    /// and all that was sent is undone, also where it is the only statement.
    pub must_change: Option<u64>,
    /// The query builder alone has written its text: it need not be looked through again.
    pub(crate) built: bool,
    /// One of several statements that one call sends, such as a long list cut by the limit of parameters; or a read that
    /// belongs to a write or holds a lock. Where reads are counted that could be sent together
    /// ([`NPlusOne`](super::NPlusOne)), it does not count.
    pub(crate) part: bool,
}

impl Stmt {
    /// A read with this text and these parameters.
    #[must_use]
    pub fn read(sql: impl Into<Arc<str>>, params: impl Into<Parameters>) -> Self {
        Stmt {
            sql: sql.into(),
            params: params.into(),
            access: Access::Read,
            run: Run::Budget,
            reads: Tables::None,
            writes: Tables::None,
            scales: None,
            redact: false,
            must_change: None,
            built: false,
            part: false,
        }
    }

    /// A write with this text and these parameters.
    #[must_use]
    pub fn write(sql: impl Into<Arc<str>>, params: impl Into<Parameters>) -> Self {
        Stmt {
            access: Access::Write,
            run: Run::Thread,
            ..Stmt::read(sql, params)
        }
    }

    /// Text of the user's own, of which nothing is known.
    #[must_use]
    pub fn raw(sql: impl Into<Arc<str>>, params: impl Into<Parameters>) -> Self {
        Stmt {
            access: Access::Unknown,
            run: Run::Thread,
            ..Stmt::read(sql, params)
        }
    }

    /// The text and the parameters alone.
    pub(crate) fn into_text(self) -> SqlText {
        SqlText {
            text: self.sql,
            params: self.params.to_vec(),
            scales: self.scales,
            reads: Vec::new(),
            foreign: !self.built,
            redact: self.redact,
        }
    }

    /// Refuses a number of changed rows that is not the one it must change.
    pub(crate) fn judge(&self, done: Done) -> Result<()> {
        match self.must_change {
            Some(rows) if rows != done.rows => Err(Error::new(
                ErrorKind::Stale,
                format!(
                    "{} of {rows} rows were changed or removed by somebody else since they were read",
                    rows.saturating_sub(done.rows)
                ),
            )),
            _ => Ok(()),
        }
    }

    /// A statement of schema definition.
    #[must_use]
    pub fn ddl(sql: impl Into<Arc<str>>) -> Self {
        Stmt {
            access: Access::Schema,
            run: Run::Thread,
            ..Stmt::read(sql, Parameters::default())
        }
    }
}

/// The parameters of a statement. Copies of many share one memory, as a statement may go to another thread and back.
#[derive(Clone)]
pub struct Parameters(Kept);

#[derive(Clone)]
enum Kept {
    Few(Vec<Value>),
    Many(Arc<[Value]>),
}

/// From so many on they are shared: fewer are copied as fast.
const MANY: usize = 64;

impl Default for Parameters {
    fn default() -> Self {
        Parameters(Kept::Few(Vec::new()))
    }
}

impl From<Vec<Value>> for Parameters {
    fn from(values: Vec<Value>) -> Self {
        Parameters(if values.len() < MANY {
            Kept::Few(values)
        } else {
            Kept::Many(values.into())
        })
    }
}

impl Deref for Parameters {
    type Target = [Value];

    fn deref(&self) -> &[Value] {
        match &self.0 {
            Kept::Few(values) => values,
            Kept::Many(values) => values,
        }
    }
}

impl std::fmt::Debug for Parameters {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.iter().collect::<Vec<_>>().fmt(f)
    }
}

/// Whether a statement reads or writes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Access {
    /// It reads.
    Read,
    /// It writes rows.
    Write,
    /// It changes the schema: cached statements are dropped afterwards.
    Schema,
    /// Raw SQL: the database must be asked.
    Unknown,
}

/// How long a statement may run, where the driver runs statements on the caller's own thread (SQLite).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Run {
    /// Short by construction: a row by a whole key, a small write by key.
    Short,
    /// A read that may be stopped and run again elsewhere.
    Budget,
    /// On a blocking thread.
    Thread,
}

/// A set of tables, by name.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Tables {
    /// No table.
    #[default]
    None,
    /// One table.
    One(&'static str),
    /// Several tables.
    Many(Vec<Cow<'static, str>>),
}

impl Tables {
    /// The names.
    pub fn iter(&self) -> impl Iterator<Item = &str> {
        let (one, many) = match self {
            Tables::None => (None, &[][..]),
            Tables::One(name) => (Some(*name), &[][..]),
            Tables::Many(names) => (None, names.as_slice()),
        };
        one.into_iter().chain(many.iter().map(|name| &**name))
    }

    /// Adds a table.
    pub fn add(&mut self, name: impl Into<Cow<'static, str>>) {
        let name = name.into();
        if self.iter().any(|n| n == name) {
            return;
        }
        *self = match (std::mem::take(self), name) {
            (Tables::None, Cow::Borrowed(name)) => Tables::One(name),
            (Tables::None, name) => Tables::Many(vec![name]),
            (Tables::One(first), name) => Tables::Many(vec![Cow::Borrowed(first), name]),
            (Tables::Many(mut names), name) => {
                names.push(name);
                Tables::Many(names)
            }
        };
    }
}
