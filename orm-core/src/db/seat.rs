//! The one connection of a transaction: statements take it in turn, a stream keeps it until it ends.

use std::sync::{Arc, Mutex};

use tokio::sync::{Mutex as Turn, MutexGuard as TurnGuard};

use crate::error::{Error, ErrorKind, Result};
use crate::pool::{Pooled, lock};

/// Where the connection lies between two statements.
pub(super) struct Seat {
    turn: Turn<()>,
    slot: Mutex<Slot>,
}

struct Slot {
    conn: Option<Pooled>,
    /// The text of the statement whose rows are being streamed.
    streaming: Option<Arc<str>>,
}

/// The connection in hand. Dropped, it lies in its place again, in whatever state it is.
pub(super) struct Seated<'a> {
    seat: &'a Seat,
    conn: Option<Pooled>,
    /// Streams let others have their turn: they are told that a stream is open.
    _turn: Option<TurnGuard<'a, ()>>,
}

impl Seat {
    pub(super) fn new(conn: Pooled) -> Self {
        Seat {
            turn: Turn::new(()),
            slot: Mutex::new(Slot {
                conn: Some(conn),
                streaming: None,
            }),
        }
    }

    /// The connection, after those who asked before.
    pub(super) async fn take(&self) -> Result<Seated<'_>> {
        let turn = self.turn.lock().await;
        self.seated(turn, None)
    }

    /// The connection for a stream.
    pub(super) async fn take_for_stream(&self, sql: &Arc<str>) -> Result<Seated<'_>> {
        let turn = self.turn.lock().await;
        self.seated(turn, Some(sql))
    }

    fn seated<'a>(&'a self, turn: TurnGuard<'a, ()>, stream: Option<&Arc<str>>) -> Result<Seated<'a>> {
        let mut slot = lock(&self.slot);
        if let Some(open) = &slot.streaming {
            return Err(Error::new(
                ErrorKind::StreamOpen,
                format!(
                    "a stream is open on this transaction: read it to its end or drop it first ({})",
                    shortened(open)
                ),
            ));
        }
        let conn = slot.conn.take().ok_or_else(lost)?;
        slot.streaming = stream.cloned();
        Ok(Seated {
            seat: self,
            conn: Some(conn),
            _turn: stream.is_none().then_some(turn),
        })
    }

    /// The connection for good; `None` when a stream was forgotten with it.
    pub(super) fn leave(&mut self) -> Option<Pooled> {
        self.slot
            .get_mut()
            .unwrap_or_else(std::sync::PoisonError::into_inner)
            .conn
            .take()
    }
}

impl Seated<'_> {
    pub(super) fn get(&mut self) -> Result<&mut Pooled> {
        self.conn.as_mut().ok_or_else(lost)
    }
}

impl Drop for Seated<'_> {
    fn drop(&mut self) {
        let mut slot = lock(&self.seat.slot);
        slot.conn = self.conn.take();
        slot.streaming = None;
    }
}

/// The connection went away with something that was forgotten.
pub(super) fn lost() -> Error {
    Error::invalid("the connection of this transaction is gone: a stream on it was forgotten")
}

/// The beginning of a text, for errors.
fn shortened(sql: &str) -> String {
    const LONGEST: usize = 120;
    match sql.char_indices().nth(LONGEST) {
        Some((at, _)) => format!("{}..", &sql[..at]),
        None => sql.to_owned(),
    }
}
