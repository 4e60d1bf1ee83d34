//! `#[derive(Cte)]`: a struct whose fields are the columns of a query with a name. It is a model without a table, a key
//! and relations.

use proc_macro2::{Span, TokenStream};
use syn::ext::IdentExt;
use syn::{DeriveInput, Ident, LitStr};

use super::field::{Field, Place};
use super::{Key, Model, check, named_fields};
use crate::attrs::Attrs;
use crate::mistakes::Mistakes;
use crate::{input, names};

pub(crate) fn derive(tokens: TokenStream) -> TokenStream {
    super::derive_as(tokens, read)
}

fn read(input: &DeriveInput, mistakes: &Mistakes) -> Option<Model> {
    let fields = named_fields(input, mistakes)?;
    let name = input.ident.clone();
    let plain = name.unraw().to_string();
    let mut attrs = Attrs::read(&input.attrs, mistakes);
    let krate = input::krate(&mut attrs, mistakes);
    let case = input::case(&mut attrs, mistakes);
    let table = attrs.text("table", "tree");
    let belongs = "belongs in a model: a query with a name has no table, no keys and no relations";
    attrs.finish(&[
        (super::STRUCT_ONLY, belongs),
        (&["primary_key", "unique", "index"], belongs),
    ]);
    let mut fields: Vec<Field> = fields
        .named
        .iter()
        .filter_map(|field| Field::read(field, &name, case.as_deref(), Place::Cte, mistakes))
        .collect();
    check::fields(&mut fields, mistakes);
    let mut model = Model {
        vis: input.vis.clone(),
        krate,
        table: table.unwrap_or_else(|| LitStr::new(&names::table(&plain), name.span())),
        schema: None,
        renamed_from: None,
        module: Ident::new(&format!("{}_rel", names::snake(&plain)), Span::call_site()),
        draft: None,
        unmanaged: true,
        serialize: false,
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
    check::model(&mut model, false, mistakes);
    Some(model)
}
