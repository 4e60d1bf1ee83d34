//! The loop that takes rows off the wire and gives them to a sink, whole or in batches.

use std::panic::AssertUnwindSafe;
use std::pin::pin;

use futures_core::stream::BoxStream;
use futures_util::StreamExt;
use futures_util::future::{Either, select};

use super::nonsense;
use crate::driver::{BATCH, Batches};
use crate::error::{Error, Result};
use crate::exec::RowSink;

/// Where the rows of one statement go.
pub(crate) struct Target {
    sink: Box<dyn RowSink>,
    out: Option<Batches>,
    named: bool,
    sent: bool,
    rows: u64,
}

impl Target {
    /// All rows stay in the sink.
    pub(crate) fn whole(sink: Box<dyn RowSink>) -> Self {
        Target {
            sink,
            out: None,
            named: false,
            sent: false,
            rows: 0,
        }
    }

    /// Rows leave in batches.
    pub(crate) fn batches(sink: Box<dyn RowSink>, out: Batches) -> Self {
        Target {
            out: Some(out),
            ..Target::whole(sink)
        }
    }

    /// The sink, with what is left in it.
    pub(crate) fn into_sink(self) -> Box<dyn RowSink> {
        self.sink
    }

    /// How many rows came.
    pub(crate) const fn rows(&self) -> u64 {
        self.rows
    }

    /// Whether rows have left already: the statement cannot run again then.
    pub(crate) const fn has_sent(&self) -> bool {
        self.sent
    }

    /// Forgets all rows: the statement runs again.
    pub(crate) fn restart(&mut self) {
        self.sink.restart();
        self.rows = 0;
    }

    /// The sink for one row, and whether it knows the columns' names already.
    pub(crate) fn next_row(&mut self) -> (&mut dyn RowSink, bool) {
        self.rows += 1;
        let named = std::mem::replace(&mut self.named, true);
        (&mut *self.sink, named)
    }

    /// Sends what is in the sink when that is enough. False: nobody takes it any more.
    async fn flush(&mut self, least: usize) -> bool {
        let Some(out) = &self.out else { return true };
        if self.sink.len() < least {
            return true;
        }
        self.sent = true;
        out.send(Ok(self.sink.take())).await.is_ok()
    }
}

/// Reads a driver's rows.
pub(crate) trait RowDecoder {
    /// A row of the wire library.
    type Row;
    /// Its report at the end of a result.
    type Report;

    /// Gives one row to the target's sink.
    fn row(&mut self, row: &Self::Row, target: &mut Target) -> Result<()>;

    /// A result has ended.
    fn report(&mut self, report: Self::Report);
}

/// Why a statement did not reach its end.
pub(crate) enum Fault {
    /// The wire or the server.
    Wire(sqlx::Error),
    /// A row was refused; the statement was read to its end.
    Refused(Error),
    /// A row was refused and more may be on their way.
    RefusedEarly(Error),
    /// Nobody takes the rows any more.
    Gone,
}

type Item<R, D> = std::result::Result<sqlx::Either<D, R>, sqlx::Error>;

/// Takes all rows. After a refused row the rest is read and dropped, except from a stream, which may be endless.
pub(crate) async fn pump<D: RowDecoder>(
    rows: BoxStream<'_, Item<D::Row, D::Report>>,
    decoder: &mut D,
    target: &mut Target,
) -> std::result::Result<(), Fault> {
    let mut rows = AssertUnwindSafe(rows).catch_unwind();
    let out = target.out.clone();
    let mut gone = pin!(async {
        match &out {
            Some(out) => out.closed().await,
            None => std::future::pending().await,
        }
    });
    let mut refused = None;
    loop {
        let item = match target.out {
            None => rows.next().await,
            Some(_) => match select(rows.next(), gone.as_mut()).await {
                Either::Left((item, _)) => item,
                Either::Right(_) => return Err(Fault::Gone),
            },
        };
        match item {
            None => break,
            Some(Err(_)) => return Err(Fault::Wire(nonsense())),
            Some(Ok(Err(e))) => return Err(Fault::Wire(e)),
            Some(Ok(Ok(sqlx::Either::Left(report)))) => decoder.report(report),
            Some(Ok(Ok(sqlx::Either::Right(row)))) if refused.is_none() => match decoder.row(&row, target) {
                Ok(()) if target.flush(BATCH).await => {}
                Ok(()) => return Err(Fault::Gone),
                Err(e) if target.out.is_some() => return Err(Fault::RefusedEarly(e)),
                Err(e) => refused = Some(e),
            },
            Some(Ok(Ok(sqlx::Either::Right(_)))) => {}
        }
    }
    match refused {
        Some(e) => Err(Fault::Refused(e)),
        None if target.flush(1).await => Ok(()),
        // Every row was read: the connection is sound, and the loss is the receiver's own.
        None => Ok(()),
    }
}
