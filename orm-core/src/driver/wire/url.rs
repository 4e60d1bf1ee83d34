//! The database URL as far as it may be shown and judged. Errors never repeat it.

use std::net::IpAddr;
use std::path::Path;

use url::Url;

use crate::error::{Error, ErrorKind, Result};

/// Where a URL leads.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Address {
    /// `scheme://user@host:port/database`, without a password.
    pub(crate) shown: String,
    /// The host is this machine, or a socket.
    pub(crate) local: bool,
    /// The URL says how to encrypt.
    pub(crate) says_tls: bool,
}

impl Address {
    /// Judges a URL and what the wire library made of it.
    pub(crate) fn new(
        url: &Url,
        user: &str,
        host: &str,
        port: u16,
        socket: Option<&Path>,
        database: &str,
    ) -> Self {
        let local = socket.is_some() || is_local(host);
        let place = match socket {
            Some(path) => path.display().to_string(),
            None => format!("{host}:{port}"),
        };
        Address {
            shown: format!("{}://{user}@{place}/{database}", url.scheme()),
            local,
            says_tls: url
                .query_pairs()
                .any(|(key, _)| matches!(&*key, "sslmode" | "ssl-mode")),
        }
    }

    /// Whether the server must show a certificate for its name.
    pub(crate) const fn must_verify(&self) -> bool {
        !self.local && !self.says_tls
    }
}

fn is_local(host: &str) -> bool {
    let host = host.trim_start_matches('[').trim_end_matches(']');
    host.starts_with('/')
        || host.eq_ignore_ascii_case("localhost")
        || host.parse::<IpAddr>().is_ok_and(|ip| ip.is_loopback())
}

/// Reads a URL of one of these schemes. An option about encryption that nobody knows is refused: the wire library would
/// ignore it, and what was meant to be secure would not be.
pub(crate) fn parse(text: &str, schemes: &[&str], tls_options: &[&str]) -> Result<Url> {
    let url = Url::parse(text).map_err(|e| {
        // The parser's errors are fixed texts.
        Error::new(ErrorKind::Connect, "the database URL cannot be read").with_source(e)
    })?;
    if !schemes.contains(&url.scheme()) {
        return Err(Error::new(
            ErrorKind::Connect,
            format!(
                "the database URL must begin with `{}://`",
                schemes.join("://` or `")
            ),
        ));
    }
    let unknown = url
        .query_pairs()
        .map(|(key, _)| key)
        .find(|key| (key.starts_with("ssl") || key.starts_with("tls")) && !tls_options.contains(&&**key));
    match unknown {
        Some(key) => Err(Error::new(
            ErrorKind::Connect,
            format!(
                "the database URL has the unknown option `{key}`: about encryption it may have `{}`",
                tls_options.join("`, `")
            ),
        )),
        None => Ok(url),
    }
}

/// The error for a URL whose parts are not understood.
pub(crate) fn not_understood(url: &Url) -> Error {
    let keys: Vec<String> = url.query_pairs().map(|(key, _)| format!("`{key}`")).collect();
    let message = if keys.is_empty() {
        "the database URL is not understood: names and passwords in it are percent-encoded UTF-8".to_owned()
    } else {
        format!(
            "the database URL is not understood: see the options {}",
            keys.join(", ")
        )
    };
    Error::new(ErrorKind::Connect, message)
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
mod tests {
    use super::*;

    #[test]
    fn only_this_machine_is_local() {
        for host in [
            "localhost",
            "LOCALHOST",
            "127.0.0.1",
            "127.8.8.8",
            "::1",
            "[::1]",
            "/run/pg",
        ] {
            assert!(is_local(host), "{host}");
        }
        for host in [
            "db",
            "localhost.example.com",
            "10.0.0.1",
            "128.0.0.1",
            "0.0.0.0",
            "",
        ] {
            assert!(!is_local(host), "{host}");
        }
    }

    #[test]
    fn errors_do_not_repeat_the_url() {
        for text in [
            "postgres://u:geheim@h:99999/x",
            "geheim",
            "http://u:geheim@h/",
            "postgres://u:geheim@h/x?sslmod=geheim",
        ] {
            let e = parse(text, &["postgres"], &["sslmode"]).unwrap_err();
            assert!(!format!("{e} {e:?}").contains("geheim"), "{e}");
        }
        let url = parse(
            "postgres://u:geheim@h/x?sslmode=geheim",
            &["postgres"],
            &["sslmode"],
        )
        .unwrap();
        assert!(!not_understood(&url).to_string().contains("geheim"));
    }
}
