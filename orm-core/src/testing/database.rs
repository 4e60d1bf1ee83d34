//! A fresh database for each test, gone afterwards.

use std::any::Any;
use std::env;
use std::fmt;
use std::fs;
use std::ops::Deref;
use std::path::PathBuf;
use std::process;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, SystemTime};

use async_trait::async_trait;
use url::Url;

use crate::db::{Db, DbBuilder};
use crate::driver::Secret;
use crate::error::{Error, Result};
use crate::exec::{
    BatchStream, Context, Discard, Done, Executor, NPlusOne, RowSink, SnapshotWork, Stmt, StmtIter,
};
use crate::pool::{PoolOptions, lock};
use crate::sql::Dialect;

/// Where fresh databases can be made.
#[derive(Clone, Debug)]
pub struct Target {
    name: &'static str,
    /// The URL of a server on which databases may be made; `None` for SQLite's files.
    server: Option<Secret>,
}

impl Target {
    /// SQLite, in a file of the temporary folder.
    #[must_use]
    pub const fn sqlite() -> Target {
        Target {
            name: "SQLite",
            server: None,
        }
    }

    /// A server, by the URL of a user who may make databases.
    #[must_use]
    pub fn server(name: &'static str, url: impl Into<String>) -> Target {
        Target {
            name,
            server: Some(Secret::new(url)),
        }
    }

    /// The database's name, for messages.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        self.name
    }
}

impl fmt::Display for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name)
    }
}

/// The databases to test on: SQLite unless `ORM_TEST_SQLITE` is `0`, and the servers at `ORM_TEST_POSTGRES_URL`,
/// `ORM_TEST_MARIADB_URL` and `MYSQL_URL`, as far as their drivers are compiled in.
///
/// # Panics
/// When `CI` is `true` and the URL of PostgreSQL or MariaDB is missing: there, a test that runs nowhere has not passed.
#[must_use]
pub fn databases() -> Vec<Target> {
    let must = env::var("CI").is_ok_and(|ci| ci == "true");
    let mut targets = Vec::new();
    if cfg!(feature = "sqlite-unbundled") && env::var("ORM_TEST_SQLITE").as_deref() != Ok("0") {
        targets.push(Target::sqlite());
    }
    for (name, variable, compiled_in, optional) in [
        (
            "PostgreSQL",
            "ORM_TEST_POSTGRES_URL",
            cfg!(feature = "postgres"),
            false,
        ),
        ("MariaDB", "ORM_TEST_MARIADB_URL", cfg!(feature = "mysql"), false),
        ("MySQL", "MYSQL_URL", cfg!(feature = "mysql"), true),
    ] {
        match env::var(variable) {
            _ if !compiled_in => {}
            Ok(url) if !url.is_empty() => targets.push(Target::server(name, url)),
            _ if must && !optional => {
                panic!("CI is set, but {variable} is not: this would test nothing on {name}")
            }
            _ => {}
        }
    }
    targets
}

/// A fresh database; it is removed when this is dropped, or by [`cleanup`](TestDb::cleanup). It stands for its [`Db`]
/// wherever one is wanted.
pub struct TestDb {
    db: Db,
    url: Secret,
    home: Arc<Home>,
}

/// What has to be removed, once.
struct Home {
    place: Place,
    gone: AtomicBool,
    /// What the test is asked about once, at its end.
    counters: Mutex<Vec<NPlusOne>>,
}

/// Where a database is.
enum Place {
    File(PathBuf),
    Server { url: Secret, database: String },
}

/// Removes a database after its test, on the test's own runtime: connections that are being made or brought back there
/// come to their end, which a server waits for before it drops the database.
pub(super) struct Keeper {
    db: Db,
    home: Arc<Home>,
}

impl Keeper {
    /// Whether a read was sent too often, of which the test has not been told yet.
    pub(super) fn check(&self) -> Result<()> {
        self.home.check()
    }

