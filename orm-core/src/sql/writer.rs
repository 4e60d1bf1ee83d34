//! Text and parameters, written in one pass.

use std::cell::Cell;
use std::fmt::Write as _;
use std::sync::Arc;

use super::dialect::Placeholder;
use super::path::Paths;
use super::{Dialect, Features, quote_into};
use crate::error::{Error, ErrorKind, Result};
use crate::model::{ColumnDef, TableDef};
use crate::value::{DataType, EnumStorage, Value};

/// A statement's text and parameters.
#[derive(Clone, Debug)]
pub struct SqlText {
    /// The text.
    pub text: Arc<str>,
    /// The parameters, in the order of their placeholders.
    pub params: Vec<Value>,
    /// At which positions of a result row whole numbers stand for decimals, and at what scale.
    pub scales: Option<Arc<[Option<u32>]>>,
    /// The further tables that it reads, along relations.
    pub reads: Vec<&'static str>,
    /// There is SQL of the user's own in it.
    pub(crate) foreign: bool,
    /// A table in it has a column whose values are not shown.
    pub(crate) redact: bool,
}

thread_local! {
    /// Where texts are written before their length is known.
    static SCRATCH: Cell<String> = const { Cell::new(String::new()) };
}

/// The placeholders of most statements.
const SMALL_NUMBERS: [&str; 10] = ["$0", "$1", "$2", "$3", "$4", "$5", "$6", "$7", "$8", "$9"];

/// The largest buffer that a thread keeps.
const KEPT: usize = 64 << 10;

/// Writes one statement for one dialect.
pub struct Writer {
    pub(super) dialect: Dialect,
    pub(super) features: &'static Features,
    pub(super) text: String,
    params: Vec<Value>,
    /// Equal parameters share a placeholder where those are numbered, so that an expression reads the same in the
    /// outputs, in GROUP BY, and in the ORDER BY of a SELECT DISTINCT.
    pub(super) share_params: bool,
    /// Each row is looked at by itself here, so that aggregates have no place.
    pub(super) single_rows: bool,
    pub(super) paths: Paths,
    /// What is written is computed before windows are.
    pub(super) in_condition: bool,
    /// Outputs are as the order has them: enums are not read as text.
    pub(super) plain_enums: bool,
    /// SQL of the user's own was added.
    pub(super) foreign: bool,
}

impl Writer {
    /// An empty statement.
    #[must_use]
    pub fn new(dialect: Dialect) -> Self {
        Writer {
            dialect,
            features: dialect.features(),
            text: SCRATCH.take(),
            params: Vec::new(),
            share_params: false,
            single_rows: false,
            paths: Paths::default(),
            in_condition: false,
            plain_enums: false,
            foreign: false,
        }
    }

    /// The statement.
    ///
    /// # Errors
    /// `Invalid` when it has more parameters than the database takes.
    pub fn finish(mut self, scales: Option<Arc<[Option<u32>]>>) -> Result<SqlText> {
        let (have, most) = (self.params.len(), self.features.max_params);
        if have > most {
            return Err(Error::invalid(format!(
                "the statement has {have} parameters and {} takes {most}: pass fewer values at a time",
                self.features.name
            )));
        }
        let text = Arc::from(self.text.as_str());
        if self.text.capacity() <= KEPT {
            self.text.clear();
            SCRATCH.set(self.text);
        }
        Ok(SqlText {
            text,
            params: self.params,
            scales,
            reads: self.paths.tables,
            foreign: self.foreign,
            redact: self.paths.redact,
        })
    }

    /// Makes room for so many more parameters, and their text.
    pub(super) fn reserve(&mut self, params: usize) {
        self.params.reserve(params);
        self.text.reserve(params * 4);
    }

    /// Adds text as it is.
    pub(super) fn push(&mut self, text: &str) {
        self.text.push_str(text);
    }

    /// Adds SQL of the user's own.
    pub(crate) fn raw(&mut self, text: &str) {
        self.foreign = true;
        self.text.push_str(text);
    }

    /// Adds a parameter of SQL of the user's own. Where statements are kept by their text, the parameter's type becomes
    /// part of it.
    pub(crate) fn raw_param(&mut self, value: Value) -> Result<()> {
        self.fits(&value)?;
        let cast = match self.features.placeholder {
            Placeholder::Dollar => raw_cast(value.data_type()),
            Placeholder::Question => "",
        };
        self.placeholder(value);
        self.push(cast);
        Ok(())
    }

