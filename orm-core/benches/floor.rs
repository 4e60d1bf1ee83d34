//! Ours beside hand-written sqlx and beside the floor (rusqlite, tokio-postgres), in one run.
//!
//! `cargo bench -p orm-core` measures SQLite in memory; with `--features postgres` and `ORM_TEST_POSTGRES_URL` (an empty
//! database: `tests/run --servers` gives one) PostgreSQL, too. Compare the rows of one group; absolute times are the
//! machine's.
#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used, clippy::print_stdout)]

use divan::Bencher;
use orm_core::prelude::*;
use tokio::runtime::Runtime;

fn main() {
    divan::main();
}

/// The rows: as wide as performance.md's.
#[derive(Debug, Clone, Model)]
#[orm(table = "bench_users")]
pub struct User {
    pub id: Id<User>,
    #[orm(length = 100)]
    pub name: String,
    pub hair: Option<String>,
}

const ROWS: i64 = 1000;

fn runtime() -> Runtime {
    tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap()
}

fn users(n: i64) -> Vec<User> {
    (0..n)
        .map(|i| User {
            hair: (i % 2 == 0).then(|| format!("hair {i}")),
            ..User::draft(format!("user {i}"))
        })
        .collect()
}

async fn ours(url: &str) -> Db {
    let db = Db::builder(url)
        .pool(PoolOptions::new().size(1))
        .connect()
        .await
        .unwrap();
    sql("DROP TABLE IF EXISTS bench_users").exec(&db).await.unwrap();
    db.create_all::<User>().await.unwrap();
    User::insert(users(ROWS)).exec(&db).await.unwrap();
    db
}

mod sqlite {
    use super::*;
    use sqlx::Row as _;

    const CREATE: &str = "CREATE TABLE bench_users (id INTEGER PRIMARY KEY AUTOINCREMENT, name TEXT NOT NULL, hair TEXT) STRICT";
    const POINT: &str = "SELECT id, name, hair FROM bench_users WHERE id = ?";
    const ALL: &str = "SELECT id, name, hair FROM bench_users";

    fn by_hand() -> rusqlite::Connection {
        let conn = rusqlite::Connection::open_in_memory().unwrap();
        conn.execute(CREATE, []).unwrap();
        insert_by_hand(&conn, &users(ROWS));
        conn
    }

    fn insert_by_hand(conn: &rusqlite::Connection, rows: &[User]) {
        conn.prepare_cached("BEGIN").unwrap().execute([]).unwrap();
        let mut stmt = conn
            .prepare_cached("INSERT INTO bench_users (name, hair) VALUES (?, ?)")
            .unwrap();
        for row in rows {
            stmt.execute((&row.name, &row.hair)).unwrap();
        }
        conn.prepare_cached("COMMIT").unwrap().execute([]).unwrap();
    }

    fn read(row: &rusqlite::Row<'_>) -> rusqlite::Result<(i64, String, Option<String>)> {
        Ok((row.get(0)?, row.get(1)?, row.get(2)?))
    }

    async fn sqlx_pool() -> sqlx::SqlitePool {
        let pool = sqlx::sqlite::SqlitePoolOptions::new()
            .max_connections(1)
            .connect("sqlite::memory:")
            .await
            .unwrap();
        sqlx::query(CREATE).execute(&pool).await.unwrap();
        for row in users(ROWS) {
            sqlx::query("INSERT INTO bench_users (name, hair) VALUES (?, ?)")
                .bind(row.name)
                .bind(row.hair)
                .execute(&pool)
                .await
                .unwrap();
        }
        pool
    }

    #[divan::bench]
    fn point_1_ours(b: Bencher<'_, '_>) {
        let rt = runtime();
        let db = rt.block_on(ours("sqlite::memory:"));
        b.bench_local(|| rt.block_on(User::find(500).one(&db)).unwrap());
    }

    #[divan::bench]
    fn point_2_rusqlite(b: Bencher<'_, '_>) {
        let conn = by_hand();
        b.bench_local(|| {
            conn.prepare_cached(POINT)
                .unwrap()
                .query_row([500], read)
                .unwrap()
        });
    }

