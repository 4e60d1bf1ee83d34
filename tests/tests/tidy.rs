//! The house rules that a machine can hold over the source tree: file heads and lengths, one-way imports, where the
//! wire libraries may be named, no unfinished code, no documentation that does not compile.
//!
//! The ranks of the modules are read from the table in the book's chapter on architecture, so that the book and the
//! code cannot differ. Each finding names a file, a line and what to do.
//!
//! Long because: the rules, the little reader of Rust that they need and the proofs that they find what they are for
//! belong to one test program without dependencies.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

/// Where the ranks of orm-core's modules are written down.
const ARCHITECTURE: &str = "book/src/contributing/architecture.md";

/// Files outside `orm-core/src/driver` that may name `sqlx::` or `rusqlite::`, each with its reason.
const ESCAPE_HATCHES: &[(&str, &str)] = &[];

const LIBRARIES: [&str; 3] = ["orm-core/src", "orm-derive/src", "orm-migrate/src"];
const SOURCES: [&str; 5] = [
    "orm-core/src",
    "orm-derive/src",
    "orm-migrate/src",
    "examples/src",
    "tests",
];
const DOCUMENTS: [&str; 7] = [
    "orm-core",
    "orm-derive",
    "orm-migrate",
    "examples",
    "tests",
    "book",
    "README.md",
];
const MAX_LINES: usize = 500;

// --- the rules over the tree ---------------------------------------------------------------------------------------

#[test]
fn every_file_says_first_what_it_owns() {
    report(
        SOURCES
            .iter()
            .flat_map(|folder| files(folder, "rs"))
            .flat_map(|file| check_head(&file))
            .collect(),
    );
}

#[test]
fn library_files_are_short_or_say_why_not() {
    report(
        LIBRARIES
            .iter()
            .flat_map(|folder| files(folder, "rs"))
            .flat_map(|file| check_length(&file))
            .collect(),
    );
}

#[test]
fn modules_import_only_modules_of_lower_rank() {
    let ranks = ranks();
    let mut findings = check_table(&ranks, &modules_of_core());
    for file in files("orm-core/src", "rs") {
        findings.extend(check_imports(&file, &ranks));
    }
    report(findings);
}

#[test]
fn wire_libraries_are_named_only_by_the_driver() {
    let mut findings = Vec::new();
    for (path, reason) in ESCAPE_HATCHES {
        if !root().join(path).is_file() || reason.is_empty() {
            findings.push(format!(
                "{path}: stands in ESCAPE_HATCHES without a file or a reason; remove it there"
            ));
        }
    }
    for file in LIBRARIES.iter().flat_map(|folder| files(folder, "rs")) {
        findings.extend(check_wire(&file));
    }
    report(findings);
}

#[test]
fn nothing_is_left_unfinished() {
    report(
        SOURCES
            .iter()
            .flat_map(|folder| files(folder, "rs"))
            .flat_map(|file| check_finished(&file))
            .collect(),
    );
}

#[test]
fn documentation_compiles() {
    let mut findings = Vec::new();
    for place in DOCUMENTS {
        for extension in ["rs", "md"] {
            findings.extend(files(place, extension).iter().flat_map(check_fences));
        }
    }
    report(findings);
}

// --- one rule each: a file's text in, findings out -----------------------------------------------------------------

struct File {
    /// Relative to the root, with `/`.
    path: String,
    text: String,
}

fn check_head(file: &File) -> Vec<String> {
    let first = file.text.lines().next().unwrap_or_default();
    if first.starts_with("//! ") {
        return Vec::new();
    }
    vec![format!(
        "{}:1: begin the file with a `//! ` line that says what it owns",
        file.path
    )]
}

fn check_length(file: &File) -> Vec<String> {
    let lines = file.text.lines().count();
    let head = file.text.lines().take_while(|line| line.starts_with("//!"));
    let reason = head
        .filter_map(|line| line.strip_prefix("//! Long because:"))
        .any(|why| !why.trim().is_empty());
    if lines <= MAX_LINES || reason {
        return Vec::new();
    }
    vec![format!(
        "{}:{lines}: longer than {MAX_LINES} lines; split it by subject, or add `//! Long because: ...` to its head",
        file.path
    )]
}

