//! Rows one by one, in constant memory.

use std::pin::Pin;
use std::task::{Context, Poll};

use futures_core::Stream;
use futures_core::stream::BoxStream;
use futures_util::{StreamExt as _, stream};

use crate::error::Result;
use crate::exec::{Collect, Executor, RowSink, Stmt};

/// The rows of a query, one by one. It is a `Stream`, and has [`next`](Rows::next) and [`try_next`](Rows::try_next) of its
/// own, so that a loop needs no further crate.
///
/// A connection is held until the rows have ended or this is dropped; inside a transaction no other statement runs
/// meanwhile.
#[must_use = "rows are read by `next` or `try_next`"]
pub struct Rows<'e, T> {
    rows: BoxStream<'e, Result<T>>,
}

impl<'e, T: Send + 'static> Rows<'e, T> {
    pub(super) fn new(db: &'e dyn Executor, stmt: Result<Stmt>, sink: Collect<T>) -> Self {
        let stmt = match stmt {
            Ok(stmt) => stmt,
            Err(e) => {
                return Rows {
                    rows: stream::once(async { Err(e) }).boxed(),
                };
            }
        };
        let batches = db.stream(stmt, Box::new(sink) as Box<dyn RowSink>);
        let rows = batches.flat_map(|batch| match batch.and_then(Collect::<T>::rows) {
            Ok(rows) => stream::iter(rows).map(Ok).left_stream(),
            Err(e) => stream::once(async { Err(e) }).right_stream(),
        });
        Rows { rows: rows.boxed() }
    }

    /// Rows that come from elsewhere.
    pub(crate) fn of(rows: BoxStream<'e, Result<T>>) -> Self {
        Rows { rows }
    }

    /// The next row; `None` after the last one.
    ///
    /// # Errors
    /// The row is an error where the query's `all` would fail; no further row comes then.
    pub async fn next(&mut self) -> Option<Result<T>> {
        self.rows.next().await
    }

    /// The next row, for `while let Some(row) = rows.try_next().await? { .. }`.
    ///
    /// # Errors
    /// Where the query's `all` would fail.
    pub async fn try_next(&mut self) -> Result<Option<T>> {
        self.rows.next().await.transpose()
    }
}

impl<T> Stream for Rows<'_, T> {
    type Item = Result<T>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        self.rows.as_mut().poll_next(cx)
    }
}
