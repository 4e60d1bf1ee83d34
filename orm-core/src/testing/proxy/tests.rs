//! Each fault does what it says, between two plain sockets.
#![allow(clippy::unwrap_used, reason = "a test that fails panics")]

use super::*;

fn millis(n: u64) -> Duration {
    Duration::from_millis(n)
}

/// A client, the proxy, and the server's end of the connection.
async fn line() -> (TcpStream, FaultProxy, TcpStream, TcpListener) {
    let server = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("tcp://u:geheim@{}/x?y=z", server.local_addr().unwrap());
    let proxy = FaultProxy::before(&url).await.unwrap();
    let client = TcpStream::connect(proxy.address()).await.unwrap();
    let (far, _) = server.accept().await.unwrap();
    (client, proxy, far, server)
}

async fn heard(socket: &mut TcpStream, bytes: usize) -> Vec<u8> {
    let mut all = vec![0; bytes];
    socket.read_exact(&mut all).await.unwrap();
    all
}

/// Everything up to the end.
async fn rest(socket: &mut TcpStream) -> io::Result<Vec<u8>> {
    let mut all = Vec::new();
    socket.read_to_end(&mut all).await.map(|_| all)
}

/// Nothing comes for a while.
async fn silent(socket: &mut TcpStream) -> bool {
    timeout(millis(60), socket.read_u8()).await.is_err()
}

#[tokio::test]
async fn without_a_fault_all_passes_and_is_counted() {
    let (mut client, proxy, mut far, _server) = line().await;
    client.write_all(b"question").await.unwrap();
    assert_eq!(heard(&mut far, 8).await, b"question");
    far.write_all(b"answer").await.unwrap();
    assert_eq!(heard(&mut client, 6).await, b"answer");
    assert_eq!((proxy.bytes(Way::ToServer), proxy.bytes(Way::ToClient)), (8, 6));
    assert_eq!((proxy.accepted(), proxy.open(), proxy.ended()), (1, 1, 0));
    // One side has nothing more to say, the other still has.
    client.shutdown().await.unwrap();
    assert_eq!(rest(&mut far).await.unwrap(), b"");
    far.write_all(b"late").await.unwrap();
    drop(far);
    assert_eq!(rest(&mut client).await.unwrap(), b"late");
}

#[tokio::test]
async fn the_url_leads_through_and_is_not_printed() {
    let (_client, proxy, _far, server) = line().await;
    let port = proxy.address().port();
    assert_eq!(proxy.url(), format!("tcp://u:geheim@127.0.0.1:{port}/x?y=z"));
    assert!(!format!("{proxy:?}").contains("geheim"));
    assert!(format!("{proxy:?}").contains(&server.local_addr().unwrap().to_string()));
    for url in [
        "nothing",
        "sqlite::memory:",
        "tcp://host",
        "postgres://u@%2Frun/x",
    ] {
        let e = FaultProxy::before(url).await.err().unwrap();
        assert_eq!(e.kind(), ErrorKind::Invalid, "{url}");
    }
}

#[tokio::test]
async fn a_delay_holds_back_and_keeps_the_order() {
    let (mut client, proxy, mut far, _server) = line().await;
    proxy.set(Way::ToServer, Fault::delay(millis(40), millis(5)));
    let start = Instant::now();
    client.write_all(b"one").await.unwrap();
    assert_eq!(heard(&mut far, 3).await, b"one");
    assert!(start.elapsed() >= millis(40), "{:?}", start.elapsed());
    // A new fault does not wait for the old one.
    proxy.set(
        Way::ToServer,
        Fault::delay(Duration::from_secs(60), Duration::ZERO),
    );
    client.write_all(b"two").await.unwrap();
    assert!(silent(&mut far).await);
    proxy.set(Way::ToServer, Fault::Pass);
    client.write_all(b"three").await.unwrap();
    assert_eq!(heard(&mut far, 8).await, b"twothree");
}

