//! Futures dropped after each number of polls, on real databases: every public async function is swept, and after each
//! drop the pool, the server and the rows are asked what is left of it.

mod connections;
mod list;
mod queries;
mod transactions;
mod way;

use std::cell::{Cell, RefCell};
use std::future::Future;
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::task::Poll;
use std::time::{Duration, Instant};

use orm_core::prelude::*;
use orm_core::query::Query;

use super::long;
use super::outside::{self, Server};

/// One part of a unit that is written as a whole or not at all.
#[derive(Debug, Clone, PartialEq, Model)]
#[orm(table = "parts", unique(unit, part), has_many(remarks: Remark))]
pub struct Part {
    pub id: Id<Part>,
    pub unit: i64,
    pub part: i32,
    #[orm(length = 20)]
    pub note: String,
    #[orm(default = 0)]
    pub weight: Auto<i32>,
}

/// What was said of a part, where a sweep asks for it.
#[derive(Debug, Clone, PartialEq, Model)]
#[orm(table = "remarks")]
pub struct Remark {
    pub id: Id<Remark>,
    #[orm(no_constraint)]
    pub part_id: Id<Part>,
}

/// What a unit is made of: the parts and their notes.
type Content = &'static [(i32, &'static str)];

/// A unit as each call finds it.
const OLD: Content = &[(1, "old"), (2, "old")];
/// With two more parts.
const MORE: Content = &[(1, "old"), (2, "old"), (3, "new"), (4, "new")];
/// With both parts written anew.
const NEW: Content = &[(1, "new"), (2, "new")];

/// No call needs as many polls.
const MOST_POLLS: usize = 300;

/// Drops a future after so many polls, each made when it was woken; `None` when it had not ended by then.
async fn dropped_after<F: Future>(future: F, polls: usize) -> Option<F::Output> {
    let mut future = pin!(future);
    let mut left = polls;
    std::future::poll_fn(|cx| {
        if left == 0 {
            return Poll::Ready(None);
        }
        left -= 1;
        future.as_mut().poll(cx).map(Some)
    })
    .await
}

/// Waits for what happens on the side.
async fn eventually(what: &str, mut is: impl AsyncFnMut() -> bool) {
    let start = Instant::now();
    for tries in 0.. {
        if is().await {
            return;
        }
        assert!(start.elapsed() < secs(5), "{what}: not within five seconds");
        match tries {
            0..100 => tokio::task::yield_now().await,
            _ => tokio::time::sleep(millis(1)).await,
        }
    }
}

/// What a call is given: a database of one connection, and a unit of its own.
struct Case {
    db: Db,
    unit: i64,
    /// How many hooks were given to transactions, and how many ran.
    hooks: Arc<[AtomicUsize; 2]>,
}

impl Case {
    fn mine(&self) -> Query<Part> {
        Part::query()
            .filter(Part::unit.eq(self.unit))
            .order_by(Part::part)
    }

    fn part(&self, part: i32) -> Part {
        Part::draft(self.unit, part, "new")
    }

    /// The same, with a value that the other leaves to the database: the two make two statements.
    fn heavy(&self, part: i32) -> Part {
        Part {
            weight: Auto::set(9),
            ..self.part(part)
        }
    }

    async fn add(&self, db: &dyn Executor, part: i32) -> Result<()> {
        Part::insert(self.part(part)).exec(db).await.map(drop)
    }

    fn hook(&self, tx: &Tx) {
        self.hooks[0].fetch_add(1, Ordering::SeqCst);
        let hooks = Arc::clone(&self.hooks);
        tx.on_commit(move || {
            hooks[1].fetch_add(1, Ordering::SeqCst);
        });
    }
}

/// One database under sweep, and somebody who looks at it from outside.
struct Rig {
    db: RefCell<Db>,
    url: String,
    server: Option<Server>,
    /// Answers come in two parts.
    halves: Arc<AtomicBool>,
    next: Cell<i64>,
    /// Each part has a remark.
    remarks: Cell<bool>,
}

