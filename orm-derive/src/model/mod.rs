//! `#[derive(Model)]`: attributes become one plain description, which is checked and then written out.

pub(crate) mod check;
pub(crate) mod cte;
pub(crate) mod default;
pub(crate) mod expand;
pub(crate) mod field;
mod index;
mod keys;
mod relation;

use proc_macro2::{Ident, Span, TokenStream};
use quote::{ToTokens, quote};
use syn::ext::IdentExt;
use syn::{Data, DeriveInput, Fields, LitStr, Path, Type, Visibility};

use crate::attrs::{Attrs, Form, parse_part};
use crate::mistakes::Mistakes;
use crate::{input, names};

pub(crate) use index::{Check, Index, Part};
pub(crate) use keys::{ForeignKey, Key, Refers};
pub(crate) use relation::{HasKey, Kind, Relation};

use field::{Field, Place};

/// A model, as its attributes describe it.
pub(crate) struct Model {
    pub(crate) name: Ident,
    pub(crate) vis: Visibility,
    /// The path of `orm_core`.
    pub(crate) krate: Path,
    pub(crate) table: LitStr,
    pub(crate) schema: Option<LitStr>,
    pub(crate) renamed_from: Option<LitStr>,
    /// The module of the relations' markers.
    pub(crate) module: Ident,
    /// The function that makes a new row, if there is to be one.
    pub(crate) draft: Option<Ident>,
    pub(crate) unmanaged: bool,
    pub(crate) serialize: bool,
    pub(crate) fields: Vec<Field>,
    pub(crate) key: Key,
    pub(crate) foreign_keys: Vec<ForeignKey>,
    pub(crate) indexes: Vec<Index>,
    pub(crate) checks: Vec<Check>,
    pub(crate) relations: Vec<Relation>,
    pub(crate) soft_delete: Option<usize>,
    pub(crate) tenant: Option<usize>,
    pub(crate) also_writes: Vec<Path>,
}

/// The attributes that stand on a struct and nowhere else.
pub(crate) const STRUCT_ONLY: &[&str] = &[
    "table",
    "schema",
    "module",
    "key",
    "rename_all",
    "check",
    "has_many",
    "has_one",
    "many_to_many",
    "belongs_to",
    "soft_delete",
    "tenant",
    "also_writes",
    "unmanaged",
    "serialize",
    "draft",
];

/// The attributes that stand on a field and nowhere else.
const FIELD_ONLY: &[&str] = &[
    "column",
    "name",
    "sql_type",
    "length",
    "precision",
    "scale",
    "references",
    "relation",
    "no_constraint",
    "on_delete",
    "on_update",
    "default",
    "default_sql",
    "generated",
    "version",
    "touch",
    "json",
    "embed",
    "skip",
    "case_insensitive",
    "redact",
];

/// What the derive makes of a struct: the code, or what is wrong and as much code as still makes sense.
pub(crate) fn derive(tokens: TokenStream) -> TokenStream {
    derive_as(tokens, read)
}

/// The same of a struct that is read in another way.
fn derive_as(tokens: TokenStream, read: fn(&DeriveInput, &Mistakes) -> Option<Model>) -> TokenStream {
    let mistakes = Mistakes::default();
    let model = mistakes
        .keep(syn::parse2(tokens))
        .and_then(|input| read(&input, &mistakes));
    let code = model.map(|model| expand::expand(&model)).unwrap_or_default();
    let errors = mistakes.into_tokens();
    quote!(#errors #code)
}

fn read(input: &DeriveInput, mistakes: &Mistakes) -> Option<Model> {
    let fields = named_fields(input, mistakes)?;
    let name = input.ident.clone();
    let plain = name.unraw().to_string();
    let mut attrs = Attrs::read(&input.attrs, mistakes);
    let krate = input::krate(&mut attrs, mistakes);
    let case = input::case(&mut attrs, mistakes);
    let fields: Vec<Field> = fields
        .named
        .iter()
        .filter_map(|field| Field::read(field, &name, case.as_deref(), Place::Model, mistakes))
        .collect();
    let raw = attrs.value::<Type>("key", "Uuid");
    let primary_key = attrs.take("primary_key");
    let draft = attrs.ident("draft", "new` or `draft = none");
    let module = attrs.ident("module", "\"book_rel\"");

    let mut model = Model {
        vis: input.vis.clone(),
        krate,
        table: attrs
            .text("table", "books")
            .unwrap_or_else(|| LitStr::new(&names::table(&plain), name.span())),
        schema: attrs.text("schema", "library"),
        renamed_from: attrs.text("renamed_from", "old_name"),
        module: module
            .unwrap_or_else(|| Ident::new(&format!("{}_rel", names::snake(&plain)), Span::call_site())),
        draft: match &draft {
            Some(name) if name == "none" => None,
            Some(name) => Some(name.clone()),
            None => Some(Ident::new("draft", Span::call_site())),
        },
        unmanaged: attrs.flag("unmanaged").is_some(),
        serialize: attrs.flag("serialize").is_some(),
        fields,
        key: Key::Missing,
        foreign_keys: Vec::new(),
        indexes: Vec::new(),
        checks: Vec::new(),
        relations: Vec::new(),
        soft_delete: None,
        tenant: None,
        also_writes: Vec::new(),
        name,
    };
    check::fields(&mut model.fields, mistakes);
    model.key = keys::primary(&model, primary_key, raw, mistakes);
    model.soft_delete = attrs
        .ident("soft_delete", "deleted_at")
        .and_then(|field| model.column("soft_delete", &field, mistakes));
    model.tenant = attrs
        .ident("tenant", "tenant_id")
        .and_then(|field| model.column("tenant", &field, mistakes));
    model.also_writes = also_writes(&mut attrs, mistakes);
    model.checks = index::checks(&mut attrs, mistakes);
    let declared = relation::declared(&mut attrs, &model, mistakes);
    model.indexes = index::indexes(&mut attrs, &model, mistakes);
    attrs.finish(&[(FIELD_ONLY, "belongs on a field, not on the struct")]);

    keys::foreign(&mut model, declared, mistakes);
    check::model(&mut model, draft.is_some(), mistakes);
    Some(model)
}

/// The fields, if the input is what a model can be.
fn named_fields<'a>(input: &'a DeriveInput, mistakes: &Mistakes) -> Option<&'a syn::FieldsNamed> {
    input::refuse_generics(input, "a model", mistakes)?;
    let fields = match &input.data {
        Data::Struct(data) => &data.fields,
        Data::Enum(data) => {
            mistakes.at(
                data.enum_token,
                "a model is a struct: for an enum that is stored in a column write `#[derive(DbEnum)]`",
            );
            return None;
        }
        Data::Union(data) => {
            mistakes.at(data.union_token, "a model is a struct");
            return None;
        }
    };
    match fields {
        Fields::Named(fields) => Some(fields),
        Fields::Unnamed(fields) => {
            mistakes.at(
                fields,
                "a model has named fields: `struct Book { id: Id<Book>, .. }`; for a newtype that is stored in a column write `#[derive(DbType)]`",
            );
            None
        }
        Fields::Unit => {
            mistakes.at(
                &input.ident,
                format!(
                    "a model has fields: `struct {} {{ id: Id<{0}>, .. }}`",
                    input.ident
                ),
            );
            None
        }
    }
}

