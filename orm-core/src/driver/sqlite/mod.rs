//! SQLite through rusqlite: short statements run on the caller's own thread, all others on a blocking one.
//!
//! - `url` and `open`: which file, and how a connection is set up.
//! - `connection`, `calls`, `shared`: where each statement runs; dropped futures.
//! - `run`, `bind`, `rows`: one statement on one connection.
//! - `control`, `history`, `wait`, `checkpoint`: what keeps the runtime's thread free.

mod bind;
mod calls;
mod checkpoint;
mod connection;
mod control;
mod errors;
mod functions;
mod history;
mod keyword;
mod open;
mod rows;
mod run;
mod shared;
mod url;
mod wait;

#[cfg(test)]
mod tests;

use std::sync::Arc;

use async_trait::async_trait;
use tokio::task::spawn_blocking;

use checkpoint::Checkpoints;
use connection::SqliteConnection;
use control::Control;
use history::History;
use open::Settings;
use run::Sqlite;

use super::{ConnectOptions, Connection, Connector, Lane};
use crate::error::Result;

/// Makes connections to one SQLite database.
pub(crate) struct SqliteConnector {
    settings: Arc<Settings>,
    history: Arc<History>,
    checkpoints: Option<Arc<Checkpoints>>,
}

impl SqliteConnector {
    /// To the database of the options' URL. Nothing is opened yet.
    pub(crate) fn new(options: &ConnectOptions) -> Result<Self> {
        let settings = Arc::new(Settings::new(url::parse(options.url.reveal())?, options)?);
        let checkpoints = settings.has_log().then(|| {
            let settings = Arc::clone(&settings);
            Arc::new(Checkpoints::new(Box::new(move || settings.open_keeper())))
        });
        Ok(SqliteConnector {
            settings,
            history: Arc::new(History::new()),
            checkpoints,
        })
    }
}

#[async_trait]
impl Connector for SqliteConnector {
    fn describe(&self) -> String {
        format!("SQLite {}", self.settings.describe())
    }

    fn has_readers(&self) -> bool {
        self.settings.is_writable_file()
    }

    fn is_single(&self) -> bool {
        self.settings.in_memory()
    }

    async fn connect(&self, lane: Lane) -> Result<Box<dyn Connection>> {
        let (settings, checkpoints) = (Arc::clone(&self.settings), self.checkpoints.clone());
        let history = Arc::clone(&self.history);
        let opening = spawn_blocking(move || open(&settings, checkpoints, history, lane));
        match opening.await {
            Ok(connection) => Ok(Box::new(connection?)),
            Err(_) => Err(errors::shut_down()),
        }
    }
}

/// Opens a connection. Blocks.
fn open(
    settings: &Settings,
    checkpoints: Option<Arc<Checkpoints>>,
    history: Arc<History>,
    lane: Lane,
) -> Result<SqliteConnection> {
    match &checkpoints {
        Some(checkpoints) => checkpoints.keep()?,
        // A reader cannot make the file.
        None if lane == Lane::Reader && settings.is_writable_file() => drop(settings.open_keeper()?),
        None => {}
    }
    let (conn, snapshot) = settings.open(lane)?;
    let control = Control::new();
    control
        .install(&conn)
        .map_err(|e| errors::translate(e, errors::Phase::Prepare))?;
    let checkpoints = checkpoints.filter(|_| lane == Lane::Main);
    let sqlite = Sqlite::new(
        conn,
        control,
        checkpoints,
        settings.in_memory(),
        settings.commits_sync(),
    );
    Ok(SqliteConnection::new(sqlite, snapshot, history, settings))
}
