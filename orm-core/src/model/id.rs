//! `Id<M>`: the typed key of a model.

use std::fmt;
use std::hash::{Hash, Hasher};
use std::num::NonZeroU64;
use std::str::FromStr;
use std::sync::atomic::{AtomicU64, Ordering};

use super::{Generated, KeyPart, Keyed, RawKey};
use crate::error::{Error, Result};
use crate::value::{Cell, DataType, DecodeError, Scalar, Value};

/// The key of a row of model `M`: the real one, or the temporary number of a row that is not stored yet.
///
/// A field of this type in another model is a foreign key. It is `Copy` where the raw key is.
pub struct Id<M: Keyed>(Repr<M::Raw>);

enum Repr<R> {
    Saved(R),
    New(NonZeroU64),
}

static NEXT: AtomicU64 = AtomicU64::new(1);

impl<M: Keyed> Id<M> {
    /// The id of a row that is not stored yet: a temporary number until the database answers, or the final key where
    /// it is made here (Uuid, version 7).
    #[must_use]
    #[allow(
        clippy::new_without_default,
        reason = "a default that is different each time would surprise"
    )]
    pub fn new() -> Self
    where
        M::Raw: Generated,
    {
        match M::Raw::generate() {
            Some(key) => Id(Repr::Saved(key)),
            None => Id(Repr::New(next_number())),
        }
    }

    /// The id with this raw key.
    pub const fn from_key(key: M::Raw) -> Self {
        Id(Repr::Saved(key))
    }

    /// The id of a row whose key is one field, which may itself be a new id: the two then share their temporary
    /// number. The derive calls this.
    pub fn from_part<P: KeyPart<Raw = M::Raw>>(part: &P) -> Self {
        match part.raw() {
            Some(key) => Id(Repr::Saved(key)),
            None => Id(Repr::New(part.new_number().unwrap_or_else(next_number))),
        }
    }

    /// The id of a row whose key is made of several fields; a fresh new id where one of them is new. The derive
    /// calls this.
    pub fn from_parts(make: impl FnOnce() -> Option<M::Raw>) -> Self {
        Id(match make() {
            Some(key) => Repr::Saved(key),
            None => Repr::New(next_number()),
        })
    }

    /// The raw key; `None` for a row that is not stored yet.
    #[must_use]
    pub const fn key(&self) -> Option<&M::Raw> {
        match &self.0 {
            Repr::Saved(key) => Some(key),
            Repr::New(_) => None,
        }
    }

    /// Whether the row is not stored yet.
    #[must_use]
    pub const fn is_new(&self) -> bool {
        matches!(self.0, Repr::New(_))
    }

    /// The temporary number of a new id.
    #[must_use]
    pub const fn new_number(&self) -> Option<NonZeroU64> {
        match self.0 {
            Repr::New(n) => Some(n),
            Repr::Saved(_) => None,
        }
    }

    /// The parameters that carry the key, one for each key column.
    ///
    /// # Errors
    /// `Invalid` for a new id: it has no key yet.
    pub fn to_values(&self) -> Result<Vec<Value>> {
        match &self.0 {
            Repr::Saved(key) => {
                let mut values = Vec::with_capacity(1);
                key.to_values(&mut values);
                Ok(values)
            }
            Repr::New(_) => Err(unsaved()),
        }
    }
}

fn next_number() -> NonZeroU64 {
    let n = NEXT.fetch_add(1, Ordering::Relaxed);
    NonZeroU64::new(n).unwrap_or(NonZeroU64::MIN)
}

/// The error of a new id in a place where only a key makes sense.
pub(crate) fn unsaved() -> Error {
    Error::invalid(
        "a new id has no key yet: store the row first; in a session, flush and take the key from `s.saved(id)?`",
    )
}

impl<R: Clone> Clone for Repr<R> {
    fn clone(&self) -> Self {
        match self {
            Repr::Saved(key) => Repr::Saved(key.clone()),
            Repr::New(n) => Repr::New(*n),
        }
    }
}

impl<R: Copy> Copy for Repr<R> {}

impl<M: Keyed> Clone for Id<M> {
    fn clone(&self) -> Self {
        Id(self.0.clone())
    }
}

impl<M: Keyed> Copy for Id<M> where M::Raw: Copy {}

impl<M: Keyed> PartialEq for Id<M> {
    fn eq(&self, other: &Self) -> bool {
        match (&self.0, &other.0) {
            (Repr::Saved(a), Repr::Saved(b)) => a == b,
            (Repr::New(a), Repr::New(b)) => a == b,
            _ => false,
        }
    }
}

