//! Which line of the program is waiting for a statement: the first frame of a backtrace that belongs to no library.

use std::backtrace::Backtrace;

/// What Rust brings along.
const RUST: [&str; 5] = ["std", "core", "alloc", "test", "backtrace"];

/// Crates that may stand between a statement and the code that asked for it.
const BETWEEN: [&str; 9] = [
    "tokio",
    "tokio_stream",
    "tokio_util",
    "futures_core",
    "futures_util",
    "futures_executor",
    "async_stream",
    "tracing",
    "tracing_futures",
];

/// This file, below the sources of this crate.
const THIS_FILE: &str = "exec/call_site.rs";

/// Where the program stands, as `file:line`, or as the name of a function where the program was built without line
/// tables; `None` where it tells neither. This takes milliseconds, the first time in a process more.
pub(super) fn call_site() -> Option<String> {
    first_outside(&Backtrace::force_capture().to_string())
}

/// The first frame of no library, in a backtrace's text: a line with the name, as a rule after a number, and below it one
/// with the place, where that is known.
fn first_outside(backtrace: &str) -> Option<String> {
    let mut lines = backtrace.lines().peekable();
    let mut ours = None;
    while let Some(line) = lines.next() {
        let name = name_in(line);
        let below = lines.next_if(|below| below.trim_start().starts_with("at "));
        let Some(place) = below.and_then(|below| below.trim_start().strip_prefix("at ")) else {
            if whose(name) == Whose::Program {
                return Some(function(name).to_owned());
            }
            continue;
        };
        let file = place.replace('\\', "/");
        // Frame by frame the sources of this crate are named in the same way, whatever that is.
        if ours.is_none() {
            ours = file.find(THIS_FILE).map(|at| file[..at].to_owned());
        }
        let is_ours = ours.as_ref().is_some_and(|ours| file.starts_with(ours.as_str()));
        // What is inlined may have lost the path of its name.
        if !is_ours && !is_of_library(&file) && whose(name) != Whose::Library {
            return Some(without_column(place));
        }
    }
    None
}

/// Whether a file belongs to Rust, to one of the crates in between, or to another language.
fn is_of_library(file: &str) -> bool {
    let is_rust = file.starts_with("/rustc/") || file.contains("/rustlib/src/");
    let mut folders: Vec<&str> = file.split('/').collect();
    let is_source = folders.pop().is_some_and(|name| name.contains(".rs:"));
    let between = folders.windows(2).any(|pair| {
        // A crate's folder may bear its version.
        let name = pair[0].split_once("-0.").or_else(|| pair[0].split_once("-1."));
        let name = name.map_or(pair[0], |(name, _)| name).replace('-', "_");
        pair[1] == "src" && BETWEEN.contains(&name.as_str())
    });
    is_rust || between || !is_source
}

/// `  12: app::main` is `app::main`; what was inlined has no number.
fn name_in(line: &str) -> &str {
    let line = line.trim();
    match line.split_once(": ") {
        Some((number, name)) if number.bytes().all(|b| b.is_ascii_digit()) => name.trim(),
        _ => line,
    }
}

/// Whose a function is, by its path.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Whose {
    Program,
    Library,
    /// It has no path.
    Unknown,
}

/// A method of a trait is the program's when the type or the trait is; one of a trait of this crate never, as what the
/// program implements of it is on the way to a statement, not what asks for it.
fn whose(name: &str) -> Whose {
    let of = |root: Option<&str>| match root {
        None => Whose::Unknown,
        Some(root) if root == "orm_core" || RUST.contains(&root) || BETWEEN.contains(&root) => Whose::Library,
        Some(_) => Whose::Program,
    };
    let Some((own, implemented)) = implemented(name) else {
        return of(root(name));
    };
    let implemented = root(implemented);
    match (of(root(own)), of(implemented)) {
        _ if implemented == Some("orm_core") => Whose::Library,
        (Whose::Program, _) | (_, Whose::Program) => Whose::Program,
        (Whose::Library, _) | (_, Whose::Library) => Whose::Library,
        (Whose::Unknown, Whose::Unknown) => Whose::Unknown,
    }
}

/// The type and the trait of `<type as trait>::method`.
fn implemented(name: &str) -> Option<(&str, &str)> {
    let inner = name.strip_prefix('<')?;
    let mut depth = 1_usize;
    let mut as_at = None;
    for (at, letter) in inner.char_indices() {
        match letter {
            '<' | '(' | '[' => depth += 1,
            // `->` closes nothing.
            '>' if inner[..at].ends_with('-') => {}
            '>' | ')' | ']' => depth -= 1,
            ' ' if depth == 1 && as_at.is_none() && inner[at..].starts_with(" as ") => as_at = Some(at),
            _ => {}
        }
        if depth == 0 {
            let as_at = as_at?;
            return Some((&inner[..as_at], &inner[as_at + " as ".len()..at]));
        }
    }
    None
}

/// The crate in which a path begins; `None` for a type parameter, and for what is no path.
fn root(path: &str) -> Option<&str> {
    const BEFORE: [&str; 9] = ["<", "&", "(", "[", "mut ", "dyn ", "impl ", "*const ", "*mut "];
    let mut path = path;
    while let Some(rest) = BEFORE.iter().find_map(|word| path.strip_prefix(word)) {
        path = rest;
    }
    let (root, _) = path.split_once("::")?;
    let is_name = root.chars().all(|c| c.is_alphanumeric() || c == '_');
    (is_name && !root.is_empty()).then_some(root)
}

