//! A server that is old, broken or hostile, played by a script.

use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio::time::timeout;

use super::PgConnector;
use crate::driver::wire::testing::{all, connect};
use crate::driver::{ConnectOptions, Connector, Lane, State};
use crate::error::ErrorKind;
use crate::exec::Stmt;
use crate::testing::FakeServer;
use crate::testing::fake_server::postgres::{
    ask_for_scram, columns, complete, error, error_with, message, ready, row, scram_rounds,
};
use crate::testing::fake_server::{Answer, Script};

async fn play(script: Script) -> (FakeServer, Arc<dyn Connector>) {
    let server = FakeServer::postgres(script).await.unwrap();
    let mut options = ConnectOptions::new(server.url());
    options.connect_timeout = Duration::from_millis(500);
    (server, Arc::new(PgConnector::new(&options).unwrap()))
}

fn has(start: &[u8], word: &str) -> bool {
    start.windows(word.len()).any(|w| w == word.as_bytes())
}

#[tokio::test]
async fn a_server_that_knows_fewer_settings_gets_fewer() {
    let old = |start: &[u8]| has(start, "client_connection_check_interval").then(|| error("42704", "no"));
    let pooler = |start: &[u8]| has(start, "statement_timeout").then(|| error("08P01", "no"));
    for (refuse, again) in [(old as fn(&[u8]) -> Option<Vec<u8>>, true), (pooler, false)] {
        let (_server, connector) = play(Script::new().refuse(refuse).then([complete("SET"), ready()])).await;
        for _ in 0..2 {
            let conn = connect(&connector).await;
            assert_eq!(conn.backend_id(), Some(77), "{again}");
        }
    }
    let (_server, never) = play(Script::new().refuse(|_| Some(error("42704", "no")))).await;
    assert!(never.connect(Lane::Main).await.is_err());
}

/// Puts another length into a message.
fn length(mut message: Vec<u8>, length: u32) -> Vec<u8> {
    message[1..5].copy_from_slice(&length.to_be_bytes());
    message
}

#[tokio::test]
async fn a_broken_answer_is_an_error_and_ends_the_connection() {
    let one = || row(&[Some(b"1")]);
    let end = || [complete("SELECT 1"), ready()].concat();
    for (i, answer) in [
        // Fewer fields than described.
        [columns(2, 23), one(), end()].concat(),
        // A value that is longer than its row, a row without any.
        [
            columns(1, 23),
            message(b'D', &[0, 1, 0, 0, 0, 200, b'1']),
            ready(),
        ]
        .concat(),
        [columns(1, 23), message(b'D', &[0, 1]), ready()].concat(),
        // More fields than the message has bytes for.
        [
            columns(1, 23),
            message(b'D', &[0xFF, 0xFF, 0, 0, 0, 1, b'1']),
            end(),
        ]
        .concat(),
        message(b'?', b""),
        message(b'T', &[0xFF; 3]),
        // Lengths that leave no room for themselves.
        length(one(), 0),
        length(one(), 3),
        // An error without anything, a text without an end.
        message(b'E', b"\0"),
        message(b'E', b"Mno end"),
    ]
    .into_iter()
    .enumerate()
    {
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

/// How much memory this process uses, in KiB.
#[cfg(target_os = "linux")]
fn resident() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find(|l| l.starts_with("VmRSS:")).unwrap();
    line.split_whitespace().nth(1).unwrap().parse().unwrap()
}

#[cfg(target_os = "linux")]
#[tokio::test]
async fn a_huge_length_is_believed_only_as_far_as_bytes_come() {
    for huge in [0x1000_0000, 0x7FFF_FFFF] {
        let row = length(row(&[Some(b"1")]), huge);
        let answer = Answer::Last([columns(1, 23), row].concat());
        let (_server, connector) = play(Script::new().then(answer)).await;
        let mut conn = connect(&connector).await;
        let before = resident();
        let e = all(&mut conn, &Stmt::ddl("SELECT")).await.err().unwrap();
        assert_eq!(e.kind(), ErrorKind::ConnectionLost, "{e}");
        // Other tests run beside this one.
        assert!(resident() < before + 128 * 1024, "{} KiB", resident() - before);
    }
}

#[tokio::test]
async fn a_login_that_takes_for_ever_ends_with_the_connect_timeout() {
    for login in [
        vec![ask_for_scram().into(), scram_rounds(4_000_000_000).into()],
        vec![ask_for_scram().into(), Answer::Silence],
        vec![Answer::Silence],
    ] {
        let (server, connector) = play(Script::new().login(login)).await;
        let start = Instant::now();
        let e = connector.connect(Lane::Main).await.err().unwrap();
        assert_eq!(e.kind(), ErrorKind::Connect, "{e}");
        assert!(e.to_string().contains("within 500 ms"), "{e}");
        assert!(start.elapsed() < Duration::from_secs(5), "{:?}", start.elapsed());
        assert_eq!(server.accepted(), 1);
    }
}

#[tokio::test]
async fn a_hostile_error_is_cut_cleaned_and_keeps_its_secrets() {
    let text = format!("\u{1b}[31mred\u{1b}[0m\r\u{7} {}", "x".repeat(1 << 20));
    let hostile = "\u{1b}]0;title\u{7}".to_owned() + &"y".repeat(1 << 20);
    let fields = [
        ('D', "Key (email)=(geheim) already exists"),
        ('H', "geheim"),
        ('W', "geheim"),
        ('t', &*hostile),
        ('c', &*hostile),
        ('n', &*hostile),
    ];
    for code in ["42601", "23505", "\u{1b}[31m"] {
        let answer = [error_with(code, &text, &fields), ready()];
        let (_server, connector) = play(Script::new().then(answer)).await;
        let mut conn = connect(&connector).await;
        let e = all(&mut conn, &Stmt::ddl("SELECT")).await.err().unwrap();
        for shown in [format!("{e}"), format!("{e:?}"), format!("{e:#?}")] {
            assert!(shown.len() < 4096, "{code:?}: {} bytes", shown.len());
            assert!(!shown.contains("geheim"), "{shown}");
            assert!(!shown.contains(|c: char| c.is_control()), "{shown:?}");
        }
        assert!(e.detail().is_some_and(|d| d.contains("geheim")), "{code:?}");
    }
    // The same while a session begins.
    let (_server, connector) = play(Script::new().refuse(move |_| Some(error("28P01", &text)))).await;
    let e = connector.connect(Lane::Main).await.err().unwrap();
    assert!(
        e.to_string().len() < 4096 && !e.to_string().contains('\u{1b}'),
        "{e:?}"
    );
}