#[tokio::test]
async fn so_many_bytes_pass_and_then_it_is_closed() {
    for (way, most) in [(Way::ToServer, 0), (Way::ToServer, 5), (Way::ToClient, 5)] {
        let (mut client, proxy, mut far, _server) = line().await;
        proxy.set(way, Fault::DropAfter(most));
        let (near, far) = match way {
            Way::ToServer => (&mut client, &mut far),
            Way::ToClient => (&mut far, &mut client),
        };
        // With nothing left to pass, it is closed before anything is said.
        let _ = near.write_all(b"12").await;
        let _ = near.write_all(b"345678").await;
        let expected = &b"12345"[..usize::try_from(most).unwrap()];
        assert_eq!(rest(far).await.unwrap(), expected, "{way:?} {most}");
        assert_eq!(rest(near).await.unwrap(), b"");
        assert_eq!(proxy.ended(), 1);
    }
}

#[tokio::test]
async fn it_is_cut_before_or_after_a_pattern_also_one_in_two_pieces() {
    for (fault, pieces, expected) in [
        (Fault::cut_before("COMMIT"), ["xCOMMITy", ""], "x"),
        (Fault::cut_after("COMMIT"), ["xCOMMITy", ""], "xCOMMITy"),
        (Fault::cut_before("COMMIT"), ["xCOM", "MITy"], "xCOM"),
        (Fault::cut_after("COMMIT"), ["xCOM", "MITy"], "xCOMMITy"),
    ] {
        let (mut client, proxy, mut far, _server) = line().await;
        proxy.set(Way::ToServer, fault.clone());
        client.write_all(pieces[0].as_bytes()).await.unwrap();
        if !pieces[1].is_empty() {
            // The first piece has passed on its own.
            assert_eq!(heard(&mut far, 4).await, b"xCOM");
            client.write_all(pieces[1].as_bytes()).await.unwrap();
        }
        let mut all = rest(&mut far).await.unwrap();
        if !pieces[1].is_empty() {
            all.splice(0..0, *b"xCOM");
        }
        assert_eq!(String::from_utf8(all).unwrap(), expected, "{fault:?}");
        assert_eq!(rest(&mut client).await.unwrap(), b"", "{fault:?}");
        assert_eq!(proxy.ended(), 1);
    }
    // What does not come by passes.
    let (mut client, proxy, mut far, _server) = line().await;
    proxy.set(Way::ToServer, Fault::cut_before("COMMIT"));
    client.write_all(b"COMMERCE").await.unwrap();
    assert_eq!(heard(&mut far, 8).await, b"COMMERCE");
}

#[tokio::test]
async fn a_stall_keeps_everything_and_loses_nothing() {
    let (mut client, proxy, mut far, _server) = line().await;
    proxy.set(Way::ToClient, Fault::Stall);
    far.write_all(b"answer").await.unwrap();
    assert!(silent(&mut client).await);
    // The other way is open.
    client.write_all(b"still there").await.unwrap();
    assert_eq!(heard(&mut far, 11).await, b"still there");
    proxy.set(Way::ToClient, Fault::Pass);
    assert_eq!(heard(&mut client, 6).await, b"answer");
    assert_eq!(proxy.ended(), 0);
}

#[tokio::test]
async fn a_reset_reaches_both_ends_at_once() {
    for by_fault in [true, false] {
        let (mut client, proxy, mut far, _server) = line().await;
        client.write_all(b"x").await.unwrap();
        assert_eq!(heard(&mut far, 1).await, b"x");
        match by_fault {
            true => proxy.set(Way::ToClient, Fault::Reset),
            false => proxy.disconnect(),
        }
        for end in [&mut client, &mut far] {
            let e = rest(end).await.unwrap_err();
            assert_eq!(e.kind(), io::ErrorKind::ConnectionReset);
        }
        assert_eq!(proxy.ended(), 1);
    }
}

