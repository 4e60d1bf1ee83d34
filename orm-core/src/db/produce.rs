//! A stream that runs its own producer: polled in place, without a task; dropped, both end.

use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};

use futures_core::Stream;
use tokio::sync::mpsc;

use super::seat::Mark;
use crate::driver::Batches;
use crate::error::{Error, Result};
use crate::exec::{BatchStream, RowSink};

/// How many batches may be made before the first is taken.
const AHEAD: usize = 2;

struct Producing<'a> {
    producer: Option<Pin<Box<dyn Future<Output = Result<()>> + Send + 'a>>>,
    batches: mpsc::Receiver<Result<Box<dyn RowSink>>>,
    failed: Option<Error>,
    /// Others are kept off the connection until the last batch is taken, not only until it is made: else it would
    /// depend on the number of rows what may be done beside a stream.
    mark: Option<Mark<'a>>,
}

/// A stream of what the producer sends; its error comes last.
pub(super) fn produce<'a, P>(mark: Option<Mark<'a>>, make: impl FnOnce(Batches) -> P) -> BatchStream<'a>
where
    P: Future<Output = Result<()>> + Send + 'a,
{
    let (send, batches) = mpsc::channel(AHEAD);
    Box::pin(Producing {
        producer: Some(Box::pin(make(send))),
        batches,
        failed: None,
        mark,
    })
}

impl Stream for Producing<'_> {
    type Item = Result<Box<dyn RowSink>>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        loop {
            let batch = self.batches.poll_recv(cx);
            if let Poll::Ready(Some(batch)) = batch {
                return Poll::Ready(Some(batch));
            }
            match self.producer.as_mut().map(|p| p.as_mut().poll(cx)) {
                Some(Poll::Ready(result)) => {
                    self.producer = None;
                    self.failed = result.err();
                }
                Some(Poll::Pending) => {
                    return match self.batches.poll_recv(cx) {
                        Poll::Ready(Some(batch)) => Poll::Ready(Some(batch)),
                        // Closed, but the producer still has something to do, which wakes us.
                        Poll::Ready(None) | Poll::Pending => Poll::Pending,
                    };
                }
                None if batch.is_pending() => return Poll::Pending,
                None => {
                    self.mark = None;
                    return Poll::Ready(self.failed.take().map(Err));
                }
            }
        }
    }
}
