//! `#[derive(Embed)]`: a struct whose fields are columns of the table that it is embedded in.

use proc_macro2::TokenStream;
use quote::quote;
use syn::{Data, DeriveInput, Fields, Path, Visibility};

use crate::attrs::Attrs;
use crate::mistakes::Mistakes;
use crate::model::field::{Field, Place};
use crate::model::{check, expand};
use crate::{input, types};

pub(crate) fn derive(tokens: TokenStream) -> TokenStream {
    let mistakes = Mistakes::default();
    let code = mistakes
        .keep(syn::parse2(tokens))
        .and_then(|input: DeriveInput| read(&input, &mistakes))
        .unwrap_or_default();
    let errors = mistakes.into_tokens();
    quote!(#errors #code)
}

fn read(input: &DeriveInput, mistakes: &Mistakes) -> Option<TokenStream> {
    input::refuse_generics(input, "an embedded struct", mistakes)?;
    let named = match &input.data {
        Data::Struct(data) => match &data.fields {
            Fields::Named(fields) => Some(fields),
            _ => None,
        },
        _ => None,
    };
    let Some(named) = named else {
        mistakes.at(
            &input.ident,
            "an embedded struct has named fields: `struct Address { street: String, .. }`",
        );
        return None;
    };
    let mut attrs = Attrs::read(&input.attrs, mistakes);
    let krate = input::krate(&mut attrs, mistakes);
    let case = input::case(&mut attrs, mistakes);
    attrs.finish(&[(
        &[
            "table",
            "primary_key",
            "key",
            "unique",
            "index",
            "check",
            "has_many",
            "has_one",
            "many_to_many",
            "belongs_to",
        ],
        "belongs in the model: an embedded struct is no table",
    )]);
    let mut fields: Vec<Field> = named
        .named
        .iter()
        .filter_map(|field| Field::read(field, &input.ident, case.as_deref(), Place::Embed, mistakes))
        .collect();
    for field in &fields {
        if types::id_target(&field.ty).is_some() && !field.skip {
            mistakes.at(
                &field.ty,
                format!(
                    "an embedded struct has no keys: move `{}` into the model",
                    field.name
                ),
            );
        }
    }
    check::fields(&mut fields, mistakes);
    Some(expand(input, &krate, &fields))
}

fn expand(input: &DeriveInput, krate: &Path, fields: &[Field]) -> TokenStream {
    let name = &input.ident;
    let vis = match &input.vis {
        Visibility::Public(_) => quote!(pub),
        Visibility::Restricted(_) | Visibility::Inherited => quote!(pub(crate)),
    };
    let constants = expand::columns(name, &vis, fields);
    let columns = fields.iter().filter(|field| !field.skip).map(expand::column);
    let (read, write) = (expand::read(fields), expand::write(fields));
    input::scoped(
        krate,
        &quote! {
            #[automatically_derived]
            impl #name {
                #constants
            }
            #[automatically_derived]
            impl __m::Embedded for #name {
                const COLUMNS: &'static [__m::ColumnDef] = &[#(#columns),*];
                fn read(row: &mut __v::RowReader<'_>) -> __e::Result<Self> {
                    ::core::result::Result::Ok(#name { #read })
                }
                fn write(&self, row: &mut __m::RowWriter) {
                    #write
                }
            }
        },
    )
}
