//! The description of a column, and of what its database puts in by itself.

use crate::value::{DataType, DecimalParts, EnumDef, EnumStorage, Field, FieldInfo};

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
    /// Prefix and name can be put in quotes as they are.
    pub(crate) plain: bool,
}

/// Whether a name can be put in any dialect's quotes as it is.
pub(super) const fn is_plain(name: &str) -> bool {
    let bytes = name.as_bytes();
    let mut i = 0;
    while i < bytes.len() {
        if matches!(bytes[i], 0 | b'"' | b'`') {
            return false;
        }
        i += 1;
    }
    true
}

impl ColumnDef {
    /// A column that holds a field of type `F`.
    #[must_use]
    pub const fn new<F: Field>(name: &'static str, field: &'static str) -> Self {
        Self::of(F::INFO, field).named(name)
    }

    /// A column that holds such a field, and has its name. The derive calls this.
    #[must_use]
    pub const fn of(info: FieldInfo, field: &'static str) -> Self {
        ColumnDef {
            prefix: "",
            name: field,
            field,
            data_type: info.data_type,
            nullable: info.nullable,
            auto: info.auto,
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
            plain: is_plain(field),
        }
    }

    /// Of another name in the database.
    #[must_use]
    pub const fn named(mut self, name: &'static str) -> Self {
        self.name = name;
        self.plain = self.has_plain_name();
        self
    }

    const fn has_plain_name(&self) -> bool {
        is_plain(self.prefix) && is_plain(self.name) && !(self.prefix.is_empty() && self.name.is_empty())
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
        self.plain = self.has_plain_name();
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
