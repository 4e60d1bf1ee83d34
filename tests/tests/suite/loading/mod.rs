//! Eager loading: what is loaded, and by which statements.

mod behaviours;
mod bulk;
mod graphs;
mod missing;
mod one_trip;
mod projections;
mod scopes;
mod strategies;
mod types;

use std::sync::{Arc, Mutex};
use std::time::Duration;

use orm_core::Db;
use orm_core::exec::{Observer, Outcome, StatementEvent};
use orm_core::value::Value;

/// A statement that was sent, and what came of it.
#[derive(Debug, Clone, PartialEq)]
struct Sent {
    /// With the quotes of standard SQL, whatever the database's are.
    sql: String,
    params: Vec<Value>,
    in_transaction: bool,
    /// `None` when it failed or was dropped.
    rows: Option<u64>,
}

/// All reads that a database is sent.
#[derive(Clone, Default)]
struct Reads(Arc<Mutex<Vec<Sent>>>);

impl Observer for Reads {
    fn after(&self, event: &StatementEvent<'_>, outcome: &Outcome<'_>, _: Duration) {
        let sql = event.stmt.sql.replace('`', "\"");
        if sql.starts_with("SELECT") || sql.starts_with("WITH") {
            let rows = match outcome {
                Outcome::Done { rows } => Some(*rows),
                _ => None,
            };
            self.0.lock().expect("no panic").push(Sent {
                sql,
                params: event.stmt.params.to_vec(),
                in_transaction: event.in_transaction,
                rows,
            });
        }
    }
}

impl Reads {
    fn of(db: &Db) -> Reads {
        let reads = Reads::default();
        db.observe(reads.clone());
        reads
    }

    fn take(&self) -> Vec<Sent> {
        std::mem::take(&mut self.0.lock().expect("no panic"))
    }

    /// How many it were since the last time.
    fn count(&self) -> usize {
        self.take().len()
    }
}

impl Sent {
    /// The whole numbers in its lists of keys, each once, however the database takes lists.
    fn numbers(&self) -> Vec<i64> {
        fn add(value: &Value, out: &mut Vec<i64>) {
            match value {
                Value::I64(n) => out.push(*n),
                Value::I32(n) => out.push(i64::from(*n)),
                Value::Array(_, values) => values.iter().for_each(|value| add(value, out)),
                Value::Text(text) => {
                    let list: Vec<i64> = serde_json::from_str(text).expect("a list of numbers");
                    out.extend(list);
                }
                other => panic!("{other:?} is no key"),
            }
        }
        let mut numbers = Vec::new();
        self.params.iter().for_each(|value| add(value, &mut numbers));
        numbers.sort_unstable();
        // Lists are filled up with their last value.
        if self.params.len() > 1 {
            numbers.dedup();
        }
        numbers
    }
}
