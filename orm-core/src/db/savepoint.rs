//! Savepoints: a part of a transaction that can fail on its own.

use super::tx::{Failed, Log, Point, Tx, UnderWay};
use crate::driver::State;
use crate::error::{Error, Result};
use crate::pool::{Pooled, lock};

/// An open savepoint. Dropped without being closed, it is rolled back before the next statement.
pub(super) struct Open<'a> {
    tx: &'a Tx,
    level: usize,
    closed: bool,
}

impl Drop for Open<'_> {
    fn drop(&mut self) {
        if !self.closed {
            leave(&mut lock(&self.tx.log), self.level);
        }
    }
}

/// From now on everything since this savepoint is to be undone.
fn leave(log: &mut Log, level: usize) {
    log.undo_to = Some(log.undo_to.map_or(level, |l| l.min(level)));
}

/// The same for a closure that has the transaction to itself.
struct Guard<'a> {
    tx: &'a mut Tx,
    level: usize,
    closed: bool,
}

impl Drop for Guard<'_> {
    fn drop(&mut self) {
        if !self.closed {
            leave(&mut lock(&self.tx.log), self.level);
        }
    }
}

impl Tx {
    /// Runs a part of the transaction that can fail on its own: when it does, the database is as before it, and the
    /// transaction goes on. Savepoints nest.
    ///
    /// Sends SAVEPOINT, and RELEASE SAVEPOINT or ROLLBACK TO SAVEPOINT.
    ///
    /// # Errors
    /// The closure's; `TransactionAborted` when a statement in it failed in a way that spoils all that comes after it,
    /// although the closure returned `Ok`.
    pub async fn savepoint<T>(&mut self, work: impl AsyncFnOnce(&mut Tx) -> Result<T>) -> Result<T> {
        self.try_savepoint::<Error, T>(work).await
    }

    /// Like [`savepoint`](Tx::savepoint), with an error type of your own.
    ///
    /// # Errors
    /// As [`savepoint`](Tx::savepoint).
    pub async fn try_savepoint<E: From<Error>, T>(
        &mut self,
        work: impl AsyncFnOnce(&mut Tx) -> Result<T, E>,
    ) -> Result<T, E> {
        let level = {
            let mut seated = self.seat.take().await?;
            let mut open = self.open(seated.get()?).await?;
            open.closed = true;
            open.level
        };
        let mut guard = Guard {
            tx: self,
            level,
            closed: false,
        };
        let result = work(&mut *guard.tx).await;
        let tx = &*guard.tx;
        let mut seated = tx.seat.take().await?;
        let closed = tx.close(seated.get()?, level, result).await;
        drop(seated);
        guard.closed = true;
        closed
    }

    /// Sends SAVEPOINT.
    pub(super) async fn open(&self, conn: &mut Pooled) -> Result<Open<'_>> {
        self.ready(conn).await?;
        let (sql, open) = {
            let mut log = lock(&self.log);
            log.points_made += 1;
            let name = format!("sp{}", log.points_made);
            let sql = format!("SAVEPOINT {name}");
            let hooks = log.hooks.len();
            log.points.push(Point { name, hooks });
            log.under_way = Some(UnderWay::Write);
            let open = Open {
                tx: self,
                level: log.points.len() - 1,
                closed: false,
            };
            (sql, open)
        };
        let result = self.shared.command(conn, sql).await;
        self.ended(conn, &result);
        if let Err(error) = result {
            // There is no such savepoint to go back to.
            let mut open = open;
            open.closed = true;
            lock(&self.log).points.truncate(open.level);
            return Err(error);
        }
        Ok(open)
    }

    /// Releases the savepoint, or rolls it back after an error.
    pub(super) async fn close<T, E: From<Error>>(
        &self,
        conn: &mut Pooled,
        level: usize,
        result: Result<T, E>,
    ) -> Result<T, E> {
        let released = match &result {
            Ok(_) => self.release(conn, level).await,
            Err(_) => Ok(()),
        };
        match (result, released) {
            (Ok(value), Ok(())) => Ok(value),
            (Ok(_), Err(error)) => {
                leave(&mut lock(&self.log), level);
                // When it cannot be undone either, the transaction has failed, and says so from now on.
                let _ = self.settle(conn).await;
                Err(error.into())
            }
            (Err(error), _) => {
                leave(&mut lock(&self.log), level);
                let _ = self.settle(conn).await;
                Err(error)
            }
        }
    }

    async fn release(&self, conn: &mut Pooled, level: usize) -> Result<()> {
        self.ready(conn).await?;
        let sql = {
            let mut log = lock(&self.log);
            let Some(point) = log.points.get(level) else {
                return Ok(());
            };
            let sql = format!("RELEASE SAVEPOINT {}", point.name);
            log.under_way = Some(UnderWay::Write);
            sql
        };
        let result = self.shared.command(conn, sql).await;
        self.ended(conn, &result);
        if result.is_ok() {
            lock(&self.log).points.truncate(level);
        }
        result
    }

    /// Goes back to a savepoint, and forgets what happened since.
    pub(super) async fn undo(&self, conn: &mut Pooled, level: usize) -> Result<()> {
        let name = {
            let mut log = lock(&self.log);
            if let Some(failed) = log.failed.as_ref().filter(|f| f.ended) {
                return Err(failed.error());
            }
            let Some(point) = log.points.get(level) else {
                log.undo_to = None;
                return Ok(());
            };
            point.name.clone()
        };
        let undone = match conn.state() == State::Ready || self.drain(conn).await {
            true => self.send_undo(conn, &name).await,
            false => Err(Error::invalid(
                "a statement was dropped, and its answer did not come in time",
            )),
        };
        let mut log = lock(&self.log);
        log.under_way = None;
        match undone {
            Ok(()) => {
                if let Some(point) = log.points.get(level) {
                    let hooks = point.hooks;
                    log.hooks.truncate(hooks);
                }
                log.points.truncate(level);
                log.undo_to = None;
                log.failed = None;
                Ok(())
            }
            Err(error) => {
                let first = log.failed.take().map_or_else(|| error.summary(), |f| f.first);
                let failed = log.failed.insert(Failed { first, ended: true });
                Err(failed.error())
            }
        }
    }

    async fn send_undo(&self, conn: &mut Pooled, name: &str) -> Result<()> {
        self.shared
            .command(conn, format!("ROLLBACK TO SAVEPOINT {name}"))
            .await?;
        self.shared
            .command(conn, format!("RELEASE SAVEPOINT {name}"))
            .await
    }
}

impl Open<'_> {
    /// Releases it, or rolls it back after an error.
    pub(super) async fn close<T>(mut self, conn: &mut Pooled, result: Result<T>) -> Result<T> {
        let closed = self.tx.close(conn, self.level, result).await;
        self.closed = true;
        closed
    }
}
