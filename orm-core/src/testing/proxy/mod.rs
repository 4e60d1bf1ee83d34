//! A proxy between a program and its server that does to the bytes what a bad network does.

mod fault;
mod pump;
#[cfg(test)]
mod tests;

use std::fmt;
use std::io;
use std::net::SocketAddr;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::{JoinHandle, JoinSet};
use tokio::time::timeout;
use url::Url;

pub use fault::{Fault, Way};

use crate::error::{Error, ErrorKind, Result};
use crate::pool::lock;
use pump::{End, Pump};

/// How long the two ends of a cut connection may take to notice.
const FAREWELL: Duration = Duration::from_secs(1);

/// A TCP proxy on loopback with faults that can be set while connections live.
///
/// ```no_run
/// use std::time::Duration;
/// use orm_core::Db;
/// use orm_core::testing::{Fault, FaultProxy, Way};
///
/// # async fn f() -> orm_core::Result<()> {
/// let proxy = FaultProxy::before("postgres://app:secret@127.0.0.1/app").await?;
/// let db = Db::connect(proxy.url()).await?;
///
/// proxy.set(Way::ToClient, Fault::delay(Duration::from_millis(50), Duration::from_millis(10)));
/// // .. answers are late
/// proxy.set(Way::ToServer, Fault::cut_after("COMMIT"));
/// // .. the next COMMIT is done, and nobody hears of it
/// proxy.silence();
/// // .. no byte gets through, no connection is made, nothing is closed
/// proxy.heal();
/// // .. all is well
/// assert!(proxy.accepted() > 0);
/// # Ok(()) }
/// ```
///
/// It stops when it is dropped: its connections are closed, and its port with them.
pub struct FaultProxy {
    shared: Arc<Shared>,
    address: SocketAddr,
    url: Url,
    task: JoinHandle<()>,
}

struct Shared {
    /// Host and port.
    server: String,
    to_server: watch::Sender<Fault>,
    to_client: watch::Sender<Fault>,
    door: watch::Sender<Door>,
    /// Counts the calls of `disconnect`.
    disconnects: watch::Sender<u64>,
    /// Counts the calls of `freeze`.
    freezes: watch::Sender<u64>,
    arrivals: Mutex<Vec<Instant>>,
    refused: AtomicU64,
    ended: AtomicU64,
    open: AtomicUsize,
    bytes_to_server: AtomicU64,
    bytes_to_client: AtomicU64,
}

/// What happens to those who come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Door {
    Open,
    Refusing,
    Forgetting,
}

impl FaultProxy {
    /// A proxy before the server that a URL names: `postgres://..`, `mysql://..`, or any scheme when the port is given.
    ///
    /// # Errors
    /// `Invalid` for a URL without a host and a port, `Connect` when no port is free.
    pub async fn before(url: &str) -> Result<FaultProxy> {
        // The parser's own error may print parts of the URL.
        let mut url = Url::parse(url).map_err(|_| Error::invalid("the URL of the server is not a URL"))?;
        let port = url.port_or_known_default().or(match url.scheme() {
            "postgres" | "postgresql" => Some(5432),
            "mysql" | "mariadb" => Some(3306),
            "redis" => Some(6379),
            _ => None,
        });
        let host = url
            .host_str()
            .filter(|host| !host.is_empty() && !host.contains('%'));
        let (Some(host), Some(port)) = (host, port) else {
            return Err(Error::invalid("a proxy needs a URL with a host and a port"));
        };
        let server = format!("{host}:{port}");
        let listener = TcpListener::bind("127.0.0.1:0").await.map_err(no_port)?;
        let address = listener.local_addr().map_err(no_port)?;
        let moved = url.set_host(Some("127.0.0.1")).is_ok() && url.set_port(Some(address.port())).is_ok();
        if !moved {
            return Err(Error::invalid("the host of this URL cannot be replaced"));
        }
        let shared = Arc::new(Shared {
            server,
            to_server: watch::Sender::new(Fault::Pass),
            to_client: watch::Sender::new(Fault::Pass),
            door: watch::Sender::new(Door::Open),
            disconnects: watch::Sender::new(0),
            freezes: watch::Sender::new(0),
            arrivals: Mutex::default(),
            refused: AtomicU64::new(0),
            ended: AtomicU64::new(0),
            open: AtomicUsize::new(0),
            bytes_to_server: AtomicU64::new(0),
            bytes_to_client: AtomicU64::new(0),
        });
        let task = tokio::spawn(accept(listener, Arc::clone(&shared)));
        Ok(FaultProxy {
            shared,
            address,
            url,
            task,
        })
    }

