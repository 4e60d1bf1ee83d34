//! `sqlite:` URLs: which file, how it is opened, and the settings that a URL may carry.

use std::path::PathBuf;
use std::time::Duration;

use percent_encoding::percent_decode_str;

use crate::error::{Error, Result};

/// What a URL says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Parsed {
    /// Where the database is.
    pub(super) place: Place,
    /// `journal_mode`
    pub(super) journal: Option<Journal>,
    /// `synchronous`
    pub(super) synchronous: Option<Synchronous>,
    /// `busy_timeout`, in milliseconds.
    pub(super) busy_timeout: Option<Duration>,
    /// `foreign_keys`
    pub(super) foreign_keys: Option<bool>,
    /// `cache_size`: pages, or KiB when negative.
    pub(super) cache_size: Option<i32>,
}

/// Where the database is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Place {
    /// In memory, private to its one connection.
    Memory,
    /// In a file.
    File(PathBuf, Mode),
}

/// How a file is opened.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Mode {
    /// For reading and writing; made when it is missing.
    Create,
    /// For reading and writing; it must exist.
    Write,
    /// For reading.
    Read,
}

/// How commits are made safe.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Journal {
    /// A write-ahead log: readers and the writer do not wait for each other.
    Wal,
    /// A journal of another kind, by its name in SQL.
    Rollback(&'static str),
}

impl Journal {
    /// The name in SQL, in the form in which SQLite answers it.
    pub(super) const fn name(self) -> &'static str {
        match self {
            Journal::Wal => "wal",
            Journal::Rollback(name) => name,
        }
    }
}

/// When SQLite waits for the disk.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Synchronous {
    /// Never.
    Off,
    /// At checkpoints: the last commits may be lost at power failure.
    Normal,
    /// At each commit.
    Full,
    /// At each commit, the folder included.
    Extra,
}

impl Synchronous {
    /// The name in SQL.
    pub(super) const fn name(self) -> &'static str {
        match self {
            Synchronous::Off => "OFF",
            Synchronous::Normal => "NORMAL",
            Synchronous::Full => "FULL",
            Synchronous::Extra => "EXTRA",
        }
    }
}

const KNOWN: &str = "`mode`, `journal_mode`, `synchronous`, `busy_timeout`, `foreign_keys`, `cache_size`";

/// Reads a URL.
pub(super) fn parse(url: &str) -> Result<Parsed> {
    let rest = match url.split_once(':') {
        Some((scheme, rest)) if scheme.eq_ignore_ascii_case("sqlite") => rest,
        _ => {
            return Err(Error::invalid(
                "an SQLite URL begins with `sqlite:`, as in `sqlite://library.db` or `sqlite::memory:`",
            ));
        }
    };
    let (path, query) = match rest.split_once('?') {
        Some((path, query)) => (path, query),
        None => (rest, ""),
    };
    let path = decode(path.strip_prefix("//").unwrap_or(path))?;
    let mut parsed = Parsed {
        place: Place::Memory,
        journal: None,
        synchronous: None,
        busy_timeout: None,
        foreign_keys: None,
        cache_size: None,
    };
    let mut mode = None;
    let mut seen: Vec<String> = Vec::new();
    for pair in query.split('&').filter(|pair| !pair.is_empty()) {
        let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
        let (name, value) = (decode(name)?, decode(value)?);
        if seen.contains(&name) {
            return Err(Error::invalid(format!("the SQLite URL gives `{name}` twice")));
        }
        let value_lower = value.to_ascii_lowercase();
        let value_lower = value_lower.as_str();
        match name.as_str() {
            "mode" => mode = Some(read_mode(value_lower)?),
            "journal_mode" => parsed.journal = Some(journal(value_lower)?),
            "synchronous" => parsed.synchronous = Some(synchronous(value_lower)?),
            "busy_timeout" => {
                let millis = value.parse::<u32>().map_err(|_| {
                    wrong(
                        "busy_timeout",
                        "a number of milliseconds, as in `busy_timeout=5000`",
                    )
                })?;
                parsed.busy_timeout = Some(Duration::from_millis(u64::from(millis)));
            }
            "foreign_keys" => {
                parsed.foreign_keys = Some(match value_lower {
                    "on" | "true" | "yes" | "1" => true,
                    "off" | "false" | "no" | "0" => false,
                    _ => return Err(wrong("foreign_keys", "`on` or `off`")),
                });
            }
            "cache_size" => {
                parsed.cache_size = Some(
                    value
                        .parse::<i32>()
                        .map_err(|_| wrong("cache_size", "a number of pages, or of KiB when negative"))?,
                );
            }
            other => {
                return Err(Error::invalid(format!(
                    "the SQLite URL has an unknown parameter `{other}`: it may have {KNOWN}"
                )));
            }
        }
        seen.push(name);
    }
    parsed.place = place(path, mode)?;
    Ok(parsed)
}

/// `None` is `mode=memory`.
fn read_mode(value: &str) -> Result<Option<Mode>> {
    match value {
        "rwc" => Ok(Some(Mode::Create)),
        "rw" => Ok(Some(Mode::Write)),
        "ro" => Ok(Some(Mode::Read)),
        "memory" => Ok(None),
        _ => Err(wrong("mode", "`rwc`, `rw`, `ro` or `memory`")),
    }
}

