//! What the tests share: models, and the book's code compiled and run.

pub mod book;