    #[divan::bench]
    fn point_3_sqlx_pool(b: Bencher<'_, '_>) {
        let rt = runtime();
        let pool = rt.block_on(sqlx_pool());
        b.bench_local(|| {
            rt.block_on(
                sqlx::query_as::<_, (i64, String, Option<String>)>(POINT)
                    .bind(500)
                    .fetch_one(&pool),
            )
            .unwrap()
        });
    }

    #[divan::bench]
    fn select_1000_1_ours(b: Bencher<'_, '_>) {
        let rt = runtime();
        let db = rt.block_on(ours("sqlite::memory:"));
        b.bench_local(|| rt.block_on(User::query().all(&db)).unwrap());
    }

    #[divan::bench]
    fn select_1000_2_rusqlite(b: Bencher<'_, '_>) {
        let conn = by_hand();
        b.bench_local(|| {
            let mut stmt = conn.prepare_cached(ALL).unwrap();
            stmt.query_map([], read)
                .unwrap()
                .collect::<Result<Vec<_>, _>>()
                .unwrap()
        });
    }

    #[divan::bench]
    fn select_1000_3_sqlx_pool(b: Bencher<'_, '_>) {
        let rt = runtime();
        let pool = rt.block_on(sqlx_pool());
        b.bench_local(|| {
            let rows = rt.block_on(sqlx::query(ALL).fetch_all(&pool)).unwrap();
            rows.iter()
                .map(|r| (r.get(0), r.get(1), r.get(2)))
                .collect::<Vec<(i64, String, Option<String>)>>()
        });
    }

    #[divan::bench]
    fn insert_100_1_ours(b: Bencher<'_, '_>) {
        let rt = runtime();
        let db = rt.block_on(ours("sqlite::memory:"));
        let rows = users(100);
        b.bench_local(|| rt.block_on(User::insert(&rows).exec(&db)).unwrap());
    }

    #[divan::bench]
    fn insert_100_2_rusqlite(b: Bencher<'_, '_>) {
        let conn = by_hand();
        let rows = users(100);
        b.bench_local(|| insert_by_hand(&conn, &rows));
    }

    #[divan::bench]
    fn insert_100_3_sqlx_pool(b: Bencher<'_, '_>) {
        let rt = runtime();
        let pool = rt.block_on(sqlx_pool());
        let rows = users(100);
        b.bench_local(|| {
            rt.block_on(async {
                let mut query =
                    sqlx::QueryBuilder::<sqlx::Sqlite>::new("INSERT INTO bench_users (name, hair) ");
                query.push_values(&rows, |mut b, row| {
                    b.push_bind(&row.name).push_bind(&row.hair);
                });
                query.build().execute(&pool).await.unwrap();
            });
        });
    }
}

#[cfg(feature = "postgres")]
mod postgres {
    use super::*;
    use sqlx::Row as _;

    const POINT: &str = "SELECT id, name, hair FROM bench_users WHERE id = $1";
    const ALL: &str = "SELECT id, name, hair FROM bench_users";
    const INSERT: &str = "INSERT INTO bench_users (name, hair) SELECT * FROM UNNEST($1::text[], $2::text[])";

    fn url() -> Option<String> {
        std::env::var("ORM_TEST_POSTGRES_URL").ok()
    }

    /// Everything on one table that ours has made, so that all read the same pages.
    fn with_ours(b: Bencher<'_, '_>, run: impl Fn(Bencher<'_, '_>, &Runtime, &str, &Db)) {
        let Some(url) = url() else {
            println!("skipped: ORM_TEST_POSTGRES_URL is not set");
            return;
        };
        let rt = runtime();
        let db = rt.block_on(ours(&url));
        run(b, &rt, &url, &db);
    }

    fn client(rt: &Runtime, url: &str) -> tokio_postgres::Client {
        rt.block_on(async {
            let (client, connection) = tokio_postgres::connect(url, tokio_postgres::NoTls).await.unwrap();
            tokio::spawn(connection);
            client
        })
    }

    fn sqlx_pool(rt: &Runtime, url: &str) -> sqlx::PgPool {
        rt.block_on(
            sqlx::postgres::PgPoolOptions::new()
                .max_connections(1)
                .connect(url),
        )
        .unwrap()
    }

