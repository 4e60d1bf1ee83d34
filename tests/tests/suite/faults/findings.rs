//! What was found wrong in the libraries below ours, once each: none of it may reach a user of ours.
//!
//! Finding 2 (COMMIT of a failed transaction), 3 (after a deadlock) and 4 (after SQLite rolled back by itself) stand in
//! `transactions` and `sqlite`, 9 (poolers) in `pooler`.

use futures_util::StreamExt as _;
use orm_core::exec::{Discard, Stmt};
use orm_core::value::Value;

use super::*;

// Finding 1
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_begin_dropped_in_flight_leaves_no_transaction_open() {
    on_each(
        |b| b.pool(PoolOptions::new().size(2)),
        async |db| {
            marks(&db).await?;
            let monitor = beside(&db, |b| b.busy_timeout(secs(10))).await?;
            let turns = if long() { 10 } else { 1 };
            for turn in 0..turns * 2 {
                for polls in 0.. {
                    if turn % 2 == 1 {
                        // The connection is made, and every text prepared, on the way.
                        db.drop_connections();
                    }
                    let work = async {
                        let tx = db.begin().await?;
                        mark(&tx, "lost").await.map(drop)
                    };
                    let ended = after_polls(work, polls).await;
                    until("the return of all places", async || {
                        Ok(db.pool_stats().in_use == 0)
                    })
                    .await?;
                    assert_none_open(&db, &monitor).await?;
                    if ended.is_some_and(|done| done.is_ok()) {
                        break;
                    }
                    assert!(polls < 500, "it never ends");
                }
            }
            assert_eq!(names(&monitor).await?, ["a", "b"]);
            monitor.close(secs(5)).await
        },
    )
    .await;
}

/// No session is inside a transaction, and no lock is left.
async fn assert_none_open(db: &Db, monitor: &Db) -> Result<()> {
    match db.dialect() {
        Dialect::Sqlite => assert_eq!(add(monitor, "a", 0).await?, 1),
        Dialect::Postgres => {
            let open = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() \
                        AND state LIKE 'idle in transaction%'";
            assert_eq!(number(monitor, open).await?, 0);
        }
        _ => {
            // Both connections of the pool.
            let (one, two) = tokio::join!(
                db.with_connection(async |c| number(c, "SELECT @@in_transaction").await),
                db.with_connection(async |c| number(c, "SELECT @@in_transaction").await),
            );
            assert_eq!((one?, two?), (0, 0));
        }
    }
    Ok(())
}

fn ints(n: usize) -> Vec<Value> {
    vec![Value::I64(1); n]
}

// Finding 7
#[tokio::test]
async fn a_wrong_number_of_parameters_is_refused_and_costs_no_connection() {
    on_each(
        |b| b.pool(PoolOptions::new().size(1)).acquire_timeout(secs(3)),
        async |db| {
            marks(&db).await?;
            // SQLite has a reader as well.
            names(&db).await?;
            let connects = db.pool_stats().connects;
            let place = |n: usize| match db.dialect() {
                Dialect::Postgres => format!("${n}::int8"),
                _ => "?".to_owned(),
            };
            let two = format!("SELECT {}, {}, '?', '$3' -- ? $4", place(1), place(2));
            let one = format!("UPDATE marks SET number = {} WHERE name = 'none?'", place(1));
            let cases = [(&two, 0), (&two, 1), (&two, 3), (&one, 0), (&one, 2)];
            for round in 0..3 {
                for (text, given) in cases {
                    for stmt in [Stmt::raw(&**text, ints(given)), Stmt::write(&**text, ints(given))] {
                        // SQLite alone has to prepare the text before it can tell; that leaves nothing behind.
                        let capture = Capture::attach(&db);
                        let e = db
                            .run(stmt.clone(), Box::new(Discard::default()))
                            .await
                            .map(drop)
                            .unwrap_err();
                        assert_eq!(e.kind(), ErrorKind::Invalid, "{round}: {text} with {given}: {e}");
                        if db.dialect() != Dialect::Sqlite {
                            assert_eq!(capture.count(), 0, "{text}");
                        }
                        let tx = db.begin().await?;
                        mark(&tx, "kept").await?;
                        let e = tx
                            .run(stmt, Box::new(Discard::default()))
                            .await
                            .map(drop)
                            .unwrap_err();
                        assert_eq!(
                            e.kind(),
                            ErrorKind::Invalid,
                            "in a transaction: {text} with {given}: {e}"
                        );
                        add(&tx, "kept", 1).await?;
                        tx.commit().await?;
                        assert_eq!(Mark::delete().filter(Mark::name.eq("kept")).exec(&db).await?, 1);
                    }
                }
                // The right number is right.
                db.run(Stmt::raw(&*two, ints(2)), Box::new(Discard::default()))
                    .await?;
                db.run(Stmt::raw(&*one, ints(1)), Box::new(Discard::default()))
                    .await?;
            }
            assert_eq!(db.pool_stats().connects, connects, "{}", db.pool_stats());
            Ok(())
        },
    )
    .await;
}

