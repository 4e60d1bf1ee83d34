//! The driver against real databases, in memory and in files.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod codes;
mod drops;
mod locks;
mod running;
mod setup;
mod streams;
mod values;

use std::path::PathBuf;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use super::SqliteConnector;
use crate::driver::{ConnectOptions, Connection, Connector, Lane};
use crate::error::Result;
use crate::exec::{Collect, Discard, Done, Run, Stmt};
use crate::value::{FromRow, Value};

/// A folder of its own for a test, removed at its end.
struct Folder(PathBuf);

impl Folder {
    fn new() -> Self {
        static NEXT: AtomicU32 = AtomicU32::new(0);
        let number = NEXT.fetch_add(1, Ordering::Relaxed);
        let path = std::env::temp_dir().join(format!("orm-sqlite-{}-{number}", std::process::id()));
        std::fs::create_dir_all(&path).unwrap();
        Folder(path)
    }

    fn path(&self, name: &str) -> String {
        self.0.join(name).to_str().unwrap().to_owned()
    }

    fn url(&self, query: &str) -> String {
        format!("sqlite://{}{query}", self.path("library.db"))
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

type Conn = Box<dyn Connection>;

fn connector(url: &str) -> SqliteConnector {
    SqliteConnector::new(&ConnectOptions::new(url)).unwrap()
}

async fn memory() -> Conn {
    connector("sqlite::memory:").connect(Lane::Main).await.unwrap()
}

fn short(mut stmt: Stmt) -> Stmt {
    stmt.run = Run::Short;
    stmt
}

async fn send(conn: &mut Conn, stmt: Stmt) -> Result<Done> {
    conn.check(&stmt)?;
    Ok(conn.run(&stmt, Box::new(Discard::default())).await?.1)
}

/// Any statement, as raw SQL.
async fn exec(conn: &mut Conn, sql: &str) -> Result<Done> {
    send(conn, Stmt::raw(sql, Vec::new())).await
}

async fn fetch<T: FromRow>(conn: &mut Conn, stmt: Stmt) -> Result<Vec<T>> {
    let (sink, _) = conn.run(&stmt, Box::new(Collect::<T>::from_rows())).await?;
    Collect::rows(sink)
}

async fn query<T: FromRow>(conn: &mut Conn, sql: &str) -> Vec<T> {
    fetch(conn, Stmt::read(sql, Vec::new())).await.unwrap()
}

async fn one<T: FromRow>(conn: &mut Conn, sql: &str) -> T {
    query(conn, sql).await.pop().unwrap()
}

/// A read of one row that takes as long as counting so many rows takes.
fn slow(rows: u64) -> Stmt {
    Stmt::read(
        "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ?) SELECT count(*) FROM n",
        vec![Value::I64(i64::try_from(rows).unwrap())],
    )
}

/// For ever, as far as a test is concerned.
const ENDLESS: u64 = 1 << 40;

/// Waits for something that another thread does.
async fn eventually(what: &str, mut is: impl FnMut() -> bool) {
    for _ in 0..1000 {
        if is() {
            return;
        }
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    panic!("{what} did not happen within five seconds");
}
