//! Names: snake case, the other cases, plurals, and "did you mean".

use proc_macro2::{Ident, Span};

/// A number that stands for a relation's name where types are asked for it: constants have none that can be named.
pub(crate) fn number(name: &str) -> u64 {
    // FNV-1a.
    name.bytes().fold(0xcbf2_9ce4_8422_2325, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
    })
}

/// `BookTag` -> `book_tag`, `HTTPServer` -> `http_server`.
pub(crate) fn snake(name: &str) -> String {
    let chars: Vec<char> = name.chars().collect();
    let mut out = String::with_capacity(name.len() + 4);
    for (i, &c) in chars.iter().enumerate() {
        let after_lower = i > 0 && (chars[i - 1].is_lowercase() || chars[i - 1].is_ascii_digit());
        let before_lower =
            i > 0 && chars[i - 1].is_uppercase() && chars.get(i + 1).is_some_and(|next| next.is_lowercase());
        if c.is_uppercase() && (after_lower || before_lower) {
            out.push('_');
        }
        out.extend(c.to_lowercase());
    }
    out
}

/// The table of a struct: its name in snake case, in the plural (`BookTag` -> `book_tags`, `Category` -> `categories`).
pub(crate) fn table(name: &str) -> String {
    let name = snake(name);
    let vowel_y = ["ay", "ey", "oy", "uy"].iter().any(|end| name.ends_with(end));
    if let Some(stem) = name.strip_suffix('y').filter(|_| !vowel_y) {
        return format!("{stem}ies");
    }
    if ["s", "x", "z", "ch", "sh"].iter().any(|end| name.ends_with(end)) {
        return format!("{name}es");
    }
    format!("{name}s")
}

/// The cases that `rename_all` knows.
pub(crate) const CASES: [&str; 7] = [
    "snake_case",
    "camelCase",
    "PascalCase",
    "SCREAMING_SNAKE_CASE",
    "kebab-case",
    "lowercase",
    "UPPERCASE",
];

/// A name in another case; the name itself for a case that is not in [`CASES`].
pub(crate) fn in_case(name: &str, case: &str) -> String {
    let snake = snake(name);
    let pascal = || snake.split('_').map(capital).collect::<String>();
    match case {
        "snake_case" => snake,
        "SCREAMING_SNAKE_CASE" => snake.to_uppercase(),
        "kebab-case" => snake.replace('_', "-"),
        "lowercase" => snake.replace('_', ""),
        "UPPERCASE" => snake.replace('_', "").to_uppercase(),
        "PascalCase" => pascal(),
        "camelCase" => {
            let pascal = pascal();
            let mut chars = pascal.chars();
            match chars.next() {
                Some(first) => first.to_lowercase().chain(chars).collect(),
                None => pascal,
            }
        }
        _ => name.to_owned(),
    }
}

fn capital(word: &str) -> String {
    let mut chars = word.chars();
    match chars.next() {
        Some(first) => first.to_uppercase().chain(chars).collect(),
        None => String::new(),
    }
}

/// The name as an identifier, raw where it is a keyword.
pub(crate) fn ident(name: &str, span: Span) -> Ident {
    match syn::parse_str::<Ident>(name) {
        Ok(_) => Ident::new(name, span),
        Err(_) => Ident::new_raw(name, span),
    }
}

/// The known name that was probably meant.
pub(crate) fn nearest<'a>(wrong: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    known
        .into_iter()
        .map(|name| (distance(wrong, name), name))
        .filter(|(distance, name)| *distance <= name.len().max(wrong.len()) / 3)
        .min()
        .map(|(_, name)| name)
}

/// How many letters must be put in, taken out, exchanged or swapped with their neighbour.
fn distance(a: &str, b: &str) -> usize {
    let (a, b): (Vec<char>, Vec<char>) = (a.chars().collect(), b.chars().collect());
    let mut rows: Vec<Vec<usize>> = vec![(0..=b.len()).collect()];
    for i in 1..=a.len() {
        let mut row = vec![i];
        for j in 1..=b.len() {
            let same = usize::from(a[i - 1] != b[j - 1]);
            let mut best = (rows[i - 1][j] + 1)
                .min(row[j - 1] + 1)
                .min(rows[i - 1][j - 1] + same);
            if i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] {
                best = best.min(rows[i - 2][j - 2] + 1);
            }
            row.push(best);
        }
        rows.push(row);
    }
    rows[a.len()][b.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cases() {
        for (from, to) in [
            ("Book", "book"),
            ("BookTag", "book_tag"),
            ("HTTPServer", "http_server"),
            ("V2Ray", "v2_ray"),
        ] {
            assert_eq!(snake(from), to);
        }
        let all: Vec<String> = CASES.iter().map(|case| in_case("InStock", case)).collect();
        assert_eq!(
            all,
            [
                "in_stock", "inStock", "InStock", "IN_STOCK", "in-stock", "instock", "INSTOCK"
            ]
        );
        assert_eq!(in_case("published_year", "camelCase"), "publishedYear");
    }

    #[test]
    fn plurals() {
        for (from, to) in [
            ("Book", "books"),
            ("Category", "categories"),
            ("Day", "days"),
            ("Address", "addresses"),
            ("Branch", "branches"),
        ] {
            assert_eq!(table(from), to);
        }
    }

    #[test]
    fn suggestions() {
        assert_eq!(nearest("lenght", ["length", "index"]), Some("length"));
        assert_eq!(nearest("uniq", ["length", "unique"]), Some("unique"));
        assert_eq!(nearest("colour", ["length", "unique"]), None);
    }
}