    /// The server's URL as it goes through this proxy, with everything else that it says, the password included.
    #[must_use]
    pub fn url(&self) -> String {
        self.url.to_string()
    }

    /// Where the proxy listens.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// From now on, what goes this way meets this fault and no other, on living connections and on new ones.
    pub fn set(&self, way: Way, fault: Fault) {
        self.shared.faults(way).send_replace(fault);
    }

    /// Sets a fault for both ways.
    pub fn set_both(&self, fault: &Fault) {
        Way::BOTH.into_iter().for_each(|way| self.set(way, fault.clone()));
    }

    /// New connections are reset at once, as by a machine on which nothing listens. Living ones go on.
    pub fn refuse(&self) {
        self.shared.door.send_replace(Door::Refusing);
    }

    /// New connections are taken and left without a word until that changes, as by a network that drops everything.
    /// Living ones go on.
    pub fn forget(&self) {
        self.shared.door.send_replace(Door::Forgetting);
    }

    /// New connections get through to the server; so do those that were forgotten.
    pub fn accept(&self) {
        self.shared.door.send_replace(Door::Open);
    }

    /// Not a byte gets through, and nothing is closed: living connections are stalled, new ones forgotten.
    pub fn silence(&self) {
        self.forget();
        self.set_both(&Fault::Stall);
    }

    /// No fault is left: what was stalled passes, new connections get through.
    pub fn heal(&self) {
        self.set_both(&Fault::Pass);
        self.accept();
    }

    /// Living connections fall silent for good, whatever the faults are; only [`disconnect`](FaultProxy::disconnect) ends
    /// them. New ones are made as before. So does a server behave whose sessions hang.
    pub fn freeze(&self) {
        self.shared.freezes.send_modify(|n| *n += 1);
    }

    /// Resets all living connections, whatever the faults are. New ones are made as before.
    pub fn disconnect(&self) {
        self.shared.disconnects.send_modify(|n| *n += 1);
    }

    /// How many connections came, refused and forgotten ones included.
    #[must_use]
    pub fn accepted(&self) -> usize {
        lock(&self.shared.arrivals).len()
    }

    /// When each connection came.
    #[must_use]
    pub fn arrivals(&self) -> Vec<Instant> {
        lock(&self.shared.arrivals).clone()
    }

    /// How many connections were refused, by the proxy or by the server behind it.
    #[must_use]
    pub fn refused(&self) -> u64 {
        self.shared.refused.load(Ordering::Relaxed)
    }

    /// How many connections lead through to the server at this moment.
    #[must_use]
    pub fn open(&self) -> usize {
        self.shared.open.load(Ordering::Relaxed)
    }

    /// How many connections were ended by a fault or by [`disconnect`](FaultProxy::disconnect).
    #[must_use]
    pub fn ended(&self) -> u64 {
        self.shared.ended.load(Ordering::Relaxed)
    }

    /// How many bytes have passed this way.
    #[must_use]
    pub fn bytes(&self, way: Way) -> u64 {
        self.shared.bytes(way).load(Ordering::Relaxed)
    }
}

fn no_port(e: io::Error) -> Error {
    Error::new(ErrorKind::Connect, "a proxy could not listen").with_source(e)
}

impl Drop for FaultProxy {
    fn drop(&mut self) {
        // The connections' tasks belong to this one.
        self.task.abort();
    }
}

impl fmt::Debug for FaultProxy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let shared = &self.shared;
        f.debug_struct("FaultProxy")
            .field("address", &self.address)
            .field("server", &shared.server)
            .field("to_server", &*shared.to_server.borrow())
            .field("to_client", &*shared.to_client.borrow())
            .field("door", &*shared.door.borrow())
            .finish_non_exhaustive()
    }
}

