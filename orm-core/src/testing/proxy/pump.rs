//! One way of one connection: bytes read, treated as the fault of the moment says, and passed on.

use std::io;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::tcp::{ReadHalf, WriteHalf};
use tokio::sync::watch;
use tokio::time::sleep;

use super::fault::Fault;
use crate::pool::part_of;

/// How many bytes are read at once.
const PIECE: usize = 64 * 1024;

/// How one way ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum End {
    /// The sender has closed it.
    Closed,
    /// By a fault: closed both ways, and what has passed is still delivered.
    Cut,
    /// By a fault: reset both ways.
    Reset,
}

pub(super) struct Pump<'a> {
    from: ReadHalf<'a>,
    to: WriteHalf<'a>,
    /// Read, and not passed on yet. It outlives a change of the fault.
    waiting: Vec<u8>,
    passed: &'a AtomicU64,
}

impl<'a> Pump<'a> {
    pub(super) fn new(from: ReadHalf<'a>, to: WriteHalf<'a>, passed: &'a AtomicU64) -> Self {
        Pump {
            from,
            to,
            waiting: Vec::new(),
            passed,
        }
    }

    /// Runs until the way ends. A new fault holds at once, for what was read already too.
    pub(super) async fn run(mut self, mut faults: watch::Receiver<Fault>) -> End {
        loop {
            let fault = faults.borrow_and_update().clone();
            tokio::select! {
                biased;
                changed = faults.changed() => if changed.is_err() {
                    return End::Closed;
                },
                end = self.obey(&fault) => return end.unwrap_or(End::Closed),
            }
        }
    }

    /// Only awaits what can be dropped without losing a byte.
    async fn obey(&mut self, fault: &Fault) -> io::Result<End> {
        let mut left = match fault {
            Fault::Stall => std::future::pending().await,
            Fault::Reset => return Ok(End::Reset),
            Fault::DropAfter(bytes) => usize::try_from(*bytes).unwrap_or(usize::MAX),
            _ => usize::MAX,
        };
        let mut finder = Finder::default();
        loop {
            if left == 0 {
                return Ok(End::Cut);
            }
            if self.waiting.is_empty() {
                self.waiting.reserve(PIECE);
                if self.from.read_buf(&mut self.waiting).await? == 0 {
                    self.to.shutdown().await?;
                    return Ok(End::Closed);
                }
            }
            match fault {
                Fault::Delay { least, jitter } => {
                    sleep(*least + part_of(*jitter)).await;
                    self.pass(usize::MAX).await?;
                }
                Fault::DropAfter(_) => left -= self.pass(left).await?,
                Fault::CutOn { pattern, after } => match finder.find(pattern, &self.waiting) {
                    Some(_) if *after => {
                        self.pass(usize::MAX).await?;
                        return Ok(End::Cut);
                    }
                    Some(at) => {
                        self.pass(at).await?;
                        return Ok(End::Cut);
                    }
                    None => {
                        finder.passes(pattern, &self.waiting);
                        self.pass(usize::MAX).await?;
                    }
                },
                Fault::Slice { bytes, pause } => {
                    self.pass((*bytes).max(1)).await?;
                    match pause.is_zero() {
                        true => tokio::task::yield_now().await,
                        false => sleep(*pause).await,
                    }
                }
                Fault::Rate(bytes) => {
                    // A hundred times in a second, or a byte at a time.
                    let piece = (*bytes / 100).max(1);
                    self.pass(usize::try_from(piece).unwrap_or(usize::MAX)).await?;
                    let nanos = piece.saturating_mul(1_000_000_000) / (*bytes).max(1);
                    sleep(Duration::from_nanos(nanos)).await;
                }
                Fault::Pass | Fault::Stall | Fault::Reset => {
                    self.pass(usize::MAX).await?;
                }
            }
        }
    }

    /// Passes on what waits, at most so many bytes.
    async fn pass(&mut self, most: usize) -> io::Result<usize> {
        let mut left = most.min(self.waiting.len());
        let passed = left;
        while left > 0 {
            let sent = self.to.write(&self.waiting[..left]).await?;
            if sent == 0 {
                return Err(io::ErrorKind::WriteZero.into());
            }
            self.waiting.drain(..sent);
            left -= sent;
            self.passed
                .fetch_add(u64::try_from(sent).unwrap_or(u64::MAX), Ordering::Relaxed);
        }
        Ok(passed)
    }
}

/// Looks for a pattern that may come in two pieces.
#[derive(Default)]
struct Finder {
    /// The last bytes that have passed, fewer than the pattern has.
    tail: Vec<u8>,
}

impl Finder {
    /// Where in the piece the pattern begins; 0 when it began in an earlier one.
    fn find(&self, pattern: &[u8], piece: &[u8]) -> Option<usize> {
        if pattern.is_empty() {
            return None;
        }
        let all = [&*self.tail, piece].concat();
        let at = all.windows(pattern.len()).position(|w| w == pattern)?;
        Some(at.saturating_sub(self.tail.len()))
    }

    fn passes(&mut self, pattern: &[u8], piece: &[u8]) {
        self.tail.extend_from_slice(piece);
        let keep = pattern.len().saturating_sub(1);
        self.tail.drain(..self.tail.len().saturating_sub(keep));
    }
}
