//! `Book::draft(..)`: a new row, of which only what must be given is given.

use proc_macro2::TokenStream;
use quote::quote;
use syn::Type;

use super::super::field::Field;
use super::super::{Key, Model};
use super::constant_vis;
use crate::types::{self, Shape};

pub(super) fn draft(model: &Model) -> TokenStream {
    let Some(draft) = &model.draft else {
        return TokenStream::new();
    };
    let vis = constant_vis(model);
    let name = &model.name;
    let (mut arguments, mut values, mut bounds) = (Vec::new(), Vec::new(), TokenStream::new());
    for (i, field) in model.fields.iter().enumerate() {
        let field_name = &field.name;
        let value = match made(model, i, field) {
            Some(value) => value,
            None => {
                let (ty, value) = argument(field);
                arguments.push(quote!(#field_name: #ty));
                value
            }
        };
        values.push(quote!(#field_name: #value));
    }
    // Of a newtype only rustc knows whether a key can be made: the bound puts the question off until `draft` is called.
    if let Key::Own { raw, .. } = &model.key
        && types::shape(raw) == Shape::Unknown
    {
        bounds = quote!(where for<'later> #raw: __m::Generated);
    }
    quote! {
        #vis fn #draft(#(#arguments),*) -> Self #bounds {
            #name { #(#values),* }
        }
    }
}

/// The value of a field that needs no argument.
fn made(model: &Model, i: usize, field: &Field) -> Option<TokenStream> {
    if let Key::Own { field: own, raw } = &model.key
        && *own == i
    {
        return can_be_made(raw).then(|| quote!(__m::Id::new()));
    }
    if field.skip {
        return Some(quote!(::core::default::Default::default()));
    }
    if field.embed.is_some() {
        return None;
    }
    let column = &field.column;
    if types::is_option(&field.ty) || types::is_auto(&field.ty) {
        return Some(quote!(::core::default::Default::default()));
    }
    let shape = types::shape(&field.ty);
    if let Some(default) = &column.default {
        return Some(default.value(shape, field.attribute("default").span()));
    }
    let implied = match (column.version, column.touch) {
        (true, _) => quote!(1),
        (false, true) => quote!(__m::Now),
        (false, false) => return None,
    };
    let place = field.attribute(if column.version { "version" } else { "touch" });
    let span = place.span();
    Some(types::respan(
        quote!(__m::DefaultValue::default_value(#implied)),
        span,
    ))
}

/// Whether `Id::new()` exists for a raw key, as far as its name tells.
fn can_be_made(raw: &Type) -> bool {
    match types::shape(raw) {
        Shape::Integer => !matches!(types::base_name(raw).as_str(), "i8" | "u8"),
        Shape::Uuid | Shape::Unknown => true,
        _ => false,
    }
}

/// The argument's type, and the field's value made of it.
fn argument(field: &Field) -> (TokenStream, TokenStream) {
    let (name, ty) = (&field.name, &field.ty);
    if field.column.json {
        return (quote!(#ty), quote!(#name));
    }
    match (types::shape(ty), types::id_target(ty)) {
        (Shape::Text, _) => (quote!(impl ::core::convert::Into<#ty>), quote!(#name.into())),
        (Shape::Id, Some(target)) => (
            quote!(impl __m::IntoId<#target>),
            quote!(__m::IntoId::into_id(#name)),
        ),
        _ => (quote!(#ty), quote!(#name)),
    }
}
