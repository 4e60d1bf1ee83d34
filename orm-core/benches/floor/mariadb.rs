//! MariaDB: ours beside sqlx, on the tables that ours has made. There is no faster client to be the floor.

use std::rc::Rc;

use sqlx::{Connection as _, MySqlConnection, MySqlPool, Row as _};
use tokio::runtime::Runtime;

use crate::model::{Ours, POINT, Row, User, users};
use crate::runner::{Case, Stack, runtime};

const BY_KEY: &str = "SELECT id, name, hair FROM bench_users WHERE id = ?";
const CLEAR: &str = "DELETE FROM bench_users WHERE id > 10000";
const COUNTER: &str = "SELECT id, hits FROM bench_counters WHERE id = ?";
const SET: &str = "UPDATE bench_counters SET hits = ? WHERE id = ?";

struct Place {
    rt: &'static Runtime,
    url: String,
}

impl Place {
    fn connection(&self, work: impl AsyncFnMut(&mut MySqlConnection) + 'static) -> Stack {
        let conn = self.rt.block_on(MySqlConnection::connect(&self.url)).unwrap();
        Stack::on("sqlx", self.rt, conn, work)
    }

    fn pool(&self, work: impl AsyncFnMut(&mut MySqlPool) + 'static) -> Stack {
        let options = sqlx::mysql::MySqlPoolOptions::new().max_connections(1);
        let pool = self.rt.block_on(options.connect(&self.url)).unwrap();
        Stack::on("sqlx-pool", self.rt, pool, work)
    }

    /// New rows go again before each batch.
    fn cleared(&self, stack: Stack) -> Stack {
        let rt = self.rt;
        let mut conn = rt.block_on(MySqlConnection::connect(&self.url)).unwrap();
        stack.before(move || {
            rt.block_on(sqlx::query(CLEAR).execute(&mut conn)).unwrap();
        })
    }

    fn select_case(&self, name: &'static str, n: u64, ours: &Ours) -> Case {
        let sql = Rc::new(format!("SELECT id, name, hair FROM bench_users LIMIT {n}"));
        let same = Rc::clone(&sql);
        Case {
            name,
            stacks: vec![
                ours.select(n),
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
        let (rows, same) = (users(500), users(500));
        Case {
            name: "mariadb insert 500",
            stacks: vec![
                ours.insert(500),
                self.cleared(self.connection(async move |conn| {
                    values(&rows).build().execute(conn).await.unwrap();
                })),
                self.cleared(self.pool(async move |pool| {
                    values(&same).build().execute(&*pool).await.unwrap();
                })),
            ],
        }
    }
}

fn values(rows: &[User]) -> sqlx::QueryBuilder<sqlx::MySql> {
    let mut query = sqlx::QueryBuilder::new("INSERT INTO bench_users (name, hair) ");
    query.push_values(rows, |mut b, row| {
        b.push_bind(row.name.clone()).push_bind(row.hair.clone());
    });
    query
}

async fn read_and_write(mut tx: sqlx::Transaction<'_, sqlx::MySql>) {
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
    let Ok(url) = std::env::var("ORM_TEST_MARIADB_URL") else {
        eprintln!("MariaDB is left out: ORM_TEST_MARIADB_URL is not set");
        return Vec::new();
    };
    let rt = runtime();
    let url = format!("{}/orm_bench", url.trim_end_matches('/'));
    rt.block_on(make_database(&url));
    let ours = Ours::new(&url);
    let place = Place { rt, url };
    vec![
        Case {
            name: "mariadb point",
            stacks: vec![
                ours.point(),
                place.connection(async |conn| {
                    let row: Row = sqlx::query_as(BY_KEY).bind(POINT).fetch_one(conn).await.unwrap();
                    drop(row);
                }),
                place.pool(async |pool| {
                    let row: Row = sqlx::query_as(BY_KEY)
                        .bind(POINT)
                        .fetch_one(&*pool)
                        .await
                        .unwrap();
                    drop(row);
                }),
            ],
        },
        place.select_case("mariadb select 100", 100, &ours),
        place.select_case("mariadb select 10000", 10_000, &ours),
        place.insert_case(&ours),
        Case {
            name: "mariadb transaction",
            stacks: vec![
                ours.transaction(),
                place.connection(async |conn| read_and_write(conn.begin().await.unwrap()).await),
                place.pool(async |pool| read_and_write(pool.begin().await.unwrap()).await),
            ],
        },
    ]
}

/// The URL of the tests' server names no database.
async fn make_database(url: &str) {
    let server = url.rsplit_once('/').unwrap().0;
    let mut conn = MySqlConnection::connect(server).await.unwrap();
    let make = sqlx::raw_sql("CREATE DATABASE IF NOT EXISTS orm_bench");
    make.execute(&mut conn).await.unwrap();
}
