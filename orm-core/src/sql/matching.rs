//! Lists and text patterns: what the databases write most differently.

use super::dialect::ListStyle;
use super::{Dialect, Writer};
use crate::error::Result;
use crate::expr::ast::{Node, Pattern};
use crate::value::{DataType, Value, case};

impl Writer {
    /// Adds a test of membership.
    pub(super) fn list(
        &mut self,
        node: &Node,
        list: &[Value],
        data_type: DataType,
        negated: bool,
    ) -> Result<()> {
        let asked = !list.is_empty();
        let list = match self.scaled(node) {
            Some(scaled) => Self::decimal_list(list, scaled),
            None => list.to_vec(),
        };
        if asked && list.is_empty() {
            // Equal to none of them; NULL is neither equal nor unequal to them all the same.
            self.push("(");
            self.node(node)?;
            self.push(if negated { " = " } else { " <> " });
            self.node(node)?;
            self.push(")");
            return Ok(());
        }
        list.iter().try_for_each(|value| self.check(value))?;
        if list.is_empty() {
            self.push(if negated { "TRUE" } else { "FALSE" });
            return Ok(());
        }
        self.operand(node)?;
        let style = match self.features.lists {
            ListStyle::JsonEach if !list.iter().all(is_json_scalar) => ListStyle::Padded,
            style => style,
        };
        match style {
            ListStyle::Array => {
                self.push(if negated { " <> ALL(" } else { " = ANY(" });
                let element = list
                    .first()
                    .map_or(data_type, |v| if v.is_null() { data_type } else { v.data_type() });
                self.placeholder(Value::Array(element, list));
                self.enum_cast(data_type, true)?;
                self.push(")");
            }
            ListStyle::JsonEach => {
                self.push(if negated { " NOT IN " } else { " IN " });
                self.push("(SELECT value FROM json_each(");
                self.placeholder(Value::Array(data_type, list));
                self.push("))");
            }
            ListStyle::Padded => {
                self.push(if negated { " NOT IN (" } else { " IN (" });
                let padded = padded(list.len(), self.features.max_params);
                let last = list.last().cloned();
                let rest = padded - list.len();
                for (i, value) in list
                    .into_iter()
                    .chain(last.into_iter().cycle().take(rest))
                    .enumerate()
                {
                    if i > 0 {
                        self.push(", ");
                    }
                    self.placeholder(value);
                }
                self.push(")");
            }
        }
        Ok(())
    }

    /// Adds a match of a text pattern.
    pub(super) fn like(
        &mut self,
        node: &Node,
        pattern: &Pattern,
        insensitive: bool,
        negated: bool,
    ) -> Result<()> {
        let insensitive = insensitive || node.column().is_some_and(|column| column.case_insensitive);
        if negated {
            self.push("NOT (");
        }
        match self.dialect {
            // LIKE takes no account of ASCII case here; GLOB does, and uses an index for a known beginning.
            Dialect::Sqlite => {
                let mut text = glob(pattern);
                if insensitive {
                    text = case::lower(&text);
                    self.push("orm_lower(");
                    self.node(node)?;
                    self.push(")");
                } else {
                    self.node(node)?;
                }
                self.push(" GLOB ");
                self.param(Value::Text(text), DataType::Text)?;
            }
            Dialect::Postgres => {
                self.node(node)?;
                // A column that compares without regard to case has a collation that LIKE does not take.
                if node.column().is_some_and(|column| column.case_insensitive) {
                    self.push(" COLLATE \"default\"");
                }
                self.push(if insensitive { " ILIKE " } else { " LIKE " });
                self.param(Value::Text(like_text(pattern)), DataType::Text)?;
                self.push(" ESCAPE '!'");
            }
            Dialect::MySql | Dialect::MariaDb => {
                if insensitive {
                    self.push("LOWER(");
                }
                self.node(node)?;
                self.push(if insensitive { ") LIKE LOWER(" } else { " LIKE " });
                self.param(Value::Text(like_text(pattern)), DataType::Text)?;
                self.push(if insensitive {
                    ") ESCAPE '!'"
                } else {
                    " ESCAPE '!'"
                });
            }
        }
        if negated {
            self.push(")");
        }
        Ok(())
    }
}

/// How long a list is made, so that its length changes the text seldom.
pub(super) fn padded(len: usize, most: usize) -> usize {
    len.next_power_of_two().min(most.max(len))
}

/// Values whose JSON form SQLite reads back as the same value.
pub(crate) fn is_json_scalar(value: &Value) -> bool {
    matches!(
        value,
        Value::Bool(_)
            | Value::I16(_)
            | Value::I32(_)
            | Value::I64(_)
            | Value::U64(_)
            | Value::Text(_)
            | Value::Date(_)
            | Value::Time(_)
            | Value::DateTime(_)
            | Value::Timestamp(_)
    ) && !matches!(value, Value::Text(s) if s.contains('\0'))
}

fn escaped(text: &str, special: &[char], escape: impl Fn(&mut String, char)) -> String {
    let mut out = String::with_capacity(text.len() + 2);
    for c in text.chars() {
        if special.contains(&c) {
            escape(&mut out, c);
        } else {
            out.push(c);
        }
    }
    out
}

/// A pattern for `LIKE .. ESCAPE '!'`.
fn like_text(pattern: &Pattern) -> String {
    let literal = |text: &str| {
        escaped(text, &['%', '_', '!'], |out, c| {
            out.push('!');
            out.push(c);
        })
    };
    match pattern {
        Pattern::Contains(text) => format!("%{}%", literal(text)),
        Pattern::StartsWith(text) => format!("{}%", literal(text)),
        Pattern::EndsWith(text) => format!("%{}", literal(text)),
        Pattern::Like(text) => ended(text),
    }
}

/// A pattern whose last `!` has nothing to take literally, and so stands for itself: PostgreSQL refuses one.
fn ended(pattern: &str) -> String {
    let mut chars = pattern.chars();
    while let Some(c) = chars.next() {
        if c == '!' && chars.next().is_none() {
            return format!("{pattern}!");
        }
    }
    pattern.to_owned()
}

/// The same pattern for SQLite's GLOB.
fn glob(pattern: &Pattern) -> String {
    let literal = |text: &str| escaped(text, &['*', '?', '['], bracket);
    match pattern {
        Pattern::Contains(text) => format!("*{}*", literal(text)),
        Pattern::StartsWith(text) => format!("{}*", literal(text)),
        Pattern::EndsWith(text) => format!("*{}", literal(text)),
        Pattern::Like(text) => {
            let mut out = String::with_capacity(text.len());
            let mut chars = text.chars();
            while let Some(c) = chars.next() {
                match c {
                    '%' => out.push('*'),
                    '_' => out.push('?'),
                    '!' => out.push_str(&literal(&chars.next().unwrap_or('!').to_string())),
                    c => out.push_str(&literal(&c.to_string())),
                }
            }
            out
        }
    }
}

fn bracket(out: &mut String, c: char) {
    out.push('[');
    out.push(c);
    out.push(']');
}
