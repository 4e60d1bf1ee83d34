//! How many rows go into one INSERT.

use std::collections::{HashMap, VecDeque};

use crate::model::TableDef;
use crate::sql::Dialect;
use crate::sql::dialect::BulkInsert;
use crate::value::{DataType, Slot, Value};

/// The most rows of one multi-row VALUES: beyond, longer texts cost more to prepare than they save.
const VALUES_ROWS: usize = 500;

/// The most rows of one UNNEST: bounds the memory of a statement.
const UNNEST_ROWS: usize = 20_000;

/// The most bytes of one statement's values: well below the smallest packet that a server takes by default. A row that
/// is larger goes alone.
const MOST_BYTES: usize = 4 << 20;

/// Rows that fill the same columns.
pub(super) struct Group {
    columns: Vec<usize>,
    rows: VecDeque<Vec<Value>>,
    /// Where its rows stood among all.
    pub(super) positions: Vec<usize>,
}

/// Puts rows together that fill the same columns, each with its position among all.
pub(super) fn group(rows: Vec<Vec<Slot>>) -> Vec<Group> {
    let mut groups: Vec<Group> = Vec::new();
    let mut known: HashMap<Vec<usize>, usize> = HashMap::new();
    for (position, row) in rows.into_iter().enumerate() {
        let mut columns = Vec::with_capacity(row.len());
        let mut values = Vec::with_capacity(row.len());
        for (index, slot) in row.into_iter().enumerate() {
            if let Slot::Value(value) = slot {
                columns.push(index);
                values.push(value);
            }
        }
        // Nearly always all rows fill the same columns.
        let index = match groups.last() {
            Some(last) if last.columns == columns => groups.len() - 1,
            _ => *known.entry(columns.clone()).or_insert_with(|| {
                groups.push(Group {
                    columns,
                    rows: VecDeque::new(),
                    positions: Vec::new(),
                });
                groups.len() - 1
            }),
        };
        groups[index].rows.push_back(values);
        groups[index].positions.push(position);
    }
    groups
}

/// Cuts a group's rows below what one statement takes.
pub(super) struct Chunks {
    columns: Vec<usize>,
    rows: VecDeque<Vec<Value>>,
    most: usize,
}

impl Chunks {
    /// The chunks of a group.
    pub(super) fn new(table: &TableDef, dialect: Dialect, group: Group) -> Self {
        let features = dialect.features();
        let arrays = group
            .columns
            .iter()
            .any(|c| matches!(table.columns[*c].data_type, DataType::Array(_)));
        let most = if group.columns.is_empty() {
            1
        } else if features.bulk_insert == BulkInsert::Unnest && !arrays {
            UNNEST_ROWS
        } else {
            (features.max_params / group.columns.len()).clamp(1, VALUES_ROWS)
        };
        Chunks {
            columns: group.columns,
            rows: group.rows,
            most,
        }
    }
}

impl Iterator for Chunks {
    type Item = (Vec<usize>, Vec<Vec<Value>>);

    fn next(&mut self) -> Option<Self::Item> {
        if self.rows.is_empty() {
            return None;
        }
        let mut bytes = 0;
        let fits = self.rows.iter().take(self.most).take_while(|row| {
            bytes += size(row);
            bytes <= MOST_BYTES
        });
        let take = fits.count().max(1);
        Some((self.columns.clone(), self.rows.drain(..take).collect()))
    }
}

/// Roughly how many bytes a row takes.
pub(super) fn size(row: &[Value]) -> usize {
    row.iter().map(Value::size).sum()
}

/// Brings what came back into the order in which rows were given.
pub(super) fn in_order<T>(made: Vec<T>, order: Vec<usize>) -> Vec<T> {
    if order.is_sorted() {
        return made;
    }
    let mut placed: Vec<(usize, T)> = order.into_iter().zip(made).collect();
    placed.sort_by_key(|(position, _)| *position);
    placed.into_iter().map(|(_, row)| row).collect()
}
