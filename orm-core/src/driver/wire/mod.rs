//! What the drivers over a network have in common: addresses, errors of the wire, and the loop over rows.

mod pump;
#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
pub(crate) mod testing;
mod track;
mod url;

use std::future::Future;
use std::panic::AssertUnwindSafe;

use futures_util::FutureExt;

pub(crate) use pump::{Fault, RowDecoder, Target, pump};
pub(crate) use track::Tracker;
pub(crate) use url::{Address, not_understood, parse as parse_url};

use crate::error::{Class, Error, ErrorKind, clean};

/// Waits for the wire library and turns a panic of it, which only a broken or hostile server can cause, into an error.
pub(crate) async fn guarded<T>(
    call: impl Future<Output = std::result::Result<T, sqlx::Error>>,
) -> std::result::Result<T, sqlx::Error> {
    match AssertUnwindSafe(call).catch_unwind().await {
        Ok(result) => result,
        Err(_) => Err(nonsense()),
    }
}

/// The error for bytes that cannot be an answer.
pub(crate) fn nonsense() -> sqlx::Error {
    sqlx::Error::Protocol("the server sent an answer that makes no sense".to_owned())
}

/// What an error of the wire library means that is not the server's own.
pub(crate) fn wire_error(e: sqlx::Error) -> Error {
    match e {
        sqlx::Error::Io(e) => Error::new(ErrorKind::ConnectionLost, "the connection to the database broke")
            .with_source(e)
            .with_class(Class::Reconnect)
            .with_poison(true)
            .with_retire(true),
        sqlx::Error::Tls(e) => Error::new(ErrorKind::Connect, "no encrypted connection could be made")
            .with_source(e)
            .with_retire(true),
        // The text may repeat a part of the URL.
        sqlx::Error::Configuration(_) => Error::new(
            ErrorKind::Connect,
            "the options of the connection are not usable: see the database URL and the files that it names",
        ),
        sqlx::Error::Encode(e) => match e.downcast::<Error>() {
            Ok(ours) => *ours,
            Err(_) => Error::new(ErrorKind::Encode, "a parameter cannot be sent to the database"),
        },
        sqlx::Error::Protocol(text) => {
            Error::new(ErrorKind::Database, "the answer of the server was not understood")
                // It may repeat what the server sent.
                .with_source(clean(text.into()).into_owned())
                .with_poison(true)
                .with_retire(true)
        }
        _ => Error::new(ErrorKind::Database, "the connection can no longer be used")
            .with_poison(true)
            .with_retire(true),
    }
}

/// The same error as it is meant while a connection is being made.
pub(crate) fn connect_error(e: Error, to: &str) -> Error {
    let (kind, class) = match e.kind() {
        ErrorKind::ConnectionLost => (ErrorKind::Connect, Class::Wait),
        ErrorKind::Connect => (ErrorKind::Connect, e.class()),
        _ => (ErrorKind::Connect, Class::Fail),
    };
    let code = e.code().map(str::to_owned);
    let made = Error::new(kind, format!("no connection to {to}"))
        .with_class(class)
        .with_source(e);
    match code {
        Some(code) => made.with_code(code),
        None => made,
    }
}

/// The error of a connect that took too long.
pub(crate) fn connect_timeout(to: &str, limit: std::time::Duration) -> Error {
    Error::new(
        ErrorKind::Connect,
        format!("no connection to {to} within {} ms", limit.as_millis()),
    )
    .with_class(Class::Wait)
}

/// The error of a connection that cannot be used any more.
pub(crate) fn broken() -> Error {
    wire_error(sqlx::Error::Io(std::io::ErrorKind::NotConnected.into()))
}

/// COMMIT of a transaction that the server has given up: what was done in it is undone.
pub(crate) fn commit_of_failed() -> Error {
    Error::new(
        ErrorKind::TransactionAborted,
        "an earlier statement of the transaction had failed: the server rolled back at COMMIT",
    )
    .with_poison(true)
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
mod tests {
    use super::*;

    #[test]
    fn io_errors_retire_the_connection() {
        let e = wire_error(sqlx::Error::Io(std::io::ErrorKind::ConnectionReset.into()));
        assert_eq!(
            (e.kind(), e.class(), e.retires()),
            (ErrorKind::ConnectionLost, Class::Reconnect, true)
        );
        let e = connect_error(e, "postgres://app@db:5432/x");
        assert_eq!((e.kind(), e.class()), (ErrorKind::Connect, Class::Wait));
    }
}
