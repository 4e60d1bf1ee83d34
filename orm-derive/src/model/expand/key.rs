//! `Keyed`, `IntoId`, and the key of a row.

use proc_macro2::TokenStream;
use quote::{format_ident, quote};
use syn::Type;

use super::super::{Key, Model};
use super::raw_type;
use crate::types::{self, Shape};

/// `Keyed`, and `IntoId` for what stands for a key.
pub(super) fn impls(model: &Model) -> TokenStream {
    let (name, raw) = (&model.name, raw_type(model));
    let into = match &model.key {
        Key::Own { raw, .. } => single(model, raw),
        Key::Shared { field, raw } => shared(model, &model.fields[*field].ty, raw.as_ref()),
        Key::Missing => TokenStream::new(),
        Key::Fields(fields) => match fields.as_slice() {
            [one] => single(model, &model.fields[*one].ty),
            many => composite(model, many),
        },
    };
    quote! {
        #[automatically_derived]
        impl __m::Keyed for #name {
            type Raw = #raw;
        }
        #into
    }
}

fn into_id(model: &Model, generics: &TokenStream, given: &TokenStream, id: &TokenStream) -> TokenStream {
    let name = &model.name;
    quote! {
        #[automatically_derived]
        impl #generics __m::IntoId<#name> for #given {
            fn into_id(self) -> __m::Id<#name> {
                __m::Id::#id
            }
        }
    }
}

/// The raw key; for text also borrowed.
fn single(model: &Model, ty: &Type) -> TokenStream {
    let none = TokenStream::new();
    match types::shape(ty) {
        Shape::Text => {
            let mut impls = into_id(model, &none, &quote!(#ty), &quote!(from_key(self)));
            impls.extend(into_id(
                model,
                &none,
                &quote!(&str),
                &quote!(from_key(self.into())),
            ));
            impls.extend(into_id(
                model,
                &none,
                &quote!(&#ty),
                &quote!(from_key(self.clone())),
            ));
            impls
        }
        // It may be an alias of an id.
        Shape::Unknown => into_id(model, &none, &quote!(#ty), &quote!(from_part(&self))),
        _ => into_id(model, &none, &quote!(#ty), &quote!(from_key(self))),
    }
}

/// Another model's id and its raw key. (Coherence sees through `<Other as Keyed>::Raw` only in the other model's crate.)
fn shared(model: &Model, ty: &Type, raw: Option<&Type>) -> TokenStream {
    let none = TokenStream::new();
    let target = types::id_target(ty);
    let raw = raw.map_or_else(|| quote!(<#target as __m::Keyed>::Raw), |raw| quote!(#raw));
    let mut impls = into_id(model, &none, &quote!(#ty), &quote!(from_part(&self)));
    impls.extend(into_id(model, &none, &raw, &quote!(from_key(self))));
    impls
}

/// A tuple: for each part an id of the model it refers to, or a value of its type.
fn composite(model: &Model, fields: &[usize]) -> TokenStream {
    let mut generics = Vec::new();
    let mut given = Vec::new();
    let mut parts = Vec::new();
    for (n, i) in fields.iter().enumerate() {
        let ty = &model.fields[*i].ty;
        let (letter, place) = (format_ident!("K{}", n), syn::Index::from(n));
        match (types::shape(ty), types::id_target(ty)) {
            (Shape::Id, Some(target)) => {
                generics.push(quote!(#letter: __m::IntoId<#target>));
                given.push(quote!(#letter));
                parts.push(quote! {
                    __m::KeyPart::raw(&__m::IntoId::<#target>::into_id(self.#place))?
                });
            }
            (Shape::Text, _) => {
                generics.push(quote!(#letter: ::core::convert::Into<#ty>));
                given.push(quote!(#letter));
                parts.push(quote!(self.#place.into()));
            }
            _ => {
                given.push(quote!(#ty));
                parts.push(quote!(__m::KeyPart::raw(&self.#place)?));
            }
        }
    }
    let id = quote!(from_parts(|| ::core::option::Option::Some((#(#parts),*))));
    into_id(model, &quote!(<#(#generics),*>), &quote!((#(#given),*)), &id)
}

/// The expression of a row's id.
pub(super) fn id(model: &Model) -> TokenStream {
    match &model.key {
        Key::Own { field, .. } => {
            let name = &model.fields[*field].name;
            quote!(self.#name.clone())
        }
        Key::Missing => quote!(__m::Id::from_parts(|| ::core::option::Option::None)),
        Key::Shared { .. } | Key::Fields(_) => {
            let fields = model.key.fields();
            let names: Vec<_> = fields.iter().map(|i| &model.fields[*i].name).collect();
            match names.as_slice() {
                [one] => quote!(__m::Id::from_part(&self.#one)),
                many => quote! {
                    __m::Id::from_parts(|| {
                        ::core::option::Option::Some((#(__m::KeyPart::raw(&self.#many)?),*))
                    })
                },
            }
        }
    }
}