fn check_table(ranks: &Ranks, modules: &[String]) -> Vec<String> {
    let mut findings = Vec::new();
    for name in modules.iter().filter(|name| !ranks.contains_key(*name)) {
        findings.push(format!(
            "orm-core/src/{name}: has no rank; add a row for `{name}` to {ARCHITECTURE}"
        ));
    }
    for (name, row) in ranks {
        match (modules.contains(name), row.planned) {
            (false, false) => findings.push(format!(
                "{ARCHITECTURE}:{}: `{name}` is no module of orm-core; remove the row, or begin what it owns with `planned:`",
                row.line
            )),
            (true, true) => findings
                .push(format!("{ARCHITECTURE}:{}: `{name}` is there now; remove `planned:` from its row", row.line)),
            _ => {}
        }
    }
    findings
}

fn check_imports(file: &File, ranks: &Ranks) -> Vec<String> {
    let module_path = module_path(&file.path);
    let (Some(own), false) = (module_path.first(), is_test_file(&file.path)) else {
        return Vec::new(); // the root may use everything, tests too
    };
    let Some(own_row) = ranks.get(own) else {
        return Vec::new(); // reported by check_table
    };
    let code = without_tests(&code_only(&file.text));
    let mut findings = Vec::new();
    for import in root_paths(&code, module_path.len()) {
        let line = line_of(&code, import.at);
        match ranks.get(&import.name) {
            Some(row) if row.rank > own_row.rank => findings.push(format!(
                "{}:{line}: `{own}` (rank {}) uses `{}` (rank {}); move the shared part down to `{own}` or lower, \
                 or this code up (ranks: {ARCHITECTURE})",
                file.path, own_row.rank, import.name, row.rank
            )),
            None if import.explicit => findings.push(format!(
                "{}:{line}: `crate::{}` goes through the crate root, which ranks above all; name the module it stands in",
                file.path, import.name
            )),
            _ => {}
        }
    }
    findings
}

fn check_wire(file: &File) -> Vec<String> {
    let driver = file.path.starts_with("orm-core/src/driver/") || file.path == "orm-core/src/driver.rs";
    if driver || ESCAPE_HATCHES.iter().any(|(path, _)| *path == file.path) {
        return Vec::new();
    }
    let code = code_only(&file.text);
    let mut findings = Vec::new();
    for library in ["sqlx", "rusqlite"] {
        for at in words(&code, library).filter(|at| code[at + library.len()..].trim_start().starts_with("::"))
        {
            findings.push(format!(
                "{}:{}: names `{library}::` outside orm-core/src/driver; go through the driver's own types, \
                 or add the file to ESCAPE_HATCHES with its reason",
                file.path,
                line_of(&code, at)
            ));
        }
    }
    findings
}

fn check_finished(file: &File) -> Vec<String> {
    let code = code_only(&file.text);
    let mut findings = Vec::new();
    for name in ["todo", "unimplemented"] {
        for at in words(&code, name).filter(|at| code[at + name.len()..].starts_with('!')) {
            findings.push(format!(
                "{}:{}: `{name}!` is left; write the code, or return an error that says what is missing",
                file.path,
                line_of(&code, at)
            ));
        }
    }
    findings
}

fn check_fences(file: &File) -> Vec<String> {
    let rust = file.path.ends_with(".rs");
    let mut findings = Vec::new();
    for (index, line) in file.text.lines().enumerate() {
        let line = line.trim_start();
        let text = if rust {
            line.strip_prefix("///").or_else(|| line.strip_prefix("//!"))
        } else {
            Some(line)
        };
        let text = text.unwrap_or_default().trim_start_matches([' ', '>', '*', '-']);
        let Some(info) = text.strip_prefix("```").or_else(|| text.strip_prefix("~~~")) else {
            continue;
        };
        if info
            .split([',', ' '])
            .any(|word| word.trim().starts_with("ignore"))
        {
            findings.push(format!(
                "{}:{}: an `ignore` fence is never compiled; make it compile (`no_run`, hidden `# ` lines, \
                 `compile_fail`), or mark it `text` when it is not Rust",
                file.path,
                index + 1
            ));
        }
    }
    findings
}

