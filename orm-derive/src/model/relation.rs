//! Relations that stand on the struct: `has_many`, `has_one`, `many_to_many`, `belongs_to`.

use proc_macro2::{Ident, TokenStream};
use quote::{ToTokens, quote};
use syn::ext::IdentExt;
use syn::parse::ParseStream;
use syn::{Path, Token};

use super::field::{ACTIONS, Action};
use super::{ForeignKey, Model, Refers, last_name};
use crate::attrs::{Attrs, Item, parse_part, split};
use crate::mistakes::Mistakes;
use crate::names;

/// A relation, in either direction.
pub(crate) struct Relation {
    pub(crate) name: Ident,
    /// The type of the model at the other end.
    pub(crate) target: TokenStream,
    pub(crate) kind: Kind,
}

pub(crate) enum Kind {
    /// By the foreign key at that place of the model's list.
    BelongsTo(usize),
    HasOne(HasKey),
    HasMany(HasKey),
    ManyToMany {
        through: Path,
        near: Ident,
        far: Ident,
    },
}

/// How rows of the other model refer to this one.
pub(crate) enum HasKey {
    /// By a key to the primary key.
    Column(Ident),
    /// By a column that holds the value of this unique field.
    Unique(Ident, usize),
    /// By several columns that are together a key to the composite primary key.
    Composite(Vec<Ident>),
}

/// The relations of the struct's attributes, and the foreign keys of `belongs_to`.
#[derive(Default)]
pub(super) struct Declared {
    pub(super) relations: Vec<Relation>,
    pub(super) foreign_keys: Vec<(Ident, ForeignKey)>,
}

/// `books: Book.author_id -> email`
struct Head {
    name: Ident,
    target: Path,
    column: Option<Ident>,
    own: Option<Ident>,
    through: Option<Path>,
    join: Option<TokenStream>,
}

fn head(input: ParseStream<'_>) -> syn::Result<Head> {
    let mut head = Head {
        name: input.parse()?,
        target: {
            input.parse::<Token![:]>()?;
            Path::parse_mod_style(input)?
        },
        column: None,
        own: None,
        through: None,
        join: None,
    };
    if input.peek(Token![.]) {
        input.parse::<Token![.]>()?;
        head.column = Some(input.call(Ident::parse_any)?);
    }
    if input.peek(Token![->]) {
        input.parse::<Token![->]>()?;
        head.own = Some(input.call(Ident::parse_any)?);
    }
    if input.peek(syn::Ident) && input.call(Ident::parse_any)? == "through" {
        head.through = Some(Path::parse_mod_style(input)?);
        if input.peek(syn::token::Paren) {
            let inside;
            syn::parenthesized!(inside in input);
            head.join = Some(inside.parse()?);
        }
    }
    Ok(head)
}

/// One relation with what stands behind its comma.
struct Entry {
    head: Head,
    on: Vec<TokenStream>,
    options: Vec<Item>,
}

pub(super) fn declared(attrs: &mut Attrs<'_>, model: &Model, mistakes: &Mistakes) -> Declared {
    let mut declared = Declared::default();
    for (attribute, example) in [
        (
            "belongs_to",
            "`belongs_to(line: OrderLine, on(order_id, line_no))`",
        ),
        (
            "has_one",
            "`has_one(profile: Profile)` or `has_one(profile: Profile.user_id)`",
        ),
        (
            "has_many",
            "`has_many(books: Book)` or `has_many(books: Book.author_id)`",
        ),
        ("many_to_many", "`many_to_many(tags: Tag through BookTag)`"),
    ] {
        for item in attrs.take_all(attribute) {
            if item.parts().is_empty() {
                mistakes.at(&item.name, format!("write {example}"));
            }
            for entry in entries(&item, example, mistakes) {
                read(entry, attribute, example, model, mistakes, &mut declared);
            }
        }
    }
    declared
}

fn entries(item: &Item, example: &str, mistakes: &Mistakes) -> Vec<Entry> {
    let mut entries: Vec<Entry> = Vec::new();
    for part in item.parts() {
        let first = Item::read_quietly(part.clone());
        match (first, entries.last_mut()) {
            (Some(option), Some(entry)) if option.name == "on" => entry.on.extend(option.parts()),
            (Some(option), Some(entry)) => entry.options.push(option),
            _ => entries.extend(parse_part(head, &part, mistakes, example).map(|head| Entry {
                head,
                on: Vec::new(),
                options: Vec::new(),
            })),
        }
    }
    entries
}

fn read(
    entry: Entry,
    attribute: &str,
    example: &str,
    model: &Model,
    mistakes: &Mistakes,
    declared: &mut Declared,
) {
    let head = &entry.head;
    let target = super::types_of_path(&head.target, model);
    if attribute != "belongs_to" {
        for option in &entry.options {
            mistakes.at(
                &option.name,
                format!("`{}` belongs on the key, in the other model", option.name),
            );
        }
    }
    let many = attribute == "many_to_many";
    if many != head.through.is_some() {
        let example = if many {
            example.to_owned()
        } else {
            through_example(head)
        };
        mistakes.at(&head.target, format!("write {example}"));
        return;
    }
    let kind = match attribute {
        "belongs_to" => {
            declared
                .foreign_keys
                .extend(belongs_to(&entry, &target, model, mistakes));
            return;
        }
        "many_to_many" => many_to_many(head, model, mistakes),
        "has_one" => has_key(&entry, model, mistakes).map(Kind::HasOne),
        _ => has_key(&entry, model, mistakes).map(Kind::HasMany),
    };
    if let Some(kind) = kind {
        declared.relations.push(Relation {
            name: entry.head.name,
            target,
            kind,
        });
    }
}