    /// Removes the database, if the test has not.
    pub(super) async fn remove(self) -> Result<()> {
        if self.home.gone.load(Ordering::Acquire) {
            return Ok(());
        }
        // A test that failed may have left a connection lent: the database goes all the same.
        let _ = self.db.close(Duration::from_secs(2)).await;
        self.home.remove().await
    }
}

impl TestDb {
    /// Makes a database of a name that nobody else has.
    ///
    /// # Errors
    /// When the database cannot be made or reached.
    pub async fn fresh(target: &Target) -> Result<TestDb> {
        TestDb::fresh_with(target, |builder| builder.pool(PoolOptions::new().size(5))).await
    }

    /// Like [`fresh`](TestDb::fresh), with options for the connection.
    ///
    /// # Errors
    /// As [`fresh`](TestDb::fresh).
    pub async fn fresh_with(target: &Target, options: impl FnOnce(DbBuilder) -> DbBuilder) -> Result<TestDb> {
        let name = unique_name();
        let (url, place) = match &target.server {
            None => {
                let path = env::temp_dir().join(format!("{name}.db"));
                let text = path.to_string_lossy().replace('\\', "/");
                (format!("sqlite://{text}"), Place::File(path))
            }
            Some(server) => {
                let mut url = parse(server)?;
                on_server(server, |dialect| create(dialect, &name)).await?;
                url.set_path(&name);
                let place = Place::Server {
                    url: server.clone(),
                    database: name,
                };
                (url.to_string(), place)
            }
        };
        let home = Home {
            place,
            gone: AtomicBool::new(false),
            counters: Mutex::default(),
        };
        match options(Db::builder(url.as_str())).connect().await {
            Ok(db) => Ok(TestDb {
                db,
                url: Secret::new(url),
                home: Arc::new(home),
            }),
            Err(error) => {
                // The first error is the one to tell.
                let _ = home.remove().await;
                Err(error)
            }
        }
    }

    /// The database.
    #[must_use]
    pub fn db(&self) -> &Db {
        &self.db
    }

    /// Its URL, with the password: for a second pool, another process, or a [`FaultProxy`](super::FaultProxy) before it.
    #[must_use]
    pub fn url(&self) -> &str {
        self.url.reveal()
    }

    /// Lets the test fail when it sends a read more than `n` times: at [`cleanup`](TestDb::cleanup), or at its end in
    /// [`on_all`](super::on_all). What counts is told at [`NPlusOne`]; what was cloned before does not.
    ///
    /// ```no_run
    /// # use orm_core::{Result, testing::TestDb};
    /// async fn a_page_takes_few_statements(test: TestDb) -> Result<()> {
    ///     let test = test.fail_on_n_plus_one(3);
    ///     // ..
    ///     test.cleanup().await
    /// }
    /// ```
    #[must_use]
    pub fn fail_on_n_plus_one(mut self, n: usize) -> TestDb {
        let counter = NPlusOne::more_than(n);
        self.db = self.db.watched_by(&counter);
        lock(&self.home.counters).push(counter);
        self
    }

    /// Leaves the removal to somebody who outlives the test.
    pub(super) fn keeper(&self) -> Keeper {
        Keeper {
            db: self.db.clone(),
            home: Arc::clone(&self.home),
        }
    }

    /// Closes and removes the database, and says if that failed.
    ///
    /// # Errors
    /// When a connection was still lent, or the database could not be removed; `Custom` when a read was sent more often
    /// than [`fail_on_n_plus_one`](TestDb::fail_on_n_plus_one) lets it.
    pub async fn cleanup(self) -> Result<()> {
        let closed = self.db.close(Duration::from_secs(2)).await;
        self.home.remove().await?;
        closed.and(self.home.check())
    }
}

