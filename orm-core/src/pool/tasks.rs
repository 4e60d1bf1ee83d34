//! Work that must be finished although nobody waits for it any more: counted, and shielded from cancellation.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::{Context, Poll};
use std::time::Duration;

use tokio::runtime::Handle;
use tokio::sync::Notify;
use tokio::time::timeout;

/// Where unfinished work goes on, and how much of it there is.
#[derive(Clone, Debug)]
pub(crate) struct Tasks {
    handle: Handle,
    count: Arc<Count>,
}

#[derive(Debug, Default)]
struct Count {
    running: AtomicUsize,
    changed: Notify,
}

/// Counts as one running task for as long as it lives.
#[derive(Debug)]
pub(crate) struct Running(Arc<Count>);

impl Drop for Running {
    fn drop(&mut self) {
        self.0.running.fetch_sub(1, Ordering::AcqRel);
        self.0.changed.notify_waiters();
    }
}

impl Tasks {
    /// Work goes on on this runtime; where it has ended, work is dropped.
    pub(crate) fn new(handle: Handle) -> Self {
        Tasks {
            handle,
            count: Arc::default(),
        }
    }

    /// How many tasks run.
    pub(crate) fn running(&self) -> usize {
        self.count.running.load(Ordering::Acquire)
    }

    /// Woken whenever something has ended.
    pub(crate) fn changed(&self) -> &Notify {
        &self.count.changed
    }

    fn start(&self) -> Running {
        self.count.running.fetch_add(1, Ordering::AcqRel);
        Running(Arc::clone(&self.count))
    }

    /// Runs something to its end, counted. Works outside of a runtime too, and does nothing after its shutdown.
    pub(crate) fn spawn(&self, work: impl Future<Output = ()> + Send + 'static) {
        let running = self.start();
        self.handle.spawn(async move {
            work.await;
            drop(running);
        });
    }

    /// Runs something that nobody has to wait for.
    pub(crate) fn spawn_uncounted(&self, work: impl Future<Output = ()> + Send + 'static) {
        self.handle.spawn(work);
    }

    /// Polls the future in place; when it is dropped unfinished, the runtime goes on with it.
    pub(crate) fn shield<T: Send + 'static>(
        &self,
        work: impl Future<Output = T> + Send + 'static,
    ) -> Shield<T> {
        Shield {
            work: Some(Box::pin(work)),
            running: Some(self.start()),
            handle: self.handle.clone(),
            polling: false,
        }
    }
}

/// How long a shielded future may still take when nobody waits for it any more. One whose server is silent would else
/// keep its connection for ever.
const ALONE: Duration = Duration::from_secs(2);

/// A future that is finished whatever happens to whoever waits for it, within [`ALONE`] once nobody does.
pub(crate) struct Shield<T: Send + 'static> {
    work: Option<Pin<Box<dyn Future<Output = T> + Send>>>,
    running: Option<Running>,
    handle: Handle,
    /// Still set when it is dropped, the work itself has panicked.
    polling: bool,
}

impl<T: Send + 'static> Future for Shield<T> {
    type Output = T;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<T> {
        let this = &mut *self;
        let Some(work) = &mut this.work else {
            // Polled after its end: there is nothing to wait for.
            return Poll::Pending;
        };
        this.polling = true;
        let polled = work.as_mut().poll(cx);
        this.polling = false;
        if polled.is_ready() {
            this.work = None;
            this.running = None;
        }
        polled
    }
}

impl<T: Send + 'static> Drop for Shield<T> {
    fn drop(&mut self) {
        let (Some(work), running) = (self.work.take(), self.running.take()) else {
            return;
        };
        if self.polling {
            // Polling it again would panic once more.
            return;
        }
        self.handle.spawn(async move {
            // Dropped at the end of its time: its connection is brought back or closed.
            let _ = timeout(ALONE, work).await;
            drop(running);
        });
    }
}
