//! Opening a connection and setting it up; and bringing its settings back after somebody else has had it.

use std::collections::BTreeSet;
use std::time::Duration;

use rusqlite::types::Value;
use rusqlite::{Connection, OpenFlags};

use super::checkpoint;
use super::errors::{self, Phase};
use super::functions;
use super::url::{Journal, Mode, Parsed, Place, Synchronous};
use crate::driver::{ConnectOptions, Lane};
use crate::error::{Error, ErrorKind, Result};

/// Everything that a connection of one pool is set up with.
#[derive(Clone, Debug)]
pub(super) struct Settings {
    pub(super) place: Place,
    journal: Journal,
    synchronous: Synchronous,
    foreign_keys: bool,
    cache_size: Option<i32>,
    /// How long to wait for another process's lock.
    pub(super) busy_timeout: Duration,
    /// While a connection is made it may sleep, as it is on a thread: at most so long.
    patience: Duration,
    /// The longest time that a statement may run.
    pub(super) statement_timeout: Option<Duration>,
    pub(super) max_parameter_bytes: usize,
    statement_cache: usize,
    on_connect: Vec<String>,
}

impl Settings {
    /// From a URL and the options beside it.
    pub(super) fn new(url: Parsed, options: &ConnectOptions) -> Result<Self> {
        let synchronous = match (url.synchronous, options.sync_commits) {
            (Some(asked), true) if asked < Synchronous::Full => {
                return Err(Error::invalid(format!(
                    "`synchronous={}` in the SQLite URL and `sync_commits` contradict each other: leave one of them out",
                    asked.name().to_ascii_lowercase()
                )));
            }
            (Some(asked), _) => asked,
            (None, true) => Synchronous::Full,
            (None, false) => Synchronous::Normal,
        };
        let busy_timeout = url.busy_timeout.unwrap_or(options.busy_timeout);
        Ok(Settings {
            place: url.place,
            journal: url.journal.unwrap_or(Journal::Wal),
            synchronous,
            foreign_keys: url.foreign_keys.unwrap_or(true),
            cache_size: url.cache_size,
            busy_timeout,
            patience: busy_timeout.min(options.connect_timeout),
            statement_timeout: options.statement_timeout,
            max_parameter_bytes: options.max_parameter_bytes,
            statement_cache: options.statement_cache,
            on_connect: options.on_connect_sql(),
        })
    }

    /// Whether the database is in memory.
    pub(super) fn in_memory(&self) -> bool {
        self.place == Place::Memory
    }

    /// Whether the database is a file that may be written.
    pub(super) fn is_writable_file(&self) -> bool {
        matches!(self.place, Place::File(_, Mode::Create | Mode::Write))
    }

    /// Whether commits go to a write-ahead log that this pool copies back.
    pub(super) fn has_log(&self) -> bool {
        self.is_writable_file() && self.journal == Journal::Wal
    }

    /// Whether each commit waits for the disk: with a log at `FULL`, without one always.
    pub(super) fn commits_sync(&self) -> bool {
        self.is_writable_file()
            && self.synchronous != Synchronous::Off
            && (self.journal != Journal::Wal || self.synchronous >= Synchronous::Full)
    }

    /// Opens a connection for a lane. Blocks.
    pub(super) fn open(&self, lane: Lane) -> Result<(Connection, Snapshot)> {
        self.try_open(lane).map_err(|e| self.failed(e))
    }

    /// Opens the connection that is kept for checkpoints; it also makes the file, and turns the log on. Blocks.
    pub(super) fn open_keeper(&self) -> Result<Connection> {
        self.try_open_keeper().map_err(|e| self.failed(e))
    }

    fn failed(&self, e: Error) -> Error {
        errors::connect(&e, self.describe())
    }

    /// The database, for people.
    pub(super) fn describe(&self) -> String {
        match &self.place {
            Place::Memory => "in memory".to_owned(),
            Place::File(path, _) => format!("`{}`", path.display()),
        }
    }

