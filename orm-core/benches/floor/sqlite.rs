//! SQLite in memory: ours, rusqlite, sqlx. Each has a database of its own with the same rows.

use std::cell::RefCell;
use std::rc::Rc;

use sqlx::{Connection as _, Executor as _, Row as _, SqliteConnection, SqlitePool};

use crate::model::{Ours, POINT, ROWS, Row, User, users};
use crate::runner::{Case, Stack, runtime};

const CREATE: [&str; 2] = [
    "CREATE TABLE bench_users (id INTEGER PRIMARY KEY AUTOINCREMENT, name TEXT NOT NULL, hair TEXT) STRICT",
    "CREATE TABLE bench_counters (id INTEGER PRIMARY KEY AUTOINCREMENT, hits INTEGER NOT NULL) STRICT",
];
const FILL: &str = "WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < 9999) INSERT INTO bench_users \
                    (name, hair) SELECT 'user ' || i, CASE WHEN i % 2 = 0 THEN 'hair ' || i END FROM n";
const FILL_COUNTERS: &str = "INSERT INTO bench_counters (hits) SELECT 0 FROM bench_users";
const BY_KEY: &str = "SELECT id, name, hair FROM bench_users WHERE id = ?";
const INSERT: &str = "INSERT INTO bench_users (name, hair) VALUES (?, ?)";
const CLEAR: &str = "DELETE FROM bench_users WHERE id > 10000";
const COUNTER: &str = "SELECT id, hits FROM bench_counters WHERE id = ?";
const SET: &str = "UPDATE bench_counters SET hits = ? WHERE id = ?";
const ADD: &str = "UPDATE bench_counters SET hits = hits + ? WHERE id = ?";

fn select_text(n: u64) -> String {
    format!("SELECT id, name, hair FROM bench_users LIMIT {n}")
}

/// By hand on rusqlite.
#[derive(Clone)]
struct Floor(Rc<rusqlite::Connection>);

impl Floor {
    fn new() -> Self {
        let conn = rusqlite::Connection::open_in_memory().unwrap();
        for sql in CREATE.into_iter().chain([FILL, FILL_COUNTERS]) {
            conn.execute(sql, []).unwrap();
        }
        Floor(Rc::new(conn))
    }

    fn run<P: rusqlite::Params>(&self, sql: &str, params: P) {
        self.0.prepare_cached(sql).unwrap().execute(params).unwrap();
    }

    fn stack(&self, work: impl Fn(&Floor) + 'static) -> Stack {
        let floor = self.clone();
        Stack::new("rusqlite", move |count| (0..count).for_each(|_| work(&floor)))
    }

    fn in_transaction(&self, work: impl FnOnce()) {
        self.run("BEGIN", []);
        work();
        self.run("COMMIT", []);
    }

    fn cleared(&self, stack: Stack) -> Stack {
        let floor = self.clone();
        stack.before(move || floor.run(CLEAR, []))
    }

    fn select(&self, n: u64) -> Stack {
        let sql = select_text(n);
        self.stack(move |floor| {
            let mut stmt = floor.0.prepare_cached(&sql).unwrap();
            let rows: Vec<Row> = stmt
                .query_map([], read)
                .unwrap()
                .collect::<Result<_, _>>()
                .unwrap();
            assert_eq!(rows.len() as u64, n);
        })
    }

    fn insert(&self, n: i64) -> Stack {
        let rows = users(n);
        self.cleared(self.stack(move |floor| {
            let insert = || {
                let mut stmt = floor.0.prepare_cached(INSERT).unwrap();
                for row in &rows {
                    stmt.execute((&row.name, &row.hair)).unwrap();
                }
            };
            match rows.len() {
                1 => insert(),
                _ => floor.in_transaction(insert),
            }
        }))
    }

