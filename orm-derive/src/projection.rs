//! `#[derive(Projection)]`: a struct whose fields say what is read of a model.

use proc_macro2::{Ident, Literal, Span, TokenStream};
use quote::{quote, quote_spanned};
use syn::ext::IdentExt;
use syn::parse::{Parse as _, ParseStream};
use syn::spanned::Spanned;
use syn::{Data, DeriveInput, Expr, Fields, Path, Token, Type};

use crate::attrs::{Attrs, Item, parse_part};
use crate::mistakes::Mistakes;
use crate::{input, names, types};

/// The aggregates over a collection.
const AGGREGATES: [&str; 5] = ["count", "sum", "avg", "min", "max"];

/// So many items are one tuple.
const GROUP: usize = 12;

/// What the whole struct says.
struct Of {
    name: Ident,
    krate: Path,
    model: Path,
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
    input::refuse_generics(input, "a projection", mistakes)?;
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
            "`Projection` is for structs with named fields; for a few columns a tuple does: `.select((Book::id, Book::title))`",
        );
        return None;
    };
    let mut attrs = Attrs::read(&input.attrs, mistakes);
    let krate = input::krate(&mut attrs, mistakes);
    let model = attrs.value::<Path>("of", "Book");
    attrs.finish(&[]);
    let Some((_, model)) = model else {
        mistakes.at(&input.ident, "say of which model: `#[orm(of = Book)]`");
        return None;
    };
    let of = Of {
        name: input.ident.clone(),
        krate,
        model,
    };
    let (mut items, mut names, mut fields) = (Vec::new(), Vec::new(), Vec::new());
    let mut endless = false;
    for field in &named.named {
        let name = field.ident.clone().unwrap_or_else(|| input.ident.clone());
        let (ty, json, item) = item(field, &name, &of, mistakes);
        if types::is_named(row_of(&ty), &input.ident) {
            let message = "a projection cannot contain itself, as nothing would say where it ends: write a struct for each level";
            mistakes.at(&field.ty, message);
            endless = true;
        }
        items.push(item);
        fields.push(match json {
            None => quote!(#name),
            Some(Json::Value) => quote!(#name: #name.0),
            Some(Json::Option) => quote!(#name: #name.map(|json| json.0)),
        });
        names.push(quote!(#name));
    }
    if endless {
        return None;
    }
    let (items, makes) = (grouped(items), grouped(names));
    let (name, krate, model) = (&input.ident, &of.krate, &of.model);
    let code = quote! {
        #[automatically_derived]
        impl #krate::load::Projection<#model> for #name {
            fn shape() -> impl #krate::load::Shape<#model, Value = Self> {
                #krate::load::projected::<#model, _, Self>(#items, |#makes| #name { #(#fields),* })
            }
        }
    };
    Some(input::scoped(krate, &code))
}

/// How a field is made of a JSON column.
enum Json {
    Value,
    Option,
}

/// Tuples of tuples, as the library knows none above a length.
fn grouped(mut items: Vec<TokenStream>) -> TokenStream {
    while items.len() > GROUP {
        items = items.chunks(GROUP).map(|items| quote!((#(#items,)*))).collect();
    }
    quote!((#(#items,)*))
}

/// The type of a field, whether it is made of JSON, and the item that fills it.
fn item(field: &syn::Field, name: &Ident, of: &Of, mistakes: &Mistakes) -> (Type, Option<Json>, TokenStream) {
    let (krate, model) = (&of.krate, &of.model);
    let mut attrs = Attrs::read(&field.attrs, mistakes);
    let mut given: Vec<(Ident, TokenStream)> = Vec::new();
    if let Some((word, column)) = attrs.value::<Ident>("from", "title") {
        given.push((word, quote!(#model::#column)));
    }
    if let Some((word, expression)) = attrs.value::<Expr>("expr", "Book::price * 2.0") {
        given.push((word, quote!(#expression)));
    }
    if let Some((word, load)) = attrs.value::<Expr>("load", "Book::reviews.order_by(Review::id)") {
        given.push((word, quote!(#load)));
    }
    if let Some((word, path)) = attrs.value::<Steps>("path", "author.name") {
        given.push((word, path.path(of)));
    }
    for aggregate in AGGREGATES {
        if let Some(item) = attrs.take(aggregate) {
            let made = aggregated(&item, aggregate, of, mistakes);
            given.push((item.name, made.unwrap_or_default()));
        }
    }
    let json = attrs.flag("json").is_some();
    attrs.finish(&[]);
    for (again, _) in given.iter().skip(1) {
        mistakes.at(
            again,
            "a field is filled from one thing: `from`, `path`, `expr`, `load`, or an aggregate",
        );
    }
    let ty = types::without_self(&field.ty, &of.name);
    let row = row_of(&ty);
    let (json, read) = match (json, types::inside(&ty, "Option")) {
        (false, _) => (None, quote!(#ty)),
        (true, None) => (Some(Json::Value), quote!(#krate::value::Json<#ty>)),
        (true, Some(inner)) => (
            Some(Json::Option),
            quote!(::core::option::Option<#krate::value::Json<#inner>>),
        ),
    };
    let constant = match given.into_iter().next() {
        Some((_, constant)) => constant,
        None => {
            let span = name.span();
            let model = types::respan(quote!(#model), span);
            quote_spanned!(span=> #model::#name)
        }
    };
    let span = field.ty.span();
    let call = quote_spanned!(span=> field::<#model, #read, #row>);
    let item = quote!(#krate::load::#call(#constant));
    (ty, json, item)
}

/// `count(tags)`, `sum(reviews.rating)`
fn aggregated(item: &Item, aggregate: &str, of: &Of, mistakes: &Mistakes) -> Option<TokenStream> {
    let (krate, model) = (&of.krate, &of.model);
    let (function, parts) = (Ident::new(aggregate, Span::call_site()), item.parts());
    let counts = aggregate == "count";
    let write = if counts {
        "`count(tags)`".to_owned()
    } else {
        format!("`{aggregate}(reviews.rating)`")
    };
    let [part] = parts.as_slice() else {
        mistakes.at(&item.name, format!("write {write}"));
        return None;
    };
    if counts {
        let relation = parse_part(Ident::parse_any, part, mistakes, &write)?;
        return Some(quote!(#krate::expr::RelationPath::count(#model::#relation)));
    }
    let steps = parse_part(Steps::parse, part, mistakes, &write)?;
    let (mut relations, column) = steps.constants(of);
    let collection = relations.pop()?;
    let made = quote!(#krate::expr::RelationPath::#function(#collection, #column));
    Some(relations.into_iter().rev().fold(
        made,
        |inner, relation| quote!(#krate::expr::RelationPath::get(#relation, #inner)),
    ))
}

/// `author.name`, `author.country.name`: relations, and a column of the last.
struct Steps {
    relations: Vec<Ident>,
    column: Ident,
}

impl syn::parse::Parse for Steps {
    fn parse(input: ParseStream<'_>) -> syn::Result<Self> {
        let mut relations = vec![input.call(Ident::parse_any)?];
        input.parse::<Token![.]>()?;
        let mut column = input.call(Ident::parse_any)?;
        while input.peek(Token![.]) {
            input.parse::<Token![.]>()?;
            relations.push(std::mem::replace(&mut column, input.call(Ident::parse_any)?));
        }
        Ok(Steps { relations, column })
    }
}

impl Steps {
    /// The relations as constants, each of the model to which the one before leads, and the column.
    fn constants(&self, of: &Of) -> (Vec<TokenStream>, TokenStream) {
        let (krate, model) = (&of.krate, &of.model);
        let mut at = quote!(#model);
        let mut constants = Vec::new();
        for relation in &self.relations {
            constants.push(quote!(<#at>::#relation));
            let number = Literal::u64_unsuffixed(names::number(&relation.unraw().to_string()));
            let span = relation.span();
            at = quote_spanned!(span=> <#at as #krate::model::RelationNamed<#number>>::To);
        }
        let column = &self.column;
        (constants, quote!(<#at>::#column))
    }

    /// The column, as an expression of the model.
    fn path(&self, of: &Of) -> TokenStream {
        let krate = &of.krate;
        let (relations, column) = self.constants(of);
        relations.into_iter().rev().fold(
            column,
            |inner, relation| quote!(#krate::expr::RelationPath::get(#relation, #inner)),
        )
    }
}

/// The type of one row where a field holds rows; of others nobody asks.
fn row_of(ty: &Type) -> &Type {
    let ty = types::inside(ty, "Part").unwrap_or(ty);
    types::inside(ty, "Vec")
        .or_else(|| types::inside(ty, "Option"))
        .unwrap_or(ty)
}
