//! What rustc says of the mistakes that users make. Each case in `ui/` is compiled alone, and says at its top, in
//! comments, which errors it gives: `//~ error:` is the first line, `//~ label:` what stands at the place.
//!
//! Notes and paths below these two are rustc's own and change with it, so that only their number is held: an error has
//! at most [`MOST_LINES`]. A case without errors at its top must compile.

use std::ffi::OsStr;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Mutex;
use std::time::SystemTime;

/// The most lines of one error.
const MOST_LINES: usize = 25;

/// An error's first line and the labels of its place.
#[derive(Debug, PartialEq, Eq)]
struct Said {
    error: String,
    label: String,
}

#[test]
fn mistakes_are_told() {
    let rustc = Rustc::find();
    let mut cases: Vec<PathBuf> = fs::read_dir(folder())
        .expect("the folder of cases")
        .map(|entry| entry.expect("a case").path())
        .filter(|path| path.extension() == Some(OsStr::new("rs")))
        .collect();
    cases.sort();
    assert!(!cases.is_empty(), "no cases in {}", folder().display());
    let (queue, failures) = (Mutex::new(cases), Mutex::new(Vec::new()));
    let workers = std::thread::available_parallelism().map_or(1, usize::from);
    std::thread::scope(|scope| {
        for _ in 0..workers {
            scope.spawn(|| {
                loop {
                    let Some(case) = queue.lock().expect("the queue").pop() else {
                        return;
                    };
                    let failure = check(&rustc, &case);
                    failures.lock().expect("the failures").extend(failure);
                }
            });
        }
    });
    let mut failures = failures.into_inner().expect("the failures");
    failures.sort();
    assert!(failures.is_empty(), "\n{}", failures.join("\n"));
}

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/ui")
}

/// What is wrong with a case, if anything is.
fn check(rustc: &Rustc, case: &Path) -> Option<String> {
    let name = case.file_name()?.to_string_lossy().into_owned();
    let text = fs::read_to_string(case).expect("a case");
    let (expected, errors) = (expected(&text), rustc.compile(case));
    let said: Vec<&Said> = errors.iter().map(|error| &error.said).collect();
    let rendered: String = errors.iter().map(|error| error.rendered.as_str()).collect();
    if said != expected.iter().collect::<Vec<_>>() {
        let lines: String = said
            .iter()
            .map(|said| format!("//~ error: {}\n//~ label: {}\n", said.error, said.label))
            .collect();
        return Some(format!(
            "ui/{name}: rustc says something else. If it is right, the top of the file becomes\n{lines}\nIn full:\n{rendered}"
        ));
    }
    let longest = errors
        .iter()
        .map(|error| error.rendered.trim_end().lines().count())
        .max();
    (longest > Some(MOST_LINES)).then(|| {
        format!(
            "ui/{name}: an error has {} lines, more than {MOST_LINES}:\n{rendered}",
            longest.unwrap_or_default()
        )
    })
}

/// What the comments at the top of a case say.
fn expected(text: &str) -> Vec<Said> {
    let mut errors: Vec<Said> = Vec::new();
    for line in text.lines() {
        if let Some(error) = line.strip_prefix("//~ error:") {
            errors.push(Said {
                error: error.trim().to_owned(),
                label: String::new(),
            });
        } else if let (Some(label), Some(last)) = (line.strip_prefix("//~ label:"), errors.last_mut()) {
            label.trim().clone_into(&mut last.label);
        }
    }
    errors
}

struct Error {
    said: Said,
    rendered: String,
}

/// rustc, with the library as cargo has built it for these tests.
struct Rustc {
    dependencies: PathBuf,
    library: PathBuf,
}