impl Shared {
    fn faults(&self, way: Way) -> &watch::Sender<Fault> {
        match way {
            Way::ToServer => &self.to_server,
            Way::ToClient => &self.to_client,
        }
    }

    fn bytes(&self, way: Way) -> &AtomicU64 {
        match way {
            Way::ToServer => &self.bytes_to_server,
            Way::ToClient => &self.bytes_to_client,
        }
    }

    fn refuse(&self, client: &TcpStream) {
        self.refused.fetch_add(1, Ordering::Relaxed);
        // Without it, the client sees an ordinary end in place of a reset.
        let _ = client.set_zero_linger();
    }
}

async fn accept(listener: TcpListener, shared: Arc<Shared>) {
    let mut connections = JoinSet::new();
    loop {
        tokio::select! {
            accepted = listener.accept() => match accepted {
                Ok((client, _)) => {
                    lock(&shared.arrivals).push(Instant::now());
                    connections.spawn(serve(client, Arc::clone(&shared)));
                }
                // That of one client, gone before it was accepted, or too many open files: it may pass.
                Err(_) => tokio::time::sleep(Duration::from_millis(10)).await,
            },
            Some(_) = connections.join_next(), if !connections.is_empty() => {}
        }
    }
}

/// Counts as open for as long as it lives.
struct Open<'a>(&'a AtomicUsize);

impl<'a> Open<'a> {
    fn new(count: &'a AtomicUsize) -> Self {
        count.fetch_add(1, Ordering::Relaxed);
        Open(count)
    }
}

impl Drop for Open<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

async fn serve(mut client: TcpStream, shared: Arc<Shared>) {
    let mut disconnects = shared.disconnects.subscribe();
    let mut freezes = shared.freezes.subscribe();
    let mut door = shared.door.subscribe();
    loop {
        let now = *door.borrow_and_update();
        match now {
            Door::Open => break,
            Door::Refusing => return shared.refuse(&client),
            Door::Forgetting => tokio::select! {
                _ = door.changed() => {}
                _ = disconnects.changed() => return shared.refuse(&client),
            },
        }
    }
    let Ok(mut server) = TcpStream::connect(&*shared.server).await else {
        return shared.refuse(&client);
    };
    let _open = Open::new(&shared.open);
    for socket in [&client, &server] {
        // Small pieces leave at once; where that cannot be set, they leave a little later.
        let _ = socket.set_nodelay(true);
    }
    let end = {
        let (from_client, to_client) = client.split();
        let (from_server, to_server) = server.split();
        let up = Pump::new(from_client, to_server, shared.bytes(Way::ToServer))
            .run(shared.faults(Way::ToServer).subscribe());
        let down = Pump::new(from_server, to_client, shared.bytes(Way::ToClient))
            .run(shared.faults(Way::ToClient).subscribe());
        tokio::select! {
            end = both(up, down) => end,
            _ = disconnects.changed() => End::Reset,
            _ = freezes.changed() => {
                let _ = disconnects.changed().await;
                End::Reset
            }
        }
    };
    match end {
        End::Closed => {}
        End::Cut => {
            shared.ended.fetch_add(1, Ordering::Relaxed);
            tokio::join!(part(&mut client), part(&mut server));
        }
        End::Reset => {
            shared.ended.fetch_add(1, Ordering::Relaxed);
            for socket in [&client, &server] {
                let _ = socket.set_zero_linger();
            }
        }
    }
}

/// Runs both ways: a fault on one ends both, an ordinary end leaves the other what it still has to say.
async fn both(up: impl Future<Output = End>, down: impl Future<Output = End>) -> End {
    tokio::pin!(up, down);
    let (first, up_first) = tokio::select! {
        end = &mut up => (end, true),
        end = &mut down => (end, false),
    };
    match first {
        End::Closed if up_first => down.await,
        End::Closed => up.await,
        fault => fault,
    }
}

/// Says that nothing more comes, and waits for the other's end: closed before that, what was sent could be lost.
async fn part(socket: &mut TcpStream) {
    if socket.shutdown().await.is_err() {
        return;
    }
    let mut rest = vec![0; 4096];
    let _ = timeout(FAREWELL, async {
        while socket.read(&mut rest).await.is_ok_and(|n| n > 0) {}
    })
    .await;
}
