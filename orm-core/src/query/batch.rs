//! The rows of an INSERT: brought together by the columns that they fill, cut into statements, and what comes back of
//! them brought into their order.

use std::collections::HashMap;

use super::IntoRows;
use super::update::now;
use crate::error::Result;
use crate::exec::{Done, RowSink};
use crate::model::{Id, RawKey, RowWriter, Table, TableDef};
use crate::sql::Dialect;
use crate::sql::dialect::BulkInsert;
use crate::value::{DataType, RowReader, Slot, Value, ValueRow};

/// The most rows of one multi-row VALUES: beyond, longer texts cost more to prepare than they save.
const VALUES_ROWS: usize = 500;

/// The most rows of one UNNEST: bounds the memory of a statement.
const UNNEST_ROWS: usize = 20_000;

/// The most bytes of one statement's values: well below the smallest packet that a server takes by default. A row that
/// is larger goes alone.
pub(super) const MOST_BYTES: usize = 4 << 20;

/// Rows, a slot for each column of the table, row after row.
pub(super) struct Batch {
    table: &'static TableDef,
    slots: Vec<Slot>,
}

impl Batch {
    /// These rows, without what the database makes of them.
    pub(super) fn of<M: Table>(rows: impl IntoRows<M>) -> Self {
        let table = M::table();
        let mut writer = RowWriter::with_capacity(table.columns.len());
        rows.each(&mut |row| {
            let start = writer.slots().len();
            row.write(&mut writer);
            prepare(table, writer.slots_from(start));
        });
        Batch {
            table,
            slots: writer.into_slots(),
        }
    }

    fn width(&self) -> usize {
        self.table.columns.len().max(1)
    }

    /// How many rows there are.
    pub(super) fn len(&self) -> usize {
        self.slots.len() / self.width()
    }

    /// The rows, to be changed.
    pub(super) fn rows_mut(&mut self) -> impl Iterator<Item = &mut [Slot]> {
        let width = self.width();
        self.slots.chunks_exact_mut(width)
    }

    /// Whether a row fills a column of the primary key.
    pub(super) fn bring_keys(&self) -> bool {
        let mut rows = self.slots.chunks_exact(self.width());
        rows.any(|row| filled(row).any(|column| self.table.is_key(column)))
    }

    /// The keys that the rows bring along.
    pub(super) fn keys<M: Table>(&self) -> Vec<Option<Id<M>>> {
        let rows = self.slots.chunks_exact(self.width());
        rows.map(|row| known_key::<M>(self.table, row)).collect()
    }

    /// Rows that fill the same columns, together.
    pub(super) fn into_groups(self) -> Vec<Group> {
        let (width, rows) = (self.width(), self.len());
        let mut groups: Vec<Group> = Vec::new();
        let mut known: HashMap<Vec<usize>, usize> = HashMap::new();
        let mut slots = self.slots.into_iter();
        for position in 0..rows {
            let row = &slots.as_slice()[..width];
            // Nearly always all rows fill the same columns.
            let at = match groups.last() {
                Some(last) if filled(row).eq(last.columns.iter().copied()) => groups.len() - 1,
                _ => *known.entry(filled(row).collect()).or_insert_with_key(|columns| {
                    let left = rows - position;
                    groups.push(Group {
                        columns: columns.clone(),
                        values: Vec::with_capacity(columns.len() * left),
                        positions: Vec::with_capacity(left),
                    });
                    groups.len() - 1
                }),
            };
            let group = &mut groups[at];
            group.positions.push(position);
            group
                .values
                .extend(slots.by_ref().take(width).filter_map(|slot| match slot {
                    Slot::Value(value) => Some(value),
                    Slot::Unset => None,
                }));
        }
        groups
    }
}

/// The columns that a row fills.
fn filled(row: &[Slot]) -> impl Iterator<Item = usize> {
    row.iter()
        .enumerate()
        .filter_map(|(index, slot)| matches!(slot, Slot::Value(_)).then_some(index))
}

/// Leaves a key to the database that it makes, leaves out generated columns, and stamps the row.
fn prepare(table: &'static TableDef, row: &mut [Slot]) {
    for (index, (slot, column)) in row.iter_mut().zip(table.columns).enumerate() {
        let made = column.generated.is_some()
            || (table.generated_key && table.is_key(index) && slot.new_id().is_some());
        if made {
            *slot = Slot::Unset;
        } else if column.touch {
            *slot = Slot::Value(now(column.data_type));
        }
    }
}

/// Rows that fill the same columns.
pub(super) struct Group {
    columns: Vec<usize>,
    values: Vec<Value>,
    positions: Vec<usize>,
}

