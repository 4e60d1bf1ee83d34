//! Servers that are played by a script: they let a client in, and then say whatever a test wants said, or nothing.

pub mod mysql;
pub mod postgres;
#[cfg(test)]
mod tests;

use std::fmt;
use std::io;
use std::net::SocketAddr;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use tokio::io::AsyncWriteExt;
use tokio::net::{TcpListener, TcpStream};
use tokio::task::{JoinHandle, JoinSet};

use crate::error::{Error, ErrorKind, Result};
use crate::pool::lock;

/// What a server does when it is asked something.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Answer {
    /// It says these bytes.
    Bytes(Vec<u8>),
    /// It says nothing, and keeps the connection.
    Silence,
    /// It says these bytes and closes the connection.
    Last(Vec<u8>),
}

impl From<Vec<u8>> for Answer {
    fn from(bytes: Vec<u8>) -> Self {
        Answer::Bytes(bytes)
    }
}

impl<const N: usize> From<[Vec<u8>; N]> for Answer {
    fn from(messages: [Vec<u8>; N]) -> Self {
        Answer::Bytes(messages.concat())
    }
}

/// What is said at the start of a session instead of the usual, given the client's first message.
type Refusal = Arc<dyn Fn(&[u8]) -> Option<Vec<u8>> + Send + Sync>;

/// What a [`FakeServer`] says, for each connection anew.
#[derive(Clone, Default)]
#[must_use]
pub struct Script {
    refuses: Option<Refusal>,
    login: Option<Vec<Answer>>,
    no_opening: bool,
    answers: Vec<Answer>,
}

impl Script {
    /// Everybody is let in, what `orm_core` asks at the start of a session is answered, and then nothing more is said.
    pub fn new() -> Self {
        Script::default()
    }

    /// Where the client's first message makes this give bytes, they are said, and the connection is closed.
    pub fn refuse(mut self, refuses: impl Fn(&[u8]) -> Option<Vec<u8>> + Send + Sync + 'static) -> Self {
        self.refuses = Some(Arc::new(refuses));
        self
    }

    /// Plays a login: the first of these answers the client's first message, the second its next one, and so on. Without,
    /// everybody is let in without a password.
    pub fn login(mut self, answers: impl IntoIterator<Item = Answer>) -> Self {
        self.login = Some(answers.into_iter().collect());
        self
    }

    /// What `orm_core` asks at the start of a session is answered by the script as well.
    pub fn without_opening(mut self) -> Self {
        self.no_opening = true;
        self
    }

    /// The next question gets this answer; the last one of a script answers all that follow, too.
    pub fn then(mut self, answer: impl Into<Answer>) -> Self {
        self.answers.push(answer.into());
        self
    }
}

impl fmt::Debug for Script {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Script")
            .field("login", &self.login)
            .field("no_opening", &self.no_opening)
            .field("answers", &self.answers)
            .finish_non_exhaustive()
    }
}

#[derive(Clone, Copy, Debug)]
enum Protocol {
    Postgres,
    MySql,
}

/// A server on loopback that is played by a [`Script`]. It stops when it is dropped.
///
/// ```no_run
/// use orm_core::Db;
/// use orm_core::prelude::sql;
/// use orm_core::testing::FakeServer;
/// use orm_core::testing::fake_server::{Script, postgres};
///
/// # async fn f() -> orm_core::Result<()> {
/// let down = [postgres::error("57P03", "the database system is starting up"), postgres::ready()];
/// let server = FakeServer::postgres(Script::new().then(down)).await?;
/// let db = Db::connect(server.url()).await?;
/// let e = sql("SELECT 1").exec(&db).await.unwrap_err();
/// assert_eq!(e.code(), Some("57P03"));
/// # Ok(()) }
/// ```
pub struct FakeServer {
    protocol: Protocol,
    address: SocketAddr,
    state: Arc<State>,
    task: JoinHandle<()>,
}

#[derive(Default)]
struct State {
    accepted: AtomicUsize,
    heard: Mutex<Vec<Vec<u8>>>,
}

impl FakeServer {
    /// Speaks as PostgreSQL does. Messages are made by [`postgres`].
    ///
    /// # Errors
    /// `Connect` when no port is free.
    pub async fn postgres(script: Script) -> Result<FakeServer> {
        FakeServer::start(Protocol::Postgres, script).await
    }

    /// Speaks as MySQL does. Packets are made by [`mysql`].
    ///
    /// # Errors
    /// `Connect` when no port is free.
    pub async fn mysql(script: Script) -> Result<FakeServer> {
        FakeServer::start(Protocol::MySql, script).await
    }

