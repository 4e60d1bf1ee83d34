//! Which parameter types a prepared text has. The wire library caches statements by their text alone, so that the same
//! text with an `int4` and then a `float4` would send the bytes of one as the other.

use std::fmt::Write;
use std::sync::Arc;

use lru::LruCache;

use super::oids;
use crate::value::Value;

/// The types with which each text was prepared on this connection. It holds at least what the wire library's cache
/// holds: it is emptied together with it, and never a text at a time. (As a map it is quicker at long texts than the
/// standard library's.)
pub(super) struct Signatures {
    known: LruCache<Arc<str>, Box<[u32]>>,
    most: usize,
}

impl Signatures {
    /// For a cache of so many statements.
    pub(super) fn new(capacity: usize) -> Self {
        Signatures {
            known: LruCache::unbounded(),
            most: capacity.saturating_mul(4).max(64),
        }
    }

    /// Whether both caches must be emptied before the next text.
    pub(super) fn is_full(&self) -> bool {
        self.known.len() >= self.most
    }

    /// Forgets all texts.
    pub(super) fn clear(&mut self) {
        self.known.clear();
    }

    /// The text to prepare: the statement's own, or a variant of it when that has been prepared with other types.
    pub(super) fn text(&mut self, sql: &Arc<str>, values: &[Value]) -> Arc<str> {
        let types = || values.iter().map(|v| oids::parameter(v.data_type()));
        match self.known.peek(sql) {
            Some(known) if types().eq(known.iter().copied()) => Arc::clone(sql),
            Some(_) => variant(sql, types()),
            None => {
                self.known.put(Arc::clone(sql), types().collect());
                Arc::clone(sql)
            }
        }
    }
}

/// The same statement with its types in a comment: one text for each list of types, known to the server as its own.
fn variant(sql: &str, types: impl Iterator<Item = u32>) -> Arc<str> {
    let mut text = format!("{sql}\n/*");
    for oid in types {
        // Writing to a string cannot fail.
        let _ = write!(text, " {oid}");
    }
    text.push_str(" */");
    text.into()
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
mod tests {
    use super::*;

    #[test]
    fn a_text_keeps_its_first_types() {
        let mut s = Signatures::new(2);
        let sql: Arc<str> = "SELECT $1".into();
        assert!(Arc::ptr_eq(&s.text(&sql, &[Value::I32(1)]), &sql));
        assert!(Arc::ptr_eq(&s.text(&sql, &[Value::I32(2)]), &sql));
        assert_eq!(&*s.text(&sql, &[Value::F32(1.0)]), "SELECT $1\n/* 700 */");
        assert!(Arc::ptr_eq(&s.text(&sql, &[Value::I32(3)]), &sql));
        s.clear();
        assert!(Arc::ptr_eq(&s.text(&sql, &[Value::F32(1.0)]), &sql));
    }
}
