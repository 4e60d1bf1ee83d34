//! One field as its attributes describe it, read without judging.

use proc_macro2::Ident;
use syn::ext::IdentExt;
use syn::parse::{Parse, ParseStream};
use syn::{LitInt, LitStr, Path, Token, Type};

use super::default::{self, Default};
use crate::attrs::{Attrs, Form, Item};
use crate::mistakes::Mistakes;
use crate::{names, types};

/// A field of a model or of an embedded struct.
pub(crate) struct Field {
    pub(crate) name: Ident,
    /// With the struct's name for `Self`.
    pub(crate) ty: Type,
    /// The name of its constant.
    pub(crate) constant: Ident,
    /// The names of its attributes, for the checks of what goes together.
    pub(crate) written: Vec<Ident>,
    pub(crate) skip: bool,
    /// The prefix of an embedded struct's columns.
    pub(crate) embed: Option<String>,
    pub(crate) column: Column,
    pub(crate) key: KeyAttrs,
}

/// What is said of a column.
pub(crate) struct Column {
    pub(crate) name: LitStr,
    pub(crate) json: bool,
    pub(crate) sql_type: Option<LitStr>,
    pub(crate) length: Option<u32>,
    pub(crate) precision: Option<u32>,
    pub(crate) scale: Option<u32>,
    pub(crate) default: Option<Default>,
    pub(crate) default_sql: Option<LitStr>,
    pub(crate) generated: Option<LitStr>,
    pub(crate) version: bool,
    pub(crate) touch: bool,
    pub(crate) case_insensitive: bool,
    pub(crate) redact: bool,
    pub(crate) renamed_from: Option<LitStr>,
}

/// What is said of keys and indexes.
#[derive(std::default::Default)]
pub(crate) struct KeyAttrs {
    pub(crate) primary: bool,
    pub(crate) unique: bool,
    pub(crate) index: bool,
    /// `index = false`
    pub(crate) no_index: bool,
    pub(crate) references: Option<Reference>,
    pub(crate) relation: Option<Ident>,
    pub(crate) no_constraint: bool,
    pub(crate) on_delete: Option<Action>,
    pub(crate) on_update: Option<Action>,
}

/// Where a field belongs: not everything may stand everywhere.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Place {
    Model,
    Embed,
    Cte,
}

/// The attributes of fields that only a model has.
const MODEL_ONLY: &[&str] = &[
    "primary_key",
    "unique",
    "index",
    "references",
    "relation",
    "no_constraint",
    "on_delete",
    "on_update",
    "version",
    "embed",
];

impl Field {
    pub(crate) fn read(
        field: &syn::Field,
        owner: &Ident,
        case: Option<&str>,
        place: Place,
        mistakes: &Mistakes,
    ) -> Option<Field> {
        let name = field.ident.clone()?;
        let mut attrs = Attrs::read(&field.attrs, mistakes);
        let written = attrs.names();
        let plain = name.unraw().to_string();
        let in_database = case.map_or_else(|| plain.clone(), |case| names::in_case(&plain, case));
        let mut read = Field {
            constant: attrs.ident("name", "title_col").unwrap_or_else(|| name.clone()),
            ty: types::without_self(&field.ty, owner),
            written,
            skip: attrs.flag("skip").is_some(),
            embed: None,
            column: Column::read(&mut attrs, LitStr::new(&in_database, name.span())),
            key: KeyAttrs::default(),
            name,
        };
        if place == Place::Model {
            read.embed = attrs.take("embed").map(|item| prefix(&item, mistakes));
            read.column.version = attrs.flag("version").is_some();
            read.key = KeyAttrs::read(&mut attrs, mistakes);
            attrs.finish(&[(super::STRUCT_ONLY, "belongs on the struct, not on a field")]);
        } else {
            attrs.finish(&[
                (
                    MODEL_ONLY,
                    match place {
                        Place::Cte => {
                            "belongs in a model: a query with a name has no keys, indexes or relations"
                        }
                        _ => "belongs in a model: an embedded struct has no keys, indexes or relations",
                    },
                ),
                (super::STRUCT_ONLY, "belongs on the struct of a model"),
            ]);
        }
        Some(read)
    }

    /// Whether the field is one column of the table.
    pub(crate) fn is_column(&self) -> bool {
        !self.skip && self.embed.is_none()
    }

    /// The attribute of that name, as a place for an error; else the field's name.
    pub(crate) fn attribute(&self, name: &str) -> &Ident {
        self.written
            .iter()
            .find(|ident| *ident == name)
            .unwrap_or(&self.name)
    }
}

