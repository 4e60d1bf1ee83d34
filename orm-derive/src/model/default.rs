//! `#[orm(default = ..)]`: what may stand there, what it is in the table's description and in a new row.

use proc_macro2::{Ident, Span, TokenStream};
use quote::quote;
use syn::parse::{Parse, ParseStream};
use syn::{Lit, LitStr, Path, Token};

use crate::types::{self, Shape};

/// A default that the client can make, too.
#[derive(Clone)]
pub(crate) enum Default {
    /// With its sign.
    Int(i64),
    /// With its sign, as it was written.
    Float(String),
    Bool(bool),
    Text(LitStr),
    Now,
    Today,
    Uuid,
    /// `Status::Draft`
    Variant(Path),
}

pub(crate) const EXAMPLE: &str =
    "0`, `\"text\"`, `true`, `now()`, `today()`, `uuid()` or an enum's variant like `Status::Draft";

impl Parse for Default {
    fn parse(input: ParseStream<'_>) -> syn::Result<Self> {
        let minus = input.parse::<Option<Token![-]>>()?.is_some();
        if input.peek(Lit) {
            return match (input.parse()?, minus) {
                (Lit::Int(n), _) => {
                    let sign = if minus { "-" } else { "" };
                    let digits = format!("{sign}{}", n.base10_digits());
                    digits
                        .parse()
                        .map(Default::Int)
                        .map_err(|_| input.error("too large"))
                }
                (Lit::Float(n), _) => {
                    let sign = if minus { "-" } else { "" };
                    Ok(Default::Float(format!("{sign}{}", n.base10_digits())))
                }
                (Lit::Bool(b), false) => Ok(Default::Bool(b.value)),
                (Lit::Str(s), false) => Ok(Default::Text(s)),
                _ => Err(input.error("no default")),
            };
        }
        let path: Path = input.parse()?;
        if minus {
            return Err(input.error("no default"));
        }
        if input.peek(syn::token::Paren) {
            let inside;
            syn::parenthesized!(inside in input);
            let call = path.get_ident().map(Ident::to_string).unwrap_or_default();
            return match (call.as_str(), inside.is_empty()) {
                ("now", true) => Ok(Default::Now),
                ("today", true) => Ok(Default::Today),
                ("uuid", true) => Ok(Default::Uuid),
                _ => Err(input.error("no default")),
            };
        }
        if path.segments.len() < 2 {
            return Err(input.error("no default"));
        }
        Ok(Default::Variant(path))
    }
}

impl Default {
    /// Whether a column of this shape can have it. `true` where only rustc knows.
    pub(crate) fn fits(&self, shape: Shape) -> bool {
        match (self, shape) {
            (_, Shape::Unknown | Shape::Id) => true,
            (Default::Int(_), Shape::Integer | Shape::Float) | (Default::Float(_), Shape::Float) => true,
            (Default::Int(_) | Default::Float(_), Shape::Decimal) => self.decimal().is_some(),
            (Default::Bool(_), Shape::Bool) | (Default::Text(_), Shape::Text) => true,
            (Default::Now, Shape::Moment) | (Default::Today, Shape::Day) | (Default::Uuid, Shape::Uuid) => {
                true
            }
            _ => false,
        }
    }

    /// Mantissa and scale, if a `Decimal` holds them.
    fn decimal(&self) -> Option<(i128, u32)> {
        match self {
            Default::Int(n) => Some((i128::from(*n), 0)),
            Default::Float(text) => {
                let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
                let mantissa: i128 = format!("{whole}{fraction}").parse().ok()?;
                let digits = text.chars().filter(char::is_ascii_digit).count();
                (digits <= 28).then_some((mantissa, u32::try_from(fraction.len()).ok()?))
            }
            _ => None,
        }
    }

    fn decimal_tokens(&self, shape: Shape) -> Option<TokenStream> {
        let (mantissa, scale) = self.decimal().filter(|_| shape == Shape::Decimal)?;
        let (mantissa, scale) = (
            proc_macro2::Literal::i128_unsuffixed(mantissa),
            proc_macro2::Literal::u32_unsuffixed(scale),
        );
        Some(quote!(__v::DecimalParts { mantissa: #mantissa, scale: #scale }))
    }

    /// The default in the table's description.
    pub(crate) fn def(&self, shape: Shape) -> TokenStream {
        if let Some(decimal) = self.decimal_tokens(shape) {
            return quote!(__m::DefaultDef::Decimal(#decimal));
        }
        let value = match self {
            Default::Variant(path) => return quote!(#path.column_default()),
            Default::Int(_) => {
                let literal = self.literal();
                quote!(Int(#literal))
            }
            Default::Float(_) => {
                let literal = self.literal();
                quote!(Float(#literal))
            }
            Default::Bool(b) => quote!(Bool(#b)),
            Default::Text(text) => quote!(Text(#text)),
            Default::Now => quote!(Now),
            Default::Today => quote!(Today),
            Default::Uuid => quote!(Uuid),
        };
        quote!(__m::DefaultDef::#value)
    }

    /// The value in a new row.
    pub(crate) fn value(&self, shape: Shape, place: Span) -> TokenStream {
        let argument = match self {
            Default::Variant(path) => return quote!(#path),
            Default::Int(_) | Default::Float(_) => {
                self.decimal_tokens(shape).unwrap_or_else(|| self.literal())
            }
            Default::Bool(b) => quote!(#b),
            Default::Text(text) => quote!(#text),
            Default::Now => quote!(__m::Now),
            Default::Today => quote!(__m::Today),
            Default::Uuid => quote!(__m::NewUuid),
        };
        types::respan(quote!(__m::DefaultValue::default_value(#argument)), place)
    }

    /// The number, without a suffix.
    fn literal(&self) -> TokenStream {
        let text = match self {
            Default::Int(n) => n.to_string(),
            Default::Float(text) => text.clone(),
            _ => String::new(),
        };
        text.parse().unwrap_or_default()
    }
}