on_all! {
    // Finding 8
    async fn a_changed_schema_reaches_cached_statements(db) {
        marks(db).await?;
        let other = beside(db, |b| b).await?;
        let all = || sql("SELECT * FROM marks ORDER BY name");
        let read = async || -> Result<usize> {
            // On several connections, so that each has the text prepared.
            let (x, y, z) = tokio::join!(
                Mark::sql("SELECT * FROM marks ORDER BY name", params! {}).all(db),
                names(db),
                all().exec(db)
            );
            z?;
            assert_eq!(y?, ["a", "b"]);
            let rows = x?;
            assert_eq!((rows.len(), rows[1].name.as_str()), (2, "b"));
            Ok(rows.len())
        };
        for _ in 0..3 {
            read().await?;
        }
        // From another process, as far as this `Db` can tell.
        sql("ALTER TABLE marks ADD COLUMN more INTEGER DEFAULT 7").exec(&other).await?;
        for _ in 0..3 {
            assert_eq!(read().await?, 2);
        }
        let wide = all().all_as::<(i64, String, i64, i32)>(db).await?;
        assert_eq!(wide[1], (wide[1].0, "b".into(), 0, 7));
        // Inside a transaction the whole runs again where the server refuses the old plan.
        let tx_sees = async |column: &str| {
            let text = format!("ALTER TABLE marks ADD COLUMN {column} INTEGER DEFAULT 1");
            let altered = std::sync::atomic::AtomicBool::new(false);
            db.transaction(async |tx| {
                if !altered.swap(true, std::sync::atomic::Ordering::SeqCst) {
                    sql(text.clone()).exec(&other).await?;
                }
                let rows = Mark::sql("SELECT * FROM marks ORDER BY name", params! {}).all(tx).await?;
                add(tx, "a", 1).await?;
                Ok(rows.len())
            })
            .await
        };
        if db.dialect() == Dialect::Sqlite {
            // Its one writer is this transaction, so that nobody changes the schema beside it.
            sql("ALTER TABLE marks ADD COLUMN third INTEGER DEFAULT 1").exec(&other).await?;
        } else {
            assert_eq!(tx_sees("third").await?, 2);
        }
        // A column of another type.
        match db.dialect() {
            Dialect::Sqlite => {}
            Dialect::Postgres => drop(sql("ALTER TABLE marks ALTER COLUMN more TYPE text").exec(&other).await?),
            _ => drop(sql("ALTER TABLE marks MODIFY COLUMN more VARCHAR(20)").exec(&other).await?),
        }
        for _ in 0..3 {
            assert_eq!(read().await?, 2);
        }
        // A column that goes is an error that names it, each time, and nothing worse.
        sql("ALTER TABLE marks DROP COLUMN third").exec(&other).await?;
        assert_eq!(read().await?, 2);
        sql("ALTER TABLE marks RENAME COLUMN number TO amount").exec(&other).await?;
        for _ in 0..3 {
            let e = Mark::query().all(db).await.unwrap_err();
            assert!(e.to_string().contains("number"), "{e}");
            let e = Mark::sql("SELECT * FROM marks", params! {}).all(db).await.unwrap_err();
            assert_eq!(e.kind(), ErrorKind::Decode);
        }
        assert_eq!(names(db).await?, ["a", "b"]);
        other.close(secs(5)).await?;
    }

    // Finding 10
    async fn nul_in_sql_text_is_never_sent(db) {
        marks(db).await?;
        let texts = ["SELECT 1 \0", "\0SELECT 1", "SELECT '\0'", "SELECT 1; \0 DROP TABLE marks", "\0"];
        let mut tx = db.begin().await?;
        mark(&tx, "kept").await?;
        let capture = Capture::attach(db);
        for text in texts {
            let mut refused = vec![
                sql(text).exec(&tx).await.map(drop),
                sql(text).all_as::<(i64,)>(&tx).await.map(drop),
                Mark::sql(text, params! {}).all(&tx).await.map(drop),
                sql(text).stream_as::<(i64,)>(&tx).next().await.expect("an answer").map(drop),
                Mark::query().filter(sql!("1 = 1 \0")).all(&tx).await.map(drop),
            ];
            for stmt in [Stmt::read(text, vec![]), Stmt::write(text, vec![]), Stmt::raw(text, vec![])] {
                refused.push(tx.run(stmt.clone(), Box::new(Discard::default())).await.map(drop));
                refused.push(tx.stream(stmt.clone(), Box::new(Discard::default())).next().await.expect("an answer").map(drop));
                if db.dialect() != Dialect::Sqlite {
                    // On SQLite the writer is taken.
                    refused.push(db.run(stmt.clone(), Box::new(Discard::default())).await.map(drop));
                    refused.push(db.run(Stmt::ddl(text), Box::new(Discard::default())).await.map(drop));
                    refused.push(db.with_connection(async |c| c.run(stmt, Box::new(Discard::default())).await.map(drop)).await);
                }
            }
            for answer in refused {
                let e = answer.expect_err("a NUL");
                assert_eq!(e.kind(), ErrorKind::Invalid, "{text:?}: {e}");
                assert!(e.to_string().contains("NUL") || e.to_string().contains("U+0000"), "{e}");
            }
        }
        assert_eq!(capture.take(), [""; 0]);
        tx.savepoint(async |sp| add(sp, "kept", 1).await).await?;
        tx.commit().await?;
        assert_eq!(names(db).await?, ["a", "b", "kept"]);
    }

    async fn dates_without_end_are_errors(db) {
        marks(db).await?;
        if db.dialect() != Dialect::Postgres {
            return Ok(());
        }
        let tx = db.begin().await?;
        mark(&tx, "kept").await?;
        for text in [
            "'infinity'::timestamptz",
            "'-infinity'::timestamptz",
            "'infinity'::timestamp",
            "'-infinity'::date",
            "'infinity'::date",
            "'294276-12-31 23:59:59.999999'::timestamp",
            "'294276-12-31 23:59:59.999999+00'::timestamptz",
            "'5874897-12-31'::date",
            "'24:00:00'::time",
        ] {
            let select = format!("SELECT {text} AS far");
            let e = if text.ends_with("tz") {
                sql(select).all_as::<(DateTime<Utc>,)>(&tx).await.map(drop).unwrap_err()
            } else if text.ends_with("date") {
                sql(select).all_as::<(Option<NaiveDate>,)>(&tx).await.map(drop).unwrap_err()
            } else if text.ends_with("time") {
                sql(select).all_as::<(NaiveTime,)>(&tx).await.map(drop).unwrap_err()
            } else {
                sql(select).all_as::<(NaiveDateTime,)>(&tx).await.map(drop).unwrap_err()
            };
            assert_eq!((e.kind(), e.columns()), (ErrorKind::Decode, &["far".to_owned()][..]), "{text}: {e}");
        }
        // What Rust has a value for is read, before our era too.
        let day = sql("SELECT '4713-01-01 BC'::date").all_as::<(NaiveDate,)>(&tx).await?[0].0;
        assert_eq!(day, NaiveDate::from_ymd_opt(-4712, 1, 1).unwrap());
        tx.commit().await?;
        assert_eq!(names(db).await?, ["a", "b", "kept"]);
    }
}
