//! A server that is broken or hostile, played by a script.

use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio::time::timeout;

use super::connector;
use crate::driver::wire::testing::{all, connect};
use crate::driver::{Connector, Lane, State};
use crate::error::ErrorKind;
use crate::exec::Stmt;
use crate::testing::FakeServer;
use crate::testing::fake_server::mysql::{column, end, error, ok, packet};
use crate::testing::fake_server::{Answer, Script};

async fn play(script: Script) -> (FakeServer, Arc<dyn Connector>) {
    let server = FakeServer::mysql(script).await.unwrap();
    let connector = connector(&server.url(), |o| {
        o.connect_timeout = Duration::from_millis(500);
    });
    (server, connector)
}

/// Answers that are no answers, to whatever was asked.
fn broken() -> Vec<Vec<u8>> {
    let one_column = [packet(1, &[1]), column(2, "a", 3)].concat();
    vec![
        packet(1, &[]),
        packet(1, &[0xFE; 9]),
        // More columns than there is memory.
        packet(1, &[0xFE, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0x7F]),
        // Definitions and rows that end too early.
        [packet(1, &[1]), packet(2, &[3, b'd'])].concat(),
        [one_column.clone(), packet(3, &[200, b'1'])].concat(),
        // A value with a length of many GiB, not the first, as that would be the end of the rows.
        [
            packet(1, &[2]),
            column(2, "a", 3),
            column(3, "b", 3),
            packet(
                4,
                &[
                    1, b'1', 0xFE, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0x7F, b'1',
                ],
            ),
        ]
        .concat(),
        // Two columns are described and the row has one.
        [
            packet(1, &[2]),
            column(2, "a", 3),
            column(3, "b", 3),
            packet(4, b"\x011"),
            end(5),
        ]
        .concat(),
        // A column of a type that does not exist.
        [packet(1, &[1]), column(2, "a", 0x77), end(3)].concat(),
        // An error without a code.
        packet(1, &[0xFF]),
    ]
}

#[tokio::test]
async fn a_broken_answer_at_the_start_is_an_error() {
    let one_column = [packet(1, &[1]), column(2, "a", 3)].concat();
    let other_shape = [one_column, packet(3, b"\x011"), end(4)].concat();
    // A result of another shape than was asked for, and an OK of nothing, are wrong here alone.
    for (i, answer) in broken().into_iter().chain([other_shape, ok(1)]).enumerate() {
        let (_server, connector) = play(Script::new().without_opening().then(answer)).await;
        let e = connector.connect(Lane::Main).await.err().unwrap();
        assert_eq!(e.kind(), ErrorKind::Connect, "{i}: {e}");
        assert!(!e.to_string().contains("within"), "{i}: {e}");
    }
}

#[tokio::test]
async fn a_broken_answer_is_an_error_and_ends_the_connection() {
    for (i, answer) in broken().into_iter().enumerate() {
        let (_server, connector) = play(Script::new().then(answer)).await;
        let mut conn = connect(&connector).await;
        let ran = timeout(Duration::from_secs(5), all(&mut conn, &Stmt::ddl("SELECT"))).await;
        let e = ran.unwrap_or_else(|_| panic!("{i}: it hangs")).err();
        let e = e.unwrap_or_else(|| panic!("{i}: it succeeded"));
        assert!(e.retires(), "{i}: {e}");
        assert_eq!(conn.state(), State::Broken, "{i}");
        assert!(conn.recover().await.is_err(), "{i}");
    }
}

#[tokio::test]
async fn a_login_that_takes_for_ever_ends_with_the_connect_timeout() {
    let (server, connector) = play(Script::new().login([Answer::Silence])).await;
    let start = Instant::now();
    let e = connector.connect(Lane::Main).await.err().unwrap();
    assert!(e.to_string().contains("within 500 ms"), "{e}");
    assert!(start.elapsed() < Duration::from_secs(5), "{:?}", start.elapsed());
    assert_eq!(server.accepted(), 1);
}

#[tokio::test]
async fn a_hostile_error_is_cut_cleaned_and_keeps_its_secrets() {
    let long = "x".repeat(1 << 20);
    let hostile = "\u{1b}]0;title\u{7}".to_owned() + &long;
    for (code, sqlstate, text, secret) in [
        (
            1064,
            "42000",
            format!("\u{1b}[31mred\u{1b}[0m\r\u{7} {long}"),
            false,
        ),
        (
            1062,
            "23000",
            format!("Duplicate entry 'geheim' for key '{hostile}.{hostile}'"),
            true,
        ),
        (1048, "23000", format!("Column '{hostile}' cannot be null"), false),
        (
            1452,
            "23000",
            format!(
                "Cannot add or update a child row: a foreign key constraint fails (`a`.`{hostile}`, CONSTRAINT `{hostile}` FOREIGN KEY"
            ),
            false,
        ),
    ] {
        let (_server, connector) = play(Script::new().then(error(1, code, sqlstate, &text))).await;
        let mut conn = connect(&connector).await;
        let e = all(&mut conn, &Stmt::ddl("SELECT")).await.err().unwrap();
        for shown in [format!("{e}"), format!("{e:?}"), format!("{e:#?}")] {
            assert!(shown.len() < 4096, "{code}: {} bytes", shown.len());
            assert!(!shown.contains("geheim"), "{shown}");
            assert!(!shown.contains(|c: char| c.is_control()), "{shown:?}");
        }
        assert_eq!(e.detail().is_some_and(|d| d.contains("geheim")), secret, "{code}");
    }
}
