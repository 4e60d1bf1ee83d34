//! The primary key and the foreign keys of a model, from its fields' types and attributes.

use proc_macro2::{Ident, TokenStream};
use quote::ToTokens;
use syn::{Type, parse_quote};

use super::field::{Action, Field};
use super::relation::{Declared, Kind, Relation, name_of_key};
use super::{Model, last_name};
use crate::attrs::Item;
use crate::mistakes::Mistakes;
use crate::types;

/// The primary key.
pub(crate) enum Key {
    /// An `Id` of the model itself, with this raw type.
    Own { field: usize, raw: Type },
    /// The `Id` of another model, whose raw type may be told.
    Shared { field: usize, raw: Option<Type> },
    /// Fields of other types; several are a composite key.
    Fields(Vec<usize>),
    /// There is none, and the mistake is noted.
    Missing,
}

impl Key {
    /// The fields of the key.
    pub(crate) fn fields(&self) -> Vec<usize> {
        match self {
            Key::Own { field, .. } | Key::Shared { field, .. } => vec![*field],
            Key::Fields(fields) => fields.clone(),
            Key::Missing => Vec::new(),
        }
    }
}

/// A foreign key.
pub(crate) struct ForeignKey {
    pub(crate) fields: Vec<usize>,
    /// The type of the model referred to.
    pub(crate) target: TokenStream,
    pub(crate) refers: Refers,
    pub(crate) on_delete: Action,
    pub(crate) on_update: Action,
    pub(crate) constraint: bool,
    pub(crate) index: bool,
}

/// How it is known that the fields fit the target.
pub(crate) enum Refers {
    /// The field's type is an `Id` of the target.
    Typed,
    /// rustc must check that the field is a key to the target.
    Checked,
    /// rustc must check that the field has the type of this column of the target.
    Column(Ident),
    /// rustc must check that the fields are together a key to the target.
    Composite,
}

impl ForeignKey {
    pub(super) fn new(fields: Vec<usize>, target: TokenStream, refers: Refers) -> Self {
        ForeignKey {
            fields,
            target,
            refers,
            on_delete: Action::NoAction,
            on_update: Action::NoAction,
            constraint: true,
            index: true,
        }
    }
}

/// The primary key: `primary_key(a, b)`, fields marked `primary_key`, or the field `id: Id<Self>`.
pub(super) fn primary(
    model: &Model,
    item: Option<Item>,
    raw: Option<(Ident, Type)>,
    mistakes: &Mistakes,
) -> Key {
    let mut chosen: Vec<usize> = (0..model.fields.len())
        .filter(|i| model.fields[*i].key.primary && model.fields[*i].is_column())
        .collect();
    if let Some(item) = &item {
        if let Some(first) = chosen.first() {
            mistakes.at(
                model.fields[*first].attribute("primary_key"),
                "the struct names the primary key's fields already: remove one of the two `primary_key`",
            );
        }
        chosen = model.columns("primary_key", &item.parts(), mistakes);
        if item.parts().is_empty() {
            mistakes.at(
                &item.name,
                "write `primary_key(a, b)`, or mark a field `#[orm(primary_key)]`",
            );
        }
    }
    if chosen.is_empty() {
        chosen.extend(
            model
                .fields
                .iter()
                .position(|f| f.name == "id" && is_own_id(f, model)),
        );
    }
    for i in &chosen {
        check_part(&model.fields[*i], mistakes);
    }
    if let [field] = chosen.as_slice()
        && is_own_id(&model.fields[*field], model)
    {
        return Key::Own {
            field: *field,
            raw: raw.map_or_else(|| parse_quote!(i64), |(_, ty)| ty),
        };
    }
    if let [field] = chosen.as_slice()
        && types::id_target(&model.fields[*field].ty).is_some()
    {
        return Key::Shared {
            field: *field,
            raw: raw.map(|(_, ty)| ty),
        };
    }
    if let Some((name, _)) = raw {
        mistakes.at(
            name,
            format!(
                "`key` is the raw type of `id: Id<{}>`, which this model does not have: remove it",
                model.name
            ),
        );
    }
    if chosen.len() > 4 {
        mistakes.at(
            item.map_or_else(|| model.name.clone(), |item| item.name),
            "a primary key has at most four columns",
        );
        return Key::Missing;
    }
    if chosen.is_empty() {
        if item.is_none() && model.fields.iter().all(|f| !f.key.primary) {
            no_key(model, mistakes);
        }
        return Key::Missing;
    }
    Key::Fields(chosen)
}

fn no_key(model: &Model, mistakes: &Mistakes) {
    let name = &model.name;
    match model.fields.iter().find(|f| f.name == "id") {
        Some(id) => mistakes.at(
            &id.ty,
            format!("`id` is the primary key when its type is `Id<{name}>`: write that, or mark a key that you choose yourself `#[orm(primary_key)]`"),
        ),
        None => mistakes.at(
            name,
            format!("`{name}` has no primary key: add `pub id: Id<{name}>`, or mark a field `#[orm(primary_key)]`"),
        ),
    }
}

