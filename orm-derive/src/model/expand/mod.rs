//! The code of a model: data, and thin impls.

mod draft;
mod key;
mod relations;
mod table;

use proc_macro2::{Ident, TokenStream};
use quote::{quote, quote_spanned};
use syn::spanned::Spanned;
use syn::{Type, Visibility};

use super::check::count;
use super::field::Field;
use super::{Key, Model};
use crate::input;
use crate::types::{self, Shape};
pub(crate) use table::column;

/// All that the derive writes.
pub(crate) fn expand(model: &Model) -> TokenStream {
    let relations = relations::relations(model);
    let keys = key::impls(model);
    let constants = constants(model);
    let draft = draft::draft(model);
    let table = table(model);
    let name = &model.name;
    let code = input::scoped(
        &model.krate,
        &quote! {
            #keys
            #[automatically_derived]
            impl #name {
                #constants
                #draft
            }
            #table
        },
    );
    quote!(#relations #code)
}

/// The visibility of constants: the struct's, but all of the crate may see them, as other models' relations need them.
fn constant_vis(model: &Model) -> TokenStream {
    match &model.vis {
        Visibility::Public(_) => quote!(pub),
        Visibility::Restricted(_) | Visibility::Inherited => quote!(pub(crate)),
    }
}

fn constants(model: &Model) -> TokenStream {
    let vis = constant_vis(model);
    let fields = columns(&model.name, &vis, &model.fields);
    let relations = relations::constants(model, &vis);
    quote!(#fields #relations)
}

/// A constant for each column and embedded struct.
pub(crate) fn columns(owner: &Ident, vis: &TokenStream, fields: &[Field]) -> TokenStream {
    let constants = fields
        .iter()
        .enumerate()
        .filter(|(_, field)| !field.skip)
        .map(|(i, field)| {
            let (constant, at) = (&field.constant, count(&fields[..i]));
            let (ty, span) = (column_type(field), field.ty.span());
            match field.embed {
                Some(_) => quote_spanned! {span=>
                    #vis const #constant: __m::EmbedColumn<#owner, #ty> = __m::EmbedColumn::at(#at);
                },
                None => {
                    // All of it at the field's type: rustc shows the field when it is no column type, and only once.
                    quote_spanned! {span=>
                        #vis const #constant: __m::ColumnOf<#owner, #ty> = __m::Column::at(#at);
                    }
                }
            }
        });
    quote!(#(#constants)*)
}

/// The type of the field as a column: JSON wraps it.
fn column_type(field: &Field) -> TokenStream {
    let ty = &field.ty;
    match (field.column.json, types::inside(ty, "Option")) {
        (false, _) => quote!(#ty),
        (true, None) => quote!(__v::Json<#ty>),
        (true, Some(inner)) => quote!(::core::option::Option<__v::Json<#inner>>),
    }
}

fn table(model: &Model) -> TokenStream {
    let name = &model.name;
    let (description, id) = (table::description(model), key::id(model));
    let (read, write) = (read(&model.fields), write(&model.fields));
    quote! {
        #[automatically_derived]
        impl __m::Table for #name {
            fn table() -> &'static __m::TableDef {
                #description
                &TABLE
            }
            fn read(row: &mut __v::RowReader<'_>) -> __e::Result<Self> {
                ::core::result::Result::Ok(#name { #read })
            }
            fn write(&self, row: &mut __m::RowWriter) {
                #write
            }
            fn id(&self) -> __m::Id<Self> {
                #id
            }
        }
    }
}

/// The fields of the struct, each read from the row.
pub(crate) fn read(fields: &[Field]) -> TokenStream {
    let fields = fields.iter().map(|field| {
        let (name, ty) = (&field.name, &field.ty);
        // A local variable keeps the scope of our code, in case that the struct is written by a macro.
        let (field_method, read_method) = (Ident::new("field", ty.span()), Ident::new("read", ty.span()));
        let value = match (
            field.skip,
            &field.embed,
            field.column.json,
            types::inside(ty, "Option"),
        ) {
            (true, ..) => quote!(::core::default::Default::default()),
            (false, Some(_), ..) => quote!(__m::Embedded::#read_method(row)?),
            (false, None, false, _) => {
                let read = quote_spanned!(ty.span()=> <#ty as __F>::read);
                let read_by = Ident::new("read_by", ty.span());
                quote!(row.#read_by(#read)?)
            }
            (false, None, true, None) => quote!(row.#field_method::<__v::Json<#ty>>()?.0),
            (false, None, true, Some(inner)) => quote! {
            row.#field_method::<::core::option::Option<__v::Json<#inner>>>()?.map(|json| json.0)
                       },
        };
        quote!(#name: #value)
    });
    quote!(#(#fields),*)
}

/// The statements that write each field.
pub(crate) fn write(fields: &[Field]) -> TokenStream {
    let fields = fields.iter().filter(|field| !field.skip).map(|field| {
        let (name, ty) = (&field.name, &field.ty);
        let method = match (&field.embed, field.column.json, types::is_option(ty)) {
            (Some(_), ..) => "embed",
            (None, false, _) => {
                let slot = quote_spanned!(ty.span()=> <#ty as __F>::slot);
                return quote!(row.push(#slot(&self.#name)););
            }
            (None, true, false) => "json",
            (None, true, true) => return quote!(row.json_option(&self.#name);),
        };
        let method = Ident::new(method, ty.span());
        quote!(row.#method::<#ty>(&self.#name);)
    });
    quote!(#(#fields)*)
}

/// The raw type of a model's `Id`.
fn raw_type(model: &Model) -> TokenStream {
    match &model.key {
        Key::Own { raw, .. } => quote!(#raw),
        Key::Missing => quote!(i64),
        Key::Shared { field, .. } => key_part(&model.fields[*field].ty),
        Key::Fields(fields) => {
            let mut parts = fields.iter().map(|i| key_part(&model.fields[*i].ty));
            match (fields.len(), parts.next()) {
                (1, Some(one)) => one,
                (_, first) => {
                    let first = first.into_iter();
                    quote!((#(#first,)* #(#parts),*))
                }
            }
        }
    }
}

/// The raw form of one key field: the type itself, where its name says so.
fn key_part(ty: &Type) -> TokenStream {
    if !matches!(types::shape(ty), Shape::Id | Shape::Unknown) {
        return quote!(#ty);
    }
    quote!(<#ty as __m::KeyPart>::Raw)
}
