//! Users with ten posts each, and these with five comments each: loaded by each strategy, and by hand in three statements.

use std::collections::HashMap;
use std::rc::Rc;

use orm_core::prelude::*;

use crate::runner::{Case, Stack, runtime};

/// How many users there are.
const USERS: i64 = 1000;
const POSTS: i64 = 10;
const COMMENTS: i64 = 5;

#[derive(Debug, Clone, Model)]
#[orm(table = "eager_users", has_many(posts: Post.user_id))]
pub(crate) struct User {
    pub(crate) id: Id<User>,
    #[orm(length = 100)]
    pub(crate) name: String,
    pub(crate) hair: Option<String>,
}

#[derive(Debug, Clone, Model)]
#[orm(table = "eager_posts", has_many(comments: Comment.post_id))]
pub(crate) struct Post {
    pub(crate) id: Id<Post>,
    pub(crate) user_id: Id<User>,
    #[orm(length = 100)]
    pub(crate) title: String,
    pub(crate) body: Option<String>,
}

#[derive(Debug, Clone, Model)]
#[orm(table = "eager_comments")]
pub(crate) struct Comment {
    pub(crate) id: Id<Comment>,
    pub(crate) post_id: Id<Post>,
    #[orm(length = 100)]
    pub(crate) text: String,
}

/// The same by hand.
#[derive(Debug)]
pub(crate) struct HandUser {
    pub(crate) id: i64,
    pub(crate) _name: String,
    pub(crate) _hair: Option<String>,
    pub(crate) posts: Vec<HandPost>,
}

#[derive(Debug)]
pub(crate) struct HandPost {
    pub(crate) id: i64,
    pub(crate) user_id: i64,
    pub(crate) _title: String,
    pub(crate) _body: Option<String>,
    pub(crate) comments: Vec<HandComment>,
}

#[derive(Debug)]
pub(crate) struct HandComment {
    pub(crate) _id: i64,
    pub(crate) post_id: i64,
    pub(crate) _text: String,
}

/// Puts the children to their parents.
fn assemble(users: &mut Vec<HandUser>, mut posts: Vec<HandPost>, comments: Vec<HandComment>) {
    let place: HashMap<i64, usize> = posts.iter().enumerate().map(|(i, post)| (post.id, i)).collect();
    for comment in comments {
        posts[place[&comment.post_id]].comments.push(comment);
    }
    let place: HashMap<i64, usize> = users.iter().enumerate().map(|(i, user)| (user.id, i)).collect();
    for post in posts {
        users[place[&post.user_id]].posts.push(post);
    }
}

fn check(users: usize, posts: usize, comments: usize, n: i64) {
    assert_eq!(
        (users, posts, comments),
        (usize::try_from(n).unwrap(), POSTS as usize, COMMENTS as usize)
    );
}

async fn fill(db: &Db) {
    for drop in [
        "DROP TABLE IF EXISTS eager_comments",
        "DROP TABLE IF EXISTS eager_posts",
        "DROP TABLE IF EXISTS eager_users",
    ] {
        sql(drop).exec(db).await.unwrap();
    }
    db.create_all::<(User, Post, Comment)>().await.unwrap();
    let users = (0..USERS).map(|i| User {
        hair: (i % 2 == 0).then(|| format!("hair {i}")),
        ..User::draft(format!("user {i}"))
    });
    User::insert(users.collect::<Vec<_>>()).exec(db).await.unwrap();
    let posts = (0..USERS * POSTS).map(|i| Post {
        body: (i % 2 == 0).then(|| format!("what is told in {i}")),
        ..Post::draft(i / POSTS + 1, format!("post {i}"))
    });
    Post::insert(posts.collect::<Vec<_>>()).exec(db).await.unwrap();
    let comments =
        (0..USERS * POSTS * COMMENTS).map(|i| Comment::draft(i / COMMENTS + 1, format!("comment {i}")));
    Comment::insert(comments.collect::<Vec<_>>())
        .exec(db)
        .await
        .unwrap();
}

/// How ours loads.
#[derive(Clone, Copy)]
enum How {
    Selectin,
    Joined,
}

fn ours(rt: &'static tokio::runtime::Runtime, db: &Db, n: i64, how: How) -> Stack {
    Stack::on("ours", rt, db.clone(), async move |db| {
        let users = || User::query().filter(User::id.le(n));
        let rows = match how {
            How::Selectin => users()
                .with(User::posts.with(Post::comments))
                .all(db)
                .await
                .unwrap(),
            How::Joined => {
                let posts = User::posts.with(Post::comments.joined()).joined();
                users().with(posts).all(db).await.unwrap()
            }
        };
        check(
            rows.len(),
            rows[0].posts.len(),
            rows[0].posts[0].comments.len(),
            n,
        );
    })
}

const SQLITE: [&str; 3] = [
    "SELECT id, name, hair FROM eager_users WHERE id <= ?",
    "SELECT id, user_id, title, body FROM eager_posts WHERE user_id IN (SELECT value FROM json_each(?)) ORDER BY user_id, id",
    "SELECT id, post_id, text FROM eager_comments WHERE post_id IN (SELECT value FROM json_each(?)) ORDER BY post_id, id",
];

