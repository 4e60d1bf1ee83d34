//! Bad inputs in numbers, times and sizes: exact, or a typed error before anything is sent; and the transaction goes on.

use orm_core::error::Class;
use orm_core::exec::{Discard, Stmt};
use orm_core::value::Value;

use super::*;

/// A number of each kind.
#[derive(Debug, Clone, PartialEq, Model)]
#[orm(table = "nums")]
pub struct Num {
    pub id: Id<Num>,
    pub small: i16,
    pub int: i32,
    pub big: i64,
    pub ubig: u64,
    pub float: f64,
    #[orm(precision = 8, scale = 2)]
    pub price: Decimal,
    pub day: Option<NaiveDate>,
    pub time: NaiveTime,
    pub moment: DateTime<Utc>,
}

fn moment(text: &str) -> DateTime<Utc> {
    text.parse().expect("a moment")
}

fn num() -> Num {
    Num {
        id: Id::new(),
        small: 1,
        int: 1,
        big: i64::MAX,
        ubig: 1,
        float: 1.0,
        price: Decimal::ONE,
        day: None,
        time: NaiveTime::MIN,
        moment: moment("2026-01-01T00:00:00Z"),
    }
}

type Answer = (&'static str, Result<()>);

/// All were refused with this kind and nothing was sent; the transaction around them goes on and commits.
async fn assert_all_refused(
    db: &Db,
    tx: Tx,
    capture: Capture,
    kind: ErrorKind,
    answers: Vec<Answer>,
) -> Result<()> {
    for (what, answer) in answers {
        let e = answer.expect_err(what);
        assert_eq!((e.kind(), e.class()), (kind, Class::Fail), "{what}: {e}");
    }
    assert_eq!(capture.take(), [""; 0]);
    Num::insert(num()).exec(&tx).await?;
    tx.commit().await?;
    assert_eq!(Num::delete().all_rows().exec(db).await?, 1);
    Ok(())
}

on_all! {
    // C
    async fn numbers_that_fit_nowhere_are_refused(db) {
        db.create_all::<Num>().await?;
        let features = db.dialect().features();
        let tx = db.begin().await?;
        // The transaction begins before anything is captured.
        Num::query().count(&tx).await?;
        let capture = Capture::attach(db);
        let fine = "1.005".parse::<Decimal>().unwrap();
        let large = Decimal::from(10_000_000);
        let mut answers: Vec<Answer> = vec![
            ("a decimal too fine", Num::insert(Num { price: fine, ..num() }).exec(&tx).await.map(drop)),
            ("a decimal too large", Num::insert(Num { price: large, ..num() }).exec(&tx).await.map(drop)),
            ("many rows", Num::insert([num(), Num { price: large, ..num() }]).exec(&tx).await.map(drop)),
            ("set", Num::update().set(Num::price, large).all_rows().exec(&tx).await.map(drop)),
        ];
        if !features.unsigned {
            answers.extend([
                ("u64", Num::insert(Num { ubig: u64::MAX, ..num() }).exec(&tx).await.map(drop)),
                ("set u64", Num::update().set(Num::ubig, u64::MAX).all_rows().exec(&tx).await.map(drop)),
                ("filter u64", Num::query().filter(Num::ubig.eq(u64::MAX)).all(&tx).await.map(drop)),
                ("list of u64", Num::query().filter(Num::ubig.is_in([1, u64::MAX])).all(&tx).await.map(drop)),
            ]);
        }
        if !features.special_floats {
            for special in [f64::NAN, f64::INFINITY, f64::NEG_INFINITY] {
                answers.extend([
                    ("insert", Num::insert(Num { float: special, ..num() }).exec(&tx).await.map(drop)),
                    ("set", Num::update().set(Num::float, special).all_rows().exec(&tx).await.map(drop)),
                    ("filter", Num::query().filter(Num::float.lt(special)).all(&tx).await.map(drop)),
                    ("list", Num::query().filter(Num::float.is_in([special])).all(&tx).await.map(drop)),
                ]);
            }
        }
        assert_all_refused(db, tx, capture, ErrorKind::Encode, answers).await?;
        // What no statement can be made of.
        let tx = db.begin().await?;
        Num::query().count(&tx).await?;
        let capture = Capture::attach(db);
        let answers: Vec<Answer> = vec![
            ("a limit below nought", Num::query().limit(-1).all(&tx).await.map(drop)),
            ("an offset below nought", Num::query().limit(1).offset(-5).all(&tx).await.map(drop)),
            ("an update without a filter", Num::update().set(Num::int, 1).exec(&tx).await.map(drop)),
            ("a delete without a filter", Num::delete().exec(&tx).await.map(drop)),
            ("an update that sets nothing", Num::update().all_rows().exec(&tx).await.map(drop)),
        ];
        assert_all_refused(db, tx, capture, ErrorKind::Invalid, answers).await?;
    }

    async fn what_overflows_in_the_database_is_an_error(db) {
        db.create_all::<Num>().await?;
        Num::insert([num(), num()]).exec(db).await?;
        // Columns do not take what is too large for their types, whoever sends it. SQLite's do, as far as they are
        // integers; there it shows when it is read.
        let quote = db.dialect().features().quote;
        for (column, n) in [("small", 40_000_i64), ("int", 3_000_000_000), ("small", -40_000), ("int", i64::MIN)] {
            let set = sql(format!("UPDATE nums SET {quote}{column}{quote} = {{n}}")).params(params! { n: n });
            match set.exec(db).await {
                Err(e) => assert_eq!((e.kind(), e.class()), (ErrorKind::Database, Class::Fail), "{column} = {n}: {e}"),
                Ok(_) => {
                    assert_eq!(db.dialect(), Dialect::Sqlite, "{column} = {n}");
                    let e = Num::query().all(db).await.unwrap_err();
                    assert_eq!((e.kind(), e.columns()), (ErrorKind::Decode, &[column.to_owned()][..]), "{e}");
                    Num::update().set(Num::small, 1).set(Num::int, 1).all_rows().exec(db).await?;
                }
            }
        }
        let set = Num::update().set(Num::big, Num::big + 1).all_rows().exec(db).await;
        assert!(set.is_err(), "{set:?}");
        let read = [
            Num::query().select(Num::big + 1).all(db).await.map(drop),
            Num::query().select(Num::big * 2).all(db).await.map(drop),
            Num::query().select(-Num::big - 2).all(db).await.map(drop),
            Num::query().select(Num::big.sum()).one(db).await.map(drop),
        ];
        for (n, answer) in read.into_iter().enumerate() {
            assert!(answer.is_err(), "{n}");
        }
        for nothing in [
            Num::query().select(Num::int / (Num::int - 1)).all(db).await.map(drop),
            Num::query().select(Num::float / (Num::float - 1.0)).all(db).await.map(drop),
        ] {
            let e = nothing.unwrap_err();
            assert!(matches!(e.kind(), ErrorKind::Database | ErrorKind::Decode), "{e}");
        }
        let all = Num::query().all(db).await?;
        assert!(all.iter().all(|n| (n.small, n.int, n.big) == (1, 1, i64::MAX)));
        // Zero rows are no error, and are counted.
        assert_eq!(Num::update().set(Num::int, 2).filter(Num::int.eq(77)).exec(db).await?, 0);
        assert_eq!(Num::delete().filter(Num::int.eq(77)).exec(db).await?, 0);
        assert!(Num::update().set(Num::int, 2).filter(Num::id.eq(77_777)).exec_one(db).await.unwrap_err().is_not_found());
    }

    // D
    async fn moments_keep_their_instant(db) {
        db.create_all::<Num>().await?;
        let texts = [
            "1000-01-01T00:00:00Z",
            "1582-10-10T12:00:00Z",
            "1900-02-28T23:59:59.999999Z",
            "1969-12-31T23:59:59.999999Z",
            "1970-01-01T00:00:00Z",
            "2000-02-29T12:00:00+05:45",
            // Around both ends of summer time in Europe and America, and at the farthest offsets.
            "2026-03-29T00:59:59.999999Z",
            "2026-03-29T01:00:00Z",
            "2026-03-29T03:30:00+02:00",
            "2026-10-25T02:30:00+02:00",
            "2026-10-25T02:30:00+01:00",
            "2026-03-08T02:30:00-05:00",
            "2026-01-01T00:00:00+15:59",
            "2026-01-01T00:00:00-15:59",
            "2038-01-19T03:14:08Z",
            "9999-12-31T23:59:59.999999Z",
        ];
        let mut moments: Vec<DateTime<Utc>> = texts.map(moment).into();
        let rows: Vec<Num> = moments.iter().map(|m| Num { moment: *m, day: Some(m.date_naive()), ..num() }).collect();
        Num::insert(&rows).exec(db).await?;
        let stored = Num::query().order_by(Num::id).select((Num::moment, Num::day)).all(db).await?;
        assert_eq!(stored, rows.iter().map(|r| (r.moment, r.day)).collect::<Vec<_>>());
        for m in &moments {
            assert_eq!(Num::query().filter(Num::moment.eq(*m)).count(db).await?, 1, "{m}");
        }
        moments.sort_unstable();
        assert_eq!(Num::query().order_by(Num::moment).select(Num::moment).all(db).await?, moments);
    }

    // No database has one: it is the second before it, the same everywhere, stored and looked for.
    async fn a_leap_second_is_the_second_before(db) {
        db.create_all::<Num>().await?;
        let leap = NaiveTime::from_hms_micro_opt(23, 59, 59, 1_500_000).expect("a leap second");
        let kept = NaiveTime::from_hms_micro_opt(23, 59, 59, 500_000).expect("a time");
        let at = |time| NaiveDate::from_ymd_opt(2016, 12, 31).unwrap().and_time(time).and_utc();
        let row = Num::insert(Num { time: leap, moment: at(leap), ..num() }).one(db).await?;
        assert_eq!((row.time, row.moment), (kept, at(kept)));
        let same = Num::time.eq(leap).and(Num::moment.eq(at(leap))).and(Num::moment.is_in([at(leap)]));
        assert_eq!(Num::query().filter(same).count(db).await?, 1);
    }

    async fn dates_of_zero_are_errors(db) {
        if db.dialect() != Dialect::MariaDb {
            return Ok(());
        }
        db.create_all::<Num>().await?;
        let id = Num::insert(num()).keys(db).await?[0];
        for zero in ["0000-00-00", "2026-00-00", "2026-02-00"] {
            let set = format!("UPDATE nums SET day = '{zero}'");
            // Strict sessions do not take it; a table of somebody else's may have it.
            assert_eq!(sql(set.clone()).exec(db).await.unwrap_err().code(), Some("1292"));
            db.with_connection(async |conn| {
                sql("SET SESSION sql_mode = ''").exec(conn).await?;
                sql(set).exec(conn).await
            })
            .await?;
            // Never None, although the library below says NULL.
            let tx = db.begin().await?;
            for e in [
                Num::find(id).one(&tx).await.map(drop).unwrap_err(),
                Num::query().select(Num::day).all(&tx).await.map(drop).unwrap_err(),
                sql("SELECT day FROM nums").all_as::<(Option<NaiveDate>,)>(&tx).await.map(drop).unwrap_err(),
            ] {
                assert_eq!((e.kind(), e.columns()), (ErrorKind::Decode, &["day".to_owned()][..]), "{zero}: {e}");
            }
            Num::update().set(Num::int, 2).filter(Num::id.eq(id)).exec(&tx).await?;
            tx.commit().await?;
        }
    }

    // E
    async fn as_many_parameters_as_there_may_be(db) {
        db.create_all::<Num>().await?;
        let most = db.dialect().features().max_params;
        assert_eq!(most, if db.dialect() == Dialect::Sqlite { 32_766 } else { 65_535 });
        let stmt = |n: usize| {
            let places: Vec<String> = (1..=n)
                .map(|i| if db.dialect() == Dialect::Postgres { format!("${i}::int8") } else { "?".to_owned() })
                .collect();
            let text = format!("SELECT COUNT(*) FROM nums WHERE small IN ({})", places.join(", "));
            Stmt::read(text, vec![Value::I64(1); n])
        };
        let tx = db.begin().await?;
        Num::insert(num()).exec(&tx).await?;
        tx.run(stmt(most), Box::new(Discard::default())).await.map(drop)?;
        let capture = Capture::attach(db);
        let e = tx.run(stmt(most + 1), Box::new(Discard::default())).await.map(drop).unwrap_err();
        assert_eq!((e.kind(), capture.count()), (ErrorKind::Invalid, 0), "{e}");
        drop(capture);
        tx.commit().await?;

        // Lists and rows of our own making have no such limit where a list is one parameter.
        let capture = Capture::attach(db);
        let list: Vec<i32> = (0..150_000).collect();
        if db.dialect() == Dialect::MariaDb {
            let e = Num::query().filter(Num::int.is_in(&list)).count(db).await.unwrap_err();
            assert_eq!((e.kind(), capture.count()), (ErrorKind::Invalid, 0), "{e}");
        }
        let list = if db.dialect() == Dialect::MariaDb { &list[..60_000] } else { &list[..] };
        assert_eq!(Num::query().filter(Num::int.is_in(list)).count(db).await?, 1);
        assert_eq!(Num::query().filter(Num::int.not_in(list)).count(db).await?, 0);
        assert_eq!(Num::query().filter(Num::int.is_in([0_i32; 0])).count(db).await?, 0);
        assert_eq!(Num::query().filter(Num::int.not_in([0_i32; 0])).count(db).await?, 1);
        assert_eq!(Num::delete().filter(Num::int.is_in([0_i32; 0])).exec(db).await?, 0);
        let rows: Vec<Num> = (0..7_000).map(|n| Num { int: n, ..num() }).collect();
        assert_eq!(Num::insert(&rows).exec(db).await?, 7_000);
    }

    async fn many_rows_of_much_are_sent_in_parts(db) {
        db.create_all::<Blob>().await?;
        // Thirty-four megabytes, more than MariaDB takes at once here; each row is right, in order, and all are one commit.
        let rows: Vec<Blob> = (0..34_u8).map(|n| Blob::draft(vec![n; 1 << 20])).collect();
        let capture = Capture::attach(db).without_transactions();
        let keys = Blob::insert(&rows).keys(db).await?;
        let sent = capture.take().len();
        assert!((9..=17).contains(&sent), "{sent}");
        for (n, key) in keys.iter().enumerate().step_by(8) {
            let stored = Blob::find(key).one(db).await?;
            assert!(stored.bytes == rows[n].bytes, "row {n}");
        }
    }

    async fn columns_of_many_and_of_none(db) {
        let most = if db.dialect() == Dialect::Sqlite { 2_000 } else { 1_000 };
        let names: Vec<String> = (0..most).map(|n| format!("c{n}")).collect();
        let columns: Vec<String> = names.iter().map(|name| format!("{name} SMALLINT DEFAULT 7")).collect();
        let columns = if db.dialect() == Dialect::Sqlite { columns } else { columns[..1_000].to_vec() };
        sql(format!("CREATE TABLE wide ({})", columns.join(", "))).exec(db).await?;
        sql("INSERT INTO wide (c0) VALUES (1)").exec(db).await?;
        let first: Vec<(i16,)> = sql("SELECT c0 FROM wide").all_as(db).await?;
        assert_eq!(first[0].0, 1);
        let e = sql("SELECT * FROM wide").all_as::<(i16, i16)>(db).await.unwrap_err();
        assert!(e.kind() == ErrorKind::Decode && e.to_string().contains(&format!("{most} columns")), "{e}");
        // More than there may be is the database's own error, and nothing worse.
        let many: Vec<String> = (0..5_000).map(|n| format!("c{n} SMALLINT")).collect();
        let e = sql(format!("CREATE TABLE wider ({})", many.join(", "))).exec(db).await.unwrap_err();
        assert_eq!((e.kind(), e.class()), (ErrorKind::Database, Class::Fail), "{e}");
        if db.dialect() == Dialect::Postgres {
            sql("CREATE TABLE hollow ()").exec(db).await?;
            sql("INSERT INTO hollow DEFAULT VALUES").exec(db).await?;
            assert_eq!(sql("SELECT * FROM hollow").exec(db).await?, 1);
            let e = sql("SELECT * FROM hollow").all_as::<(i64,)>(db).await.unwrap_err();
            assert_eq!(e.kind(), ErrorKind::Decode, "{e}");
        }
        assert_eq!(sql("SELECT 1").exec(db).await?, 1);
    }

    async fn a_value_above_the_servers_packet(db) {
        db.create_all::<Blob>().await?;
        marks(db).await?;
        let row = |mib: usize| Blob::draft(vec![7; mib << 20]);
        let stored = Blob::insert(row(17)).one(db).await?;
        assert_eq!(stored.bytes.len(), 17 << 20);
        let limit = match db.dialect() {
            Dialect::MariaDb => number(db, "SELECT @@max_allowed_packet").await?,
            _ => i64::MAX,
        };
        if limit > 33 << 20 {
            let stored = Blob::insert(row(33)).one(db).await?;
            assert_eq!(stored.bytes.len(), 33 << 20);
            return Ok(());
        }
        // The server would close the connection, and often its reason is lost on the way.
        let tx = db.begin().await?;
        mark(&tx, "kept").await?;
        let capture = Capture::attach(db);
        let answers = [
            Blob::insert(row(33)).exec(&tx).await.map(drop),
            Blob::query().filter(Blob::bytes.eq(vec![7; 33 << 20])).all(&tx).await.map(drop),
            sql("x".repeat(33 << 20)).exec(&tx).await.map(drop),
        ];
        for answer in answers {
            let e = answer.unwrap_err();
            assert_eq!((e.kind(), e.class()), (ErrorKind::Encode, Class::Fail), "{e}");
            assert!(e.to_string().contains("max_allowed_packet"), "{e}");
        }
        assert_eq!(capture.take(), [""; 0]);
        tx.commit().await?;
        assert_eq!((names(db).await?.len(), Blob::query().count(db).await?), (3, 1));
    }
}

/// Bytes.
#[derive(Debug, Clone, PartialEq, Model)]
#[orm(table = "blobs")]
pub struct Blob {
    pub id: Id<Blob>,
    pub bytes: Vec<u8>,
}

#[tokio::test]
async fn a_value_above_the_configured_maximum() {
    on_each(
        |b| b.max_parameter_bytes(1000),
        async |db| {
            db.create_all::<(Blob, Mark)>().await?;
            let tx = db.begin().await?;
            mark(&tx, "mine").await?;
            Blob::insert(Blob::draft(vec![1; 900])).exec(&tx).await?;
            let capture = Capture::attach(&db);
            let large = || vec![1_u8; 1001];
            let mut rows = sql("SELECT {x}")
                .params(params! { x: large() })
                .stream_as::<(Vec<u8>,)>(&tx);
            let streamed = rows.next().await.expect("an answer").map(drop);
            drop(rows);
            for (what, answer) in [
                (
                    "insert",
                    Blob::insert(Blob::draft(large())).exec(&tx).await.map(drop),
                ),
                (
                    "update",
                    Blob::update()
                        .set(Blob::bytes, large())
                        .all_rows()
                        .exec(&tx)
                        .await
                        .map(drop),
                ),
                (
                    "filter",
                    Blob::query()
                        .filter(Blob::bytes.eq(large()))
                        .all(&tx)
                        .await
                        .map(drop),
                ),
                (
                    "raw",
                    sql("SELECT {x}")
                        .params(params! { x: large() })
                        .exec(&tx)
                        .await
                        .map(drop),
                ),
                ("stream", streamed),
            ] {
                let e = answer.expect_err(what);
                assert_eq!(
                    (e.kind(), e.class()),
                    (ErrorKind::Encode, Class::Fail),
                    "{what}: {e}"
                );
                assert!(e.to_string().contains("max_parameter_bytes"), "{e}");
            }
            assert_eq!(capture.take(), [""; 0]);
            tx.commit().await?;
            assert_eq!(Blob::query().count(&db).await?, 1);
            Ok(())
        },
    )
    .await;
    // When nothing is said, it is 64 MiB.
    on_each(
        |b| b,
        async |db| {
            db.create_all::<Blob>().await?;
            let capture = Capture::attach(&db);
            let e = Blob::insert(Blob::draft(vec![0; (64 << 20) + 1]))
                .exec(&db)
                .await
                .unwrap_err();
            assert_eq!((e.kind(), capture.count()), (ErrorKind::Encode, 0), "{e}");
            Ok(())
        },
    )
    .await;
}