// --- the table of ranks ----------------------------------------------------------------------------------------------

type Ranks = BTreeMap<String, Row>;

struct Row {
    rank: usize,
    line: usize,
    planned: bool,
}

fn ranks() -> Ranks {
    let text =
        fs::read_to_string(root().join(ARCHITECTURE)).expect("the chapter on architecture can be read");
    parse_ranks(&text).unwrap_or_else(|problem| panic!("{ARCHITECTURE}:{problem}"))
}

/// The rows of the table whose head is `| rank | module | owns |`.
fn parse_ranks(text: &str) -> Result<Ranks, String> {
    let cells = |line: &str| {
        line.trim()
            .trim_matches('|')
            .split('|')
            .map(|cell| cell.trim().to_owned())
            .collect::<Vec<_>>()
    };
    let mut lines = text
        .lines()
        .enumerate()
        .skip_while(|(_, line)| cells(line) != ["rank", "module", "owns"]);
    let (head, _) = lines
        .next()
        .ok_or("1: has no table `| rank | module | owns |`; put it back")?;
    let mut ranks = Ranks::new();
    for (index, line) in lines
        .skip(1)
        .take_while(|(_, line)| line.trim_start().starts_with('|'))
    {
        let line_number = index + 1;
        let [rank, module, owns] = <[String; 3]>::try_from(cells(line))
            .map_err(|_| format!("{line_number}: a row has three cells: rank, module, owns"))?;
        let expected = ranks.len() + 1;
        if rank.parse() != Ok(expected) {
            return Err(format!(
                "{line_number}: ranks count up from 1 without a gap; write {expected} for {rank}"
            ));
        }
        let row = Row {
            rank: expected,
            line: line_number,
            planned: owns.starts_with("planned:"),
        };
        if ranks.insert(module.trim_matches('`').to_owned(), row).is_some() {
            return Err(format!(
                "{line_number}: {module} stands in the table twice; keep one row"
            ));
        }
    }
    if ranks.is_empty() {
        Err(format!("{}: the table of ranks is empty", head + 1))
    } else {
        Ok(ranks)
    }
}

/// `lib` and the top-level modules of orm-core, by their files.
fn modules_of_core() -> Vec<String> {
    let mut names: Vec<String> = files("orm-core/src", "rs")
        .iter()
        .map(|file| {
            module_path(&file.path)
                .into_iter()
                .next()
                .unwrap_or_else(|| "lib".to_owned())
        })
        .collect();
    names.dedup();
    names.sort();
    names.dedup();
    names
}

/// `orm-core/src/expr/op.rs` is `["expr", "op"]`; the root is empty.
fn module_path(path: &str) -> Vec<String> {
    let inner = path.strip_prefix("orm-core/src/").unwrap_or(path);
    let inner = inner.strip_suffix(".rs").unwrap_or(inner);
    let mut parts: Vec<String> = inner.split('/').map(str::to_owned).collect();
    if parts.last().is_some_and(|last| last == "mod" || last == "lib") {
        parts.pop();
    }
    parts
}

fn is_test_file(path: &str) -> bool {
    path.ends_with("/tests.rs") || path.ends_with("_tests.rs") || path.contains("/tests/")
}

// --- reading Rust as text --------------------------------------------------------------------------------------------

struct RootPath {
    at: usize,
    name: String,
    /// Written `crate::name`; a chain of `super::` is only counted when it names a known module.
    explicit: bool,
}

