//! Eager loading: what is loaded, and by which statements.

mod graphs;
mod projections;
mod strategies;
