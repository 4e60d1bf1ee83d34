//! The description of a table: `'static` data that the derive writes and everything else reads.

use crate::value::{DataType, DecimalParts, EnumDef, EnumStorage, Field};

/// A table, as its model describes it. The only description there is.
#[derive(Debug)]
#[non_exhaustive]
pub struct TableDef {
    /// The model's Rust name.
    pub model: &'static str,
    /// The module in which the model stands, from its crate's name on.
    pub module: &'static str,
    /// The schema (PostgreSQL) or database (MySQL), if it is not the connection's own.
    pub schema: Option<&'static str>,
    /// The table's name.
    pub name: &'static str,
    /// The columns, in field order.
    pub columns: &'static [ColumnDef],
    /// The primary key's columns, as positions in `columns`.
    pub primary_key: &'static [usize],
    /// Whether the database makes the key of a new row.
    pub generated_key: bool,
    /// The foreign keys.
    pub foreign_keys: &'static [ForeignKeyDef],
    /// Indexes and unique constraints, those of single columns included.
    pub indexes: &'static [IndexDef],
    /// Check constraints.
    pub checks: &'static [CheckDef],
    /// Relations in either direction.
    pub relations: &'static [RelationDefRef],
    /// The table's former name.
    pub renamed_from: Option<&'static str>,
    /// The column that hides a row when it is not NULL.
    pub soft_delete: Option<usize>,
    /// The column that says whose row it is.
    pub tenant: Option<usize>,
    /// The column that counts the row's writes.
    pub version: Option<usize>,
    /// Other tables that a write to this one changes (triggers).
    pub also_writes: &'static [fn() -> &'static TableDef],
    /// Whether migrations make and change the table.
    pub managed: bool,
}

type RelationDefRef = super::RelationDef;

impl TableDef {
    /// An empty table. The derive fills the fields in.
    #[must_use]
    pub const fn new(model: &'static str, module: &'static str, name: &'static str) -> Self {
        TableDef {
            model,
            module,
            schema: None,
            name,
            columns: &[],
            primary_key: &[],
            generated_key: false,
            foreign_keys: &[],
            indexes: &[],
            checks: &[],
            relations: &[],
            renamed_from: None,
            soft_delete: None,
            tenant: None,
            version: None,
            also_writes: &[],
            managed: true,
        }
    }

    /// In that schema.
    #[must_use]
    pub const fn schema(mut self, schema: &'static str) -> Self {
        self.schema = Some(schema);
        self
    }

    /// With these columns, of which those at `key` are the primary key.
    ///
    /// # Panics
    /// While compiling, when a decimal column does not say how many digits it has.
    #[must_use]
    pub const fn columns(mut self, columns: &'static [ColumnDef], key: &'static [usize]) -> Self {
        let mut i = 0;
        while i < columns.len() {
            assert!(
                !matches!(columns[i].data_type, DataType::Decimal)
                    || columns[i].precision.is_some()
                    || columns[i].sql_type.is_some(),
                "a decimal column needs its digits: `#[orm(precision = 10, scale = 2)]`"
            );
            i += 1;
        }
        self.columns = columns;
        self.primary_key = key;
        self
    }

    /// The database makes the key of a new row.
    #[must_use]
    pub const fn generated_key(mut self, generated: bool) -> Self {
        self.generated_key = generated;
        self
    }

    /// With these foreign keys.
    #[must_use]
    pub const fn foreign_keys(mut self, keys: &'static [ForeignKeyDef]) -> Self {
        self.foreign_keys = keys;
        self
    }

    /// With these indexes and unique constraints.
    #[must_use]
    pub const fn indexes(mut self, indexes: &'static [IndexDef]) -> Self {
        self.indexes = indexes;
        self
    }

    /// With these checks.
    #[must_use]
    pub const fn checks(mut self, checks: &'static [CheckDef]) -> Self {
        self.checks = checks;
        self
    }

    /// With these relations.
    #[must_use]
    pub const fn relations(mut self, relations: &'static [super::RelationDef]) -> Self {
        self.relations = relations;
        self
    }

    /// Formerly of that name.
    #[must_use]
    pub const fn renamed_from(mut self, name: &'static str) -> Self {
        self.renamed_from = Some(name);
        self
    }

