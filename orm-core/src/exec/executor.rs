//! What runs statements: `Db`, `Tx`, and references to them.

use std::any::Any;
use std::sync::Arc;

use async_trait::async_trait;
use futures_core::future::BoxFuture;
use futures_core::stream::BoxStream;

use super::n_plus_one::Counters;
use super::{RowSink, Stmt};
use crate::error::Result;
use crate::sql::Dialect;
use crate::value::Value;

/// Sinks full of rows, one after the other.
pub type BatchStream<'a> = BoxStream<'a, Result<Box<dyn RowSink>>>;

/// Statements that are made while they run, so that a large write is never held whole.
pub type StmtIter = Box<dyn Iterator<Item = Result<Stmt>> + Send>;

/// Reads that are done in one snapshot; their outcome comes back as `Any`.
pub type SnapshotWork =
    Box<dyn for<'e> FnOnce(&'e dyn Executor) -> BoxFuture<'e, Result<Box<dyn Any + Send>>> + Send>;

/// What a statement did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Done {
    /// How many rows it changed; for a read, how many it gave.
    pub rows: u64,
    /// The first key that the database made, where it tells one (MySQL, SQLite).
    pub last_insert_id: Option<i64>,
}

impl Done {
    /// What this and a later statement did together: the rows of both, and the first key.
    #[must_use]
    pub fn and(self, later: Done) -> Self {
        Done {
            rows: self.rows + later.rows,
            last_insert_id: self.last_insert_id.or(later.last_insert_id),
        }
    }

    /// So many rows, and no key.
    #[must_use]
    pub const fn rows(rows: u64) -> Self {
        Done {
            rows,
            last_insert_id: None,
        }
    }
}

/// What every statement of an executor has in common.
#[derive(Clone, Debug, Default)]
pub struct Context {
    /// Whose rows are read and written, for models with a tenant.
    pub tenant: Option<Value>,
    /// The statement is only shown: a word stands for the tenant.
    pub(crate) preview: bool,
    /// Who counts them.
    pub(crate) counters: Counters,
}

/// Runs statements: a pool ([`Db`](crate::Db)), a transaction ([`Tx`](crate::Tx)), or a reference to one. Every query's
/// last call takes `&dyn Executor`, so that a helper runs unchanged in either and is compiled once.
#[async_trait]
pub trait Executor: Send + Sync {
    /// The database's SQL.
    fn dialect(&self) -> Dialect;

    /// What all statements have in common.
    fn context(&self) -> &Context;

    /// Runs one statement; its rows go into the sink, which comes back.
    ///
    /// # Errors
    /// What the database or the connection says. On a transaction that has failed before, nothing is sent.
    async fn run(&self, stmt: Stmt, sink: Box<dyn RowSink>) -> Result<(Box<dyn RowSink>, Done)>;

    /// Runs several statements as one: all of them or none. A pool uses a transaction, a transaction a savepoint; for
    /// a single statement neither.
    ///
    /// # Errors
    /// The first error; nothing is written then.
    async fn run_all(&self, stmts: StmtIter, sink: Box<dyn RowSink>) -> Result<(Box<dyn RowSink>, Done)>;

    /// Runs one statement and gives its rows a sink full at a time, in constant memory. A connection is held until the
    /// stream has ended or is dropped.
    fn stream(&self, stmt: Stmt, sink: Box<dyn RowSink>) -> BatchStream<'_>;

    /// Runs reads that must see one moment; they go to the executor that the work is given, and to no other.
    ///
    /// A pool begins a transaction that only reads, and ends it after the work: with ROLLBACK when the work failed, else
    /// with COMMIT. The work runs once: it is never tried again.
    ///
    /// A transaction sends nothing of its own, and the work runs in it as it is, so that it sees what the transaction
    /// has written. This takes a transaction whose statements see one moment: always on SQLite; where
    /// [`TxOptions::repeatable_read`](crate::TxOptions::repeatable_read) or more was asked for; and on MySQL and
    /// MariaDB also where no level was, as long as the server's own default has not been lowered.
    ///
    /// # Errors
    /// The work's own, or what went wrong at BEGIN. `Invalid`, before anything is sent, on a transaction in which each
    /// statement sees another moment, and on a [`Connection`](crate::Connection), of whose transactions nothing is
    /// known.
    async fn in_snapshot(&self, work: SnapshotWork) -> Result<Box<dyn Any + Send>>;
}

macro_rules! forward {
    ($($t:ty),*) => {$(
        #[async_trait]
        impl<E: Executor + ?Sized> Executor for $t {
            fn dialect(&self) -> Dialect {
                (**self).dialect()
            }

            fn context(&self) -> &Context {
                (**self).context()
            }

            async fn run(&self, stmt: Stmt, sink: Box<dyn RowSink>) -> Result<(Box<dyn RowSink>, Done)> {
                (**self).run(stmt, sink).await
            }

            async fn run_all(&self, stmts: StmtIter, sink: Box<dyn RowSink>) -> Result<(Box<dyn RowSink>, Done)> {
                (**self).run_all(stmts, sink).await
            }

            fn stream(&self, stmt: Stmt, sink: Box<dyn RowSink>) -> BatchStream<'_> {
                (**self).stream(stmt, sink)
            }

            async fn in_snapshot(&self, work: SnapshotWork) -> Result<Box<dyn Any + Send>> {
                (**self).in_snapshot(work).await
            }
        }
    )*};
}

forward!(&E, &mut E, Arc<E>, Box<E>);
