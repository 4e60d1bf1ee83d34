//! What a model is: one description of its table, its typed columns, its typed keys and its relations. No I/O.

mod column;
mod column_def;
mod constraint;
mod default;
mod id;
mod key;
mod loaded;
mod relation;
mod row;
mod set;
mod table;

#[doc(hidden)]
pub use std::marker::PhantomData;

pub use column::{Column, ColumnOf, EmbedColumn, Embedded};
pub use column_def::{ColumnDef, DefaultDef, SoftDelete, join_columns, soft_delete_column};
pub use constraint::{Action, CheckDef, ForeignKeyDef, IndexDef, IndexPart};
pub use default::{DefaultValue, NewUuid, Now, Today};
pub(crate) use id::unsaved;
pub use id::{Id, IntoId};
pub use key::{Generated, KeyLiteral, KeyPart, Keyed, RawKey};
pub use loaded::{Attach, FlatEntry, Has, Lends, NotLoaded, Relations, flat};
pub(crate) use relation::or_key;
pub use relation::{
    KeyOf, Marker, RefersTo, Relation, RelationDef, RelationKind, RelationNamed, RelationOf, SameType,
    Through, ToMany, ToOne, foreign_key, foreign_key2, foreign_key3, foreign_key4, same_type,
};
pub use row::{RowWriter, Table, table_of};
pub use set::Models;
pub use table::TableDef;
