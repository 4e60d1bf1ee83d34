//! Trees on SQLite in memory, by hand: rusqlite and sqlx.

use std::rc::Rc;

use sqlx::{Connection as _, Executor as _, SqliteConnection, SqlitePool};
use tokio::runtime::Runtime;
use tokio::sync::Mutex;

use super::{
    Ours, READ_AUTHORS, READ_COMMENTS, READ_POSTS, SQLITE, author, author_keys, comment, nest, post,
    post_keys,
};
use crate::runner::{Case, Stack, runtime};

const FILL: [&str; 9] = [
    "CREATE TABLE bench_authors (id INTEGER PRIMARY KEY AUTOINCREMENT, name TEXT NOT NULL, hair TEXT) STRICT",
    "CREATE TABLE bench_posts (id INTEGER PRIMARY KEY AUTOINCREMENT, \
     author_id INTEGER NOT NULL REFERENCES bench_authors (id), title TEXT NOT NULL) STRICT",
    "CREATE TABLE bench_comments (id INTEGER PRIMARY KEY AUTOINCREMENT, \
     post_id INTEGER NOT NULL REFERENCES bench_posts (id), body TEXT NOT NULL) STRICT",
    "CREATE INDEX of_author ON bench_posts (author_id)",
    "CREATE INDEX of_post ON bench_comments (post_id)",
    "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 1000) INSERT INTO bench_authors \
     (name, hair) SELECT 'author ' || i, CASE WHEN i % 2 = 0 THEN 'hair ' || i END FROM n",
    "WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < 9999) INSERT INTO bench_posts \
     (author_id, title) SELECT i / 10 + 1, 'the title of post ' || i FROM n",
    "WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < 49999) INSERT INTO bench_comments \
     (post_id, body) SELECT i / 5 + 1, 'what is said in comment ' || i FROM n",
    "ANALYZE",
];

/// The keys as one parameter, JSON: a list of placeholders is prepared anew for each length.
fn texts() -> [String; 3] {
    [
        format!("{READ_AUTHORS}?"),
        format!("{READ_POSTS}IN (SELECT value FROM json_each(?)) ORDER BY author_id, id"),
        format!("{READ_COMMENTS}IN (SELECT value FROM json_each(?)) ORDER BY post_id, id"),
    ]
}

fn json(keys: &[i64]) -> String {
    use std::fmt::Write as _;
    let mut json = String::with_capacity(keys.len() * 6 + 2);
    json.push('[');
    for (i, key) in keys.iter().enumerate() {
        let comma = if i > 0 { "," } else { "" };
        write!(json, "{comma}{key}").unwrap();
    }
    json.push(']');
    json
}

type Three<A, B, C> = rusqlite::Result<(A, B, C)>;

fn three<A, B, C>(row: &rusqlite::Row<'_>) -> Three<A, B, C>
where
    A: rusqlite::types::FromSql,
    B: rusqlite::types::FromSql,
    C: rusqlite::types::FromSql,
{
    Ok((row.get(0)?, row.get(1)?, row.get(2)?))
}

fn rows<T, A, B, C>(
    conn: &rusqlite::Connection,
    text: &str,
    param: impl rusqlite::ToSql,
    make: fn((A, B, C)) -> T,
) -> Vec<T>
where
    A: rusqlite::types::FromSql,
    B: rusqlite::types::FromSql,
    C: rusqlite::types::FromSql,
{
    let mut stmt = conn.prepare_cached(text).unwrap();
    let rows = stmt.query_map([param], |row| three(row).map(make)).unwrap();
    rows.collect::<Result<_, _>>().unwrap()
}

fn floor(conn: &Rc<rusqlite::Connection>, n: i64) -> Stack {
    let (conn, texts) = (Rc::clone(conn), texts());
    Stack::new("rusqlite", move |count| {
        for _ in 0..count {
            let authors = rows(&conn, &texts[0], n, author);
            let posts = rows(&conn, &texts[1], json(&author_keys(&authors)), post);
            let comments = rows(&conn, &texts[2], json(&post_keys(&posts)), comment);
            nest(authors, posts, comments, n);
        }
    })
}

async fn sqlx_rows<T, A, B, C, P>(
    conn: &mut SqliteConnection,
    text: &str,
    param: P,
    make: fn((A, B, C)) -> T,
) -> Vec<T>
where
    P: for<'q> sqlx::Encode<'q, sqlx::Sqlite> + sqlx::Type<sqlx::Sqlite> + 'static,
    (A, B, C): for<'r> sqlx::FromRow<'r, sqlx::sqlite::SqliteRow> + Send + Unpin,
{
    let query = sqlx::query_as(sqlx::AssertSqlSafe(text)).bind(param);
    let rows: Vec<(A, B, C)> = query.fetch_all(conn).await.unwrap();
    rows.into_iter().map(make).collect()
}

async fn prepare(conn: &mut SqliteConnection) {
    for sql in FILL {
        conn.execute(sql).await.unwrap();
    }
}

/// sqlx's databases, one for a connection and one for a pool, which all sizes share.
struct Sqlx {
    rt: &'static Runtime,
    conn: Rc<Mutex<SqliteConnection>>,
    pool: SqlitePool,
}

impl Sqlx {
    fn new() -> Self {
        let rt = runtime();
        rt.block_on(async {
            let mut conn = SqliteConnection::connect("sqlite::memory:").await.unwrap();
            prepare(&mut conn).await;
            let options = sqlx::sqlite::SqlitePoolOptions::new().max_connections(1);
            let pool = options.connect("sqlite::memory:").await.unwrap();
            prepare(&mut pool.acquire().await.unwrap()).await;
            Sqlx {
                rt,
                conn: Rc::new(Mutex::new(conn)),
                pool,
            }
        })
    }

    fn connection(&self, n: i64) -> Stack {
        let texts = texts();
        Stack::on("sqlx", self.rt, Rc::clone(&self.conn), async move |conn| {
            let conn = &mut *conn.lock().await;
            let authors = sqlx_rows(conn, &texts[0], n, author).await;
            let posts = sqlx_rows(conn, &texts[1], json(&author_keys(&authors)), post).await;
            let comments = sqlx_rows(conn, &texts[2], json(&post_keys(&posts)), comment).await;
            nest(authors, posts, comments, n);
        })
    }

    /// A connection is taken for each statement, as a pool that is given to each query does.
    fn pool(&self, n: i64) -> Stack {
        let texts = texts();
        Stack::on("sqlx-pool", self.rt, self.pool.clone(), async move |pool| {
            let authors = sqlx_rows(&mut pool.acquire().await.unwrap(), &texts[0], n, author).await;
            let keys = json(&author_keys(&authors));
            let posts = sqlx_rows(&mut pool.acquire().await.unwrap(), &texts[1], keys, post).await;
            let keys = json(&post_keys(&posts));
            let comments = sqlx_rows(&mut pool.acquire().await.unwrap(), &texts[2], keys, comment).await;
            nest(authors, posts, comments, n);
        })
    }
}

pub(super) fn cases() -> Vec<Case> {
    let conn = rusqlite::Connection::open_in_memory().unwrap();
    for sql in FILL {
        conn.execute(sql, []).unwrap();
    }
    let (conn, sqlx) = (Rc::new(conn), Sqlx::new());
    Ours::new("sqlite::memory:").cases(SQLITE, |n| [floor(&conn, n), sqlx.connection(n), sqlx.pool(n)])
}
