//! Rows locked in a transaction: what is sent, and what others see of it.

use orm_core::prelude::*;
use orm_core::sql::Dialect;
use tests::book::{Account, prepare};

use super::on_all;

#[test]
fn locks_as_text() {
    let end = |query: orm_core::db::Locked<Account>| {
        Dialect::ALL.map(|dialect| {
            let text = query.to_sql(dialect).to_string();
            let (_, end) = text.split_once(" LIMIT 1").unwrap();
            end.to_owned()
        })
    };
    let query = || Account::query().limit(1);
    for (locked, expected) in [
        (
            query().for_update(),
            ["", " FOR UPDATE", " FOR UPDATE", " FOR UPDATE"],
        ),
        (
            query().for_update().skip_locked(),
            [
                "",
                " FOR UPDATE SKIP LOCKED",
                " FOR UPDATE SKIP LOCKED",
                " FOR UPDATE SKIP LOCKED",
            ],
        ),
        (
            query().for_update().no_wait(),
            [
                "",
                " FOR UPDATE NOWAIT",
                " FOR UPDATE NOWAIT",
                " FOR UPDATE NOWAIT",
            ],
        ),
        (
            query().for_share(),
            ["", " FOR SHARE", " FOR SHARE", " LOCK IN SHARE MODE"],
        ),
        (
            query().for_share().skip_locked(),
            [
                "",
                " FOR SHARE SKIP LOCKED",
                " FOR SHARE SKIP LOCKED",
                " LOCK IN SHARE MODE SKIP LOCKED",
            ],
        ),
        (
            query().for_share().no_wait(),
            [
                "",
                " FOR SHARE NOWAIT",
                " FOR SHARE NOWAIT",
                " LOCK IN SHARE MODE NOWAIT",
            ],
        ),
    ] {
        assert_eq!(end(locked), expected);
    }
}

on_all! {
    async fn two_workers_take_different_rows(db) {
        prepare(db).await?;
        let first = db.begin().await?;
        let taken = Account::query().order_by(Account::id).for_update().skip_locked().first(&first).await?;
        assert_eq!(taken.map(|a| a.owner).as_deref(), Some("a"));
        // On SQLite there is one writer: a second transaction would wait for the first.
        if db.dialect().features().row_locks {
            let second = db.begin().await?;
            let query = || Account::query().order_by(Account::id).for_update();
            let other = query().skip_locked().all(&second).await?;
            assert_eq!(other.iter().map(|a| a.owner.as_str()).collect::<Vec<_>>(), ["b"]);
            let e = query().no_wait().all(&second).await.unwrap_err();
            assert_eq!(e.kind(), ErrorKind::LockTimeout, "{e}");
            second.rollback().await?;
        }
        first.commit().await?;
    }

    async fn a_joined_row_is_locked(db) {
        prepare(db).await?;
        let first = db.begin().await?;
        let richer = || {
            Account::query().join::<Account>(|a, b| a.get(Account::balance).gt(b.get(Account::balance))).for_update()
        };
        let rows = richer().all(&first).await?;
        assert_eq!(rows.iter().map(|(a, b)| (&*a.owner, &*b.owner)).collect::<Vec<_>>(), [("a", "b")]);
        if db.dialect().features().row_locks {
            let second = db.begin().await?;
            assert!(richer().skip_locked().first(&second).await?.is_none());
            let e = richer().no_wait().all(&second).await.unwrap_err();
            assert_eq!(e.kind(), ErrorKind::LockTimeout, "{e}");
            second.rollback().await?;
        }
        let full = Account::query().full_join::<Account>(|a, b| a.get(Account::id).eq(b.get(Account::id)));
        let text = full.for_share().to_sql(Dialect::Postgres).to_string();
        assert!(text.contains("cannot be locked"), "{text}");
        first.rollback().await?;
    }

    async fn a_shared_lock_lets_others_read_and_share(db) {
        prepare(db).await?;
        let first = db.begin().await?;
        let all = Account::query().for_share().all(&first).await?;
        assert_eq!(all.len(), 2);
        if db.dialect().features().row_locks {
            let second = db.begin().await?;
            let shared = Account::query().for_share().no_wait().all(&second).await?;
            assert_eq!(shared, all);
            let none = Account::query().for_update().skip_locked().all(&second).await?;
            assert_eq!(none, []);
            second.rollback().await?;
        }
        let mut rows = Account::query().order_by(Account::id).for_share().stream(&first);
        assert_eq!(rows.try_next().await?.map(|a| a.owner).as_deref(), Some("a"));
        drop(rows);
        first.rollback().await?;
    }
}
