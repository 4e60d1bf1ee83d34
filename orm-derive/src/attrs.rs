//! `#[orm(..)]` as a list of items, each read on its own: one mistake does not hide the next.

use proc_macro2::{Delimiter, Group, Ident, TokenStream, TokenTree};
use syn::parse::{Parse, ParseStream, Parser};
use syn::{Attribute, LitStr, Meta};

use crate::mistakes::Mistakes;
use crate::names;

/// One item: `skip`, `length = 100`, `index(a, b)`.
#[derive(Clone)]
pub(crate) struct Item {
    pub(crate) name: Ident,
    pub(crate) form: Form,
}

/// What stands behind an item's name.
#[derive(Clone)]
pub(crate) enum Form {
    Word,
    Value(TokenStream),
    List(Group),
}

/// The items of one struct, field or variant. Each `take` says that the name is known here.
pub(crate) struct Attrs<'m> {
    items: Vec<Item>,
    known: Vec<&'static str>,
    mistakes: &'m Mistakes,
}

impl<'m> Attrs<'m> {
    pub(crate) fn read(attributes: &[Attribute], mistakes: &'m Mistakes) -> Self {
        let mut items = Vec::new();
        for attribute in attributes.iter().filter(|a| a.path().is_ident("orm")) {
            match &attribute.meta {
                Meta::List(list) => items.extend(
                    split(list.tokens.clone())
                        .into_iter()
                        .filter_map(|tokens| Item::read(tokens, mistakes)),
                ),
                other => mistakes.at(other, "write `#[orm(..)]`"),
            }
        }
        Attrs {
            items,
            known: Vec::new(),
            mistakes,
        }
    }

    /// The names of all items.
    pub(crate) fn names(&self) -> Vec<Ident> {
        self.items.iter().map(|item| item.name.clone()).collect()
    }

    /// An item that may stand once.
    pub(crate) fn take(&mut self, name: &'static str) -> Option<Item> {
        let mut found = self.take_all(name).into_iter();
        let first = found.next();
        for again in found {
            self.mistakes
                .at(&again.name, format!("`{name}` is here twice: remove one"));
        }
        first
    }

    /// An item that may stand many times.
    pub(crate) fn take_all(&mut self, name: &'static str) -> Vec<Item> {
        self.known.push(name);
        let (found, rest) = std::mem::take(&mut self.items)
            .into_iter()
            .partition(|item| item.name == name);
        self.items = rest;
        found
    }

    /// A word without a value.
    pub(crate) fn flag(&mut self, name: &'static str) -> Option<Ident> {
        let item = self.take(name)?;
        if !matches!(item.form, Form::Word) {
            self.mistakes.at(
                &item.name,
                format!("`{name}` stands alone: write `#[orm({name})]`"),
            );
        }
        Some(item.name)
    }

    /// `name = value`; `example` shows a right one.
    pub(crate) fn value<T: Parse>(&mut self, name: &'static str, example: &str) -> Option<(Ident, T)> {
        let item = self.take(name)?;
        let parsed = match &item.form {
            Form::Value(tokens) => syn::parse2(tokens.clone()).ok(),
            Form::Word | Form::List(_) => None,
        };
        match parsed {
            Some(value) => Some((item.name, value)),
            None => {
                self.mistakes
                    .at(&item.name, format!("write `{name} = {example}`"));
                None
            }
        }
    }

    /// `name = "text"`.
    pub(crate) fn text(&mut self, name: &'static str, example: &str) -> Option<LitStr> {
        self.value::<LitStr>(name, &format!("{example:?}"))
            .map(|(_, text)| text)
    }

    /// `name = ident` or `name = "ident"`.
    pub(crate) fn ident(&mut self, name: &'static str, example: &str) -> Option<Ident> {
        self.value::<Name>(name, example).map(|(_, Name(ident))| ident)
    }

