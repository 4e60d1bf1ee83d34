//! The keys by which related rows find each other: read from rows, compared, and sent.

use std::collections::HashMap;
use std::hash::{BuildHasher, Hash, Hasher, RandomState};

use crate::error::Result;
use crate::model::ColumnDef;
use crate::sql::{Dialect, is_json_scalar};
use crate::value::{Cell, DataType, DecodeError, RowReader, Scalar, Value, case};

/// The values of one row in the columns of a key, none of them NULL. Two are equal where the database says so of the
/// columns.
#[derive(Clone, Debug)]
pub(crate) enum Key {
    /// A whole number, of any width, in a single column.
    Int(i64),
    /// A text in a single column.
    Text(Box<str>),
    /// A UUID in a single column.
    Uuid([u8; 16]),
    /// Anything else; whole numbers are of 64 bits.
    Values(Box<[Value]>),
}

impl PartialEq for Key {
    fn eq(&self, other: &Self) -> bool {
        match (self, other) {
            (Key::Int(a), Key::Int(b)) => a == b,
            (Key::Text(a), Key::Text(b)) => a == b,
            (Key::Uuid(a), Key::Uuid(b)) => a == b,
            (Key::Values(a), Key::Values(b)) => a == b,
            _ => false,
        }
    }
}

impl Eq for Key {}

impl Hash for Key {
    fn hash<H: Hasher>(&self, state: &mut H) {
        match self {
            Key::Int(n) => n.hash(state),
            Key::Text(text) => text.hash(state),
            Key::Uuid(bytes) => bytes.hash(state),
            Key::Values(values) => values.iter().for_each(|value| match value {
                Value::I64(n) => n.hash(state),
                Value::Text(text) => text.hash(state),
                Value::Uuid(bytes) => bytes.hash(state),
                Value::Bytes(bytes) => bytes.hash(state),
                other => other.display().hash(state),
            }),
        }
    }
}

/// A column of a key, and where it stands in a row.
#[derive(Clone, Copy, Debug)]
pub(crate) struct KeyColumn {
    /// How many columns after the first of its table's part of the row.
    pub(crate) at: usize,
    data_type: DataType,
    lower: Option<Lower>,
}

/// How text that compares without regard to case is brought to one, as the database does it.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) enum Lower {
    /// The letters of ASCII alone.
    Ascii,
    /// All letters.
    #[default]
    All,
}

impl Lower {
    /// As this database does it.
    pub(super) fn by(dialect: Dialect) -> Lower {
        if dialect.features().ascii_case {
            Lower::Ascii
        } else {
            Lower::All
        }
    }

    fn of(self, text: &str) -> String {
        match self {
            Lower::Ascii => text.to_ascii_lowercase(),
            Lower::All => case::lower(text),
        }
    }
}

impl KeyColumn {
    /// A column at a place, whose values are compared with those of another one.
    pub(crate) const fn new(at: usize, column: &ColumnDef, other: &ColumnDef, lower: Lower) -> Self {
        let insensitive = column.case_insensitive || other.case_insensitive;
        KeyColumn {
            at,
            data_type: column.data_type,
            lower: if insensitive { Some(lower) } else { None },
        }
    }

    fn read(self, row: &mut RowReader<'_>, start: usize) -> Result<Option<Value>> {
        row.seek(start + self.at);
        row.read_by(|cell| value_of(cell, self.data_type, self.lower))
    }

    /// The same value from a row that was read long ago.
    fn of_value(self, value: Value) -> Option<Value> {
        Some(match (value, self.lower) {
            (Value::Null(_), _) => return None,
            (Value::I16(n), _) => Value::I64(i64::from(n)),
            (Value::I32(n), _) => Value::I64(i64::from(n)),
            (Value::U64(n), _) => i64::try_from(n).map_or(Value::U64(n), Value::I64),
            (Value::Text(text), Some(lower)) => Value::Text(lower.of(&text)),
            (other, _) => other,
        })
    }
}

