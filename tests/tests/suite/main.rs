//! Behaviour through the public API, on every database. One binary, so that it links once.

mod attributes;
mod cancellation;
mod ctes;
mod errors;
mod faults;
mod functions;
mod get_or_insert;
mod heartbeat;
mod innodb;
mod insert_from;
mod joins;
mod keyset;
mod killed;
mod loading;
mod locks;
mod n_plus_one;
mod one_sqlite;
mod oracle;
mod outside;
mod paths;
mod properties;
mod queries;
mod raw;
mod reliability;
mod scopes;
mod sets;
mod snapshots;
mod sort;
mod sql_text;
mod streams;
mod subqueries;
mod transactions;
mod types;
mod update_many;
mod waiting;
mod writes;

/// Whether the promises are tried with the numbers of their specification, which takes its time.
pub(crate) fn long() -> bool {
    std::env::var("ORM_TEST_LONG").is_ok_and(|long| long == "1")
}

/// Declares tests that run on every database: each body gets a fresh one.
macro_rules! on_all {
    ($($(#[$meta:meta])* async fn $name:ident($db:ident) $body:block)*) => {$(
        $(#[$meta])*
        #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
        async fn $name() {
            orm_core::testing::on_all(|test: orm_core::testing::TestDb| async move {
                let $db: &orm_core::Db = test.db();
                let outcome: orm_core::Result<()> = async { $body Ok(()) }.await;
                outcome?;
                test.cleanup().await
            })
            .await;
        }
    )*};
}

pub(crate) use on_all;
