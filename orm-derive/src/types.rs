//! What a derive can tell of a type: its syntax. The rest is rustc's to check.

use proc_macro2::{Group, Ident, Span, TokenStream, TokenTree};
use quote::ToTokens;
use syn::{GenericArgument, PathArguments, PathSegment, Type};

/// The tokens, all at one place.
pub(crate) fn respan(tokens: TokenStream, span: Span) -> TokenStream {
    tokens
        .into_iter()
        .map(|mut token| {
            if let TokenTree::Group(group) = &token {
                token = Group::new(group.delimiter(), respan(group.stream(), span)).into();
            }
            token.set_span(span);
            token
        })
        .collect()
}

/// The last segment of a path type.
pub(crate) fn last_segment(ty: &Type) -> Option<&PathSegment> {
    match ty {
        Type::Path(path) => path.path.segments.last(),
        Type::Group(group) => last_segment(&group.elem),
        Type::Paren(paren) => last_segment(&paren.elem),
        _ => None,
    }
}

/// The `T` of `Wrapper<T>`.
pub(crate) fn inside<'a>(ty: &'a Type, wrapper: &str) -> Option<&'a Type> {
    let segment = last_segment(ty)?;
    let PathArguments::AngleBracketed(arguments) = &segment.arguments else {
        return None;
    };
    match (segment.ident == wrapper, arguments.args.first()) {
        (true, Some(GenericArgument::Type(inner))) if arguments.args.len() == 1 => Some(inner),
        _ => None,
    }
}

pub(crate) fn is_option(ty: &Type) -> bool {
    inside(ty, "Option").is_some()
}

pub(crate) fn is_auto(ty: &Type) -> bool {
    inside(ty, "Auto").is_some()
}

/// The type without `Option` and `Auto`.
pub(crate) fn base(ty: &Type) -> &Type {
    match inside(ty, "Option").or_else(|| inside(ty, "Auto")) {
        Some(inner) => base(inner),
        None => ty,
    }
}

/// The name of the type without `Option` and `Auto`: `Decimal`.
pub(crate) fn base_name(ty: &Type) -> String {
    last_segment(base(ty))
        .map(|s| s.ident.to_string())
        .unwrap_or_default()
}

/// The `M` of `Id<M>` and `Option<Id<M>>`.
pub(crate) fn id_target(ty: &Type) -> Option<&Type> {
    inside(base(ty), "Id")
}

/// Whether the type is this struct, by its bare name.
pub(crate) fn is_named(ty: &Type, name: &Ident) -> bool {
    match ty {
        Type::Path(path) => path.qself.is_none() && path.path.is_ident(name),
        Type::Group(group) => is_named(&group.elem, name),
        Type::Paren(paren) => is_named(&paren.elem, name),
        _ => false,
    }
}

/// The type with the struct's name for `Self`, which means nothing in a `static`.
pub(crate) fn without_self(ty: &Type, name: &Ident) -> Type {
    syn::parse2(replace_self(ty.to_token_stream(), name)).unwrap_or_else(|_| ty.clone())
}

fn replace_self(tokens: TokenStream, name: &Ident) -> TokenStream {
    tokens
        .into_iter()
        .map(|token| match token {
            TokenTree::Ident(ident) if ident == "Self" => {
                let mut named = name.clone();
                named.set_span(ident.span());
                TokenTree::Ident(named)
            }
            TokenTree::Group(group) => {
                let mut replaced = Group::new(group.delimiter(), replace_self(group.stream(), name));
                replaced.set_span(group.span());
                TokenTree::Group(replaced)
            }
            other => other,
        })
        .collect()
}

/// What values a type has, where its name says so.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Shape {
    Integer,
    Float,
    Bool,
    Text,
    Bytes,
    Decimal,
    Moment,
    Day,
    Time,
    Uuid,
    Id,
    /// A newtype, an enum, an alias, ..: only rustc knows.
    Unknown,
}

pub(crate) fn shape(ty: &Type) -> Shape {
    let base = base(ty);
    match base_name(base).as_str() {
        "i8" | "i16" | "i32" | "i64" | "u8" | "u16" | "u32" | "u64" => Shape::Integer,
        "f32" | "f64" => Shape::Float,
        "bool" => Shape::Bool,
        "String" => Shape::Text,
        "Vec" if inside(base, "Vec").is_some_and(|t| base_name(t) == "u8") => Shape::Bytes,
        "Decimal" => Shape::Decimal,
        "DateTime" | "NaiveDateTime" => Shape::Moment,
        "NaiveDate" => Shape::Day,
        "NaiveTime" => Shape::Time,
        "Uuid" => Shape::Uuid,
        "Id" if id_target(base).is_some() => Shape::Id,
        _ => Shape::Unknown,
    }
}
