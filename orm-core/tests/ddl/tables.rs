//! Tables that use every type, default and constraint that all databases have.

use orm_core::model::{
    Action, CheckDef, ColumnDef, DefaultDef, ForeignKeyDef, IndexDef, IndexPart, TableDef,
};
use orm_core::value::{DataType, EnumDef, EnumStorage};

/// All of them; those that are referred to stand last.
pub const ALL: &[&TableDef] = &[&EVERYTHING, &HEN, &EGG, &VISIT, &COUNTRY, &SIZES];

static COLOUR: EnumDef = labels("colour", EnumStorage::Text);
static LEVEL: EnumDef = labels("level", EnumStorage::Integer);
static MOOD: EnumDef = labels("mood", EnumStorage::Native);

const fn labels(name: &'static str, storage: EnumStorage) -> EnumDef {
    EnumDef {
        name,
        labels: &["it's", "a\\b", "ok"],
        numbers: &[1, 20, -3],
        storage,
    }
}

pub const fn column(name: &'static str, data_type: DataType) -> ColumnDef {
    let mut column = ColumnDef::new::<String>(name, name);
    column.data_type = data_type;
    column
}

const fn or_null(name: &'static str, data_type: DataType) -> ColumnDef {
    let mut column = column(name, data_type);
    column.nullable = true;
    column
}

pub const fn index(parts: &'static [IndexPart], unique: bool) -> IndexDef {
    IndexDef {
        name: None,
        parts,
        unique,
        condition: None,
        using: None,
    }
}

const fn key(columns: &'static [usize], target: fn() -> &'static TableDef) -> ForeignKeyDef {
    ForeignKeyDef {
        columns,
        target,
        target_columns: &[],
        on_delete: Action::NoAction,
        on_update: Action::NoAction,
        constraint: true,
    }
}

static COUNTRY: TableDef = TableDef::new("Country", "ddl", "countries")
    .columns(
        &[
            column("code", DataType::Text).length(2),
            column("name", DataType::Text).case_insensitive(),
        ],
        &[0],
    )
    .indexes(&[index(&[IndexPart::Column(1)], true)]);