impl Group {
    /// The statements' shares of the rows, below what one statement takes.
    pub(super) fn into_chunks(
        self,
        table: &TableDef,
        dialect: Dialect,
    ) -> impl Iterator<Item = Chunk> + use<> {
        let features = dialect.features();
        let arrays = self
            .columns
            .iter()
            .any(|c| matches!(table.columns[*c].data_type, DataType::Array(_)));
        let most = if self.columns.is_empty() {
            1
        } else if features.bulk_insert == BulkInsert::Unnest && !arrays {
            UNNEST_ROWS
        } else {
            (features.max_params / self.columns.len()).clamp(1, VALUES_ROWS)
        };
        let mut left = self.positions.len();
        let mut values = self.values;
        std::iter::from_fn(move || {
            let width = self.columns.len();
            let mut bytes = 0;
            let fits = (0..left.min(most)).take_while(|row| {
                let row = &values[row * width..(row + 1) * width];
                bytes += row.iter().map(Value::size).sum::<usize>();
                bytes <= MOST_BYTES
            });
            let rows = fits.count().max(left.min(1));
            left -= rows;
            (rows > 0).then(|| {
                let rest = values.split_off(rows * width);
                Chunk {
                    columns: self.columns.clone(),
                    rows,
                    values: std::mem::replace(&mut values, rest),
                }
            })
        })
    }
}

/// The rows of one statement.
pub(super) struct Chunk {
    pub(super) columns: Vec<usize>,
    pub(super) rows: usize,
    pub(super) values: Vec<Value>,
}

/// The order in which statements write the rows, for what comes back of them.
///
/// No database promises to give back rows in the order in which a statement lists them. But the keys that it makes grow
/// from row to row, and keys that it does not make are known: so each row finds its place by its key.
pub(super) struct Order(Vec<Written>);

struct Written {
    positions: Vec<usize>,
    /// The rows brought their keys along.
    keyed: bool,
}

impl Order {
    pub(super) fn of(groups: &[Group], table: &TableDef) -> Self {
        let written = groups.iter().map(|group| Written {
            positions: group.positions.clone(),
            keyed: table.primary_key.iter().all(|key| group.columns.contains(key)),
        });
        Order(written.collect())
    }

    /// Fills the keys in that the database made, given in the order of the statements.
    pub(super) fn fill_keys<M: Table>(self, made: Vec<i64>, keys: &mut [Option<Id<M>>]) -> Result<()> {
        let mut made = made.into_iter();
        for written in self.0 {
            let mut these: Vec<i64> = made.by_ref().take(written.positions.len()).collect();
            if written.keyed {
                continue;
            }
            these.sort_unstable();
            for (position, key) in written.positions.into_iter().zip(these) {
                keys[position] = Some(key_from::<M>(key)?);
            }
        }
        Ok(())
    }

    /// Rows that came back, in the order in which they were given.
    pub(super) fn arrange<M: Table, R>(
        self,
        rows: Vec<R>,
        keys: Vec<Option<Id<M>>>,
        model: impl Fn(&R) -> &M,
    ) -> Vec<R> {
        let mut placed: Vec<(usize, R)> = Vec::with_capacity(rows.len());
        let mut rows = rows.into_iter();
        for written in self.0 {
            let mut these: Vec<R> = rows.by_ref().take(written.positions.len()).collect();
            if written.keyed {
                let places: HashMap<&Id<M>, usize> = written
                    .positions
                    .iter()
                    .filter_map(|position| Some((keys[*position].as_ref()?, *position)))
                    .collect();
                // A key that the database has changed (a trigger did) stays where it came.
                placed.extend(these.into_iter().zip(&written.positions).map(|(row, position)| {
                    (places.get(&model(&row).id()).copied().unwrap_or(*position), row)
                }));
            } else {
                these.sort_by_key(|row| number(model(row)));
                placed.extend(written.positions.into_iter().zip(these));
            }
        }
        if !placed.is_sorted_by_key(|(position, _)| *position) {
            placed.sort_by_key(|(position, _)| *position);
        }
        placed.into_iter().map(|(_, row)| row).collect()
    }
}

/// The key of a row, as a number that the database made.
fn number<M: Table>(row: &M) -> Option<i64> {
    match row.id().to_values().ok()?.first()? {
        Value::I16(n) => Some(i64::from(*n)),
        Value::I32(n) => Some(i64::from(*n)),
        Value::I64(n) => Some(*n),
        Value::U64(n) => i64::try_from(*n).ok(),
        _ => None,
    }
}

