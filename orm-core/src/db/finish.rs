//! How a transaction ends: committed, rolled back, or unknown. Both ends finish whatever happens to the caller.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::Duration;

use tokio::time::timeout;

use super::seat::lost;
use super::tx::{Failed, Hook, Tx, is_lost, is_rerun};
use crate::driver::State;
use crate::error::{Class, Error, ErrorKind, Result};
use crate::pool::{Pooled, lock};

/// How long a rollback may take before the connection is closed in its place.
const ROLLBACK: Duration = Duration::from_secs(1);
/// The same where nobody waits for it: the place of a peer that is silent is wanted.
const ROLLBACK_OF_DROPPED: Duration = Duration::from_millis(100);

/// What came of a COMMIT.
pub(super) enum Ended {
    Committed,
    /// With the reason, and whether another run may succeed.
    RolledBack(Error, bool),
    Unknown(Error),
}

impl Tx {
    /// Makes everything that was written visible and durable, then runs what [`on_commit`](Tx::on_commit) was given.
    ///
    /// Once the call has begun it goes on to its end, also when the future is dropped; then for two seconds at most, as
    /// a server that is silent would else keep the connection for ever.
    ///
    /// # Errors
    /// `TransactionAborted` when a statement has failed before in a way that spoils the transaction: it is rolled back.
    /// `CommitUnknown` when the answer never came. Else what the database says, with everything rolled back.
    pub async fn commit(self) -> Result<()> {
        match self.end().await {
            Ended::Committed => Ok(()),
            Ended::RolledBack(error, _) | Ended::Unknown(error) => Err(error),
        }
    }

    /// Takes back everything that was written. Dropping the transaction does the same, without waiting for it.
    ///
    /// # Errors
    /// None so far: a connection that cannot roll back is closed, with the same effect.
    pub async fn rollback(self) -> Result<()> {
        let tasks = self.shared.pool.tasks().clone();
        tasks.shield(self.roll_back()).await;
        Ok(())
    }

    pub(super) async fn end(self) -> Ended {
        let tasks = self.shared.pool.tasks().clone();
        tasks.shield(self.commit_now()).await
    }

    async fn commit_now(mut self) -> Ended {
        let Some(mut conn) = self.seat.leave() else {
            return Ended::RolledBack(lost(), false);
        };
        let (begun, failed) = {
            let log = lock(&self.log);
            (log.begun, log.failed.as_ref().map(Failed::error))
        };
        if !begun {
            drop(conn);
            return match failed {
                Some(error) => Ended::RolledBack(error, false),
                None => self.committed(),
            };
        }
        if let Err(error) = self.ready(&mut conn).await {
            self.undo_all(conn).await;
            return Ended::RolledBack(error, false);
        }
        match self.shared.command(&mut conn, "COMMIT").await {
            Ok(()) => {
                conn.set_in_transaction(false);
                if lock(&self.log).schema_changed {
                    self.shared.pool.schema_changed();
                }
                drop(conn);
                self.committed()
            }
            Err(error) if is_unknown(&error, &conn) => {
                drop(conn);
                Ended::Unknown(
                    Error::new(
                        ErrorKind::CommitUnknown,
                        "COMMIT was sent and its answer never came: what was written may be there or not",
                    )
                    .with_class(Class::Unknown)
                    .with_source(error),
                )
            }
            Err(error) => {
                let again = is_rerun(error.class());
                self.undo_all(conn).await;
                Ended::RolledBack(error, again)
            }
        }
    }

    fn committed(&self) -> Ended {
        let hooks: Vec<Hook> = std::mem::take(&mut lock(&self.log).hooks);
        for hook in hooks {
            // The transaction is done: what a hook does wrong is no error of it, and no reason to leave out the next.
            let _ = catch_unwind(AssertUnwindSafe(hook));
        }
        Ended::Committed
    }

    async fn roll_back(mut self) {
        if let Some(conn) = self.seat.leave() {
            self.undo_all(conn).await;
        }
    }

    /// Rolls back on the connection, which then goes back; or leaves it to the pool to bring it back.
    async fn undo_all(&self, mut conn: Pooled) {
        let (begun, ended) = {
            let log = lock(&self.log);
            (log.begun, log.failed.as_ref().is_some_and(|f| f.ended))
        };
        if !begun && conn.state() == State::Ready {
            return;
        }
        let rolled_back = match conn.state() {
            State::Ready if !ended => timeout(ROLLBACK, self.shared.command(&mut conn, "ROLLBACK")).await,
            // Whether there is anything left to roll back only the driver knows.
            State::Ready | State::InDoubt => match conn.conn() {
                Ok(inner) => timeout(ROLLBACK, inner.recover()).await,
                Err(error) => Ok(Err(error)),
            },
            State::Broken => return,
        };
        match rolled_back {
            Ok(Ok(())) if conn.state() == State::Ready => conn.set_in_transaction(false),
            _ => conn.discard(),
        }
    }
}

/// Whether an error leaves open what came of the COMMIT. An answer with a code is an answer.
fn is_unknown(error: &Error, conn: &Pooled) -> bool {
    is_lost(error)
        || error.class() == Class::Unknown
        || matches!(error.kind(), ErrorKind::Timeout | ErrorKind::CommitUnknown)
        || (conn.state() != State::Ready && error.code().is_none())
}

impl Drop for Tx {
    fn drop(&mut self) {
        let Some(conn) = self.seat.leave() else { return };
        let (begun, ended) = {
            let log = lock(&self.log);
            (log.begun, log.failed.as_ref().is_some_and(|f| f.ended))
        };
        if !begun || ended || conn.state() != State::Ready {
            // The pool rolls back what it must.
            return;
        }
        let shared = std::sync::Arc::clone(&self.shared);
        let mut conn = conn;
        conn.tasks().clone().spawn(async move {
            let rolled_back = timeout(ROLLBACK_OF_DROPPED, shared.command(&mut conn, "ROLLBACK")).await;
            match rolled_back {
                Ok(Ok(())) => conn.set_in_transaction(false),
                _ => conn.discard(),
            }
        });
    }
}
