//! The facts of an error, and the one place that prints them.

use std::borrow::Cow;
use std::error::Error as StdError;
use std::fmt;

use super::{Class, ErrorKind};

/// The longest text of a server that is passed on, in characters: more is cut.
const LONGEST: usize = 400;

pub(super) struct Details {
    pub(super) kind: ErrorKind,
    pub(super) class: Class,
    pub(super) poison: bool,
    pub(super) retire: bool,
    pub(super) message: Cow<'static, str>,
    pub(super) table: Option<Cow<'static, str>>,
    pub(super) columns: Vec<String>,
    pub(super) key: Option<String>,
    pub(super) constraint: Option<String>,
    pub(super) code: Option<Cow<'static, str>>,
    pub(super) detail: Option<String>,
    pub(super) source: Option<Box<dyn StdError + Send + Sync>>,
}

impl Details {
    pub(super) fn new(kind: ErrorKind, message: Cow<'static, str>) -> Self {
        Details {
            kind,
            class: Class::Fail,
            poison: false,
            retire: false,
            message: clean(message),
            table: None,
            columns: Vec::new(),
            key: None,
            constraint: None,
            code: None,
            detail: None,
            source: None,
        }
    }
}

/// A server's text may hold control characters and be very long: neither reaches a terminal or a log.
pub(crate) fn clean(message: Cow<'static, str>) -> Cow<'static, str> {
    let unclean = |c: char| c.is_control() && c != '\n' && c != '\t';
    if message.len() <= LONGEST && !message.contains(unclean) {
        return message;
    }
    let mut kept: String = message
        .chars()
        .take(LONGEST)
        .map(|c| if unclean(c) { '\u{fffd}' } else { c })
        .collect();
    if message.chars().nth(LONGEST).is_some() {
        kept.push('…');
    }
    Cow::Owned(kept)
}

impl fmt::Display for Details {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut text = String::new();
        text.push_str(&self.message);
        let mut facts: Vec<String> = Vec::new();
        if let Some(table) = &self.table {
            facts.push(format!("table `{table}`"));
        }
        if !self.columns.is_empty() {
            facts.push(format!("column `{}`", self.columns.join("`, `")));
        }
        if let Some(key) = &self.key {
            facts.push(format!("key {key}"));
        }
        if let Some(constraint) = &self.constraint {
            facts.push(format!("constraint `{constraint}`"));
        }
        if let Some(code) = &self.code {
            facts.push(format!("code {code}"));
        }
        if !facts.is_empty() {
            text.push_str(&format!(" ({})", facts.join(", ")));
        }
        if let Some(source) = &self.source {
            if !text.is_empty() {
                text.push_str(": ");
            }
            text.push_str(&source.to_string());
        }
        f.write_str(&text)
    }
}