    /// Whether SQL of the user's own ends with `IN (`.
    pub(crate) fn is_after_in(&self) -> bool {
        let open = self.text.trim_end().strip_suffix('(').map(str::trim_end);
        let word = open.and_then(|before| before.rsplit(|c: char| c.is_whitespace() || c == ')').next());
        word.is_some_and(|word| word.eq_ignore_ascii_case("IN"))
    }

    /// Adds the values of a list of SQL of the user's own, each as a parameter; none of them are a query without rows.
    pub(crate) fn raw_list(&mut self, items: &[Value]) -> Result<()> {
        if items.is_empty() {
            self.push(match self.dialect {
                Dialect::MySql | Dialect::MariaDb => "SELECT NULL FROM DUAL WHERE FALSE",
                Dialect::Sqlite | Dialect::Postgres => "SELECT NULL WHERE FALSE",
            });
        }
        for (i, item) in items.iter().enumerate() {
            self.push(if i == 0 { "" } else { ", " });
            self.raw_param(item.clone())?;
        }
        Ok(())
    }

    /// Adds a number as text. Only for numbers of our own (limits, powers of ten), never for values.
    pub(super) fn push_number(&mut self, n: impl std::fmt::Display) {
        // Writing into a String does not fail.
        let _ = write!(self.text, "{n}");
    }

    /// Adds an identifier.
    pub(super) fn name(&mut self, name: &str) -> Result<()> {
        quote_into(&mut self.text, self.dialect, &[name])
    }

    /// Adds a table with its schema.
    pub(super) fn table(&mut self, table: &TableDef) -> Result<()> {
        if let Some(schema) = table.schema {
            self.name(schema)?;
            self.push(".");
        }
        self.table_name(table)
    }

    /// Adds a table without its schema.
    fn table_name(&mut self, table: &TableDef) -> Result<()> {
        if !table.plain {
            return self.name(table.name);
        }
        self.text.push(self.features.quote);
        self.text.push_str(table.name);
        self.text.push(self.features.quote);
        Ok(())
    }

    /// Adds a column's name alone.
    pub(super) fn bare_column(&mut self, column: &ColumnDef) -> Result<()> {
        if column.plain {
            self.text.push(self.features.quote);
            self.text.push_str(column.prefix);
            self.text.push_str(column.name);
            self.text.push(self.features.quote);
            return Ok(());
        }
        quote_into(&mut self.text, self.dialect, &[column.prefix, column.name])
    }

    /// Adds a column with its table.
    pub(super) fn column(&mut self, table: &TableDef, column: &ColumnDef) -> Result<()> {
        match self.alias() {
            Some(alias) => self.push_alias(alias),
            None => self.table_name(table)?,
        }
        self.push(".");
        self.bare_column(column)
    }

    /// Adds a placeholder and its parameter.
    pub(super) fn param(&mut self, value: Value, data_type: DataType) -> Result<()> {
        self.fits(&value)?;
        self.placeholder(value);
        self.enum_cast(data_type, false)
    }

    /// PostgreSQL's enums travel as text and are cast, so that no connection has to look the type up.
    pub(super) fn enum_cast(&mut self, data_type: DataType, array: bool) -> Result<()> {
        if let DataType::Enum(def) = data_type
            && self.features.enum_casts
            && def.storage == EnumStorage::Native
        {
            self.push(if array { "::text[]::" } else { "::text::" });
            self.name(def.name)?;
            if array {
                self.push("[]");
            }
        }
        Ok(())
    }

    /// Adds a placeholder for a parameter that is known to be fit.
    pub(super) fn placeholder(&mut self, value: Value) {
        match self.features.placeholder {
            Placeholder::Question => {
                self.params.push(value);
                self.push("?");
            }
            Placeholder::Dollar => {
                let known = self
                    .share_params
                    .then(|| self.params.iter().position(|p| *p == value))
                    .flatten();
                let number = match known {
                    Some(position) => position + 1,
                    None => {
                        self.params.push(value);
                        self.params.len()
                    }
                };
                match SMALL_NUMBERS.get(number) {
                    Some(text) => self.push(text),
                    None => {
                        self.push("$");
                        self.push_number(number);
                    }
                }
            }
        }
    }