/// The first names after the crate root in code: `crate::a`, `crate::{a, b::c}`, and `super::` chains that reach it.
fn root_paths(code: &str, depth: usize) -> Vec<RootPath> {
    let mut found = Vec::new();
    let to_root = format!("{}super", "super::".repeat(depth.saturating_sub(1)));
    for (word, explicit) in [("crate", true), (to_root.as_str(), false)] {
        for at in words(code, word).filter(|at| !code[..*at].ends_with(['$', ':'])) {
            let Some(rest) = code[at + word.len()..].strip_prefix("::") else {
                continue;
            };
            let start = code.len() - rest.len();
            for (offset, name) in first_names(rest) {
                // An exported macro stands in the root wherever it is written.
                let is_macro = code[start + offset + name.len()..].starts_with('!');
                if !is_macro && name != "self" && name != "super" {
                    found.push(RootPath {
                        at: start + offset,
                        name,
                        explicit,
                    });
                }
            }
        }
    }
    found
}

/// `a::b` gives `a`; `{a, b::{c, d}}` gives `a` and `b`; each with its offset.
fn first_names(rest: &str) -> Vec<(usize, String)> {
    let name_at = |offset: usize| {
        let text = &rest[offset..];
        let skipped = text.len() - text.trim_start().len();
        let name: String = text.trim_start().chars().take_while(|c| is_word(*c)).collect();
        (!name.is_empty()).then_some((offset + skipped, name))
    };
    if !rest.starts_with('{') {
        return name_at(0).into_iter().collect();
    }
    let mut depth = 0;
    let mut starts = Vec::new();
    for (offset, letter) in rest.char_indices() {
        match letter {
            '{' => {
                depth += 1;
                if depth == 1 {
                    starts.push(offset + 1);
                }
            }
            '}' => depth -= 1,
            ',' if depth == 1 => starts.push(offset + 1),
            _ => {}
        }
        if depth == 0 {
            break;
        }
    }
    starts.into_iter().filter_map(name_at).collect()
}

/// The source with comments and the contents of literals blanked out; lines and byte offsets stay.
fn code_only(source: &str) -> String {
    let mut code = String::with_capacity(source.len());
    let mut rest = source;
    let mut after_word = false;
    while let Some(letter) = rest.chars().next() {
        let skip = if rest.starts_with("//") {
            rest.find('\n').unwrap_or(rest.len())
        } else if rest.starts_with("/*") {
            block_comment(rest)
        } else if after_word {
            0
        } else {
            literal(rest)
        };
        let taken = if skip > 0 { skip } else { letter.len_utf8() };
        for part in rest[..taken].chars() {
            if skip == 0 || part == '\n' {
                code.push(part);
            } else {
                code.extend(std::iter::repeat_n(' ', part.len_utf8()));
            }
        }
        after_word = skip == 0 && is_word(letter);
        rest = &rest[taken..];
    }
    code
}

fn block_comment(text: &str) -> usize {
    let mut depth = 0;
    let mut at = 0;
    while at < text.len() {
        if text[at..].starts_with("/*") {
            depth += 1;
            at += 2;
        } else if text[at..].starts_with("*/") {
            depth -= 1;
            at += 2;
            if depth == 0 {
                break;
            }
        } else {
            at += text[at..].chars().next().map_or(1, char::len_utf8);
        }
    }
    at
}

/// The length of the string or character literal that begins here, else 0.
fn literal(text: &str) -> usize {
    let prefix = ["br", "cr", "r", "b", "c", ""].into_iter().find(|p| {
        let after = text.strip_prefix(p).unwrap_or_default();
        let hashes = after.trim_start_matches('#');
        if p.ends_with('r') {
            hashes.starts_with('"')
        } else {
            after.starts_with('"') || (*p != "c" && after.starts_with('\''))
        }
    });
    let Some(prefix) = prefix else { return 0 };
    let body = &text[prefix.len()..];
    if prefix.ends_with('r') {
        let hashes = body.len() - body.trim_start_matches('#').len();
        let close = format!("\"{}", "#".repeat(hashes));
        let open = prefix.len() + hashes + 1;
        return text[open..]
            .find(&close)
            .map_or(text.len(), |end| open + end + close.len());
    }
    let quote = if body.starts_with('"') { '"' } else { '\'' };
    let mut letters = body.char_indices().skip(1);
    if quote == '\'' {
        // `'a'` and `'\n'` are characters, `'a` is a lifetime.
        let mut ahead = body.chars().skip(1);
        if ahead.next() != Some('\\') && ahead.next() != Some('\'') {
            return 0;
        }
    }
    while let Some((at, letter)) = letters.next() {
        if letter == '\\' {
            letters.next();
        } else if letter == quote {
            return prefix.len() + at + 1;
        }
    }
    text.len()
}

