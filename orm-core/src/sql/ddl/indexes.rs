//! Unique constraints and indexes.

use super::facts::Methods;
use super::names::{self, Kind, Names, check_length, constraint_name, quoted, table_name};
use super::place::{Place, column, describe};
use super::text::key_bytes;
use super::{Options, TableDdl};
use crate::error::{Error, Result};
use crate::model::{IndexDef, IndexPart, TableDef};
use crate::sql::Dialect;
use crate::value::DataType;

/// Puts unique constraints (and, where they belong there, indexes) into the parts of `CREATE TABLE`, and other indexes into
/// statements of their own.
///
/// # Errors
/// `Unsupported` for an index that the database cannot have; `Invalid` for one that cannot be anywhere.
pub(super) fn indexes(
    dialect: Dialect,
    table: &'static TableDef,
    options: Options,
    names: &mut Names,
    parts: &mut Vec<String>,
    ddl: &mut TableDdl,
) -> Result<()> {
    for def in table.indexes {
        let index = Index::new(dialect, table, def)?;
        names.claim(index.kind(), table, &index.name)?;
        if index.is_constraint() {
            let (name, columns) = (quoted(dialect, &index.name)?, index.parts()?);
            parts.push(format!("CONSTRAINT {name} UNIQUE ({columns})"));
        } else if super::facts::facts(dialect).inline_indexes {
            parts.push(index.inline()?);
        } else {
            ddl.indexes.push(index.statement(options)?);
        }
    }
    primary_key_fits(dialect, table)
}

/// An index that the database can have.
struct Index {
    dialect: Dialect,
    table: &'static TableDef,
    def: &'static IndexDef,
    name: String,
}

impl Index {
    fn new(dialect: Dialect, table: &'static TableDef, def: &'static IndexDef) -> Result<Self> {
        let kind = if def.unique { Kind::Unique } else { Kind::Index };
        let name = match def.name {
            Some(name) => {
                check_length(
                    dialect,
                    table,
                    "the index",
                    name,
                    "shorten it in `index(.., name = \"..\")`",
                )?;
                name.to_owned()
            }
            None => constraint_name(dialect, kind, table, &part_names(table, def)?),
        };
        let index = Index {
            dialect,
            table,
            def,
            name,
        };
        index.check()?;
        Ok(index)
    }

    fn kind(&self) -> Kind {
        if self.def.unique {
            Kind::Unique
        } else {
            Kind::Index
        }
    }

    /// Whether it is a constraint: those have neither conditions nor expressions nor methods.
    fn is_constraint(&self) -> bool {
        self.def.unique
            && self.def.condition.is_none()
            && self.def.using.is_none()
            && self.def.parts.iter().all(|p| matches!(p, IndexPart::Column(_)))
    }

    fn check(&self) -> Result<()> {
        let features = self.dialect.features();
        if self.def.parts.is_empty() {
            return Err(self.invalid("has no columns: name at least one"));
        }
        if self.def.condition.is_some() && !features.partial_indexes {
            return Err(self.unsupported(
                "has a condition, and there are no partial indexes: remove `where = \"..\"`, or put the condition into \
                 a column of its own (`#[orm(generated = \"IF(.., key, NULL)\")]`) and index that",
            ));
        }
        let expression = self.def.parts.iter().find_map(|part| match part {
            IndexPart::Expression(sql) => Some(*sql),
            IndexPart::Column(_) => None,
        });
        if expression.is_some_and(|sql| sql.trim().is_empty()) {
            return Err(self.invalid("has an empty expression: write one, or remove it"));
        }
        if let (Some(sql), false) = (expression, features.expression_indexes) {
            return Err(self.unsupported(&format!(
                "is on `{sql}`, and there are no indexes of expressions: add a column with `#[orm(generated = \
                 \"{sql}\")]` and index that"
            )));
        }
        self.method()?;
        self.key_fits()
    }

    fn method(&self) -> Result<()> {
        let Some(method) = self.def.using else {
            return Ok(());
        };
        match super::facts::facts(self.dialect).methods {
            Methods::None => Err(self.unsupported(&format!(
                "has `using = \"{method}\"`, and methods cannot be chosen: remove it"
            ))),
            Methods::Of(known) if !known.iter().any(|m| m.eq_ignore_ascii_case(method)) => Err(self
                .unsupported(&format!(
                    "has `using = \"{method}\"`: use one of {}, or remove it",
                    known.join(", ")
                ))),
            _ if !method.chars().all(|c| c.is_ascii_alphanumeric() || c == '_') || method.is_empty() => {
                Err(self.invalid(&format!(
                    "has `using = \"{method}\"`, which is no name of a method"
                )))
            }
            Methods::Any | Methods::Of(_) => Ok(()),
        }
    }

