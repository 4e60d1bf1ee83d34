//! The keys by which related rows find each other: read from rows, compared, and sent.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::hash::{Hash, Hasher};

use crate::error::Result;
use crate::model::ColumnDef;
use crate::sql::is_json_scalar;
use crate::value::{Cell, DataType, DecodeError, RowReader, Scalar, Value, case};

/// The values of one row in the columns of a key, none of them NULL.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Key {
    /// Of a single column.
    One(Part),
    /// Of several columns.
    Many(Box<[Part]>),
}

/// A value in one column of a key. Two are equal where the database says so of the columns.
#[derive(Clone, Debug)]
pub(crate) enum Part {
    /// A whole number, of any width.
    Int(i64),
    /// Anything else, as it is sent.
    Value(Value),
}

impl PartialEq for Part {
    fn eq(&self, other: &Self) -> bool {
        match (self, other) {
            (Part::Int(a), Part::Int(b)) => a == b,
            (Part::Value(a), Part::Value(b)) => a == b,
            _ => false,
        }
    }
}

impl Eq for Part {}

impl Hash for Part {
    fn hash<H: Hasher>(&self, state: &mut H) {
        match self {
            Part::Int(n) => n.hash(state),
            Part::Value(Value::Text(text)) => text.hash(state),
            Part::Value(Value::Uuid(bytes)) => bytes.hash(state),
            Part::Value(Value::Bytes(bytes)) => bytes.hash(state),
            Part::Value(other) => other.display().hash(state),
        }
    }
}

/// A column of a key, and where it stands in a row.
#[derive(Clone, Copy, Debug)]
pub(crate) struct KeyColumn {
    /// How many columns after the first of its table's part of the row.
    pub(crate) at: usize,
    data_type: DataType,
    insensitive: bool,
}

impl KeyColumn {
    /// A column at a place, whose values are compared with those of another one.
    pub(crate) const fn new(at: usize, column: &ColumnDef, other: &ColumnDef) -> Self {
        KeyColumn {
            at,
            data_type: column.data_type,
            insensitive: column.case_insensitive || other.case_insensitive,
        }
    }

    fn read(self, row: &mut RowReader<'_>, start: usize) -> Result<Option<Part>> {
        row.seek(start + self.at);
        row.read_by(|cell| part_of(cell, self.data_type, self.insensitive))
    }

    /// The same value from a row that was read long ago.
    fn of_value(self, value: Value) -> Option<Part> {
        Some(match value {
            Value::Null(_) => return None,
            Value::I16(n) => Part::Int(i64::from(n)),
            Value::I32(n) => Part::Int(i64::from(n)),
            Value::I64(n) => Part::Int(n),
            Value::U64(n) => i64::try_from(n).map_or(Part::Value(Value::U64(n)), Part::Int),
            Value::Text(text) if self.insensitive => Part::Value(Value::Text(case::lower(&text))),
            other => Part::Value(other),
        })
    }
}

fn part_of(cell: Cell<'_>, data_type: DataType, insensitive: bool) -> Result<Option<Part>, DecodeError> {
    let value = match (cell, data_type) {
        (Cell::Null, _) => return Ok(None),
        (Cell::Int(n), kind) if kind.is_integer() => return Ok(Some(Part::Int(n))),
        (Cell::UInt(n), kind) if kind.is_integer() => {
            return Ok(Some(
                i64::try_from(n).map_or(Part::Value(Value::U64(n)), Part::Int),
            ));
        }
        (Cell::Text(text), DataType::Text | DataType::Enum(_)) if insensitive => {
            Value::Text(case::lower(text))
        }
        (Cell::Text(text), DataType::Text | DataType::Enum(_)) => Value::Text(text.to_owned()),
        (Cell::Int(n), DataType::Enum(_)) => return Ok(Some(Part::Int(n))),
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
    };
    Ok(Some(Part::Value(value)))
}

impl Key {
    /// From a row whose part begins at `start`; `None` where a column is NULL.
    pub(crate) fn read(row: &mut RowReader<'_>, start: usize, columns: &[KeyColumn]) -> Result<Option<Key>> {
        if let [one] = columns {
            return Ok(one.read(row, start)?.map(Key::One));
        }
        let mut parts = Vec::with_capacity(columns.len());
        for column in columns {
            match column.read(row, start)? {
                Some(part) => parts.push(part),
                None => return Ok(None),
            }
        }
        Ok(Some(Key::Many(parts.into())))
    }

