//! What holds the rows at the other end of a relation: one row, an `Option`, a `Vec`, a part of them.

use std::ops::Deref;

use serde::{Serialize, Serializer};

/// What is made of the rows that belong to one row: the type of a loaded relation's field.
pub trait Holds<T>: Sized + Send + 'static {
    /// One for each of so many rows. `owners` says for each related row to which of them it belongs; the related rows of
    /// one are in their order.
    ///
    /// # Errors
    /// The number of a row that has too few or too many related ones.
    fn of_rows(count: usize, owners: &[u32], rows: Vec<T>) -> Result<Vec<Self>, usize>;
}

impl<T: Send + 'static> Holds<T> for T {
    fn of_rows(count: usize, owners: &[u32], rows: Vec<T>) -> Result<Vec<T>, usize> {
        // In most loads the rows come in the order of those that they belong to.
        if owners.len() == count && owners.iter().enumerate().all(|(i, owner)| i == place(*owner)) {
            return Ok(rows);
        }
        let held = <Option<T> as Holds<T>>::of_rows(count, owners, rows)?;
        let mut complete = Vec::with_capacity(count);
        for (i, row) in held.into_iter().enumerate() {
            complete.push(row.ok_or(i)?);
        }
        Ok(complete)
    }
}

impl<T: Send + 'static> Holds<T> for Option<T> {
    fn of_rows(count: usize, owners: &[u32], rows: Vec<T>) -> Result<Vec<Option<T>>, usize> {
        let mut held: Vec<Option<T>> = std::iter::repeat_with(|| None).take(count).collect();
        for (owner, row) in owners.iter().zip(rows) {
            let owner = place(*owner);
            match held.get_mut(owner) {
                Some(place) if place.is_none() => *place = Some(row),
                _ => return Err(owner),
            }
        }
        Ok(held)
    }
}

impl<T: Send + 'static> Holds<T> for Vec<T> {
    fn of_rows(count: usize, owners: &[u32], rows: Vec<T>) -> Result<Vec<Vec<T>>, usize> {
        let mut held: Vec<Vec<T>> = std::iter::repeat_with(Vec::new).take(count).collect();
        let mut rows = rows.into_iter();
        // In nearly all loads the rows of one come one after the other: its list is made once, and no larger than it must be.
        for run in owners.chunk_by(PartialEq::eq) {
            let owner = run.first().map_or(usize::MAX, |owner| place(*owner));
            let list = held.get_mut(owner).ok_or(owner)?;
            if list.is_empty() {
                list.reserve_exact(run.len());
            }
            list.extend(rows.by_ref().take(run.len()));
        }
        Ok(held)
    }
}

impl<T: Send + 'static> Holds<T> for Part<Vec<T>> {
    fn of_rows(count: usize, owners: &[u32], rows: Vec<T>) -> Result<Vec<Part<Vec<T>>>, usize> {
        let held = <Vec<T> as Holds<T>>::of_rows(count, owners, rows)?;
        Ok(held.into_iter().map(Part).collect())
    }
}

/// A row's number as a place in a list.
fn place(owner: u32) -> usize {
    usize::try_from(owner).unwrap_or(usize::MAX)
}

/// Some of the rows to which a relation leads: what a load with a filter or a limit gives. It reads as a slice, and is no
/// `Vec`, so that a part never passes for the whole.
///
/// In the signatures of functions, `Part<author_rel::books>` is the name of such a load.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Part<T>(T);

impl<T> Part<T> {
    /// The rows themselves, where they shall be taken for what they are.
    pub fn into_inner(self) -> T {
        self.0
    }
}

impl<T> Deref for Part<Vec<T>> {
    type Target = [T];

    fn deref(&self) -> &[T] {
        &self.0
    }
}

impl<T> IntoIterator for Part<Vec<T>> {
    type Item = T;
    type IntoIter = std::vec::IntoIter<T>;

    fn into_iter(self) -> Self::IntoIter {
        self.0.into_iter()
    }
}

impl<'a, T> IntoIterator for &'a Part<Vec<T>> {
    type Item = &'a T;
    type IntoIter = std::slice::Iter<'a, T>;

    fn into_iter(self) -> Self::IntoIter {
        self.0.iter()
    }
}

impl<T: Serialize> Serialize for Part<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.0.serialize(serializer)
    }
}
