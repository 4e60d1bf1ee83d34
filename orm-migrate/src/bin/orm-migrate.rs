//! The command: `orm-migrate list [FOLDER]` shows the migrations of a folder.
#![allow(clippy::print_stdout, reason = "a command prints")]

use std::path::Path;
use std::process::ExitCode;

const HELP: &str = "orm-migrate list [FOLDER]    the migrations of a folder (`migrations`), in order";

fn main() -> ExitCode {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = args.iter().map(String::as_str).collect();
    match words.as_slice() {
        ["list"] => list(Path::new("migrations")),
        ["list", folder] => list(Path::new(folder)),
        ["help" | "--help" | "-h"] => {
            println!("{HELP}");
            ExitCode::SUCCESS
        }
        _ => {
            eprintln!("{HELP}");
            ExitCode::from(2)
        }
    }
}

fn list(folder: &Path) -> ExitCode {
    match orm_migrate::files::read(folder) {
        Ok(migrations) => {
            for m in migrations {
                println!(
                    "{}  {}{}",
                    m.version,
                    m.name,
                    if m.down.is_some() { "" } else { "  (no way back)" }
                );
            }
            ExitCode::SUCCESS
        }
        Err(e) => {
            eprintln!("{e}");
            ExitCode::FAILURE
        }
    }
}
