//! Trees of rows: so many authors, ten posts each, five comments each, by ours in each way, and by hand.

#[cfg(feature = "postgres")]
mod postgres;
mod sqlite;

use std::collections::HashMap;

use orm_core::prelude::*;
use tokio::runtime::Runtime;

use crate::runner::{Case, Stack, runtime};

#[derive(Debug, Clone, Model)]
#[orm(table = "bench_authors", has_many(posts: Post))]
struct Author {
    id: Id<Author>,
    name: String,
    hair: Option<String>,
}

#[derive(Debug, Clone, Model)]
#[orm(table = "bench_posts", has_many(comments: Comment))]
struct Post {
    id: Id<Post>,
    author_id: Id<Author>,
    title: String,
}

#[derive(Debug, Clone, Model)]
#[orm(table = "bench_comments")]
struct Comment {
    id: Id<Comment>,
    post_id: Id<Post>,
    body: String,
}

/// How many authors the tables have, and how many posts and comments each.
const AUTHORS: i64 = 1000;
const POSTS: i64 = 10;
const COMMENTS: i64 = 5;

/// How many authors are read, and the names of the cases.
const SIZES: [i64; 4] = [1, 10, 100, 1000];
const SQLITE: [&str; 4] = [
    "sqlite eager 1",
    "sqlite eager 10",
    "sqlite eager 100",
    "sqlite eager 1000",
];
#[cfg(feature = "postgres")]
const POSTGRES: [&str; 4] = [
    "postgres eager 1",
    "postgres eager 10",
    "postgres eager 100",
    "postgres eager 1000",
];

/// The texts by hand, the lists of keys aside. The order within a list is that of ours.
const READ_AUTHORS: &str = "SELECT id, name, hair FROM bench_authors WHERE id <= ";
const READ_POSTS: &str = "SELECT id, author_id, title FROM bench_posts WHERE author_id ";
const READ_COMMENTS: &str = "SELECT id, post_id, body FROM bench_comments WHERE post_id ";

/// The cases whose names contain the word. Nothing is filled for others.
pub(crate) fn cases(filter: &str) -> Vec<Case> {
    let wanted = |names: &[&str]| names.iter().any(|name| name.contains(filter));
    let mut cases = Vec::new();
    if wanted(&SQLITE) {
        cases.extend(sqlite::cases());
    }
    #[cfg(feature = "postgres")]
    if wanted(&POSTGRES) {
        cases.extend(postgres::cases());
    }
    cases
}

/// Ours: a runtime and a filled database.
struct Ours {
    rt: &'static Runtime,
    db: Db,
}

impl Ours {
    fn new(url: &str) -> Self {
        let rt = runtime();
        let db = rt.block_on(async {
            let options = PoolOptions::new().size(1);
            let db = Db::builder(url).pool(options).connect().await.unwrap();
            fill(&db).await;
            db
        });
        Ours { rt, db }
    }

    fn stack(&self, name: &'static str, work: impl AsyncFnMut(&mut Db) + 'static) -> Stack {
        Stack::on(name, self.rt, self.db.clone(), work)
    }

    /// All ways in which ours loads the tree: what is added here is measured beside the others.
    fn stacks(&self, n: i64) -> [Stack; 2] {
        [
            self.stack("ours", async move |db| {
                let rows = Author::query()
                    .filter(Author::id.le(n))
                    .with(Author::posts.with(Post::comments));
                let authors = rows.all(db).await.unwrap();
                assert_eq!(comments(&authors, |a| &a.posts, |p| &p.comments), expected(n));
            }),
            self.stack("ours joined", async move |db| {
                let rows = Author::query()
                    .filter(Author::id.le(n))
                    .with(Author::posts.joined().with(Post::comments.joined()));
                let authors = rows.all(db).await.unwrap();
                assert_eq!(comments(&authors, |a| &a.posts, |p| &p.comments), expected(n));
            }),
        ]
    }

