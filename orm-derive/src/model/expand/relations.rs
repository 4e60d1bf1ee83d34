//! Relations: marker types, constants and their impls.

use proc_macro2::{Literal, TokenStream};
use quote::{format_ident, quote};
use syn::Visibility;
use syn::ext::IdentExt as _;

use super::super::{Kind, Model};
use crate::names;

/// Marker types, in a module so that their names meet no others, and the struct that has a place for each relation.
pub(super) fn relations(model: &Model) -> TokenStream {
    if model.relations.is_empty() {
        return TokenStream::new();
    }
    let (krate, vis, this, module) = (&model.krate, &model.vis, &model.name, &model.module);
    let (inner, with) = (marker_vis(vis), format_ident!("{}With", this.unraw()));
    let serialize = model.serialize.then(|| quote!(serialize));
    let relations = model.relations.iter().enumerate().map(|(i, relation)| {
        let (name, target) = (&relation.name, &relation.target);
        let i = Literal::usize_unsuffixed(i);
        let (width, key) = match &relation.kind {
            Kind::BelongsTo(key) => (quote!(ToOne), Some(&model.foreign_keys[*key])),
            Kind::HasOne(_) => (quote!(ToOne), None),
            Kind::HasMany(_) | Kind::ManyToMany { .. } => (quote!(ToMany), None),
        };
        // Where nothing holds a key to its row, there may be none.
        let key = key.filter(|key| key.constraint);
        let types = key
            .iter()
            .flat_map(|key| &key.fields)
            .map(|i| &model.fields[*i].ty);
        let number = Literal::u64_unsuffixed(names::number(&name.unraw().to_string()));
        quote!(#i #number #name: #width #target [#(#types),*];)
    });
    quote! {
        #krate::__relations! {
            #vis #with of #this, mod #module for #inner, [#serialize];
            #(#relations)*
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
    quote!(#(#vis const #names: #module::#names = #module::#names { nested: __m::PhantomData };)*)
}