impl<M: Keyed> Eq for Id<M> {}

impl<M: Keyed> Hash for Id<M> {
    fn hash<H: Hasher>(&self, state: &mut H) {
        match &self.0 {
            Repr::Saved(key) => key.hash(state),
            Repr::New(n) => n.hash(state),
        }
    }
}

impl<M: Keyed> PartialOrd for Id<M>
where
    M::Raw: Ord,
{
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

/// Stored keys in their order, then new ones in the order of their making.
impl<M: Keyed> Ord for Id<M>
where
    M::Raw: Ord,
{
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        match (&self.0, &other.0) {
            (Repr::Saved(a), Repr::Saved(b)) => a.cmp(b),
            (Repr::New(a), Repr::New(b)) => a.cmp(b),
            (Repr::Saved(_), Repr::New(_)) => std::cmp::Ordering::Less,
            (Repr::New(_), Repr::Saved(_)) => std::cmp::Ordering::Greater,
        }
    }
}

impl<M: Keyed> fmt::Debug for Id<M> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl<M: Keyed> fmt::Display for Id<M> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            Repr::Saved(key) => {
                let text = key.display();
                // A text key reads better without its quotes.
                f.write_str(
                    text.strip_prefix('"')
                        .and_then(|t| t.strip_suffix('"'))
                        .unwrap_or(&text),
                )
            }
            Repr::New(n) => write!(f, "new #{n}"),
        }
    }
}

impl<M: Keyed> FromStr for Id<M>
where
    M::Raw: FromStr,
{
    type Err = <M::Raw as FromStr>::Err;

    fn from_str(s: &str) -> Result<Self, Self::Err> {
        s.parse().map(Id::from_key)
    }
}

impl<M: Keyed> serde::Serialize for Id<M>
where
    M::Raw: serde::Serialize,
{
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match &self.0 {
            Repr::Saved(key) => key.serialize(serializer),
            Repr::New(_) => Err(serde::ser::Error::custom(unsaved())),
        }
    }
}

impl<'de, M: Keyed> serde::Deserialize<'de> for Id<M>
where
    M::Raw: serde::Deserialize<'de>,
{
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        M::Raw::deserialize(deserializer).map(Id::from_key)
    }
}

impl<M: Keyed> Scalar for Id<M>
where
    M::Raw: Scalar,
{
    const TYPE: DataType = <M::Raw as Scalar>::TYPE;

    fn to_value(&self) -> Value {
        match &self.0 {
            Repr::Saved(key) => key.to_value(),
            Repr::New(n) => Value::NewId(*n),
        }
    }

    fn into_value(self) -> Value {
        match self.0 {
            Repr::Saved(key) => key.into_value(),
            Repr::New(n) => Value::NewId(n),
        }
    }

    fn from_cell(cell: Cell<'_>) -> Result<Self, DecodeError> {
        M::Raw::from_cell(cell).map(Id::from_key)
    }
}

impl<M: Keyed> KeyPart for Id<M>
where
    M::Raw: Scalar,
{
    type Raw = M::Raw;

    fn raw(&self) -> Option<M::Raw> {
        self.key().cloned()
    }

    fn new_number(&self) -> Option<NonZeroU64> {
        Id::new_number(self)
    }
}

macro_rules! from_raw {
    ($($t:ty),*) => {$(
        impl<M: Keyed<Raw = $t>> From<$t> for Id<M> {
            fn from(key: $t) -> Self {
                Id::from_key(key)
            }
        }
    )*};
}

from_raw!(
    i8,
    i16,
    i32,
    i64,
    u8,
    u16,
    u32,
    u64,
    bool,
    String,
    Vec<u8>,
    chrono::NaiveDate,
    chrono::DateTime<chrono::Utc>
);
#[cfg(feature = "uuid")]
from_raw!(uuid::Uuid);

impl<M: Keyed<Raw = String>> From<&str> for Id<M> {
    fn from(key: &str) -> Self {
        Id::from_key(key.to_owned())
    }
}

/// What can be given where a key of `M` is wanted: its `Id`, the raw key, a tuple for a composite key. The derive
/// implements it for the raw key.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a key of `{M}`",
    label = "expected `Id<{M}>` or its raw key"
)]
pub trait IntoId<M: Keyed> {
    /// The id.
    fn into_id(self) -> Id<M>;
}

impl<M: Keyed> IntoId<M> for Id<M> {
    fn into_id(self) -> Id<M> {
        self
    }
}

impl<M: Keyed> IntoId<M> for &Id<M> {
    fn into_id(self) -> Id<M> {
        self.clone()
    }
}
