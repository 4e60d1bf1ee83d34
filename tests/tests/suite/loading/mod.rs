//! Eager loading: what is loaded, and by which statements.

mod projections;
mod strategies;
