//! Against a server: `ORM_TEST_POSTGRES_URL`.

mod errors;
#[cfg(feature = "testing")]
mod hostile;
mod session;
mod values;

use std::sync::Arc;

use super::PgConnector;
use crate::driver::wire::testing::{Conn, connect, server};
use crate::driver::{ConnectOptions, Connector};

/// The server's URL, if there is a server.
fn url() -> Option<String> {
    server("ORM_TEST_POSTGRES_URL")
}

fn connector_with(change: impl FnOnce(&mut ConnectOptions)) -> Option<Arc<dyn Connector>> {
    let mut options = ConnectOptions::new(url()?);
    change(&mut options);
    Some(Arc::new(PgConnector::new(&options).unwrap()))
}

/// A connection whose tables are its own.
async fn fresh() -> Option<Conn> {
    let connector = connector_with(|_| {})?;
    Some(connect(&connector).await)
}
