//! Every difference between the databases, as data. Code asks what a database can do, not which it is.

#[cfg(feature = "mysql")]
pub(crate) mod mysql_codes;
#[cfg(feature = "postgres")]
pub(crate) mod postgres_codes;
#[cfg(feature = "sqlite-unbundled")]
pub(crate) mod sqlite_codes;
mod transactions;

use std::fmt;

pub use transactions::{IsolationStyle, Transactions};

/// A database's SQL. All dialects are always compiled in: only drivers are features.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Dialect {
    /// SQLite, from 3.38 on.
    Sqlite,
    /// PostgreSQL, from 13 on.
    Postgres,
    /// MySQL, from 8.0.19 on.
    MySql,
    /// MariaDB, from 10.6 on.
    MariaDb,
}

/// How parameters are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Placeholder {
    /// `?`
    Question,
    /// `$1`
    Dollar,
}

/// How an upsert is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Upsert {
    /// `ON CONFLICT (..) DO UPDATE SET a = excluded.a`
    OnConflict,
    /// `AS new ON DUPLICATE KEY UPDATE a = new.a` (MySQL)
    DuplicateKeyAlias,
    /// `ON DUPLICATE KEY UPDATE a = VALUES(a)` (MariaDB)
    DuplicateKeyValues,
}

/// How a list of values is passed so that its length does not change the text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ListStyle {
    /// One array parameter: `= ANY($1)`.
    Array,
    /// One JSON parameter: `IN (SELECT value FROM json_each(?))`.
    JsonEach,
    /// As many placeholders as the next power of two; the last value is repeated.
    Padded,
}

/// How many rows are inserted by one statement.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BulkInsert {
    /// `INSERT .. SELECT .. FROM UNNEST($1, $2)`: one array for each column.
    Unnest,
    /// `INSERT .. VALUES (..), (..)`, in chunks below the parameter limit.
    Values,
}

/// What a database can do, and how it is told.
#[derive(Debug)]
pub struct Features {
    /// The database's name, for error texts.
    pub name: &'static str,
    /// What identifiers are quoted with; doubled inside.
    pub quote: char,
    /// How parameters are written.
    pub placeholder: Placeholder,
    /// The most parameters that one statement takes.
    pub max_params: usize,
    /// `INSERT .. RETURNING`.
    pub insert_returning: bool,
    /// `UPDATE .. RETURNING`.
    pub update_returning: bool,
    /// `DELETE .. RETURNING`.
    pub delete_returning: bool,
    /// How an upsert is written.
    pub upsert: Upsert,
    /// How a list of values is passed.
    pub lists: ListStyle,
    /// How many rows are inserted by one statement.
    pub bulk_insert: BulkInsert,
    /// `(a, b) IN ((?, ?), (?, ?))`; without, the list is `VALUES (?, ?), (?, ?)`.
    pub row_lists: bool,
    /// Array columns.
    pub arrays: bool,
    /// `NULLS FIRST` and `NULLS LAST`.
    pub nulls_order: bool,
    /// Whether NULL comes first in ascending order when nothing is said.
    pub nulls_first: bool,
    /// `FOR UPDATE`, with `SKIP LOCKED` and `NOWAIT`. Without, a writing transaction holds the whole database.
    pub row_locks: bool,
    /// How a lock is written that others may share.
    pub share_lock: &'static str,
    /// A decimal type: without, decimals are scaled integers.
    pub decimals: bool,
    /// Unsigned integers of 64 bits.
    pub unsigned: bool,
    /// NaN and infinities in float columns.
    pub special_floats: bool,
    /// U+0000 in text.
    pub nul_in_text: bool,
    /// Text that compares without regard to case knows the letters of ASCII alone.
    pub ascii_case: bool,
    /// Indexes of some rows only.
    pub partial_indexes: bool,
    /// Indexes of expressions.
    pub expression_indexes: bool,
    /// An enum type of its own: PostgreSQL's needs a cast at each use.
    pub enum_casts: bool,
    /// An enum of its own type is ordered by its declaration, but `<` and `>` compare it with a parameter as text.
    pub enums_compare_as_text: bool,
    /// Schemas in which tables stand.
    pub schemas: bool,
    /// DDL is part of a transaction.
    pub transactional_ddl: bool,
    /// `SUM(a) FILTER (WHERE ..)`.
    pub aggregate_filters: bool,
    /// `BOOL_AND` and `BOOL_OR`.
    pub truth_aggregates: bool,
    /// `FULL JOIN`; SQLite has it from 3.39 on.
    pub full_joins: bool,
    /// `INTERSECT ALL` and `EXCEPT ALL`. MariaDB has them and, in 10.11, does not come to an end with some.
    pub set_operations_all: bool,
    /// What makes text out of JSON compare as all other text does.
    pub json_collation: &'static str,
    /// `WITH name AS (DELETE .. RETURNING ..)`.
    pub writes_in_with: bool,
    /// Parentheses around the queries of a compound.
    pub set_parentheses: bool,
    /// `JOIN LATERAL`.
    pub lateral_joins: bool,
    /// The largest and smallest year of a date.
    pub years: (i32, i32),
}

