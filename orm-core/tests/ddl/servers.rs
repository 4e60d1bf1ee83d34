//! The databases on which statements run: SQLite in memory, the others where the environment names a server.

use orm_core::Dialect;

/// A database of its own that runs text.
pub trait Database {
    /// Which dialect it takes.
    fn dialect(&self) -> Dialect;
    /// Runs a statement; the error is the database's own text.
    fn run(&mut self, sql: &str) -> Result<(), String>;
    /// The one value of the one row, which is text.
    fn text(&mut self, sql: &str) -> String;
}

/// Runs the test on each database that can be had, and says which cannot.
pub fn on_each(test: impl Fn(&mut dyn Database)) {
    #[cfg(feature = "sqlite-unbundled")]
    test(&mut sqlite::memory());
    #[cfg(feature = "postgres")]
    if let Some(mut database) = wire::postgres() {
        test(&mut database);
        database.leave("DROP SCHEMA", " CASCADE");
    }
    #[cfg(feature = "mysql")]
    if let Some(mut database) = wire::mariadb() {
        test(&mut database);
        database.leave("DROP DATABASE", "");
    }
}

#[cfg(feature = "sqlite-unbundled")]
mod sqlite {
    use super::{Database, Dialect};

    pub struct Memory(rusqlite::Connection);

    pub fn memory() -> Memory {
        let connection = rusqlite::Connection::open_in_memory().unwrap();
        connection.execute_batch("PRAGMA foreign_keys = ON").unwrap();
        Memory(connection)
    }

    impl Database for Memory {
        fn dialect(&self) -> Dialect {
            Dialect::Sqlite
        }

        fn run(&mut self, sql: &str) -> Result<(), String> {
            self.0.execute_batch(sql).map_err(|e| e.to_string())
        }

        fn text(&mut self, sql: &str) -> String {
            self.0
                .query_row(sql, (), |row| row.get(0))
                .unwrap_or_else(|e| panic!("{e}: {sql}"))
        }
    }
}

#[cfg(any(feature = "postgres", feature = "mysql"))]
mod wire {
    use std::sync::atomic::{AtomicU32, Ordering};

    use orm_core::Dialect;
    use sqlx::{AssertSqlSafe, Connection, Executor, Row};

    static COUNT: AtomicU32 = AtomicU32::new(0);

    /// One connection, and the runtime that drives it.
    pub struct Server<C> {
        runtime: tokio::runtime::Runtime,
        connection: C,
        dialect: Dialect,
        name: String,
    }

    fn connect<C: Connection>(variable: &str, dialect: Dialect) -> Option<Server<C>> {
        let Ok(url) = std::env::var(variable) else {
            eprintln!("skipped on {dialect}: {variable} is not set");
            return None;
        };
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .unwrap();
        let connection = runtime.block_on(C::connect(&url)).unwrap();
        let number = COUNT.fetch_add(1, Ordering::Relaxed);
        Some(Server {
            runtime,
            connection,
            dialect,
            name: format!("orm_ddl_{}_{number}", std::process::id()),
        })
    }

    macro_rules! server {
        ($connection:ty) => {
            impl super::Database for Server<$connection> {
                fn dialect(&self) -> Dialect {
                    self.dialect
                }

                fn run(&mut self, sql: &str) -> Result<(), String> {
                    let sent = sqlx::raw_sql(AssertSqlSafe(sql.to_owned()));
                    let done = self.runtime.block_on(self.connection.execute(sent));
                    done.map(drop).map_err(|e| e.to_string())
                }

                fn text(&mut self, sql: &str) -> String {
                    let sent = sqlx::raw_sql(AssertSqlSafe(sql.to_owned()));
                    let row = self.runtime.block_on(self.connection.fetch_one(sent));
                    let row = row.unwrap_or_else(|e| panic!("{e}: {sql}"));
                    row.get(0)
                }
            }

            impl Server<$connection> {
                /// Drops what the test had for itself.
                pub fn leave(&mut self, drop: &str, how: &str) {
                    let sql = format!("{drop} {}{how}", self.name);
                    super::Database::run(self, &sql).unwrap();
                }
            }
        };
    }

    #[cfg(feature = "postgres")]
    server!(sqlx::PgConnection);
    #[cfg(feature = "mysql")]
    server!(sqlx::MySqlConnection);

    #[cfg(feature = "postgres")]
    pub fn postgres() -> Option<Server<sqlx::PgConnection>> {
        let mut server = connect("ORM_TEST_POSTGRES_URL", Dialect::Postgres)?;
        let sql = format!(
            "CREATE SCHEMA {0}; SET search_path = {0}; SET client_min_messages = warning",
            server.name
        );
        super::Database::run(&mut server, &sql).unwrap();
        Some(server)
    }

    #[cfg(feature = "mysql")]
    pub fn mariadb() -> Option<Server<sqlx::MySqlConnection>> {
        let mut server = connect("ORM_TEST_MARIADB_URL", Dialect::MariaDb)?;
        let sql = format!("CREATE DATABASE {0}; USE {0}", server.name);
        super::Database::run(&mut server, &sql).unwrap();
        Some(server)
    }
}