impl Rustc {
    /// Several builds of the library may lie side by side, of other features or of older sources. One that is newer
    /// than what these tests were linked with was made from sources as new: the newest that serves is taken.
    fn find() -> Rustc {
        let own = std::env::current_exe().expect("this program's path");
        let dependencies = own.parent().expect("a folder").to_owned();
        let mut libraries: Vec<(SystemTime, PathBuf)> = fs::read_dir(&dependencies)
            .expect("cargo's folder")
            .filter_map(|entry| entry.ok().map(|entry| entry.path()))
            .filter(|path| {
                let name = path.file_name().map(OsStr::to_string_lossy).unwrap_or_default();
                name.starts_with("liborm_core-") && name.ends_with(".rlib")
            })
            .filter_map(|path| Some((path.metadata().ok()?.modified().ok()?, path)))
            .collect();
        libraries.sort();
        let probe = scratch("probe.rs");
        fs::write(
            &probe,
            "use orm_core::{prelude::*, testing::TestDb};\npub fn f(_: &TestDb, _: Uuid, _: Decimal) {}\n",
        )
        .expect("a scratch file");
        while let Some((_, library)) = libraries.pop() {
            let rustc = Rustc {
                dependencies: dependencies.clone(),
                library,
            };
            if rustc.compile(&probe).is_empty() {
                return rustc;
            }
        }
        panic!("no build of orm_core in {}", dependencies.display());
    }

    /// The errors of a file, compiled as a library.
    fn compile(&self, file: &Path) -> Vec<Error> {
        let mut dependencies = std::ffi::OsString::from("dependency=");
        dependencies.push(&self.dependencies);
        let mut library = std::ffi::OsString::from("orm_core=");
        library.push(&self.library);
        let name = file.file_stem().map(OsStr::to_string_lossy).unwrap_or_default();
        let output = Command::new(std::env::var_os("RUSTC").unwrap_or_else(|| "rustc".into()))
            .args([
                "--edition=2024",
                "--crate-type=lib",
                "--emit=metadata",
                "--cap-lints=allow",
            ])
            .args(["--error-format=json", "--diagnostic-width=140"])
            .arg(format!("--crate-name=case_{name}"))
            .arg("-o")
            .arg(scratch(&format!("{name}.rmeta")))
            .arg("-L")
            .arg(dependencies)
            .arg("--extern")
            .arg(library)
            .arg(file)
            .env_remove("RUST_BACKTRACE")
            .output()
            .expect("rustc runs");
        String::from_utf8_lossy(&output.stderr)
            .lines()
            .filter_map(|line| serde_json::from_str(line).ok())
            .filter_map(|message| error(&message))
            .collect()
    }
}

/// The error that a message of rustc's is, if it is one and has a place.
fn error(message: &serde_json::Value) -> Option<Error> {
    let spans = message["spans"].as_array()?;
    if message["level"] != "error" || spans.is_empty() {
        return None;
    }
    let labels = |primary: bool| {
        let spans = spans.iter().filter(move |span| span["is_primary"] == primary);
        spans.filter_map(|span| span["label"].as_str()).next()
    };
    Some(Error {
        said: Said {
            error: without_modules(message["message"].as_str()?),
            label: without_modules(labels(true).or_else(|| labels(false)).unwrap_or_default()),
        },
        rendered: message["rendered"].as_str()?.to_owned(),
    })
}

/// `orm_core::Id<models::Book>` -> `Id<Book>`: how much of a path rustc prints depends on what else is in scope.
fn without_modules(text: &str) -> String {
    let mut short = String::new();
    for (i, part) in text.split("::").enumerate() {
        let name = short
            .rfind(|c: char| !c.is_alphanumeric() && c != '_')
            .map_or(0, |at| at + 1);
        if i > 0 && short[name..].starts_with(|c: char| c.is_lowercase() || c == '_') {
            short.truncate(name);
        } else if i > 0 {
            short.push_str("::");
        }
        short.push_str(part);
    }
    short
}

/// A file that no other test uses.
fn scratch(name: &str) -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("ui");
    fs::create_dir_all(&folder).expect("a scratch folder");
    folder.join(name)
}

#[test]
fn the_comments_at_the_top_are_read() {
    let text = "//! A case.\n//~ error: a\n//~ label: b\n//~ error: c\nfn f() {}\n";
    let said = |error: &str, label: &str| Said {
        error: error.into(),
        label: label.into(),
    };
    assert_eq!(expected(text), [said("a", "b"), said("c", "")]);
    assert!(expected("//! A case.").is_empty());
}

#[test]
fn paths_are_shortened() {
    assert_eq!(
        without_modules("`orm_core::Id<models::a::Book>` is"),
        "`Id<Book>` is"
    );
    assert_eq!(
        without_modules("models::Author::column.eq(value)"),
        "Author::column.eq(value)"
    );
    assert_eq!(
        without_modules("`Id::new()` of `_::Book`"),
        "`Id::new()` of `Book`"
    );
}
