//! Every read is stopped once, with a row in its sink already, and runs again: nobody sees a row of the first run.

use super::*;
use crate::prelude::{AggregateOperand, FromRow, Id, Model, NamedOperand, count_all, params, sql};

#[derive(Debug, Clone, PartialEq, Model)]
#[orm(table = "pairs")]
pub struct Pair {
    pub id: Id<Pair>,
    pub n: i64,
}

#[derive(Debug, PartialEq, FromRow)]
struct Named {
    n: i64,
    id: i64,
}

fn pair(n: i64) -> Pair {
    Pair { id: Id::from(n), n }
}

/// A database whose reads give so many rows, and a count of those that were stopped.
async fn stopping(rows: i64) -> (Arc<Fake>, Db) {
    let fake = Fake::postgres();
    fake.names_columns(&["id", "n"]);
    fake.on("SELECT", Act::Rows(rows));
    fake.stop_every_read_once();
    let db = db_of(&fake).await;
    (fake, db)
}

#[tokio::test]
async fn whole_results() {
    let (fake, db) = stopping(3).await;
    let three = [pair(0), pair(1), pair(2)];
    let text = "SELECT id, n FROM pairs";
    assert_eq!(Pair::query().all(&db).await.unwrap(), three);
    assert_eq!(Pair::query().first(&db).await.unwrap(), Some(pair(0)));
    assert_eq!(Pair::sql(text, params! {}).all(&db).await.unwrap(), three);
    let outputs = || Pair::query().select((Pair::n, Pair::id));
    assert_eq!(outputs().all(&db).await.unwrap()[2], (2, Id::from(2)));
    assert_eq!(outputs().first(&db).await.unwrap(), Some((0, Id::from(0))));
    let named = || Pair::query().select_as::<Named>((Pair::n, Pair::id.named("id")));
    assert_eq!(named().all(&db).await.unwrap().len(), 3);
    let tuples: Vec<(i64, i64)> = sql(text).all_as(&db).await.unwrap();
    assert_eq!(tuples, [(0, 0), (1, 1), (2, 2)]);
    let structs: Vec<Named> = sql(text).all_as(&db).await.unwrap();
    assert_eq!(structs[1], Named { n: 1, id: 1 });
    assert_eq!(sql(text).first_as::<(i64, i64)>(&db).await.unwrap(), Some((0, 0)));
    assert_eq!(sql(text).exec(&db).await.unwrap(), 3);
    let (sink, _) = db.run(Stmt::read(text, Vec::new()), sink()).await.unwrap();
    assert_eq!(sink.len(), 3);
    // Inside a transaction, and several as one.
    let tx = db.begin().await.unwrap();
    assert_eq!(Pair::query().all(&tx).await.unwrap(), three);
    assert_eq!(Pair::query().for_update().all(&tx).await.unwrap(), three);
    tx.commit().await.unwrap();
    let twice = [text, text].map(|text| Ok(Stmt::read(text, Vec::new())));
    let rows = Collect::<(i64, i64)>::from_rows();
    let (rows, _) = db
        .run_all(Box::new(twice.into_iter()), Box::new(rows))
        .await
        .unwrap();
    // What the first has given stays when the second runs again.
    let rows = Collect::<(i64, i64)>::rows(rows).unwrap();
    assert_eq!(rows, [(0, 0), (1, 1), (2, 2), (0, 0), (1, 1), (2, 2)]);
    assert_eq!(fake.stopped.load(Ordering::SeqCst), 15);
}

#[tokio::test]
async fn one_row_or_none() {
    let (fake, db) = stopping(1).await;
    // With the row of the first run there would be two.
    assert_eq!(Pair::query().one(&db).await.unwrap(), pair(0));
    assert_eq!(Pair::find(0).one(&db).await.unwrap(), pair(0));
    assert_eq!(Pair::query().optional(&db).await.unwrap(), Some(pair(0)));
    assert_eq!(
        Pair::query().select((Pair::n, Pair::n)).one(&db).await.unwrap(),
        (0, 0)
    );
    let one = Pair::query()
        .select((Pair::n, Pair::n))
        .optional(&db)
        .await
        .unwrap();
    assert_eq!(one, Some((0, 0)));
    assert_eq!(Pair::sql("SELECT 1", params! {}).one(&db).await.unwrap(), pair(0));
    assert_eq!(
        Pair::sql("SELECT 1", params! {}).optional(&db).await.unwrap(),
        Some(pair(0))
    );
    // A number of the first run would be 1.
    assert_eq!(Pair::query().count(&db).await.unwrap(), 0);
    assert!(!Pair::query().exists(&db).await.unwrap());
    assert_eq!(
        Pair::query()
            .select((count_all(), Pair::n.sum()))
            .one(&db)
            .await
            .unwrap(),
        (0, Some(0))
    );
    let page = Pair::query().page(1, 10, &db).await.unwrap();
    assert_eq!((page.total, page.items), (0, vec![pair(0)]));
    assert_eq!(fake.stopped.load(Ordering::SeqCst), 12);

    let (_, db) = stopping(0).await;
    assert_eq!(
        Pair::query().one(&db).await.unwrap_err().kind(),
        ErrorKind::NotFound
    );
    assert_eq!(Pair::query().first(&db).await.unwrap(), None);
    assert!(Pair::query().all(&db).await.unwrap().is_empty());
}

#[tokio::test]
async fn streams() {
    let (fake, db) = stopping(5).await;
    let mut rows = Pair::query().stream(&db);
    for n in 0..5 {
        assert_eq!(rows.next().await.unwrap().unwrap(), pair(n));
    }
    assert!(rows.next().await.is_none());
    let mut rows = Pair::query().select((Pair::id, Pair::n)).stream(&db);
    assert_eq!(rows.try_next().await.unwrap(), Some((Id::from(0), 0)));
    drop(rows);
    let rows = sql("SELECT id, n FROM pairs").stream_as::<(i64, i64)>(&db);
    let rows: Vec<_> = rows.map(Result::unwrap).collect().await;
    assert_eq!(rows, (0..5).map(|n| (n, n)).collect::<Vec<_>>());
    let tx = db.begin().await.unwrap();
    let rows: Vec<_> = Pair::sql("SELECT n, id", params! {})
        .stream(&tx)
        .map(Result::unwrap)
        .collect()
        .await;
    assert_eq!(rows.len(), 5);
    tx.rollback().await.unwrap();
    assert_eq!(fake.stopped.load(Ordering::SeqCst), 4);
}
