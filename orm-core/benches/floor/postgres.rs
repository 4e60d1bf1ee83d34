//! PostgreSQL: ours, tokio-postgres, sqlx. All read and write the tables that ours has made.

use std::rc::Rc;
use std::sync::{Arc, Mutex};

use orm_core::prelude::*;
use sqlx::{Connection as _, PgConnection, PgPool, Row as _};
use tokio::runtime::Runtime;
use tokio::sync::Semaphore;
use tokio_postgres::{Client, NoTls, Statement};

use crate::model::{Counter, Ours, POINT, Row, User, users};
use crate::runner::{Case, Stack, runtime};

const BY_KEY: &str = "SELECT id, name, hair FROM bench_users WHERE id = $1";
const INSERT: &str = "INSERT INTO bench_users (name, hair) SELECT * FROM UNNEST($1::text[], $2::text[])";
const CLEAR: &str = "DELETE FROM bench_users WHERE id > 10000";
const COUNTER: &str = "SELECT id, hits FROM bench_counters WHERE id = $1";
const SET: &str = "UPDATE bench_counters SET hits = $1 WHERE id = $2";
const ADD: &str = "UPDATE bench_counters SET hits = hits + $1 WHERE id = $2";
const TEN: &str = "SELECT id, name, hair FROM bench_users WHERE id > $1 ORDER BY id LIMIT 10";

/// The concurrent load: so many tasks, on so many connections, each so many operations.
const TASKS: usize = 32;
const CONNECTIONS: usize = 8;
const OPERATIONS: usize = 20;

fn select_text(n: u64) -> String {
    format!("SELECT id, name, hair FROM bench_users LIMIT {n}")
}

async fn client(url: &str) -> Client {
    let (client, connection) = tokio_postgres::connect(url, NoTls).await.unwrap();
    tokio::spawn(connection);
    client
}

/// By hand on tokio-postgres: a client, and the statements that its case needs.
struct Floor {
    client: Client,
    statements: Vec<Statement>,
}

struct Place {
    rt: &'static Runtime,
    url: String,
}

impl Place {
    fn floor(&self, texts: &[&str], work: impl AsyncFnMut(&mut Floor) + 'static) -> Stack {
        let floor = self.rt.block_on(async {
            let client = client(&self.url).await;
            let mut statements = Vec::new();
            for text in texts {
                statements.push(client.prepare(text).await.unwrap());
            }
            Floor { client, statements }
        });
        Stack::on("tokio-postgres", self.rt, floor, work)
    }

    fn connection(&self, work: impl AsyncFnMut(&mut PgConnection) + 'static) -> Stack {
        let conn = self.rt.block_on(PgConnection::connect(&self.url)).unwrap();
        Stack::on("sqlx", self.rt, conn, work)
    }

    fn pool(&self, work: impl AsyncFnMut(&mut PgPool) + 'static) -> Stack {
        Stack::on("sqlx-pool", self.rt, self.sqlx_pool(1), work)
    }

    fn sqlx_pool(&self, size: u32) -> PgPool {
        let options = sqlx::postgres::PgPoolOptions::new().max_connections(size);
        self.rt.block_on(options.connect(&self.url)).unwrap()
    }

    /// New rows go again before each batch.
    fn cleared(&self, stack: Stack) -> Stack {
        let (rt, client) = (self.rt, self.rt.block_on(client(&self.url)));
        stack.before(move || {
            rt.block_on(client.execute(CLEAR, &[])).unwrap();
        })
    }

    fn select_case(&self, name: &'static str, n: u64, ours: &Ours) -> Case {
        let sql = Rc::new(select_text(n));
        let (same, again) = (Rc::clone(&sql), Rc::clone(&sql));
        Case {
            name,
            stacks: vec![
                ours.select(n),
                self.floor(&[&again], async move |floor| {
                    let rows = floor.client.query(&floor.statements[0], &[]).await.unwrap();
                    let rows: Vec<Row> = rows.iter().map(|r| (r.get(0), r.get(1), r.get(2))).collect();
                    assert_eq!(rows.len() as u64, n);
                }),
                self.connection(async move |conn| {
                    let query = sqlx::query_as(sqlx::AssertSqlSafe(sql.as_str()));
                    let rows: Vec<Row> = query.fetch_all(conn).await.unwrap();
                    assert_eq!(rows.len() as u64, n);
                }),
                self.pool(async move |pool| {
                    let query = sqlx::query_as(sqlx::AssertSqlSafe(same.as_str()));
                    let rows: Vec<Row> = query.fetch_all(&*pool).await.unwrap();
                    assert_eq!(rows.len() as u64, n);
                }),
            ],
        }
    }

