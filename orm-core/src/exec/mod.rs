//! Statements ready to run, the sinks that take their rows, and what runs them. Knows no database.

mod executor;
mod observe;
mod sink;
mod stmt;

pub use executor::{BatchStream, Context, Done, Executor, SnapshotWork, StmtIter};
pub use observe::{Observer, Outcome, StatementEvent};
pub use sink::{Collect, Discard, RowSink};
pub use stmt::{Access, Parameters, Run, Stmt, Tables};
