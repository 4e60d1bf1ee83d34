//! Indexes, unique constraints and checks that stand on the struct, and those of single fields.

use proc_macro2::Ident;
use quote::ToTokens;
use syn::ext::IdentExt;
use syn::parse::ParseStream;
use syn::{LitStr, Token};

use super::Model;
use crate::attrs::{Attrs, Item, parse_part};
use crate::mistakes::Mistakes;

/// An index or unique constraint.
#[derive(Default)]
pub(crate) struct Index {
    pub(crate) parts: Vec<Part>,
    pub(crate) unique: bool,
    pub(crate) name: Option<LitStr>,
    pub(crate) condition: Option<LitStr>,
    pub(crate) using: Option<LitStr>,
}

/// What is indexed.
pub(crate) enum Part {
    /// A field.
    Field(usize),
    /// A column of an embedded struct: `address.city`.
    Embedded(usize, Ident),
    /// SQL.
    Expression(LitStr),
}

/// A check constraint.
pub(crate) struct Check {
    pub(crate) name: LitStr,
    pub(crate) expression: LitStr,
}

impl Index {
    /// The fields that lead the index, if it covers all rows.
    pub(crate) fn leads_with(&self, fields: &[usize]) -> bool {
        self.condition.is_none()
            && self.parts.len() >= fields.len()
            && self
                .parts
                .iter()
                .zip(fields)
                .all(|(part, field)| matches!(part, Part::Field(i) if i == field))
    }
}

/// What can stand between the commas of `index(..)`.
enum Piece {
    Field(Ident),
    Embedded(Ident, Ident),
    Option(Ident, LitStr),
}

fn piece(input: ParseStream<'_>) -> syn::Result<Piece> {
    let name = Ident::parse_any(input)?;
    if input.peek(Token![=]) {
        input.parse::<Token![=]>()?;
        return Ok(Piece::Option(name, input.parse()?));
    }
    if input.peek(Token![.]) {
        input.parse::<Token![.]>()?;
        return Ok(Piece::Embedded(name, input.call(Ident::parse_any)?));
    }
    Ok(Piece::Field(name))
}

/// The indexes of fields, then those of the struct.
pub(super) fn indexes(attrs: &mut Attrs<'_>, model: &Model, mistakes: &Mistakes) -> Vec<Index> {
    let mut indexes: Vec<Index> = Vec::new();
    for (i, field) in model.fields.iter().enumerate() {
        if field.is_column() && (field.key.unique || field.key.index) {
            indexes.push(Index {
                parts: vec![Part::Field(i)],
                unique: field.key.unique,
                ..Index::default()
            });
        }
    }
    for name in ["unique", "index"] {
        for item in attrs.take_all(name) {
            let declared = declared(&item, name == "unique", model, mistakes);
            if declared.parts.is_empty() {
                continue;
            }
            if indexes.iter().any(|other| same_parts(other, &declared)) {
                mistakes.at(&item.name, "these columns have such an index already: remove one");
                continue;
            }
            indexes.push(declared);
        }
    }
    indexes
}

fn declared(item: &Item, unique: bool, model: &Model, mistakes: &Mistakes) -> Index {
    let name = &item.name;
    let mut index = Index {
        unique,
        ..Index::default()
    };
    let before = item.parts().len();
    for part in item.parts() {
        let write = format!("a field, `embedded.field` or an option: `{name}(a, b, where = \"..\")`");
        let Some(piece) = parse_part(piece, &part, mistakes, &write) else {
            continue;
        };
        match piece {
            Piece::Field(field) if field == "unique" && model.position(&field).is_none() => {
                index.unique = true
            }
            Piece::Field(field) => {
                let found = model.column(&name.to_string(), &field, mistakes);
                let same = |part: &Part| matches!(part, Part::Field(i) if Some(*i) == found);
                if index.parts.iter().any(same) {
                    mistakes.at(&field, format!("`{field}` is here twice"));
                }
                index.parts.extend(found.map(Part::Field));
            }
            Piece::Embedded(field, column) => match model.position(&field) {
                Some(i) if model.fields[i].embed.is_some() => index.parts.push(Part::Embedded(i, column)),
                _ => mistakes.at(&field, format!("`{field}` is no embedded struct")),
            },
            Piece::Option(option, text) => match option.to_string().as_str() {
                "name" => index.name = Some(text),
                "where" => index.condition = Some(text),
                "using" => index.using = Some(text),
                "expr" => index.parts.push(Part::Expression(text)),
                _ => mistakes.at(
                    &option,
                    format!("`{name}(..)` knows the options `name`, `where`, `using` and `expr`"),
                ),
            },
        }
    }
    if before == 0 || (index.parts.is_empty() && mistakes.is_empty()) {
        mistakes.at(name, format!("say what it covers: `{name}(a, b)`"));
    }
    index
}

fn same_parts(a: &Index, b: &Index) -> bool {
    let text = |index: &Index| -> Vec<String> {
        let parts = index.parts.iter().map(|part| match part {
            Part::Field(i) => i.to_string(),
            Part::Embedded(i, column) => format!("{i}.{column}"),
            Part::Expression(sql) => sql.to_token_stream().to_string(),
        });
        parts.chain([index.unique.to_string()]).collect()
    };
    let condition = |index: &Index| index.condition.as_ref().map(LitStr::value);
    let using = |index: &Index| index.using.as_ref().map(LitStr::value);
    text(a) == text(b) && condition(a) == condition(b) && using(a) == using(b)
}

/// `check(name, "expression")`
pub(super) fn checks(attrs: &mut Attrs<'_>, mistakes: &Mistakes) -> Vec<Check> {
    let mut checks: Vec<Check> = Vec::new();
    for item in attrs.take_all("check") {
        let parts = item.parts();
        let read = match parts.as_slice() {
            [name, expression] => {
                let name = syn::parse2::<LitStr>(name.clone()).or_else(|_| {
                    syn::parse2::<Ident>(name.clone()).map(|i| LitStr::new(&i.unraw().to_string(), i.span()))
                });
                name.ok().zip(syn::parse2::<LitStr>(expression.clone()).ok())
            }
            _ => None,
        };
        match read {
            Some((name, _)) if checks.iter().any(|check| check.name.value() == name.value()) => {
                mistakes.at(
                    &name,
                    format!("two checks are called `{}`: rename one", name.value()),
                );
            }
            Some((name, expression)) => checks.push(Check { name, expression }),
            None => mistakes.at(&item.name, "write `check(name, \"price > 0\")`"),
        }
    }
    checks
}
