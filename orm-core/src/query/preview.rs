//! A statement as a person reads it.

use std::fmt;

use crate::error::{Error, Result};
use crate::sql::SqlText;
use crate::value::Value;

/// What a query would send: the text, and its parameters apart. `Display` shows both, but no parameter where a model has a
/// `redact` column.
#[derive(Debug)]
pub struct Statement {
    made: Result<SqlText>,
}

impl Statement {
    pub(crate) const fn new(made: Result<SqlText>) -> Self {
        Statement { made }
    }

    /// The text.
    ///
    /// # Errors
    /// Why there is none: what the query's own call would say.
    pub fn text(&self) -> Result<&str, &Error> {
        self.made.as_ref().map(|sql| &*sql.text)
    }

    /// The parameters, in the order of their placeholders.
    #[must_use]
    pub fn params(&self) -> &[Value] {
        self.made.as_ref().map_or(&[], |sql| sql.params.as_slice())
    }
}

impl fmt::Display for Statement {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.made {
            Ok(sql) if sql.params.is_empty() => f.write_str(&sql.text),
            Ok(sql) if sql.redact => write!(f, "{}    [{} redacted]", sql.text, sql.params.len()),
            Ok(sql) => {
                let params: Vec<String> = sql.params.iter().map(Value::display).collect();
                write!(f, "{}    [{}]", sql.text, params.join(", "))
            }
            Err(e) => write!(f, "-- no statement: {e}"),
        }
    }
}
