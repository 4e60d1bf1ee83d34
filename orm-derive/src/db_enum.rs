//! `#[derive(DbEnum)]`: an enum in one column, as its label, its number or a type of the database's own.

use proc_macro2::{Ident, Literal, TokenStream};
use quote::{ToTokens, format_ident, quote};
use syn::ext::IdentExt;
use syn::{Data, DeriveInput, Expr, ExprLit, ExprUnary, Fields, Lit, LitStr, UnOp, Variant};

use crate::attrs::Attrs;
use crate::mistakes::Mistakes;
use crate::{input, names};

/// One variant.
struct Label {
    name: Ident,
    text: String,
    number: i64,
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
    input::refuse_generics(input, "an enum of a column", mistakes)?;
    let Data::Enum(data) = &input.data else {
        mistakes.at(
            &input.ident,
            "`DbEnum` is for enums: for a struct with one field write `#[derive(DbType)]`",
        );
        return None;
    };
    let mut attrs = Attrs::read(&input.attrs, mistakes);
    let krate = input::krate(&mut attrs, mistakes);
    let case = input::case(&mut attrs, mistakes).unwrap_or_else(|| "snake_case".to_owned());
    let storage = storage(&mut attrs, mistakes);
    let type_name = attrs.text("name", "mood").map_or_else(
        || names::snake(&input.ident.unraw().to_string()),
        |name| name.value(),
    );
    attrs.finish(&[(&["rename", "value"], "belongs on a variant")]);
    if data.variants.is_empty() {
        mistakes.at(
            &input.ident,
            "an enum without variants has no values that a column could hold",
        );
    }
    let labels = labels(data.variants.iter(), &case, storage == "Integer", mistakes);
    Some(expand(&input.ident, &krate, &type_name, storage, &labels))
}

fn storage(attrs: &mut Attrs<'_>, mistakes: &Mistakes) -> &'static str {
    let Some(text) = attrs.text("storage", "integer") else {
        return "Text";
    };
    match text.value().as_str() {
        "text" => "Text",
        "integer" => "Integer",
        "native" => "Native",
        _ => {
            mistakes.at(
                &text,
                "an enum is stored as \"text\", \"integer\" or \"native\" (the database's own enum type)",
            );
            "Text"
        }
    }
}

fn labels<'a>(
    variants: impl Iterator<Item = &'a Variant>,
    case: &str,
    numbered: bool,
    mistakes: &Mistakes,
) -> Vec<Label> {
    let mut labels: Vec<Label> = Vec::new();
    let mut next = Some(0i64);
    for variant in variants {
        if !matches!(variant.fields, Fields::Unit) {
            mistakes.at(
                &variant.fields,
                format!(
                    "a column holds one value, so `{}` cannot have fields",
                    variant.ident
                ),
            );
        }
        let mut attrs = Attrs::read(&variant.attrs, mistakes);
        let renamed = attrs.text("rename", "label");
        let value = attrs.value::<Expr>("value", "3");
        attrs.finish(&[(
            &["rename_all", "storage", "name", "crate"],
            "belongs on the enum, not on a variant",
        )]);
        let text = match &renamed {
            Some(text) => text.value(),
            None => names::in_case(&variant.ident.unraw().to_string(), case),
        };
        let written = value
            .as_ref()
            .map(|(_, e)| e)
            .or(variant.discriminant.as_ref().map(|(_, e)| e));
        let number = match written {
            Some(expression) => number(expression),
            None => next,
        };
        if number.is_none() && numbered && written.is_some() {
            mistakes.at(
                written,
                "the number must stand here as it is stored: `#[orm(value = 3)]`",
            );
        }
        next = number.and_then(|n| n.checked_add(1));
        let label = Label {
            name: variant.ident.clone(),
            text,
            number: number.unwrap_or_default(),
        };
        let place = renamed.map_or_else(|| variant.ident.to_token_stream(), LitStr::into_token_stream);
        if let Some(other) = labels.iter().find(|other| other.text == label.text) {
            mistakes.at(
                &place,
                format!(
                    "`{}` and `{}` are both stored as `{}`",
                    other.name, label.name, label.text
                ),
            );
        }
        if let Some(other) = labels
            .iter()
            .find(|other| numbered && number.is_some() && other.number == label.number)
        {
            mistakes.at(
                &place,
                format!(
                    "`{}` and `{}` are both stored as {}",
                    other.name, label.name, label.number
                ),
            );
        }
        labels.push(label);
    }
    labels
}

/// A whole number as it is written in code.
fn number(expression: &Expr) -> Option<i64> {
    match expression {
        Expr::Lit(ExprLit { lit: Lit::Int(n), .. }) => n.base10_parse().ok(),
        Expr::Unary(ExprUnary {
            op: UnOp::Neg(_),
            expr,
            ..
        }) => match &**expr {
            Expr::Lit(ExprLit { lit: Lit::Int(n), .. }) => format!("-{}", n.base10_digits()).parse().ok(),
            _ => None,
        },
        Expr::Group(group) => number(&group.expr),
        Expr::Paren(paren) => number(&paren.expr),
        _ => None,
    }
}

fn expand(name: &Ident, krate: &syn::Path, type_name: &str, storage: &str, labels: &[Label]) -> TokenStream {
    let rust_name = name.unraw().to_string();
    let texts = labels.iter().map(|label| &label.text);
    let numbers = labels
        .iter()
        .filter(|_| storage == "Integer")
        .map(|label| Literal::i64_unsuffixed(label.number));
    let storage = format_ident!("{}", storage);
    let variants = labels.iter().map(|label| &label.name);
    let to_place = labels.iter().enumerate().map(|(place, label)| {
        let (variant, place) = (&label.name, Literal::usize_unsuffixed(place));
        quote!(#name::#variant => #place)
    });
    let place = match labels {
        [] => quote!(match *variant {}),
        _ => quote!(match variant { #(#to_place),* }),
    };
    let from_place = variants.enumerate().map(|(place, variant)| {
        let place = Literal::usize_unsuffixed(place);
        quote!(#place => ::core::result::Result::Ok(#name::#variant))
    });
    input::scoped(
        krate,
        &quote! {
            const DEF: &__v::EnumDef = &__v::EnumDef {
                name: #type_name,
                labels: &[#(#texts),*],
                numbers: &[#(#numbers),*],
                storage: __v::EnumStorage::#storage,
            };
            const fn place(variant: &#name) -> usize {
                #place
            }
            #[automatically_derived]
            impl #name {
                #[doc(hidden)]
                pub const fn column_default(&self) -> __m::DefaultDef {
                    __m::DefaultDef::variant(DEF, place(self))
                }
            }
            #[automatically_derived]
            impl __v::Scalar for #name {
                const TYPE: __v::DataType = __v::DataType::Enum(DEF);
                fn to_value(&self) -> __v::Value {
                    DEF.value(place(self))
                }
                fn from_cell(
                    cell: __v::Cell<'_>,
                ) -> ::core::result::Result<Self, __v::DecodeError> {
                    match DEF.variant(cell, #rust_name)? {
                        #(#from_place,)*
                        _ => ::core::result::Result::Err(__v::DecodeError::new("no such variant")),
                    }
                }
            }
            #[automatically_derived]
            impl __v::Literal for #name {}
            #[automatically_derived]
            impl __v::ArrayElement for #name {}
        },
    )
}