fn place(path: String, mode: Option<Option<Mode>>) -> Result<Place> {
    if path.contains('\0') {
        return Err(Error::invalid("the SQLite URL's path contains a NUL character"));
    }
    if path == ":memory:" || mode == Some(None) {
        if mode == Some(Some(Mode::Read)) {
            return Err(Error::invalid(
                "a database in memory cannot be opened with `mode=ro`: it would stay empty",
            ));
        }
        return Ok(Place::Memory);
    }
    if path.is_empty() {
        return Err(Error::invalid(
            "the SQLite URL names no file: write `sqlite://library.db`, or `sqlite::memory:` for a database in memory",
        ));
    }
    let mode = mode.flatten().unwrap_or(Mode::Create);
    Ok(Place::File(PathBuf::from(drive(path)), mode))
}

/// `/C:/library.db` is `C:/library.db` where drives have letters.
fn drive(path: String) -> String {
    let bytes = path.as_bytes();
    let lettered = cfg!(windows)
        && bytes.len() > 2
        && bytes[0] == b'/'
        && bytes[1].is_ascii_alphabetic()
        && bytes[2] == b':';
    if lettered {
        path.chars().skip(1).collect()
    } else {
        path
    }
}

fn journal(value: &str) -> Result<Journal> {
    Ok(match value {
        "wal" => Journal::Wal,
        "delete" => Journal::Rollback("delete"),
        "truncate" => Journal::Rollback("truncate"),
        "persist" => Journal::Rollback("persist"),
        "memory" => Journal::Rollback("memory"),
        "off" => Journal::Rollback("off"),
        _ => {
            return Err(wrong(
                "journal_mode",
                "`wal`, `delete`, `truncate`, `persist`, `memory` or `off`",
            ));
        }
    })
}

fn synchronous(value: &str) -> Result<Synchronous> {
    Ok(match value {
        "off" | "0" => Synchronous::Off,
        "normal" | "1" => Synchronous::Normal,
        "full" | "2" => Synchronous::Full,
        "extra" | "3" => Synchronous::Extra,
        _ => {
            return Err(wrong("synchronous", "`off`, `normal`, `full` or `extra`"));
        }
    })
}

fn wrong(name: &str, wanted: &str) -> Error {
    Error::invalid(format!("`{name}` in the SQLite URL must be {wanted}"))
}

fn decode(text: &str) -> Result<String> {
    percent_decode_str(text)
        .decode_utf8()
        .map(|text| text.into_owned())
        .map_err(|_| Error::invalid("the SQLite URL is not UTF-8 after percent-decoding"))
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn file(url: &str) -> (String, Mode) {
        match parse(url).unwrap().place {
            Place::File(path, mode) => (path.to_str().unwrap().to_owned(), mode),
            Place::Memory => (":memory:".to_owned(), Mode::Create),
        }
    }

    #[test]
    fn every_form_of_a_path() {
        assert_eq!(file("sqlite://library.db").0, "library.db");
        assert_eq!(file("sqlite:library.db").0, "library.db");
        assert_eq!(file("sqlite:///abs/path.db").0, "/abs/path.db");
        assert_eq!(file("sqlite:/abs/path.db").0, "/abs/path.db");
        assert_eq!(file("SQLite:a%20b%3F.db").0, "a b?.db");
        assert_eq!(
            file("sqlite://data/ä.db?mode=rw"),
            ("data/ä.db".to_owned(), Mode::Write)
        );
        assert_eq!(file("sqlite://a.db?mode=ro").1, Mode::Read);
        for url in [
            "sqlite::memory:",
            "sqlite://:memory:",
            "sqlite:%3Amemory%3A",
            "sqlite://named?mode=memory",
            "sqlite:?mode=memory",
        ] {
            assert_eq!(parse(url).unwrap().place, Place::Memory, "{url}");
        }
    }

    #[test]
    fn settings_are_read_and_checked() {
        let parsed = parse(
            "sqlite:a?journal_mode=DELETE&synchronous=full&busy_timeout=250&foreign_keys=off&cache_size=-2000",
        )
        .unwrap();
        assert_eq!(parsed.journal, Some(Journal::Rollback("delete")));
        assert_eq!(parsed.synchronous, Some(Synchronous::Full));
        assert_eq!(parsed.busy_timeout, Some(Duration::from_millis(250)));
        assert_eq!(parsed.foreign_keys, Some(false));
        assert_eq!(parsed.cache_size, Some(-2000));
    }

    #[test]
    fn what_is_wrong_is_said() {
        for (url, word) in [
            ("library.db", "begins with"),
            ("postgres://x/y", "begins with"),
            ("sqlite:", "names no file"),
            ("sqlite://?mode=ro", "names no file"),
            ("sqlite::memory:?mode=ro", "memory"),
            ("sqlite:a?cache=shared", "`journal_mode`"),
            ("sqlite:a?mode=rx", "`rwc`"),
            ("sqlite:a?mode=rw&mode=ro", "twice"),
            ("sqlite:a?busy_timeout=5s", "milliseconds"),
            ("sqlite:a?foreign_keys=maybe", "`on` or `off`"),
            ("sqlite:a?cache_size=1;DROP", "pages"),
            ("sqlite:a?journal_mode=wal2", "`truncate`"),
            ("sqlite:a?synchronous=4", "`extra`"),
            ("sqlite:a%00b", "NUL"),
            ("sqlite:a%ff", "UTF-8"),
        ] {
            let error = parse(url).unwrap_err();
            assert_eq!(error.kind(), crate::ErrorKind::Invalid, "{url}");
            assert!(error.to_string().contains(word), "{url}: {error}");
        }
    }
}
