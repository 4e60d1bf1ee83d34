//! Making connections to PostgreSQL.

use std::str::FromStr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use async_trait::async_trait;
use futures_util::TryStreamExt;
use sqlx::postgres::{PgConnectOptions, PgConnection, PgSslMode};
use sqlx::{AssertSqlSafe, ConnectOptions as _, Connection as _, Executor, Row, raw_sql};
use tokio::time::timeout;

use super::{PgConn, Settings, errors};
use crate::driver::wire::{self, Address, Tracker, guarded};
use crate::driver::{ConnectOptions, Connection, Connector, Lane};
use crate::error::{Error, ErrorKind, Result};

/// Makes connections to one PostgreSQL database.
pub(crate) struct PgConnector {
    options: PgConnectOptions,
    address: Address,
    settings: Arc<Settings>,
    connect_timeout: Duration,
    statement_timeout: Option<Duration>,
    /// Takes fewer settings at start-up: an old server, or a pooler in front of it.
    plain: AtomicBool,
}

impl PgConnector {
    /// For a URL and its options.
    ///
    /// # Errors
    /// `Connect` for a URL that cannot be read; the error does not repeat it.
    pub(crate) fn new(options: &ConnectOptions) -> Result<Self> {
        let url = wire::parse_url(options.url.reveal(), &["postgres", "postgresql"])?;
        let mut pg =
            PgConnectOptions::from_str(options.url.reveal()).map_err(|_| wire::not_understood(&url))?;
        let database = pg.get_database().unwrap_or_else(|| pg.get_username());
        let address = Address::new(
            &url,
            pg.get_username(),
            pg.get_host(),
            pg.get_port(),
            pg.get_socket().map(|p| &**p),
            database,
        );
        if address.must_verify() {
            pg = pg.ssl_mode(PgSslMode::VerifyFull);
        }
        if pg.get_application_name().is_none() {
            pg = pg.application_name("orm");
        }
        let cache = if options.transaction_pooler {
            0
        } else {
            options.statement_cache
        };
        Ok(PgConnector {
            // The server's own default gives each float its shortest exact text.
            options: pg
                .extra_float_digits(None)
                .statement_cache_capacity(cache)
                .disable_statement_logging(),
            address,
            settings: Arc::new(Settings {
                on_connect: options.on_connect.clone(),
                statement_cache: cache,
                pooler: options.transaction_pooler,
            }),
            connect_timeout: options.connect_timeout,
            statement_timeout: options.statement_timeout,
            plain: AtomicBool::new(options.transaction_pooler),
        })
    }

    /// The options of the session, sent with its start so that `RESET ALL` comes back to them.
    fn with_settings(&self, plain: bool) -> PgConnectOptions {
        let mut options = self.options.clone();
        if self.settings.pooler {
            return options;
        }
        if !plain {
            options = options.options([
                // A statement whose client is gone stops; from version 14 on.
                ("client_connection_check_interval", "500"),
                ("tcp_keepalives_idle", "30"),
                ("tcp_keepalives_interval", "10"),
                ("tcp_keepalives_count", "3"),
            ]);
        }
        match self.statement_timeout {
            Some(limit) => options.options([("statement_timeout", millis(limit))]),
            None => options,
        }
    }

    async fn start(&self) -> std::result::Result<PgConnection, sqlx::Error> {
        let plain = self.plain.load(Ordering::Relaxed);
        let first = guarded(self.with_settings(plain).connect()).await;
        match first {
            Err(sqlx::Error::Database(e)) if !plain && refuses_settings(e.code().as_deref()) => {
                let conn = guarded(self.with_settings(true).connect()).await?;
                self.plain.store(true, Ordering::Relaxed);
                Ok(conn)
            }
            other => other,
        }
    }

    async fn open(&self) -> std::result::Result<PgConn, sqlx::Error> {
        let mut conn = self.start().await?;
        // Behind a pooler, the number is that of whichever session served this statement.
        let backend = match self.settings.pooler {
            true => None,
            false => guarded(backend_id(&mut conn)).await?,
        };
        for sql in &self.settings.on_connect {
            guarded(execute(&mut conn, sql)).await?;
        }
        Ok(PgConn::new(conn, Arc::clone(&self.settings), backend))
    }

