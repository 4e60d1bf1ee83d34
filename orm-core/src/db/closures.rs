//! Transactions as closures: committed on `Ok`, rolled back on `Err`, run again where that is safe and may help.

use std::future::Future;
use std::panic::Location;
use std::sync::Arc;

use tokio::time::{Instant, sleep};

use super::Db;
use super::finish::Ended;
use super::options::TxOptions;
use super::tx::{Tx, is_rerun};
use crate::error::{Class, Error, ErrorKind, Result};
use crate::pool::lock;

/// Why an attempt came to nothing, and whether another may not.
struct Attempt<E> {
    error: E,
    again: bool,
}

impl Db {
    /// Runs a transaction: COMMIT when the closure returns `Ok`, ROLLBACK when it returns `Err`.
    ///
    /// It is run again, at most three times within five seconds, after a deadlock, a serialization failure, a lock that
    /// was not to be had in time, or a connection lost before COMMIT was sent; never after a COMMIT whose outcome is
    /// unknown, nor after an error of the closure's own, unless that is [`Error::transient`]. What the closure does
    /// outside of the database then happens again: [`Tx::on_commit`] is for that.
    ///
    /// ```no_run
    /// # use orm_core::{Db, Error, Result};
    /// # async fn f(db: Db) -> Result<()> {
    /// let answer = db.transaction(async |tx| { let _ = &tx; Ok(42) }).await?;
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    /// The closure's, or what went wrong at BEGIN or COMMIT.
    #[track_caller]
    pub fn transaction<T>(
        &self,
        work: impl AsyncFnOnce(&mut Tx) -> Result<T> + Clone,
    ) -> impl Future<Output = Result<T>> {
        self.attempts::<Error, T>(TxOptions::new(), work, judge, Location::caller())
    }

    /// Like [`transaction`](Db::transaction), with options.
    ///
    /// # Errors
    /// As [`transaction`](Db::transaction).
    #[track_caller]
    pub fn transaction_with<T>(
        &self,
        options: TxOptions,
        work: impl AsyncFnOnce(&mut Tx) -> Result<T> + Clone,
    ) -> impl Future<Output = Result<T>> {
        self.attempts::<Error, T>(options, work, judge, Location::caller())
    }

    /// Like [`transaction`](Db::transaction), with an error type of your own.
    ///
    /// # Errors
    /// As [`transaction`](Db::transaction).
    #[track_caller]
    pub fn try_transaction<E: From<Error>, T>(
        &self,
        work: impl AsyncFnOnce(&mut Tx) -> Result<T, E> + Clone,
    ) -> impl Future<Output = Result<T, E>> {
        self.attempts::<E, T>(TxOptions::new(), work, |_| None, Location::caller())
    }

    /// Like [`transaction`](Db::transaction), for a closure that can run only once: it is never run again.
    ///
    /// # Errors
    /// As [`transaction`](Db::transaction).
    #[track_caller]
    pub fn transaction_once<T>(
        &self,
        work: impl AsyncFnOnce(&mut Tx) -> Result<T>,
    ) -> impl Future<Output = Result<T>> {
        let at = Location::caller();
        async move {
            let ran = self.attempt::<Error, T>(TxOptions::new(), work, judge, at).await;
            ran.map_err(|failed| failed.error)
        }
    }

    /// Runs reads that see one moment, and writes nothing. On SQLite it takes a connection that reads, beside the one
    /// that writes.
    ///
    /// # Errors
    /// As [`transaction`](Db::transaction).
    #[track_caller]
    pub fn read_transaction<T>(
        &self,
        work: impl AsyncFnOnce(&mut Tx) -> Result<T> + Clone,
    ) -> impl Future<Output = Result<T>> {
        self.attempts::<Error, T>(TxOptions::snapshot(), work, judge, Location::caller())
    }

    async fn attempts<E: From<Error>, T>(
        &self,
        options: TxOptions,
        work: impl AsyncFnOnce(&mut Tx) -> Result<T, E> + Clone,
        judge: fn(&E) -> Option<bool>,
        at: &'static Location<'static>,
    ) -> Result<T, E> {
        let started = Instant::now();
        let mut failures = 0;
        loop {
            let failed = match self.attempt(options, work.clone(), judge, at).await {
                Ok(value) => return Ok(value),
                Err(failed) => failed,
            };
            failures += 1;
            match options.retry.wait(failures) {
                Some(wait) if failed.again && started.elapsed() + wait < options.within => sleep(wait).await,
                _ => return Err(failed.error),
            }
        }
    }

    async fn attempt<E: From<Error>, T>(
        &self,
        options: TxOptions,
        work: impl AsyncFnOnce(&mut Tx) -> Result<T, E>,
        judge: fn(&E) -> Option<bool>,
        at: &'static Location<'static>,
    ) -> Result<T, Attempt<E>> {
        let begun = Tx::begin(Arc::clone(&self.shared), self.context.clone(), options, at).await;
        let mut tx = begun.map_err(|error| Attempt {
            again: is_rerun(error.class()),
            error: error.into(),
        })?;
        match work(&mut tx).await {
            Ok(value) => {
                let spoiled = {
                    let log = lock(&tx.log);
                    log.retry && log.failed.is_some()
                };
                match tx.end().await {
                    Ended::Committed => Ok(value),
                    Ended::Unknown(error) => Err(Attempt {
                        error: error.into(),
                        again: false,
                    }),
                    Ended::RolledBack(error, again) => Err(Attempt {
                        error: error.into(),
                        again: again || spoiled,
                    }),
                }
            }
            Err(error) => {
                // What the transaction has seen decides; the closure's error only where it says so itself.
                let again = judge(&error).unwrap_or_else(|| lock(&tx.log).retry);
                let _ = tx.rollback().await;
                Err(Attempt { error, again })
            }
        }
    }
}

/// An error of the user's own says whether it is worth another run; others do not.
fn judge(error: &Error) -> Option<bool> {
    (error.kind() == ErrorKind::Custom && error.class() == Class::Transaction).then_some(true)
}
