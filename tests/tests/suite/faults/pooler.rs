//! Finding 9: behind pgbouncer in transaction mode, a statement must not be prepared on one session and run on another.

use std::net::TcpListener;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};

use futures_util::future::join_all;

use super::*;

/// A pooler in a folder of its own, gone with this.
struct Pooler {
    child: Child,
    folder: PathBuf,
    port: u16,
}

impl Drop for Pooler {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.child.kill();
        let _ = self.child.wait();
        let _ = std::fs::remove_dir_all(&self.folder);
    }
}

fn program() -> Option<PathBuf> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let folders = std::env::split_paths(&path).chain(["/usr/sbin".into(), "/usr/local/sbin".into()]);
    folders
        .map(|folder| folder.join("pgbouncer"))
        .find(|program| program.is_file())
}

/// A pooler with few sessions before the server of this URL.
fn start(program: &PathBuf, url: &str) -> Pooler {
    let rest = url.split_once("://").expect("a scheme").1;
    let (login, place) = rest.split_once('@').expect("a login");
    let (user, password) = login.split_once(':').expect("a password");
    let (host, port) = place
        .split_once('/')
        .expect("a path")
        .0
        .split_once(':')
        .expect("a port");
    let folder = std::env::temp_dir().join(format!("orm_pooler_{}", std::process::id()));
    std::fs::create_dir_all(&folder).expect("a folder");
    let free = TcpListener::bind("127.0.0.1:0")
        .and_then(|l| l.local_addr())
        .expect("a port")
        .port();
    let (list, settings) = (folder.join("users.txt"), folder.join("pgbouncer.ini"));
    std::fs::write(&list, format!("\"{user}\" \"{password}\"\n")).expect("a file");
    let text = format!(
        "[databases]\n* = host={host} port={port}\n[pgbouncer]\nlisten_addr = 127.0.0.1\nlisten_port = {free}\n\
         unix_socket_dir =\nauth_type = trust\nauth_file = {}\npool_mode = transaction\ndefault_pool_size = 6\n\
         max_client_conn = 200\nquery_wait_timeout = 30\n",
        list.display()
    );
    std::fs::write(&settings, text).expect("a file");
    let mut command = Command::new(program);
    // It refuses to run as root; the tests' server has made this user.
    let root = Command::new("id")
        .arg("-u")
        .output()
        .is_ok_and(|id| id.stdout.starts_with(b"0\n"));
    if root {
        command.args(["-u", "postgres"]);
    }
    let child = command
        .arg(&settings)
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .expect("pgbouncer");
    Pooler {
        child,
        folder,
        port: free,
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn behind_a_transaction_pooler_every_answer_is_its_own() {
    let Some(program) = program() else {
        eprintln!("SKIPPED: no pgbouncer in PATH or /usr/sbin, so nothing is known of poolers");
        return;
    };
    on_each(
        |b| b,
        async |db| {
            if db.dialect() != Dialect::Postgres {
                return Ok(());
            }
            let url = url_of(&db).await?;
            let pooler = start(&program, &url);
            let place = url
                .split_once('@')
                .expect("a place")
                .1
                .split_once('/')
                .expect("a path")
                .0;
            let through = url.replace(place, &format!("127.0.0.1:{}", pooler.port));
            let options = || {
                Db::builder(through.clone())
                    .transaction_pooler(true)
                    .pool(PoolOptions::new().size(24))
                    .acquire_timeout(secs(30))
                    .statement_timeout(secs(20))
            };
            until("a pooler that listens", async || {
                Ok(match options().connect().await {
                    Ok(pooled) => pooled.close(secs(5)).await.is_ok(),
                    Err(_) => false,
                })
            })
            .await?;
            let pooled = options().connect().await?;
            marks(&db).await?;
            let rounds = if long() { 10 } else { 1 };
            for round in 0..rounds {
                statements(&pooled, round * 1000).await?;
                streams(&pooled).await?;
                transactions(&pooled, round * 1000).await?;
                drops(&db, &pooled).await?;
            }
            // The server is told of the deadline, which goes with each transaction as a session is nobody's.
            let short = options().statement_timeout(millis(100)).connect().await?;
            for _ in 0..3 {
                let e = sql("SELECT pg_sleep(20)").exec(&short).await.unwrap_err();
                assert_eq!((e.kind(), e.code()), (ErrorKind::Timeout, Some("57014")), "{e}");
                let tx = short.begin().await?;
                let e = sql("SELECT pg_sleep(20)").exec(&tx).await.unwrap_err();
                assert_eq!(e.kind(), ErrorKind::Timeout, "{e}");
                let mut rows = sql("SELECT pg_sleep(20)::text").stream_as::<(String,)>(&short);
                assert_eq!(
                    rows.next().await.expect("an answer").unwrap_err().kind(),
                    ErrorKind::Timeout
                );
            }
            sql("SELECT pg_sleep(0.2)").exec(&pooled).await?;
            short.close(secs(5)).await?;
            pooled.close(secs(5)).await
        },
    )
    .await;
}

/// 400 statements at once, of many texts and types: each has the answer to its own question.
async fn statements(pooled: &Db, base: i64) -> Result<()> {
    let work = (0..400).map(|n: i64| async move {
        let n = n + base;
        match n % 4 {
            0 => assert_eq!(
                sql(format!("SELECT {n}::int8")).all_as::<(i64,)>(pooled).await?[0].0,
                n
            ),
            1 => {
                let two = sql("SELECT {n}, {t}").params(params! { n: n, t: format!("text {n}") });
                assert_eq!(
                    two.all_as::<(i64, String)>(pooled).await?,
                    [(n, format!("text {n}"))]
                );
            }
            2 => {
                let name = format!("pooled {n}");
                let made = Mark::insert(Mark::draft(name.as_str(), n)).one(pooled).await?;
                assert_eq!((made.name.as_str(), made.number), (name.as_str(), n));
                assert_eq!(Mark::find(made.id).one(pooled).await?, made);
            }
            _ => {
                let e = mark(pooled, "a").await.unwrap_err();
                assert!(e.is_unique_violation() && e.violates(Mark::name), "{e}");
            }
        }
        Ok::<_, Error>(())
    });
    for done in join_all(work).await {
        done?;
    }
    let count = Mark::query()
        .filter(Mark::name.starts_with("pooled"))
        .count(pooled)
        .await?;
    assert_eq!(count, 100 * (base / 1000 + 1) as u64);
    Ok(())
}

async fn streams(pooled: &Db) -> Result<()> {
    let work = (0..20).map(|n: i64| async move {
        let text = "SELECT {n} * 1000000 + g FROM generate_series(1, 2000) g";
        let mut rows = sql(text).params(params! { n: n }).stream_as::<(i64,)>(pooled);
        let mut next = n * 1_000_000;
        while let Some(row) = rows.next().await {
            next += 1;
            assert_eq!(row?.0, next);
        }
        assert_eq!(next, n * 1_000_000 + 2000);
        Ok::<_, Error>(())
    });
    for done in join_all(work).await {
        done?;
    }
    Ok(())
}

async fn transactions(pooled: &Db, base: i64) -> Result<()> {
    let work = (0..40).map(|n: i64| async move {
        let name = format!("tx {}", n + base);
        let outcome = pooled
            .transaction(async |tx| {
                mark(tx, &name).await?;
                let inner = tx.savepoint(async |sp| mark(sp, "a").await).await;
                assert!(inner.unwrap_err().is_unique_violation());
                add(tx, &name, n).await?;
                if n % 2 == 0 {
                    Err(Error::custom("no"))
                } else {
                    Ok(())
                }
            })
            .await;
        assert_eq!(outcome.is_ok(), n % 2 == 1);
        let found = Mark::query()
            .filter(Mark::name.eq(&name))
            .select(Mark::number)
            .all(pooled)
            .await?;
        assert_eq!(found, if n % 2 == 1 { vec![n] } else { vec![] });
        Ok::<_, Error>(())
    });
    for done in join_all(work).await {
        done?;
    }
    Ok(())
}

/// Whatever is dropped half-way leaves no session inside a transaction, and no answer to somebody else.
async fn drops(db: &Db, pooled: &Db) -> Result<()> {
    let work = (0..200).map(|n: u64| async move {
        let work = async {
            let tx = pooled.begin().await?;
            mark(&tx, &format!("dropped {n}")).await?;
            add(&tx, "a", 1).await
        };
        drop(tokio::time::timeout(Duration::from_micros(n * 50), work).await);
        let n = i64::try_from(n).unwrap_or_default();
        let answer = sql("SELECT {n}")
            .params(params! { n: n })
            .all_as::<(i64,)>(pooled)
            .await?;
        assert_eq!(answer[0].0, n);
        Ok::<_, Error>(())
    });
    for done in join_all(work).await {
        done?;
    }
    until("the end of all transactions", async || {
        let open = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() \
                    AND state LIKE 'idle in transaction%'";
        Ok(pooled.pool_stats().in_use == 0 && number(db, open).await? == 0)
    })
    .await?;
    assert_eq!(
        Mark::query()
            .filter(Mark::name.starts_with("dropped"))
            .count(db)
            .await?,
        0
    );
    Ok(())
}