    async fn start(protocol: Protocol, script: Script) -> Result<FakeServer> {
        let no_port =
            |e: io::Error| Error::new(ErrorKind::Connect, "a server could not listen").with_source(e);
        let listener = TcpListener::bind("127.0.0.1:0").await.map_err(no_port)?;
        let address = listener.local_addr().map_err(no_port)?;
        let state = Arc::new(State::default());
        let task = tokio::spawn(accept(listener, protocol, script, Arc::clone(&state)));
        Ok(FakeServer {
            protocol,
            address,
            state,
            task,
        })
    }

    /// The URL to connect to, with a user and a password.
    #[must_use]
    pub fn url(&self) -> String {
        let (scheme, options) = match self.protocol {
            Protocol::Postgres => ("postgres", "sslmode=disable"),
            Protocol::MySql => ("mysql", "ssl-mode=DISABLED"),
        };
        format!("{scheme}://user:password@{}/db?{options}", self.address)
    }

    /// How many connections came.
    #[must_use]
    pub fn accepted(&self) -> usize {
        self.state.accepted.load(Ordering::Relaxed)
    }

    /// What clients have said so far, a message each, from the first message of a session on.
    #[must_use]
    pub fn heard(&self) -> Vec<Vec<u8>> {
        lock(&self.state.heard).clone()
    }
}

impl Drop for FakeServer {
    fn drop(&mut self) {
        // The connections' tasks belong to this one.
        self.task.abort();
    }
}

impl fmt::Debug for FakeServer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("FakeServer")
            .field("protocol", &self.protocol)
            .field("address", &self.address)
            .finish_non_exhaustive()
    }
}

async fn accept(listener: TcpListener, protocol: Protocol, script: Script, state: Arc<State>) {
    let mut sessions = JoinSet::new();
    loop {
        tokio::select! {
            accepted = listener.accept() => match accepted {
                Ok((socket, _)) => {
                    state.accepted.fetch_add(1, Ordering::Relaxed);
                    let session = Session {
                        protocol,
                        script: script.clone(),
                        state: Arc::clone(&state),
                        socket,
                    };
                    // An error is the client's: it has gone.
                    sessions.spawn(async move { drop(session.play().await) });
                }
                Err(_) => tokio::task::yield_now().await,
            },
            Some(_) = sessions.join_next(), if !sessions.is_empty() => {}
        }
    }
}

struct Session {
    protocol: Protocol,
    script: Script,
    state: Arc<State>,
    socket: TcpStream,
}

impl Session {
    async fn play(mut self) -> io::Result<()> {
        if let Protocol::MySql = self.protocol {
            self.socket.write_all(&mysql::greeting()).await?;
        }
        let first = self.hear(true).await?;
        if let Some(bytes) = self.script.refuses.as_ref().and_then(|refuses| refuses(&first)) {
            return self.socket.write_all(&bytes).await;
        }
        match self.script.login.take() {
            None => self.socket.write_all(&self.welcome()).await?,
            Some(answers) => {
                for (i, answer) in answers.into_iter().enumerate() {
                    if i > 0 {
                        self.hear(false).await?;
                    }
                    self.say(answer).await?;
                }
            }
        }
        if !self.script.no_opening {
            self.hear(false).await?;
            let opening = match self.protocol {
                Protocol::Postgres => postgres::opening(),
                Protocol::MySql => mysql::opening(),
            };
            self.socket.write_all(&opening).await?;
        }
        let mut answers = std::mem::take(&mut self.script.answers).into_iter().peekable();
        let mut answer = Answer::Silence;
        loop {
            self.hear(false).await?;
            answer = answers.next().unwrap_or(answer);
            self.say(answer.clone()).await?;
        }
    }

    fn welcome(&self) -> Vec<u8> {
        match self.protocol {
            Protocol::Postgres => postgres::welcome(),
            Protocol::MySql => mysql::ok(2),
        }
    }

    /// The next message that asks for an answer.
    async fn hear(&mut self, first: bool) -> io::Result<Vec<u8>> {
        loop {
            let (message, asks) = match self.protocol {
                Protocol::Postgres => postgres::hear(&mut self.socket, first).await?,
                Protocol::MySql => mysql::hear(&mut self.socket).await?,
            };
            lock(&self.state.heard).push(message.clone());
            if asks {
                return Ok(message);
            }
        }
    }

    async fn say(&mut self, answer: Answer) -> io::Result<()> {
        match answer {
            Answer::Bytes(bytes) => self.socket.write_all(&bytes).await,
            Answer::Silence => Ok(()),
            Answer::Last(bytes) => {
                self.socket.write_all(&bytes).await?;
                Err(io::ErrorKind::ConnectionAborted.into())
            }
        }
    }
}