    /// Rows whose column at this position is not NULL are hidden.
    #[must_use]
    pub const fn soft_delete(mut self, column: usize) -> Self {
        self.soft_delete = Some(column);
        self
    }

    /// The column at this position says whose row it is.
    #[must_use]
    pub const fn tenant(mut self, column: usize) -> Self {
        self.tenant = Some(column);
        self
    }

    /// The column at this position counts the row's writes.
    ///
    /// # Panics
    /// While compiling, when the column is no integer.
    #[must_use]
    pub const fn version(mut self, column: usize) -> Self {
        assert!(
            self.columns[column].data_type.is_integer() && !self.columns[column].nullable,
            "`#[orm(version)]` needs an integer field"
        );
        self.version = Some(column);
        self
    }

    /// A write to this table changes these, too.
    #[must_use]
    pub const fn also_writes(mut self, tables: &'static [fn() -> &'static TableDef]) -> Self {
        self.also_writes = tables;
        self
    }

    /// Migrations leave the table alone.
    #[must_use]
    pub const fn unmanaged(mut self) -> Self {
        self.managed = false;
        self
    }

    /// Whether the column at this position is part of the primary key.
    #[must_use]
    pub fn is_key(&self, column: usize) -> bool {
        self.primary_key.contains(&column)
    }

    /// The position of the column with this name in the database.
    #[must_use]
    pub fn position(&self, name: &str) -> Option<usize> {
        self.columns.iter().position(|c| c.is_named(name))
    }

    /// Whether the two are one table. Compared by name, as a `static` may have several addresses.
    #[must_use]
    pub fn is(&self, other: &TableDef) -> bool {
        std::ptr::eq(self, other) || (self.name == other.name && self.schema == other.schema)
    }
}

/// A column.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct ColumnDef {
    /// Stands before the name: the prefix of `#[orm(embed(prefix))]`.
    pub prefix: &'static str,
    /// The name in the database, without the prefix.
    pub name: &'static str,
    /// The field's name.
    pub field: &'static str,
    /// The type.
    pub data_type: DataType,
    /// Whether it may be NULL.
    pub nullable: bool,
    /// Whether the database makes the value when the row is stored.
    pub auto: bool,
    /// The type in the database's own words, in place of the usual one.
    pub sql_type: Option<&'static str>,
    /// The longest text, in characters, or bytes.
    pub length: Option<u32>,
    /// The number of a decimal's digits.
    pub precision: Option<u32>,
    /// How many of a decimal's digits stand behind the point.
    pub scale: Option<u32>,
    /// What the database puts in when an INSERT leaves the column out.
    pub default: Option<DefaultDef>,
    /// The SQL expression from which the database makes the value.
    pub generated: Option<&'static str>,
    /// Text compares without regard to case.
    pub case_insensitive: bool,
    /// Set to the present moment by each write.
    pub touch: bool,
    /// Never shown in logs.
    pub redact: bool,
    /// The column's former name.
    pub renamed_from: Option<&'static str>,
}

impl ColumnDef {
    /// A column that holds a field of type `F`.
    #[must_use]
    pub const fn new<F: Field>(name: &'static str, field: &'static str) -> Self {
        ColumnDef {
            prefix: "",
            name,
            field,
            data_type: F::TYPE,
            nullable: F::NULLABLE,
            auto: F::AUTO,
            sql_type: None,
            length: None,
            precision: None,
            scale: None,
            default: None,
            generated: None,
            case_insensitive: false,
            touch: false,
            redact: false,
            renamed_from: None,
        }
    }

    /// With the type in the database's own words.
    #[must_use]
    pub const fn sql_type(mut self, sql: &'static str) -> Self {
        self.sql_type = Some(sql);
        self
    }

    /// With a longest length.
    ///
    /// # Panics
    /// While compiling, when the column holds neither text nor bytes.
    #[must_use]
    pub const fn length(mut self, length: u32) -> Self {
        assert!(
            matches!(
                self.data_type,
                DataType::Text | DataType::Bytes | DataType::Enum(_)
            ),
            "`#[orm(length)]` is for text and bytes"
        );
        self.length = Some(length);
        self
    }

