//! Our SQLite and sqlx's are one library in one build, and live beside each other in one process.

use orm_core::prelude::*;
use sqlx::Connection as _;

#[tokio::test]
async fn the_same_library_for_both() {
    let db = Db::connect("sqlite::memory:").await.expect("a database");
    let ours: Vec<(String,)> = sql("SELECT sqlite_version()")
        .all_as(&db)
        .await
        .expect("a version");
    assert_eq!(ours[0].0, rusqlite::version());

    let mut conn = sqlx::SqliteConnection::connect("sqlite::memory:")
        .await
        .expect("a connection");
    let theirs: String = sqlx::query_scalar("SELECT sqlite_version()")
        .fetch_one(&mut conn)
        .await
        .expect("a version");
    assert_eq!(ours[0].0, theirs);
}
