//! The script is played as it stands, for each connection anew.
#![allow(clippy::unwrap_used, reason = "a test that fails panics")]

use std::time::Duration;

use tokio::io::AsyncReadExt;
use tokio::time::timeout;

use super::*;

async fn heard(socket: &mut TcpStream, expected: &[u8]) {
    let mut all = vec![0; expected.len()];
    socket.read_exact(&mut all).await.unwrap();
    assert_eq!(all, expected);
}

async fn silent(socket: &mut TcpStream) -> bool {
    timeout(Duration::from_millis(60), socket.read_u8())
        .await
        .is_err()
}

#[tokio::test]
async fn answers_come_in_order_and_the_last_one_again_and_again() {
    let script = Script::new()
        .then(b"one".to_vec())
        .then(Answer::Silence)
        .then([b"three".to_vec(), b"!".to_vec()]);
    let server = FakeServer::postgres(script).await.unwrap();
    for _ in 0..2 {
        let mut socket = TcpStream::connect(server.address).await.unwrap();
        socket.write_all(&[0, 0, 0, 6, b'h', b'i']).await.unwrap();
        heard(&mut socket, &postgres::welcome()).await;
        let ask = postgres::message(b'Q', b"?\0");
        socket.write_all(&ask).await.unwrap();
        heard(&mut socket, &postgres::opening()).await;
        socket.write_all(&ask).await.unwrap();
        heard(&mut socket, b"one").await;
        socket.write_all(&ask).await.unwrap();
        assert!(silent(&mut socket).await);
        for _ in 0..2 {
            // What only prepares is not answered, its end is.
            socket.write_all(&postgres::message(b'P', b"x\0")).await.unwrap();
            assert!(silent(&mut socket).await);
            socket.write_all(&postgres::message(b'S', b"")).await.unwrap();
            heard(&mut socket, b"three!").await;
        }
    }
    assert_eq!(server.accepted(), 2);
    assert_eq!(server.heard()[..2], [b"hi".to_vec(), b"Q?\0".to_vec()]);
}

#[tokio::test]
async fn a_login_is_played_or_refused() {
    let script = Script::new()
        .refuse(|start| (start == b"no").then(|| b"go".to_vec()))
        .login([
            postgres::ask_for_scram().into(),
            Answer::Last(postgres::scram_rounds(7)),
        ]);
    let server = FakeServer::postgres(script).await.unwrap();
    let mut socket = TcpStream::connect(server.address).await.unwrap();
    socket.write_all(&[0, 0, 0, 6, b'n', b'o']).await.unwrap();
    heard(&mut socket, b"go").await;
    assert!(socket.read_u8().await.is_err());
    let mut socket = TcpStream::connect(server.address).await.unwrap();
    socket.write_all(&[0, 0, 0, 5, b'x']).await.unwrap();
    heard(&mut socket, &postgres::ask_for_scram()).await;
    socket.write_all(&postgres::message(b'p', b"mine")).await.unwrap();
    heard(&mut socket, &postgres::scram_rounds(7)).await;
    assert!(socket.read_u8().await.is_err());
}

#[tokio::test]
async fn mysql_speaks_first_and_expects_no_question_in_a_farewell() {
    let server = FakeServer::mysql(Script::new().without_opening().then(mysql::ok(1)))
        .await
        .unwrap();
    let mut socket = TcpStream::connect(server.address).await.unwrap();
    heard(&mut socket, &mysql::greeting()).await;
    socket.write_all(&mysql::packet(1, b"login")).await.unwrap();
    heard(&mut socket, &mysql::ok(2)).await;
    socket.write_all(&mysql::packet(0, &[1])).await.unwrap();
    assert!(silent(&mut socket).await);
    socket
        .write_all(&mysql::packet(0, b"\x03SELECT 1"))
        .await
        .unwrap();
    heard(&mut socket, &mysql::ok(1)).await;
}

/// What the drivers ask at the start is what the script answers: they get in, and get the answers that follow.
#[cfg(all(feature = "postgres", feature = "mysql"))]
#[tokio::test]
async fn our_own_drivers_are_let_in() {
    use crate::Db;
    use crate::query::sql;

    let no = [postgres::error("42P01", "no such table"), postgres::ready()];
    let pg = FakeServer::postgres(Script::new().then(no)).await.unwrap();
    let my = FakeServer::mysql(Script::new().then(mysql::error(1, 1146, "42S02", "no such table")))
        .await
        .unwrap();
    for (server, code) in [(pg, "42P01"), (my, "1146")] {
        let db = Db::connect(server.url()).await.unwrap();
        let e = sql("SELECT * FROM t").exec(&db).await.unwrap_err();
        assert_eq!(e.code(), Some(code), "{e}");
        assert!(server.accepted() == 1 && !format!("{server:?}").contains("password"));
    }
}