    /// With so many digits, of which so many behind the point.
    ///
    /// # Panics
    /// While compiling, when the column holds no decimals.
    #[must_use]
    pub const fn decimal(mut self, precision: u32, scale: u32) -> Self {
        assert!(
            matches!(
                self.data_type,
                DataType::Decimal | DataType::Array(DataType::Decimal)
            ),
            "`#[orm(precision, scale)]` is for decimals"
        );
        self.precision = Some(precision);
        self.scale = Some(scale);
        self
    }

    /// With a default.
    #[must_use]
    pub const fn default_to(mut self, default: DefaultDef) -> Self {
        self.default = Some(default);
        self
    }

    /// Generated from an expression.
    #[must_use]
    pub const fn generated(mut self, expression: &'static str) -> Self {
        self.generated = Some(expression);
        self
    }

    /// Compared without regard to case.
    #[must_use]
    pub const fn case_insensitive(mut self) -> Self {
        self.case_insensitive = true;
        self
    }

    /// Set to the present moment by each write.
    ///
    /// # Panics
    /// While compiling, when the column holds no moments.
    #[must_use]
    pub const fn touch(mut self) -> Self {
        assert!(
            matches!(self.data_type, DataType::Timestamp | DataType::DateTime),
            "`#[orm(touch)]` needs a `DateTime<Utc>` or a `NaiveDateTime`"
        );
        self.touch = true;
        self
    }

    /// Never shown in logs.
    #[must_use]
    pub const fn redact(mut self) -> Self {
        self.redact = true;
        self
    }

    /// Formerly of that name.
    #[must_use]
    pub const fn renamed_from(mut self, name: &'static str) -> Self {
        self.renamed_from = Some(name);
        self
    }

    /// With a prefix before its name.
    #[must_use]
    pub const fn prefixed(mut self, prefix: &'static str) -> Self {
        self.prefix = prefix;
        self
    }

    /// The whole name in the database.
    #[must_use]
    pub fn full_name(&self) -> String {
        format!("{}{}", self.prefix, self.name)
    }

    /// Whether this is the whole name.
    #[must_use]
    pub fn is_named(&self, name: &str) -> bool {
        name.strip_prefix(self.prefix) == Some(self.name)
    }
}

/// What the database puts in when an INSERT leaves the column out.
#[derive(Clone, Copy, Debug, PartialEq)]
#[non_exhaustive]
pub enum DefaultDef {
    /// A whole number.
    Int(i64),
    /// A float.
    Float(f64),
    /// A truth value.
    Bool(bool),
    /// A decimal number.
    Decimal(DecimalParts),
    /// Text.
    Text(&'static str),
    /// The present moment.
    Now,
    /// The present day, in UTC.
    Today,
    /// A fresh UUID.
    Uuid,
    /// An expression in the database's own words.
    Sql(&'static str),
}

impl DefaultDef {
    /// The default of an enum's column, by the variant's place in the declaration.
    #[must_use]
    pub const fn variant(def: &'static EnumDef, variant: usize) -> Self {
        match def.storage {
            EnumStorage::Text | EnumStorage::Native => DefaultDef::Text(def.labels[variant]),
            EnumStorage::Integer => DefaultDef::Int(def.numbers[variant]),
        }
    }
}

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

/// The columns of a table that embeds structs, put together from its parts: each a prefix and columns.
///
/// # Panics
/// While compiling, when the parts do not have `N` columns.
#[must_use]
pub const fn join_columns<const N: usize>(parts: &[(&'static str, &[ColumnDef])]) -> [ColumnDef; N] {
    let mut joined = [ColumnDef::new::<bool>("", ""); N];
    let (mut part, mut filled) = (0, 0);
    while part < parts.len() {
        let (prefix, columns) = parts[part];
        let mut i = 0;
        while i < columns.len() {
            joined[filled] = columns[i].prefixed(prefix);
            (i, filled) = (i + 1, filled + 1);
        }
        part += 1;
    }
    assert!(filled == N, "the parts have fewer columns than the table");
    joined
}

/// The position of a soft-delete column: does not compile for a column of another type.
#[must_use]
pub const fn soft_delete_column<M, T: SoftDelete>(column: super::Column<M, T>) -> usize {
    column.index()
}

/// Types of a soft-delete column.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot mark a deleted row",
    label = "`soft_delete` needs an `Option<DateTime<Utc>>`"
)]
pub trait SoftDelete {}

impl SoftDelete for Option<chrono::DateTime<chrono::Utc>> {}
