//! Relations: marker types, constants and their impls.

use proc_macro2::TokenStream;
use quote::quote;
use syn::Visibility;

use super::super::{ForeignKey, Kind, Model};

/// The module of marker types: nothing in it comes from the user but names, so that no path can go wrong there.
pub(super) fn markers(model: &Model) -> TokenStream {
    if model.relations.is_empty() {
        return TokenStream::new();
    }
    let (module, vis, inner) = (&model.module, &model.vis, marker_vis(&model.vis));
    let names = model.relations.iter().map(|relation| &relation.name);
    quote! {
        #[allow(non_camel_case_types, missing_docs, unreachable_pub, clippy::all)]
        #vis mod #module {
            #(#[derive(Clone, Copy)] #inner struct #names {})*
        }
    }
}

/// The struct's visibility, seen from one module further in.
fn marker_vis(vis: &Visibility) -> TokenStream {
    match vis {
        Visibility::Public(_) => quote!(pub),
        Visibility::Inherited => quote!(pub(super)),
        Visibility::Restricted(restricted) => {
            let path = &restricted.path;
            match path.segments.first().map(|s| s.ident.to_string()).as_deref() {
                Some("crate") => quote!(#vis),
                Some("self") => quote!(pub(super)),
                _ => quote!(pub(in super::#path)),
            }
        }
    }
}

pub(super) fn constants(model: &Model, vis: &TokenStream) -> TokenStream {
    let module = &model.module;
    let names = model.relations.iter().map(|relation| &relation.name);
    quote!(#(#vis const #names: #module::#names = #module::#names {};)*)
}

/// The type that says whether a key may lead to no row.
fn key_type(model: &Model, key: &ForeignKey) -> TokenStream {
    if !key.constraint {
        return quote!(::core::option::Option<bool>);
    }
    let types = key.fields.iter().map(|i| {
        let ty = &model.fields[*i].ty;
        quote!(<#ty as __F>::Sql)
    });
    types
        .reduce(|all, next| quote!(<#all as __v::Sql>::Or<#next>))
        .unwrap_or_else(|| quote!(bool))
}

pub(super) fn impls(model: &Model) -> TokenStream {
    let (module, this) = (&model.module, &model.name);
    let impls = model.relations.iter().enumerate().map(|(i, relation)| {
        let (name, target) = (&relation.name, &relation.target);
        let i = proc_macro2::Literal::usize_unsuffixed(i);
        let (width, key) = match &relation.kind {
            Kind::BelongsTo(key) => (quote!(ToOne), key_type(model, &model.foreign_keys[*key])),
            Kind::HasOne(_) => (quote!(ToOne), quote!(::core::option::Option<bool>)),
            Kind::HasMany(_) | Kind::ManyToMany { .. } => (quote!(ToMany), quote!(bool)),
        };
        quote! {
            #[automatically_derived]
            impl __m::Relation for #module::#name {
                type From = #this;
                type To = #target;
                type Key = #key;
                fn def() -> &'static __m::RelationDef {
                    &__m::table_of::<#this>().relations[#i]
                }
            }
            impl __m::#width for #module::#name {}
        }
    });
    quote!(#(#impls)*)
}