fn known_key<M: Table>(table: &TableDef, row: &[Slot]) -> Option<Id<M>> {
    let mut values = Vec::with_capacity(table.primary_key.len());
    for index in table.primary_key {
        match row.get(*index)? {
            Slot::Value(value) if !matches!(value, Value::NewId(_)) => values.push(value.clone()),
            _ => return None,
        }
    }
    let mut source = ValueRow::new(&values);
    M::Raw::read(&mut RowReader::new(&mut source))
        .ok()
        .map(Id::from_key)
}

fn key_from<M: Table>(key: i64) -> Result<Id<M>> {
    let values = [Value::I64(key)];
    let mut source = ValueRow::new(&values);
    M::Raw::read(&mut RowReader::new(&mut source)).map(Id::from_key)
}

/// Takes the first key that each statement tells, and counts on from it.
#[derive(Default)]
pub(super) struct FirstKeys {
    pub(super) keys: Vec<i64>,
}

impl RowSink for FirstKeys {
    fn row(&mut self, _row: &mut RowReader<'_>) -> Result<()> {
        Ok(())
    }

    fn done(&mut self, done: Done) {
        if let Some(first) = done.last_insert_id {
            let rows = i64::try_from(done.rows).unwrap_or(0);
            self.keys.extend((0..rows).map(|i| first + i));
        }
    }

    fn restart(&mut self) {}

    fn len(&self) -> usize {
        self.keys.len()
    }

    fn take(&mut self) -> Box<dyn RowSink> {
        Box::new(FirstKeys {
            keys: std::mem::take(&mut self.keys),
        })
    }

    fn into_any(self: Box<Self>) -> Box<dyn std::any::Any + Send> {
        self
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test that fails panics")]
mod tests {
    use super::*;
    use crate::model::{ColumnDef, Keyed};

    #[derive(Clone, Debug, PartialEq)]
    struct Row(Option<i64>, i64);

    impl Keyed for Row {
        type Raw = i64;
    }

    impl Table for Row {
        fn table() -> &'static TableDef {
            const COLUMNS: &[ColumnDef] =
                &[ColumnDef::new::<i64>("id", "id"), ColumnDef::new::<i64>("n", "n")];
            static TABLE: TableDef = TableDef::new("Row", "", "rows")
                .columns(COLUMNS, &[0])
                .generated_key(true);
            &TABLE
        }

        fn read(row: &mut RowReader<'_>) -> Result<Self> {
            Ok(Row(Some(row.read()?), row.read()?))
        }

        fn write(&self, row: &mut RowWriter) {
            row.push(self.0.map_or(Slot::Unset, |id| Slot::Value(Value::I64(id))));
            row.field(&self.1);
        }

        fn id(&self) -> Id<Self> {
            self.0.map_or_else(Id::new, Id::from_key)
        }
    }

    /// Writes rows as a database does that gives them back in the opposite order, statement by statement.
    fn write(batch: Batch) -> (Order, Vec<Row>) {
        let table = Row::table();
        let groups = batch.into_groups();
        let order = Order::of(&groups, table);
        let (mut next, mut back) = (1000, Vec::new());
        for group in groups {
            for chunk in group.into_chunks(table, Dialect::Sqlite) {
                let mut rows: Vec<Row> = chunk
                    .values
                    .chunks_exact(chunk.columns.len())
                    .map(|values| match values {
                        [Value::I64(id), Value::I64(n)] => Row(Some(*id), *n),
                        [Value::I64(n)] => {
                            next += 1;
                            Row(Some(next), *n)
                        }
                        _ => unreachable!("two columns"),
                    })
                    .collect();
                rows.reverse();
                back.extend(rows);
            }
        }
        (order, back)
    }

    #[test]
    fn rows_find_their_places_in_whatever_order_they_come() {
        let rows: Vec<Row> = (0..1700)
            .map(|n| Row((n % 3 == 0).then_some(900 - n / 3), n))
            .collect();
        let batch = Batch::of::<Row>(&rows);
        let mut keys = batch.keys::<Row>();
        let (order, back) = write(batch);
        let arranged = order.arrange(back, keys.clone(), |row| row);
        let numbers: Vec<i64> = arranged.iter().map(|row| row.1).collect();
        assert_eq!(numbers, (0..1700).collect::<Vec<_>>());

        let (order, back) = write(Batch::of::<Row>(&rows));
        let made = back.iter().map(|row| row.0.unwrap()).collect();
        order.fill_keys::<Row>(made, &mut keys).unwrap();
        for (key, row) in keys.into_iter().zip(arranged) {
            assert_eq!(key.unwrap(), row.id());
        }
    }
}
