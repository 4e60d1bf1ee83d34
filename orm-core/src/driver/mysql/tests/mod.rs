//! Against servers: `ORM_TEST_MARIADB_URL` and `MYSQL_URL`.

mod errors;
#[cfg(feature = "testing")]
mod hostile;
mod session;
mod values;

use std::sync::Arc;

use super::MySqlConnector;
use crate::driver::wire::testing::{Conn, connect, server};
use crate::driver::{ConnectOptions, Connector};

/// The database of these tests, on whatever server.
const DATABASE: &str = "orm_driver_tests";

/// The servers that are there, each with our database.
async fn urls() -> Vec<String> {
    let mut urls = Vec::new();
    for variable in ["ORM_TEST_MARIADB_URL", "MYSQL_URL"] {
        let Some(url) = server(variable) else { continue };
        let mut url = url::Url::parse(&url).unwrap();
        url.set_path("");
        let mut conn = connect(&connector(url.as_str(), |_| {})).await;
        conn.command(&format!("CREATE DATABASE IF NOT EXISTS {DATABASE}"))
            .await
            .unwrap();
        url.set_path(DATABASE);
        urls.push(url.to_string());
    }
    urls
}

fn connector(url: &str, change: impl FnOnce(&mut ConnectOptions)) -> Arc<dyn Connector> {
    let mut options = ConnectOptions::new(url);
    change(&mut options);
    Arc::new(MySqlConnector::new(&options).unwrap())
}

/// A connection to each server.
async fn conns() -> Vec<Conn> {
    let mut conns = Vec::new();
    for url in urls().await {
        conns.push(connect(&connector(&url, |_| {})).await);
    }
    conns
}
