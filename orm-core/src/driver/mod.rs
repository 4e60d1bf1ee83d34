//! The only place that knows sqlx and rusqlite: connect, execute, native cell to `Cell`, raw error to class.

#[cfg(any(feature = "mysql", feature = "postgres", feature = "sqlite-unbundled"))]
mod limits;
#[cfg(feature = "mysql")]
pub(crate) mod mysql;
mod options;
#[cfg(feature = "postgres")]
pub(crate) mod postgres;
#[cfg(feature = "sqlite-unbundled")]
pub(crate) mod sqlite;
#[cfg(any(feature = "mysql", feature = "postgres"))]
mod wire;

use async_trait::async_trait;
use tokio::sync::mpsc;

pub use options::{ConnectOptions, Secret};

use crate::error::Result;
use crate::exec::{Done, RowSink, Stmt};
use crate::sql::Dialect;

/// How many rows go into one batch of a stream.
pub(crate) const BATCH: usize = 256;

/// The receiving end of a stream takes batches from here; when it is gone, the statement stops.
pub(crate) type Batches = mpsc::Sender<Result<Box<dyn RowSink>>>;

/// What a connection is for. Databases with one kind of connection use [`Lane::Main`] for everything.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Lane {
    /// Reads and writes.
    Main,
    /// Reads only, beside a single writer (SQLite).
    Reader,
}

/// Whether a connection may be used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum State {
    /// Nothing is under way.
    Ready,
    /// A future was dropped while a statement was under way: see [`Connection::recover`].
    InDoubt,
    /// It must be closed.
    Broken,
}

/// One connection. Calls are made one at a time; a future that is dropped leaves the state `InDoubt`.
#[async_trait]
pub(crate) trait Connection: Send + 'static {
    /// The dialect of the server at the other end, with its flavour.
    fn dialect(&self) -> Dialect;

    /// Whether it may be used.
    fn state(&self) -> State;

    /// Refuses what cannot be sent. Asked before every statement, so that one that is refused counts as not sent.
    fn check(&self, stmt: &Stmt) -> Result<()>;

    /// How much of its turn the caller's task uses up by the next statement, with so many parameters, where statements
    /// run on its own thread: in parts of which the runtime gives it a hundred or so.
    fn parts(&mut self, _params: usize) -> usize {
        0
    }

    /// Runs one statement on the spot, where that is possible without a wait. `None` says that it is not: nothing has
    /// happened then, and the sink is empty.
    fn run_now(&mut self, _stmt: &Stmt, _sink: &mut dyn RowSink) -> Option<Result<Done>> {
        None
    }

    /// Runs one statement. Rows go into the sink, which comes back.
    async fn run(&mut self, stmt: &Stmt, sink: Box<dyn RowSink>) -> Result<(Box<dyn RowSink>, Done)>;

    /// Runs one statement; rows go into `out` a batch at a time. Ends early, without an error, when the receiver is gone.
    async fn stream(&mut self, stmt: &Stmt, sink: Box<dyn RowSink>, out: Batches) -> Result<Done>;

    /// Like [`run_now`](Connection::run_now), for a [`command`](Connection::command).
    fn command_now(&mut self, _sql: &str) -> Option<Result<()>> {
        None
    }

    /// Sends BEGIN, COMMIT, ROLLBACK, SAVEPOINT.. or SET as text, without parameters or rows.
    async fn command(&mut self, sql: &str) -> Result<()>;

    /// Whether raw SQL only reads. Asked where reads and writes use different connections.
    async fn is_read_only(&mut self, _sql: &str) -> Result<bool> {
        Ok(false)
    }

    /// One round trip that changes nothing. On a connection in doubt it waits for what is outstanding first, and
    /// leaves the transaction as it is; the connection is ready afterwards, or the answer is an error.
    async fn ping(&mut self) -> Result<()>;

    /// Brings a connection in doubt back: waits for what is outstanding, rolls back. The caller limits the time; after
    /// an error the connection is closed.
    async fn recover(&mut self) -> Result<()>;

    /// Undoes what a borrower may have set: settings, temporary tables, locks. Called after raw use.
    async fn reset(&mut self) -> Result<()>;

    /// Forgets cached statements, after a change of schema.
    async fn forget_statements(&mut self) -> Result<()>;

    /// The server's number for this connection, to cancel its statement from the side.
    fn backend_id(&self) -> Option<u64> {
        None
    }

    /// Says good-bye. Dropping a connection closes it at once, without.
    async fn close(self: Box<Self>) -> Result<()>;
}

/// Makes connections.
#[async_trait]
pub(crate) trait Connector: Send + Sync + 'static {
    /// Where connections lead, without the password.
    fn describe(&self) -> String;

    /// Whether there is a lane for readers beside the main one, which then has one connection only.
    fn has_readers(&self) -> bool {
        false
    }

    /// Whether the main lane must be exactly one connection, kept for ever (`:memory:`).
    fn is_single(&self) -> bool {
        false
    }

    /// Makes a connection.
    async fn connect(&self, lane: Lane) -> Result<Box<dyn Connection>>;

    /// Stops what the connection with this number is doing, from the side.
    async fn cancel(&self, _backend: u64) -> Result<()> {
        Ok(())
    }
}
