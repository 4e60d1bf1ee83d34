//! Comments that are sent along with a statement, so that a log of the database tells where it comes from.

use std::sync::Arc;

use crate::sql::SqlText;

/// The longest comment.
const MOST: usize = 200;

/// What is sent along with a statement, as a comment at its end.
#[derive(Clone, Debug, Default)]
pub(crate) struct Tag(Option<Arc<str>>);

impl Tag {
    /// Adds one.
    pub(super) fn add(&mut self, tag: &str) {
        let tag = harmless(tag);
        if tag.is_empty() {
            return;
        }
        self.0 = Some(match &self.0 {
            Some(before) => format!("{before}, {tag}").into(),
            None => tag.into(),
        });
    }

    /// The statement with its comment.
    pub(crate) fn on(&self, sql: SqlText) -> SqlText {
        match &self.0 {
            Some(tag) => SqlText {
                text: format!("{} /* {tag} */", sql.text).into(),
                ..sql
            },
            None => sql,
        }
    }
}

/// The text with nothing in it that could end a comment, begin one, or be taken for a parameter.
fn harmless(tag: &str) -> String {
    let mut out = String::with_capacity(tag.len().min(MOST));
    for c in tag.trim().chars().take(MOST) {
        let kept = c.is_ascii_alphanumeric() || matches!(c, '_' | '.' | ':' | '/' | '=' | ',' | '@' | ' ');
        let single = c == '-' && !out.ends_with('-');
        out.push(if kept || single { c } else { '_' });
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_ends_the_comment() {
        for (tag, expected) in [
            ("route=/users/7, job=a-b.c:1@x", "route=/users/7, job=a-b.c:1@x"),
            ("a*/ DROP TABLE x; --", "a_/ DROP TABLE x_ -_"),
            ("/*/**/!50000 x", "/_/__/_50000 x"),
            ("----", "-_-_"),
            ("a?b$1{c}%d\n\0é'\"`\\#+;", "a_b_1_c__d__________"),
            ("  ", ""),
        ] {
            assert_eq!(harmless(tag), expected);
        }
        assert_eq!(harmless(&"x".repeat(1000)).len(), MOST);
    }
}
