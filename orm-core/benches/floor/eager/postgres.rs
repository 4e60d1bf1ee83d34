//! Trees on PostgreSQL, by hand: tokio-postgres and sqlx, on the tables that ours has made.

use sqlx::{Connection as _, PgConnection, PgPool};
use tokio_postgres::types::{FromSql, ToSql};
use tokio_postgres::{Client, NoTls, Statement};

use super::{
    Ours, POSTGRES, READ_AUTHORS, READ_COMMENTS, READ_POSTS, author, author_keys, comment, nest, post,
    post_keys,
};
use crate::runner::{Case, Stack, runtime};

fn texts() -> [String; 3] {
    [
        format!("{READ_AUTHORS}$1"),
        format!("{READ_POSTS}= ANY($1) ORDER BY author_id, id"),
        format!("{READ_COMMENTS}= ANY($1) ORDER BY post_id, id"),
    ]
}

async fn rows<T, A, B, C>(
    client: &Client,
    statement: &Statement,
    param: &(dyn ToSql + Sync),
    make: fn((A, B, C)) -> T,
) -> Vec<T>
where
    A: for<'r> FromSql<'r>,
    B: for<'r> FromSql<'r>,
    C: for<'r> FromSql<'r>,
{
    let rows = client.query(statement, &[param]).await.unwrap();
    rows.iter()
        .map(|row| make((row.get(0), row.get(1), row.get(2))))
        .collect()
}

fn floor(url: &str, n: i64) -> Stack {
    let rt = runtime();
    let floor = rt.block_on(async {
        let (client, connection) = tokio_postgres::connect(url, NoTls).await.unwrap();
        tokio::spawn(connection);
        let mut statements = Vec::new();
        for text in texts() {
            statements.push(client.prepare(&text).await.unwrap());
        }
        (client, statements)
    });
    Stack::on("tokio-postgres", rt, floor, async move |(client, statements)| {
        let authors = rows(client, &statements[0], &n, author).await;
        let posts = rows(client, &statements[1], &author_keys(&authors), post).await;
        let comments = rows(client, &statements[2], &post_keys(&posts), comment).await;
        nest(authors, posts, comments, n);
    })
}

async fn sqlx_rows<T, A, B, C, P>(
    conn: &mut PgConnection,
    text: &str,
    param: P,
    make: fn((A, B, C)) -> T,
) -> Vec<T>
where
    P: for<'q> sqlx::Encode<'q, sqlx::Postgres> + sqlx::Type<sqlx::Postgres> + 'static,
    (A, B, C): for<'r> sqlx::FromRow<'r, sqlx::postgres::PgRow> + Send + Unpin,
{
    let query = sqlx::query_as(sqlx::AssertSqlSafe(text)).bind(param);
    let rows: Vec<(A, B, C)> = query.fetch_all(conn).await.unwrap();
    rows.into_iter().map(make).collect()
}

fn connection(url: &str, n: i64) -> Stack {
    let (rt, texts) = (runtime(), texts());
    let conn = rt.block_on(PgConnection::connect(url)).unwrap();
    Stack::on("sqlx", rt, conn, async move |conn| {
        let authors = sqlx_rows(conn, &texts[0], n, author).await;
        let posts = sqlx_rows(conn, &texts[1], author_keys(&authors), post).await;
        let comments = sqlx_rows(conn, &texts[2], post_keys(&posts), comment).await;
        nest(authors, posts, comments, n);
    })
}

/// A connection is taken for each statement, as a pool that is given to each query does.
fn pool(url: &str, n: i64) -> Stack {
    let (rt, texts) = (runtime(), texts());
    let options = sqlx::postgres::PgPoolOptions::new().max_connections(1);
    let pool = rt.block_on(options.connect(url)).unwrap();
    Stack::on("sqlx-pool", rt, pool, async move |pool: &mut PgPool| {
        let authors = sqlx_rows(&mut pool.acquire().await.unwrap(), &texts[0], n, author).await;
        let keys = author_keys(&authors);
        let posts = sqlx_rows(&mut pool.acquire().await.unwrap(), &texts[1], keys, post).await;
        let keys = post_keys(&posts);
        let comments = sqlx_rows(&mut pool.acquire().await.unwrap(), &texts[2], keys, comment).await;
        nest(authors, posts, comments, n);
    })
}

pub(super) fn cases() -> Vec<Case> {
    let Ok(url) = std::env::var("ORM_TEST_POSTGRES_URL") else {
        return Vec::new();
    };
    Ours::new(&url).cases(POSTGRES, |n| [floor(&url, n), connection(&url, n), pool(&url, n)])
}