fn json(ids: impl Iterator<Item = i64>) -> String {
    let mut text = String::from("[");
    for (i, id) in ids.enumerate() {
        if i > 0 {
            text.push(',');
        }
        text.push_str(&id.to_string());
    }
    text.push(']');
    text
}

fn rusqlite(conn: &Rc<rusqlite::Connection>, n: i64) -> Stack {
    let conn = Rc::clone(conn);
    let load = move || -> rusqlite::Result<()> {
        let mut users = conn.prepare_cached(SQLITE[0])?;
        let mut users: Vec<HandUser> = users
            .query_map([n], |r| {
                Ok(HandUser {
                    id: r.get(0)?,
                    _name: r.get(1)?,
                    _hair: r.get(2)?,
                    posts: Vec::new(),
                })
            })?
            .collect::<Result<_, _>>()?;
        let mut posts = conn.prepare_cached(SQLITE[1])?;
        let posts: Vec<HandPost> = posts
            .query_map([json(users.iter().map(|user| user.id))], |r| {
                Ok(HandPost {
                    id: r.get(0)?,
                    user_id: r.get(1)?,
                    _title: r.get(2)?,
                    _body: r.get(3)?,
                    comments: Vec::new(),
                })
            })?
            .collect::<Result<_, _>>()?;
        let mut comments = conn.prepare_cached(SQLITE[2])?;
        let comments: Vec<HandComment> = comments
            .query_map([json(posts.iter().map(|post| post.id))], |r| {
                Ok(HandComment {
                    _id: r.get(0)?,
                    post_id: r.get(1)?,
                    _text: r.get(2)?,
                })
            })?
            .collect::<Result<_, _>>()?;
        assemble(&mut users, posts, comments);
        check(
            users.len(),
            users[0].posts.len(),
            users[0].posts[0].comments.len(),
            n,
        );
        Ok(())
    };
    Stack::new("rusqlite", move |count| (0..count).for_each(|_| load().unwrap()))
}

macro_rules! sqlx_stack {
    ($connection:ty, $conn:expr, $rt:expr, $texts:expr, $keys:expr, $n:expr) => {{
        let n = $n;
        Stack::on("sqlx", $rt, $conn, async move |conn: &mut $connection| {
            let users: Vec<(i64, String, Option<String>)> = sqlx::query_as($texts[0])
                .bind(n)
                .fetch_all(&mut *conn)
                .await
                .unwrap();
            let mut users: Vec<HandUser> = users
                .into_iter()
                .map(|(id, _name, _hair)| HandUser {
                    id,
                    _name,
                    _hair,
                    posts: Vec::new(),
                })
                .collect();
            let keys = $keys(users.iter().map(|user| user.id));
            let posts: Vec<(i64, i64, String, Option<String>)> = sqlx::query_as($texts[1])
                .bind(keys)
                .fetch_all(&mut *conn)
                .await
                .unwrap();
            let posts: Vec<HandPost> = posts
                .into_iter()
                .map(|(id, user_id, _title, _body)| HandPost {
                    id,
                    user_id,
                    _title,
                    _body,
                    comments: Vec::new(),
                })
                .collect();
            let keys = $keys(posts.iter().map(|post| post.id));
            let comments: Vec<(i64, i64, String)> = sqlx::query_as($texts[2])
                .bind(keys)
                .fetch_all(&mut *conn)
                .await
                .unwrap();
            let comments = comments
                .into_iter()
                .map(|(_id, post_id, _text)| HandComment { _id, post_id, _text })
                .collect();
            assemble(&mut users, posts, comments);
            check(
                users.len(),
                users[0].posts.len(),
                users[0].posts[0].comments.len(),
                n,
            );
        })
    }};
}

/// The same tables and rows by hand.
const SQLITE_ROWS: [&str; 8] = [
    "CREATE TABLE eager_users (id INTEGER PRIMARY KEY AUTOINCREMENT, name TEXT NOT NULL, hair TEXT) STRICT",
    "CREATE TABLE eager_posts (id INTEGER PRIMARY KEY AUTOINCREMENT, user_id INTEGER NOT NULL REFERENCES eager_users, \
     title TEXT NOT NULL, body TEXT) STRICT",
    "CREATE TABLE eager_comments (id INTEGER PRIMARY KEY AUTOINCREMENT, post_id INTEGER NOT NULL REFERENCES eager_posts, \
     text TEXT NOT NULL) STRICT",
    "CREATE INDEX posts_of_user ON eager_posts (user_id)",
    "CREATE INDEX comments_of_post ON eager_comments (post_id)",
    "WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < 999) INSERT INTO eager_users (name, hair) \
     SELECT 'user ' || i, CASE WHEN i % 2 = 0 THEN 'hair ' || i END FROM n",
    "WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < 9999) INSERT INTO eager_posts (user_id, title, \
     body) SELECT i / 10 + 1, 'post ' || i, CASE WHEN i % 2 = 0 THEN 'what is told in ' || i END FROM n",
    "WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < 49999) INSERT INTO eager_comments (post_id, \
     text) SELECT i / 5 + 1, 'comment ' || i FROM n",
];

