//! Passwords are printed by nothing: no `Debug`, no error, no message of a pool.

use orm_core::driver::{ConnectOptions, Secret};
use orm_core::testing::Target;

use super::*;

const SECRET: &str = "hunter2-%7Eé";

fn assert_silent(what: &str, shown: &str) {
    assert!(!shown.contains("hunter2"), "{what}: {shown}");
}

#[tokio::test]
async fn options_print_no_password() {
    for url in [
        format!("postgres://user:{SECRET}@127.0.0.1:1/db"),
        format!("mysql://user:{SECRET}@127.0.0.1:1/db"),
        format!("mariadb://{SECRET}@127.0.0.1:1/db?ssl-mode={SECRET}"),
        format!("sqlite:///nowhere/at/all.db?key={SECRET}"),
        format!("postgres://user:{SECRET}@:::/db"),
        SECRET.to_owned(),
    ] {
        let options = ConnectOptions::new(url.clone());
        let builder = Db::builder(url.clone())
            .on_connect(format!("PRAGMA key = '{SECRET}'"))
            .acquire_timeout(millis(200))
            .connect_timeout(secs(2));
        for (what, shown) in [
            ("ConnectOptions", format!("{options:?} {options:#?}")),
            ("Secret", format!("{:?}", Secret::new(url.clone()))),
            ("DbBuilder", format!("{builder:?} {builder:#?}")),
            (
                "Target",
                format!("{:?}", Target::server("PostgreSQL", url.clone())),
            ),
        ] {
            assert_silent(what, &shown);
        }
        let Err(e) = builder.connect().await else {
            panic!("there is no such database")
        };
        assert_silent(
            "the error of a connect",
            &format!("{e} {e:?} {e:#?} {:?}", e.detail()),
        );
        let source = std::error::Error::source(&e)
            .map(|s| format!("{s} {s:?}"))
            .unwrap_or_default();
        assert_silent("its cause", &source);
    }
}

on_all! {
    async fn what_is_connected_prints_no_password(db) {
        marks(db).await?;
        let password = match url_of(db).await? {
            url if db.dialect() == Dialect::Sqlite => url,
            url => url.split_once("://").and_then(|(_, r)| r.split_once(':')?.1.split_once('@')).expect("a password").0.to_owned(),
        };
        if db.dialect() == Dialect::Sqlite {
            return Ok(());
        }
        let tx = db.begin().await?;
        let conn = db.with_connection(async |conn| Ok(format!("{conn:?} {conn:#?}"))).await?;
        let mut shown = vec![format!("{db:?} {db:#?}"), format!("{tx:?} {tx:#?}"), conn, format!("{:?}", db.pool_stats())];
        // A wrong password, an unknown database, a pool that has none left.
        let url = url_of(db).await?;
        let wrong = url.replace(&password, &format!("{password}wrong"));
        shown.push(format!("{:?}", Db::connect(wrong).await.unwrap_err()));
        shown.push(format!("{:?}", Db::connect(format!("{url}_unknown")).await.unwrap_err()));
        let small = beside(db, |b| b.pool(PoolOptions::new().size(1)).acquire_timeout(millis(50))).await?;
        let held = small.begin().await?;
        shown.push(format!("{:?}", names(&small).await.unwrap_err()));
        held.rollback().await?;
        small.close(secs(5)).await?;
        for text in &shown {
            assert!(!text.contains(&password), "{text}");
        }
        assert!(shown[4].contains("1045") || shown[4].contains("28P01"), "{}", shown[4]);
        assert!(shown[6].contains("PoolTimeout"), "{}", shown[6]);
        tx.rollback().await?;
    }

    async fn values_are_in_no_error(db) {
        marks(db).await?;
        let secret = "hunter2";
        mark(db, secret).await?;
        let quoted = sql("INSERT INTO marks (name, number) VALUES ({name}, {number})");
        let mut errors = vec![
            mark(db, secret).await.unwrap_err(),
            Mark::insert(Mark::draft(secret, 5_000_000)).exec(db).await.unwrap_err(),
            Mark::insert(Mark::draft(secret.repeat(20), 1)).exec(db).await.unwrap_err(),
            quoted.params(params! { name: secret, number: None::<i64> }).exec(db).await.unwrap_err(),
            sql("SELECT name FROM marks WHERE name = {name}")
                .params(params! { name: secret })
                .all_as::<(i64,)>(db)
                .await
                .unwrap_err(),
        ];
        if db.dialect() != Dialect::Sqlite {
            errors.push(
                sql("INSERT INTO marks (name, number) SELECT 'x', CAST({name} AS DECIMAL(10)) FROM marks")
                    .params(params! { name: secret })
                    .exec(db)
                    .await
                    .unwrap_err(),
            );
        }
        for e in errors {
            assert_silent("an error", &format!("{e} {e:?} {e:#?}"));
        }
    }
}
