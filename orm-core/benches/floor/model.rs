//! The rows, as wide as performance.md's, and how ours fills a database with them.

use orm_core::prelude::*;

use crate::runner::{Stack, runtime};
use tokio::runtime::Runtime;

#[derive(Debug, Clone, Model)]
#[orm(table = "bench_users")]
pub(crate) struct User {
    pub(crate) id: Id<User>,
    #[orm(length = 100)]
    pub(crate) name: String,
    pub(crate) hair: Option<String>,
}

#[derive(Debug, Clone, Model)]
#[orm(table = "bench_counters")]
pub(crate) struct Counter {
    pub(crate) id: Id<Counter>,
    pub(crate) hits: i64,
}

/// What a row is when it is read by hand.
pub(crate) type Row = (i64, String, Option<String>);

/// How many users and counters there are.
pub(crate) const ROWS: i64 = 10_000;

pub(crate) const POINT: i64 = 5_000;

pub(crate) fn users(n: i64) -> Vec<User> {
    (0..n)
        .map(|i| User {
            hair: (i % 2 == 0).then(|| format!("hair {i}")),
            ..User::draft(format!("user {i}"))
        })
        .collect()
}

/// A filled database through ours.
pub(crate) async fn ours(url: &str) -> Db {
    let db = Db::builder(url)
        .pool(PoolOptions::new().size(1))
        .connect()
        .await
        .unwrap();
    fill(&db).await;
    db
}

async fn fill(db: &Db) {
    sql("DROP TABLE IF EXISTS bench_users").exec(db).await.unwrap();
    sql("DROP TABLE IF EXISTS bench_counters").exec(db).await.unwrap();
    db.create_all::<(User, Counter)>().await.unwrap();
    User::insert(users(ROWS)).exec(db).await.unwrap();
    let counters: Vec<Counter> = (0..ROWS).map(|_| Counter::draft(0)).collect();
    Counter::insert(counters).exec(db).await.unwrap();
}

/// Where ours runs: a runtime and a filled database of its own. On servers all stacks use the tables that it made.
#[derive(Clone)]
pub(crate) struct Ours {
    pub(crate) rt: &'static Runtime,
    pub(crate) db: Db,
}

impl Ours {
    pub(crate) fn new(url: &str) -> Self {
        let rt = runtime();
        Ours {
            rt,
            db: rt.block_on(ours(url)),
        }
    }

    fn stack(&self, work: impl AsyncFnMut(&mut Db) + 'static) -> Stack {
        Stack::on("ours", self.rt, self.db.clone(), work)
    }

    pub(crate) fn point(&self) -> Stack {
        self.stack(async |db| drop(User::find(POINT).one(db).await.unwrap()))
    }

    pub(crate) fn select(&self, n: u64) -> Stack {
        self.stack(async move |db| {
            let rows = User::query().limit(n).all(db).await.unwrap();
            assert_eq!(rows.len() as u64, n);
        })
    }

    /// New rows go again before each batch.
    fn cleared(&self, stack: Stack) -> Stack {
        let Ours { rt, db } = self.clone();
        stack.before(move || {
            rt.block_on(User::delete().filter(User::id.gt(ROWS)).exec(&db))
                .unwrap();
        })
    }

    pub(crate) fn insert(&self, n: i64) -> Stack {
        let rows = users(n);
        self.cleared(self.stack(async move |db| {
            User::insert(&rows).exec(db).await.unwrap();
        }))
    }

    pub(crate) fn insert_keys(&self, n: i64) -> Stack {
        let rows = users(n);
        self.cleared(self.stack(async move |db| {
            let keys = User::insert(&rows).keys(db).await.unwrap();
            assert_eq!(keys.len(), rows.len());
        }))
    }

    pub(crate) fn update(&self) -> Stack {
        self.stack(async |db| {
            Counter::update()
                .set(Counter::hits, Counter::hits + 1)
                .filter(Counter::id.eq(POINT))
                .exec(db)
                .await
                .unwrap();
        })
    }

    /// A hundred rows, each another value, one by one in a transaction.
    pub(crate) fn update_each(&self) -> Stack {
        self.stack(async |db| {
            db.transaction(async |tx| {
                for id in 1..=100_i64 {
                    Counter::update()
                        .set(Counter::hits, id)
                        .filter(Counter::id.eq(id))
                        .exec(tx)
                        .await?;
                }
                Ok(())
            })
            .await
            .unwrap();
        })
    }

    /// Reads a row and writes it, in a transaction.
    pub(crate) fn transaction(&self) -> Stack {
        self.stack(async |db| {
            db.transaction(async |tx| {
                let counter = Counter::find(POINT).one(tx).await?;
                Counter::update()
                    .set(Counter::hits, counter.hits + 1)
                    .filter(Counter::id.eq(POINT))
                    .exec(tx)
                    .await
            })
            .await
            .unwrap();
        })
    }
}
