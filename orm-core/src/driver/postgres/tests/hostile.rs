//! A server that is old, broken or hostile, played by a few lines.

use std::sync::Arc;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

use super::PgConnector;
use crate::driver::wire::testing::{all, connect};
use crate::driver::{ConnectOptions, Connector, State};
use crate::exec::Stmt;

fn message(kind: u8, body: &[u8]) -> Vec<u8> {
    let mut out = vec![kind];
    out.extend(u32::try_from(body.len() + 4).unwrap().to_be_bytes());
    out.extend(body);
    out
}

fn ready() -> Vec<u8> {
    message(b'Z', b"I")
}

/// Columns of this type, all named `a`.
fn columns(count: u16, oid: u32) -> Vec<u8> {
    let mut body = count.to_be_bytes().to_vec();
    for _ in 0..count {
        body.extend(b"a\0");
        body.extend([0; 6]);
        body.extend(oid.to_be_bytes());
        body.extend([0; 8]);
    }
    message(b'T', &body)
}

fn one_value(text: &[u8]) -> Vec<u8> {
    let mut body = vec![0, 1];
    body.extend(u32::try_from(text.len()).unwrap().to_be_bytes());
    body.extend(text);
    message(b'D', &body)
}

/// Reads what the client says, a message each time; the start has no kind.
async fn hear(socket: &mut TcpStream, started: bool) -> Option<Vec<u8>> {
    if started {
        socket.read_u8().await.ok()?;
    }
    let len = usize::try_from(socket.read_u32().await.ok()?).ok()?;
    let mut body = vec![0; len.checked_sub(4)?];
    socket.read_exact(&mut body).await.ok()?;
    Some(body)
}

/// Answers each start by a choice of its own, the first query by a number, and each other by these bytes.
async fn play(refuse: fn(&[u8]) -> Option<&'static str>, answer: Vec<u8>) -> Arc<dyn Connector> {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    tokio::spawn(async move {
        while let Ok((mut socket, _)) = listener.accept().await {
            let answer = answer.clone();
            tokio::spawn(async move {
                let start = hear(&mut socket, false).await?;
                if let Some(code) = refuse(&start) {
                    let error = message(b'E', format!("SFATAL\0C{code}\0Mno\0\0").as_bytes());
                    return socket.write_all(&error).await.ok();
                }
                socket
                    .write_all(&[message(b'R', &[0; 4]), ready()].concat())
                    .await
                    .ok()?;
                let pid = [
                    columns(1, 23),
                    one_value(b"77"),
                    message(b'C', b"SELECT 1\0"),
                    ready(),
                ];
                hear(&mut socket, true).await?;
                socket.write_all(&pid.concat()).await.ok()?;
                while hear(&mut socket, true).await.is_some() {
                    socket.write_all(&answer).await.ok()?;
                }
                Some(())
            });
        }
    });
    let options = ConnectOptions::new(format!("postgres://a:b@127.0.0.1:{port}/x?sslmode=disable"));
    Arc::new(PgConnector::new(&options).unwrap())
}

fn has(start: &[u8], word: &str) -> bool {
    start.windows(word.len()).any(|w| w == word.as_bytes())
}

#[tokio::test]
async fn a_server_that_knows_fewer_settings_gets_fewer() {
    let old = |start: &[u8]| has(start, "client_connection_check_interval").then_some("42704");
    let pooler = |start: &[u8]| has(start, "statement_timeout").then_some("08P01");
    let done = || [message(b'C', b"SET\0"), ready()].concat();
    for (refuse, again) in [(old as fn(&[u8]) -> _, true), (pooler, false)] {
        let connector = play(refuse, done()).await;
        for _ in 0..2 {
            let conn = connect(&connector).await;
            assert_eq!(conn.backend_id(), Some(77), "{again}");
        }
    }
    let never = play(|_| Some("42704"), Vec::new()).await;
    assert!(never.connect(crate::driver::Lane::Main).await.is_err());
}

#[tokio::test]
async fn a_broken_answer_is_an_error_and_ends_the_connection() {
    let short_row = [
        columns(2, 23),
        one_value(b"1"),
        message(b'C', b"SELECT 1\0"),
        ready(),
    ]
    .concat();
    let long_value = [
        columns(1, 23),
        message(b'D', &[0, 1, 0, 0, 0, 200, b'1']),
        ready(),
    ]
    .concat();
    let no_length = [columns(1, 23), message(b'D', &[0, 1]), ready()].concat();
    let odd_message = message(b'?', b"");
    let odd_kind = message(b'T', &[0xFF; 3]);
    for (i, answer) in [short_row, long_value, no_length, odd_message, odd_kind]
        .into_iter()
        .enumerate()
    {
        let mut conn = connect(&play(|_| None, answer).await).await;
        let e = all(&mut conn, &Stmt::ddl("SELECT")).await.err().unwrap();
        assert!(e.retires(), "{i}: {e}");
        assert_eq!(conn.state(), State::Broken, "{i}");
        assert!(conn.recover().await.is_err(), "{i}");
    }
}