fn value_of(cell: Cell<'_>, data_type: DataType, lower: Option<Lower>) -> Result<Option<Value>, DecodeError> {
    Ok(Some(match (cell, data_type) {
        (Cell::Null, _) => return Ok(None),
        (Cell::Int(n), kind) if kind.is_integer() => Value::I64(n),
        (Cell::UInt(n), kind) if kind.is_integer() => i64::try_from(n).map_or(Value::U64(n), Value::I64),
        (Cell::Text(text), DataType::Text | DataType::Enum(_)) => {
            Value::Text(lower.map_or_else(|| text.to_owned(), |lower| lower.of(text)))
        }
        (Cell::Int(n), DataType::Enum(_)) => Value::I64(n),
        (cell, DataType::Bytes) => <Vec<u8> as Scalar>::from_cell(cell)?.into_value(),
        (cell, DataType::Bool) => bool::from_cell(cell)?.into_value(),
        (cell, DataType::Date) => chrono::NaiveDate::from_cell(cell)?.into_value(),
        (cell, DataType::Time) => chrono::NaiveTime::from_cell(cell)?.into_value(),
        (cell, DataType::DateTime) => chrono::NaiveDateTime::from_cell(cell)?.into_value(),
        (cell, DataType::Timestamp) => chrono::DateTime::<chrono::Utc>::from_cell(cell)?.into_value(),
        (cell, DataType::F64 | DataType::F32) => f64::from_cell(cell)?.into_value(),
        #[cfg(feature = "uuid")]
        (cell, DataType::Uuid) => uuid::Uuid::from_cell(cell)?.into_value(),
        (Cell::Uuid(bytes), _) => Value::Uuid(bytes),
        (Cell::Decimal(decimal), _) => Value::Decimal(decimal),
        (other, _) => return Err(DecodeError::mismatch("a key", &other)),
    }))
}

impl Key {
    /// From a row whose part begins at `start`; `None` where a column is NULL.
    pub(crate) fn read(row: &mut RowReader<'_>, start: usize, columns: &[KeyColumn]) -> Result<Option<Key>> {
        if let [one] = columns {
            // Most keys are numbers, and every row has one.
            if one.data_type.is_integer() {
                row.seek(start + one.at);
                if let Some(n) =
                    row.read_by(|cell| Ok(if let Cell::Int(n) = cell { Some(n) } else { None }))?
                {
                    return Ok(Some(Key::Int(n)));
                }
            }
            return Ok(one.read(row, start)?.map(Key::of_one));
        }
        let mut values = Vec::with_capacity(columns.len());
        for column in columns {
            match column.read(row, start)? {
                Some(value) => values.push(value),
                None => return Ok(None),
            }
        }
        Ok(Some(Key::Values(values.into())))
    }

    fn of_one(value: Value) -> Key {
        match value {
            Value::I64(n) => Key::Int(n),
            Value::Text(text) => Key::Text(text.into()),
            Value::Uuid(bytes) => Key::Uuid(bytes),
            other => Key::Values([other].into()),
        }
    }

    /// From the values of a row; `None` where one is NULL.
    pub(crate) fn of_values(values: impl IntoIterator<Item = Value>, columns: &[KeyColumn]) -> Option<Key> {
        let mut values: Vec<Value> = values
            .into_iter()
            .zip(columns)
            .map(|(value, column)| column.of_value(value))
            .collect::<Option<_>>()?;
        Some(match (values.pop(), values.is_empty()) {
            (Some(one), true) => Key::of_one(one),
            (last, _) => {
                values.extend(last);
                Key::Values(values.into())
            }
        })
    }

    /// In how many columns it stands.
    pub(super) fn width(&self) -> usize {
        match self {
            Key::Values(values) => values.len(),
            _ => 1,
        }
    }

    /// Whether its values are the same when SQLite reads them from JSON.
    pub(super) fn is_json_scalar(&self) -> bool {
        match self {
            Key::Int(_) => true,
            Key::Text(text) => !text.contains('\0'),
            Key::Uuid(_) => false,
            Key::Values(values) => values.iter().all(is_json_scalar),
        }
    }

    /// The parameters that carry it to columns of these types.
    pub(crate) fn to_values(&self, types: &[DataType], out: &mut Vec<Value>) {
        let of_type = |value: Value, data_type: &DataType| match value {
            Value::I64(n) => Value::I64(n).converted(*data_type).unwrap_or(Value::I64(n)),
            other => other,
        };
        match (self, types.first()) {
            (Key::Int(n), Some(data_type)) => out.push(of_type(Value::I64(*n), data_type)),
            (Key::Int(n), None) => out.push(Value::I64(*n)),
            (Key::Text(text), _) => out.push(Value::Text(text.to_string())),
            (Key::Uuid(bytes), _) => out.push(Value::Uuid(*bytes)),
            (Key::Values(values), _) => {
                out.extend(
                    values
                        .iter()
                        .cloned()
                        .zip(types)
                        .map(|(value, t)| of_type(value, t)),
                );
            }
        }
    }

