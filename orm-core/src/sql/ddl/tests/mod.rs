//! Tests of schema definitions: exact texts, for every rule and dialect.
