//! Pages by number.

use crate::error::{Error, Result};

/// A page of rows, and how many there are in all.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Page<T> {
    /// The rows.
    pub items: Vec<T>,
    /// How many rows there are on all pages.
    pub total: u64,
    /// The page's number, from 1.
    pub number: u64,
    /// How many rows a page holds.
    pub size: u64,
}

impl<T> Page<T> {
    /// How many rows stand on the pages before this one.
    pub(crate) fn skipped(number: u64, size: u64) -> Result<u64> {
        if number == 0 || size == 0 {
            return Err(Error::invalid(
                "pages are counted from 1 and hold at least one row",
            ));
        }
        Ok((number - 1).saturating_mul(size))
    }

    /// How many pages there are.
    #[must_use]
    pub const fn pages(&self) -> u64 {
        self.total.div_ceil(self.size)
    }

    /// Whether there is a page after this one.
    #[must_use]
    pub const fn has_next(&self) -> bool {
        self.number < self.pages()
    }
}