    fn insert_keys(&self, n: i64) -> Stack {
        let rows = users(n);
        self.cleared(self.stack(move |floor| {
            floor.in_transaction(|| {
                let mut stmt = floor.0.prepare_cached(INSERT).unwrap();
                let keys: Vec<i64> = rows
                    .iter()
                    .map(|row| stmt.insert((&row.name, &row.hair)).unwrap())
                    .collect();
                assert_eq!(keys.len(), rows.len());
            });
        }))
    }
}

fn read(row: &rusqlite::Row<'_>) -> rusqlite::Result<Row> {
    Ok((row.get(0)?, row.get(1)?, row.get(2)?))
}

async fn prepare(conn: &mut SqliteConnection) {
    for sql in CREATE.into_iter().chain([FILL, FILL_COUNTERS]) {
        conn.execute(sql).await.unwrap();
    }
}

fn connection(work: impl AsyncFnMut(&mut SqliteConnection) + 'static) -> Stack {
    let rt = runtime();
    let conn = rt.block_on(async {
        let mut conn = SqliteConnection::connect("sqlite::memory:").await.unwrap();
        prepare(&mut conn).await;
        conn
    });
    Stack::on("sqlx", rt, conn, work)
}

fn pool(work: impl AsyncFnMut(&mut SqlitePool) + 'static) -> Stack {
    let rt = runtime();
    let pool = rt.block_on(async {
        let options = sqlx::sqlite::SqlitePoolOptions::new().max_connections(1);
        let pool = options.connect("sqlite::memory:").await.unwrap();
        prepare(&mut pool.acquire().await.unwrap()).await;
        pool
    });
    Stack::on("sqlx-pool", rt, pool, work)
}

fn values(rows: &[User]) -> sqlx::QueryBuilder<sqlx::Sqlite> {
    let mut query = sqlx::QueryBuilder::new("INSERT INTO bench_users (name, hair) ");
    query.push_values(rows, |mut b, row| {
        b.push_bind(row.name.clone()).push_bind(row.hair.clone());
    });
    query
}

fn rows_of(rows: &[sqlx::sqlite::SqliteRow]) -> Vec<Row> {
    rows.iter().map(|r| (r.get(0), r.get(1), r.get(2))).collect()
}

fn select_case(name: &'static str, n: u64, ours: &Ours, floor: &Floor) -> Case {
    let sql = Rc::new(select_text(n));
    let same = Rc::clone(&sql);
    Case {
        name,
        stacks: vec![
            ours.select(n),
            floor.select(n),
            connection(async move |conn| {
                let rows = sqlx::query(sqlx::AssertSqlSafe(sql.as_str()))
                    .fetch_all(conn)
                    .await
                    .unwrap();
                assert_eq!(rows_of(&rows).len() as u64, n);
            }),
            pool(async move |pool| {
                let rows = sqlx::query(sqlx::AssertSqlSafe(same.as_str()))
                    .fetch_all(&*pool)
                    .await
                    .unwrap();
                assert_eq!(rows_of(&rows).len() as u64, n);
            }),
        ],
    }
}

fn insert_case(name: &'static str, n: i64, ours: &Ours, floor: &Floor) -> Case {
    let rows = Rc::new(RefCell::new(users(n)));
    let same = Rc::clone(&rows);
    Case {
        name,
        stacks: vec![
            ours.insert(n),
            floor.insert(n),
            connection(async move |conn| {
                let mut query = values(&rows.borrow());
                query.build().execute(conn).await.unwrap();
            }),
            pool(async move |pool| {
                let mut query = values(&same.borrow());
                query.build().execute(&*pool).await.unwrap();
            }),
        ],
    }
}

