//! Pages by number.

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