/// Blanks each item under `#[cfg(test)]` or `#[cfg(all(test, ..))]`.
fn without_tests(code: &str) -> String {
    let mut code = code.to_owned();
    for attribute in ["#[cfg(test)]", "#[cfg(all(test,"] {
        let mut from = 0;
        while let Some(found) = code[from..].find(attribute) {
            let start = from + found;
            let body = start + attribute.len();
            let mut depth = 0;
            let end = code[body..].char_indices().find_map(|(at, letter)| {
                match letter {
                    '{' => depth += 1,
                    '}' => depth -= 1,
                    _ => {}
                }
                (depth == 0 && matches!(letter, '}' | ';')).then_some(body + at + 1)
            });
            let end = end.unwrap_or(code.len());
            let blank: String = code[start..end]
                .chars()
                .map(|c| if c == '\n' { '\n' } else { ' ' })
                .collect();
            code.replace_range(start..end, &blank);
            from = start + blank.len();
        }
    }
    code
}

fn is_word(letter: char) -> bool {
    letter.is_alphanumeric() || letter == '_'
}

/// Where `word` stands by itself.
fn words<'a>(code: &'a str, word: &'a str) -> impl Iterator<Item = usize> + 'a {
    code.match_indices(word)
        .map(|(at, _)| at)
        .filter(move |at| !code[..*at].ends_with(is_word) && !code[at + word.len()..].starts_with(is_word))
}

fn line_of(code: &str, at: usize) -> usize {
    code[..at].matches('\n').count() + 1
}

// --- files -----------------------------------------------------------------------------------------------------------

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

/// The files of an extension under a folder of the root (or the file itself), in order; build output left out.
fn files(place: &str, extension: &str) -> Vec<File> {
    let mut found = Vec::new();
    collect(&root().join(place), place, extension, &mut found);
    found
}

fn collect(path: &Path, name: &str, extension: &str, found: &mut Vec<File>) {
    if path.is_dir() {
        let mut names: Vec<String> = fs::read_dir(path)
            .expect("a folder of the tree can be read")
            .filter_map(|entry| entry.ok()?.file_name().into_string().ok())
            .filter(|inner| !inner.starts_with('.') && inner != "target")
            .collect();
        names.sort();
        for inner in names {
            collect(&path.join(&inner), &format!("{name}/{inner}"), extension, found);
        }
    } else if path.is_file() && path.extension().is_some_and(|e| e == extension) {
        let text = fs::read_to_string(path).unwrap_or_else(|error| panic!("{name}: {error}"));
        found.push(File {
            path: name.to_owned(),
            text,
        });
    }
}

fn report(findings: Vec<String>) {
    let mut message = String::new();
    for finding in &findings {
        let _ = writeln!(message, "  {finding}");
    }
    assert!(findings.is_empty(), "{} finding(s):\n{message}", findings.len());
}

// --- the rules find what they are for ----------------------------------------------------------------------------------

fn file(path: &str, text: &str) -> File {
    File {
        path: path.to_owned(),
        text: text.to_owned(),
    }
}

fn table() -> Ranks {
    parse_ranks("| rank | module | owns |\n| --- | --- | --- |\n| 1 | `expr` | a |\n| 2 | `sql` | b |\n| 3 | `db` | planned: c |\n")
        .expect("a good table")
}

