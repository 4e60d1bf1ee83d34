//! Eager loading: what is loaded, and by which statements.

mod graphs;
mod one_trip;
mod projections;
mod strategies;
