//! A driver without a database, for unit tests: it records what it is told, and hangs, fails and breaks on demand.

mod connection;

use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;

use super::lock;
use crate::driver::{Connection, Connector, Lane, State};
use crate::error::{Class, Error, ErrorKind, Result};
use crate::exec::{Access, RowSink, Stmt};
use crate::sql::Dialect;
use crate::value::{Cell, CellSource, DecodeError, RowReader};
use connection::FakeConnection;

/// What happens to a statement whose text contains a pattern.
#[derive(Clone)]
pub(crate) enum Act {
    /// It never ends.
    Hang,
    /// It takes a while.
    Delay(Duration),
    /// It fails; the function makes the error.
    Fail(fn() -> Error),
    /// It fails, and the connection with it.
    Break,
    /// It gives so many rows, each of the same number in all columns.
    Rows(i64),
}

/// A step of the pool's own that may go wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Step {
    Connect,
    Ping,
    Recover,
    Reset,
    Close,
}

/// How such a step ends.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Gate {
    #[default]
    Open,
    /// It takes a millisecond.
    Slow,
    Fails,
    Never,
}

/// The one side of all fake connections.
pub(crate) struct Fake {
    pub(crate) dialect: Dialect,
    readers: bool,
    single: bool,
    acts: Mutex<Vec<(String, Act, usize)>>,
    log: Mutex<Vec<String>>,
    gates: Mutex<[Gate; 5]>,
    connect_error: Mutex<Option<fn() -> Error>>,
    connect_delay: Mutex<Duration>,
    killed_below: AtomicU64,
    silent_below: AtomicU64,
    made: AtomicU64,
    columns: Mutex<&'static [&'static str]>,
    stops_reads: AtomicBool,
    /// How many reads were stopped and run again.
    pub(crate) stopped: AtomicUsize,
    pub(crate) open: AtomicUsize,
    pub(crate) most_open: AtomicUsize,
    /// The open transactions, by connection.
    transactions: Mutex<HashMap<u64, bool>>,
}

impl Fake {
    pub(crate) fn new(dialect: Dialect) -> Self {
        Fake {
            dialect,
            readers: false,
            single: false,
            acts: Mutex::default(),
            log: Mutex::default(),
            gates: Mutex::default(),
            connect_error: Mutex::default(),
            connect_delay: Mutex::default(),
            killed_below: AtomicU64::new(0),
            silent_below: AtomicU64::new(0),
            made: AtomicU64::new(0),
            columns: Mutex::new(&["n"]),
            stops_reads: AtomicBool::new(false),
            stopped: AtomicUsize::new(0),
            open: AtomicUsize::new(0),
            most_open: AtomicUsize::new(0),
            transactions: Mutex::default(),
        }
    }

    pub(crate) fn postgres() -> Arc<Self> {
        Arc::new(Self::new(Dialect::Postgres))
    }

    pub(crate) fn mysql() -> Arc<Self> {
        Arc::new(Self::new(Dialect::MariaDb))
    }

    /// One that writes and several that read.
    pub(crate) fn sqlite_file() -> Arc<Self> {
        let mut fake = Self::new(Dialect::Sqlite);
        fake.readers = true;
        Arc::new(fake)
    }

    /// One connection that is the database.
    pub(crate) fn sqlite_memory() -> Arc<Self> {
        let mut fake = Self::new(Dialect::Sqlite);
        fake.single = true;
        Arc::new(fake)
    }

    /// From now on, statements with this in their text.
    pub(crate) fn on(&self, pattern: &str, act: Act) {
        lock(&self.acts).push((pattern.to_owned(), act, usize::MAX));
    }

    /// The next so many statements with this in their text.
    pub(crate) fn on_next(&self, times: usize, pattern: &str, act: Act) {
        lock(&self.acts).push((pattern.to_owned(), act, times));
    }

