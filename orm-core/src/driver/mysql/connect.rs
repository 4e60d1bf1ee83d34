//! Making connections to MySQL and MariaDB.

use std::str::FromStr;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use futures_util::TryStreamExt;
use sqlx::mysql::{MySqlConnectOptions, MySqlConnection, MySqlRow, MySqlSslMode};
use sqlx::{AssertSqlSafe, Column, ConnectOptions as _, Connection as _, Executor, Row, raw_sql};
use tokio::time::timeout;

use super::params::Types;
use super::{MySqlConn, Settings, errors, session};
use crate::driver::wire::{self, Address, guarded, nonsense};
use crate::driver::{ConnectOptions, Connection, Connector, Lane};
use crate::error::Result;
use crate::sql::Dialect;

/// Makes connections to one MySQL or MariaDB database.
pub(crate) struct MySqlConnector {
    options: MySqlConnectOptions,
    address: Address,
    settings: Arc<Settings>,
    connect_timeout: Duration,
}

/// Asked for together with the settings: who we are, whom we speak to, and types to send parameters as.
const WHO: &str = "SELECT CONNECTION_ID(), VERSION(), CAST('2000-01-01' AS DATE), CAST('00:00:00' AS TIME(6)), \
    CAST('2000-01-01 00:00:00' AS DATETIME(6)), CAST(0 AS DECIMAL(65,30)), @@max_allowed_packet";

/// What a URL may say about encryption.
const OPTIONS: &[&str] = &[
    "sslmode", "ssl-mode", "sslca", "ssl-ca", "sslcert", "ssl-cert", "sslkey", "ssl-key",
];

impl MySqlConnector {
    /// For a URL and its options.
    ///
    /// # Errors
    /// `Connect` for a URL that cannot be read; the error does not repeat it.
    pub(crate) fn new(options: &ConnectOptions) -> Result<Self> {
        let url = wire::parse_url(options.url.reveal(), &["mysql", "mariadb"], OPTIONS)?;
        let mut mysql =
            MySqlConnectOptions::from_str(options.url.reveal()).map_err(|_| wire::not_understood(&url))?;
        let address = Address::new(
            &url,
            mysql.get_username(),
            mysql.get_host(),
            mysql.get_port(),
            mysql.get_socket().map(|p| &**p),
            mysql.get_database().unwrap_or_default(),
        );
        if address.must_verify() {
            mysql = mysql.ssl_mode(MySqlSslMode::VerifyIdentity);
        }
        let settings = session::settings(mysql.get_collation(), options.statement_timeout);
        Ok(MySqlConnector {
            // The settings are ours, in one trip with what we ask.
            options: mysql
                .pipes_as_concat(false)
                .no_engine_substitution(false)
                .timezone(None)
                .set_names(false)
                .statement_cache_capacity(options.statement_cache)
                .disable_statement_logging(),
            address,
            settings: Arc::new(Settings {
                session: settings,
                on_connect: options.on_connect_sql(),
                statement_cache: options.statement_cache,
                max_parameter_bytes: options.max_parameter_bytes,
            }),
            connect_timeout: options.connect_timeout,
        })
    }

    async fn open(&self) -> std::result::Result<MySqlConn, sqlx::Error> {
        let mut conn = guarded(self.options.connect()).await?;
        let sql = format!("{}; {WHO}", self.settings.session);
        let row = guarded(last_row(&mut conn, &sql)).await?.ok_or_else(nonsense)?;
        for sql in &self.settings.on_connect {
            guarded(last_row(&mut conn, sql)).await?;
        }
        let version = word(&row, 1).unwrap_or_default();
        let dialect = match version.to_ascii_lowercase().contains("mariadb") {
            true => Dialect::MariaDb,
            false => Dialect::MySql,
        };
        let kind = |index: usize| {
            row.columns()
                .get(index)
                .map(|c| c.type_info().clone())
                .ok_or_else(nonsense)
        };
        let types = Types {
            date: kind(2)?,
            time: kind(3)?,
            datetime: kind(4)?,
            decimal: kind(5)?,
        };
        let backend = word(&row, 0).and_then(|text| text.parse().ok());
        Ok(MySqlConn::new(
            conn,
            Arc::clone(&self.settings),
            dialect,
            backend,
            types,
            word(&row, 6)
                .and_then(|text| text.parse().ok())
                .unwrap_or(usize::MAX),
        ))
    }