    #[divan::bench]
    fn point_1_ours(b: Bencher<'_, '_>) {
        with_ours(b, |b, rt, _, db| {
            b.bench_local(|| rt.block_on(User::find(500).one(db)).unwrap())
        });
    }

    #[divan::bench]
    fn point_2_tokio_postgres(b: Bencher<'_, '_>) {
        with_ours(b, |b, rt, url, _| {
            let client = client(rt, url);
            let stmt = rt.block_on(client.prepare(POINT)).unwrap();
            b.bench_local(|| {
                let row = rt.block_on(client.query_one(&stmt, &[&500_i64])).unwrap();
                (
                    row.get::<_, i64>(0),
                    row.get::<_, String>(1),
                    row.get::<_, Option<String>>(2),
                )
            });
        });
    }

    #[divan::bench]
    fn point_3_sqlx_pool(b: Bencher<'_, '_>) {
        with_ours(b, |b, rt, url, _| {
            let pool = sqlx_pool(rt, url);
            b.bench_local(|| {
                rt.block_on(
                    sqlx::query_as::<_, (i64, String, Option<String>)>(POINT)
                        .bind(500_i64)
                        .fetch_one(&pool),
                )
                .unwrap()
            });
        });
    }

    #[divan::bench]
    fn select_1000_1_ours(b: Bencher<'_, '_>) {
        with_ours(b, |b, rt, _, db| {
            b.bench_local(|| rt.block_on(User::query().all(db)).unwrap())
        });
    }

    #[divan::bench]
    fn select_1000_2_tokio_postgres(b: Bencher<'_, '_>) {
        with_ours(b, |b, rt, url, _| {
            let client = client(rt, url);
            let stmt = rt.block_on(client.prepare(ALL)).unwrap();
            b.bench_local(|| {
                let rows = rt.block_on(client.query(&stmt, &[])).unwrap();
                rows.iter()
                    .map(|r| (r.get(0), r.get(1), r.get(2)))
                    .collect::<Vec<(i64, String, Option<String>)>>()
            });
        });
    }

    #[divan::bench]
    fn select_1000_3_sqlx_pool(b: Bencher<'_, '_>) {
        with_ours(b, |b, rt, url, _| {
            let pool = sqlx_pool(rt, url);
            b.bench_local(|| {
                let rows = rt.block_on(sqlx::query(ALL).fetch_all(&pool)).unwrap();
                rows.iter()
                    .map(|r| (r.get(0), r.get(1), r.get(2)))
                    .collect::<Vec<(i64, String, Option<String>)>>()
            });
        });
    }

    #[divan::bench]
    fn insert_100_1_ours(b: Bencher<'_, '_>) {
        let rows = users(100);
        with_ours(b, |b, rt, _, db| {
            b.bench_local(|| rt.block_on(User::insert(&rows).exec(db)).unwrap())
        });
    }

    #[divan::bench]
    fn insert_100_2_tokio_postgres(b: Bencher<'_, '_>) {
        let rows = users(100);
        with_ours(b, |b, rt, url, _| {
            let client = client(rt, url);
            let stmt = rt.block_on(client.prepare(INSERT)).unwrap();
            b.bench_local(|| {
                let names: Vec<&str> = rows.iter().map(|r| r.name.as_str()).collect();
                let hairs: Vec<Option<&str>> = rows.iter().map(|r| r.hair.as_deref()).collect();
                rt.block_on(client.execute(&stmt, &[&names, &hairs])).unwrap()
            });
        });
    }

    #[divan::bench]
    fn insert_100_3_sqlx_pool(b: Bencher<'_, '_>) {
        let rows = users(100);
        with_ours(b, |b, rt, url, _| {
            let pool = sqlx_pool(rt, url);
            b.bench_local(|| {
                let names: Vec<String> = rows.iter().map(|r| r.name.clone()).collect();
                let hairs: Vec<Option<String>> = rows.iter().map(|r| r.hair.clone()).collect();
                rt.block_on(sqlx::query(INSERT).bind(names).bind(hairs).execute(&pool))
                    .unwrap()
            });
        });
    }
}
