//! A server that is broken or hostile, played by a few lines.

use std::sync::Arc;
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

use super::connector;
use crate::driver::{Connector, Lane};
use crate::error::ErrorKind;

fn packet(sequence: u8, body: &[u8]) -> Vec<u8> {
    let len = u32::try_from(body.len()).unwrap().to_le_bytes();
    [&len[..3], &[sequence], body].concat()
}

fn handshake() -> Vec<u8> {
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

async fn hear(socket: &mut TcpStream) -> Option<()> {
    let mut head = [0; 4];
    socket.read_exact(&mut head).await.ok()?;
    let len = usize::try_from(u32::from_le_bytes([head[0], head[1], head[2], 0])).ok()?;
    socket.read_exact(&mut vec![0; len]).await.ok().map(drop)
}

/// Lets everybody in and answers the first query by these bytes.
async fn play(answer: Vec<u8>) -> Arc<dyn Connector> {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    tokio::spawn(async move {
        let (mut socket, _) = listener.accept().await.ok()?;
        socket.write_all(&handshake()).await.ok()?;
        hear(&mut socket).await?;
        socket.write_all(&packet(2, &[0, 0, 0, 2, 0, 0, 0])).await.ok()?;
        hear(&mut socket).await?;
        socket.write_all(&answer).await.ok()
    });
    connector(
        &format!("mysql://a:b@127.0.0.1:{port}/x?ssl-mode=DISABLED"),
        |o| {
            o.connect_timeout = Duration::from_secs(2);
        },
    )
}

#[tokio::test]
async fn a_broken_answer_is_an_error() {
    let column = b"\x03def\0\0\0\x01a\0\x0c\x2d\0\x01\0\0\0\x03\0\0\0\0\0";
    let one_column = [packet(1, &[1]), packet(2, column)].concat();
    for (i, answer) in [
        packet(1, &[]),
        packet(1, &[0xFE; 9]),
        // More columns than there is memory.
        packet(1, &[0xFE, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0x7F]),
        // Definitions and rows that end too early.
        [packet(1, &[1]), packet(2, &[3, b'd'])].concat(),
        [one_column.clone(), packet(3, &[200, b'1'])].concat(),
        // A result of another shape than was asked for.
        [one_column, packet(3, b"\x011"), packet(4, &[0xFE, 0, 0, 2, 0])].concat(),
        // An OK of nothing.
        packet(1, &[0, 0, 0, 2, 0, 0, 0]),
    ]
    .into_iter()
    .enumerate()
    {
        let e = play(answer).await.connect(Lane::Main).await.err().unwrap();
        assert_eq!(e.kind(), ErrorKind::Connect, "{i}: {e}");
        assert!(!e.to_string().contains("within"), "{i}: {e}");
    }
}