fn has_key(entry: &Entry, model: &Model, mistakes: &Mistakes) -> Option<HasKey> {
    let head = &entry.head;
    let (_, span) = last_name(&head.target);
    if !entry.on.is_empty() {
        let columns = names_of(&entry.on, "on(order_id, line_no)", mistakes);
        return key_width(&head.name, columns.len(), mistakes).then_some(HasKey::Composite(columns));
    }
    let Some(own) = &head.own else {
        let column = head.column.clone().unwrap_or_else(|| model.key_name(span));
        return Some(HasKey::Column(column));
    };
    let Some(column) = head.column.clone() else {
        let target = path_text(&head.target);
        mistakes.at(
            own,
            format!(
                "name the other model's column, too: `{}: {target}.column -> {own}`",
                head.name
            ),
        );
        return None;
    };
    let field = model.column("->", own, mistakes)?;
    let key = &model.fields[field].key;
    if !key.unique && !key.primary && own != "id" {
        mistakes.at(
            own,
            format!("other rows can refer to `{own}` only when it is unique: add `#[orm(unique)]` to it"),
        );
    }
    Some(HasKey::Unique(column, field))
}

/// A join table belongs to a relation between many and many.
fn through_example(head: &Head) -> String {
    let through = head.through.as_ref().map(path_text).unwrap_or_default();
    let (name, target) = (&head.name, path_text(&head.target));
    format!("`many_to_many({name}: {target} through {through})`")
}

fn many_to_many(head: &Head, model: &Model, mistakes: &Mistakes) -> Option<Kind> {
    let through = head.through.clone()?;
    let (target, _) = last_name(&head.target);
    let (_, span) = last_name(&through);
    let (near, far) = match &head.join {
        None => (
            model.key_name(span),
            Ident::new(&format!("{}_id", names::snake(&target)), span),
        ),
        Some(join) => {
            match names_of(&split(join.clone()), "through BookTag(book_id, tag_id)", mistakes).as_slice() {
                [near, far] => (near.clone(), far.clone()),
                _ => {
                    mistakes.at(
                    &through,
                    "name two columns of the join model, that of this model first: `through BookTag(book_id, tag_id)`",
                );
                    return None;
                }
            }
        }
    };
    if near == far {
        mistakes.at(
            &through,
            format!(
                "both keys would be `{near}`: name them, that of this side first: `through {}(from_id, to_id)`",
                path_text(&through)
            ),
        );
        return None;
    }
    Some(Kind::ManyToMany { through, near, far })
}

fn belongs_to(
    entry: &Entry,
    target: &TokenStream,
    model: &Model,
    mistakes: &Mistakes,
) -> Option<(Ident, ForeignKey)> {
    let head = &entry.head;
    let fields = model.columns("on", &entry.on, mistakes);
    if entry.on.is_empty() || head.column.is_some() || head.own.is_some() {
        mistakes.at(
            &head.name,
            "name the columns that are the key: `belongs_to(line: OrderLine, on(order_id, line_no))`; a key of one column needs no `belongs_to`: its field's type says it",
        );
        return None;
    }
    if fields.len() != entry.on.len() || !key_width(&head.name, fields.len(), mistakes) {
        return None;
    }
    let mut key = ForeignKey::new(fields, target.clone(), Refers::Composite);
    for option in &entry.options {
        let action = match &option.form {
            crate::attrs::Form::Value(value) => syn::parse2::<Action>(value.clone()).ok(),
            _ => None,
        };
        match (option.name.to_string().as_str(), action) {
            ("on_delete", Some(action)) => key.on_delete = action,
            ("on_update", Some(action)) => key.on_update = action,
            ("on_delete" | "on_update", None) => {
                mistakes.at(&option.name, format!("write `{} = {ACTIONS}`", option.name));
            }
            ("no_constraint", _) => key.constraint = false,
            ("index", _) if option.is_false() => key.index = false,
            _ => mistakes.at(
                &option.name,
                "`belongs_to` knows `on(..)`, `on_delete`, `on_update`, `no_constraint` and `index = false`",
            ),
        }
    }
    Some((head.name.clone(), key))
}

fn key_width(place: &Ident, width: usize, mistakes: &Mistakes) -> bool {
    let fits = (2..=4).contains(&width);
    if !fits {
        mistakes.at(place, "`on(..)` takes the two to four columns of a composite key");
    }
    fits
}

fn names_of(parts: &[TokenStream], example: &str, mistakes: &Mistakes) -> Vec<Ident> {
    let read = |part| {
        parse_part(
            Ident::parse_any,
            part,
            mistakes,
            &format!("the names of fields: `{example}`"),
        )
    };
    parts.iter().filter_map(read).collect()
}

fn path_text(path: &Path) -> String {
    path.to_token_stream().to_string().replace(' ', "")
}

/// The name of a relation along a key: the field's, without `_id`.
pub(super) fn name_of_key(field: &Ident) -> Ident {
    let plain = field.unraw().to_string();
    match plain.strip_suffix("_id").filter(|stem| !stem.is_empty()) {
        Some(stem) => names::ident(stem, field.span()),
        None => field.clone(),
    }
}

impl Model {
    /// This model's type, as others see it.
    pub(super) fn this(&self) -> TokenStream {
        let name = &self.name;
        quote!(#name)
    }
}
