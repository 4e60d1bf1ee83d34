//! The packets of MySQL's protocol, whole or broken. Each has a number, which counts up from 1 within an answer.
//!
//! ```
//! use orm_core::testing::fake_server::mysql::{column, end, packet};
//!
//! // A row whose value is longer than the row.
//! let broken = [packet(1, &[1]), column(2, "a", 3), packet(3, &[200, b'1']), end(4)];
//! ```

use std::io;

use tokio::io::AsyncReadExt;
use tokio::net::TcpStream;

/// What the client's `LONG` type, `VAR_STRING` and so on are called on the wire.
const LONG_LONG: u8 = 8;
const VAR_STRING: u8 = 253;

/// A packet. Its length is right, for less than 16 MiB.
#[must_use]
pub fn packet(number: u8, body: &[u8]) -> Vec<u8> {
    let length = u32::try_from(body.len()).unwrap_or(u32::MAX).to_le_bytes();
    [&length[..3], &[number], body].concat()
}

/// OK, with nothing changed.
#[must_use]
pub fn ok(number: u8) -> Vec<u8> {
    packet(number, &[0, 0, 0, 2, 0, 0, 0])
}

/// The definition of a column of this type (3 is INT, 253 VARCHAR).
#[must_use]
pub fn column(number: u8, name: &str, kind: u8) -> Vec<u8> {
    let mut body = b"\x03def\0\0\0".to_vec();
    body.extend(text(name));
    body.extend(b"\0\x0c\x2d\0\x01\0\0\0");
    body.push(kind);
    body.extend([0; 5]);
    packet(number, &body)
}

/// A row of the text protocol.
#[must_use]
pub fn row(number: u8, values: &[&str]) -> Vec<u8> {
    packet(number, &values.iter().flat_map(|v| text(v)).collect::<Vec<u8>>())
}

/// The end of the rows.
#[must_use]
pub fn end(number: u8) -> Vec<u8> {
    packet(number, &[0xFE, 0, 0, 2, 0, 0, 0])
}

/// An error with its number, its SQLSTATE of five characters and a text.
#[must_use]
pub fn error(number: u8, code: u16, sqlstate: &str, text: &str) -> Vec<u8> {
    let body = [
        &[0xFF],
        &code.to_le_bytes()[..],
        b"#",
        sqlstate.as_bytes(),
        text.as_bytes(),
    ];
    packet(number, &body.concat())
}

/// A text with its length before it.
fn text(text: &str) -> Vec<u8> {
    let length = u8::try_from(text.len()).unwrap_or(250).min(250);
    [&[length], &text.as_bytes()[..usize::from(length)]].concat()
}

/// What the server says first.
pub(super) fn greeting() -> Vec<u8> {
    let mut body = vec![10];
    body.extend(b"8.0.36\0");
    body.extend([1, 0, 0, 0]);
    body.extend([b'x'; 8]);
    // Everything but encryption.
    body.extend([0, 0xFF, 0xF7, 45, 2, 0, 0xFF, 0xC7, 21]);
    body.extend([0; 10]);
    body.extend([b'x'; 12]);
    body.extend(b"\0mysql_native_password\0");
    packet(0, &body)
}

/// The answer to what `orm_core` says first: settings are taken, then who and what the server is.
pub(super) fn opening() -> Vec<u8> {
    const MORE: [u8; 7] = [0, 0, 0, 10, 0, 0, 0];
    const KINDS: [u8; 6] = [LONG_LONG, VAR_STRING, 10, 11, 12, 246];
    let mut all = [packet(1, &MORE), packet(2, &[6])].concat();
    for (number, kind) in (3..).zip(KINDS) {
        all.extend(column(number, "a", kind));
    }
    let values = [
        "77",
        "8.0.36",
        "2000-01-01",
        "00:00:00",
        "2000-01-01 00:00:00",
        "0",
    ];
    all.extend(row(9, &values));
    all.extend(end(10));
    all
}

/// A client's packet, and whether it waits for an answer.
pub(super) async fn hear(socket: &mut TcpStream) -> io::Result<(Vec<u8>, bool)> {
    const QUIT: u8 = 1;
    const CLOSE_STATEMENT: u8 = 25;
    let head = socket.read_u32_le().await?;
    let mut body = vec![0; usize::try_from(head & 0xFF_FFFF).unwrap_or_default()];
    socket.read_exact(&mut body).await?;
    // Only the first packet of a question counts: those of a login have other numbers.
    let command = (head >> 24 == 0).then(|| body.first().copied()).flatten();
    let asks = !matches!(command, Some(QUIT | CLOSE_STATEMENT));
    Ok((body, asks))
}