    fn insert_case(&self, ours: &Ours) -> Case {
        let (rows, same, again) = (users(1000), users(1000), users(1000));
        Case {
            name: "postgres insert 1000",
            stacks: vec![
                ours.insert(1000),
                self.cleared(self.floor(&[INSERT], async move |floor| {
                    let (names, hairs) = arrays(&rows);
                    let insert = &floor.statements[0];
                    floor.client.execute(insert, &[&names, &hairs]).await.unwrap();
                })),
                self.cleared(self.connection(async move |conn| {
                    let (names, hairs) = owned(&same);
                    let query = sqlx::query(INSERT).bind(names).bind(hairs);
                    query.execute(conn).await.unwrap();
                })),
                self.cleared(self.pool(async move |pool| {
                    let (names, hairs) = owned(&again);
                    let query = sqlx::query(INSERT).bind(names).bind(hairs);
                    query.execute(&*pool).await.unwrap();
                })),
            ],
        }
    }

    fn keys_case(&self, ours: &Ours) -> Case {
        let (rows, same) = (users(1000), users(1000));
        let sql: &'static str = Box::leak(format!("{INSERT} RETURNING id").into_boxed_str());
        Case {
            name: "postgres insert with keys 1000",
            stacks: vec![
                ours.insert_keys(1000),
                self.cleared(self.floor(&[sql], async move |floor| {
                    let (names, hairs) = arrays(&rows);
                    let insert = &floor.statements[0];
                    let made = floor.client.query(insert, &[&names, &hairs]).await.unwrap();
                    let keys: Vec<i64> = made.iter().map(|r| r.get(0)).collect();
                    assert_eq!(keys.len(), rows.len());
                })),
                self.cleared(self.connection(async move |conn| {
                    let (names, hairs) = owned(&same);
                    let query = sqlx::query_scalar(sql).bind(names).bind(hairs);
                    let keys: Vec<i64> = query.fetch_all(conn).await.unwrap();
                    assert_eq!(keys.len(), same.len());
                })),
            ],
        }
    }

    fn point_case(&self, ours: &Ours) -> Case {
        Case {
            name: "postgres point",
            stacks: vec![
                ours.point(),
                self.floor(&[BY_KEY], async |floor| {
                    drop(floor.point(0, POINT).await);
                }),
                self.connection(async |conn| {
                    let row: Row = sqlx::query_as(BY_KEY).bind(POINT).fetch_one(conn).await.unwrap();
                    drop(row);
                }),
                self.pool(async |pool| {
                    let row: Row = sqlx::query_as(BY_KEY)
                        .bind(POINT)
                        .fetch_one(&*pool)
                        .await
                        .unwrap();
                    drop(row);
                }),
            ],
        }
    }

    fn update_case(&self, ours: &Ours) -> Case {
        Case {
            name: "postgres update by expression",
            stacks: vec![
                ours.update(),
                self.floor(&[ADD], async |floor| {
                    let params: [&(dyn tokio_postgres::types::ToSql + Sync); 2] = [&1_i64, &POINT];
                    floor.client.execute(&floor.statements[0], &params).await.unwrap();
                }),
                self.connection(async |conn| {
                    let query = sqlx::query(ADD).bind(1_i64).bind(POINT);
                    query.execute(conn).await.unwrap();
                }),
                self.pool(async |pool| {
                    let query = sqlx::query(ADD).bind(1_i64).bind(POINT);
                    query.execute(&*pool).await.unwrap();
                }),
            ],
        }
    }

    fn transaction_case(&self, ours: &Ours) -> Case {
        Case {
            name: "postgres transaction",
            stacks: vec![
                ours.transaction(),
                self.floor(&[COUNTER, SET], async |floor| {
                    let tx = floor.client.transaction().await.unwrap();
                    let row = tx.query_one(&floor.statements[0], &[&POINT]).await.unwrap();
                    let hits: i64 = row.get(1);
                    tx.execute(&floor.statements[1], &[&(hits + 1), &POINT])
                        .await
                        .unwrap();
                    tx.commit().await.unwrap();
                }),
                self.connection(async |conn| read_and_write(conn.begin().await.unwrap()).await),
                self.pool(async |pool| read_and_write(pool.begin().await.unwrap()).await),
            ],
        }
    }

