//! Identifiers, quoted as each dialect wants it.

use super::Dialect;
use crate::error::{Error, Result};

/// Writes an identifier in quotes, doubling those inside: any name is safe, reserved words and quotes included.
///
/// # Errors
/// `Invalid` when it holds U+0000 or is empty.
pub fn quote_into(out: &mut String, dialect: Dialect, parts: &[&str]) -> Result<()> {
    let quote = dialect.features().quote;
    if parts.iter().all(|part| part.is_empty()) {
        return Err(Error::invalid("a table or column name is empty"));
    }
    out.push(quote);
    for part in parts {
        if part.contains('\0') {
            return Err(Error::invalid(
                "a table or column name holds U+0000, which no database takes",
            ));
        }
        if part.contains(quote) {
            for c in part.chars() {
                if c == quote {
                    out.push(quote);
                }
                out.push(c);
            }
        } else {
            out.push_str(part);
        }
    }
    out.push(quote);
    Ok(())
}
