//! The `static` that describes the table.

use proc_macro2::{Ident, Literal, Span, TokenStream};
use quote::{ToTokens, format_ident, quote, quote_spanned};
use syn::ext::IdentExt;
use syn::spanned::Spanned;

use super::super::field::{Action, Field};
use super::super::{ForeignKey, HasKey, Index, Kind, Model, Part, Refers, Relation};
use super::{column_type, count};
use crate::types::{self, Shape};

/// `static TABLE: TableDef = ..;`
pub(super) fn description(model: &Model) -> TokenStream {
    let (model_name, table) = (model.name.unraw().to_string(), &model.table);
    let (joined, columns) = columns(&model.fields);
    let key = model.key.fields();
    let primary = key.iter().map(|i| position(model, *i));
    let mut calls = vec![quote!(.columns(#columns, &[#(#primary),*]))];
    if let super::Key::Own { .. } = &model.key {
        let raw = super::raw_type(model);
        calls.push(quote!(.generated_key(<#raw as __m::RawKey>::FROM_DATABASE)));
    }
    let text = |name: &str, text: &Option<syn::LitStr>| {
        let name = format_ident!("{}", name);
        text.as_ref().map(|text| quote!(.#name(#text)))
    };
    calls.extend(text("schema", &model.schema));
    calls.extend(text("renamed_from", &model.renamed_from));
    calls.extend(list(
        "foreign_keys",
        model.foreign_keys.iter().map(|key| foreign_key(model, key)),
    ));
    calls.extend(list("indexes", model.indexes.iter().map(|i| index(model, i))));
    calls.extend(list(
        "checks",
        model.checks.iter().map(|check| {
            let (name, expression) = (&check.name, &check.expression);
            quote!(__m::CheckDef::new(#name, #expression))
        }),
    ));
    calls.extend(list(
        "relations",
        model.relations.iter().map(|r| relation(model, r)),
    ));
    if let Some(i) = model.soft_delete {
        let (this, constant) = (&model.name, &model.fields[i].constant);
        calls.push(quote!(.soft_delete(__m::soft_delete_column(#this::#constant))));
    }
    if let Some(i) = model.tenant {
        let at = position(model, i);
        calls.push(quote!(.tenant(#at)));
    }
    if let Some(i) = model.fields.iter().position(|f| f.column.version) {
        let at = position(model, i);
        calls.push(quote!(.version(#at)));
    }
    calls.extend(list("also_writes", model.also_writes.iter().map(table_of)));
    if model.unmanaged {
        calls.push(quote!(.unmanaged()));
    }
    quote! {
        #joined
        static TABLE: __m::TableDef =
            __m::TableDef::new(#model_name, ::core::module_path!(), #table) #(#calls)*;
    }
}

fn list(name: &str, items: impl Iterator<Item = TokenStream>) -> Option<TokenStream> {
    let items: Vec<_> = items.collect();
    let name = format_ident!("{}", name);
    (!items.is_empty()).then(|| quote!(.#name(&[#(#items),*])))
}

fn table_of(model: impl ToTokens) -> TokenStream {
    quote!(__m::table_of::<#model>)
}

/// The columns, and what must stand before the table where structs are embedded.
fn columns(fields: &[Field]) -> (TokenStream, TokenStream) {
    if fields.iter().all(|field| field.embed.is_none()) {
        let columns = fields.iter().filter(|f| !f.skip).map(column);
        return (
            quote!(const COLUMNS: &[__m::ColumnDef] = &[#(#columns),*];),
            quote!(COLUMNS),
        );
    }
    let mut parts = Vec::new();
    let mut plain = Vec::new();
    for field in fields.iter().filter(|f| !f.skip) {
        match &field.embed {
            None => plain.push(column(field)),
            Some(prefix) => {
                if !plain.is_empty() {
                    parts.push(quote!(("", &[#(#plain),*])));
                    plain.clear();
                }
                let ty = &field.ty;
                let span = ty.span();
                parts.push(quote_spanned!(span=> (#prefix, <#ty as __m::Embedded>::COLUMNS)));
            }
        }
    }
    if !plain.is_empty() {
        parts.push(quote!(("", &[#(#plain),*])));
    }
    let width = count(fields);
    let joined = quote! {
        const COLUMNS: [__m::ColumnDef; #width] = __m::join_columns(&[#(#parts),*]);
    };
    (joined, quote!(&COLUMNS))
}

/// The description of a column.
pub(crate) fn column(field: &Field) -> TokenStream {
    let (ty, column, name) = (column_type(field), &field.column, field.name.unraw().to_string());
    let in_database = &column.name;
    let mut calls = Vec::new();
    calls.extend((in_database.value() != name).then(|| quote!(.named(#in_database))));
    calls.extend(column.sql_type.as_ref().map(|sql| quote!(.sql_type(#sql))));
    calls.extend(column.length.map(|length| {
        let length = Literal::u32_unsuffixed(length);
        quote!(.length(#length))
    }));
    if let (Some(precision), Some(scale)) = (column.precision, column.scale) {
        let (precision, scale) = (Literal::u32_unsuffixed(precision), Literal::u32_unsuffixed(scale));
        calls.push(quote!(.decimal(#precision, #scale)));
    }
    if let Some(default) = &column.default {
        let default = default.def(types::shape(&field.ty));
        calls.push(quote!(.default_to(#default)));
    }
    if let Some(sql) = &column.default_sql {
        calls.push(quote!(.default_to(__m::DefaultDef::Sql(#sql))));
    }
    calls.extend(column.generated.as_ref().map(|sql| quote!(.generated(#sql))));
    calls.extend(column.case_insensitive.then(|| quote!(.case_insensitive())));
    calls.extend(column.touch.then(|| quote!(.touch())));
    calls.extend(column.redact.then(|| quote!(.redact())));
    calls.extend(
        column
            .renamed_from
            .as_ref()
            .map(|name| quote!(.renamed_from(#name))),
    );
    let span = field.ty.span();
    let info = quote_spanned!(span=> <#ty as __F>::INFO);
    quote!(__m::ColumnDef::of(#info, #name) #(#calls)*)
}

/// The position of a column: a number, or the constant's where embedded structs stand before it.
fn position(model: &Model, i: usize) -> TokenStream {
    if model.fields[..i].iter().all(|field| field.embed.is_none()) {
        return count(&model.fields[..i]);
    }
    let (this, constant) = (&model.name, &model.fields[i].constant);
    quote!(#this::#constant.index())
}

fn index(model: &Model, index: &Index) -> TokenStream {
    let this = &model.name;
    let parts = index.parts.iter().map(|part| match part {
        Part::Expression(sql) => quote!(__m::IndexPart::Expression(#sql)),
        Part::Field(i) => {
            let at = position(model, *i);
            quote!(__m::IndexPart::Column(#at))
        }
        Part::Embedded(i, column) => {
            let (constant, ty) = (&model.fields[*i].constant, &model.fields[*i].ty);
            quote!(__m::IndexPart::Column(#this::#constant.get(<#ty>::#column).index()))
        }
    });
    let mut calls = Vec::new();
    calls.extend(index.unique.then(|| quote!(.unique())));
    calls.extend(index.name.as_ref().map(|name| quote!(.named(#name))));
    calls.extend(index.condition.as_ref().map(|sql| quote!(.condition(#sql))));
    calls.extend(index.using.as_ref().map(|method| quote!(.using(#method))));
    quote!(__m::IndexDef::new(&[#(#parts),*]) #(#calls)*)
}

fn foreign_key(model: &Model, key: &ForeignKey) -> TokenStream {
    let (this, target) = (&model.name, &key.target);
    let constants = || key.fields.iter().map(|i| &model.fields[*i].constant);
    let positions = key.fields.iter().map(|i| position(model, *i));
    let (columns, to) = match &key.refers {
        Refers::Typed => (quote!(&[#(#positions),*]), None),
        Refers::Checked => {
            let columns = constants().map(|column| key_column(target, this, column, target));
            (quote!(&[#(#columns),*]), None)
        }
        Refers::Column(column) => {
            let (own, span) = (constants(), column.span());
            let pair = quote_spanned!(span=> #(__m::same_type(#this::#own, #target::#column))*);
            (quote!(&[#pair.0]), Some(quote!(.to(&[#target::#column.index()]))))
        }
        Refers::Composite => (composite(target, this, constants()), None),
    };
    let table = table_of(target);
    let mut calls: Vec<_> = to.into_iter().collect();
    calls.extend(action(key.on_delete).map(|action| quote!(.on_delete(#action))));
    calls.extend(action(key.on_update).map(|action| quote!(.on_update(#action))));
    calls.extend((!key.constraint).then(|| quote!(.no_constraint())));
    quote!(__m::ForeignKeyDef::new(#columns, #table) #(#calls)*)
}

/// `foreign_key::<Target, ..>(Owner::column)`; what is wrong with it is said at the place.
fn key_column(
    target: &impl ToTokens,
    owner: &impl ToTokens,
    column: &Ident,
    place: &impl Spanned,
) -> TokenStream {
    let span = place.span();
    quote_spanned!(span=> __m::foreign_key::<#target, _, _>(#owner::#column))
}

/// `&foreign_key2::<Target, ..>(Owner::a, Owner::b)`
fn composite<'a>(
    target: &impl ToTokens,
    owner: &impl ToTokens,
    columns: impl Iterator<Item = &'a Ident>,
) -> TokenStream {
    let columns: Vec<_> = columns.collect();
    let function = format_ident!("foreign_key{}", columns.len());
    let holes = columns.iter().map(|_| quote!(, _));
    let span = columns.first().map_or_else(Span::call_site, |first| first.span());
    quote_spanned!(span=> &__m::#function::<#target, _ #(#holes)*>(#(#owner::#columns),*))
}

fn action(action: Action) -> Option<TokenStream> {
    let name = match action {
        Action::NoAction => return None,
        Action::Restrict => quote!(Restrict),
        Action::Cascade => quote!(Cascade),
        Action::SetNull => quote!(SetNull),
        Action::SetDefault => quote!(SetDefault),
    };
    Some(quote!(__m::Action::#name))
}

fn relation(model: &Model, relation: &Relation) -> TokenStream {
    let (name, target, this) = (relation.name.unraw().to_string(), &relation.target, &model.name);
    match &relation.kind {
        Kind::BelongsTo(key) => belongs_to(model, &name, &model.foreign_keys[*key]),
        Kind::HasOne(key) => has(model, &quote!(has_one::<#target>), &name, target, key),
        Kind::HasMany(key) => has(model, &quote!(has_many::<#target>), &name, target, key),
        Kind::ManyToMany { through, near, far } => {
            let (near, far) = (
                key_column(&this, through, near, near),
                key_column(target, through, far, far),
            );
            quote! {
                __m::RelationDef::many_to_many::<#target, #through>(
                    #name,
                    &[#near],
                    &[#far],
                )
            }
        }
    }
}

fn belongs_to(model: &Model, name: &str, key: &ForeignKey) -> TokenStream {
    let positions: Vec<_> = key.fields.iter().map(|i| position(model, *i)).collect();
    let target = &key.target;
    let on = match &key.refers {
        Refers::Column(column) => Some(quote!(.on(&[#(#positions),*], &[#target::#column.index()]))),
        Refers::Typed | Refers::Checked | Refers::Composite => None,
    };
    let types = || key.fields.iter().map(|i| &model.fields[*i].ty);
    let unknown = types().filter(|ty| types::shape(ty) == Shape::Unknown);
    let asked: Vec<_> = unknown.map(|ty| quote!(<#ty as __F>::NULLABLE)).collect();
    let nullable = if types().any(types::is_option) || !key.constraint {
        Some(quote!(.nullable(true)))
    } else {
        (!asked.is_empty()).then(|| quote!(.nullable(#(#asked)||*)))
    };
    quote!(__m::RelationDef::belongs_to::<#target>(#name, &[#(#positions),*]) #on #nullable)
}

fn has(model: &Model, function: &TokenStream, name: &str, target: &TokenStream, key: &HasKey) -> TokenStream {
    let this = &model.name;
    let (columns, on) = match key {
        HasKey::Column(column) => {
            let column = key_column(this, target, column, column);
            (quote!(&[#column]), None)
        }
        HasKey::Composite(columns) => (composite(this, target, columns.iter()), None),
        HasKey::Unique(column, own) => {
            let (at, constant) = (position(model, *own), &model.fields[*own].constant);
            let column = {
                let span = column.span();
                quote_spanned!(span=> &[__m::same_type(#target::#column, #this::#constant).0])
            };
            (quote!(&[]), Some(quote!(.on(&[#at], #column))))
        }
    };
    quote!(__m::RelationDef::#function(#name, #columns) #on)
}