impl Rig {
    async fn new(db: &Db) -> Result<Rig> {
        db.create_all::<(Part, Remark)>().await?;
        let halves = Arc::new(AtomicBool::new(long()));
        let server = Server::of(db).await?;
        let url = match &server {
            Some(server) => {
                let port = way::to(server.place(), Arc::clone(&halves))
                    .await
                    .expect("a port");
                server.url(&format!("127.0.0.1:{port}"))
            }
            None => outside::url(db).await?,
        };
        Ok(Rig {
            db: RefCell::new(connect(&url).await?),
            url,
            server,
            halves,
            next: Cell::new(1),
            remarks: Cell::default(),
        })
    }

    /// A database in memory, where the one connection is all there is.
    async fn memory() -> Result<Rig> {
        let db = connect("sqlite::memory:").await?;
        db.create_all::<(Part, Remark)>().await?;
        Ok(Rig {
            db: RefCell::new(db),
            url: String::new(),
            server: None,
            halves: Arc::default(),
            next: Cell::new(1),
            remarks: Cell::default(),
        })
    }

    fn db(&self) -> Db {
        self.db.borrow().clone()
    }

    /// Sweeps a call that writes nothing.
    async fn reads(&self, what: &str, call: impl AsyncFn(&Case) -> Result<()>) -> Result<()> {
        self.sweep(what, OLD, call).await
    }

    /// Sweeps a call after which its unit is as given, if the call was done.
    async fn sweep(&self, what: &str, after: Content, call: impl AsyncFn(&Case) -> Result<()>) -> Result<()> {
        for cached in [false, true] {
            for polls in 0..=MOST_POLLS {
                let what = format!("{what}, {polls} polls, cached: {cached}");
                self.renew(cached, &call).await?;
                let case = self.case().await?;
                let ended = tokio::time::timeout(secs(20), dropped_after(call(&case), polls)).await;
                let ended = ended.unwrap_or_else(|_| panic!("{what}: it hangs"));
                match &ended {
                    Some(Err(e)) if e.kind() == ErrorKind::Unsupported => return Ok(()),
                    Some(Err(e)) => panic!("{what}: {e:?}"),
                    Some(Ok(())) | None => {}
                }
                self.look(&what, &case, after, polls, ended.is_some()).await?;
                if ended.is_some() {
                    break;
                }
                assert!(polls < MOST_POLLS, "{what}: it never ends");
            }
        }
        Ok(())
    }

    /// Uncached: a connection that knows no statement. Cached: one that has run this call.
    async fn renew(&self, cached: bool, call: &impl AsyncFn(&Case) -> Result<()>) -> Result<()> {
        if cached {
            // What the last drop has cost a connection is cached anew.
            let case = self.case().await?;
            match call(&case).await {
                Err(e) if e.kind() != ErrorKind::Unsupported => return Err(e),
                _ => return Ok(()),
            }
        }
        if self.db().dialect() == Dialect::Postgres || self.url.is_empty() {
            // After a change of schema no prepared statement is used any more; connecting again takes longer.
            return sql("DROP TABLE IF EXISTS nowhere")
                .exec(&self.db())
                .await
                .map(drop);
        }
        self.db().close(secs(2)).await?;
        let fresh = connect(&self.url).await?;
        self.db.replace(fresh);
        Ok(())
    }

    /// A unit that nobody else uses.
    async fn case(&self) -> Result<Case> {
        let unit = self.next.replace(self.next.get() + 1);
        let case = Case {
            db: self.db(),
            unit,
            hooks: Arc::default(),
        };
        // Not as the calls write it, so that their statements stay unknown.
        let text = "INSERT INTO parts (unit, part, note) VALUES ({unit}, 1, 'old'), ({unit}, 2, 'old')";
        sql(text).params(params! { unit: unit }).exec(&case.db).await?;
        if self.remarks.get() {
            let text = "INSERT INTO remarks (part_id) SELECT id FROM parts WHERE unit = {unit}";
            sql(text).params(params! { unit: unit }).exec(&case.db).await?;
        }
        Ok(case)
    }

