//! What does not go together: every mistake is noted at its token, and repaired so that the rest still compiles.

use proc_macro2::Ident;
use quote::{ToTokens, quote, quote_spanned};
use syn::ext::IdentExt;
use syn::spanned::Spanned;

use super::field::Field;
use super::keys::Key;
use super::{Index, Kind, Model, Part};
use crate::mistakes::Mistakes;
use crate::types::{self, Shape};

/// Checks each field, and that no two have one name in the database.
pub(crate) fn fields(fields: &mut [Field], mistakes: &Mistakes) {
    for i in 0..fields.len() {
        field(&mut fields[i], mistakes);
        let (before, rest) = fields.split_at_mut(i);
        let this = &mut rest[0];
        let name = this.column.name.value();
        if !this.is_column() {
            continue;
        }
        if name.is_empty() {
            mistakes.at(&this.column.name, "a column has a name");
        }
        if let Some(other) = before
            .iter()
            .find(|f| f.is_column() && f.column.name.value() == name)
        {
            mistakes.at(
                &this.column.name,
                format!(
                    "two columns are called `{name}`: `{}` and `{}`",
                    other.name, this.name
                ),
            );
        }
        if this.column.version && before.iter().any(|f| f.column.version) {
            mistakes.at(this.attribute("version"), "a model has one version: remove one");
            this.column.version = false;
        }
    }
}

fn field(field: &mut Field, mistakes: &Mistakes) {
    if field.skip {
        refuse_others(field, "skip", &[], "is no column", mistakes);
        return;
    }
    if field.embed.is_some() {
        refuse_others(
            field,
            "embed",
            &["name"],
            "is a struct with columns of its own",
            mistakes,
        );
        if types::is_option(&field.ty) {
            mistakes.at(
                &field.ty,
                "an embedded struct cannot be optional: make its fields optional",
            );
        }
        return;
    }
    check_source(field, mistakes);
    check_default(field, mistakes);
    check_moments_and_versions(field, mistakes);
    check_type_options(field, mistakes);
    check_digits(field, mistakes);
    if field.key.unique && field.key.index {
        mistakes.at(
            field.attribute("index"),
            "`unique` makes an index already: remove `index`",
        );
        field.key.index = false;
    }
}

fn refuse_others(field: &Field, own: &str, allowed: &[&str], what: &str, mistakes: &Mistakes) {
    for other in &field.written {
        if other != own && !allowed.iter().any(|name| other == name) {
            mistakes.at(
                other,
                format!(
                    "`{}` {what} (`{own}`), so that `{other}` means nothing: remove one of the two",
                    field.name
                ),
            );
        }
    }
}

/// At most one thing makes the value of a new row.
fn check_source(field: &mut Field, mistakes: &Mistakes) {
    let column = &mut field.column;
    let sources = [
        ("generated", column.generated.is_some()),
        ("default_sql", column.default_sql.is_some()),
        ("default", column.default.is_some()),
        ("touch", column.touch),
        ("version", column.version),
    ];
    let mut set = sources.iter().filter(|(_, set)| *set).map(|(name, _)| *name);
    let Some(first) = set.next() else { return };
    let others: Vec<&str> = set.collect();
    for name in others {
        match name {
            "default_sql" => column.default_sql = None,
            "default" => column.default = None,
            "touch" => column.touch = false,
            _ => column.version = false,
        }
        let place = field
            .written
            .iter()
            .find(|ident| *ident == name)
            .unwrap_or(&field.name);
        mistakes.at(
            place,
            format!("`{first}` and `{name}` both make the value: keep one"),
        );
    }
}

fn check_default(field: &mut Field, mistakes: &Mistakes) {
    let ty = type_text(field);
    let auto = types::is_auto(&field.ty);
    for name in ["default_sql", "generated"] {
        let set = match name {
            "generated" => field.column.generated.is_some(),
            _ => field.column.default_sql.is_some(),
        };
        if set && !auto {
            mistakes.at(
                field.attribute(name),
                format!("`{name}` needs the type `Auto<{ty}>`: the database makes the value, and a new row has none"),
            );
            field.column.generated = None;
            field.column.default_sql = None;
        }
    }
    let Some(default) = &field.column.default else {
        return;
    };
    let problem = if types::is_option(&field.ty) {
        format!(
            "a new row has `None` here, which is stored as NULL, never the default: write `{}` without `Option`, or remove `default`",
            types::base(&field.ty)
                .to_token_stream()
                .to_string()
                .replace(' ', "")
        )
    } else if field.column.json {
        "a JSON column has no `default`".to_owned()
    } else if !default.fits(types::shape(&field.ty)) {
        format!(
            "this default does not fit `{ty}`: write `default = {}`",
            example(types::shape(&field.ty))
        )
    } else {
        return;
    };
    mistakes.at(field.attribute("default"), problem);
    field.column.default = None;
}

