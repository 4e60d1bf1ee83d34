//! The numbers of PostgreSQL's built-in types.

use crate::value::{DataType, EnumStorage};

pub(super) const BOOL: u32 = 16;
pub(super) const BYTEA: u32 = 17;
pub(super) const CHAR: u32 = 18;
pub(super) const NAME: u32 = 19;
pub(super) const INT8: u32 = 20;
pub(super) const INT2: u32 = 21;
pub(super) const INT4: u32 = 23;
pub(super) const TEXT: u32 = 25;
pub(super) const OID: u32 = 26;
pub(super) const XID: u32 = 28;
pub(super) const CID: u32 = 29;
pub(super) const JSON: u32 = 114;
pub(super) const XML: u32 = 142;
pub(super) const FLOAT4: u32 = 700;
pub(super) const FLOAT8: u32 = 701;
pub(super) const UNKNOWN: u32 = 705;
pub(super) const BPCHAR: u32 = 1042;
pub(super) const VARCHAR: u32 = 1043;
pub(super) const DATE: u32 = 1082;
pub(super) const TIME: u32 = 1083;
pub(super) const TIMESTAMP: u32 = 1114;
pub(super) const TIMESTAMPTZ: u32 = 1184;
pub(super) const NUMERIC: u32 = 1700;
pub(super) const VOID: u32 = 2278;
pub(super) const UUID: u32 = 2950;
pub(super) const JSONB: u32 = 3802;

/// Element types and their arrays.
const ARRAYS: &[(u32, u32)] = &[
    (BOOL, 1000),
    (BYTEA, 1001),
    (CHAR, 1002),
    (NAME, 1003),
    (INT2, 1005),
    (INT4, 1007),
    (TEXT, 1009),
    (BPCHAR, 1014),
    (VARCHAR, 1015),
    (INT8, 1016),
    (FLOAT4, 1021),
    (FLOAT8, 1022),
    (OID, 1028),
    (TIMESTAMP, 1115),
    (DATE, 1182),
    (TIME, 1183),
    (TIMESTAMPTZ, 1185),
    (NUMERIC, 1231),
    (JSON, 199),
    (UUID, 2951),
    (JSONB, 3807),
];

/// The type of a scalar parameter. An array's element type for an array.
pub(super) const fn scalar(t: DataType) -> u32 {
    match t {
        DataType::Bool => BOOL,
        DataType::I8 | DataType::I16 | DataType::U8 => INT2,
        DataType::I32 | DataType::U16 => INT4,
        DataType::I64 | DataType::U32 | DataType::U64 => INT8,
        DataType::F32 => FLOAT4,
        DataType::F64 => FLOAT8,
        DataType::Text => TEXT,
        DataType::Bytes => BYTEA,
        DataType::Date => DATE,
        DataType::Time => TIME,
        DataType::DateTime => TIMESTAMP,
        DataType::Timestamp => TIMESTAMPTZ,
        DataType::Uuid => UUID,
        DataType::Decimal => NUMERIC,
        DataType::Json => JSONB,
        DataType::Array(element) => scalar(*element),
        // Labels travel as text and are cast by the writer.
        DataType::Enum(def) => match def.storage {
            EnumStorage::Integer => INT8,
            EnumStorage::Text | EnumStorage::Native => TEXT,
        },
    }
}

/// The type of a parameter.
pub(super) fn parameter(t: DataType) -> u32 {
    match t {
        DataType::Array(element) => array_of(scalar(*element)).unwrap_or(UNKNOWN),
        other => scalar(other),
    }
}

/// The array type of an element type.
pub(super) fn array_of(element: u32) -> Option<u32> {
    ARRAYS.iter().find(|(e, _)| *e == element).map(|(_, a)| *a)
}

/// The element type of an array type.
pub(super) fn element_of(array: u32) -> Option<u32> {
    ARRAYS.iter().find(|(_, a)| *a == array).map(|(e, _)| *e)
}
