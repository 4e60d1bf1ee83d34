//! The list is complete: what is public and async is swept.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

/// What is swept, by the names in the sweeps' own text.
const SWEEPS: [&str; 3] = [
    include_str!("queries.rs"),
    include_str!("transactions.rs"),
    include_str!("connections.rs"),
];

#[test]
fn every_public_async_function_is_swept() {
    let mut found = BTreeSet::new();
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../orm-core/src");
    collect(&root, &mut found);
    assert!(found.len() > 40, "the functions are no longer found: {found:?}");
    let missing: Vec<_> = found.iter().filter(|name| !is_swept(name)).collect();
    assert!(
        missing.is_empty(),
        "public and async, and in no sweep: {missing:?}"
    );
}

/// Whether a text of a sweep names it.
fn is_swept(name: &str) -> bool {
    SWEEPS.iter().any(|text| {
        text.match_indices(name).any(|(at, _)| {
            let next = text[at + name.len()..].chars().next();
            text[..at].ends_with(['"', ' ']) && matches!(next, Some('"' | ','))
        })
    })
}

/// Files of the crate, but for its unit tests and what is only for tests.
fn collect(folder: &Path, found: &mut BTreeSet<String>) {
    for entry in fs::read_dir(folder).expect("the crate's sources") {
        let path = entry.expect("an entry").path();
        let name = path.file_name().and_then(|n| n.to_str()).unwrap_or_default();
        if path.is_dir() {
            if name != "tests" && name != "testing" {
                collect(&path, found);
            }
        } else if name.ends_with(".rs") {
            functions(&fs::read_to_string(&path).expect("a source"), found);
        }
    }
}

/// The public functions of a file that are async, or give a future or rows; each with the type whose method it is.
fn functions(text: &str, found: &mut BTreeSet<String>) {
    let mut owner = String::new();
    for (at, line) in text.lines().scan(0, |at, line| {
        let here = *at;
        *at += line.len() + 1;
        Some((here, line))
    }) {
        if let Some(rest) = line.strip_prefix("impl") {
            owner = owner_of(rest);
        }
        let declared = line.trim_start();
        let Some(rest) = declared
            .strip_prefix("pub async fn ")
            .or_else(|| declared.strip_prefix("pub fn "))
        else {
            continue;
        };
        let signature = &text[at..at + text[at..].find(" {\n").unwrap_or(0)];
        let is_async = declared.starts_with("pub async")
            || ["-> impl Future", "-> Rows<", "-> BatchStream<"]
                .iter()
                .any(|gives| signature.contains(gives));
        if is_async {
            let name = rest.split(['(', '<']).next().unwrap_or_default();
            found.insert(format!("{owner}::{name}"));
        }
    }
}

/// `<M: Table> Query<M> {` is `Query`.
fn owner_of(rest: &str) -> String {
    let mut depth = 0;
    let start = rest.find(|c| {
        match c {
            '<' => depth += 1,
            '>' => depth -= 1,
            _ => {}
        }
        c == ' ' && depth == 0
    });
    let after = rest[start.unwrap_or(0)..].trim_start();
    after.split(['<', ' ']).next().unwrap_or_default().to_owned()
}
