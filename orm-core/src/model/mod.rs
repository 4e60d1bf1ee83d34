//! What a model is: one description of its table, its typed columns, its typed keys and its relations. No I/O.

mod column;
mod id;
mod key;
mod relation;
mod row;
mod set;
mod table;

pub use column::{Column, EmbedColumn, Embedded};
pub(crate) use id::unsaved;
pub use id::{Id, IntoId};
pub use key::{Generated, KeyLiteral, KeyPart, Keyed, RawKey};
pub use relation::{
    RefersTo, Relation, RelationDef, RelationKind, Through, ToMany, ToOne, foreign_key, same_type,
};
pub use row::{RowWriter, Table};
pub use set::Models;
pub use table::{
    Action, CheckDef, ColumnDef, DefaultDef, ForeignKeyDef, IndexDef, IndexPart, SoftDelete, TableDef,
};
