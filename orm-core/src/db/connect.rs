//! From a URL's scheme to the driver that speaks to such a server.

use std::sync::Arc;

use crate::driver::{ConnectOptions, Connector};
use crate::error::{Error, Result};

/// The connector for a URL.
///
/// # Errors
/// `Invalid` for a scheme that nobody knows, `Unsupported` for a driver that is not compiled in. Neither prints the URL.
pub(super) fn connector(options: &ConnectOptions) -> Result<Arc<dyn Connector>> {
    let url = options.url.reveal();
    let scheme = url.split_once(':').map_or("", |(scheme, _)| scheme);
    match scheme.to_ascii_lowercase().as_str() {
        "sqlite" => sqlite(options),
        "postgres" | "postgresql" => postgres(options),
        "mysql" | "mariadb" => mysql(options),
        // Without a scheme, anything may stand there, a password too.
        "" => Err(Error::invalid(format!(
            "a database URL begins with its scheme: {KNOWN}"
        ))),
        other
            if other
                .chars()
                .all(|c| c.is_ascii_alphanumeric() || "+-.".contains(c)) =>
        {
            Err(Error::invalid(format!(
                "no database has the scheme `{other}`: a URL begins with {KNOWN}"
            )))
        }
        _ => Err(Error::invalid(format!(
            "a database URL begins with its scheme: {KNOWN}"
        ))),
    }
}

const KNOWN: &str = "`sqlite:`, `postgres://`, `postgresql://`, `mysql://` or `mariadb://`";

#[cfg(feature = "sqlite-unbundled")]
fn sqlite(options: &ConnectOptions) -> Result<Arc<dyn Connector>> {
    Ok(Arc::new(crate::driver::sqlite::SqliteConnector::new(options)?))
}

#[cfg(not(feature = "sqlite-unbundled"))]
fn sqlite(_options: &ConnectOptions) -> Result<Arc<dyn Connector>> {
    Err(missing("SQLite", "sqlite"))
}

#[cfg(feature = "postgres")]
fn postgres(options: &ConnectOptions) -> Result<Arc<dyn Connector>> {
    Ok(Arc::new(crate::driver::postgres::PgConnector::new(options)?))
}

#[cfg(not(feature = "postgres"))]
fn postgres(_options: &ConnectOptions) -> Result<Arc<dyn Connector>> {
    Err(missing("PostgreSQL", "postgres"))
}

#[cfg(feature = "mysql")]
fn mysql(options: &ConnectOptions) -> Result<Arc<dyn Connector>> {
    Ok(Arc::new(crate::driver::mysql::MySqlConnector::new(options)?))
}

#[cfg(not(feature = "mysql"))]
fn mysql(_options: &ConnectOptions) -> Result<Arc<dyn Connector>> {
    Err(missing("MySQL and MariaDB", "mysql"))
}

#[allow(dead_code, reason = "not used when every driver is compiled in")]
fn missing(database: &str, feature: &str) -> Error {
    Error::unsupported(format!(
        "the driver for {database} is not compiled in: enable the feature `{feature}` of this crate"
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(url: &str) -> String {
        connector(&ConnectOptions::new(url))
            .err()
            .map(|e| e.to_string())
            .unwrap_or_default()
    }

    #[test]
    fn unknown_schemes_are_told_and_the_url_is_not() {
        let text = refused("oracle://scott:tiger@host/db");
        assert!(
            text.contains("`oracle`") && text.contains("`mariadb://`"),
            "{text}"
        );
        for url in ["oracle://u:tiger@host", "tiger", "my tiger:x", ""] {
            assert!(!refused(url).contains("tiger"), "{}", refused(url));
        }
    }
}