    /// The oracles.
    async fn look(&self, what: &str, case: &Case, after: Content, polls: usize, done: bool) -> Result<()> {
        let db = &case.db;
        // The one connection is back, and nothing was lost on the way.
        eventually(what, async || {
            let stats = db.pool_stats();
            stats.in_use == 0 && stats.connecting == 0 && stats.waiting == 0
        })
        .await;
        self.is_sane(what).await?;
        let parts = content(db, case.unit).await?;
        let is = |content: Content| {
            parts
                .iter()
                .map(|(p, n)| (*p, n.as_str()))
                .eq(content.iter().copied())
        };
        match (done, polls) {
            (true, _) => assert!(is(after), "{what}: it was done, and there is {parts:?}"),
            (false, 0) => assert!(is(OLD), "{what}: it was not begun, and there is {parts:?}"),
            (false, _) => assert!(is(OLD) || is(after), "{what}: half of it is done: {parts:?}"),
        }
        let [given, ran] = &*case.hooks;
        let committed = after != OLD && is(after) && given.load(Ordering::SeqCst) > 0;
        let expected = usize::from(committed);
        eventually(&format!("{what}: {expected} hooks"), async || {
            ran.load(Ordering::SeqCst) >= expected
        })
        .await;
        assert_eq!(
            ran.load(Ordering::SeqCst),
            expected,
            "{what}: hooks, with {parts:?}"
        );
        Ok(())
    }

    /// The next statement has the right answer, and no transaction, lock or running statement is left behind.
    async fn is_sane(&self, what: &str) -> Result<()> {
        let db = self.db();
        let number = self.next.get() * 1000 + 7;
        let in_transaction = match db.dialect() {
            Dialect::MariaDb => "@@in_transaction + (NOT IS_FREE_LOCK(DATABASE()))",
            _ => "0",
        };
        let rows: Vec<(i64, i64)> = sql(format!("SELECT {{n}}, {in_transaction}"))
            .params(params! { n: number })
            .all_as(&db)
            .await?;
        assert_eq!(rows, [(number, 0)], "{what}");
        let Some(server) = &self.server else {
            // The one writer takes its lock at once, and another process could.
            db.begin().await?.rollback().await?;
            if !self.url.is_empty() {
                let path = self.url.trim_start_matches("sqlite://");
                let other = rusqlite::Connection::open(path).expect("the file");
                other.busy_timeout(Duration::ZERO).expect("a setting");
                let taken = other.execute_batch("BEGIN IMMEDIATE; ROLLBACK");
                taken.unwrap_or_else(|e| panic!("{what}: {e}"));
            }
            return Ok(());
        };
        // A session that was given up ends a moment later; what it held it holds until then. The test's own is one more.
        let most = i64::try_from(db.pool_stats().size).unwrap_or(i64::MAX) + 1;
        eventually(&format!("{what}: sessions left behind"), async || {
            let sessions = server.sessions().await;
            sessions.is_ok_and(|(all, busy)| all <= most && busy == 0)
        })
        .await;
        Ok(())
    }
}

async fn connect(url: &str) -> Result<Db> {
    let pool = PoolOptions::new().size(1).acquire_timeout(secs(5));
    Db::builder(url).pool(pool).connect().await
}

async fn content(db: &dyn Executor, unit: i64) -> Result<Vec<(i32, String)>> {
    Part::query()
        .filter(Part::unit.eq(unit))
        .order_by(Part::part)
        .select((Part::part, Part::note))
        .all(db)
        .await
}

/// Runs a sweep on every database, SQLite in memory among them.
macro_rules! on_each {
    ($(async fn $name:ident($rig:ident) $body:block)*) => {$(
        #[tokio::test]
        async fn $name() {
            async fn body($rig: &super::Rig) -> orm_core::Result<()> { $body Ok(()) }
            orm_core::testing::on_all(|test: orm_core::testing::TestDb| async move {
                body(&super::Rig::new(&test).await?).await
            })
            .await;
            let memory = super::Rig::memory().await.expect("a database in memory");
            body(&memory).await.expect("in memory");
        }
    )*};
}

use on_each;
