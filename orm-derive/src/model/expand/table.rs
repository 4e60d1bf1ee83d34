//! The `static` that describes the table.

use proc_macro2::{Ident, Literal, TokenStream};
use quote::{ToTokens, format_ident, quote};
use syn::ext::IdentExt;

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
        calls.push(quote!(.generated_key(<#raw as __orm::model::RawKey>::FROM_DATABASE)));
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
            quote!(__orm::model::CheckDef::new(#name, #expression))
        }),
    ));
    calls.extend(list(
        "relations",
        model.relations.iter().map(|r| relation(model, r)),
    ));
    if let Some(i) = model.soft_delete {
        let (this, constant) = (&model.name, &model.fields[i].constant);
        calls.push(quote!(.soft_delete(__orm::model::soft_delete_column(#this::#constant))));
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
        static TABLE: __orm::model::TableDef =
            __orm::model::TableDef::new(#model_name, ::core::module_path!(), #table) #(#calls)*;
    }
}

fn list(name: &str, items: impl Iterator<Item = TokenStream>) -> Option<TokenStream> {
    let items: Vec<_> = items.collect();
    let name = format_ident!("{}", name);
    (!items.is_empty()).then(|| quote!(.#name(&[#(#items),*])))
}

fn table_of(model: impl ToTokens) -> TokenStream {
    quote!(<#model as __orm::model::Table>::table)
}

/// The columns, and what must stand before the table where structs are embedded.
fn columns(fields: &[Field]) -> (TokenStream, TokenStream) {
    if fields.iter().all(|field| field.embed.is_none()) {
        let columns = fields.iter().filter(|f| !f.skip).map(column);
        return (TokenStream::new(), quote!(&[#(#columns),*]));
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
                parts.push(quote!((#prefix, <#ty as __orm::model::Embedded>::COLUMNS)));
            }
        }
    }
    if !plain.is_empty() {
        parts.push(quote!(("", &[#(#plain),*])));
    }
    let width = count(fields);
    let joined = quote! {
        const COLUMNS: [__orm::model::ColumnDef; #width] = __orm::model::join_columns(&[#(#parts),*]);
    };
    (joined, quote!(&COLUMNS))
}

/// The description of a column.
pub(crate) fn column(field: &Field) -> TokenStream {
    let (ty, column, name) = (column_type(field), &field.column, field.name.unraw().to_string());
    let in_database = &column.name;
    let mut calls = Vec::new();
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
        calls.push(quote!(.default_to(__orm::model::DefaultDef::Sql(#sql))));
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
    quote!(__orm::model::ColumnDef::new::<#ty>(#in_database, #name) #(#calls)*)
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
        Part::Expression(sql) => quote!(__orm::model::IndexPart::Expression(#sql)),
        Part::Field(i) => {
            let at = position(model, *i);
            quote!(__orm::model::IndexPart::Column(#at))
        }
        Part::Embedded(i, column) => {
            let (constant, ty) = (&model.fields[*i].constant, &model.fields[*i].ty);
            quote!(__orm::model::IndexPart::Column(#this::#constant.get(<#ty>::#column).index()))
        }
    });
    let mut calls = Vec::new();
    calls.extend(index.unique.then(|| quote!(.unique())));
    calls.extend(index.name.as_ref().map(|name| quote!(.named(#name))));
    calls.extend(index.condition.as_ref().map(|sql| quote!(.condition(#sql))));
    calls.extend(index.using.as_ref().map(|method| quote!(.using(#method))));
    quote!(__orm::model::IndexDef::new(&[#(#parts),*]) #(#calls)*)
}

fn foreign_key(model: &Model, key: &ForeignKey) -> TokenStream {
    let (this, target) = (&model.name, &key.target);
    let constants = || key.fields.iter().map(|i| &model.fields[*i].constant);
    let positions = key.fields.iter().map(|i| position(model, *i));
    let (columns, to) = match &key.refers {
        Refers::Typed => (quote!(&[#(#positions),*]), None),
        Refers::Checked => {
            let columns = constants();
            (
                quote!(&[#(__orm::model::foreign_key::<#target, _, _>(#this::#columns)),*]),
                None,
            )
        }
        Refers::Column(column) => {
            let own = constants();
            let pair = quote!(#(__orm::model::same_type(#this::#own, #target::#column))*);
            (quote!(&[#pair.0]), Some(quote!(.to(&[#target::#column.index()]))))
        }
        Refers::Composite => (composite(target, this, constants()), None),
    };
    let table = table_of(target);
    let mut calls: Vec<_> = to.into_iter().collect();
    calls.extend(action(key.on_delete).map(|action| quote!(.on_delete(#action))));
    calls.extend(action(key.on_update).map(|action| quote!(.on_update(#action))));
    calls.extend((!key.constraint).then(|| quote!(.no_constraint())));
    quote!(__orm::model::ForeignKeyDef::new(#columns, #table) #(#calls)*)
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
    quote!(&__orm::model::#function::<#target, _ #(#holes)*>(#(#owner::#columns),*))
}

fn action(action: Action) -> Option<TokenStream> {
    let name = match action {
        Action::NoAction => return None,
        Action::Restrict => quote!(Restrict),
        Action::Cascade => quote!(Cascade),
        Action::SetNull => quote!(SetNull),
        Action::SetDefault => quote!(SetDefault),
    };
    Some(quote!(__orm::model::Action::#name))
}

fn relation(model: &Model, relation: &Relation) -> TokenStream {
    let (name, target, this) = (relation.name.unraw().to_string(), &relation.target, &model.name);
    let table = table_of(target);
    let (kind, rest) = match &relation.kind {
        Kind::BelongsTo(key) => (quote!(BelongsTo), belongs_to(model, &model.foreign_keys[*key])),
        Kind::HasOne(key) => {
            let on = has(model, target, key);
            (quote!(HasOne), quote!(#on.nullable(true)))
        }
        Kind::HasMany(key) => (quote!(HasMany), has(model, target, key)),
        Kind::ManyToMany { through, near, far } => {
            let join = table_of(through);
            let rest = quote! {
                .through(__orm::model::Through {
                    table: #join,
                    near: &[__orm::model::foreign_key::<#this, _, _>(#through::#near)],
                    far: &[__orm::model::foreign_key::<#target, _, _>(#through::#far)],
                })
            };
            (quote!(ManyToMany), rest)
        }
    };
    quote!(__orm::model::RelationDef::new(#name, __orm::model::RelationKind::#kind, #table) #rest)
}

fn belongs_to(model: &Model, key: &ForeignKey) -> TokenStream {
    let positions = key.fields.iter().map(|i| position(model, *i));
    let target = &key.target;
    let to = match &key.refers {
        Refers::Column(column) => quote!(#target::#column.index()),
        Refers::Typed | Refers::Checked | Refers::Composite => TokenStream::new(),
    };
    let mut nullable = Vec::new();
    for ty in key.fields.iter().map(|i| &model.fields[*i].ty) {
        if types::is_option(ty) {
            nullable = vec![quote!(true)];
            break;
        }
        if types::shape(ty) == Shape::Unknown {
            nullable.push(quote!(<#ty as __orm::value::Field>::NULLABLE));
        }
    }
    let nullable = (!nullable.is_empty()).then(|| quote!(.nullable(#(#nullable)||*)));
    quote!(.on(&[#(#positions),*], &[#to]) #nullable)
}

fn has(model: &Model, target: &TokenStream, key: &HasKey) -> TokenStream {
    let this = &model.name;
    match key {
        HasKey::Column(column) => {
            quote!(.on(&[], &[__orm::model::foreign_key::<#this, _, _>(#target::#column)]))
        }
        HasKey::Composite(columns) => {
            let columns = composite(this, target, columns.iter());
            quote!(.on(&[], #columns))
        }
        HasKey::Unique(column, own) => {
            let (at, constant) = (position(model, *own), &model.fields[*own].constant);
            quote!(.on(&[#at], &[__orm::model::same_type(#target::#column, #this::#constant).0]))
        }
    }
}