    /// 32 tasks on 8 connections: of ten operations seven read a row, two read ten, one updates.
    fn mixed_case(&self) -> Case {
        let db = self.rt.block_on(async {
            let options = PoolOptions::new().size(CONNECTIONS);
            Db::builder(self.url.clone())
                .pool(options)
                .connect()
                .await
                .unwrap()
        });
        let clients = self.rt.block_on(async {
            let mut clients = Vec::new();
            for _ in 0..CONNECTIONS {
                let client = client(&self.url).await;
                let mut statements = Vec::new();
                for text in [BY_KEY, TEN, ADD] {
                    statements.push(client.prepare(text).await.unwrap());
                }
                clients.push(Floor { client, statements });
            }
            Arc::new((Semaphore::new(CONNECTIONS), Mutex::new(clients)))
        });
        let pool = self.sqlx_pool(8);
        Case {
            name: "postgres mixed, 32 tasks on 8 connections",
            stacks: vec![
                load("ours", self.rt, move |seed| {
                    let db = db.clone();
                    async move {
                        for i in 0..OPERATIONS {
                            let id = key(seed, i);
                            match i % 10 {
                                0..7 => drop(User::find(id).one(&db).await.unwrap()),
                                7 | 8 => {
                                    let ten = User::query().filter(User::id.gt(id)).order_by(User::id);
                                    drop(ten.limit(10).all(&db).await.unwrap());
                                }
                                _ => {
                                    let add = Counter::update().set(Counter::hits, Counter::hits + 1);
                                    add.filter(Counter::id.eq(id)).exec(&db).await.unwrap();
                                }
                            }
                        }
                    }
                }),
                load("tokio-postgres", self.rt, move |seed| {
                    let clients = Arc::clone(&clients);
                    async move {
                        for i in 0..OPERATIONS {
                            let id = key(seed, i);
                            let permit = clients.0.acquire().await.unwrap();
                            let floor = clients.1.lock().unwrap().pop().unwrap();
                            match i % 10 {
                                0..7 => drop(floor.point(0, id).await),
                                7 | 8 => {
                                    let rows =
                                        floor.client.query(&floor.statements[1], &[&id]).await.unwrap();
                                    let rows: Vec<Row> =
                                        rows.iter().map(|r| (r.get(0), r.get(1), r.get(2))).collect();
                                    drop(rows);
                                }
                                _ => {
                                    let add = &floor.statements[2];
                                    floor.client.execute(add, &[&1_i64, &id]).await.unwrap();
                                }
                            }
                            clients.1.lock().unwrap().push(floor);
                            drop(permit);
                        }
                    }
                }),
                load("sqlx-pool", self.rt, move |seed| {
                    let pool = pool.clone();
                    async move {
                        for i in 0..OPERATIONS {
                            let id = key(seed, i);
                            match i % 10 {
                                0..7 => {
                                    let query = sqlx::query_as(BY_KEY).bind(id);
                                    let row: Row = query.fetch_one(&pool).await.unwrap();
                                    drop(row);
                                }
                                7 | 8 => {
                                    let query = sqlx::query_as(TEN).bind(id);
                                    let rows: Vec<Row> = query.fetch_all(&pool).await.unwrap();
                                    drop(rows);
                                }
                                _ => {
                                    let query = sqlx::query(ADD).bind(1_i64).bind(id);
                                    query.execute(&pool).await.unwrap();
                                }
                            }
                        }
                    }
                }),
            ],
        }
    }
}

impl Floor {
    async fn point(&self, statement: usize, id: i64) -> Row {
        let statement = &self.statements[statement];
        let row = self.client.query_one(statement, &[&id]).await.unwrap();
        (row.get(0), row.get(1), row.get(2))
    }
}

/// All tasks once for each turn.
fn load<F>(name: &'static str, rt: &'static Runtime, task: impl Fn(usize) -> F + 'static) -> Stack
where
    F: Future<Output = ()> + Send + 'static,
{
    Stack::new(name, move |count| {
        rt.block_on(async {
            for _ in 0..count {
                let tasks: Vec<_> = (0..TASKS).map(|seed| tokio::spawn(task(seed))).collect();
                for task in tasks {
                    task.await.unwrap();
                }
            }
        });
    })
}

/// A key for each operation, spread over the table; each task updates rows of its own.
fn key(seed: usize, operation: usize) -> i64 {
    i64::try_from(seed * 300 + operation * 7 + 1).unwrap()
}

fn arrays(rows: &[User]) -> (Vec<&str>, Vec<Option<&str>>) {
    rows.iter().map(|r| (r.name.as_str(), r.hair.as_deref())).unzip()
}

fn owned(rows: &[User]) -> (Vec<String>, Vec<Option<String>>) {
    rows.iter().map(|r| (r.name.clone(), r.hair.clone())).unzip()
}

async fn read_and_write(mut tx: sqlx::Transaction<'_, sqlx::Postgres>) {
    let row = sqlx::query(COUNTER)
        .bind(POINT)
        .fetch_one(&mut *tx)
        .await
        .unwrap();
    let hits: i64 = row.get(1);
    let set = sqlx::query(SET).bind(hits + 1).bind(POINT);
    set.execute(&mut *tx).await.unwrap();
    tx.commit().await.unwrap();
}

pub(crate) fn cases() -> Vec<Case> {
    let Ok(url) = std::env::var("ORM_TEST_POSTGRES_URL") else {
        eprintln!("PostgreSQL is left out: ORM_TEST_POSTGRES_URL is not set");
        return Vec::new();
    };
    let ours = Ours::new(&url);
    let place = Place { rt: runtime(), url };
    vec![
        place.point_case(&ours),
        place.select_case("postgres select 100", 100, &ours),
        place.select_case("postgres select 10000", 10_000, &ours),
        place.insert_case(&ours),
        place.keys_case(&ours),
        place.update_case(&ours),
        place.transaction_case(&ours),
        place.mixed_case(),
    ]
}
