//! What the tests share: models, and the book's code compiled and run.

pub mod book;

/// Whether the long forms of the tests run: `tests/run --long`, or `ORM_TEST_LONG=1`.
#[must_use]
pub fn long() -> bool {
    std::env::var("ORM_TEST_LONG").is_ok_and(|long| long == "1")
}
