//! Behaviour through the public API, on every database. One binary, so that it links once.

mod attributes;
mod errors;
mod one_sqlite;
mod properties;
mod queries;
mod raw;
mod reliability;
mod scopes;
mod sql_text;
mod transactions;
mod types;
mod writes;

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
