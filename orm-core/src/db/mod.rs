//! `Db`, the pool as its users see it; transactions; and what both have in common.

mod builder;
mod closures;
mod connect;
mod connection;
mod finish;
mod locked;
mod locked_join;
mod locked_shaped;
mod n_plus_one;
mod options;
mod produce;
mod savepoint;
mod schema;
mod seat;
mod several;
mod shape;
mod shared;
#[cfg(test)]
mod tests;
mod tx;
mod watch;

use std::any::Any;
use std::fmt;
use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;

pub use builder::DbBuilder;
pub use connection::Connection;
pub use locked::Locked;
pub use locked_join::LockedJoin;
pub use locked_shaped::LockedShaped;
pub use options::{Isolation, TxOptions};
pub use tx::Tx;

use crate::driver::Lane;
use crate::error::Result;
use crate::exec::{
    Access, BatchStream, Context, Done, Executor, Observer, RowSink, SnapshotWork, Stmt, StmtIter,
};
use crate::pool::{Holder, PoolStats, Pooled};
use crate::query::IntoParam;
use crate::sql::Dialect;
use produce::produce;
use several::Several;
use shape::Shape;
use shared::{Shared, lane_of, refuse_transaction_words, shape_of};

/// A database: a pool of connections, cheap to clone. Every query's last call takes `&db`.
///
/// Statements on it are independent of each other and may run on different connections; what belongs together goes in
/// a transaction.
#[derive(Clone)]
pub struct Db {
    shared: Arc<Shared>,
    context: Context,
}

impl Db {
    /// Connects with the usual options. The URL's scheme says which database it is: `sqlite:`, `postgres://`,
    /// `postgresql://`, `mysql://`, `mariadb://`.
    ///
    /// # Errors
    /// `Connect` when the database is not there or says no, `Invalid` for a wrong URL, `Unsupported` for a driver that
    /// is not compiled in.
    pub async fn connect(url: impl Into<String>) -> Result<Db> {
        Db::builder(url).connect().await
    }

    /// Connects with options.
    pub fn builder(url: impl Into<String>) -> DbBuilder {
        DbBuilder::new(url)
    }

    /// The database's SQL, as the first connection told it.
    #[must_use]
    pub fn dialect(&self) -> Dialect {
        self.shared.dialect
    }

    /// The pool's figures at this moment.
    #[must_use]
    pub fn pool_stats(&self) -> PoolStats {
        self.shared.pool.stats()
    }

    /// Replaces all connections at their next use. An in-memory database is kept, as its connection is all there is.
    pub fn drop_connections(&self) {
        self.shared.pool.drop_connections();
    }

    /// Lends no connection any more, waits for those that are lent and for commits and rollbacks under way, and closes
    /// all. Called again, it goes on waiting.
    ///
    /// # Errors
    /// `Timeout` when something was still lent at the end of the time; it says where that was taken.
    pub async fn close(&self, limit: Duration) -> Result<()> {
        self.shared.pool.close(limit).await
    }

    /// Shows every statement to an observer from now on.
    pub fn observe(&self, observer: impl Observer) {
        self.shared.observers.add(Arc::new(observer));
    }

    /// Like [`observe`](Db::observe), for one that goes away again.
    #[cfg(feature = "testing")]
    pub(crate) fn observe_for_now(&self, observer: Arc<dyn Observer>) {
        self.shared.observers.add(observer);
    }

    /// Shows nothing to an observer any more.
    #[cfg(feature = "testing")]
    pub(crate) fn stop_observing(&self, observer: &Arc<dyn Observer>) {
        self.shared.observers.remove(observer);
    }

    /// The same database, for the rows of one tenant: models with a tenant are read and written with it. A number of any
    /// width does for a column of numbers, text and ids for one of theirs; another type is an error of the first statement.
    #[must_use]
    pub fn tenant(&self, tenant: impl IntoParam) -> Db {
        let mut db = self.clone();
        db.context.tenant = Some(tenant.into_param());
        db
    }

