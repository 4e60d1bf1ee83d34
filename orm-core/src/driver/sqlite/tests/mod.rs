//! The driver against real databases.