/// `./src/main.rs:12:9` is `src/main.rs:12`.
fn without_column(place: &str) -> String {
    let place = match place.rsplit_once(':') {
        // Without a column, it is the line that stands behind the only number.
        Some((before, last))
            if is_number(last) && before.rsplit_once(':').is_some_and(|(_, l)| is_number(l)) =>
        {
            before
        }
        _ => place,
    };
    let short = place.strip_prefix("./").or_else(|| place.strip_prefix(".\\"));
    short.unwrap_or(place).to_owned()
}

fn is_number(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit())
}

/// `app::list::{{closure}}` is `app::list`.
fn function(name: &str) -> &str {
    let mut name = name;
    while let Some((outer, last)) = name.rsplit_once("::") {
        if !last.starts_with('{') {
            break;
        }
        name = outer;
    }
    name
}

#[cfg(test)]
mod tests {
    use super::*;

    /// As a debug build prints it, shortened.
    const WITH_LINES: &str = "   0: orm_core::exec::call_site::call_site
             at ./orm-core/src/exec/call_site.rs:27:5
   1: <orm_core::db::Db as orm_core::exec::executor::Executor>::run::{{closure}}
             at ./orm-core/src/db/mod.rs:220:9
   2: <core::pin::Pin<P> as core::future::future::Future>::poll
             at /rustc/59807616e1fa2540724bfbac14d7976d7e4a3860/library/core/src/future/future.rs:133:9
   3: orm_core::query::select::Query<M>::all::{{closure}}
             at ./orm-core/src/query/select.rs:302:9
   4: tokio_stream::collect
             at /home/me/vendor/tokio-stream/src/collect.rs:1:1
   5: block_on<core::pin::Pin<&mut dyn core::future::future::Future<Output=()>>>
             at /home/me/.cargo/registry/src/index.crates.io-1949cf8c6b5b557f/tokio-1.54.1/src/runtime/park.rs:376:31
   6: shop::list::{{closure}}
             at ./src/list.rs:41:30
   7: shop::main::{{closure}}
             at ./src/main.rs:9:5
   8: __libc_start_call_main
             at ./csu/../sysdeps/nptl/libc_start_call_main.h:58:16
";

    #[test]
    fn the_first_frame_of_no_library_is_found() {
        assert_eq!(first_outside(WITH_LINES).as_deref(), Some("src/list.rs:41"));
        let without: String = WITH_LINES
            .lines()
            .filter(|line| !line.trim_start().starts_with("at "))
            .fold(String::new(), |text, line| text + line + "\n");
        assert_eq!(first_outside(&without).as_deref(), Some("shop::list"));
        // What is inlined has no number, and may have no path.
        for name in [
            "   0: list",
            "      list<shop::A>",
            "      {async_fn#0}<shop::A>",
            "      shop::list",
        ] {
            let own = "   0: {closure#0}\n             at /x/orm-core/src/exec/call_site.rs:27:5\n";
            let other = "   1: all<shop::A>\n             at /x/orm-core/src/query/select.rs:27:5\n";
            let text = format!("{own}{other}{name}\n             at /home/me/shop/src/list.rs:7:1\n");
            assert_eq!(
                first_outside(&text).as_deref(),
                Some("/home/me/shop/src/list.rs:7"),
                "{name}"
            );
        }
        for nothing in [
            "",
            "   0: <unknown>\n   1: main\n   2: __libc_start_main_impl\n",
            "disabled backtrace",
        ] {
            assert_eq!(first_outside(nothing), None, "{nothing}");
        }
    }

    #[test]
    fn whose_a_function_is() {
        for (name, expected) in [
            ("shop::list", Whose::Program),
            ("shop::main::{closure#0}::{closure#1}::<i32>", Whose::Program),
            ("<shop::Repo as shop::Load>::load::{{closure}}", Whose::Program),
            // A trait of the program on a type of a library, and the other way round.
            (
                "<orm_core::db::Db as shop::Load>::load::{{closure}}",
                Whose::Program,
            ),
            ("<alloc::vec::Vec<T> as shop::Load>::load", Whose::Program),
            ("<T as shop::Load>::load", Whose::Program),
            (
                "<shop::Ready as core::future::future::Future>::poll",
                Whose::Program,
            ),
            (
                "<shop::Wrapped as orm_core::exec::executor::Executor>::run",
                Whose::Library,
            ),
            (
                "<shop::Author as orm_core::query::model::Model>::query",
                Whose::Library,
            ),
            (
                "<core::pin::Pin<P> as core::future::future::Future>::poll",
                Whose::Library,
            ),
            (
                "<F as core::future::into_future::IntoFuture>::into_future",
                Whose::Library,
            ),
            (
                "<orm_core::query::select::Query<shop::Author>>::all::{closure#0}",
                Whose::Library,
            ),
            (
                "<&dyn core::ops::function::Fn(shop::A) -> shop::B as core::ops::function::FnOnce<()>>::call_once",
                Whose::Library,
            ),
            (
                "<fn() as core::ops::function::FnOnce<()>>::call_once",
                Whose::Library,
            ),
            (
                "tokio::runtime::park::CachedParkThread::block_on::<shop::main::{closure#0}>",
                Whose::Library,
            ),
            ("core_of_shop::list", Whose::Program),
            ("main", Whose::Unknown),
            ("<unknown>", Whose::Unknown),
            ("<T as Load>::load", Whose::Unknown),
        ] {
            assert_eq!(whose(name), expected, "{name}");
        }
    }

    #[test]
    fn generic_functions_of_std_are_not_the_programs() {
        let provided = "   0: <shop::Rows as core::iter::Iterator>::collect
             at /home/me/.rustup/toolchains/x/lib/rustlib/src/rust/library/core/src/iter.rs:1:2
   1: shop::list
             at .\\src\\list.rs:41
";
        assert_eq!(first_outside(provided).as_deref(), Some("src\\list.rs:41"));
    }
}
