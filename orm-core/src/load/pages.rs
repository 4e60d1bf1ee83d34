//! Pages and streams of rows with what is loaded: both are cut by the rows' place in the order.

use futures_util::stream::{self, StreamExt as _};

use super::run::Request;
use super::shape::Shape;
use super::shaped::Shaped;
use crate::error::{Error, Result};
use crate::exec::Executor;
use crate::model::Table;
use crate::query::{Cursor, KeysetPage, Rows, Way};

/// How many rows a stream reads at a time.
const CHUNK: u64 = 1000;

impl<M: Table, S: Shape<M>> Shaped<M, S> {
    /// The rows that come after a cursor in the query's order: [`Query::page_after`](crate::query::Query::page_after), with
    /// the statements of [`all`](Shaped::all). What is loaded has no part in where a page begins, and cursors of the query
    /// without loads are the same.
    ///
    /// # Errors
    /// As both.
    pub async fn page_after<'c>(
        self,
        cursor: impl Into<Option<&'c Cursor>>,
        size: u64,
        db: &dyn Executor,
    ) -> Result<KeysetPage<S::Value>> {
        self.keyset(cursor.into(), Way::After, size, db).await
    }

    /// The rows that come before a cursor in the query's order, in the query's order.
    ///
    /// # Errors
    /// As [`page_after`](Shaped::page_after).
    pub async fn page_before<'c>(
        self,
        cursor: impl Into<Option<&'c Cursor>>,
        size: u64,
        db: &dyn Executor,
    ) -> Result<KeysetPage<S::Value>> {
        self.keyset(cursor.into(), Way::Before, size, db).await
    }

    async fn keyset(
        self,
        cursor: Option<&Cursor>,
        way: Way,
        size: u64,
        db: &dyn Executor,
    ) -> Result<KeysetPage<S::Value>> {
        let mut request = self.request();
        let cut = request.cut(cursor, way, size, db)?;
        let (level, cuts) = request.run_cut(db).await?;
        let items = self.shape.finish(level)?;
        Ok(cut.page(items, cuts.values, cuts.more))
    }

    /// The rows one by one, in the memory of a thousand: so many are read at a time, with what is loaded with them. Each such
    /// chunk costs the statements of [`all`](Shaped::all), each row once.
    ///
    /// No connection is held between two chunks, so that it runs on a pool of one, and inside a transaction beside other
    /// statements. A chunk begins behind the last row of the one before in the query's order, which the primary key completes:
    /// rows that are inserted and deleted meanwhile neither shift nor double others. Chunks see different moments on a `Db`;
    /// inside a transaction that sees one moment they see that.
    ///
    /// # Errors
    /// The stream's items are errors where [`all`](Shaped::all) would fail; `Invalid` for an order by aggregates, and for a
    /// table without a primary key.
    pub fn stream(mut self, db: &dyn Executor) -> Rows<'_, S::Value> {
        let select = &mut self.query.select;
        let (limit, offset) = (select.limit.take(), select.offset.take());
        let state = Chunks {
            shaped: self,
            db,
            cursor: None,
            left: limit.unwrap_or(u64::MAX),
            offset,
            done: false,
        };
        let chunks = stream::unfold(state, Chunks::next);
        let rows = chunks.flat_map(|chunk| match chunk {
            Ok(rows) => stream::iter(rows).map(Ok).left_stream(),
            Err(e) => stream::once(async { Err(e) }).right_stream(),
        });
        Rows::of(rows.boxed())
    }
}

/// A stream between two chunks.
struct Chunks<'e, M, S> {
    shaped: Shaped<M, S>,
    db: &'e dyn Executor,
    cursor: Option<Cursor>,
    /// How many rows the query's limit leaves.
    left: u64,
    /// What the first chunk leaves out.
    offset: Option<u64>,
    done: bool,
}

impl<M: Table, S: Shape<M>> Chunks<'_, M, S> {
    async fn next(mut self) -> Option<(Result<Vec<S::Value>>, Self)> {
        if self.done || self.left == 0 {
            return None;
        }
        let chunk = self.chunk().await;
        self.done |= chunk.is_err();
        Some((chunk, self))
    }

    async fn chunk(&mut self) -> Result<Vec<S::Value>> {
        if M::table().primary_key.is_empty() {
            return Err(Error::invalid(
                "rows without a primary key have no place at which a stream could go on: read them by `all`",
            )
            .with_table(M::table().name));
        }
        let mut request: Request = self.shaped.request();
        request.part = self.cursor.is_some();
        let size = CHUNK.min(self.left);
        let cut = request.cut(self.cursor.as_ref(), Way::After, size, self.db)?;
        request.select.offset = self.offset.take();
        let (level, cuts) = request.run_cut(self.db).await?;
        let rows = self.shaped.shape.finish(level)?;
        self.left -= size;
        self.done = !cuts.more;
        self.cursor = cuts.values.last().map(|values| cut.after(values));
        Ok(rows)
    }
}
