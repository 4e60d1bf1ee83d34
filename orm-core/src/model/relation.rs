//! Relations between models: what the derive declares, and the checks that the compiler makes of it.

use super::{Column, Id, IntoId, KeyLiteral, KeyPart, Keyed, Table, TableDef};
use crate::value::{Holds, Scalar, Sql};

/// A relation's description.
#[derive(Debug)]
#[non_exhaustive]
pub struct RelationDef {
    /// Its name: `author`, `books`.
    pub name: &'static str,
    /// Which way it goes, and to how many rows.
    pub kind: RelationKind,
    /// The table at the other end.
    pub target: fn() -> &'static TableDef,
    /// The columns of this table, as positions; empty for the primary key.
    pub columns: &'static [usize],
    /// The columns of the target (or of the join table, for many-to-many), as positions; empty for its primary key.
    pub target_columns: &'static [usize],
    /// The join table of a many-to-many relation.
    pub through: Option<Through>,
    /// Whether a to-one relation may lead to no row.
    pub nullable: bool,
}

impl RelationDef {
    /// A relation; the derive fills in what differs.
    #[must_use]
    pub const fn new(name: &'static str, kind: RelationKind, target: fn() -> &'static TableDef) -> Self {
        RelationDef {
            name,
            kind,
            target,
            columns: &[],
            target_columns: &[],
            through: None,
            nullable: false,
        }
    }

    /// Along this table's key, in these columns, to the primary key of `A`.
    #[must_use]
    pub const fn belongs_to<A: Table>(name: &'static str, columns: &'static [usize]) -> Self {
        RelationDef::new(name, RelationKind::BelongsTo, A::table).on(columns, &[])
    }

    /// To the row of `A` whose key, in these columns, leads here.
    #[must_use]
    pub const fn has_one<A: Table>(name: &'static str, key: &'static [usize]) -> Self {
        RelationDef::new(name, RelationKind::HasOne, A::table)
            .on(&[], key)
            .nullable(true)
    }

    /// To the rows of `A` whose key, in these columns, leads here.
    #[must_use]
    pub const fn has_many<A: Table>(name: &'static str, key: &'static [usize]) -> Self {
        RelationDef::new(name, RelationKind::HasMany, A::table).on(&[], key)
    }

    /// Through the join table `J`, whose `near` columns lead here and whose `far` columns lead to `A`.
    #[must_use]
    pub const fn many_to_many<A: Table, J: Table>(
        name: &'static str,
        near: &'static [usize],
        far: &'static [usize],
    ) -> Self {
        RelationDef::new(name, RelationKind::ManyToMany, A::table).through(Through {
            table: J::table,
            near,
            far,
        })
    }

    /// From these columns to those.
    #[must_use]
    pub const fn on(mut self, columns: &'static [usize], target_columns: &'static [usize]) -> Self {
        self.columns = columns;
        self.target_columns = target_columns;
        self
    }

    /// Through a join table.
    #[must_use]
    pub const fn through(mut self, through: Through) -> Self {
        self.through = Some(through);
        self
    }

    /// May lead to no row.
    #[must_use]
    pub const fn nullable(mut self, nullable: bool) -> Self {
        self.nullable = nullable;
        self
    }
}

/// These columns, or the primary key where none are named.
pub(crate) const fn or_key(columns: &'static [usize], table: &'static TableDef) -> &'static [usize] {
    if columns.is_empty() {
        table.primary_key
    } else {
        columns
    }
}

/// Which way a relation goes, and to how many rows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RelationKind {
    /// This table holds the key: one row at the other end.
    BelongsTo,
    /// The other table holds the key, and at most one row has it.
    HasOne,
    /// The other table holds the key.
    HasMany,
    /// A join table holds both keys.
    ManyToMany,
}

/// The join table of a many-to-many relation.
#[derive(Clone, Copy, Debug)]
pub struct Through {
    /// The join table.
    pub table: fn() -> &'static TableDef,
    /// Its columns that refer to this table.
    pub near: &'static [usize],
    /// Its columns that refer to the target.
    pub far: &'static [usize],
}

/// A relation, by its marker type (`book_rel::author`).
#[diagnostic::on_unimplemented(message = "`{Self}` is not a relation")]
pub trait Relation: Copy + Send + Sync + 'static {
    /// The model that declares it.
    type From: Table;
    /// The model at the other end.
    type To: Table;
    /// Of a relation to one row, the type of the key that leads there: an `Option` where it may lead to no row.
    type Key: Sql;
    /// What a row has of it when it was loaded, if `T` is made of each row at the other end: `T`, an `Option<T>` where there
    /// may be no row, a `Vec<T>` where there are many.
    type Loaded<T: Send + 'static>: Holds<T>;
    /// The same as it is lent, whatever was loaded with the rows at the other end: `&T`, `Option<&T>`, `Vec<&T>` of `To`.
    type Lent<'a>;

    /// Its description.
    fn def() -> &'static RelationDef;
}