#[test]
fn reads_code_without_comments_and_literals() {
    let source = "a /* x /* y */ z */ b // c\n\"d\\\"e\" 'f' 'g r#\"h\"i\"# r#type b'\\'' j";
    let code = code_only(source);
    assert_eq!(code.len(), source.len());
    assert_eq!(
        code.split_whitespace().collect::<Vec<_>>(),
        ["a", "b", "'g", "r#type", "j"]
    );
    assert_eq!(
        code_only("fn f<'a>(x: &'a str) {} // é\n").trim_end(),
        "fn f<'a>(x: &'a str) {}"
    );
}

#[test]
fn finds_imports_against_the_ranks() {
    let found = |path: &str, text: &str| check_imports(&file(path, text), &table()).len();
    assert_eq!(
        found("orm-core/src/sql/a.rs", "use crate::expr::X; use crate::sql::Y;"),
        0
    );
    assert_eq!(
        found("orm-core/src/sql/a.rs", "use crate::{expr::{A, B}, db::{C, D}};"),
        1
    );
    assert_eq!(
        found("orm-core/src/expr.rs", "fn f() -> crate::sql::X { todo() }"),
        1
    );
    assert_eq!(found("orm-core/src/expr/a.rs", "use super::super::db::Db;"), 1);
    assert_eq!(found("orm-core/src/expr/a.rs", "use super::db_like;"), 0);
    assert_eq!(found("orm-core/src/expr/a.rs", "use crate::Expr;"), 1);
    assert_eq!(
        found(
            "orm-core/src/expr/a.rs",
            "crate::exported!(); $crate::db::x(); // crate::db\n"
        ),
        0
    );
    assert_eq!(
        found(
            "orm-core/src/expr/a.rs",
            "#[cfg(test)]\nmod tests { use crate::db::Db; fn f() {} }\n"
        ),
        0
    );
    assert_eq!(
        found(
            "orm-core/src/expr/a.rs",
            "#[cfg(test)]\nmod tests;\nuse crate::db::Db;"
        ),
        1
    );
    assert_eq!(found("orm-core/src/lib.rs", "pub use crate::db::Db;"), 0);
}

#[test]
fn finds_modules_that_differ_from_the_table() {
    let names = |names: &[&str]| {
        check_table(
            &table(),
            &names.iter().map(|n| (*n).to_owned()).collect::<Vec<_>>(),
        )
        .len()
    };
    assert_eq!(names(&["expr", "sql"]), 0);
    assert_eq!(names(&["expr", "sql", "db"]), 1);
    assert_eq!(names(&["expr", "sql", "other"]), 1);
    assert_eq!(names(&["expr"]), 1);
    assert!(parse_ranks("| rank | module | owns |\n|---|---|---|\n| 2 | `a` | b |").is_err());
    assert!(parse_ranks("no table").is_err());
}

#[test]
fn finds_the_other_breaches() {
    assert_eq!(check_head(&file("a.rs", "use x;\n//! late")).len(), 1);
    assert_eq!(
        check_length(&file("a.rs", &format!("//! a\n{}", "\n".repeat(MAX_LINES)))).len(),
        1
    );
    assert_eq!(
        check_length(&file(
            "a.rs",
            &format!("//! a\n//! Long because: b\n{}", "\n".repeat(MAX_LINES))
        ))
        .len(),
        0
    );
    assert_eq!(
        check_wire(&file(
            "orm-core/src/db.rs",
            "use sqlx::Row; type A = my_sqlx::B; // rusqlite::C"
        ))
        .len(),
        1
    );
    assert_eq!(
        check_wire(&file("orm-core/src/driver/a.rs", "use sqlx::Row;")).len(),
        0
    );
    assert_eq!(
        check_finished(&file(
            "a.rs",
            "fn f() { todo!() } // unimplemented!()\nfn todo() {}"
        ))
        .len(),
        1
    );
    let fence = "`".repeat(3);
    assert_eq!(
        check_fences(&file(
            "a.rs",
            &format!("/// {fence}rust,ignore\n//! {fence}text\n// {fence}ignore")
        ))
        .len(),
        1
    );
    assert_eq!(
        check_fences(&file(
            "a.md",
            &format!("{fence}ignore\n{fence}\n{fence}rust,no_run")
        ))
        .len(),
        1
    );
}
