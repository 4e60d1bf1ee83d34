//! Connecting with options.

use std::sync::Arc;
use std::time::Duration;

use super::Db;
use super::connect::connector;
use super::shared::Shared;
use super::watch::Observers;
use crate::driver::{ConnectOptions, Connection, Connector, Lane, Secret};
use crate::error::{Class, Error, ErrorKind, Result};
use crate::exec::{Context, Observer};
use crate::pool::{Backoff, Pool, PoolOptions, seconds};

/// How to connect: made by [`Db::builder`].
#[must_use]
pub struct DbBuilder {
    options: ConnectOptions,
    pool: PoolOptions,
    acquire_timeout: Option<Duration>,
    retry: Backoff,
    observers: Vec<Arc<dyn Observer>>,
}

impl DbBuilder {
    pub(super) fn new(url: impl Into<String>) -> Self {
        DbBuilder {
            options: ConnectOptions::new(url),
            pool: PoolOptions::new(),
            acquire_timeout: None,
            retry: Backoff::none(),
            observers: Vec::new(),
        }
    }

    /// How many connections there are, and how they are looked after.
    pub fn pool(mut self, pool: PoolOptions) -> Self {
        self.pool = pool;
        self
    }

    /// How often and how fast the first connection is tried, for a server that may start later than this program.
    /// Without, there is one attempt. A wrong password or an unknown database is not tried again.
    pub fn connect_retry(mut self, backoff: Backoff) -> Self {
        self.retry = backoff;
        self
    }

    /// The longest time that making one connection may take.
    pub fn connect_timeout(mut self, limit: Duration) -> Self {
        self.options.connect_timeout = limit;
        self
    }

    /// How long a statement or transaction waits for a connection.
    pub fn acquire_timeout(mut self, limit: Duration) -> Self {
        self.acquire_timeout = Some(limit);
        self
    }

    /// The longest time that a statement may run: 30 seconds when nothing is said.
    ///
    /// A server counts the time that a stream is read, too: give a pool for long streams
    /// [`no_statement_timeout`](DbBuilder::no_statement_timeout). On SQLite a stream takes as long as its reader.
    pub fn statement_timeout(mut self, limit: Duration) -> Self {
        self.options.statement_timeout = Some(limit);
        self
    }

    /// Lets statements run for as long as they take.
    pub fn no_statement_timeout(mut self) -> Self {
        self.options.statement_timeout = None;
        self
    }

    /// How many prepared statements each connection keeps.
    pub fn statement_cache(mut self, statements: usize) -> Self {
        self.options.statement_cache = statements;
        self
    }

    /// The most bytes that the parameters of one statement may take: 64 MiB when nothing is said. What is larger is
    /// refused with `Encode` before anything is sent; a server may have a smaller limit of its own.
    pub fn max_parameter_bytes(mut self, bytes: usize) -> Self {
        self.options.max_parameter_bytes = bytes;
        self
    }

    /// SQL that is run on each new connection: settings, mostly.
    pub fn on_connect(mut self, sql: impl Into<String>) -> Self {
        self.options.on_connect.push(Secret::new(sql));
        self
    }

    /// SQLite: every commit is on the disk before it is answered, so that not even a power failure takes it back.
    pub fn sync_commits(mut self, sync: bool) -> Self {
        self.options.sync_commits = sync;
        self
    }

    /// SQLite: how long to wait while another process writes.
    pub fn busy_timeout(mut self, limit: Duration) -> Self {
        self.options.busy_timeout = limit;
        self
    }

    /// A pooler such as pgbouncer in transaction mode stands before the server: every statement goes in a transaction
    /// of its own, as its preparation and its execution may else reach different sessions.
    pub fn transaction_pooler(mut self, pooler: bool) -> Self {
        self.options.transaction_pooler = pooler;
        self
    }

    /// Shows every statement to an observer.
    pub fn observe(mut self, observer: impl Observer) -> Self {
        self.observers.push(Arc::new(observer));
        self
    }

    /// Connects: one connection is made now, the others when they are needed.
    ///
    /// # Errors
    /// `Connect` when the database is not there or says no, `Invalid` for a wrong URL or outside of a tokio runtime,
    /// `Unsupported` for a driver that is not compiled in.
    pub async fn connect(self) -> Result<Db> {
        let connector = connector(&self.options)?;
        self.connect_through(connector).await
    }

    pub(crate) async fn connect_through(self, connector: Arc<dyn Connector>) -> Result<Db> {
        let mut options = self.pool.clone();
        options.connect_timeout = self.options.connect_timeout;
        if let Some(limit) = self.acquire_timeout {
            options.acquire_timeout = limit;
        }
        let pool = Pool::new(Arc::clone(&connector), &options)?;
        let first = self.first_connection(&*connector).await?;
        let dialect = first.dialect();
        pool.seed(first);
        Ok(Db {
            shared: Arc::new(Shared {
                pool,
                observers: Observers::new(self.observers),
                dialect,
                place: connector.describe(),
                transaction_pooler: self.options.transaction_pooler,
            }),
            context: Context::default(),
        })
    }

    /// The first connection: it tells the dialect's flavour, and whether the URL is right at all.
    async fn first_connection(&self, connector: &dyn Connector) -> Result<Box<dyn Connection>> {
        let limit = self.options.connect_timeout;
        let mut failures = 0;
        loop {
            let error = match tokio::time::timeout(limit, connector.connect(Lane::Main)).await {
                Ok(Ok(conn)) => return Ok(conn),
                Ok(Err(error)) => error,
                Err(_) => {
                    let text = format!(
                        "{} did not answer within {}",
                        connector.describe(),
                        seconds(limit)
                    );
                    Error::new(ErrorKind::Connect, text).with_class(Class::Wait)
                }
            };
            failures += 1;
            match self.retry.wait(failures) {
                Some(wait) if error.class() != Class::Fail => tokio::time::sleep(wait).await,
                _ => return Err(error),
            }
        }
    }
}

impl std::fmt::Debug for DbBuilder {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("DbBuilder")
            .field("options", &self.options)
            .field("pool", &self.pool)
            .field("retry", &self.retry)
            .finish_non_exhaustive()
    }
}
