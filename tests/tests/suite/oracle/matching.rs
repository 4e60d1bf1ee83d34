//! Matches of text by hand, as the databases must do them.

use orm_core::expr::TextLike;
use orm_core::prelude::*;
use orm_core::value::Sql;
use proptest::prelude::*;

use super::model::{Item, texts};

/// A search in text: `ignore` is without regard to case.
#[derive(Debug, Clone)]
pub struct Search {
    kind: Kind,
    text: String,
    ignore: bool,
}

#[derive(Debug, Clone, Copy)]
enum Kind {
    Contains,
    StartsWith,
    EndsWith,
    Like,
}

impl Search {
    pub fn expr<T: TextLike + Sql>(&self, text: Expr<Item, T>) -> Expr<Item, bool> {
        let wanted = self.text.as_str();
        match (self.kind, self.ignore) {
            (Kind::Contains, false) => text.contains(wanted),
            (Kind::Contains, true) => text.icontains(wanted),
            (Kind::StartsWith, false) => text.starts_with(wanted),
            (Kind::StartsWith, true) => text.istarts_with(wanted),
            (Kind::EndsWith, false) => text.ends_with(wanted),
            (Kind::EndsWith, true) => text.iends_with(wanted),
            (Kind::Like, false) => text.like(wanted),
            (Kind::Like, true) => text.ilike(wanted),
        }
    }
}

/// Random searches.
pub fn searches() -> impl Strategy<Value = Search> {
    let kind = prop_oneof![
        Just(Kind::Contains),
        Just(Kind::StartsWith),
        Just(Kind::EndsWith),
        Just(Kind::Like)
    ];
    let pattern = prop_oneof![2 => texts(), 1 => "[%_!aAbé]{0,4}"];
    (kind, pattern, any::<bool>()).prop_map(|(kind, text, ignore)| Search { kind, text, ignore })
}

/// Whether the text is found.
pub fn matches(search: &Search, text: &str) -> bool {
    let folded = |s: &str| if search.ignore { lower(s) } else { s.to_owned() };
    let (text, wanted) = (folded(text), folded(&search.text));
    match search.kind {
        Kind::Contains => text.contains(&wanted),
        Kind::StartsWith => text.starts_with(&wanted),
        Kind::EndsWith => text.ends_with(&wanted),
        Kind::Like => {
            let (text, pattern): (Vec<char>, Vec<char>) = (text.chars().collect(), wanted.chars().collect());
            like(&text, &pattern)
        }
    }
}

fn like(text: &[char], pattern: &[char]) -> bool {
    match pattern {
        [] => text.is_empty(),
        ['%', rest @ ..] => (0..=text.len()).any(|n| like(&text[n..], rest)),
        ['_', rest @ ..] => !text.is_empty() && like(&text[1..], rest),
        // Nothing follows the last one: it stands for itself.
        ['!', c, rest @ ..] | [c, rest @ ..] => text.first() == Some(c) && like(&text[1..], rest),
    }
}

/// Lower case, letter by letter.
pub fn lower(text: &str) -> String {
    text.chars()
        .map(|c| c.to_lowercase().next().unwrap_or(c))
        .collect()
}

/// Upper case, letter by letter: a letter whose upper case is several stays.
pub fn upper(text: &str) -> String {
    let one = |c: char| {
        let changed: Vec<char> = c.to_uppercase().collect();
        if let [one] = changed.as_slice() { *one } else { c }
    };
    text.chars().map(one).collect()
}