/// A default that fits.
fn example(shape: Shape) -> &'static str {
    match shape {
        Shape::Integer => "0",
        Shape::Float | Shape::Decimal => "1.5",
        Shape::Bool => "true",
        Shape::Text => "\"text\"",
        Shape::Moment => "now()",
        Shape::Day => "today()",
        Shape::Uuid => "uuid()",
        Shape::Bytes | Shape::Time | Shape::Id | Shape::Unknown => {
            "..`, or `default_sql = \"..\"` on an `Auto"
        }
    }
}

fn check_moments_and_versions(field: &mut Field, mistakes: &Mistakes) {
    let (shape, ty) = (types::shape(&field.ty), type_text(field));
    let optional = types::is_option(&field.ty);
    if field.column.touch && (optional || !matches!(shape, Shape::Moment | Shape::Unknown)) {
        mistakes.at(
            field.attribute("touch"),
            format!("`touch` sets the column to the present moment: it needs `DateTime<Utc>`, not `{ty}`"),
        );
        field.column.touch = false;
    }
    let plain = !optional && !types::is_auto(&field.ty);
    if field.column.version && (!plain || !matches!(shape, Shape::Integer | Shape::Unknown)) {
        mistakes.at(
            field.attribute("version"),
            format!("`version` counts the row's writes: it needs an integer like `i32`, not `{ty}`"),
        );
        field.column.version = false;
    }
}

fn check_type_options(field: &mut Field, mistakes: &Mistakes) {
    let (shape, ty) = (types::shape(&field.ty), type_text(field));
    let json = field.column.json;
    if json && types::is_auto(&field.ty) {
        mistakes.at(
            field.attribute("json"),
            "a JSON column is written by you: use the type without `Auto`",
        );
        field.column.json = false;
    }
    if field.column.length.is_some()
        && (json || !matches!(shape, Shape::Text | Shape::Bytes | Shape::Unknown))
    {
        mistakes.at(
            field.attribute("length"),
            format!("`length` is for text and bytes, not for `{ty}`"),
        );
        field.column.length = None;
    } else if field.column.length == Some(0) {
        mistakes.at(
            field.attribute("length"),
            "a column without room: give it a `length` of 1 or more",
        );
    }
    if field.column.case_insensitive && (json || !matches!(shape, Shape::Text | Shape::Unknown)) {
        mistakes.at(
            field.attribute("case_insensitive"),
            format!("`case_insensitive` is for text, not for `{ty}`"),
        );
        field.column.case_insensitive = false;
    }
}

fn check_digits(field: &mut Field, mistakes: &Mistakes) {
    let shape = types::shape(&field.ty);
    let column = &mut field.column;
    let decimal = !column.json && matches!(shape, Shape::Decimal | Shape::Unknown);
    let (problem, place) = match (column.precision, column.scale) {
        (None, None) if shape == Shape::Decimal && column.sql_type.is_none() && !column.json => (
            "a decimal column needs its digits: write `#[orm(precision = 10, scale = 2)]`, all digits and those behind the point",
            None,
        ),
        (None, None) => return,
        _ if !decimal => (
            "`precision` and `scale` are for decimals",
            Some(["precision", "scale"]),
        ),
        (Some(_), None) | (None, Some(_)) => (
            "`precision` and `scale` stand together: write `#[orm(precision = 10, scale = 2)]`",
            Some(["precision", "scale"]),
        ),
        (Some(precision), Some(scale)) if scale > precision || precision == 0 => (
            "`precision` counts all digits, `scale` those behind the point: it cannot be larger",
            Some(["scale", "precision"]),
        ),
        (Some(_), Some(_)) => return,
    };
    (column.precision, column.scale) = if decimal {
        (Some(10), Some(2))
    } else {
        (None, None)
    };
    let named = place.and_then(|names| {
        names
            .iter()
            .find_map(|name| field.written.iter().find(|i| *i == name))
    });
    match named {
        Some(name) => mistakes.at(name, problem),
        None => mistakes.at(&field.ty, problem),
    }
}

fn type_text(field: &Field) -> String {
    field.ty.to_token_stream().to_string().replace(' ', "")
}