    /// A case of each size: ours in each way, the floor, sqlx.
    fn cases(&self, names: [&'static str; 4], by_hand: impl Fn(i64) -> [Stack; 3]) -> Vec<Case> {
        let cases = names.into_iter().zip(SIZES).map(|(name, n)| {
            let mut stacks: Vec<Stack> = self.stacks(n).into();
            let further = stacks.split_off(1);
            stacks.extend(by_hand(n));
            stacks.extend(further);
            Case { name, stacks }
        });
        cases.collect()
    }
}

async fn fill(db: &Db) {
    for table in ["bench_comments", "bench_posts", "bench_authors"] {
        sql(format!("DROP TABLE IF EXISTS {table}"))
            .exec(db)
            .await
            .unwrap();
    }
    db.create_all::<(Author, Post, Comment)>().await.unwrap();
    let authors = (1..=AUTHORS).map(|i| Author {
        hair: (i % 2 == 0).then(|| format!("hair {i}")),
        ..Author::draft(format!("author {i}"))
    });
    Author::insert(authors.collect::<Vec<_>>())
        .exec(db)
        .await
        .unwrap();
    let posts =
        (0..AUTHORS * POSTS).map(|i| Post::draft(Id::from(i / POSTS + 1), format!("the title of post {i}")));
    Post::insert(posts.collect::<Vec<_>>()).exec(db).await.unwrap();
    let comments = (0..AUTHORS * POSTS * COMMENTS)
        .map(|i| Comment::draft(Id::from(i / COMMENTS + 1), format!("what is said in comment {i}")));
    Comment::insert(comments.collect::<Vec<_>>())
        .exec(db)
        .await
        .unwrap();
    sql("ANALYZE").exec(db).await.unwrap();
}

/// How many comments there are beneath so many authors.
fn expected(authors: i64) -> usize {
    usize::try_from(authors * POSTS * COMMENTS).unwrap()
}

fn comments<A, P, C>(
    authors: &[A],
    posts: impl Fn(&A) -> &Vec<P>,
    comments: impl Fn(&P) -> &Vec<C>,
) -> usize {
    let posts = authors.iter().flat_map(posts);
    posts.map(|post| comments(post).len()).sum()
}

/// What the rows are when they are read by hand.
struct AuthorRow {
    id: i64,
    #[allow(dead_code, reason = "read as ours reads it")]
    name: String,
    #[allow(dead_code, reason = "read as ours reads it")]
    hair: Option<String>,
    posts: Vec<PostRow>,
}

struct PostRow {
    id: i64,
    author_id: i64,
    #[allow(dead_code, reason = "read as ours reads it")]
    title: String,
    comments: Vec<CommentRow>,
}

struct CommentRow {
    #[allow(dead_code, reason = "read as ours reads it")]
    id: i64,
    post_id: i64,
    #[allow(dead_code, reason = "read as ours reads it")]
    body: String,
}

fn author((id, name, hair): (i64, String, Option<String>)) -> AuthorRow {
    AuthorRow {
        id,
        name,
        hair,
        posts: Vec::new(),
    }
}

fn post((id, author_id, title): (i64, i64, String)) -> PostRow {
    PostRow {
        id,
        author_id,
        title,
        comments: Vec::new(),
    }
}

fn comment((id, post_id, body): (i64, i64, String)) -> CommentRow {
    CommentRow { id, post_id, body }
}

fn author_keys(authors: &[AuthorRow]) -> Vec<i64> {
    authors.iter().map(|author| author.id).collect()
}

fn post_keys(posts: &[PostRow]) -> Vec<i64> {
    posts.iter().map(|post| post.id).collect()
}

/// Puts the rows into their lists, and looks whether all are there.
fn nest(mut authors: Vec<AuthorRow>, mut posts: Vec<PostRow>, comments_of: Vec<CommentRow>, n: i64) {
    let places: HashMap<i64, usize> = posts.iter().enumerate().map(|(i, post)| (post.id, i)).collect();
    for comment in comments_of {
        posts[places[&comment.post_id]].comments.push(comment);
    }
    let places: HashMap<i64, usize> = authors
        .iter()
        .enumerate()
        .map(|(i, author)| (author.id, i))
        .collect();
    for post in posts {
        authors[places[&post.author_id]].posts.push(post);
    }
    assert_eq!(comments(&authors, |a| &a.posts, |p| &p.comments), expected(n));
}
