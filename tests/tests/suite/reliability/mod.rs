//! What must hold when networks, servers and callers misbehave. Each test names the promise that it holds; with
//! `tests/run --long` its numbers are those of the promise, without it they are smaller.

mod cancel;
mod idle;
mod limits;
mod network;
mod sessions;
mod shutdown;
mod stampede;

use std::time::Instant;

use orm_core::prelude::*;
use orm_core::testing::{FaultProxy, TestDb};
use tests::long;

use crate::innodb;

/// A row that somebody was told of, or was not.
#[derive(Debug, Clone, PartialEq, Model)]
#[orm(table = "tokens")]
struct Token {
    id: Id<Token>,
    #[orm(unique)]
    token: i64,
}

/// Declares tests that run on every server there is: each body gets a fresh database, and is skipped on SQLite, between
/// which and the program there is no network.
macro_rules! on_servers {
    ($($(#[$meta:meta])* async fn $name:ident($test:ident) $body:block)*) => {$(
        $(#[$meta])*
        #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
        async fn $name() {
            orm_core::testing::on_all(|test: orm_core::testing::TestDb| async move {
                if test.dialect() == orm_core::Dialect::Sqlite {
                    return test.cleanup().await;
                }
                let $test = &test;
                let outcome: orm_core::Result<()> = async { $body Ok(()) }.await;
                outcome?;
                test.cleanup().await
            })
            .await;
        }
    )*};
}

use on_servers;

/// A proxy before the test's server, and a pool that goes through it.
async fn through_proxy(test: &TestDb, pool: PoolOptions) -> Result<(FaultProxy, Db)> {
    let proxy = FaultProxy::before(test.url()).await?;
    let db = Db::builder(proxy.url()).pool(pool).connect().await?;
    Ok((proxy, db))
}

/// Another pool on the test's database, so that the first can watch it.
async fn another(test: &TestDb, pool: PoolOptions) -> Result<Db> {
    Db::builder(test.url()).pool(pool).connect().await
}

/// One round trip.
async fn ask(db: &dyn Executor) -> Result<()> {
    sql("SELECT 1").all_as::<(i64,)>(db).await.map(drop)
}

async fn number(db: &dyn Executor, text: &str) -> Result<i64> {
    Ok(sql(text.to_owned())
        .all_as::<(i64,)>(db)
        .await?
        .first()
        .map_or(0, |row| row.0))
}

/// How many sessions the server has on this database, apart from the one that asks.
async fn sessions(db: &dyn Executor) -> Result<i64> {
    number(db, match db.dialect() {
        Dialect::Postgres => {
            "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid() \
             AND backend_type = 'client backend'"
        }
        _ => "SELECT count(*) FROM information_schema.processlist WHERE db = DATABASE() AND id <> CONNECTION_ID()",
    })
    .await
}

/// How many of them are inside a transaction.
async fn open_transactions(db: &dyn Executor) -> Result<i64> {
    if db.dialect() == Dialect::Postgres {
        let idle = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() \
                    AND state LIKE 'idle in transaction%'";
        return number(db, idle).await;
    }
    let open = "SELECT count(*) FROM information_schema.innodb_trx t JOIN information_schema.processlist p \
                ON p.id = t.trx_mysql_thread_id WHERE p.db = DATABASE() AND p.id <> CONNECTION_ID()";
    innodb::looked_at(number(db, open)).await
}

/// Ends all sessions of this database but the asker's, from the server's side.
async fn end_sessions(db: &dyn Executor) -> Result<()> {
    if db.dialect() == Dialect::Postgres {
        let end = "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity \
                   WHERE datname = current_database() AND pid <> pg_backend_pid()";
        return number(db, end).await.map(drop);
    }
    let ids = "SELECT id FROM information_schema.processlist WHERE db = DATABASE() AND id <> CONNECTION_ID()";
    for (id,) in sql(ids).all_as::<(i64,)>(db).await? {
        match sql(format!("KILL {id}")).exec(db).await {
            // It has gone by itself.
            Err(e) if e.code() == Some("1094") => {}
            ended => drop(ended?),
        }
    }
    Ok(())
}

/// Waits until something holds, for at most ten seconds, and says how long it took.
async fn until(what: &str, holds: impl AsyncFn() -> Result<bool>) -> Result<std::time::Duration> {
    let start = Instant::now();
    while !holds().await? {
        assert!(start.elapsed() < secs(10), "it never came about: {what}");
        tokio::time::sleep(millis(2)).await;
    }
    Ok(start.elapsed())
}

/// Holds as many connections at once as there may be, and lets them go: no place is lost.
async fn all_usable(db: &Db) -> Result<()> {
    let mut held = Vec::new();
    for _ in 0..db.pool_stats().max {
        let tx = db.begin().await?;
        ask(&tx).await?;
        held.push(tx);
    }
    for tx in held {
        tx.rollback().await?;
    }
    Ok(())
}

/// Numbers that look random and are the same in each run.
struct Draws(u64);

impl Draws {
    /// A number below this one.
    fn below(&mut self, end: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0 % end
    }
}

/// A measured figure, for whoever reads the output of a run.
macro_rules! figure {
    ($($text:tt)*) => { println!("figure: {}", format_args!($($text)*)) };
}

use figure;
