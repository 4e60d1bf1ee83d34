//! What a network may do to the bytes that go one way.

use std::time::Duration;

/// One of the two ways through a proxy.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Way {
    /// What the program under test sends.
    ToServer,
    /// What the server answers.
    ToClient,
}

impl Way {
    pub(super) const BOTH: [Way; 2] = [Way::ToServer, Way::ToClient];
}

/// What happens to the bytes that go one way. Counts and patterns begin anew when a fault is set, for each connection on
/// its own.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Fault {
    /// Nothing: they pass.
    #[default]
    Pass,
    /// Each piece waits before it passes.
    Delay {
        /// For at least so long.
        least: Duration,
        /// And for a random part of this time on top.
        jitter: Duration,
    },
    /// So many bytes pass, then the connection is closed both ways.
    DropAfter(u64),
    /// The connection is closed both ways when these bytes come by.
    CutOn {
        /// What is waited for; also found when it comes in two pieces.
        pattern: Vec<u8>,
        /// Whether the pattern still gets through, with what came in the same piece. Without, nothing passes from its
        /// first byte on (as far as that had not passed already in the piece before).
        after: bool,
    },
    /// Nothing passes and nothing is closed: a peer that is silent.
    Stall,
    /// The connection is reset (RST), at once and both ways.
    Reset,
    /// They pass in small pieces, each sent on its own.
    Slice {
        /// How long a piece is.
        bytes: usize,
        /// How long the next one waits.
        pause: Duration,
    },
    /// So many bytes pass in a second.
    Rate(u64),
}

impl Fault {
    /// Each piece waits for so long, and for a random part of the second time on top.
    #[must_use]
    pub const fn delay(least: Duration, jitter: Duration) -> Fault {
        Fault::Delay { least, jitter }
    }

    /// The connection is closed when these bytes come by; they do not get through.
    #[must_use]
    pub fn cut_before(pattern: impl Into<Vec<u8>>) -> Fault {
        Fault::CutOn {
            pattern: pattern.into(),
            after: false,
        }
    }

    /// The connection is closed when these bytes have got through.
    ///
    /// ```
    /// # use orm_core::testing::Fault;
    /// // The server commits, and its answer is never heard.
    /// let lost_answer = Fault::cut_after("COMMIT");
    /// ```
    #[must_use]
    pub fn cut_after(pattern: impl Into<Vec<u8>>) -> Fault {
        Fault::CutOn {
            pattern: pattern.into(),
            after: true,
        }
    }

    /// They pass in pieces of so many bytes, one right after the other.
    #[must_use]
    pub const fn slice(bytes: usize) -> Fault {
        Fault::Slice {
            bytes,
            pause: Duration::ZERO,
        }
    }
}