    /// Notes what nobody asked for. `elsewhere` are names that belong in another place, and where.
    pub(crate) fn finish(self, elsewhere: &[(&[&str], &str)]) {
        for item in &self.items {
            let name = item.name.to_string();
            let place = elsewhere.iter().find(|(names, _)| names.contains(&name.as_str()));
            let message = match (place, names::nearest(&name, self.known.iter().copied())) {
                (Some((_, place)), _) => format!("`{name}` {place}"),
                (None, Some(near)) => format!("unknown attribute `{name}`: did you mean `{near}`?"),
                (None, None) => {
                    let mut known = self.known.clone();
                    known.sort_unstable();
                    format!("unknown attribute `{name}`: here may stand {}", known.join(", "))
                }
            };
            self.mistakes.at(&item.name, message);
        }
    }
}

impl Item {
    fn read(tokens: TokenStream, mistakes: &Mistakes) -> Option<Item> {
        let mut rest = tokens.clone().into_iter();
        let Some(TokenTree::Ident(name)) = rest.next() else {
            mistakes.at(
                tokens,
                "an attribute begins with its name: `#[orm(name)]`, `#[orm(name = value)]`",
            );
            return None;
        };
        let form = match rest.next() {
            None => Form::Word,
            Some(TokenTree::Punct(punct)) if punct.as_char() == '=' => {
                let value: TokenStream = rest.collect();
                if value.is_empty() {
                    mistakes.at(&name, format!("`{name} =` needs a value"));
                    return None;
                }
                Form::Value(value)
            }
            Some(TokenTree::Group(group)) if group.delimiter() == Delimiter::Parenthesis => {
                if let Some(more) = rest.next() {
                    mistakes.at(more, "write a comma between two attributes");
                }
                Form::List(group)
            }
            Some(other) => {
                mistakes.at(
                    other,
                    format!("after `{name}` comes `= value`, `(..)` or a comma"),
                );
                return None;
            }
        };
        Some(Item { name, form })
    }

    /// The item that these tokens are, if they are one.
    pub(crate) fn read_quietly(tokens: TokenStream) -> Option<Item> {
        Item::read(tokens, &Mistakes::default())
    }

    /// The comma-separated parts of `name(..)`.
    pub(crate) fn parts(&self) -> Vec<TokenStream> {
        match &self.form {
            Form::List(group) => split(group.stream()),
            Form::Word | Form::Value(_) => Vec::new(),
        }
    }

    /// Whether this is `name = false`.
    pub(crate) fn is_false(&self) -> bool {
        matches!(&self.form, Form::Value(tokens) if tokens.to_string() == "false")
    }
}

/// A name, bare or in quotes.
pub(crate) struct Name(pub(crate) Ident);

impl Parse for Name {
    fn parse(input: ParseStream<'_>) -> syn::Result<Self> {
        if input.peek(LitStr) {
            let text: LitStr = input.parse()?;
            return text.parse().map(Name);
        }
        input.parse().map(Name)
    }
}

/// Splits at the commas of the outermost level.
pub(crate) fn split(tokens: TokenStream) -> Vec<TokenStream> {
    let mut parts = vec![TokenStream::new()];
    for token in tokens {
        match (&token, parts.last_mut()) {
            (TokenTree::Punct(punct), _) if punct.as_char() == ',' => parts.push(TokenStream::new()),
            (_, Some(last)) => last.extend([token]),
            (_, None) => {}
        }
    }
    parts.retain(|part| !part.is_empty());
    parts
}

/// Parses a part with a parser, or notes what to write.
pub(crate) fn parse_part<P: Parser>(
    parser: P,
    tokens: &TokenStream,
    mistakes: &Mistakes,
    write: &str,
) -> Option<P::Output> {
    match parser.parse2(tokens.clone()) {
        Ok(value) => Some(value),
        Err(_) => {
            mistakes.at(tokens, format!("write {write}"));
            None
        }
    }
}