const SQLITE: Features = Features {
    name: "SQLite",
    quote: '"',
    placeholder: Placeholder::Question,
    max_params: 32_766,
    insert_returning: true,
    update_returning: true,
    delete_returning: true,
    upsert: Upsert::OnConflict,
    lists: ListStyle::JsonEach,
    bulk_insert: BulkInsert::Values,
    row_lists: false,
    arrays: false,
    nulls_order: true,
    nulls_first: true,
    row_locks: false,
    share_lock: "",
    decimals: false,
    unsigned: false,
    special_floats: false,
    nul_in_text: true,
    ascii_case: true,
    partial_indexes: true,
    expression_indexes: true,
    enum_casts: false,
    enums_compare_as_text: false,
    schemas: true,
    transactional_ddl: true,
    aggregate_filters: true,
    truth_aggregates: false,
    full_joins: true,
    set_operations_all: false,
    json_collation: "",
    writes_in_with: false,
    set_parentheses: false,
    lateral_joins: false,
    years: (0, 9999),
};

const POSTGRES: Features = Features {
    name: "PostgreSQL",
    quote: '"',
    placeholder: Placeholder::Dollar,
    max_params: 65_535,
    insert_returning: true,
    update_returning: true,
    delete_returning: true,
    upsert: Upsert::OnConflict,
    lists: ListStyle::Array,
    bulk_insert: BulkInsert::Unnest,
    row_lists: true,
    arrays: true,
    nulls_order: true,
    nulls_first: false,
    row_locks: true,
    share_lock: " FOR SHARE",
    decimals: true,
    unsigned: false,
    special_floats: true,
    nul_in_text: false,
    ascii_case: false,
    partial_indexes: true,
    expression_indexes: true,
    enum_casts: true,
    enums_compare_as_text: false,
    schemas: true,
    transactional_ddl: true,
    aggregate_filters: true,
    truth_aggregates: true,
    full_joins: true,
    set_operations_all: true,
    json_collation: "",
    writes_in_with: true,
    set_parentheses: true,
    lateral_joins: true,
    years: (-4712, 262_142),
};

const MYSQL: Features = Features {
    name: "MySQL",
    quote: '`',
    placeholder: Placeholder::Question,
    max_params: 65_535,
    insert_returning: false,
    update_returning: false,
    delete_returning: false,
    upsert: Upsert::DuplicateKeyAlias,
    lists: ListStyle::Padded,
    bulk_insert: BulkInsert::Values,
    row_lists: true,
    arrays: false,
    nulls_order: false,
    nulls_first: true,
    row_locks: true,
    share_lock: " FOR SHARE",
    decimals: true,
    unsigned: true,
    special_floats: false,
    nul_in_text: true,
    ascii_case: false,
    partial_indexes: false,
    expression_indexes: true,
    enum_casts: false,
    enums_compare_as_text: true,
    schemas: true,
    transactional_ddl: false,
    aggregate_filters: false,
    truth_aggregates: false,
    full_joins: false,
    set_operations_all: true,
    json_collation: "",
    writes_in_with: false,
    set_parentheses: true,
    lateral_joins: true,
    years: (1, 9999),
};

const MARIADB: Features = Features {
    json_collation: " COLLATE utf8mb4_nopad_bin",
    set_operations_all: false,
    name: "MariaDB",
    insert_returning: true,
    delete_returning: true,
    upsert: Upsert::DuplicateKeyValues,
    share_lock: " LOCK IN SHARE MODE",
    expression_indexes: false,
    lateral_joins: false,
    ..MYSQL
};

impl Dialect {
    /// All of them.
    pub const ALL: [Dialect; 4] = [
        Dialect::Sqlite,
        Dialect::Postgres,
        Dialect::MySql,
        Dialect::MariaDb,
    ];

    /// What this database can do.
    #[must_use]
    pub const fn features(self) -> &'static Features {
        match self {
            Dialect::Sqlite => &SQLITE,
            Dialect::Postgres => &POSTGRES,
            Dialect::MySql => &MYSQL,
            Dialect::MariaDb => &MARIADB,
        }
    }
}

impl fmt::Display for Dialect {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.features().name)
    }
}
