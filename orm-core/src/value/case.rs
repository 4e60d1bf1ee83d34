//! Upper and lower case as databases change it: letter by letter, whatever stands beside it, so that no text changes its
//! length. Rust's own rules make `SS` of `ß`, and `ς` of the last `Σ` of a word.

/// In lower case.
#[must_use]
pub(crate) fn lower(text: &str) -> String {
    text.chars()
        .map(|c| c.to_lowercase().next().unwrap_or(c))
        .collect()
}

/// In upper case. A letter whose upper case is several stays as it is.
#[cfg(any(feature = "sqlite-unbundled", test))]
#[must_use]
pub(crate) fn upper(text: &str) -> String {
    text.chars()
        .map(|c| {
            let mut changed = c.to_uppercase();
            match (changed.next(), changed.next()) {
                (Some(one), None) => one,
                _ => c,
            }
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn letter_by_letter() {
        assert_eq!(lower("ÄÖ Straße ΣΑΣ İ ǅ"), "äö straße σασ i ǆ");
        assert_eq!(upper("äö Straße σας ı ǅ ŉ"), "ÄÖ STRAßE ΣΑΣ I Ǆ ŉ");
    }
}
