//! A connection of the driver without a database.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use async_trait::async_trait;

use super::{Act, Fake, Step, lock};
use crate::driver::{Batches, Connection, Lane, State};
use crate::error::{Class, Error, ErrorKind, Result};
use crate::exec::{Done, RowSink, Stmt};
use crate::sql::Dialect;

/// A connection to nowhere.
pub(crate) struct FakeConnection {
    pub(super) fake: Arc<Fake>,
    pub(super) number: u64,
    pub(super) lane: Lane,
    pub(super) state: State,
}

impl Drop for FakeConnection {
    fn drop(&mut self) {
        lock(&self.fake.transactions).remove(&self.number);
        self.fake.open.fetch_sub(1, Ordering::SeqCst);
    }
}

impl FakeConnection {
    async fn step(&mut self, sql: &str) -> Result<i64> {
        assert!(
            self.state == State::Ready,
            "a statement on a connection that is {:?}",
            self.state
        );
        self.state = State::InDoubt;
        tokio::task::yield_now().await;
        let lane = if self.lane == Lane::Reader { "r" } else { "" };
        lock(&self.fake.log).push(format!("{lane}{}: {sql}", self.number));
        self.alive().await?;
        let mut rows = 0;
        match self.fake.act(sql) {
            Some(Act::Hang) => std::future::pending().await,
            Some(Act::Delay(time)) => tokio::time::sleep(time).await,
            Some(Act::Fail(error)) => {
                let error = error();
                self.state = if error.retires() {
                    State::Broken
                } else {
                    State::Ready
                };
                return Err(error);
            }
            Some(Act::Break) => return Err(self.broken()),
            Some(Act::Rows(n)) => rows = n,
            None => {}
        }
        if let Some(open) = transaction_after(sql) {
            let before = lock(&self.fake.transactions).insert(self.number, open);
            assert!(
                !open || before != Some(true),
                "{sql} on a connection inside a transaction"
            );
        }
        tokio::task::yield_now().await;
        self.state = State::Ready;
        Ok(rows)
    }

    async fn passes(&mut self, step: Step) -> Result<()> {
        let fake = Arc::clone(&self.fake);
        match fake.passes(step).await {
            true => Ok(()),
            false => Err(self.broken()),
        }
    }

    async fn alive(&mut self) -> Result<()> {
        if self.number < self.fake.silent_below.load(Ordering::SeqCst) {
            std::future::pending::<()>().await;
        }
        if self.number < self.fake.killed_below.load(Ordering::SeqCst) {
            return Err(self.broken());
        }
        Ok(())
    }

    fn broken(&mut self) -> Error {
        self.state = State::Broken;
        Error::new(ErrorKind::ConnectionLost, "the connection broke").with_class(Class::Reconnect)
    }
}

/// Whether a transaction is open after such a text.
fn transaction_after(sql: &str) -> Option<bool> {
    let first = sql.split(' ').next().unwrap_or_default();
    match first {
        "BEGIN" | "START" => Some(true),
        "COMMIT" => Some(false),
        "ROLLBACK" if !sql.starts_with("ROLLBACK TO") => Some(false),
        _ => None,
    }
}

#[async_trait]
impl Connection for FakeConnection {
    fn dialect(&self) -> Dialect {
        self.fake.dialect
    }

    fn state(&self) -> State {
        self.state
    }

    fn check(&self, _stmt: &Stmt) -> Result<()> {
        Ok(())
    }

    async fn run(&mut self, stmt: &Stmt, mut sink: Box<dyn RowSink>) -> Result<(Box<dyn RowSink>, Done)> {
        let rows = self.step(&stmt.sql).await?;
        self.fake.stop(stmt, &mut *sink)?;
        for n in 0..rows {
            self.fake.give(n, n == 0, &mut *sink)?;
        }
        Ok((sink, Done::rows(u64::try_from(rows).unwrap_or_default())))
    }

    async fn stream(&mut self, stmt: &Stmt, mut sink: Box<dyn RowSink>, out: Batches) -> Result<Done> {
        let rows = self.step(&stmt.sql).await?;
        self.state = State::InDoubt;
        self.fake.stop(stmt, &mut *sink)?;
        for n in 0..rows {
            self.fake.give(n, n == 0, &mut *sink)?;
            if sink.len() == 2 && out.send(Ok(sink.take())).await.is_err() {
                break;
            }
        }
        if !sink.is_empty() {
            let _ = out.send(Ok(sink)).await;
        }
        self.state = State::Ready;
        Ok(Done::rows(u64::try_from(rows).unwrap_or_default()))
    }

    async fn command(&mut self, sql: &str) -> Result<()> {
        self.step(sql).await.map(drop)
    }

    async fn is_read_only(&mut self, sql: &str) -> Result<bool> {
        tokio::task::yield_now().await;
        Ok(sql.to_ascii_uppercase().starts_with("SELECT"))
    }

    async fn ping(&mut self) -> Result<()> {
        lock(&self.fake.log).push(format!("{}: (ping)", self.number));
        self.state = State::InDoubt;
        tokio::task::yield_now().await;
        self.passes(Step::Ping).await?;
        self.alive().await?;
        self.state = State::Ready;
        Ok(())
    }

    async fn recover(&mut self) -> Result<()> {
        self.state = State::InDoubt;
        tokio::task::yield_now().await;
        self.passes(Step::Recover).await?;
        self.alive().await?;
        lock(&self.fake.log).push(format!("{}: (recover)", self.number));
        lock(&self.fake.transactions).insert(self.number, false);
        self.state = State::Ready;
        Ok(())
    }

    async fn reset(&mut self) -> Result<()> {
        tokio::task::yield_now().await;
        self.passes(Step::Reset).await?;
        lock(&self.fake.log).push(format!("{}: (reset)", self.number));
        Ok(())
    }

    async fn forget_statements(&mut self) -> Result<()> {
        lock(&self.fake.log).push(format!("{}: (forget)", self.number));
        Ok(())
    }

    fn backend_id(&self) -> Option<u64> {
        Some(self.number)
    }

    async fn close(mut self: Box<Self>) -> Result<()> {
        tokio::task::yield_now().await;
        self.passes(Step::Close).await?;
        lock(&self.fake.log).push(format!("{}: (close)", self.number));
        Ok(())
    }
}