/// Checks what concerns several fields: names of constants, indexes of keys.
pub(super) fn model(model: &mut Model, draft_asked_for: bool, mistakes: &Mistakes) {
    if let [only] = model.key.fields().as_slice() {
        for name in ["unique", "index"] {
            if model.fields[*only].written.iter().any(|ident| ident == name) {
                mistakes.at(
                    model.fields[*only].attribute(name),
                    format!("the primary key is unique and indexed already: remove `{name}`"),
                );
            }
        }
    }
    if let (Some(deleted), Key::Own { field, .. }) = (model.soft_delete, &model.key)
        && deleted == *field
    {
        mistakes.at(
            &model.fields[deleted].name,
            "the primary key cannot mark a deleted row",
        );
        model.soft_delete = None;
    }
    names(model, mistakes);
    constants(model, mistakes);
    let draft = model.draft.clone();
    if let Some(draft) = draft.filter(|draft| is_taken(model, draft)) {
        if draft_asked_for {
            mistakes.at(
                &draft,
                format!("`{draft}` is a field or relation already: choose another name for `draft`"),
            );
        }
        model.draft = None;
    }
    index_keys(model);
}

/// Relations may not be called like fields or like each other.
fn names(model: &mut Model, mistakes: &Mistakes) {
    let mut seen: Vec<Ident> = Vec::new();
    let relations = std::mem::take(&mut model.relations);
    for relation in relations {
        let name = &relation.name;
        let field = model.fields.iter().find(|f| f.constant.unraw() == name.unraw());
        let key = match &relation.kind {
            Kind::BelongsTo(key) => model.foreign_keys[*key].fields.first().map(|i| &model.fields[*i]),
            _ => None,
        };
        match (field, key) {
            (Some(field), Some(key)) if key.name == field.name && key.key.relation.is_none() => mistakes.at(
                name,
                format!("the relation along the key `{name}` would have the field's name: call the field `{}_id`, or name the relation: `#[orm(relation = ..)]`", name.unraw()),
            ),
            (Some(_), Some(key)) if key.key.relation.is_none() => mistakes.at(
                name,
                format!("the relation along `{}` would be called `{name}`, like a field: name it: `#[orm(relation = ..)]`", key.name),
            ),
            (Some(_), _) => mistakes.at(name, format!("the relation `{name}` has the name of a field: choose another")),
            (None, _) if seen.iter().any(|other| other.unraw() == name.unraw()) => {
                mistakes.at(name, format!("two relations are called `{name}`: name one of them otherwise"));
            }
            (None, _) => {
                seen.push(name.clone());
                model.relations.push(relation);
            }
        }
    }
}

/// Two fields may not have one constant.
fn constants(model: &mut Model, mistakes: &Mistakes) {
    for i in 0..model.fields.len() {
        let constant = model.fields[i].constant.clone();
        if model.fields[..i].iter().any(|f| f.constant == constant) {
            mistakes.at(
                &constant,
                format!("two constants are called `{constant}`: choose another `name`"),
            );
            model.fields[i].constant = model.fields[i].name.clone();
        }
    }
}

fn is_taken(model: &Model, name: &Ident) -> bool {
    model.fields.iter().any(|f| f.constant == *name && !f.skip)
        || model.relations.iter().any(|r| r.name == *name)
}

/// A foreign key is indexed, unless it leads another index or the primary key.
fn index_keys(model: &mut Model) {
    let primary = model.key.fields();
    for key in &model.foreign_keys {
        let led = primary.starts_with(&key.fields)
            || model.indexes.iter().any(|index| index.leads_with(&key.fields));
        if key.index && !led {
            model.indexes.push(Index {
                parts: key.fields.iter().map(|i| Part::Field(*i)).collect(),
                ..Index::default()
            });
        }
    }
}

/// A number of columns: a literal, and the embedded structs' own counts.
pub(crate) fn count<'a>(fields: impl IntoIterator<Item = &'a Field>) -> proc_macro2::TokenStream {
    let mut plain = 0usize;
    let mut embedded = Vec::new();
    for field in fields.into_iter().filter(|f| !f.skip) {
        match field.embed {
            Some(_) => {
                let (ty, span) = (&field.ty, field.ty.span());
                embedded.push(quote_spanned!(span=> <#ty as __m::Embedded>::COLUMNS.len()));
            }
            None => plain += 1,
        }
    }
    let plain = proc_macro2::Literal::usize_unsuffixed(plain);
    quote!(#plain #(+ #embedded)*)
}