    fn flags(&self, lane: Lane) -> OpenFlags {
        let access = match (&self.place, lane) {
            (Place::Memory, _) => {
                OpenFlags::SQLITE_OPEN_READ_WRITE
                    | OpenFlags::SQLITE_OPEN_CREATE
                    | OpenFlags::SQLITE_OPEN_MEMORY
            }
            (Place::File(_, Mode::Read), _) | (_, Lane::Reader) => OpenFlags::SQLITE_OPEN_READ_ONLY,
            (Place::File(_, Mode::Write), Lane::Main) => OpenFlags::SQLITE_OPEN_READ_WRITE,
            (Place::File(_, Mode::Create), Lane::Main) => {
                OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_CREATE
            }
        };
        access | OpenFlags::SQLITE_OPEN_NO_MUTEX
    }

    fn raw(&self, lane: Lane) -> Result<Connection> {
        let conn = match &self.place {
            Place::Memory => Connection::open_in_memory_with_flags(self.flags(lane)),
            Place::File(path, _) => Connection::open_with_flags(path, self.flags(lane)),
        }
        .map_err(sql)?;
        conn.busy_timeout(self.patience).map_err(sql)?;
        Ok(conn)
    }

    fn try_open_keeper(&self) -> Result<Connection> {
        let conn = self.raw(Lane::Main)?;
        self.set_journal(&conn)?;
        set(&conn, "synchronous", self.synchronous.name())?;
        set(&conn, "wal_autocheckpoint", "0")?;
        Ok(conn)
    }

    fn set_journal(&self, conn: &Connection) -> Result<()> {
        // SQLite opens a file that it may not write for reading, without a word.
        if conn.is_readonly("main").map_err(sql)? {
            return Err(Error::new(
                ErrorKind::Connect,
                "the file may not be written: open it with `mode=ro`, or change its permissions",
            ));
        }
        let wanted = self.journal.name();
        let is: String = conn
            .query_row(&format!("PRAGMA journal_mode = {wanted}"), [], |row| row.get(0))
            .map_err(sql)?;
        if is.eq_ignore_ascii_case(wanted) {
            return Ok(());
        }
        Err(Error::new(
            ErrorKind::Connect,
            format!(
                "the journal mode stays `{is}` where `{wanted}` was asked for: the file's system or another connection does not allow it; `journal_mode={is}` in the URL takes it as it is"
            ),
        ))
    }

    fn try_open(&self, lane: Lane) -> Result<(Connection, Snapshot)> {
        let conn = self.raw(lane)?;
        let writes = lane == Lane::Main && self.is_writable_file();
        if writes {
            self.set_journal(&conn)?;
        }
        set(&conn, "synchronous", self.synchronous.name())?;
        set(
            &conn,
            "foreign_keys",
            if self.foreign_keys { "ON" } else { "OFF" },
        )?;
        set(&conn, "temp_store", "MEMORY")?;
        if let Some(size) = self.cache_size {
            set(&conn, "cache_size", &size.to_string())?;
        }
        functions::add(&conn).map_err(sql)?;
        conn.set_prepared_statement_cache_capacity(self.statement_cache);
        for text in &self.on_connect {
            conn.execute_batch(text).map_err(sql)?;
        }
        if lane == Lane::Reader {
            set(&conn, "query_only", "ON")?;
        }
        // A file that is no database is found out here, and the schema is read before the first statement.
        conn.query_row("SELECT count(*) FROM sqlite_schema LIMIT 1", [], |_| Ok(()))
            .map_err(sql)?;
        let snapshot = Snapshot::take(&conn, writes && self.journal == Journal::Wal)?;
        snapshot.unblock(&conn)?;
        Ok((conn, snapshot))
    }
}

/// What a borrower may change, as it was when the connection was made.
#[derive(Clone, Debug)]
pub(super) struct Snapshot {
    pragmas: Vec<(&'static str, String)>,
    databases: BTreeSet<String>,
    temporary: BTreeSet<String>,
    has_log: bool,
}

/// The settings of a connection that a `PRAGMA` changes.
const PRAGMAS: &[&str] = &[
    "foreign_keys",
    "synchronous",
    "temp_store",
    "cache_size",
    "recursive_triggers",
    "ignore_check_constraints",
    "reverse_unordered_selects",
    "legacy_alter_table",
    "locking_mode",
    "trusted_schema",
    "secure_delete",
    "automatic_index",
    "writable_schema",
    "query_only",
];

impl Snapshot {
    fn take(conn: &Connection, has_log: bool) -> Result<Self> {
        let mut pragmas = Vec::with_capacity(PRAGMAS.len());
        for name in PRAGMAS {
            if let Some(value) = get(conn, name)? {
                pragmas.push((*name, value));
            }
        }
        Ok(Snapshot {
            pragmas,
            databases: databases(conn)?,
            temporary: temporary(conn)?.into_iter().map(|(name, _)| name).collect(),
            has_log,
        })
    }