    /// The names of the columns that all rows have.
    pub(crate) fn names_columns(&self, names: &'static [&'static str]) {
        *lock(&self.columns) = names;
    }

    /// From now on every read is stopped once, with rows in its sink already, and runs again.
    pub(crate) fn stop_every_read_once(&self) {
        self.stops_reads.store(true, Ordering::SeqCst);
    }

    /// Gives the rows of a run that comes to no end, if it is a read's first; none of them may be seen later.
    fn stop(&self, stmt: &Stmt, sink: &mut dyn RowSink) -> Result<()> {
        if matches!(stmt.access, Access::Read | Access::Unknown) && self.stops_reads.load(Ordering::SeqCst) {
            self.give(1, true, sink)?;
            sink.restart();
            self.stopped.fetch_add(1, Ordering::SeqCst);
        }
        Ok(())
    }

    /// Gives one row, each cell of it the same number.
    fn give(&self, number: i64, first: bool, sink: &mut dyn RowSink) -> Result<()> {
        let names = *lock(&self.columns);
        let mut row = Numbers { number, names };
        if first {
            sink.columns(&RowReader::new(&mut row))?;
        }
        sink.row(&mut RowReader::new(&mut row))
    }

    /// How each step ends from now on: connect, ping, recover, reset, close.
    pub(crate) fn set_gates(&self, gates: [Gate; 5]) {
        *lock(&self.gates) = gates;
    }

    /// False when the step fails.
    async fn passes(&self, step: Step) -> bool {
        let gate = {
            let [connect, ping, recover, reset, close] = *lock(&self.gates);
            match step {
                Step::Connect => connect,
                Step::Ping => ping,
                Step::Recover => recover,
                Step::Reset => reset,
                Step::Close => close,
            }
        };
        match gate {
            Gate::Open => true,
            Gate::Fails => false,
            Gate::Slow => {
                tokio::time::sleep(Duration::from_millis(1)).await;
                true
            }
            Gate::Never => std::future::pending().await,
        }
    }

    pub(crate) fn connects_fail(&self, error: Option<fn() -> Error>) {
        *lock(&self.connect_error) = error;
    }

    pub(crate) fn connects_take(&self, time: Duration) {
        *lock(&self.connect_delay) = time;
    }

    /// The server has closed all connections that are there now.
    pub(crate) fn kill_all(&self) {
        self.killed_below.store(self.made(), Ordering::SeqCst);
    }

    /// The server does not answer on the connections that are there now.
    pub(crate) fn silence_all(&self) {
        self.silent_below.store(self.made(), Ordering::SeqCst);
    }

    /// How many connections were ever made.
    pub(crate) fn made(&self) -> u64 {
        self.made.load(Ordering::SeqCst)
    }

    /// How many connections are inside a transaction.
    pub(crate) fn in_transaction(&self) -> usize {
        lock(&self.transactions).values().filter(|open| **open).count()
    }

    /// What was sent, each with the number of its connection.
    pub(crate) fn log(&self) -> Vec<String> {
        lock(&self.log).clone()
    }

    /// What was sent since the last call, without numbers.
    pub(crate) fn take_log(&self) -> Vec<String> {
        let taken = std::mem::take(&mut *lock(&self.log));
        taken
            .into_iter()
            .filter_map(|line| line.split_once(": ").map(|(_, sql)| sql.to_owned()))
            .collect()
    }

    fn act(&self, sql: &str) -> Option<Act> {
        let mut acts = lock(&self.acts);
        let found = acts
            .iter()
            .position(|(p, _, times)| sql.contains(p.as_str()) && *times > 0)?;
        let (_, act, times) = &mut acts[found];
        if *times != usize::MAX {
            *times -= 1;
        }
        Some(act.clone())
    }
}

/// What the pool is given: connections hold the fake.
pub(crate) struct Handle(pub(crate) Arc<Fake>);

#[async_trait]
impl Connector for Handle {
    fn describe(&self) -> String {
        "fake://".to_owned()
    }

    fn has_readers(&self) -> bool {
        self.0.readers
    }

    fn is_single(&self) -> bool {
        self.0.single
    }

    async fn connect(&self, lane: Lane) -> Result<Box<dyn Connection>> {
        let delay = *lock(&self.0.connect_delay);
        if delay.is_zero() {
            tokio::task::yield_now().await;
        } else {
            tokio::time::sleep(delay).await;
        }
        if let Some(error) = *lock(&self.0.connect_error) {
            return Err(error());
        }
        if !self.0.passes(Step::Connect).await {
            return Err(refused());
        }
        let number = self.0.made.fetch_add(1, Ordering::SeqCst);
        let open = self.0.open.fetch_add(1, Ordering::SeqCst) + 1;
        self.0.most_open.fetch_max(open, Ordering::SeqCst);
        lock(&self.0.transactions).insert(number, false);
        Ok(Box::new(FakeConnection {
            fake: Arc::clone(&self.0),
            number,
            lane,
            state: State::Ready,
        }))
    }

    async fn cancel(&self, backend: u64) -> Result<()> {
        lock(&self.0.log).push(format!("{backend}: (cancel)"));
        Ok(())
    }
}

struct Numbers {
    number: i64,
    names: &'static [&'static str],
}

impl CellSource for Numbers {
    fn width(&self) -> usize {
        self.names.len()
    }

    fn cell(&mut self, _index: usize) -> Result<Cell<'_>, DecodeError> {
        Ok(Cell::Int(self.number))
    }

    fn name(&self, index: usize) -> std::borrow::Cow<'_, str> {
        self.names.get(index).copied().unwrap_or_default().into()
    }
}

/// A serialization failure, as PostgreSQL says it.
pub(crate) fn serialization() -> Error {
    Error::new(ErrorKind::Serialization, "could not serialize access")
        .with_class(Class::Transaction)
        .with_code("40001")
}

/// A deadlock, by which MySQL ends the transaction.
pub(crate) fn deadlock() -> Error {
    Error::new(ErrorKind::Deadlock, "deadlock found")
        .with_class(Class::Transaction)
        .with_code("1213")
        .with_poison(true)
}

/// A unique constraint says no.
pub(crate) fn unique() -> Error {
    Error::new(ErrorKind::Unique, "duplicate key")
        .with_class(Class::Constraint)
        .with_code("23505")
}

/// The server says no to the password.
pub(crate) fn wrong_password() -> Error {
    Error::new(ErrorKind::Connect, "password authentication failed").with_code("28P01")
}

/// Nobody listens.
pub(crate) fn refused() -> Error {
    Error::new(ErrorKind::Connect, "connection refused").with_class(Class::Wait)
}

/// Drops a future after so many polls; `None` when it had not ended by then.
pub(crate) async fn poll_times<F: Future>(future: F, polls: usize) -> Option<F::Output> {
    let mut future = Box::pin(future);
    for _ in 0..polls {
        let mut polled = None;
        std::future::poll_fn(|cx| {
            polled = Some(future.as_mut().poll(cx));
            std::task::Poll::Ready(())
        })
        .await;
        if let Some(std::task::Poll::Ready(output)) = polled {
            return Some(output);
        }
        tokio::task::yield_now().await;
    }
    None
}