fn also_writes(attrs: &mut Attrs<'_>, mistakes: &Mistakes) -> Vec<Path> {
    let Some(item) = attrs.take("also_writes") else {
        return Vec::new();
    };
    let parts = item.parts();
    if !matches!(item.form, Form::List(_)) || parts.is_empty() {
        mistakes.at(&item.name, "write `also_writes(Model, ..)`");
    }
    parts
        .iter()
        .filter_map(|part| {
            parse_part(
                Path::parse_mod_style,
                part,
                mistakes,
                "a model: `also_writes(Model, ..)`",
            )
        })
        .collect()
}

impl Model {
    /// The field of that name.
    pub(crate) fn position(&self, name: &Ident) -> Option<usize> {
        self.fields.iter().position(|field| field.name == *name)
    }

    /// The field of that name, which must be a column; else the mistake is noted.
    pub(crate) fn column(&self, attribute: &str, name: &Ident, mistakes: &Mistakes) -> Option<usize> {
        let found = self.position(name);
        match found.map(|i| &self.fields[i]) {
            Some(field) if field.is_column() => found,
            Some(_) => {
                mistakes.at(
                    name,
                    format!("`{attribute}` needs a column, and `{name}` is none"),
                );
                None
            }
            None => {
                let fields: Vec<String> = self.fields.iter().map(|f| f.name.to_string()).collect();
                let near = names::nearest(&name.to_string(), fields.iter().map(String::as_str))
                    .map(|near| format!(": did you mean `{near}`?"))
                    .unwrap_or_default();
                mistakes.at(name, format!("`{}` has no field `{name}`{near}", self.name));
                None
            }
        }
    }

    /// A list of columns, `name(a, b)`.
    fn columns(&self, attribute: &str, parts: &[TokenStream], mistakes: &Mistakes) -> Vec<usize> {
        let parts = parts.iter().filter_map(|part| {
            parse_part(
                Ident::parse_any,
                part,
                mistakes,
                &format!("the names of fields: `{attribute}(a, b)`"),
            )
        });
        let mut columns = Vec::new();
        for name in parts {
            match self.column(attribute, &name, mistakes) {
                Some(i) if columns.contains(&i) => mistakes.at(&name, format!("`{name}` is here twice")),
                Some(i) => columns.push(i),
                None => {}
            }
        }
        columns
    }

    /// What this model is called by others' keys: `author_id`.
    fn key_name(&self, span: Span) -> Ident {
        Ident::new(
            &format!("{}_id", names::snake(&self.name.unraw().to_string())),
            span,
        )
    }
}

/// The last name of a path, and where it stands.
fn last_name(path: &impl ToTokens) -> (String, Span) {
    let last = path
        .to_token_stream()
        .into_iter()
        .filter_map(|token| match token {
            proc_macro2::TokenTree::Ident(ident) => Some(ident),
            _ => None,
        })
        .last();
    match last {
        Some(ident) => (ident.unraw().to_string(), ident.span()),
        None => (String::new(), Span::call_site()),
    }
}

/// A path of the attributes as a type, with the struct's name for `Self`.
fn types_of_path(path: &Path, model: &Model) -> TokenStream {
    if path.is_ident("Self") {
        model.this()
    } else {
        path.to_token_stream()
    }
}
