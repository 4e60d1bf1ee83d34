//! The names of constraints and indexes, and what every identifier of a schema must satisfy.

use std::collections::HashMap;

use super::facts::{NameLimit, facts};
use super::place::describe;
use crate::error::{Error, Result};
use crate::model::TableDef;
use crate::sql::{Dialect, quote_into};

/// What a name is given to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// A unique constraint or index.
    Unique,
    /// An index.
    Index,
    /// A foreign key.
    ForeignKey,
    /// A check constraint.
    Check,
}

impl Kind {
    const fn prefix(self) -> &'static str {
        match self {
            Kind::Unique => "uq",
            Kind::Index => "ix",
            Kind::ForeignKey => "fk",
            Kind::Check => "ck",
        }
    }

    const fn is_index(self) -> bool {
        matches!(self, Kind::Unique | Kind::Index)
    }
}

/// `uq_books_title`: the one place where names are made. What is too long for the database is cut, and ends in a hash of
/// the whole name, so that two long names stay two.
pub(super) fn constraint_name(dialect: Dialect, kind: Kind, table: &TableDef, parts: &[String]) -> String {
    let mut name = format!("{}_{}", kind.prefix(), table.name);
    for part in parts {
        name.push('_');
        name.push_str(part);
    }
    shortened(name, facts(dialect).longest_name)
}

/// `_` and eight hexadecimal digits.
const HASH: usize = 9;

fn shortened(name: String, limit: NameLimit) -> String {
    if fits(&name, limit) {
        return name;
    }
    let hash = fnv1a(name.as_bytes());
    let kept: String = match limit {
        NameLimit::None => return name,
        NameLimit::Characters(most) => name.chars().take(most - HASH).collect(),
        NameLimit::Bytes(most) => name
            .char_indices()
            .take_while(|(at, c)| at + c.len_utf8() <= most - HASH)
            .map(|(_, c)| c)
            .collect(),
    };
    format!("{kept}_{hash:08x}")
}

fn fits(name: &str, limit: NameLimit) -> bool {
    match limit {
        NameLimit::None => true,
        NameLimit::Bytes(most) => name.len() <= most,
        NameLimit::Characters(most) => name.chars().count() <= most,
    }
}

/// FNV-1a of 32 bits: part of names in databases, so it must never change.
fn fnv1a(bytes: &[u8]) -> u32 {
    bytes.iter().fold(0x811c_9dc5, |hash, byte| {
        (hash ^ u32::from(*byte)).wrapping_mul(0x0100_0193)
    })
}

/// The words of an expression, joined by `_`: `lower(email)` gives `lower_email`.
pub(super) fn words(expression: &str) -> String {
    let words: Vec<&str> = expression
        .split(|c: char| !c.is_alphanumeric())
        .filter(|word| !word.is_empty())
        .collect();
    words.join("_")
}

/// Refuses a name that the database would cut or refuse. `what` says what it names.
///
/// # Errors
/// `Invalid`, with the limit.
pub(super) fn check_length(
    dialect: Dialect,
    table: &TableDef,
    what: &str,
    name: &str,
    change: &str,
) -> Result<()> {
    let limit = facts(dialect).longest_name;
    if fits(name, limit) {
        return Ok(());
    }
    let most = match limit {
        NameLimit::Bytes(most) => format!("{most} bytes"),
        NameLimit::Characters(most) => format!("{most} characters"),
        NameLimit::None => return Ok(()),
    };
    Err(Error::invalid(format!(
        "{}: {what} `{name}` is longer than {dialect} takes ({most}); {change}",
        describe(table)
    ))
    .with_table(table.name))
}

/// Writes a table's name, with its schema.
///
/// # Errors
/// `Unsupported` when it has a schema and the database has none; `Invalid` for a name that no database takes.
pub(super) fn table_into(out: &mut String, dialect: Dialect, table: &TableDef) -> Result<()> {
    if let Some(schema) = table.schema {
        if !facts(dialect).schemas {
            return Err(Error::unsupported(format!(
                "{dialect} has no schemas: {} stands in schema `{schema}`; remove `schema = \"{schema}\"`, or attach \
                 the file under that name and create the table by SQL of your own",
                describe(table)
            ))
            .with_table(table.name));
        }
        check_length(
            dialect,
            table,
            "schema",
            schema,
            "shorten it in `#[orm(schema = \"..\")]`",
        )?;
        quote_into(out, dialect, &[schema])?;
        out.push('.');
    }
    check_length(
        dialect,
        table,
        "table",
        table.name,
        "shorten it by `#[orm(table = \"..\")]`",
    )?;
    quote_into(out, dialect, &[table.name])
}

/// A table's name in quotes, with its schema.
///
/// # Errors
/// As [`table_into`].
pub(super) fn table_name(dialect: Dialect, table: &TableDef) -> Result<String> {
    let mut out = String::new();
    table_into(&mut out, dialect, table)?;
    Ok(out)
}

/// A name in quotes.
///
/// # Errors
/// `Invalid` for a name that no database takes.
pub(super) fn quoted(dialect: Dialect, name: &str) -> Result<String> {
    let mut out = String::new();
    quote_into(&mut out, dialect, &[name])?;
    Ok(out)
}

/// `"a", "b"`: the columns at these positions.
///
/// # Errors
/// `Invalid` when there is no such column, or for a name that no database takes.
pub(super) fn columns(dialect: Dialect, table: &'static TableDef, positions: &[usize]) -> Result<String> {
    let mut out = String::new();
    for (i, position) in positions.iter().enumerate() {
        if i > 0 {
            out.push_str(", ");
        }
        let column = super::place::column(table, *position)?;
        quote_into(&mut out, dialect, &[column.prefix, column.name])?;
    }
    Ok(out)
}

/// The names that are taken, so that a second use is told here and not half-way by the database.
#[derive(Debug)]
pub(super) struct Names {
    dialect: Dialect,
    /// From the names in their scopes to what has them.
    taken: HashMap<String, String>,
}

impl Names {
    pub(super) fn new(dialect: Dialect) -> Self {
        Names {
            dialect,
            taken: HashMap::new(),
        }
    }

    /// Takes a name.
    ///
    /// # Errors
    /// `Invalid` when it is taken.
    pub(super) fn claim(&mut self, kind: Kind, table: &TableDef, name: &str) -> Result<()> {
        let facts = facts(self.dialect);
        let of_schema = if kind.is_index() {
            !facts.inline_indexes
        } else {
            facts.constraints_share_names
        };
        let scope = if of_schema { "" } else { table.name };
        let of_indexes = kind.is_index();
        let key = format!(
            "{}\0{scope}\0{of_indexes}\0{}",
            table.schema.unwrap_or_default(),
            name.to_lowercase()
        );
        match self.taken.insert(key, describe(table)) {
            None => Ok(()),
            Some(first) => Err(Error::invalid(format!(
                "`{name}` would name two things, one of {first} and one of {}; {}",
                describe(table),
                if of_indexes {
                    "give one of the indexes a `name = \"..\"`, or remove one that stands there twice"
                } else {
                    "rename a table, column or check, or remove one that stands there twice"
                }
            ))
            .with_table(table.name)),
        }
    }
}
