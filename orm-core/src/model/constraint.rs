//! The descriptions of foreign keys, indexes and checks.

use super::TableDef;

/// A foreign key.
#[derive(Debug)]
pub struct ForeignKeyDef {
    /// The referring columns, as positions in the table.
    pub columns: &'static [usize],
    /// The table referred to.
    pub target: fn() -> &'static TableDef,
    /// The columns referred to, as positions in the target; empty for its primary key.
    pub target_columns: &'static [usize],
    /// What happens when the target row is deleted.
    pub on_delete: Action,
    /// What happens when the target's key changes.
    pub on_update: Action,
    /// Whether the database holds the rule. Without, the key is only known to us.
    pub constraint: bool,
}

impl ForeignKeyDef {
    /// The columns referred to, as positions in the target.
    #[must_use]
    pub fn target_columns(&self) -> &'static [usize] {
        if self.target_columns.is_empty() {
            (self.target)().primary_key
        } else {
            self.target_columns
        }
    }
}

impl ForeignKeyDef {
    /// A key in these columns to a table's primary key.
    #[must_use]
    pub const fn new(columns: &'static [usize], target: fn() -> &'static TableDef) -> Self {
        ForeignKeyDef {
            columns,
            target,
            target_columns: &[],
            on_delete: Action::NoAction,
            on_update: Action::NoAction,
            constraint: true,
        }
    }

    /// To these columns of the target.
    #[must_use]
    pub const fn to(mut self, columns: &'static [usize]) -> Self {
        self.target_columns = columns;
        self
    }

    /// With this to happen when the target row is deleted.
    #[must_use]
    pub const fn on_delete(mut self, action: Action) -> Self {
        self.on_delete = action;
        self
    }

    /// With this to happen when the target's key changes.
    #[must_use]
    pub const fn on_update(mut self, action: Action) -> Self {
        self.on_update = action;
        self
    }

    /// Not held by the database.
    #[must_use]
    pub const fn no_constraint(mut self) -> Self {
        self.constraint = false;
        self
    }
}

/// What happens to a referring row.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum Action {
    /// The change is refused.
    #[default]
    NoAction,
    /// The change is refused at once.
    Restrict,
    /// The change is passed on.
    Cascade,
    /// The referring columns become NULL.
    SetNull,
    /// The referring columns take their default.
    SetDefault,
}

/// An index or a unique constraint.
#[derive(Debug)]
pub struct IndexDef {
    /// Its name; made from the table and columns when none is given.
    pub name: Option<&'static str>,
    /// What is indexed.
    pub parts: &'static [IndexPart],
    /// Whether two rows with the same values are refused.
    pub unique: bool,
    /// Only rows that satisfy this SQL condition are indexed.
    pub condition: Option<&'static str>,
    /// The access method (`gin`, `hash`, ..).
    pub using: Option<&'static str>,
}

impl IndexDef {
    /// The columns that are indexed, as positions; empty when a part is an expression.
    #[must_use]
    pub fn columns(&self) -> Vec<usize> {
        let columns: Option<Vec<usize>> = self
            .parts
            .iter()
            .map(|part| match part {
                IndexPart::Column(index) => Some(*index),
                IndexPart::Expression(_) => None,
            })
            .collect();
        columns.unwrap_or_default()
    }

    /// An index of these parts.
    #[must_use]
    pub const fn new(parts: &'static [IndexPart]) -> Self {
        IndexDef {
            name: None,
            parts,
            unique: false,
            condition: None,
            using: None,
        }
    }

    /// Refuses two rows with the same values.
    #[must_use]
    pub const fn unique(mut self) -> Self {
        self.unique = true;
        self
    }

    /// Of that name.
    #[must_use]
    pub const fn named(mut self, name: &'static str) -> Self {
        self.name = Some(name);
        self
    }

    /// Only of rows that satisfy an SQL condition.
    #[must_use]
    pub const fn condition(mut self, sql: &'static str) -> Self {
        self.condition = Some(sql);
        self
    }

    /// With that access method.
    #[must_use]
    pub const fn using(mut self, method: &'static str) -> Self {
        self.using = Some(method);
        self
    }
}

/// One part of an index.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum IndexPart {
    /// The column at this position.
    Column(usize),
    /// An SQL expression.
    Expression(&'static str),
}

/// A check constraint.
#[derive(Debug)]
pub struct CheckDef {
    /// Its name, without the table's.
    pub name: &'static str,
    /// The SQL condition.
    pub expression: &'static str,
}

impl CheckDef {
    /// A check of that name.
    #[must_use]
    pub const fn new(name: &'static str, expression: &'static str) -> Self {
        CheckDef { name, expression }
    }
}