/// A relation that model `M` declares.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a relation of `{M}`",
    label = "expected a relation of `{M}`"
)]
pub trait RelationOf<M>: Relation<From = M> {}

/// The model at the other end of the relation whose name this number stands for. Derives ask by it for what constants cannot
/// tell: their types.
#[doc(hidden)]
#[diagnostic::on_unimplemented(
    message = "`{Self}` has no relation of this name",
    label = "not a relation of `{Self}`"
)]
pub trait RelationNamed<const NAME: u64> {
    /// The model at the other end.
    type To: Table;
}

/// A marker type as a name in a list of loads: `book_rel::author`, `author_rel::books<(book_rel::reviews,)>`.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not the name of a relation",
    label = "expected a marker such as `book_rel::author`, a `Part<..>` or an `Option<..>` of one"
)]
pub trait Marker {
    /// The relation.
    type Relation: Relation;
    /// What is loaded with the rows at its other end.
    type Nested;
}

/// A relation to at most one row.
#[diagnostic::on_unimplemented(
    message = "`{Self}` leads to many rows",
    label = "this needs a relation to one row: of many, ask `any`, `every`, `none`, `count`, `max`.."
)]
pub trait ToOne: Relation {}

/// A relation to any number of rows.
#[diagnostic::on_unimplemented(
    message = "`{Self}` leads to one row",
    label = "this needs a relation to many rows"
)]
pub trait ToMany: Relation {}

/// A column type that is a key to model `A`: `Id<A>`, `Option<Id<A>>`, or `A`'s raw key.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a key to `{A}`",
    label = "the column named here must be an `Id<{A}>` (or an `Option` of it)"
)]
pub trait RefersTo<A> {
    /// Whether the key may be NULL.
    const NULLABLE: bool;
}

impl<A: Keyed> RefersTo<A> for Id<A> {
    const NULLABLE: bool = false;
}

impl<A: Keyed> RefersTo<A> for Option<Id<A>> {
    const NULLABLE: bool = true;
}

#[diagnostic::do_not_recommend]
impl<A: Keyed, K: KeyLiteral + IntoId<A>> RefersTo<A> for K {
    const NULLABLE: bool = false;
}

#[diagnostic::do_not_recommend]
impl<A: Keyed, K: KeyLiteral + IntoId<A>> RefersTo<A> for Option<K> {
    const NULLABLE: bool = true;
}

/// The position of a column that is a key to `A`: does not compile for any other column.
#[must_use]
pub const fn foreign_key<A, M, T: RefersTo<A>>(column: Column<M, T>) -> usize {
    column.index()
}

/// A tuple of raw keys that is the key of model `A`.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not the key of `{A}`",
    label = "these columns must have the types of `{A}`'s primary key, in its order"
)]
pub trait KeyOf<A> {}

impl<A: Keyed<Raw = K>, K> KeyOf<A> for K {}

/// The raw key behind a column's type.
type RawOf<T> = <<T as Sql>::Base as KeyPart>::Raw;

macro_rules! composite {
    ($name:ident, $n:literal, $($t:ident $column:ident),*) => {
        /// The positions of columns that are together a key to `A`: does not compile for any others.
        #[must_use]
        pub const fn $name<A: Keyed, M, $($t: Sql<Base: KeyPart>),*>($($column: Column<M, $t>),*) -> [usize; $n]
        where
            ($(RawOf<$t>,)*): KeyOf<A>,
        {
            [$($column.index()),*]
        }
    };
}

composite!(foreign_key2, 2, T a, U b);
composite!(foreign_key3, 3, T a, U b, V c);
composite!(foreign_key4, 4, T a, U b, V c, W d);

/// Two columns whose values are of one type, apart from NULL.
#[diagnostic::on_unimplemented(
    message = "a column of type `{Self}` cannot refer to one of type `{U}`",
    label = "the two columns must have one type"
)]
pub trait SameType<U> {}

impl<T: Scalar> SameType<T> for T {}
impl<T: Scalar> SameType<Option<T>> for T {}
impl<T: Scalar> SameType<T> for Option<T> {}
impl<T: Scalar> SameType<Option<T>> for Option<T> {}

/// The positions of a referring column and the one it refers to: compiles only when their types agree.
#[must_use]
pub const fn same_type<M, T: SameType<U>, A, U>(
    column: Column<M, T>,
    target: Column<A, U>,
) -> (usize, usize) {
    (column.index(), target.index())
}