impl Drop for TestDb {
    fn drop(&mut self) {
        let kept = Arc::strong_count(&self.home) > 1;
        if kept || self.home.gone.load(Ordering::Acquire) {
            return;
        }
        let home = Arc::clone(&self.home);
        self.db.drop_connections();
        // The runtime of the test cannot be waited on here: the removal has one of its own.
        let removal = std::thread::spawn(move || {
            if let Ok(runtime) = tokio::runtime::Builder::new_current_thread().enable_all().build() {
                // Nobody is left to be told of an error.
                let _ = runtime.block_on(home.remove());
            }
        });
        let _ = removal.join();
    }
}

impl Home {
    /// Whether a read was sent too often. It is told once.
    fn check(&self) -> Result<()> {
        let counters = std::mem::take(&mut *lock(&self.counters));
        counters.iter().try_for_each(NPlusOne::check)
    }

    async fn remove(&self) -> Result<()> {
        self.gone.store(true, Ordering::Release);
        match &self.place {
            Place::File(path) => {
                for suffix in ["", "-wal", "-shm", "-journal"] {
                    let mut file = path.clone().into_os_string();
                    file.push(suffix);
                    // Most of them are not there.
                    let _ = fs::remove_file(file);
                }
                Ok(())
            }
            Place::Server { url, database } => {
                on_server(url, |dialect| drop_database(dialect, database)).await
            }
        }
    }
}

fn create(dialect: Dialect, name: &str) -> String {
    match dialect {
        // Not the default template, which allows for no other session meanwhile.
        Dialect::Postgres => format!("CREATE DATABASE {name} TEMPLATE template0"),
        _ => format!("CREATE DATABASE {name} CHARACTER SET utf8mb4"),
    }
}

fn drop_database(dialect: Dialect, name: &str) -> String {
    match dialect {
        Dialect::Postgres => format!("DROP DATABASE IF EXISTS {name} WITH (FORCE)"),
        _ => format!("DROP DATABASE IF EXISTS {name}"),
    }
}

async fn on_server(url: &Secret, sql: impl FnOnce(Dialect) -> String) -> Result<()> {
    let admin = Db::builder(url.reveal())
        .pool(PoolOptions::new().size(1))
        .connect()
        .await?;
    let stmt = Stmt::ddl(sql(admin.dialect()));
    let ran = admin.run(stmt, Box::new(Discard::default())).await.map(drop);
    let closed = admin.close(Duration::from_secs(2)).await;
    ran.and(closed)
}

fn parse(url: &Secret) -> Result<Url> {
    // The parser's own error may print parts of the URL.
    Url::parse(url.reveal()).map_err(|_| Error::invalid("the URL of a test server is not a URL"))
}

/// A name that no other test of this or another process has.
fn unique_name() -> String {
    static NEXT: AtomicU32 = AtomicU32::new(0);
    let now = SystemTime::now()
        .duration_since(SystemTime::UNIX_EPOCH)
        .map_or(0, |t| t.as_micros());
    let number = NEXT.fetch_add(1, Ordering::Relaxed);
    format!("orm_test_{}_{now:x}_{number}", process::id())
}

impl Deref for TestDb {
    type Target = Db;

    fn deref(&self) -> &Db {
        &self.db
    }
}

#[async_trait]
impl Executor for TestDb {
    fn dialect(&self) -> Dialect {
        self.db.dialect()
    }

    fn context(&self) -> &Context {
        self.db.context()
    }

    async fn run(&self, stmt: Stmt, sink: Box<dyn RowSink>) -> Result<(Box<dyn RowSink>, Done)> {
        self.db.run(stmt, sink).await
    }

    async fn run_all(&self, stmts: StmtIter, sink: Box<dyn RowSink>) -> Result<(Box<dyn RowSink>, Done)> {
        self.db.run_all(stmts, sink).await
    }

    fn stream(&self, stmt: Stmt, sink: Box<dyn RowSink>) -> BatchStream<'_> {
        self.db.stream(stmt, sink)
    }

    async fn in_snapshot(&self, work: SnapshotWork) -> Result<Box<dyn Any + Send>> {
        self.db.in_snapshot(work).await
    }
}

impl fmt::Debug for TestDb {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "TestDb({:?})", self.db)
    }
}
