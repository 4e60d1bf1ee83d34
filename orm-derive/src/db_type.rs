//! `#[derive(DbType)]`: a newtype in one column, stored as what it wraps.

use proc_macro2::TokenStream;
use quote::quote;
use syn::ext::IdentExt;
use syn::{Data, DeriveInput, Fields, Path, Type};

use crate::attrs::Attrs;
use crate::input;
use crate::mistakes::Mistakes;

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
    input::refuse_generics(input, "a newtype of a column", mistakes)?;
    let fields = match &input.data {
        Data::Struct(data) => &data.fields,
        Data::Enum(_) => {
            mistakes.at(
                &input.ident,
                "`DbType` is for newtypes: for an enum write `#[derive(DbEnum)]`",
            );
            return None;
        }
        Data::Union(_) => {
            mistakes.at(&input.ident, "`DbType` is for newtypes: `struct Isbn(String);`");
            return None;
        }
    };
    let inner = match fields {
        Fields::Unnamed(fields) if fields.unnamed.len() == 1 => fields.unnamed.first().map(|field| &field.ty),
        _ => None,
    };
    let mut attrs = Attrs::read(&input.attrs, mistakes);
    let krate = input::krate(&mut attrs, mistakes);
    let checked = attrs.flag("try_from").is_some();
    attrs.finish(&[]);
    match inner {
        Some(inner) => Some(expand(input, &krate, inner, checked)),
        None => {
            mistakes.at(
                &input.ident,
                "a column holds one value: `DbType` is for structs with one unnamed field, `struct Isbn(String);`; a struct with several columns is a `#[derive(Embed)]`",
            );
            None
        }
    }
}

fn expand(input: &DeriveInput, krate: &Path, inner: &Type, checked: bool) -> TokenStream {
    let name = &input.ident;
    let from = if checked {
        let refused = format!("a value that `{}` refuses", name.unraw());
        quote! {
            let inner = <#inner as __v::Scalar>::from_cell(cell)?;
            <#name as ::core::convert::TryFrom<#inner>>::try_from(inner)
                .map_err(|_| __v::DecodeError::new(#refused))
        }
    } else {
        quote!(<#inner as __v::Scalar>::from_cell(cell).map(#name))
    };
    // What makes a value from nothing, or from a literal, would pass a checked constructor by.
    let made = (!checked).then(|| {
        quote! {
            #[automatically_derived]
            impl __m::Generated for #name where for<'later> #inner: __m::Generated {
                fn generate() -> ::core::option::Option<Self> {
                    <#inner as __m::Generated>::generate().map(#name)
                }
            }
            #[automatically_derived]
            impl<D> __m::DefaultValue<D> for #name where #inner: __m::DefaultValue<D> {
                fn default_value(default: D) -> Self {
                    #name(<#inner as __m::DefaultValue<D>>::default_value(default))
                }
            }
        }
    });
    // The bounds with a lifetime that nobody needs put the question off: a newtype that is no key needs none of them.
    let key = quote! {
        for<'later> #name: ::core::clone::Clone + ::core::cmp::Eq + ::core::hash::Hash + ::core::fmt::Debug,
        for<'later> #inner: __m::RawKey
    };
    input::scoped(
        krate,
        &quote! {
            #[automatically_derived]
            impl __v::Scalar for #name {
                const TYPE: __v::DataType = <#inner as __v::Scalar>::TYPE;
                fn to_value(&self) -> __v::Value {
                    __v::Scalar::to_value(&self.0)
                }
                fn into_value(self) -> __v::Value {
                    __v::Scalar::into_value(self.0)
                }
                fn from_cell(
                    cell: __v::Cell<'_>,
                ) -> ::core::result::Result<Self, __v::DecodeError> {
                    #from
                }
            }
            #[automatically_derived]
            impl __v::Literal for #name {}
            #[automatically_derived]
            impl __v::ArrayElement for #name where for<'later> #inner: __v::ArrayElement {}
            #[automatically_derived]
            impl __m::RawKey for #name where #key {
                const FROM_DATABASE: bool = <#inner as __m::RawKey>::FROM_DATABASE;
                fn to_values(&self, out: &mut ::std::vec::Vec<__v::Value>) {
                    __m::RawKey::to_values(&self.0, out)
                }
                fn read(row: &mut __v::RowReader<'_>) -> __e::Result<Self> {
                    row.read()
                }
            }
            #[automatically_derived]
            impl __m::KeyPart for #name where #key {
                type Raw = #name;
                fn raw(&self) -> ::core::option::Option<Self> {
                    ::core::option::Option::Some(::core::clone::Clone::clone(self))
                }
            }
            #[automatically_derived]
            impl __m::KeyLiteral for #name {}
            #[automatically_derived]
            impl<M: __m::Keyed<Raw = #name>> ::core::convert::From<#name> for __m::Id<M> {
                fn from(key: #name) -> Self {
                    __m::Id::from_key(key)
                }
            }
            #made
        },
    )
}
