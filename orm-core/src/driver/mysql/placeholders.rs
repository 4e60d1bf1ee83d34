//! Counting `?`: a wrong number of parameters would leave the wire library out of step with the server.

/// How many placeholders a text has, outside of strings, names and comments.
pub(super) fn count(sql: &str) -> usize {
    let mut rest = sql.as_bytes();
    let mut found = 0;
    // Inside `/*! .. */`, whose text the server runs.
    let mut executed = false;
    while let Some((first, after)) = rest.split_first() {
        rest = match first {
            b'?' => {
                found += 1;
                after
            }
            b'\'' | b'"' | b'`' => after_quote(*first, after),
            b'#' => after_line(after),
            // `--` begins a comment only before a blank or the end.
            b'-' if after.first() == Some(&b'-')
                && after
                    .get(1)
                    .is_none_or(|b| b.is_ascii_whitespace() || b.is_ascii_control()) =>
            {
                after_line(after)
            }
            b'/' if after.starts_with(b"*!") || after.starts_with(b"*M!") => {
                executed = true;
                after
            }
            b'/' if after.first() == Some(&b'*') => after_block(after.get(1..).unwrap_or_default()),
            b'*' if executed && after.first() == Some(&b'/') => {
                executed = false;
                after
            }
            _ => after,
        };
    }
    found
}

fn after_quote(quote: u8, mut rest: &[u8]) -> &[u8] {
    // A doubled quote ends one string and begins the next: the same thing here.
    while let Some((first, after)) = rest.split_first() {
        rest = after;
        if *first == quote {
            return rest;
        }
        if *first == b'\\' && quote != b'`' {
            rest = after.get(1..).unwrap_or_default();
        }
    }
    rest
}

fn after_line(rest: &[u8]) -> &[u8] {
    match rest.iter().position(|b| *b == b'\n') {
        Some(end) => rest.get(end..).unwrap_or_default(),
        None => &[],
    }
}

fn after_block(rest: &[u8]) -> &[u8] {
    match rest.windows(2).position(|w| w == b"*/") {
        Some(end) => rest.get(end + 2..).unwrap_or_default(),
        None => &[],
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_placeholders_count() {
        for (sql, n) in [
            ("", 0),
            ("SELECT ?, ?", 2),
            ("SELECT '?', \"?\", `?`, ?", 1),
            ("SELECT 'it''s ?', ?", 1),
            (r"SELECT 'a\'?', ?", 1),
            (r"SELECT '\\', ?", 1),
            (r"SELECT `\`, ?", 1),
            ("SELECT ? -- ?\n, ?", 2),
            ("SELECT 1--?", 1),
            ("SELECT ? --", 1),
            ("SELECT ? # ?\n, ?", 2),
            ("SELECT /* ? */ ?", 1),
            ("SELECT /*! ? */ ?", 2),
            ("SELECT /*M!100100 ?, */ ? /* ? */", 2),
            ("SELECT '?", 0),
            ("SELECT /* ?", 0),
            ("SELECT '\\", 0),
            ("SELECT 'ü?', ?", 1),
        ] {
            assert_eq!(count(sql), n, "{sql}");
        }
    }
}
