//! Text and bytes as SQL literals, for the few places of a schema that take no parameter: labels and defaults.

use super::facts::facts;
use crate::error::{Error, Result};
use crate::sql::Dialect;

/// Writes text as a string literal.
///
/// On MySQL a backslash is doubled, as it is special in literals there (unless a server runs with
/// `NO_BACKSLASH_ESCAPES`, which is not supported for labels and defaults that hold one).
///
/// # Errors
/// `Invalid` when the text holds U+0000, which not every database takes in a literal.
pub(super) fn text_into(out: &mut String, dialect: Dialect, text: &str) -> Result<()> {
    let backslash = facts(dialect).backslash;
    out.push('\'');
    for c in text.chars() {
        match c {
            '\0' => {
                return Err(Error::invalid(
                    "a label or default holds U+0000, which SQL text cannot carry",
                ));
            }
            '\'' => out.push_str("''"),
            '\\' if backslash => out.push_str("\\\\"),
            c => out.push(c),
        }
    }
    out.push('\'');
    Ok(())
}

/// Text as a string literal.
///
/// # Errors
/// `Invalid` when the text holds U+0000.
pub(super) fn text(dialect: Dialect, text: &str) -> Result<String> {
    let mut out = String::with_capacity(text.len() + 2);
    text_into(&mut out, dialect, text)?;
    Ok(out)
}

/// `'a', 'b'`
///
/// # Errors
/// `Invalid` when a label holds U+0000.
pub(super) fn list(dialect: Dialect, labels: &[&str]) -> Result<String> {
    let labels: Vec<String> = labels
        .iter()
        .map(|label| text(dialect, label))
        .collect::<Result<_>>()?;
    Ok(labels.join(", "))
}

/// `X'0AFF'`, which all databases but PostgreSQL read as bytes.
pub(super) fn hex(bytes: &[u8]) -> String {
    let digits: String = bytes.iter().map(|b| format!("{b:02X}")).collect();
    format!("X'{digits}'")
}

/// A statement between dollar quotes that do not occur in it.
pub(super) fn dollar_quoted(body: &str) -> String {
    let mut tag = "$orm$".to_owned();
    while body.contains(&tag) {
        tag.insert(tag.len() - 1, '_');
    }
    format!("{tag}{body}{tag}")
}