    fn key_fits(&self) -> Result<()> {
        let columns: Vec<usize> = self
            .def
            .parts
            .iter()
            .filter_map(|part| match part {
                IndexPart::Column(index) => Some(*index),
                IndexPart::Expression(_) => None,
            })
            .collect();
        fits(
            self.dialect,
            self.table,
            &columns,
            &format!("index `{}`", self.name),
        )
    }

    /// The parts as they stand between parentheses. An expression has its own around it.
    fn parts(&self) -> Result<String> {
        let mut parts = Vec::with_capacity(self.def.parts.len());
        for part in self.def.parts {
            parts.push(match part {
                IndexPart::Column(index) => names::columns(self.dialect, self.table, &[*index])?,
                IndexPart::Expression(sql) => format!("({sql})"),
            });
        }
        Ok(parts.join(", "))
    }

    fn inline(&self) -> Result<String> {
        let unique = if self.def.unique { "UNIQUE " } else { "" };
        let using = self
            .def
            .using
            .map_or_else(String::new, |m| format!(" USING {}", m.to_ascii_uppercase()));
        Ok(format!(
            "{unique}KEY {} ({}){using}",
            quoted(self.dialect, &self.name)?,
            self.parts()?
        ))
    }

    fn statement(&self, options: Options) -> Result<String> {
        let unique = if self.def.unique { "UNIQUE " } else { "" };
        let exists = if options.if_not_exists {
            "IF NOT EXISTS "
        } else {
            ""
        };
        let using = self
            .def
            .using
            .map_or_else(String::new, |method| format!(" USING {method}"));
        let condition = self
            .def
            .condition
            .map_or_else(String::new, |condition| format!(" WHERE {condition}"));
        Ok(format!(
            "CREATE {unique}INDEX {exists}{} ON {}{using} ({}){condition}",
            quoted(self.dialect, &self.name)?,
            table_name(self.dialect, self.table)?,
            self.parts()?
        ))
    }

    fn invalid(&self, problem: &str) -> Error {
        Error::invalid(format!(
            "{}: the index `{}` {problem}",
            describe(self.table),
            self.name
        ))
        .with_table(self.table.name)
    }

    fn unsupported(&self, problem: &str) -> Error {
        Error::unsupported(format!(
            "{}: on {}, the index `{}` {problem}",
            describe(self.table),
            self.dialect,
            self.name
        ))
        .with_table(self.table.name)
    }
}

fn part_names(table: &'static TableDef, def: &IndexDef) -> Result<Vec<String>> {
    def.parts
        .iter()
        .map(|part| match part {
            IndexPart::Column(index) => Ok(column(table, *index)?.full_name()),
            IndexPart::Expression(sql) => Ok(names::words(sql)),
        })
        .collect()
}

fn primary_key_fits(dialect: Dialect, table: &'static TableDef) -> Result<()> {
    fits(dialect, table, table.primary_key, "the primary key")
}

/// Refuses a key that is too long for the database, or of a type that cannot be a key.
fn fits(dialect: Dialect, table: &'static TableDef, columns: &[usize], what: &str) -> Result<()> {
    let facts = super::facts::facts(dialect);
    let mut bytes: u32 = 0;
    for index in columns {
        let place = Place::new(dialect, table, *index)?;
        let is_json = matches!(place.column.data_type, DataType::Json | DataType::Array(_));
        if is_json && !facts.json_in_keys && place.column.sql_type.is_none() {
            return Err(place.unsupported(format!(
                "is JSON on {dialect}, which cannot be part of {what}: index a generated column that takes out what you \
                 look for"
            )));
        }
        if place.column.sql_type.is_none() {
            bytes = bytes.saturating_add(key_bytes(&place)?);
        }
    }
    match facts.longest_key {
        Some(most) if bytes > most => Err(Error::unsupported(format!(
            "{}: {what} is longer than {dialect} takes ({bytes} bytes, at most {most}; a character counts four): give its \
             columns a smaller `length`",
            describe(table)
        ))
        .with_table(table.name)),
        _ => Ok(()),
    }
}
