//! Where to connect and how: a URL's parts, and options that every driver understands.

use std::fmt;
use std::time::Duration;

/// Text that is never printed.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Secret(String);

impl Secret {
    /// Hides a text.
    pub fn new(text: impl Into<String>) -> Self {
        Secret(text.into())
    }

    /// The text, for the one place that needs it.
    pub(crate) fn reveal(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("***")
    }
}

/// How connections are made.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct ConnectOptions {
    /// The URL, with its password: never printed.
    pub url: Secret,
    /// The longest time that making one connection may take.
    pub connect_timeout: Duration,
    /// The longest time that a statement may run.
    pub statement_timeout: Option<Duration>,
    /// How many prepared statements a connection keeps.
    pub statement_cache: usize,
    /// The most bytes that the parameters of one statement may take.
    pub max_parameter_bytes: usize,
    /// SQLite: how long to wait for another process's lock.
    pub busy_timeout: Duration,
    /// SQLite: every commit reaches the disk before it is answered (`synchronous = FULL`).
    pub sync_commits: bool,
    /// A pooler in transaction mode stands before the server: every statement goes in a transaction.
    pub transaction_pooler: bool,
    /// SQL that is run on each new connection. It may hold a key or a password.
    pub on_connect: Vec<Secret>,
}

impl ConnectOptions {
    /// The usual options for this URL.
    pub fn new(url: impl Into<String>) -> Self {
        ConnectOptions {
            url: Secret::new(url),
            connect_timeout: Duration::from_secs(10),
            statement_timeout: Some(Duration::from_secs(30)),
            statement_cache: 256,
            max_parameter_bytes: 64 << 20,
            busy_timeout: Duration::from_secs(5),
            sync_commits: false,
            transaction_pooler: false,
            on_connect: Vec::new(),
        }
    }

    /// The SQL that is run on each new connection.
    #[cfg_attr(
        not(any(feature = "mysql", feature = "postgres", feature = "sqlite-unbundled")),
        allow(dead_code, reason = "only drivers run it")
    )]
    pub(crate) fn on_connect_sql(&self) -> Vec<String> {
        self.on_connect
            .iter()
            .map(|sql| sql.reveal().to_owned())
            .collect()
    }
}