    /// From the values of a row; `None` where one is NULL.
    pub(crate) fn of_values(values: impl IntoIterator<Item = Value>, columns: &[KeyColumn]) -> Option<Key> {
        let mut parts: Vec<Part> = values
            .into_iter()
            .zip(columns)
            .map(|(value, column)| column.of_value(value))
            .collect::<Option<_>>()?;
        Some(if parts.len() == 1 {
            Key::One(parts.remove(0))
        } else {
            Key::Many(parts.into())
        })
    }

    fn parts(&self) -> &[Part] {
        match self {
            Key::One(part) => std::slice::from_ref(part),
            Key::Many(parts) => parts,
        }
    }

    /// In how many columns it stands.
    pub(super) fn width(&self) -> usize {
        self.parts().len()
    }

    /// Whether its values are the same when SQLite reads them from JSON.
    pub(super) fn is_json_scalar(&self) -> bool {
        self.parts().iter().all(|part| match part {
            Part::Int(_) => true,
            Part::Value(value) => is_json_scalar(value),
        })
    }

    /// The parameters that carry it to columns of these types.
    pub(crate) fn to_values(&self, types: &[DataType], out: &mut Vec<Value>) {
        out.extend(
            self.parts()
                .iter()
                .zip(types)
                .map(|(part, data_type)| match part {
                    Part::Int(n) => {
                        let value = Value::I64(*n);
                        value.clone().converted(*data_type).unwrap_or(value)
                    }
                    Part::Value(value) => value.clone(),
                }),
        );
    }

    /// As its `Id` is shown.
    pub(crate) fn display(&self) -> String {
        let text = |part: &Part| match part {
            Part::Int(n) => n.to_string(),
            Part::Value(Value::Text(text)) => text.clone(),
            Part::Value(value) => value.display(),
        };
        match self {
            Key::One(part) => text(part),
            Key::Many(parts) => {
                let parts: Vec<String> = parts.iter().map(text).collect();
                format!("({})", parts.join(", "))
            }
        }
    }
}

/// Which rows have a key: several may have the same.
#[derive(Debug, Default)]
pub(crate) struct KeyIndex {
    first: HashMap<Key, u32>,
    /// For each row the next one with the same key; empty where no two have the same.
    next: Vec<u32>,
    /// The keys in the order of their first rows.
    order: Vec<u32>,
}

/// No further row.
const END: u32 = u32::MAX;

impl KeyIndex {
    /// Of rows with these keys; `None` is in no index.
    pub(crate) fn of(keys: &[Option<Key>]) -> KeyIndex {
        let mut index = KeyIndex {
            first: HashMap::with_capacity(keys.len()),
            next: Vec::new(),
            order: Vec::with_capacity(keys.len()),
        };
        let mut last: HashMap<u32, u32> = HashMap::new();
        for (row, key) in (0_u32..).zip(keys) {
            let Some(key) = key else { continue };
            match index.first.entry(key.clone()) {
                Entry::Vacant(entry) => {
                    entry.insert(row);
                    index.order.push(row);
                }
                Entry::Occupied(entry) => {
                    let first = *entry.get();
                    index.next.resize(keys.len(), END);
                    let before = last.insert(first, row).unwrap_or(first);
                    if let Some(place) = index.next.get_mut(usize::try_from(before).unwrap_or(usize::MAX)) {
                        *place = row;
                    }
                }
            }
        }
        index
    }

    /// One row for each key, in the order of the rows.
    pub(crate) fn rows(&self) -> &[u32] {
        &self.order
    }

    /// The first row with this key.
    pub(crate) fn first(&self, key: &Key) -> Option<u32> {
        self.first.get(key).copied()
    }

    /// The next row with the same key.
    pub(crate) fn after(&self, row: u32) -> Option<u32> {
        let next = self.next.get(usize::try_from(row).ok()?).copied()?;
        (next != END).then_some(next)
    }
}
