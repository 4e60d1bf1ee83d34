//! The highest `$n` of a text: with another number of parameters the server would give up the transaction around it.

/// How many parameters a text takes, as far as its placeholders outside of strings, names and comments tell.
pub(super) fn highest(sql: &str) -> usize {
    let mut rest = sql.as_bytes();
    let mut highest = 0;
    while let Some((first, after)) = rest.split_first() {
        rest = match first {
            b'$' => match number(after) {
                Some((n, after)) => {
                    highest = highest.max(n);
                    after
                }
                None => after_dollars(after),
            },
            b'\'' | b'"' => after_quote(*first, false, after),
            b'e' | b'E' if after.first() == Some(&b'\'') => {
                after_quote(b'\'', true, after.get(1..).unwrap_or_default())
            }
            b'-' if after.first() == Some(&b'-') => after_line(after),
            b'/' if after.first() == Some(&b'*') => after_block(after.get(1..).unwrap_or_default()),
            // A `$` inside a word is part of it.
            b if is_word(*b) => after_word(after),
            _ => after,
        };
    }
    highest
}

/// The digits of a placeholder.
fn number(rest: &[u8]) -> Option<(usize, &[u8])> {
    let (digits, after) = rest.split_at(rest.iter().take_while(|b| b.is_ascii_digit()).count());
    Some((std::str::from_utf8(digits).ok()?.parse().ok()?, after))
}

const fn is_word(b: u8) -> bool {
    b.is_ascii_alphanumeric() || b == b'_' || b >= 0x80
}

fn after_word(rest: &[u8]) -> &[u8] {
    let end = rest.iter().take_while(|b| is_word(**b) || **b == b'$').count();
    rest.get(end..).unwrap_or_default()
}

/// After the end of a string such as `$tag$ .. $tag$`; a `$` that begins none is passed.
fn after_dollars(rest: &[u8]) -> &[u8] {
    let tag = rest.iter().take_while(|b| is_word(**b)).count();
    if rest.get(tag) != Some(&b'$') {
        return rest;
    }
    let (tag, text) = (&rest[..=tag], &rest[tag + 1..]);
    let ends = |at: &usize| text[*at] == b'$' && text[at + 1..].starts_with(tag);
    match (0..text.len()).find(ends) {
        Some(at) => &text[at + 1 + tag.len()..],
        None => &[],
    }
}

fn after_quote(quote: u8, escapes: bool, mut rest: &[u8]) -> &[u8] {
    // A doubled quote ends one string and begins the next: the same thing here, but for its escapes.
    while let Some((first, after)) = rest.split_first() {
        rest = after;
        if *first == quote {
            if escapes && after.first() == Some(&quote) {
                rest = &after[1..];
                continue;
            }
            return rest;
        }
        if *first == b'\\' && escapes {
            rest = after.get(1..).unwrap_or_default();
        }
    }
    rest
}

fn after_line(rest: &[u8]) -> &[u8] {
    let end = rest.iter().position(|b| *b == b'\n').unwrap_or(rest.len());
    &rest[end..]
}

/// Comments nest.
fn after_block(mut rest: &[u8]) -> &[u8] {
    let mut depth = 1;
    while depth > 0 && !rest.is_empty() {
        let skip = match rest {
            [b'*', b'/', ..] => {
                depth -= 1;
                2
            }
            [b'/', b'*', ..] => {
                depth += 1;
                2
            }
            _ => 1,
        };
        rest = &rest[skip..];
    }
    rest
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
mod tests {
    use super::*;

    #[test]
    fn only_placeholders_count() {
        for (sql, n) in [
            ("", 0),
            ("SELECT $1, $2", 2),
            ("SELECT $2::int8+$10", 10),
            ("SELECT '$3', \"$4\", $1", 1),
            ("SELECT 'it''s $3', $1", 1),
            (r"SELECT 'a\', $1", 1),
            (r"SELECT E'a\'$3', e'it''s \' $4', $1", 1),
            (r"SELECT the'$3', $1", 1),
            ("SELECT a$3, é$4, $1", 1),
            ("SELECT $$ $3 $$, $1", 1),
            ("SELECT $a$ $3 $$ $b$ $4 $a$, $1", 1),
            ("DO $orm$BEGIN EXECUTE '$1'; END$orm$", 0),
            ("SELECT $1 -- $3\n, $2", 2),
            ("SELECT 1--$3", 0),
            ("SELECT /* $3 /* $4 */ $5 */ $1", 1),
            ("SELECT $1 /* $3", 1),
            ("SELECT '$3", 0),
            ("SELECT $a$ $3", 0),
            ("SELECT $, $x, $1", 1),
            ("SELECT $99999999999999999999", 0),
            ("SELECT 'ü$3', $1", 1),
        ] {
            assert_eq!(highest(sql), n, "{sql}");
        }
    }
}
