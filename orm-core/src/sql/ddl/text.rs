//! Types of text and bytes: their lengths, which a foreign key takes over from its target, and how they compare.

use super::place::{Place, column};
use crate::error::Result;
use crate::model::{IndexPart, TableDef};
use crate::value::DataType;

/// How many keys are followed from one to the next: a column that leads back to itself ends there.
const LONGEST_CHAIN: usize = 16;

/// What is known of a column of text or bytes once its foreign keys are followed.
#[derive(Clone, Copy, Debug)]
pub(super) struct Extent {
    /// The longest value.
    pub(super) length: Option<u32>,
    /// Compares without regard to case.
    pub(super) case_insensitive: bool,
}

/// The column's own length and comparison, or those of the column that it refers to: the two must agree.
///
/// # Errors
/// `Invalid` when a key names a column that is not there.
pub(super) fn extent(table: &'static TableDef, index: usize) -> Result<Extent> {
    follow(table, index, LONGEST_CHAIN)
}

fn follow(table: &'static TableDef, index: usize, steps: usize) -> Result<Extent> {
    let own = column(table, index)?;
    let mut extent = Extent {
        length: own.length,
        case_insensitive: own.case_insensitive,
    };
    if steps == 0 {
        return Ok(extent);
    }
    for key in table.foreign_keys {
        let Some(at) = key.columns.iter().position(|c| *c == index) else {
            continue;
        };
        let target = (key.target)();
        let Some(target_index) = key.target_columns().get(at).copied() else {
            continue; // reported where the key is written
        };
        if target.is(table) && target_index == index {
            continue;
        }
        let theirs = follow(target, target_index, steps - 1)?;
        extent.length = extent.length.or(theirs.length);
        extent.case_insensitive |= theirs.case_insensitive;
    }
    Ok(extent)
}

/// Whether the column is part of a key or an index, where MySQL needs a length.
pub(super) fn is_keyed(table: &TableDef, index: usize) -> bool {
    table.is_key(index)
        || table.foreign_keys.iter().any(|key| key.columns.contains(&index))
        || table
            .indexes
            .iter()
            .any(|i| i.parts.contains(&IndexPart::Column(index)))
}

/// The type of text: with a length where there is one and the database takes it.
///
/// # Errors
/// `Invalid` when a key names a column that is not there.
pub(super) fn text_type(place: &Place) -> Result<String> {
    let extent = extent(place.table, place.index)?;
    let lengths = &place.facts.lengths;
    let name = match sized(place, extent.length, lengths.varchar) {
        Some(n) => format!("VARCHAR({n})"),
        None => place.facts.types.text.to_owned(),
    };
    let collation = if extent.case_insensitive {
        place.facts.folded
    } else {
        place.facts.exact
    };
    Ok(name + collation)
}

/// The type of bytes: with a length where there is one and the database takes it.
///
/// # Errors
/// `Invalid` when a key names a column that is not there.
pub(super) fn bytes_type(place: &Place) -> Result<String> {
    let extent = extent(place.table, place.index)?;
    Ok(match sized(place, extent.length, place.facts.lengths.varbinary) {
        Some(n) => format!("VARBINARY({n})"),
        None => place.facts.types.bytes.to_owned(),
    })
}

/// The length that becomes part of the type.
fn sized(place: &Place, length: Option<u32>, most: Option<u32>) -> Option<u32> {
    let most = most?;
    match length {
        Some(n) => (n <= most).then_some(n),
        None => place
            .facts
            .lengths
            .in_keys
            .filter(|_| is_keyed(place.table, place.index)),
    }
}

/// The column's own length, where the type does not hold it and a check has to.
pub(super) fn checked_length(place: &Place) -> Option<u32> {
    let lengths = &place.facts.lengths;
    let most = match place.column.data_type {
        DataType::Text => lengths.varchar,
        DataType::Bytes => lengths.varbinary,
        _ => return None,
    };
    let length = place.column.length?;
    most.is_none_or(|most| length > most).then_some(length)
}

/// The most bytes that the column takes in an index, where a limit is known and the type has no fixed size.
///
/// # Errors
/// `Invalid` when a key names a column that is not there.
pub(super) fn key_bytes(place: &Place) -> Result<u32> {
    let each = match place.column.data_type {
        DataType::Text => 4,
        DataType::Bytes => 1,
        _ => return Ok(0),
    };
    let extent = extent(place.table, place.index)?;
    let length = extent.length.or(place.facts.lengths.in_keys).unwrap_or(0);
    Ok(length.saturating_mul(each))
}
