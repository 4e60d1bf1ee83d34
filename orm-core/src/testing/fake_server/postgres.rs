//! The messages of PostgreSQL's protocol, whole or broken.
//!
//! ```
//! use orm_core::testing::fake_server::postgres::{columns, complete, ready, row};
//!
//! // Two columns are described and one is sent.
//! let broken = [columns(2, 23), row(&[Some(b"1")]), complete("SELECT 1"), ready()];
//! ```

use std::io;

use tokio::io::AsyncReadExt;
use tokio::net::TcpStream;

/// A message of this kind. Its length is right; write another into the bytes 1 to 4 to make it wrong.
#[must_use]
pub fn message(kind: u8, body: &[u8]) -> Vec<u8> {
    let length = u32::try_from(body.len() + 4).unwrap_or(u32::MAX);
    [&[kind], &length.to_be_bytes()[..], body].concat()
}

/// ReadyForQuery, outside of a transaction.
#[must_use]
pub fn ready() -> Vec<u8> {
    message(b'Z', b"I")
}

/// RowDescription of so many columns of the type with this OID, all named `a`.
#[must_use]
pub fn columns(count: u16, oid: u32) -> Vec<u8> {
    let mut body = count.to_be_bytes().to_vec();
    for _ in 0..count {
        body.extend(b"a\0");
        body.extend([0; 6]);
        body.extend(oid.to_be_bytes());
        body.extend([0; 8]);
    }
    message(b'T', &body)
}

/// DataRow with these values; `None` is NULL.
#[must_use]
pub fn row(values: &[Option<&[u8]>]) -> Vec<u8> {
    let count = u16::try_from(values.len()).unwrap_or(u16::MAX);
    let mut body = count.to_be_bytes().to_vec();
    for value in values {
        let length = value.map_or(u32::MAX, |v| u32::try_from(v.len()).unwrap_or(u32::MAX));
        body.extend(length.to_be_bytes());
        body.extend(value.unwrap_or_default());
    }
    message(b'D', &body)
}

/// CommandComplete.
#[must_use]
pub fn complete(tag: &str) -> Vec<u8> {
    message(b'C', &[tag.as_bytes(), b"\0"].concat())
}

/// ErrorResponse with a code and a message.
#[must_use]
pub fn error(code: &str, text: &str) -> Vec<u8> {
    error_with(code, text, &[])
}

/// ErrorResponse with more fields: `D` is the detail, `H` the hint, `t`, `c` and `n` are table, column and constraint.
#[must_use]
pub fn error_with(code: &str, text: &str, fields: &[(char, &str)]) -> Vec<u8> {
    let mut body = format!("SERROR\0VERROR\0C{code}\0M{text}\0");
    for (field, text) in fields {
        body.extend([*field]);
        body.push_str(text);
        body.push('\0');
    }
    body.push('\0');
    message(b'E', body.as_bytes())
}

/// AuthenticationOk and ReadyForQuery: the answer to the first message of a client that is let in.
#[must_use]
pub fn welcome() -> Vec<u8> {
    [message(b'R', &[0; 4]), ready()].concat()
}

/// AuthenticationSASL: asks for SCRAM-SHA-256.
#[must_use]
pub fn ask_for_scram() -> Vec<u8> {
    message(b'R', b"\0\0\0\x0aSCRAM-SHA-256\0\0")
}

/// AuthenticationSASLContinue with this many rounds of hashing for the client.
#[must_use]
pub fn scram_rounds(iterations: u32) -> Vec<u8> {
    let first = format!("r=nonce,s=c2FsdA==,i={iterations}");
    message(b'R', &[b"\0\0\0\x0b", first.as_bytes()].concat())
}

/// The answer to what `orm_core` asks first: the number of the session's process.
pub(super) fn opening() -> Vec<u8> {
    [columns(1, 23), row(&[Some(b"77")]), complete("SELECT 1"), ready()].concat()
}

/// A client's message, and whether it waits for an answer to it. The first has no kind.
pub(super) async fn hear(socket: &mut TcpStream, first: bool) -> io::Result<(Vec<u8>, bool)> {
    let kind = match first {
        true => None,
        false => Some(socket.read_u8().await?),
    };
    let length = usize::try_from(socket.read_u32().await?).unwrap_or_default();
    let mut body = vec![0; length.saturating_sub(4)];
    socket.read_exact(&mut body).await?;
    // A query, the end of a row of messages, a part of a login.
    let asks = matches!(kind, None | Some(b'Q' | b'S' | b'p'));
    Ok((kind.into_iter().chain(body).collect(), asks))
}