impl Column {
    fn read(attrs: &mut Attrs<'_>, name: LitStr) -> Column {
        Column {
            name: attrs.text("column", "name").unwrap_or(name),
            json: attrs.flag("json").is_some(),
            sql_type: attrs.text("sql_type", "citext"),
            length: number(attrs, "length", "100"),
            precision: number(attrs, "precision", "10"),
            scale: number(attrs, "scale", "2"),
            default: attrs.value("default", default::EXAMPLE).map(|(_, value)| value),
            default_sql: attrs.text("default_sql", "nextval('numbers')"),
            generated: attrs.text("generated", "lower(title)"),
            version: false,
            touch: attrs.flag("touch").is_some(),
            case_insensitive: attrs.flag("case_insensitive").is_some(),
            redact: attrs.flag("redact").is_some(),
            renamed_from: attrs.text("renamed_from", "old_name"),
        }
    }
}

impl KeyAttrs {
    fn read(attrs: &mut Attrs<'_>, mistakes: &Mistakes) -> KeyAttrs {
        let index = attrs.take("index");
        let no_index = index.as_ref().is_some_and(Item::is_false);
        if let Some(item) = index
            .as_ref()
            .filter(|item| !no_index && !matches!(item.form, Form::Word))
        {
            mistakes.at(
                &item.name,
                "on a field write `index` or `index = false`; an index with options stands on the struct: `index(title, where = \"..\")`",
            );
        }
        KeyAttrs {
            primary: attrs.flag("primary_key").is_some(),
            unique: attrs.flag("unique").is_some(),
            index: index.is_some() && !no_index,
            no_index,
            references: attrs
                .value("references", "Author` or `references = Country::code")
                .map(|(_, r)| r),
            relation: attrs.ident("relation", "writer"),
            no_constraint: attrs.flag("no_constraint").is_some(),
            on_delete: attrs.value("on_delete", ACTIONS).map(|(_, action)| action),
            on_update: attrs.value("on_update", ACTIONS).map(|(_, action)| action),
        }
    }
}

fn number(attrs: &mut Attrs<'_>, name: &'static str, example: &str) -> Option<u32> {
    attrs.value::<Number>(name, example).map(|(_, Number(n))| n)
}

struct Number(u32);

impl Parse for Number {
    fn parse(input: ParseStream<'_>) -> syn::Result<Self> {
        input.parse::<LitInt>()?.base10_parse().map(Number)
    }
}

/// `embed` has no prefix, `embed(billing)` has `billing_`, `embed("bill")` has exactly that.
fn prefix(item: &Item, mistakes: &Mistakes) -> String {
    let parts = item.parts();
    let prefix = match (&item.form, parts.as_slice()) {
        (Form::Word, _) => Some(String::new()),
        (Form::List(_), [one]) => match syn::parse2::<LitStr>(one.clone()) {
            Ok(text) => Some(text.value()),
            Err(_) => syn::parse2::<Ident>(one.clone()).ok().map(|ident| {
                let name = ident.unraw().to_string();
                if name.ends_with('_') {
                    name
                } else {
                    format!("{name}_")
                }
            }),
        },
        _ => None,
    };
    prefix.unwrap_or_else(|| {
        mistakes.at(
            &item.name,
            "write `embed`, `embed(prefix)` or `embed(\"prefix\")`",
        );
        String::new()
    })
}

/// `references = Author`, `references = Country::code` (or `Country.code`).
#[derive(Clone)]
pub(crate) struct Reference {
    pub(crate) model: Path,
    pub(crate) column: Option<Ident>,
}

impl Parse for Reference {
    fn parse(input: ParseStream<'_>) -> syn::Result<Self> {
        let mut model = Path::parse_mod_style(input)?;
        if input.peek(Token![.]) {
            input.parse::<Token![.]>()?;
            return Ok(Reference {
                model,
                column: Some(input.parse()?),
            });
        }
        let column = model
            .segments
            .last()
            .filter(|last| {
                last.ident
                    .unraw()
                    .to_string()
                    .starts_with(|c: char| c.is_lowercase() || c == '_')
            })
            .map(|last| last.ident.clone());
        if column.is_some() {
            model.segments.pop();
            model.segments.pop_punct();
        }
        if model.segments.is_empty() {
            return Err(input.error("no model"));
        }
        Ok(Reference { model, column })
    }
}

/// What happens to a referring row.
#[derive(Clone, Copy, PartialEq, Eq)]
#[allow(clippy::enum_variant_names, reason = "`NO ACTION` is SQL's own word")]
pub(crate) enum Action {
    NoAction,
    Restrict,
    Cascade,
    SetNull,
    SetDefault,
}

pub(crate) const ACTIONS: &str =
    "\"cascade\"`, `\"restrict\"`, `\"set null\"`, `\"set default\"` or `\"no action\"";

impl Parse for Action {
    fn parse(input: ParseStream<'_>) -> syn::Result<Self> {
        match input.parse::<LitStr>()?.value().as_str() {
            "cascade" => Ok(Action::Cascade),
            "restrict" => Ok(Action::Restrict),
            "set null" => Ok(Action::SetNull),
            "set default" => Ok(Action::SetDefault),
            "no action" => Ok(Action::NoAction),
            _ => Err(input.error("no action of a key")),
        }
    }
}
