//! What all clones of a `Db`, and its transactions, have in common: the pool and the observers.

use std::sync::Arc;

use tokio::task::consume_budget;

use super::shape::{Shape, shape};
use super::watch::Observers;
use crate::driver::Lane;
use crate::error::{Error, Result};
use crate::exec::{Access, Done, RowSink, Stmt};
use crate::pool::{Pool, Pooled};
use crate::sql::Dialect;

pub(super) struct Shared {
    pub(super) pool: Pool,
    pub(super) observers: Observers,
    pub(super) dialect: Dialect,
    /// Where connections lead, without the password.
    pub(super) place: String,
    /// A pooler stands before the server that gives every transaction another session.
    pub(super) transaction_pooler: bool,
}

impl Shared {
    /// Runs one statement on a connection, under the observers' eyes.
    pub(super) async fn run_on(
        &self,
        conn: &mut Pooled,
        stmt: &Stmt,
        sink: Box<dyn RowSink>,
        in_transaction: bool,
    ) -> Result<(Box<dyn RowSink>, Done)> {
        let conn = conn.conn()?;
        be_fair(conn.parts(stmt.params.len())).await;
        let watch = self.observers.watch(stmt, in_transaction);
        let mut sink = sink;
        let result = match conn.run_now(stmt, &mut *sink) {
            Some(result) => result.map(|done| (sink, done)),
            None => conn.run(stmt, sink).await,
        };
        let result = result.map(|(mut sink, done)| {
            sink.done(done);
            (sink, done)
        });
        watch.answered(&result, |(_, done)| *done);
        result
    }

    /// Sends BEGIN, COMMIT, ROLLBACK or a savepoint, under the observers' eyes.
    pub(super) async fn command(&self, conn: &mut Pooled, sql: impl Into<Arc<str>>) -> Result<()> {
        let stmt = Stmt::raw(sql, Vec::new());
        let conn = conn.conn()?;
        be_fair(conn.parts(0)).await;
        let watch = self.observers.watch(&stmt, true);
        let result = match conn.command_now(&stmt.sql) {
            Some(result) => result,
            None => conn.command(&stmt.sql).await,
        };
        watch.answered(&result, |()| Done::default());
        result
    }

    /// After a change of schema: nobody uses a statement that was prepared before it.
    pub(super) async fn forget_statements(&self, conn: &mut Pooled) {
        self.pool.schema_changed();
        // One that cannot is asked again at its next use, as every other connection is.
        let _ = conn.follow_schema().await;
    }
}

/// Lets other tasks have their turn when this one has had its part: what runs on the caller's thread waits for nothing,
/// and a loop of it would keep the thread to itself. Nothing has been sent when it is dropped here.
async fn be_fair(parts: usize) {
    for _ in 0..parts {
        consume_budget().await;
    }
}

/// What is known of a statement before it is sent: raw SQL is looked at.
pub(super) fn shape_of(stmt: &Stmt) -> Shape {
    match stmt.access {
        Access::Read | Access::Write => Shape::Plain,
        Access::Schema => Shape::Schema,
        Access::Unknown => shape(&stmt.sql),
    }
}

/// Refuses what would leave a pooled connection inside a transaction.
pub(super) fn refuse_transaction_words(shape: Shape) -> Result<()> {
    match shape {
        Shape::Transaction => Err(Error::invalid(
            "transactions are not begun or ended by raw SQL, as each statement may go to another connection: use \
             `db.transaction(..)` or `db.begin()`, and `commit` or `rollback` on what they give",
        )),
        Shape::Savepoint => Err(Error::invalid(
            "a savepoint belongs to a transaction: use `tx.savepoint(..)`",
        )),
        Shape::Plain | Shape::Schema | Shape::Session | Shape::Lock => Ok(()),
    }
}

/// Which connections a statement goes to.
pub(super) const fn lane_of(stmt: &Stmt) -> Lane {
    match stmt.access {
        Access::Read => Lane::Reader,
        Access::Write | Access::Schema | Access::Unknown => Lane::Main,
    }
}