/// In memory: each stack has rows of its own.
pub(crate) fn sqlite() -> Vec<Case> {
    use sqlx::{Connection as _, Executor as _};
    let rt = runtime();
    let db = rt.block_on(async {
        let db = Db::connect("sqlite::memory:").await.unwrap();
        fill(&db).await;
        db
    });
    let conn = Rc::new(rusqlite::Connection::open_in_memory().unwrap());
    for sql in SQLITE_ROWS {
        conn.execute(sql, []).unwrap();
    }
    cases("sqlite", |n| {
        let sqlx = rt.block_on(async {
            let mut sqlx = sqlx::SqliteConnection::connect("sqlite::memory:").await.unwrap();
            for sql in SQLITE_ROWS {
                sqlx.execute(sql).await.unwrap();
            }
            sqlx
        });
        let by_hand = vec![
            rusqlite(&conn, n),
            sqlx_stack!(sqlx::SqliteConnection, sqlx, rt, SQLITE, json, n),
        ];
        (rt, db.clone(), by_hand)
    })
}

fn cases(
    database: &str,
    stacks: impl Fn(i64) -> (&'static tokio::runtime::Runtime, Db, Vec<Stack>),
) -> Vec<Case> {
    let mut cases = Vec::new();
    for n in [1, 10, 100, 1000] {
        for (word, how) in [("", How::Selectin), (" joined", How::Joined)] {
            let (rt, db, by_hand) = stacks(n);
            let mut all = vec![ours(rt, &db, n, how)];
            all.extend(by_hand);
            cases.push(Case {
                name: Box::leak(format!("{database} eager {n}{word}").into_boxed_str()),
                stacks: all,
            });
        }
    }
    cases
}

#[cfg(feature = "postgres")]
const POSTGRES: [&str; 3] = [
    "SELECT id, name, hair FROM eager_users WHERE id <= $1",
    "SELECT id, user_id, title, body FROM eager_posts WHERE user_id = ANY($1) ORDER BY user_id, id",
    "SELECT id, post_id, text FROM eager_comments WHERE post_id = ANY($1) ORDER BY post_id, id",
];

#[cfg(feature = "postgres")]
fn tokio_postgres(rt: &'static tokio::runtime::Runtime, url: &str, n: i64) -> Stack {
    let state = rt.block_on(async {
        let (client, connection) = tokio_postgres::connect(url, tokio_postgres::NoTls).await.unwrap();
        tokio::spawn(connection);
        let mut statements = Vec::new();
        for text in POSTGRES {
            statements.push(client.prepare(text).await.unwrap());
        }
        (client, statements)
    });
    Stack::on("tokio-postgres", rt, state, async move |(client, statements)| {
        let users = client.query(&statements[0], &[&n]).await.unwrap();
        let mut users: Vec<HandUser> = users
            .iter()
            .map(|r| HandUser {
                id: r.get(0),
                _name: r.get(1),
                _hair: r.get(2),
                posts: Vec::new(),
            })
            .collect();
        let keys: Vec<i64> = users.iter().map(|user| user.id).collect();
        let posts = client.query(&statements[1], &[&keys]).await.unwrap();
        let posts: Vec<HandPost> = posts
            .iter()
            .map(|r| HandPost {
                id: r.get(0),
                user_id: r.get(1),
                _title: r.get(2),
                _body: r.get(3),
                comments: Vec::new(),
            })
            .collect();
        let keys: Vec<i64> = posts.iter().map(|post| post.id).collect();
        let comments = client.query(&statements[2], &[&keys]).await.unwrap();
        let comments = comments
            .iter()
            .map(|r| HandComment {
                _id: r.get(0),
                post_id: r.get(1),
                _text: r.get(2),
            })
            .collect();
        assemble(&mut users, posts, comments);
        check(
            users.len(),
            users[0].posts.len(),
            users[0].posts[0].comments.len(),
            n,
        );
    })
}

/// All stacks read the tables that ours has made.
#[cfg(feature = "postgres")]
pub(crate) fn postgres() -> Vec<Case> {
    use sqlx::Connection as _;
    let Ok(url) = std::env::var("ORM_TEST_POSTGRES_URL") else {
        return Vec::new();
    };
    let rt = runtime();
    let db = rt.block_on(async {
        let db = Db::builder(url.as_str())
            .pool(PoolOptions::new().size(1))
            .connect()
            .await
            .unwrap();
        fill(&db).await;
        sql("ANALYZE").exec(&db).await.unwrap();
        db
    });
    cases("postgres", |n| {
        let sqlx = rt.block_on(sqlx::PgConnection::connect(&url)).unwrap();
        let keys = |ids: &mut dyn Iterator<Item = i64>| ids.collect::<Vec<i64>>();
        let by_hand = vec![
            tokio_postgres(rt, &url, n),
            sqlx_stack!(
                sqlx::PgConnection,
                sqlx,
                rt,
                POSTGRES,
                |mut ids| keys(&mut ids),
                n
            ),
        ];
        (rt, db.clone(), by_hand)
    })
}