#[tokio::test]
async fn slices_arrive_on_their_own() {
    let (mut client, proxy, mut far, _server) = line().await;
    proxy.set(
        Way::ToServer,
        Fault::Slice {
            bytes: 3,
            pause: millis(20),
        },
    );
    client.write_all(b"abcdefgh").await.unwrap();
    let mut pieces: Vec<Vec<u8>> = Vec::new();
    let mut piece = [0; 64];
    while pieces.concat().len() < 8 {
        let n = far.read(&mut piece).await.unwrap();
        pieces.push(piece[..n].to_vec());
    }
    assert_eq!(pieces.concat(), b"abcdefgh");
    assert!(pieces.len() > 1, "{pieces:?}");
    proxy.set(Way::ToServer, Fault::slice(1));
    client.write_all(&[7; 500]).await.unwrap();
    assert_eq!(heard(&mut far, 500).await, [7; 500]);
}

#[tokio::test]
async fn a_rate_takes_its_time() {
    let (mut client, proxy, mut far, _server) = line().await;
    proxy.set(Way::ToServer, Fault::Rate(10_000));
    let start = Instant::now();
    client.write_all(&[7; 1000]).await.unwrap();
    assert_eq!(heard(&mut far, 1000).await, [7; 1000]);
    assert!(start.elapsed() >= millis(80), "{:?}", start.elapsed());
}

#[tokio::test]
async fn new_connections_are_refused_forgotten_and_let_in_again() {
    let (_client, proxy, _far, server) = line().await;
    proxy.refuse();
    let refused = match TcpStream::connect(proxy.address()).await {
        Ok(mut socket) => rest(&mut socket).await.unwrap_err(),
        Err(e) => e,
    };
    assert_eq!(refused.kind(), io::ErrorKind::ConnectionReset);
    assert_eq!(proxy.refused(), 1);
    proxy.forget();
    let mut forgotten = TcpStream::connect(proxy.address()).await.unwrap();
    assert!(silent(&mut forgotten).await);
    assert_eq!(proxy.open(), 1);
    // It gets through when the network is back, as a repeated packet does.
    proxy.heal();
    let (mut far, _) = server.accept().await.unwrap();
    far.write_all(b"welcome").await.unwrap();
    assert_eq!(heard(&mut forgotten, 7).await, b"welcome");
    assert_eq!((proxy.accepted(), proxy.arrivals().len()), (3, 3));
}

#[tokio::test]
async fn silence_is_silence_both_ways() {
    let (mut client, proxy, mut far, _server) = line().await;
    proxy.silence();
    client.write_all(b"question").await.unwrap();
    far.write_all(b"answer").await.unwrap();
    assert!(silent(&mut client).await && silent(&mut far).await);
    proxy.heal();
    assert_eq!(heard(&mut far, 8).await, b"question");
    assert_eq!(heard(&mut client, 6).await, b"answer");
}

#[tokio::test]
async fn what_is_frozen_stays_silent_and_others_are_not() {
    let (mut client, proxy, mut far, server) = line().await;
    proxy.freeze();
    far.write_all(b"answer").await.unwrap();
    assert!(silent(&mut client).await);
    let mut other = TcpStream::connect(proxy.address()).await.unwrap();
    let (mut other_far, _) = server.accept().await.unwrap();
    other_far.write_all(b"answer").await.unwrap();
    assert_eq!(heard(&mut other, 6).await, b"answer");
    proxy.heal();
    assert!(silent(&mut client).await);
    proxy.disconnect();
    assert!(rest(&mut client).await.is_err() && rest(&mut far).await.is_err());
}

#[tokio::test]
async fn a_server_that_is_not_there_is_a_reset() {
    let (_client, proxy, _far, server) = line().await;
    drop(server);
    let mut client = TcpStream::connect(proxy.address()).await.unwrap();
    assert!(rest(&mut client).await.is_err());
    assert_eq!(proxy.refused(), 1);
}

#[tokio::test]
async fn dropped_it_stops() {
    let (mut client, proxy, mut far, _server) = line().await;
    let address = proxy.address();
    proxy.set_both(&Fault::Stall);
    drop(proxy);
    assert!(rest(&mut client).await.is_ok_and(|bytes| bytes.is_empty()));
    assert!(rest(&mut far).await.is_ok_and(|bytes| bytes.is_empty()));
    assert!(TcpStream::connect(address).await.is_err());
}
