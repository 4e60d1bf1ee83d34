//! What the tests of both drivers share: rows as text, a statement in one call, and databases of their own.

use std::any::Any;
use std::sync::Arc;

use tokio::sync::mpsc;

use crate::driver::{Connection, Connector, Lane};
use crate::error::{Error, Result};
use crate::exec::{Done, RowSink, Stmt};
use crate::value::{Cell, DataType, DecodeError, RowReader, Scalar, Value};

/// A cell as text that names its variant.
fn show(cell: Cell<'_>) -> Result<String, DecodeError> {
    Ok(match cell {
        Cell::Null => "NULL".to_owned(),
        Cell::Bool(b) => b.to_string(),
        Cell::Int(n) => n.to_string(),
        Cell::UInt(n) => format!("unsigned {n}"),
        Cell::F32(n) => format!("f32 {n:?}"),
        Cell::F64(n) => format!("f64 {n:?}"),
        Cell::Text(s) => format!("{s:?}"),
        Cell::Bytes(b) => format!("bytes {b:?}"),
        Cell::Date(d) => format!("date {d}"),
        Cell::Time(t) => format!("time {t}"),
        Cell::DateTime(t) => format!("datetime {t}"),
        Cell::Timestamp(t) => format!("timestamp {}", t.naive_utc()),
        Cell::Uuid(b) => format!("uuid {b:?}"),
        Cell::Decimal(d) => format!("decimal {d}"),
        Cell::Json(s) => format!("json {s}"),
        Cell::Array(items) => {
            let items: Vec<String> = items.map(|i| show(i?)).collect::<Result<_, DecodeError>>()?;
            format!("[{}]", items.join(", "))
        }
    })
}

/// A column type that takes every cell.
struct Shown(String);

impl Scalar for Shown {
    const TYPE: DataType = DataType::Text;

    fn to_value(&self) -> Value {
        Value::Text(self.0.clone())
    }

    fn from_cell(cell: Cell<'_>) -> Result<Self, DecodeError> {
        show(cell).map(Shown)
    }
}

/// Collects each row as the text of its cells.
#[derive(Default)]
pub(crate) struct Texts {
    pub(crate) names: Vec<String>,
    pub(crate) rows: Vec<Vec<String>>,
    pub(crate) restarts: usize,
}

impl RowSink for Texts {
    fn columns(&mut self, columns: &RowReader<'_>) -> Result<()> {
        self.names = (0..columns.width())
            .map(|i| columns.name(i).into_owned())
            .collect();
        Ok(())
    }

    fn row(&mut self, row: &mut RowReader<'_>) -> Result<()> {
        let cells = (0..row.width())
            .map(|i| row.get::<Shown>(i).map(|s| s.0))
            .collect::<Result<_>>()?;
        self.rows.push(cells);
        Ok(())
    }

    fn restart(&mut self) {
        self.rows.clear();
        self.restarts += 1;
    }

    fn len(&self) -> usize {
        self.rows.len()
    }

    fn take(&mut self) -> Box<dyn RowSink> {
        Box::new(Texts {
            names: self.names.clone(),
            rows: std::mem::take(&mut self.rows),
            restarts: self.restarts,
        })
    }

    fn into_any(self: Box<Self>) -> Box<dyn Any + Send> {
        self
    }
}

pub(crate) type Conn = Box<dyn Connection>;

/// Runs a statement and gives everything.
pub(crate) async fn all(conn: &mut Conn, stmt: &Stmt) -> Result<(Texts, Done)> {
    conn.check(stmt)?;
    let (sink, done) = conn.run(stmt, Box::<Texts>::default()).await?;
    Ok((*sink.into_any().downcast::<Texts>().expect("our sink"), done))
}

/// Runs a read and gives its rows.
pub(crate) async fn rows(conn: &mut Conn, sql: &str, params: Vec<Value>) -> Result<Vec<Vec<String>>> {
    Ok(all(conn, &Stmt::read(sql, params)).await?.0.rows)
}

/// The one value of a read.
pub(crate) async fn one(conn: &mut Conn, sql: &str, params: Vec<Value>) -> Result<String> {
    let mut rows = rows(conn, sql, params).await?;
    assert_eq!(rows.len(), 1, "{sql}");
    Ok(rows.remove(0).remove(0))
}

/// Runs a write and gives how many rows it changed.
pub(crate) async fn write(conn: &mut Conn, sql: &str, params: Vec<Value>) -> Result<u64> {
    Ok(all(conn, &Stmt::write(sql, params)).await?.1.rows)
}

/// Runs schema definition.
pub(crate) async fn ddl(conn: &mut Conn, sql: &str) -> Result<()> {
    all(conn, &Stmt::ddl(sql)).await.map(drop)
}

/// The error of a write.
pub(crate) async fn fails(conn: &mut Conn, sql: &str, params: Vec<Value>) -> Error {
    all(conn, &Stmt::write(sql, params))
        .await
        .err()
        .unwrap_or_else(|| panic!("{sql} succeeded"))
}

/// A stream's batches, read by another task up to a number of rows.
pub(crate) async fn stream_rows(conn: &mut Conn, sql: &str, most: usize) -> Result<usize> {
    let (out, mut batches) = mpsc::channel::<Result<Box<dyn RowSink>>>(1);
    let reader = tokio::spawn(async move {
        let mut count = 0;
        while let Some(batch) = batches.recv().await {
            count += batch.expect("a batch").len();
            if count >= most {
                break;
            }
        }
        count
    });
    let stmt = Stmt::read(sql, Vec::new());
    conn.stream(&stmt, Box::<Texts>::default(), out).await?;
    Ok(reader.await.expect("the reader"))
}

/// The server's URL of this variable, or a printed line that says what is skipped.
#[allow(clippy::print_stderr)]
pub(crate) fn server(variable: &str) -> Option<String> {
    let url = std::env::var(variable).ok().filter(|url| !url.is_empty());
    if url.is_none() {
        eprintln!("skipped: {variable} is not set");
    }
    url
}

/// Polls a future so many times, then drops it. True when it had ended by itself.
pub(crate) async fn poll_times<T>(times: usize, work: impl Future<Output = T>) -> bool {
    let mut work = std::pin::pin!(work);
    for _ in 0..times {
        let done = std::future::poll_fn(|cx| std::task::Poll::Ready(work.as_mut().poll(cx).is_ready())).await;
        if done {
            return true;
        }
        tokio::time::sleep(std::time::Duration::from_millis(1)).await;
    }
    false
}

/// A connection of this connector.
pub(crate) async fn connect(connector: &Arc<dyn Connector>) -> Conn {
    connector.connect(Lane::Main).await.expect("a connection")
}
