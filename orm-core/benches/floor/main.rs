//! Ours beside the floor (rusqlite, tokio-postgres) and beside hand-written sqlx, interleaved in one process.
//!
//! `cargo bench -p orm-core` measures SQLite in memory. With `--features postgres,mysql` and `ORM_TEST_POSTGRES_URL` and
//! `ORM_TEST_MARIADB_URL` (empty databases: `tests/run --servers` gives them) the servers, too. A word after `--` keeps
//! only the cases whose names contain it. Compare the columns of one row: absolute times are the machine's.
//!
//! `once CASE STACK COUNT` runs one case so many times and measures nothing: `tests/instructions` counts around it.
#![allow(missing_docs, clippy::unwrap_used, clippy::print_stdout, clippy::panic)]

mod allocations;
mod build;
mod eager;
#[cfg(feature = "mysql")]
mod mariadb;
mod model;
#[cfg(feature = "postgres")]
mod postgres;
mod runner;
mod sqlite;

use runner::Case;

fn cases(filter: &str) -> Vec<Case> {
    let mut all = eager::cases(filter);
    // Their tables are large enough that nobody waits for the others, too.
    if !filter.contains("eager") {
        all.extend(build::cases());
        all.extend(sqlite::cases());
        #[cfg(feature = "postgres")]
        all.extend(postgres::cases());
        #[cfg(feature = "mysql")]
        all.extend(mariadb::cases());
    }
    all.retain(|case| case.name.contains(filter));
    all
}

fn main() {
    // `cargo bench` adds a flag of its own.
    let args: Vec<String> = std::env::args().skip(1).filter(|arg| arg != "--bench").collect();
    let words: Vec<&str> = args.iter().map(String::as_str).collect();
    match words.as_slice() {
        ["once", case, stack, count] => runner::once(&mut cases(case), case, stack, count.parse().unwrap()),
        ["list"] => {
            for case in cases("") {
                println!("{}", case.name);
            }
        }
        [] => runner::table(cases("")),
        [filter] => runner::table(cases(filter)),
        _ => panic!("give a word of a case's name, `list`, or `once CASE STACK COUNT`"),
    }
}