    /// SQLite never sleeps while it waits for a lock, and never makes a checkpoint by itself.
    fn unblock(&self, conn: &Connection) -> Result<()> {
        conn.busy_timeout(Duration::ZERO).map_err(sql)?;
        if self.has_log {
            set(conn, "wal_autocheckpoint", "0")?;
            checkpoint::install(conn);
        }
        Ok(())
    }

    /// Takes back what a borrower has set. No transaction is open. Blocks.
    pub(super) fn restore(&self, conn: &Connection) -> Result<()> {
        set(conn, "query_only", "OFF")?;
        for (name, kind) in temporary(conn)? {
            if !self.temporary.contains(&name) {
                conn.execute_batch(&format!("DROP {kind} IF EXISTS temp.{}", quoted(&name)))
                    .map_err(sql)?;
            }
        }
        let there = databases(conn)?;
        for name in there.difference(&self.databases) {
            conn.execute_batch(&format!("DETACH {}", quoted(name)))
                .map_err(sql)?;
        }
        let left: BTreeSet<String> = temporary(conn)?.into_iter().map(|(name, _)| name).collect();
        if !self.databases.is_subset(&there) || !self.temporary.is_subset(&left) {
            return Err(Error::new(
                ErrorKind::Database,
                "a borrower has removed what the connection was set up with",
            )
            .with_retire(true));
        }
        for (name, value) in &self.pragmas {
            set(conn, name, value)?;
        }
        self.unblock(conn)?;
        conn.flush_prepared_statement_cache();
        Ok(())
    }
}

fn databases(conn: &Connection) -> Result<BTreeSet<String>> {
    let mut statement = conn.prepare("PRAGMA database_list").map_err(sql)?;
    let names = statement
        .query_map([], |row| row.get::<_, String>(1))
        .and_then(Iterator::collect::<rusqlite::Result<BTreeSet<String>>>)
        .map_err(sql)?;
    // `temp` comes and goes by itself.
    Ok(names.into_iter().filter(|name| name != "temp").collect())
}

/// The temporary objects in the order in which they can be dropped: what depends on others first, and virtual tables
/// before the tables that they are made of.
fn temporary(conn: &Connection) -> Result<Vec<(String, String)>> {
    let mut statement = conn
        .prepare(
            "SELECT name, type FROM sqlite_temp_schema \
             WHERE type IN ('trigger', 'view', 'table') AND name NOT LIKE 'sqlite!_%' ESCAPE '!' \
             ORDER BY CASE type WHEN 'trigger' THEN 0 WHEN 'view' THEN 1 ELSE 2 END, rootpage <> 0",
        )
        .map_err(sql)?;
    statement
        .query_map([], |row| Ok((row.get(0)?, row.get(1)?)))
        .and_then(Iterator::collect)
        .map_err(sql)
}

fn set(conn: &Connection, name: &str, value: &str) -> Result<()> {
    let mut statement = conn.prepare(&format!("PRAGMA {name} = {value}")).map_err(sql)?;
    let mut rows = statement.raw_query();
    while rows.next().map_err(sql)?.is_some() {}
    Ok(())
}

fn get(conn: &Connection, name: &str) -> Result<Option<String>> {
    let value = conn.query_row(&format!("PRAGMA {name}"), [], |row| row.get::<_, Value>(0));
    match value {
        Ok(Value::Integer(n)) => Ok(Some(n.to_string())),
        Ok(Value::Text(text)) => Ok(Some(text)),
        Ok(_) | Err(rusqlite::Error::QueryReturnedNoRows) => Ok(None),
        Err(e) => Err(sql(e)),
    }
}

fn quoted(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

fn sql(e: rusqlite::Error) -> Error {
    errors::translate(e, Phase::Prepare)
}
