//! Statements ready to run, the sinks that take their rows, and what runs them. Knows no database.

mod call_site;
mod executor;
mod n_plus_one;
mod observe;
mod sink;
mod stmt;

pub use executor::{BatchStream, Context, Done, Executor, SnapshotWork, StmtIter};
pub use n_plus_one::{NPlusOne, RepeatedStatement};
pub use observe::{Observer, Outcome, StatementEvent};
pub use sink::{Collect, Discard, RowSink};
pub use stmt::{Access, Parameters, Run, Stmt, Tables};