    async fn within<T>(&self, work: impl Future<Output = std::result::Result<T, sqlx::Error>>) -> Result<T> {
        match timeout(self.connect_timeout, work).await {
            Ok(Ok(made)) => Ok(made),
            Ok(Err(e)) => Err(wire::connect_error(errors::convert(e), &self.address.shown)),
            Err(_) => Err(wire::connect_timeout(&self.address.shown, self.connect_timeout)),
        }
    }
}

#[async_trait]
impl Connector for MySqlConnector {
    fn describe(&self) -> String {
        self.address.shown.clone()
    }

    async fn connect(&self, _lane: Lane) -> Result<Box<dyn Connection>> {
        Ok(Box::new(self.within(self.open()).await?))
    }

    async fn cancel(&self, backend: u64) -> Result<()> {
        /// The session has ended by itself.
        const NO_SUCH_THREAD: u16 = 1094;
        self.within(async {
            let mut conn = guarded(self.options.connect()).await?;
            match guarded(last_row(&mut conn, &format!("KILL QUERY {backend}"))).await {
                Err(e) if errors::number(&e) == Some(NO_SUCH_THREAD) => {}
                Err(e) => return Err(e),
                Ok(_) => {}
            }
            conn.close().await
        })
        .await
    }
}

/// Runs text of any number of statements and gives the last row of all.
pub(super) async fn last_row(
    conn: &mut MySqlConnection,
    sql: &str,
) -> std::result::Result<Option<MySqlRow>, sqlx::Error> {
    let mut answers = conn.fetch_many(raw_sql(AssertSqlSafe(sql.to_owned())));
    let mut last = None;
    while let Some(answer) = answers.try_next().await? {
        if let sqlx::Either::Right(row) = answer {
            last = Some(row);
        }
    }
    Ok(last)
}

/// A value of a text's result as text.
pub(super) fn word(row: &MySqlRow, index: usize) -> Option<String> {
    super::cells::bytes_of(row, index).and_then(|b| std::str::from_utf8(b).ok().map(str::to_owned))
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
mod tests {
    use super::*;

    #[test]
    fn a_server_elsewhere_must_show_a_certificate() {
        let tls = |url: &str| {
            let made = MySqlConnector::new(&ConnectOptions::new(url)).unwrap();
            format!("{:?}", made.options.get_ssl_mode())
        };
        assert_eq!(tls("mysql://app:geheim@db.example.com/shop"), "VerifyIdentity");
        assert_eq!(
            tls("mysql://app@db.example.com/shop?ssl-mode=DISABLED"),
            "Disabled"
        );
        assert_eq!(tls("mariadb://app@[::1]/shop"), "Preferred");
        assert_eq!(
            tls("mysql://app@db/shop?socket=/run/mysqld/mysqld.sock"),
            "Preferred"
        );
    }

    #[test]
    fn the_password_is_not_shown() {
        let c = MySqlConnector::new(&ConnectOptions::new("mariadb://app:geheim@db:3307/shop")).unwrap();
        assert_eq!(c.describe(), "mariadb://app@db:3307/shop");
        for url in [
            "mysql://u:geheim@h:x/y",
            "mysql://u:geheim@h/y?ssl-mode=geheim",
            "postgres://u:geheim@h/y",
        ] {
            let e = MySqlConnector::new(&ConnectOptions::new(url)).err().unwrap();
            assert!(!format!("{e} {e:?}").contains("geheim"), "{e}");
        }
    }
}
