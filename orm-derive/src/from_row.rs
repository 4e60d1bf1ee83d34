//! `#[derive(FromRow)]`: a struct made from a result row of any shape.

use proc_macro2::{Ident, TokenStream};
use quote::quote;
use syn::ext::IdentExt;
use syn::{Data, DeriveInput, Fields, Path, Type};

use crate::attrs::Attrs;
use crate::mistakes::Mistakes;
use crate::{input, names, types};

/// One field; without a column it takes its type's default.
struct Field {
    name: Ident,
    ty: Type,
    column: Option<String>,
    json: bool,
}

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
    input::refuse_generics(input, "a row", mistakes)?;
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
            "`FromRow` is for structs with named fields, which are the columns' names; without names a tuple does",
        );
        return None;
    };
    let mut attrs = Attrs::read(&input.attrs, mistakes);
    let krate = input::krate(&mut attrs, mistakes);
    let case = input::case(&mut attrs, mistakes);
    attrs.finish(&[]);
    let mut fields: Vec<Field> = Vec::new();
    for field in &named.named {
        let read = read_field(field, &input.ident, case.as_deref(), mistakes);
        let same = |other: &&Field| other.column.is_some() && other.column == read.column;
        if let (Some(other), Some(column)) = (fields.iter().find(same), &read.column) {
            mistakes.at(
                &read.name,
                format!(
                    "`{}` and `{}` both read the column `{column}`",
                    other.name, read.name
                ),
            );
        }
        fields.push(read);
    }
    Some(expand(&input.ident, &krate, &fields))
}

fn read_field(field: &syn::Field, owner: &Ident, case: Option<&str>, mistakes: &Mistakes) -> Field {
    let name = field.ident.clone().unwrap_or_else(|| owner.clone());
    let mut attrs = Attrs::read(&field.attrs, mistakes);
    let renamed = attrs.text("rename", "column");
    let json = attrs.flag("json").is_some();
    let skip = attrs.flag("skip");
    if let (Some(skip), true) = (&skip, json || renamed.is_some()) {
        mistakes.at(skip, "a skipped field reads no column: remove `skip` or the rest");
    }
    attrs.finish(&[]);
    let plain = name.unraw().to_string();
    let column = renamed.map_or_else(
        || case.map_or_else(|| plain.clone(), |case| names::in_case(&plain, case)),
        |renamed| renamed.value(),
    );
    Field {
        ty: types::without_self(&field.ty, owner),
        column: skip.is_none().then_some(column),
        json,
        name,
    }
}

fn expand(name: &Ident, krate: &Path, fields: &[Field]) -> TokenStream {
    let columns = fields.iter().filter_map(|field| field.column.as_ref());
    let read_types = fields.iter().filter(|field| field.column.is_some()).map(|field| {
        let ty = &field.ty;
        match (field.json, types::inside(ty, "Option")) {
            (false, _) => quote!(__v::ReadType::of::<#ty>()),
            (true, None) => quote!(__v::ReadType::of::<__v::Json<#ty>>()),
            (true, Some(inner)) => quote!(__v::ReadType::of::<::core::option::Option<__v::Json<#inner>>>()),
        }
    });
    let values = fields.iter().map(|field| {
        let (name, ty) = (&field.name, &field.ty);
        let value = match (&field.column, field.json, types::inside(ty, "Option")) {
            (None, ..) => quote!(::core::default::Default::default()),
            (Some(_), false, _) => quote!(row.read::<#ty>()?),
            (Some(_), true, None) => quote!(row.read::<__v::Json<#ty>>()?.0),
            (Some(_), true, Some(inner)) => quote! {
                row.read::<::core::option::Option<__v::Json<#inner>>>()?.map(|json| json.0)
            },
        };
        quote!(#name: #value)
    });
    input::scoped(
        krate,
        &quote! {
            #[automatically_derived]
            impl __v::FromRow for #name {
                const FIELDS: ::core::option::Option<&'static [&'static str]> =
                    ::core::option::Option::Some(&[#(#columns),*]);
                const TYPES: &'static [__v::ReadType] = &[#(#read_types),*];
                fn from_row(row: &mut __v::RowReader<'_>) -> __e::Result<Self> {
                    ::core::result::Result::Ok(#name { #(#values),* })
                }
            }
        },
    )
}
