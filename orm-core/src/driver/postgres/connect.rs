//! Making connections to PostgreSQL.

use std::str::FromStr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU8, Ordering};
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
    on_connect: Vec<String>,
    /// How much the other end takes at the start of a session, as far as it has shown.
    start: AtomicU8,
}

/// What a URL may say about encryption.
const OPTIONS: &[&str] = &[
    "sslmode",
    "ssl-mode",
    "sslrootcert",
    "ssl-root-cert",
    "ssl-ca",
    "sslcert",
    "ssl-cert",
    "sslkey",
    "ssl-key",
];

/// Everything is part of the start.
const WHOLE: u8 = 0;
/// An old server, or a platform without some settings.
const PLAIN: u8 = 1;
/// A pooler that passes no options on: they are set afterwards.
const BARE: u8 = 2;

impl PgConnector {
    /// For a URL and its options.
    ///
    /// # Errors
    /// `Connect` for a URL that cannot be read; the error does not repeat it.
    pub(crate) fn new(options: &ConnectOptions) -> Result<Self> {
        let url = wire::parse_url(options.url.reveal(), &["postgres", "postgresql"], OPTIONS)?;
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
                statement_cache: cache,
                max_parameter_bytes: options.max_parameter_bytes,
                local_timeout: options
                    .statement_timeout
                    .filter(|_| options.transaction_pooler)
                    .map(millis),
                pooler: options.transaction_pooler,
            }),
            connect_timeout: options.connect_timeout,
            statement_timeout: options.statement_timeout,
            on_connect: options.on_connect_sql(),
            start: AtomicU8::new(if options.transaction_pooler { BARE } else { WHOLE }),
        })
    }

    /// The options of the session, sent with its start so that `RESET ALL` comes back to them.
    fn with_settings(&self, start: u8) -> PgConnectOptions {
        let mut options = self.options.clone();
        if start == WHOLE {
            options = options.options([
                // A statement whose client is gone stops; from version 14 on.
                ("client_connection_check_interval", "500"),
                ("tcp_keepalives_idle", "30"),
                ("tcp_keepalives_interval", "10"),
                ("tcp_keepalives_count", "3"),
            ]);
        }
        match self.statement_timeout {
            Some(limit) if start != BARE => options.options([("statement_timeout", millis(limit))]),
            _ => options,
        }
    }

    async fn start(&self) -> std::result::Result<(PgConnection, u8), sqlx::Error> {
        loop {
            let start = self.start.load(Ordering::Relaxed);
            match guarded(self.with_settings(start).connect()).await {
                Err(sqlx::Error::Database(e)) if takes_less(e.code().as_deref(), start).is_some() => {
                    let less = takes_less(e.code().as_deref(), start).unwrap_or(BARE);
                    self.start.store(less, Ordering::Relaxed);
                }
                other => return other.map(|conn| (conn, start)),
            }
        }
    }

    async fn open(&self) -> std::result::Result<PgConn, sqlx::Error> {
        let (mut conn, start) = self.start().await?;
        let mut after_start = self.on_connect.clone();
        if let (BARE, false, Some(limit)) = (start, self.settings.pooler, self.statement_timeout) {
            after_start.insert(0, format!("SET statement_timeout = {}", millis(limit)));
        }
        // Behind a pooler, the number is that of whichever session served this statement.
        let backend = match self.settings.pooler {
            true => None,
            false => guarded(backend_id(&mut conn)).await?,
        };
        for sql in &after_start {
            guarded(execute(&mut conn, sql)).await?;
        }
        Ok(PgConn::new(
            conn,
            Arc::clone(&self.settings),
            backend,
            after_start,
        ))
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
            let (mut conn, _) = self.start().await?;
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

/// What to start with after this error: an unknown setting, one that this platform lacks, a pooler that passes none on.
fn takes_less(code: Option<&str>, start: u8) -> Option<u8> {
    match code {
        Some("42704" | "22023" | "0A000" | "55P02") if start == WHOLE => Some(PLAIN),
        Some("08P01") if start != BARE => Some(BARE),
        _ => None,
    }
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
            "postgres://u:geheim@h/y?sslmod=require",
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