    /// As its `Id` is shown.
    pub(crate) fn display(&self) -> String {
        let text = |value: &Value| match value {
            Value::Text(text) => text.clone(),
            value => value.display(),
        };
        match self {
            Key::Int(n) => n.to_string(),
            Key::Text(text) => text.to_string(),
            Key::Uuid(bytes) => Value::Uuid(*bytes).display(),
            Key::Values(values) => match &**values {
                [one] => text(one),
                many => {
                    let parts: Vec<String> = many.iter().map(text).collect();
                    format!("({})", parts.join(", "))
                }
            },
        }
    }
}

/// Which rows have a key: several may have the same.
#[derive(Debug)]
pub(crate) struct KeyIndex {
    /// Most keys are whole numbers: they have a map of their own, as it takes neither copies nor much time.
    numbers: HashMap<i64, Chain, Spread>,
    others: HashMap<Key, Chain>,
    /// For each row the next one with the same key; empty where no two have the same.
    next: Vec<u32>,
    /// The keys in the order of their first rows.
    order: Vec<u32>,
}

/// The first and the last of the rows that have a key.
#[derive(Clone, Copy, Debug)]
struct Chain {
    first: u32,
    last: u32,
}

/// No further row.
const END: u32 = u32::MAX;

impl KeyIndex {
    /// Of rows with these keys; `None` is in no index.
    pub(crate) fn of(keys: &[Option<Key>]) -> KeyIndex {
        let are_numbers = matches!(keys.iter().flatten().next(), Some(Key::Int(_)));
        let mut index = KeyIndex {
            numbers: HashMap::with_capacity_and_hasher(
                if are_numbers { keys.len() } else { 0 },
                Spread::new(),
            ),
            others: HashMap::with_capacity(if are_numbers { 0 } else { keys.len() }),
            next: Vec::new(),
            order: Vec::with_capacity(keys.len()),
        };
        for (row, key) in (0_u32..).zip(keys) {
            let alone = Chain {
                first: row,
                last: row,
            };
            let chain = match key {
                None => continue,
                Some(Key::Int(n)) => index.numbers.entry(*n).or_insert(alone),
                Some(key) => match index.others.get_mut(key) {
                    Some(chain) => chain,
                    None => index.others.entry(key.clone()).or_insert(alone),
                },
            };
            if chain.first == row {
                index.order.push(row);
                continue;
            }
            index.next.resize(keys.len(), END);
            if let Some(next) = usize::try_from(chain.last)
                .ok()
                .and_then(|last| index.next.get_mut(last))
            {
                *next = row;
            }
            chain.last = row;
        }
        index
    }

    /// One row for each key, in the order of the rows.
    pub(crate) fn rows(&self) -> &[u32] {
        &self.order
    }

    /// The first row with this key.
    pub(crate) fn first(&self, key: &Key) -> Option<u32> {
        let chain = match key {
            Key::Int(n) => self.numbers.get(n),
            key => self.others.get(key),
        };
        chain.map(|chain| chain.first)
    }

    /// The next row with the same key.
    pub(crate) fn after(&self, row: u32) -> Option<u32> {
        let next = self.next.get(usize::try_from(row).ok()?).copied()?;
        (next != END).then_some(next)
    }
}

/// Spreads whole numbers over a table. It begins at another place in each index, so that nobody can choose keys that fall
/// onto each other.
#[derive(Clone, Copy, Debug)]
struct Spread(u64);

impl Spread {
    fn new() -> Self {
        Spread(RandomState::new().hash_one(0))
    }

    fn mix(&mut self, n: u64) {
        // An odd factor loses no number; the upper half is the one in which all bits have a say.
        let product = (self.0 ^ n).wrapping_mul(0x9e37_79b9_7f4a_7c15);
        self.0 = product ^ (product >> 32);
    }
}

impl BuildHasher for Spread {
    type Hasher = Spread;

    fn build_hasher(&self) -> Spread {
        *self
    }
}

impl Hasher for Spread {
    fn write(&mut self, bytes: &[u8]) {
        bytes.iter().for_each(|byte| self.mix(u64::from(*byte)));
    }

    fn write_i64(&mut self, n: i64) {
        self.mix(n.cast_unsigned());
    }

    fn finish(&self) -> u64 {
        self.0
    }
}
