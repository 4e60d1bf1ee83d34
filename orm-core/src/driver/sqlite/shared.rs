//! One open connection, used by the caller's task or by a blocking thread, and never by both.

use std::sync::{Mutex, TryLockError};

use super::errors;
use super::run::{Halt, Sqlite};
use crate::error::Result;

/// The connection itself: used by the caller's task, or by a blocking thread, never by both.
pub(super) struct Shared {
    /// `None` once it is closed.
    pub(super) sqlite: Mutex<Option<Sqlite>>,
}

impl Shared {
    /// Uses the connection on the caller's thread.
    pub(super) fn now<T>(&self, work: impl FnOnce(&mut Sqlite) -> T) -> Result<T> {
        match self.sqlite.try_lock() {
            Ok(mut guard) => guard
                .as_mut()
                .map(work)
                .ok_or_else(|| errors::not_ready("closed")),
            Err(TryLockError::WouldBlock) => Err(errors::not_ready("still busy")),
            Err(TryLockError::Poisoned(_)) => Err(errors::panicked()),
        }
    }

    /// Uses the connection on a blocking thread.
    pub(super) fn on_thread<T>(&self, work: impl FnOnce(&mut Sqlite) -> Result<T, Halt>) -> Result<T, Halt> {
        match self.sqlite.lock() {
            Ok(mut guard) => match guard.as_mut() {
                Some(sqlite) => work(sqlite),
                None => Err(Halt::Failed(errors::not_ready("closed"))),
            },
            Err(_) => Err(Halt::Failed(errors::panicked())),
        }
    }
}
