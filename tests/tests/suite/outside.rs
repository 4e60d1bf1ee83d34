//! Looking at a test's database from outside: by another session of its server, or in another process.

use std::process::{Command, Output};

use orm_core::prelude::*;

/// A server, seen by a session that is connected to another database of it.
pub(crate) struct Server {
    pub(crate) admin: Db,
    /// The name of the test's database.
    pub(crate) name: String,
    url: String,
}

impl Server {
    /// The one that a database is on; `None` for SQLite.
    pub(crate) async fn of(db: &Db) -> Result<Option<Server>> {
        let (question, variable) = match db.dialect() {
            Dialect::Sqlite => return Ok(None),
            Dialect::Postgres => ("SELECT current_database()::text", "ORM_TEST_POSTGRES_URL"),
            Dialect::MariaDb => ("SELECT database()", "ORM_TEST_MARIADB_URL"),
            _ => ("SELECT database()", "MYSQL_URL"),
        };
        let name = sql(question).all_as::<(String,)>(db).await?.remove(0).0;
        let url = std::env::var(variable).expect("the server that the database is on");
        let pool = PoolOptions::new().size(1);
        let admin = Db::builder(url.as_str()).pool(pool).connect().await?;
        Ok(Some(Server { admin, name, url }))
    }

    /// Its host and port.
    pub(crate) fn place(&self) -> &str {
        let place = self.url.split_once('@').expect("a URL with a user").1;
        place.split('/').next().unwrap_or_default()
    }

    /// A URL of the test's database, by way of a place.
    pub(crate) fn url(&self, place: &str) -> String {
        let user = self.url.split_once('@').expect("a URL with a user").0;
        format!("{user}@{place}/{}", self.name)
    }

    /// How many sessions the test's database has, and how many of them are in a statement, in a
    /// transaction, or hold a lock.
    pub(crate) async fn sessions(&self) -> Result<(i64, i64)> {
        let text = match self.admin.dialect() {
            Dialect::Postgres => {
                "SELECT count(*), count(*) FILTER (WHERE state <> 'idle' OR EXISTS (SELECT 1 FROM pg_locks l \
                 WHERE l.pid = a.pid AND l.locktype = 'advisory')) FROM pg_stat_activity a WHERE datname = {name}"
            }
            _ => {
                "SELECT count(*), count(CASE WHEN command <> 'Sleep' THEN 1 END) FROM information_schema.processlist \
                 WHERE db = {name}"
            }
        };
        let rows = sql(text)
            .params(params! { name: self.name.as_str() })
            .all_as(&self.admin)
            .await?;
        Ok(rows[0])
    }

    /// Ends a session.
    pub(crate) async fn kill(&self, session: i64) -> Result<()> {
        let text = match self.admin.dialect() {
            Dialect::Postgres => format!("SELECT pg_terminate_backend({session})"),
            _ => format!("KILL CONNECTION {session}"),
        };
        sql(text).exec(&self.admin).await.map(drop)
    }

    /// Whether a session has ended.
    pub(crate) async fn has_ended(&self, session: i64) -> Result<bool> {
        let text = match self.admin.dialect() {
            Dialect::Postgres => "SELECT count(*) FROM pg_stat_activity WHERE pid = {session}",
            _ => "SELECT count(*) FROM information_schema.processlist WHERE id = {session}",
        };
        let rows: Vec<(i64,)> = sql(text)
            .params(params! { session: session })
            .all_as(&self.admin)
            .await?;
        Ok(rows[0].0 == 0)
    }
}

/// The file of a SQLite database.
pub(crate) async fn file(db: &Db) -> Result<String> {
    let text = "SELECT file FROM pragma_database_list WHERE name = 'main'";
    Ok(sql(text).all_as::<(String,)>(db).await?.remove(0).0)
}

/// The URL of a test's database.
pub(crate) async fn url(db: &Db) -> Result<String> {
    Ok(match Server::of(db).await? {
        Some(server) => server.url(server.place()),
        None => format!("sqlite://{}", file(db).await?),
    })
}

/// The session that an executor uses.
pub(crate) async fn session(db: &dyn Executor) -> Result<i64> {
    let text = match db.dialect() {
        Dialect::Postgres => "SELECT pg_backend_pid()::int8",
        _ => "SELECT CAST(connection_id() AS SIGNED)",
    };
    Ok(sql(text).all_as::<(i64,)>(db).await?[0].0)
}

/// What tells a test that it is in a process of its own, and what it is there for.
const ALONE: &str = "ORM_TEST_ALONE";

/// What a test that is in a process of its own is there for.
pub(crate) fn alone() -> Option<String> {
    std::env::var(ALONE).ok()
}

/// Runs one test in a process of its own, where [`alone`] gives the text.
///
/// # Panics
/// When it fails there.
pub(crate) fn run_alone(test: &str, text: &str) -> Output {
    let program = std::env::current_exe().expect("this program");
    let output = Command::new(program)
        .args([test, "--exact", "--nocapture"])
        .env(ALONE, text)
        .output()
        .expect("the same program once more");
    let said = String::from_utf8_lossy(&output.stdout);
    let complained = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{text}: {said}\n{complained}");
    assert!(said.contains("1 passed"), "{test} is no test: {said}");
    output
}