    /// Begins a transaction. It is rolled back when it is dropped without [`commit`](Tx::commit).
    ///
    /// On PostgreSQL and MySQL nothing is sent before the first statement; on SQLite it waits here for its turn to write.
    ///
    /// # Errors
    /// `PoolTimeout` when no connection became free; on SQLite, `LockTimeout` when another process is writing.
    #[track_caller]
    pub fn begin(&self) -> impl Future<Output = Result<Tx>> + Send + '_ {
        self.begin_with(TxOptions::new())
    }

    /// Begins a transaction with options.
    ///
    /// # Errors
    /// As [`begin`](Db::begin).
    #[track_caller]
    pub fn begin_with(&self, options: TxOptions) -> impl Future<Output = Result<Tx>> + Send + '_ {
        let at = std::panic::Location::caller();
        Tx::begin(Arc::clone(&self.shared), self.context.clone(), options, at)
    }

    /// A connection for one statement, and the shape of that statement.
    async fn connection_for(&self, stmt: &Stmt, by: Holder) -> Result<(Pooled, Shape)> {
        let pool = &self.shared.pool;
        let shape = shape_of(stmt);
        refuse_transaction_words(shape)?;
        if stmt.access == Access::Unknown && shape == Shape::Plain && pool.has_readers() {
            let reader = async {
                let mut conn = pool.acquire(Lane::Reader, by).await?;
                conn.conn()?.check(stmt)?;
                // What a reader cannot prepare may be possible where temporary tables and newer schemas are.
                let reads = matches!(conn.conn()?.is_read_only(&stmt.sql).await, Ok(true));
                Ok(reads.then_some(conn))
            };
            if let Some(conn) = Box::pin(reader).await? {
                return Ok((conn, shape));
            }
        }
        let mut conn = pool.acquire(lane_of(stmt), by).await?;
        conn.conn()?.check(stmt)?;
        if shape.leaves_traces() {
            conn.mark_raw();
        }
        Ok((conn, shape))
    }

    /// For a pooler that may prepare a statement on one session and execute it on another.
    async fn run_in_transaction(
        &self,
        stmt: Stmt,
        sink: Box<dyn RowSink>,
    ) -> Result<(Box<dyn RowSink>, Done)> {
        let tx = self.begin().await?;
        let ran = tx.run(stmt, sink).await?;
        tx.commit().await?;
        Ok(ran)
    }

    async fn run_one(&self, stmt: &Stmt, sink: Box<dyn RowSink>) -> Result<(Box<dyn RowSink>, Done)> {
        let (mut conn, shape) = self.connection_for(stmt, Holder::STATEMENT).await?;
        self.context.counters.count(stmt);
        let result = self.shared.run_on(&mut conn, stmt, sink, false).await;
        if shape == Shape::Schema {
            Box::pin(self.shared.forget_statements(&mut conn)).await;
        }
        result
    }
}

#[async_trait]
impl Executor for Db {
    fn dialect(&self) -> Dialect {
        self.shared.dialect
    }

    fn context(&self) -> &Context {
        &self.context
    }

    async fn run(&self, stmt: Stmt, sink: Box<dyn RowSink>) -> Result<(Box<dyn RowSink>, Done)> {
        if self.shared.transaction_pooler && shape_of(&stmt) != Shape::Schema {
            return Box::pin(self.run_in_transaction(stmt, sink)).await;
        }
        self.run_one(&stmt, sink).await
    }

    async fn run_all(&self, stmts: StmtIter, sink: Box<dyn RowSink>) -> Result<(Box<dyn RowSink>, Done)> {
        let stmts = match Several::of(stmts)? {
            Several::None => return Ok((sink, Done::default())),
            Several::One(stmt) => return self.run(stmt, sink).await,
            Several::More(stmts) => stmts,
        };
        let tx = self.begin().await?;
        let ran = tx.run_each(stmts, sink).await;
        match ran {
            Ok(ran) => {
                tx.commit().await?;
                Ok(ran)
            }
            Err(error) => {
                // What went wrong first is what matters; the connection is rolled back or closed either way.
                let _ = tx.rollback().await;
                Err(error)
            }
        }
    }

    fn stream(&self, stmt: Stmt, sink: Box<dyn RowSink>) -> BatchStream<'_> {
        produce(None, |batches| async move {
            let (mut conn, _) = self.connection_for(&stmt, Holder::STREAM).await?;
            conn.mark_long(true);
            // A pooler may else prepare on one session and execute on another.
            let pooler = self.shared.transaction_pooler;
            if pooler {
                conn.set_in_transaction(true);
                self.shared
                    .command(&mut conn, self.shared.dialect.transactions().begin)
                    .await?;
            }
            self.context.counters.count(&stmt);
            let watch = self.shared.observers.watch(&stmt, pooler);
            let result = conn.conn()?.stream(&stmt, sink, batches).await;
            watch.answered(&result, |done| *done);
            result?;
            if pooler {
                self.shared.command(&mut conn, "COMMIT").await?;
                conn.set_in_transaction(false);
            }
            Ok(())
        })
    }

    async fn in_snapshot(&self, work: SnapshotWork) -> Result<Box<dyn Any + Send>> {
        let tx = self.begin_with(TxOptions::snapshot()).await?;
        let outcome = work(&tx).await;
        let _ = match &outcome {
            // What was read has been read, whatever becomes of a COMMIT after which nothing is written.
            Ok(_) => tx.commit().await,
            Err(_) => tx.rollback().await,
        };
        outcome
    }
}

impl fmt::Debug for Db {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Db({}, {})", self.shared.place, self.pool_stats())
    }
}