pub(crate) fn cases() -> Vec<Case> {
    let ours = Ours::new("sqlite::memory:");
    let floor = Floor::new();
    let adds =
        |(sql, id): (&'static str, i64), floor: &Floor| floor.stack(move |floor| floor.run(sql, (1_i64, id)));
    vec![
        Case {
            name: "sqlite point",
            stacks: vec![
                ours.point(),
                floor.stack(|floor| {
                    let mut stmt = floor.0.prepare_cached(BY_KEY).unwrap();
                    drop(stmt.query_row([POINT], read).unwrap());
                }),
                connection(async |conn| {
                    let row: Row = sqlx::query_as(BY_KEY).bind(POINT).fetch_one(conn).await.unwrap();
                    drop(row);
                }),
                pool(async |pool| {
                    let row: Row = sqlx::query_as(BY_KEY)
                        .bind(POINT)
                        .fetch_one(&*pool)
                        .await
                        .unwrap();
                    drop(row);
                }),
            ],
        },
        select_case("sqlite select 100", 100, &ours, &floor),
        select_case("sqlite select 10000", 10_000, &ours, &floor),
        insert_case("sqlite insert 1", 1, &ours, &floor),
        insert_case("sqlite insert 100", 100, &ours, &floor),
        insert_case("sqlite insert 1000", 1000, &ours, &floor),
        Case {
            name: "sqlite insert with keys 1000",
            stacks: vec![ours.insert_keys(1000), floor.insert_keys(1000), {
                let rows = users(1000);
                connection(async move |conn| {
                    let mut query = values(&rows);
                    query.push(" RETURNING id");
                    let keys: Vec<i64> = query.build_query_scalar().fetch_all(conn).await.unwrap();
                    assert_eq!(keys.len(), rows.len());
                })
            }],
        },
        Case {
            name: "sqlite update by expression",
            stacks: vec![
                ours.update(),
                adds((ADD, POINT), &floor),
                connection(async |conn| {
                    sqlx::query(ADD)
                        .bind(1_i64)
                        .bind(POINT)
                        .execute(conn)
                        .await
                        .unwrap();
                }),
                pool(async |pool| {
                    sqlx::query(ADD)
                        .bind(1_i64)
                        .bind(POINT)
                        .execute(&*pool)
                        .await
                        .unwrap();
                }),
            ],
        },
        Case {
            name: "sqlite update 100 one by one",
            stacks: vec![
                ours.update_each(),
                floor.stack(|floor| {
                    floor.in_transaction(|| (1..=100_i64).for_each(|id| floor.run(SET, (id, id))));
                }),
                connection(async |conn| {
                    let mut tx = conn.begin().await.unwrap();
                    for id in 1..=100_i64 {
                        sqlx::query(SET)
                            .bind(id)
                            .bind(id)
                            .execute(&mut *tx)
                            .await
                            .unwrap();
                    }
                    tx.commit().await.unwrap();
                }),
            ],
        },
        Case {
            name: "sqlite transaction",
            stacks: vec![
                ours.transaction(),
                floor.stack(|floor| {
                    floor.in_transaction(|| {
                        let mut stmt = floor.0.prepare_cached(COUNTER).unwrap();
                        let hits: i64 = stmt.query_row([POINT], |row| row.get(1)).unwrap();
                        floor.run(SET, (hits + 1, POINT));
                    });
                }),
                connection(async |conn| {
                    let mut tx = conn.begin().await.unwrap();
                    let row: (i64, i64) = sqlx::query_as(COUNTER)
                        .bind(POINT)
                        .fetch_one(&mut *tx)
                        .await
                        .unwrap();
                    sqlx::query(SET)
                        .bind(row.1 + 1)
                        .bind(POINT)
                        .execute(&mut *tx)
                        .await
                        .unwrap();
                    tx.commit().await.unwrap();
                }),
                pool(async |pool| {
                    let mut tx = pool.begin().await.unwrap();
                    let row: (i64, i64) = sqlx::query_as(COUNTER)
                        .bind(POINT)
                        .fetch_one(&mut *tx)
                        .await
                        .unwrap();
                    sqlx::query(SET)
                        .bind(row.1 + 1)
                        .bind(POINT)
                        .execute(&mut *tx)
                        .await
                        .unwrap();
                    tx.commit().await.unwrap();
                }),
            ],
        },
    ]
}

const _: () = assert!(ROWS == 10_000, "the texts above say so");
