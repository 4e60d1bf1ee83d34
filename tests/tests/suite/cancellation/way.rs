//! A way to a server on which no answer is there at once: on a runtime of one thread it is carried only while the
//! swept future waits. So every round trip is a point at which a future can be dropped, however fast the server and
//! however busy the machine; and two points, where answers come in two parts.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use tokio::io::{AsyncReadExt, AsyncWriteExt, copy};
use tokio::net::{TcpListener, TcpStream};

/// Listens for as long as the runtime lives; gives its port. While `halves` is set, answers come in two parts.
pub(super) async fn to(server: &str, halves: Arc<AtomicBool>) -> std::io::Result<u16> {
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let port = listener.local_addr()?.port();
    let server = server.to_owned();
    tokio::spawn(async move {
        while let Ok((client, _)) = listener.accept().await {
            let (server, halves) = (server.clone(), Arc::clone(&halves));
            tokio::spawn(async move {
                if let Ok(server) = TcpStream::connect(server).await {
                    let _ = server.set_nodelay(true);
                    let _ = client.set_nodelay(true);
                    carry(client, server, &halves).await;
                }
            });
        }
    });
    Ok(port)
}

/// Until either side has ended; both are closed then.
async fn carry(client: TcpStream, server: TcpStream, halves: &AtomicBool) {
    let (mut from_client, mut to_client) = client.into_split();
    let (mut from_server, mut to_server) = server.into_split();
    let questions = async {
        let _ = copy(&mut from_client, &mut to_server).await;
    };
    let answers = async {
        let mut bytes = vec![0; 16 * 1024];
        while let Ok(n @ 1..) = from_server.read(&mut bytes).await {
            let (first, second) = match halves.load(Ordering::Relaxed) {
                true => bytes[..n].split_at(n / 2),
                false => (&bytes[..n], [].as_slice()),
            };
            if to_client.write_all(first).await.is_err() {
                return;
            }
            if second.is_empty() {
                continue;
            }
            // Until whoever waits for the first part has looked at it.
            for _ in 0..4 {
                tokio::task::yield_now().await;
            }
            if to_client.write_all(second).await.is_err() {
                return;
            }
        }
    };
    tokio::select! {
        () = questions => {}
        () = answers => {}
    }
}