    async fn within<T>(&self, work: impl Future<Output = std::result::Result<T, sqlx::Error>>) -> Result<T> {
        match timeout(self.connect_timeout, work).await {
            Ok(Ok(made)) => Ok(made),
            Ok(Err(e)) => Err(wire::connect_error(
                errors::convert(e, Tracker::default()),
                &self.address.shown,
            )),
            Err(_) => Err(wire::connect_timeout(&self.address.shown, self.connect_timeout)),
        }
    }
}

#[async_trait]
impl Connector for PgConnector {
    fn describe(&self) -> String {
        self.address.shown.clone()
    }

    async fn connect(&self, _lane: Lane) -> Result<Box<dyn Connection>> {
        Ok(Box::new(self.within(self.open()).await?))
    }

    async fn cancel(&self, backend: u64) -> Result<()> {
        let Ok(backend) = i32::try_from(backend) else {
            return Err(Error::new(
                ErrorKind::Invalid,
                "no PostgreSQL session has this number",
            ));
        };
        self.within(async {
            let mut conn = self.start().await?;
            let sql = format!("SELECT pg_cancel_backend({backend})");
            guarded(execute(&mut conn, &sql)).await?;
            conn.close().await
        })
        .await
    }
}

/// Whole milliseconds; a limit below one is one, as none would be no limit.
fn millis(limit: Duration) -> String {
    limit.as_millis().clamp(1, 2_147_483_647).to_string()
}

/// An unknown setting, one that this platform lacks, or a pooler that passes none on.
fn refuses_settings(code: Option<&str>) -> bool {
    matches!(code, Some("42704" | "22023" | "0A000" | "55P02" | "08P01"))
}

/// Runs text of any number of statements, whose rows are dropped.
pub(super) async fn execute(conn: &mut PgConnection, sql: &str) -> std::result::Result<(), sqlx::Error> {
    let mut answers = conn.fetch_many(raw_sql(AssertSqlSafe(sql.to_owned())));
    while answers.try_next().await?.is_some() {}
    Ok(())
}

async fn backend_id(conn: &mut PgConnection) -> std::result::Result<Option<u64>, sqlx::Error> {
    let row = conn.fetch_one(raw_sql("SELECT pg_backend_pid()")).await?;
    Ok(row
        .try_get_raw(0)?
        .as_str()
        .ok()
        .and_then(|text| text.parse().ok()))
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
mod tests {
    use super::*;

    fn connector(url: &str) -> PgConnector {
        PgConnector::new(&ConnectOptions::new(url)).unwrap()
    }

    #[test]
    fn a_server_elsewhere_must_show_a_certificate() {
        let tls = |url: &str| format!("{:?}", connector(url).options.get_ssl_mode());
        assert_eq!(tls("postgres://app:geheim@db.example.com/shop"), "VerifyFull");
        assert_eq!(
            tls("postgres://app@db.example.com/shop?sslmode=disable"),
            "Disable"
        );
        assert_ne!(tls("postgres://app@127.0.0.1/shop"), "VerifyFull");
        assert_ne!(tls("postgres://app@%2Fvar%2Frun%2Fpostgresql/shop"), "VerifyFull");
    }

    #[test]
    fn the_password_is_not_shown() {
        let c = connector("postgresql://app:geheim@db.example.com:6543/shop");
        assert_eq!(c.describe(), "postgresql://app@db.example.com:6543/shop");
        for url in [
            "postgres://u:geheim@h:x/y",
            "postgres://u:geheim@h/y?sslmode=geheim",
            "mysql://u:geheim@h/y",
            "postgres://u:geheim%FF@h/y",
        ] {
            let e = PgConnector::new(&ConnectOptions::new(url)).err().unwrap();
            assert!(!format!("{e} {e:?}").contains("geheim"), "{e}");
        }
    }

    #[test]
    fn a_limit_is_never_none() {
        assert_eq!(millis(Duration::from_nanos(1)), "1");
        assert_eq!(millis(Duration::MAX), "2147483647");
    }
}