/// Each type, with a default where one can be written.
pub static EVERYTHING: TableDef = TableDef::new("Everything", "ddl", "every`th\"ing")
    .columns(
        &[
            column("id", DataType::I64),
            column("country", DataType::Text),
            column("flag", DataType::Bool).default_to(DefaultDef::Bool(true)),
            column("tiny", DataType::I8).default_to(DefaultDef::Int(-1)),
            column("u_tiny", DataType::U8).default_to(DefaultDef::Int(255)),
            column("u_small", DataType::U16).default_to(DefaultDef::Int(65_535)),
            column("u_int", DataType::U32).default_to(DefaultDef::Int(4_294_967_295)),
            column("u_big", DataType::U64).default_to(DefaultDef::Int(i64::MAX)),
            column("single", DataType::F32).default_to(DefaultDef::Float(1.5)),
            column("double", DataType::F64).default_to(DefaultDef::Float(1e-3)),
            column("text", DataType::Text).default_to(DefaultDef::Text("it's a\\b")),
            column("short", DataType::Text)
                .length(4)
                .default_to(DefaultDef::Text("éé\\'")),
            or_null("bytes", DataType::Bytes),
            or_null("hash", DataType::Bytes).length(4),
            column("day", DataType::Date).default_to(DefaultDef::Today),
            column("fixed_day", DataType::Date).default_to(DefaultDef::Text("2026-01-31")),
            column("time", DataType::Time).default_to(DefaultDef::Now),
            column("local", DataType::DateTime).default_to(DefaultDef::Now),
            column("midnight", DataType::DateTime).default_to(DefaultDef::Today),
            column("made", DataType::Timestamp).default_to(DefaultDef::Now),
            column("fixed", DataType::Timestamp).default_to(DefaultDef::Text("2026-01-31 12:00:00")),
            column("touched", DataType::Timestamp).touch(),
            column("uuid", DataType::Uuid).default_to(DefaultDef::Uuid),
            column("fixed_uuid", DataType::Uuid)
                .default_to(DefaultDef::Text("67e55044-10b1-426f-9247-bb680e5fe0c8")),
            column("price", DataType::Decimal)
                .decimal(10, 2)
                .default_to(DefaultDef::Float(12.5)),
            column("wide", DataType::Decimal)
                .decimal(38, 10)
                .default_to(DefaultDef::Int(1)),
            column("json", DataType::Json).default_to(DefaultDef::Text("{\"a\": \"it's\"}")),
            column("list", DataType::Array(&DataType::I32)).default_to(DefaultDef::Text("[]")),
            column("colour", DataType::Enum(&COLOUR)).default_to(DefaultDef::Text("a\\b")),
            column("level", DataType::Enum(&LEVEL)).default_to(DefaultDef::Text("ok")),
            column("mood", DataType::Enum(&MOOD)).default_to(DefaultDef::Text("it's")),
            column("sum", DataType::I32).default_to(DefaultDef::Sql("1 + 1")),
            column("double_sum", DataType::I32).generated("sum * 2"),
            or_null("parent_id", DataType::I64),
            column("group", DataType::Text)
                .prefixed("the ")
                .default_to(DefaultDef::Text("g")),
        ],
        &[0],
    )
    .generated_key(true)
    .foreign_keys(&[
        ForeignKeyDef {
            on_update: Action::Cascade,
            on_delete: Action::Restrict,
            ..key(&[1], || &COUNTRY)
        },
        ForeignKeyDef {
            on_delete: Action::SetNull,
            ..key(&[33], || &EVERYTHING)
        },
    ])
    .indexes(&[
        index(&[IndexPart::Column(34), IndexPart::Column(11)], false),
        index(&[IndexPart::Column(28), IndexPart::Column(13)], false),
        index(&[IndexPart::Column(22)], true),
    ])
    .checks(&[CheckDef {
        name: "sum_positive",
        expression: "sum > 0",
    }]);

static HEN: TableDef = TableDef::new("Hen", "ddl", "hens")
    .columns(
        &[column("id", DataType::I64), or_null("egg_id", DataType::I64)],
        &[0],
    )
    .generated_key(true)
    .foreign_keys(&[key(&[1], || &EGG)]);
static EGG: TableDef = TableDef::new("Egg", "ddl", "eggs")
    .columns(
        &[column("id", DataType::I64), column("hen_id", DataType::I64)],
        &[0],
    )
    .generated_key(true)
    .foreign_keys(&[key(&[1], || &HEN)]);

/// A key of two columns, one of them text of another table's length and one compared without regard to case.
static VISIT: TableDef = TableDef::new("Visit", "ddl", "visits")
    .columns(
        &[
            column("thing_id", DataType::I64),
            column("name", DataType::Text),
            column("code", DataType::Text),
        ],
        &[0, 1],
    )
    .foreign_keys(&[
        ForeignKeyDef {
            on_delete: Action::Cascade,
            ..key(&[0], || &EVERYTHING)
        },
        ForeignKeyDef {
            target_columns: &[1],
            ..key(&[1], || &COUNTRY)
        },
        key(&[2], || &COUNTRY),
    ]);

/// Names and lengths at their limits.
static SIZES: TableDef = TableDef::new(
    "Sizes",
    "ddl",
    "a_table_whose_name_is_nearly_as_long_as_any_name_can_be_there",
)
.columns(
    &[
        column("id", DataType::Uuid),
        column("a_column_with_a_name_that_does_not_fit", DataType::Text).length(768),
        column("a_column_with_a_name_that_does_not_fit_either", DataType::Text).length(20_000),
        column("bytes", DataType::Bytes).length(70_000),
        column("free", DataType::Text),
    ],
    &[0],
)
.generated_key(true)
.indexes(&[
    index(&[IndexPart::Column(1)], true),
    index(&[IndexPart::Column(1)], false),
]);
