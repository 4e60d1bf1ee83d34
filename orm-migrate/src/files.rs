//! The files of a migrations folder: `<version>_<name>.up.sql` with `.down.sql`, or `<version>_<name>.sql`.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use orm_core::{Error, Result};

/// A migration, as its files' names tell.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Migration {
    /// Its place in the order: a timestamp, usually.
    pub version: i64,
    /// Its name, with blanks for underscores.
    pub name: String,
    /// The file that applies it.
    pub up: PathBuf,
    /// The file that takes it back, if there is one.
    pub down: Option<PathBuf>,
}

/// Which half of a migration a file is.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Half {
    Up,
    Down,
}

/// The migrations of a folder, in order.
///
/// Files that do not end in `.sql` are passed by, folders too.
///
/// # Errors
/// When the folder cannot be read, an SQL file's name is none of a migration, two migrations have one version, or a
/// `.down.sql` has no `.up.sql`. The text names the file and what to change. (`sqlx migrate` passes some of these by
/// in silence.)
pub fn read(folder: &Path) -> Result<Vec<Migration>> {
    let mut halves: BTreeMap<i64, (String, Option<PathBuf>, Option<PathBuf>)> = BTreeMap::new();
    for entry in std::fs::read_dir(folder).map_err(|e| unreadable(folder, e))? {
        let path = entry.map_err(|e| unreadable(folder, e))?.path();
        let Some(file) = path
            .file_name()
            .and_then(|f| f.to_str())
            .filter(|f| f.ends_with(".sql"))
        else {
            continue;
        };
        if !path.is_file() {
            continue;
        }
        let (version, name, half) = parse(file)?;
        let (known, up, down) = halves
            .entry(version)
            .or_insert_with(|| (name.clone(), None, None));
        let place = if half == Half::Up { up } else { down };
        if *known != name || place.is_some() {
            return Err(Error::custom(format!(
                "`{file}` has the version {version} of another migration (`{known}`): give it a version of its own"
            )));
        }
        *place = Some(path);
    }
    halves
        .into_iter()
        .map(|(version, (name, up, down))| match up {
            Some(up) => Ok(Migration { version, name, up, down }),
            None => Err(Error::custom(format!(
                "the migration {version} (`{name}`) has a `.down.sql` and no `.up.sql`: add it, or remove the file"
            ))),
        })
        .collect()
}

fn unreadable(folder: &Path, e: std::io::Error) -> Error {
    Error::custom(format!("the folder `{}` cannot be read: {e}", folder.display()))
}

/// `20260131120000_create_library.up.sql`
fn parse(file: &str) -> Result<(i64, String, Half)> {
    let stem = file.strip_suffix(".sql").unwrap_or(file);
    let (stem, half) = match (stem.strip_suffix(".up"), stem.strip_suffix(".down")) {
        (Some(stem), _) => (stem, Half::Up),
        (None, Some(stem)) => (stem, Half::Down),
        (None, None) => (stem, Half::Up),
    };
    let parts = stem
        .split_once('_')
        .and_then(|(version, name)| Some((version.parse::<i64>().ok()?, name)));
    match parts {
        Some((version, name)) if version >= 0 && !name.is_empty() => {
            Ok((version, name.replace('_', " "), half))
        }
        _ => Err(Error::custom(format!(
            "`{file}` is no migration: a file is called `<version>_<name>.up.sql`, such as `20260131120000_create_library.up.sql`"
        ))),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    /// A folder with these files, removed at the end.
    struct Folder(PathBuf);

    impl Folder {
        fn with(name: &str, files: &[&str]) -> Folder {
            let path = std::env::temp_dir().join(format!("orm-migrate-{}-{name}", std::process::id()));
            std::fs::create_dir_all(&path).unwrap();
            for file in files {
                std::fs::write(path.join(file), "SELECT 1").unwrap();
            }
            Folder(path)
        }
    }

    impl Drop for Folder {
        fn drop(&mut self) {
            let _ = std::fs::remove_dir_all(&self.0);
        }
    }

    #[test]
    fn files_become_migrations_in_order() {
        let folder = Folder::with(
            "order",
            &[
                "20_more.sql",
                "3_create_library.down.sql",
                "3_create_library.up.sql",
                "README.md",
                "schema.json",
            ],
        );
        let read = read(&folder.0).unwrap();
        let seen: Vec<_> = read
            .iter()
            .map(|m| (m.version, m.name.as_str(), m.down.is_some()))
            .collect();
        assert_eq!(seen, [(3, "create library", true), (20, "more", false)]);
    }

    #[test]
    fn what_is_no_migration_is_told() {
        for (name, files, says) in [
            ("word", &["create.sql"][..], "`create.sql` is no migration"),
            ("nameless", &["7_.up.sql"], "is no migration"),
            ("negative", &["-7_x.up.sql"], "is no migration"),
            ("lonely", &["7_x.down.sql"], "no `.up.sql`"),
            ("twice", &["7_x.up.sql", "7_y.up.sql"], "of another migration"),
            ("both", &["7_x.up.sql", "7_x.sql"], "of another migration"),
        ] {
            let folder = Folder::with(name, files);
            let e = read(&folder.0).unwrap_err().to_string();
            assert!(e.contains(says), "{name}: {e}");
        }
        assert!(
            read(Path::new("/nowhere/at/all"))
                .unwrap_err()
                .to_string()
                .contains("cannot be read")
        );
    }
}