fn is_own_id(field: &Field, model: &Model) -> bool {
    field.is_column()
        && types::inside(&field.ty, "Id").is_some_and(|target| types::is_named(target, &model.name))
}

fn check_part(field: &Field, mistakes: &Mistakes) {
    if types::is_option(&field.ty) {
        mistakes.at(&field.ty, "a primary key is never NULL: remove the `Option`");
    }
    if types::is_auto(&field.ty) {
        mistakes.at(
            &field.ty,
            "a key that the database makes is an `Id`: write `id: Id<..>` and, on the struct, `#[orm(key = i64)]`",
        );
    }
    if field.column.json {
        mistakes.at(field.attribute("json"), "a key cannot be JSON");
    }
}

/// The foreign keys and relations: those of fields first, in their order, then those of the struct.
pub(super) fn foreign(model: &mut Model, declared: Declared, mistakes: &Mistakes) {
    let own = match &model.key {
        Key::Own { field, .. } => Some(*field),
        Key::Shared { .. } | Key::Fields(_) | Key::Missing => None,
    };
    let mut keys = Vec::new();
    let mut relations = Vec::new();
    for (i, field) in model.fields.iter().enumerate() {
        let key =
            (field.is_column() && !field.column.json && own != Some(i)).then(|| of_field(i, field, model));
        let Some(key) = key.flatten() else {
            refuse_key_options(field, own == Some(i), mistakes);
            continue;
        };
        check_actions(field, &key, mistakes);
        let name = field
            .key
            .relation
            .clone()
            .unwrap_or_else(|| name_of_key(&field.name));
        relations.push(Relation {
            name,
            target: key.target.clone(),
            kind: Kind::BelongsTo(keys.len()),
        });
        keys.push(key);
    }
    for (name, key) in declared.foreign_keys {
        relations.push(Relation {
            name,
            target: key.target.clone(),
            kind: Kind::BelongsTo(keys.len()),
        });
        keys.push(key);
    }
    relations.extend(declared.relations);
    model.foreign_keys = keys;
    model.relations = relations;
}

fn of_field(i: usize, field: &Field, model: &Model) -> Option<ForeignKey> {
    let typed = types::id_target(&field.ty);
    let (target, refers) = match (&field.key.references, typed) {
        (Some(reference), typed) => {
            let target = super::types_of_path(&reference.model, model);
            let same = typed.is_some_and(|ty| last_name(ty).0 == last_name(&target).0);
            match &reference.column {
                Some(column) => (target, Refers::Column(column.clone())),
                None if same => (target, Refers::Typed),
                None => (target, Refers::Checked),
            }
        }
        (None, Some(target)) => (target.to_token_stream(), Refers::Typed),
        (None, None) => return None,
    };
    let attrs = &field.key;
    Some(ForeignKey {
        on_delete: attrs.on_delete.unwrap_or(Action::NoAction),
        on_update: attrs.on_update.unwrap_or(Action::NoAction),
        constraint: !attrs.no_constraint,
        index: !attrs.no_index,
        ..ForeignKey::new(vec![i], target, refers)
    })
}

fn refuse_key_options(field: &Field, own: bool, mistakes: &Mistakes) {
    let misread = field.key.references.is_none() && field.written.iter().any(|ident| ident == "references");
    if !field.is_column() || misread {
        return; // reported already
    }
    let why = if own {
        "`id` is this row's own key"
    } else if field.column.json {
        "a JSON column is no key"
    } else {
        "this field is no key to another model: its type is not `Id<..>`, and it has no `references = Model`"
    };
    for name in [
        "references",
        "relation",
        "no_constraint",
        "on_delete",
        "on_update",
    ] {
        if field.written.iter().any(|ident| ident == name) {
            mistakes.at(
                field.attribute(name),
                format!("`{name}` is for foreign keys: {why}"),
            );
        }
    }
    if field.key.no_index {
        mistakes.at(
            field.attribute("index"),
            "there is no index to leave out: only foreign keys have one unasked",
        );
    }
}

fn check_actions(field: &Field, key: &ForeignKey, mistakes: &Mistakes) {
    for (name, action) in [("on_delete", key.on_delete), ("on_update", key.on_update)] {
        let place = field.attribute(name);
        if action == Action::SetNull
            && !types::is_option(&field.ty)
            && types::shape(&field.ty) != types::Shape::Unknown
        {
            let ty = field.ty.to_token_stream().to_string().replace(' ', "");
            mistakes.at(
                place,
                format!("`{name} = \"set null\"` needs a key that can be NULL: write `Option<{ty}>`"),
            );
        }
        if action == Action::SetDefault
            && field.column.default.is_none()
            && field.column.default_sql.is_none()
        {
            mistakes.at(
                place,
                format!("`{name} = \"set default\"` needs a default: add `default = ..`"),
            );
        }
        if action != Action::NoAction && !key.constraint {
            mistakes.at(
                place,
                format!("without a constraint the database does nothing: remove `{name}` or `no_constraint`"),
            );
        }
    }
}
