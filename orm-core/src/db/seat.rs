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
    /// The number of the open stream, and the text of its statement.
    streaming: Option<(u64, Arc<str>)>,
    streams: u64,
}

/// Stands for a stream while it is open. Dropped, others may use the connection again.
pub(super) struct Mark<'a> {
    seat: &'a Seat,
    number: u64,
}

impl Mark<'_> {
    pub(super) fn number(&self) -> u64 {
        self.number
    }
}

impl Drop for Mark<'_> {
    fn drop(&mut self) {
        let mut slot = lock(&self.seat.slot);
        if slot
            .streaming
            .as_ref()
            .is_some_and(|(open, _)| *open == self.number)
        {
            slot.streaming = None;
        }
    }
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
                streams: 0,
            }),
        }
    }

    /// The connection, after those who asked before.
    pub(super) async fn take(&self) -> Result<Seated<'_>> {
        let turn = self.turn.lock().await;
        self.seated(turn, None)
    }

    /// A number for a stream that is about to be opened.
    pub(super) fn mark(&self) -> Mark<'_> {
        let mut slot = lock(&self.slot);
        slot.streams += 1;
        Mark {
            seat: self,
            number: slot.streams,
        }
    }

    /// The connection for a stream.
    pub(super) async fn take_for_stream(&self, number: u64, sql: &Arc<str>) -> Result<Seated<'_>> {
        let turn = self.turn.lock().await;
        self.seated(turn, Some((number, Arc::clone(sql))))
    }

    fn seated<'a>(&'a self, turn: TurnGuard<'a, ()>, stream: Option<(u64, Arc<str>)>) -> Result<Seated<'a>> {
        let mut slot = lock(&self.slot);
        if let Some((_, open)) = &slot.streaming {
            return Err(Error::new(
                ErrorKind::StreamOpen,
                format!(
                    "a stream is open on this transaction: read it to its end or drop it first ({})",
                    shortened(open)
                ),
            ));
        }
        let conn = slot.conn.take().ok_or_else(lost)?;
        let turn = stream.is_none().then_some(turn);
        slot.streaming = stream;
        Ok(Seated {
            seat: self,
            conn: Some(conn),
            _turn: turn,
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
        lock(&self.seat.slot).conn = self.conn.take();
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