    /// Refuses what has no place beside a column or in SQL of the user's own.
    pub(super) fn fits(&self, value: &Value) -> Result<()> {
        self.check(value)?;
        self.scale_is_known(value)
    }

    /// Refuses a decimal in a place whose scale nobody knows, where decimals are scaled integers: it would be another
    /// number.
    fn scale_is_known(&self, value: &Value) -> Result<()> {
        let decimal = match value {
            Value::Decimal(_) => true,
            Value::Array(_, items) => items.iter().any(|item| matches!(item, Value::Decimal(_))),
            _ => false,
        };
        if decimal && !self.features.decimals {
            Err(self.unscaled())
        } else {
            Ok(())
        }
    }

    /// The error of a decimal in SQL of the user's own.
    pub(super) fn unscaled(&self) -> Error {
        Error::unsupported(format!(
            "{} keeps decimals as whole numbers of their smallest unit, so that SQL of your own would compare other \
             numbers: use the typed operators, or pass the whole number",
            self.features.name
        ))
    }

    /// Refuses what has no place in a statement of this dialect.
    pub(super) fn check(&self, value: &Value) -> Result<()> {
        match value {
            Value::NewId(_) => Err(crate::model::unsaved()),
            Value::Text(s) | Value::Json(s) if !self.features.nul_in_text && s.contains('\0') => {
                Err(Error::new(
                    ErrorKind::Encode,
                    format!(
                        "a text holds U+0000, which {} does not store: remove it, or use a bytes column",
                        self.features.name
                    ),
                ))
            }
            Value::U64(n) if !self.features.unsigned && i64::try_from(*n).is_err() => Err(Error::new(
                ErrorKind::Encode,
                format!(
                    "a number is above 9223372036854775807, the largest that {} stores",
                    self.features.name
                ),
            )),
            Value::F32(n) if !self.features.special_floats && !n.is_finite() => Err(self.special_float()),
            Value::F64(n) if !self.features.special_floats && !n.is_finite() => Err(self.special_float()),
            Value::Array(_, items) => items.iter().try_for_each(|item| self.check(item)),
            _ => Ok(()),
        }
    }

    fn special_float(&self) -> Error {
        Error::new(
            ErrorKind::Encode,
            format!(
                "NaN and infinities are not stored by {}: use an `Option` and NULL",
                self.features.name
            ),
        )
    }
}

/// The cast of a parameter in raw SQL on PostgreSQL.
pub(super) fn raw_cast(data_type: DataType) -> &'static str {
    match data_type {
        DataType::Bool => "::bool",
        DataType::I8 | DataType::U8 | DataType::I16 => "::int2",
        DataType::I32 | DataType::U16 => "::int4",
        DataType::I64 | DataType::U32 | DataType::U64 => "::int8",
        DataType::F32 => "::float4",
        DataType::F64 => "::float8",
        DataType::Text | DataType::Enum(_) => "::text",
        DataType::Bytes => "::bytea",
        DataType::Date => "::date",
        DataType::Time => "::time",
        DataType::DateTime => "::timestamp",
        DataType::Timestamp => "::timestamptz",
        DataType::Uuid => "::uuid",
        DataType::Decimal => "::numeric",
        DataType::Json => "::jsonb",
        DataType::Array(element) => match element {
            DataType::Bool => "::bool[]",
            DataType::I8 | DataType::U8 | DataType::I16 => "::int2[]",
            DataType::I32 | DataType::U16 => "::int4[]",
            DataType::I64 | DataType::U32 | DataType::U64 => "::int8[]",
            DataType::F32 => "::float4[]",
            DataType::F64 => "::float8[]",
            DataType::Bytes => "::bytea[]",
            DataType::Date => "::date[]",
            DataType::Time => "::time[]",
            DataType::DateTime => "::timestamp[]",
            DataType::Timestamp => "::timestamptz[]",
            DataType::Uuid => "::uuid[]",
            DataType::Decimal => "::numeric[]",
            DataType::Json => "::jsonb[]",
            DataType::Text | DataType::Enum(_) | DataType::Array(_) => "::text[]",
        },
    }
}
